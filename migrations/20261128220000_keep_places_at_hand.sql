-- What nearly every transaction asks of a tenant, out of the pack's hundred kilobytes, which had to
-- be unpacked each time for one name.
alter table tenants
    add column timezone    text generated always as (config #>> '{place,timezone}') stored,
    add column place_name  text generated always as (config #>> '{place,place_name}') stored,
    add column duty_leader text generated always as (config #>> '{place,duty_leader}') stored,
    add column director    text generated always as (config #>> '{place,director}') stored;
