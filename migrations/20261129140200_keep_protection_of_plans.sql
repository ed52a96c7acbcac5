-- Whether an F1 was protected, by doses or by a recovery, when he was exposed: his days are fewer then.
-- Null where it makes no difference.
alter table follow_plans add column protected boolean;
