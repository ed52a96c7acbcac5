//! Records that may be of the same person as the one whose page is read.

use super::words;
use crate::{
    Me,
    frame::{self, Frame},
};
use duty::{
    permissions::{Action, Scope, permits},
    units::UnitKind,
};
use health::people;
use kernel::{Error, PersonId, Result, UnitId};

pub struct Twin {
    pub who: String,
    pub basis: String,
    /// For those who decide.
    pub decide_href: Option<String>,
}

/// Whether the actor may do this to people of a ward, by himself or through its station.
pub fn may(me: &Me, frame: &Frame, action: Action, ward: Option<UnitId>) -> bool {
    let station = ward.and_then(|ward| frame.tree.in_ward(ward, UnitKind::Station));
    let units: Vec<UnitId> = ward.into_iter().chain(station).collect();
    permits(&me.actor, action, Scope::Units(&units))
}

/// Records that may be of the same person; of a ward the reader does not see, only that there is one.
///
/// Errors: `NotFound` where the actor sees no cases of the person's ward.
pub async fn twins(me: &Me, frame: &mut Frame, id: PersonId) -> Result<Vec<Twin>> {
    let w = me.w;
    let mut twins = Vec::new();
    let own = people::brief(&mut frame.cx, id).await?.ward;
    for pair in people::duplicates_of(&mut frame.cx, id).await? {
        let other = if pair.person == id { pair.other } else { pair.person };
        let (who, decides) = match people::brief(&mut frame.cx, other).await {
            Ok(brief) => {
                let phone = brief.phone_masked.as_deref().unwrap_or("–");
                let ward = frame::short(&frame.tree, &frame.d, brief.ward);
                let about = words::birth_and_sex(w, &brief);
                let decides = [own, brief.ward].iter().all(|ward| may(me, frame, Action::CaseRecord, *ward));
                (format!("{} · {about} · {phone} · {ward}", brief.full_name), decides)
            }
            Err(Error::NotFound) => (w.case_duplicate_elsewhere(), false),
            Err(other) => return Err(other),
        };
        twins.push(Twin {
            who,
            basis: words::basis_of_duplicate(w, pair.basis),
            decide_href: decides.then(|| me.at(format!("people/{id}/decide?other={other}"))),
        });
    }
    Ok(twins)
}
