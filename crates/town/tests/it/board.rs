//! A day at the board: what a chairman would see.

use duty::tickets::{
    self, Directive, Lateness, Opened,
    attempts::{self, Outcome},
};
use health::{
    cases::{self, Care, Classification, NewCase, TestKind},
    imports,
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, ImportId, Role, StaffId, TicketId, UnitId};
use std::sync::Arc;
use store::{jobs::Worker, subscriptions::Reader, timers::Runner};
use testkit::TestCentre;
use town::board::{self, Band, BriefTimer, Fold, List, Listed, Opens, Part, Slot, State, Value};
use uuid::Uuid;

mod figures;

const CAMERA: &str = "Tín hiệu camera giám sát";
const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

struct Board {
    centre: TestCentre,
    reader: Reader,
    timers: Runner,
    ward: UnitId,
    station: UnitId,
    police: UnitId,
    leaders: UnitId,
    nurse: StaffId,
    officer: StaffId,
    clerk: StaffId,
    chair: StaffId,
    leader: StaffId,
}

impl Board {
    async fn new() -> Self {
        let centre = TestCentre::new().await;
        let (station, ward, police, leaders) = (
            centre.unit("TPHONG.TYT").await,
            centre.unit("TPHONG").await,
            centre.unit("TPHONG.CA").await,
            centre.unit("LDQ").await,
        );
        let at = |name, unit, role| centre.staff(name).at(unit, role);
        let nurse =
            at("Trực trạm", station, Role::StationStaff).phone("+84900000001").on_duty().create().await;
        let officer =
            at("Trực công an", police, Role::WardOfficial).phone("+84900000002").on_duty().create().await;
        let clerk =
            at("Trực ủy ban", ward, Role::WardOfficial).phone("+84900000003").on_duty().create().await;
        let chair = at("Chủ tịch phường", ward, Role::WardLeader).phone("+84900000004").head().create().await;
        let leader =
            at("Lãnh đạo trực", leaders, Role::DistrictLeader).phone("+84900000005").on_duty().create().await;
        let reader = Reader::new(centre.store.clone(), vec![Arc::new(Fold)]);
        let timers = Runner::new(
            centre.store.clone(),
            vec![
                Arc::new(tickets::Escalate),
                Arc::new(tickets::Deadline),
                Arc::new(tickets::Resume),
                Arc::new(BriefTimer),
            ],
        );
        Self { centre, reader, timers, ward, station, police, leaders, nurse, officer, clerk, chair, leader }
    }

    async fn settle(&self) {
        while self.timers.fire_due().await.unwrap() > 0 {}
    }

    /// Time passes second by second only where something is due.
    async fn advance(&self, by: SignedDuration) {
        self.centre.clock.advance(by);
        self.settle().await;
    }

    /// Seals and counts.
    async fn count(&self) {
        self.centre.seal().await;
        while self.reader.read(self.centre.id()).await.unwrap() > 0 {}
    }

    /// The nurse records an F0: station, ward committee and police are rung.
    async fn f0(&self, n: u128) -> Opened {
        let new = NewCase {
            form_key: Uuid::from_u128(1000 + n),
            full_name: "Trần Thị Bích".into(),
            birth: (1940 + n).to_string(),
            sex: None,
            citizen_id: String::new(),
            phone: format!("0900 555 {:03}", 100 + n),
            no_phone_reason: None,
            address: "12 Đường số 15".into(),
            ward: Some(self.ward),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: String::new(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Home,
            note: String::new(),
        };
        let mut cx = self.centre.as_staff(self.nurse).await;
        let recorded = cases::record(&mut cx, &self.centre.tenant, &new).await.unwrap();
        cx.commit().await.unwrap();
        recorded.opened.expect("an F0 rings")
    }

    /// A list of results that the station hands in and puts on record.
    async fn list(&self, rows: &str) -> ImportId {
        let mut cx = self.centre.as_staff(self.nurse).await;
        let upload = imports::Upload {
            unit: self.station,
            kind: imports::Kind::Results,
            file_name: "ket-qua.csv".into(),
            bytes: format!("Họ tên,Năm sinh,SĐT,Ngày lấy mẫu,Loại XN,Kết quả\n{rows}").into(),
            overrides: None,
            default_kind: None,
        };
        let staged = imports::stage(&mut cx, &self.centre.tenant, upload).await.unwrap();
        let imports::Staged::Ready(import) = staged else { panic!("{staged:?}") };
        let broken = imports::broken_rows(&mut cx, import.id, 3).await.unwrap();
        assert!(broken.is_empty(), "{broken:?}");
        imports::apply(&mut cx, import.id).await.unwrap();
        cx.commit().await.unwrap();
        let worker = Worker::new(self.centre.store.clone(), imports::QUEUE, vec![Arc::new(imports::Apply)]);
        while worker.run_due(4).await.unwrap() > 0 {}
        import.id
    }

    /// Cases of today in the ward, as the desk's list of cases counts them.
    async fn cases_today(&self) -> i64 {
        let mut cx = self.centre.system().await;
        let wards = cases::today_by_ward(&mut cx, &self.centre.tenant).await.unwrap();
        wards.iter().find(|line| line.ward == self.ward).unwrap().confirmed
    }

    /// How many things a list shows, all its pages together: lines, or the cases of its lines.
    async fn length(&self, actor: Actor, opens: &Opens) -> i64 {
        let mut cx = self.centre.begin(actor).await;
        let (mut skip, mut length) = (0, 0);
        loop {
            let (lines, things) = match board::listed(&mut cx, opens, skip).await.unwrap() {
                Listed::Tickets(lines) => (lines.len(), lines.len() as i64),
                Listed::Missed(lines) => (lines.len(), lines.len() as i64),
                Listed::News(lines) => (lines.len(), lines.iter().map(|line| line.cases).sum()),
            };
            length += things;
            skip += lines as u32;
            if (lines as i64) < board::LINES {
                return length;
            }
        }
    }

    async fn accept(&self, staff: StaffId, ticket: TicketId) {
        let mut cx = self.centre.as_staff(staff).await;
        tickets::accept(&mut cx, ticket).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn call(&self, ticket: TicketId, staff: StaffId) -> attempts::Attempt {
        let mut cx = self.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        all.into_iter()
            .rev()
            .find(|a| a.channel == "call" && a.staff == Some(staff))
            .expect("that phone was rung")
    }

    /// The day of the main job: the station accepts after 20 s, the police listen and do not accept,
    /// the ward committee does not answer, its chair's line is busy, the duty leader accepts both.
    async fn the_main_job(&self) -> Opened {
        let opened = self.f0(1).await;
        self.advance(SECOND * 20).await;
        self.accept(self.nurse, opened.tickets[0]).await;
        let heard = self.call(opened.tickets[2], self.officer).await;
        let in_vain = self.call(opened.tickets[1], self.clerk).await;
        let mut cx = self.centre.system().await;
        attempts::ringing_began(&mut cx, in_vain.id).await.unwrap();
        attempts::answered(&mut cx, heard.id, SECOND * 15).await.unwrap();
        cx.commit().await.unwrap();
        self.advance(SECOND * 40).await;
        let busy = self.call(opened.tickets[1], self.chair).await;
        let mut cx = self.centre.system().await;
        attempts::ended(&mut cx, busy.id, Outcome::Busy, Some(486)).await.unwrap();
        cx.commit().await.unwrap();
        self.settle().await;
        self.advance(SECOND * 10).await;
        let call = self.call(opened.tickets[1], self.leader).await;
        let mut cx = self.centre.system().await;
        attempts::key(&mut cx, call.id, '1').await.unwrap();
        cx.commit().await.unwrap();
        self.accept(self.leader, opened.tickets[2]).await;
        self.count().await;
        opened
    }

    async fn figures(&self, actor: Actor, only: Option<UnitId>) -> board::Figures {
        let mut cx = self.centre.begin(actor).await;
        board::figures(&mut cx, only).await.unwrap()
    }
}

#[tokio::test]
async fn the_board_counts_a_day_as_it_was() {
    let board = Board::new().await;
    let opened = board.the_main_job().await;
    let figures = board.figures(Actor::system("test"), None).await;
    assert_eq!(figures.behind, 0);
    assert_eq!((figures.today, figures.f0.today, figures.f0.yesterday), (date(2021, 9, 25), 1, 0));
    assert_eq!(figures.f0.wards.len(), 10);
    let ward = figures.f0.wards.iter().find(|line| line.ward == board.ward).unwrap();
    assert_eq!((ward.today, ward.series.len(), ward.series.iter().sum::<i64>()), (1, 14, 1));
    assert_eq!((figures.ringing.total, figures.open.total(), figures.overdue), (0, 3, 0));
    // 24 hours were given a minute ago.
    assert_eq!((figures.open.today, figures.open.more), (3, 0));

    // Station 20 s, committee and police 70 s.
    let emergency = &figures.accepts_today.emergency;
    assert_eq!((emergency.n(), emergency.median(), emergency.p90()), (3, Some(70), Some(70)));
    let of = |unit| figures.accepts_today.units.iter().find(|line| line.unit == unit).unwrap().times.median();
    assert_eq!((of(board.station), of(board.ward), of(board.police)), (Some(20), Some(70), Some(70)));

    // The committee's clerk missed one call though desk and telephone rang; its chair was busy; the
    // police listened and did not accept.
    let missed: Vec<_> =
        figures.missed.iter().map(|m| (m.unit, m.not_answered, m.busy, m.heard_not_accepted)).collect();
    assert_eq!(missed, [(board.ward, 1, 1, 0), (board.police, 0, 0, 1)]);
    assert_eq!((figures.missed_today, figures.missed_week), (3, 3));
    let mut cx = board.centre.system().await;
    let Listed::Missed(calls) = board::listed(&mut cx, &figures.missed[0].opens, 0).await.unwrap() else {
        panic!()
    };
    let calls: Vec<_> =
        calls.iter().map(|call| (call.staff, call.channel.as_str(), call.outcome.as_str())).collect();
    // As many as the figure says: desk and telephone of one person are one call.
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls.contains(&(Some(board.chair), "call", "busy")));
    let Listed::News(news) = board::listed(&mut cx, &ward.opens, 0).await.unwrap() else { panic!() };
    assert_eq!((news.len(), news[0].matter, news[0].tickets), (1, Some(opened.matter), 3));
    assert_eq!((news[0].accepted, news[0].cases, news[0].ward), (3, 1, board.ward));
}

#[tokio::test]
async fn what_was_heard_and_not_accepted_is_told_apart_and_a_forwarded_call_is_nobodys_fault() {
    let board = Board::new().await;
    let opened = board.f0(1).await;
    let heard = board.call(opened.tickets[2], board.officer).await;
    let mut cx = board.centre.system().await;
    attempts::answered(&mut cx, heard.id, SECOND * 15).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = board.centre.as_staff(board.nurse).await;
    tickets::forward(&mut cx, opened.tickets[0], board.ward, "Ca ở phường khác").await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = board.centre.as_staff(board.clerk).await;
    let seen = tickets::ticket(&mut cx, opened.tickets[1]).await.unwrap().0.rung().unwrap();
    tickets::pass_up(&mut cx, opened.tickets[1], seen, "").await.unwrap();
    cx.commit().await.unwrap();
    board.settle().await;
    board.advance(SECOND * 60).await;
    board.count().await;
    let figures = board.figures(Actor::system("test"), None).await;
    let of = |unit| {
        figures.missed.iter().find(|line| line.unit == unit).map(|m| (m.not_answered, m.heard_not_accepted))
    };
    assert_eq!(of(board.police), Some((0, 1)));
    assert_eq!(of(board.station), None);
    // The clerk missed the forwarded one and passed his own up; the chair missed the one passed up.
    assert_eq!(of(board.ward), Some((2, 0)));
    assert_eq!(figures.ringing.total, 3);
    assert!(
        figures.ringing.lines.iter().all(|line| line.seconds_left(figures.at).is_some_and(|left| left <= 60))
    );
}

#[tokio::test]
async fn counting_again_gives_the_same_numbers() {
    let board = Board::new().await;
    board.the_main_job().await;
    board.advance(HOUR * 30).await;
    board.f0(2).await;
    board.advance(SECOND * 200).await;
    board.count().await;
    let tables = || async {
        let mut cx = board.centre.system().await;
        let days: Vec<String> = sqlx::query_scalar(
            "select (metric, day, unit_id, n)::text from board_days where n <> 0 order by 1",
        )
        .fetch_all(cx.conn())
        .await
        .unwrap();
        let accepts: Vec<String> = sqlx::query_scalar(
            "select (day, unit_id, severity, bucket, n)::text from board_accepts order by 1",
        )
        .fetch_all(cx.conn())
        .await
        .unwrap();
        (days, accepts)
    };
    let before = tables().await;
    assert!(before.0.len() > 10 && !before.1.is_empty());
    let mut cx = board.centre.system().await;
    let rebuilt = board::rebuild(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    assert!(rebuilt.events > 20 && rebuilt.seq >= rebuilt.events.cast_signed());
    assert_eq!(tables().await, before);
    // And once more on top, by the subscription: nothing is counted twice.
    board.count().await;
    assert_eq!(tables().await, before);
    let mut cx = board.centre.as_staff(board.leader).await;
    assert!(matches!(board::rebuild(&mut cx).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn midnight_in_the_district_begins_a_new_day() {
    let board = Board::new().await;
    board.f0(1).await;
    // 07:05 + 16 h 54 min 59 s: the last second of the 25th.
    board.advance(HOUR * 17 - SECOND * 301).await;
    board.f0(2).await;
    board.count().await;
    assert_eq!(board.figures(Actor::system("test"), None).await.f0.today, 2);
    board.advance(SECOND).await;
    board.f0(3).await;
    board.count().await;
    let figures = board.figures(Actor::system("test"), None).await;
    assert_eq!((figures.today, figures.f0.today, figures.f0.yesterday), (date(2021, 9, 26), 1, 2));
}

#[tokio::test]
async fn each_sees_the_board_of_his_own_units() {
    let board = Board::new().await;
    board.the_main_job().await;
    let mut cx = board.centre.as_staff(board.nurse).await;
    let figures = board::figures(&mut cx, None).await.unwrap();
    assert_eq!((figures.open.total(), figures.missed_week), (1, 0));
    // The station sees the F0 of its own ward, and no other ward.
    assert_eq!((figures.f0.wards.len(), figures.f0.today), (1, 1));
    assert!(matches!(board::figures(&mut cx, Some(board.police)).await, Err(Error::NotFound)));
    let stranger = Opens::of(List::Open).at(board.police);
    assert!(matches!(board::listed(&mut cx, &stranger, 0).await, Err(Error::NotFound)));
    let mut cx = board.centre.begin(Actor::public()).await;
    assert!(matches!(board::figures(&mut cx, None).await, Err(Error::NotFound)));
    // The district leader's board, narrowed to the ward: committee, station and police.
    let mut cx = board.centre.as_staff(board.leader).await;
    let figures = board::figures(&mut cx, Some(board.ward)).await.unwrap();
    let Listed::Tickets(open) = board::listed(&mut cx, &figures.open_opens, 0).await.unwrap() else {
        panic!()
    };
    assert_eq!(open.len() as i64, figures.open.total());
}

#[tokio::test]
async fn late_answers_and_directives_stand_out_and_open_their_lists() {
    let board = Board::new().await;
    let opened = board.the_main_job().await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let order = Directive {
        matter: opened.matter,
        to: board.ward,
        words: "Báo cáo việc cách ly".into(),
        within: Some(HOUR * 2),
    };
    tickets::directive(&mut cx, order).await.unwrap();
    cx.commit().await.unwrap();
    for _ in 0..26 {
        board.advance(HOUR).await;
    }
    board.count().await;
    let figures = board.figures(Actor::system("test"), None).await;
    assert_eq!((figures.overdue, figures.directives.overdue.len(), figures.directives.given_week), (4, 1, 1));
    assert_eq!(figures.open_units[0].unit, board.ward);
    assert_eq!(figures.open_units[0].bands.late, 2);
    let mut cx = board.centre.system().await;
    let opens = figures.open_units[0].opens_band(Band::Late);
    let Listed::Tickets(late) = board::listed(&mut cx, &opens, 0).await.unwrap() else { panic!() };
    assert_eq!(late.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["directive", "f0_news"]);
    assert_eq!(opens.query(), format!("list=open&unit={}&band=late&alone=true", board.ward));
    let Listed::Tickets(orders) = board::listed(&mut cx, &figures.directives.opens, 0).await.unwrap() else {
        panic!()
    };
    assert_eq!(orders.len(), 1);
}

#[tokio::test]
async fn the_brief_is_made_at_seven_and_at_five_and_kept_as_it_was() {
    let board = Board::new().await;
    let mut cx = board.centre.system().await;
    board::arm_brief(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    board.the_main_job().await;
    // 17:00 on the 25th.
    board.advance(HOUR * 10 - SECOND * 5 * 60 - SECOND * 70).await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let evening = board::brief(&mut cx, date(2021, 9, 25), Slot::Evening).await.unwrap();
    assert_eq!(evening.whole(), Value { f0: 1, ringing: 0, open: 3, overdue: 0, missed: 3 });
    assert_eq!(evening.before(), None);
    assert!(matches!(board::brief(&mut cx, date(2021, 9, 25), Slot::Morning).await, Err(Error::NotFound)));
    drop(cx);
    // One more in the evening and one after midnight: both belong to the next morning.
    board.f0(2).await;
    board.advance(HOUR * 8).await;
    board.f0(3).await;
    board.count().await;
    board.advance(HOUR * 6).await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let morning = board::brief(&mut cx, date(2021, 9, 26), Slot::Morning).await.unwrap();
    let (now, before) = (morning.whole(), morning.before().unwrap());
    assert_eq!((now.f0, before.f0, now.open, before.open, now.ringing), (2, 1, 9, 3, 6));
    assert_eq!(morning.since, evening.made_at);
    assert_eq!(board::brief(&mut cx, date(2021, 9, 25), Slot::Evening).await.unwrap(), evening);
    assert_eq!(board::briefs(&mut cx, 10).await.unwrap().len(), 2);
    assert_eq!(board::brief_now(&mut cx).await.unwrap().whole().f0, 0);
    // The ward's chair reads the lines of his ward; whoever may not read briefs finds none.
    let mut cx = board.centre.as_staff(board.chair).await;
    let own = board::brief(&mut cx, date(2021, 9, 26), Slot::Morning).await.unwrap();
    assert_eq!(own.whole().f0, 2);
    assert!(own.units.iter().all(|line| line.unit != board.leaders));
    let mut cx = board.centre.as_staff(board.nurse).await;
    assert!(matches!(board::brief(&mut cx, date(2021, 9, 26), Slot::Morning).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn the_sources_say_what_lags() {
    let board = Board::new().await;
    board.f0(1).await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let state = |sources: &[board::Source], kind| sources.iter().find(|s| s.kind == kind).unwrap().state;
    let sources = board::sources(&mut cx).await.unwrap();
    assert_eq!((state(&sources, "ledger"), state(&sources, "board")), (State::Empty, State::Empty));
    cx.rollback().await.unwrap();
    board.advance(SECOND * 30).await;
    let mut cx = board.centre.as_staff(board.leader).await;
    assert_eq!(state(&board::sources(&mut cx).await.unwrap(), "ledger"), State::Late);
    drop(cx);
    board.count().await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let sources = board::sources(&mut cx).await.unwrap();
    assert_eq!((state(&sources, "ledger"), state(&sources, "board")), (State::Fresh, State::Fresh));
    assert_eq!(state(&sources, "units"), State::Unverified);
    assert_eq!((state(&sources, "results"), state(&sources, "heartbeat")), (State::Empty, State::Empty));
    drop(cx);

    // A feed reports and falls silent; a station hands in a list with a row that nobody can use.
    let mut cx = board.centre.system().await;
    duty::heartbeats::beat(&mut cx, "camera_feed", "").await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = board.centre.as_staff(board.nurse).await;
    let rows = "Họ tên,Năm sinh,Ngày lấy mẫu,Loại XN,Kết quả\nTrần Thị Bích,1985,24/9/2021,PCR,Âm tính\nTrần Văn Ba,1990,31/2/2021,PCR,Âm tính\n";
    let upload = health::imports::Upload {
        unit: board.station,
        kind: health::imports::Kind::Results,
        file_name: "ket-qua.csv".into(),
        bytes: rows.into(),
        overrides: None,
        default_kind: None,
    };
    health::imports::stage(&mut cx, &board.centre.tenant, upload).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = board.centre.as_staff(board.leader).await;
    let sources = board::sources(&mut cx).await.unwrap();
    let camera = |sources: &[board::Source]| {
        let named = |s: &&board::Source| matches!(&s.part, Some(Part::Named { vi, .. }) if vi == CAMERA);
        sources.iter().find(named).map(|s| s.state)
    };
    assert_eq!(camera(&sources), Some(State::Fresh));
    let results = sources.iter().find(|s| s.kind == "results").unwrap();
    assert_eq!((results.owner, results.state), (Some(board.station), State::Failing));
    assert_eq!((results.rows_in, results.rows_refused), (Some(1), Some(1)));
    cx.rollback().await.unwrap();
    board.centre.advance(HOUR).await;
    let mut cx = board.centre.as_staff(board.leader).await;
    assert_eq!(camera(&board::sources(&mut cx).await.unwrap()), Some(State::Late));
    let mut cx = board.centre.as_staff(board.clerk).await;
    assert!(matches!(board::sources(&mut cx).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn every_table_is_a_file_that_spreadsheets_open() {
    let board = Board::new().await;
    board.the_main_job().await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let figures = board::figures(&mut cx, None).await.unwrap();
    let sources = board::sources(&mut cx).await.unwrap();
    let brief = board::brief_now(&mut cx).await.unwrap();
    let listed = board::listed(&mut cx, &figures.missed_opens, 0).await.unwrap();
    let tree = duty::units::tree(&mut cx).await.unwrap();
    let voice = board::Voice {
        tree: &tree,
        zone: board.centre.tenant.timezone(),
        language: "vi",
        say: &|key: &str| key.to_owned(),
    };
    for table in [
        board::Table::f0(&figures, &voice),
        board::Table::open(&figures, &voice),
        board::Table::accepts(&figures, &voice),
        board::Table::missed(&figures, &voice),
        board::Table::ringing(&figures, &voice),
        board::Table::directives(&figures, &voice),
        board::Table::brief(&brief, &voice),
        board::Table::sources(&sources, &voice),
        board::Table::listed(&listed, &voice),
    ] {
        let file = String::from_utf8(table.csv(str::to_owned).unwrap()).unwrap();
        assert!(file.starts_with('\u{feff}') && file.lines().count() == table.rows.len() + 1, "{file}");
    }
    let missed = board::Table::missed(&figures, &voice);
    assert_eq!(
        missed.rows,
        [
            ["Ủy ban nhân dân Phường Tân Phong", "1", "0", "1", "0", "0", "2"],
            ["Công an Phường Tân Phong", "0", "1", "0", "0", "0", "1"],
        ]
    );
}

#[tokio::test]
async fn the_responsibility_file_lays_open_who_was_called_when_and_what_he_did() {
    let board = Board::new().await;
    let opened = board.the_main_job().await;
    let mut cx = board.centre.as_staff(board.leader).await;
    let order =
        Directive {
            matter: opened.matter, to: board.ward, words: "Báo cáo ngay".into(), within: Some(HOUR)
        };
    let order = tickets::directive(&mut cx, order).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = board.centre.as_staff(board.chair).await;
    tickets::resolve(&mut cx, order, "Đã cách ly, lập danh sách F1", None).await.unwrap();
    tickets::note(&mut cx, opened.tickets[1], "Đã giao Tổ chăm sóc").await.unwrap();
    cx.commit().await.unwrap();
    board.count().await;

    let mut cx = board.centre.as_staff(board.leader).await;
    let file = tickets::file(&mut cx, opened.matter, Some("Khiếu nại của gia đình")).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(
        (file.tickets.len(), file.directives.len(), file.proof.unsealed, file.proof.erased),
        (3, 1, 0, 0)
    );
    assert!(file.proof.head.is_some());
    let committee = &file.tickets[1];
    let clerk = committee
        .calls
        .iter()
        .find(|c| c.attempt.staff == Some(board.clerk) && c.attempt.channel == "call")
        .unwrap();
    assert_eq!((clerk.seconds.whole, clerk.attempt.outcome.as_deref()), (Some(60), Some("not_answered")));
    let leader = committee.calls.iter().rev().find(|c| c.attempt.staff == Some(board.leader)).unwrap();
    assert_eq!((leader.seconds.until_answered, leader.seconds.whole), (Some(10), Some(10)));
    let proved = |call: &tickets::Call| {
        call.stated.as_ref().is_some_and(|s| s.agrees && s.seq.is_some() && s.hash.is_some())
    };
    for call in file.tickets.iter().flat_map(|ticket| &ticket.calls) {
        assert!(proved(call), "{call:?}");
    }
    let note = committee.acts.iter().find(|event| event.kind == "ticket.noted").unwrap();
    assert_eq!(note.payload.as_ref().unwrap()["text"], "Đã giao Tổ chăm sóc");
    assert_eq!(file.directives[0].words.as_deref(), Some("Báo cáo ngay"));
    assert!(file.directives[0].acts.iter().any(|event| event.kind == "ticket.resolved"));
    assert_eq!(file.people[&board.chair].posts[0].unit, board.ward);
    let late: Vec<_> = file.late.iter().map(|late| (late.staff, late.what)).collect();
    assert!(late.contains(&(
        Some(board.clerk),
        Lateness::Call { level: 0, round: 0, outcome: Outcome::NotAnswered }
    )));
    assert!(
        late.contains(&(Some(board.chair), Lateness::Call { level: 1, round: 0, outcome: Outcome::Busy }))
    );

    // The opening is on record; an erased payload is shown as erased; an edited row no longer agrees.
    let mut cx = board.centre.system().await;
    assert_eq!(store::events::erase_payloads(&mut cx, &[note.id], "test").await.unwrap(), 1);
    sqlx::query("update attempts set outcome = 'accepted' where id = $1")
        .bind(clerk.attempt.id.uuid())
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    board.count().await;
    let mut cx = board.centre.as_staff(board.chair).await;
    let again = tickets::file(&mut cx, opened.matter, None).await.unwrap();
    assert_eq!(again.proof.erased, 1);
    let opening = again.events.iter().find(|event| event.kind == "matter.file_opened").unwrap();
    assert_eq!(
        (opening.actor_id, opening.payload.as_ref().unwrap()["text"].as_str()),
        (Some(board.leader.uuid()), Some("Khiếu nại của gia đình"))
    );
    let edited = again.tickets[1].calls.iter().find(|call| call.attempt.id == clerk.attempt.id).unwrap();
    assert!(!edited.stated.as_ref().unwrap().agrees);
    drop(cx);

    // A nurse may see the matter and not the file; another ward knows of neither.
    let mut cx = board.centre.as_staff(board.nurse).await;
    assert!(matches!(tickets::file(&mut cx, opened.matter, None).await, Err(Error::Forbidden(_))));
    let elsewhere = board.centre.unit("TQUY").await;
    let stranger = board.centre.staff("Chủ tịch phường khác").at(elsewhere, Role::WardLeader).create().await;
    let mut cx = board.centre.as_staff(stranger).await;
    assert!(matches!(tickets::file(&mut cx, opened.matter, None).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn ten_times_the_history_adds_no_row_to_a_day_that_has_been_counted() {
    let board = Board::new().await;
    let rows = || async {
        let mut cx = board.centre.system().await;
        sqlx::query_scalar::<_, i64>(
            "select (select count(*) from board_days) + (select count(*) from board_accepts)",
        )
        .fetch_one(cx.conn())
        .await
        .unwrap()
    };
    let once = |n| {
        let board = &board;
        async move {
            let opened = board.f0(n).await;
            for (index, staff) in [(0, board.nurse), (1, board.clerk), (2, board.officer)] {
                board.accept(staff, opened.tickets[index]).await;
            }
        }
    };
    once(0).await;
    board.count().await;
    let first = rows().await;
    for n in 1..=10 {
        once(n).await;
    }
    board.count().await;
    assert_eq!(rows().await, first);
    assert_eq!(board.figures(Actor::system("test"), None).await.accepts_today.emergency.n(), 33);
}
