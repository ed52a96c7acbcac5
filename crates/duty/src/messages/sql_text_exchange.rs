use super::text_exchange::{Entry, Received, Sent, What};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{MessageId, Result, StaffId, TicketId};
use sqlx::types::Uuid;
use store::Cx;

const SENT: &str = "texts";
const RECEIVED: &str = "received_texts";

/// The texts from and to a number that are older than `until`, the newest first; each with the ticket by which it is
/// seen: its own, or that of the text which it answers.
pub(super) async fn texts(
    cx: &mut Cx,
    number_hash: &[u8],
    until: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<(Entry, Option<TicketId>)>> {
    let tenant = cx.tenant().uuid();
    let (at, id) = until.unzip();
    let rows = sqlx::query!(
        r#"with sent as (
             select s.id, s.created_at as at, s.state, s.words, s.tries, s.created_by,
                    coalesce(s.delivered_at, s.handed_over_at) as told_at, r.id is not null as answers, r.ticket_id
             from texts s left join received_texts r on r.tenant_id = s.tenant_id and r.id = s.object_id
             where s.tenant_id = $1 and s.number_hash = $2
               and ($3::timestamptz is null or (s.created_at, s.id) < ($3, $4))
             order by s.created_at desc, s.id desc limit $5),
           received as (
             select id, received_at as at, state, words, came, parts, ticket_id
             from received_texts
             where tenant_id = $1 and number_hash = $2
               and ($3::timestamptz is null or (received_at, id) < ($3, $4))
             order by received_at desc, id desc limit $5)
           select id as "id!", at as "at!", false as "received!", state as "state!", words as "words?", tries as "tries!",
                  created_by as "created_by?", told_at as "told_at?", answers as "answers!", 0::smallint as "came!",
                  0::smallint as "parts!", ticket_id as "ticket_id?"
           from sent
           union all
           select id, at, true, state, words, 0, null::uuid, null::timestamptz, false, came, parts, ticket_id from received
           order by 2 desc, 1 desc limit $5"#,
        tenant,
        number_hash,
        at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        id,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let table = if row.received { RECEIVED } else { SENT };
            let words = match row.words.filter(|_| row.received || row.answers) {
                Some(words) => Some(cx.open(table, row.id, "words", &words)?),
                None => None,
            };
            let what = if row.received {
                What::Received(Received {
                    words,
                    came: row.came,
                    parts: row.parts,
                    whole: row.state == "whole",
                })
            } else {
                What::Sent(Sent {
                    words,
                    by: row.created_by.map(StaffId),
                    state: row.state.parse()?,
                    tries: row.tries,
                    told_at: row.told_at.map(jiff_sqlx::Timestamp::to_jiff),
                })
            };
            Ok((Entry { id: row.id, at: row.at.to_jiff(), what }, row.ticket_id.map(TicketId)))
        })
        .collect()
}

/// An answer in these very words that the actor has given to a text since then.
pub(super) async fn answered_so(
    cx: &mut Cx,
    id: MessageId,
    words: &str,
    since: Timestamp,
) -> Result<Option<MessageId>> {
    let (tenant, by) = (cx.tenant().uuid(), cx.actor.staff_id().map(StaffId::uuid));
    let rows = sqlx::query!(
        "select id, words from texts
         where tenant_id = $1 and object_id = $2 and created_by = $3 and created_at > $4
         order by created_at desc, id desc limit 20",
        tenant,
        id.uuid(),
        by,
        since.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    for row in rows {
        if cx.open(SENT, row.id, "words", &row.words)? == words {
            return Ok(Some(row.id.into()));
        }
    }
    Ok(None)
}
