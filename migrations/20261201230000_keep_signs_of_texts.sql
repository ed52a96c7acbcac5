-- The phrases of danger found in a text, without marks, as the rule names them: another one rings anew after the
-- alarm has been accepted. What was heard before has none, so that whatever comes next does.
alter table text_answers add column signs text[] not null default '{}';
-- How many alarms of unknown numbers there were just now.
create index text_answers_unknown on text_answers (tenant_id, heard_at) where household_id is null;
-- Which texts stand on a ticket.
create index received_texts_by_ticket on received_texts (tenant_id, ticket_id) where ticket_id is not null;
