-- Texts that come in. Number and words are sealed; a number is found by its keyed hash.
create table received_texts (
    tenant_id    uuid not null,
    id           uuid not null,
    number       bytea not null,
    number_hash  bytea not null,
    -- which number of ours it came to
    came_to      text not null,
    -- the sender's counter of long texts; none in a text of one part
    reference    integer,
    parts        smallint not null check (parts between 1 and 255),
    came         smallint not null,
    state        text not null check (state in ('gathering', 'whole', 'incomplete')),
    -- put together, once it is no longer gathered
    words        bytea,
    -- the official whose number it is: never a proof
    staff_id     uuid,
    ticket_id    uuid,
    received_at  timestamptz not null,
    closed_at    timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, staff_id) references staff (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id),
    check ((state = 'gathering') = (words is null))
);
create unique index received_texts_gathering on received_texts (tenant_id, number_hash, reference, parts)
    where state = 'gathering';
create index received_texts_by_time on received_texts (tenant_id, received_at desc, id desc);
create index received_texts_by_number on received_texts (tenant_id, number_hash, received_at desc);
select vx_guard('received_texts', 'select, insert, update');

-- The parts as they come, in any order. `mark` is the network's id, or a keyed hash of the part in its ten
-- minutes: what comes twice is kept once. The words go when the text has been put together.
create table received_parts (
    tenant_id  uuid not null,
    text_id    uuid not null,
    part       smallint not null,
    mark       text not null,
    words      bytea,
    came_at    timestamptz not null,
    primary key (tenant_id, text_id, part),
    unique (tenant_id, mark),
    foreign key (tenant_id, text_id) references received_texts (tenant_id, id)
);
select vx_guard('received_parts', 'select, insert, update');
