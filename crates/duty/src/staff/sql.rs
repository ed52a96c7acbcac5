use super::{Badge, NewPost, NewStaff, Post, Reached, Staff};
use crate::units::{self, Tree, Who};
use jiff_sqlx::ToSqlx;
use kernel::{Result, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

const TABLE: &str = "staff";

pub async fn insert(cx: &mut Cx, staff: &NewStaff) -> Result<StaffId> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<StaffId>());
    let (mut phone, mut phone_index, mut email) = (None, None, None);
    if let Some(number) = &staff.phone {
        phone = Some(cx.seal(TABLE, id.uuid(), "phone", number)?);
        phone_index = Some(cx.blind("phone", number)?);
    }
    if let Some(address) = &staff.email {
        email = Some(cx.seal(TABLE, id.uuid(), "email", address)?);
    }
    sqlx::query!(
        "insert into staff (tenant_id, id, code, full_name, search, phone, phone_index, email, active_from)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        id.uuid(),
        staff.code,
        staff.full_name,
        staff.search,
        phone,
        phone_index,
        email,
        staff.active_from.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(id)
}

pub async fn insert_post(cx: &mut Cx, post: &NewPost) -> Result<()> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    sqlx::query!(
        "insert into posts (tenant_id, id, staff_id, unit_id, role, title, title_en, head, on_call, valid_from)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        id,
        post.staff.uuid(),
        post.unit.uuid(),
        post.role.as_str(),
        post.title,
        post.title_en,
        post.head,
        post.on_call,
        post.valid_from.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Puts a person on duty at a unit; rank 0 is rung first.
pub async fn insert_shift(
    cx: &mut Cx,
    unit: UnitId,
    staff: StaffId,
    starts_at: jiff::Timestamp,
    ends_at: jiff::Timestamp,
    rank: i16,
) -> Result<()> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    sqlx::query!(
        "insert into shifts (tenant_id, id, unit_id, staff_id, starts_at, ends_at, rank, source)
         values ($1, $2, $3, $4, $5, $6, $7, 'plan')",
        tenant,
        id,
        unit.uuid(),
        staff.uuid(),
        starts_at.to_sqlx(),
        ends_at.to_sqlx(),
        rank
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Names of the given people, for lists and timelines.
pub async fn of(cx: &mut Cx, ids: &[StaffId]) -> Result<BTreeMap<StaffId, Staff>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, code, full_name, left_on from staff where tenant_id = $1 and id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let id = StaffId(row.id);
            let left_on = row.left_on.map(jiff_sqlx::Date::to_jiff);
            (id, Staff { id, code: row.code, full_name: row.full_name, left_on })
        })
        .collect())
}

/// Name and first post of the given people: how a list or a timeline names them.
pub async fn badges(cx: &mut Cx, ids: &[StaffId]) -> Result<BTreeMap<StaffId, Badge>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select f.id, f.full_name, p.title as "title?", p.title_en as "title_en?", p.unit_id as "unit_id?"
           from staff f
           left join lateral (select title, title_en, unit_id from posts
                              where tenant_id = $1 and staff_id = f.id and valid_from <= $3
                              order by (valid_to is null or valid_to >= $3) desc, head desc, id
                              limit 1) p on true
           where f.tenant_id = $1 and f.id = any($2)"#,
        tenant,
        &ids,
        today
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let badge = Badge {
                full_name: row.full_name,
                title: row.title.unwrap_or_default(),
                title_en: row.title_en.unwrap_or_default(),
                unit: row.unit_id.map(UnitId),
            };
            (StaffId(row.id), badge)
        })
        .collect())
}

/// The posts a person holds today.
pub async fn posts_of(cx: &mut Cx, staff: StaffId) -> Result<Vec<Post>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let rows = sqlx::query!(
        "select staff_id, unit_id, role, title, title_en, head, on_call from posts
         where tenant_id = $1 and staff_id = $2
           and valid_from <= $3 and (valid_to is null or valid_to >= $3)
         order by head desc, id",
        tenant,
        staff.uuid(),
        today
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Post {
                staff: row.staff_id.into(),
                unit: row.unit_id.into(),
                role: row.role.parse()?,
                title: row.title,
                title_en: row.title_en,
                head: row.head,
                on_call: row.on_call,
            })
        })
        .collect()
}

/// The posts held today at any of the units, heads first.
pub async fn posts_at(cx: &mut Cx, units: &[UnitId]) -> Result<Vec<Post>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let units: Vec<Uuid> = units.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select p.staff_id, p.unit_id, p.role, p.title, p.title_en, p.head, p.on_call
         from posts p join staff f on f.tenant_id = p.tenant_id and f.id = p.staff_id
         where p.tenant_id = $1 and p.unit_id = any($2)
           and p.valid_from <= $3 and (p.valid_to is null or p.valid_to >= $3)
           and (f.left_on is null or f.left_on > $3)
         order by p.unit_id, p.head desc, p.id",
        tenant,
        &units,
        today
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Post {
                staff: row.staff_id.into(),
                unit: row.unit_id.into(),
                role: row.role.parse()?,
                title: row.title,
                title_en: row.title_en,
                head: row.head,
                on_call: row.on_call,
            })
        })
        .collect()
}

/// The posts that people held on a day, for papers about that day.
pub async fn posts_on(cx: &mut Cx, staff: &[StaffId], day: jiff::civil::Date) -> Result<Vec<Post>> {
    let (tenant, ids) = (cx.tenant().uuid(), staff.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select staff_id, unit_id, role, title, title_en, head, on_call from posts
         where tenant_id = $1 and staff_id = any($2) and valid_from <= $3 and (valid_to is null or valid_to >= $3)
         order by staff_id, head desc, id",
        tenant,
        &ids,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Post {
                staff: row.staff_id.into(),
                unit: row.unit_id.into(),
                role: row.role.parse()?,
                title: row.title,
                title_en: row.title_en,
                head: row.head,
                on_call: row.on_call,
            })
        })
        .collect()
}

/// The sealed phone number, opened: only for the call engine and the person's own page.
pub async fn phone(cx: &mut Cx, staff: StaffId) -> Result<Option<String>> {
    let tenant = cx.tenant().uuid();
    let sealed =
        sqlx::query_scalar!("select phone from staff where tenant_id = $1 and id = $2", tenant, staff.uuid())
            .fetch_optional(cx.conn())
            .await?
            .flatten();
    sealed.map(|sealed| opened_phone(cx, staff, &sealed)).transpose()
}

/// The same, where the sealed number has been read beside others.
pub(crate) fn opened_phone(cx: &Cx, staff: StaffId, sealed: &[u8]) -> Result<String> {
    cx.open(TABLE, staff.uuid(), "phone", sealed)
}

/// The sealed e-mail address, opened: only for sending to it and the person's own page.
pub async fn email(cx: &mut Cx, staff: StaffId) -> Result<Option<String>> {
    let tenant = cx.tenant().uuid();
    let sealed =
        sqlx::query_scalar!("select email from staff where tenant_id = $1 and id = $2", tenant, staff.uuid())
            .fetch_optional(cx.conn())
            .await?
            .flatten();
    sealed.map(|sealed| cx.open(TABLE, staff.uuid(), "email", &sealed)).transpose()
}

/// Leaders on whose behalf a person may act now.
pub async fn acts_for(cx: &mut Cx, deputy: StaffId) -> Result<Vec<StaffId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids = sqlx::query_scalar!(
        "select leader_id from delegations
         where tenant_id = $1 and deputy_id = $2 and valid_from <= $3 and (valid_to is null or valid_to > $3)",
        tenant,
        deputy.uuid(),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(StaffId).collect())
}

/// Whom a level reaches, for many (who, unit) pairs in two queries: the person on duty of the
/// lowest rank, the heads, or the holders of a role. A pair that reaches nobody is not in the map.
pub async fn reached(
    cx: &mut Cx,
    tree: &Tree,
    wanted: &[(Who, UnitId)],
) -> Result<BTreeMap<(u8, UnitId), Vec<Reached>>> {
    let (tenant, now, today) = (cx.tenant().uuid(), cx.now().to_sqlx(), tree.day().to_sqlx());
    let mut found: BTreeMap<(u8, UnitId), Vec<Reached>> = BTreeMap::new();
    let on_duty: BTreeSet<Uuid> =
        wanted.iter().filter(|(who, _)| *who == Who::Duty).map(|(_, unit)| unit.uuid()).collect();
    let on_duty: Vec<Uuid> = on_duty.into_iter().collect();
    if !on_duty.is_empty() {
        // Unit by unit: a climb asks for two or three of a hundred.
        let rows = sqlx::query!(
            r#"select u.unit_id as "unit_id!", s.staff_id, p.title as "title?", f.phone is not null as "has_phone!",
                      f.email is not null as "has_email!",
                      exists (select from push_subscriptions b where b.tenant_id = $1 and b.staff_id = f.id
                              and b.ended_at is null) as "has_push!"
               from unnest($2::uuid[]) as u (unit_id)
               cross join lateral (select staff_id from shifts h where h.tenant_id = $1 and h.unit_id = u.unit_id
                                   and h.starts_at <= $3 and h.ends_at > $3
                                   order by h.rank, h.starts_at desc, h.id limit 1) s
               cross join lateral (select id, phone, email, left_on from staff f where f.tenant_id = $1
                                   and f.id = s.staff_id limit 1) f
               left join lateral (select title from posts p where p.tenant_id = $1 and p.staff_id = s.staff_id
                                  and p.unit_id = u.unit_id order by p.id limit 1) p on true
               where f.left_on is null or f.left_on > $4"#,
            tenant,
            &on_duty,
            now,
            today
        )
        .fetch_all(cx.conn())
        .await?;
        for row in rows {
            let unit = UnitId(row.unit_id);
            found.entry(key(Who::Duty, unit)).or_default().push(Reached {
                staff: row.staff_id.into(),
                unit,
                title: row.title.unwrap_or_default(),
                has_phone: row.has_phone,
                has_email: row.has_email,
                has_push: row.has_push,
            });
        }
    }
    let (mut units, mut roles) = (Vec::new(), Vec::new());
    for (who, unit) in wanted {
        match who {
            Who::Duty => {}
            Who::Head => {
                units.push(unit.uuid());
                roles.push(None);
            }
            Who::Role(role) => {
                units.push(unit.uuid());
                roles.push(Some(role.as_str().to_owned()));
            }
        }
    }
    if !units.is_empty() {
        let rows = sqlx::query!(
            r#"select w.role as "role?", p.unit_id, p.staff_id, p.title, f.phone is not null as "has_phone!",
                      f.email is not null as "has_email!",
                      exists (select from push_subscriptions b where b.tenant_id = $1 and b.staff_id = f.id
                              and b.ended_at is null) as "has_push!"
               from unnest($2::uuid[], $3::text[]) as w (unit_id, role)
               join posts p on p.tenant_id = $1 and p.unit_id = w.unit_id
                           and (case when w.role is null then p.head else p.role = w.role end)
                           and p.valid_from <= $4
                           and (p.valid_to is null or p.valid_to >= $4)
               join staff f on f.tenant_id = $1 and f.id = p.staff_id
               where f.left_on is null or f.left_on > $4
               order by p.head desc, p.id"#,
            tenant,
            &units,
            &roles as _,
            today
        )
        .fetch_all(cx.conn())
        .await?;
        for row in rows {
            let unit = UnitId(row.unit_id);
            let who = match row.role {
                Some(role) => Who::Role(role.parse()?),
                None => Who::Head,
            };
            let reached = Reached {
                staff: row.staff_id.into(),
                unit,
                title: row.title,
                has_phone: row.has_phone,
                has_email: row.has_email,
                has_push: row.has_push,
            };
            let people = found.entry(key(who, unit)).or_default();
            // The same pair may have been asked for by several tickets.
            if !people.contains(&reached) {
                people.push(reached);
            }
        }
    }
    Ok(found)
}

/// A `Who` as a map key.
pub const fn key(who: Who, unit: UnitId) -> (u8, UnitId) {
    let who = match who {
        Who::Duty => 0,
        Who::Head => 1,
        Who::Role(role) => 2 + role as u8,
    };
    (who, unit)
}

/// The units whose queue and rings the actor hears: where he works or is on duty now, and while he
/// acts for a leader that leader's too.
pub async fn heard_units(cx: &mut Cx) -> Result<Vec<UnitId>> {
    let mut units = Vec::new();
    for person in [cx.actor.staff_id(), cx.actor.on_behalf_of].into_iter().flatten() {
        for unit in reached_units(cx, person).await? {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
    }
    Ok(units)
}

/// The units in which a person works or is on duty now: whose queue and rings are theirs.
pub async fn reached_units(cx: &mut Cx, staff: StaffId) -> Result<Vec<UnitId>> {
    let (tenant, now, today) = (cx.tenant().uuid(), cx.now().to_sqlx(), units::today(cx).await?.to_sqlx());
    let ids = sqlx::query_scalar!(
        r#"select unit_id as "unit_id!" from posts
           where tenant_id = $1 and staff_id = $2
             and valid_from <= $4 and (valid_to is null or valid_to >= $4)
           union
           select unit_id from shifts
           where tenant_id = $1 and staff_id = $2 and starts_at <= $3 and ends_at > $3"#,
        tenant,
        staff.uuid(),
        now,
        today
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(UnitId).collect())
}
