-- The keys with which things outside report that they live. One key reports one instance of one
-- heartbeat; only its hash is kept.
create table heartbeat_tokens (
    tenant_id     uuid not null,
    id            uuid not null,
    heartbeat_id  uuid not null,
    instance      text not null,
    hash          bytea not null,
    made_at       timestamptz not null,
    used_at       timestamptz,
    revoked_at    timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, hash),
    foreign key (tenant_id, heartbeat_id) references heartbeats (tenant_id, id)
);
select vx_guard('heartbeat_tokens', 'select, insert, update');
