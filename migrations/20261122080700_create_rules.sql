-- What a tenant says about the rules that ship with the program: versions of its own, and shipped
-- versions that it has closed (copied, with an end). A version that has judged something is never
-- edited: only its end may be set.
create table rule_versions (
    tenant_id   uuid not null,
    code        text not null,
    version     integer not null check (version > 0),
    valid_from  date not null,
    valid_to    date,
    citation    text not null,
    verified    boolean not null,
    note        text,
    body        jsonb not null,
    origin      text not null check (origin in ('shipped', 'tenant')),
    created_at  timestamptz not null,
    created_by  uuid,
    primary key (tenant_id, code, version),
    check (valid_to is null or valid_to >= valid_from)
);
select vx_guard('rule_versions', 'select, insert, update');
