-- What the planner knows of tables that a list has just filled. The database looks by itself once a minute;
-- until then it plans for an empty table, and a list of 100,000 rows is read through from its beginning again
-- and again. Whoever writes thousands of rows asks here: tables that have doubled since they were last looked
-- at are looked at now. Statistics are the owner's to make, so this acts as the owner, for the tables named
-- and for nothing else; a table that somebody else looks at just now is left to him.
create function vx_keep_statistics(names text[]) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    grown name;
begin
    for grown in
        select c.relname from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname = any (names)
          and pg_relation_size(c.oid) / current_setting('block_size')::int > 2 * greatest(c.relpages, 0) + 10
    loop
        execute format('analyze (skip_locked) public.%I', grown);
    end loop;
end
$$;
revoke execute on function vx_keep_statistics(text[]) from public;
grant execute on function vx_keep_statistics(text[]) to vx_app;
