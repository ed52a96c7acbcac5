//! What a unit has in its cupboard: bags, oxygen, oximeters, tests. Every change is a move with its
//! author, so the number can be counted again from them.
//!
//! A unit that never said what it has is not held up by a number: what it gives is told as given. One
//! that has said so and has nothing left must say that it gives all the same; its number then stands
//! below zero until somebody counts.

mod act;
mod sql;

pub use act::{Line, Move, STOCKED, enter, lines_of, moves, units};
pub(crate) use act::{destroy, lines, put_back, take};

use super::bags::Kind;
use crate::codes::codes;

codes! {
    Item in "item" {
        BagA = "bag_a",
        BagB = "bag_b",
        BagC = "bag_c",
        /// Cylinders.
        Oxygen = "oxygen",
        Oximeter = "oximeter",
        RapidTest = "rapid_test",
        PcrKit = "pcr_kit",
    }
    /// Why a stock changed.
    Reason in "reason" {
        Received = "received",
        Given = "given",
        Returned = "returned",
        /// A bag came back opened and is destroyed: told, and no number changes.
        Opened = "opened",
        /// It was counted, and this was the difference.
        Counted = "counted",
        Spoilt = "spoilt",
    }
}

impl Item {
    pub(crate) const fn of(kind: Kind) -> Self {
        match kind {
            Kind::A => Self::BagA,
            Kind::B => Self::BagB,
            Kind::C => Self::BagC,
        }
    }
}
