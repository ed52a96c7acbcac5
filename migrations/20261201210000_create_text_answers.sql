-- What a text from a household's number was taken for, and whether it was answered by one. A text has a row for
-- each household under care that its number leads to; one of danger from any other number has one without.
-- The words lie, sealed, with the text and in the household's story.
create table text_answers (
    tenant_id    uuid not null,
    id           uuid not null,
    text_id      uuid not null,
    number_hash  bytea not null,
    household_id uuid,
    meant        text not null check (meant in ('danger', 'call_back', 'stop', 'resume', 'words')),
    -- on which it stands, where somebody has to act
    ticket_id    uuid,
    -- our text in return
    reply_id     uuid,
    heard_at     timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, text_id) references received_texts (tenant_id, id),
    foreign key (tenant_id, household_id) references households (tenant_id, id),
    foreign key (tenant_id, ticket_id) references tickets (tenant_id, id)
);
create index text_answers_by_number on text_answers (tenant_id, number_hash, heard_at desc);
create unique index text_answers_once on text_answers (tenant_id, text_id, household_id);
select vx_guard('text_answers', 'select, insert, update');
