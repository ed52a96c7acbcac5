-- How many passes there are, by kind and standing, as it was counted last: the board asks this and not the passes.
create table pass_counts (
    tenant_id   uuid not null,
    -- as in passes
    kind        smallint not null,
    standing    text not null check (standing in ('good', 'suspended', 'revoked', 'replaced')),
    n           bigint not null,
    counted_at  timestamptz not null,
    primary key (tenant_id, kind, standing)
);
select vx_guard('pass_counts', 'select, insert, update');
