-- Whoever is fetched into a robot's call is a purpose of its own; what was written before stays as it stands.
alter table calls drop constraint calls_purpose_check;
alter table calls add constraint calls_purpose_check
    check (purpose in ('care', 'fetched', 'hotline', 'call_back', 'desk', 'test'));
create index calls_tried on calls (tenant_id, staff_id, began_at) where purpose = 'test';
