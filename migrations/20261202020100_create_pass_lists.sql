-- A status list: how many of its places are given out, and the list as it was signed last. Places are
-- given out in an order that `seed` shuffles, each once.
create table pass_status_lists (
    tenant_id      uuid not null,
    number         bigint not null,
    size           integer not null,
    used           integer not null default 0,
    seed           bytea not null,
    -- raised with every bit that turns
    changed        bigint not null default 0,
    body           bytea,
    signed_changed bigint,
    signed_at      timestamptz,
    expires_at     timestamptz,
    primary key (tenant_id, number),
    check (used between 0 and size)
);
select vx_guard('pass_status_lists', 'select, insert, update');

-- The table of all codes that hold, as gates carry it, and the secret with which they find a code in it.
create table pass_tables (
    tenant_id      uuid not null,
    secret         bytea,
    -- raised with every code that comes or goes
    changed        bigint not null default 0,
    body           bytea,
    codes          integer,
    signed_changed bigint,
    signed_at      timestamptz,
    expires_at     timestamptz,
    primary key (tenant_id)
);
select vx_guard('pass_tables', 'select, insert, update');
