-- What is unusual at a gate, each with the ticket that it opened.
create table checkin_alerts (
    tenant_id   uuid not null,
    id          uuid not null,
    kind        text not null check (kind in ('revoked', 'red', 'two_gates', 'over_limit')),
    gate_id     uuid not null,
    -- the other gate of two
    other_id    uuid,
    at          timestamptz not null,
    -- as in checkins, and forgotten with them
    number      bytea,
    -- how many were inside
    inside      integer,
    ticket_id   uuid not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id)
);
create index checkin_alerts_by_time on checkin_alerts (tenant_id, kind, at);
create index checkin_alerts_by_gate on checkin_alerts (tenant_id, gate_id, at);
select vx_guard('checkin_alerts', 'select, insert, update');

-- A list of who was at a gate that somebody wants to take out of the house: he asks, another one agrees.
create table checkin_exports (
    tenant_id     uuid not null,
    id            uuid not null,
    gate_id       uuid,
    place_id      uuid,
    from_at       timestamptz not null,
    to_at         timestamptz not null,
    -- the reason, sealed
    words         bytea not null,
    requested_by  uuid not null,
    requested_at  timestamptz not null,
    approved_by   uuid,
    refused_by    uuid,
    decided_at    timestamptz,
    -- when the file was last made
    made_at       timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, requested_by) references staff (tenant_id, id),
    foreign key (tenant_id, approved_by) references staff (tenant_id, id),
    foreign key (tenant_id, refused_by) references staff (tenant_id, id),
    check ((gate_id is null) <> (place_id is null)),
    check (from_at < to_at),
    check (approved_by is null or refused_by is null),
    check (approved_by <> requested_by),
    check ((decided_at is null) = (approved_by is null and refused_by is null)),
    check (made_at is null or approved_by is not null)
);
create index checkin_exports_waiting on checkin_exports (tenant_id, requested_at) where decided_at is null;
select vx_guard('checkin_exports', 'select, insert, update');
