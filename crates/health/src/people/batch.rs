//! The one way in which people are written: many at once or a single one, by the same few statements.
//! One question finds everybody whom the rows may mean; who is who is judged here, row after row, so
//! that rows of one batch find each other too; then each table is written once.

use super::{
    keys::{self, KeyParts},
    matching::{self, Basis, Candidate, Newcomer, Perhaps},
    model::{Birth, Found, Known, NewPerson},
    sql, sql_batch,
};
use crate::streets;
use duty::permissions::{Action, Permit, Scope};
use kernel::{
    Error, ImportId, PersonId, Result, UnitId, address::Address, citizen_id::CitizenId, names::PersonName,
};
use serde_json::{Map, Value, json};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, HashMap};
use store::{Cx, Event};

/// Rows of one round: the lookups of more would be held too long.
const ROUND: usize = 500;

/// A row as it is looked up.
pub(super) struct Row<'a> {
    new: &'a NewPerson,
    pub search: String,
    address_key: Option<String>,
    quarter: Option<UnitId>,
    /// The list of streets that tells the quarter.
    placed_by: Option<ImportId>,
    pub citizen: Option<Vec<u8>>,
    pub phone: Option<Vec<u8>>,
    pub keys: Vec<i64>,
}

impl Row<'_> {
    pub(super) fn birth_year(&self) -> Option<i16> {
        self.new.birth.map(Birth::year)
    }
}

/// Somebody of whom the rows tell, as he stands after those that were read.
pub(super) struct Person<'a> {
    pub known: Known,
    /// `None` for those who were on record.
    pub name: Option<&'a PersonName>,
    pub import: Option<ImportId>,
    /// What these rows brought, to be sealed or kept as typed.
    pub citizen_id: Option<&'a CitizenId>,
    pub address: Option<&'a Address>,
    /// What of somebody known was completed.
    fields: Vec<&'static str>,
    /// What stood there before.
    before: Map<String, Value>,
}

/// A number that somebody has from now on.
pub(super) struct NewPhone<'a> {
    pub person: PersonId,
    pub phone: &'a kernel::Phone,
    pub index: Vec<u8>,
}

/// Two records that may be of one person, the smaller id first.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub one: PersonId,
    pub two: PersonId,
    pub basis: Basis,
    pub weight: i16,
}

/// The people of a batch, and where what it has told so far is found again.
#[derive(Default)]
struct Work<'a> {
    people: Vec<Person<'a>>,
    at: HashMap<PersonId, usize>,
    by_key: HashMap<i64, Vec<usize>>,
    by_citizen: HashMap<Vec<u8>, Vec<usize>>,
    by_phone: HashMap<Vec<u8>, Vec<usize>>,
    by_name: HashMap<(String, i16), Vec<usize>>,
    phones: Vec<NewPhone<'a>>,
    keys: Vec<(i64, PersonId)>,
    pairs: BTreeMap<(PersonId, PersonId), Pair>,
}

/// What became of the rows.
pub(super) struct Settled {
    pub found: Vec<Found>,
    pub made: Vec<PersonId>,
    pub completed: Vec<Completed>,
    /// The pairs that are new.
    pub pairs: Vec<Pair>,
}

/// Somebody known of whom more is known now.
pub(super) struct Completed {
    pub person: PersonId,
    pub ward: Option<UnitId>,
    pub fields: Vec<&'static str>,
    pub before: Map<String, Value>,
}

/// Finds each of these people or makes him; keeps what the rows tell that was not known, and notes
/// whom he may be. One event a round of five hundred tells who was made and completed. Answers in the
/// order of the rows. The caller answers for the permission.
pub(crate) async fn find_or_make_all(cx: &mut Cx, new: &[NewPerson]) -> Result<Vec<Found>> {
    super::act::queue_up(cx, new.iter().map(|one| &one.name)).await?;
    let mut found = Vec::with_capacity(new.len());
    for part in new.chunks(ROUND) {
        let settled = settle(cx, part).await?;
        let import = part.iter().find_map(|one| one.import);
        record(cx, import, &settled);
        found.extend(settled.found);
    }
    Ok(found)
}

/// One event for all; what stood there before goes into its sealed part.
fn record(cx: &mut Cx, import: Option<ImportId>, settled: &Settled) {
    if settled.made.is_empty() && settled.completed.is_empty() && settled.pairs.is_empty() {
        return;
    }
    let completed: Vec<PersonId> = settled.completed.iter().map(|one| one.person).collect();
    let before: Map<String, Value> = settled
        .completed
        .iter()
        .filter(|one| !one.before.is_empty())
        .map(|one| (one.person.to_string(), Value::Object(one.before.clone())))
        .collect();
    let object = import.map_or_else(|| cx.id::<Uuid>(), ImportId::uuid);
    let event = Event::new("people.batch", object).data(json!({
        "made": settled.made, "completed": completed, "pairs": settled.pairs.len(), "import": import,
    }));
    cx.record(if before.is_empty() { event } else { event.payload(json!({ "before": before })) });
}

/// Finds the person or makes a new one; keeps what the newcomer tells that was not known, and notes
/// whom he may be. The caller has queued up and answers for the permission.
pub(crate) async fn find_or_make(cx: &mut Cx, new: &NewPerson) -> Result<Found> {
    let settled = settle(cx, std::slice::from_ref(new)).await?;
    for id in &settled.made {
        cx.record(Event::new("person.created", *id).unit(new.ward).data(json!({ "ward": new.ward })));
    }
    for Completed { person, ward, fields, before } in settled.completed {
        let event = Event::new("person.updated", person).unit(ward).data(json!({ "fields": fields }));
        cx.record(if before.is_empty() { event } else { event.payload(json!({ "before": before })) });
    }
    for pair in &settled.pairs {
        // The newcomer has just been made: every new pair is his.
        let made = settled.made.first().copied().unwrap_or(pair.two);
        let other = if pair.one == made { pair.two } else { pair.one };
        cx.record(
            Event::new("person.duplicate_suspected", made)
                .unit(new.ward)
                .data(json!({ "other": other, "basis": pair.basis })),
        );
    }
    settled.found.first().copied().ok_or_else(|| Error::internal("a person was not settled"))
}

/// Puts somebody on record who need not be a case, or finds him.
///
/// Errors: `Forbidden` for those who do not record the cases of his ward.
pub async fn enrol(cx: &mut Cx, new: &NewPerson) -> Result<PersonId> {
    let units = super::act::scope(cx, new.ward).await?;
    cx.permit(Action::CaseRecord, Scope::Units(&units))?;
    super::act::queue_up(cx, std::iter::once(&new.name)).await?;
    Ok(find_or_make(cx, new).await?.person)
}

/// Of each newcomer those on record who are him with equal right; none where one is for certain, or
/// nobody. One look-up for all.
pub(super) async fn tied(cx: &mut Cx, new: &[NewPerson]) -> Result<Vec<Vec<PersonId>>> {
    let (rows, work, hits) = look_up(cx, new).await?;
    let told = rows.iter().zip(&hits).map(|(row, hits)| work.judge(row, &work.candidates(row, hits)));
    Ok(told.map(|verdict| verdict.tied).collect())
}

/// For each row whom it may mean, as places among the people, and whether they have its number.
type Hits = Vec<Vec<(usize, bool)>>;

async fn look_up<'a>(cx: &mut Cx, new: &'a [NewPerson]) -> Result<(Vec<Row<'a>>, Work<'a>, Hits)> {
    let rows = rows(cx, new).await?;
    let mut work = Work::default();
    let mut hits: Hits = vec![Vec::new(); rows.len()];
    for hit in sql_batch::candidates(cx, &rows).await? {
        let at = work.known(hit.known);
        if let Some(of_row) = hits.get_mut(hit.line) {
            of_row.push((at, hit.has_phone));
        }
    }
    follow_joined(cx, &mut work).await?;
    Ok((rows, work, hits))
}

async fn settle(cx: &mut Cx, new: &[NewPerson]) -> Result<Settled> {
    let (rows, mut work, hits) = look_up(cx, new).await?;
    let mut found = Vec::with_capacity(rows.len());
    for (row, hits) in rows.iter().zip(&hits) {
        let candidates = work.candidates(row, hits);
        let verdict = work.judge(row, &candidates);
        found.push(if let Some(person) = verdict.same {
            work.complete(person, row, &candidates)?;
            Found { person, made: false }
        } else {
            let person = cx.id::<PersonId>();
            work.make(person, row, &verdict.perhaps);
            Found { person, made: true }
        });
    }
    write(cx, work, found).await
}

/// What is looked up of each row, and where it lies in its ward.
async fn rows<'a>(cx: &mut Cx, new: &'a [NewPerson]) -> Result<Vec<Row<'a>>> {
    let sealing = cx.keys()?;
    let mut rows: Vec<Row<'a>> = new
        .iter()
        .map(|new| {
            let (search, address_key) =
                (new.name.search_key(), new.address.as_ref().map(Address::search_key));
            let parts = KeyParts { search: &search, birth: new.birth, address_key: address_key.as_deref() };
            let keys = keys::keys(&parts);
            Row {
                citizen: new.citizen_id.as_ref().map(|id| sealing.blind(sql::CITIZEN_ID, id.as_str())),
                phone: new.phone.as_ref().map(|phone| sealing.blind(sql::PHONE, phone.as_e164())),
                quarter: new.quarter,
                placed_by: None,
                new,
                search,
                address_key,
                keys,
            }
        })
        .collect();
    let mut asked = Vec::new();
    let mut places = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if let (None, Some(ward), Some(address)) = (row.quarter, row.new.ward, &row.new.address) {
            places.push(at);
            asked.push((ward, address.parts()));
        }
    }
    for (at, told) in places.into_iter().zip(streets::quarters_of(cx, &asked).await?) {
        if let Some((quarter, by)) = told {
            (rows[at].quarter, rows[at].placed_by) = (Some(quarter), by);
        }
    }
    Ok(rows)
}

/// Records that were joined speak for the one that stays, which is completed in their place.
async fn follow_joined(cx: &mut Cx, work: &mut Work<'_>) -> Result<()> {
    let joined: Vec<Uuid> = work
        .people
        .iter()
        .filter(|one| one.known.stays != one.known.id)
        .map(|one| one.known.id.uuid())
        .collect();
    if joined.is_empty() {
        return Ok(());
    }
    let roots = sql::roots(cx, &joined).await?;
    for person in &mut work.people {
        if let Some(root) = roots.get(&person.known.id) {
            person.known.stays = *root;
        }
    }
    let unread: Vec<Uuid> =
        roots.into_values().filter(|root| !work.at.contains_key(root)).map(PersonId::uuid).collect();
    for known in sql_batch::known(cx, &unread).await? {
        work.known(known);
    }
    // One that was emptied speaks for nobody.
    let Work { people, at, .. } = work;
    for person in people {
        if !at.contains_key(&person.known.stays) {
            person.known.stays = person.known.id;
        }
    }
    Ok(())
}

async fn write(cx: &mut Cx, work: Work<'_>, found: Vec<Found>) -> Result<Settled> {
    let Work { people, phones, keys, pairs, .. } = work;
    let (made, known): (Vec<_>, Vec<_>) = people.into_iter().partition(|one| one.name.is_some());
    let changed: Vec<Person<'_>> = known.into_iter().filter(|one| !one.fields.is_empty()).collect();
    sql_batch::insert(cx, &made).await?;
    // A new number alone changes no column.
    let columns: Vec<&Person<'_>> =
        changed.iter().filter(|one| one.fields.iter().any(|field| *field != "phone")).collect();
    sql_batch::complete(cx, &columns).await?;
    sql_batch::add_phones(cx, &phones).await?;
    sql_batch::add_keys(cx, &keys).await?;
    let moved: Vec<(Uuid, Option<Uuid>)> = changed
        .iter()
        .filter(|one| one.fields.contains(&"ward"))
        .map(|one| (one.known.id.uuid(), one.known.ward.map(UnitId::uuid)))
        .collect();
    sql_batch::move_pairs(cx, &moved).await?;
    let pairs: Vec<Pair> = pairs.into_values().collect();
    let fresh = sql_batch::suspect(cx, &pairs).await?;
    let pairs = pairs.into_iter().filter(|pair| fresh.contains(&(pair.one, pair.two))).collect();
    Ok(Settled {
        found,
        made: made.iter().map(|one| one.known.id).collect(),
        completed: changed
            .into_iter()
            .map(|one| Completed {
                person: one.known.id,
                ward: one.known.ward,
                fields: one.fields,
                before: one.before,
            })
            .collect(),
        pairs,
    })
}

impl<'a> Work<'a> {
    /// Somebody on record; his place.
    fn known(&mut self, known: Known) -> usize {
        let next = self.people.len();
        let at = *self.at.entry(known.id).or_insert(next);
        if at == next {
            self.people.push(Person {
                known,
                name: None,
                import: None,
                citizen_id: None,
                address: None,
                fields: Vec::new(),
                before: Map::new(),
            });
        }
        at
    }

    /// Everybody a row may mean, and whether he has its number: those who were found on record and
    /// those of whom rows before it have told.
    fn candidates(&self, row: &Row<'_>, hits: &[(usize, bool)]) -> BTreeMap<usize, bool> {
        let mut all: BTreeMap<usize, bool> = BTreeMap::new();
        let mut add = |at: usize, has_phone: bool| *all.entry(at).or_default() |= has_phone;
        for (at, has_phone) in hits {
            add(*at, *has_phone);
        }
        for key in &row.keys {
            for at in self.by_key.get(key).into_iter().flatten() {
                add(*at, false);
            }
        }
        let by_citizen = row.citizen.as_ref().and_then(|citizen| self.by_citizen.get(citizen));
        let name = row.birth_year().map(|year| (row.search.clone(), year));
        let by_name = name.and_then(|name| self.by_name.get(&name));
        for at in by_citizen.into_iter().chain(by_name).flatten() {
            add(*at, false);
        }
        let by_phone = row.phone.as_ref().and_then(|phone| self.by_phone.get(phone));
        for at in by_phone.into_iter().flatten() {
            add(*at, true);
        }
        all
    }

    fn judge(&self, row: &Row<'_>, candidates: &BTreeMap<usize, bool>) -> matching::Verdict {
        let newcomer = Newcomer {
            search: &row.search,
            birth: row.new.birth,
            citizen_id_index: row.citizen.as_deref(),
            address_key: row.address_key.as_deref(),
            ward: row.new.ward,
        };
        let known: Vec<Candidate<'_>> = candidates
            .iter()
            .map(|(at, has_phone)| Candidate { known: &self.people[*at].known, has_phone: *has_phone })
            .collect();
        matching::judge(&newcomer, &known)
    }

    /// Rows that follow find him by what this one tells.
    fn learn(&mut self, at: usize, row: &Row<'a>) {
        let known = &self.people[at].known;
        let parts =
            KeyParts { search: &known.search, birth: known.birth, address_key: known.address_key.as_deref() };
        for key in keys::keys(&parts) {
            let places = self.by_key.entry(key).or_default();
            if !places.contains(&at) {
                places.push(at);
                self.keys.push((key, known.id));
            }
        }
        if let Some(year) = known.birth.map(Birth::year) {
            let places = self.by_name.entry((known.search.clone(), year)).or_default();
            if !places.contains(&at) {
                places.push(at);
            }
        }
        if let Some(citizen) =
            row.citizen.as_ref().filter(|one| known.citizen_id_index.as_ref() == Some(*one))
        {
            let places = self.by_citizen.entry(citizen.clone()).or_default();
            if !places.contains(&at) {
                places.push(at);
            }
        }
    }

    fn add_phone(&mut self, at: usize, row: &Row<'a>) -> bool {
        let new: &'a NewPerson = row.new;
        let (Some(phone), Some(index)) = (&new.phone, &row.phone) else { return false };
        let places = self.by_phone.entry(index.clone()).or_default();
        if places.contains(&at) {
            return false;
        }
        places.push(at);
        self.phones.push(NewPhone { person: self.people[at].known.id, phone, index: index.clone() });
        true
    }

    fn make(&mut self, id: PersonId, row: &Row<'a>, perhaps: &[Perhaps]) {
        let new = row.new;
        let at = self.people.len();
        self.at.insert(id, at);
        self.people.push(Person {
            known: Known {
                id,
                stays: id,
                search: row.search.clone(),
                birth: new.birth,
                sex: new.sex,
                citizen_id_index: row.citizen.clone(),
                address: new.address.as_ref().map(|address| address.original().to_owned()),
                address_key: row.address_key.clone(),
                ward: new.ward,
                quarter: row.quarter,
                placed_by: row.placed_by,
            },
            name: Some(&new.name),
            import: new.import,
            citizen_id: new.citizen_id.as_ref(),
            address: new.address.as_ref(),
            fields: Vec::new(),
            before: Map::new(),
        });
        self.learn(at, row);
        self.add_phone(at, row);
        for one in perhaps {
            let (low, high) = (id.min(one.person), id.max(one.person));
            let pair = Pair { one: low, two: high, basis: one.basis, weight: one.weight };
            self.pairs.entry((low, high)).or_insert(pair);
        }
    }

    /// Adds what is new. What contradicts is not overwritten, except where somebody lives: the newest
    /// word counts there, and the one before stays in the sealed part of the event. A ward that nobody
    /// has told is no word: it moves nobody who lives in another.
    fn complete(&mut self, id: PersonId, row: &Row<'a>, had_phone: &BTreeMap<usize, bool>) -> Result<()> {
        let at = *self.at.get(&id).ok_or_else(|| Error::internal("a person was judged who is not there"))?;
        let news = row.new;
        let has_phone = had_phone.get(&at).copied().unwrap_or(false);
        let added = !has_phone && self.add_phone(at, row);
        let Person { known, citizen_id, address, fields, before, .. } = &mut self.people[at];
        let mut changed = Vec::new();
        let more_exact = matches!(
            (known.birth, news.birth),
            (None, Some(_)) | (Some(Birth::Year(_)), Some(Birth::Day(_)))
        );
        if more_exact && known.birth.zip(news.birth).is_none_or(|(one, two)| one.agrees(two)) {
            known.birth = news.birth;
            changed.push("birth");
        }
        if known.sex.is_none() && news.sex.is_some() {
            known.sex = news.sex;
            changed.push("sex");
        }
        if known.citizen_id_index.is_none() && news.citizen_id.is_some() {
            known.citizen_id_index.clone_from(&row.citizen);
            *citizen_id = news.citizen_id.as_ref();
            changed.push("citizen_id");
        }
        let guessed = news.ward_guessed && known.ward.is_some() && known.ward != news.ward;
        let mut moved = false;
        if let Some(told) = &news.address
            && known.address.as_deref() != Some(told.original())
        {
            moved = !guessed || known.address_key != row.address_key;
            before.entry("address").or_insert_with(|| json!(known.address));
            known.address = Some(told.original().to_owned());
            known.address_key.clone_from(&row.address_key);
            *address = Some(told);
            changed.push("address");
        }
        if !guessed && news.ward.is_some() && news.ward != known.ward {
            before.entry("ward").or_insert_with(|| json!(known.ward));
            known.ward = news.ward;
            changed.push("ward");
            moved = true;
        }
        // What was looked up in a ward in which he does not live is no quarter of his.
        let (quarter, placed_by) = if guessed { (None, None) } else { (row.quarter, row.placed_by) };
        if moved {
            (known.quarter, known.placed_by) = (quarter, placed_by);
        } else if known.quarter.is_none() && quarter.is_some() {
            (known.quarter, known.placed_by) = (quarter, placed_by);
            changed.push("quarter");
        }
        if added {
            changed.push("phone");
        }
        // What is on record is found by its own keys already.
        let found_otherwise = changed.iter().any(|field| ["birth", "citizen_id", "address"].contains(field));
        for field in changed {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        if found_otherwise {
            self.learn(at, row);
        }
        Ok(())
    }
}
