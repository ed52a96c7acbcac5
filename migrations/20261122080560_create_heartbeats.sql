-- What must keep reporting, as the tenant's pack says.
create table heartbeats (
    tenant_id    uuid not null,
    id           uuid not null,
    code         text not null,
    name_vi      text not null,
    name_en      text not null,
    every_s      integer not null check (every_s > 0),
    grace_s      integer not null check (grace_s >= 0),
    -- by code: units change, and a unit that is gone falls to the duty leader
    responsible  text not null,
    ladder       text not null,
    primary key (tenant_id, id),
    unique (tenant_id, code)
);
select vx_guard('heartbeats', 'select, insert, update');

-- Each thing that reports under a code: gate 3, camera 12; '' where there is only one.
create table heartbeat_instances (
    tenant_id     uuid not null,
    id            uuid not null,
    heartbeat_id  uuid not null,
    instance      text not null,
    -- null until its first beat: not connected yet, and not missed
    last_beat_at  timestamptz,
    generation    integer not null,
    silent_since  timestamptz,
    -- the ticket that its last silence opened
    ticket_id     uuid,
    -- what it said when it could not beat, and since when
    failing_since timestamptz,
    last_error    text,
    primary key (tenant_id, id),
    unique (tenant_id, heartbeat_id, instance),
    foreign key (tenant_id, heartbeat_id) references heartbeats (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id)
);
select vx_guard('heartbeat_instances', 'select, insert, update');
