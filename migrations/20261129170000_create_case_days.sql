-- What a district counts of its epidemic, added up from sealed events in the transaction that moves
-- the cursor of `health.numbers`: exactly once, and rebuilt from the events to the same numbers. What
-- happens on a day stands as its number; what stands on a day (in care, severe, followed) as its change,
-- so that the sum up to a day is how it stood then.
create table case_days (
    tenant_id  uuid not null,
    measure    text not null,
    day        date not null,
    ward_id    uuid not null,
    n          bigint not null,
    primary key (tenant_id, measure, day, ward_id)
);
select vx_guard('case_days', 'select, insert, update, delete');

-- What the counting has to remember between two events of one case, plan or list.
create table counted_objects (
    tenant_id  uuid not null,
    object_id  uuid not null,
    -- where it stands; the unit of zeros for a list
    ward_id    uuid not null,
    body       jsonb not null,
    primary key (tenant_id, object_id)
);
create index counted_objects_by_ward on counted_objects (tenant_id, ward_id);
select vx_guard('counted_objects', 'select, insert, update, delete');
