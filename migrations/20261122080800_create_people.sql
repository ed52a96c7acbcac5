-- A person known to the centre. Names are searched by their key; what could be dialled or proves
-- identity is sealed, with a keyed hash for exact look-up. An emptied row (erased_at) keeps its id,
-- so that the record stays whole.
create table people (
    tenant_id         uuid not null,
    id                uuid not null,
    full_name         text not null,
    search            text not null,
    birth_year        smallint,
    birth_date        date,
    sex               text check (sex in ('male', 'female')),
    citizen_id        bytea,
    citizen_id_index  bytea,
    -- as typed; a household is looked up by it, so it is not sealed
    address           text,
    address_parts     jsonb,
    address_key       text,
    ward_id           uuid,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    erased_at         timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id)
);
create index people_by_search on people (tenant_id, search text_pattern_ops, birth_year);
create index people_by_citizen_id on people (tenant_id, citizen_id_index) where citizen_id_index is not null;
select vx_guard('people', 'select, insert, update');

-- Numbers a person can be reached at. A phone is not an identity: several people may share one.
create table person_phones (
    tenant_id    uuid not null,
    id           uuid not null,
    person_id    uuid not null,
    phone        bytea not null,
    phone_index  bytea not null,
    added_at     timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, person_id, phone_index),
    foreign key (tenant_id, person_id) references people (tenant_id, id)
);
create index person_phones_by_number on person_phones (tenant_id, phone_index);
select vx_guard('person_phones', 'select, insert, delete');

-- Pairs that may be one person, found when the later of them was written; a person decides.
create table person_duplicates (
    tenant_id   uuid not null,
    person_id   uuid not null,
    other_id    uuid not null,
    basis       text not null check (basis in ('citizen_id', 'phone_and_name', 'name_and_birth')),
    found_at    timestamptz not null,
    decided_at  timestamptz,
    same        boolean,
    primary key (tenant_id, person_id, other_id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, other_id) references people (tenant_id, id),
    check (person_id < other_id),
    check ((decided_at is null) = (same is null))
);
create index person_duplicates_by_other on person_duplicates (tenant_id, other_id);
create index person_duplicates_open on person_duplicates (tenant_id, found_at) where decided_at is null;
select vx_guard('person_duplicates', 'select, insert, update');
