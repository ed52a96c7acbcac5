-- That somebody has told a household himself who will call it: by whom, when, and at which number it is called.
alter table care_call_homes add column told_at timestamptz;
alter table care_call_homes add column told_by uuid;
alter table care_call_homes add column told_index bytea;
alter table care_call_homes add foreign key (tenant_id, told_by) references staff (tenant_id, id);
