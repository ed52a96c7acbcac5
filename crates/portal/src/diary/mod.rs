//! The diary of a household in which somebody is followed (twice a day, as the sheet of Decision
//! 4038/QĐ-BYT of 21/8/2021 asks). Whoever holds the household's code writes it: one form, one part a
//! member. Given name and year of birth say who is meant; no page shows more.
//!
//! A danger sign rings the station and the rapid team in the transaction that takes the form in, so
//! nothing stands in its way: not a slip of the pen elsewhere on the form, not a guesser at the same
//! address.

mod doorway;
mod done;
mod need;
mod page;
mod self_test;
mod send;
mod typed;

use crate::{asker, limiter::Limiter};
use axum::{Extension, Router, extract::DefaultBodyLimit, routing::get};
use doorway::Diary;
use pages::App;
use std::sync::Arc;

/// The form of a large family, in bytes.
const FORM: usize = 64 << 10;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/diary", get(asker::page::<Diary>).post(asker::enter::<Diary>))
        .route("/{tenant}/diary/{code}", get(page::page).post(send::send))
        .route("/{tenant}/diary/{code}/done", get(done::page))
        .route(
            "/{tenant}/diary/{code}/test",
            // The reader of the answers has limits of its own, under which a large picture fits.
            get(self_test::page).post(self_test::send).layer(DefaultBodyLimit::disable()),
        )
        .route("/{tenant}/diary/{code}/need", get(need::page).post(need::ask))
        .layer(DefaultBodyLimit::max(FORM))
        .layer(Extension(Arc::new(Limiter::default())))
}
