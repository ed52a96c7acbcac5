//! Making one household of two: the other's people move here.

use super::{
    Ground,
    act::Sent,
    change::{self, FormPage, Question},
};
use crate::Me;
use health::{
    followups,
    households::{self, Near},
};
use kernel::{Error, HouseholdId, Result};
use pages::{Outcome, Words, form_page, forms::Errors, see_other};

/// `GET /{tenant}/desk/households/{id}/join`
pub async fn page(me: &Me, id: HouseholdId) -> Outcome {
    show(me, id, ("", ""), Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/join`
pub async fn save(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let (from, why) = (sent.of("from"), sent.of("why"));
    let done = match join(me, id, from, why).await {
        Ok(()) => "join",
        // Sent twice, they are one already.
        Err(Error::Conflict("error-household-joined")) => "joined-known",
        Err(error) => {
            let errors = change::told(me, error)?;
            return show(me, id, (from, why), errors).await;
        }
    };
    Ok(see_other(&me.at(format!("households/{id}?done={done}"))))
}

async fn join(me: &Me, id: HouseholdId, from: &str, why: &str) -> Result<()> {
    drop(Ground::placing(me, id).await?);
    let from = from.parse::<HouseholdId>().map_err(|_| Error::invalid("from", "error-choose"))?;
    let mut cx = me.begin().await?;
    followups::join(&mut cx, from, id, why).await?;
    cx.commit().await
}

async fn show(me: &Me, id: HouseholdId, (from, why): (&str, &str), errors: Errors) -> Outcome {
    let mut ground = Ground::placing(me, id).await?;
    let near = households::near(&mut ground.frame.cx, id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let choices: Vec<_> = near
        .iter()
        .map(|one| {
            let home = one.id.to_string();
            let here = home == from;
            (home, label(w, one), here)
        })
        .collect();
    let page = FormPage {
        hint: if choices.is_empty() { w.household_join_none() } else { w.household_join_hint() },
        name: ground.sheet.home.address.clone().unwrap_or_else(|| w.household_no_address()),
        choice: Some(Question { name: "from", label: w.household_join_from() }),
        choices,
        why: why.to_owned(),
        ..FormPage::new(me, id, "join", w.household_do_join(), errors, &ground)
    };
    form_page(&page, wrong)
}

/// "Hộ K7QJ2MX · 12 Đường số 15 · 3 người, 2 đang theo dõi · cùng địa chỉ, cùng số điện thoại"
fn label(w: Words, one: &Near) -> String {
    let same = [
        one.same_address.then(|| w.household_join_same_address()),
        one.same_number.then(|| w.household_join_same_number()),
    ];
    let same: Vec<String> = same.into_iter().flatten().collect();
    [
        w.household_title(one.code.as_str()),
        one.address.clone().unwrap_or_else(|| w.household_no_address()),
        w.household_join_people(one.members.to_string(), one.followed.to_string()),
        same.join(", "),
    ]
    .join(" · ")
}
