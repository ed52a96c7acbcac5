//! Fifty people are rung for fifty tickets. Some accept, some listen, some let it ring; then the serving
//! process is killed and started again, and now everybody who is called picks up and accepts.

use super::{Keys, Part, pick_up, quiet, write_trunks};
use crate::{
    centre::{Centre, FIRST},
    figure::seconds_since,
    trunk::{Call, Trunk},
};
use duty::{
    calendars::ClockKind,
    staff,
    tickets::{
        self, Channel, NewMatter, NewTicket, Responsible, Severity, Tone,
        ladder::{LadderSpec, Level, Until},
    },
};
use jiff::SignedDuration;
use kernel::{Actor, Error, Result, Rng, StaffId, UnitId, clock::machine_now};
use serde_json::json;
use sqlx::{PgConnection, Row};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};
use uuid::Uuid;

const CALLS: usize = 50;
/// The process is killed when so many have accepted; others are on their way then.
const ACCEPTED: usize = 6;
/// What has not happened after this will not.
const PATIENCE_S: f64 = 120.0;
const LOOK: Duration = Duration::from_millis(50);

/// One of the fifty.
struct Person {
    unit: UnitId,
    staff: StaffId,
    number: String,
    ticket: Uuid,
}

pub(super) async fn run(centre: &Centre, rng: &Rng) -> Result<Part> {
    let mut admin = centre.admin(FIRST).await?;
    let folder = tempfile::tempdir().map_err(Error::internal)?;
    let trunk = Arc::new(Trunk::start(None)?);
    let trunks = folder.path().join("trunks.toml");
    write_trunks(&trunks, trunk.address)?;
    quiet(&mut admin).await?;
    let mut people = people(centre, &mut admin).await?;
    let mut server = centre.telephoning_server(FIRST, &trunks).await?;
    open(centre, &mut people).await?;
    let numbers: BTreeMap<String, usize> =
        people.iter().enumerate().map(|(place, person)| (person.number.clone(), place)).collect();
    let mut town = Town { trunk: trunk.clone(), numbers, known: BTreeSet::new(), phones: JoinSet::new() };

    // The first life: two in five accept sooner or later, one listens, two let it ring.
    let from = machine_now();
    let mut accepted = BTreeSet::new();
    while (town.rung() < CALLS || accepted.len() < ACCEPTED) && seconds_since(from) < PATIENCE_S {
        town.handle(|place| match place % 5 {
            0 | 1 => Some(Keys {
                answers: Duration::from_millis(200 + rng.below(1_300)),
                first: Duration::from_millis(1_000 + rng.below(9_000)),
                key: Some('1'),
                again: Duration::from_secs(4),
                times: 5,
            }),
            2 => Some(Keys {
                answers: Duration::from_millis(200 + rng.below(1_300)),
                first: Duration::ZERO,
                key: None,
                again: Duration::from_secs(10),
                times: 3,
            }),
            _ => None,
        });
        sleep(LOOK).await;
        accepted = taken(&mut admin, &people).await?;
    }
    let rung = town.rung();
    sleep(Duration::from_millis(rng.below(400))).await;
    server.kill();
    let accepted = taken(&mut admin, &people).await?;
    let first = town.ours();
    let dead: BTreeSet<SocketAddr> = first.iter().map(|(_, call)| call.from).collect();
    let talking = first.iter().filter(|(_, call)| call.is_open()).count();
    eprintln!("  killed with {} accepted, {talking} calls ringing or talking", accepted.len());
    town.phones.abort_all();

    // The second life: whoever is called picks up and accepts.
    let mut server = centre.telephoning_server(FIRST, &trunks).await?;
    let from = machine_now();
    while taken(&mut admin, &people).await?.len() < people.len() && seconds_since(from) < PATIENCE_S {
        town.handle(|_| {
            Some(Keys {
                answers: Duration::from_millis(200 + rng.below(600)),
                first: Duration::from_millis(500 + rng.below(1_000)),
                key: Some('1'),
                again: Duration::from_secs(4),
                times: 5,
            })
        });
        sleep(LOOK).await;
    }
    let recovered_s = seconds_since(from);
    // The thanks are said, the last calls hung up.
    sleep(Duration::from_secs(8)).await;
    let all = town.ours();
    server.kill();

    let mut part = Part::default();
    part.must(rung == CALLS, "not everybody was rung before the process was killed");
    part.must(accepted.len() >= ACCEPTED, "nobody had accepted before the process was killed");
    let second: Vec<&(usize, Call)> = all.iter().filter(|(_, call)| !dead.contains(&call.from)).collect();
    let mut again = 0;
    for (place, person) in people.iter().enumerate() {
        let before = first.iter().filter(|(whose, _)| *whose == place).count();
        let after = second.iter().filter(|(whose, _)| *whose == place).count();
        let need = usize::from(!accepted.contains(&person.ticket));
        if before != 1 {
            part.fault(format!("person {place} was called {before} times before the kill"));
        }
        if after > need {
            part.fault(format!(
                "person {place} was called {after} times after the kill, where {need} was needed"
            ));
        } else if after < need {
            part.fault(format!("person {place} was not called again"));
        }
        again += after;
    }
    judge(&mut admin, &people, &mut part).await?;
    let left = second.iter().filter(|(_, call)| call.is_open()).count();
    if left > 0 {
        part.fault(format!("{left} calls were left ringing or talking"));
    }
    part.details = json!({
        "calls": CALLS, "accepted_before": accepted.len(), "open_at_the_kill": talking, "called_again": again,
        "recovered_s": crate::figure::round(recovered_s),
    });
    Ok(part)
}

/// The telephones of the fifty.
struct Town {
    trunk: Arc<Trunk>,
    numbers: BTreeMap<String, usize>,
    /// Calls that somebody has been told of.
    known: BTreeSet<String>,
    phones: JoinSet<bool>,
}

impl Town {
    /// Calls to the fifty, each with whose it is.
    fn ours(&self) -> Vec<(usize, Call)> {
        let calls = self.trunk.calls().into_iter();
        calls.filter_map(|(_, call)| Some((*self.numbers.get(&call.number)?, call))).collect()
    }

    /// How many of them have been rung.
    fn rung(&self) -> usize {
        self.ours().into_iter().map(|(place, _)| place).collect::<BTreeSet<_>>().len()
    }

    /// Lets each new call be handled as `does` says.
    fn handle(&mut self, does: impl Fn(usize) -> Option<Keys>) {
        for (id, call) in self.trunk.calls() {
            let Some(place) = self.numbers.get(&call.number) else { continue };
            if !self.known.insert(id.clone()) {
                continue;
            }
            if let (Some(keys), Some(audio)) = (does(*place), call.audio) {
                self.phones.spawn(pick_up(self.trunk.clone(), id, audio, keys));
            }
        }
    }
}

/// People who are alone on duty in their unit, and in no call.
async fn people(centre: &Centre, admin: &mut PgConnection) -> Result<Vec<Person>> {
    let rows = sqlx::query(
        "select s.unit_id, (array_agg(s.staff_id))[1] as staff_id from shifts s
         where s.tenant_id = $1 and s.starts_at <= now() and s.ends_at > now() + interval '30 minutes'
           and not exists (select from attempts a where a.tenant_id = s.tenant_id and a.staff_id = s.staff_id
                             and a.channel = 'call' and a.ended_at is null)
         group by s.unit_id having count(*) = 1 order by s.unit_id",
    )
    .bind(centre.tenant.uuid())
    .fetch_all(admin)
    .await?;
    let store = centre.store(FIRST).await?;
    let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
    let mut people: Vec<Person> = Vec::new();
    for row in rows {
        let (unit, staff) = (UnitId(row.get("unit_id")), StaffId(row.get("staff_id")));
        let Some(number) = staff::phone(&mut cx, staff).await? else { continue };
        if people.iter().all(|known| known.number != number) {
            people.push(Person { unit, staff, number, ticket: Uuid::nil() });
        }
        if people.len() == CALLS {
            break;
        }
    }
    cx.rollback().await?;
    store.close().await;
    if people.len() < CALLS {
        return Err(Error::internal(format!("only {} people are on duty", people.len())));
    }
    Ok(people)
}

/// One level by telephone that lasts longer than all of this.
fn ladder() -> Result<LadderSpec> {
    let level = |whom: &str, after| -> Result<Level> {
        Ok(Level { whom: whom.parse()?, after, channels: vec![Channel::Call], tone: Tone::Ring })
    };
    let ladder = LadderSpec {
        code: "calls".into(),
        name_vi: "Thử nghiệm".into(),
        name_en: "Trial".into(),
        until: Until::Accepted,
        severity: Severity::Emergency,
        due: SignedDuration::from_hours(24),
        clock: ClockKind::Calendar,
        warn: None,
        levels: vec![
            level("duty@responsible", SignedDuration::ZERO)?,
            level("duty@leader", SignedDuration::from_hours(1))?,
        ],
    };
    ladder.check()?;
    Ok(ladder)
}

async fn open(centre: &Centre, people: &mut [Person]) -> Result<()> {
    let store = centre.store(FIRST).await?;
    let ladder = ladder()?;
    for person in people {
        let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
        let ward = duty::units::tree(&mut cx).await?.unit(person.unit)?.ward;
        let new = NewMatter {
            kind: "faults",
            severity: Severity::Emergency,
            ward,
            object_kind: "fault",
            object: cx.id::<Uuid>(),
        };
        let ticket = NewTicket {
            kind: "faults".into(),
            responsible: Responsible::Unit(person.unit),
            ladder: ladder.clone(),
            task: json!({ "vi": "Thử nghiệm", "en": "Trial" }),
            words: None,
            given_by: None,
            assignee: None,
            due_at: None,
        };
        let opened = tickets::open_ticket(&mut cx, &new, ticket).await?;
        person.ticket = opened.tickets.first().ok_or(Error::NotFound)?.uuid();
        cx.commit().await?;
    }
    store.close().await;
    Ok(())
}

/// The tickets that somebody has accepted.
async fn taken(admin: &mut PgConnection, people: &[Person]) -> Result<BTreeSet<Uuid>> {
    let ids: Vec<Uuid> = people.iter().map(|person| person.ticket).collect();
    let accepted: Vec<Uuid> =
        sqlx::query_scalar("select id from tickets where id = any($1) and accepted_by is not null")
            .bind(&ids)
            .fetch_all(admin)
            .await?;
    Ok(accepted.into_iter().collect())
}

/// Each ticket was accepted by whom it rang, in one attempt, which has ended so.
async fn judge(admin: &mut PgConnection, people: &[Person], part: &mut Part) -> Result<()> {
    for (place, person) in people.iter().enumerate() {
        let accepted_by: Option<Uuid> = sqlx::query_scalar("select accepted_by from tickets where id = $1")
            .bind(person.ticket)
            .fetch_one(&mut *admin)
            .await?;
        if accepted_by != Some(person.staff.uuid()) {
            part.fault(format!("the answer of person {place} is lost"));
        }
        let outcomes: Vec<Option<String>> =
            sqlx::query_scalar("select outcome from attempts where ticket_id = $1 and channel = 'call'")
                .bind(person.ticket)
                .fetch_all(&mut *admin)
                .await?;
        if outcomes.len() != 1 || outcomes.first().cloned().flatten().as_deref() != Some("accepted") {
            part.fault(format!("the calls to person {place} ended as {outcomes:?}"));
        }
    }
    Ok(())
}
