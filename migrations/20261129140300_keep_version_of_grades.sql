-- The version of f0.home_care that graded a contact.
alter table follow_contacts add column rule_version integer;
create index follow_contacts_by_day on follow_contacts (tenant_id, at) include (household_id, grade, rule_version) where outcome = 'reached';
