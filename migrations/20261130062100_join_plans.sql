-- The plan of somebody who was watched (F2) ends when he becomes an F1, and of two records of one person the
-- weaker plan ends when they are joined: what was entered in it counts in the one that goes on, until the
-- records are parted again.
alter table follow_plans
    drop constraint follow_plans_closed_as_check,
    add constraint follow_plans_closed_as_check check (
        closed_as in ('released', 'removed', 'died', 'moved_away', 'not_a_case', 'became_f0', 'became_f1', 'joined', 'withdrawn',
                      'lost')),
    add column joined_into uuid,
    -- what an F1 himself says of his doses or his recovery; what stands on record of him goes before it
    add column protected_told boolean,
    add foreign key (tenant_id, joined_into) references follow_plans (tenant_id, id),
    add check (joined_into is null or joined_into <> id);
create index follow_plans_joined on follow_plans (tenant_id, joined_into) where joined_into is not null;
