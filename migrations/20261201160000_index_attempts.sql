-- The record of calls over a period, and one official's own: neither reads what lies before it.
create index attempts_by_start on attempts (tenant_id, started_at);
create index attempts_by_staff on attempts (tenant_id, staff_id, started_at) where staff_id is not null;
