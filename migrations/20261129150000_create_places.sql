-- Where people were who fell ill, and what was done about it.
create table places (
    tenant_id       uuid not null,
    id              uuid not null,
    name            text not null,
    search          text not null,
    kind            text not null check (kind in ('home', 'workplace', 'market', 'school', 'block', 'boarding_house', 'restaurant', 'clinic', 'worship', 'transport', 'other')),
    organisation_id uuid,
    ward_id         uuid not null,
    quarter_id      uuid,
    address         text,
    address_key     text,
    lat             double precision,
    lon             double precision,
    state           text not null check (state in ('known', 'watched', 'outbreak', 'closed')),
    state_at        timestamptz not null,
    state_by        uuid,
    -- when somebody declared it an outbreak place; empty when that was never done or was taken back
    declared_at     timestamptz,
    made_at         timestamptz not null,
    made_by         uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, quarter_id) references units (tenant_id, id),
    foreign key (tenant_id, organisation_id) references organisations (tenant_id, id),
    check ((lat is null) = (lon is null)),
    check (state <> 'outbreak' or declared_at is not null)
);
create index places_by_search on places (tenant_id, search text_pattern_ops);
create index places_by_ward on places (tenant_id, ward_id, search);
create index places_outbreaks on places (tenant_id, ward_id, state_at) where state in ('watched', 'outbreak');
select vx_guard('places', 'select, insert, update');

create table place_visits (
    tenant_id    uuid not null,
    id           uuid not null,
    place_id     uuid not null,
    case_id      uuid not null,
    from_at      timestamptz,
    to_at        timestamptz,
    role         text not null check (role in ('works', 'lives', 'visited')),
    told         text not null check (told in ('case', 'staff', 'list', 'checkin')),
    entered_at   timestamptz not null,
    entered_by   uuid,
    -- it was a slip of the pen
    withdrawn_at timestamptz,
    withdrawn_by uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, place_id) references places (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id)
);
create unique index place_visits_once on place_visits (tenant_id, place_id, case_id, role) where withdrawn_at is null;
create index place_visits_by_case on place_visits (tenant_id, case_id);
select vx_guard('place_visits', 'select, insert, update');

create table place_measures (
    tenant_id uuid not null,
    id        uuid not null,
    place_id  uuid not null,
    kind      text not null check (kind in ('stopped', 'disinfected', 'tested', 'distanced', 'reopened')),
    on_day    date not null,
    -- what was ordered, sealed
    words     bytea,
    by        uuid,
    at        timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, place_id) references places (tenant_id, id)
);
create index place_measures_by_place on place_measures (tenant_id, place_id, on_day);
select vx_guard('place_measures', 'select, insert');
