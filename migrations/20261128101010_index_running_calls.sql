-- Looked through every few seconds for calls that were lost.
create index attempts_running_calls on attempts (tenant_id, id) where ended_at is null and channel = 'call';
