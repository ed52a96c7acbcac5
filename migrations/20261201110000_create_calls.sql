-- Telephone calls, out and in. Numbers and notes are sealed; the index is a keyed hash for exact look-up.
create table calls (
    tenant_id      uuid not null,
    id             uuid not null,
    direction      text not null check (direction in ('out', 'in')),
    purpose        text not null check (purpose in ('care', 'hotline', 'call_back', 'desk', 'test')),
    -- what it is about: a household, a ticket, or the call whose other leg this one is
    object_id      uuid,
    -- the call that this one is a leg of: an operator's own telephone
    leg_of         uuid,
    number         bytea,
    number_index   bytea,
    unit_id        uuid,
    staff_id       uuid,
    trunk          text,
    began_at       timestamptz not null,
    invited_at     timestamptz,
    ringing_at     timestamptz,
    answered_at    timestamptz,
    ended_at       timestamptz,
    outcome        text,
    sip_code       smallint,
    -- whoever holds it says so every few seconds; past this it was lost with its process
    held_until     timestamptz not null,
    -- it waits for an operator while waiting_since stands and served_at does not
    topic          text,
    waiting_since  timestamptz,
    served_at      timestamptz,
    served_by      uuid,
    disposition    text,
    note           bytea,
    disposed_at    timestamptz,
    disposed_by    uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    foreign key (tenant_id, leg_of) references calls (tenant_id, id),
    check ((ended_at is null) = (outcome is null))
);
create index calls_live on calls (tenant_id, held_until) where ended_at is null;
create index calls_of_object on calls (tenant_id, object_id, began_at);
create index calls_of_day on calls (tenant_id, began_at, id);
create index calls_by_number on calls (tenant_id, number_index, began_at);
create index calls_legs on calls (tenant_id, leg_of) where leg_of is not null;
select vx_guard('calls', 'select, insert, update');

-- What was recorded of a call, or of a call of a ladder. The sound lies on the shelf, sealed.
create table recordings (
    tenant_id     uuid not null,
    id            uuid not null,
    call_id       uuid,
    attempt_id    uuid,
    kind          text not null check (kind in ('whole', 'voice_message')),
    filed_at      timestamptz not null,
    seconds       integer not null,
    bytes         bigint not null,
    -- the version of the rule that says how long it is kept
    rule_version  integer not null,
    kept_until    timestamptz not null,
    erased_at     timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, call_id) references calls (tenant_id, id),
    foreign key (tenant_id, attempt_id) references attempts (tenant_id, id),
    check ((call_id is null) <> (attempt_id is null))
);
create index recordings_of_call on recordings (tenant_id, call_id) where call_id is not null;
create index recordings_of_attempt on recordings (tenant_id, attempt_id) where attempt_id is not null;
create index recordings_due on recordings (tenant_id, kept_until) where erased_at is null;
select vx_guard('recordings', 'select, insert, update');

-- Who sits in the call room, how he stands, and where his telephone is rung.
create table operators (
    tenant_id  uuid not null,
    staff_id   uuid not null,
    presence   text not null check (presence in ('ready', 'talking', 'writing', 'away')),
    since      timestamptz not null,
    extension  bytea not null,
    -- the call he is in, or writes up
    call_id    uuid,
    left_at    timestamptz,
    primary key (tenant_id, staff_id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    foreign key (tenant_id, call_id) references calls (tenant_id, id)
);
create index operators_ready on operators (tenant_id, since) where presence = 'ready' and left_at is null;
create index operators_of_call on operators (tenant_id, call_id) where call_id is not null;
select vx_guard('operators', 'select, insert, update');
