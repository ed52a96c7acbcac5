-- What the board asks of scans, folded as they come: its cost does not grow with what is stored. Counts name
-- nobody; minutes are kept for two days, hours for as long as the statistics.
create table checkin_minutes (
    tenant_id  uuid not null,
    gate_id    uuid not null,
    minute     timestamptz not null,
    green      integer not null,
    yellow     integer not null,
    red        integer not null,
    primary key (tenant_id, gate_id, minute)
);
create index checkin_minutes_by_minute on checkin_minutes (tenant_id, minute);
select vx_guard('checkin_minutes', 'select, insert, update, delete');

create table checkin_hours (
    tenant_id  uuid not null,
    gate_id    uuid not null,
    hour       timestamptz not null,
    entered    integer not null,
    gone       integer not null,
    green      integer not null,
    yellow     integer not null,
    red        integer not null,
    primary key (tenant_id, gate_id, hour)
);
create index checkin_hours_by_hour on checkin_hours (tenant_id, hour);
select vx_guard('checkin_hours', 'select, insert, update');

create table checkin_refusals (
    tenant_id  uuid not null,
    gate_id    uuid not null,
    hour       timestamptz not null,
    -- its number in the program's list
    reason     smallint not null,
    n          integer not null,
    primary key (tenant_id, gate_id, hour, reason)
);
create index checkin_refusals_by_hour on checkin_refusals (tenant_id, hour);
select vx_guard('checkin_refusals', 'select, insert, update');

-- When a gate last scanned anybody, and how many have been inside since the day that began at `day_from`.
create table checkin_gates (
    tenant_id  uuid not null,
    gate_id    uuid not null,
    last_at    timestamptz not null,
    day_from   timestamptz not null,
    inside     integer not null check (inside >= 0),
    primary key (tenant_id, gate_id)
);
select vx_guard('checkin_gates', 'select, insert, update');
