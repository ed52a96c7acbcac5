-- A bag that comes back opened is destroyed, and no bag of the stock again.
alter table care_bags
    drop constraint care_bags_ended_as_check,
    add constraint care_bags_ended_as_check
        check (ended_as in ('used', 'returned', 'opened', 'lost', 'died'));
-- Such a bag is told in the list of changes and changes no number.
alter table stock_moves
    drop constraint stock_moves_reason_check,
    add constraint stock_moves_reason_check
        check (reason in ('received', 'given', 'returned', 'opened', 'counted', 'spoilt')),
    add check (reason <> 'opened' or n = 0);
