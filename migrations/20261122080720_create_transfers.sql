-- The day from which a unit's boundary is drawn: a reform draws it anew.
alter table unit_places add column boundary_from date;

-- A reform inside the tenant, decided before its day; on the day the open tickets follow.
create table unit_transfers (
    tenant_id   uuid not null,
    id          uuid not null,
    on_date     date not null,
    citation    text not null,
    created_at  timestamptz not null,
    created_by  uuid,
    done_at     timestamptz,
    primary key (tenant_id, id)
);
select vx_guard('unit_transfers', 'select, insert, update');
