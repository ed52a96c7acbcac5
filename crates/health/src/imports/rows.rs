//! From a row of a list to a person and a result.

use super::spelling;
use crate::{
    cases::{
        Care, CaseReport, Classification, NewResult, NoPhone, TestKind, TestResult, days_agree, event_day,
    },
    people::{Birth, NewPerson},
};
use duty::{
    sheets::{Row, RowError},
    tenants::Tenant,
    units::{self, Tree, UnitKind},
};
use jiff::{Timestamp, civil::Date};
use kernel::{
    ImportId, Phone, UnitId, ValueError,
    address::Address,
    citizen_id::{CitizenId, Sex},
    names::PersonName,
    text::search_key,
};
use std::collections::BTreeSet;
use store::Cx;

/// What rows are judged by.
#[derive(Clone)]
pub(super) struct Ground {
    today: Date,
    wards: Vec<Ward>,
    /// The ward of the unit that reads the list, for rows that name none.
    own: Option<UnitId>,
    /// Where it may put results on record; `None` means everywhere.
    allowed: Option<BTreeSet<UnitId>>,
}

#[derive(Clone)]
struct Ward {
    id: UnitId,
    /// Without "Phường".
    name: String,
    compact: String,
}

/// A row that can be put on record.
#[derive(Clone, Debug)]
pub(super) struct ResultRow {
    pub person: NewPerson,
    pub ward: UnitId,
    pub result: NewResult,
}

fn compact(text: &str) -> String {
    let compact = search_key(text).replace(' ', "");
    // "Phường 01" and "Phường 1".
    let digits = compact.trim_start_matches('0');
    if !digits.is_empty() && compact.bytes().all(|b| b.is_ascii_digit()) {
        digits.to_owned()
    } else {
        compact
    }
}

impl Ground {
    /// For lists of `unit`, today.
    pub async fn of(
        cx: &mut Cx,
        tenant: &Tenant,
        unit: UnitId,
        allowed: Option<Vec<UnitId>>,
    ) -> kernel::Result<Self> {
        let tree = units::tree(cx).await?;
        let known = tree.unit(unit)?;
        let own = if known.kind == UnitKind::Ward { Some(unit) } else { known.ward };
        Ok(Self::new(&tree, cx.now().to_zoned(tenant.timezone()).date(), own, allowed))
    }

    fn new(tree: &Tree, today: Date, own: Option<UnitId>, allowed: Option<Vec<UnitId>>) -> Self {
        let wards = tree
            .wards()
            .map(|unit| {
                let name = unit.short.strip_prefix("Phường ").unwrap_or(&unit.short).to_owned();
                Ward { id: unit.id, compact: compact(&name), name }
            })
            .collect();
        Self { today, wards, own, allowed: allowed.map(BTreeSet::from_iter) }
    }

    fn named(&self, text: &str) -> Option<UnitId> {
        let asked = search_key(text);
        let bare = ["phuong", "p"].iter().find_map(|mark| asked.strip_prefix(mark)).unwrap_or(&asked);
        let keys = [compact(text), compact(bare)];
        self.wards.iter().find(|ward| keys.contains(&ward.compact)).map(|ward| ward.id)
    }

    /// The ward a row belongs to: its own column, else its address, else the ward of the unit.
    fn ward(&self, cell: &str, address: Option<&Address>) -> Result<UnitId, ValueError> {
        let ward = if !spelling::is_nothing(cell) {
            self.named(cell).ok_or(ValueError::new("error-ward-unknown"))?
        } else if let Some(place) = address.and_then(|address| address.parts().ward.as_ref()) {
            self.named(&place.name).ok_or(ValueError::new("error-ward-unknown"))?
        } else {
            self.own.ok_or(ValueError::new("error-ward-missing"))?
        };
        match &self.allowed {
            Some(allowed) if !allowed.contains(&ward) => Err(ValueError::new("error-ward-not-yours")),
            _ => Ok(ward),
        }
    }

    /// Judges a row by its cells; everything wrong with it at once.
    pub fn check(&self, row: &Row) -> Result<ResultRow, Vec<RowError>> {
        let mut faults = Faults { row, found: Vec::new() };
        let name = faults.kept("full_name", PersonName::parse(row.text("full_name")));
        let (birth, sex) = self.birth_and_sex(&mut faults);
        let citizen_id = faults.optional("citizen_id", CitizenId::parse);
        let phone = faults.optional("phone", one_phone);
        let names: Vec<&str> = self.wards.iter().map(|ward| ward.name.as_str()).collect();
        let address = faults.optional("address", |text| Address::parse_knowing(text, &names));
        let ward = faults.kept("ward", self.ward(row.text("ward"), address.as_ref()));
        let result = faults.kept("result", spelling::result(row.text("result")));
        let ct = faults.kept("ct", spelling::ct(row.text("ct"))).flatten();
        let ct = ct.or_else(|| spelling::ct_beside(row.text("result")));
        let kind = match row.text("kind") {
            // Only a PCR has a CT value.
            text if spelling::is_nothing(text) && ct.is_some() => Some(TestKind::Pcr),
            text if spelling::is_nothing(text) => {
                faults.kept("kind", Err(ValueError::new("error-test-kind-missing")))
            }
            text => faults.kept("kind", spelling::kind(text)),
        };
        let sample_on = faults.kept("sample_on", event_day(row.text("sample_on"), self.today));
        let result_on = faults.optional("result_on", |text| event_day(text, self.today));
        if let Some(sample_on) = sample_on
            && let Err((field, error)) = days_agree(sample_on, result_on, birth)
        {
            faults.found.push(row.error(field, error.key));
        }
        match (name, ward, result, kind, sample_on) {
            (Some(name), Some(ward), Some(result), Some(kind), Some(sample_on))
                if faults.found.is_empty() =>
            {
                Ok(ResultRow {
                    person: NewPerson {
                        name,
                        birth,
                        sex,
                        citizen_id,
                        phone,
                        address,
                        ward: Some(ward),
                        quarter: None,
                        import: None,
                    },
                    ward,
                    result: NewResult { kind, result, sample_on, result_on, ct_hundredths: ct },
                })
            }
            _ => Err(faults.found),
        }
    }

    /// From one column each, or from two columns in which the year stands under the sex.
    fn birth_and_sex(&self, faults: &mut Faults<'_>) -> (Option<Birth>, Option<Sex>) {
        let mut sex = faults.optional("sex", spelling::sex);
        let mut birth = faults.optional("birth", |text| Birth::parse(text, self.today));
        for (field, of) in [("birth_male", Sex::Male), ("birth_female", Sex::Female)] {
            let text = faults.row.text(field);
            if text.is_empty() || text == "-" {
                continue;
            }
            if sex.is_some_and(|known| known != of) {
                faults.found.push(faults.row.error(field, "error-sex-contradictory"));
                continue;
            }
            sex = Some(of);
            if !text.eq_ignore_ascii_case("x") {
                birth = faults.kept(field, Birth::parse(text, self.today)).or(birth);
            }
        }
        (birth, sex)
    }
}

struct Faults<'a> {
    row: &'a Row,
    found: Vec<RowError>,
}

impl Faults<'_> {
    fn kept<T>(&mut self, field: &'static str, value: Result<T, ValueError>) -> Option<T> {
        value.map_err(|error| self.found.push(self.row.error(field, error.key))).ok()
    }

    fn optional<T>(
        &mut self,
        field: &'static str,
        parse: impl Fn(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let text = self.row.text(field);
        if spelling::is_nothing(text) { None } else { self.kept(field, parse(text)) }
    }
}

/// The first number of a cell that may hold several.
fn one_phone(text: &str) -> Result<Phone, ValueError> {
    let whole = Phone::parse(text);
    let parts = || text.split([',', ';', '/', '\n']).flat_map(|part| part.split(" - "));
    match whole {
        Ok(phone) => Ok(phone),
        Err(error) => parts().find_map(|part| Phone::parse(part).ok()).ok_or(error),
    }
}

impl ResultRow {
    pub fn is_positive(&self) -> bool {
        self.result.result == TestResult::Positive
    }

    /// Everything the row says, in one spelling: the same row of another file says the same.
    pub fn said(&self) -> String {
        let person = &self.person;
        format!(
            "{}|{}|{}|{}|{}|{}|{}|{}|{}",
            person.name.search_key(),
            person.birth.map(Birth::shown).unwrap_or_default(),
            person.citizen_id.as_ref().map_or("", |id| id.as_str()),
            person.phone.as_ref().map_or("", |phone| phone.as_e164()),
            person.address.as_ref().map(Address::search_key).unwrap_or_default(),
            self.ward,
            self.result.kind.as_str(),
            self.result.result.as_str(),
            self.result.sample_on,
        )
    }

    /// The report of a positive row.
    pub fn report(&self, now: Timestamp, unit: UnitId, import: ImportId) -> CaseReport {
        CaseReport {
            person: self.person.clone(),
            ward: self.ward,
            no_phone: self.person.phone.is_none().then_some(NoPhone::NotInList),
            classification: Classification::Confirmed,
            basis: self.result.kind,
            result: Some(self.result),
            reported_at: now,
            symptoms: Vec::new(),
            care: Care::Unknown,
            note: None,
            unit: Some(unit),
            import: Some(import),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::{COLUMNS, is_known};
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn ground() -> Ground {
        let ward = |n, name: &str| Ward {
            id: UnitId(Uuid::from_u128(n)),
            compact: compact(name),
            name: name.into(),
        };
        Ground {
            today: date(2021, 9, 25),
            wards: vec![ward(1, "Tân Phong"), ward(2, "Phú Mỹ"), ward(3, "1")],
            own: Some(UnitId(Uuid::from_u128(1))),
            allowed: None,
        }
    }

    fn row(cells: &[(&'static str, &str)]) -> Row {
        let sound =
            [("full_name", "TRAN THI BICH"), ("sample_on", "24/9/2021"), ("kind", "PCR"), ("result", "(+)")];
        let cells = sound.iter().chain(cells).map(|(field, text)| (*field, (*text).to_owned())).collect();
        Row { line: 7, cells, raw: Vec::new() }
    }

    fn ward(cells: &[(&'static str, &str)]) -> Result<u128, &'static str> {
        ground().check(&row(cells)).map(|row| row.ward.uuid().as_u128()).map_err(|faults| faults[0].key)
    }

    #[test]
    fn the_ward_is_found_where_it_stands() {
        assert_eq!(ward(&[]), Ok(1));
        for text in ["Phú Mỹ", "PHU MY", "P. Phú Mỹ", "phường phú mỹ", "P.PhúMỹ"] {
            assert_eq!(ward(&[("ward", text)]), Ok(2), "{text}");
        }
        for text in ["1", "P1", "Phường 01"] {
            assert_eq!(ward(&[("ward", text)]), Ok(3), "{text}");
        }
        assert_eq!(ward(&[("address", "12 Đường số 9, P. Phú Mỹ, Quận 7")]), Ok(2));
        assert_eq!(ward(&[("address", "12 Đường số 9")]), Ok(1));
        assert_eq!(ward(&[("ward", "Phường 99")]), Err("error-ward-unknown"));
        assert_eq!(ward(&[("address", "12 Đường số 9, Phường Bến Nghé, Quận 1")]), Err("error-ward-unknown"));
        let narrow = Ground { allowed: Some(BTreeSet::from([UnitId(Uuid::from_u128(1))])), ..ground() };
        assert_eq!(narrow.check(&row(&[("ward", "Phú Mỹ")])).unwrap_err()[0].key, "error-ward-not-yours");
    }

    #[test]
    fn the_year_may_stand_under_the_sex() {
        let good = ground().check(&row(&[("birth_female", "1985"), ("birth_male", "-")])).unwrap();
        assert_eq!((good.person.sex, good.person.birth), (Some(Sex::Female), Some(Birth::Year(1985))));
        let good = ground().check(&row(&[("birth_male", "x"), ("birth", "02/03/1985")])).unwrap();
        assert_eq!(
            (good.person.sex, good.person.birth),
            (Some(Sex::Male), Some(Birth::Day(date(1985, 3, 2))))
        );
        let both = ground().check(&row(&[("birth_male", "1985"), ("sex", "Nữ")])).unwrap_err();
        assert_eq!(both[0].key, "error-sex-contradictory");
    }

    #[test]
    fn a_cell_of_two_numbers_gives_the_first() {
        for text in ["0900000111 / 0900000222", "0900000111, 0900000222", "0900000111 - 0900000222"] {
            assert_eq!(one_phone(text).unwrap().as_e164(), "+84900000111", "{text}");
        }
        assert!(ground().check(&row(&[("phone", "không có"), ("citizen_id", "chưa có")])).is_ok());
    }

    #[test]
    fn every_fault_of_every_cell_comes_back_from_the_database_as_itself() {
        let dirt = [
            "",
            "-",
            "x",
            "abc",
            "12",
            "2030",
            "1850",
            "31/02/2021",
            "13/25/2021",
            "1/1/85",
            "26/9/2021",
            "1/1/2010",
            "7h99 1/1/2021",
            "9.03E+08",
            "115",
            "012345678901234",
            "099200000000",
            "0909",
            "079985000000",
            "gộp 5",
            "a\u{1}b",
            "âm tính (+)",
            "CT 99",
            "1985",
            "44464",
            "0900000111",
        ];
        let long = "a".repeat(400);
        for column in COLUMNS {
            for text in dirt.iter().copied().chain([long.as_str()]) {
                if let Err(faults) = ground().check(&row(&[(column.field, text)])) {
                    for fault in faults {
                        assert!(is_known(fault.key), "{}", fault.key);
                    }
                }
            }
        }
    }
}
