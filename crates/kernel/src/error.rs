//! What can go wrong, in the words of the boundary where it is told: to people by a message key,
//! to the log with its context.

use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One error for the whole house. Logged once, where it leaves the house.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the actor may not know that it does.
    #[error("not found")]
    NotFound,
    /// The actor may know of it but may not do this to it.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// Input that a person can mend: the form field and the message key that says how.
    #[error("invalid {field}: {key}")]
    Invalid { field: &'static str, key: &'static str },
    /// The thing has changed meanwhile or its state does not allow this; the message key says why.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// The database or a gateway does not answer; trying again later may help.
    #[error("unavailable: {0}")]
    Unavailable(String),
    #[error("internal: {0}")]
    Internal(String),
}

/// What the text of an error begins with whose transaction gave way to another.
const GAVE_WAY: &str = "gave way to another transaction";

impl Error {
    /// Whether the database broke the transaction off in favour of another (a deadlock, or a conflict of two
    /// that ran side by side): the same work done from its beginning will most likely succeed.
    pub fn gave_way(&self) -> bool {
        matches!(self, Self::Unavailable(text) if text.starts_with(GAVE_WAY))
    }

    pub fn internal(context: impl fmt::Display) -> Self {
        Self::Internal(context.to_string())
    }

    pub const fn invalid(field: &'static str, key: &'static str) -> Self {
        Self::Invalid { field, key }
    }
}

/// What the database says, sorted by what a caller can do about it.
#[cfg(feature = "database")]
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::RowNotFound => Self::NotFound,
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::Protocol(_) => {
                Self::Unavailable(error.to_string())
            }
            E::Database(db) => match db.code().as_deref() {
                Some("23505") => Self::Conflict("error-already-there"),
                // a text that no database keeps: a NUL in it, or bytes that are no characters
                Some("22021" | "22P05") => Self::invalid("text", "error-text-control"),
                Some("40001" | "40P01") => Self::Unavailable(format!("{GAVE_WAY}: {error}")),
                // connection lost, shutting down, too many connections, other rollbacks
                Some(code)
                    if code.starts_with("08")
                        || code.starts_with("57P")
                        || code.starts_with("53")
                        || code.starts_with("40") =>
                {
                    Self::Unavailable(error.to_string())
                }
                _ => Self::Internal(error.to_string()),
            },
            _ => Self::Internal(error.to_string()),
        }
    }
}
