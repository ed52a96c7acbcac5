-- Timers, jobs and outbox are local to the cell: ids only, ordered by time across tenants.
create table timers (
    tenant_id   uuid not null,
    kind        text not null,
    object_id   uuid not null,
    -- a timer of an older generation than its object is stale and does nothing
    generation  integer not null,
    fire_at     timestamptz not null,
    failures    integer not null default 0,
    last_error  text,
    primary key (tenant_id, kind, object_id)
);
create index timers_due on timers (fire_at);

create table jobs (
    tenant_id    uuid not null,
    id           uuid not null,
    queue        text not null,
    kind         text not null,
    -- idempotency: the same key is the same job
    key          text not null,
    args         jsonb not null,
    run_at       timestamptz not null,
    attempts     integer not null default 0,
    locked_until timestamptz,
    failed_at    timestamptz,
    last_error   text,
    primary key (tenant_id, id),
    unique (tenant_id, kind, key)
);
create index jobs_due on jobs (queue, run_at) where failed_at is null;

-- Messages on their way to an outside channel (e-mail; later SMS, Zalo, webhooks).
create table outbox (
    tenant_id    uuid not null,
    id           uuid not null,
    channel      text not null,
    message_id   uuid not null,
    run_at       timestamptz not null,
    attempts     integer not null default 0,
    locked_until timestamptz,
    failed_at    timestamptz,
    last_error   text,
    primary key (tenant_id, id)
);
create index outbox_due on outbox (channel, run_at) where failed_at is null;

grant select, insert, update, delete on timers, jobs, outbox to vx_app;
