-- What the network says of a text after it has taken it, and texts that tell an official of a ticket.
alter table texts
    drop constraint texts_state_check,
    add constraint texts_state_check check
        (state in ('queued', 'handed_over', 'failed', 'given_up', 'withdrawn', 'delivered', 'undeliverable')),
    -- when the last receipt said that it had come, or never would
    add column delivered_at timestamptz,
    -- of a level of a ladder that is told by text
    add column attempt_id uuid,
    add foreign key (tenant_id, attempt_id) references attempts (tenant_id, id);
create unique index texts_by_attempt on texts (tenant_id, attempt_id) where attempt_id is not null;
create index texts_by_time on texts (tenant_id, created_at desc, id desc);

-- A long text goes in parts, and the network has an id and a receipt for each.
create table text_parts (
    tenant_id   uuid not null,
    text_id     uuid not null,
    part        smallint not null,
    network_id  text not null,
    state       text not null check (state in ('accepted', 'delivered', 'undeliverable')),
    told_at     timestamptz,
    primary key (tenant_id, text_id, part),
    foreign key (tenant_id, text_id) references texts (tenant_id, id)
);
create index text_parts_by_network_id on text_parts (tenant_id, network_id);
select vx_guard('text_parts', 'select, insert, update');

alter table attempts
    drop constraint attempts_channel_check,
    add constraint attempts_channel_check check (channel in ('desk', 'call', 'email', 'sms', 'push', 'none'));
alter table messages
    drop constraint messages_channel_check,
    add constraint messages_channel_check check (channel in ('email', 'push'));
