-- One journey of a patient to a hospital or facility: asked for, under way, arrived; or refused.
create table removals (
    tenant_id            uuid not null,
    id                   uuid not null,
    household_id         uuid not null,
    person_id            uuid not null,
    case_id              uuid,
    -- the alert for which it was asked
    alert_id             uuid,
    reason               text not null check (reason in ('red_flag', 'risk', 'own_wish', 'facility')),
    vehicle              text check (vehicle in ('115', 'rapid_team', 'station', 'own')),
    -- a unit of this tenant, or the name of a house outside it
    to_unit_id           uuid,
    to_name              text,
    asked_at             timestamptz not null,
    asked_by             uuid,
    called_at            timestamptz,
    left_at              timestamptz,
    arrived_at           timestamptz,
    refused_at           timestamptz,
    refused_why          bytea,
    oxygen_from          timestamptz,
    oxygen_litres_tenths smallint check (oxygen_litres_tenths between 1 and 999),
    ended_as             text check (ended_as in ('admitted', 'turned_back', 'not_needed', 'died_on_way')),
    primary key (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id),
    foreign key (tenant_id, alert_id) references alerts (tenant_id, id),
    foreign key (tenant_id, to_unit_id) references units (tenant_id, id),
    check ((refused_at is null) = (refused_why is null)),
    check (refused_at is null or ended_as is null)
);
create index removals_open on removals (tenant_id, asked_at) where ended_as is null and refused_at is null;
-- One person is on one journey at a time.
create unique index removals_running on removals (tenant_id, person_id) where ended_as is null and refused_at is null;
create index removals_by_household on removals (tenant_id, household_id, asked_at desc);
create index removals_by_case on removals (tenant_id, case_id) where case_id is not null;
select vx_guard('removals', 'select, insert, update');
