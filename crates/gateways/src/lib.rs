//! The outside world behind the ports that the rooms below declare.

pub mod email;
pub mod phones;
mod watch;

pub use email::{MailRecorder, Smtp, SmtpSettings};
pub use phones::Phones;
pub use watch::HttpWatch;
