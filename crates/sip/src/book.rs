//! The calls this process holds, by key, and the keys of those that were: a job that runs twice
//! must not ring twice.

use crate::{call::Call, clock};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// So long a key is remembered after its call, and so many at most.
const REMEMBERED: Duration = Duration::from_mins(10);
const MOST: usize = 10_000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Book(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    live: HashMap<Arc<str>, Call>,
    past: HashSet<Arc<str>>,
    order: VecDeque<(Instant, Arc<str>)>,
    /// Call-IDs of live calls, for requests that overtake the end of their own handshake; whether the call is
    /// over TLS.
    ids: HashMap<String, bool>,
}

impl Book {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `false` when the key is taken, now or a while ago.
    pub(crate) fn add(&self, call: &Call) -> bool {
        let mut inside = self.inside();
        inside.forget(clock::now());
        let key: Arc<str> = call.key().into();
        if inside.live.contains_key(&key) || inside.past.contains(&key) {
            return false;
        }
        inside.live.insert(key, call.clone());
        true
    }

    /// The call is over.
    pub(crate) fn close(&self, call: &Call) {
        let mut inside = self.inside();
        if let Some((key, _)) = inside.live.remove_entry(call.key()) {
            inside.past.insert(Arc::clone(&key));
            inside.order.push_back((clock::now(), key));
        }
    }

    /// The call never began; its key may be used again.
    pub(crate) fn withdraw(&self, call: &Call) {
        self.inside().live.remove(call.key());
    }

    pub(crate) fn get(&self, key: &str) -> Option<Call> {
        self.inside().live.get(key).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.inside().live.values().cloned().collect()
    }

    pub(crate) fn open_id(&self, id: String, over_tls: bool) {
        *self.inside().ids.entry(id).or_default() |= over_tls;
    }

    pub(crate) fn close_id(&self, id: &str) {
        self.inside().ids.remove(id);
    }

    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.inside().ids.contains_key(id)
    }

    /// Whether the call is over TLS: nothing of it is said or heard in the clear.
    pub(crate) fn is_over_tls(&self, id: &str) -> bool {
        self.inside().ids.get(id).is_some_and(|over_tls| *over_tls)
    }
}

impl Inside {
    fn forget(&mut self, now: Instant) {
        while let Some((at, key)) = self.order.front() {
            if self.order.len() <= MOST && now.saturating_duration_since(*at) < REMEMBERED {
                return;
            }
            self.past.remove(key);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::Counters;

    fn call(key: &str) -> Call {
        Call::new(key.into(), "115".into(), Counters::default()).0
    }

    #[test]
    fn a_key_rings_once() {
        let book = Book::default();
        let first = call("a");
        assert!(book.add(&first));
        assert!(!book.add(&call("a")));
        book.close(&first);
        assert!(!book.add(&call("a")), "a finished call is not placed again");
        assert!(book.get("a").is_none());
        let refused = call("b");
        assert!(book.add(&refused));
        book.withdraw(&refused);
        assert!(book.add(&call("b")));
    }

    #[test]
    fn keys_are_forgotten_in_time_and_number() {
        let book = Book::default();
        for n in 0..MOST + 5 {
            let call = call(&n.to_string());
            assert!(book.add(&call));
            book.close(&call);
        }
        assert!(book.inside().past.len() <= MOST + 1);
        book.inside().forget(clock::now() + REMEMBERED);
        assert!(book.inside().past.is_empty() && book.inside().order.is_empty());
    }
}
