-- The code with which somebody reads his own record and asks for its correction: a keyed hash to find it
-- by, sealed so that it can be printed again while it holds.
create table person_codes (
    tenant_id  uuid not null,
    id         uuid not null,
    person_id  uuid not null,
    code_index bytea not null,
    code       bytea not null,
    made_at    timestamptz not null,
    made_by    uuid,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (tenant_id, id),
    unique (tenant_id, code_index),
    foreign key (tenant_id, person_id) references people (tenant_id, id)
);
create unique index person_codes_live on person_codes (tenant_id, person_id) where revoked_at is null;
select vx_guard('person_codes', 'select, insert, update');
