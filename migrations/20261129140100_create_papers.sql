-- A paper as it was issued: numbered, with what it said that day, provable by its code.
create table care_papers (
    tenant_id     uuid not null,
    id            uuid not null,
    kind          text not null check (kind in ('decision', 'commitment', 'follow_sheet', 'door_notice', 'completion', 'sick_leave')),
    household_id  uuid not null,
    -- null: it is about the household
    person_id     uuid,
    plan_id       uuid,
    case_id       uuid,
    -- who issues it
    unit_id       uuid not null,
    year          smallint not null,
    number        integer not null check (number > 0),
    symbol        text not null,
    issued_on     date not null,
    from_on       date,
    to_on         date,
    -- every value printed, sealed; the paper is made again from it
    body          bytea not null,
    signer_id     uuid,
    signer_title  text not null,
    code_index    bytea not null,
    code          bytea not null,
    rule_code     text,
    rule_version  integer,
    made_at       timestamptz not null,
    made_by       uuid,
    withdrawn_at  timestamptz,
    withdrawn_by  uuid,
    withdrawn_why bytea,
    replaced_by   uuid,
    primary key (tenant_id, id),
    unique (tenant_id, unit_id, kind, year, number),
    unique (tenant_id, code_index),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, plan_id) references follow_plans (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, replaced_by) references care_papers (tenant_id, id),
    check ((withdrawn_at is null) = (withdrawn_why is null)),
    check (replaced_by is null or withdrawn_at is not null)
);
create index care_papers_by_household on care_papers (tenant_id, household_id, made_at desc);
create index care_papers_by_case on care_papers (tenant_id, case_id, kind) where case_id is not null;
select vx_guard('care_papers', 'select, insert, update');

-- The next number of a unit, for each kind of paper and year; taken in the transaction that issues, so none is lost.
create table paper_numbers (
    tenant_id uuid not null,
    unit_id   uuid not null,
    kind      text not null,
    year      smallint not null,
    next      integer not null,
    primary key (tenant_id, unit_id, kind, year),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
select vx_guard('paper_numbers', 'select, insert, update');
