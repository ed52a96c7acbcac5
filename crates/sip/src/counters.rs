//! What the agent has counted since its start; read for metrics.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// One counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    CallsPlaced,
    CallsReceived,
    CallsAnswered,
    /// Refused because of a limit on channels or calls a second.
    CallsOverLimit,
    /// A 200 that came after our CANCEL: acknowledged and ended.
    AnsweredTooLate,
    /// A call that went on to the next trunk.
    Failovers,
    Registrations,
    RegistrationsFailed,
    /// SIP from an address that belongs to no trunk.
    SipStrangers,
    /// SIP that could not be read.
    SipMalformed,
    FramesSent,
    /// Frames sent more than 5 ms after their time.
    FramesLate,
    /// Frames never sent because the machine stood still.
    FramesSkipped,
    FramesNotSent,
    PacketsReceived,
    /// RTP from another address than the negotiated one.
    PacketsFromStrangers,
    PacketsMalformed,
    /// SRTP that the other side has not sent, or has sent before.
    PacketsUnverified,
    /// RTP that came too late to be heard or recorded.
    PacketsLate,
    KeysHeard,
    /// Keys beyond 1,000 in one call.
    KeysDropped,
    RecordingsFailed,
    /// Frames replaced by silence because the disk was too slow.
    RecordingFramesLost,
}

impl Count {
    pub const ALL: [Self; 23] = [
        Self::CallsPlaced,
        Self::CallsReceived,
        Self::CallsAnswered,
        Self::CallsOverLimit,
        Self::AnsweredTooLate,
        Self::Failovers,
        Self::Registrations,
        Self::RegistrationsFailed,
        Self::SipStrangers,
        Self::SipMalformed,
        Self::FramesSent,
        Self::FramesLate,
        Self::FramesSkipped,
        Self::FramesNotSent,
        Self::PacketsReceived,
        Self::PacketsFromStrangers,
        Self::PacketsMalformed,
        Self::PacketsUnverified,
        Self::PacketsLate,
        Self::KeysHeard,
        Self::KeysDropped,
        Self::RecordingsFailed,
        Self::RecordingFramesLost,
    ];

    /// The name under which metrics show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CallsPlaced => "calls_placed",
            Self::CallsReceived => "calls_received",
            Self::CallsAnswered => "calls_answered",
            Self::CallsOverLimit => "calls_over_limit",
            Self::AnsweredTooLate => "answered_too_late",
            Self::Failovers => "failovers",
            Self::Registrations => "registrations",
            Self::RegistrationsFailed => "registrations_failed",
            Self::SipStrangers => "sip_strangers",
            Self::SipMalformed => "sip_malformed",
            Self::FramesSent => "frames_sent",
            Self::FramesLate => "frames_late",
            Self::FramesSkipped => "frames_skipped",
            Self::FramesNotSent => "frames_not_sent",
            Self::PacketsReceived => "packets_received",
            Self::PacketsFromStrangers => "packets_from_strangers",
            Self::PacketsMalformed => "packets_malformed",
            Self::PacketsUnverified => "packets_unverified",
            Self::PacketsLate => "packets_late",
            Self::KeysHeard => "keys_heard",
            Self::KeysDropped => "keys_dropped",
            Self::RecordingsFailed => "recordings_failed",
            Self::RecordingFramesLost => "recording_frames_lost",
        }
    }
}

/// All counters of one agent. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    values: Arc<[AtomicU64; Count::ALL.len()]>,
}

impl Counters {
    pub fn get(&self, count: Count) -> u64 {
        self.values[count as usize].load(Relaxed)
    }

    /// Each counter with its name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Count::ALL.into_iter().map(|count| (count.name(), self.get(count)))
    }

    pub(crate) fn add(&self, count: Count, by: u64) {
        self.values[count as usize].fetch_add(by, Relaxed);
    }

    pub(crate) fn one(&self, count: Count) {
        self.add(count, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_has_its_own_place_and_name() {
        let counters = Counters::default();
        for (at, count) in Count::ALL.into_iter().enumerate() {
            assert_eq!(count as usize, at);
            counters.add(count, at as u64);
        }
        let names: std::collections::BTreeSet<_> = counters.all().map(|(name, _)| name).collect();
        assert_eq!(names.len(), Count::ALL.len());
        assert!(counters.all().enumerate().all(|(at, (_, value))| value == at as u64));
    }
}
