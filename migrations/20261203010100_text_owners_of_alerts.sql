-- When the owner of the gate was sent a text about it; null: he was not.
alter table checkin_alerts add column texted_at timestamptz;
create index checkin_alerts_texted on checkin_alerts (tenant_id, gate_id, kind, texted_at)
    where texted_at is not null;
