-- Whether somebody talks already is asked before each call of a ladder: whatever else rings him is not looked at.
create index attempts_talking on attempts (tenant_id, staff_id)
    where ended_at is null and channel = 'call' and answered_at is not null;
