//! Typed identifiers. Each is a uuid v7, so it sorts by the time it was made and a time range can
//! be derived from it. Identity never carries meaning: administrative codes and names are dated
//! attributes of the thing, not of its id.

use serde::{Deserialize, Serialize};
use std::fmt;
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
    LadderId,
    EventId,
    JobId,
    PersonId,
    CaseId,
    ReportId,
    ImportId,
    FileId,
    HeartbeatId,
}
