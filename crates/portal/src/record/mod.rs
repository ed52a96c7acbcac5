//! Somebody's own record: whoever holds the code that the station printed sees what is known of him,
//! masked, who opened it, when and why, and asks for what is wrong to be put right, with a photo of the
//! paper that shows it. No account: the code is the key, and it holds for a month.

mod doorway;
mod fix;
mod page;

use crate::{asker, limiter::Limiter};
use axum::{Extension, Router, extract::DefaultBodyLimit, routing::get};
use doorway::Record;
use pages::App;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/record", get(asker::page::<Record>).post(asker::enter::<Record>))
        .route("/{tenant}/record/{code}", get(page::page))
        .route("/{tenant}/record/{code}/fix", get(fix::form).post(fix::send))
        // A photo is read to its end by the form itself, which says what is wrong beside its field.
        .layer(DefaultBodyLimit::disable())
        .layer(Extension(Arc::new(Limiter::default())))
}
