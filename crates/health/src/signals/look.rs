//! Every morning at six: what was a false alarm and what was not, then what the last days say.

use super::{
    model::{Judged, Kind, Law, Verdict, before},
    place,
    sql::{self, Signal},
};
use crate::stand_in;
use async_trait::async_trait;
use duty::{
    rules::{self, Rule},
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, Line, Tree, UnitKind},
};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use kernel::{Error, Result, SignalId, TicketId, UnitId};
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Cx, Event, Timer, Topic,
    timers::{Due, OnTimer},
};

const TIMER: &str = "signals.look";
/// The kind of a signal's ticket, and of the ladder it climbs.
pub const SIGNAL: &str = "signal";
/// The hour of the day.
const HOUR: i8 = 6;
/// Signals of the days before that are looked at, so that one place is not told every morning.
const KNOWN: i64 = 10_000;

/// Arms the morning's look of a tenant, where none is armed.
pub async fn install(cx: &mut Cx) -> Result<()> {
    if !store::timers::is_armed(cx, TIMER, cx.tenant().uuid()).await? {
        arm(cx).await?;
    }
    Ok(())
}

async fn arm(cx: &mut Cx) -> Result<()> {
    let zone = units::timezone(cx).await?;
    let fire_at = next_six(cx.now(), &zone)?;
    let object = cx.tenant().uuid();
    cx.arm(Timer { kind: TIMER, object, generation: 0, fire_at });
    Ok(())
}

/// The next six o'clock that is still to come.
fn next_six(now: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    let six = |day: Date| zone.to_timestamp(day.at(HOUR, 0, 0, 0)).map_err(Error::internal);
    let today = now.to_zoned(zone.clone()).date();
    let at = six(today)?;
    if at > now { Ok(at) } else { six(today.saturating_add(Span::new().days(1))) }
}

/// The handler of `signals.look`.
pub struct Look;

#[async_trait]
impl OnTimer for Look {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn fire(&self, cx: &mut Cx, _due: &[Due]) -> Result<()> {
        let today = units::today(cx).await?;
        let known = rules::known_on(cx, "signal.early", today).await?;
        let rule = stand_in::or_latest(known.as_ref(), "signal.early")?;
        let law = Law::read(&rule)?;
        let tree = units::tree(cx).await?;
        judge(cx, &tree, &law, today).await?;
        look(cx, &tree, &rule, &law, today).await?;
        arm(cx).await
    }
}

/// Places that are looked at: every quarter, and every ward for what has none.
pub(super) fn places(tree: &Tree) -> BTreeSet<UnitId> {
    let counted = |kind| matches!(kind, UnitKind::Quarter | UnitKind::Ward);
    tree.iter().filter(|unit| counted(unit.kind)).map(|unit| unit.id).collect()
}

/// A signal is real as soon as an F0 of its place follows, and a false alarm when none has in time. Of a place
/// that had F0s in as many days before it says nothing: a wave that is on already makes every signal come
/// true.
async fn judge(cx: &mut Cx, tree: &Tree, law: &Law, today: Date) -> Result<()> {
    for signal in sql::waiting(cx).await? {
        let last = signal.day.saturating_add(Span::new().days(law.confirmed_within_days));
        let first = before(signal.day, law.confirmed_within_days);
        let judged = if had_f0(cx, tree, &signal, (first, before(signal.day, 1))).await? {
            Judged::Known
        } else if had_f0(cx, tree, &signal, (signal.day, last)).await? {
            Judged::Real
        } else if today > last {
            Judged::False
        } else {
            continue;
        };
        sql::judge(cx, signal.id, judged).await?;
        cx.record(Event::new("signal.judged", signal.id).unit(signal.ward).data(json!({ "as": judged })));
    }
    Ok(())
}

/// Whether somebody of the signal's place became an F0 on one of these days, both included.
async fn had_f0(cx: &mut Cx, tree: &Tree, signal: &Signal, days: (Date, Date)) -> Result<bool> {
    for person in sql::f0s(cx, signal.ward, days.0, days.1).await? {
        if place::of_person(cx, tree, person, signal.ward).await? == signal.place {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn look(cx: &mut Cx, tree: &Tree, rule: &Rule, law: &Law, today: Date) -> Result<()> {
    let looked_at = places(tree).len() * Kind::ALL.len();
    let quiet_since = before(today, law.again_after_days);
    let told: BTreeSet<(UnitId, Kind)> = sql::since(cx, None, quiet_since, KNOWN)
        .await?
        .into_iter()
        .filter(|signal| signal.day > quiet_since)
        .map(|signal| (signal.place, signal.kind))
        .collect();
    let counted = sql::days(cx, law.reaches_back_to(today), today).await?;
    for ((place, kind), days) in counted {
        let verdict = law.judge(&days, today, looked_at);
        let Some(unit) = tree.get(place) else { continue };
        if verdict.told && !told.contains(&(place, kind)) {
            // A ward is its own.
            let ward = unit.ward.unwrap_or(unit.id);
            raise(cx, tree, rule, &Found { place, ward, kind, today, verdict }).await?;
        }
    }
    cx.tell(Topic::screen("signals"));
    Ok(())
}

struct Found {
    place: UnitId,
    ward: UnitId,
    kind: Kind,
    today: Date,
    verdict: Verdict,
}

async fn raise(cx: &mut Cx, tree: &Tree, rule: &Rule, found: &Found) -> Result<()> {
    let id = cx.id::<SignalId>();
    let station = tree.in_ward(found.ward, UnitKind::Station).unwrap_or(found.ward);
    let ticket = send(cx, tree, id, station, found).await?;
    let health_centre: Vec<UnitId> = tree.above(station, Line::Professional).into_iter().take(1).collect();
    tickets::inform(cx, ticket, &health_centre).await?;
    let verdict = &found.verdict;
    let signal = Signal {
        id,
        place: found.place,
        ward: found.ward,
        kind: found.kind,
        day: found.today,
        n: i32::try_from(verdict.n).unwrap_or(i32::MAX),
        expected_hundredths: (verdict.expected * 100.0).round() as i32,
        rule_version: rule.version,
        ticket,
        raised_at: cx.now(),
        judged: None,
    };
    sql::insert(cx, &signal).await?;
    let event = Event::new("signal.raised", id).unit(found.ward).data(json!({
        "place": found.place, "kind": found.kind, "n": signal.n, "expected_hundredths": signal.expected_hundredths,
        "ticket": ticket,
    }));
    cx.record(rules::judged(event, &[rule]));
    Ok(())
}

async fn send(cx: &mut Cx, tree: &Tree, id: SignalId, station: UnitId, found: &Found) -> Result<TicketId> {
    let ladder = ladder::by_code_or(cx, SIGNAL, "report").await?;
    let new = NewMatter {
        kind: SIGNAL,
        severity: Severity::Notice,
        ward: Some(found.ward),
        object_kind: SIGNAL,
        object: id.uuid(),
    };
    let place = tree.unit(found.place)?;
    let (what_vi, what_en) = what(found.kind);
    let (n, expected) = (found.verdict.n, (found.verdict.expected * 10.0).round() / 10.0);
    let expected_vi = expected.to_string().replace('.', ",");
    let called = if place.kind == UnitKind::Ward { &place.short } else { &place.name };
    let ticket = NewTicket {
        kind: SIGNAL.to_owned(),
        responsible: Responsible::Unit(station),
        ladder,
        task: json!({
            "vi": format!(
                "{}: {n} {what_vi} trong các ngày gần đây, bình thường khoảng {expected_vi}. Gọi hỏi thăm khu phố, test nhanh người có triệu chứng; ghi kết quả vào phiếu.",
                called,
            ),
            "en": format!(
                "{}: {n} {what_en} in the last days, usually about {expected}. Ask around the quarter, test whoever has symptoms; write down what came of it.",
                place.name_en,
            ),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))
}

/// What has risen, in the words of the ticket.
fn what(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Symptoms => ("người mới có triệu chứng", "people newly ill"),
        Kind::SelfTest => ("người tự xét nghiệm dương tính", "positive self-tests"),
        Kind::Report => ("phản ánh nói về bệnh", "reports of illness"),
        Kind::Call => ("cuộc gọi nói về bệnh", "calls about illness"),
    }
}
