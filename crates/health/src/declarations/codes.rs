//! Proving a telephone: six digits by text, asked back within some minutes. Whatever is typed, nothing here tells
//! whether anybody with that number is on record.

use super::{
    devices,
    sql_numbers::{self, NewCode},
};
use duty::messages;
use jiff::SignedDuration;
use kernel::{Error, Phone, Result, SecretCode};
use store::Cx;

/// How long a code may be typed in.
const VALID: SignedDuration = SignedDuration::from_mins(10);
/// How often a code may be typed wrongly before it is worth nothing; with the codes of a day a guesser has
/// thirty tries in a million.
pub const TRIES: i16 = 5;
/// Codes that one number is sent in a day, and how long it waits for the next.
const A_DAY: i64 = 6;
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// What a typed code came to. The caller commits in every case: a wrong try counts.
pub enum Proved {
    /// The key of the device from now on.
    Device(SecretCode),
    /// So many tries are left.
    Wrong(i16),
    /// Typed wrongly too often, too late, used already, or never sent: a new one has to be asked for.
    Over,
}

/// Sends a code to a number; the key under which the browser brings it back.
///
/// Errors: `phone`: those of [`Phone::parse`], `error-declare-not-mobile`, `error-declare-pause` within a minute of the
/// last code, `error-declare-enough` after the codes of a day. The same for a number that is known and one that
/// is not.
pub async fn ask(cx: &mut Cx, typed: &str) -> Result<SecretCode> {
    let wrong = |key| Error::invalid("phone", key);
    let phone = Phone::parse(typed).map_err(|error| wrong(error.key))?;
    if !phone.is_mobile() {
        return Err(wrong("error-declare-not-mobile"));
    }
    sql_numbers::queue_up(cx, &phone).await?;
    let day = cx.now() - SignedDuration::from_hours(24);
    let (sent, last) = sql_numbers::sent_since(cx, &phone, day).await?;
    if last.is_some_and(|last| cx.now().duration_since(last) < PAUSE) {
        return Err(wrong("error-declare-pause"));
    }
    if sent >= A_DAY {
        return Err(wrong("error-declare-enough"));
    }
    let key = SecretCode::new(cx.rng());
    let code = format!("{:06}", cx.rng().below(1_000_000));
    let new = NewCode { id: cx.id(), key: &key, phone: &phone, code: &code, expires_at: cx.now() + VALID };
    sql_numbers::insert_code(cx, &new).await?;
    let minutes = VALID.as_mins();
    // No name and no place: the telephone may be anybody's.
    let words = format!(
        "Mã khai báo y tế: {code}. Có hiệu lực {minutes} phút. Không đọc mã cho ai; nếu không phải bạn yêu cầu, xin bỏ qua."
    );
    messages::text(cx, new.id, &phone, &words).await?;
    Ok(key)
}

/// The number, masked, to which the code of this key was sent; `None` where it is worth nothing any more.
pub async fn waiting(cx: &mut Cx, key: &str) -> Result<Option<String>> {
    let Some(known) = find(cx, key, false).await? else { return Ok(None) };
    Ok(known.is_open(cx.now()).then(|| known.phone.masked()))
}

/// Takes a code in. A number that is proven makes a device.
pub async fn prove(cx: &mut Cx, key: &str, typed: &str) -> Result<Proved> {
    let Some(known) = find(cx, key, true).await? else { return Ok(Proved::Over) };
    if !known.is_open(cx.now()) {
        return Ok(Proved::Over);
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if sql_numbers::code_index(cx, known.id, &digits)? != known.code_index {
        sql_numbers::count_try(cx, known.id).await?;
        let left = TRIES - known.tries - 1;
        return Ok(if left > 0 { Proved::Wrong(left) } else { Proved::Over });
    }
    sql_numbers::use_code(cx, known.id).await?;
    Ok(Proved::Device(devices::make(cx, &known.phone).await?))
}

async fn find(cx: &mut Cx, key: &str, lock: bool) -> Result<Option<sql_numbers::Code>> {
    match SecretCode::parse(key) {
        Ok(key) => sql_numbers::code(cx, &key, lock).await,
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

impl sql_numbers::Code {
    fn is_open(&self, now: jiff::Timestamp) -> bool {
        self.used_at.is_none() && self.tries < TRIES && now < self.expires_at
    }
}
