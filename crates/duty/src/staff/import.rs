//! The list of staff that an office keeps, CSV or XLSX: new people in, known ones brought up to
//! date, broken rows given back. Importing the same list again changes nothing.

use super::{Contact, NewPost, NewStaff, PostSpec, edit, edit_sql as rows};
use crate::{
    permissions::{Action, Permit, Scope},
    sheets::{self, Column, ColumnMap, Overrides, Row, RowError, Taken},
    units::{self, Tree, Unit},
};
use jiff::civil::Date;
use kernel::{Error, Result, Role, StaffId, UnitId, dates, text::search_key};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event};

/// The columns of a staff list.
pub const COLUMNS: &[Column] = &[
    Column {
        field: "code", required: false, names: &["mã cán bộ", "mã số", "mã", "code", "staff code"]
    },
    Column {
        field: "name",
        required: true,
        names: &["họ và tên", "họ tên", "tên", "cán bộ", "name", "full name", "staff"],
    },
    Column {
        field: "phone",
        required: false,
        names: &["điện thoại", "số điện thoại", "di động", "sđt", "đt", "phone", "mobile"],
    },
    Column { field: "email", required: false, names: &["thư điện tử", "email", "e-mail", "mail"] },
    Column {
        field: "unit",
        required: true,
        names: &["đơn vị", "mã đơn vị", "tên đơn vị", "nơi công tác", "phòng ban", "unit", "unit code"],
    },
    Column { field: "title", required: false, names: &["chức vụ", "chức danh", "title", "position"] },
    Column {
        field: "title_en",
        required: false,
        names: &["chức vụ tiếng anh", "title en", "title in english"],
    },
    Column { field: "role", required: false, names: &["vai trò", "quyền", "role"] },
    Column { field: "head", required: false, names: &["trưởng đơn vị", "đứng đầu", "head"] },
    Column { field: "on_call", required: false, names: &["trực", "tham gia trực", "on call"] },
    Column { field: "from", required: false, names: &["từ ngày", "ngày nhận việc", "from", "since"] },
];

/// A row that can be used.
struct Wanted {
    staff: NewStaff,
    coded: bool,
    post: Wish,
}

/// The post a row asks for.
struct Wish {
    unit: UnitId,
    role: Role,
    title: String,
    title_en: String,
    head: bool,
    on_call: bool,
}

/// Reads a list of staff; with `apply` false nothing is written, and the answer says what would
/// become of it. People are known again by their code, else by telephone, else by name within the
/// unit. Errors of the file as a whole are `Invalid` at `file`.
pub async fn import(cx: &mut Cx, file: &[u8], overrides: Option<&Overrides>, apply: bool) -> Result<Taken> {
    cx.permit(Action::StaffEdit, Scope::Tenant)?;
    let map = ColumnMap { columns: COLUMNS, overrides, worksheet: None };
    let sheet = sheets::read(file, &map).map_err(|error| Error::invalid("file", error.key))?;
    if !sheet.missing_columns.is_empty() {
        return Err(Error::invalid("file", "error-sheet-columns-missing"));
    }
    let tree = units::tree(cx).await?;
    let posts = pack_posts(cx).await?;
    let today = units::today(cx).await?;
    let mut import = Taken { sheet, errors: Vec::new(), added: 0, changed: 0, unchanged: 0 };
    let mut seen: BTreeSet<StaffId> = BTreeSet::new();
    let mut coming: BTreeSet<String> = BTreeSet::new();
    let sound: Vec<Row> = import.sheet.sound_rows().cloned().collect();
    for row in &sound {
        let outcome = match wanted(&tree, &posts, row, today) {
            Ok(wanted) => take(cx, wanted, row, apply, &mut coming).await?,
            Err(error) => Err(error),
        };
        match outcome {
            Ok((_, Became::Added)) => import.added += 1,
            // A person with two posts stands in two rows and counts once.
            Ok((Some(id), became)) if seen.insert(id) => match became {
                Became::Changed => import.changed += 1,
                _ => import.unchanged += 1,
            },
            Ok(_) => {}
            Err(error) => import.errors.push(error),
        }
    }
    if apply {
        let tenant = cx.tenant();
        let refused = import.errors.len() + import.sheet.errors.len();
        cx.record(Event::new("staff.imported", tenant).data(json!({
            "added": import.added, "changed": import.changed, "unchanged": import.unchanged, "refused": refused,
        })));
    }
    Ok(import)
}

async fn pack_posts(cx: &mut Cx) -> Result<Vec<PostSpec>> {
    let tenant = cx.tenant().uuid();
    let posts =
        sqlx::query_scalar!(r#"select config -> 'posts' as "posts!" from tenants where id = $1"#, tenant)
            .fetch_one(cx.conn())
            .await?;
    serde_json::from_value(posts).map_err(Error::internal)
}

fn wanted(tree: &Tree, posts: &[PostSpec], row: &Row, today: Date) -> std::result::Result<Wanted, RowError> {
    let unit = unit(tree, row)?;
    let from = match row.text("from") {
        "" => today,
        text => dates::parse_date_near(text, today).map_err(|error| row.error("from", error.key))?,
    };
    let code = row.text("code");
    let text = |field| Some(row.text(field)).filter(|text| !text.is_empty());
    // A row without a code gets one when the person turns out to be new.
    let staff = edit::described(
        if code.is_empty() { "-" } else { code },
        row.text("name"),
        text("phone"),
        text("email"),
        from,
    )
    .map_err(|error| match error {
        Error::Invalid { field, key } => row.error(field, key),
        _ => row.error("name", "error-name-format"),
    })?;
    Ok(Wanted { staff, coded: !code.is_empty(), post: wish(posts, unit, row)? })
}

/// The unit by its code, else by a name that only one unit has.
fn unit<'a>(tree: &'a Tree, row: &Row) -> std::result::Result<&'a Unit, RowError> {
    let text = row.text("unit");
    if let Some(unit) = tree.by_code(text).or_else(|| tree.by_code(&text.to_uppercase())) {
        return Ok(unit);
    }
    let key = search_key(text);
    let mut named = tree
        .iter()
        .filter(|unit| [&unit.name, &unit.short, &unit.name_en].iter().any(|n| search_key(n) == key));
    match (named.next(), named.next()) {
        (Some(unit), None) => Ok(unit),
        (Some(_), Some(_)) => Err(row.error("unit", "error-row-unit-ambiguous")),
        (None, _) => Err(row.error("unit", "error-row-unit-unknown")),
    }
}

/// The post: as the pack describes the title at this unit, and what the row says itself goes first.
fn wish(posts: &[PostSpec], unit: &Unit, row: &Row) -> std::result::Result<Wish, RowError> {
    let own = posts.iter().any(|spec| spec.unit.as_deref() == Some(&unit.code));
    let here = |spec: &&PostSpec| match &spec.unit {
        Some(code) => *code == unit.code,
        None => !own && spec.kind == unit.kind.as_str(),
    };
    let title = search_key(row.text("title"));
    let known = posts.iter().filter(here).find(|spec| {
        !title.is_empty() && (search_key(&spec.title) == title || search_key(&spec.title_en) == title)
    });
    let role = match (row.text("role"), known) {
        ("", Some(spec)) => spec.role,
        ("", None) => return Err(row.error("title", "error-row-title-unknown")),
        (text, _) => role_named(text).ok_or_else(|| row.error("role", "error-role-unknown"))?,
    };
    let flag = |field| match search_key(row.text(field)).as_str() {
        "" => Ok(None),
        "x" | "co" | "1" | "true" | "yes" => Ok(Some(true)),
        "khong" | "0" | "false" | "no" => Ok(Some(false)),
        _ => Err(row.error(field, "error-row-yes-no")),
    };
    let (head, on_call) = (flag("head")?, flag("on_call")?);
    let said = |field: &str, fallback: Option<&String>, last: &str| match row.text(field) {
        "" => fallback.map_or_else(|| last.to_owned(), Clone::clone),
        text => text.to_owned(),
    };
    let title = said("title", known.map(|spec| &spec.title), role.as_str());
    Ok(Wish {
        unit: unit.id,
        role,
        title_en: said("title_en", known.map(|spec| &spec.title_en), &title),
        title,
        head: head.unwrap_or(known.is_some_and(|spec| spec.head)),
        on_call: on_call.unwrap_or(known.is_some_and(|spec| spec.on_call)),
    })
}

/// A role by its code, by the name that the screens give it in either language, or by what offices
/// call it themselves.
pub fn role_named(text: &str) -> Option<Role> {
    let named = match search_key(text).as_str() {
        "truc tong dai" | "dieu phoi vien" => Role::Operator,
        "can bo phuong" | "cong chuc phuong" => Role::WardOfficial,
        "lanh dao phuong" => Role::WardLeader,
        "nhan vien tram y te" | "nhan vien tram" | "tram y te" => Role::StationStaff,
        "to cham soc f0 phan ung nhanh" | "to cham soc f0" | "to phan ung nhanh" => Role::CareTeam,
        "can bo phong ban" | "can bo phong" | "chuyen vien" => Role::DepartmentOfficial,
        "lanh dao quan" | "lanh dao" => Role::DistrictLeader,
        "giam doc trung tam" | "director of the centre" => Role::CentreDirector,
        "van phong giup viec lanh dao" | "van phong lanh dao" => Role::LeadersOffice,
        "kiem tra giam sat" | "kiem tra" | "giam sat" => Role::Auditor,
        "quan tri he thong" | "quan tri" => Role::Administrator,
        // "Leaders' office" and "leaders_office" are one; so are "Ward official" and "ward_official".
        key => {
            let key = key.replace(' ', "");
            return Role::ALL.into_iter().find(|role| role.as_str().replace('_', "") == key);
        }
    };
    Some(named)
}

enum Became {
    Added,
    Changed,
    Unchanged,
}

type Outcome = std::result::Result<(Option<StaffId>, Became), RowError>;

/// Brings one row in, or says what would become of it. `coming` holds who would be new.
async fn take(
    cx: &mut Cx,
    wanted: Wanted,
    row: &Row,
    apply: bool,
    coming: &mut BTreeSet<String>,
) -> Result<Outcome> {
    let Wanted { mut staff, coded, post } = wanted;
    let known = match known(cx, &staff, coded, &post, row).await? {
        Ok(known) => known,
        Err(error) => return Ok(Err(error)),
    };
    let Some(id) = known else {
        let same =
            if coded { staff.code.to_lowercase() } else { format!("{} {:?}", staff.search, staff.phone) };
        if !apply {
            return Ok(Ok((None, if coming.insert(same) { Became::Added } else { Became::Unchanged })));
        }
        if !coded {
            staff.code = format!("CB{}", cx.rng().code(6));
        }
        let id = edit::take_on(cx, &staff).await?;
        appoint(cx, id, &post, staff.active_from).await?;
        return Ok(Ok((Some(id), Became::Added)));
    };
    if rows::lock(cx, id).await?.is_some() {
        return Ok(Err(row.error("code", "error-staff-left")));
    }
    let now = rows::contacts(cx, &[id]).await?.pop().ok_or(Error::NotFound)?;
    // An empty cell says nothing; it does not take a number away.
    staff.phone = staff.phone.or_else(|| now.phone.clone());
    staff.email = staff.email.or_else(|| now.email.clone());
    let corrected = staff.full_name != now.full_name || staff.phone != now.phone || staff.email != now.email;
    let held = rows::post_rows(cx, id).await?;
    let holds = held.iter().any(|h| h.unit == post.unit && h.role == post.role && h.title == post.title);
    if !holds && cx.actor.staff_id() == Some(id) {
        return Ok(Err(row.error("role", "error-appoint-self")));
    }
    if apply && corrected {
        edit::correct(cx, id, &staff).await?;
    }
    if apply && !holds {
        appoint(cx, id, &post, staff.active_from).await?;
    }
    Ok(Ok((Some(id), if corrected || !holds { Became::Changed } else { Became::Unchanged })))
}

async fn appoint(cx: &mut Cx, staff: StaffId, wish: &Wish, from: Date) -> Result<()> {
    let post = NewPost {
        staff,
        unit: wish.unit,
        role: wish.role,
        title: wish.title.clone(),
        title_en: wish.title_en.clone(),
        head: wish.head,
        on_call: wish.on_call,
        valid_from: from,
    };
    edit::appoint(cx, &post).await
}

/// Who a row is about, if we know him.
async fn known(
    cx: &mut Cx,
    staff: &NewStaff,
    coded: bool,
    post: &Wish,
    row: &Row,
) -> Result<std::result::Result<Option<StaffId>, RowError>> {
    if coded {
        return Ok(Ok(rows::by_code(cx, &staff.code).await?));
    }
    let ambiguous = || row.error("name", "error-row-staff-ambiguous");
    let named = |contact: &Contact| search_key(&contact.full_name) == staff.search;
    if let Some(phone) = &staff.phone {
        let ids = rows::by_phone(cx, phone).await?;
        // An office telephone is many people's: the name must fit too.
        let mut people = rows::contacts(cx, &ids).await?;
        people.retain(named);
        match &people[..] {
            [person] => return Ok(Ok(Some(person.id))),
            [] => {}
            _ => return Ok(Err(ambiguous())),
        }
    }
    let ids = rows::by_name(cx, post.unit, &staff.search).await?;
    Ok(match &rows::contacts(cx, &ids).await?[..] {
        [] => Ok(None),
        // Two numbers may be two people of one name; only a code can tell.
        [person] if staff.phone.is_none() || person.phone.is_none() => Ok(Some(person.id)),
        _ => Err(ambiguous()),
    })
}
