-- The keys that sign: P-256, the secret sealed. A key signs for a part of its life only, so that what it
-- signed last is good as long as it says.
create table pass_keys (
    tenant_id   uuid not null,
    id          uuid not null,
    kid         bytea not null check (octet_length(kid) = 8),
    -- what it may sign: the bits of the trust list
    usage       smallint not null,
    -- SubjectPublicKeyInfo
    public_key  bytea not null,
    secret      bytea not null,
    made_at     timestamptz not null,
    made_by     uuid,
    signs_until timestamptz not null,
    valid_until timestamptz not null,
    primary key (tenant_id, id),
    check (signs_until <= valid_until)
);
create index pass_keys_by_usage on pass_keys (tenant_id, usage, made_at);
select vx_guard('pass_keys', 'select, insert');

-- Trust lists as the root has signed them. The root's private key is kept elsewhere, except in a demo.
create table pass_trust_lists (
    tenant_id   uuid not null,
    sequence    bigint not null,
    -- SubjectPublicKeyInfo of the root
    root        bytea not null,
    body        bytea not null,
    issued_at   timestamptz not null,
    expires_at  timestamptz not null,
    imported_at timestamptz not null,
    imported_by uuid,
    primary key (tenant_id, sequence)
);
select vx_guard('pass_trust_lists', 'select, insert');

create table pass_demo_roots (
    tenant_id uuid not null,
    id        uuid not null,
    secret    bytea not null,
    primary key (tenant_id)
);
select vx_guard('pass_demo_roots', 'select, insert');
