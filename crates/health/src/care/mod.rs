//! What the station brings to a household: drug bags from its stock, papers from what is on record
//! already, and the necessities that its ward must bring.
//!
//! Nothing here is typed twice. A paper says what the plan, the case and the household say on the day
//! on which it is issued, and is kept as it was issued; a bag is judged by the same readings as an
//! alert.

pub mod bags;
pub mod needs;
pub mod papers;
pub mod stock;
