//! What of a pass is printed: cards, sheets of cards, signs for doors, posters for walls. Plain data comes
//! in, with the words of a language it becomes what `papers` sets; nothing is looked up here.

use crate::{Lang, Words, qr};
use duty::units::UnitKind;
use health::passes::Printed;
use jiff::civil::Date;
use kernel::{Error, Result, dates};
use papers::{Batch, Card, Format, Poster, Said, Sign, Told, Zone};
use pass::{Code, Force, Kind};

/// A pass as its holder carries it. It has no number of a paper, no phone, no address.
#[derive(Clone, Debug)]
pub struct Carried {
    pub kind: Kind,
    pub force: Option<Force>,
    /// As people write it, with its accents.
    pub name: String,
    /// Of persons and forces.
    pub born: Option<u16>,
    /// How many belong to a household, or may be inside a business.
    pub people: Option<u32>,
    /// What the holder does, where this says more than his force: "Công nhân, Công ty Ánh Dương".
    pub work: String,
    pub code: Code,
    /// The last day.
    pub until: Date,
    /// What the QR code says: `VX1:…`
    pub text: String,
    pub issuer: String,
}

impl Carried {
    /// A pass as it was signed for a card; `employer`: for whom a member of a force goes, may be empty.
    pub fn of(w: Words, pass: Printed, employer: &str, issuer: String) -> Self {
        let work = match pass.force {
            Some(force) if !employer.is_empty() => format!("{}, {employer}", doing(w, force)),
            _ => String::new(),
        };
        Self {
            kind: pass.kind,
            force: pass.force,
            name: pass.name,
            born: pass.birth_year.and_then(|year| u16::try_from(year).ok()),
            people: pass.people,
            work,
            code: pass.code,
            until: pass.until,
            text: pass.text,
            issuer,
        }
    }
}

/// Where a sign hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Of a household business.
    Shop,
    Enterprise,
    /// `None` where nobody has said which zone it is.
    Neighbourhood(Area, Option<Zone>),
}

/// Where people live together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    Ward,
    /// A khu phố.
    Quarter,
    /// A tổ dân phố.
    Group,
}

impl Area {
    pub const fn of(kind: UnitKind) -> Self {
        match kind {
            UnitKind::Quarter => Self::Quarter,
            UnitKind::Neighbourhood => Self::Group,
            _ => Self::Ward,
        }
    }
}

/// A sign for a door.
#[derive(Clone, Debug)]
pub struct Hung {
    pub door: Door,
    pub name: String,
    /// As the business gave it; of a neighbourhood, empty.
    pub address: String,
    /// How many may be inside at once.
    pub people: Option<u32>,
    /// The last day.
    pub until: Date,
    /// What the QR code says: the address of the venue's page, or its pass.
    pub text: String,
    pub issuer: String,
    /// When it was printed, as people read it.
    pub time: String,
}

/// A venue whose visitors scan a code.
#[derive(Clone, Debug)]
pub struct Venue {
    pub name: String,
    /// What the QR code says and what stands below it: a short address that begins with `https://`.
    pub link: String,
    pub issuer: String,
    pub format: Format,
}

/// Fails when the text is longer than a code holds.
pub fn card(w: Words, pass: &Carried) -> Result<Card> {
    Ok(Card {
        lang: w.lang().as_str(),
        issuer: pass.issuer.clone(),
        kind: kind(w, pass.kind),
        role: match pass.force {
            Some(force) if pass.work.is_empty() => doing(w, force),
            _ => pass.work.clone(),
        },
        name: pass.name.clone(),
        figure: figure(w, pass),
        until: said(w.pass_print_until(), dates::shown_date(pass.until)),
        code: said(w.pass_print_code(), grouped(pass.code)),
        qr: qr::modules(&pass.text)?,
    })
}

/// One card as a file. Fonts are cut and pressed: work for a thread that serves nobody meanwhile.
pub fn card_file(card: &Card) -> Result<Vec<u8>> {
    papers::card(card).map_err(Error::internal)
}

/// What stands in the margin of each sheet; `time` as people read it, `left` cards of the set are not printed.
pub fn batch(w: Words, name: &str, unit: &str, time: &str, left: usize) -> Batch {
    Batch {
        lang: w.lang().as_str(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        time: w.pass_print_time(time),
        page: w.pass_print_page(),
        left: if left == 0 { String::new() } else { w.pass_print_left(left.to_string()) },
    }
}

/// Fails when the text is longer than a code holds.
pub fn sign(w: Words, hung: &Hung) -> Result<Sign> {
    let hint = |w: Words| {
        if hung.text.starts_with("https://") { w.sign_print_scan_link() } else { w.sign_print_scan_pass() }
    };
    Ok(Sign {
        lang: w.lang().as_str(),
        issuer: hung.issuer.clone(),
        zone: match hung.door {
            Door::Shop | Door::Enterprise => Some(Zone::Green),
            Door::Neighbourhood(_, zone) => zone,
        },
        title: told(w, |w| title(w, hung.door)),
        name: hung.name.clone(),
        address: hung.address.clone(),
        until: said(w.sign_print_until(), dates::shown_date(hung.until)),
        limit: said(w.sign_print_inside(), shown(hung.people)),
        hint: told(w, hint),
        footer: w.pass_print_time(hung.time.as_str()),
        qr: qr::modules(&hung.text)?,
    })
}

/// In both languages, that of `w` first. Fails when the address is longer than a code holds.
pub fn poster(w: Words, venue: &Venue) -> Result<Poster> {
    Ok(Poster {
        lang: w.lang().as_str(),
        format: venue.format,
        issuer: venue.issuer.clone(),
        title: told(w, Words::poster_print_title),
        name: venue.name.clone(),
        link: venue.link.clone(),
        steps: [Words::poster_print_step_open, Words::poster_print_step_tap, Words::poster_print_step_show]
            .map(|step| told(w, step)),
        qr: qr::modules(&venue.link)?,
    })
}

/// "4821 0937 5516"
pub fn grouped(code: Code) -> String {
    let digits = code.to_string();
    let groups: Vec<&str> = (0..digits.len()).step_by(4).map(|at| &digits[at..at + 4]).collect();
    groups.join(" ")
}

/// In this language, and in the other.
fn told(w: Words, say: impl Fn(Words) -> String) -> Told {
    let other = match w.lang() {
        Lang::Vi => Lang::En,
        Lang::En => Lang::Vi,
    };
    Told { text: say(w), translated: say(Words(other)) }
}

fn said(label: String, text: String) -> Said {
    Said { label, text }
}

fn shown(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn figure(w: Words, pass: &Carried) -> Said {
    match pass.kind {
        Kind::Person | Kind::Force => said(w.pass_print_born(), shown(pass.born.map(u32::from))),
        Kind::Household => said(w.pass_print_members(), shown(pass.people)),
        Kind::Business => said(w.pass_print_inside(), shown(pass.people)),
        Kind::Neighbourhood => Said::default(),
    }
}

fn kind(w: Words, kind: Kind) -> String {
    match kind {
        Kind::Person => w.pass_print_kind_person(),
        Kind::Household => w.pass_print_kind_household(),
        Kind::Neighbourhood => w.pass_print_kind_neighbourhood(),
        Kind::Business => w.pass_print_kind_business(),
        Kind::Force => w.pass_print_kind_force(),
    }
}

fn doing(w: Words, force: Force) -> String {
    match force {
        Force::EpidemicWorker => w.pass_print_force_epidemic_worker(),
        Force::Official => w.pass_print_force_official(),
        Force::BusinessRepresentative => w.pass_print_force_business_representative(),
        Force::ShoppingHelper => w.pass_print_force_shopping_helper(),
        Force::Shipper => w.pass_print_force_shipper(),
        Force::Transport => w.pass_print_force_transport(),
        Force::HouseholdRepresentative => w.pass_print_force_household_representative(),
    }
}

fn title(w: Words, door: Door) -> String {
    match door {
        Door::Shop => w.sign_print_shop(),
        Door::Enterprise => w.sign_print_enterprise(),
        Door::Neighbourhood(one, None) => area(w, one),
        Door::Neighbourhood(one, Some(Zone::Green)) => w.sign_print_area_green(area(w, one)),
        Door::Neighbourhood(one, Some(Zone::Yellow)) => w.sign_print_area_yellow(area(w, one)),
        Door::Neighbourhood(one, Some(Zone::Orange)) => w.sign_print_area_orange(area(w, one)),
        Door::Neighbourhood(one, Some(Zone::Red)) => w.sign_print_area_red(area(w, one)),
    }
}

fn area(w: Words, area: Area) -> String {
    match area {
        Area::Ward => w.sign_print_area_ward(),
        Area::Quarter => w.sign_print_area_quarter(),
        Area::Group => w.sign_print_area_group(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const VI: Words = Words(Lang::Vi);
    const EN: Words = Words(Lang::En);

    fn carried(kind: Kind, force: Option<Force>) -> Carried {
        Carried {
            kind,
            force,
            name: "Nguyễn Thị Ngọc Phượng".to_owned(),
            born: Some(1987),
            people: Some(4),
            work: String::new(),
            code: Code::of(48_210_937_551),
            until: date(2021, 12, 31),
            text: format!("VX1:{}", "6BF+70790T9WJWG.".repeat(16).split_at(252).0),
            issuer: "Ủy ban nhân dân phường Tân Phong".to_owned(),
        }
    }

    #[test]
    fn a_sheet_says_how_many_cards_are_not_on_it() {
        let sheet = |w, left| batch(w, "Chợ Tân Phong", "", "07:05", left).left;
        assert_eq!((sheet(VI, 0), sheet(VI, 3)), (String::new(), "3 thẻ không in".to_owned()));
        assert_eq!(sheet(EN, 3), "3 cards not printed");
    }

    #[test]
    fn a_card_of_every_kind_and_force_is_set_in_both_languages() {
        let forces = Force::ALL.map(|force| (Kind::Force, Some(force)));
        let kinds =
            [Kind::Person, Kind::Household, Kind::Neighbourhood, Kind::Business].map(|kind| (kind, None));
        for (kind, force) in kinds.into_iter().chain(forces) {
            for w in [VI, EN] {
                let card = card(w, &carried(kind, force)).unwrap();
                assert_eq!(card.role.is_empty(), force.is_none());
                assert_eq!(card.qr.len(), 53, "as coarse as a citizen's card");
                assert!(papers::card(&card).unwrap().starts_with(b"%PDF"));
            }
        }
    }

    #[test]
    fn a_card_says_what_a_guard_compares_and_types() {
        let one = Carried {
            work: "Công nhân, Công ty Ánh Dương".to_owned(),
            ..carried(Kind::Force, Some(Force::Shipper))
        };
        let card = card(VI, &one).unwrap();
        assert_eq!((card.figure.label.as_str(), card.figure.text.as_str()), ("Năm sinh", "1987"));
        assert_eq!(card.until.text, "31/12/2021");
        assert_eq!(card.role, "Công nhân, Công ty Ánh Dương");
        let digits: String = card.code.text.split(' ').collect();
        assert_eq!(Code::parse(&digits).unwrap(), one.code);
        assert!(card.code.text.split(' ').all(|group| group.len() == 4), "{}", card.code.text);
        let household = super::card(VI, &carried(Kind::Household, None)).unwrap();
        assert_eq!(household.figure.text, "4");
        let batch = batch(VI, "Công ty Ánh Dương", &one.issuer, "25/09/2021 07:05", 0);
        assert!(papers::sheet(&batch, &[card, household]).unwrap().starts_with(b"%PDF"));
    }

    #[test]
    fn a_sign_says_its_colour_in_words_and_what_its_code_is_for() {
        let hung = |door, text: &str| Hung {
            door,
            name: "Tạp hóa Ánh Dương".to_owned(),
            address: "1806/127 Huỳnh Tấn Phát".to_owned(),
            people: Some(20),
            until: date(2021, 12, 31),
            text: text.to_owned(),
            issuer: "Ủy ban nhân dân Quận 7".to_owned(),
            time: "25/09/2021 07:05".to_owned(),
        };
        let shop = sign(VI, &hung(Door::Shop, "https://vx.example.vn/q7/v/K7QF2M")).unwrap();
        assert_eq!(
            (shop.title.text.as_str(), shop.title.translated.as_str()),
            ("CỬA HÀNG XANH", "GREEN SHOP")
        );
        assert!(shop.zone == Some(Zone::Green) && shop.hint.text.contains("ghi lượt vào"));
        assert!(papers::sign(&shop).unwrap().starts_with(b"%PDF"));
        for (zone, word) in
            [(Zone::Green, "XANH"), (Zone::Yellow, "VÀNG"), (Zone::Orange, "CAM"), (Zone::Red, "ĐỎ")]
        {
            let door = Door::Neighbourhood(Area::Quarter, Some(zone));
            let sign = sign(EN, &hung(door, "VX1:6BF+70790")).unwrap();
            assert!(sign.zone == Some(zone) && sign.title.translated.ends_with(word));
            assert!(sign.hint.text.contains("checkpoint"));
        }
        let unknown = hung(Door::Neighbourhood(Area::Quarter, None), "VX1:6BF+70790");
        let unknown = sign(VI, &unknown).unwrap();
        assert_eq!((unknown.zone, unknown.title.text.as_str()), (None, "KHU PHỐ"), "no colour is claimed");
    }

    #[test]
    fn a_sign_calls_an_area_what_it_is() {
        let title = |w, kind, zone| title(w, Door::Neighbourhood(Area::of(kind), zone));
        assert_eq!(title(VI, UnitKind::Quarter, Some(Zone::Green)), "KHU PHỐ XANH");
        assert_eq!(title(VI, UnitKind::Neighbourhood, Some(Zone::Red)), "TỔ DÂN PHỐ ĐỎ");
        assert_eq!(title(VI, UnitKind::Ward, None), "PHƯỜNG");
        assert_eq!(title(EN, UnitKind::Ward, Some(Zone::Orange)), "ORANGE WARD");
    }

    #[test]
    fn a_poster_says_its_address_as_it_is_typed_and_its_steps_in_both_languages() {
        let venue = Venue {
            name: "Siêu thị Ánh Dương".to_owned(),
            link: "https://vx.example.vn/q7/v/K7QF2M".to_owned(),
            issuer: "Ủy ban nhân dân Quận 7".to_owned(),
            format: Format::A4,
        };
        let poster = poster(VI, &venue).unwrap();
        assert_eq!(poster.link, venue.link);
        assert_eq!(poster.qr.len(), 29, "coarse enough to be read from two metres");
        assert!(poster.steps.iter().all(|step| !step.text.is_empty() && step.text != step.translated));
        assert!(papers::poster(&poster).unwrap().starts_with(b"%PDF"));
        assert!(super::poster(VI, &Venue { link: "x".repeat(5000), ..venue }).is_err());
    }
}
