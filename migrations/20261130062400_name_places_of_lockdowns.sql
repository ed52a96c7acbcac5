-- The outbreak place for which a point was made.
alter table lockdowns
    add column place_id uuid,
    add foreign key (tenant_id, place_id) references places (tenant_id, id);
create index lockdowns_by_place on lockdowns (tenant_id, place_id) where place_id is not null;
