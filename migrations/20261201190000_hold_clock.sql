-- The clock of a demo can be held: what is shown or tested step by step then takes no time.
alter table cell add clock_held_at timestamptz;
alter table cell add constraint cell_held_demo check (demo or clock_held_at is null);
