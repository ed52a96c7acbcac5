//! What somebody hears who waits for an answer, as long as the network says nothing itself: the ringing tone of
//! Việt Nam, 425 Hz for one second in five.

use super::rtp::FRAME;
use crate::g711::RATE;
use std::f64::consts::TAU;

const HERTZ: f64 = 425.0;
const SOUNDS: u32 = RATE;
const EVERY: u32 = 5 * RATE;
/// −15 dBm0, as exchanges send it: it is held to an ear.
const LOUD: f64 = 5_800.0;

#[derive(Debug, Default)]
pub(crate) struct Ringback {
    /// Samples since the tone began last.
    at: u32,
}

impl Ringback {
    pub(crate) fn frame(&mut self) -> [i16; FRAME] {
        let mut frame = [0; FRAME];
        for sample in &mut frame {
            if self.at < SOUNDS {
                *sample = ((TAU * HERTZ * f64::from(self.at) / f64::from(RATE)).sin() * LOUD) as i16;
            }
            self.at = (self.at + 1) % EVERY;
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sounds_for_one_second_in_five() {
        let mut ringback = Ringback::default();
        let sounds: Vec<bool> =
            (0..500).map(|_| ringback.frame().iter().any(|sample| sample.abs() > 5_000)).collect();
        let expected: Vec<bool> = (0..500).map(|frame| frame % 250 < 50).collect();
        assert_eq!(sounds, expected);
    }
}
