//! The people of Tân Phong and of the ward beside it, and what they do.

use duty::tickets::attempts::{self, Attempt};
use health::{
    cases::{self, Care, Classification, NewCase, Recorded, Symptom, TestKind},
    imports::{self, Import, Staged, Upload},
};
use kernel::{ImportId, MatterId, Result, Role, StaffId, UnitId, citizen_id::Sex};
use std::sync::Arc;
use store::jobs::{OnJob, Worker};
use testkit::TestCentre;
use uuid::Uuid;

pub struct Day {
    pub centre: TestCentre,
    pub ward: UnitId,
    pub station: UnitId,
    /// Works at the station of Tân Phong.
    pub nurse: StaffId,
    /// Works at the station of Tân Quy.
    pub other_nurse: StaffId,
    pub clerk: StaffId,
    pub director: StaffId,
}

impl Day {
    pub async fn begin() -> Self {
        let centre = TestCentre::new().await;
        let (ward, station, police) =
            (centre.unit("TPHONG").await, centre.unit("TPHONG.TYT").await, centre.unit("TPHONG.CA").await);
        let (other_station, district) = (centre.unit("TQUY.TYT").await, centre.unit("TTDH").await);
        let at = |name, unit, role| centre.staff(name).at(unit, role);
        let nurse =
            at("Trực trạm", station, Role::StationStaff).phone("+84900000001").on_duty().create().await;
        let other_nurse = at("Trực trạm bên", other_station, Role::StationStaff).on_duty().create().await;
        let clerk =
            at("Trực ủy ban", ward, Role::WardOfficial).phone("+84900000002").on_duty().create().await;
        at("Trực công an", police, Role::WardOfficial).phone("+84900000003").on_duty().create().await;
        let director = at("Giám đốc trung tâm", district, Role::CentreDirector).create().await;
        Self { centre, ward, station, nurse, other_nurse, clerk, director }
    }

    /// A confirmed case as the nurse fills the form in.
    pub fn form(&self, key: u128) -> NewCase {
        NewCase {
            form_key: Uuid::from_u128(key),
            full_name: "Trần Thị Bích".into(),
            birth: "1985".into(),
            sex: Some(Sex::Female),
            citizen_id: "079185012345".into(),
            phone: "0900 555 777".into(),
            no_phone_reason: None,
            address: "12 Đường số 15".into(),
            ward: Some(self.ward),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: "25/9/2021".into(),
            reported_at: None,
            symptoms: vec![Symptom::Fever, Symptom::Cough],
            care: Care::Home,
            note: "Sốt từ tối qua <b>38,5</b>'; drop table people; --".into(),
        }
    }

    pub async fn record_as(&self, staff: StaffId, new: &NewCase) -> Result<Recorded> {
        let mut cx = self.centre.as_staff(staff).await;
        let recorded = cases::record(&mut cx, &self.centre.tenant, new).await?;
        cx.commit().await?;
        Ok(recorded)
    }

    pub async fn record(&self, new: &NewCase) -> Recorded {
        self.record_as(self.nurse, new).await.unwrap()
    }

    /// The calls placed for a matter.
    pub async fn calls(&self, matter: MatterId) -> Vec<Attempt> {
        let mut cx = self.centre.system().await;
        let tickets = duty::tickets::matter_tickets(&mut cx, matter).await.unwrap();
        let ids: Vec<_> = tickets.iter().map(|ticket| ticket.id).collect();
        let all = attempts::of_tickets(&mut cx, &ids).await.unwrap();
        all.into_iter().filter(|attempt| attempt.channel == "call").collect()
    }

    /// Matters by kind, oldest first.
    pub async fn matters(&self) -> Vec<(String, MatterId)> {
        let mut cx = self.centre.system().await;
        let tenant = self.centre.id().uuid();
        let rows: Vec<(String, Uuid)> =
            sqlx::query_as("select kind, id from matters where tenant_id = $1 order by opened_at, id")
                .bind(tenant)
                .fetch_all(cx.conn())
                .await
                .unwrap();
        rows.into_iter().map(|(kind, id)| (kind, id.into())).collect()
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(cx.conn())
            .await
            .unwrap()
    }

    pub fn upload(&self, bytes: Vec<u8>) -> Upload {
        Upload {
            unit: self.station,
            kind: imports::Kind::Results,
            file_name: "DS kết quả 25-9.xlsx".into(),
            bytes,
            overrides: None,
            default_kind: None,
        }
    }

    pub async fn stage_as(&self, staff: StaffId, upload: Upload) -> Staged {
        let mut cx = self.centre.as_staff(staff).await;
        let staged = imports::stage(&mut cx, &self.centre.tenant, upload).await.unwrap();
        cx.commit().await.unwrap();
        staged
    }

    pub async fn stage(&self, bytes: impl Into<Vec<u8>>) -> Import {
        self.stage_upload(self.upload(bytes.into())).await
    }

    /// A list as it stands once it has been read to its end.
    pub async fn stage_upload(&self, upload: Upload) -> Import {
        let import = match self.stage_as(self.nurse, upload).await {
            Staged::Ready(import) => *import,
            other => panic!("{other:?}"),
        };
        self.read_lists().await;
        self.import(import.id).await
    }

    /// Works off the files that wait to be read.
    pub async fn read_lists(&self) {
        let reader = Worker::new(self.centre.store.clone(), imports::READINGS, vec![Arc::new(imports::Read)]);
        while reader.run_due(1).await.unwrap() > 0 {}
    }

    pub async fn apply_as(&self, staff: StaffId, id: ImportId) -> Import {
        let mut cx = self.centre.as_staff(staff).await;
        imports::apply(&mut cx, id).await.unwrap();
        cx.commit().await.unwrap();
        self.work_off().await;
        self.import(id).await
    }

    /// Puts on record, or takes back, whatever lists wait for it.
    pub async fn work_off(&self) {
        let handlers: Vec<Arc<dyn OnJob>> =
            vec![Arc::new(imports::Apply), Arc::new(imports::Undo), Arc::new(imports::Place)];
        let worker = Worker::new(self.centre.store.clone(), imports::QUEUE, handlers);
        while worker.run_due(4).await.unwrap() > 0 {}
    }

    pub async fn apply(&self, id: ImportId) -> Import {
        self.apply_as(self.nurse, id).await
    }

    pub async fn import(&self, id: ImportId) -> Import {
        let mut cx = self.centre.system().await;
        imports::find(&mut cx, id).await.unwrap()
    }

    /// All that the database says in words and in bytes, one text for each table.
    pub async fn everything(&self) -> Vec<(String, String)> {
        let mut cx = self.centre.system().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "select tablename::text from pg_tables where schemaname = 'public' and tablename !~ '^_'",
        )
        .fetch_all(cx.conn())
        .await
        .unwrap();
        let mut texts = Vec::new();
        for table in tables {
            let all = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {table} t");
            let text: String =
                sqlx::query_scalar(sqlx::AssertSqlSafe(all)).fetch_one(cx.conn()).await.unwrap();
            texts.push((table, text));
        }
        texts
    }
}
