//! The people of the demo: every post of the pack filled with synthetic officials, on duty by turns.

use duty::{
    staff::{self, NewPost, NewStaff},
    tenants::{self, Pack, Tenant, pack::PostSpec},
    units,
};
use jiff::SignedDuration;
use kernel::{Actor, Result, Rng, Role, StaffId, UnitId, text};
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
        shifts(&mut cx, unit.id, &on_call).await?;
    }
    cx.commit().await?;
    Ok(tenant)
}

struct People {
    rng: Rng,
    made: u32,
}

const FAMILIES: &[&str] = &["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương"];
const MIDDLES: &[&str] = &["Minh", "Thị", "Văn", "Ngọc", "Thanh", "Quốc", "Hữu", "Kim", "Xuân", "Đức", "Bảo", "Hoài"];
const GIVENS: &[&str] = &["An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Hòa", "Khánh", "Lan", "Mai", "Nga", "Phúc", "Quân", "Sơn", "Thảo", "Trang", "Tuấn", "Vân", "Vinh", "Yến"];

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

/// Duty by turns, a day each, for sixty days.
async fn shifts(cx: &mut Cx, unit: UnitId, people: &[StaffId]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let day = SignedDuration::from_hours(24);
    let start = cx.now() - SignedDuration::from_hours(1);
    for turn in 0..60 {
        let from = start + day * turn;
        let person = people[usize::try_from(turn).unwrap_or(0) % people.len()];
        staff::insert_shift(cx, unit, person, from, from + day, 0).await?;
    }
    Ok(())
}

/// The accounts offered by one click.
pub const ACCOUNTS: &[DemoAccount] = &[
    account("station", Role::StationStaff, "TPHONG.TYT", "first-aid-kit"),
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
