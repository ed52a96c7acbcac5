//! The outside world behind the ports that the rooms below declare.

mod wave;

pub mod email;
mod espeak;
pub mod phones;
pub mod http_lines;
pub mod sip_lines;
mod shelf;
pub mod smpp;
mod watch;
mod web_push;

pub use email::{MailRecorder, Smtp, SmtpSettings};
pub use espeak::Espeak;
pub use http_lines::HttpLines;
pub use phones::{Exchange, Phones};
pub use shelf::FolderShelf;
pub use sip_lines::{SipLines, SipSettings, TrunkSettings};
pub use smpp::{Smpp, SmppSettings};
pub use watch::HttpWatch;
pub use web_push::WebPush;
