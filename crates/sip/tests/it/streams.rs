//! What must not come in over a connection: messages that are torn, that lie, that never end, and connections that
//! say nothing. Whoever else has a call talks on.

use crate::{
    peer::{LOCALHOST, LONG, Sipp, agent, config, forgotten, rest, trunk, until},
    phone::Phone,
    scenario::{Scenario, sdp},
    tls::{HERE, over_tls},
};
use sip::{
    Agent, Count, Side, Trunk, What,
    test_peers::tls::{Authority, Door},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

/// As many as the address of a trunk may hold open unless it says otherwise.
const MOST: usize = 16;

fn options(number: u32, headers: &str) -> String {
    format!(
        "OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK{number};rport\r\n\
         From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\nCall-ID: {number}@test\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\n{headers}\r\n"
    )
}

async fn connect(agent: SocketAddr) -> TcpStream {
    TcpStream::connect(agent).await.unwrap()
}

/// Reads up to the end of an answer's head.
async fn answer(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer
            .push(timeout(LONG, stream.read_u8()).await.expect("an answer").expect("the connection stands"));
    }
    String::from_utf8(answer).unwrap()
}

/// Returns once the other side has closed it.
async fn closed(mut stream: TcpStream) {
    let mut left = Vec::new();
    // Closed with something unread it is reset.
    let _ = timeout(LONG, stream.read_to_end(&mut left)).await.expect("the connection is closed");
}

async fn asked(stream: &mut TcpStream, number: u32) {
    stream.write_all(options(number, "Content-Length: 0\r\n").as_bytes()).await.unwrap();
    let answer = answer(stream).await;
    assert!(answer.starts_with("SIP/2.0 200") && answer.contains(&format!("{number}@test")), "{answer}");
}

#[tokio::test]
async fn a_liar_loses_his_connection_and_a_call_over_another_goes_on() {
    let mut phone = Phone::new().await;
    let (agent, mut incoming) = agent(vec![trunk(SocketAddr::new(LOCALHOST, 9))]).await;
    let scenario =
        Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(200).ack("").hung_up();
    let arguments = ["-m", "1", "-t", "t1", &agent.address().to_string()];
    let Some(caller) = Sipp::start(&scenario, &arguments).await else { return };
    let offer = timeout(LONG, incoming.next()).await.expect("a call").expect("an agent");
    let (call, mut events) = offer.accept().await.unwrap();
    phone.receive().await;

    let head = |header: &str| options(1, header).into_bytes();
    let lies = [
        head("Content-Length: -1\r\n"),
        head("Content-Length: 18446744073709551615\r\n"),
        head("Content-Length: 4000000000\r\n"),
        head("Content-Length: 0\r\nl: 9\r\n"),
        b"X-Padding: there is more to come\r\n".repeat(2_000),
        b"INVITE without any line, ".repeat(2_000),
        (0..=255_u8).cycle().take(40_000).collect(),
        b"NOISE\r\n\r\n".repeat(100),
    ];
    for (number, lie) in lies.iter().enumerate() {
        let mut liar = connect(agent.address()).await;
        // He may be cut off in the middle of it.
        let _ = liar.write_all(lie).await;
        closed(liar).await;
        let counted = agent.counters().get(Count::SipMalformed);
        assert!(counted > number as u64, "{counted} after {}", String::from_utf8_lossy(&lie[..20]));
    }
    // Whoever leaves in the middle of a message is no liar.
    let before = agent.counters().get(Count::SipMalformed);
    let mut torn = connect(agent.address()).await;
    torn.write_all(&head("Content-Length: 100\r\n")).await.unwrap();
    torn.shutdown().await.unwrap();
    closed(torn).await;
    assert_eq!(agent.counters().get(Count::SipMalformed), before);

    assert!(call.is_talking());
    phone.press('5').await;
    until(&mut events, |what| matches!(what, What::Key('5')).then_some(())).await;
    call.hang_up();
    assert!(matches!(rest(&mut events).await[..], [What::Ended { by: Side::Us }]));
    caller.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_message_may_come_in_pieces_and_one_that_cannot_be_read_costs_the_next_nothing() {
    let (agent, _incoming) = agent(vec![trunk(SocketAddr::new(LOCALHOST, 9))]).await;
    let mut stream = connect(agent.address()).await;
    stream.set_nodelay(true).unwrap();
    for piece in options(1, "Content-Length: 0\r\n").as_bytes().chunks(7) {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(answer(&mut stream).await.contains("1@test"));
    // A sign of life, no message, two messages in one.
    let two = options(2, "l: 0\r\n") + &options(3, "");
    stream.write_all(format!("\r\n\r\nNO SUCH THING\r\nl: 2\r\n\r\nab{two}").as_bytes()).await.unwrap();
    assert_eq!(stream.read_u16().await.unwrap(), 0x0d0a, "it is answered");
    let answers = [answer(&mut stream).await, answer(&mut stream).await].concat();
    assert!(answers.contains("2@test") && answers.contains("3@test"), "{answers}");
    assert_eq!(agent.counters().get(Count::SipMalformed), 1);
}

#[tokio::test]
async fn who_says_nothing_or_never_ends_is_not_kept_and_who_has_spoken_is() {
    let mut config = config(vec![trunk(SocketAddr::new(LOCALHOST, 9))]);
    config.timers.whole = Duration::from_millis(500);
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    let mut spoken = connect(agent.address()).await;
    asked(&mut spoken, 1).await;
    let silent = connect(agent.address()).await;
    let mut half = connect(agent.address()).await;
    half.write_all(b"OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\n").await.unwrap();
    // Byte after byte, so that something always comes.
    let (mut ear, mut mouth) = connect(agent.address()).await.into_split();
    let drips = tokio::spawn(async move {
        while mouth.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    closed(silent).await;
    closed(half).await;
    let _ = timeout(LONG, ear.read(&mut [0; 1])).await.expect("the connection is closed");
    timeout(LONG, drips).await.expect("nobody takes it").unwrap();
    assert_eq!(agent.counters().get(Count::SipMalformed), 2, "silence is no message");
    asked(&mut spoken, 2).await;
}

/// Opens as many connections as that, each of which is heard; one more is not kept.
async fn holds(agent: &Agent, most: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for number in 0..most as u32 {
        let mut stream = connect(agent.address()).await;
        asked(&mut stream, number).await;
        held.push(stream);
    }
    closed(connect(agent.address()).await).await;
    held
}

#[tokio::test]
async fn a_trunk_says_how_many_connections_its_address_may_hold_and_trunks_at_one_address_add_up() {
    let at = |port, most| Trunk { max_connections: most, ..trunk(SocketAddr::new(LOCALHOST, port)) };
    let (one, _incoming) = agent(vec![at(9, 3)]).await;
    holds(&one, 3).await;
    let (two, _incoming) = agent(vec![at(9, 3), at(10, 2)]).await;
    holds(&two, 5).await;
}

#[tokio::test]
async fn one_address_holds_so_many_connections_and_no_more() {
    let (agent, _incoming) = agent(vec![trunk(SocketAddr::new(LOCALHOST, 9))]).await;
    let mut held = holds(&agent, MOST).await;
    // Those that stand go on, and one that ends makes room.
    asked(&mut held[0], 1_000).await;
    drop(held.pop());
    let again = async {
        let mut number = 2_000;
        loop {
            number += 1;
            let mut stream = connect(agent.address()).await;
            let message = options(number, "Content-Length: 0\r\n");
            if stream.write_all(message.as_bytes()).await.is_ok() && stream.read_u8().await.is_ok() {
                return;
            }
        }
    };
    timeout(LONG, again).await.expect("there is room again");
}

#[tokio::test]
async fn over_tls_noise_is_passed_over_and_a_lie_opens_the_connection_anew() {
    let Some(authority) = Authority::new() else { return };
    let exchange = TcpListener::bind((LOCALHOST, 0)).await.unwrap();
    let door = Door::before(exchange.local_addr().unwrap(), &authority.sign(HERE)).await;
    let (agent, _incoming) = agent(vec![over_tls(door.address, &authority)]).await;
    let (mut stream, _) = timeout(LONG, exchange.accept()).await.expect("a connection").unwrap();
    let tls = |number| options(number, "Content-Length: 0\r\n").replace("SIP/2.0/TCP", "SIP/2.0/TLS");
    stream.write_all(format!("NOISE\r\nl: 2\r\n\r\nab{}", tls(1)).as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.contains("1@test"));
    assert_eq!(agent.counters().get(Count::SipMalformed), 1);
    stream.write_all(options(2, "Content-Length: -7\r\n").as_bytes()).await.unwrap();
    let (mut stream, _) = timeout(LONG, exchange.accept()).await.expect("another connection").unwrap();
    stream.write_all(tls(3).as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.contains("3@test"));
    assert_eq!(agent.counters().get(Count::SipMalformed), 2);
}
