//! The SQL of a page without the page. PostgreSQL itself writes down what a request asked of it
//! (`log_statement = all`), and the same statements are run again with the same values.

use kernel::{Error, Result};
use sqlx::{
    AssertSqlSafe, Column, Either, Executor, PgConnection, PgPool, Postgres, SqlSafeStr, Statement, TypeInfo,
    postgres::{PgArguments, PgTypeInfo},
    query::Query,
};
use std::{collections::BTreeMap, path::Path};
use uuid::Uuid;

/// One statement as it was run: its text, and its values as PostgreSQL prints them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    pub sql: String,
    pub values: Vec<Option<String>>,
}

/// Reads what was logged after `from` bytes: the statements of each session, by its process id.
pub fn read(log: &Path, from: u64) -> Result<BTreeMap<u32, Vec<Spoken>>> {
    let bytes = std::fs::read(log).map_err(Error::internal)?;
    let text = String::from_utf8_lossy(bytes.get(from as usize..).unwrap_or_default()).into_owned();
    Ok(parse(&text))
}

/// How long the log is now.
pub fn mark(log: &Path) -> Result<u64> {
    Ok(std::fs::metadata(log).map_err(Error::internal)?.len())
}

fn parse(text: &str) -> BTreeMap<u32, Vec<Spoken>> {
    let mut sessions: BTreeMap<u32, Vec<Spoken>> = BTreeMap::new();
    for record in records(text) {
        // "2021-09-25 00:05:00.000 UTC [4711] vungxanh LOG:  …"
        let Some((head, rest)) = record.split_once("] ") else { continue };
        let Some(pid) = head.rsplit_once('[').and_then(|(_, pid)| pid.parse().ok()) else { continue };
        let spoken = sessions.entry(pid).or_default();
        if let Some((_, said)) = rest.split_once("LOG:  ") {
            let sql = said.strip_prefix("statement: ").or_else(|| {
                said.strip_prefix("execute ").and_then(|named| named.split_once(": ")).map(|(_, sql)| sql)
            });
            if let Some(sql) = sql {
                spoken.push(Spoken { sql: sql.to_owned(), values: Vec::new() });
            }
        } else if let Some((_, list)) = rest.split_once("DETAIL:  parameters: ")
            && let Some(last) = spoken.last_mut()
        {
            last.values = values(list);
        }
    }
    sessions
}

/// A record goes on over lines that begin with a tab.
fn records(text: &str) -> Vec<String> {
    let mut records: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix('\t'), records.last_mut()) {
            (Some(more), Some(record)) => {
                record.push('\n');
                record.push_str(more);
            }
            _ => records.push(line.to_owned()),
        }
    }
    records
}

/// `$1 = 'a''b', $2 = NULL`
fn values(list: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = list;
    while let Some((_, after)) = rest.split_once(" = ") {
        if let Some(quoted) = after.strip_prefix('\'') {
            let mut value = String::new();
            let mut chars = quoted.char_indices().peekable();
            let mut end = quoted.len();
            while let Some((at, c)) = chars.next() {
                if c != '\'' {
                    value.push(c);
                } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
                    value.push('\'');
                } else {
                    end = at + 1;
                    break;
                }
            }
            values.push(Some(value));
            rest = quoted.get(end..).unwrap_or_default();
        } else {
            values.push(None);
            rest = after.strip_prefix("NULL").unwrap_or_default();
        }
    }
    values
}

/// A statement ready to be run again.
#[derive(Clone)]
pub struct Ready {
    sql: &'static str,
    values: Vec<Value>,
}

/// A value in the type that the statement asks for.
#[derive(Clone, Debug)]
enum Value {
    Uuid(Option<Uuid>),
    Uuids(Option<Vec<Uuid>>),
    Text(Option<String>),
    Texts(Option<Vec<String>>),
    Bytes(Option<Vec<u8>>),
    Bool(Option<bool>),
    Int2(Option<i16>),
    Int4(Option<i32>),
    Int8(Option<i64>),
    Date(Option<jiff::civil::Date>),
    /// Microseconds since 2000-01-01, which is what the wire carries.
    Time(Option<jiff::Timestamp>),
}

/// Asks the database for the types and puts the values into them. The texts are kept for the life
/// of the program, as the program's own statements are.
pub async fn prepare(conn: &mut PgConnection, spoken: &[Spoken]) -> Result<Vec<Ready>> {
    let mut ready = Vec::with_capacity(spoken.len());
    for one in spoken {
        let sql: &'static str = one.sql.clone().leak();
        let statement = conn.prepare(sql.into_sql_str()).await?;
        let types: Vec<PgTypeInfo> = match statement.parameters() {
            Some(Either::Left(types)) => types.to_vec(),
            _ => Vec::new(),
        };
        let values = types
            .iter()
            .zip(&one.values)
            .map(|(kind, value)| typed(kind, value.as_deref()))
            .collect::<Result<_>>()?;
        debug_assert!(statement.columns().iter().all(|column| !column.name().is_empty()));
        ready.push(Ready { sql, values });
    }
    Ok(ready)
}

fn typed(kind: &PgTypeInfo, value: Option<&str>) -> Result<Value> {
    let bad = |value: &str| Error::internal(format!("cannot read {value:?} as {}", kind.name()));
    let list = |text: &str| {
        let inner = text.trim_start_matches('{').trim_end_matches('}');
        inner.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    macro_rules! parsed {
        ($variant:ident, $read:expr) => {
            Value::$variant(value.map(|text| $read(text).map_err(|_| bad(text))).transpose()?)
        };
    }
    Ok(match kind.name() {
        "UUID" => parsed!(Uuid, Uuid::parse_str),
        "UUID[]" => parsed!(Uuids, |text| list(text)
            .iter()
            .map(|item| Uuid::parse_str(item))
            .collect::<Result<Vec<_>, _>>()),
        "TEXT" | "VARCHAR" | "NAME" => Value::Text(value.map(str::to_owned)),
        "TEXT[]" => Value::Texts(value.map(list)),
        "BOOL" => Value::Bool(value.map(|text| text == "t")),
        "INT2" => parsed!(Int2, str::parse),
        "INT4" => parsed!(Int4, str::parse),
        "INT8" => parsed!(Int8, str::parse),
        "DATE" => parsed!(Date, str::parse),
        "BYTEA" => parsed!(Bytes, hex),
        // "2021-09-25 00:05:00.123456+00"
        "TIMESTAMPTZ" => parsed!(Time, |text: &str| format!("{text}:00").replacen(' ', "T", 1).parse()),
        other => {
            return Err(Error::internal(format!("a page binds a {other}, which the bench cannot read yet")));
        }
    })
}

fn hex(text: &str) -> Result<Vec<u8>, ()> {
    let digits = text.strip_prefix("\\x").ok_or(())?;
    (0..digits.len() / 2)
        .map(|i| digits.get(2 * i..2 * i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or(()))
        .collect()
}

impl Ready {
    fn query(&self) -> Query<'_, Postgres, PgArguments> {
        self.values.iter().fold(sqlx::query(self.sql), |query, value| match value {
            Value::Uuid(value) => query.bind(*value),
            Value::Uuids(value) => query.bind(value.clone()),
            Value::Text(value) => query.bind(value.clone()),
            Value::Texts(value) => query.bind(value.clone()),
            Value::Bytes(value) => query.bind(value.clone()),
            Value::Bool(value) => query.bind(*value),
            Value::Int2(value) => query.bind(*value),
            Value::Int4(value) => query.bind(*value),
            Value::Int8(value) => query.bind(*value),
            Value::Date(value) => query.bind(value.map(jiff_sqlx::ToSqlx::to_sqlx)),
            Value::Time(value) => query.bind(value.map(jiff_sqlx::ToSqlx::to_sqlx)),
        })
    }
}

/// Runs the statements in one transaction, begun as the program begins its own, every row fetched;
/// how many rows.
pub async fn run(pool: &PgPool, begin: &str, statements: &[Ready]) -> Result<usize> {
    let mut tx = pool.begin_with(AssertSqlSafe(begin.to_owned())).await?;
    let mut rows = 0;
    for statement in statements {
        rows += statement.query().fetch_all(&mut *tx).await?.len();
    }
    tx.commit().await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_read_back_as_it_was_spoken() {
        let log = "2021-09-25 00:05:00.000 UTC [41] vx LOG:  statement: begin; set local vx.tenant = 'a'\n\
                   2021-09-25 00:05:00.000 UTC [42] vx LOG:  execute sqlx_s_3: select 1\n\
                   2021-09-25 00:05:00.001 UTC [41] vx LOG:  execute sqlx_s_1: select x\n\
                   \tfrom y where z = $1 and v = $2 and w = $3\n\
                   2021-09-25 00:05:00.001 UTC [41] vx DETAIL:  parameters: $1 = 'it''s, $2 = 1', $2 = NULL, $3 = '{a,b}'\n";
        let sessions = parse(log);
        assert_eq!(sessions[&42].len(), 1);
        let spoken = &sessions[&41];
        assert_eq!(spoken[0].sql, "begin; set local vx.tenant = 'a'");
        assert_eq!(spoken[1].sql, "select x\nfrom y where z = $1 and v = $2 and w = $3");
        assert_eq!(spoken[1].values, [Some("it's, $2 = 1".into()), None, Some("{a,b}".into())]);
    }

    #[test]
    fn bytes_and_times_are_read_in_postgres_own_form() {
        assert_eq!(hex("\\x00ff"), Ok(vec![0, 255]));
        assert_eq!(hex("00ff"), Err(()));
        let time: jiff::Timestamp = "2021-09-25T00:05:00.5+00:00".parse().unwrap();
        assert_eq!("2021-09-25 00:05:00.5+00".replacen(' ', "T", 1) + ":00", "2021-09-25T00:05:00.5+00:00");
        assert_eq!(time.as_millisecond() % 1000, 500);
    }
}
