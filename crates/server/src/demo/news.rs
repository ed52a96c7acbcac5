//! What happens in the demo's district: synthetic people fall ill, residents report.

use duty::{
    tenants::Tenant,
    units::{Tree, Unit},
};
use health::{
    cases::{Care, Classification, NewCase, Symptom, TestKind},
    followups,
};
use kernel::{Result, Rng, UnitId, dates};
use store::Cx;
use town::reports::{self, Channel, NewReport};

const FAMILIES: &[&str] = &["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ"];
const MIDDLES: &[&str] = &["Minh", "Thị", "Văn", "Ngọc", "Thanh", "Quốc", "Kim", "Xuân", "Gia", "Hoài"];
const GIVENS: &[&str] =
    &["An", "Bình", "Châu", "Dũng", "Hạnh", "Khánh", "Lan", "Mai", "Phúc", "Sơn", "Thảo", "Yến"];
/// Streets that really run through the district; the house numbers are made up.
const STREETS: &[&str] = &[
    "Huỳnh Tấn Phát",
    "Nguyễn Thị Thập",
    "Lê Văn Lương",
    "Trần Xuân Soạn",
    "Nguyễn Văn Linh",
    "Lâm Văn Bền",
];

/// (category, what they write, where)
const REPORTS: &[(&str, &str, &str)] = &[
    ("rubbish", "Rác chất đống sau chợ đã ba ngày, sáng nay có người đốt, khói bay vào nhà.", "sau chợ"),
    ("noise", "Quán hát karaoke loa kéo mở lớn sau 22 giờ, cả hẻm không ngủ được.", "trong hẻm"),
    ("pavement", "Xe đẩy hàng lấn hết vỉa hè, người đi bộ phải xuống lòng đường.", "trước trường học"),
    ("lights", "Ba bóng đèn đường liền nhau không sáng, hẻm tối và hay có cướp giật.", "đầu hẻm"),
    ("road_drain", "Mưa là ngập tới đầu gối, nắp cống bị lệch, xe máy dễ sụp.", "ngã ba"),
    ("relief", "Gia đình tôi ở trọ, mất việc hai tháng, chưa nhận được túi an sinh.", "khu nhà trọ"),
    ("epidemic_violation", "Nhóm khoảng mười người tụ tập ăn uống, không đeo khẩu trang.", "cuối hẻm"),
    ("animals", "Chó thả rông đuổi theo trẻ em, không rọ mõm.", "công viên nhỏ"),
];

fn pick(rng: &Rng, from: &[&'static str]) -> &'static str {
    rng.pick(from).copied().unwrap_or_default()
}

/// A ward of the district other than `except`, which is left to whoever tries the demo.
pub fn ward<'a>(rng: &Rng, tree: &'a Tree, except: Option<UnitId>) -> Option<&'a Unit> {
    let wards: Vec<&Unit> = tree.wards().filter(|ward| Some(ward.id) != except).collect();
    rng.pick(&wards).copied()
}

fn address(rng: &Rng) -> String {
    format!("{}/{} {}", 1 + rng.below(900), 1 + rng.below(80), pick(rng, STREETS))
}

/// Somebody's rapid test is positive. His number is any where none is named.
pub async fn f0(cx: &mut Cx, tenant: &Tenant, rng: &Rng, ward: UnitId, phone: Option<&str>) -> Result<()> {
    let zone = tenant.timezone();
    let today = cx.now().to_zoned(zone).date();
    let symptoms = if rng.chance(0.6) { vec![Symptom::Cough, Symptom::Fever] } else { Vec::new() };
    let new = NewCase {
        form_key: cx.id(),
        full_name: format!("{} {} {}", pick(rng, FAMILIES), pick(rng, MIDDLES), pick(rng, GIVENS)),
        birth: (1940 + rng.below(75)).to_string(),
        sex: None,
        citizen_id: String::new(),
        // Numbers of the fictitious block that the whole demo uses.
        phone: phone.map_or_else(|| format!("090001{:04}", rng.below(10_000)), str::to_owned),
        no_phone_reason: None,
        address: address(rng),
        ward: Some(ward),
        classification: Classification::Confirmed,
        basis: if rng.chance(0.7) { TestKind::Rapid } else { TestKind::Pcr },
        sample_on: dates::shown_date(today),
        result_on: dates::shown_date(today),
        reported_at: None,
        symptoms,
        care: Care::Home,
        note: String::new(),
    };
    followups::record(cx, tenant, &new).await?;
    Ok(())
}

/// A resident writes to the centre.
pub async fn report(cx: &mut Cx, tenant: &Tenant, rng: &Rng, ward: &Unit) -> Result<()> {
    let Some((category, details, place)) = rng.pick(REPORTS) else { return Ok(()) };
    let point = ward.place.as_ref().map(|at| {
        let shift = |axis: f64| axis + (rng.below(200) as f64 - 100.0) / 20_000.0;
        (shift(at.lat), shift(at.lon))
    });
    let new = NewReport {
        key: rng.code(20),
        channel: Some(if rng.chance(0.7) { Channel::Web } else { Channel::Phone }),
        category: (*category).to_owned(),
        ward: Some(ward.id),
        address: format!("{}, {place}", address(rng)),
        point,
        details: (*details).to_owned(),
        anonymous: rng.chance(0.3),
        name: String::new(),
        phone: format!("090002{:04}", rng.below(10_000)),
        ..NewReport::default()
    };
    reports::submit(cx, tenant, new).await?;
    Ok(())
}
