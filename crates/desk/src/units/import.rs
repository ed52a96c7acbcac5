//! A list of units (wards, khu phố, tổ dân phố) from a spreadsheet.

use super::keeper;
use crate::{
    Me,
    lists::{List, Sent},
};
use axum::extract::Multipart;
use duty::{sheets::Taken, units};
use kernel::Error;
use pages::Outcome;

const LIST: List = List {
    area: "units",
    columns: units::COLUMNS,
    missing: "error-units-file-missing",
    faults_name: "don-vi-dong-loi.xlsx",
    back: |w| w.nav_units(),
    title: |w| w.units_import(),
    file: |w| w.units_import_file(),
    hint: |w, columns| w.units_import_hint(columns),
};

/// `GET /{tenant}/desk/units/import`
pub async fn page(me: Me) -> Outcome {
    keeper(&me)?;
    LIST.page(&me).await
}

/// `POST /{tenant}/desk/units/import`
pub async fn import(me: Me, form: Multipart) -> Outcome {
    let sent = Sent::read(&me, form).await?;
    keeper(&me)?;
    let taken = take(&me, &sent).await;
    LIST.answer(&me, &sent, taken).await
}

async fn take(me: &Me, sent: &Sent) -> Result<Taken, Error> {
    let file = LIST.file_of(sent)?;
    let mut cx = me.begin().await?;
    let taken = units::import(&mut cx, file, None, sent.applies()).await?;
    if sent.applies() {
        cx.commit().await?;
    }
    Ok(taken)
}
