-- A list read in: what it was, by whom, what became of it. The file itself is not kept.
create table imports (
    tenant_id        uuid not null,
    id               uuid not null,
    -- said on the telephone and written into tasks
    code             text not null,
    unit_id          uuid not null,
    kind             text not null check (kind in ('results')),
    state            text not null check (state in ('staged', 'applying', 'applied', 'undone', 'expired')),
    -- sealed: names of files name people
    file_name        bytea not null,
    file_hash        bytea not null,
    file_bytes       integer not null,
    headers          jsonb not null,
    mapping          jsonb not null,
    rows             integer not null,
    errors           integer not null,
    known            integer not null,
    positives        integer not null,
    positive_errors  integer not null,
    staged_at        timestamptz not null,
    staged_by        uuid,
    applied_at       timestamptz,
    applied_by       uuid,
    finished_at      timestamptz,
    undone_at        timestamptz,
    undone_by        uuid,
    errors_fetched_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, code),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
create index imports_by_unit on imports (tenant_id, unit_id, staged_at);
select vx_guard('imports', 'select, insert, update');

-- Its rows, sealed until they are on record or time is up; then only what became of each.
create table import_rows (
    tenant_id    uuid not null,
    import_id    uuid not null,
    line         integer not null,
    state        text not null check (state in ('good', 'error', 'known', 'done', 'failed', 'undone', 'expired')),
    -- keyed hash of all that the row says: the same row in another file is known again
    row_hash     bytea not null,
    ward_id      uuid,
    positive     boolean not null,
    body         bytea,
    -- [[field, message key], …] of a broken row
    faults       jsonb,
    person_id    uuid,
    made_person  boolean not null default false,
    case_id      uuid,
    result_id    uuid,
    -- the matter that rang for the row
    matter_id    uuid,
    primary key (tenant_id, import_id, line),
    foreign key (tenant_id, import_id) references imports (tenant_id, id),
    foreign key (tenant_id, person_id) references people (tenant_id, id)
);
create index import_rows_waiting on import_rows (tenant_id, import_id, positive, ward_id, line) where state = 'good';
create index import_rows_by_hash on import_rows (tenant_id, row_hash) where state in ('known', 'done');
select vx_guard('import_rows', 'select, insert, update');

-- Which column means what in the lists of a unit, as somebody there agreed.
create table import_mappings (
    tenant_id   uuid not null,
    unit_id     uuid not null,
    kind        text not null,
    mapping     jsonb not null,
    updated_at  timestamptz not null,
    updated_by  uuid,
    primary key (tenant_id, unit_id, kind),
    foreign key (tenant_id, unit_id) references units (tenant_id, id)
);
select vx_guard('import_mappings', 'select, insert, update');
