-- F0s who are followed in a household, kept with its line on the morning list: what a team carries is
-- counted in them. Lines that stand already are reckoned anew when their next slot opens.
alter table households add column f0 smallint not null default 0;
-- Which households have become one with another.
create index households_joined on households (tenant_id, joined_into) where joined_into is not null;
