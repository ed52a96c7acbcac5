//! Numbers of the epidemic by ward and day, the daily report that a steering committee reads, beds, and
//! what others have published of before.

mod beds;
mod history;
mod list;
mod report;
mod report_pdf;
mod table;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::header,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use duty::sheets;
use jiff::civil::Date;
use kernel::{Error, Result};
use pages::App;

/// A file with the form around it, in bytes.
const FILE_LIMIT: usize = 16 * 1024 * 1024;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/numbers", get(table::page))
        .route("/{tenant}/desk/numbers/csv", get(table::csv))
        .route("/{tenant}/desk/numbers/report", post(report::keep))
        .route("/{tenant}/desk/numbers/report/{day}", get(report::page))
        .route("/{tenant}/desk/numbers/report/{day}/xlsx", get(report::workbook))
        .route("/{tenant}/desk/numbers/report/{day}/pdf", get(report_pdf::file))
        .route("/{tenant}/desk/numbers/beds", get(beds::page).post(beds::save))
        .route("/{tenant}/desk/numbers/history", get(history::page))
        .route("/{tenant}/desk/numbers/history/csv", get(history::csv))
        .route(
            "/{tenant}/desk/numbers/history/import",
            get(list::page).post(list::import).layer(DefaultBodyLimit::max(FILE_LIMIT)),
        )
}

/// A table as a file that spreadsheets open; its name says what and until when.
pub fn download(name: &str, day: Date, table: &[Vec<String>]) -> Result<Response> {
    let bytes = sheets::csv(table).ok_or_else(|| Error::internal("a table whose rows differ in length"))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}-{day}.csv\"")),
    ];
    Ok((headers, bytes).into_response())
}
