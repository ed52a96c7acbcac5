-- Who enrols a telephone at a gate: a code that works once and for minutes, kept as a keyed hash.
create table gate_invites (
    tenant_id  uuid not null,
    id         uuid not null,
    gate_id    uuid not null,
    code       bytea not null,
    -- the owner of the shop, not an official
    by_owner   boolean not null,
    made_at    timestamptz not null,
    made_by    uuid,
    expires_at timestamptz not null,
    used_at    timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, gate_id) references gates (tenant_id, id)
);
create index gate_invites_by_gate on gate_invites (tenant_id, gate_id, made_at);
select vx_guard('gate_invites', 'select, insert, update, delete');

-- A telephone or tablet that scans at a gate.
create table gate_devices (
    tenant_id    uuid not null,
    id           uuid not null,
    gate_id      uuid not null,
    name         text not null,
    -- keyed hash of its token
    token        bytea not null,
    enrolled_at  timestamptz not null,
    -- who made the invite
    enrolled_by  uuid,
    by_owner     boolean not null,
    -- last sign of life, to the half minute
    seen_at      timestamptz,
    -- what its clock lacks to ours, in milliseconds; empty while it has not said
    clock_add_ms bigint,
    revoked_at   timestamptz,
    revoked_by   uuid,
    primary key (tenant_id, id),
    unique (tenant_id, token),
    foreign key (tenant_id, gate_id) references gates (tenant_id, id)
);
create index gate_devices_by_gate on gate_devices (tenant_id, gate_id, enrolled_at);
select vx_guard('gate_devices', 'select, insert, update');
