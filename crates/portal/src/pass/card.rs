//! The card to be printed at home, for whoever wants his pass on paper.

use super::{doorway::Asker, page};
use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use duty::{organisations, units};
use health::passes::{self, Whose};
use kernel::{Actor, Error};
use pages::{
    Outcome,
    pass_paper::{self, Carried},
    see_other,
};

/// `GET /{tenant}/pass/{key}/card.pdf`: that it was printed stands on record. A pass that does not hold is not printed.
pub(super) async fn file(asker: Asker, Path((_, key)): Path<(String, String)>) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let shown = match page::open(&mut cx, &key).await {
        Ok(shown) => shown,
        Err(error) => return asker.refuse(&key, error),
    };
    if !page::holds(&mut cx, &shown).await? {
        return Ok(see_other(&page::address(visit, &key)?));
    }
    let one = passes::own_card(&mut cx, shown.pass).await?;
    let tree = units::tree(&mut cx).await?;
    let employer = match one.whose {
        Whose::Force { organisation: Some(id), .. } => {
            organisations::names(&mut cx, &[id]).await?.remove(&id).unwrap_or_default()
        }
        _ => String::new(),
    };
    let issuer = one.ward.and_then(|ward| tree.get(ward)).map_or_else(
        || visit.tenant.pack.place.paper.issuing_body.clone(),
        |ward| ward.name_in(visit.w.lang().as_str()).to_owned(),
    );
    let card = pass_paper::card(visit.w, &Carried::of(visit.w, one, &employer, issuer))?;
    // Fonts are cut and pressed: work for a thread that serves nobody meanwhile.
    let made = tokio::task::spawn_blocking(move || pass_paper::card_file(&card))
        .await
        .map_err(Error::internal)??;
    cx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"the-qr.pdf\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static(page::KEPT)),
    ];
    Ok((headers, made).into_response())
}
