//! The command board: what a chairman sees before the steering committee, and what a duty leader
//! looks at all day. What has happened is counted from sealed events into daily counters by a
//! durable subscription ([`Fold`]), so the board costs the same after a week and after ten years,
//! and anyone can count again ([`rebuild`]). What stands open now is asked of the open tickets
//! themselves, through their indexes. Every figure carries [`Opens`], the list behind it.
//!
//! The *brief* of 07:00 and 17:00 is made by a durable timer and kept as it was; *data sources* say
//! how fresh what the board shows is. Everyone sees the board of the units he may
//! (`permissions::Action::BoardSee`).

mod arrivals;
mod brief;
mod counters;
mod figures;
mod fold;
mod happened;
mod listing;
mod model;
mod now;
mod opens;
mod sources;
mod tables;
mod view;

pub use brief::{
    Brief, BriefDirective, BriefLate, BriefTicket, BriefTimer, BriefUnit, Kept, Slot, Value, arm_brief,
    brief, brief_now, briefs,
};
pub use figures::{
    AcceptLine, Accepts, Directives, F0, F0Ward, Figures, MissedLine, OpenLine, Ringing, figures,
};
pub use fold::{Fold, rebuild};
pub use listing::{LINES, Listed, MissedCall, NewsLine, TicketLine, listed};
pub use model::{Band, Bands, Metric, Times, bucket, seconds_of};
pub use now::{DirectiveLine, RingingLine};
pub use opens::{List, Opens};
pub use sources::{Part, Source, State, sources};
pub use tables::{Table, Voice};
