//! How many are inside. Whoever counts the scans says so here; everybody else reads it.

use super::sql;
use kernel::{GateId, Result};
use std::collections::BTreeMap;
use store::Cx;

/// Notes how many are inside these gates now. What was counted later stands.
pub async fn counted(cx: &mut Cx, inside: &[(GateId, i32)]) -> Result<()> {
    sql::count(cx, inside).await
}

/// How many are inside each of these gates; those that nobody has counted are left out.
pub async fn inside(cx: &mut Cx, gates: &[GateId]) -> Result<BTreeMap<GateId, i32>> {
    sql::inside(cx, gates).await
}
