//! A list of staff from a spreadsheet.

use super::keeper;
use crate::{
    Me,
    lists::{List, Sent},
};
use axum::extract::Multipart;
use duty::{sheets::Taken, staff};
use kernel::Error;
use pages::Outcome;

const LIST: List = List {
    area: "staff",
    columns: staff::COLUMNS,
    missing: "error-staff-file-missing",
    faults_name: "can-bo-dong-loi.xlsx",
    back: |w| w.nav_staff(),
    title: |w| w.staff_import(),
    file: |w| w.staff_import_file(),
    hint: |w, columns| w.staff_import_hint(columns),
};

/// `GET /{tenant}/desk/staff/import`
pub async fn page(me: Me) -> Outcome {
    keeper(&me)?;
    LIST.page(&me).await
}

/// `POST /{tenant}/desk/staff/import`
pub async fn import(me: Me, form: Multipart) -> Outcome {
    let sent = Sent::read(&me, form).await?;
    keeper(&me)?;
    let taken = take(&me, &sent).await;
    LIST.answer(&me, &sent, taken).await
}

async fn take(me: &Me, sent: &Sent) -> Result<Taken, Error> {
    let file = LIST.file_of(sent)?;
    let mut cx = me.begin().await?;
    let taken = staff::import(&mut cx, file, None, sent.applies()).await?;
    if sent.applies() {
        cx.commit().await?;
    }
    Ok(taken)
}
