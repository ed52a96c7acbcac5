-- What a member of staff wishes of ordinary notices. No row: the defaults.
create table notice_preferences (
    tenant_id   uuid not null,
    staff_id    uuid not null,
    by_email    boolean not null,
    language    text not null check (language in ('vi', 'en')),
    -- minutes after midnight by the district's clock; both or neither, and they may span midnight
    quiet_from  smallint check (quiet_from between 0 and 1439),
    quiet_to    smallint check (quiet_to between 0 and 1439),
    updated_at  timestamptz not null,
    primary key (tenant_id, staff_id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    check ((quiet_from is null) = (quiet_to is null))
);
select vx_guard('notice_preferences', 'select, insert, update');

-- One message to one person by one channel. The address is read from the person when it is sent
-- and the text is made then, so neither is kept here.
create table messages (
    tenant_id       uuid not null,
    id              uuid not null,
    staff_id        uuid not null,
    channel         text not null check (channel in ('email')),
    tone            text not null check (tone in ('ring', 'notice')),
    state           text not null check (state in ('queued', 'handed_over', 'failed', 'given_up', 'withdrawn')),
    -- still waiting for others of its kind to go along with it
    collects        boolean not null,
    created_at      timestamptz not null,
    -- when it is given to its channel
    send_at         timestamptz not null,
    tries           integer not null default 0,
    tried_at        timestamptz,
    handed_over_at  timestamptz,
    ended_at        timestamptz,
    last_error      text,
    primary key (tenant_id, id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id)
);
-- One message at a time collects a person's notices.
create unique index messages_collecting on messages (tenant_id, staff_id, channel) where collects;
create index messages_by_staff on messages (tenant_id, staff_id, created_at);
select vx_guard('messages', 'select, insert, update');

-- What a message tells: a ticket's attempt, or other news by its kind with ids and numbers.
create table message_items (
    tenant_id   uuid not null,
    id          uuid not null,
    message_id  uuid not null,
    attempt_id  uuid,
    news        jsonb,
    primary key (tenant_id, id),
    unique (tenant_id, attempt_id),
    foreign key (tenant_id, message_id) references messages (tenant_id, id),
    foreign key (tenant_id, attempt_id) references attempts (tenant_id, id),
    check ((attempt_id is null) <> (news is null))
);
create index message_items_by_message on message_items (tenant_id, message_id, id);
select vx_guard('message_items', 'select, insert');
