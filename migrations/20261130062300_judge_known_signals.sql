-- A signal of a place that had F0s already was early for nobody: it counts neither as real nor as false.
alter table signals
    drop constraint signals_judged_as_check,
    add constraint signals_judged_as_check check (judged_as in ('real', 'false', 'known'));
