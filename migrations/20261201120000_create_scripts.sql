-- What the program asks on the telephone, in versions. A version is never changed, because calls were made by
-- it; only the day from which it no longer holds can be set. Where a tenant has none, the program's own holds.
create table scripts (
    tenant_id   uuid not null,
    id          uuid not null,
    key         text not null check (key in ('care', 'symptoms')),
    version     integer not null check (version > 0),
    valid_from  date not null,
    -- the first day on which it no longer holds
    retired_on  date,
    body        jsonb not null,
    created_at  timestamptz not null,
    created_by  uuid,
    primary key (tenant_id, id),
    unique (tenant_id, key, version)
);
create index scripts_by_day on scripts (tenant_id, key, valid_from desc, version desc);
select vx_guard('scripts', 'select, insert, update');
