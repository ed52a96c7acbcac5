-- A report told on the telephone has no point: the keyed hash of its address says what may be the same thing.
alter table reports add column address_index bytea;
create index reports_at_address on reports (tenant_id, ward_id, category, address_index, received_at)
    where address_index is not null;
-- How far apart two reports are is not known where one of them has no point.
alter table report_duplicates alter column metres drop not null;
