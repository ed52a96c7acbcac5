//! The receiving side's small buffer: packets come early, late, twice, in any order and length, and
//! are read as 20 ms frames. It is a ring of samples laid out by RTP timestamp, so a packet's
//! length does not matter and what is lost reads as silence.

use super::rtp::FRAME;

/// How far reading stays behind the first packet: 60 ms.
const DELAY: u32 = 3 * FRAME as u32;
/// More than this waiting means that the other clock runs faster; one frame is left out then.
const DEEP: u32 = 10 * FRAME as u32;
/// Half a second.
const ROOM: usize = 4_096;
/// So many late packets in a row mean that the buffer, not the network, is wrong.
const PATIENCE: u8 = 3;

#[derive(Debug)]
pub(crate) struct Jitter {
    ring: Box<[i16; ROOM]>,
    clock: Option<Clock>,
    late: u8,
    /// Packets that came too late to be heard.
    pub dropped: u64,
}

#[derive(Debug)]
struct Clock {
    ssrc: u32,
    /// Timestamp of the sample that is read next.
    read: u32,
    /// Timestamp behind the newest sample.
    end: u32,
}

impl Jitter {
    pub(crate) fn new() -> Self {
        Self { ring: Box::new([0; ROOM]), clock: None, late: 0, dropped: 0 }
    }

    pub(crate) fn write(&mut self, ssrc: u32, timestamp: u32, samples: impl ExactSizeIterator<Item = i16>) {
        let length = samples.len() as u32;
        if length == 0 || length > ROOM as u32 / 2 {
            return;
        }
        match &mut self.clock {
            Some(clock) if clock.ssrc == ssrc => {
                let ahead = timestamp.wrapping_sub(clock.read) as i32;
                if ahead < 0 {
                    self.dropped += 1;
                    self.late += 1;
                    if self.late < PATIENCE && ahead > -(ROOM as i32) {
                        return;
                    }
                    self.start(ssrc, timestamp);
                } else if ahead as u32 + length > ROOM as u32 {
                    self.start(ssrc, timestamp);
                }
            }
            _ => self.start(ssrc, timestamp),
        }
        self.late = 0;
        let Some(clock) = &mut self.clock else { return };
        for (at, sample) in samples.enumerate() {
            self.ring[timestamp.wrapping_add(at as u32) as usize % ROOM] = sample;
        }
        let end = timestamp.wrapping_add(length);
        if (end.wrapping_sub(clock.end) as i32) > 0 {
            clock.end = end;
        }
    }

    fn start(&mut self, ssrc: u32, timestamp: u32) {
        self.ring.fill(0);
        let read = timestamp.wrapping_sub(DELAY);
        self.clock = Some(Clock { ssrc, read, end: timestamp });
    }

    /// The next 20 ms; silence where nothing came.
    pub(crate) fn read(&mut self) -> [i16; FRAME] {
        let mut frame = [0; FRAME];
        let Some(clock) = &mut self.clock else { return frame };
        if clock.end.wrapping_sub(clock.read) as i32 > DEEP as i32 {
            skip(&mut self.ring, clock);
        }
        for sample in &mut frame {
            let slot = &mut self.ring[clock.read as usize % ROOM];
            // What has been read becomes silence for the next round.
            *sample = std::mem::take(slot);
            clock.read = clock.read.wrapping_add(1);
        }
        frame
    }
}

fn skip(ring: &mut [i16; ROOM], clock: &mut Clock) {
    for _ in 0..FRAME {
        ring[clock.read as usize % ROOM] = 0;
        clock.read = clock.read.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(value: i16) -> impl ExactSizeIterator<Item = i16> {
        std::iter::repeat_n(value, FRAME)
    }

    /// Reads frames and tells the values; 0 is silence.
    fn values(jitter: &mut Jitter, frames: usize) -> Vec<i16> {
        (0..frames)
            .map(|_| {
                let read = jitter.read();
                assert!(read.iter().all(|&sample| sample == read[0]), "a frame of two values");
                read[0]
            })
            .collect()
    }

    #[test]
    fn order_is_restored_and_a_loss_is_silence() {
        let mut jitter = Jitter::new();
        let at = |n: u32| (u32::MAX - 200).wrapping_add(n * FRAME as u32);
        for n in [0, 2, 1, 4, 4] {
            jitter.write(1, at(n), frame(n as i16 + 1));
        }
        assert_eq!(values(&mut jitter, 9), [0, 0, 0, 1, 2, 3, 0, 5, 0]);
    }

    #[test]
    fn thirty_milliseconds_a_packet_read_as_twenty() {
        let mut jitter = Jitter::new();
        for n in 0..4_u32 {
            jitter.write(1, n * 240, std::iter::repeat_n(9, 240));
        }
        assert_eq!(values(&mut jitter, 9), [0, 0, 0, 9, 9, 9, 9, 9, 9]);
    }

    #[test]
    fn late_packets_move_the_reading_back() {
        let mut jitter = Jitter::new();
        jitter.write(1, 0, frame(1));
        values(&mut jitter, 8);
        // The network now takes 100 ms longer: two packets are lost, then it is heard again.
        for n in 1..8_u32 {
            jitter.write(1, n * FRAME as u32, frame(n as i16 + 1));
            jitter.read();
        }
        assert_eq!(jitter.dropped, 3);
        jitter.write(1, 8 * FRAME as u32, frame(9));
        assert_eq!(values(&mut jitter, 2), [6, 7]);
    }

    #[test]
    fn a_faster_clock_does_not_pile_up() {
        let mut jitter = Jitter::new();
        // 1 % too fast: after ten minutes it would be six seconds.
        for n in 0..30_000_u32 {
            jitter.write(1, n * FRAME as u32, frame(1));
            if n % 100 != 99 {
                jitter.read();
            }
        }
        let clock = jitter.clock.as_ref().unwrap();
        assert!(clock.end - clock.read <= DEEP + FRAME as u32);
        assert_eq!(jitter.dropped, 0);
    }

    proptest! {
        #[test]
        fn nothing_panics(packets in proptest::collection::vec((any::<u32>(), any::<u32>(), 0..3_000_usize), 0..50)) {
            let mut jitter = Jitter::new();
            for (ssrc, timestamp, length) in packets {
                jitter.write(ssrc % 2, timestamp, std::iter::repeat_n(1, length));
                jitter.read();
            }
        }
    }
}
