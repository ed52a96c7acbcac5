//! Attachments. A file is kept before it belongs to anything, then bound once to its owner (a
//! report, say), and from then on is read only through that owner, whose room asks the permission.
//!
//! What comes in is judged by its content, never by its name: JPEG, PNG and WebP pictures, and PDF
//! from staff. A picture is decoded within limits and written anew, so nothing the sender's device
//! hid in it (place, time, serial number, thumbnail) is passed on; the time and place the camera
//! wrote are read first and kept sealed, because they are evidence.
//!
//! Content lies unsealed in a folder that only the program's user can enter (mode 0700), under
//! `<tenant>/<xx>/<file id>`; the id is random enough that its name tells nothing. Whoever needs
//! encryption at rest puts the folder on an encrypted disk or a bucket that encrypts. The database
//! holds its SHA-256, the record holds it too, and a file that was altered is not handed out.

mod actions;
mod camera;
mod content;
mod picture;
mod sql;
mod vault;

pub use actions::{Owner, bind, erase, evidence, keep, of, read, sweep};
pub use camera::Shot;
pub use content::{MAX_BYTES, MAX_PIXELS};
pub use sql::File;
pub use vault::{Size, Vault};

use kernel::Error;

/// What a file was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sent with a citizen's report.
    Report,
    /// Shows that what was asked for has been done.
    Proof,
    /// Of a test that a household made itself.
    Test,
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Proof => "proof",
            Self::Test => "test",
        }
    }
}

impl std::str::FromStr for Purpose {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        match s {
            "report" => Ok(Self::Report),
            "proof" => Ok(Self::Proof),
            "test" => Ok(Self::Test),
            other => Err(Error::internal(format!("not a purpose of a file: {other}"))),
        }
    }
}
