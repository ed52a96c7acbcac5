//! Letters to a real mail server: `smtp-server` in a Node process, on a loopback port.

use crate::{open, run_notices};
use duty::{
    messages::{self, Mail, Mailer, Mails, notices::State},
    tickets::{self, attempts},
};
use gateways::{Smtp, SmtpSettings};
use jiff::SignedDuration;
use kernel::{Error, MessageId, Role, StaffId, TicketId, UnitId};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command as Program, Stdio},
    sync::Arc,
};
use store::outbox::{self, Courier};
use testkit::TestCentre;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};
use uuid::Uuid;

/// The mail server; ends with the test.
struct Server {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    child: Child,
}

fn e2e() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e")
}

impl Server {
    /// Starts it, or says what is missing.
    async fn start(asked: &[&str]) -> Option<Self> {
        if !e2e().join("node_modules/smtp-server").exists() {
            println!("skipped: needs smtp-server (npm ci in e2e)");
            return None;
        }
        let child = Command::new("node")
            .arg(e2e().join("peers/smtp.mjs"))
            .args(asked)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut child) = child else {
            println!("skipped: needs node");
            return None;
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect("the mail server says its port");
        let first: Value = serde_json::from_str(&first).unwrap();
        let port = u16::try_from(first["port"].as_u64().unwrap()).unwrap();
        Some(Self { port, lines, child })
    }

    /// The next letter it took.
    async fn letter(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().expect("the mail server is up");
        serde_json::from_str(&line).unwrap()
    }

    /// Ends it; the letters it took that nobody asked for yet.
    async fn stop(mut self) -> Vec<Value> {
        drop(self.child.stdin.take());
        self.child.wait().await.unwrap();
        let mut rest = Vec::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            rest.push(serde_json::from_str(&line).unwrap());
        }
        rest
    }
}

fn settings(host: &str, port: u16) -> SmtpSettings {
    SmtpSettings {
        host: host.into(),
        port,
        security: None,
        user: None,
        password: None,
        from: "Trung tâm điều hành Quận 7 <khong-tra-loi@quan7.example>".into(),
        authority: None,
    }
}

fn mail(to: &str) -> Mail {
    Mail {
        id: MessageId(Uuid::from_u128(0x7700)),
        to: to.into(),
        subject: "Việc cần xử lý: Phản ánh, kiến nghị, P. Tân Phong – phiếu 7K2M9QX".into(),
        text: "Trung tâm điều hành Quận 7\n\nPhiếu 7K2M9QX: đã trễ 3 giờ, nguy cơ dịch ở khu phố ƯỚC ĐỖ.\n"
            .into(),
        at: "2021-09-25T00:05:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let smtp = Smtp::new(&settings("127.0.0.1", server.port)).unwrap();
    let sent = mail("truc@tanphong.example");
    smtp.send(&sent).await.unwrap();
    let letter = server.letter().await;
    assert_eq!(letter["subject"], sent.subject);
    assert_eq!(letter["text"].as_str().unwrap().replace("\r\n", "\n"), sent.text);
    assert_eq!(letter["to"][0], "truc@tanphong.example");
    assert_eq!(letter["from"], "khong-tra-loi@quan7.example");
    assert_eq!(letter["id"], format!("<{}@quan7.example>", sent.id));
    assert_eq!(letter["date"], "2021-09-25T00:05:00.000Z");
    assert_eq!(letter["headers"]["auto-submitted"], "auto-generated");
    assert_eq!(letter["ascii"], true);
    assert!(server.stop().await.is_empty());
}

#[tokio::test]
async fn another_machine_must_offer_tls_before_it_hears_anything() {
    let Some(server) = Server::start(&[]).await else { return };
    // 0.0.0.0 reaches this machine, but is no loopback address: it stands for any other host.
    let smtp = Smtp::new(&settings("0.0.0.0", server.port)).unwrap();
    let refused = smtp.send(&mail("truc@tanphong.example")).await.unwrap_err();
    assert!(matches!(&refused, Error::Unavailable(why) if why.contains("STARTTLS")), "{refused}");
    assert!(server.stop().await.is_empty());
}

#[tokio::test]
async fn a_server_is_trusted_by_its_authority_and_signed_in_to_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = Program::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=mail.quan7.example", "-addext", "subjectAltName=IP:0.0.0.0"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: needs openssl");
        return;
    }
    let (cert_path, key_path) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let asked = ["--cert", cert_path, "--key", key_path, "--user", "quan7", "--password", "bí mật"];
    let Some(mut server) = Server::start(&asked).await else { return };
    let unknown = Smtp::new(&settings("0.0.0.0", server.port)).unwrap();
    assert!(matches!(unknown.send(&mail("a@b.example")).await, Err(Error::Unavailable(_))));
    let signed_in = |password: &str| {
        let settings = SmtpSettings {
            authority: Some(cert.clone()),
            user: Some("quan7".into()),
            password: Some(password.into()),
            ..settings("0.0.0.0", server.port)
        };
        Smtp::new(&settings).unwrap()
    };
    let wrong = signed_in("sai").send(&mail("a@b.example")).await.unwrap_err();
    assert!(matches!(&wrong, Error::Unavailable(why) if why.contains("535")), "{wrong}");
    signed_in("bí mật").send(&mail("a@b.example")).await.unwrap();
    let letter = server.letter().await;
    assert_eq!((&letter["secure"], &letter["user"]), (&Value::from(true), &Value::from("quan7")));
    assert!(server.stop().await.is_empty());
}

#[tokio::test]
async fn answers_of_the_server_are_sorted_and_never_repeat_the_address() {
    let Some(server) = Server::start(&[]).await else { return };
    let smtp = Smtp::new(&settings("localhost", server.port)).unwrap();
    let gone = smtp.send(&mail("khong-co@tanphong.example")).await.unwrap_err();
    assert!(matches!(gone, Error::Invalid { field: "email", key: "error-email-refused" }), "{gone}");
    let policy = smtp.send(&mail("bi-chan@tanphong.example")).await.unwrap_err();
    assert!(matches!(policy, Error::Unavailable(_)), "{policy}");
    let busy = smtp.send(&mail("ban@tanphong.example")).await.unwrap_err();
    assert_eq!(busy.to_string(), "unavailable: the mail server answered 451 4.7.1");
    for error in [gone, policy, busy] {
        assert!(!error.to_string().contains('@'), "{error}");
    }
    assert!(matches!(smtp.send(&mail("không phải địa chỉ")).await, Err(Error::Invalid { .. })));
    assert!(server.stop().await.is_empty());
}

/// A ward's duty desk that mails through a server on `port`.
struct Desk {
    centre: TestCentre,
    courier: Courier,
    ward: UnitId,
    clerk: StaffId,
}

async fn desk(port: u16, address: &str) -> Desk {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre
        .staff("Trực ủy ban")
        .at(ward, Role::WardOfficial)
        .head()
        .email(address)
        .on_duty()
        .create()
        .await;
    let smtp = Smtp::new(&settings("127.0.0.1", port)).unwrap();
    let public = "https://vungxanh.example".parse().unwrap();
    let courier = Courier::new(centre.store.clone(), Arc::new(Mails::new(Arc::new(smtp), public)));
    Desk { centre, courier, ward, clerk }
}

impl Desk {
    async fn open(&self, ladder: &str) -> TicketId {
        let mut cx = self.centre.system().await;
        let opened = open(&mut cx, ladder, self.ward, Some(self.ward)).await;
        cx.commit().await.unwrap();
        run_notices(&self.centre).await;
        opened.tickets[0]
    }

    async fn advance(&self, seconds: i64) {
        self.centre.advance(SignedDuration::from_secs(seconds)).await;
        run_notices(&self.centre).await;
        while self.courier.deliver_due().await.unwrap() > 0 {}
    }

    async fn level(&self, ticket: TicketId) -> i16 {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, ticket).await.unwrap().0.level
    }

    async fn attempt(&self, ticket: TicketId) -> attempts::Attempt {
        let mut cx = self.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        all.into_iter()
            .find(|a| a.channel == "email" && a.staff == Some(self.clerk))
            .expect("a mail was asked for")
    }

    async fn delivery(&self, ticket: TicketId) -> messages::Delivery {
        let id = self.attempt(ticket).await.id;
        let mut cx = self.centre.system().await;
        messages::deliveries(&mut cx, &[id]).await.unwrap().remove(&id).expect("a message was queued")
    }

    async fn waiting(&self) -> Vec<outbox::Waiting> {
        let mut cx = self.centre.system().await;
        outbox::waiting(&mut cx).await.unwrap()
    }
}

#[tokio::test]
async fn a_server_that_was_down_gets_the_letter_once_it_is_up() {
    let Some(server) = Server::start(&[]).await else { return };
    let port = server.port;
    server.stop().await;
    let desk = desk(port, "truc@tanphong.example").await;
    let ticket = desk.open("report").await;
    desk.advance(120).await;
    desk.advance(2).await;
    let down = desk.delivery(ticket).await;
    assert_eq!((down.state, down.tries), (State::Failed, 2));
    let waiting = desk.waiting().await;
    assert_eq!((waiting[0].channel.as_str(), waiting[0].waiting), ("email", 1));
    assert!(waiting[0].last_error.as_ref().is_some_and(|why| why.contains("refused")), "{waiting:?}");
    assert!(desk.attempt(ticket).await.ringing_at.is_none());
    let Some(mut server) = Server::start(&["--port", &port.to_string()]).await else { return };
    desk.advance(4).await;
    let letter = server.letter().await;
    assert!(letter["text"].as_str().unwrap().contains(&ticket.to_string()), "{letter}");
    assert_eq!(desk.delivery(ticket).await.state, State::HandedOver);
    assert!(desk.attempt(ticket).await.ringing_at.is_some());
    assert!(desk.waiting().await.is_empty());
    desk.advance(3600).await;
    assert!(server.stop().await.is_empty(), "the letter went once");
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_given_up_at_once_and_the_desk_keeps_its_time() {
    let Some(server) = Server::start(&[]).await else { return };
    let desk = desk(server.port, "khong-co@tanphong.example").await;
    let ticket = desk.open("report").await;
    desk.advance(120).await;
    let delivery = desk.delivery(ticket).await;
    assert_eq!((delivery.state, delivery.tries), (State::GivenUp, 1));
    assert_eq!(desk.attempt(ticket).await.outcome.as_deref(), Some("unreachable"));
    desk.advance(60).await;
    assert_eq!(desk.level(ticket).await, 0);
    assert_eq!(desk.waiting().await[0].given_up, 1);
    assert!(server.stop().await.is_empty());
}

#[tokio::test]
async fn a_busy_server_is_tried_again() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let desk = desk(server.port, "ban@tanphong.example").await;
    let ticket = desk.open("report").await;
    desk.advance(120).await;
    assert_eq!(desk.delivery(ticket).await.state, State::Failed);
    desk.advance(2).await;
    assert_eq!(server.letter().await["to"][0], "ban@tanphong.example");
    let delivery = desk.delivery(ticket).await;
    assert_eq!((delivery.state, delivery.tries), (State::HandedOver, 2));
    assert!(server.stop().await.is_empty());
}

#[tokio::test]
async fn a_mail_server_that_is_down_delays_no_ladder() {
    // A port on which nothing listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let desk = desk(port, "truc@tanphong.example").await;
    let leaders = desk.centre.unit("LDQ").await;
    desk.centre
        .staff("Lãnh đạo trực")
        .at(leaders, Role::DistrictLeader)
        .email("lanh-dao@quan7.example")
        .on_duty()
        .create()
        .await;
    let ticket = desk.open("heartbeat").await;
    // The head after 5 minutes, the duty leader 15 minutes later, each to the second.
    for (until, level) in [(299, 0), (300, 1), (1199, 1), (1200, 2)] {
        let mut cx = desk.centre.system().await;
        let opened_at = tickets::ticket(&mut cx, ticket).await.unwrap().0.opened_at;
        drop(cx);
        let passed = desk.centre.clock.now().duration_since(opened_at).as_secs();
        desk.advance(until - passed).await;
        assert_eq!(desk.level(ticket).await, level, "after {until} s");
    }
    assert_eq!(desk.delivery(ticket).await.state, State::Failed);
    let attempt = desk.attempt(ticket).await;
    assert_eq!(attempt.outcome.as_deref(), Some("not_answered"));
    assert!(attempt.ringing_at.is_none(), "the record shows that the mail never reached him");
}
