-- What a household that may not go out has asked for; its ward brings it.
create table care_needs (
    tenant_id    uuid not null,
    id           uuid not null,
    household_id uuid not null,
    -- the form it came in: sent twice, it is one
    form_key     uuid not null,
    items        text[] not null,
    note         bytea,
    asked_at     timestamptz not null,
    asked_by     uuid,
    channel      text not null check (channel in ('household', 'staff')),
    ticket_id    uuid,
    met_at       timestamptz,
    met_by       uuid,
    primary key (tenant_id, id),
    unique (tenant_id, household_id, form_key),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id)
);
create index care_needs_by_household on care_needs (tenant_id, household_id, asked_at desc);
select vx_guard('care_needs', 'select, insert, update');
