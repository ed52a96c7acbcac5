use crate::house::{House, keys};
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn a_server_says_where_it_is_and_that_it_can_work() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let server = house.serve(&[]);
    assert_eq!(keys(&server.said), ["pid", "url"]);
    assert_eq!(server.said["pid"], server.pid());
    assert_eq!(server.get("/healthz").await.text, "ok");
    let ready = server.until("/readyz", 200).await.json();
    assert_eq!(keys(&ready), ["db", "migrations", "oldest_due_s", "sealer_lag_s"]);
    assert_eq!((&ready["db"], &ready["migrations"]), (&true.into(), &true.into()));
    assert!(ready["sealer_lag_s"].is_f64(), "{ready}");

    // Whoever asks may invent methods; the metrics do not keep them.
    server.ask(Method::from_bytes(b"FROBNICATE").unwrap(), "/healthz", None).await;
    let metrics = server.get("/metrics").await;
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert!(metrics.text.contains(r#"vx_http_total{route="/healthz",status="200"}"#), "{}", metrics.text);
    assert!(metrics.text.contains(r#"method="other""#) && !metrics.text.contains("FROBNICATE"));
}

#[tokio::test]
async fn outside_a_demo_the_clock_cannot_be_moved_and_no_banner_shows() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let server = house.serve(&[]);
    let moved = server.post("/demo/clock", r#"{"advance":"PT48H"}"#).await;
    assert_eq!(moved.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/demo/phones").await.status, StatusCode::NOT_FOUND);
    let page = server.get("/quan7/desk/sign-in").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("demo-banner") && !page.text.contains("data-demo-account"));
}
