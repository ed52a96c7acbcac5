-- Calls that some process holds in a telephone network, kept fresh while it lives: a call that runs
-- and is not here was lost with its process, and is placed again.
create table held_calls (
    tenant_id   uuid not null,
    attempt_id  uuid not null,
    held_until  timestamptz not null,
    primary key (tenant_id, attempt_id),
    foreign key (tenant_id, attempt_id) references attempts (tenant_id, id)
);
select vx_guard('held_calls', 'select, insert, update, delete');
