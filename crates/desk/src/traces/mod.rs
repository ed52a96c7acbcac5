//! What the pages of tracing have in common: their tabs, their words, their small forms, and the part of a
//! case's page that tells of its contacts.

mod form;
mod section;
pub mod words;

pub use form::{FormPage, Question};
pub use section::Section;

use crate::{
    Me,
    frame::{self, Frame},
};

/// One of the pages of tracing: address, label, whether it is this one.
pub struct Tab {
    pub href: String,
    pub label: String,
    pub here: bool,
}

/// The pages of tracing.
pub fn tabs(me: &Me, here: &str) -> Vec<Tab> {
    let w = me.w;
    [
        ("contacts", w.trace_tab_contacts()),
        ("places", w.trace_tab_places()),
        ("clusters", w.trace_tab_clusters()),
        ("tracing", w.trace_tab_indicators()),
    ]
    .into_iter()
    .map(|(path, label)| Tab { href: me.at(path), label, here: here == path })
    .collect()
}

/// What is wrong with a field. How long a text may be differs from field to field.
pub fn fault(me: &Me, field: &str, key: &str) -> String {
    match (field, key) {
        ("full_name", "error-text-too-long") => me.w.case_text_too_long("100"),
        ("address", "error-text-too-long") => me.w.case_text_too_long("300"),
        ("why" | "name", "error-text-too-long") => me.w.case_text_too_long("200"),
        _ => me.w.by_key(key),
    }
}

/// The wards of the district: id, name, chosen.
pub fn wards(frame: &Frame, chosen: &str) -> Vec<(String, String, bool)> {
    let mut wards: Vec<_> = frame
        .tree
        .wards()
        .map(|ward| {
            let id = ward.id.to_string();
            let here = id == chosen;
            (id, frame::short(&frame.tree, &frame.d, Some(ward.id)), here)
        })
        .collect();
    wards.sort_by(|one, two| one.1.cmp(&two.1));
    wards
}
