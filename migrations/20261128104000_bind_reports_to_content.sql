-- A key asks for the code of the report it made; only together with the same content does it get it.
alter table reports add column content_index bytea;
