-- What is known of a person, each with where it comes from; what contradicts stands beside it.
create table person_facts (
    tenant_id       uuid not null,
    id              uuid not null,
    person_id       uuid not null,
    kind            text not null check (kind in ('vaccination', 'recovery', 'illness', 'pregnancy', 'newly_delivered', 'obesity', 'employer', 'role', 'traveller')),
    on_day          date,
    until_day       date,
    dose            smallint check (dose between 1 and 9),
    -- words and codes of the fact (vaccine, lot, illness, employer's name), sealed
    body            bytea,
    source          text not null check (source in ('person', 'staff', 'list', 'paper', 'national')),
    -- keyed hash of all it says: the same fact twice is one
    fact_hash       bytea not null,
    organisation_id uuid,
    import_id       uuid,
    entered_at      timestamptz not null,
    entered_by      uuid,
    by_unit_id      uuid,
    withdrawn_at    timestamptz,
    withdrawn_by    uuid,
    withdrawn_as    text check (withdrawn_as in ('wrong', 'corrected', 'import_undone')),
    primary key (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, organisation_id) references organisations (tenant_id, id),
    foreign key (tenant_id, by_unit_id) references units (tenant_id, id),
    check ((withdrawn_at is null) = (withdrawn_as is null))
);
create unique index person_facts_once on person_facts (tenant_id, person_id, fact_hash) where withdrawn_at is null;
create index person_facts_by_person on person_facts (tenant_id, person_id);
create index person_facts_by_employer on person_facts (tenant_id, organisation_id) where organisation_id is not null and withdrawn_at is null;
create index person_facts_by_import on person_facts (tenant_id, import_id) where import_id is not null;
select vx_guard('person_facts', 'select, insert, update');
