-- The calls of one window of a day to the households whose diary is due then.
create table care_campaigns (
    tenant_id    uuid not null,
    id           uuid not null,
    on_day       date not null,
    -- its place among the windows of the rule, from 0
    window_no    smallint not null check (window_no between 0 and 9),
    opens_at     timestamptz not null,
    closes_at    timestamptz not null check (closes_at > opens_at),
    -- no other window of the day comes after it
    is_last      boolean not null,
    rule_version integer not null,
    made_at      timestamptz not null,
    paused_at    timestamptz,
    paused_by    uuid,
    stopped_at   timestamptz,
    stopped_by   uuid,
    primary key (tenant_id, id),
    unique (tenant_id, on_day, window_no)
);
select vx_guard('care_campaigns', 'select, insert, update');

-- One household of a campaign.
create table care_calls (
    tenant_id           uuid not null,
    id                  uuid not null,
    campaign_id         uuid not null,
    household_id        uuid not null,
    -- in the order of the morning list, from 0
    place               integer not null,
    state               text not null check (state in ('waiting', 'calling', 'reached', 'flagged', 'refused', 'handed', 'written', 'unreached', 'uncalled', 'no_number', 'moved')),
    -- not dialled before
    next_at             timestamptz not null,
    -- calls of the day that brought no whole answer
    unanswered          smallint not null default 0,
    -- the call that runs, or ran last, and until when its process is believed to live
    call_id             uuid,
    held_until          timestamptz,
    -- who is asked, in the order of the first call, and what has been answered (sealed)
    people              uuid[] not null default '{}',
    answers             bytea,
    -- since when it stands on the care team's list
    listed_at           timestamptz,
    visit_ticket_id     uuid,
    call_back_ticket_id uuid,
    over_at             timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, campaign_id, household_id),
    foreign key (tenant_id, campaign_id) references care_campaigns (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, visit_ticket_id) references tickets (tenant_id, id),
    foreign key (tenant_id, call_back_ticket_id) references tickets (tenant_id, id)
);
create index care_calls_waiting on care_calls (tenant_id, campaign_id, place) where state = 'waiting';
create index care_calls_by_call on care_calls (tenant_id, call_id) where call_id is not null;
create index care_calls_by_household on care_calls (tenant_id, household_id, id);
-- No household is called twice at once.
create unique index care_calls_calling on care_calls (tenant_id, household_id) where state = 'calling';
select vx_guard('care_calls', 'select, insert, update');

-- Each try to reach a household, and what it came to.
create table care_call_tries (
    tenant_id    uuid not null,
    call_id      uuid not null,
    care_call_id uuid not null,
    household_id uuid not null,
    dialled_at   timestamptz not null,
    answered_at  timestamptz,
    ended_at     timestamptz,
    came         text check (came in ('completed', 'partial', 'flagged', 'refused', 'handed_over', 'silent', 'hung_up', 'busy', 'rejected', 'unreachable', 'no_answer', 'lost', 'no_line', 'written')),
    primary key (tenant_id, call_id),
    foreign key (tenant_id, care_call_id) references care_calls (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    check ((ended_at is null) = (came is null))
);
create index care_call_tries_by_row on care_call_tries (tenant_id, care_call_id, dialled_at);
create index care_call_tries_by_household on care_call_tries (tenant_id, household_id, dialled_at desc);
select vx_guard('care_call_tries', 'select, insert, update');

-- What holds for a household whatever the campaign: that it was told who will call, and that nobody shall.
create table care_call_homes (
    tenant_id    uuid not null,
    household_id uuid not null,
    announced_at timestamptz,
    text_id      uuid,
    paused_at    timestamptz,
    paused_by    uuid,
    primary key (tenant_id, household_id),
    foreign key (tenant_id, household_id) references households (tenant_id, id)
);
select vx_guard('care_call_homes', 'select, insert, update');
