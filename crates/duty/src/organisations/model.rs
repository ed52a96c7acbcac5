use crate::units::Tree;
use jiff::civil::Date;
use kernel::{
    Error, OrganisationId, Phone, Result, UnitId, dates,
    tax_code::TaxCode,
    text::{is_mail_address, line, search_key},
};
use std::str::FromStr;

macro_rules! kinds {
    ($($name:ident = $text:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum OrganisationKind { $($name),+ }
        impl OrganisationKind {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

kinds! {
    Business = "business", Household = "household", Cooperative = "cooperative", School = "school",
    Clinic = "clinic", Market = "market", Association = "association", Religious = "religious", Other = "other",
}

impl FromStr for OrganisationKind {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|kind| kind.as_str() == s);
        found.ok_or(Error::invalid("kind", "error-choose"))
    }
}

/// What everybody who may see it sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub id: OrganisationId,
    pub code: String,
    pub kind: OrganisationKind,
    pub name: String,
    pub ward: Option<UnitId>,
    pub address: Option<String>,
    pub active_from: Date,
    /// The last day.
    pub active_until: Option<Date>,
}

impl Organisation {
    pub fn is_active(&self, day: Date) -> bool {
        self.active_from <= day && self.active_until.is_none_or(|last| day <= last)
    }
}

/// What lies sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    pub tax_code: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// An organisation as somebody describes it. Without a code it is given one.
#[derive(Clone, Debug)]
pub struct Described {
    pub code: Option<String>,
    pub kind: OrganisationKind,
    pub name: String,
    pub search: String,
    pub ward: Option<UnitId>,
    pub address: Option<String>,
    pub contact: Contact,
    pub active_from: Date,
    pub active_until: Option<Date>,
}

/// Which organisations a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: String,
    pub ward: Option<UnitId>,
    /// Those that have ended instead of those that are there.
    pub ended: bool,
    pub skip: i64,
}

const CODE: usize = 40;
const NAME: usize = 200;

/// Reads a description; `text` gives what was typed into a field: `code`, `kind`, `name`, `ward`
/// (an id), `address`, `tax_code`, `contact`, `phone`, `email`, `from`, `until`. Errors are
/// `Invalid` at the field.
pub fn described<'a>(text: impl Fn(&'static str) -> &'a str, tree: &Tree, today: Date) -> Result<Described> {
    let given = |field, max| {
        let text = line(text(field), max).map_err(|error| Error::invalid(field, error.key))?;
        Ok::<_, Error>(Some(text).filter(|text| !text.is_empty()))
    };
    let code = given("code", CODE)?.map(|code| code.to_uppercase());
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.' || c == '-';
    if code.as_deref().is_some_and(|code| !code.chars().all(plain)) {
        return Err(Error::invalid("code", "error-unit-code-format"));
    }
    let name = given("name", NAME)?.ok_or(Error::invalid("name", "error-text-missing"))?;
    let ward = match text("ward") {
        "" => None,
        id => {
            let ward: Option<UnitId> = id.parse().ok();
            let known = ward.filter(|id| tree.wards().any(|ward| ward.id == *id));
            Some(known.ok_or(Error::invalid("ward", "error-choose"))?)
        }
    };
    let tax_code = given("tax_code", CODE)?
        .map(|text| TaxCode::parse(&text).map_err(|error| Error::invalid("tax_code", error.key)))
        .transpose()?;
    let phone = given("phone", CODE)?
        .map(|text| Phone::parse(&text).map_err(|error| Error::invalid("phone", error.key)))
        .transpose()?;
    let email = given("email", 254)?;
    if email.as_deref().is_some_and(|address| !is_mail_address(address)) {
        return Err(Error::invalid("email", "error-email-format"));
    }
    let day = |field| match text(field).trim() {
        "" => Ok(None),
        text => dates::parse_date(text).map(Some).map_err(|error| Error::invalid(field, error.key)),
    };
    let (active_from, active_until) = (day("from")?.unwrap_or(today), day("until")?);
    if active_until.is_some_and(|last| last < active_from) {
        return Err(Error::invalid("until", "error-organisation-days"));
    }
    Ok(Described {
        code,
        kind: text("kind").parse()?,
        search: search_key(&name),
        name,
        ward,
        address: given("address", NAME)?,
        contact: Contact {
            tax_code: tax_code.map(|code| code.as_str().to_owned()),
            name: given("contact", NAME)?,
            phone: phone.map(|phone| phone.as_e164().to_owned()),
            email,
        },
        active_from,
        active_until,
    })
}
