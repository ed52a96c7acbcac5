-- A bell that no browser showed is no missed call where the telephone had no network: nothing rang anywhere.
-- Otherwise as before.
-- A call as the record counts it: one person rung on one level of one ticket, by desk and telephone together,
-- with how it ended. One place says what counts against nobody; figures and lists read it. It asks with the
-- rights of whoever calls it. `units`, `official` and `files` narrow nothing when they are null.
create or replace function vx_called(of_tenant uuid, since timestamptz, until timestamptz, units uuid[], official uuid, files uuid[])
returns table (
    ticket_id uuid, level smallint, round smallint, unit_id uuid, staff_id uuid, started_at timestamptz, attempts bigint,
    phone boolean, desk boolean, invited_at timestamptz, ringing_at timestamptz, answered_at timestamptz,
    ended_at timestamptz, accepted_at timestamptz, ending text
)
language sql stable as $$
    with rung as (
      select ticket_id, level, round, unit_id, staff_id, started_at,
             count(*) filter (where channel <> 'none') as attempts,
             bool_or(channel = 'call' and (ringing_at is not null or answered_at is not null)) as phone,
             bool_or(channel = 'desk' and (ringing_at is not null or answered_at is not null)) as desk,
             min(invited_at) as invited_at, min(ringing_at) as ringing_at, min(answered_at) as answered_at,
             max(ended_at) as ended_at, min(ended_at) filter (where outcome = 'accepted') as accepted_at,
             case when bool_or(outcome = 'accepted') then 'accepted'
                  when bool_or(outcome = 'passed_up') then 'passed_up'
                  when bool_or(outcome = 'nobody') or staff_id is null then 'nobody'
                  when bool_or(ended_at is null) then 'running'
                  when bool_or(outcome = 'withdrawn') then 'withdrawn'
                  when bool_or(outcome = 'taken') then 'taken'
                  when bool_or(outcome = 'engaged') then 'engaged'
                  when bool_or(outcome = 'no_channel') then 'no_channel'
                  when bool_or(outcome = 'heard_not_accepted') then 'heard_not_accepted'
                  -- what our own side of the network refused says nothing of the person (`tickets::missed`)
                  when bool_or(outcome = 'rejected' and (ringing_at is not null or sip_code is null
                               or not (sip_code in (401, 403, 407, 408, 488) or sip_code between 500 and 599)))
                       then 'rejected'
                  when bool_or(outcome = 'busy') then 'busy'
                  when bool_or(outcome = 'unreachable' and (channel <> 'call' or ringing_at is not null
                               or sip_code not in (401, 403, 407, 408, 488) and sip_code not between 500 and 599))
                       then 'unreachable'
                  when bool_or(outcome = 'not_answered' and (channel <> 'desk' or ringing_at is not null)) then 'not_answered'
                  -- a bell that no desk ever showed, beside a telephone for which there was no network
                  when bool_or(outcome = 'not_answered')
                       and not bool_or(channel = 'call' and ringing_at is null
                                       and (outcome = 'no_network'
                                            or outcome in ('unreachable', 'rejected')
                                               and (sip_code is not null or invited_at is not null)))
                       then 'not_answered'
                  else 'no_network' end as own
      from attempts
      where tenant_id = of_tenant and started_at >= since and started_at < until and tone = 'ring' and channel not in ('email', 'sms', 'push')
        and (units::uuid[] is null or unit_id = any(units)) and (official::uuid is null or staff_id = official)
        and (files::uuid[] is null or ticket_id = any(files))
      group by ticket_id, level, round, unit_id, staff_id, started_at),
    called as materialized (
      -- only a level that went by without being accepted was missed by anyone
      select r.*,
             case when r.own not in ('heard_not_accepted', 'rejected', 'busy', 'unreachable', 'not_answered') then r.own
                  when exists (select from attempts o
                               where o.tenant_id = of_tenant and o.ticket_id = r.ticket_id and o.started_at = r.started_at
                                 and o.level = r.level and o.outcome in ('accepted', 'taken', 'withdrawn')) then 'taken'
                  when exists (select from attempts o
                               where o.tenant_id = of_tenant and o.ticket_id = r.ticket_id and o.started_at = r.started_at
                                 and o.level = r.level and o.ended_at is null
                                 and o.channel not in ('email', 'sms', 'push')) then 'running'
                  else r.own end as ending
      from rung r)
    select c.ticket_id, c.level, c.round, c.unit_id, c.staff_id, c.started_at, c.attempts, c.phone, c.desk, c.invited_at,
           c.ringing_at, c.answered_at, c.ended_at, c.accepted_at, c.ending
    from called c
$$;
