//! Letting go of what a list said.

use super::{import::State, sql, sql_files, sql_rows};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{Error, ImportId, Result};
use store::{
    Cx, Event, Timer, Topic,
    timers::{Due, OnTimer},
};

const KIND: &str = "imports.expire";
/// How long broken rows, and lists nobody applies, are kept.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long broken rows stay after they were fetched first, for a download that broke off.
pub(super) const FETCHED: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn arm(cx: &mut Cx, id: ImportId, after: SignedDuration) {
    let fire_at = cx.now() + after;
    cx.arm(Timer { kind: KIND, object: id.uuid(), generation: 0, fire_at });
}

/// The handler of `imports.expire`.
pub struct Expire;

#[async_trait]
impl OnTimer for Expire {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        for due in due {
            let id = ImportId(due.object);
            let import = match sql::lock(cx, id).await {
                Err(Error::NotFound) => continue,
                import => import?,
            };
            let ends_at = import.staged_at + KEPT;
            if import.state == State::Staged && cx.now() < ends_at {
                // Its broken rows were fetched; the good ones wait their week for whoever applies them.
                sql_rows::forget_broken(cx, id).await?;
                cx.record(Event::new("import.errors_forgotten", id).unit(import.unit));
                cx.arm(Timer { kind: KIND, object: id.uuid(), generation: 0, fire_at: ends_at });
            } else {
                // One that was never read to its end is let go of like one that nobody applied.
                let staged = matches!(import.state, State::Staged | State::Reading);
                sql_rows::forget(cx, id, staged).await?;
                if staged {
                    sql_files::let_go(cx, id).await?;
                    sql::set_state(cx, id, State::Expired).await?;
                }
                cx.record(Event::new("import.expired", id).unit(import.unit));
            }
            cx.tell(Topic::screen("imports"));
        }
        Ok(())
    }
}
