use crate::house::{House, run};
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;

#[tokio::test]
async fn a_demo_refuses_a_real_tenant_s_database_before_it_touches_it() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let mut admin = house.admin().await;
    // A database of an older program.
    sqlx::raw_sql("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)")
        .execute(&mut admin)
        .await
        .unwrap();
    let applied = "select count(*) from _sqlx_migrations";
    let before: i64 = sqlx::query_scalar(applied).fetch_one(&mut admin).await.unwrap();
    let (code, out, told) = run(house.command(&["serve", "--demo", "--listen", "127.0.0.1:0"])).await;
    assert_eq!((code, out.as_str()), (2, ""), "{told}");
    assert!(told.contains("quan7"), "{told}");
    let after: i64 = sqlx::query_scalar(applied).fetch_one(&mut admin).await.unwrap();
    let marked: bool = sqlx::query_scalar("select demo from cell").fetch_one(&mut admin).await.unwrap();
    assert_eq!((after, marked), (before, false));

    let (code, _, told) = run(house.command(&["serve", "--demo", "--listen", "0.0.0.0:0"])).await;
    assert_eq!(code, 2);
    assert!(told.contains("127.0.0.1"), "{told}");
    let (code, _, _) = run(house.command(&["worker", "--demo"])).await;
    assert_eq!(code, 2);
}

#[tokio::test]
async fn a_demo_says_so_on_its_pages_and_its_clock_moves_only_forward() {
    let house = House::new().await;
    let server = house.serve(&["--demo", "--still"]);
    for page in ["/quan7", "/quan7/desk/sign-in"] {
        let page = server.get(page).await;
        assert!(page.text.contains("demo-banner") && page.text.contains("Bản trình diễn"));
    }
    let now = async || server.get("/demo/clock").await.json()["now"].as_str().unwrap().parse::<Timestamp>();
    let before = now().await.unwrap();
    let moved = server.post("/demo/clock", r#"{"advance":"PT48H"}"#).await;
    assert_eq!(moved.status, StatusCode::OK);
    let told: Timestamp = moved.json()["now"].as_str().unwrap().parse().unwrap();
    assert!(told.duration_since(before) >= SignedDuration::from_hours(48));
    for wrong in [
        r#"{"advance":"-PT1H"}"#,
        r#"{"advance":"PT0S"}"#,
        r#"{"advance":"PT99999999H"}"#,
        r#"{"advance":"two days"}"#,
        r#"{"advance":48}"#,
        "{}",
        "not JSON",
        "",
    ] {
        let answer = server.post("/demo/clock", wrong).await;
        assert!(answer.status.is_client_error(), "{wrong}: {}", answer.status);
    }
    // Held, it stands where it is put, and runs on from there.
    let held = server.post("/demo/clock", r#"{"hold":true}"#).await.json();
    assert_eq!(server.get("/demo/clock").await.json(), held, "a held clock runs");
    let ahead = server.post("/demo/clock", r#"{"advance":"PT61S"}"#).await.json();
    let time = |told: &serde_json::Value| told["now"].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(time(&ahead).duration_since(time(&held)), SignedDuration::from_secs(61));
    let runs = server.post("/demo/clock", r#"{"hold":false}"#).await.json();
    assert!(
        time(&runs) >= time(&ahead)
            && time(&runs).duration_since(time(&ahead)) < SignedDuration::from_mins(5)
    );
    let after = now().await.unwrap();
    assert!(after > time(&ahead), "a clock let go stands");
    assert!(after.duration_since(told) < SignedDuration::from_mins(30), "a refused step moved the clock");
    // An operator's browser is not talked into it from a form of another site.
    let form = server.ask(reqwest::Method::POST, "/demo/clock", None).await;
    assert!(form.status.is_client_error());
}

#[tokio::test]
async fn a_resident_of_the_demo_calls_the_centre_and_hangs_up() {
    let house = House::new().await;
    let server = house.serve(&["--demo", "--still"]);
    let send = async |path: &str, body: &'static str| {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        client.post(server.url(path)).header(form.0, form.1).body(body).send().await.unwrap().status()
    };
    assert!(send("/demo/calls", "number=bốn").await.is_client_error());
    assert_eq!(send("/demo/calls", "number=0900010001").await, StatusCode::SEE_OTHER);
    let page = server.get("/demo/phones").await.text;
    assert!(page.contains("data-call=\"0900 010 001\""), "{page}");
    let form = page.split("action=\"/demo/calls/").nth(1).unwrap();
    let call = form.split('"').next().unwrap();
    assert_eq!(send(&format!("/demo/calls/{call}"), "do=hang-up").await, StatusCode::SEE_OTHER);
    let page = server.get("/demo/phones").await.text;
    assert!(!page.contains("data-call="), "{page}");
    // It has just ended.
    assert_eq!(send(&format!("/demo/calls/{call}"), "do=1").await, StatusCode::SEE_OTHER);
}
