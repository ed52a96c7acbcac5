-- The one-time codes by which a telephone is proven before somebody declares with it. Named by a keyed hash of a
-- random key that only the browser holds; forgotten after a day.
create table declaration_codes (
    tenant_id    uuid not null,
    key_index    bytea not null,
    -- the row's name in what is sealed
    id           uuid not null,
    phone        bytea not null,
    phone_index  bytea not null,
    -- keyed hash of the row and the six digits
    code_index   bytea not null,
    tries        smallint not null default 0 check (tries >= 0),
    sent_at      timestamptz not null,
    expires_at   timestamptz not null,
    used_at      timestamptz,
    primary key (tenant_id, key_index)
);
create index declaration_codes_by_phone on declaration_codes (tenant_id, phone_index, sent_at desc);
create index declaration_codes_by_age on declaration_codes (tenant_id, sent_at);
select vx_guard('declaration_codes', 'select, insert, update, delete');

-- A browser that has proven its telephone, for so many days. Its cookie holds a random key and nothing else.
create table declaration_devices (
    tenant_id    uuid not null,
    id           uuid not null,
    key_index    bytea not null,
    phone        bytea not null,
    phone_index  bytea not null,
    -- years of birth that did not fit the person chosen
    misses       smallint not null default 0 check (misses >= 0),
    made_at      timestamptz not null,
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, key_index)
);
create index declaration_devices_by_phone on declaration_devices (tenant_id, phone_index);
create index declaration_devices_by_expiry on declaration_devices (tenant_id, expires_at);
select vx_guard('declaration_devices', 'select, insert, update, delete');

-- A health declaration, its answers sealed, for as many days as the rule of retention says.
create table declarations (
    tenant_id     uuid not null,
    id            uuid not null,
    -- the form; sent twice it is one
    form_key      uuid not null,
    person_id     uuid not null,
    ward_id       uuid not null,
    station_id    uuid not null,
    -- with which it was made; the device may be forgotten before
    device_id     uuid,
    -- the member of staff who declared for him
    declared_by   uuid,
    made_at       timestamptz not null,
    made_on       date not null,
    valid_until   timestamptz not null,
    rule_version  integer not null,
    -- what it came to by the law of alerts
    grade         text not null check (grade in ('well', 'watch', 'today', 'emergency')),
    answers       bytea not null,
    -- somebody of the station has to look at it
    asks          boolean not null,
    ticket_id     uuid,
    seen_at       timestamptz,
    seen_by       uuid,
    seen_as       text check (seen_as in ('called', 'contact', 'test', 'nothing', 'superseded')),
    primary key (tenant_id, id),
    unique (tenant_id, form_key),
    foreign key (tenant_id, person_id) references people (tenant_id, id),
    foreign key (tenant_id, ward_id) references units (tenant_id, id),
    foreign key (tenant_id, station_id) references units (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    check ((device_id is null) <> (declared_by is null)),
    check ((seen_at is null) = (seen_as is null))
);
create index declarations_by_person on declarations (tenant_id, person_id, made_at desc);
create index declarations_by_device on declarations (tenant_id, device_id, made_at desc) where device_id is not null;
create index declarations_to_see on declarations (tenant_id, station_id, made_at) where asks and seen_at is null;
create index declarations_by_ticket on declarations (tenant_id, ticket_id) where ticket_id is not null;
create index declarations_by_age on declarations (tenant_id, made_at);
select vx_guard('declarations', 'select, insert, update, delete');
