-- The gazetteer of a ward: its streets, the alleys off them and its apartment blocks, and in which khu phố
-- or tổ dân phố their houses lie.
create table streets (
    tenant_id    uuid not null,
    id           uuid not null,
    ward_id      uuid not null,
    kind         text not null check (kind in ('street', 'alley', 'block')),
    name         text not null,
    -- the name as it is looked up: without marks, without the word that announces it
    search       text not null,
    -- the street an alley leaves
    parent_id    uuid,
    -- house numbers of this stretch, both ends in it; open where null
    from_number  integer,
    to_number    integer,
    quarter_id   uuid,
    import_id    uuid,
    added_at     timestamptz not null,
    ended_at     timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, quarter_id) references units (tenant_id, id),
    foreign key (tenant_id, parent_id) references streets (tenant_id, id),
    check (from_number <= to_number)
);
create unique index streets_once on streets
    (tenant_id, ward_id, kind, search, coalesce(parent_id, '00000000-0000-0000-0000-000000000000'), coalesce(from_number, 0));
create index streets_by_name on streets (tenant_id, ward_id, search text_pattern_ops) where ended_at is null;
select vx_guard('streets', 'select, insert, update');
