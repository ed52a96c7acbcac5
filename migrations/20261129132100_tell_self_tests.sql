-- What a household tells of a test it made itself is suspected until staff has seen it; and two results
-- of one day that say otherwise name each other.
alter table test_results
    add column told_by_household_id uuid,
    -- the picture of the cassette
    add column file_id      uuid,
    add column ticket_id    uuid,
    add column seen_at      timestamptz,
    add column seen_by      uuid,
    add column seen_as      text check (seen_as in ('confirmed', 'refused', 'pcr_ordered', 'noted')),
    add column clashes_with uuid,
    add foreign key (tenant_id, told_by_household_id) references households (tenant_id, id),
    add foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    add foreign key (tenant_id, clashes_with) references test_results (tenant_id, id),
    add check ((seen_at is null) = (seen_as is null));
create index test_results_to_see on test_results (tenant_id, recorded_at, id)
    where told_by_household_id is not null and seen_at is null and withdrawn_at is null;
create index test_results_told_by on test_results (tenant_id, told_by_household_id, recorded_at)
    where told_by_household_id is not null;
create index test_results_by_ticket on test_results (tenant_id, ticket_id) where ticket_id is not null;
