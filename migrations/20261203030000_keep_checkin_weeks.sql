-- The cut-off of vx_drop_checkin_weeks comes from outside, and a wrong one must not cost what tracing needs. What time
-- it is the function cannot ask: the clock of the program is not the database's in tests and in the demo. It goes by
-- what is stored instead. Rows are nobody's here (the owner sees none of them), but sizes are: a part that takes no
-- room holds nothing.
--   * The newest week that takes room stays, and every later one, whatever the cut-off.
--   * A week that takes room goes only when two whole weeks lie between its end and the newest one's beginning.
--   * At most one such week goes in a call, the oldest; weeks that take no room go with it.
-- What stays longer by this is not kept longer: forgotten days are deleted row by row in any case.
create or replace function vx_drop_checkin_weeks(before timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set lock_timeout = '2s' as $$
declare
    last date := (before at time zone 'UTC')::date;
    newest date;
    part record;
    is_one_gone boolean := false;
    dropped integer := 0;
begin
    select max(to_date(substr(c.relname, 11), 'YYYYMMDD')) into newest
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.checkins'::regclass and c.relname ~ '^checkins_w[0-9]{8}$'
      and pg_relation_size(c.oid) > 0;
    for part in
        select w.name, w.week, w.holds
        from (select c.relname as name, to_date(substr(c.relname, 11), 'YYYYMMDD') as week,
                     pg_relation_size(c.oid) > 0 as holds
              from pg_inherits i join pg_class c on c.oid = i.inhrelid
              where i.inhparent = 'public.checkins'::regclass and c.relname ~ '^checkins_w[0-9]{8}$') w
        where w.week + 7 <= last and w.week < newest and (not w.holds or w.week + 21 <= newest)
        order by w.week
    loop
        if part.holds then
            continue when is_one_gone;
            is_one_gone := true;
        end if;
        execute format('drop table public.%I', part.name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;
