-- How often anybody has looked at what waits. Whoever took the last turn, too, knows what has been scanned since and
-- need not read it again.
alter table checkin_folds add column turns bigint not null default 0;
