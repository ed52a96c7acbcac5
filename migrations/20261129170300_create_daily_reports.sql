-- The report of a day as it was made, with the names of that day.
create table daily_reports (
    tenant_id  uuid not null,
    day        date not null,
    made_at    timestamptz not null,
    made_by    uuid,
    body       jsonb not null,
    primary key (tenant_id, day)
);
select vx_guard('daily_reports', 'select, insert');
