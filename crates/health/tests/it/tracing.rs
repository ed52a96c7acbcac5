//! Tracing: who was near a case, where it was, who infected whom.

use crate::{
    day::Day,
    home::{Home, well},
};
use duty::{
    organisations,
    tickets::{self, State as TicketState},
    units,
};
use health::{
    cases::{self, Classification, NewCase},
    clusters::{self, Source},
    contacts::{self, Basis, Ended, Named, NewContact, Share, State, TraceCases, Traced},
    facts::{Kind as FactKind, NewFact, Source as Told},
    followups::{self, Channel, DiaryForm, FollowCases},
    households,
    places::{self, Kind, Measure, NewPlace, NewVisit, Role, State as PlaceState},
};
use jiff::{SignedDuration, civil::date};
use kernel::{CaseId, ClusterId, ContactId, Error, OrganisationId, PersonId, PlaceId};
use std::sync::Arc;
use store::subscriptions::Reader;
use uuid::Uuid;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Day {
    /// An F0 found by a sample of this day. Whoever has number `n` is one and the same person everywhere.
    pub async fn f0(&self, n: u32, name: &str, sample_on: &str) -> CaseId {
        let new = NewCase {
            full_name: name.into(),
            birth: (1950 + n).to_string(),
            citizen_id: String::new(),
            phone: format!("09005557{n:02}"),
            address: format!("{n} Đường số 15"),
            sample_on: sample_on.into(),
            result_on: String::new(),
            ..self.form(u128::from(n))
        };
        self.record(&new).await.case
    }

    /// The subscribers read the record.
    pub async fn read(&self) {
        let subscribers: Vec<Arc<dyn store::subscriptions::OnEvent>> =
            vec![Arc::new(FollowCases), Arc::new(TraceCases)];
        let reader = Reader::new(self.centre.store.clone(), subscribers);
        for _ in 0..3 {
            self.centre.seal().await;
            while reader.read(self.centre.id()).await.unwrap() > 0 {}
        }
    }

    pub async fn traced(&self, case: CaseId) -> Traced {
        let mut cx = self.centre.as_staff(self.nurse).await;
        contacts::of_case(&mut cx, case).await.unwrap()
    }

    pub async fn name(&self, case: CaseId, n: u32, name: &str, last_on: &str) -> kernel::Result<Named> {
        let new = NewContact {
            full_name: name.into(),
            birth: (1950 + n).to_string(),
            phone: format!("09005557{n:02}"),
            last_on: last_on.into(),
            ..NewContact::default()
        };
        let mut cx = self.centre.as_staff(self.nurse).await;
        let named = contacts::name(&mut cx, case, &new).await?;
        cx.commit().await?;
        Ok(named)
    }

    pub async fn reach(&self, contact: ContactId) {
        let mut cx = self.centre.as_staff(self.nurse).await;
        contacts::reach(&mut cx, contact, None).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn end(&self, contact: ContactId, ended: Ended, why: &str) -> kernel::Result<()> {
        let mut cx = self.centre.as_staff(self.nurse).await;
        contacts::end(&mut cx, contact, ended, why).await?;
        cx.commit().await
    }

    /// The newest ticket of tracing.
    pub async fn trace_ticket(&self) -> tickets::Ticket {
        let matters = self.matters().await;
        let (_, matter) = matters.iter().rev().find(|(kind, _)| kind == contacts::KIND).unwrap();
        let mut cx = self.centre.system().await;
        tickets::matter_tickets(&mut cx, *matter).await.unwrap().remove(0)
    }

    async fn place(&self, name: &str) -> PlaceId {
        let new = NewPlace {
            name: name.into(),
            kind: Some(Kind::Market),
            ward: Some(self.ward),
            ..NewPlace::default()
        };
        let mut cx = self.centre.as_staff(self.nurse).await;
        let (id, _) = places::record(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        id
    }

    async fn visit(&self, place: PlaceId, case: CaseId) -> bool {
        let new = NewVisit {
            role: Role::Visited,
            told: places::Told::Case,
            from_on: "20/9/2021".into(),
            to_on: "20/9/2021".into(),
        };
        let mut cx = self.centre.as_staff(self.nurse).await;
        let fresh = places::visit(&mut cx, place, case, &new).await.unwrap();
        cx.commit().await.unwrap();
        fresh
    }

    async fn move_place(&self, place: PlaceId, to: PlaceState) -> kernel::Result<()> {
        let mut cx = self.centre.as_staff(self.nurse).await;
        places::move_to(&mut cx, place, to, "Nhiều ca cùng đến.").await?;
        cx.commit().await
    }

    async fn cluster(&self, case: CaseId) -> Option<ClusterId> {
        self.traced(case).await.cluster.map(|cluster| cluster.id)
    }

    pub async fn person(&self, case: CaseId) -> PersonId {
        let mut cx = self.centre.system().await;
        cases::find(&mut cx, case).await.unwrap().person.id
    }

    /// A contact or a case enters what he measures.
    pub async fn diary(&self, key: u128, person: PersonId) {
        let mut cx = self.centre.as_staff(self.nurse).await;
        let home = households::home_of(&mut cx, person).await.unwrap().unwrap();
        let form = DiaryForm {
            form_key: Uuid::from_u128(key),
            at: None,
            channel: Channel::Phone,
            members: vec![well(person)],
        };
        followups::enter(&mut cx, &self.centre.tenant, home, &form).await.unwrap();
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_f0_is_traced_from_the_news_on_until_every_contact_is_reached() {
    let home = Home::begin().await;
    let day = &home.day;
    day.read().await;
    let traced = day.traced(home.case).await;
    assert_eq!((traced.day, traced.infectious_from), (date(2021, 9, 24), date(2021, 9, 22)));
    // She lives with him and is followed already.
    let grandmother = &traced.contacts[0];
    assert_eq!((grandmother.person.id, grandmother.basis), (home.grandmother, Basis::Household));
    assert_eq!((grandmother.state, grandmother.plan.is_some()), (State::Reached, true));
    let ticket = day.trace_ticket().await;
    assert_eq!(
        (ticket.unit, ticket.state, traced.ticket),
        (Some(day.station), TicketState::Open, Some(ticket.id))
    );
    assert_eq!(ticket.due_at, ticket.opened_at + HOUR * 24);

    let named = day.name(home.case, 7, "Ngô Văn Gần", "23/9/2021").await.unwrap();
    assert!(matches!(named, Named::Listed(_)));
    let twice = day.name(home.case, 7, "Ngô Văn Gần", "23/9/2021").await.unwrap();
    assert_eq!(twice, Named::Known(named.contact()));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let tasks = contacts::to_reach(&mut cx, None, 0).await.unwrap();
    assert_eq!((tasks.waiting, tasks.late, tasks.tasks[0].contact), (1, 0, named.contact()));
    assert_eq!(tasks.tasks[0].person.phone_masked.as_deref(), Some("0900 ··· 707"));
    drop(cx);
    assert_eq!(day.trace_ticket().await.state, TicketState::Open);

    day.centre.advance(HOUR).await;
    day.reach(named.contact()).await;
    let exposed = "follow_plans where subject = 'f1' and basis = 'exposure' and start_on = '2021-09-23'";
    assert_eq!(day.count(exposed).await, 1, "followed from the last day of exposure on");
    let traced = day.traced(home.case).await;
    assert!(traced.begun_at.is_some() && traced.traced_at.is_some());
    let ticket = day.trace_ticket().await;
    assert_eq!((ticket.state, ticket.accepted_by), (TicketState::Resolved, Some(day.nurse)));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let again = contacts::reach(&mut cx, named.contact(), None).await;
    assert!(matches!(again, Err(Error::Conflict("error-contact-reached"))));
}

#[tokio::test]
async fn whoever_reads_the_record_twice_changes_nothing() {
    let home = Home::begin().await;
    home.day.read().await;
    let before = (home.day.count("events").await, home.day.count("contacts").await);
    let mut cx = home.day.centre.system().await;
    contacts::begin(&mut cx, home.case).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!((home.day.count("events").await, home.day.count("contacts").await), before);
}

#[tokio::test]
async fn a_contact_who_is_already_an_f0_is_said_so() {
    let day = Day::begin().await;
    let one = day.f0(1, "Trần Văn Nhất", "22/9/2021").await;
    let two = day.f0(2, "Lê Thị Nhì", "24/9/2021").await;
    let named = day.name(one, 2, "Lê Thị Nhì", "23/9/2021").await.unwrap();
    let Named::IsCase(contact, case) = named else { panic!("{named:?}") };
    assert_eq!(case, two);
    let traced = day.traced(one).await;
    assert_eq!((traced.contacts[0].id, traced.contacts[0].state), (contact, State::BecameCase));
    assert_eq!(day.count("follow_plans where subject = 'f1'").await, 0, "no F1 is made of an F0");
    // The days say which of the two was first; a person has yet to say so.
    assert_eq!(day.traced(two).await.source, Some(Source { by: one, sure: false }));
    assert_eq!(day.traced(one).await.source, None);
    assert_eq!(day.cluster(one).await, day.cluster(two).await);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let reached = contacts::reach(&mut cx, contact, None).await;
    assert!(matches!(reached, Err(Error::Conflict("error-contact-over"))));
}

#[tokio::test]
async fn an_f1_who_falls_ill_becomes_a_case_of_his_contact() {
    let day = Day::begin().await;
    let source = day.f0(1, "Trần Văn Nhất", "20/9/2021").await;
    let contact = day.name(source, 2, "Lê Thị Nhì", "21/9/2021").await.unwrap().contact();
    day.reach(contact).await;
    let ill = day.f0(2, "Lê Thị Nhì", "25/9/2021").await;
    day.read().await;
    let traced = day.traced(source).await;
    assert_eq!((traced.contacts[0].state, traced.contacts[0].became), (State::BecameCase, Some(ill)));
    assert_eq!(day.count("follow_plans where closed_as = 'became_f0'").await, 1);
    assert_eq!(day.traced(ill).await.source, Some(Source { by: source, sure: false }));
    let mut cx = day.centre.as_staff(day.nurse).await;
    let cluster = day.cluster(ill).await.unwrap();
    let chain = clusters::chain(&mut cx, cluster).await.unwrap();
    let drawn: Vec<_> = chain.nodes.iter().map(|node| (node.of.case, node.by, node.x)).collect();
    assert_eq!(drawn, [(source, None, 0), (ill, Some(0), 5)]);
    assert!(chain.edges.len() == 1 && !chain.edges[0].sure, "only proposed");
    // A person says that it is so.
    clusters::set_source(&mut cx, ill, Some(source), None, "").await.unwrap();
    assert!(clusters::chain(&mut cx, cluster).await.unwrap().edges[0].sure);
    let same = clusters::set_source(&mut cx, ill, Some(source), None, "").await;
    assert!(matches!(same, Err(Error::Conflict("error-case-unchanged"))));
    // Taken back, the two hang together no more.
    clusters::set_source(&mut cx, ill, None, None, "Chưa từng gặp nhau").await.unwrap();
    assert!(matches!(clusters::find(&mut cx, cluster).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_case_that_goes_to_hospital_at_once_is_no_f1_any_more() {
    let day = Day::begin().await;
    let source = day.f0(1, "Trần Văn Nhất", "20/9/2021").await;
    let contact = day.name(source, 2, "Lê Thị Nhì", "21/9/2021").await.unwrap().contact();
    day.reach(contact).await;
    let new = NewCase {
        full_name: "Lê Thị Nhì".into(),
        birth: "1952".into(),
        citizen_id: String::new(),
        phone: "0900555702".into(),
        care: cases::Care::Hospital,
        ..day.form(2)
    };
    day.record(&new).await;
    day.read().await;
    assert_eq!(day.count("follow_plans where closed_as = 'became_f0'").await, 1);
}

#[tokio::test]
async fn colleagues_are_proposed_and_listed_by_a_person() {
    let day = Day::begin().await;
    let f0 = day.f0(1, "Trần Văn Nhất", "24/9/2021").await;
    let suspected = NewCase {
        full_name: "Lê Thị Nhì".into(),
        birth: "1952".into(),
        citizen_id: String::new(),
        phone: "0900555702".into(),
        address: "2 Đường số 15".into(),
        classification: Classification::Suspected,
        ..day.form(2)
    };
    let colleague = day.record(&suspected).await.person;
    let mut cx = day.centre.as_staff(day.director).await;
    let factory = factory(&mut cx, day.ward.to_string()).await;
    cx.commit().await.unwrap();
    let works = NewFact { organisation: Some(factory), ..NewFact::of(FactKind::Employer, Told::Person) };
    let mut cx = day.centre.as_staff(day.nurse).await;
    for person in [day.person(f0).await, colleague] {
        followups::add_fact(&mut cx, person, &works).await.unwrap().unwrap();
    }
    cx.commit().await.unwrap();
    day.read().await;
    let traced = day.traced(f0).await;
    let proposed = &traced.contacts[0];
    assert_eq!((proposed.person.id, proposed.basis), (colleague, Basis::Workplace));
    assert_eq!((proposed.state, proposed.listed_at), (State::Proposed, None));
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(contacts::to_reach(&mut cx, None, 0).await.unwrap().waiting, 0, "nobody is called yet");
    contacts::accept(&mut cx, proposed.id).await.unwrap();
    assert!(matches!(contacts::close(&mut cx, f0, "Xong").await, Err(Error::Conflict("error-trace-open"))));
    let twice = contacts::accept(&mut cx, proposed.id).await;
    assert!(matches!(twice, Err(Error::Conflict("error-contact-over"))));
    assert_eq!(contacts::to_reach(&mut cx, None, 0).await.unwrap().waiting, 1);
}

pub async fn factory(cx: &mut store::Cx, ward: String) -> OrganisationId {
    let tree = units::tree(cx).await.unwrap();
    let today = units::today(cx).await.unwrap();
    let typed = |field| match field {
        "kind" => "market",
        "name" => "Chợ Tân Phong",
        "ward" => ward.as_str(),
        _ => "",
    };
    let market = organisations::described(typed, &tree, today).unwrap();
    organisations::create(cx, &market).await.unwrap()
}

#[tokio::test]
async fn tracing_ends_by_hand_with_a_reason_and_not_while_somebody_waits() {
    let day = Day::begin().await;
    let f0 = day.f0(1, "Trần Văn Nhất", "24/9/2021").await;
    day.read().await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let silent = contacts::close(&mut cx, f0, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    drop(cx);
    let contact = day.name(f0, 2, "Lê Thị Nhì", "24/9/2021").await.unwrap().contact();
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(matches!(contacts::close(&mut cx, f0, "Xong").await, Err(Error::Conflict("error-trace-open"))));
    drop(cx);
    let silent = day.end(contact, Ended::Lost, "").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", .. })));
    day.end(contact, Ended::Lost, "Đổi số, chủ nhà trọ không biết đi đâu").await.unwrap();
    // The last of them is done with, so the ticket is answered by that.
    assert_eq!(day.trace_ticket().await.state, TicketState::Resolved);
    let traced = day.traced(f0).await;
    assert_eq!(traced.contacts[0].why.as_deref(), Some("Đổi số, chủ nhà trọ không biết đi đâu"));
    for (table, text) in day.everything().await {
        assert!(!text.contains("chủ nhà trọ"), "{table}");
    }
    // Found after all, he is followed.
    day.reach(contact).await;
    assert_eq!(day.traced(f0).await.contacts[0].state, State::Reached);

    // Who lives alone and met nobody.
    let alone = day.f0(3, "Phạm Văn Lẻ", "24/9/2021").await;
    day.read().await;
    assert_eq!(day.trace_ticket().await.state, TicketState::Open);
    let mut cx = day.centre.as_staff(day.nurse).await;
    contacts::close(&mut cx, alone, "Sống một mình, không gặp ai").await.unwrap();
    let over = contacts::close(&mut cx, alone, "Sống một mình").await;
    assert!(matches!(over, Err(Error::Conflict("error-trace-over"))));
    cx.commit().await.unwrap();
    assert_eq!(day.trace_ticket().await.state, TicketState::Resolved);
}

#[tokio::test]
async fn what_cannot_be_a_contact_is_said_beside_its_field() {
    let day = Day::begin().await;
    let f0 = day.f0(1, "Trần Văn Nhất", "24/9/2021").await;
    let refused = |done: kernel::Result<Named>| match done {
        Err(Error::Invalid { field, key }) => (field, key),
        other => panic!("{other:?}"),
    };
    let early = day.name(f0, 2, "Lê Thị Nhì", "20/9/2021").await;
    assert_eq!(refused(early), ("last_on", "error-exposure-before"));
    let late = day.name(f0, 2, "Lê Thị Nhì", "26/9/2021").await;
    assert_eq!(refused(late), ("last_on", "error-date-future"));
    let himself = day.name(f0, 1, "Trần Văn Nhất", "24/9/2021").await;
    assert_eq!(refused(himself), ("full_name", "error-contact-self"));
    assert_eq!(day.count("contacts").await, 0);
    // The neighbours' station neither sees nor names anybody.
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let new =
        NewContact { full_name: "Ai Đó".into(), last_on: "24/9/2021".into(), ..NewContact::default() };
    assert!(matches!(contacts::name(&mut cx, f0, &new).await, Err(Error::NotFound)));
    assert!(matches!(contacts::of_case(&mut cx, f0).await, Err(Error::NotFound)));
    assert!(matches!(clusters::candidates(&mut cx, f0).await, Err(Error::NotFound)));
    // A ward's official sees it and writes nothing.
    let mut cx = day.centre.as_staff(day.clerk).await;
    contacts::of_case(&mut cx, f0).await.unwrap();
    assert!(matches!(contacts::name(&mut cx, f0, &new).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn a_number_opens_by_one_press_and_the_press_is_on_record() {
    let day = Day::begin().await;
    let f0 = day.f0(1, "Trần Văn Nhất", "24/9/2021").await;
    let contact = day.name(f0, 2, "Lê Thị Nhì", "24/9/2021").await.unwrap().contact();
    let mut cx = day.centre.as_staff(day.nurse).await;
    let phone = contacts::open_phone(&mut cx, contact).await.unwrap().unwrap();
    assert_eq!(phone.to_string(), "0900 555 702");
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    let told = cases::timeline(&mut cx, f0).await.unwrap();
    let opened = told.iter().find(|event| event.kind == "contact.phone_opened").unwrap();
    assert_eq!(opened.actor_id, Some(day.nurse.uuid()));
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(contacts::open_phone(&mut cx, contact).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_case_that_is_taken_back_is_traced_no_more() {
    let day = Day::begin().await;
    let f0 = day.f0(1, "Trần Văn Nhất", "24/9/2021").await;
    day.read().await;
    day.name(f0, 2, "Lê Thị Nhì", "24/9/2021").await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::classify(&mut cx, &day.centre.tenant, f0, Classification::NotACase, "Nhầm mẫu").await.unwrap();
    cx.commit().await.unwrap();
    day.read().await;
    assert_eq!(day.trace_ticket().await.state, TicketState::Resolved);
    let traced = day.traced(f0).await;
    assert_eq!((traced.is_f0, traced.contacts[0].state), (false, State::NotAContact));
    let late = day.name(f0, 3, "Phạm Văn Ba", "24/9/2021").await;
    assert!(matches!(late, Err(Error::Conflict("error-not-an-f0"))));
}

#[tokio::test]
async fn a_place_with_two_cases_is_proposed() {
    let day = Day::begin().await;
    let market = day.place("Chợ Tân Phong").await;
    assert_eq!(day.place(" chợ tân phong ").await, market, "told twice, it is one");
    let (one, two) =
        (day.f0(1, "Trần Văn Nhất", "24/9/2021").await, day.f0(2, "Lê Thị Nhì", "24/9/2021").await);
    let proposed = || async {
        let mut cx = day.centre.as_staff(day.nurse).await;
        let found = places::list(&mut cx, None, None, "cho tan").await.unwrap();
        (found.places[0].cases, found.places[0].proposed)
    };
    assert!(day.visit(market, one).await && !day.visit(market, one).await);
    assert_eq!(proposed().await, (1, false));
    day.visit(market, two).await;
    assert_eq!(proposed().await, (2, true));
    assert_eq!(day.cluster(one).await, None, "nobody has declared it");

    day.move_place(market, PlaceState::Outbreak).await.unwrap();
    assert_eq!(proposed().await, (2, false));
    assert!(day.cluster(one).await.is_some() && day.cluster(one).await == day.cluster(two).await);
    let unchanged = day.move_place(market, PlaceState::Outbreak).await;
    assert!(matches!(unchanged, Err(Error::Conflict("error-place-unchanged"))));
    let known = day.move_place(market, PlaceState::Known).await;
    assert!(matches!(known, Err(Error::Conflict("error-place-move"))));
    let mut cx = day.centre.as_staff(day.nurse).await;
    places::measure(&mut cx, market, Measure::Stopped, date(2021, 9, 25), "Ngừng 3 ngày").await.unwrap();
    let early = places::measure(&mut cx, market, Measure::Tested, date(2021, 9, 26), "").await;
    assert!(matches!(early, Err(Error::Invalid { field: "on_day", .. })));
    cx.commit().await.unwrap();
    // The neighbours see the place and how many were there, not who.
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let at = places::find(&mut cx, market).await.unwrap();
    assert_eq!((at.place.cases, at.measures[0].words.as_deref()), (2, Some("Ngừng 3 ngày")));
    assert!(at.visits.iter().all(|visit| visit.name.is_none()));
    let theirs = places::move_to(&mut cx, market, PlaceState::Closed, "Xong").await;
    assert!(matches!(theirs, Err(Error::Forbidden(_))));
    // Closed, nobody is parted; taken back as an error, they are.
    drop(cx);
    day.move_place(market, PlaceState::Closed).await.unwrap();
    assert!(day.cluster(one).await.is_some());
    day.move_place(market, PlaceState::Outbreak).await.unwrap();
    day.move_place(market, PlaceState::Watched).await.unwrap();
    assert_eq!((day.cluster(one).await, day.count("clusters").await), (None, 0));
}

#[tokio::test]
async fn merging_clusters_loses_no_case() {
    let day = Day::begin().await;
    let mut f0s = Vec::new();
    for n in 1..=5 {
        f0s.push(day.f0(n, &format!("Nguyễn Văn Ca {n}"), "24/9/2021").await);
    }
    let (small, large) = (day.place("Quán Ba Lan").await, day.place("Chợ Tân Phong").await);
    for case in &f0s[..2] {
        day.visit(small, *case).await;
    }
    for case in &f0s[2..] {
        day.visit(large, *case).await;
    }
    day.move_place(small, PlaceState::Outbreak).await.unwrap();
    day.move_place(large, PlaceState::Outbreak).await.unwrap();
    let (one, three) = (day.cluster(f0s[0]).await.unwrap(), day.cluster(f0s[2]).await.unwrap());
    assert_ne!(one, three);
    // One who was at both ties them: the smaller joins the larger.
    day.visit(large, f0s[1]).await;
    for case in &f0s {
        assert_eq!(day.cluster(*case).await, Some(three));
    }
    let mut cx = day.centre.as_staff(day.nurse).await;
    let cluster = clusters::find(&mut cx, three).await.unwrap();
    assert_eq!((cluster.cases, cluster.ward, cluster.place), (5, Some(day.ward), Some(large)));
    assert_eq!(clusters::chain(&mut cx, three).await.unwrap().nodes.len(), 5);
    assert!(matches!(clusters::find(&mut cx, one).await, Err(Error::NotFound)));
    assert_eq!(clusters::list(&mut cx, 0).await.unwrap().0.len(), 1);
    // It was a slip: they are two again, and the larger is the one it was.
    let at = places::find(&mut cx, large).await.unwrap();
    let slip = at.visits.iter().find(|visit| visit.case == f0s[1]).unwrap().visit;
    places::withdraw_visit(&mut cx, large, slip).await.unwrap();
    let twice = places::withdraw_visit(&mut cx, large, slip).await;
    assert!(matches!(twice, Err(Error::Conflict("error-visit-withdrawn"))));
    cx.commit().await.unwrap();
    assert_eq!(day.cluster(f0s[2]).await, Some(three));
    assert_eq!(day.cluster(f0s[0]).await, day.cluster(f0s[1]).await);
    assert_eq!(day.count("clusters").await, 2);
    // Whoever sees none of its cases sees no cluster.
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(clusters::list(&mut cx, 0).await.unwrap().0.is_empty());
    assert!(matches!(clusters::chain(&mut cx, three).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn nobody_is_infected_by_somebody_who_has_it_from_him() {
    let day = Day::begin().await;
    let (one, two) =
        (day.f0(1, "Trần Văn Nhất", "24/9/2021").await, day.f0(2, "Lê Thị Nhì", "24/9/2021").await);
    let market = day.place("Chợ Tân Phong").await;
    day.visit(market, one).await;
    day.visit(market, two).await;
    let stranger = day.f0(3, "Phạm Văn Ba", "20/9/2021").await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    clusters::set_source(&mut cx, two, Some(one), Some(market), "Bán cạnh nhau").await.unwrap();
    let circle = clusters::set_source(&mut cx, one, Some(two), None, "").await;
    assert!(matches!(circle, Err(Error::Invalid { field: "by", key: "error-source-circle" })));
    let unknown = clusters::set_source(&mut cx, one, Some(stranger), None, "").await;
    assert!(matches!(unknown, Err(Error::Invalid { field: "by", key: "error-choice-unknown" })));
    let elsewhere = clusters::set_source(&mut cx, two, Some(one), Some(Uuid::from_u128(9).into()), "").await;
    assert!(matches!(elsewhere, Err(Error::Invalid { field: "place", .. })));
    let names: Vec<_> =
        clusters::candidates(&mut cx, one).await.unwrap().into_iter().filter_map(|one| one.name).collect();
    assert_eq!(names, ["Lê Thị Nhì"]);
}

#[tokio::test]
async fn the_five_indicators_by_hand_on_a_small_day() {
    let day = Day::begin().await;
    let first = day.f0(1, "Trần Văn Nhất", "20/9/2021").await;
    let early = day.f0(2, "Lê Thị Nhì", "12/9/2021").await;
    day.read().await;
    day.centre.advance(HOUR).await;
    let name = |n, name: &'static str, case, last_on: &'static str| {
        let day = &day;
        async move { day.name(case, n, name, last_on).await.unwrap().contact() }
    };
    let followed = name(11, "Bùi Văn Theo", first, "23/9/2021").await;
    let falls_ill = name(12, "Bùi Thị Ốm", first, "22/9/2021").await;
    let gone = name(13, "Bùi Văn Mất", first, "24/9/2021").await;
    // Fourteen days after the 11th is today.
    let last_day = name(14, "Bùi Thị Cuối", early, "11/9/2021").await;
    for contact in [followed, falls_ill, last_day] {
        day.reach(contact).await;
    }
    day.end(gone, Ended::Lost, "Không ai biết ở đâu").await.unwrap();
    day.centre.advance(HOUR).await;
    // Two enter their diaries; the third falls ill.
    let person = |id: ContactId| {
        let day = &day;
        async move {
            let mut cx = day.centre.as_staff(day.nurse).await;
            contacts::find(&mut cx, id).await.unwrap().person.id
        }
    };
    day.diary(21, person(followed).await).await;
    day.diary(22, person(last_day).await).await;
    day.f0(12, "Bùi Thị Ốm", "25/9/2021").await;
    day.read().await;

    let mut cx = day.centre.as_staff(day.nurse).await;
    let today = date(2021, 9, 25);
    let figures = contacts::indicators(&mut cx, today, today, None).await.unwrap();
    let share = |n, of| Share { n, of };
    assert_eq!(figures.len(), 1);
    assert_eq!(figures[0].seen, share(2, 3), "three were followed, two entered their diaries");
    assert_eq!(figures[0].completed, share(1, 1), "one had his last day, and was reached on it");
    assert_eq!(figures[0].known, share(1, 3), "of three new cases one was a listed contact");
    assert_eq!(figures[0].begun, share(2, 3), "nobody has begun with the third");
    assert_eq!(figures[0].lost, share(1, 4), "of four on a list one was lost");
    drop(cx);

    day.centre.advance(HOUR * 24).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let figures = contacts::indicators(&mut cx, today, date(2021, 9, 26), None).await.unwrap();
    assert_eq!((figures.len(), figures[0].day), (2, date(2021, 9, 26)));
    assert_eq!(figures[0].seen, share(0, 1), "only one is followed still");
    assert_eq!(figures[0].completed, Share::default());
    assert_eq!((figures[0].known, figures[0].begun), (Share::default(), Share::default()));
    assert_eq!(figures[0].lost, share(0, 2));
    assert_eq!(figures[1].seen, share(2, 3), "the day before is as it was");
    let backwards = contacts::indicators(&mut cx, date(2021, 9, 26), today, None).await;
    assert!(matches!(backwards, Err(Error::Invalid { field: "from", .. })));
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let theirs = contacts::indicators(&mut cx, today, today, None).await.unwrap();
    assert_eq!((theirs[0].seen, theirs[0].lost), (Share::default(), Share::default()));
    let ours = contacts::indicators(&mut cx, today, today, Some(day.ward)).await;
    assert!(matches!(ours, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_case_joined_with_another_is_seen_and_counts_once_until_they_are_parted() {
    let day = Day::begin().await;
    let market = day.place("Chợ Tân Phong").await;
    let stays = day.f0(1, "Trần Văn Nhất", "24/9/2021").await;
    let goes = day.f0(2, "Trần Văn Nhất", "24/9/2021").await;
    day.visit(market, stays).await;
    day.visit(market, goes).await;
    day.read().await;
    let ticket = day.trace_ticket().await;
    let proposed = || async {
        let mut cx = day.centre.as_staff(day.nurse).await;
        let found = places::list(&mut cx, None, None, "cho tan").await.unwrap();
        (found.places[0].cases, found.places[0].proposed)
    };
    assert_eq!(proposed().await, (2, true));

    let (one, two) = (day.person(stays).await, day.person(goes).await);
    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::merge(&mut cx, one, two, "Đã gọi hỏi, là một người").await.unwrap();
    cx.commit().await.unwrap();
    day.read().await;
    assert_eq!(proposed().await, (1, false), "one person is no outbreak");
    let mut cx = day.centre.system().await;
    let state = tickets::tickets(&mut cx, &[ticket.id]).await.unwrap()[0].state;
    assert_eq!(state, TicketState::Resolved, "he is traced once");
    // His page opens all the same.
    day.traced(goes).await;

    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::part(&mut cx, two, "Hai anh em").await.unwrap();
    cx.commit().await.unwrap();
    day.read().await;
    assert_eq!(proposed().await, (2, true));
}
