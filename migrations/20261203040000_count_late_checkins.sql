-- Since then somebody has been inside of the gate all the while: a scan of a later time that comes late is counted
-- without walking the day anew. Empty where nobody is inside, or nobody knows.
alter table checkin_gates add column filled_at timestamptz;
