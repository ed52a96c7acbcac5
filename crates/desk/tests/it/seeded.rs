//! A centre in which something of everything exists, and one person of every role.

use crate::browser::{Browser, app, centre};
use duty::{
    accounts,
    calls::{self, Direction, NewCall, Outcome, Purpose, recordings},
    organisations, permissions,
    rosters::{self, AbsenceKind, Band, Pattern, Plan, Post, Slot, ical::Whose},
    tickets::{self, NewMatter, Severity, attempts},
    units,
};
use health::{
    care::papers::{self, NewPapers, Signer},
    cases::{self, Care, Classification, NewCase, NoPhone, TestKind, TestResult},
    clusters,
    contacts::{self, NewContact},
    corrections::{self, Field, NewCorrection},
    declarations::{self, Answers, NewDeclaration},
    facts::{Kind, NewFact, Source},
    followups::{self, Channel as Contact, DiaryForm, MemberEntry},
    gates::{self, NewGate},
    households::NewMember,
    imports::{self, Staged, Upload},
    lockdowns::{self, NewLockdown, Supply},
    passes,
    people::{self, CarerKind, Consent, NewCarer},
    places::{self, Kind as PlaceKind, NewPlace, NewVisit, Role as PlaceRole, State as PlaceState, Told},
    removals::{self, NewRemoval, Reason},
    samples::{self, NewOrder, NewPool, SelfTest},
    vitals::Symptom,
};
use jiff::{SignedDuration, civil::Weekday};
use kernel::{Actor, CaseId, HouseholdId, MatterId, Role, StaffId, TicketId, UnitId, citizen_id::Sex};
use pages::{App, DemoAccount, Place};
use std::{collections::BTreeMap, sync::Arc};
use store::{subscriptions::Reader, timers::Runner};
use testkit::TestCentre;
use town::{
    board::{self, BriefTimer, Fold},
    reports::{self, Channel, NewReport},
};
use uuid::Uuid;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
static DEMO: [DemoAccount; 1] =
    [DemoAccount { key: "nurse", role: Role::StationStaff, unit: "TPHONG.TYT", icon: "user" }];

/// A picture of one dot.
pub const DOT: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0,
    0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x08, 0xd7, 0x63,
    0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae,
    0x42, 0x60, 0x82,
];

/// Two seconds of silence, as a WAV file.
pub fn silence() -> Vec<u8> {
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend_from_slice(&8000_u32.to_le_bytes());
    wav.extend_from_slice(&16_000_u32.to_le_bytes());
    wav.extend_from_slice(&[2, 0, 16, 0]);
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&32_000_u32.to_le_bytes());
    wav.resize(wav.len() + 32_000, 0);
    wav
}

pub struct Seeded {
    pub centre: TestCentre,
    pub app: App,
    pub ward: UnitId,
    pub station: UnitId,
    /// The care team of the ward.
    pub team: UnitId,
    /// By role: the station staff is the nurse who has recorded everything.
    pub people: BTreeMap<Role, StaffId>,
    /// At the station beside the nurse; heads it.
    pub head: StaffId,
    /// Holds an account that nobody here uses.
    pub spare: StaffId,
    /// The ids that paths take, by the name of what they are.
    pub ids: BTreeMap<&'static str, String>,
}

impl Seeded {
    pub async fn new() -> Self {
        let centre = centre().await;
        let place = Place { demo: true, demo_accounts: &DEMO, ..Place::default() };
        let app = app(&centre, place);
        let (ward, station) = (centre.unit("TPHONG").await, centre.unit("TPHONG.TYT").await);
        let team = centre.unit("TPHONG.TCSF0").await;
        let mut people = BTreeMap::new();
        for (code, role) in [
            ("TTDH", Role::Operator),
            ("TPHONG", Role::WardOfficial),
            ("TPHONG", Role::WardLeader),
            ("TPHONG.TYT", Role::StationStaff),
            ("TPHONG.TCSF0", Role::CareTeam),
            ("PYT", Role::DepartmentOfficial),
            ("LDQ", Role::DistrictLeader),
            ("TTDH", Role::CentreDirector),
            ("VP", Role::LeadersOffice),
            ("TTDH", Role::Auditor),
            ("TTDH", Role::Administrator),
        ] {
            let unit = centre.unit(code).await;
            let person = centre.staff(&format!("Người {role}")).at(unit, role).phone("+84900000001");
            people.insert(role, person.email("a@quan7.example").create().await);
        }
        let at = |name| centre.staff(name).at(station, Role::StationStaff);
        let head = at("Trưởng trạm").head().create().await;
        let spare = at("Người dự bị").create().await;
        let mut seeded = Self { centre, app, ward, station, team, people, head, spare, ids: BTreeMap::new() };
        seeded.evening().await;
        seeded.roster().await;
        seeded.work().await;
        seeded.doors().await;
        seeded.telephone().await;
        seeded.gate().await;
        seeded
    }

    /// The ward has a checkpoint with a telephone.
    async fn gate(&mut self) {
        let mut cx = self.centre.as_staff(self.people[&Role::WardLeader]).await;
        let new = NewGate {
            name: "Chốt cầu Phú Mỹ".into(),
            kind: Some(gates::Kind::Checkpoint),
            unit: Some(self.ward),
            role: Some(gates::Role::Visitor),
            ..NewGate::default()
        };
        let gate = gates::make(&mut cx, &new).await.unwrap();
        let invite = gates::invite(&mut cx, gate).await.unwrap();
        let enrolled = gates::enrol(&mut cx, &invite.code.to_string(), "Máy chốt").await.unwrap();
        cx.commit().await.unwrap();
        self.put("gate", gate);
        self.put("device", enrolled.device.id);
    }

    /// Somebody has called the station's hotline and left a message.
    async fn telephone(&mut self) {
        let mut cx = self.centre.system().await;
        let call = cx.id();
        let new = NewCall {
            id: call,
            direction: Direction::In,
            purpose: Purpose::Hotline,
            object: None,
            number: Some("+84900555901"),
            unit: Some(self.station),
            staff: None,
            trunk: Some("thu"),
        };
        calls::begin(&mut cx, &new).await.unwrap();
        calls::ended(&mut cx, call, Outcome::Voicemail, None).await.unwrap();
        let spool = std::env::temp_dir().join(format!("{call}.wav"));
        std::fs::write(&spool, silence()).unwrap();
        let shelf = self.app.shelf().unwrap();
        let message = recordings::Kind::VoiceMessage;
        let recording = recordings::file(&mut cx, shelf, call, &spool, message).await.unwrap();
        cx.commit().await.unwrap();
        self.put("call", call);
        self.put("recording", recording);
    }

    pub fn nurse(&self) -> StaffId {
        self.people[&Role::StationStaff]
    }

    pub fn put(&mut self, name: &'static str, id: impl ToString) {
        self.ids.insert(name, id.to_string());
    }

    pub async fn browser(&self, staff: StaffId) -> Browser {
        Browser::at(self.app.clone(), &self.centre, staff).await
    }

    pub fn nobody(&self) -> Browser {
        Browser::with(self.app.clone(), "")
    }

    /// Five o'clock: the brief is kept.
    async fn evening(&mut self) {
        let mut cx = self.centre.system().await;
        board::arm_brief(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        self.centre.advance(HOUR * 10).await;
        let briefs = Runner::new(self.centre.store.clone(), vec![Arc::new(BriefTimer)]);
        while briefs.fire_due().await.unwrap() > 0 {}
        self.centre.seal().await;
        let reader = Reader::new(self.centre.store.clone(), vec![Arc::new(Fold)]);
        while reader.read(self.centre.id()).await.unwrap() > 0 {}
        self.put("day", "2021-09-25");
    }

    async fn roster(&mut self) {
        let (nurse, head, spare) = (self.nurse(), self.head, self.spare);
        let band = |start: &str, end: &str| Band {
            name: String::new(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        };
        let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday];
        let slot = |weekday, band, staff| Slot { weekday, band, post: Post::Primary, staff: Some(staff) };
        let slots = days
            .into_iter()
            .flat_map(|day| {
                [slot(day, band("06:00", "18:00"), nurse), slot(day, band("18:00", "06:00"), spare)]
            })
            .collect();
        let today = jiff::civil::date(2021, 9, 25);
        let plan = Pattern { unit: self.station, from: today, until: None, slots };
        let mut cx = self.centre.as_staff(head).await;
        rosters::set_plans(&mut cx, self.station, today, vec![Plan::Weekly(plan)]).await.unwrap();
        let sheet = "Ngày,Ca trực,Từ,Đến,Họ và tên\n01/10/2021,Ca ngày,07:00,19:00,Người dự bị\n";
        let applied =
            rosters::import(&mut cx, self.station, sheet.as_bytes(), None, true).await.unwrap().plan.unwrap();
        cx.commit().await.unwrap();
        self.put("plan", applied);
        let mut cx = self.centre.as_staff(nurse).await;
        let feed = rosters::open_feed(&mut cx, Whose::Person(nurse)).await.unwrap();
        let id = rosters::open_feeds(&mut cx, Whose::Person(nurse)).await.unwrap()[0].id;
        cx.commit().await.unwrap();
        self.put("feed", id);
        self.put("feed_file", format!("{feed}.ics"));
        self.fresh_roster().await;
    }

    /// A swap that waits, and an absence that runs.
    pub async fn fresh_roster(&mut self) {
        let nurse = self.nurse();
        let mut cx = self.centre.as_staff(nurse).await;
        let (now, far) = (cx.now(), cx.now() + HOUR * 24 * 30);
        let duty = rosters::roster(&mut cx, self.station, now, far).await.unwrap();
        let of =
            |who| duty.shifts.iter().find(|s| s.owner == Some(who) && s.planned.start() > now).unwrap().id;
        let swap = rosters::swap(&mut cx, of(nurse), of(self.spare)).await.unwrap();
        let from = now + HOUR * 24 * 20;
        let away =
            rosters::absent(&mut cx, nurse, AbsenceKind::Leave, from, Some(from + HOUR)).await.unwrap();
        cx.commit().await.unwrap();
        self.put("change", swap);
        self.put("absence", away);
    }

    async fn work(&mut self) {
        let nurse = self.nurse();
        let case = NewCase {
            form_key: Uuid::from_u128(1),
            full_name: "Trần Thị Bích".into(),
            birth: "1985".into(),
            sex: Some(Sex::Female),
            citizen_id: "079185012345".into(),
            phone: "0900 555 777".into(),
            no_phone_reason: None,
            address: "12 Đường số 15".into(),
            ward: Some(self.ward),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: "25/9/2021".into(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Home,
            note: String::new(),
        };
        let mut cx = self.centre.as_staff(nurse).await;
        let case = cases::record(&mut cx, &self.centre.tenant, &case).await.unwrap().case;
        let taken = followups::take_on(&mut cx, case).await.unwrap().unwrap();
        let list = "STT,Họ và tên,Năm sinh,CCCD,SĐT,Địa chỉ,Phường,Ngày lấy mẫu,Loại XN,Kết quả\n\
                    1,Lê Văn An,1990,,0900555778,12 Đường số 15,,24/9/2021,test nhanh,âm tính\n\
                    2,Phạm Văn Hỏng,1990,,12,,,24/9/2021,test nhanh,âm tính\n";
        let upload = Upload {
            unit: self.station,
            kind: imports::Kind::Results,
            file_name: "a.csv".into(),
            bytes: list.into(),
            overrides: None,
            default_kind: None,
        };
        let Staged::Ready(import) = imports::stage(&mut cx, &self.centre.tenant, upload).await.unwrap()
        else {
            panic!("the list is whole");
        };
        cx.commit().await.unwrap();
        self.put("case", case);
        self.put("import", import.id);
        self.put("list", list);
        self.home(taken.household).await;
        self.tracing(case).await;
        self.twin().await;
        self.market().await;
        self.fresh_ticket().await;
        self.fresh_report().await;
    }

    /// Beside the F0 somebody lives there whom nobody follows, of whom an illness is known and who is
    /// to go to hospital; an alert of hers stands open, of the grade that rings nobody.
    async fn home(&mut self, household: HouseholdId) {
        let mut cx = self.centre.as_staff(self.nurse()).await;
        let lodger =
            NewMember { full_name: "Võ Minh Trọ".into(), birth: "1990".into(), ..NewMember::default() };
        let lodger = followups::add_member(&mut cx, household, &lodger, None).await.unwrap();
        let illness =
            NewFact { words: "Tăng huyết áp".into(), ..NewFact::of(Kind::Illness, Source::Person) };
        let fact = followups::add_fact(&mut cx, lodger, &illness).await.unwrap().unwrap();
        let to_hospital = NewRemoval {
            person: lodger,
            reason: Reason::OwnWish,
            vehicle: None,
            to_unit: None,
            to_name: String::new(),
        };
        let removal = removals::ask(&mut cx, household, &to_hospital).await.unwrap();
        let sheet = followups::sheet(&mut cx, household).await.unwrap();
        let kept = &sheet.plans[0].kept;
        let decision = NewPapers {
            person: Some(kept.person),
            kinds: [papers::Kind::Decision].into(),
            signer: Signer::default(),
        };
        let tenant = &self.centre.tenant;
        let issued = papers::issue(&mut cx, tenant, household, &decision).await.unwrap();
        let entry = MemberEntry { spo2: "96".into(), ..MemberEntry::of(kept.person) };
        let form = DiaryForm { form_key: cx.id(), at: None, channel: Contact::Phone, members: vec![entry] };
        let entered = followups::enter(&mut cx, &self.centre.tenant, household, &form).await.unwrap();
        let release = NewOrder {
            person: kept.person,
            kind: TestKind::Rapid,
            reason: samples::Reason::Release,
            due_at: None,
        };
        let order = samples::order(&mut cx, &release).await.unwrap().unwrap();
        let tube = NewPool {
            unit: self.station,
            code: "G01".into(),
            kind: TestKind::Pcr,
            sample_on: "25/9/2021".into(),
            members: [kept.person, lodger].into(),
        };
        let pool = samples::take_pool(&mut cx, &tube).await.unwrap();
        let own =
            SelfTest { person: lodger, result: TestResult::Negative, on_day: "25/9/2021".into(), file: None };
        let told = samples::tell(&mut cx, &self.centre.tenant, household, &own).await.unwrap();
        let answers = Answers {
            symptoms: [Symptom::NoSymptom].into(),
            near_f0: Some(true),
            self_test: Some(false),
            came_back: Some(false),
            home_isolates: Some(false),
            ..Answers::default()
        };
        let declared = NewDeclaration { form_key: cx.id(), answers };
        let declared =
            declarations::declare_for(&mut cx, &self.centre.tenant, lodger, &declared).await.unwrap();
        cx.commit().await.unwrap();
        self.put("declaration", declared.id);
        self.put("order", order);
        self.put("pool", pool);
        self.put("self_test", told.test.unwrap());
        self.put("line", 2);
        self.put("household", household);
        self.put("patient", kept.person);
        self.put("care_plan", kept.id);
        self.put("member", lodger);
        self.put("fact", fact);
        self.put("removal", removal);
        self.put("alert", entered.alerts[0]);
        self.put("paper", issued.made[0]);
        self.closed_off(kept.person).await;
    }

    /// A point of the ward with nobody inside, where rice is asked for; and the patient says that her
    /// birth is wrong.
    async fn closed_off(&mut self, patient: kernel::PersonId) {
        let mut cx = self.centre.as_staff(self.nurse()).await;
        let wrong = NewCorrection::of(Field::Birth, "2/3/1985");
        let correction = corrections::ask(&mut cx, patient, &wrong).await.unwrap();
        cx.commit().await.unwrap();
        let mut cx = self.centre.as_staff(self.people[&Role::WardLeader]).await;
        let new = NewLockdown {
            ward: Some(self.ward),
            name: "Hẻm 88".into(),
            number: "1234/QĐ-UBND".into(),
            decision_on: "25/9/2021".into(),
            signer_title: "Chủ tịch".into(),
            signer: "Người ký".into(),
            planned_until: "9/10/2021".into(),
            words_vi: "Một đoạn hẻm tạm phong tỏa.".into(),
            words_en: "Part of a lane is closed off.".into(),
            ..NewLockdown::default()
        };
        let point = lockdowns::decide(&mut cx, &new).await.unwrap();
        let supply = lockdowns::ask(&mut cx, point, Supply::Food, "Gạo").await.unwrap();
        cx.commit().await.unwrap();
        self.put("correction", correction);
        self.put("lockdown", point);
        self.put("supply", supply);
    }

    /// A second F0 who was at the same market, which is an outbreak place: so the two are a cluster. Of the
    /// first somebody is to be reached.
    async fn tracing(&mut self, case: CaseId) {
        let mut cx = self.centre.as_staff(self.nurse()).await;
        let other = NewCase {
            form_key: Uuid::from_u128(2),
            full_name: "Ngô Văn Chuỗi".into(),
            birth: "1979".into(),
            sex: Some(Sex::Male),
            citizen_id: String::new(),
            phone: "0900 555 779".into(),
            no_phone_reason: None,
            address: "3 Đường số 2".into(),
            ward: Some(self.ward),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "25/9/2021".into(),
            result_on: String::new(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Facility,
            note: String::new(),
        };
        let other = cases::record(&mut cx, &self.centre.tenant, &other).await.unwrap().case;
        let market = NewPlace {
            name: "Chợ Tân Phong".into(),
            kind: Some(PlaceKind::Market),
            ward: Some(self.ward),
            point: "10.7296, 106.7055".into(),
            ..NewPlace::default()
        };
        let (place, _) = places::record(&mut cx, &market).await.unwrap();
        let visit = NewVisit {
            role: PlaceRole::Visited,
            told: Told::Case,
            from_on: String::new(),
            to_on: String::new(),
        };
        for case in [case, other] {
            places::visit(&mut cx, place, case, &visit).await.unwrap();
        }
        places::move_to(&mut cx, place, PlaceState::Outbreak, "Hai ca cùng đến chợ.").await.unwrap();
        let contact = NewContact {
            full_name: "Bùi Thị Sạp".into(),
            phone: "0900 555 780".into(),
            last_on: "24/9/2021".into(),
            ..NewContact::default()
        };
        let contact = contacts::name(&mut cx, case, &contact).await.unwrap().contact();
        let cluster = clusters::list(&mut cx, 0).await.unwrap().0[0].id;
        let visit = places::find(&mut cx, place).await.unwrap().visits[0].visit;
        cx.commit().await.unwrap();
        self.put("place", place);
        self.put("visit", visit);
        self.put("contact", contact);
        self.put("cluster", cluster);
    }

    /// Somebody of the F0's address and nearly her name, who may be she; and who may act for her.
    async fn twin(&mut self) {
        let twin = NewCase {
            form_key: Uuid::from_u128(12),
            full_name: "Trần T. Bích".into(),
            birth: String::new(),
            sex: None,
            citizen_id: String::new(),
            phone: String::new(),
            no_phone_reason: Some(NoPhone::HasNone),
            address: "12 Đường số 15".into(),
            ward: Some(self.ward),
            classification: Classification::Suspected,
            basis: TestKind::Rapid,
            sample_on: String::new(),
            result_on: String::new(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Unknown,
            note: String::new(),
        };
        let patient = self.ids["patient"].parse().unwrap();
        let mut cx = self.centre.as_staff(self.nurse()).await;
        let twin = cases::record(&mut cx, &self.centre.tenant, &twin).await.unwrap().person;
        let carer = NewCarer {
            person: patient,
            carer: None,
            full_name: "Trần Văn Hòa".into(),
            birth: "1955".into(),
            phone: String::new(),
            kind: Some(CarerKind::Carer),
            consent: Some(Consent::Signed),
        };
        people::entrust(&mut cx, &carer).await.unwrap();
        let carer = people::carers(&mut cx, patient).await.unwrap()[0].id;
        cx.commit().await.unwrap();
        self.put("twin", twin);
        self.put("carer", carer);
    }

    async fn market(&mut self) {
        let mut cx = self.centre.as_staff(self.people[&Role::WardLeader]).await;
        let tree = units::tree(&mut cx).await.unwrap();
        let today = units::today(&mut cx).await.unwrap();
        let ward = self.ward.to_string();
        let typed = |field| match field {
            "kind" => "market",
            "name" => "Chợ Tân Phong",
            "ward" => &ward,
            _ => "",
        };
        let market = organisations::described(typed, &tree, today).unwrap();
        let market = organisations::create(&mut cx, &market).await.unwrap();
        cx.commit().await.unwrap();
        self.put("organisation", market);
        let mut cx = self.centre.system().await;
        let held = passes::hold(&mut cx, self.ids["patient"].parse().unwrap()).await.unwrap();
        cx.commit().await.unwrap();
        self.put("pass", held.pass);
    }

    /// A matter just opened: its station's ticket rings.
    pub async fn fresh_ticket(&mut self) -> (MatterId, TicketId) {
        let mut cx = self.centre.system().await;
        let new = NewMatter {
            kind: "f0_news",
            severity: Severity::Emergency,
            ward: Some(self.ward),
            object_kind: "case",
            object: cx.id(),
        };
        let spec = self.centre.tenant.pack.matter("f0_news").unwrap();
        let opened = tickets::open_matter(&mut cx, &new, spec).await.unwrap();
        let ticket = opened.tickets[0];
        let attempt = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        cx.commit().await.unwrap();
        self.put("matter", opened.matter);
        self.put("ticket", ticket);
        self.put("other_ticket", opened.tickets[1]);
        self.put("attempt", attempt[0].id);
        (opened.matter, ticket)
    }

    /// Two reports of one thing; the first has a picture.
    pub async fn fresh_report(&mut self) {
        let mut cx = self.centre.begin(Actor::public()).await;
        let file = town::files::keep(&mut cx, self.app.vault(), DOT.to_vec(), town::files::Purpose::Report)
            .await
            .unwrap();
        let mut ids = Vec::new();
        for files in [vec![file], Vec::new()] {
            let new = NewReport {
                key: cx.rng().code(12),
                channel: Some(Channel::Web),
                category: "rubbish".into(),
                ward: Some(self.ward),
                address: "Sau chợ Tân Phong, hẻm 12".into(),
                point: Some((10.7296, 106.7055)),
                details: "Rác chất đống sau chợ ba ngày nay, bốc mùi.".into(),
                name: "Lê Thị Thử".into(),
                phone: "0903 123 456".into(),
                files,
                ..NewReport::default()
            };
            ids.push(reports::submit(&mut cx, &self.centre.tenant, new).await.unwrap().id);
        }
        cx.commit().await.unwrap();
        self.put("report", ids[0]);
        self.put("other_report", ids[1]);
        self.put("file", file);
    }

    /// Accounts, links, a delegation.
    async fn doors(&mut self) {
        accounts::demo_sign_in(&self.centre.store, self.centre.id(), self.spare, "").await.unwrap();
        let mut cx = self.centre.system().await;
        let post = duty::staff::post_rows(&mut cx, self.spare).await.unwrap()[0].id;
        drop(cx);
        self.put("post", post);
        self.put("spare", self.spare);
        self.put("nurse", self.nurse());
        self.put("station", self.station);
        self.put("ward", self.ward);
        self.put("team", self.team);
        self.put("leader", self.people[&Role::DistrictLeader]);
        self.put("nothing", Uuid::from_u128(9));
        self.fresh_delegation().await;
        self.fresh_link().await;
    }

    /// The district's leader lets the office act for him.
    pub async fn fresh_delegation(&mut self) {
        let leader = self.people[&Role::DistrictLeader];
        let mut cx = self.centre.as_staff(leader).await;
        let new = accounts::NewDelegation {
            leader,
            deputy: self.people[&Role::LeadersOffice],
            from: cx.now(),
            to: None,
            decision: None,
        };
        let delegation = accounts::delegate(&mut cx, new).await.unwrap();
        cx.commit().await.unwrap();
        self.put("delegation", delegation);
    }

    /// A link that opens, and one that waits for a second person.
    pub async fn fresh_link(&mut self) {
        let centre = self.centre.unit("TTDH").await;
        let newcomer = self.centre.staff("Người mới").at(self.station, Role::StationStaff).create().await;
        let auditor = self.centre.staff("Kiểm tra mới").at(centre, Role::Auditor).create().await;
        let maker = self.centre.staff("Quản trị khác").at(centre, Role::Administrator).create().await;
        let mut cx = self.centre.as_staff(maker).await;
        let login = format!("moi-{}", cx.rng().code(6).to_lowercase());
        let token = accounts::invite(&mut cx, newcomer, &login).await.unwrap();
        accounts::invite(&mut cx, auditor, &format!("{login}-2")).await.unwrap();
        // Nobody in a demo has come in by a link of his own, so none would wait.
        sqlx::query(
            "update account_links set needs_release = true where account_id in
                     (select id from accounts where staff_id = $1)",
        )
        .bind(auditor.uuid())
        .execute(cx.conn())
        .await
        .unwrap();
        let waiting = accounts::waiting_links(&mut cx).await.unwrap();
        let link = waiting.iter().find(|link| link.staff == auditor).unwrap().id;
        cx.commit().await.unwrap();
        self.put("token", token);
        self.put("link", link);
    }

    /// Whether a role's person may do something to what stands before the station and the ward.
    pub async fn permits(&self, role: Role, action: permissions::Action, units: Option<&[UnitId]>) -> bool {
        let cx = self.centre.as_staff(self.people[&role]).await;
        let scope = units.map_or(permissions::Scope::Tenant, permissions::Scope::Units);
        permissions::permits(&cx.actor, action, scope)
    }
}
