-- Lists of contacts and of streets: what a row put on record besides people and cases, so that a list is taken
-- back exactly as it went in.
alter table import_rows
    -- the contact, or the stretch of a street, that the row made or changed
    add column contact_id uuid,
    add column street_id  uuid,
    -- what stood there before the row changed it
    add column before     jsonb;
create index import_rows_contacts on import_rows (tenant_id, import_id) where contact_id is not null;

-- In the words of the list: where and how somebody was near the case; sealed.
alter table contacts add column relation bytea;
-- A list that is taken back leaves no contact behind whom nobody but the list has named.
grant delete on contacts to vx_app;

-- The list of streets that told in which khu phố or tổ somebody lives; empty where his address or a person says
-- it.
alter table people add column placed_by uuid;
create index people_placed_by on people (tenant_id, placed_by) where placed_by is not null;
alter table households add column placed_by uuid;
create index households_placed_by on households (tenant_id, placed_by) where placed_by is not null;
