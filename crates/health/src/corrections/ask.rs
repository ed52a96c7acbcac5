//! Asking for a correction: by the person himself with his code, or by staff to whom he says it.

use super::{
    CORRECTION, code,
    model::{Faults, Field, NewCorrection},
    own, sql,
};
use crate::{households, people};
use duty::{
    calendars::ClockKind,
    tickets::{
        self, NewMatter, NewTicket, Responsible, Severity,
        ladder::{self, LadderSpec},
    },
    units::{self, UnitKind},
};
use jiff::SignedDuration;
use kernel::{ActorKind, CorrectionId, Error, PersonId, Result, UnitId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// What is promised: warned after a day and a half, decided in two.
const DUE: SignedDuration = SignedDuration::from_hours(48);
const WARN: SignedDuration = SignedDuration::from_hours(36);

/// Puts a request on record and before the station. The photo is bound to it by the caller.
///
/// Errors: `NotFound` for a stranger, and for a dose, recovery, test or number that is not his;
/// `Invalid` with the first field to mend; Conflict `error-correction-open` while the same is asked.
pub async fn ask(cx: &mut Cx, person: PersonId, new: &NewCorrection) -> Result<CorrectionId> {
    if cx.actor.kind != ActorKind::Citizen(person.uuid()) {
        code::claim(cx, person).await?;
    }
    let today = units::today(cx).await?;
    let wanted = new.check(today).map_err(|faults: Faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    // Only of these there are several; an object named for another field would make it another request.
    let several = matches!(new.field, Field::Phone | Field::Vaccination | Field::Test | Field::Recovery);
    let object = new.object.filter(|_| several);
    let before = own::value(cx, person, new.field, object).await?;
    sql::queue_up(cx, person).await?;
    if sql::is_open(cx, person, new.field, object).await? {
        return Err(Error::Conflict("error-correction-open"));
    }
    let id = cx.id::<CorrectionId>();
    let (unit, ward) = station(cx, person).await?;
    let new_matter = NewMatter {
        kind: CORRECTION,
        severity: Severity::Notice,
        ward,
        object_kind: CORRECTION,
        object: id.uuid(),
    };
    let ticket = NewTicket {
        kind: CORRECTION.to_owned(),
        responsible: Responsible::Unit(unit),
        ladder: in_two_days(ladder::by_code_or(cx, CORRECTION, "report").await?),
        task: task(new.field),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new_matter, ticket).await?;
    let ticket =
        opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))?;
    let row = sql::NewRow { id, person, field: new.field, object, file: new.file, unit, ticket };
    sql::insert(cx, &row, &before, &wanted).await?;
    cx.record(Event::new("correction.asked", id).unit(unit).matter(opened.matter).data(json!({
        "person": person, "field": new.field, "proof": new.file.is_some(),
    })));
    cx.tell(Topic::screen("corrections"));
    Ok(id)
}

/// Who decides: the station of his household or of his ward, else the ward, else the centre.
async fn station(cx: &mut Cx, person: PersonId) -> Result<(UnitId, Option<UnitId>)> {
    if let Some(home) = households::lives_in(cx, person).await? {
        let home = households::kept(cx, home).await?;
        return Ok((home.station, Some(home.ward)));
    }
    let brief = people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)?;
    let tree = units::tree(cx).await?;
    Ok(match brief.ward {
        Some(ward) => (tree.in_ward(ward, UnitKind::Station).unwrap_or(ward), Some(ward)),
        None => (tree.director(), None),
    })
}

/// A tenant whose ladder still counts office hours gives its answer in two days all the same.
fn in_two_days(mut ladder: LadderSpec) -> LadderSpec {
    if ladder.clock == ClockKind::Working {
        (ladder.clock, ladder.due, ladder.warn) = (ClockKind::Calendar, DUE, Some(WARN));
    }
    ladder
}

/// What the ticket says: the field, and nothing of what stands in it.
fn task(field: Field) -> serde_json::Value {
    let (vi, en) = match field {
        Field::Name => ("họ và tên", "name"),
        Field::Birth => ("ngày sinh", "birth"),
        Field::Sex => ("giới tính", "sex"),
        Field::CitizenId => ("số CCCD", "citizen id"),
        Field::Phone => ("số điện thoại", "telephone"),
        Field::Address => ("địa chỉ", "address"),
        Field::Vaccination => ("mũi tiêm", "vaccination"),
        Field::Test => ("kết quả xét nghiệm", "test result"),
        Field::Recovery => ("khỏi bệnh", "recovery"),
    };
    json!({
        "vi": format!("Yêu cầu đính chính hồ sơ: {vi}. Mở trang yêu cầu, đối chiếu giấy tờ, chấp nhận hoặc từ chối có lý do."),
        "en": format!("Correction of a record: {en}. Open the request, compare the paper, accept or refuse with the reason."),
    })
}
