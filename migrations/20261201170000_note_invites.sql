-- When a call left for the telephone network. Between it and the ringing lie seconds that are the carrier's.
alter table attempts add column invited_at timestamptz;
