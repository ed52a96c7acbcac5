//! A business that owes an answer: it has no desk, so the unit that gave it the work is rung in its
//! place and answers on its behalf, and the record says so.

use async_trait::async_trait;
use duty::{
    messages::{Mail, Mailer, OrganisationMails},
    organisations::{self, Described, Filter},
    tickets::{self, Directive, Opened, State, attempts},
    units,
};
use jiff::SignedDuration;
use kernel::{Error, OrganisationId, Result, Role, StaffId};
use std::sync::{Arc, Mutex};
use store::{Cx, outbox::Courier};
use testkit::TestCentre;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn described(cx: &mut Cx, fields: &[(&'static str, &str)]) -> Result<Described> {
    let tree = units::tree(cx).await?;
    let today = units::today(cx).await?;
    let text =
        |field: &'static str| fields.iter().find(|(name, _)| *name == field).map_or("", |(_, text)| *text);
    organisations::described(text, &tree, today)
}

struct Day {
    centre: TestCentre,
    leader: StaffId,
    chair: StaffId,
    shop: OrganisationId,
    opened: Opened,
}

/// An F0 at Tân Phong, and a market there that its ward leader has put on the list.
async fn day() -> Day {
    let centre = TestCentre::new().await;
    let (ward, leaders) = (centre.unit("TPHONG").await, centre.unit("LDQ").await);
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).head().create().await;
    let leader =
        centre.staff("Lãnh đạo trực").at(leaders, Role::DistrictLeader).head().on_duty().create().await;
    let mut cx = centre.as_staff(chair).await;
    let ward_id = ward.to_string();
    let new = described(
        &mut cx,
        &[
            ("code", "cho-tp"),
            ("kind", "market"),
            ("name", "Chợ thử Tân Phong"),
            ("ward", &ward_id),
            ("phone", "0900 000 009"),
            ("email", "banquanly@cho.example"),
            ("contact", "Người Liên Hệ"),
        ],
    )
    .await
    .unwrap();
    let shop = organisations::create(&mut cx, &new).await.unwrap();
    cx.commit().await.unwrap();
    let opened = centre.news(ward, 1).await;
    Day { centre, leader, chair, shop, opened }
}

#[derive(Default)]
struct Letters(Mutex<Vec<Mail>>);

#[async_trait]
impl Mailer for Letters {
    async fn send(&self, mail: &Mail) -> Result<()> {
        self.0.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

#[tokio::test]
async fn a_directive_to_a_market_rings_who_gave_it_and_is_answered_on_its_behalf() {
    let Day { centre, leader, shop, opened, .. } = day().await;
    let leaders = centre.unit("LDQ").await;
    let mut cx = centre.as_staff(leader).await;
    let words = "Bố trí lối đi một chiều";
    let ticket =
        tickets::directive_outside(&mut cx, opened.matter, shop, words, Some(HOUR * 30)).await.unwrap();
    cx.commit().await.unwrap();

    let mut cx = centre.as_staff(leader).await;
    let (owed, said) = tickets::ticket(&mut cx, ticket).await.unwrap();
    assert_eq!((owed.unit, owed.organisation, owed.given_by), (None, Some(shop), Some(leaders)));
    assert_eq!(said.as_deref(), Some(words));
    assert_eq!(organisations::owing(&mut cx, &[ticket]).await.unwrap()[&ticket], "Chợ thử Tân Phong");
    let stood = super::events(&mut cx, "ticket.organisation_stood_for").await;
    assert_eq!(stood[0]["organisation"], serde_json::json!(shop));
    let tried = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
    assert!(tried.iter().any(|attempt| attempt.unit == Some(leaders) && attempt.staff == Some(leader)));

    // Its contact hears by mail, without a word of what was written.
    let mails = Arc::new(Letters::default());
    let courier = Courier::new(centre.store.clone(), Arc::new(OrganisationMails::new(mails.clone())));
    assert_eq!(courier.deliver_due().await.unwrap(), 1);
    let sent = mails.0.lock().unwrap().clone();
    assert_eq!(sent[0].to, "banquanly@cho.example");
    assert!(
        sent[0].text.contains(&owed.code)
            && sent[0].text.contains("Lãnh đạo")
            && !sent[0].text.contains("lối đi")
    );
    assert_eq!(super::events(&mut cx, "ticket.organisation_told").await.len(), 1);

    for _ in 0..31 {
        centre.advance(HOUR).await;
    }
    let mut cx = centre.as_staff(leader).await;
    let (late, _) = tickets::ticket(&mut cx, ticket).await.unwrap();
    assert!(late.overdue_at.is_some() && late.unit.is_none());
    tickets::resolve(&mut cx, ticket, "Ban quản lý chợ đã bố trí", None).await.unwrap();
    let (done, _) = tickets::ticket(&mut cx, ticket).await.unwrap();
    assert_eq!((done.state, done.organisation), (State::Resolved, Some(shop)));
    let resolved = super::events(&mut cx, "ticket.resolved").await;
    assert_eq!(resolved[0]["organisation"], serde_json::json!(shop));
    assert_eq!(resolved[0]["late"], true);
    tickets::reopen(&mut cx, ticket, "Chưa xong").await.unwrap();
    assert!(tickets::seats(&mut cx, ticket).await.unwrap().contains(&leaders));
}

#[tokio::test]
async fn a_ward_keeps_its_own_organisations_and_no_other() {
    let Day { centre, chair, shop, opened, .. } = day().await;
    let (other, clerk_unit) = (centre.unit("TQUY").await, centre.unit("TQUY").await);
    let stranger = centre.staff("Chủ tịch khác").at(other, Role::WardLeader).head().create().await;
    let clerk = centre.staff("Cán bộ").at(clerk_unit, Role::WardOfficial).create().await;
    let mut cx = centre.as_staff(stranger).await;
    assert!(matches!(organisations::seen(&mut cx, shop).await, Err(Error::NotFound)));
    assert!(organisations::find(&mut cx, &Filter::default()).await.unwrap().is_empty());
    let refused = tickets::directive_outside(&mut cx, opened.matter, shop, "Làm đi", None).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let nowhere = described(&mut cx, &[("kind", "business"), ("name", "Cả quận")]).await.unwrap();
    assert!(matches!(organisations::create(&mut cx, &nowhere).await, Err(Error::Forbidden(_))));
    let mut cx = centre.as_staff(clerk).await;
    let ward = other.to_string();
    let own = [("kind", "household"), ("name", "Tạp hóa thử"), ("ward", &*ward), ("tax_code", "0100047510")];
    let wrong = described(&mut cx, &own).await;
    assert!(matches!(wrong, Err(Error::Invalid { field: "tax_code", .. })), "{wrong:?}");
    let new = described(&mut cx, &own[..3]).await.unwrap();
    assert!(matches!(organisations::create(&mut cx, &new).await, Err(Error::Forbidden(_))));

    let mut cx = centre.as_staff(chair).await;
    let contact = organisations::contact(&mut cx, shop, "Báo giờ đến").await.unwrap();
    let closed = organisations::contact(&mut cx, shop, " ").await;
    assert!(matches!(closed, Err(Error::Invalid { field: "reason", .. })), "{closed:?}");
    assert_eq!(crate::events(&mut cx, "organisation.read").await.len(), 1);
    assert_eq!(contact.phone.as_deref(), Some("+84900000009"));
    let kept = centre.unit("TPHONG").await.to_string();
    let ended = [
        ("kind", "market"),
        ("name", "Chợ thử"),
        ("ward", &*kept),
        ("from", "01/09/2021"),
        ("until", "24/09/2021"),
    ];
    let ended = described(&mut cx, &ended).await.unwrap();
    organisations::edit(&mut cx, shop, &ended).await.unwrap();
    let refused = tickets::directive_outside(&mut cx, opened.matter, shop, "Làm đi", None).await;
    assert!(matches!(refused, Err(Error::Invalid { key: "error-organisation-ended", .. })), "{refused:?}");
    assert!(organisations::addressable(&mut cx).await.unwrap().is_empty());
    assert_eq!(
        organisations::find(&mut cx, &Filter { ended: true, ..Filter::default() }).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn with_nobody_who_gave_it_the_ward_stands_in() {
    let Day { centre, shop, opened, .. } = day().await;
    let ward = centre.unit("TPHONG").await;
    let mut cx = centre.system().await;
    let ticket =
        tickets::directive_outside(&mut cx, opened.matter, shop, "Theo kế hoạch", None).await.unwrap();
    assert!(tickets::seats(&mut cx, ticket).await.unwrap().contains(&ward));
    // A unit's own directive goes its own way, as ever.
    let own = Directive { matter: opened.matter, to: ward, words: "Báo cáo".into(), within: None };
    let own = tickets::directive(&mut cx, own).await.unwrap();
    assert!(organisations::owing(&mut cx, &[own]).await.unwrap().is_empty());
}
