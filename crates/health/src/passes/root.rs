//! The root of a demo. A real one is kept offline and never touches this program.

use super::{
    keys::{self, draw},
    sql_keys,
    trust::{self, import_trust_list},
};
use jiff::SignedDuration;
use kernel::{Error, Result};
use pass::Kid;
use std::collections::BTreeSet;
use store::Cx;

const LIST: SignedDuration = SignedDuration::from_hours(24 * 365);

/// In a demo the program is its own root: it makes one, and signs a trust list whenever the last does not
/// name every key. Nothing for a real tenant.
pub async fn demo_root(cx: &mut Cx) -> Result<()> {
    if !sql_keys::is_demo(cx).await? {
        return Ok(());
    }
    keys::keep(cx).await?;
    let told = keys::exported(cx).await?;
    let named: BTreeSet<String> =
        trust::named(cx).await?.unwrap_or_default().iter().map(Kid::to_string).collect();
    if told.keys.iter().all(|key| named.contains(&key.kid)) {
        return Ok(());
    }
    let root = if let Some(known) = sql_keys::demo_root(cx).await? {
        known
    } else {
        let (secret, _) = draw(cx.rng())?;
        sql_keys::insert_demo_root(cx, &secret).await?;
        sql_keys::demo_root(cx).await?.ok_or_else(|| Error::internal("the root was not kept"))?
    };
    let now = cx.now();
    let body = told.list(None, now, now + LIST)?.sign(&root).map_err(Error::internal)?;
    import_trust_list(cx, &body, Some(root.public().der())).await.map(|_| ())
}
