-- Beds of a hospital or facility as it has reported them; the newest line counts.
create table facility_beds (
    tenant_id    uuid not null,
    unit_id      uuid not null,
    at           timestamptz not null,
    beds         integer not null,
    free         integer not null,
    oxygen_beds  integer not null,
    oxygen_free  integer not null,
    icu          integer not null,
    icu_free     integer not null,
    by           uuid,
    primary key (tenant_id, unit_id, at),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    check (free between 0 and beds),
    check (oxygen_free between 0 and oxygen_beds),
    check (icu_free between 0 and icu)
);
select vx_guard('facility_beds', 'select, insert');
