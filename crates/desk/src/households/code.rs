//! The code of a household's diary: shown, as a QR code of its address, and printed on an A6 sheet
//! that stays in the house. Whoever has it writes the diary.

use super::{Ground, act::Asked};
use crate::{Me, frame};
use askama::Template;
use health::households;
use kernel::{Error, HouseholdId, Result};
use pages::{Desk, Outcome, html, qr, see_other};

/// Pixels.
const QR: u16 = 240;

#[derive(Template)]
#[template(path = "household_code.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    /// The code in its groups of four.
    groups: Vec<String>,
    qr: String,
    /// Where the code is typed.
    portal: String,
    place: String,
    station: String,
    medical: String,
    replaced: bool,
}

/// `GET /{tenant}/desk/households/{id}/code`: the code, made when there is none. On record then.
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let mut ground = Ground::of(me, id).await?;
    let secret = households::issue_code(&mut ground.frame.cx, id).await?.to_string();
    let portal = format!("{}/{}/diary", me.app.place().public_url, me.tenant.slug);
    let home = &ground.sheet.home;
    let page = Page {
        code: home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/code")),
        qr: qr::svg(&format!("{portal}/{secret}"), QR, &me.w.household_code_qr())?,
        groups: secret.split('-').map(str::to_owned).collect(),
        portal,
        place: home.address.clone().unwrap_or_default(),
        station: frame::short(&ground.frame.tree, &ground.frame.d, Some(home.station)),
        medical: me.tenant.pack.place.emergency.medical.clone(),
        replaced: asked.done == "revoked",
        d: ground.frame.d.clone(),
    };
    let response = html(&page)?;
    ground.frame.cx.commit().await?;
    Ok(response)
}

/// `POST /{tenant}/desk/households/{id}/code`: the code is worth nothing any more; the next one
/// stands on the page to which this leads.
pub async fn revoke(me: &Me, id: HouseholdId) -> Outcome {
    // Only who may record may know whether there is a code.
    drop(Ground::of(me, id).await?);
    take_away(me, id).await?;
    Ok(see_other(&me.at(format!("households/{id}/code?done=revoked"))))
}

async fn take_away(me: &Me, id: HouseholdId) -> Result<()> {
    let mut cx = me.begin().await?;
    match households::revoke_code(&mut cx, id).await {
        // Pressed twice, it is gone once.
        Ok(()) | Err(Error::NotFound) => cx.commit().await,
        Err(other) => Err(other),
    }
}
