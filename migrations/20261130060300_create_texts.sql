-- Short messages to telephones of households, by whichever network is connected. Number and words are sealed.
create table texts (
    tenant_id      uuid not null,
    id             uuid not null,
    -- whom it is about: a household
    object_id      uuid not null,
    number         bytea not null,
    words          bytea not null,
    state          text not null check (state in ('queued', 'handed_over', 'failed', 'given_up')),
    created_at     timestamptz not null,
    created_by     uuid,
    tries          integer not null default 0,
    tried_at       timestamptz,
    handed_over_at timestamptz,
    last_error     text,
    primary key (tenant_id, id)
);
create index texts_about on texts (tenant_id, object_id, created_at desc);
select vx_guard('texts', 'select, insert, update');
