-- A plan that was closed because of what became of its case opens again when the case comes home; one
-- that somebody closed stays closed.
alter table follow_plans add column closed_by_case boolean not null default false;
