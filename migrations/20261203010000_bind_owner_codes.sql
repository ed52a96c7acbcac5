-- A code waits for the browser that asked for it and for no other: whoever stands before a shop's poster can use up
-- the tries of his own code alone.
alter table gate_owner_codes
    -- keyed hash of what the asking browser holds; of codes from before, nobody's
    add column asker bytea not null default '\x',
    -- keyed hash of the address that asked
    add column source bytea not null default '\x';
alter table gate_owner_codes
    alter column asker drop default,
    alter column source drop default;
create index gate_owner_codes_by_gate on gate_owner_codes (tenant_id, gate_id, made_at);
