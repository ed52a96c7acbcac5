use super::{
    Purpose,
    camera::Shot,
    sql::{self, File, NewFile},
    vault::{Size, Vault},
};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use kernel::{Error, FileId, Result, ids::made_at_ms};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::{Cx, Event};

const TABLE: &str = "files";
/// A file that nothing has claimed for this long is swept away.
const UNCLAIMED: SignedDuration = SignedDuration::from_hours(24);

/// The object a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub kind: &'static str,
    pub id: Uuid,
}

/// Keeps a file; it belongs to nobody until [`bind`]. Pictures from anyone, PDF from staff.
///
/// Errors on field `file`: `error-file-empty`, `error-file-too-big` (8 MB), `error-file-type`,
/// `error-file-heic`, `error-file-pdf`, `error-file-broken`, `error-file-pixels`.
pub async fn keep(cx: &mut Cx, vault: &Vault, bytes: Vec<u8>, purpose: Purpose) -> Result<FileId> {
    let received_sha256 = digest(&SHA256, &bytes);
    let takes_pdf = cx.actor.staff_id().is_some() || cx.actor.is_system();
    let content = vault.prepare(bytes, takes_pdf).await?;
    let (tenant, id) = (cx.tenant(), cx.id::<FileId>());
    let file = File {
        id,
        purpose,
        media_type: content.media_type.to_owned(),
        bytes: i32::try_from(content.bytes.len()).map_err(Error::internal)?,
        size: content.size.map(|(width, height)| (width as i32, height as i32)),
        thumbnail: content.thumbnail.is_some(),
        sha256: digest(&SHA256, &content.bytes).as_ref().to_vec(),
        kept_at: cx.now(),
    };
    let seal =
        |column, text: Option<String>| text.map(|text| cx.seal(TABLE, id.uuid(), column, &text)).transpose();
    let new = NewFile {
        file: &file,
        received_sha256: received_sha256.as_ref(),
        taken_at: seal("taken_at", content.shot.taken_at.map(|at| at.to_string()))?,
        taken_where: seal(
            "taken_where",
            content.shot.taken_where.map(|(lat, lon)| format!("{lat:.6},{lon:.6}")),
        )?,
    };
    vault.put(tenant, id, Size::Whole, content.bytes).await?;
    if let Some(thumbnail) = content.thumbnail {
        vault.put(tenant, id, Size::Thumbnail, thumbnail).await?;
    }
    sql::insert(cx, &new).await?;
    cx.record(Event::new("file.kept", id).data(json!({
        "purpose": purpose.as_str(), "media_type": file.media_type, "bytes": file.bytes,
        "sha256": HEXLOWER.encode(&file.sha256), "received_sha256": HEXLOWER.encode(received_sha256.as_ref()),
    })));
    Ok(id)
}

/// Gives files to their owner, once and for all. Conflict `error-file-gone` when one is not there,
/// was sent for something else, or has an owner already.
pub async fn bind(cx: &mut Cx, ids: &[FileId], purpose: Purpose, owner: Owner) -> Result<()> {
    let ids: Vec<FileId> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() || sql::bind(cx, &ids, purpose, owner).await? == ids.len() as u64 {
        Ok(())
    } else {
        Err(Error::Conflict("error-file-gone"))
    }
}

/// The files of an owner. Whether the actor may see them is for the owner's room to ask.
pub async fn of(cx: &mut Cx, owner: Owner) -> Result<Vec<File>> {
    sql::of(cx, owner).await
}

async fn owned(cx: &mut Cx, owner: Owner, id: FileId) -> Result<File> {
    sql::of(cx, owner).await?.into_iter().find(|file| file.id == id).ok_or(Error::NotFound)
}

/// The content of a file of `owner`, with its media type. `NotFound` when the file is another
/// owner's; `Internal` when the vault holds something other than what was kept.
pub async fn read(
    cx: &mut Cx,
    vault: &Vault,
    owner: Owner,
    id: FileId,
    size: Size,
) -> Result<(String, Vec<u8>)> {
    let file = owned(cx, owner, id).await?;
    if size == Size::Thumbnail {
        if !file.thumbnail {
            return Err(Error::NotFound);
        }
        return Ok(("image/jpeg".into(), vault.get(cx.tenant(), id, size).await?));
    }
    let bytes = vault.get(cx.tenant(), id, size).await?;
    if digest(&SHA256, &bytes).as_ref() != file.sha256 {
        return Err(Error::internal(format!("file {id} in the vault is not what was kept")));
    }
    Ok((file.media_type, bytes))
}

/// When and where the camera says a picture was taken: evidence, for staff only.
pub async fn evidence(cx: &mut Cx, owner: Owner, id: FileId) -> Result<Shot> {
    owned(cx, owner, id).await?;
    let (at, place) = sql::shot(cx, id).await?;
    let open = |column, sealed: Option<Vec<u8>>| {
        sealed.map(|sealed| cx.open(TABLE, id.uuid(), column, &sealed)).transpose()
    };
    let (at, place) = (open("taken_at", at)?, open("taken_where", place)?);
    Ok(Shot {
        taken_at: at.and_then(|at| at.parse().ok()),
        taken_where: place.and_then(|place| {
            let (lat, lon) = place.split_once(',')?;
            lat.parse().ok().zip(lon.parse().ok())
        }),
    })
}

/// Erases files (retention, or a court's order): from now on they cannot be read, and the next
/// [`sweep`] takes their content away. That they were there stays on record with their hash. `rule`
/// is the code of the retention rule or decision.
pub async fn erase(cx: &mut Cx, ids: &[FileId], rule: &str) -> Result<usize> {
    let erased = sql::erase(cx, ids).await?;
    record_erased(cx, &erased, rule);
    Ok(erased.len())
}

fn record_erased(cx: &mut Cx, erased: &[FileId], rule: &str) {
    for id in erased {
        cx.record(Event::new("file.erased", *id).data(json!({ "rule": rule })));
    }
}

/// Takes away the content of erased files, of those nothing has claimed for a day (forms given up
/// half-way), and what a transaction left that never came to its end. How many files went.
pub async fn sweep(cx: &mut Cx, vault: &Vault) -> Result<usize> {
    let before = cx.now() - UNCLAIMED;
    let unclaimed = sql::erase_unclaimed(cx, before).await?;
    record_erased(cx, &unclaimed, "unclaimed");
    let ids = vault.list(cx.tenant()).await?;
    let old: Vec<bool> = ids
        .iter()
        .map(|id| made_at_ms(id.uuid()).is_some_and(|made| made < before.as_millisecond()))
        .collect();
    let dead = sql::dead(cx, &ids, &old).await?;
    for id in &dead {
        vault.remove(cx.tenant(), *id).await?;
    }
    Ok(dead.len())
}
