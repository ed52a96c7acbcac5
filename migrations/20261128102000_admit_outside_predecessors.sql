-- A unit may have taken over from one that was never of this tenant (a ward of the district that
-- ended): known by the state's code then in force and its name.
alter table unit_successions
    alter column from_id drop not null,
    add column from_code text,
    add column from_name text,
    add check (from_id is not null or from_name is not null);
