//! Pieces of sound, one after the other.

use crate::lines::{RATE, Spoken};
use jiff::SignedDuration;
use std::sync::Arc;

/// Between two pieces of speech; recorded words of one number follow each other faster.
pub(super) const REST: SignedDuration = SignedDuration::from_millis(150);
const WORD_REST: SignedDuration = SignedDuration::from_millis(40);

/// What has been put together so far.
#[derive(Default)]
pub(super) struct Tape {
    samples: Vec<i16>,
    words: String,
    /// The last piece was speech, and not a pause.
    follows: bool,
}

impl Tape {
    pub(super) fn say(&mut self, words: &str, sound: &[i16]) {
        if self.follows {
            quiet(&mut self.samples, REST);
        }
        self.follows = true;
        self.samples.extend_from_slice(sound);
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(words);
    }

    /// A pause is the rest between what stands around it.
    pub(super) fn pause(&mut self, length: SignedDuration) {
        quiet(&mut self.samples, length);
        self.follows = false;
    }

    pub(super) fn spoken(self) -> Spoken {
        let length = SignedDuration::from_micros(self.samples.len() as i64 * 1_000_000 / i64::from(RATE));
        Spoken { words: self.words, samples: self.samples.into(), length }
    }
}

/// The words of one number.
pub(super) fn joined(sounds: &[Arc<[i16]>]) -> Vec<i16> {
    let mut samples = Vec::new();
    for (place, sound) in sounds.iter().enumerate() {
        if place > 0 {
            quiet(&mut samples, WORD_REST);
        }
        samples.extend_from_slice(sound);
    }
    samples
}

pub(super) fn quiet(samples: &mut Vec<i16>, length: SignedDuration) {
    let more = usize::try_from(length.as_millis() * i128::from(RATE) / 1_000).unwrap_or(0);
    samples.resize(samples.len() + more, 0);
}
