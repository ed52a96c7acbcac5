-- Checkpoints: where passes are scanned, by whose telephones.
create table gates (
    tenant_id       uuid not null,
    id              uuid not null,
    name            text not null,
    search          text not null,
    -- the words by which the rules of places know it
    kind            text not null,
    place_id        uuid,
    -- whose shop it is, if it is one
    organisation_id uuid,
    -- who answers for it
    unit_id         uuid not null,
    lat             double precision,
    lon             double precision,
    -- how many fit in
    capacity        integer check (capacity > 0),
    role            text not null check (role in ('visitor', 'staff', 'customer_facing')),
    -- at rush hours one in so many is looked at closely
    sample_of       integer check (sample_of between 2 and 100),
    -- what stands in the address on its poster; no secret
    poster          text not null,
    active_from     date not null,
    -- the last day
    active_until    date,
    made_at         timestamptz not null,
    made_by         uuid,
    primary key (tenant_id, id),
    unique (tenant_id, poster),
    foreign key (tenant_id, place_id) references places (tenant_id, id),
    foreign key (tenant_id, organisation_id) references organisations (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    check ((lat is null) = (lon is null)),
    check (active_until >= active_from)
);
create index gates_by_unit on gates (tenant_id, unit_id, search);
create index gates_by_organisation on gates (tenant_id, organisation_id) where organisation_id is not null;
create index gates_by_search on gates (tenant_id, search, id);
select vx_guard('gates', 'select, insert, update');

-- Which zone and which level hold at a gate, from a day on.
create table gate_zones (
    tenant_id  uuid not null,
    gate_id    uuid not null,
    valid_from date not null,
    zone       text check (zone in ('green', 'yellow', 'orange', 'red')),
    level      smallint check (level between 1 and 4),
    set_at     timestamptz not null,
    set_by     uuid,
    primary key (tenant_id, gate_id, valid_from),
    foreign key (tenant_id, gate_id) references gates (tenant_id, id)
);
select vx_guard('gate_zones', 'select, insert, update');
