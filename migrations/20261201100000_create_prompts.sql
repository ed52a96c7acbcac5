-- What calls say in this district: its own words or voice over an announcement that ships with the program.
-- A version is heard from valid_from until it is retired; going back keeps an older one again as the newest.
create table prompts (
    tenant_id   uuid not null,
    id          uuid not null,
    key         text not null,
    version     integer not null check (version > 0),
    -- what is heard: synthesised, or what the voice of the recording says; no personal data
    words       text not null,
    -- 8,000 a second, one channel, 16 bits, the lower half first; null when the words are synthesised
    samples     bytea,
    sha256      bytea,
    seconds     double precision,
    -- the older version that was kept again
    again       integer,
    valid_from  timestamptz not null,
    retired_at  timestamptz,
    created_by  uuid,
    primary key (tenant_id, id),
    unique (tenant_id, key, version),
    check ((samples is null) = (sha256 is null) and (samples is null) = (seconds is null))
);
-- one version of an announcement is heard
create unique index prompts_heard on prompts (tenant_id, key) where retired_at is null;
select vx_guard('prompts', 'select, insert, update');
