-- Who has a pass, and what was taken back. What a pass says is read from the record when it is signed, so
-- that nothing of a person stands here but who he is.
create table passes (
    tenant_id       uuid not null,
    id              uuid not null,
    -- stands in the pass; says nothing of its holder
    number          bytea not null check (octet_length(number) = 8),
    -- 0 person, 1 household, 2 neighbourhood, 3 business, 4 force, as in the pass
    kind            smallint not null check (kind between 0 and 4),
    -- 1 to 7 of a force, as in the pass; 0 of the others
    force           smallint not null default 0 check (force between 0 and 7),
    person_id       uuid,
    household_id    uuid,
    -- the neighbourhood
    unit_id         uuid,
    -- the business; of a force, for whom he goes
    organisation_id uuid,
    -- whose units answer for it
    ward_id         uuid,
    -- of a business, how many may be inside
    people          integer check (people > 0),
    -- which bit of which status list
    list            bigint not null,
    place           integer not null,
    -- opens the pass's own page: a keyed hash to find it by, sealed so that it can be told again
    key_index       bytea not null,
    key             bytea not null,
    issued_at       timestamptz not null,
    issued_by       uuid,
    -- turned back while its person is an F0
    suspended_at    timestamptz,
    suspended_for   uuid,
    -- taken back for good
    revoked_at      timestamptz,
    revoked_by      uuid,
    revoked_as      text check (revoked_as in ('replaced', 'lost', 'misused', 'mistake', 'ended', 'died', 'merged')),
    replaced_by     uuid,
    primary key (tenant_id, id),
    unique (tenant_id, number),
    unique (tenant_id, list, place),
    unique (tenant_id, key_index),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, organisation_id) references organisations (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    check ((kind = 4) = (force > 0)),
    check ((kind in (0, 4)) = (person_id is not null)),
    check ((kind = 1) = (household_id is not null)),
    check ((kind = 2) = (unit_id is not null)),
    check (kind <> 3 or organisation_id is not null),
    check ((revoked_at is null) = (revoked_as is null))
);
-- One of a kind at a time.
create unique index passes_of_person on passes (tenant_id, person_id, force)
    where person_id is not null and revoked_at is null;
create unique index passes_of_household on passes (tenant_id, household_id)
    where household_id is not null and revoked_at is null;
create unique index passes_of_neighbourhood on passes (tenant_id, unit_id)
    where unit_id is not null and revoked_at is null;
create unique index passes_of_business on passes (tenant_id, organisation_id)
    where kind = 3 and revoked_at is null;
create index passes_ever_of_person on passes (tenant_id, person_id, id) where person_id is not null;
create index passes_by_ward on passes (tenant_id, ward_id, id);
create index passes_by_organisation on passes (tenant_id, organisation_id, id) where organisation_id is not null;
-- The bits that are set.
create index passes_taken on passes (tenant_id, list, place)
    where suspended_at is not null or revoked_at is not null;
select vx_guard('passes', 'select, insert, update');

-- Twelve digits for who has no telephone: a keyed hash to find the pass by, sealed to be told again.
create table pass_codes (
    tenant_id  uuid not null,
    id         uuid not null,
    pass_id    uuid not null,
    code_index bytea not null,
    code       bytea not null,
    made_at    timestamptz not null,
    made_by    uuid,
    sent_at    timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, code_index),
    unique (tenant_id, pass_id),
    foreign key (tenant_id, pass_id) references passes (tenant_id, id)
);
select vx_guard('pass_codes', 'select, insert, update');
