-- A place closed off by a decision: where, until when, who is inside, what they ask for; lifted by a decision.
create table lockdowns (
    tenant_id       uuid not null,
    id              uuid not null,
    -- a unit of kind lockdown_point: its roster is the guards'
    unit_id         uuid not null,
    ward_id         uuid not null,
    -- khu phố, when the place lies in one: what the public page names
    quarter_id      uuid,
    -- for officials; the public reads the words
    name            text not null,
    decision_number text not null,
    decision_on     date not null,
    signer_title    text not null,
    signer          text not null,
    -- GeoJSON; null: the households alone
    area            jsonb,
    from_at         timestamptz not null,
    planned_until   date,
    tests_due       date,
    words_vi        text not null,
    words_en        text not null,
    decided_by      uuid,
    lifted_at       timestamptz,
    lift_number     text,
    lift_on         date,
    lifted_by       uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, quarter_id) references units (tenant_id, id),
    check ((lifted_at is null) = (lift_number is null)),
    check ((lifted_at is null) = (lift_on is null))
);
create index lockdowns_in_force on lockdowns (tenant_id, ward_id) where lifted_at is null;
create index lockdowns_lifted on lockdowns (tenant_id, lifted_at) where lifted_at is not null;
create unique index lockdowns_by_unit on lockdowns (tenant_id, unit_id);
select vx_guard('lockdowns', 'select, insert, update');

create table lockdown_households (
    tenant_id    uuid not null,
    lockdown_id  uuid not null,
    household_id uuid not null,
    added_at     timestamptz not null,
    added_by     uuid,
    primary key (tenant_id, lockdown_id, household_id),
    foreign key (tenant_id, lockdown_id) references lockdowns (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id)
);
create index lockdown_households_by_household on lockdown_households (tenant_id, household_id);
select vx_guard('lockdown_households', 'select, insert, delete');

create table lockdown_supplies (
    tenant_id   uuid not null,
    id          uuid not null,
    lockdown_id uuid not null,
    kind        text not null check (kind in ('food', 'water', 'medicine', 'milk', 'protection', 'other')),
    -- what exactly, in the words of whoever asks; sealed
    words       bytea,
    asked_at    timestamptz not null,
    asked_by    uuid,
    met_at      timestamptz,
    met_by      uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, lockdown_id) references lockdowns (tenant_id, id)
);
create index lockdown_supplies_of on lockdown_supplies (tenant_id, lockdown_id, asked_at);
select vx_guard('lockdown_supplies', 'select, insert, update');
