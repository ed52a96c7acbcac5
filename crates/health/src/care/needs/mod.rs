//! What a household that may not go out needs: food, medicine, somebody who takes the rubbish away. It
//! says so itself on the page of its diary, or staff says it for it. It is a ticket of the ward's
//! committee, which has a day; the ticket is open until the things are at the door.

mod act;
mod sql;

pub use act::{Need, NewNeed, ask, meet, of_household};

use crate::codes::codes;

codes! {
    Item in "items" {
        Food = "food",
        Water = "water",
        Medicine = "medicine",
        BabyMilk = "baby_milk",
        Hygiene = "hygiene",
        Gas = "gas",
        /// Taken away from the door.
        Rubbish = "rubbish",
        /// Said in the note.
        Other = "other",
    }
    /// Who said so.
    Channel in "channel" { Household = "household", Staff = "staff" }
}

/// The matter of a household that needs something.
pub const NEED: &str = "need";

impl Item {
    /// As a ticket says it, in both languages.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Food => ("lương thực, thực phẩm", "food"),
            Self::Water => ("nước uống", "drinking water"),
            Self::Medicine => ("thuốc thường dùng", "usual medicine"),
            Self::BabyMilk => ("sữa, tã trẻ em", "baby milk, nappies"),
            Self::Hygiene => ("đồ vệ sinh", "hygiene goods"),
            Self::Gas => ("gas nấu ăn", "cooking gas"),
            Self::Rubbish => ("lấy rác", "rubbish collection"),
            Self::Other => ("việc khác, xem trang của hộ", "something else, see the household's page"),
        }
    }
}
