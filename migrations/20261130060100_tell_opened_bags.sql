-- A bag that comes back opened is destroyed, and no bag of the stock again.
alter table care_bags
    drop constraint care_bags_ended_as_check,
    add constraint care_bags_ended_as_check
        check (ended_as in ('used', 'returned', 'opened', 'lost', 'died'));
-- "Returned" was said of both until now; of a bag C the count tells which it was.
alter table care_bags no force row level security;
update care_bags set ended_as = 'opened'
where ended_as = 'returned' and capsules is not null and returned_capsules is distinct from capsules;
alter table care_bags force row level security;
-- Such a bag is told in the list of changes and changes no number.
alter table stock_moves
    drop constraint stock_moves_reason_check,
    add constraint stock_moves_reason_check
        check (reason in ('received', 'given', 'returned', 'opened', 'counted', 'spoilt')),
    add check (reason <> 'opened' or n = 0);
