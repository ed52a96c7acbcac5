-- What somebody says is wrong in his record, with what he says is right; decided within 48 hours.
create table corrections (
    tenant_id  uuid not null,
    id         uuid not null,
    person_id  uuid not null,
    field      text not null check (field in ('name', 'birth', 'sex', 'citizen_id', 'phone', 'address', 'vaccination', 'test', 'recovery')),
    -- the dose, recovery or test that is wrong; null: the whole field, or one that is missing
    object_id  uuid,
    -- what stood there when it was asked, what should stand there, and what was answered; sealed
    before     bytea not null,
    wanted     bytea not null,
    file_id    uuid,
    asked_at   timestamptz not null,
    -- null: the person himself, by his code
    asked_by   uuid,
    unit_id    uuid not null,
    ticket_id  uuid not null,
    state      text not null check (state in ('asked', 'accepted', 'refused')),
    decided_at timestamptz,
    decided_by uuid,
    answer     bytea,
    primary key (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    check ((state = 'asked') = (decided_at is null))
);
-- One thing is asked once at a time.
create unique index corrections_open on corrections (tenant_id, person_id, field, coalesce(object_id, '00000000-0000-0000-0000-000000000000'))
    where state = 'asked';
create index corrections_of on corrections (tenant_id, person_id, asked_at);
create index corrections_waiting on corrections (tenant_id, unit_id, asked_at) where state = 'asked';
create index corrections_decided on corrections (tenant_id, decided_at) where decided_at is not null;
select vx_guard('corrections', 'select, insert, update');
