-- When the end of a post was written down: who stood on duty until then has stood.
alter table posts add column ended_at timestamptz;
