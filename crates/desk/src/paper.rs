//! What every paper of the centre carries (Decree 30/2020): place and date as papers write them.

use jiff::civil::Date;
use pages::Desk;

/// "Quận 7, ngày 05 tháng 02 năm 2021": days below ten and the first two months take a zero.
pub fn place_and_day(d: &Desk, day: Date) -> String {
    let two = |n: i8, below: i8| if n < below { format!("0{n}") } else { n.to_string() };
    d.w.paper_place_and_day(
        d.tenant.pack.place.place_name.as_str(),
        two(day.day(), 10),
        two(day.month(), 3),
        day.year().to_string(),
    )
}
