//! Claims as CBOR: integer keys, the shortest form, keys in order (RFC 8949, 4.2) when written. A
//! reader takes any order, leaves out what it does not know, and refuses what it knows in another
//! type, twice, or where it does not belong.

use crate::{
    cbor::{Writer, more},
    claims::{
        BirthYear, ClaimFault, Day, Doses, Facts, Force, Health, Holder, Issuer, Kind, Pass, PassName, Place,
        StatusPlace,
    },
};
use minicbor::{Decoder, data::Type, decode::Error};

pub(crate) const FACTS: i64 = -65_537;

/// Why bytes are no claims.
#[derive(Debug)]
pub(crate) enum WireFault {
    Cbor(String),
    Claim(ClaimFault),
}

impl From<Error> for WireFault {
    fn from(error: Error) -> Self {
        Self::Cbor(error.to_string())
    }
}

impl From<ClaimFault> for WireFault {
    fn from(fault: ClaimFault) -> Self {
        Self::Claim(fault)
    }
}

pub(crate) const fn claim(message: &'static str) -> WireFault {
    WireFault::Claim(ClaimFault(message))
}

/// Keeps a value that may stand once.
pub(crate) fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), WireFault> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(claim("a claim stands twice")),
    }
}

fn uint(d: &mut Decoder<'_>) -> Result<u64, WireFault> {
    match d.datatype()? {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => Ok(d.u64()?),
        _ => Err(claim("not a whole number where one is due")),
    }
}

fn text<'b>(d: &mut Decoder<'b>) -> Result<&'b str, WireFault> {
    match d.datatype()? {
        Type::String => Ok(d.str()?),
        _ => Err(claim("not a text where one is due")),
    }
}

fn seconds(d: &mut Decoder<'_>) -> Result<i64, WireFault> {
    i64::try_from(uint(d)?).map_err(|_| claim("a time lies too far ahead"))
}

/// A key of a map; `None` for a text, which is none of ours.
pub(crate) fn key(d: &mut Decoder<'_>) -> Result<Option<i64>, WireFault> {
    if matches!(d.datatype()?, Type::String | Type::StringIndef) {
        d.skip()?;
        return Ok(None);
    }
    Ok(Some(i64::try_from(d.int()?).unwrap_or(i64::MIN)))
}

/// What is left of a pass's claims that cannot be read as one: its time is told even so.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) begins: Option<i64>,
    pub(crate) until: Option<i64>,
}

impl Pass {
    pub(crate) fn write(&self, out: &mut Writer) {
        out.map(5 + usize::from(self.from.is_some())).int(1).text(self.issuer.as_str());
        out.int(4).int(self.until);
        if let Some(from) = self.from {
            out.int(5).int(from);
        }
        out.int(6).int(self.issued).int(7).bytes(&self.number).int(FACTS);
        self.facts.write(out);
    }

    pub(crate) fn read(payload: &[u8], life: &mut Life) -> Result<Self, WireFault> {
        // Faults of form first: what is no CBOR says nothing.
        let d = &mut Decoder::new(payload);
        d.skip()?;
        if d.position() < payload.len() {
            return Err(WireFault::Cbor("bytes are left over after the claims".into()));
        }
        d.set_position(0);
        if !matches!(d.datatype()?, Type::Map | Type::MapIndef) {
            return Err(WireFault::Cbor("claims are a map".into()));
        }
        let (mut issuer, mut until, mut from, mut issued) = (None, None, None, None);
        let (mut number, mut facts) = (None, None);
        let mut fault = Ok(());
        let mut left = d.map()?;
        while more(d, &mut left)? {
            let key = key(d)?;
            let value = d.position();
            d.skip()?;
            let after = d.position();
            d.set_position(value);
            let read = match key {
                Some(1) => text(d).and_then(|code| once(&mut issuer, Issuer::parse(code)?)),
                Some(4) => seconds(d).and_then(|at| once(&mut until, at)),
                Some(5) => seconds(d).and_then(|at| once(&mut from, at)),
                Some(6) => seconds(d).and_then(|at| once(&mut issued, at)),
                Some(7) => eight(d).and_then(|bytes| once(&mut number, bytes)),
                Some(FACTS) => Facts::read(d).and_then(|read| once(&mut facts, read)),
                _ => Ok(()),
            };
            fault = fault.and(read);
            d.set_position(after);
        }
        *life = Life { begins: from.max(issued), until };
        fault?;
        Ok(Self {
            issuer: issuer.ok_or(claim("no issuer"))?,
            number: number.ok_or(claim("no number"))?,
            issued: issued.ok_or(claim("no time of issue"))?,
            from,
            until: until.ok_or(claim("no end"))?,
            facts: facts.ok_or(claim("no facts of a pass"))?,
        })
    }
}

fn eight(d: &mut Decoder<'_>) -> Result<[u8; 8], WireFault> {
    let bytes = match d.datatype()? {
        Type::Bytes => d.bytes()?,
        _ => &[],
    };
    bytes.try_into().map_err(|_| claim("a number has eight bytes"))
}

impl Facts {
    pub(crate) fn write(&self, out: &mut Writer) {
        let health = self.holder.health();
        let numbers: [(i64, Option<u64>); 8] = [
            (2, self.holder.born().map(|born| born.get().into())),
            (3, health.doses.map(|doses| doses.get().into())),
            (4, health.last_dose.map(|day| day.count().into())),
            (5, health.last_negative.map(|day| day.count().into())),
            (6, health.recovered.map(|day| day.count().into())),
            (7, self.status.map(|status| status.index)),
            (8, self.status.map(|status| status.list)),
            (9, self.holder.force().map(|force| force.number().into())),
        ];
        let said = numbers.iter().filter(|(_, value)| value.is_some()).count();
        let (place, people) = (self.holder.place(), self.holder.people());
        out.map(2 + said + usize::from(place.is_some()) + usize::from(people.is_some()));
        out.int(0).uint(self.holder.kind().number().into()).int(1).text(self.name.as_str());
        for (key, value) in numbers {
            if let Some(value) = value {
                out.int(key).uint(value);
            }
        }
        if let Some(place) = place {
            out.int(10).text(place.as_str());
        }
        if let Some(people) = people {
            out.int(11).uint(people.into());
        }
    }

    pub(crate) fn read(d: &mut Decoder<'_>) -> Result<Self, WireFault> {
        if !matches!(d.datatype()?, Type::Map | Type::MapIndef) {
            return Err(claim("facts are a map"));
        }
        let mut said = Said::default();
        let mut left = d.map()?;
        while more(d, &mut left)? {
            match key(d)? {
                Some(0) => once(&mut said.kind, Kind::of(uint(d)?)?)?,
                Some(1) => once(&mut said.name, PassName::parse(text(d)?)?)?,
                Some(2) => once(&mut said.born, BirthYear::new(uint(d)?)?)?,
                Some(3) => once(&mut said.health.doses, Doses::new(uint(d)?)?)?,
                Some(4) => once(&mut said.health.last_dose, Day::counted(uint(d)?)?)?,
                Some(5) => once(&mut said.health.last_negative, Day::counted(uint(d)?)?)?,
                Some(6) => once(&mut said.health.recovered, Day::counted(uint(d)?)?)?,
                Some(7) => once(&mut said.index, uint(d)?)?,
                Some(8) => once(&mut said.list, uint(d)?)?,
                Some(9) => once(&mut said.force, Force::of(uint(d)?)?)?,
                Some(10) => once(&mut said.place, Place::parse(text(d)?)?)?,
                Some(11) => {
                    let people = u32::try_from(uint(d)?).map_err(|_| claim("too many people"))?;
                    once(&mut said.people, people)?;
                }
                _ => d.skip()?,
            }
        }
        said.facts()
    }
}

/// Facts one by one, before it is known whether they belong together.
#[derive(Default)]
struct Said {
    kind: Option<Kind>,
    name: Option<PassName>,
    born: Option<BirthYear>,
    health: Health,
    index: Option<u64>,
    list: Option<u64>,
    force: Option<Force>,
    place: Option<Place>,
    people: Option<u32>,
}

impl Said {
    fn facts(self) -> Result<Facts, WireFault> {
        let Self { kind, name, born, health, index, list, force, place, people } = self;
        let kind = kind.ok_or(claim("no kind"))?;
        let has_body = matches!(kind, Kind::Person | Kind::Force);
        let strange = if has_body {
            place.is_some() || people.is_some()
        } else {
            born.is_some() || health != Health::default()
        };
        let strange = strange
            || (kind != Kind::Force && force.is_some())
            || (kind == Kind::Neighbourhood && people.is_some());
        if strange {
            return Err(claim("a fact that such a pass does not have"));
        }
        let born = || born.ok_or(claim("no birth year"));
        let holder = match kind {
            Kind::Person => Holder::Person { born: born()?, health },
            Kind::Household => Holder::Household { place, people },
            Kind::Neighbourhood => Holder::Neighbourhood { place },
            Kind::Business => Holder::Business { place, people },
            Kind::Force => Holder::Force { force: force.ok_or(claim("no force"))?, born: born()?, health },
        };
        let status = match (list, index) {
            (Some(list), Some(index)) => Some(StatusPlace { list, index }),
            (None, None) => None,
            _ => return Err(claim("half a place in a status list")),
        };
        Ok(Facts { name: name.ok_or(claim("no name"))?, holder, status })
    }
}
