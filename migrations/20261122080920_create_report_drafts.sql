-- What a resident has typed so far on the way through the questions of a report, for a day. Named by
-- a keyed hash of the form's key, sealed, and not part of the record: it becomes a report or is forgotten.
create table report_drafts (
    tenant_id   uuid not null,
    key_index   bytea not null,
    -- the row's name in what is sealed
    id          uuid not null,
    -- empty until the first answer
    body        bytea not null,
    expires_at  timestamptz not null,
    primary key (tenant_id, key_index)
);
create index report_drafts_by_expiry on report_drafts (tenant_id, expires_at);
select vx_guard('report_drafts', 'select, insert, update, delete');
