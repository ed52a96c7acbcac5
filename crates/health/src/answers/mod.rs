//! What households answer by text.
//!
//! The number that a network names proves nothing: a text enters no reading into a diary and accepts nothing.
//! But whoever writes from a number that leads to a household under care is heard at once. Words of danger ring
//! its station and the rapid team; somebody who wants to speak to a person is called back; the family may stop the
//! robot's calls; whatever else it writes the station reads. Danger from a number of any other known household rings
//! the station where it lives, from an unknown number the duty leader.
//!
//! An official may be ill himself: from his number danger is heard like anybody's, and nothing else.
//!
//! A number may lead to several households: of two brothers, of whoever looks after two homes. Nobody can say
//! which of them is meant, so each of them that is followed now is heard alike: a call too many costs minutes.
//! While somebody is on his way the same words stand on his ticket; a sign that he does not know of rings anew.
//!
//! Machines write back to machines. So what no telephone has sent is never answered, and one number hears each
//! answer once within an hour and a few answers on a day, to danger always one; no answer is itself taken for danger
//! or for a wish.

mod danger;
mod hear;
mod law;
mod model;
mod ours;
mod owe;
mod oxygen;
mod reply;
mod sender;
mod sql;
#[cfg(test)]
mod tests;

pub use danger::DANGER;
pub use hear::Answers;
pub use model::Meant;
pub use sender::{homes, meant};
