//! Which numbers the desk may ring. A stolen session of a desk must not ring numbers abroad, or services that
//! take money by the minute.

use super::recordings::RULE;
use crate::{rules, units};
use kernel::{Error, Result};
use store::Cx;

/// Longest number of a service that any telephone of the country rings free or at the common rate: 115, 1022.
const SHORT: usize = 5;

/// Whether a number lies under one of the prefixes. Short numbers, and telephones of the house by their names
/// or extensions, need none.
fn lies_under(number: &str, prefixes: &[&str]) -> bool {
    let service = number.len() > SHORT && (number.starts_with("1800") || number.starts_with("1900"));
    let outside = number.starts_with('+') || service;
    !outside || prefixes.iter().any(|prefix| !prefix.is_empty() && number.starts_with(prefix))
}

/// Errors: `error-number-not-allowed`, in `field`.
pub(super) async fn must_allow(cx: &mut Cx, field: &'static str, number: &str) -> Result<()> {
    let today = units::today(cx).await?;
    let rule = rules::on(cx, RULE, today).await?;
    // A district's own version from before this was asked names none.
    let prefixes = rule.texts("desk.prefixes").unwrap_or_else(|_| vec!["+84"]);
    if lies_under(number, &prefixes) {
        Ok(())
    } else {
        Err(Error::invalid(field, "error-number-not-allowed"))
    }
}

#[cfg(test)]
mod tests {
    use super::lies_under;

    #[test]
    fn numbers_abroad_and_paid_services_need_their_prefix_and_the_house_and_short_numbers_none() {
        let shipped = ["+84", "1800", "1900"];
        for (number, prefixes, allowed) in [
            ("+84903123456", &shipped[..], true),
            ("+19005551234", &shipped[..], false),
            ("+8", &shipped[..], false),
            ("19001075", &shipped[..], true),
            ("19001075", &shipped[..1], false),
            ("115", &shipped[..0], true),
            ("1022", &shipped[..0], true),
            ("201", &shipped[..0], true),
            ("tongdai.1", &shipped[..0], true),
            ("+84903123456", &shipped[..0], false),
            ("+855123456", &[""][..], false),
        ] {
            assert_eq!(lies_under(number, prefixes), allowed, "{number}");
        }
    }
}
