use jiff::SignedDuration;
use store::leases;
use testkit::TestCentre;
use uuid::Uuid;

#[tokio::test]
async fn a_lease_passes_on_only_when_its_holder_no_longer_renews_it() {
    let centre = TestCentre::new().await;
    let [one, two] = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let minute = SignedDuration::from_mins(1);
    let hold = async |who| leases::hold(&centre.store, "test", who, minute).await.unwrap();
    assert!(hold(one).await);
    assert!(!hold(two).await);
    centre.clock.advance(minute / 2);
    assert!(hold(one).await);
    centre.clock.advance(minute / 2);
    assert!(!hold(two).await);
    centre.clock.advance(minute / 2);
    assert!(hold(two).await);
    assert!(!hold(one).await);
}
