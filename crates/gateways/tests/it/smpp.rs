//! Texts by a real message centre: the npm package `smpp` in a Node process, on a loopback port.

use duty::{
    messages::{
        self, Areas, Inbox, Knows, Texts,
        notices::State,
        text_list::{self, Kind, Listed, Side, Which},
    },
    tickets::{self, attempts},
};
use gateways::{Smpp, SmppSettings};
use health::answers::{Answers, DANGER};
use jiff::SignedDuration;
use kernel::{MessageId, Phone, Role};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use store::outbox::Courier;
use testkit::TestCentre;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::watch,
    task::JoinHandle,
};
use uuid::Uuid;

/// Whom a text is about.
const HOME: Uuid = Uuid::from_u128(7);
const WORDS: &str = "Trạm Y tế phường Tân Phong: hôm nay hộ chưa ghi sổ sức khỏe. Xin đo nhiệt độ, SpO2 rồi ghi tại \
                     https://vungxanh.example/quan7/diary/7K2M-9QXP. Khó thở thì gọi ngay 115.";

/// The message centre; ends with the test.
struct Peer {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    orders: ChildStdin,
    _child: Child,
}

fn e2e() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e")
}

impl Peer {
    /// Starts it, or says what is missing.
    async fn start() -> Option<Self> {
        if !e2e().join("node_modules/smpp").exists() {
            println!("skipped: needs node and the npm package smpp (npm ci in e2e)");
            return None;
        }
        let child = Command::new("node")
            .arg(e2e().join("peers/smpp.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut child) = child else {
            println!("skipped: needs node and the npm package smpp (no node)");
            return None;
        };
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let orders = child.stdin.take().unwrap();
        let mut peer = Self { port: 0, lines, orders, _child: child };
        let port = peer.until("port").await["port"].as_u64().unwrap();
        peer.port = u16::try_from(port).unwrap();
        Some(peer)
    }

    /// The next thing that it says of this kind; what comes before it is passed over.
    async fn until(&mut self, what: &str) -> Value {
        loop {
            let line = self.lines.next_line().await.unwrap().expect("the message centre is up");
            let said: Value = serde_json::from_str(&line).unwrap();
            if !said[what].is_null() {
                return said;
            }
        }
    }

    async fn order(&mut self, order: Value) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
    }

    async fn mode(&mut self, mode: &str, times: u32) {
        self.order(json!({ "do": "mode", "mode": mode, "times": times })).await;
        self.until("did").await;
    }

    /// A text comes in, its parts in this order; returns when all are answered.
    async fn text(&mut self, from: &str, parts: &[&str], order: &[usize]) {
        self.order(json!({ "do": "text", "from": from, "parts": parts, "order": order })).await;
        for _ in order {
            assert_eq!(self.until("delivered").await["status"], 0);
        }
    }
}

/// A centre with a line to the message centre.
struct Line {
    centre: TestCentre,
    peer: Peer,
    smpp: Smpp,
    courier: Courier,
    stop: watch::Sender<bool>,
    run: JoinHandle<()>,
}

async fn line_with(password: &str) -> Option<Line> {
    line_to(password, Arc::from(Vec::new())).await
}

async fn line_to(password: &str, areas: Areas) -> Option<Line> {
    let mut peer = Peer::start().await?;
    let centre = TestCentre::new().await;
    let mut settings =
        SmppSettings::at(&format!("127.0.0.1:{}", peer.port), "quan7", password, "8099").unwrap();
    settings.patience = Duration::from_secs(2);
    settings.ask_every = Duration::from_secs(1);
    settings.pauses = (Duration::from_millis(20), Duration::from_millis(100));
    let inbox = Inbox::new(centre.store.clone(), Some(centre.tenant.slug.clone()), areas);
    let smpp = Smpp::new(settings, Arc::new(inbox));
    let (stop, stopping) = watch::channel(false);
    let run = tokio::spawn(smpp.clone().run(stopping));
    let bound = peer.until("bound").await;
    assert_eq!(bound["version"], 0x34);
    if bound["bound"] == true {
        smpp.bound().await;
    }
    let courier = Courier::new(centre.store.clone(), Arc::new(Texts::new(Some(Arc::new(smpp.clone())))));
    Some(Line { centre, peer, smpp, courier, stop, run })
}

async fn line() -> Option<Line> {
    line_with("secret").await
}

impl Line {
    async fn queue(&self, number: &str, words: &str) -> MessageId {
        let mut cx = self.centre.system().await;
        let id = messages::text(&mut cx, HOME, &Phone::parse(number).unwrap(), words).await.unwrap();
        cx.commit().await.unwrap();
        id
    }

    async fn state(&self) -> State {
        let mut cx = self.centre.system().await;
        messages::last_text(&mut cx, &[HOME]).await.unwrap().unwrap().state
    }

    /// Time passes, and what is due goes.
    async fn go(&self, seconds: i64) {
        self.centre.advance(SignedDuration::from_secs(seconds)).await;
        self.courier.deliver_due().await.unwrap();
    }

    async fn received(&self) -> Vec<Listed> {
        let mut cx = self.centre.system().await;
        text_list::texts(&mut cx, Which::Received, 0).await.unwrap().lines
    }

    /// Ends in good order.
    async fn end(self) {
        self.stop.send(true).unwrap();
        self.run.await.unwrap();
    }
}

fn words(line: &Listed) -> (Option<&str>, bool) {
    match &line.what {
        Kind::Received { words, whole, .. } => (words.as_deref(), *whole),
        Kind::Sent { .. } => panic!("a text that came in"),
    }
}

#[tokio::test]
async fn a_long_vietnamese_text_comes_whole_and_its_receipts_say_so() {
    let Some(mut line) = line().await else { return };
    line.queue("0903 123 456", WORDS).await;
    line.go(0).await;
    let mut ids = Vec::new();
    loop {
        let said = line.peer.until("part").await;
        assert_eq!((&said["coding"], said["length"].as_u64().unwrap() <= 67), (&json!(8), true));
        ids.push(said["id"].as_str().unwrap().to_owned());
        if ids.len() as u64 == said["of"].as_u64().unwrap() {
            break;
        }
    }
    let whole = line.peer.until("whole").await;
    assert_eq!(whole["whole"], WORDS);
    assert_eq!(
        (&whole["to"], &whole["ton"], &whole["registered"]),
        (&json!("84903123456"), &json!(1), &json!(1))
    );
    assert_eq!(line.state().await, State::HandedOver);
    for id in &ids {
        assert_eq!(line.state().await, State::HandedOver, "until the last part has come");
        // Networks write ids in their own way.
        line.peer.order(json!({ "do": "receipt", "id": id.to_uppercase(), "stat": "DELIVRD" })).await;
        assert_eq!(line.peer.until("receipt").await["status"], 0);
    }
    assert_eq!(line.state().await, State::Delivered);
    let mut cx = line.centre.system().await;
    let sent = messages::last_text(&mut cx, &[HOME]).await.unwrap().unwrap();
    assert!(sent.delivered_at.is_some());
    drop(cx);
    // Nothing is said after the last word.
    line.peer.order(json!({ "do": "receipt", "id": ids[0], "stat": "UNDELIV" })).await;
    line.peer.until("receipt").await;
    assert_eq!(line.state().await, State::Delivered);
    line.end().await;
}

#[tokio::test]
async fn one_lost_part_is_a_lost_text_and_plain_words_go_in_one() {
    let Some(mut line) = line().await else { return };
    line.queue("0903123456", "Ma so cua ho: 7K2M").await;
    line.go(0).await;
    let part = line.peer.until("part").await;
    assert_eq!((&part["coding"], &part["of"]), (&json!(0), &json!(1)));
    line.peer.order(json!({ "do": "receipt", "id": part["id"], "stat": "ENROUTE" })).await;
    assert_eq!(line.peer.until("receipt").await["status"], 0);
    assert_eq!(line.state().await, State::HandedOver);
    line.peer.order(json!({ "do": "receipt", "id": part["id"], "stat": "EXPIRED" })).await;
    assert_eq!(line.peer.until("receipt").await["status"], 0);
    assert_eq!(line.state().await, State::Undeliverable);
    let mut cx = line.centre.system().await;
    let lost = text_list::texts(&mut cx, Which::Lost, 0).await.unwrap().lines;
    assert_eq!((lost.len(), lost[0].number.as_str()), (1, "0903 ··· 456"));
    drop(cx);
    line.end().await;
}

#[tokio::test]
async fn a_network_that_asks_to_wait_gets_the_text_later_and_a_number_it_does_not_know_none() {
    let Some(mut line) = line().await else { return };
    line.peer.mode("throttle", 1).await;
    line.queue("0903123456", "Xin chao").await;
    line.go(0).await;
    assert_eq!(line.state().await, State::Failed);
    // It is given its second.
    line.go(600).await;
    while line.state().await != State::HandedOver {
        line.go(600).await;
    }
    assert_eq!(line.peer.until("whole").await["whole"], "Xin chao");
    line.peer.mode("unknown", 1).await;
    line.queue("0903123457", "Xin chao").await;
    line.go(0).await;
    assert_eq!(line.state().await, State::GivenUp);
    line.end().await;
}

#[tokio::test]
async fn a_network_that_answers_nothing_is_left_and_found_again() {
    let Some(mut line) = line().await else { return };
    line.peer.mode("silent", 0).await;
    line.queue("0903123456", "Xin chao").await;
    line.go(0).await;
    assert_eq!(line.state().await, State::Failed);
    // It does not answer whether it is there either.
    line.peer.until("closed").await;
    line.peer.mode("take", 0).await;
    line.smpp.bound().await;
    while line.state().await != State::HandedOver {
        line.go(600).await;
    }
    assert_eq!(line.peer.until("whole").await["whole"], "Xin chao");
    line.end().await;
}

#[tokio::test]
async fn a_line_that_breaks_is_laid_again_and_what_waits_goes() {
    let Some(mut line) = line().await else { return };
    line.peer.order(json!({ "do": "drop" })).await;
    line.peer.until("closed").await;
    assert_eq!(line.peer.until("bound").await["bound"], true);
    line.smpp.bound().await;
    line.queue("0903123456", WORDS).await;
    line.go(0).await;
    while line.state().await != State::HandedOver {
        line.go(600).await;
    }
    assert_eq!(line.peer.until("whole").await["whole"], WORDS);
    line.peer.text("84903123456", &["1"], &[0]).await;
    assert_eq!(line.received().await.len(), 1);
    line.end().await;
}

#[tokio::test]
async fn a_wrong_password_holds_up_texts_and_nothing_else() {
    let Some(line) = line_with("sai").await else { return };
    assert!(!line.smpp.is_bound());
    line.queue("0903123456", "Xin chao").await;
    line.go(0).await;
    assert_eq!(line.state().await, State::Failed);
    line.end().await;
}

#[tokio::test]
async fn parts_out_of_order_and_twice_are_one_text_on_one_ticket() {
    let Some(mut line) = line().await else { return };
    let parts = ["Nhà tôi ", "hết gạo, ", "xin giúp."];
    line.peer.text("84903123456", &parts, &[2, 0]).await;
    assert_eq!(words(&line.received().await[0]), (None, false));
    line.peer.text("84903123456", &parts, &[0, 1, 2, 1]).await;
    let received = line.received().await;
    assert_eq!(received.len(), 1);
    assert_eq!(words(&received[0]), (Some("Nhà tôi hết gạo, xin giúp."), true));
    assert_eq!((received[0].number.as_str(), received[0].side), ("0903 ··· 456", Side::Others));
    let ticket = received[0].ticket.expect("somebody must read it");
    let mut cx = line.centre.system().await;
    let (known, said) = tickets::ticket(&mut cx, ticket).await.unwrap();
    assert_eq!((known.kind.as_str(), said.as_deref()), ("text_received", Some("Nhà tôi hết gạo, xin giúp.")));
    drop(cx);
    // The same number writes again: one ticket, not two.
    line.peer.text("84903123456", &["Cảm ơn, đã có gạo."], &[0]).await;
    let received = line.received().await;
    assert_eq!((received.len(), received[0].ticket), (2, Some(ticket)));
    // No word of it lies open anywhere.
    let mut cx = line.centre.system().await;
    for table in ["received_texts", "received_parts", "events"] {
        let all: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select t::text from {table} t")))
                .fetch_all(cx.conn())
                .await
                .unwrap();
        assert!(all.iter().all(|row| !row.contains("903123456")), "{table}");
    }
    drop(cx);
    line.end().await;
}

#[tokio::test]
async fn words_of_danger_are_answered_over_the_same_line() {
    let areas = Arc::from(vec![Arc::new(Answers) as Arc<dyn Knows>]);
    let Some(mut line) = line_to("secret", areas).await else { return };
    line.peer.text("84903123456", &["Bo toi kho ", "tho, cuu voi"], &[1, 0]).await;
    let ticket = line.received().await[0].ticket.expect("somebody is rung");
    let mut cx = line.centre.system().await;
    let (known, said) = tickets::ticket(&mut cx, ticket).await.unwrap();
    assert_eq!((known.kind.as_str(), said.as_deref()), (DANGER, Some("Bo toi kho tho, cuu voi")));
    drop(cx);
    line.go(0).await;
    let answer = line.peer.until("whole").await;
    assert_eq!(answer["to"], "84903123456");
    assert!(answer["whole"].as_str().unwrap().starts_with("Gọi 115 ngay!"), "{answer}");
    line.end().await;
}

#[tokio::test]
async fn a_part_that_never_comes_is_marked_after_ten_minutes() {
    let Some(mut line) = line().await else { return };
    line.peer.text("84903123456", &["Bố tôi ", "khó thở ", "từ đêm qua."], &[0, 2]).await;
    line.go(599).await;
    assert_eq!(words(&line.received().await[0]), (None, false));
    line.go(1).await;
    let received = line.received().await;
    assert_eq!(words(&received[0]), (Some("Bố tôi […]từ đêm qua."), false));
    assert!(received[0].ticket.is_some());
    // The rest, when it comes after all, is not thrown away.
    line.peer.text("84903123456", &["Bố tôi ", "khó thở ", "từ đêm qua."], &[1]).await;
    assert_eq!(line.received().await.len(), 2);
    line.end().await;
}

#[tokio::test]
async fn a_text_of_an_official_accepts_nothing_and_opens_nothing() {
    let Some(mut line) = line().await else { return };
    let ward = line.centre.unit("TPHONG").await;
    line.centre
        .staff("Trực ủy ban")
        .at(ward, Role::WardOfficial)
        .phone("+84903123456")
        .on_duty()
        .create()
        .await;
    let opened = line.centre.news(ward, 1).await;
    for body in ["1", "NHAN"] {
        line.peer.text("84903123456", &[body], &[0]).await;
    }
    let received = line.received().await;
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|one| one.side == Side::Staff && one.ticket.is_none()));
    let mut cx = line.centre.system().await;
    for ticket in &opened.tickets {
        assert!(tickets::ticket(&mut cx, *ticket).await.unwrap().0.accepted_at.is_none());
    }
    let rings = attempts::of_tickets(&mut cx, &opened.tickets).await.unwrap();
    assert!(rings.iter().all(|ring| ring.outcome.as_deref() != Some("accepted")));
    drop(cx);
    line.end().await;
}

#[tokio::test]
async fn a_delivery_that_nobody_can_read_costs_itself_alone() {
    let Some(mut line) = line().await else { return };
    line.peer.order(json!({ "do": "broken" })).await;
    assert_eq!(line.peer.until("broken").await["broken"], 0x65);
    line.peer.text("84903123456", &["Xin chào"], &[0]).await;
    assert_eq!(words(&line.received().await[0]), (Some("Xin chào"), true));
    line.end().await;
}

/// Takes nothing in.
struct Nobody;

#[async_trait::async_trait]
impl messages::OnText for Nobody {
    async fn came(&self, _piece: &messages::Piece) -> kernel::Result<()> {
        Ok(())
    }

    async fn became(&self, _receipt: &messages::Receipt) -> kernel::Result<bool> {
        Ok(false)
    }
}

/// A command without a body worth reading.
fn command(id: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    [length, id, 0, sequence].into_iter().flat_map(u32::to_be_bytes).chain(body.iter().copied()).collect()
}

/// A message centre that binds, asks all the time whether we are there, and answers no text; it tells of each.
async fn busy_and_mute(listener: tokio::net::TcpListener, told: tokio::sync::mpsc::UnboundedSender<()>) {
    use tokio::io::AsyncReadExt;
    let (stream, _) = listener.accept().await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let bound = std::sync::Arc::new(tokio::sync::Notify::new());
    let asks = bound.clone();
    tokio::spawn(async move {
        asks.notified().await;
        if write.write_all(&command(0x8000_0009, 1, b"\0")).await.is_err() {
            return;
        }
        for sequence in 1.. {
            if write.write_all(&command(0x15, sequence, b"")).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    loop {
        let mut head = [0; 16];
        if read.read_exact(&mut head).await.is_err() {
            return;
        }
        let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; number(0) as usize - 16];
        read.read_exact(&mut body).await.unwrap();
        match number(4) {
            0x09 => bound.notify_one(),
            0x04 => told.send(()).unwrap(),
            _ => {}
        }
    }
}

#[tokio::test]
async fn texts_that_are_never_answered_leave_the_window_though_much_comes_in() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (told, mut texts) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(busy_and_mute(listener, told));
    let mut settings = SmppSettings::at(&address, "quan7", "secret", "8099").unwrap();
    (settings.window, settings.patience) = (1, Duration::from_secs(1));
    let smpp = Smpp::new(settings, Arc::new(Nobody));
    let (stop, stopping) = watch::channel(false);
    let run = tokio::spawn(smpp.clone().run(stopping));
    let text = |number: u128| messages::Text {
        tenant: kernel::TenantId(Uuid::from_u128(7)),
        id: MessageId(Uuid::from_u128(number)),
        number: "+84903123456".into(),
        words: "Xin chao".into(),
    };
    for number in 1..=3 {
        assert!(messages::Texting::send(&smpp, &text(number)).await.is_err());
        // It has left us, or the window never opened again.
        texts.try_recv().unwrap_or_else(|_| panic!("the text {number} never left"));
    }
    stop.send(true).unwrap();
    run.await.unwrap();
}

#[tokio::test]
async fn the_same_words_again_after_a_minute_are_a_text_of_their_own() {
    let centre = TestCentre::new().await;
    let inbox = Inbox::new(centre.store.clone(), Some(centre.tenant.slug.clone()), Arc::from(Vec::new()));
    let piece = messages::Piece {
        network_id: None,
        from: "84903123456".into(),
        to: "8099".into(),
        units: "Khó thở".encode_utf16().collect(),
        part: None,
    };
    // Sent again by the network at once and within the minute, then by the person.
    for (seconds, texts) in [(0, 1), (0, 1), (45, 1), (15, 2), (5, 2), (900, 3)] {
        centre.advance(SignedDuration::from_secs(seconds)).await;
        messages::OnText::came(&inbox, &piece).await.unwrap();
        let mut cx = centre.system().await;
        let kept = text_list::texts(&mut cx, Which::Received, 0).await.unwrap().lines.len();
        assert_eq!(kept, texts, "{seconds}");
    }
}
