-- A pause that was asked for and waits for the person who is to approve it. The row goes with the
-- decision, or when the ticket moves on; who asked and who decided stays on record.
create table pause_requests (
    tenant_id    uuid not null,
    ticket_id    uuid not null,
    asked_by     uuid not null,
    asked_at     timestamptz not null,
    approver_id  uuid not null,
    until        timestamptz not null,
    -- the reason, sealed
    words        bytea not null,
    primary key (tenant_id, ticket_id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    foreign key (tenant_id, asked_by) references staff (tenant_id, id),
    foreign key (tenant_id, approver_id) references staff (tenant_id, id)
);
create index pause_requests_by_approver on pause_requests (tenant_id, approver_id);
select vx_guard('pause_requests', 'select, insert, update, delete');
