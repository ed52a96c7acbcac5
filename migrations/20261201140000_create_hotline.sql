-- Calls that have come in: what the caller chose, and his place in the line for an operator.
create table hotline_calls (
    tenant_id     uuid not null,
    -- the call itself, in the record of all calls
    call_id       uuid not null,
    -- who calls, as the network says; never a proof
    number        bytea,
    number_index  bytea,
    taken_at      timestamptz not null,
    topic         text check (topic in ('emergency', 'symptoms', 'report', 'support', 'record', 'person')),
    -- since when he waits for a person; he keeps it when an operator does not answer
    waits_from    timestamptz,
    -- 2 for an emergency, 1 for a danger sign
    priority      smallint not null default 0 check (priority between 0 and 2),
    -- when the process that holds the call looked last
    seen_at       timestamptz,
    -- whose telephone rings for it, or who talks
    operator_id   uuid,
    served_at     timestamptz,
    over_at       timestamptz,
    primary key (tenant_id, call_id),
    foreign key (tenant_id, operator_id) references staff (tenant_id, id),
    check ((number is null) = (number_index is null))
);
create index hotline_calls_open on hotline_calls (tenant_id, priority desc, waits_from, call_id) where over_at is null;
create index hotline_calls_by_number on hotline_calls (tenant_id, number_index, taken_at) where number_index is not null;
select vx_guard('hotline_calls', 'select, insert, update');

-- What a caller is owed who was not put through: to be called back, to have his message heard.
create table hotline_owed (
    tenant_id     uuid not null,
    id            uuid not null,
    call_id       uuid not null,
    kind          text not null check (kind in ('missed', 'voice_message', 'call_back', 'symptoms', 'emergency')),
    topic         text not null check (topic in ('emergency', 'symptoms', 'report', 'support', 'record', 'person')),
    -- at which he is to be called; none for a withheld number that left no other
    number        bytea,
    number_index  bytea not null,
    ward_id       uuid,
    -- who owes it
    unit_id       uuid not null,
    -- what he told by keys
    told          bytea,
    recording_id  uuid,
    ticket_id     uuid not null,
    on_day        date not null,
    -- how often he has called in vain that day
    times         integer not null default 1,
    opened_at     timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, call_id, kind),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id)
);
create index hotline_owed_by_number on hotline_owed (tenant_id, number_index, on_day);
create index hotline_owed_by_time on hotline_owed (tenant_id, opened_at desc, id);
select vx_guard('hotline_owed', 'select, insert, update');
