-- The owner of a shop shows who he is by a code sent to the telephone on record of his organisation.
create table gate_owner_codes (
    tenant_id       uuid not null,
    id              uuid not null,
    gate_id         uuid not null,
    organisation_id uuid not null,
    -- keyed hash of the six digits together with the id
    code            bytea not null,
    made_at         timestamptz not null,
    expires_at      timestamptz not null,
    tries           smallint not null default 0,
    -- set when the right digits came: keyed hash of what his browser holds from then on
    key             bytea,
    key_until       timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, key),
    foreign key (tenant_id, gate_id) references gates (tenant_id, id),
    foreign key (tenant_id, organisation_id) references organisations (tenant_id, id)
);
create index gate_owner_codes_by_organisation on gate_owner_codes (tenant_id, organisation_id, made_at);
select vx_guard('gate_owner_codes', 'select, insert, update, delete');
