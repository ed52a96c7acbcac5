//! One way of a bridge, or a tap on one: what one call hears, the other sends. The two calls may be paced by
//! different threads, so between them lie a few frames; the oldest go when the reader is slower.

use super::rtp::FRAME;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// 60 ms.
const MOST: usize = 3;

#[derive(Debug, Default)]
pub(crate) struct Pipe(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    frames: VecDeque<[i16; FRAME]>,
    keys: VecDeque<char>,
}

impl Pipe {
    pub(crate) fn push(&self, frame: &[i16; FRAME]) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.frames.len() == MOST {
            inside.frames.pop_front();
        }
        inside.frames.push_back(*frame);
    }

    pub(crate) fn push_key(&self, key: char) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.keys.len() < super::keys::MOST_KEYS {
            inside.keys.push_back(key);
        }
    }

    pub(crate) fn pull(&self) -> (Option<[i16; FRAME]>, VecDeque<char>) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (inside.frames.pop_front(), std::mem::take(&mut inside.keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_is_lost_first() {
        let pipe = Pipe::default();
        for n in 1..=5 {
            pipe.push(&[n; FRAME]);
        }
        pipe.push_key('7');
        let (frame, keys) = pipe.pull();
        assert_eq!((frame, keys), (Some([3; FRAME]), VecDeque::from(['7'])));
        assert_eq!(pipe.pull().0, Some([4; FRAME]));
        assert_eq!(pipe.pull().0, Some([5; FRAME]));
        assert_eq!(pipe.pull(), (None, VecDeque::new()));
    }
}
