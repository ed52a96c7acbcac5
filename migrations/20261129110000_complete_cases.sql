-- When an illness began and how it ended, since when it is severe, and which house treats it.
alter table cases
    add column onset_on     date,
    add column outcome      text check (outcome in ('recovered', 'died', 'left_district')),
    add column outcome_on   date,
    add column outcome_at   timestamptz,
    add column outcome_by   uuid,
    add column severe_since timestamptz,
    add column facility_id  uuid,
    add foreign key (tenant_id, facility_id) references units (tenant_id, id),
    add check ((outcome is null) = (outcome_on is null));
create index cases_in_care on cases (tenant_id, care, ward_id) include (severe_since)
    where classification = 'confirmed' and outcome is null and withdrawn_at is null;
