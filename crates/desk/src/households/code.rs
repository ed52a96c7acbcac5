//! The code of a household's diary: shown by one press, as a QR code of its address, and printed on an
//! A6 sheet that stays in the house. Whoever has it writes the diary, so each look is on record.

use super::{
    Ground,
    act::{Asked, Sent},
};
use crate::{Me, frame};
use askama::Template;
use health::households;
use kernel::{Error, HouseholdId, Result, SecretCode};
use pages::{Desk, Outcome, html, qr, see_other};

/// Pixels.
const QR: u16 = 240;

/// The sheet as it is printed.
struct Sheet {
    /// The code in its groups of four.
    groups: Vec<String>,
    qr: String,
    /// Where the code is typed.
    portal: String,
    place: String,
    station: String,
    medical: String,
}

#[derive(Template)]
#[template(path = "household_code.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    /// There is a code already.
    known: bool,
    revoked: bool,
    /// What the press came to.
    sheet: Option<Sheet>,
}

/// `GET /{tenant}/desk/households/{id}/code`: whether there is a code, and the press that shows it
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let mut ground = Ground::of(me, id).await?;
    let known = households::has_code(&mut ground.frame.cx, id).await?;
    html(&shown(me, id, &ground, known, asked.done == "revoked", None))
}

/// `POST /{tenant}/desk/households/{id}/code`: with `do` = `revoke` the code is worth nothing any more;
/// otherwise the code is the answer to the form itself, made when there is none. There is no address at
/// which it would be seen again unpressed.
pub async fn act(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    // Only who may record may know whether there is a code.
    let mut ground = Ground::of(me, id).await?;
    if sent.of("do") == "revoke" {
        drop(ground);
        take_away(me, id).await?;
        return Ok(see_other(&me.at(format!("households/{id}/code?done=revoked"))));
    }
    let secret = households::issue_code(&mut ground.frame.cx, id).await?;
    let sheet = sheet(me, &ground, &secret)?;
    let response = html(&shown(me, id, &ground, true, false, Some(sheet)))?;
    // Nobody sees the code before its showing is on record.
    ground.frame.cx.commit().await?;
    Ok(response)
}

fn sheet(me: &Me, ground: &Ground, secret: &SecretCode) -> Result<Sheet> {
    let (secret, home) = (secret.to_string(), &ground.sheet.home);
    let portal = format!("{}/{}/diary", me.app.place().public_url, me.tenant.slug);
    Ok(Sheet {
        qr: qr::svg(&format!("{portal}/{secret}"), QR, &me.w.household_code_qr())?,
        groups: secret.split('-').map(str::to_owned).collect(),
        portal,
        place: home.address.clone().unwrap_or_default(),
        station: frame::short(&ground.frame.tree, &ground.frame.d, Some(home.station)),
        medical: me.tenant.pack.place.emergency.medical.clone(),
    })
}

fn shown(
    me: &Me,
    id: HouseholdId,
    ground: &Ground,
    known: bool,
    revoked: bool,
    sheet: Option<Sheet>,
) -> Page {
    Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/code")),
        known,
        revoked,
        sheet,
        d: ground.frame.d.clone(),
    }
}

async fn take_away(me: &Me, id: HouseholdId) -> Result<()> {
    let mut cx = me.begin().await?;
    match households::revoke_code(&mut cx, id).await {
        // Pressed twice, it is gone once.
        Ok(()) | Err(Error::NotFound) => cx.commit().await,
        Err(other) => Err(other),
    }
}
