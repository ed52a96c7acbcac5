//! History: new cases by day and ward as others have published them. A row that names another province or
//! district is given back with the reason and changes nothing, and so is any other that cannot be used;
//! a list read twice doubles nothing.

use super::{sql_history as sql, table};
use crate::{cases::event_day, people};
use duty::{
    permissions::{Action, Permit, Scope},
    sheets::{self, Column, ColumnMap, Overrides, Row, RowError, Taken},
    tenants::Tenant,
    units::{self, Unit, UnitKind},
};
use jiff::civil::Date;
use kernel::{
    Error, ImportId, Result, UnitId,
    text::{line, search_key},
};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Cx, Event, Topic};

/// What is said of where numbers come from that name no source.
pub const SOURCE: &str = "Bản tin công bố hằng ngày";
/// Longest name of a source, in characters.
const SOURCE_CAP: usize = 200;
/// More new cases than any ward has had on a day.
const MOST: i32 = 100_000;

const fn column(field: &'static str, required: bool, names: &'static [&'static str]) -> Column {
    Column { field, required, names }
}

/// What a list of published numbers is read for.
pub const COLUMNS: &[Column] = &[
    column("date", true, &["Ngày", "Ngày công bố", "Ngày báo cáo", "Date", "Day"]),
    column("ward", true, &["Phường", "Phường/Xã", "Xã/Phường", "Phường, xã", "Ward"]),
    column("district", false, &["Quận", "Quận/Huyện", "Quận, huyện", "Huyện", "District"]),
    column("province", false, &["Tỉnh", "Tỉnh/Thành phố", "Tỉnh, thành phố", "Thành phố", "Province"]),
    column(
        "new_cases",
        true,
        &["Số ca mới", "Ca mới", "Số ca", "Số ca mắc mới", "Ca mắc mới", "New cases", "Cases"],
    ),
    column("source", false, &["Nguồn", "Nguồn số liệu", "Source"]),
];

/// A number as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub day: Date,
    pub ward: UnitId,
    pub new_cases: i32,
    pub source: String,
}

/// Published numbers, and where they come from.
#[derive(Clone, Debug)]
pub struct History {
    /// By day, then by ward.
    pub lines: Vec<Published>,
    /// Each once, by name.
    pub sources: Vec<String>,
}

/// What rows are judged by.
struct Ground {
    today: Date,
    district: String,
    province: String,
    /// The wards as they were called from a day on.
    wards: BTreeMap<Date, Vec<(String, UnitId)>>,
    /// Where the actor may put numbers on record; `None` means everywhere.
    allowed: Option<Vec<UnitId>>,
}

/// A name of a ward without its kind.
fn ward_key(text: &str) -> String {
    let key = search_key(text);
    let bare = ["phuong ", "p ", "xa ", "thi tran "].iter().find_map(|kind| key.strip_prefix(kind));
    bare.unwrap_or(&key).replace(' ', "")
}

/// "TP. Hồ Chí Minh" and "Thành phố Hồ Chí Minh" alike.
fn province_key(text: &str) -> String {
    let key = search_key(text);
    let bare = ["thanh pho ", "tp ", "tinh "].iter().find_map(|kind| key.strip_prefix(kind));
    bare.unwrap_or(&key).replace(' ', "")
}

/// "Quận 7", "Q.7" and "Q7" alike.
fn district_key(text: &str) -> String {
    let key = search_key(text);
    let bare = ["quan ", "huyen ", "thi xa ", "q ", "h "].iter().find_map(|kind| key.strip_prefix(kind));
    let bare = bare.unwrap_or(&key).replace(' ', "");
    match bare.strip_prefix('q') {
        Some(number) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => number.to_owned(),
        _ => bare,
    }
}

fn names(units: &[Unit]) -> Vec<(String, UnitId)> {
    let wards = units.iter().filter(|unit| unit.kind == UnitKind::Ward);
    wards.map(|unit| (ward_key(&unit.short), unit.id)).collect()
}

impl Ground {
    async fn of(cx: &mut Cx, tenant: &Tenant, days: &[Date]) -> Result<Self> {
        let today = units::today(cx).await?;
        let allowed = people::wards(cx, Action::CaseImport).await?;
        let mut wards = BTreeMap::new();
        let (first, last) = (days.first().copied().unwrap_or(today), days.last().copied().unwrap_or(today));
        let (one, other) =
            (names(&units::units_on(cx, first).await?), names(&units::units_on(cx, last).await?));
        if one == other {
            wards.insert(first, one);
        } else {
            // Wards were renamed or passed into others in between: each day has its own.
            for day in days {
                wards.insert(*day, names(&units::units_on(cx, *day).await?));
            }
        }
        let place = &tenant.pack.place;
        Ok(Self {
            today,
            district: district_key(&place.name),
            province: province_key(&place.parent_name),
            wards,
            allowed,
        })
    }

    fn ward(&self, day: Date, text: &str) -> Result<UnitId, &'static str> {
        let wards = self.wards.range(..=day).next_back().map_or(&[][..], |(_, wards)| wards.as_slice());
        let key = ward_key(text);
        let (_, ward) = wards.iter().find(|(name, _)| *name == key).ok_or("error-ward-unknown")?;
        let mine = self.allowed.as_ref().is_none_or(|allowed| allowed.contains(ward));
        if mine { Ok(*ward) } else { Err("error-ward-not-yours") }
    }

    /// Judges a row by its cells; the first thing wrong with it.
    fn check(&self, row: &Row, source: &str) -> std::result::Result<Published, RowError> {
        let day = event_day(row.text("date"), self.today).map_err(|error| row.error("date", error.key))?;
        let elsewhere = |text: &str, key: fn(&str) -> String, own: &str| !text.is_empty() && key(text) != own;
        if elsewhere(row.text("province"), province_key, &self.province) {
            return Err(row.error("province", "error-history-province"));
        }
        if elsewhere(row.text("district"), district_key, &self.district) {
            return Err(row.error("district", "error-history-district"));
        }
        let ward = self.ward(day, row.text("ward")).map_err(|key| row.error("ward", key))?;
        let new_cases = row.text("new_cases").parse::<i32>().ok().filter(|n| (0..=MOST).contains(n));
        let new_cases = new_cases.ok_or_else(|| row.error("new_cases", "error-history-count"))?;
        let named = line(row.text("source"), SOURCE_CAP).map_err(|error| row.error("source", error.key))?;
        let source = if named.is_empty() { source.to_owned() } else { named };
        Ok(Published { day, ward, new_cases, source })
    }
}

/// Reads a list of published numbers; with `apply` false nothing is written. A day of a ward is known
/// again by itself: another number takes the place of the one before, and is counted as changed.
/// `source` is where the numbers come from that name none. Errors of the file as a whole are `Invalid`
/// at `file`.
///
/// Errors: `NotFound` for who reads no lists in; `source`: `error-text-too-long`.
pub async fn import_history(
    cx: &mut Cx,
    tenant: &Tenant,
    file: &[u8],
    source: &str,
    overrides: Option<&Overrides>,
    apply: bool,
) -> Result<Taken> {
    cx.permit_sight(Action::CaseImport, Scope::Tenant)?;
    let source = line(source, SOURCE_CAP).map_err(|error| Error::invalid("source", error.key))?;
    let source = if source.is_empty() { SOURCE.to_owned() } else { source };
    let map = ColumnMap { overrides, ..ColumnMap::new(COLUMNS) };
    let sheet = sheets::read(file, &map).map_err(|error| Error::invalid("file", error.key))?;
    if !sheet.missing_columns.is_empty() {
        return Err(Error::invalid("file", "error-sheet-columns-missing"));
    }
    let today = units::today(cx).await?;
    let mut days: Vec<Date> =
        sheet.sound_rows().filter_map(|row| event_day(row.text("date"), today).ok()).collect();
    days.sort_unstable();
    days.dedup();
    let ground = Ground::of(cx, tenant, &days).await?;
    let mut errors = Vec::new();
    let mut wanted: BTreeMap<(Date, UnitId), Published> = BTreeMap::new();
    let mut repeated = 0;
    for row in sheet.sound_rows() {
        match ground.check(row, &source) {
            Err(error) => errors.push(error),
            Ok(new) => match wanted.get(&(new.day, new.ward)) {
                None => {
                    wanted.insert((new.day, new.ward), new);
                }
                Some(before) if before.new_cases == new.new_cases => repeated += 1,
                // Which of the two is right only a person can say.
                Some(_) => errors.push(row.error("new_cases", "error-history-twice")),
            },
        }
    }
    let known = match (days.first(), days.last()) {
        (Some(first), Some(last)) => sql::between(cx, None, *first, *last).await?,
        _ => Vec::new(),
    };
    let known: BTreeMap<(Date, UnitId), Published> =
        known.into_iter().map(|line| ((line.day, line.ward), line)).collect();
    let (mut added, mut changed, mut unchanged) = (0, 0, repeated);
    let mut news = Vec::new();
    for (place, new) in wanted {
        match known.get(&place) {
            Some(before) if *before == new => {
                unchanged += 1;
                continue;
            }
            Some(_) => changed += 1,
            None => added += 1,
        }
        news.push(new);
    }
    if apply && !news.is_empty() {
        let import = cx.id::<ImportId>();
        sql::put(cx, import, &news).await?;
        let refused = errors.len() + sheet.errors.len();
        cx.record(Event::new("history.imported", import).data(json!({
            "added": added, "changed": changed, "unchanged": unchanged, "refused": refused,
            "from": days.first(), "to": days.last(),
        })));
        cx.tell(Topic::screen("board"));
    }
    Ok(Taken { sheet, errors, added, changed, unchanged })
}

/// What has been published of these days, of one ward or of all that the reader sees.
///
/// Errors: `NotFound` for who sees no board, or not that ward's.
pub async fn history(cx: &mut Cx, span: Option<(Date, Date)>, only: Option<UnitId>) -> Result<History> {
    let tree = units::tree(cx).await?;
    let mut wards = table::seen(cx, &tree)?;
    if let Some(only) = only {
        if !table::in_order(&tree, wards.as_deref()).contains(&only) {
            return Err(Error::NotFound);
        }
        wards = Some(vec![only]);
    }
    let ids = table::uuids(wards.as_deref());
    let (from, to) = span.unwrap_or((Date::MIN, Date::MAX));
    let (from, to) = (from.max(sql::FIRST), to.min(sql::LAST));
    let lines = sql::between(cx, ids.as_deref(), from, to).await?;
    let mut sources: Vec<String> = lines.iter().map(|line| line.source.clone()).collect();
    sources.sort();
    sources.dedup();
    Ok(History { lines, sources })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn ground() -> Ground {
        let ward = |n, name: &str| (ward_key(name), UnitId(Uuid::from_u128(n)));
        Ground {
            today: date(2021, 9, 25),
            district: district_key("Quận 7"),
            province: province_key("Thành phố Hồ Chí Minh"),
            wards: BTreeMap::from([(
                date(2021, 5, 1),
                vec![ward(1, "Phường Tân Phú"), ward(2, "Phường Phú Mỹ")],
            )]),
            allowed: None,
        }
    }

    fn row(cells: &[(&'static str, &str)]) -> Row {
        let sound = [("date", "2021-07-04"), ("ward", "Phú Mỹ"), ("new_cases", "2")];
        let cells = sound.iter().chain(cells).map(|(field, text)| (*field, (*text).to_owned())).collect();
        Row { line: 7, cells, raw: Vec::new() }
    }

    fn fault(cells: &[(&'static str, &str)]) -> (&'static str, &'static str) {
        ground().check(&row(cells), SOURCE).map_err(|error| (error.field, error.key)).unwrap_err()
    }

    #[test]
    fn a_row_of_another_province_is_refused_and_ours_in_any_spelling_is_not() {
        for province in ["TP. Hồ Chí Minh", "Thành phố Hồ Chí Minh", "TP HỒ CHÍ MINH", ""] {
            for district in ["Quận 7", "Q.7", "Q7", "QUAN 7", ""] {
                let read = ground().check(&row(&[("province", province), ("district", district)]), SOURCE);
                assert_eq!(read.unwrap().ward.uuid().as_u128(), 2, "{province} {district}");
            }
        }
        for province in ["Bình Dương", "Long An", "Tỉnh Trà Vinh"] {
            assert_eq!(fault(&[("province", province)]), ("province", "error-history-province"));
        }
        assert_eq!(fault(&[("district", "Quận 8")]), ("district", "error-history-district"));
    }

    #[test]
    fn what_cannot_be_used_says_which_cell() {
        assert_eq!(fault(&[("date", "26/9/2021")]), ("date", "error-date-future"));
        assert_eq!(fault(&[("date", "31/2/2021")]), ("date", "error-date-none"));
        assert_eq!(fault(&[("ward", "Bến Nghé")]), ("ward", "error-ward-unknown"));
        for count in ["-1", "2,5", "nhiều", "9999999"] {
            assert_eq!(fault(&[("new_cases", count)]), ("new_cases", "error-history-count"), "{count}");
        }
        let narrow = Ground { allowed: Some(vec![UnitId(Uuid::from_u128(1))]), ..ground() };
        assert_eq!(narrow.check(&row(&[]), SOURCE).unwrap_err().key, "error-ward-not-yours");
        let read = ground().check(&row(&[("ward", "P. tân phú"), ("source", "HCDC")]), SOURCE).unwrap();
        assert_eq!((read.ward.uuid().as_u128(), read.source.as_str()), (1, "HCDC"));
        assert_eq!(ground().check(&row(&[]), SOURCE).unwrap().source, SOURCE);
    }
}
