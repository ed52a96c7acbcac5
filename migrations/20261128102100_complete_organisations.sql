-- What an organisation needs to owe an answer: a code, whom to turn to, and its days. A household
-- business bears its owner's personal number as tax code, so that is sealed like a person's.
drop index organisations_by_tax_code;
alter table organisations
    drop column tax_code,
    drop column contact_id,
    add column code          text not null,
    -- sealed; the index is a keyed hash for exact look-up
    add column tax_code      bytea,
    add column tax_index     bytea,
    add column contact_name  bytea,
    add column phone         bytea,
    add column email         bytea,
    add column active_from   date not null,
    -- the last day; tickets can be opened no more after it
    add column active_until  date;
create unique index organisations_by_code on organisations (tenant_id, code);
create unique index organisations_by_tax_index on organisations (tenant_id, tax_index);
