use super::{law::*, model::*};
use crate::vitals::Age;
use duty::rules::{self, Rule};

fn law(version: usize) -> Law {
    let pack = rules::pack("f0.drug_bags").unwrap();
    Law::read(Some(&Rule::new("f0.drug_bags", &pack.versions[version - 1]))).unwrap()
}

fn patient(years: i16, spo2: Option<i16>) -> Patient {
    Patient {
        age: Age::Months(years * 12),
        readings: Readings { spo2, symptoms: true, asked: true, ..Readings::default() },
        pregnant: false,
        ill_for: 2,
    }
}

fn said() -> Answers {
    Answers { asked: true, ..Answers::default() }
}

#[test]
fn bag_a_is_for_everybody_and_warns_of_a_childs_dose() {
    let judged = |years| law(1).judge(Kind::A, &patient(years, None), &Answers::default());
    assert!(judged(36).allows() && judged(36).cautions.is_empty());
    assert!(judged(9).allows());
    assert_eq!(judged(9).cautions, [Caution::Young]);
}

#[test]
fn bag_b_asks_for_a_condition_and_a_doctor_who_was_not_reached() {
    let law = law(1);
    let well = law.judge(Kind::B, &patient(36, Some(98)), &said());
    assert_eq!((well.lacks, well.bars), (vec![Lack::Condition], vec![]));
    let unmeasured = law.judge(Kind::B, &patient(36, None), &Answers::default());
    assert_eq!(unmeasured.lacks, [Lack::Asked, Lack::Readings]);
    // The number itself is not below it.
    assert_eq!(law.judge(Kind::B, &patient(36, Some(95)), &said()).met, []);
    let low = law.judge(Kind::B, &patient(36, Some(94)), &said());
    assert_eq!((low.met, low.lacks), (vec![Met::Spo2], vec![Lack::DoctorTried]));
    let tried = Answers { doctor_not_reached: true, ..said() };
    assert!(law.judge(Kind::B, &patient(36, Some(94)), &tried).allows());
    assert_eq!(law.judge(Kind::B, &patient(81, Some(94)), &tried).cautions, [Caution::Old]);
    let mut fast = patient(36, None);
    fast.readings.respiratory_rate = Some(21);
    assert!(law.judge(Kind::B, &fast, &tried).allows());
    // Whoever is pregnant by a fact need not be ticked.
    let pregnant = Patient { pregnant: true, ..patient(36, Some(94)) };
    assert_eq!(law.judge(Kind::B, &pregnant, &tried).bars, [Bar::Excluded]);
    let child = law.judge(Kind::B, &patient(17, Some(94)), &tried);
    assert_eq!(child.bars, [Bar::TooYoung]);
    let unknown = Patient { age: Age::Unknown, ..patient(36, Some(94)) };
    assert_eq!(law.judge(Kind::B, &unknown, &tried).lacks, [Lack::Birth]);
}

#[test]
fn bag_b_is_not_issued_beforehand_from_28_january_2022() {
    let beforehand = Answers { beforehand: true, ..said() };
    let well = patient(36, Some(98));
    let before = law(1).judge(Kind::B, &well, &beforehand);
    assert!(before.allows() && before.cautions == [Caution::OnlyWhen]);
    let after = law(2).judge(Kind::B, &well, &beforehand);
    assert_eq!((after.bars, after.lacks), (vec![Bar::Beforehand], vec![Lack::Prescriber]));
    let prescribed = Answers { prescribed: true, ..said() };
    let low = law(2).judge(Kind::B, &patient(36, Some(94)), &prescribed);
    assert!(low.allows() && low.cautions == [Caution::Transfer]);
    assert_eq!((law(1).days(Kind::B), law(2).days(Kind::B)), (3, 1));
}

#[test]
fn bag_c_is_for_adults_mildly_or_moderately_ill_who_consented() {
    let law = law(1);
    let consented = Answers { consented: true, ..said() };
    let judged = |patient: &Patient| law.judge(Kind::C, patient, &consented);
    assert!(judged(&patient(36, Some(98))).allows());
    assert_eq!(judged(&patient(36, Some(98))).severity, Some(Severity::Mild));
    assert_eq!(judged(&patient(36, Some(95))).severity, Some(Severity::Moderate));
    assert_eq!(judged(&patient(36, Some(93))).bars, [Bar::Severe]);
    assert_eq!(judged(&patient(17, Some(98))).bars, [Bar::TooYoung]);
    let mut without = patient(36, Some(98));
    without.readings.symptoms = false;
    assert_eq!(judged(&without).bars, [Bar::Asymptomatic]);
    without.readings.asked = false;
    assert_eq!(judged(&without).lacks, [Lack::Severity]);
    let late = Patient { ill_for: 6, ..patient(36, Some(98)) };
    assert_eq!(judged(&late).bars, [Bar::TooLate]);
    let silent = law.judge(Kind::C, &patient(36, Some(98)), &said());
    assert_eq!((silent.lacks, silent.bars), (vec![Lack::Consent], vec![]));
    assert_eq!(judged(&patient(36, None)).lacks, [Lack::Readings]);
}
