-- Lists of more kinds and sizes: people and doses beside results, and files that wait for a job to read
-- them, in transactions so short that nobody waits for a list.
alter table imports
    drop constraint imports_kind_check,
    add constraint imports_kind_check
        check (kind in ('results', 'people', 'vaccinations', 'contacts', 'streets', 'history')),
    drop constraint imports_state_check,
    add constraint imports_state_check
        check (state in ('reading', 'unreadable', 'staged', 'applying', 'applied', 'undoing', 'undone', 'expired')),
    -- rows read so far; `rows` is an estimate until all are
    add column read_rows integer not null default 0,
    -- message key of what stopped the reading
    add column fault text,
    -- kept with each step, so that no page counts the rows of a long list; `known` is kept so too
    add column good   integer not null default 0,
    add column done   integer not null default 0,
    -- people made, people found on record, pairs that may be one person: foreseen while the list is
    -- checked, counted while it is put on record
    add column made    integer not null default 0,
    add column matched integer not null default 0,
    add column pairs   integer not null default 0;

-- Row security is forced on the owner too: without these lines the update would find no row, silently.
alter table imports no force row level security;
alter table import_rows no force row level security;
update imports i set read_rows = i.rows, good = r.good, done = r.done, known = r.known
from (select tenant_id, import_id,
             count(*) filter (where state = 'good') as good,
             count(*) filter (where state = 'done') as done,
             count(*) filter (where state = 'known') as known
      from import_rows group by tenant_id, import_id) r
where r.tenant_id = i.tenant_id and r.import_id = i.id;
alter table imports force row level security;
alter table import_rows force row level security;

-- Which lists also name somebody whom another list has made.
create index import_rows_naming on import_rows (tenant_id, person_id) where person_id is not null and not made_person;

-- The bytes of a file until they have been read: sealed, gone with the reading.
create table import_files (
    tenant_id  uuid not null,
    import_id  uuid not null,
    part       integer not null,
    body       bytea not null,
    primary key (tenant_id, import_id, part),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
);
select vx_guard('import_files', 'select, insert, delete');
