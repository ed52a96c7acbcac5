-- New cases by day and ward as somebody else has published them: history, shown beside our own count
-- and never added to it.
create table published_days (
    tenant_id  uuid not null,
    day        date not null,
    ward_id    uuid not null,
    new_cases  integer not null check (new_cases >= 0),
    source     text not null,
    -- the list that brought it
    import_id  uuid not null,
    at         timestamptz not null,
    primary key (tenant_id, day, ward_id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id)
);
select vx_guard('published_days', 'select, insert, update');
