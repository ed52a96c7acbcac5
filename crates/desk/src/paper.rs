//! What every paper of the centre carries (Decree 30/2020): place and date as papers write them; and the
//! paper as a file.

use axum::{http::header, response::IntoResponse};
use jiff::civil::Date;
use kernel::Error;
use pages::{Desk, Outcome};
use papers::Paper;

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

/// The answer that saves a paper as a file of this name.
pub async fn file(paper: Paper, name: &str) -> Outcome {
    saved(move || papers::pdf(&paper), name).await
}

/// The same for whatever is set by `make`.
pub async fn saved(
    make: impl FnOnce() -> Result<Vec<u8>, papers::Fault> + Send + 'static,
    name: &str,
) -> Outcome {
    // Fonts are cut and pressed: work for a thread that serves nobody meanwhile.
    let made = tokio::task::spawn_blocking(make).await.map_err(Error::internal)?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.pdf\"")),
    ];
    Ok((headers, made.map_err(Error::internal)?).into_response())
}
