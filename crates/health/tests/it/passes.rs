//! Somebody has a pass, falls ill, is well again; keys change, cards are lost.

use crate::{day::Day, tracing::factory};
use async_trait::async_trait;
use duty::messages::{Text, Texting, Texts};
use health::{
    cases::{Classification, Ending, NewCase},
    facts::{Kind as FactKind, NewFact, Source},
    followups,
    passes::{self, Filter, NewPass, Reason, Standing as Stands, TurnPasses, Whose},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, CaseId, Error, PassId, PersonId, Result, Role};
use pass::{
    Code, CodeTable, Force, Keys, Pass, PublicKey, SigningKey, Standing, StatusToken, TableKey, TrustList,
    Verifier,
};
use std::sync::{Arc, Mutex};
use store::{
    Cx,
    outbox::Courier,
    subscriptions::Reader,
    timers::{OnTimer, Runner},
};

pub const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// What the root has in its safe.
pub const ROOT: [u8; 32] = [42; 32];

/// A district whose root has signed, and one person in it.
pub struct Passes {
    pub day: Day,
    pub person: PersonId,
    pub case: CaseId,
}

pub const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[106.70,10.72],[106.71,10.72],[106.71,10.73],[106.70,10.73],[106.70,10.72]]]}"#;

/// What a gate carries.
pub struct Gate {
    pub keys: Keys,
    pub statuses: Vec<StatusToken>,
    pub codes: Option<CodeTable>,
    pub secret: TableKey,
}

impl Passes {
    pub async fn begin() -> Self {
        let day = Day::begin().await;
        let suspected = NewCase { classification: Classification::Suspected, ..day.form(1) };
        let recorded = day.record(&suspected).await;
        let begun = Self { day, person: recorded.person, case: recorded.case };
        begun.root_signs().await;
        begun
    }

    pub async fn system(&self) -> Cx {
        self.day.centre.system().await
    }

    /// The ceremony: public keys go to the root, its list comes back.
    pub async fn root_signs(&self) -> u64 {
        self.root_names(|_| true).await
    }

    /// The same, of keys of some usages only.
    pub async fn root_names(&self, names: impl Fn(u8) -> bool) -> u64 {
        let root = SigningKey::of_secret(&ROOT).unwrap();
        let mut cx = self.system().await;
        let mut told = passes::export_keys(&mut cx).await.unwrap();
        told.keys.retain(|key| names(key.usage));
        let now = cx.now();
        let list = told.list(None, now, now + HOUR * 24 * 700).unwrap().sign(&root).unwrap();
        let sequence = passes::import_trust_list(&mut cx, &list, Some(root.public().der())).await.unwrap();
        cx.commit().await.unwrap();
        sequence
    }

    pub async fn hold(&self, person: PersonId) -> passes::Held {
        let mut cx = self.system().await;
        let held = passes::hold(&mut cx, person).await.unwrap();
        cx.commit().await.unwrap();
        held
    }

    /// The clerk gives one out.
    pub async fn issue(&self, whose: Whose) -> PassId {
        let mut cx = self.day.centre.as_staff(self.day.clerk).await;
        let issued = passes::issue(&mut cx, &NewPass { whose, code: false }).await.unwrap();
        cx.commit().await.unwrap();
        issued.pass
    }

    pub async fn lists(&self) -> Vec<Vec<u8>> {
        let mut cx = self.system().await;
        let lists = passes::status_lists(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        lists
    }

    pub async fn text(&self, pass: PassId) -> String {
        passes::text(&mut self.system().await, pass).await.unwrap()
    }

    /// A gate loads what there is now.
    pub async fn gate(&self) -> Gate {
        let mut cx = self.system().await;
        let now = cx.now();
        let root = PublicKey::read(&passes::root_key(&mut cx).await.unwrap().unwrap()).unwrap();
        let list = passes::trust_list(&mut cx).await.unwrap().unwrap();
        let keys = TrustList::read(&list, &root, now).unwrap().keys;
        let statuses = passes::status_lists(&mut cx).await.unwrap();
        let statuses = statuses.iter().map(|list| StatusToken::read(list, &keys, now).unwrap()).collect();
        let codes = passes::code_table(&mut cx).await.unwrap();
        let codes = codes.map(|table| CodeTable::read(&table, &keys, now).unwrap());
        let secret: [u8; 32] = passes::table_secret(&mut cx).await.unwrap().try_into().unwrap();
        cx.commit().await.unwrap();
        Gate { keys, statuses, codes, secret: TableKey::new(&secret) }
    }

    /// What a gate with everything of now says of a text.
    pub async fn checked(&self, text: &str) -> Standing {
        let gate = self.gate().await;
        gate.standing(&self.verified(&gate, text), self)
    }

    pub fn verified(&self, gate: &Gate, text: &str) -> Pass {
        let verdict = Verifier::default().verify(text, &gate.keys, self.day.centre.clock.now());
        assert!(verdict.is_good(), "{:?}", verdict.error);
        verdict.pass().unwrap().clone()
    }

    /// The record is sealed and read on.
    pub async fn read_on(&self) {
        self.day.centre.seal().await;
        let reader = Reader::new(self.day.centre.store.clone(), vec![Arc::new(TurnPasses)]);
        while reader.read(self.day.centre.id()).await.unwrap() > 0 {}
    }

    pub async fn stands(&self, pass: PassId) -> Stands {
        passes::shown(&mut self.system().await, pass).await.unwrap().standing
    }

    pub async fn falls_ill(&self) {
        let recorded = self.day.record(&self.day.form(2)).await;
        assert_eq!((recorded.person, recorded.case), (self.person, self.case));
        self.read_on().await;
    }

    pub async fn case_ends(&self, ending: Ending) {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        followups::end_case(&mut cx, self.case, ending, date(2021, 9, 25), "").await.unwrap();
        cx.commit().await.unwrap();
        self.read_on().await;
    }

    /// A minute goes by.
    pub async fn looks_over(&self) {
        let centre = &self.day.centre;
        let mut cx = self.system().await;
        passes::install(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        centre.clock.advance(HOUR);
        let keeps: Vec<Arc<dyn OnTimer>> = vec![Arc::new(passes::Keep)];
        assert_eq!(Runner::new(centre.store.clone(), keeps).fire_due().await.unwrap(), 1);
    }

    pub async fn kinds(&self, pass: PassId) -> Vec<String> {
        let mut cx = self.system().await;
        let events = store::events::of_object(&mut cx, pass.uuid()).await.unwrap();
        events.into_iter().map(|event| event.kind).collect()
    }
}

impl Gate {
    pub fn standing(&self, pass: &Pass, of: &Passes) -> Standing {
        let now = of.day.centre.clock.now();
        let told = self.statuses.iter().map(|list| list.standing(pass, now));
        told.into_iter().find(|standing| *standing != Standing::Unknown).unwrap_or(Standing::Unknown)
    }

    pub fn finds(&self, code: Code) -> usize {
        self.codes.as_ref().map_or(0, |table| table.find(code, &self.secret).len())
    }
}

#[tokio::test]
async fn a_pass_says_what_is_known_and_follows_the_illness_of_its_person() {
    let passes = Passes::begin().await;
    let dose = NewFact {
        on_day: "1/9/2021".into(),
        dose: Some(2),
        words: "AstraZeneca".into(),
        ..NewFact::of(FactKind::Vaccination, Source::Paper)
    };
    let held = passes.hold(passes.person).await;
    assert_eq!(passes.hold(passes.person).await.pass, held.pass, "once");
    let before = passes.text(held.pass).await;
    let gate = passes.gate().await;
    let told = passes.verified(&gate, &before);
    assert_eq!(told.facts().name.as_str(), "TRAN THI BICH");
    assert_eq!(told.facts().holder.born().unwrap().get(), 1985);
    assert_eq!(told.facts().holder.health().doses, None, "nothing known is not none");
    assert_eq!(gate.standing(&told, &passes), Standing::Good);

    // What somebody only tells of himself is signed by nobody; what a paper shows later stands in the next text.
    let said = NewFact { on_day: "1/8/2021".into(), dose: Some(1), source: Source::Person, ..dose.clone() };
    let mut cx = passes.day.centre.as_staff(passes.day.nurse).await;
    followups::add_fact(&mut cx, passes.person, &said).await.unwrap();
    cx.commit().await.unwrap();
    let told = passes.verified(&gate, &passes.text(held.pass).await);
    assert_eq!(told.facts().holder.health().doses, None);
    let mut cx = passes.day.centre.as_staff(passes.day.nurse).await;
    followups::add_fact(&mut cx, passes.person, &dose).await.unwrap();
    cx.commit().await.unwrap();
    let told = passes.verified(&gate, &passes.text(held.pass).await);
    assert_eq!(told.facts().holder.health().doses.unwrap().get(), 2);
    assert_eq!(told.facts().holder.health().last_dose.unwrap().date(), date(2021, 9, 1));

    passes.falls_ill().await;
    assert_eq!(passes.stands(held.pass).await, Stands::Suspended);
    assert_eq!(passes.checked(&before).await, Standing::Revoked, "the one on his telephone too");
    assert_eq!(gate.standing(&told, &passes), Standing::Good, "a gate without a network has not heard");
    // Read again, it turns nothing twice.
    passes.read_on().await;
    passes.case_ends(Ending::Recovered).await;
    assert_eq!(passes.checked(&before).await, Standing::Good);
    let told = passes.verified(&gate, &passes.text(held.pass).await);
    assert_eq!(told.facts().holder.health().recovered.unwrap().date(), date(2021, 9, 25));
    assert_eq!(passes.kinds(held.pass).await, ["pass.issued", "pass.suspended", "pass.restored"]);
    // Nobody's name, number or digits lie open.
    for (table, text) in passes.day.everything().await {
        let open = text.contains(held.key.canonical());
        assert!(!open, "{table}");
    }
}

#[tokio::test]
async fn whoever_is_ill_gets_a_pass_that_is_turned_back_and_death_ends_it() {
    let passes = Passes::begin().await;
    passes.falls_ill().await;
    let held = passes.hold(passes.person).await;
    assert_eq!(passes.checked(&passes.text(held.pass).await).await, Standing::Revoked);
    let mut cx = passes.day.centre.as_staff(passes.day.clerk).await;
    let shipper = Whose::Force { force: Force::Shipper, person: passes.person, organisation: None };
    let issued = passes::issue(&mut cx, &NewPass { whose: shipper, code: false }).await.unwrap();
    cx.commit().await.unwrap();
    assert!(issued.fresh && passes.stands(issued.pass).await == Stands::Suspended);
    passes.case_ends(Ending::Died).await;
    assert_eq!(passes.stands(held.pass).await, Stands::Revoked);
    assert_eq!(passes.stands(issued.pass).await, Stands::Revoked);
    let refused = passes::text(&mut passes.system().await, held.pass).await;
    assert!(matches!(refused, Err(Error::Conflict("error-pass-revoked"))));
}

#[tokio::test]
async fn a_lost_card_is_replaced_and_its_code_opens_nothing() {
    let passes = Passes::begin().await;
    let day = &passes.day;
    let mut cx = day.centre.as_staff(day.clerk).await;
    let new = NewPass { whose: Whose::Person(passes.person), code: true };
    let old = passes::issue(&mut cx, &new).await.unwrap().pass;
    let card = passes::printed_set(&mut cx, &[old]).await.unwrap().cards.remove(0);
    cx.commit().await.unwrap();
    assert_eq!((card.name.as_str(), card.until), ("Trần Thị Bích", date(2021, 12, 31)));
    let gate = passes.gate().await;
    assert_eq!((gate.finds(card.code), gate.finds(Code::of(1))), (1, 0));
    assert_eq!(passes.checked(&card.text).await, Standing::Good);

    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(matches!(passes::replace(&mut cx, old, " ").await, Err(Error::Invalid { field: "why", .. })));
    let new = passes::replace(&mut cx, old, "Mất thẻ").await.unwrap().pass;
    let code = passes::code(&mut cx, new).await.unwrap();
    cx.commit().await.unwrap();
    assert_ne!((new, code), (old, card.code));
    assert_eq!(passes.checked(&card.text).await, Standing::Revoked);
    assert_eq!(passes.checked(&passes.text(new).await).await, Standing::Good);
    day.centre.clock.advance(SignedDuration::from_mins(6));
    let gate = passes.gate().await;
    assert_eq!((gate.finds(card.code), gate.finds(code)), (0, 1));

    // Both are named when they are met, and what is nobody's is left out.
    let mut cx = passes.system().await;
    let named = passes::of_codes(&mut cx, &[card.code, code, Code::of(1)]).await.unwrap();
    assert_eq!(named.len(), 2);
    assert_eq!((named[&card.code].standing, named[&code].standing), (Stands::Replaced, Stands::Good));
    let number = passes.verified(&gate, &card.text).number();
    let named = passes::named(&mut cx, &[number, [0; 8]]).await.unwrap();
    assert_eq!((named.len(), named[&number].pass, named[&number].person), (1, old, Some(passes.person)));
    drop(cx);

    // Taking one back for good is a leader's.
    let leader = day.centre.staff("Chủ tịch phường").at(day.ward, Role::WardLeader).create().await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    let refused = passes::revoke(&mut cx, new, Reason::Misused, "Cho mượn").await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let mut cx = day.centre.as_staff(leader).await;
    let refused = passes::revoke(&mut cx, new, Reason::Died, "…").await;
    assert!(matches!(refused, Err(Error::Invalid { field: "reason", .. })));
    passes::revoke(&mut cx, new, Reason::Misused, "Cho mượn").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(passes.stands(new).await, Stands::Revoked);
    for (table, text) in day.everything().await {
        assert!(!text.contains(&code.to_string()) && !text.contains("Cho mượn"), "{table}");
    }
}

#[tokio::test]
async fn each_sees_and_gives_out_the_passes_of_his_ward() {
    let passes = Passes::begin().await;
    let day = &passes.day;
    let held = passes.hold(passes.person).await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    assert_eq!(passes::find(&mut cx, held.pass).await.unwrap().name, "Trần Thị Bích");
    let listed = passes::list(&mut cx, &Filter::default(), None).await.unwrap();
    assert_eq!((listed.lines.len(), listed.next), (1, None));
    let suspended = Filter { standing: Some(Stands::Suspended), ..Filter::default() };
    assert!(passes::list(&mut cx, &suspended, None).await.unwrap().lines.is_empty());
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(passes::find(&mut cx, held.pass).await, Err(Error::NotFound)));
    assert!(passes::list(&mut cx, &Filter::default(), None).await.unwrap().lines.is_empty());
    let new = NewPass { whose: Whose::Person(passes.person), code: true };
    assert!(matches!(passes::issue(&mut cx, &new).await, Err(Error::NotFound)));
    let auditor = day.centre.staff("Kiểm toán").at(day.ward, Role::Auditor).create().await;
    let mut cx = day.centre.as_staff(auditor).await;
    assert!(matches!(passes::list(&mut cx, &Filter::default(), None).await, Err(Error::NotFound)));
    assert!(matches!(passes::rotate(&mut cx).await, Err(Error::Forbidden(_))));
    // Its own address opens it, for whoever has it.
    let mut cx = day.centre.begin(Actor::public()).await;
    assert_eq!(passes::held(&mut cx, &held.key.to_string()).await.unwrap(), held.pass);

    // A neighbour's gate finds neither number nor code nor address, and its keys are others.
    let neighbour = day.centre.add_tenant("tan-hung").await;
    let mut cx = day.centre.store.begin(neighbour.id, Actor::system("test")).await.unwrap();
    assert!(matches!(passes::held(&mut cx, &held.key.to_string()).await, Err(Error::NotFound)));
    assert!(passes::status_lists(&mut cx).await.unwrap().is_empty());
    let theirs = passes::export_keys(&mut cx).await.unwrap();
    let list = theirs.list(None, cx.now(), cx.now() + HOUR).unwrap();
    let text = passes.text(held.pass).await;
    let verdict = Verifier::default().verify(&text, &list.keys, cx.now());
    assert!(!verdict.is_good());
    assert_ne!(
        passes::table_secret(&mut cx).await.unwrap(),
        passes::table_secret(&mut passes.system().await).await.unwrap()
    );
}

#[tokio::test]
async fn keys_are_changed_and_what_the_old_one_signed_is_believed_on() {
    let passes = Passes::begin().await;
    let held = passes.hold(passes.person).await;
    let old = passes.text(held.pass).await;
    let signs = async || {
        let mut cx = passes.system().await;
        let keys = passes::keys(&mut cx).await.unwrap();
        keys.into_iter().filter(|key| key.signs).map(|key| key.kid).collect::<Vec<_>>()
    };
    let first = signs().await;
    let mut cx = passes.system().await;
    assert_eq!(passes::rotate(&mut cx).await.unwrap().len(), 4);
    cx.commit().await.unwrap();
    assert_eq!(signs().await, first, "until the root has named the new ones");
    assert_eq!(passes.root_signs().await, 2);
    let second = signs().await;
    assert!(second.len() == 2 && second.iter().all(|kid| !first.contains(kid)));
    let gate = passes.gate().await;
    for text in [&old, &passes.text(held.pass).await] {
        let told = passes.verified(&gate, text);
        assert_eq!(gate.standing(&told, &passes), Standing::Good);
    }
    // Neither an old list nor one of somebody else is taken in.
    let mut cx = passes.system().await;
    let told = passes::export_keys(&mut cx).await.unwrap();
    let (root, now) = (SigningKey::of_secret(&ROOT).unwrap(), cx.now());
    let again = told.list(Some(2), now, now + HOUR).unwrap().sign(&root).unwrap();
    let refused = passes::import_trust_list(&mut cx, &again, None).await;
    assert!(matches!(refused, Err(Error::Conflict("error-pass-list-older"))));
    let thief = SigningKey::of_secret(&[7; 32]).unwrap();
    let forged = told.list(None, now, now + HOUR).unwrap().sign(&thief).unwrap();
    let refused = passes::import_trust_list(&mut cx, &forged, None).await;
    assert!(matches!(refused, Err(Error::Conflict("error-pass-list-root"))));
}

#[tokio::test]
async fn the_next_key_is_made_in_time_and_missed_in_the_trust_list() {
    let passes = Passes::begin().await;
    let centre = &passes.day.centre;
    let mut cx = passes.system().await;
    passes::install(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    let keeps: Vec<Arc<dyn OnTimer>> = vec![Arc::new(passes::Keep)];
    let keeper = Runner::new(centre.store.clone(), keeps);
    let wait = async |by: SignedDuration| {
        centre.clock.advance(by);
        // One look is due; it arms the next for a minute later.
        assert_eq!(keeper.fire_due().await.unwrap(), 1);
    };
    let state = async || {
        let mut cx = passes.system().await;
        let all = duty::heartbeats::status(&mut cx).await.unwrap();
        let one = all.into_iter().find(|status| status.code == "pass_trust").unwrap();
        (one.last_beat_at.is_some(), one.last_error)
    };
    wait(HOUR).await;
    assert_eq!(state().await, (true, None));
    assert_eq!(passes.day.count("pass_keys").await, 2);
    wait(HOUR * 24 * 151).await;
    assert_eq!(passes.day.count("pass_keys").await, 4, "a month ahead");
    assert!(state().await.1.is_some(), "the root has not named them");
    passes.root_signs().await;
    wait(HOUR).await;
    assert_eq!(state().await.1, None);
}

#[tokio::test]
async fn an_employer_and_a_ward_are_served_in_sets() {
    let passes = Passes::begin().await;
    let day = &passes.day;
    let nameless = NewCase {
        full_name: "Nguyễn Văn Không Tuổi".into(),
        birth: String::new(),
        citizen_id: String::new(),
        phone: "0900 555 111".into(),
        ..day.form(3)
    };
    let without = day.record(&nameless).await.person;
    let mut cx = day.centre.as_staff(day.clerk).await;
    let batch = passes::for_ward(&mut cx, day.ward, true, None).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!((batch.issued.len(), batch.next), (1, None));
    assert_eq!(batch.refused, [(without, "error-pass-birth-year")]);
    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(passes::for_ward(&mut cx, day.ward, true, None).await.unwrap().issued.is_empty(), "once");
    let other = day.centre.unit("TQUY").await;
    assert!(matches!(passes::for_ward(&mut cx, other, true, None).await, Err(Error::NotFound)));
    drop(cx);

    let mut cx = passes.system().await;
    let market = factory(&mut cx, day.ward.to_string()).await;
    let works = NewFact { organisation: Some(market), ..NewFact::of(FactKind::Employer, Source::Staff) };
    followups::add_fact(&mut cx, passes.person, &works).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.clerk).await;
    let force = Some(Force::ShoppingHelper);
    let batch = passes::for_employer(&mut cx, market, force, true, None).await.unwrap();
    let business = Whose::Business { organisation: market, people: Some(40) };
    let shop = passes::issue(&mut cx, &NewPass { whose: business, code: false }).await.unwrap();
    let ward = Whose::Neighbourhood(day.ward);
    let green = passes::issue(&mut cx, &NewPass { whose: ward, code: false }).await.unwrap();
    let cards = [batch.issued[0].pass, shop.pass, green.pass];
    let cards = passes::printed_set(&mut cx, &cards).await.unwrap().cards;
    let of_market = Filter { organisation: Some(market), ..Filter::default() };
    assert_eq!(passes::list(&mut cx, &of_market, None).await.unwrap().lines.len(), 2);
    cx.commit().await.unwrap();
    let gate = passes.gate().await;
    let told: Vec<Pass> = cards.iter().map(|card| passes.verified(&gate, &card.text)).collect();
    assert_eq!(told[0].facts().holder.force(), Some(Force::ShoppingHelper));
    assert_eq!(told[1].facts().name.as_str(), "CHO TAN PHONG");
    assert_eq!(told[1].facts().holder.people(), Some(40));
    assert!(told[2].facts().holder.place().is_some());
    assert!(told.iter().all(|pass| gate.standing(pass, &passes) == Standing::Good));
}

/// A network that carries every text.
#[derive(Default)]
pub struct Network(pub Mutex<Vec<Text>>);

#[async_trait]
impl Texting for Network {
    async fn send(&self, text: &Text) -> Result<Vec<String>> {
        self.0.lock().unwrap().push(text.clone());
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn who_has_an_old_telephone_is_sent_his_code() {
    let passes = Passes::begin().await;
    let day = &passes.day;
    let held = passes.hold(passes.person).await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    passes::send_code(&mut cx, &day.centre.tenant, held.pass).await.unwrap();
    let again = passes::send_code(&mut cx, &day.centre.tenant, held.pass).await;
    assert!(matches!(again, Err(Error::Conflict("error-pass-sent-lately"))));
    let code = passes::code(&mut cx, held.pass).await.unwrap().to_string();
    cx.commit().await.unwrap();
    let network = Arc::new(Network::default());
    let courier = Courier::new(day.centre.store.clone(), Arc::new(Texts::new(Some(network.clone()))));
    courier.deliver_due().await.unwrap();
    let texts = network.0.lock().unwrap().clone();
    assert_eq!((texts.len(), texts[0].number.as_str()), (1, "+84900555777"));
    let digits: String = texts[0].words.chars().filter(char::is_ascii_digit).collect();
    assert!(digits.contains(&code) && !texts[0].words.contains("Bích"), "{}", texts[0].words);
}
