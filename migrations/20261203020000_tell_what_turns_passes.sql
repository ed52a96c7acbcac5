-- What turned a pass back: a case, an F1's plan, a place that is closed off or stopped, the end of a business.
alter table passes add column suspended_by text
    check (suspended_by in ('case', 'plan', 'lockdown', 'place', 'organisation'));
-- Row security is forced on the owner too: without these lines the update would find no row, silently.
alter table passes no force row level security;
update passes set suspended_by = 'case' where suspended_at is not null;
alter table passes force row level security;
alter table passes
    add check ((suspended_at is null) = (suspended_by is null)),
    add check ((suspended_by is null) = (suspended_for is null));
-- Which places are a business's.
create index places_by_organisation on places (tenant_id, organisation_id) where organisation_id is not null;
-- Whose pass stays turned back gets no good one in its stead.
create index passes_ever_of_household on passes (tenant_id, household_id) where household_id is not null;
create index gates_by_place on gates (tenant_id, place_id) where place_id is not null;
-- What a lockdown keeps turned back.
create index passes_by_cause on passes (tenant_id, suspended_for) where suspended_for is not null;

-- How far the slow look over all passes has come. It meets what no event tells of, and what was so before passes
-- followed it: events of before are not read again.
create table pass_looks (
    tenant_id uuid not null,
    -- the last that was looked at; null: the next look begins with the first
    looked_to uuid,
    primary key (tenant_id)
);
select vx_guard('pass_looks', 'select, insert, update');
