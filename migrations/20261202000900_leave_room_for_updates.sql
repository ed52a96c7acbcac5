-- What a network tells of a call, and what a climb moves, is written into the page where the row stands: none of
-- it is indexed, so no index is touched either.
alter table attempts set (fillfactor = 70);
alter table tickets set (fillfactor = 80);
