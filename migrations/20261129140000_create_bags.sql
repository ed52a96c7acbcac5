-- A bag of drugs handed to a patient at home, and what became of it.
create table care_bags (
    tenant_id         uuid not null,
    id                uuid not null,
    household_id      uuid not null,
    person_id         uuid not null,
    case_id           uuid not null,
    kind              text not null check (kind in ('A', 'B', 'C')),
    given_at          timestamptz not null,
    given_by          uuid,
    -- whose stock it came from
    unit_id           uuid not null,
    -- the doctor who prescribed it, sealed
    prescriber        bytea,
    capsules          smallint check (capsules between 1 and 200),
    rule_version      integer not null,
    consent           text check (consent in ('signed_paper', 'signed_screen')),
    consent_at        timestamptz,
    -- the member of the household who consented: the patient, or whoever speaks for him
    consent_by        uuid,
    consent_file_id   uuid,
    returned_at       timestamptz,
    returned_by       uuid,
    returned_capsules smallint check (returned_capsules between 0 and 200),
    ended_as          text check (ended_as in ('used', 'returned', 'lost', 'died')),
    primary key (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, consent_by) references people (tenant_id, id),
    foreign key (tenant_id, consent_file_id) references files (tenant_id, id),
    check (kind <> 'C' or (consent is not null and consent_by is not null and consent_at is not null and capsules is not null)),
    check ((returned_at is null) = (ended_as is null))
);
-- Nobody has two bags of a kind at hand for one illness.
create unique index care_bags_once on care_bags (tenant_id, case_id, kind) where returned_at is null;
create index care_bags_by_household on care_bags (tenant_id, household_id, given_at desc);
select vx_guard('care_bags', 'select, insert, update');

-- What a unit has in its cupboard. A number that was never counted or received for only tells what went out.
create table unit_stocks (
    tenant_id  uuid not null,
    unit_id    uuid not null,
    item       text not null check (item in ('bag_a', 'bag_b', 'bag_c', 'oxygen', 'oximeter', 'rapid_test', 'pcr_kit')),
    n          integer not null,
    -- the last count or receipt
    counted_at timestamptz,
    primary key (tenant_id, unit_id, item),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
select vx_guard('unit_stocks', 'select, insert, update');

-- Every change of a stock, by whom and why; the stock is their sum.
create table stock_moves (
    tenant_id uuid not null,
    id        uuid not null,
    unit_id   uuid not null,
    item      text not null,
    n         integer not null,
    reason    text not null check (reason in ('received', 'given', 'returned', 'counted', 'spoilt')),
    bag_id    uuid,
    at        timestamptz not null,
    by        uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, unit_id, item) references unit_stocks (tenant_id, unit_id, item),
    foreign key (tenant_id, bag_id) references care_bags (tenant_id, id)
);
create index stock_moves_by_unit on stock_moves (tenant_id, unit_id, at desc);
select vx_guard('stock_moves', 'select, insert');
