//! The mail port: what a mail server must be able to do for us.

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{MessageId, Result};

/// A letter in plain text, ready to go.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Becomes the Message-ID, the same on every try: a mailbox that was handed a letter twice,
    /// because we died before we could note it, can tell.
    pub id: MessageId,
    /// One address, as the person's record has it.
    pub to: String,
    pub subject: String,
    /// Lines end in `\n`.
    pub text: String,
    /// For the Date header.
    pub at: Timestamp,
}

/// A mail server.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a letter over. `Invalid` when this address can never be reached; `Unavailable` for
    /// anything that may pass. The error names no address: it is logged and shown to operators.
    async fn send(&self, mail: &Mail) -> Result<()>;
}
