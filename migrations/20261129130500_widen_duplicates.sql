-- Keys under which a person may be found again: eight bytes each, made in Rust, only ever compared for
-- equality. No foreign key and no second index: people are never deleted, their keys can be made again,
-- and both would cost more than the row.
create table person_keys (
    tenant_id  uuid not null,
    key        bigint not null,
    person_id  uuid not null,
    primary key (tenant_id, key, person_id)
);
select vx_guard('person_keys', 'select, insert, delete');

alter table people
    -- khu phố or tổ dân phố, where the address names one that is known
    add column quarter_id  uuid,
    -- the list that brought this record
    add column import_id   uuid,
    -- this record is of the person whose record stays; cleared, both stand again
    add column same_as     uuid,
    -- its keys have been made
    add column keyed       boolean not null default false,
    add foreign key (tenant_id, quarter_id) references units (tenant_id, id),
    add foreign key (tenant_id, same_as) references people (tenant_id, id),
    add check (same_as is distinct from id);
create index people_same_as on people (tenant_id, same_as) where same_as is not null;
create index people_by_quarter on people (tenant_id, quarter_id) where quarter_id is not null;
create index people_by_import on people (tenant_id, import_id) where import_id is not null;
create index people_unkeyed on people (tenant_id, id) where not keyed and erased_at is null;

alter table person_duplicates
    drop constraint person_duplicates_basis_check,
    add constraint person_duplicates_basis_check
        check (basis in ('citizen_id', 'phone_and_name', 'name_and_birth', 'name_alike_birth', 'name_and_home')),
    -- 0 to 100; a case that runs on both sides puts a pair on top
    add column weight         smallint not null default 50 check (weight between 0 and 100),
    add column ward_id        uuid,
    add column other_ward_id  uuid,
    add column decided_by     uuid;
-- Row security is forced on the owner too: without these two lines the updates would find no row, silently.
alter table people no force row level security;
alter table person_duplicates no force row level security;
update person_duplicates d
    set ward_id = a.ward_id, other_ward_id = b.ward_id,
        weight = case d.basis when 'citizen_id' then 80 when 'phone_and_name' then 75 else 40 end
    from people a, people b
    where a.tenant_id = d.tenant_id and a.id = d.person_id and b.tenant_id = d.tenant_id and b.id = d.other_id;
-- A pair with a record that was emptied is nobody's to decide.
update person_duplicates d
    set decided_at = p.erased_at, same = false
    from people p
    where d.decided_at is null and p.tenant_id = d.tenant_id and p.id in (d.person_id, d.other_id)
      and p.erased_at is not null;
alter table people force row level security;
alter table person_duplicates force row level security;
drop index person_duplicates_open;
create index person_duplicates_queue on person_duplicates (tenant_id, weight desc, found_at desc)
    where decided_at is null;
create index person_duplicates_by_ward on person_duplicates (tenant_id, ward_id, weight desc, found_at desc)
    where decided_at is null;
create index person_duplicates_by_other_ward on person_duplicates (tenant_id, other_ward_id, weight desc, found_at desc)
    where decided_at is null;

-- Two records found to be of one person, and taken back where that was a mistake. Nothing moves by it.
create table person_merges (
    tenant_id  uuid not null,
    id         uuid not null,
    stays_id   uuid not null,
    goes_id    uuid not null,
    at         timestamptz not null,
    by         uuid,
    -- in words, sealed
    why        bytea not null,
    undone_at  timestamptz,
    undone_by  uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, stays_id) references people (tenant_id, id),
    foreign key (tenant_id, goes_id) references people (tenant_id, id),
    check (stays_id <> goes_id)
);
create unique index person_merges_live on person_merges (tenant_id, goes_id) where undone_at is null;
create index person_merges_into on person_merges (tenant_id, stays_id) where undone_at is null;
create index person_merges_newest on person_merges (tenant_id, at desc) where undone_at is null;
select vx_guard('person_merges', 'select, insert, update');

-- Somebody who may act for a person: a parent, a guardian, a carer, by recorded consent.
create table person_carers (
    tenant_id    uuid not null,
    id           uuid not null,
    person_id    uuid not null,
    carer_id     uuid not null,
    kind         text not null check (kind in ('parent', 'guardian', 'carer')),
    consent      text not null check (consent in ('by_law', 'signed', 'spoken')),
    from_at      timestamptz not null,
    recorded_by  uuid,
    ended_at     timestamptz,
    ended_by     uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, carer_id) references people (tenant_id, id),
    check (person_id <> carer_id),
    -- the law makes parents and guardians, never a carer
    check (consent <> 'by_law' or kind <> 'carer')
);
create unique index person_carers_live on person_carers (tenant_id, person_id, carer_id) where ended_at is null;
create index person_carers_by_person on person_carers (tenant_id, person_id);
select vx_guard('person_carers', 'select, insert, update');
