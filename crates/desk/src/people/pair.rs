//! Two records side by side: what each says, what agrees and what differs.

use super::{at, words};
use crate::{
    Me, cases,
    frame::{self, Frame},
};
use health::people::{Agreement, Birth, Field, Pair, Side};
use kernel::{CaseId, PersonId};
use std::collections::BTreeMap;

/// One line of the comparison.
pub struct Row {
    pub label: String,
    pub one: String,
    pub other: String,
    pub told: String,
    /// The two contradict each other.
    pub differs: bool,
}

/// One of the two.
pub struct Who {
    pub name: String,
    /// His page; `None` for somebody of a ward whose people the reader may not open.
    pub href: Option<String>,
    pub case_href: Option<String>,
    /// "nhập ngày 25/09/2021"
    pub made: String,
}

pub struct View {
    pub one: Who,
    pub other: Who,
    pub basis: String,
    /// A case runs on both sides.
    pub both_cases: bool,
    pub rows: Vec<Row>,
    /// For those who decide.
    pub decide_href: Option<String>,
}

impl View {
    pub fn new(me: &Me, frame: &Frame, pair: &Pair, running: &BTreeMap<PersonId, CaseId>) -> Self {
        let (one, other) = (&pair.one, &pair.other);
        let rows = pair.compared.iter().map(|(field, agreement)| Row {
            label: words::field(me.w, *field),
            one: cell(me, frame, one, *field),
            other: cell(me, frame, other, *field),
            told: words::agreement(me.w, *agreement),
            differs: *agreement == Agreement::Other,
        });
        let decides = super::must(me, frame, &[one.ward, other.ward]).is_ok();
        Self {
            rows: rows.collect(),
            basis: cases::basis_of_duplicate(me.w, pair.basis),
            both_cases: running.contains_key(&one.person) && running.contains_key(&other.person),
            decide_href: decides.then(|| format!("{}/decide?other={}", at(me, one.person), other.person)),
            one: who(me, frame, one, running),
            other: who(me, frame, other, running),
        }
    }
}

fn who(me: &Me, frame: &Frame, side: &Side, running: &BTreeMap<PersonId, CaseId>) -> Who {
    let case = running.get(&side.person).filter(|_| side.seen);
    Who {
        name: cell(me, frame, side, Field::Name),
        href: side.seen.then(|| at(me, side.person)),
        case_href: case.map(|case| me.at(format!("cases/{case}"))),
        made: me.w.people_made_on(frame.d.clock.date(side.made_at)),
    }
}

/// What one of the two says of this; of a stranger only where he lives.
fn cell(me: &Me, frame: &Frame, side: &Side, field: Field) -> String {
    let (w, dash) = (me.w, || "–".to_owned());
    match field {
        Field::Ward => frame::short(&frame.tree, &frame.d, side.ward),
        Field::Name if !side.seen => w.case_duplicate_elsewhere(),
        _ if !side.seen => w.people_hidden(),
        Field::Name => side.full_name.clone(),
        Field::Birth => side.birth.map_or_else(dash, Birth::shown),
        Field::Sex => side.sex.map_or_else(dash, |sex| cases::sex(w, sex)),
        Field::CitizenId => side.citizen_masked.clone().unwrap_or_else(dash),
        Field::Phone if side.phones_masked.is_empty() => dash(),
        Field::Phone => side.phones_masked.join(", "),
        Field::Address => side.address.clone().unwrap_or_else(dash),
    }
}
