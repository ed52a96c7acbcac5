//! The words of what is brought to a household: bags, stock, necessities; and of its end.

use health::{
    care::{
        bags::{Bar, Caution, Consent, Ended, Exclusion, Lack, Met, Severity, Without},
        needs,
        stock::{Item, Reason},
    },
    discharge,
};
use pages::Words;

/// Codes are written with `_`, message keys with `-`.
fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

pub fn lack(w: Words, one: Lack) -> String {
    w.by_key(&format!("bag-lack-{}", kebab(one.as_str())))
}

pub fn bar(w: Words, one: Bar) -> String {
    w.by_key(&format!("bag-bar-{}", kebab(one.as_str())))
}

pub fn exclusion(w: Words, one: Exclusion) -> String {
    w.by_key(&format!("bag-excluded-{}", kebab(one.as_str())))
}

pub fn met(w: Words, one: Met) -> String {
    w.by_key(&format!("bag-met-{}", kebab(one.as_str())))
}

pub fn severity(w: Words, one: Severity) -> String {
    w.by_key(&format!("bag-severity-{}", kebab(one.as_str())))
}

/// `limits`: SpO2 below, breaths above, of bag B.
pub fn caution(w: Words, one: Caution, limits: (i16, i16)) -> String {
    match one {
        Caution::Young => w.bag_caution_young(),
        Caution::Old => w.bag_caution_old(),
        Caution::OnlyWhen => w.bag_caution_only_when(limits.1.to_string(), limits.0.to_string()),
        Caution::Transfer => w.bag_caution_transfer(),
        Caution::Contraception => w.bag_caution_contraception(),
        Caution::Leftovers => w.bag_caution_leftovers(),
    }
}

pub fn consent(w: Words, one: Consent) -> String {
    w.by_key(&format!("bag-consent-{}", kebab(one.as_str())))
}

pub fn without(w: Words, one: Without) -> String {
    w.by_key(&format!("bag-without-{}", kebab(one.as_str())))
}

pub fn bag_ended(w: Words, one: Ended) -> String {
    w.by_key(&format!("bag-ended-{}", kebab(one.as_str())))
}

pub fn item(w: Words, one: Item) -> String {
    w.by_key(&format!("stock-item-{}", kebab(one.as_str())))
}

pub fn move_reason(w: Words, one: Reason) -> String {
    w.by_key(&format!("stock-reason-{}", kebab(one.as_str())))
}

pub fn need(w: Words, one: needs::Item) -> String {
    w.by_key(&format!("need-item-{}", kebab(one.as_str())))
}

pub fn lack_of_release(w: Words, one: discharge::Lack) -> String {
    w.by_key(&format!("release-lack-{}", kebab(one.as_str())))
}
