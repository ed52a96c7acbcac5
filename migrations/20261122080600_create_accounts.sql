-- How an official signs in: one account for one member of staff.
create table accounts (
    tenant_id            uuid not null,
    id                   uuid not null,
    staff_id             uuid not null,
    login                text not null check (login ~ '^[a-z0-9][a-z0-9._-]{2,39}$'),
    state                text not null check (state in ('invited', 'active', 'locked', 'closed')),
    -- argon2id, in the PHC form, peppered with a key that is not in the database
    password             text,
    password_changed_at  timestamptz,
    -- sealed; the last step whose code was taken, so that no code serves twice
    totp                 bytea,
    totp_step            bigint not null default 0,
    -- wrong tries in a row, and what they led to
    failures             smallint not null default 0,
    lockouts             smallint not null default 0,
    locked_until         timestamptz,
    -- since the last sign-in, to be shown at the next
    failures_since       integer not null default 0,
    locked_at            timestamptz,
    language             text not null default 'vi' check (language in ('vi', 'en')),
    theme                text not null default 'auto' check (theme in ('auto', 'light', 'dark')),
    created_at           timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, login),
    unique (tenant_id, staff_id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id)
);
select vx_guard('accounts', 'select, insert, update');

create table passkeys (
    tenant_id      uuid not null,
    id             uuid not null,
    account_id     uuid not null,
    credential_id  bytea not null,
    -- the public key with its counter and flags, sealed
    credential     bytea not null,
    name           text not null,
    created_at     timestamptz not null,
    last_used_at   timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, credential_id),
    foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create index passkeys_by_account on passkeys (tenant_id, account_id);
select vx_guard('passkeys', 'select, insert, update, delete');

-- One-time links. Whoever opens one proves by its token alone that it was given to him.
create table account_links (
    tenant_id    uuid not null,
    id           uuid not null,
    account_id   uuid not null,
    purpose      text not null check (purpose in ('first_administrator', 'invite', 'recovery')),
    -- keyed hash; the token itself is nowhere
    token        bytea not null,
    -- the authenticator secret this link offers, sealed
    totp         bytea,
    created_at   timestamptz not null,
    -- null: made on the machine itself
    created_by   uuid,
    expires_at   timestamptz not null,
    used_at      timestamptz,
    revoked_at   timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, token),
    foreign key (tenant_id, account_id) references accounts (tenant_id, id),
    foreign key (tenant_id, created_by) references staff (tenant_id, id)
);
create index account_links_by_account on account_links (tenant_id, account_id);
select vx_guard('account_links', 'select, insert, update');

create table sessions (
    tenant_id         uuid not null,
    id                uuid not null,
    account_id        uuid not null,
    -- keyed hash of the cookie's token
    token             bytea not null,
    csrf              bytea not null,
    created_at        timestamptz not null,
    -- written at most once a minute
    last_seen_at      timestamptz not null,
    second_factor_at  timestamptz not null,
    -- browser and system in two words
    agent             text not null,
    on_behalf_of      uuid,
    -- a new authenticator secret that waits for its first code, sealed
    totp              bytea,
    -- what happened at the door before this sign-in, until the person has seen it
    failures_before   integer not null,
    locked_before     timestamptz,
    ended_at          timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, token),
    foreign key (tenant_id, account_id) references accounts (tenant_id, id),
    foreign key (tenant_id, on_behalf_of) references staff (tenant_id, id)
);
create index sessions_open_by_account on sessions (tenant_id, account_id) where ended_at is null;
create index sessions_by_last_seen on sessions (tenant_id, last_seen_at);
select vx_guard('sessions', 'select, insert, update, delete');

-- A passkey ceremony that has begun: what was asked, until it is answered once.
create table passkey_challenges (
    tenant_id   uuid not null,
    id          uuid not null,
    purpose     text not null check (purpose in ('sign_in', 'enrol')),
    -- the session or the link that began an enrolment
    bound_to    uuid,
    state       bytea not null,
    expires_at  timestamptz not null,
    primary key (tenant_id, id)
);
select vx_guard('passkey_challenges', 'select, insert, delete');

-- Wrong tries by keyed hash of an address or a login, counted by the minute, shared by all processes.
create table sign_in_tries (
    tenant_id  uuid not null,
    key        bytea not null,
    minute     bigint not null,
    count      integer not null,
    primary key (tenant_id, key, minute)
);
create index sign_in_tries_by_minute on sign_in_tries (tenant_id, minute);
select vx_guard('sign_in_tries', 'select, insert, update, delete');
