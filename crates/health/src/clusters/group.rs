//! Bringing clusters into step with what ties cases to each other.

use super::{
    sets::{Sets, names},
    sql::{self, Cluster, Member},
};
use crate::{cases, windows::Windows};
use duty::units;
use kernel::{CaseId, ClusterId, Result};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, Topic};

/// Characters of a cluster's code.
const CODE: usize = 6;

/// One transaction at a time sorts cases. Whoever will call [`settle`] takes the turn before he locks a
/// case: then two of them cannot wait for each other.
pub(crate) async fn take_turn(cx: &mut Cx) -> Result<()> {
    sql::queue_up(cx).await
}

/// Brings the clusters of these cases, and of those next to them, into step. Doing it twice changes
/// nothing.
pub(crate) async fn settle(cx: &mut Cx, seeds: &[CaseId]) -> Result<()> {
    if seeds.is_empty() {
        return Ok(());
    }
    take_turn(cx).await?;
    let near = sql::near(cx, seeds).await?;
    let before = sql::touched(cx, &near).await?;
    let members = sql::members(cx, &near, &before).await?;
    let ids: Vec<CaseId> = members.iter().map(|member| member.case).collect();
    let at: BTreeMap<CaseId, usize> = ids.iter().enumerate().map(|(at, case)| (*case, at)).collect();
    let today = units::today(cx).await?;
    let apart = Windows::on(cx, today).await?.apart();
    let mut sets = Sets::new(members.len());
    for (one, two) in sql::ties(cx, &ids, apart).await? {
        if let (Some(one), Some(two)) = (at.get(&one), at.get(&two)) {
            sets.join(*one, *two);
        }
    }
    let groups = sets.groups();
    let of: Vec<Option<ClusterId>> = members.iter().map(|member| member.cluster).collect();
    let names = names(&groups, &of);
    let mut is: Vec<Option<ClusterId>> = vec![None; members.len()];
    let mut kept = BTreeSet::new();
    for (group, name) in groups.iter().zip(names) {
        let group: Vec<&Member> = group.iter().map(|at| &members[*at]).collect();
        let id = write(cx, &group, name).await?;
        kept.insert(id);
        for member in group {
            is[at[&member.case]] = Some(id);
        }
    }
    let moved: Vec<(CaseId, Option<ClusterId>)> = members
        .iter()
        .zip(&is)
        .filter(|(member, is)| member.cluster != **is)
        .map(|(member, is)| (member.case, *is))
        .collect();
    cases::set_clusters(cx, &moved).await?;
    cases::leave_clusters(cx, &before).await?;
    let gone: Vec<ClusterId> = before.into_iter().filter(|cluster| !kept.contains(cluster)).collect();
    if !gone.is_empty() {
        sql::remove(cx, &gone).await?;
        for cluster in &gone {
            cx.record(Event::new("cluster.closed", *cluster));
        }
    }
    if !moved.is_empty() || !gone.is_empty() {
        cx.tell(Topic::screen("tracing"));
    }
    Ok(())
}

/// Writes one cluster with what it now is, under its name or a new one.
async fn write(cx: &mut Cx, group: &[&Member], name: Option<ClusterId>) -> Result<ClusterId> {
    let ids: Vec<CaseId> = group.iter().map(|member| member.case).collect();
    let known = match name {
        Some(id) => Some(sql::find(cx, id).await?),
        None => None,
    };
    let wards: BTreeSet<_> = group.iter().map(|member| member.ward).collect();
    let days = || group.iter().map(|member| member.day);
    let today = units::today(cx).await?;
    let cluster = Cluster {
        id: name.unwrap_or_else(|| cx.id()),
        code: known.as_ref().map_or_else(|| cx.rng().code(CODE), |known| known.code.clone()),
        ward: wards.first().copied().filter(|_| wards.len() == 1),
        first_on: days().min().unwrap_or(today),
        last_on: days().max().unwrap_or(today),
        cases: i32::try_from(group.len()).unwrap_or(i32::MAX),
        place: sql::shared_place(cx, &ids).await?,
    };
    if known.as_ref() == Some(&cluster) && group.iter().all(|member| member.cluster == name) {
        return Ok(cluster.id);
    }
    sql::save(cx, &cluster).await?;
    let joined: BTreeSet<ClusterId> =
        group.iter().filter_map(|member| member.cluster).filter(|other| Some(*other) != name).collect();
    let kind = if known.is_none() { "cluster.opened" } else { "cluster.changed" };
    cx.record(Event::new(kind, cluster.id).unit(cluster.ward).data(json!({
        "code": cluster.code, "cases": cluster.cases, "from": joined, "place": cluster.place,
    })));
    Ok(cluster.id)
}
