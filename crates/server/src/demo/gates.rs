//! Gates of the demo: a market, a supermarket, a checkpoint and a shop, each with a telephone, through which people
//! of the demo come and go at a human pace. What a guard sees is drawn by lot: most are green, some show a card that
//! only says who they are, few a red pass. The market of your ward has a gate and no telephone yet: that is yours.

use super::simulator;
use duty::{
    tenants::Tenant,
    units::{self, Tree},
};
use health::{
    cards::Colour,
    checkins::{Fold, Intake},
    gates::{self, Asked, By, Device, Devices, Direction, Kind, NewGate, Role, Scan},
    passes::{self, Filter, Standing},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, GateId, Result, Rng};
use store::{Cx, Store};
use tokio::sync::watch;

struct Made {
    name: &'static str,
    kind: Kind,
    ward: &'static str,
    /// Code of whose it is; empty for the ward's own.
    organisation: &'static str,
    point: &'static str,
    capacity: &'static str,
    /// How likely somebody comes or goes in a second.
    busy: f64,
}

const GATES: [Made; 4] = [
    Made {
        name: "Chợ Tân Thuận Trình Diễn, cổng chính",
        kind: Kind::Market,
        ward: "TTDONG",
        organisation: "",
        point: "10.7535, 106.7340",
        capacity: "120",
        busy: 0.12,
    },
    Made {
        name: "Siêu thị Trình Diễn, cửa vào",
        kind: Kind::Supermarket,
        ward: "TPHU",
        organisation: "DN-02",
        point: "10.7298, 106.7215",
        capacity: "80",
        busy: 0.10,
    },
    Made {
        name: "Chốt cầu Phú Mỹ Trình Diễn",
        kind: Kind::Checkpoint,
        ward: "PMY",
        organisation: "",
        point: "10.7420, 106.7430",
        capacity: "",
        busy: 0.14,
    },
    Made {
        name: "Tiệm tạp hóa Trình Diễn",
        kind: Kind::Shop,
        ward: "BTHUAN",
        organisation: "",
        point: "10.7440, 106.7265",
        capacity: "10",
        busy: 0.03,
    },
];
/// Of the ward that the simulator leaves alone.
const YOURS: Made = Made {
    name: "Chợ Trình Diễn 1, cổng chính",
    kind: Kind::Market,
    ward: simulator::YOURS,
    organisation: "CHO-01",
    point: "10.7296, 106.7055",
    capacity: "100",
    busy: 0.0,
};
/// Seconds of scans that a demo begins with, so that its board has a line.
const BEFORE: i64 = 3_600;
/// What one request may bring.
const RUN: usize = 50;

/// Sets the gates up, and lets the last hour pass through them.
pub async fn open(store: &Store, tenant: &Tenant) -> Result<()> {
    let mut cx = store.begin(tenant.id, simulator::ME).await?;
    let tree = units::tree(&mut cx).await?;
    for made in &GATES {
        let gate = set_up(&mut cx, &tree, made).await?;
        let invite = gates::invite(&mut cx, gate).await?;
        gates::enrol(&mut cx, &invite.code.to_string(), "Máy quét 1").await?;
    }
    set_up(&mut cx, &tree, &YOURS).await?;
    cx.commit().await?;
    let Some(mut crowd) = Crowd::gather(store, tenant, 2109).await? else { return Ok(()) };
    let (intake, now) = (Intake::new(store.clone()), store.clock().now());
    let (stop, stopping) = watch::channel(false);
    let writer = tokio::spawn(intake.clone().run(stopping));
    let past = crowd.hour(store, now);
    for (device, scans) in past {
        for run in scans.chunks(RUN) {
            intake.put(tenant.id, Some(device.id.uuid()), run.to_vec()).await?;
        }
    }
    let _ = stop.send(true);
    writer.await.map_err(Error::internal)?;
    let fold = Fold::new(store.clone());
    while fold.fold(tenant.id).await? > 0 {}
    Ok(())
}

async fn set_up(cx: &mut Cx, tree: &Tree, made: &Made) -> Result<GateId> {
    let new = NewGate {
        name: made.name.into(),
        kind: Some(made.kind),
        unit: tree.by_code(made.ward).map(|unit| unit.id),
        organisation: made.organisation.into(),
        point: made.point.into(),
        capacity: made.capacity.into(),
        role: Some(Role::Visitor),
        ..NewGate::default()
    };
    gates::make(cx, &new).await
}

/// A gate with the people who use it.
struct Door {
    device: Device,
    busy: f64,
    /// More than this many are not let in.
    room: usize,
    /// Numbers of the passes of those who are outside.
    outside: Vec<String>,
    inside: Vec<String>,
}

/// Everybody who comes through the gates.
pub struct Crowd {
    rng: Rng,
    doors: Vec<Door>,
    devices: Devices,
}

impl Crowd {
    /// `None` where the demo has no gates, or nobody has a pass. Each pass is used at one gate only: nobody is at
    /// two ends of the district within minutes.
    pub async fn gather(store: &Store, tenant: &Tenant, seed: u64) -> Result<Option<Self>> {
        let mut cx = store.begin(tenant.id, simulator::ME).await?;
        let numbers = numbers(&mut cx).await?;
        let known = gates::list(&mut cx, &Asked::default()).await?.gates;
        let mut doors = Vec::new();
        for (at, made) in GATES.iter().enumerate() {
            let Some(gate) = known.iter().map(|one| &one.gate).find(|gate| gate.name == made.name) else {
                continue;
            };
            let devices = gates::find(&mut cx, gate.id).await?.devices;
            // Whoever tries the demo may have removed it.
            let Some(device) = devices.iter().find(|device| device.removed_at.is_none()) else { continue };
            let room = gate.capacity.map_or(60, |capacity| usize::try_from(capacity).unwrap_or(0) * 8 / 10);
            doors.push(Door {
                device: Device { id: device.id, gate: gate.id },
                busy: made.busy,
                room,
                outside: numbers.iter().skip(at).step_by(GATES.len()).cloned().collect(),
                inside: Vec::new(),
            });
        }
        cx.rollback().await?;
        let any = doors.iter().any(|door| !door.outside.is_empty());
        Ok(any.then(|| Self { rng: Rng::seeded(seed), doors, devices: Devices::default() }))
    }

    /// One second at every gate.
    pub async fn pass(&mut self, store: &Store, tenant: &Tenant, intake: &Intake) -> Result<()> {
        let now = store.clock().now();
        for door in &mut self.doors {
            self.devices.heard(store, tenant.id, door.device, Some(0)).await?;
            if let Some(scan) = door.second(store, &self.rng, now) {
                intake.put(tenant.id, Some(door.device.id.uuid()), vec![scan]).await?;
            }
        }
        Ok(())
    }

    /// The seconds before `now`, gate by gate.
    fn hour(&mut self, store: &Store, now: Timestamp) -> Vec<(Device, Vec<Scan>)> {
        let rng = &self.rng;
        self.doors
            .iter_mut()
            .map(|door| {
                let seconds = (1..BEFORE).rev().map(|second| now - SignedDuration::from_secs(second));
                (door.device, seconds.filter_map(|at| door.second(store, rng, at)).collect())
            })
            .collect()
    }
}

impl Door {
    /// Who comes or goes in this second, if anybody does.
    fn second(&mut self, store: &Store, rng: &Rng, at: Timestamp) -> Option<Scan> {
        if !rng.chance(self.busy) {
            return None;
        }
        let leaves = !self.inside.is_empty() && (self.inside.len() >= self.room || rng.chance(0.45));
        let from = if leaves { &mut self.inside } else { &mut self.outside };
        if from.is_empty() {
            return None;
        }
        let number = from.swap_remove(rng.below(from.len() as u64) as usize);
        let direction = if leaves { Direction::Out } else { Direction::In };
        let scan = Scan {
            key: store.id(at),
            at,
            from_future: false,
            gate: self.device.gate,
            direction,
            by: By::Pass,
            number: Some(number.clone()),
            colour: Colour::Green,
            reasons: vec!["gate-has-doses".into()],
            rules: None,
            picked_of: None,
        };
        let red = |reason: &str| Scan { colour: Colour::Red, reasons: vec![reason.into()], ..scan.clone() };
        let scan = match rng.below(1000) {
            _ if leaves => scan,
            0..3 => red("gate-lacks-doses"),
            // No card of a real person is made up: what the telephone read stays with it.
            3..40 => Scan { by: By::Identity, number: None, ..red("gate-only-identity") },
            40..130 => {
                let reasons = vec!["gate-lacks-doses".into(), "gate-has-negative-test".into()];
                Scan { colour: Colour::Yellow, reasons, ..scan }
            }
            _ => scan,
        };
        // Who was turned away is outside still.
        let stays = if leaves || scan.colour == Colour::Red { &mut self.outside } else { &mut self.inside };
        stays.push(number);
        Some(scan)
    }
}

/// Numbers of good passes of people, as a gate reads them.
async fn numbers(cx: &mut Cx) -> Result<Vec<String>> {
    let filter = Filter { standing: Some(Standing::Good), ..Filter::default() };
    let (mut numbers, mut after) = (Vec::new(), None);
    loop {
        let listed = passes::list(cx, &filter, after).await?;
        let people = listed.lines.iter().filter(|line| line.whose.person().is_some());
        let ids: Vec<_> = people.map(|line| line.pass).collect();
        let found = passes::numbers(cx, &ids).await?;
        numbers.extend(found.into_iter().map(|number| format!("{:016x}", u64::from_be_bytes(number))));
        after = listed.next;
        if after.is_none() || numbers.len() >= passes::SET {
            return Ok(numbers);
        }
    }
}
