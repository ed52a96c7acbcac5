-- How a unit fills its hours: weekly patterns, rotations, tables handed in. Several stand side by
-- side (the first post by rotation, the backup by pattern).
create table roster_plans (
    tenant_id   uuid not null,
    id          uuid not null,
    unit_id     uuid not null,
    kind        text not null check (kind in ('weekly', 'rotation', 'sheet')),
    -- days on which its shifts begin; `valid_to` is the first day no longer laid out
    valid_from  date not null,
    valid_to    date,
    body        jsonb not null,
    created_at  timestamptz not null,
    created_by  uuid,
    undone_at   timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    check (valid_to is null or valid_to >= valid_from)
);
create index roster_plans_by_unit on roster_plans (tenant_id, unit_id) where undone_at is null;
select vx_guard('roster_plans', 'select, insert, update');

-- When a unit must have somebody on duty; without a row, day and night with nobody in reserve.
create table roster_needs (
    tenant_id   uuid not null,
    unit_id     uuid not null,
    body        jsonb not null,
    changed_at  timestamptz not null,
    primary key (tenant_id, unit_id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
select vx_guard('roster_needs', 'select, insert, update');

-- Shifts as the plans lay them out, before swaps, covers and absences. `shifts` holds who stands.
create table planned_shifts (
    tenant_id  uuid not null,
    id         uuid not null,
    plan_id    uuid not null,
    unit_id    uuid not null,
    rank       smallint not null check (rank >= 0),
    name       text not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    owner_id   uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, plan_id) references roster_plans (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, owner_id) references staff (tenant_id, id),
    check (ends_at > starts_at)
);
create index planned_shifts_by_unit on planned_shifts (tenant_id, unit_id, ends_at);
create index planned_shifts_by_owner on planned_shifts (tenant_id, owner_id, ends_at);
select vx_guard('planned_shifts', 'select, insert, update, delete');

-- Swaps and covers, from asking to agreement. No foreign key to the shifts: a plan laid out anew
-- may withdraw one, and what was agreed about it stays on record.
create table roster_changes (
    tenant_id          uuid not null,
    id                 uuid not null,
    kind               text not null check (kind in ('swap', 'cover')),
    body               jsonb not null,
    first_shift        uuid not null,
    second_shift       uuid,
    first_unit         uuid not null,
    second_unit        uuid not null,
    -- whose consent it takes: the one who gives the hours away and the one who takes them
    first_staff        uuid,
    second_staff       uuid not null,
    first_consent_at   timestamptz,
    second_consent_at  timestamptz,
    asked_at           timestamptz not null,
    asked_by           uuid,
    agreed_at          timestamptz,
    refused_at         timestamptz,
    -- the plan no longer fits what was agreed
    voided_at          timestamptz,
    primary key (tenant_id, id)
);
create index roster_changes_by_first on roster_changes (tenant_id, first_shift);
create index roster_changes_by_second on roster_changes (tenant_id, second_shift);
create index roster_changes_open on roster_changes (tenant_id, first_unit)
    where agreed_at is null and refused_at is null;
select vx_guard('roster_changes', 'select, insert, update');

create table roster_absences (
    tenant_id   uuid not null,
    id          uuid not null,
    staff_id    uuid not null,
    kind        text not null check (kind in ('leave', 'sick', 'seconded', 'departed')),
    starts_at   timestamptz not null,
    ends_at     timestamptz,
    created_at  timestamptz not null,
    created_by  uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    check (ends_at is null or ends_at >= starts_at)
);
create index roster_absences_by_staff on roster_absences (tenant_id, staff_id);
select vx_guard('roster_absences', 'select, insert, update');

-- Gaps that have been told of, so that each is told once.
create table roster_gaps (
    tenant_id  uuid not null,
    id         uuid not null,
    unit_id    uuid not null,
    rank       smallint not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    nobody     boolean not null,
    found_at   timestamptz not null,
    closed_at  timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
create index roster_gaps_open on roster_gaps (tenant_id, unit_id) where closed_at is null;
select vx_guard('roster_gaps', 'select, insert, update');

-- The calendar of a person or a unit behind a token; only the token's keyed hash is kept.
create table calendar_feeds (
    tenant_id   uuid not null,
    id          uuid not null,
    staff_id    uuid,
    unit_id     uuid,
    token       bytea not null,
    created_at  timestamptz not null,
    created_by  uuid,
    revoked_at  timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, token),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    check ((staff_id is null) <> (unit_id is null))
);
select vx_guard('calendar_feeds', 'select, insert, update');
