-- Why an operator is away who has not said so himself.
alter table operators add column away_because text check (away_because in ('not_taken'));
