//! Forgetting what was typed, for whoever shares a device.

use super::{Answers, draft, key::Key, set_cookie};
use crate::home::Visit;
use axum::http::HeaderMap;
use kernel::Actor;
use pages::{Outcome, see_other};

/// `POST /{tenant}/report/forget`: the draft of the form's key and that of the browser's are gone at
/// once; photos that belong to nothing go with the next sweep.
pub(super) async fn forget(visit: Visit, headers: HeaderMap, answers: Answers) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let keys = [Key::typed(&cx, &answers)?, Key::in_cookie(&cx, &headers)?];
    for key in keys.into_iter().flatten().filter(Key::keeps) {
        draft::forget(&mut cx, &key.text).await?;
    }
    cx.commit().await?;
    let mut response = see_other(&visit.frame().home());
    set_cookie(&visit, &mut response, "", 0);
    Ok(visit.keep_language(response))
}
