-- At which number a household was told who will call: one that has another number by now is told again. Whether
-- the text came is its own state.
alter table care_call_homes add column contact_index bytea;
-- Row security is forced on the owner too: without these lines the update would find no row, silently.
alter table care_call_homes no force row level security;
alter table households no force row level security;
update care_call_homes o set contact_index = h.contact_index
from households h where h.tenant_id = o.tenant_id and h.id = o.household_id and o.announced_at is not null;
alter table care_call_homes force row level security;
alter table households force row level security;
