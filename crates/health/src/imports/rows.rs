//! From a row of a list to what it says.

use super::{
    doses::DosesRow,
    gazetteer::StreetRow,
    kinds::Kind,
    near::NearRow,
    residents::ResidentRow,
    results::ResultRow,
    spelling,
    whom::{Faults, Whom},
};
use crate::{
    people::{Birth, NewPerson},
    streets,
};
use duty::{
    sheets::{Row, RowError},
    tenants::Tenant,
    units::{self, Tree, UnitKind},
};
use jiff::civil::Date;
use kernel::{
    Phone, UnitId, ValueError,
    address::Address,
    citizen_id::{CitizenId, Sex},
    names::PersonName,
    text::search_key,
};
use std::{collections::BTreeSet, sync::Arc};
use store::Cx;

/// What rows are judged by.
#[derive(Clone)]
pub(super) struct Ground {
    pub today: Date,
    wards: Vec<Ward>,
    /// The ward of the unit that reads the list, for rows that name none.
    own: Option<UnitId>,
    /// Where it may put people on record; `None` means everywhere.
    allowed: Option<BTreeSet<UnitId>>,
    /// Knows the quarters of the wards.
    tree: Option<Arc<Tree>>,
    /// Search key of the city or province; empty where it is not known.
    city: String,
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
pub(super) enum Checked {
    Result(ResultRow),
    Resident(ResidentRow),
    Doses(DosesRow),
    Near(NearRow),
    Street(StreetRow),
}

impl Checked {
    /// Whom it is about; a street is nobody.
    pub fn person(&self) -> Option<&NewPerson> {
        match self {
            Self::Result(row) => Some(&row.person),
            Self::Resident(row) => Some(&row.person),
            Self::Doses(row) => Some(&row.person),
            Self::Near(row) => Some(&row.person),
            Self::Street(_) => None,
        }
    }

    /// `None` for a contact who lives where his F0 does, as far as the list says.
    pub fn ward(&self) -> Option<UnitId> {
        match self {
            Self::Result(row) => Some(row.ward),
            Self::Resident(row) => Some(row.ward),
            Self::Doses(row) => Some(row.ward),
            Self::Near(row) => row.ward(),
            Self::Street(row) => Some(row.street.ward),
        }
    }

    pub fn is_positive(&self) -> bool {
        matches!(self, Self::Result(row) if row.is_positive())
    }

    /// Goes on record before the others: positives are rung for, and streets come before their alleys.
    pub fn goes_first(&self) -> bool {
        match self {
            Self::Street(row) => row.street.parent.is_none(),
            other => other.is_positive(),
        }
    }

    /// Everything the row says, in one spelling: the same row of another file says the same.
    pub fn said(&self) -> String {
        match self {
            Self::Result(row) => row.said(),
            Self::Resident(row) => row.said(),
            Self::Doses(row) => row.said(),
            Self::Near(row) => row.said(),
            Self::Street(row) => row.said(),
        }
    }
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
        let ground = Self::new(tree, cx.now().to_zoned(tenant.timezone()).date(), own, allowed);
        Ok(Self { city: search_key(&tenant.pack.place.parent_name), ..ground })
    }

    fn new(tree: Arc<Tree>, today: Date, own: Option<UnitId>, allowed: Option<Vec<UnitId>>) -> Self {
        let wards = tree
            .wards()
            .map(|unit| {
                let name = unit.short.strip_prefix("Phường ").unwrap_or(&unit.short).to_owned();
                Ward { id: unit.id, compact: compact(&name), name }
            })
            .collect();
        let allowed = allowed.map(BTreeSet::from_iter);
        Self { today, wards, own, allowed, tree: Some(tree), city: String::new() }
    }

    /// The khu phố or tổ of a ward by what two columns say.
    pub fn quarter(&self, ward: UnitId, quarter: &str, group: &str) -> Option<UnitId> {
        self.tree.as_ref().and_then(|tree| streets::quarter_named(tree, ward, quarter, group))
    }

    fn named(&self, text: &str) -> Option<UnitId> {
        let asked = search_key(text);
        let bare = ["phuong", "p"].iter().find_map(|mark| asked.strip_prefix(mark)).unwrap_or(&asked);
        let keys = [compact(text), compact(bare)];
        self.wards.iter().find(|ward| keys.contains(&ward.compact)).map(|ward| ward.id)
    }

    /// The ward of a row without an address.
    pub fn ward_of(&self, cell: &str) -> Result<UnitId, ValueError> {
        self.allow(self.ward(cell, None)?.0)
    }

    fn allow(&self, ward: UnitId) -> Result<UnitId, ValueError> {
        match &self.allowed {
            Some(allowed) if !allowed.contains(&ward) => Err(ValueError::new("error-ward-not-yours")),
            _ => Ok(ward),
        }
    }

    /// The ward a row belongs to: its own column, else its address, else the ward of the unit, which is
    /// guessed.
    fn ward(&self, cell: &str, address: Option<&Address>) -> Result<(UnitId, bool), ValueError> {
        let told = |name: &str| {
            self.named(name).map(|ward| (ward, false)).ok_or(ValueError::new("error-ward-unknown"))
        };
        if !spelling::is_nothing(cell) {
            told(cell)
        } else if address.is_some_and(|address| self.is_elsewhere(address)) {
            // A ward of that name may be there too.
            Err(ValueError::new("error-ward-elsewhere"))
        } else if let Some(place) = address.and_then(|address| address.parts().ward.as_ref()) {
            told(&place.name)
        } else {
            self.own.map(|ward| (ward, true)).ok_or(ValueError::new("error-ward-missing"))
        }
    }

    /// An address that names another city or province.
    fn is_elsewhere(&self, address: &Address) -> bool {
        let named = address.parts().city.as_ref();
        named.is_some_and(|named| !self.city.is_empty() && !is_city(&self.city, &search_key(&named.name)))
    }

    /// Judges a row by its cells; everything wrong with it at once.
    pub fn check(&self, kind: Kind, row: &Row) -> Result<Checked, Vec<RowError>> {
        let mut faults = Faults { row, found: Vec::new() };
        let checked = match kind {
            Kind::Results => {
                let whom = self.whom(kind, &mut faults);
                ResultRow::read(self, whom, &mut faults).map(Checked::Result)
            }
            Kind::People => {
                let whom = self.whom(kind, &mut faults);
                ResidentRow::read(whom, &mut faults).map(Checked::Resident)
            }
            Kind::Vaccinations => {
                let whom = self.whom(kind, &mut faults);
                DosesRow::read(self, whom, &mut faults).map(Checked::Doses)
            }
            Kind::Contacts => {
                let whom = self.whom(kind, &mut faults);
                NearRow::read(self, whom, &mut faults).map(Checked::Near)
            }
            Kind::Streets => StreetRow::read(self, &mut faults).map(Checked::Street),
        };
        match checked {
            Some(checked) if faults.found.is_empty() => Ok(checked),
            _ => Err(faults.found),
        }
    }

    fn whom(&self, kind: Kind, faults: &mut Faults<'_>) -> Whom {
        let name = faults.kept("full_name", PersonName::parse(faults.row.text("full_name")));
        let (birth, sex) = self.birth_and_sex(faults);
        let citizen_id = faults.optional("citizen_id", CitizenId::parse);
        let phone = faults.optional("phone", one_phone);
        let names: Vec<&str> = self.wards.iter().map(|ward| ward.name.as_str()).collect();
        let address = match address_line(faults.row) {
            line if line.is_empty() => None,
            line => faults.kept("address", Address::parse_knowing(&line, &names)),
        };
        let ward = self.ward(faults.row.text("ward"), address.as_ref());
        let ward = match (kind, ward) {
            // Whoever was near an F0 of these wards may live in any, and with him where nothing is said.
            (Kind::Contacts, Err(error)) if error.key == "error-ward-missing" => None,
            (Kind::Contacts, ward) => faults.kept("ward", ward),
            (_, ward) => {
                let allowed = |(ward, guessed)| self.allow(ward).map(|ward| (ward, guessed));
                faults.kept("ward", ward.and_then(allowed))
            }
        };
        // A list of residents says that they live in the ward of the unit.
        let ward_guessed = kind != Kind::People && ward.is_some_and(|(_, guessed)| guessed);
        let ward = ward.map(|(ward, _)| ward);
        Whom { name, birth, sex, citizen_id, phone, address, ward, ward_guessed }
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

/// Whether a name in an address is that of the city or province; more may stand behind it: "TP. HCM (tạm
/// trú)". Both are search keys.
fn is_city(city: &str, named: &str) -> bool {
    let own = ["thanh pho ", "tinh "].iter().find_map(|word| city.strip_prefix(word)).unwrap_or(city);
    let begins =
        |name: &str| named.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let short = ["hcm", "tphcm", "hcmc", "tphcmc", "sai gon"];
    begins(own) || (own == "ho chi minh" && short.into_iter().any(begins))
}

/// An address in one line; its parts may stand in columns of their own.
fn address_line(row: &Row) -> String {
    let cell = |field| Some(row.text(field)).filter(|text| !spelling::is_nothing(text));
    let home: Vec<&str> = [cell("house"), cell("street")].into_iter().flatten().collect();
    // "5" under "Tổ" is "Tổ 5"; "Tổ 5" stays as it is.
    let announced = |field, word: &str| {
        cell(field).map(|text| {
            let bare = text.chars().all(|c| c.is_ascii_alphanumeric())
                && text.starts_with(|c: char| c.is_ascii_digit());
            if bare { format!("{word} {text}") } else { text.to_owned() }
        })
    };
    let parts = [
        Some(home.join(" ")).filter(|home| !home.is_empty()),
        cell("address").map(str::to_owned),
        announced("group", "Tổ"),
        announced("quarter", "Khu phố"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
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

#[cfg(test)]
mod tests {
    use super::super::columns::is_known;
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
            tree: None,
            city: "thanh pho ho chi minh".into(),
        }
    }

    fn row(cells: &[(&'static str, &str)]) -> Row {
        let sound =
            [("full_name", "TRAN THI BICH"), ("sample_on", "24/9/2021"), ("kind", "PCR"), ("result", "(+)")];
        let cells = sound.iter().chain(cells).map(|(field, text)| (*field, (*text).to_owned())).collect();
        Row { line: 7, cells, raw: Vec::new() }
    }

    fn ward(cells: &[(&'static str, &str)]) -> Result<u128, &'static str> {
        ground()
            .check(Kind::Results, &row(cells))
            .map(|row| row.ward().unwrap().uuid().as_u128())
            .map_err(|faults| faults[0].key)
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
        assert_eq!(ward(&[("address", "12 Đường số 9, P. Phú Mỹ, Quận 7, TP.HCM")]), Ok(2));
        for city in ["TP HCM Việt Nam", "TP.HCMC", "TP. HCM (tạm trú)", "Thành phố Hồ Chí Minh Việt Nam"]
        {
            let address = format!("12 Đường số 9, P. Phú Mỹ, Quận 7, {city}");
            assert_eq!(ward(&[("address", &address)]), Ok(2), "{city}");
        }
        assert_eq!(ward(&[("address", "Tỉnh lộ 10, P. Phú Mỹ")]), Ok(2));
        assert_eq!(
            ward(&[("address", "12 Đường số 9, P. Phú Mỹ, tỉnh Minh Hải")]),
            Err("error-ward-elsewhere")
        );
        let there = "12 Đường số 9, P. Tân Phong, TP. Biên Hòa, Đồng Nai";
        assert_eq!(ward(&[("address", there)]), Err("error-ward-elsewhere"));
        assert_eq!(ward(&[("address", there), ("ward", "Tân Phong")]), Ok(1));
        let narrow = Ground { allowed: Some(BTreeSet::from([UnitId(Uuid::from_u128(1))])), ..ground() };
        assert_eq!(
            narrow.check(Kind::Results, &row(&[("ward", "Phú Mỹ")])).unwrap_err()[0].key,
            "error-ward-not-yours"
        );
    }

    #[test]
    fn the_year_may_stand_under_the_sex() {
        let good =
            ground().check(Kind::Results, &row(&[("birth_female", "1985"), ("birth_male", "-")])).unwrap();
        let person = good.person().unwrap();
        assert_eq!((person.sex, person.birth), (Some(Sex::Female), Some(Birth::Year(1985))));
        let good =
            ground().check(Kind::Results, &row(&[("birth_male", "x"), ("birth", "02/03/1985")])).unwrap();
        let person = good.person().unwrap();
        assert_eq!((person.sex, person.birth), (Some(Sex::Male), Some(Birth::Day(date(1985, 3, 2)))));
        let both = ground().check(Kind::Results, &row(&[("birth_male", "1985"), ("sex", "Nữ")])).unwrap_err();
        assert_eq!(both[0].key, "error-sex-contradictory");
    }

    #[test]
    fn a_cell_of_two_numbers_gives_the_first() {
        for text in ["0900000111 / 0900000222", "0900000111, 0900000222", "0900000111 - 0900000222"] {
            assert_eq!(one_phone(text).unwrap().as_e164(), "+84900000111", "{text}");
        }
        assert!(
            ground().check(Kind::Results, &row(&[("phone", "không có"), ("citizen_id", "chưa có")])).is_ok()
        );
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
        for kind in Kind::ALL {
            for column in kind.columns() {
                for text in dirt.iter().copied().chain([long.as_str()]) {
                    if let Err(faults) = ground().check(*kind, &row(&[(column.field, text)])) {
                        for fault in faults {
                            assert!(is_known(fault.key), "{}", fault.key);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_resident_is_more_than_a_name_and_his_address_may_stand_in_parts() {
        let resident = |cells: &[(&'static str, &str)]| ground().check(Kind::People, &row(cells));
        assert_eq!(resident(&[]).unwrap_err()[0].key, "error-person-too-little");
        let found = resident(&[
            ("phone", "900555777"),
            ("house", "12/5"),
            ("street", "Đường số 9"),
            ("group", "5"),
            ("quarter", "KP3"),
        ])
        .unwrap();
        let person = found.person().unwrap();
        assert_eq!(person.phone.as_ref().unwrap().as_e164(), "+84900555777");
        assert_eq!(person.address.as_ref().unwrap().original(), "12/5 Đường số 9, Tổ 5, KP3");
        // Both tone placements, capitals and spaces say the same.
        let said = |name: &str| resident(&[("full_name", name), ("birth", "1985")]).unwrap().said();
        assert_eq!(said("Nguyễn Thị Hòa"), said("NGUYỄN  THỊ HOÀ"));
        assert_ne!(said("Nguyễn Thị Hòa"), said("Nguyễn Thị Hoàn"));
    }

    #[test]
    fn a_contact_names_his_f0_and_may_live_anywhere() {
        let near = |cells: &[(&'static str, &str)]| {
            let sound = [("birth", "1985"), ("last_on", "24/9/2021"), ("f0_name", "LE VAN A")];
            let mut all = sound.to_vec();
            all.extend_from_slice(cells);
            match ground().check(Kind::Contacts, &row(&all)) {
                Ok(Checked::Near(row)) => Ok(row),
                Ok(other) => panic!("{other:?}"),
                Err(faults) => Err((faults[0].field, faults[0].key)),
            }
        };
        let good = near(&[("relation", "Cùng phòng làm việc"), ("degree", "F2")]).unwrap();
        assert_eq!((good.of.name.as_deref(), good.second), (Some("le van a"), true));
        assert!(good.person.ward_guessed, "the ward of the unit that reads the list");
        assert!(!near(&[("ward", "Phú Mỹ")]).unwrap().person.ward_guessed);
        let narrow = Ground { allowed: Some(BTreeSet::new()), ..ground() };
        let elsewhere = [("birth", "1985"), ("last_on", "24/9/2021"), ("f0_name", "A"), ("ward", "Phú Mỹ")];
        assert!(narrow.check(Kind::Contacts, &row(&elsewhere)).is_ok());
        for (cells, fault) in [
            (&[("f0_name", "không")][..], ("f0_name", "error-f0-missing")),
            (&[("f0_phone", "115")], ("f0_phone", "error-phone-short")),
            (&[("last_on", "26/9/2021")], ("last_on", "error-date-future")),
            (&[("first_on", "25/9/2021")], ("last_on", "error-visit-backwards")),
            (&[("degree", "F3")], ("degree", "error-degree-unknown")),
            (&[("birth", "")], ("", "error-person-too-little")),
        ] {
            assert_eq!(near(cells).unwrap_err(), fault, "{cells:?}");
        }
    }

    #[test]
    fn a_street_is_told_with_its_ends_and_an_alley_with_its_street() {
        let street = |cells: &[(&'static str, &str)]| {
            let cells = cells.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
            match ground().check(Kind::Streets, &Row { line: 7, cells, raw: Vec::new() }) {
                Ok(Checked::Street(row)) => Ok(row),
                Ok(other) => panic!("{other:?}"),
                Err(faults) => Err((faults[0].field, faults[0].key)),
            }
        };
        let good =
            street(&[("street_name", "Đường số 15"), ("from_number", "1"), ("to_number", "199A")]).unwrap();
        assert_eq!((good.street.from_number, good.street.to_number), (Some(1), Some(199)));
        let alley = street(&[("street_name", "Hẻm 1806 Huỳnh Tấn Phát")]).unwrap().street;
        assert_eq!((alley.kind, alley.parent.as_deref()), (streets::Kind::Alley, Some("Huỳnh Tấn Phát")));
        for (cells, fault) in [
            (
                &[("street_name", "A"), ("from_number", "9"), ("to_number", "1")][..],
                ("to_number", "error-street-backwards"),
            ),
            (&[("street_name", "A"), ("from_number", "đầu")], ("from_number", "error-street-number")),
            (&[("street_name", "A"), ("street_kind", "sông")], ("street_kind", "error-street-kind-unknown")),
            (&[("street_name", "A"), ("quarter", "KP9")], ("quarter", "error-quarter-unknown")),
            (&[("street_name", "A"), ("ward", "Phường 99")], ("ward", "error-ward-unknown")),
        ] {
            assert_eq!(street(cells).unwrap_err(), fault, "{cells:?}");
        }
    }

    #[test]
    fn doses_stand_a_row_each_or_side_by_side() {
        let doses = |cells: &[(&'static str, &str)]| {
            let cells = [&[("birth", "1985")][..], cells].concat();
            match ground().check(Kind::Vaccinations, &row(&cells)) {
                Ok(Checked::Doses(row)) => Ok(row.doses),
                Ok(other) => panic!("{other:?}"),
                Err(faults) => Err((faults[0].field, faults[0].key)),
            }
        };
        let one =
            doses(&[("dose", "Mũi 1"), ("dosed_on", "44419"), ("vaccine", "AZ"), ("lot", "A123")]).unwrap();
        assert_eq!((one.len(), one[0].number, one[0].on), (1, 1, date(2021, 8, 11)));
        assert_eq!((one[0].vaccine.as_str(), one[0].lot.as_str()), ("AstraZeneca", "A123"));
        let two = doses(&[
            ("dose_1_on", "1/7/2021"),
            ("vaccine_1", "Vero Cell"),
            ("dose_2_on", "1/8/2021"),
            ("dose_3_on", "chưa tiêm"),
        ])
        .unwrap();
        assert_eq!(two.iter().map(|dose| dose.number).collect::<Vec<_>>(), [1, 2]);
        for (cells, fault) in [
            (&[][..], ("", "error-dose-none")),
            (&[("dosed_on", "1/8/2021")], ("dose", "error-dose-number")),
            (&[("dose", "1")], ("dosed_on", "error-date-empty")),
            (&[("dose", "1"), ("dosed_on", "26/9/2021")], ("dosed_on", "error-date-future")),
            (&[("dose", "1"), ("dosed_on", "1/8/2012")], ("dosed_on", "error-dose-before-vaccines")),
            (&[("vaccine_2", "Pfizer")], ("dose_2_on", "error-date-empty")),
            (&[("dose_1_on", "1/8/2021"), ("dose_2_on", "1/7/2021")], ("dose_2_on", "error-dose-order")),
            (&[("birth", "2021-09-01"), ("dose_1_on", "1/8/2021")], ("dose_1_on", "error-day-before-birth")),
        ] {
            assert_eq!(doses(cells).unwrap_err(), fault, "{cells:?}");
        }
    }
}
