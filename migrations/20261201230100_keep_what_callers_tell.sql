-- What a caller has told by keys so far: his process may die, or the database be away, before it is a ticket. It is
-- gone with the end of the call.
alter table hotline_calls add column told bytea;
