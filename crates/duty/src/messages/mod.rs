//! Reaching people. Ports to the outside are traits here; `gateways` holds their real and simulated
//! sides. The ladder never waits for any of them: it records an attempt and a job in its own
//! transaction, and what becomes of the attempt is reported back by the engine in [`calls`].

mod answers;
pub mod calls;
mod gaps;
mod ladder_calls;
pub mod inbox;
mod joins;
pub mod ledger_mail;
mod lost_calls;
mod mail;
pub mod mailer;
pub mod notices;
mod organisations;
pub mod preferences;
pub mod push;
mod sql_calls;
mod sql_inbox;
mod sql_notices;
mod sql_push;
mod sql_text_exchange;
mod sql_text_list;
mod sql_text_number;
mod sql_texts;
pub mod text_answer;
pub mod text_exchange;
pub mod text_list;
pub mod text_number;
pub mod text_size;
mod text_notices;
pub mod texts;
pub mod voice;

pub use answers::DirectiveAnswers;
pub use calls::{HangUps, PlaceCall};
pub use gaps::RosterGaps;
pub use inbox::{Areas, GatherTexts, Inbox, Knows, Received, Taken};
pub use joins::{Joined, Joins, Meeting};
pub use ladder_calls::LadderCalls;
pub use ledger_mail::PublishLedger;
pub use lost_calls::LostCalls;
pub use mailer::{Mail, Mailer};
pub use notices::{Delivery, Mails, News, SendMessages, SendNotice, State, announce, deliveries};
pub use organisations::OrganisationMails;
pub use push::{Push, Pushed, Pushes, Pushing, SendPush};
pub use text_notices::SendText;
pub use texts::{
    OnText, Part, Piece, Receipt, Sent, Text, Texting, Texts, last_text, last_text_states, text,
};
pub use voice::{CallEvent, Placing, Report, Voice};
