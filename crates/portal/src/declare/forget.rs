//! Forgetting the device, for whoever shares or has borrowed it.

use super::{cookie, draft};
use crate::home::Visit;
use axum::http::HeaderMap;
use health::declarations;
use kernel::Actor;
use pages::{Outcome, see_other};

/// `POST /{tenant}/declare/forget`: the key opens nothing from now on, and what was not sent is gone.
pub(super) async fn forget(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    if let Some(device) = cookie::device(&mut cx, &headers).await? {
        draft::forget(&mut cx, &device).await?;
        declarations::forget(&mut cx, &device).await?;
    }
    cx.commit().await?;
    let mut response = see_other(&visit.frame().home());
    cookie::drop_device(&visit, &mut response);
    cookie::drop_code(&visit, &mut response);
    Ok(visit.keep_language(response))
}
