-- A result that is of nobody for certain, or of two people, waits for a person to say whose it is.
alter table import_rows
    drop constraint if exists import_rows_state_check;
alter table import_rows
    add constraint import_rows_state_check
        check (state in ('good', 'error', 'known', 'done', 'failed', 'unmatched', 'undone', 'expired'));
create index import_rows_unmatched on import_rows (tenant_id, import_id, line) where state = 'unmatched';
alter table imports
    add column unmatched_ticket_id uuid,
    add foreign key (tenant_id, unmatched_ticket_id) references tickets (tenant_id, id);
