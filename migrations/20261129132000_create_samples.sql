-- One sample of several people, tested as one. Negative, it is a negative result of each; otherwise it
-- is opened: each of them is tested alone.
create table sample_pools (
    tenant_id  uuid not null,
    id         uuid not null,
    -- as written on the tube; a station counts anew every day
    code       text not null,
    unit_id    uuid not null,
    sample_on  date not null,
    kind       text not null check (kind in ('pcr', 'rapid')),
    state      text not null check (state in ('taken', 'negative', 'opened')),
    result     text check (result in ('positive', 'negative', 'indeterminate')),
    result_on  date,
    made_at    timestamptz not null,
    made_by    uuid,
    read_at    timestamptz,
    read_by    uuid,
    primary key (tenant_id, id),
    unique (tenant_id, unit_id, sample_on, code),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    check ((state = 'taken') = (result is null)),
    check ((state = 'negative') = (result is not distinct from 'negative'))
);
create index sample_pools_waiting on sample_pools (tenant_id, unit_id, made_at) where state = 'taken';
create index sample_pools_by_unit on sample_pools (tenant_id, unit_id, made_at desc);
select vx_guard('sample_pools', 'select, insert, update');

create table sample_pool_members (
    tenant_id     uuid not null,
    pool_id       uuid not null,
    person_id     uuid not null,
    household_id  uuid,
    -- what the pool came to for him
    result_id     uuid,
    primary key (tenant_id, pool_id, person_id),
    foreign key (tenant_id, pool_id) references sample_pools (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, result_id) references test_results (tenant_id, id)
);
select vx_guard('sample_pool_members', 'select, insert, update');

-- A test that is owed to somebody, until a result answers it or somebody takes it back.
create table sample_orders (
    tenant_id       uuid not null,
    id              uuid not null,
    person_id       uuid not null,
    household_id    uuid,
    case_id         uuid,
    -- the pool whose opening asked for it
    pool_id         uuid,
    kind            text not null check (kind in ('rapid', 'pcr')),
    reason          text not null check (reason in ('symptoms', 'self_test', 'pool_opened', 'clash', 'f1_first', 'f1_last',
                                                    'release', 'early_signal')),
    -- a sample of this day or later answers it
    from_on         date not null,
    due_at          timestamptz not null,
    ordered_at      timestamptz not null,
    ordered_by      uuid,
    ticket_id       uuid,
    result_id       uuid,
    done_at         timestamptz,
    withdrawn_at    timestamptz,
    withdrawn_by    uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, case_id) references cases (tenant_id, id),
    foreign key (tenant_id, pool_id) references sample_pools (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    foreign key (tenant_id, result_id) references test_results (tenant_id, id),
    check ((done_at is null) = (result_id is null)),
    check (done_at is null or withdrawn_at is null)
);
create unique index sample_orders_open on sample_orders (tenant_id, person_id, reason)
    where done_at is null and withdrawn_at is null;
create index sample_orders_due on sample_orders (tenant_id, due_at, id) where done_at is null and withdrawn_at is null;
create index sample_orders_by_person on sample_orders (tenant_id, person_id, ordered_at desc);
create index sample_orders_by_household on sample_orders (tenant_id, household_id, ordered_at desc) where household_id is not null;
create index sample_orders_by_ticket on sample_orders (tenant_id, ticket_id) where ticket_id is not null;
create index sample_orders_by_result on sample_orders (tenant_id, result_id) where result_id is not null;
select vx_guard('sample_orders', 'select, insert, update');
