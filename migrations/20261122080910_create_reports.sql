-- What residents report, from whatever channel: one intake record.
create table reports (
    tenant_id        uuid not null,
    id               uuid not null,
    -- the tracking code: a keyed hash to find it by, and sealed so that an operator can print it again
    code_index       bytea not null,
    code             bytea not null,
    -- keyed hash of channel and idempotency key: the same submission twice is one report
    key_index        bytea not null,
    channel          text not null check (channel in ('web', 'phone', 'counter', '1022', 'sms', 'email', 'zalo', 'api')),
    external_code    text,
    category         text not null,
    ward_id          uuid not null,
    lat              double precision,
    lon              double precision,
    -- sealed: what people wrote, and who they are
    address          bytea,
    details          bytea not null,
    reporter_name    bytea,
    phone            bytea,
    phone_index      bytea,
    anonymous        boolean not null,
    -- keyed hash of the address it came from, and how many came from there in the hour before
    source_index     bytea,
    source_rate      integer not null default 0,
    received_at      timestamptz not null,
    by_staff         uuid,
    matter_id        uuid,
    -- the ticket that answers it; a merged report follows the other one's
    ticket_id        uuid,
    merged_into      uuid,
    -- kept in step with the ticket, for lists
    state            text not null check (state in ('received', 'in_progress', 'answered', 'closed', 'reopened')),
    unit_id          uuid,
    due_at           timestamptz,
    overdue          boolean not null default false,
    with_leader      boolean not null default false,
    reopened         smallint not null default 0,
    answered_at      timestamptz,
    rating           smallint check (rating between 1 and 5),
    satisfied        boolean,
    rated_at         timestamptz,
    moderated_at     timestamptz,
    moderated_by     uuid,
    -- why the words are hidden, sealed; the words themselves stay
    moderation       bytea,
    primary key (tenant_id, id),
    unique (tenant_id, code_index),
    unique (tenant_id, key_index),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, unit_id) references units (tenant_id, id),
    foreign key (tenant_id, by_staff) references staff (tenant_id, id),
    foreign key (tenant_id, matter_id) references matters (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    foreign key (tenant_id, merged_into) references reports (tenant_id, id),
    check ((lat is null) = (lon is null)),
    check (not anonymous or (reporter_name is null and phone is null))
);
create index reports_by_due on reports (tenant_id, due_at, id);
create index reports_by_unit on reports (tenant_id, unit_id, due_at, id);
create index reports_by_ward on reports (tenant_id, ward_id, due_at, id);
create index reports_by_ticket on reports (tenant_id, ticket_id);
create index reports_by_time on reports (tenant_id, received_at);
create index reports_near on reports (tenant_id, category, received_at) where lat is not null;
create index reports_by_phone on reports (tenant_id, phone_index, received_at) where phone_index is not null;
create index reports_by_source on reports (tenant_id, source_index, received_at) where source_index is not null;
select vx_guard('reports', 'select, insert, update');

-- What the citizen is told, in order: progress and answers.
create table report_replies (
    tenant_id  uuid not null,
    id         uuid not null,
    report_id  uuid not null,
    kind       text not null check (kind in ('progress', 'answer')),
    body       bytea not null,
    -- a picture or paper that proves it
    file_id    uuid,
    unit_id    uuid,
    at         timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, report_id) references reports (tenant_id, id),
    foreign key (tenant_id, file_id) references files (tenant_id, id)
);
create index report_replies_by_report on report_replies (tenant_id, report_id, id);
select vx_guard('report_replies', 'select, insert');

-- Open reports of the same category near in place and time: perhaps the same thing.
create table report_duplicates (
    tenant_id     uuid not null,
    report_id     uuid not null,
    -- the earlier one
    candidate_id  uuid not null,
    metres        integer not null,
    seconds       bigint not null,
    state         text not null check (state in ('suggested', 'merged', 'refused')),
    decided_at    timestamptz,
    decided_by    uuid,
    primary key (tenant_id, report_id, candidate_id),
    foreign key (tenant_id, report_id) references reports (tenant_id, id),
    foreign key (tenant_id, candidate_id) references reports (tenant_id, id)
);
create index report_duplicates_by_candidate on report_duplicates (tenant_id, candidate_id);
select vx_guard('report_duplicates', 'select, insert, update');
