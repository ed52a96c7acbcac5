use super::text_list::{Kind, Listed, Side, Which};
use kernel::{Phone, Result, TicketId};
use store::Cx;

/// A page of what went out and what came in, merged by time.
pub(super) async fn list(cx: &mut Cx, which: Which, limit: i64, skip: i64) -> Result<Vec<Listed>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"with sent as (
             select s.id, s.number, s.state, s.tries, s.created_at as at,
                    coalesce(s.delivered_at, s.handed_over_at) as told_at, s.attempt_id is not null as staff,
                    a.ticket_id
             from texts s left join attempts a on a.tenant_id = s.tenant_id and a.id = s.attempt_id
             where s.tenant_id = $1 and $2 <> 'received'
               and ($2 <> 'lost' or s.state in ('failed', 'given_up', 'undeliverable'))
             order by s.created_at desc, s.id desc limit $3::bigint + $4::bigint),
           received as (
             select id, number, state, words, came, parts, received_at as at, staff_id is not null as staff, ticket_id
             from received_texts where tenant_id = $1 and $2 in ('all', 'received')
             order by received_at desc, id desc limit $3::bigint + $4::bigint)
           select id as "id!", false as "received!", number as "number!", state as "state!", tries as "tries!",
                  at as "at!", told_at as "told_at?", staff as "staff!", ticket_id as "ticket_id?",
                  null::bytea as "words?", 0::smallint as "came!", 0::smallint as "parts!"
           from sent
           union all
           select id, true, number, state, 0, at, null::timestamptz, staff, ticket_id, words, came, parts from received
           order by 6 desc, 1 desc limit $3 offset $4"#,
        tenant,
        which.as_str(),
        limit,
        skip
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let table = if row.received { "received_texts" } else { "texts" };
            let number = cx.open(table, row.id, "number", &row.number)?;
            let what = if row.received {
                let words = match row.words {
                    Some(words) => Some(cx.open(table, row.id, "words", &words)?),
                    None => None,
                };
                Kind::Received { words, came: row.came, parts: row.parts, whole: row.state == "whole" }
            } else {
                Kind::Sent {
                    state: row.state.parse()?,
                    tries: row.tries,
                    told_at: row.told_at.map(jiff_sqlx::Timestamp::to_jiff),
                }
            };
            Ok(Listed {
                id: row.id.into(),
                number: Phone::parse(&number).map_or(number, |phone| phone.masked()),
                side: if row.staff { Side::Staff } else { Side::Others },
                at: row.at.to_jiff(),
                what,
                ticket: row.ticket_id.map(TicketId),
            })
        })
        .collect()
}
