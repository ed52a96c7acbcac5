//! A list of published numbers from a spreadsheet.

use crate::{
    Me,
    lists::{List, Sent},
};
use axum::extract::Multipart;
use duty::{
    permissions::{Action, Scope, permits},
    sheets::Taken,
};
use health::numbers;
use kernel::Error;
use pages::Outcome;

const LIST: List = List {
    area: "numbers/history",
    columns: numbers::HISTORY_COLUMNS,
    missing: "error-history-file-missing",
    faults_name: "lich-su-dong-loi.xlsx",
    back: |w| w.history_title(),
    title: |w| w.history_import(),
    file: |w| w.history_import_file(),
    hint: |w, columns| w.history_import_hint(columns),
};

fn keeper(me: &Me) -> Result<(), Error> {
    if permits(&me.actor, Action::CaseImport, Scope::Tenant) { Ok(()) } else { Err(Error::NotFound) }
}

/// `GET /{tenant}/desk/numbers/history/import`
pub async fn page(me: Me) -> Outcome {
    keeper(&me)?;
    LIST.page(&me).await
}

/// `POST /{tenant}/desk/numbers/history/import`
pub async fn import(me: Me, form: Multipart) -> Outcome {
    let sent = Sent::read(&me, form).await?;
    keeper(&me)?;
    let taken = take(&me, &sent).await;
    LIST.answer(&me, &sent, taken).await
}

async fn take(me: &Me, sent: &Sent) -> Result<Taken, Error> {
    let file = LIST.file_of(sent)?;
    let mut cx = me.begin().await?;
    let taken =
        numbers::import_history(&mut cx, &me.tenant, file, numbers::SOURCE, None, sent.applies()).await?;
    if sent.applies() {
        cx.commit().await?;
    }
    Ok(taken)
}
