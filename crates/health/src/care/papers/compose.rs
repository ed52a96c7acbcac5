//! The words of each paper.

use super::{
    act::Signer,
    gather::{Ground, Whom},
    model::{Body, Fact, Kind, SheetLine},
};
use crate::{
    followups::{Contact, State, Subject},
    people::Birth,
    vitals::Symptom,
};
use duty::{tenants::Tenant, units::Unit};
use jiff::{ToSpan, civil::Date};
use kernel::{Error, Result, citizen_id::Sex, dates::shown_date};

/// Where something is written by hand.
const DOTS: &str = "……………………………………";

/// The number and the code under which a paper is issued.
pub(super) struct Numbered<'a> {
    pub kind: Kind,
    pub number: i32,
    pub code: &'a str,
}

/// The days that a paper covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub from: Date,
    pub to: Date,
}

impl Days {
    /// As isolation counts them: the day it starts from is day 0.
    fn isolated(self) -> i32 {
        self.from.until(self.to).map_or(0, |span| span.get_days())
    }

    /// As leave counts them: first and last day both.
    fn off_work(self) -> i32 {
        self.isolated() + 1
    }
}

/// "05/QĐ-UBND": numbers below ten take a zero.
pub(super) fn symbol(kind: Kind, number: i32) -> String {
    format!("{number:02}/{}", kind.letters())
}

/// Days below ten and the first two months take a zero (Decree 30/2020, appendix I).
pub(super) fn day_in_words(day: Date) -> String {
    let month = if day.month() < 3 { format!("{:02}", day.month()) } else { day.month().to_string() };
    format!("ngày {:02} tháng {month} năm {}", day.day(), day.year())
}

/// A ward's paper is dated in the ward.
fn place(tenant: &Tenant, ground: &Ground) -> String {
    let ward = ground.tree.get(ground.sheet.home.ward);
    let own = ward.and_then(|ward| ward.short.strip_prefix("Phường "));
    own.unwrap_or(&tenant.pack.place.place_name).to_owned()
}

fn fact(name: &str, value: impl Into<String>) -> Fact {
    let value: String = value.into();
    Fact { name: name.to_owned(), value: if value.is_empty() { DOTS.to_owned() } else { value } }
}

/// The paper without what its kind says.
fn blank(tenant: &Tenant, ground: &Ground, of: &Numbered<'_>, signer: &Signer, days: Days) -> Result<Body> {
    let issuer = ground.issuer(of.kind)?;
    let head = ground.head(issuer.id);
    let typed: Vec<String> =
        signer.title.split('/').map(|line| line.trim().to_uppercase()).filter(|l| !l.is_empty()).collect();
    let own = typed.is_empty();
    let mut signer_title =
        if of.kind.of_ward() { vec!["TM. ỦY BAN NHÂN DÂN".to_owned()] } else { vec![] };
    if own {
        let title = head.and_then(|head| head.title.as_ref()).map(|title| title.to_uppercase());
        signer_title.push(
            title.unwrap_or_else(|| if of.kind.of_ward() { "CHỦ TỊCH" } else { "TRƯỞNG TRẠM" }.to_owned()),
        );
    } else {
        signer_title.extend(typed);
    }
    let name = signer.name.trim();
    Ok(Body {
        kind: of.kind,
        parent: ground.parent(tenant, issuer, of.kind),
        issuer: issuer.name.to_uppercase(),
        symbol: symbol(of.kind, of.number),
        place_and_date: format!("{}, {}", place(tenant, ground), day_in_words(ground.today)),
        title: String::new(),
        about: String::new(),
        grounds: Vec::new(),
        notice: String::new(),
        facts: Vec::new(),
        articles: Vec::new(),
        sheet: Vec::new(),
        recipients: vec!["Như trên;".to_owned(), "Lưu: VT.".to_owned()],
        holder: String::new(),
        holder_name: String::new(),
        signer_title,
        signer_name: match head {
            _ if !name.is_empty() => name.to_owned(),
            // Whoever signs instead of the head is not the head.
            Some(head) if own => head.name.clone(),
            _ => String::new(),
        },
        code: of.code.to_owned(),
        full_name: None,
        issued_on: ground.today,
        from_on: Some(days.from),
        to_on: Some(days.to),
    })
}

/// The notice at the door: it says what the house is and names nobody.
pub(super) fn of_house(tenant: &Tenant, ground: &Ground, of: &Numbered<'_>, signer: &Signer) -> Result<Body> {
    let (from, to) = ground.days_of_house()?;
    let (home, station) = (&ground.sheet.home, ground.station()?);
    let body = blank(tenant, ground, of, signer, Days { from, to })?;
    let medical = &tenant.pack.place.emergency.medical;
    Ok(Body {
        title: "THÔNG BÁO".to_owned(),
        about: "Địa điểm đang cách ly y tế phòng, chống dịch COVID-19".to_owned(),
        notice: "NHÀ CÓ NGƯỜI ĐANG CÁCH LY Y TẾ".to_owned(),
        facts: vec![
            fact("Địa chỉ", home.address.clone().unwrap_or_default()),
            fact("Mã hộ", home.code.clone()),
            fact("Số người đang cách ly", ground.isolated().to_string()),
            fact("Thời gian", format!("Từ {} đến hết {}", day_in_words(from), day_in_words(to))),
        ],
        articles: vec![
            "Người trong nhà không ra khỏi nơi cách ly; người ngoài không vào nhà khi chưa được phép."
                .to_owned(),
            "Giao nhận đồ đặt tại cửa, không tiếp xúc trực tiếp.".to_owned(),
            format!("Cần hỗ trợ: gọi {}. Cấp cứu: gọi {medical}.", station.name),
        ],
        recipients: Vec::new(),
        ..body
    })
}

/// A paper about somebody, and the days it covers.
pub(super) fn of_person(
    tenant: &Tenant,
    ground: &Ground,
    of: &Numbered<'_>,
    signer: &Signer,
    whom: &Whom<'_>,
) -> Result<Body> {
    let days = days(ground, whom, of.kind)?;
    let mut body = blank(tenant, ground, of, signer, days)?;
    body.full_name = Some(whom.opened.full_name.clone());
    match of.kind {
        Kind::Decision => decision(tenant, ground, whom, days, &mut body)?,
        Kind::Commitment => commitment(tenant, ground, whom, days, &mut body)?,
        Kind::FollowSheet => follow_sheet(ground, whom, days, &mut body),
        Kind::Completion => completion(ground, whom, days, &mut body)?,
        Kind::SickLeave => sick_leave(ground, whom, days, &mut body)?,
        Kind::DoorNotice => return Err(Error::internal("a door notice names nobody")),
    }
    Ok(body)
}

fn days(ground: &Ground, whom: &Whom<'_>, kind: Kind) -> Result<Days> {
    let plan = &whom.followed.kept.plan;
    let closed = plan.closed_at.map(|at| at.to_zoned(ground.zone.clone()).date());
    let to = match kind {
        // Whoever was released earlier or later than planned was isolated until that day.
        Kind::Completion | Kind::SickLeave => closed.unwrap_or(plan.ends_on),
        Kind::Decision | Kind::Commitment | Kind::FollowSheet | Kind::DoorNotice => plan.ends_on,
    };
    let to = to.max(plan.start_on);
    if kind != Kind::SickLeave {
        return Ok(Days { from: plan.start_on, to });
    }
    // One examination gives no more than so many days.
    let most = i32::try_from(ground.rule.int("sick_leave_days_to")?).map_err(Error::internal)?;
    let last = plan.start_on.checked_add((most - 1).days()).map_err(Error::internal)?;
    Ok(Days { from: plan.start_on, to: to.min(last) })
}

fn grounds(ground: &Ground, path: &str) -> Result<Vec<String>> {
    Ok(ground.rule.texts(path)?.into_iter().map(str::to_owned).collect())
}

/// Name, birth, sex, paper and number: what every paper says of its person.
fn identity(ground: &Ground, whom: &Whom<'_>) -> Vec<Fact> {
    let opened = &whom.opened;
    let sex = match opened.sex {
        Some(Sex::Male) => "Nam",
        Some(Sex::Female) => "Nữ",
        None => "",
    };
    let citizen_id = opened.citizen_id.as_ref().map(|id| id.as_str().to_owned());
    let phone = opened.phones.first().map(ToString::to_string);
    let address = ground.sheet.home.address.clone().or_else(|| opened.address.clone());
    vec![
        fact("Họ và tên", opened.full_name.clone()),
        fact("Ngày, năm sinh", opened.birth.map(Birth::shown).unwrap_or_default()),
        fact("Giới tính", sex),
        fact("Số CCCD, CMND hoặc hộ chiếu", citizen_id.unwrap_or_default()),
        fact("Điện thoại", phone.unwrap_or_default()),
        fact("Nơi cách ly", address.unwrap_or_default()),
    ]
}

fn subject(whom: &Whom<'_>) -> &'static str {
    match whom.followed.kept.plan.subject {
        Subject::F0 => "người nhiễm COVID-19 (F0)",
        Subject::F1 => "người tiếp xúc gần với người nhiễm COVID-19 (F1)",
        Subject::Other => "người phải cách ly, theo dõi sức khỏe",
    }
}

fn tested(whom: &Whom<'_>) -> Vec<Fact> {
    let positive = whom.footing.and_then(|footing| footing.sample_on);
    let positive = positive.map(|day| fact("Ngày lấy mẫu dương tính", shown_date(day)));
    let negative = whom.negative_on.map(|day| fact("Ngày lấy mẫu âm tính", shown_date(day)));
    positive.into_iter().chain(negative).collect()
}

fn from_to(days: Days) -> String {
    format!("từ {} đến hết {}", day_in_words(days.from), day_in_words(days.to))
}

fn decision(tenant: &Tenant, ground: &Ground, whom: &Whom<'_>, days: Days, body: &mut Body) -> Result<()> {
    let (station, name) = (ground.station()?, &whom.opened.full_name);
    let team = ground.sheet.home.care_team.and_then(|team| ground.tree.get(team));
    let with = team.map_or_else(String::new, |team: &Unit| format!(", {}", team.name));
    let medical = &tenant.pack.place.emergency.medical;
    "QUYẾT ĐỊNH".clone_into(&mut body.title);
    "Về việc cách ly y tế tại nhà để phòng, chống dịch COVID-19".clone_into(&mut body.about);
    body.grounds = grounds(ground, "grounds")?;
    body.grounds.push(format!("Xét đề nghị của {}.", station.name));
    body.facts = identity(ground, whom);
    body.facts.extend(tested(whom));
    body.articles = vec![
        format!(
            "Điều 1. Cách ly y tế tại nhà đối với ông (bà) {name}, {}, thời gian {} ngày, {}; kết thúc khi có giấy xác nhận hoàn thành.",
            subject(whom),
            days.isolated(),
            from_to(days)
        ),
        format!(
            "Điều 2. Trong thời gian cách ly, ông (bà) {name} thực hiện đúng hướng dẫn của {}, ghi sức khỏe hai lần mỗi ngày; có dấu hiệu nặng thì gọi ngay {medical}.",
            station.name
        ),
        format!(
            "Điều 3. {}{with} và ông (bà) {name} chịu trách nhiệm thi hành Quyết định này. Quyết định có hiệu lực kể từ ngày ký.",
            station.name
        ),
    ];
    body.recipients = vec!["Như Điều 3;".to_owned(), "Lưu: VT.".to_owned()];
    Ok(())
}

fn commitment(tenant: &Tenant, ground: &Ground, whom: &Whom<'_>, days: Days, body: &mut Body) -> Result<()> {
    let medical = &tenant.pack.place.emergency.medical;
    "BẢN CAM KẾT".clone_into(&mut body.title);
    "Thực hiện cách ly, chăm sóc, theo dõi sức khỏe tại nhà".clone_into(&mut body.about);
    body.facts = identity(ground, whom);
    body.articles = vec![
        format!("Tôi là {}, cam kết với {}:", subject(whom), ground.station()?.name),
        format!("1. Cách ly tại nhà {}, không ra khỏi nơi cách ly, không tiếp khách.", from_to(days)),
        "2. Ở phòng riêng nếu có, mang khẩu trang, khử khuẩn, để rác riêng theo hướng dẫn.".to_owned(),
        "3. Ghi sức khỏe hai lần mỗi ngày; nghe điện thoại của trạm y tế và tổ chăm sóc F0.".to_owned(),
        format!(
            "4. Khó thở, đau ngực, tím tái, lơ mơ, SpO2 thấp thì gọi ngay {medical} và trạm y tế; chấp hành việc chuyển viện."
        ),
        "5. Dùng thuốc đúng hướng dẫn; trả lại thuốc còn thừa khi được yêu cầu.".to_owned(),
        "6. Chỉ kết thúc cách ly khi có giấy xác nhận hoàn thành. Sai cam kết, tôi chịu trách nhiệm trước pháp luật."
            .to_owned(),
    ];
    "NGƯỜI CAM KẾT".clone_into(&mut body.holder);
    body.holder_name.clone_from(&whom.opened.full_name);
    body.recipients = Vec::new();
    Ok(())
}

fn follow_sheet(ground: &Ground, whom: &Whom<'_>, days: Days, body: &mut Body) {
    "PHIẾU THEO DÕI SỨC KHỎE".clone_into(&mut body.title);
    body.about = format!("Dành cho người cách ly, chăm sóc tại nhà, {}", from_to(days));
    body.facts = identity(ground, whom);
    body.articles = vec![
        "Mỗi ngày ghi hai lần. Triệu chứng: ho, sốt, đau họng, mệt, khó thở, đau ngực, lơ mơ, nôn, tiêu chảy, mất vị giác, khứu giác."
            .to_owned(),
    ];
    let slots = whom.followed.slots.iter().filter(|slot| slot.name.is_some());
    body.sheet = slots
        .map(|slot| {
            let made = slot.made.filter(|_| slot.state == State::Filled);
            let contact = made.and_then(|at| whom.followed.contacts.get(at));
            let time = match slot.name.as_deref() {
                Some("morning") => "Sáng",
                Some("afternoon") => "Chiều",
                Some("night") => "Đêm",
                Some(other) => other,
                None => "",
            };
            line(shown_date(slot.day), time, contact)
        })
        .collect();
    body.recipients = Vec::new();
}

fn line(day: String, time: &str, contact: Option<&Contact>) -> SheetLine {
    let empty = SheetLine { day, time: time.to_owned(), ..SheetLine::default() };
    let Some(contact) = contact else { return empty };
    let vitals = &contact.vitals;
    let number = |value: Option<i16>| value.map(|value| value.to_string()).unwrap_or_default();
    let tenths = |value: i16| format!("{},{}", value / 10, value % 10);
    let symptoms = if vitals.symptoms.is_empty() {
        ""
    } else if vitals.symptoms.iter().all(|symptom| *symptom == Symptom::NoSymptom) {
        "Không"
    } else {
        "Có"
    };
    SheetLine {
        breaths: number(vitals.respiratory_rate),
        pulse: number(vitals.pulse),
        temperature: vitals.temperature_tenths.map(tenths).unwrap_or_default(),
        spo2: number(vitals.spo2),
        pressure: vitals.pressure.map(|(upper, lower)| format!("{upper}/{lower}")).unwrap_or_default(),
        symptoms: symptoms.to_owned(),
        ..empty
    }
}

fn completion(ground: &Ground, whom: &Whom<'_>, days: Days, body: &mut Body) -> Result<()> {
    "GIẤY XÁC NHẬN".clone_into(&mut body.title);
    "Hoàn thành thời gian cách ly y tế tại nhà".clone_into(&mut body.about);
    body.grounds = grounds(ground, "grounds")?;
    body.grounds.push(format!("Theo kết quả theo dõi của {}.", ground.station()?.name));
    body.facts = identity(ground, whom);
    body.facts.extend(tested(whom));
    body.articles = vec![format!(
        "Xác nhận ông (bà) {}, {}, đã hoàn thành thời gian cách ly y tế tại nhà {} ngày, {}.",
        whom.opened.full_name,
        subject(whom),
        days.isolated(),
        from_to(days)
    )];
    body.recipients = vec!["Ông (bà) có tên trên;".to_owned(), "Lưu: VT.".to_owned()];
    Ok(())
}

fn sick_leave(ground: &Ground, whom: &Whom<'_>, days: Days, body: &mut Body) -> Result<()> {
    "DỮ LIỆU CẤP GIẤY CHỨNG NHẬN".clone_into(&mut body.title);
    "Nghỉ việc hưởng bảo hiểm xã hội".clone_into(&mut body.about);
    body.grounds = grounds(ground, "sick_leave_grounds")?;
    body.facts = identity(ground, whom);
    body.facts.extend([
        fact("Mã số bảo hiểm xã hội, thẻ bảo hiểm y tế", ""),
        fact("Đơn vị làm việc", whom.employer.clone().unwrap_or_default()),
        fact("Chẩn đoán, phương pháp điều trị", "COVID-19, điều trị tại nhà"),
        fact("Số ngày nghỉ", format!("{} ngày", days.off_work())),
        fact(
            "Thời gian nghỉ",
            format!("Từ ngày {} đến hết ngày {}", shown_date(days.from), shown_date(days.to)),
        ),
    ]);
    body.facts.extend(tested(whom));
    body.articles = vec![
        "Người hành nghề khám bệnh, chữa bệnh ký; trạm y tế đóng dấu khi được ủy quyền bằng văn bản của trung tâm y tế.".to_owned(),
    ];
    body.recipients = vec!["Ông (bà) có tên trên;".to_owned(), "Lưu: VT.".to_owned()];
    Ok(())
}
