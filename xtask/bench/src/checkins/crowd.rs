//! Gates and their devices, and what they send.

use crate::http::Session;
use jiff::Timestamp;
use kernel::{Error, GateId, IdMaker, Result, Rng, TenantId, clock::machine_now};
use sqlx::{PgConnection, types::Uuid};
use std::fmt::Write;
use store::Store;

pub const GATES: usize = 200;
/// Ten a gate: none of them may ask more often than a telephone does.
pub const DEVICES: usize = 2_000;

/// A telephone at a gate.
#[derive(Clone)]
pub struct Device {
    pub gate: GateId,
    token: String,
    /// Its own, as a proxy would tell it.
    address: String,
}

/// Everything that may scan.
pub struct Crowd {
    pub devices: Vec<Device>,
    pub gates: Vec<GateId>,
}

/// Writes gates and devices as whoever keeps them would; the tokens are kept as keyed hashes.
pub async fn seed(admin: &mut PgConnection, store: &Store, tenant: TenantId) -> Result<Crowd> {
    let (keys, rng) = (store.keys().of(tenant)?, Rng::system());
    let now = machine_now();
    let gates: Vec<Uuid> = (0..GATES).map(|_| store.id(now)).collect();
    sqlx::query(
        "insert into gates (tenant_id, id, name, search, kind, unit_id, lat, lon, role, poster, active_from, made_at)
         select $1, g.id, 'Cổng ' || g.n, 'cong ' || g.n, 'market', u.id, 10.72 + g.n * 0.0001, 106.70, 'visitor',
                g.id::text, '2021-01-01', now()
         from unnest($2::uuid[]) with ordinality as g (id, n),
              (select id from units where tenant_id = $1 and kind = 'ward' order by code limit 1) as u",
    )
    .bind(tenant.uuid())
    .bind(&gates)
    .execute(&mut *admin)
    .await?;
    let mut devices = Vec::with_capacity(DEVICES);
    let (mut ids, mut places, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..DEVICES {
        let token = data_encoding::BASE64URL_NOPAD.encode(&rng.bytes::<32>());
        let gate = gates[n % GATES];
        ids.push(store.id(now));
        places.push(gate);
        hashes.push(keys.blind("gate_device", &token));
        let address = format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256);
        devices.push(Device { gate: GateId(gate), token, address });
    }
    sqlx::query(
        "insert into gate_devices (tenant_id, id, gate_id, name, token, enrolled_at, by_owner)
         select $1, d.id, d.gate, 'Máy quét', d.token, now(), false
         from unnest($2::uuid[], $3::uuid[], $4::bytea[]) as d (id, gate, token)",
    )
    .bind(tenant.uuid())
    .bind(&ids)
    .bind(&places)
    .bind(&hashes)
    .execute(&mut *admin)
    .await?;
    Ok(Crowd { devices, gates: gates.into_iter().map(GateId).collect() })
}

/// A day's scans of one connection: each has a key and a number of its own.
pub struct Scans {
    ids: IdMaker,
    rng: Rng,
}

impl Default for Scans {
    fn default() -> Self {
        Self { ids: IdMaker::default(), rng: Rng::system() }
    }
}

impl Scans {
    pub fn key(&self, now: Timestamp) -> Uuid {
        self.ids.next(now, &self.rng)
    }

    pub fn number(&self) -> [u8; 8] {
        self.rng.bytes()
    }

    /// What a device sends: `n` scans as the gate's page writes them.
    fn body(&self, gate: GateId, n: usize) -> Result<String> {
        let now = machine_now();
        let ms = now.as_millisecond();
        let mut body = format!("{{\"sent\":{ms},\"scans\":[");
        for at in 0..n {
            let comma = if at == 0 { "" } else { "," };
            write!(
                body,
                "{comma}{{\"key\":\"{}\",\"at\":{ms},\"clock\":null,\"place\":\"{gate}\",\"direction\":\"in\",\"by\":\"pass\",\"number\":\"{:016x}\",\"colour\":\"green\",\"reasons\":[\"gate-has-doses\"],\"rules\":\"pass.cards/3\",\"pickedOf\":null}}",
                self.key(now),
                u64::from_be_bytes(self.number())
            )
            .map_err(Error::internal)?;
        }
        body.push_str("]}");
        Ok(body)
    }

    /// Sends `n` scans and waits until they are committed.
    pub async fn send(&self, session: &mut Session, device: &Device, n: usize) -> Result<()> {
        let body = self.body(device.gate, n)?;
        let answer =
            session.post_json("/quan7/api/gates/scans", &device.token, &device.address, &body).await?;
        // Each kept key stands in the answer with its quotes; a gate's and the key of an object do not look so.
        let kept = serde_json::from_slice::<serde_json::Value>(&answer.body)
            .ok()
            .and_then(|said| said["keys"].as_array().map(Vec::len));
        if answer.status == 200 && kept == Some(n) {
            Ok(())
        } else {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            Err(Error::internal(format!("{n} scans were answered by {}: {said}", answer.status)))
        }
    }
}
