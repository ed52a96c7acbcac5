//! The nurse's form: one page, everything that was typed kept when something must be mended.

use super::{list::wards, words};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::{Form, extract::Path, http::StatusCode};
use duty::{permissions::Action, units::UnitKind};
use health::{
    cases::{self, Care, Classification, NewCase, NoPhone, Recorded, Symptom, TestKind},
    followups, samples,
};
use kernel::{CaseId, Error, Result, dates};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use std::collections::BTreeSet;

/// The form as it was sent.
#[derive(Clone, Debug, Default)]
struct Typed {
    csrf: String,
    form_key: String,
    full_name: String,
    birth: String,
    sex: String,
    citizen_id: String,
    phone: String,
    no_phone: String,
    address: String,
    ward: String,
    classification: String,
    basis: String,
    sample_on: String,
    result_on: String,
    symptoms: BTreeSet<String>,
    care: String,
    note: String,
}

impl Typed {
    /// Boxes that are ticked come several times under one name, so the pairs are taken as they are.
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            let field = match name.as_str() {
                "csrf" => &mut typed.csrf,
                "form_key" => &mut typed.form_key,
                "full_name" => &mut typed.full_name,
                "birth" => &mut typed.birth,
                "sex" => &mut typed.sex,
                "citizen_id" => &mut typed.citizen_id,
                "phone" => &mut typed.phone,
                "no_phone" => &mut typed.no_phone,
                "address" => &mut typed.address,
                "ward" => &mut typed.ward,
                "classification" => &mut typed.classification,
                "basis" => &mut typed.basis,
                "sample_on" => &mut typed.sample_on,
                "result_on" => &mut typed.result_on,
                "care" => &mut typed.care,
                "note" => &mut typed.note,
                "symptoms" => {
                    typed.symptoms.insert(value);
                    continue;
                }
                _ => continue,
            };
            *field = value;
        }
        typed
    }

    fn case(&self) -> Result<NewCase> {
        Ok(NewCase {
            form_key: self.form_key.parse().map_err(|_| Error::invalid("form_key", "error-key-length"))?,
            full_name: self.full_name.clone(),
            birth: self.birth.clone(),
            sex: self.sex.parse().ok(),
            citizen_id: self.citizen_id.clone(),
            phone: self.phone.clone(),
            no_phone_reason: if self.no_phone.is_empty() { None } else { Some(self.no_phone.parse()?) },
            address: self.address.clone(),
            ward: self.ward.parse().ok(),
            classification: self.classification.parse()?,
            basis: self.basis.parse()?,
            sample_on: self.sample_on.clone(),
            result_on: self.result_on.clone(),
            reported_at: None,
            symptoms: self.symptoms.iter().map(|one| one.parse()).collect::<Result<_>>()?,
            care: self.care.parse()?,
            note: self.note.clone(),
        })
    }
}

/// Value, label, chosen.
type Choice = (&'static str, String, bool);

#[derive(Template)]
#[template(path = "case_new.html")]
struct Page {
    d: Desk,
    typed: Typed,
    errors: Errors,
    wards: Vec<(String, String, bool)>,
    classifications: Vec<Choice>,
    bases: Vec<Choice>,
    no_phones: Vec<Choice>,
    symptoms: Vec<Choice>,
    cares: Vec<Choice>,
    medical: String,
}

/// `GET /{tenant}/desk/cases/new`
pub async fn form(me: Me) -> Outcome {
    show(&me, None, Errors::default()).await
}

/// `POST /{tenant}/desk/cases/new`
pub async fn enter(me: Me, Path(_): Path<String>, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed::of(pairs);
    me.check(&typed.csrf)?;
    let mut errors = Errors::default();
    match record(&me, &typed, &mut errors).await {
        Ok(Some(recorded)) => {
            let done = recorded.outcome.map_or("again", cases::Outcome::as_str);
            Ok(see_other(&me.at(format!("cases/{}?done={done}", recorded.case))))
        }
        Ok(None) => again(&me, typed, errors).await,
        Err(Error::Invalid { field, key }) => {
            errors.add(field, words::fault(me.w, field, key));
            again(&me, typed, errors).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `None` when something must be mended first, which `errors` then tell.
async fn record(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<Option<Recorded>> {
    let new = typed.case()?;
    let mut cx = me.begin().await?;
    let today = cx.now().to_zoned(me.tenant.timezone()).date();
    for fault in new.faults(cx.now(), today) {
        errors.add(fault.field, words::fault(me.w, fault.field, fault.key));
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    let (recorded, _) = followups::record(&mut cx, &me.tenant, &new).await?;
    // Whoever is sick and not confirmed is tested at once; a result may answer what was owed.
    samples::settle(&mut cx, &[recorded.person]).await?;
    samples::suspected(&mut cx, recorded.case).await?;
    cx.commit().await?;
    Ok(Some(recorded))
}

async fn again(me: &Me, typed: Typed, errors: Errors) -> Outcome {
    let mut response = show(me, Some(typed), errors).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn show(me: &Me, typed: Option<Typed>, errors: Errors) -> Outcome {
    let frame = Frame::new(me, "cases").await?;
    let wards = wards(me, &frame, Action::CaseRecord);
    if wards.is_empty() {
        return Err(Error::Forbidden("case.record").into());
    }
    let typed = typed.unwrap_or_else(|| {
        let own =
            frame.units.iter().filter_map(|unit| frame.tree.get(*unit)).find_map(|unit| match unit.kind {
                UnitKind::Ward => Some(unit.id),
                _ => unit.ward,
            });
        let own = own.filter(|own| wards.contains(own)).or(if wards.len() == 1 {
            wards.first().copied()
        } else {
            None
        });
        let today = dates::shown_date(frame.d.clock.today());
        Typed {
            form_key: frame.cx.id::<CaseId>().uuid().to_string(),
            ward: own.map(|ward| ward.to_string()).unwrap_or_default(),
            classification: Classification::Confirmed.as_str().to_owned(),
            basis: TestKind::Rapid.as_str().to_owned(),
            sample_on: today.clone(),
            result_on: today,
            care: Care::Home.as_str().to_owned(),
            ..Typed::default()
        }
    });
    let w = me.w;
    let page = Page {
        wards: wards
            .iter()
            .map(|ward| {
                (
                    ward.to_string(),
                    frame::short(&frame.tree, &frame.d, Some(*ward)),
                    typed.ward == ward.to_string(),
                )
            })
            .collect(),
        classifications: [Classification::Confirmed, Classification::Suspected]
            .into_iter()
            .map(|one| (one.as_str(), words::classification(w, one), typed.classification == one.as_str()))
            .collect(),
        bases: TestKind::ALL
            .iter()
            .map(|one| (one.as_str(), words::test_kind(w, *one), typed.basis == one.as_str()))
            .collect(),
        no_phones: NoPhone::ALL
            .iter()
            .filter(|one| **one != NoPhone::NotInList)
            .map(|one| (one.as_str(), words::no_phone(w, *one), typed.no_phone == one.as_str()))
            .collect(),
        symptoms: Symptom::AT_REPORT
            .iter()
            .map(|one| (one.as_str(), words::symptom(w, *one), typed.symptoms.contains(one.as_str())))
            .collect(),
        cares: Care::ALL
            .iter()
            .map(|one| (one.as_str(), words::care(w, *one), typed.care == one.as_str()))
            .collect(),
        medical: me.tenant.pack.place.emergency.medical.clone(),
        typed,
        errors,
        d: frame.d,
    };
    html(&page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::citizen_id::Sex;
    use uuid::Uuid;

    fn pairs(list: &[(&str, &str)]) -> Typed {
        Typed::of(list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn boxes_come_several_times_and_what_is_unknown_is_left_out() {
        let typed = pairs(&[
            ("form_key", "018f0000-0000-7000-8000-000000000001"),
            ("classification", "confirmed"),
            ("basis", "self_test"),
            ("care", "home"),
            ("symptoms", "fever"),
            ("symptoms", "cough"),
            ("sex", "female"),
            ("stranger", "x"),
        ]);
        let case = typed.case().unwrap();
        assert_eq!(case.symptoms.len(), 2);
        assert_eq!(
            (case.sex, case.basis, case.no_phone_reason),
            (Some(Sex::Female), TestKind::SelfTest, None)
        );
        assert_eq!(case.form_key, Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_0001));
    }

    #[test]
    fn a_choice_that_is_none_is_said_beside_its_field() {
        let typed = pairs(&[("form_key", "018f0000-0000-7000-8000-000000000001"), ("classification", "ill")]);
        assert!(matches!(
            typed.case(),
            Err(Error::Invalid { field: "classification", key: "error-choice-unknown" })
        ));
    }
}
