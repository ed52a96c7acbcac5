//! Residents read in by the person at the machine.

use crate::house::{House, keys, run};
use serde_json::{Value, json};
use sqlx::PgConnection;

const LIST: &str = "DANH SÁCH NHÂN KHẨU\n\
    STT;Tên người dân;Ngày sinh;CCCD;SĐT;Số nhà;Đường;Phường\n\
    1;TRAN THI BICH;02/03/1985;079185012345;900555777;12;Đường số 15;Tân Phong\n\
    2;Lê Văn Hoà;1990;;0900 555 778;14;Đường số 15;P. Tân Quy\n\
    3;Lê Văn Hòa;1990;;0900.555.778;14;Đường số 15;TAN QUY\n\
    4;Phạm Văn Hỏng;31/2/1990;;0900555779;;;Tân Phong\n\
    5;Ngô Thị Xa;1990;;0900555780;;;Bến Nghé\n";
const MAP: &str = "full_name = \"Tên người dân\"\n";

struct Office {
    house: House,
    file: String,
    map: String,
}

impl Office {
    async fn new() -> Self {
        let house = House::new().await;
        house.tenant("quan7").await;
        let write = |name: &str, text: &str| {
            let path = house.folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (file, map) = (write("nhan-khau.csv", LIST), write("cot.toml", MAP));
        Self { house, file, map }
    }

    async fn import(&self, more: &[&str]) -> (i32, String, String) {
        let words = [&["import", "people", &self.file, "--map", &self.map][..], more].concat();
        run(self.house.command(&words)).await
    }

    /// What is printed with `--json`, without the time it took.
    async fn told(&self, more: &[&str]) -> (i32, Value) {
        let (code, out, errors) = self.import(&[more, &["--json"]].concat()).await;
        let mut told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{errors}"));
        assert_eq!(keys(&told), ["errors", "good", "known", "made", "matched", "pairs", "rows", "seconds"]);
        let seconds = told.as_object_mut().unwrap().remove("seconds").unwrap();
        assert!(seconds.as_f64().is_some_and(|seconds| seconds >= 0.0), "{seconds}");
        (code, told)
    }
}

async fn people(admin: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from people").fetch_one(admin).await.unwrap()
}

#[tokio::test]
async fn residents_are_foreseen_then_read_and_read_again_double_nothing() {
    let office = Office::new().await;
    let mut admin = office.house.admin().await;
    let foreseen =
        json!({ "rows": 5, "good": 2, "known": 1, "errors": 2, "made": 2, "matched": 0, "pairs": 0 });
    assert_eq!(office.told(&["--dry-run"]).await, (1, foreseen.clone()));
    assert_eq!(people(&mut admin).await, 0, "a dry run writes nothing");
    assert_eq!(office.told(&["--tenant", "quan7", "--unit", "TTYT"]).await.1["rows"], 5);
    assert_eq!(people(&mut admin).await, 2);
    let again = json!({ "rows": 5, "good": 0, "known": 3, "errors": 2, "made": 0, "matched": 0, "pairs": 0 });
    assert_eq!(office.told(&[]).await, (1, again));
    assert_eq!(people(&mut admin).await, 2);
}

#[tokio::test]
async fn what_is_refused_is_told_line_by_line_and_written_to_a_file() {
    let office = Office::new().await;
    let path = office.house.folder.path().join("loi.csv");
    let (code, out, _) = office.import(&["--dry-run", "--errors", path.to_str().unwrap()]).await;
    assert_eq!(code, 1);
    assert!(
        out.contains("5 rows") && out.contains("2 refused") && out.contains("Nothing was written."),
        "{out}"
    );
    assert!(out.contains("line 6: birth: ") && out.contains("line 7: ward: "), "{out}");
    let errors = std::fs::read_to_string(&path).unwrap();
    assert!(
        errors.contains("Phạm Văn Hỏng") && errors.contains("Bến Nghé") && !errors.contains("BICH"),
        "{errors}"
    );

    // What the person at the machine has mistaken is told in words, and nothing is read.
    let wrong = office.house.folder.path().join("wrong.toml");
    std::fs::write(&wrong, "ten = \"Tên người dân\"\n").unwrap();
    let file = office.file.as_str();
    let (code, _, told) =
        run(office.house.command(&["import", "people", file, "--map", wrong.to_str().unwrap()])).await;
    assert!(code == 2 && told.contains("no field is called ten"), "{told}");
    let (code, _, told) = run(office.house.command(&["import", "people", file])).await;
    assert!(code == 2 && told.contains("no column is full_name") && told.contains("Tên người dân"), "{told}");
    let (code, _, told) = office.import(&["--unit", "KHONGCO"]).await;
    assert!(code == 2 && told.contains("no unit KHONGCO"), "{told}");
    let large = office.house.folder.path().join("lon.csv");
    std::fs::File::create(&large).unwrap().set_len(100 << 20).unwrap();
    let (code, _, told) = run(office.house.command(&["import", "people", large.to_str().unwrap()])).await;
    assert!(code == 2 && told.contains("too large, at most 32 MB"), "{told}");
}
