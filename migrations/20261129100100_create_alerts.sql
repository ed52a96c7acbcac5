-- A reading to which somebody must see: graded, by which version, what became of it.
create table alerts (
    tenant_id    uuid not null,
    id           uuid not null,
    household_id uuid not null,
    person_id    uuid not null,
    ward_id      uuid not null,
    case_id      uuid,
    grade        text not null check (grade in ('emergency', 'today')),
    -- what raised it: words of `vitals::Symptom`, or 'spo2', 'respiratory_rate', 'pulse', 'systolic', 'diastolic', 'fever'
    signs        text[] not null,
    rule_code    text not null,
    rule_version integer not null,
    raised_at    timestamptz not null,
    raised_on    date not null,
    -- the matter that rings for it; a second alert of one person soon after joins the first's
    matter_id    uuid,
    ended_at     timestamptz,
    ended_by     uuid,
    ended_as     text check (ended_as in ('well', 'advised', 'oxygen', 'removed', 'slip', 'died', 'superseded')),
    note         bytea,
    primary key (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id),
    foreign key (tenant_id, matter_id) references matters (tenant_id, id),
    check ((ended_at is null) = (ended_as is null))
);
create index alerts_open on alerts (tenant_id, household_id) where ended_at is null;
create index alerts_by_person on alerts (tenant_id, person_id, raised_at);
create index alerts_by_day on alerts (tenant_id, raised_on, grade, ward_id);
select vx_guard('alerts', 'select, insert, update');
