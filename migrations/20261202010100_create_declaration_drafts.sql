-- What somebody has answered so far on the way through a declaration, for a day: one a device, sealed, and not part
-- of the record. Whoever begins for another person begins a new one.
create table declaration_drafts (
    tenant_id   uuid not null,
    device_id   uuid not null,
    -- the form, and the row's name in what is sealed
    id          uuid not null,
    body        bytea not null,
    expires_at  timestamptz not null,
    primary key (tenant_id, device_id)
);
create index declaration_drafts_by_expiry on declaration_drafts (tenant_id, expires_at);
select vx_guard('declaration_drafts', 'select, insert, update, delete');
