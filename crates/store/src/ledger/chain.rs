//! The bytes that a seal covers. Each field is written with its length, so no two events share an
//! encoding; the form is versioned by its first field.

use aws_lc_rs::digest::{Context, SHA256};
use sqlx::types::Uuid;

/// An event as the database holds it, in the fields a seal covers.
pub(super) struct Link {
    pub id: Uuid,
    pub at_us: i64,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_part: Option<String>,
    pub on_behalf_of: Option<Uuid>,
    pub kind: String,
    pub object_kind: String,
    pub object_id: Uuid,
    pub matter_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    /// jsonb as PostgreSQL prints it: one text for one value.
    pub data: String,
    pub payload_hash: Option<Vec<u8>>,
}

/// The hash before the first event of a tenant.
pub(super) fn genesis(tenant: Uuid) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    hash.update(b"vungxanh ledger 1");
    hash.update(tenant.as_bytes());
    hash.finish().as_ref().to_vec()
}

pub(super) fn next(tenant: Uuid, previous: &[u8], seq: i64, link: &Link) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    let mut field = |bytes: Option<&[u8]>| {
        // An absent field and an empty one are different things.
        hash.update(&[u8::from(bytes.is_some())]);
        let bytes = bytes.unwrap_or_default();
        hash.update(&(bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(Some(b"event 1"));
    field(Some(previous));
    field(Some(&seq.to_be_bytes()));
    field(Some(tenant.as_bytes()));
    field(Some(link.id.as_bytes()));
    field(Some(&link.at_us.to_be_bytes()));
    field(Some(link.actor_kind.as_bytes()));
    field(link.actor_id.as_ref().map(|id| id.as_bytes().as_slice()));
    field(link.actor_part.as_ref().map(String::as_bytes));
    field(link.on_behalf_of.as_ref().map(|id| id.as_bytes().as_slice()));
    field(Some(link.kind.as_bytes()));
    field(Some(link.object_kind.as_bytes()));
    field(Some(link.object_id.as_bytes()));
    field(link.matter_id.as_ref().map(|id| id.as_bytes().as_slice()));
    field(link.unit_id.as_ref().map(|id| id.as_bytes().as_slice()));
    field(Some(link.data.as_bytes()));
    field(link.payload_hash.as_deref());
    hash.finish().as_ref().to_vec()
}

/// What the head's signature covers.
pub(super) fn head_message(tenant: Uuid, seq: i64, hash: &[u8]) -> Vec<u8> {
    [b"vungxanh head 1".as_slice(), tenant.as_bytes(), &seq.to_be_bytes(), hash].concat()
}
