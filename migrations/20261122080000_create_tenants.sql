-- The registry of the cell: which centres live in this database. Ids and public facts only, so it
-- is the one table of tenants' data without row security.
create table tenants (
    id          uuid primary key,
    slug        text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
    name        text not null,
    demo        boolean not null,
    created_at  timestamptz not null,
    -- the pack as it was given, and what the administrator changed since
    config      jsonb not null,
    -- raised by every change of units, posts or ladders, so that processes know a copy is stale
    version     bigint not null default 1
);

-- One row: what this database as a whole is.
create table cell (
    only_row        boolean primary key default true check (only_row),
    demo            boolean not null default false,
    -- the demo's clock runs this far ahead of the real one
    clock_ahead_us  bigint not null default 0
);
insert into cell default values;

-- Work that one process at a time may do (simulator, reconciler), by lease.
create table leases (
    name    text primary key,
    holder  uuid not null,
    until   timestamptz not null
);

grant select, insert, update on tenants, cell to vx_app;
grant select, insert, update, delete on leases to vx_app;

-- The second lock: a tenant's table shows only the rows of the tenant named by the transaction.
create function vx_guard(target regclass, verbs text) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s using (tenant_id = nullif(current_setting(''vx.tenant'', true), '''')::uuid)',
        target);
    execute format('grant %s on %s to vx_app', verbs, target);
end $$;
