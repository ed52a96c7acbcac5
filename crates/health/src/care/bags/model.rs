use crate::codes::codes;

codes! {
    Kind in "kind" {
        /// Paracetamol and vitamins.
        A = "A",
        /// Steroid and anticoagulant.
        B = "B",
        /// Molnupiravir.
        C = "C",
    }
    /// What became of a bag.
    Ended in "ended_as" {
        Used = "used",
        /// Came back whole: it is a bag again.
        Returned = "returned",
        /// Came back opened: what is left of it is destroyed, or goes back to be counted.
        Opened = "opened",
        Lost = "lost",
        /// The patient died.
        Died = "died",
    }
    /// How somebody consented to bag C.
    Consent in "consent" {
        /// By his hand on paper.
        Paper = "signed_paper",
        /// By his hand on a screen.
        Screen = "signed_screen",
    }
    /// Why there is no picture of a consent.
    Without in "consent_without" {
        /// He has agreed by word, and signs when somebody comes.
        SignsLater = "signs_later",
        /// It is signed; nobody could take a picture of it.
        KeptOnPaper = "kept_on_paper",
    }
    /// Whoever is or has this does not get the bag.
    Exclusion in "excluded" {
        Pregnant = "pregnant",
        Breastfeeding = "breastfeeding",
        LiverFailure = "liver_failure",
        KidneyFailure = "kidney_failure",
        /// Of the stomach, the bowel or the urine.
        BleedingHistory = "bleeding_history",
    }
    /// How ill somebody is (Decision 250/QĐ-BYT).
    Severity in "severity" {
        Unknown = "unknown",
        Asymptomatic = "asymptomatic",
        Mild = "mild",
        Moderate = "moderate",
        Severe = "severe",
    }
    /// What is still missing; it can be brought.
    Lack in "lack" {
        /// Nobody measured lately.
        Readings = "readings",
        /// Neither breathlessness, fast breathing nor low oxygen.
        Condition = "condition",
        /// A doctor must be called first.
        DoctorTried = "doctor_tried",
        /// What excludes was not asked.
        Asked = "asked",
        Birth = "birth",
        Prescriber = "prescriber",
        Consent = "consent",
        Severity = "severity",
    }
    /// What forbids it.
    Bar in "bar" {
        /// He has one already.
        Given = "given",
        TooYoung = "too_young",
        Excluded = "excluded",
        /// Not handed out beforehand by the rule of the day.
        Beforehand = "beforehand",
        Asymptomatic = "asymptomatic",
        Severe = "severe",
        /// Too many days since it began.
        TooLate = "too_late",
    }
    /// What is said with it.
    Caution in "caution" {
        /// A child's doses go by weight.
        Young = "young",
        Old = "old",
        /// Handed out beforehand: taken only under its conditions.
        OnlyWhen = "only_when",
        /// For a day, while the transfer is awaited.
        Transfer = "transfer",
        Contraception = "contraception",
        /// What is left is counted and given back.
        Leftovers = "leftovers",
    }
    /// A condition of bag B that is met.
    Met in "met" { Breathless = "breathless", RespiratoryRate = "respiratory_rate", Spo2 = "spo2" }
}
