//! What happens now: thanks, a call of the station, or 115 first of all.

use super::{doorway::Asker, page};
use askama::Template;
use axum::extract::{Path, Query};
use health::alerts::Grade;
use kernel::{Actor, SecretCode};
use pages::{Outcome, Portal, html};

#[derive(Template)]
#[template(path = "diary_done.html")]
struct Page {
    p: Portal,
    code: String,
    grade: Grade,
    /// Names of those whose entry is still owed.
    owed: String,
}

impl Page {
    fn at(&self, path: &str) -> String {
        self.p.at(format_args!("diary/{}{path}", self.code))
    }

    fn is(&self, grade: &str) -> bool {
        self.grade.as_str() == grade
    }
}

/// `GET /{tenant}/diary/{code}/done?w=`: `w` says only what is to be read, and decides nothing.
pub(super) async fn page(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let own = match page::open(&mut cx, &code).await {
        Ok((_, own)) => own,
        Err(error) => return asker.refuse(&code, error),
    };
    let grade = asked.iter().find(|(name, _)| name == "w").and_then(|(_, word)| word.parse().ok());
    let owed: Vec<&str> = own.iter().filter(|one| one.owed).map(|one| one.given_name.as_str()).collect();
    let page = Page {
        p: visit.frame(),
        code: SecretCode::parse(&code)?.to_string(),
        grade: grade.unwrap_or(Grade::Well),
        owed: owed.join(", "),
    };
    Ok(visit.keep_language(html(&page)?))
}
