-- Who lives together and is cared for together: one household, one number, one page.
create table households (
    tenant_id         uuid not null,
    id                uuid not null,
    -- said on the telephone, stands on the door notice
    code              text not null,
    ward_id           uuid not null,
    -- khu phố or tổ dân phố, where the address names one that is known
    quarter_id        uuid,
    address           text,
    address_parts     jsonb,
    address_key       text,
    lat               double precision,
    lon               double precision,
    -- the one number at which it is called, and whose it is
    contact           bytea,
    contact_index     bytea,
    contact_person_id uuid,
    -- who answers for it
    station_id        uuid not null,
    mobile_station_id uuid,
    care_team_id      uuid,
    assigned_at       timestamptz,
    oximeters         smallint not null default 0 check (oximeters between 0 and 99),
    oxygen            text not null default 'none' check (oxygen in ('none', 'at_hand', 'in_use')),
    -- its line on the morning list, kept by follow-up: people followed, place in the order, when it is next late
    followed          smallint not null default 0,
    rank              smallint not null default 0,
    due_at            timestamptz,
    -- since when nobody in it is followed; its code works a week longer
    rested_at         timestamptz,
    opened_at         timestamptz not null,
    opened_by         uuid,
    joined_into       uuid,
    primary key (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, quarter_id) references units (tenant_id, id),
    foreign key (tenant_id, contact_person_id) references people (tenant_id, id),
    foreign key (tenant_id, station_id) references units (tenant_id, id),
    foreign key (tenant_id, mobile_station_id) references units (tenant_id, id),
    foreign key (tenant_id, care_team_id) references units (tenant_id, id),
    foreign key (tenant_id, joined_into) references households (tenant_id, id),
    check ((lat is null) = (lon is null)),
    check ((contact is null) = (contact_index is null))
);
create index households_by_station on households (tenant_id, station_id, rank desc, due_at, id) where followed > 0;
create index households_by_mobile  on households (tenant_id, mobile_station_id, rank desc, due_at, id) where followed > 0 and mobile_station_id is not null;
create index households_by_team    on households (tenant_id, care_team_id, rank desc, due_at, id) where followed > 0 and care_team_id is not null;
create index households_at_address on households (tenant_id, ward_id, address_key) where joined_into is null;
create index households_by_contact on households (tenant_id, contact_index) where contact_index is not null;
select vx_guard('households', 'select, insert, update');
create table household_members (
    tenant_id    uuid not null,
    household_id uuid not null,
    person_id    uuid not null,
    relation     text check (relation in ('head', 'spouse', 'child', 'parent', 'grandparent', 'sibling', 'tenant', 'helper', 'other')),
    -- who looks after this one
    carer_id     uuid,
    joined_at    timestamptz not null,
    joined_by    uuid,
    left_at      timestamptz,
    primary key (tenant_id, household_id, person_id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, carer_id) references people (tenant_id, id)
);
-- One person lives in one household at a time.
create unique index household_members_now on household_members (tenant_id, person_id) where left_at is null;
select vx_guard('household_members', 'select, insert, update');

-- The code of a household's diary: a keyed hash to find it by, sealed so that it can be printed again.
create table household_codes (
    tenant_id    uuid not null,
    id           uuid not null,
    household_id uuid not null,
    code_index   bytea not null,
    code         bytea not null,
    made_at      timestamptz not null,
    made_by      uuid,
    revoked_at   timestamptz,
    revoked_by   uuid,
    primary key (tenant_id, id),
    unique (tenant_id, code_index),
    foreign key (tenant_id, household_id) references households (tenant_id, id)
);
create unique index household_codes_live on household_codes (tenant_id, household_id) where revoked_at is null;
select vx_guard('household_codes', 'select, insert, update');
