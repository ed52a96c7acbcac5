//! Finding the F0s that a list of contacts names, before anything of it is on record.

use super::{
    judge::{Ready, told},
    rows::Checked,
};
use crate::contacts::{self, Asked};
use duty::sheets::RowError;
use kernel::{Result, UnitId};
use store::Cx;

/// Writes into each contact which F0 he was near, among those of these wards (`None` means all). A row
/// whose F0 nobody knows, or two are with equal right, is broken; so is one that tells of a day on which
/// he could not yet infect anybody.
pub(super) async fn resolve(cx: &mut Cx, wards: Option<&[UnitId]>, ready: &mut [Ready]) -> Result<()> {
    let mut places: Vec<usize> = Vec::new();
    let mut asked: Vec<Asked> = Vec::new();
    for (at, one) in ready.iter().enumerate() {
        if let Some(Checked::Near(row)) = &one.checked
            && row.case.is_none()
        {
            places.push(at);
            asked.push(row.of.clone());
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    for (at, found) in places.into_iter().zip(contacts::f0s(cx, &asked, wards).await?) {
        let one = &mut ready[at];
        let Some(Checked::Near(row)) = &mut one.checked else { continue };
        match found {
            Ok(f0) if !row.second && row.last_on < f0.infectious_from => {
                one.spoil("last_on", "error-exposure-before");
            }
            Ok(f0) => {
                row.case = Some(f0.case);
                one.row.case = Some(f0.case);
            }
            Err(key) => {
                let field = if row.of.name.is_some() {
                    "f0_name"
                } else if row.of.code.is_some() {
                    "f0_code"
                } else {
                    "f0_phone"
                };
                one.spoil(field, key);
            }
        }
    }
    Ok(())
}

impl Ready {
    /// It cannot be used after all.
    fn spoil(&mut self, field: &'static str, key: &'static str) {
        let fault = match &self.source {
            Some(row) => row.error(field, key),
            None => RowError { line: 0, field, key, args: Vec::new(), value: String::new() },
        };
        let faults = vec![fault];
        (self.row.state, self.row.faults, self.checked) = ("error", Some(told(&faults)), None);
        self.broken = self.source.take().map(|row| (row, faults));
    }
}
