//! The people of the demo: every post of the pack filled with synthetic officials, on duty by turns.

use duty::{
    organisations,
    rosters::{self, Band, Pattern, Plan, Post, Rotation, Slot, TurnLength},
    staff::{self, NewPost, NewStaff, PostSpec},
    tenants::{self, Pack, Tenant},
    units::{self, Tree, Unit},
};
use jiff::{
    SignedDuration, ToSpan,
    civil::{Weekday, time},
};
use kernel::{Actor, Error, Result, Rng, Role, StaffId, UnitId, text};
use pages::DemoAccount;
use rust_embed::RustEmbed;
use store::{Cx, Store};

#[derive(RustEmbed)]
#[folder = "../../packs/"]
struct Packs;

/// The pack of the demo's district, carried inside the program.
pub fn pack(name: &str) -> Result<Pack> {
    Pack::from_files(&|file| {
        let file = Packs::get(&format!("{name}/{file}"))?;
        String::from_utf8(file.data.into_owned()).ok()
    })
}

/// Makes the district and its officials, once.
pub async fn make(store: &Store) -> Result<Tenant> {
    if let Some(there) = tenants::find(store).await?.remove("quan7") {
        return Ok(there);
    }
    let tenant = tenants::create(store, &pack("quan7")?, true).await?;
    let mut cx = store.begin(tenant.id, Actor::system("demo")).await?;
    let mut people = People { rng: Rng::seeded(7), made: 0 };
    let tree = units::tree(&mut cx).await?;
    let named: Vec<&str> = tenant.pack.posts.iter().filter_map(|post| post.unit.as_deref()).collect();
    for unit in tree.iter() {
        let own = named.contains(&unit.code.as_str());
        let posts = tenant.pack.posts.iter().filter(|post| match &post.unit {
            Some(code) => *code == unit.code,
            None => !own && post.kind == unit.kind.as_str(),
        });
        let mut on_call = Vec::new();
        for post in posts {
            for _ in 0..post.count {
                let id = people.take_on(&mut cx, unit.id, post).await?;
                if post.on_call {
                    on_call.push(id);
                }
            }
        }
        duty(&mut cx, unit, &on_call).await?;
    }
    put_organisations(&mut cx, &tree).await?;
    cx.commit().await?;
    Ok(tenant)
}

/// Code, kind, name and ward of those outside the unit tree.
const ORGANISATIONS: &[(&str, &str, &str, &str)] = &[
    ("CHO-01", "market", "Chợ Trình Diễn 1", "TPHONG"),
    ("TH-01", "school", "Trường Tiểu học Trình Diễn 1", "TPHONG"),
    ("DN-01", "business", "Công ty May Trình Diễn", "TTDONG"),
    ("DN-02", "business", "Siêu thị Trình Diễn", "TPHU"),
];

async fn put_organisations(cx: &mut Cx, tree: &Tree) -> Result<()> {
    let today = units::today(cx).await?;
    for (n, (code, kind, name, ward)) in ORGANISATIONS.iter().enumerate() {
        let ward = tree.by_code(ward).map(|ward| ward.id.to_string()).unwrap_or_default();
        // Texts to it arrive at `/demo/phones`.
        let phone = format!("09000090{:02}", n + 1);
        let field = |field| match field {
            "code" => code,
            "kind" => kind,
            "name" => name,
            "ward" => ward.as_str(),
            "phone" => phone.as_str(),
            _ => "",
        };
        let described = organisations::described(field, tree, today)?;
        organisations::create(cx, &described).await?;
    }
    Ok(())
}

struct People {
    rng: Rng,
    made: u32,
}

const FAMILIES: &[&str] = &[
    "Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô",
    "Dương",
];
const MIDDLES: &[&str] =
    &["Minh", "Thị", "Văn", "Ngọc", "Thanh", "Quốc", "Hữu", "Kim", "Xuân", "Đức", "Bảo", "Hoài"];
const GIVENS: &[&str] = &[
    "An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Hòa", "Khánh", "Lan", "Mai", "Nga", "Phúc", "Quân",
    "Sơn", "Thảo", "Trang", "Tuấn", "Vân", "Vinh", "Yến",
];

impl People {
    async fn take_on(&mut self, cx: &mut Cx, unit: UnitId, post: &PostSpec) -> Result<StaffId> {
        self.made += 1;
        let pick = |from: &[&'static str]| self.rng.pick(from).copied().unwrap_or_default();
        let full_name = format!("{} {} {}", pick(FAMILIES), pick(MIDDLES), pick(GIVENS));
        let today = cx.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let valid_from = today.saturating_sub(jiff::Span::new().days(400));
        let new = NewStaff {
            code: format!("CB{:04}", self.made),
            search: text::search_key(&full_name),
            full_name,
            phone: Some(format!("+8490000{:04}", self.made)),
            email: Some(format!("cb{:04}@example.org", self.made)),
            active_from: valid_from,
        };
        let id = staff::insert(cx, &new).await?;
        let post = NewPost {
            staff: id,
            unit,
            role: post.role,
            title: post.title.clone(),
            title_en: post.title_en.clone(),
            head: post.head,
            on_call: post.on_call,
            valid_from,
        };
        staff::insert_post(cx, &post).await?;
        Ok(id)
    }
}

/// The unit that has nobody for the night three days from now.
const WITH_A_GAP: &str = "PMY.TYT";
/// How far back the simulated past may reach.
const DAYS_BEFORE: i32 = 16;

/// Duty by turns, a day each, handed over at seven; one unit plans its week by day and night and has
/// left a night open, for the warnings to have something to say.
async fn duty(cx: &mut Cx, unit: &Unit, people: &[StaffId]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let tz = units::timezone(cx).await?;
    let now = cx.now().to_zoned(tz.clone());
    let (today, handover) = (now.date(), time(7, 0, 0, 0));
    // The days before there was a plan, so that the simulated past finds somebody on duty.
    let planned = tz.to_timestamp(today.to_datetime(handover)).map_err(Error::internal)?;
    let day = SignedDuration::from_hours(24);
    for (turn, person) in (1..=DAYS_BEFORE).zip(people.iter().cycle()) {
        let from = planned - day * turn;
        staff::insert_shift(cx, unit.id, *person, from, from + day, 0).await?;
    }
    let plan = if unit.code == WITH_A_GAP {
        let open = today.saturating_add(3.days()).weekday();
        let bands = [("Ca ngày", handover, time(19, 0, 0, 0)), ("Ca đêm", time(19, 0, 0, 0), handover)];
        let nights = Weekday::Monday.cycle_forward().take(7).flat_map(|day| bands.map(|band| (day, band)));
        let slots = nights
            .zip(people.iter().cycle())
            .map(|((weekday, (name, start, end)), person)| Slot {
                weekday,
                band: Band { name: name.to_owned(), start, end },
                post: Post::Primary,
                staff: (weekday != open || start == handover).then_some(*person),
            })
            .collect();
        Plan::Weekly(Pattern { unit: unit.id, from: today, until: None, slots })
    } else {
        Plan::Rotation(Rotation {
            unit: unit.id,
            name: "Trực 24 giờ".to_owned(),
            post: Post::Primary,
            staff: people.to_vec(),
            turn: TurnLength::days(1).map_err(Error::internal)?,
            handover,
            start: today,
            until: None,
            restrictions: Vec::new(),
        })
    };
    rosters::set_plans(cx, unit.id, today, vec![plan]).await
}

/// The accounts offered by one click.
pub const ACCOUNTS: &[DemoAccount] = &[
    account("station", Role::StationStaff, "TPHONG.TYT", "first-aid-kit"),
    account("rapid_team", Role::CareTeam, "TPHONG.TPUN", "ambulance"),
    account("care_team", Role::CareTeam, "TPHONG.TCSF0", "heart-handshake"),
    account("ward", Role::WardOfficial, "TPHONG", "building-community"),
    account("chair", Role::WardLeader, "TPHONG", "user-check"),
    account("police", Role::WardOfficial, "TPHONG.CA", "shield"),
    account("department", Role::DepartmentOfficial, "TNMT", "building"),
    account("leader", Role::DistrictLeader, "LDQ", "building-bank"),
    account("director", Role::CentreDirector, "TTDH", "dashboard"),
    account("operator", Role::Operator, "TTDH", "headset"),
    account("office", Role::LeadersOffice, "VP", "clipboard-list"),
    account("auditor", Role::Auditor, "TTRA", "eye"),
    account("administrator", Role::Administrator, "TTDH", "key"),
];

const fn account(key: &'static str, role: Role, unit: &'static str, icon: &'static str) -> DemoAccount {
    DemoAccount { key, role, unit, icon }
}
