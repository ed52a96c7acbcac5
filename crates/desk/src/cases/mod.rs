//! Cases: who fell ill where and when, the nurse's form, and one case with those who are called for
//! it. Lists show nothing sealed; the full record opens with a reason and the opening is logged.

mod act;
mod enter;
mod list;
mod orders;
mod page;
mod story;
mod twins;
mod words;

pub use list::wards;
pub use orders::{Due, due_line};
pub use page::{facts, standing};
pub use story::lines as course;
pub use twins::{Twin, may, twins};
pub use words::{
    basis_of_duplicate, birth_and_sex, classification, sex, symptom, test_kind, test_reason, test_result,
};

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/cases", get(list::list))
        .route("/{tenant}/desk/cases/new", get(enter::form).post(enter::enter))
        .route("/{tenant}/desk/cases/{id}", get(page::page))
        .route("/{tenant}/desk/cases/{id}/{act}", get(act::form).post(act::act))
}
