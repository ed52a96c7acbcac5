//! Typed identifiers. Each is a uuid v7, so it sorts by the time it was made and a time range can
//! be derived from it. Identity never carries meaning: administrative codes and names are dated
//! attributes of the thing, not of its id.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = crate::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                // An id that cannot be one names nothing that exists.
                Uuid::parse_str(s).map(Self).map_err(|_| crate::Error::NotFound)
            }
        }
    )+};
}

ids! {
    /// A district (or any other place that runs its own centre): the leading key of all its data.
    TenantId,
    UnitId,
    /// A business, school or association outside the unit tree that can owe an answer.
    OrganisationId,
    StaffId,
    AccountId,
    SessionId,
    ShiftId,
    MatterId,
    TicketId,
    /// One try to reach one person for one level of a ticket's ladder.
    AttemptId,
    MessageId,
    /// One telephone call, out or in.
    CallId,
    RecordingId,
    /// A recorded piece of speech.
    ClipId,
    /// The questions of a telephone conversation, in a version.
    ScriptId,
    /// A day's calls of one kind, household by household.
    CampaignId,
    LadderId,
    EventId,
    JobId,
    PersonId,
    CaseId,
    /// Who lives together and is cared for together.
    HouseholdId,
    /// The follow-up of one person: from when to when, at which times of the day.
    PlanId,
    /// A reading that came to more than nothing, with its grade.
    AlertId,
    /// One way of a person from home to where he is treated, or of oxygen to him.
    RemovalId,
    /// Something known of a person, with its source and time: a dose, an illness, a recovery.
    FactId,
    /// Somebody who was near a case while it could infect him.
    ContactId,
    /// Where people were who fell ill: a market, a workplace, a boarding house.
    PlaceId,
    /// Cases that hang together by infection, by place or by household.
    ClusterId,
    /// One sample of several people, tested as one.
    PoolId,
    /// A test that is owed to somebody.
    OrderId,
    /// A bag of drugs handed to a patient.
    BagId,
    /// A numbered paper about somebody who is isolated or followed at home.
    PaperId,
    /// What a household that may not go out has asked for.
    NeedId,
    /// A place that is closed off by a decision.
    LockdownId,
    /// Something asked for by those who are closed in.
    SupplyId,
    /// Where passes are read: a checkpoint, the door of a shop.
    GateId,
    /// A telephone or tablet that scans at a gate.
    DeviceId,
    /// An unusual rise in one quarter, told before the cases come.
    SignalId,
    /// What somebody says is wrong in his record.
    CorrectionId,
    /// A signed pass: of a person, a household, a neighbourhood, a business.
    PassId,
    ReportId,
    ImportId,
    FileId,
    HeartbeatId,
}

/// Makes uuid v7 that rise strictly within a process: the twelve bits after the millisecond count
/// (RFC 9562, method 1), so rows made in one transaction sort in the order in which they were made.
#[derive(Default)]
pub struct IdMaker(std::sync::Mutex<(u64, u16)>);

impl IdMaker {
    pub fn next(&self, now: jiff::Timestamp, rng: &crate::Rng) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if millis > last.0 {
            *last = (millis, 0);
        } else if last.1 < 0x0FFF {
            last.1 += 1;
        } else {
            // 4,096 in one millisecond: borrow from the next.
            *last = (last.0 + 1, 0);
        }
        let (millis, count) = *last;
        drop(last);
        let mut bytes = rng.bytes::<10>();
        bytes[..2].copy_from_slice(&count.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

/// The instant a uuid v7 was made, in milliseconds since 1970; `None` for other versions.
pub fn made_at_ms(id: Uuid) -> Option<i64> {
    (id.get_version_num() == 7).then(|| (id.as_u128() >> 80) as i64)
}
