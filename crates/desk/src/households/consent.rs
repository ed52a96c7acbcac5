//! The picture of a consent to bag C: sent with the form of the bag, or put beside it once it is signed.

use super::{
    act::{Sent, joined},
    bags as pages_of_bags,
};
use crate::{Me, attachments};
use axum::{
    extract::{
        Multipart, Path, Query,
        multipart::{Field, MultipartError},
    },
    http::StatusCode,
};
use health::care::bags;
use kernel::{BagId, Error, HouseholdId, Result};
use pages::{Outcome, forms::Errors, see_other};
use town::files::{self, Owner, Purpose};

/// A form with its picture, in bytes.
pub const BODY: usize = 12 << 20;

/// The picture of a consent belongs to its bag.
pub const fn owner(bag: BagId) -> Owner {
    Owner { kind: "bag", id: bag.0 }
}

/// A form as it came: its texts, and the picture where one was chosen.
struct Signed {
    sent: Sent,
    picture: Vec<u8>,
}

impl Signed {
    fn empty() -> Self {
        Self { sent: Sent(Vec::new()), picture: Vec::new() }
    }

    async fn read(&mut self, mut form: Multipart) -> Result<(), MultipartError> {
        while let Some(part) = form.next_field().await? {
            self.take(part).await?;
        }
        Ok(())
    }

    async fn take(&mut self, part: Field<'_>) -> Result<(), MultipartError> {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            self.picture = part.bytes().await?.to_vec();
        } else {
            let text = part.text().await?;
            self.sent.0.push((name, text));
        }
        Ok(())
    }
}

/// What was wrong with a picture on its way.
fn broken(error: &MultipartError) -> &'static str {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { "error-file-too-big" } else { "error-file-broken" }
}

/// `POST /{tenant}/desk/households/{id}/bags/signed`, `multipart/form-data`: the form of bag C
pub async fn give(me: Me, Path((_, id)): Path<(String, HouseholdId)>, form: Multipart) -> Outcome {
    let mut signed = Signed::empty();
    let arrived = signed.read(form).await;
    me.check(signed.sent.of("csrf"))?;
    if let Some(there) = joined(&me, id).await? {
        return Ok(see_other(&there));
    }
    let mut errors = Errors::default();
    if let Err(error) = arrived {
        errors.add("file", me.w.by_key(broken(&error)));
    }
    pages_of_bags::give(&me, id, &signed.sent, signed.picture, errors).await
}

/// `POST /{tenant}/desk/bags/{bag}/consent`, `multipart/form-data`: what was signed since
pub async fn attach(me: Me, Path((_, bag)): Path<(String, BagId)>, form: Multipart) -> Outcome {
    let mut signed = Signed::empty();
    let arrived = signed.read(form).await;
    me.check(signed.sent.of("csrf"))?;
    // Only who may see it may know of it.
    let household = bags::consented(&mut me.begin().await?, bag).await?;
    let done = match arrived {
        Ok(()) => keep(&me, bag, signed.picture).await,
        Err(error) => Err(Error::invalid("file", broken(&error))),
    };
    match done {
        Ok(()) => Ok(see_other(&pages_of_bags::at(&me, household, "attached"))),
        Err(Error::Conflict("error-consent-kept")) => {
            Ok(see_other(&pages_of_bags::at(&me, household, "known")))
        }
        Err(Error::Invalid { key, .. }) => {
            let mut errors = Errors::default();
            errors.add(&format!("bag-{bag}"), me.w.by_key(key));
            pages_of_bags::wrong(&me, household, errors).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn keep(me: &Me, bag: BagId, picture: Vec<u8>) -> Result<()> {
    let mut cx = me.begin().await?;
    let file = files::keep(&mut cx, me.app.vault(), picture, Purpose::Proof).await?;
    bags::attach_consent(&mut cx, bag, file).await?;
    files::bind(&mut cx, &[file], Purpose::Proof, owner(bag)).await?;
    cx.commit().await
}

/// `GET /{tenant}/desk/bags/{bag}/consent`: the picture, for those who issue papers. On record.
pub async fn picture(
    me: Me,
    Path((_, bag)): Path<(String, BagId)>,
    Query(asked): Query<attachments::Asked>,
) -> Outcome {
    let mut cx = me.begin().await?;
    let file = bags::open_consent(&mut cx, bag).await?;
    let (media_type, bytes) = files::read(&mut cx, me.app.vault(), owner(bag), file, asked.size()).await?;
    // Nobody sees it before that he looked is on record.
    cx.commit().await?;
    Ok(attachments::sent(file, media_type, bytes))
}
