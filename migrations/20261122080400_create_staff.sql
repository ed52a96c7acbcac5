create table staff (
    tenant_id     uuid not null,
    id            uuid not null,
    code          text not null,
    full_name     text not null,
    search        text not null,
    -- sealed; the index is a keyed hash for exact look-up
    phone         bytea,
    phone_index   bytea,
    email         bytea,
    active_from   date not null,
    left_on       date,
    primary key (tenant_id, id),
    unique (tenant_id, code)
);
create index staff_by_search on staff (tenant_id, search text_pattern_ops);
create index staff_by_phone on staff (tenant_id, phone_index);
select vx_guard('staff', 'select, insert, update');

-- A post: a role held at a unit, with its title, dated.
create table posts (
    tenant_id   uuid not null,
    id          uuid not null,
    staff_id    uuid not null,
    unit_id     uuid not null,
    role        text not null,
    title       text not null,
    title_en    text not null,
    head        boolean not null,
    on_call     boolean not null,
    valid_from  date not null,
    valid_to    date,
    primary key (tenant_id, id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
create index posts_by_unit on posts (tenant_id, unit_id, role);
create index posts_by_staff on posts (tenant_id, staff_id);
select vx_guard('posts', 'select, insert, update');

-- An office that may act on behalf of its leader, and since when.
create table delegations (
    tenant_id   uuid not null,
    id          uuid not null,
    leader_id   uuid not null,
    deputy_id   uuid not null,
    valid_from  timestamptz not null,
    valid_to    timestamptz,
    decision    text,
    primary key (tenant_id, id),
    foreign key (tenant_id, leader_id) references staff (tenant_id, id),
    foreign key (tenant_id, deputy_id) references staff (tenant_id, id)
);
create index delegations_by_deputy on delegations (tenant_id, deputy_id);
select vx_guard('delegations', 'select, insert, update');

-- Who is on call, hour by hour, as the rosters work out.
create table shifts (
    tenant_id  uuid not null,
    id         uuid not null,
    unit_id    uuid not null,
    staff_id   uuid not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    rank       smallint not null check (rank >= 0),
    -- 'roster' follows a planned shift; anything else was put here by hand
    source     text not null,
    planned_id uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    check (ends_at > starts_at)
);
create index shifts_by_unit on shifts (tenant_id, unit_id, ends_at);
create index shifts_by_staff on shifts (tenant_id, staff_id, ends_at);
select vx_guard('shifts', 'select, insert, update, delete');
