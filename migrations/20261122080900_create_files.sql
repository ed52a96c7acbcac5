-- Attachments: what people sent with a report, and the proof officials answer with. The content is
-- in the vault (a folder or a bucket) under the file's id; here is what is known of it.
create table files (
    tenant_id        uuid not null,
    id               uuid not null,
    purpose          text not null,
    -- the object through which alone the file can be read; null until it is bound to one
    owner_kind       text,
    owner_id         uuid,
    media_type       text not null,
    bytes            integer not null,
    width            integer,
    height           integer,
    thumbnail        boolean not null,
    -- of the content as kept, and of what was received before its metadata was taken out
    sha256           bytea not null,
    received_sha256  bytea not null,
    -- when and where the camera says it was, sealed
    taken_at         bytea,
    taken_where      bytea,
    kept_at          timestamptz not null,
    kept_by          uuid,
    erased_at        timestamptz,
    primary key (tenant_id, id),
    check ((owner_kind is null) = (owner_id is null))
);
create index files_by_owner on files (tenant_id, owner_id) where owner_id is not null;
create index files_without_owner on files (tenant_id, kept_at) where owner_id is null and erased_at is null;
select vx_guard('files', 'select, insert, update');
