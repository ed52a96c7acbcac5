//! Where a check-in goes from here.

use crate::home::Visit;
use health::{checkins, gates::SelfCheckIn};
use kernel::{Actor, Error, Result};

/// Keeps a check-in; resolves when it is kept for good. Whoever may not come in hears so, and is kept as turned
/// away.
///
/// Errors: `code`: `error-pass-code-refused`, for a code that is nobody's as for one that may not come in.
pub(super) async fn take(visit: &Visit, check_in: SelfCheckIn) -> Result<()> {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::system("portal.venue")).await?;
    let scan = checkins::judged(&mut cx, check_in).await?;
    cx.rollback().await?;
    let colour = scan.colour;
    visit.app.intake()?.put(visit.tenant.id, None, vec![scan]).await?;
    if colour == health::cards::Colour::Red {
        return Err(Error::invalid("code", "error-pass-code-refused"));
    }
    Ok(())
}
