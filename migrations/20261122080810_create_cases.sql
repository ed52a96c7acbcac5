-- One illness of one person, from the day it was reported.
create table cases (
    tenant_id            uuid not null,
    id                   uuid not null,
    person_id            uuid not null,
    ward_id              uuid not null,
    classification       text not null check (classification in ('suspected', 'confirmed', 'not_a_case')),
    classified_at        timestamptz not null,
    classified_by        uuid,
    care                 text not null check (care in ('home', 'facility', 'hospital', 'unknown')),
    care_at              timestamptz not null,
    care_by              uuid,
    -- what the first classification rests on
    basis                text not null check (basis in ('rapid', 'pcr', 'self_test')),
    reported_at          timestamptz not null,
    -- local days, for counts that do not read the history
    reported_on          date not null,
    confirmed_on         date,
    symptoms             text[] not null,
    -- free words of whoever reported, sealed
    note                 bytea,
    no_phone_reason      text,
    recorded_at          timestamptz not null,
    recorded_by          uuid,
    recorded_by_unit_id  uuid,
    -- the matter that rang for it; a list of many opens one matter a ward
    matter_id            uuid,
    import_id            uuid,
    -- the list that made an F0 of a suspected case
    confirmed_import_id  uuid,
    -- recorded by mistake (an import taken back)
    withdrawn_at         timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, recorded_by_unit_id) references units (tenant_id, id),
    foreign key (tenant_id, matter_id) references matters (tenant_id, id)
);
create index cases_by_person on cases (tenant_id, person_id, reported_at);
create index cases_by_time on cases (tenant_id, reported_at, id) where withdrawn_at is null;
create index cases_by_ward on cases (tenant_id, ward_id, reported_at, id) where withdrawn_at is null;
create index cases_reported_by_day on cases (tenant_id, reported_on, ward_id) where withdrawn_at is null;
create index cases_confirmed_by_day on cases (tenant_id, confirmed_on, ward_id)
    where confirmed_on is not null and withdrawn_at is null;
create index cases_by_matter on cases (tenant_id, matter_id) where matter_id is not null;
create index cases_by_import on cases (tenant_id, import_id) where import_id is not null;
create index cases_confirmed_by_import on cases (tenant_id, confirmed_import_id) where confirmed_import_id is not null;
select vx_guard('cases', 'select, insert, update');

-- One result of one sample of one person; a negative one belongs to no case unless one is running.
create table test_results (
    tenant_id     uuid not null,
    id            uuid not null,
    person_id     uuid not null,
    case_id       uuid,
    kind          text not null check (kind in ('rapid', 'pcr', 'self_test')),
    result        text not null check (result in ('positive', 'negative', 'indeterminate')),
    sample_on     date not null,
    result_on     date,
    -- cycle threshold of a PCR, in hundredths
    ct_hundredths integer check (ct_hundredths between 0 and 6000),
    recorded_at   timestamptz not null,
    recorded_by   uuid,
    import_id     uuid,
    withdrawn_at  timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id)
);
-- The same sample with the same result is the same fact, however often it arrives.
create unique index test_results_once on test_results (tenant_id, person_id, sample_on, kind, result)
    where withdrawn_at is null;
create index test_results_by_case on test_results (tenant_id, case_id, sample_on) where case_id is not null;
create index test_results_by_import on test_results (tenant_id, import_id) where import_id is not null;
select vx_guard('test_results', 'select, insert, update');

-- A page's form, by the key it was served with: sent twice, it records once.
create table case_forms (
    tenant_id  uuid not null,
    form_key   uuid not null,
    case_id    uuid,
    at         timestamptz not null,
    primary key (tenant_id, form_key),
    foreign key (tenant_id, case_id) references cases (tenant_id, id)
);
select vx_guard('case_forms', 'select, insert, update');
