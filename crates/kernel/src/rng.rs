//! Where chance comes from: the operating system in production, a seed in tests and the demo.

use rand::{Rng as _, RngExt as _, SeedableRng, TryRng as _, rngs::SysRng};
use rand_chacha::ChaCha20Rng;
use std::sync::{Arc, Mutex};

/// A shared source of cryptographic randomness.
#[derive(Clone)]
pub struct Rng(Arc<Mutex<ChaCha20Rng>>);

impl Rng {
    /// Seeded from the operating system.
    ///
    /// Panics when the operating system gives no entropy: nothing secret could be made then.
    pub fn system() -> Self {
        let mut seed = [0; 32];
        SysRng.try_fill_bytes(&mut seed).expect("the operating system gives no randomness");
        Self(Arc::new(Mutex::new(ChaCha20Rng::from_seed(seed))))
    }

    /// The same numbers every run. For tests and the demo's people only.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.with(|rng| rng.fill_bytes(&mut out));
        out
    }

    /// A whole number in `0..below`; 0 when `below` is 0.
    pub fn below(&self, below: u64) -> u64 {
        if below == 0 { 0 } else { self.with(|rng| rng.random_range(0..below)) }
    }

    /// True with probability `p` (0 to 1).
    pub fn chance(&self, p: f64) -> bool {
        self.with(|rng| rng.random_bool(p.clamp(0.0, 1.0)))
    }

    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u64) as usize)
    }

    /// `chars` characters of Crockford's base32 (no I, L, O, U), five random bits each: read aloud
    /// and typed back without mistakes.
    pub fn code(&self, chars: usize) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        (0..chars).map(|_| char::from(ALPHABET[self.below(32) as usize])).collect()
    }

    fn with<T>(&self, f: impl FnOnce(&mut ChaCha20Rng) -> T) -> T {
        // A panic while drawing leaves a valid generator behind, so a poisoned lock is still good.
        f(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
