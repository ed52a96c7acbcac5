//! Reaching people. Ports to the outside are traits here; `gateways` holds their real and simulated
//! sides. The ladder never waits for any of them: it records an attempt and a job in its own
//! transaction, and what becomes of the attempt is reported back by the engine in [`calls`].

mod answers;
pub mod calls;
mod gaps;
pub mod ledger_mail;
mod lost_calls;
mod mail;
pub mod mailer;
pub mod notices;
mod organisations;
pub mod preferences;
mod sql_calls;
mod sql_notices;
mod sql_texts;
pub mod texts;
pub mod voice;

pub use answers::DirectiveAnswers;
pub use calls::{HangUps, PlaceCall};
pub use gaps::RosterGaps;
pub use ledger_mail::PublishLedger;
pub use lost_calls::LostCalls;
pub use mailer::{Mail, Mailer};
pub use notices::{Delivery, Mails, News, SendMessages, SendNotice, State, announce, deliveries};
pub use organisations::OrganisationMails;
pub use texts::{Sent, Text, Texting, Texts, last_text, last_text_states, text};
pub use voice::{CallEvent, Placing, Voice};
