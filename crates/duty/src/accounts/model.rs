use jiff::{SignedDuration, Timestamp};
use kernel::{AccountId, Error, Result, StaffId};

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($name:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type { $($name),+ }
        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
        impl std::str::FromStr for $type {
            type Err = Error;
            fn from_str(s: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == s)
                    .ok_or(Error::invalid(stringify!($type), "error-choice-unknown"))
            }
        }
    };
}

words!(State { Invited = "invited", Active = "active", Locked = "locked", Closed = "closed" });
words!(
    /// What a one-time link is for.
    Purpose { FirstAdministrator = "first_administrator", Invite = "invite", Recovery = "recovery" }
);
words!(Language { Vi = "vi", En = "en" });
words!(Theme { Auto = "auto", Light = "light", Dark = "dark" });

/// Wrong tries in a row that shut the door.
pub(super) const TRIES: i16 = 5;
const FIRST_LOCK: SignedDuration = SignedDuration::from_mins(15);
const LONGEST_LOCK: SignedDuration = SignedDuration::from_hours(24);
/// A session nobody used for this long is over,
pub(super) const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// and any session after this long.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// Second factors are changed only so soon after one was shown.
pub(super) const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// How long a one-time link waits.
pub(super) const LINK: SignedDuration = SignedDuration::from_hours(24);

/// Wrong tries of one account and what they led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tries {
    pub failures: i16,
    pub lockouts: i16,
    pub locked_until: Option<Timestamp>,
}

impl Tries {
    pub fn shut(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| until > now)
    }

    /// Counts a try as wrong before it is judged, so that many at once are not judged for the
    /// price of one. `false`: it may not be judged at all.
    pub fn admit(&mut self, now: Timestamp) -> bool {
        if self.shut(now) || self.wrong(now).is_some() {
            return false;
        }
        self.failures += 1;
        true
    }

    /// A counted try was wrong; until when the door is shut, when it is now.
    pub fn wrong(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.failures < TRIES {
            return None;
        }
        let doubled = FIRST_LOCK * 2_i32.pow(self.lockouts.clamp(0, 10) as u32);
        let until = now + doubled.min(LONGEST_LOCK);
        self.failures = 0;
        self.lockouts = self.lockouts.saturating_add(1);
        self.locked_until = Some(until);
        Some(until)
    }
}

/// What happened at the door between two sign-ins; shown to the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    pub failures: u32,
    /// When wrong tries last shut the door.
    pub locked_at: Option<Timestamp>,
}

/// An account as the area works with it; locked in its transaction.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub id: AccountId,
    pub staff: StaffId,
    pub name: String,
    pub left: bool,
    pub login: String,
    pub state: State,
    pub password: Option<String>,
    pub totp: Option<Vec<u8>>,
    pub totp_step: i64,
    pub tries: Tries,
    pub failures_since: i32,
    pub locked_at: Option<Timestamp>,
}

impl Account {
    /// May come in at all, whatever he shows.
    pub fn is_open(&self) -> bool {
        self.state == State::Active && !self.left
    }
}

/// A login name as it is kept: lower case ASCII letters, digits, dot, dash, underscore; 3 to 40.
pub(super) fn login(text: &str) -> Result<String> {
    let login = text.trim().to_ascii_lowercase();
    let fits = (3..=40).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
        && login.as_bytes()[0].is_ascii_alphanumeric();
    if fits { Ok(login) } else { Err(Error::invalid("login", "error-login-format")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn five_wrong(tries: &mut Tries, now: Timestamp) -> Option<Timestamp> {
        let mut until = None;
        for _ in 0..TRIES {
            assert!(until.is_none() && tries.admit(now));
            until = tries.wrong(now);
        }
        until
    }

    #[test]
    fn each_lock_is_twice_as_long_up_to_a_day() {
        let mut tries = Tries::default();
        let (mut now, mut lengths) = (at(0), Vec::new());
        for _ in 0..9 {
            let until = five_wrong(&mut tries, now).unwrap();
            assert!(!tries.admit(now));
            lengths.push(until.duration_since(now).as_mins());
            now = until;
        }
        assert_eq!(lengths, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
    }

    #[test]
    fn tries_that_run_side_by_side_are_counted_before_they_are_judged() {
        let mut tries = Tries::default();
        let admitted = (0..20).filter(|_| tries.admit(at(0))).count();
        assert_eq!(admitted, 5);
        // None of them came back (a crash): the lock ends by itself all the same.
        assert!(tries.shut(at(14)) && tries.admit(at(15)));
    }

    #[test]
    fn a_login_is_plain() {
        assert_eq!(login(" Tran.Binh ").unwrap(), "tran.binh");
        for text in ["", "ab", "trần.bình", ".binh", "a b c", "x@quan7", &"a".repeat(41)] {
            assert!(login(text).is_err(), "{text}");
        }
    }
}
