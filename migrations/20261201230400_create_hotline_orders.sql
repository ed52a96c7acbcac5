-- What the desk asks of a call that talks. The process that holds the call reads it in this order, and says what came
-- of it.
create table hotline_orders (
    tenant_id   uuid not null,
    call_id     uuid not null,
    -- in the order in which they were given, from 1
    place       smallint not null check (place > 0),
    kind        text not null check (kind in ('hold', 'resume', 'transfer', 'listen')),
    -- to whom the call is passed on
    to_staff_id uuid,
    to_unit_id  uuid,
    asked_by    uuid not null,
    -- who talked with the caller then
    operator_id uuid,
    asked_at    timestamptz not null,
    done_at     timestamptz,
    -- why it could not be done
    fault       text check (fault in ('over', 'changed', 'away', 'not_taken', 'network', 'no_phone')),
    primary key (tenant_id, call_id, place),
    foreign key (tenant_id, call_id) references hotline_calls (tenant_id, call_id),
    foreign key (tenant_id, to_staff_id) references staff (tenant_id, id),
    foreign key (tenant_id, to_unit_id) references units (tenant_id, id),
    foreign key (tenant_id, asked_by) references staff (tenant_id, id),
    check (fault is null or done_at is not null),
    check ((kind = 'transfer') = (to_staff_id is not null or to_unit_id is not null))
);
select vx_guard('hotline_orders', 'select, insert, update');
-- They were jobs, which any process took.
delete from jobs where kind in ('hotline.transfer', 'hotline.hold', 'hotline.listen');
