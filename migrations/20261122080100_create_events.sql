-- The record. vx_app may add events and read them; nobody may change or remove one.
create table events (
    tenant_id     uuid not null,
    id            uuid not null,
    at            timestamptz not null,
    actor_kind    text not null,
    actor_id      uuid,
    actor_part    text,
    on_behalf_of  uuid,
    kind          text not null,
    object_kind   text not null,
    object_id     uuid not null,
    matter_id     uuid,
    unit_id       uuid,
    -- ids, codes and numbers only, never what a person is called or said
    data          jsonb not null,
    -- keyed hash of the payload, so that the payload can be erased and the event still proved
    payload_hash  bytea,
    primary key (tenant_id, id)
);
create index events_by_object on events (tenant_id, object_id, id);
create index events_by_matter on events (tenant_id, matter_id, id) where matter_id is not null;
select vx_guard('events', 'select, insert');

-- What people wrote, sealed; erased by retention (body null, erased_at set).
create table event_payloads (
    tenant_id  uuid not null,
    event_id   uuid not null,
    body       bytea,
    erased_at  timestamptz,
    primary key (tenant_id, event_id),
    foreign key (tenant_id, event_id) references events (tenant_id, id),
    check ((body is null) = (erased_at is not null))
);
select vx_guard('event_payloads', 'select, insert, update');

-- Events waiting for the sealer, with the transaction that wrote them.
create table unsealed_events (
    tenant_id  uuid not null,
    event_id   uuid not null,
    at         timestamptz not null,
    xid        bigint not null,
    primary key (tenant_id, event_id)
);
select vx_guard('unsealed_events', 'select, insert, delete');

-- The chain: each hash covers the one before it and the whole event.
create table seals (
    tenant_id  uuid not null,
    seq        bigint not null,
    event_id   uuid not null,
    hash       bytea not null,
    primary key (tenant_id, seq),
    unique (tenant_id, event_id)
);
select vx_guard('seals', 'select, insert');

-- Where the chain ends, signed; the row is the sealer's lease.
create table ledger_heads (
    tenant_id  uuid primary key,
    seq        bigint not null,
    hash       bytea not null,
    sealed_at  timestamptz not null,
    signature  bytea not null
);
select vx_guard('ledger_heads', 'select, insert, update');

-- Heads as they were published, one a day: what others hold against us.
create table ledger_publications (
    tenant_id     uuid not null,
    day           date not null,
    seq           bigint not null,
    hash          bytea not null,
    signature     bytea not null,
    published_at  timestamptz not null,
    primary key (tenant_id, day)
);
select vx_guard('ledger_publications', 'select, insert');

-- Durable cursors over the sealed events.
create table subscriptions (
    tenant_id  uuid not null,
    name       text not null,
    seq        bigint not null,
    primary key (tenant_id, name)
);
select vx_guard('subscriptions', 'select, insert, update');
