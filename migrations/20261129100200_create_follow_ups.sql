-- One plan follows one person: an F0, an F1 or somebody else watched, from a dated rule.
create table follow_plans (
    tenant_id         uuid not null,
    id                uuid not null,
    household_id      uuid not null,
    person_id         uuid not null,
    ward_id           uuid not null,
    case_id           uuid,
    subject           text not null check (subject in ('f0', 'f1', 'other')),
    -- what the first day rests on is kept, so that a changed date recomputes and hides nothing
    basis             text not null check (basis in ('onset', 'sample', 'report', 'exposure', 'arrival')),
    start_on          date not null,
    length_days       smallint not null check (length_days between 1 and 60),
    ends_on           date not null,
    rule_code         text not null,
    rule_version      integer not null,
    risk              text not null default 'unknown' check (risk in ('low', 'medium', 'high', 'very_high', 'unknown')),
    risk_version      integer,
    risk_at           timestamptz,
    -- of the newest contact in which somebody was reached
    last_at           timestamptz,
    last_grade        text check (last_grade in ('emergency', 'today', 'watch', 'well')),
    -- when the slot in hand is late; null: nothing is owed now
    due_at            timestamptz,
    -- when a slot opens or becomes late, and the line is reckoned anew
    settle_at         timestamptz,
    missed            smallint not null default 0,
    rank              smallint not null default 0,
    -- the ticket its silence opened
    silence_ticket_id uuid,
    opened_at         timestamptz not null,
    opened_by         uuid,
    closed_at         timestamptz,
    closed_by         uuid,
    closed_as         text check (closed_as in ('released', 'removed', 'died', 'moved_away', 'not_a_case', 'became_f0', 'withdrawn', 'lost')),
    primary key (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id),
    foreign key (tenant_id, silence_ticket_id) references tickets (tenant_id, id),
    check ((closed_at is null) = (closed_as is null)),
    check (ends_on >= start_on)
);
create unique index follow_plans_running on follow_plans (tenant_id, person_id) where closed_at is null;
create index follow_plans_by_household on follow_plans (tenant_id, household_id, person_id);
create index follow_plans_turning on follow_plans (tenant_id, settle_at, id) where closed_at is null and settle_at is not null;
create index follow_plans_by_case on follow_plans (tenant_id, case_id) where case_id is not null;
select vx_guard('follow_plans', 'select, insert, update');

-- Every contact made, whoever made it and whenever; never changed, never hidden by a changed date.
create table follow_contacts (
    tenant_id          uuid not null,
    id                 uuid not null,
    plan_id            uuid not null,
    household_id       uuid not null,
    person_id          uuid not null,
    -- the form it came in: sent twice, it is one
    form_key           uuid not null,
    at                 timestamptz not null,
    -- the slot it fills by its time; null: outside the plan's days, kept all the same
    for_day            date,
    slot               text,
    channel            text not null check (channel in ('household', 'phone', 'visit', 'station', 'robot')),
    outcome            text not null check (outcome in ('reached', 'not_reached', 'refused', 'reminded')),
    temperature_tenths smallint check (temperature_tenths between 300 and 450),
    spo2               smallint check (spo2 between 30 and 100),
    respiratory_rate   smallint check (respiratory_rate between 4 and 99),
    pulse              smallint check (pulse between 20 and 250),
    systolic           smallint check (systolic between 40 and 280),
    diastolic          smallint check (diastolic between 20 and 180),
    symptoms           text[] not null default '{}',
    note               bytea,
    grade              text check (grade in ('emergency', 'today', 'watch', 'well')),
    alert_id           uuid,
    by_staff           uuid,
    by_unit_id         uuid,
    -- an entry that was a slip of the pen; it stays, and no longer counts
    withdrawn_at       timestamptz,
    withdrawn_by       uuid,
    primary key (tenant_id, id),
    unique (tenant_id, form_key, person_id),
    foreign key (tenant_id, plan_id) references follow_plans (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, alert_id) references alerts (tenant_id, id),
    foreign key (tenant_id, by_unit_id) references units (tenant_id, id)
);
create index follow_contacts_by_plan on follow_contacts (tenant_id, plan_id, at desc);
create index follow_contacts_by_household on follow_contacts (tenant_id, household_id, at desc);
select vx_guard('follow_contacts', 'select, insert, update');
