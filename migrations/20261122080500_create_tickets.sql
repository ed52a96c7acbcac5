create table ladders (
    tenant_id   uuid not null,
    id          uuid not null,
    code        text not null,
    version     integer not null,
    body        jsonb not null,
    created_at  timestamptz not null,
    created_by  uuid,
    primary key (tenant_id, id),
    unique (tenant_id, code, version)
);
select vx_guard('ladders', 'select, insert');

-- One occurrence that several units may have to answer.
create table matters (
    tenant_id    uuid not null,
    id           uuid not null,
    code         text not null,
    kind         text not null,
    severity     text not null check (severity in ('emergency', 'notice')),
    ward_id      uuid,
    object_kind  text not null,
    object_id    uuid not null,
    opened_at    timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, ward_id) references units (tenant_id, id)
);
create index matters_by_object on matters (tenant_id, object_id);
create index matters_by_time on matters (tenant_id, opened_at);
select vx_guard('matters', 'select, insert, update');

create table tickets (
    tenant_id         uuid not null,
    id                uuid not null,
    matter_id         uuid not null,
    code              text not null,
    kind              text not null,
    severity          text not null check (severity in ('emergency', 'notice')),
    -- what is to be done, by language, in words without personal data
    task              jsonb not null,
    -- what somebody wrote to say it (a directive), sealed
    words             bytea,
    unit_id           uuid,
    organisation_id   uuid,
    assignee_id       uuid,
    -- the unit that gave a directive and awaits its answer
    given_by_unit_id  uuid,
    state             text not null check (state in ('open', 'accepted', 'paused', 'resolved', 'merged')),
    opened_at         timestamptz not null,
    -- a duplicate inherits the earliest clock; reassigning never moves it
    clock_from        timestamptz not null,
    clock             text not null check (clock in ('calendar', 'working')),
    due_at            timestamptz not null,
    warn_at           timestamptz,
    overdue_at        timestamptz,
    -- copied in when the ticket opens: later edits of the ladder do not touch it
    ladder            jsonb not null,
    level             smallint not null,
    round             smallint not null,
    generation        integer not null,
    level_started_at  timestamptz,
    climbs_at         timestamptz,
    used_up_at        timestamptz,
    accepted_at       timestamptz,
    accepted_by       uuid,
    resolved_at       timestamptz,
    resolved_by       uuid,
    reopened          smallint not null default 0,
    paused_at         timestamptz,
    paused_until      timestamptz,
    paused_s          bigint not null default 0,
    merged_into       uuid,
    primary key (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, matter_id) references matters (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, organisation_id) references organisations (tenant_id, id),
    foreign key (tenant_id, assignee_id) references staff (tenant_id, id),
    check ((unit_id is null) <> (organisation_id is null))
);
create index tickets_by_matter on tickets (tenant_id, matter_id);
create index tickets_open_by_unit on tickets (tenant_id, unit_id, due_at) include (state, overdue_at)
    where state in ('open', 'accepted', 'paused');
create index tickets_open_by_due on tickets (tenant_id, due_at)
    where state in ('open', 'accepted', 'paused');
create index tickets_ringing on tickets (tenant_id, level_started_at)
    where state = 'open' and severity = 'emergency';
create index tickets_directives_owed on tickets (tenant_id, due_at)
    where kind = 'directive' and state in ('open', 'accepted', 'paused');
create index tickets_accepted on tickets (tenant_id, accepted_at, unit_id)
    where accepted_at is not null;
create index tickets_closed_by_unit on tickets (tenant_id, unit_id, resolved_at)
    where state in ('resolved', 'merged');
-- The board counts open tickets from an index alone: keep the map of visible pages fresh for it.
alter table tickets set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
select vx_guard('tickets', 'select, insert, update');

-- Before whom an open ticket stands: its responsible unit, each unit its ladder reached, the one that
-- gave it, and those that are told of it but owe nothing.
create table ticket_seats (
    tenant_id  uuid not null,
    unit_id    uuid not null,
    ticket_id  uuid not null,
    reason     text not null check (reason in ('responsible', 'level', 'given', 'informed')),
    due_at     timestamptz not null,
    primary key (tenant_id, unit_id, ticket_id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id)
);
create index ticket_seats_by_due on ticket_seats (tenant_id, unit_id, due_at, ticket_id);
create index ticket_seats_by_ticket on ticket_seats (tenant_id, ticket_id);
select vx_guard('ticket_seats', 'select, insert, update, delete');

-- One try to reach one person over one channel for one level. Written by the call engine alone.
create table attempts (
    tenant_id         uuid not null,
    id                uuid not null,
    ticket_id         uuid not null,
    level             smallint not null,
    round             smallint not null,
    unit_id           uuid,
    staff_id          uuid,
    whom              text not null,
    channel           text not null check (channel in ('desk', 'call', 'email', 'none')),
    tone              text not null check (tone in ('ring', 'notice')),
    started_at        timestamptz not null,
    ringing_at        timestamptz,
    answered_at       timestamptz,
    message_ended_at  timestamptz,
    ended_at          timestamptz,
    outcome           text,
    sip_code          smallint,
    keys              text,
    primary key (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id)
);
create index attempts_by_ticket on attempts (tenant_id, ticket_id, started_at);
create index attempts_missed on attempts (tenant_id, ended_at, unit_id)
    where outcome in ('not_answered', 'heard_not_accepted', 'busy', 'rejected', 'unreachable');
create index attempts_running on attempts (tenant_id, unit_id) where ended_at is null;
create index attempts_running_by_staff on attempts (tenant_id, staff_id) where ended_at is null;
select vx_guard('attempts', 'select, insert, update');
