//! What every page is made of: layout, components, words, assets, time as people read it. No
//! routes: `portal` and `desk` own those.

pub mod app;
pub mod assets;
pub mod cards;
pub mod charts;
pub mod cookies;
pub mod fault;
pub mod forms;
pub mod policy;
pub mod qr;
pub mod pass_paper;
pub mod shell;
pub mod sound;
pub mod source;
pub mod time;
pub mod words;

pub use app::{App, DemoAccount, Place};
pub use assets::asset;
pub use fault::{Fault, Outcome};
pub use shell::{Desk, Nav, Portal};
pub use source::Source;
pub use words::{Lang, Words};

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

/// A rendered page. A template that fails to render is a fault of the program, told as one.
pub fn html(template: &impl askama::Template) -> Outcome {
    let text = template.render().map_err(kernel::Error::internal)?;
    Ok(Html(text).into_response())
}

/// A page with a form: 422 when something that was sent is wrong and stands in it again.
pub fn form_page(template: &impl askama::Template, wrong: bool) -> Outcome {
    let mut response = html(template)?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// 303: the form was taken, here is what came of it.
pub fn see_other(to: &str) -> Response {
    axum::response::Redirect::to(to).into_response()
}
