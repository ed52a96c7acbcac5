//! Ringing for F0s: one matter for one F0, or one for a list.

use super::sql;
use duty::{
    tenants::Tenant,
    tickets::{self, MatterSpec, NewMatter, Opened, Severity},
};
use kernel::{CaseId, Error, ImportId, MatterId, Result, UnitId};
use serde_json::json;
use store::{Cx, Event};

const ONE: &str = "f0_news";
/// The matter of several F0s that came in one list.
const LIST: &str = "f0_list";

/// Opens `f0_news` for one case: the tickets of the pack, each on its own ladder.
pub(crate) async fn ring_one(cx: &mut Cx, tenant: &Tenant, case: CaseId, ward: UnitId) -> Result<Opened> {
    let spec = spec(tenant, ONE)?;
    let new = NewMatter {
        kind: ONE,
        severity: Severity::Emergency,
        ward: Some(ward),
        object_kind: "case",
        object: case.uuid(),
    };
    let opened = tickets::open_matter(cx, &new, spec).await?;
    join_matter(cx, opened.matter, &[case], ward).await?;
    Ok(opened)
}

/// Opens one matter for all these cases of a ward, in the name of the list they came in: three
/// phones ring once, and say how many. `count` also counts those of the list that follow.
pub(crate) async fn ring_list(
    cx: &mut Cx,
    tenant: &Tenant,
    import: (ImportId, &str),
    ward: UnitId,
    cases: &[CaseId],
    count: usize,
) -> Result<Opened> {
    let mut spec = match spec(tenant, LIST) {
        Ok(own) => own.clone(),
        Err(_) => MatterSpec { code: LIST.to_owned(), ..spec(tenant, ONE)?.clone() },
    };
    let code = import.1;
    for ticket in &mut spec.tickets {
        ticket.task_vi = format!(
            "Danh sách {count} ca F0 mới trong một lần nhập kết quả (mã {code}, xem ở mục Nhập danh sách). Với từng ca: {}",
            ticket.task_vi
        );
        ticket.task_en = format!(
            "A list of {count} new F0s from one import (code {code}, see Lists). For each case: {}",
            ticket.task_en
        );
    }
    let new = NewMatter {
        kind: LIST,
        severity: Severity::Emergency,
        ward: Some(ward),
        object_kind: "import",
        object: import.0.uuid(),
    };
    let opened = tickets::open_matter(cx, &new, &spec).await?;
    join_matter(cx, opened.matter, cases, ward).await?;
    Ok(opened)
}

fn spec<'a>(tenant: &'a Tenant, code: &str) -> Result<&'a MatterSpec> {
    tenant.pack.matter(code).ok_or_else(|| Error::internal(format!("the pack has no matter {code}")))
}

/// Puts cases under a matter that has been opened.
pub(crate) async fn join_matter(cx: &mut Cx, matter: MatterId, cases: &[CaseId], ward: UnitId) -> Result<()> {
    sql::set_matter(cx, cases, matter).await?;
    for case in cases {
        cx.record(
            Event::new("case.announced", *case).matter(matter).unit(ward).data(json!({ "of": cases.len() })),
        );
    }
    Ok(())
}
