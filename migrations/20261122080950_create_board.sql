-- What the board counts, added up from sealed events in the transaction that moves the cursor of
-- `town.board`: exactly once, and rebuilt from the events to the same numbers. A day is the
-- district's own. The unit of zeros stands for an organisation outside the tree.
create table board_days (
    tenant_id  uuid not null,
    metric     text not null,
    day        date not null,
    unit_id    uuid not null,
    n          bigint not null,
    primary key (tenant_id, metric, day, unit_id)
);
select vx_guard('board_days', 'select, insert, update, delete');

-- How long until tickets were accepted: a histogram, so that a median over any days costs the same
-- however many tickets there were.
create table board_accepts (
    tenant_id  uuid not null,
    day        date not null,
    unit_id    uuid not null,
    severity   text not null check (severity in ('emergency', 'notice')),
    bucket     smallint not null,
    n          bigint not null,
    primary key (tenant_id, day, unit_id, severity, bucket)
);
select vx_guard('board_accepts', 'select, insert, update, delete');

-- The briefs of 07:00 and 17:00 as they were made, with the names of that day.
create table board_briefs (
    tenant_id  uuid not null,
    day        date not null,
    hour       smallint not null check (hour in (7, 17)),
    made_at    timestamptz not null,
    body       jsonb not null,
    primary key (tenant_id, day, hour)
);
select vx_guard('board_briefs', 'select, insert');
