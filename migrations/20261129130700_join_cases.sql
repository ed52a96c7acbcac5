-- Two cases of one illness of a person who was on record twice: one of them counts. Taken back by clearing it.
alter table cases
    add column same_as uuid,
    add foreign key (tenant_id, same_as) references cases (tenant_id, id),
    add check (same_as is distinct from id);
create index cases_same_as on cases (tenant_id, same_as) where same_as is not null;
