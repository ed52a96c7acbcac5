-- Scans at gates, for 28 days: who was at which gate, when, and what the gate showed. They are the hottest table
-- of the house, so a row is narrow and nothing hangs on it: no foreign key to gates and devices (each scan would
-- lock and look up two rows that every other scan of the hour touches too; the door has just read both), and two
-- indexes that grow at their ends. The key is the uuid v7 that the device gave the scan, so a scan that is sent
-- again is the same row; its time decides in which week's part the row lies.
create table checkins (
    tenant_id  uuid not null,
    id         uuid not null,
    gate_id    uuid not null,
    -- empty where somebody checked himself in by a poster
    device_id  uuid,
    -- by the device's clock, corrected; when the server received it, where that clock is not to be believed
    at         timestamptz not null,
    -- hours since 1970 of `at`
    hour       integer not null,
    -- looked at closely, as one in so many
    picked_of  smallint,
    -- the device's clock was not believed
    doubted    boolean not null,
    direction  text not null check (direction in ('in', 'out')),
    by         text not null check (by in ('pass', 'certificate', 'code', 'identity', 'hand')),
    colour     text not null check (colour in ('green', 'yellow', 'red')),
    -- the pass's own number, which says nothing about its holder; of anything else the keyed hash
    number     bytea,
    -- one byte each: the numbers of the list in the program, to which is only added
    reasons    bytea,
    -- the version of the rules that gave the colour
    rules      text,
    primary key (tenant_id, id)
) partition by range (id);
-- Who was at this gate between t1 and t2. A gate's id is no other tenant's, so the tenant need not lead.
create index checkins_by_gate on checkins (gate_id, at);
-- Where a pass was around an hour. The hour leads, so that a random number is entered near the others of its hour
-- and the cost of a row does not grow with what is stored.
create index checkins_by_number on checkins (hour, number) where number is not null;
-- Rows are reached through this table, whose policy then holds; nothing is granted on the parts.
select vx_guard('checkins', 'select, insert, delete');

-- The first id of a day, by UTC.
create function vx_first_checkin(day date) returns uuid language sql immutable strict as $$
    select (lpad(to_hex(extract(epoch from day)::bigint * 1000), 12, '0') || repeat('0', 20))::uuid
$$;

-- Parts are the owner's to make and to drop; the program works as vx_app, so it asks these two functions, which
-- know the table's name and nothing else. A part is made beside the table and then attached: that does not wait
-- for those who write, and does not make them wait. Security is on for the part too, without a policy: whoever
-- reached it directly would see nothing.
create function vx_make_checkin_weeks(first timestamptz, last timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set lock_timeout = '2s' as $$
declare
    week date := date_trunc('week', first at time zone 'UTC')::date;
    part name;
    made integer := 0;
begin
    if last - first > interval '1 year' then
        raise exception 'more weeks than anybody needs';
    end if;
    lock table public.checkins in share update exclusive mode;
    while week <= (last at time zone 'UTC')::date loop
        part := 'checkins_w' || to_char(week, 'YYYYMMDD');
        if to_regclass('public.' || part) is null then
            execute format('create table public.%I (like public.checkins including all)', part);
            execute format('alter table public.%I enable row level security, force row level security', part);
            execute format('alter table public.checkins attach partition public.%I for values from (%L) to (%L)',
                           part, public.vx_first_checkin(week), public.vx_first_checkin(week + 7));
            made := made + 1;
        end if;
        week := week + 7;
    end loop;
    return made;
end
$$;

-- Drops the weeks that had ended by then.
create function vx_drop_checkin_weeks(before timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set lock_timeout = '2s' as $$
declare
    part name;
    dropped integer := 0;
begin
    for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'public.checkins'::regclass and c.relname ~ '^checkins_w[0-9]{8}$'
          and to_date(substr(c.relname, 11), 'YYYYMMDD') + 7 <= (before at time zone 'UTC')::date
    loop
        execute format('drop table public.%I', part);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;
revoke execute on function vx_first_checkin(date), vx_make_checkin_weeks(timestamptz, timestamptz),
    vx_drop_checkin_weeks(timestamptz) from public;
grant execute on function vx_make_checkin_weeks(timestamptz, timestamptz),
    vx_drop_checkin_weeks(timestamptz) to vx_app;

-- What has been written and not yet been looked at: the rows of a batch, committed with them. Whoever looks takes
-- the rows of this table away with what he found, so that each scan is counted once, in whatever order batches
-- were committed and whoever died in between.
create table checkin_batches (
    tenant_id  uuid not null,
    id         uuid not null,
    part       integer not null,
    keys       uuid[] not null,
    primary key (tenant_id, id, part)
);
-- Random bytes do not get smaller.
alter table checkin_batches alter column keys set storage external;
select vx_guard('checkin_batches', 'select, insert, delete');

-- One who looks at a time; when he last did.
create table checkin_folds (
    tenant_id  uuid primary key,
    folded_at  timestamptz not null
);
select vx_guard('checkin_folds', 'select, insert, update');
