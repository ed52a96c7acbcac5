use duty::heartbeats::{self, CENTRE, OwnPulse, State, Watch};
use gateways::HttpWatch;
use jiff::SignedDuration;
use kernel::Error;
use std::sync::Arc;
use testkit::TestCentre;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A watch that takes one request and answers with a status; the request's first line.
async fn one_answer(listener: TcpListener, status: &'static str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let length = stream.read(&mut request).await.unwrap();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned()
}

async fn listen() -> (TcpListener, HttpWatch) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/ping/secret", listener.local_addr().unwrap());
    (listener, HttpWatch::new(url.parse().unwrap()).unwrap())
}

#[tokio::test]
async fn the_watch_is_told_by_a_post_and_its_address_stays_out_of_errors() {
    let (listener, watch) = listen().await;
    let asked = tokio::spawn(one_answer(listener, "204 No Content"));
    watch.alive().await.unwrap();
    assert_eq!(asked.await.unwrap(), "POST /ping/secret HTTP/1.1");
    // Nobody listens any more.
    let error = watch.alive().await.unwrap_err();
    assert!(matches!(&error, Error::Unavailable(why) if !why.contains("secret")), "{error}");
    let (listener, watch) = listen().await;
    let asked = tokio::spawn(one_answer(listener, "404 Not Found"));
    assert!(watch.alive().await.unwrap_err().to_string().contains("404"));
    asked.await.unwrap();
}

#[tokio::test]
async fn a_watch_that_no_longer_hears_us_is_a_silence_of_our_own() {
    let centre = TestCentre::new().await;
    let (listener, watch) = listen().await;
    let pulse = OwnPulse::new(centre.store.clone(), Arc::new(watch));
    let asked = tokio::spawn(one_answer(listener, "200 OK"));
    assert!(pulse.report().await.unwrap());
    asked.await.unwrap();
    let own = async || {
        let mut cx = centre.system().await;
        let all = heartbeats::status(&mut cx).await.unwrap();
        all.into_iter().find(|status| status.code == CENTRE).unwrap()
    };
    assert_eq!(own().await.state, State::Alive);
    // Another process does not report as long as this one does.
    let other = OwnPulse::new(centre.store.clone(), Arc::new(listen().await.1));
    assert!(!other.report().await.unwrap());
    for minute in 1..=4 {
        centre.advance(SignedDuration::from_mins(1)).await;
        assert!(pulse.report().await.unwrap());
        let status = own().await;
        assert!(status.last_error.is_some() && status.failing_since.is_some());
        assert_eq!(status.state, if minute < 4 { State::Alive } else { State::Silent });
    }
    assert!(own().await.ticket.is_some());
}
