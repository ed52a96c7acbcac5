-- How many are ill, test themselves or report illness, by day and quarter (the ward where no quarter is
-- known), and the days on which that was more than the place's own weeks explain.
create table signal_days (
    tenant_id  uuid not null,
    quarter_id uuid not null,
    day        date not null,
    kind       text not null check (kind in ('symptoms', 'self_test', 'report', 'call')),
    n          integer not null check (n >= 0),
    primary key (tenant_id, quarter_id, day, kind),
    foreign key (tenant_id, quarter_id) references units (tenant_id, id)
);
create index signal_days_by_day on signal_days (tenant_id, day);
select vx_guard('signal_days', 'select, insert, update');

create table signals (
    tenant_id           uuid not null,
    id                  uuid not null,
    quarter_id          uuid not null,
    ward_id             uuid not null,
    kind                text not null check (kind in ('symptoms', 'self_test', 'report', 'call')),
    -- the day on which it was looked; the window ends the day before
    day                 date not null,
    n                   integer not null,
    expected_hundredths integer not null,
    rule_version        integer not null,
    ticket_id           uuid not null,
    raised_at           timestamptz not null,
    judged_as           text check (judged_as in ('real', 'false')),
    judged_at           timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, quarter_id, kind, day),
    foreign key (tenant_id, quarter_id) references units (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    check ((judged_as is null) = (judged_at is null))
);
create index signals_by_day on signals (tenant_id, day desc, id);
create index signals_waiting on signals (tenant_id, day) where judged_as is null;
select vx_guard('signals', 'select, insert, update');
