-- A unit keeps its id; names, codes and parents are dated.
create table units (
    tenant_id   uuid not null,
    id          uuid not null,
    code        text not null,
    kind        text not null,
    -- the ward (itself a unit) in which a local unit works
    ward_id     uuid,
    valid_from  date not null,
    valid_to    date,
    primary key (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, ward_id) references units (tenant_id, id)
);
select vx_guard('units', 'select, insert, update');

create table unit_names (
    tenant_id   uuid not null,
    unit_id     uuid not null,
    valid_from  date not null,
    valid_to    date,
    name        text not null,
    short       text not null,
    name_en     text not null,
    admin_code  text,
    citation    text,
    verified    boolean not null,
    primary key (tenant_id, unit_id, valid_from),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
select vx_guard('unit_names', 'select, insert, update');

create table unit_lines (
    tenant_id   uuid not null,
    unit_id     uuid not null,
    line        text not null check (line in ('administrative', 'professional')),
    valid_from  date not null,
    valid_to    date,
    parent_id   uuid not null,
    primary key (tenant_id, unit_id, line, valid_from),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, parent_id) references units (tenant_id, id)
);
select vx_guard('unit_lines', 'select, insert, update');

-- Who answers for a unit's past after a reform; a split needs the point or a person's decision.
create table unit_successions (
    tenant_id  uuid not null,
    id         uuid not null,
    from_id    uuid not null,
    to_id      uuid,
    to_code    text,
    to_name    text,
    on_date    date not null,
    share      text not null check (share in ('whole', 'part')),
    citation   text,
    primary key (tenant_id, id),
    foreign key (tenant_id, from_id) references units (tenant_id, id),
    foreign key (tenant_id, to_id) references units (tenant_id, id),
    check (to_id is not null or to_name is not null)
);
select vx_guard('unit_successions', 'select, insert, update');

create table unit_places (
    tenant_id   uuid not null,
    unit_id     uuid not null,
    lat         double precision not null,
    lon         double precision not null,
    area_km2    double precision,
    population  integer,
    source      text,
    verified    boolean not null,
    -- GeoJSON geometry brought in by `units import-geojson`; without it the map draws a cell
    -- around the centroid and says that it is illustrative
    boundary    jsonb,
    primary key (tenant_id, unit_id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
select vx_guard('unit_places', 'select, insert, update');

-- Businesses, schools, associations: outside the tree, yet able to owe an answer.
create table organisations (
    tenant_id   uuid not null,
    id          uuid not null,
    kind        text not null,
    name        text not null,
    search      text not null,
    tax_code    text,
    address     text,
    ward_id     uuid,
    contact_id  uuid,
    created_at  timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id)
);
create unique index organisations_by_tax_code on organisations (tenant_id, tax_code);
create index organisations_by_search on organisations (tenant_id, search text_pattern_ops);
select vx_guard('organisations', 'select, insert, update');
