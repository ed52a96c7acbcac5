-- The key with which this centre says to push services who it is (VAPID). One for all processes.
create table push_keys (
    tenant_id   uuid not null primary key,
    -- P-256, 32 octets in base64url, sealed
    secret      bytea not null,
    -- the point, 65 octets in base64url, as browsers ask for it
    public      text not null,
    created_at  timestamptz not null
);
select vx_guard('push_keys', 'select, insert');

-- Browsers that take notices for a member of staff. Address and keys are sealed: whoever has them can
-- write to the browser.
create table push_subscriptions (
    tenant_id      uuid not null,
    id             uuid not null,
    staff_id       uuid not null,
    endpoint       bytea not null,
    endpoint_hash  bytea not null,
    keys           bytea not null,
    agent          text not null,
    created_at     timestamptz not null,
    ended_at       timestamptz,
    -- 'person' took it back, the service says it is 'gone', or another person or a newer one 'replaced' it
    ended_as       text check (ended_as in ('person', 'gone', 'replaced')),
    primary key (tenant_id, id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    check ((ended_at is null) = (ended_as is null))
);
create unique index push_subscriptions_by_endpoint on push_subscriptions (tenant_id, endpoint_hash)
    where ended_at is null;
create index push_subscriptions_by_staff on push_subscriptions (tenant_id, staff_id) where ended_at is null;
select vx_guard('push_subscriptions', 'select, insert, update');
