use crate::house::{House, folder, program, run};
use serde_json::Value;
use testkit::TestDatabase;

#[tokio::test]
async fn a_backup_is_taken_and_restored_with_its_keys_where_no_postgresql_tool_is_found() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let archive = house.folder.path().join("centre.zip");
    let archive = archive.to_str().unwrap();
    let mut take = house.command(&["backup", archive, "--with-keys", "--json"]);
    take.env("PATH", "");
    let (code, out, told) = run(take).await;
    assert_eq!(code, 0, "{told}");
    let taken: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&taken["with_keys"], &taken["rows"]["tenants"]), (&true.into(), &1.into()));

    // Another machine.
    let (fresh, there) = (TestDatabase::new().await, folder());
    let data = there.path().join("data");
    let on = |words: &[&str]| {
        let mut command = program(words, &data);
        command.env("DATABASE_URL", fresh.url()).env("PATH", "");
        command
    };
    let (code, _, told) = run(on(&["restore", archive])).await;
    assert_eq!(code, 0, "{told}");
    assert_eq!(run(on(&["doctor"])).await.0, 0);
    let (code, out, _) = run(on(&["ledger", "verify", "--json"])).await;
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["events"]), (0, &taken["rows"]["events"]));
    // Nothing is ever restored over somebody's data.
    assert_eq!(run(on(&["restore", archive])).await.0, 2);
}
