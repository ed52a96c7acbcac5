-- What an organisation owes stands on its page.
create index tickets_by_organisation on tickets (tenant_id, organisation_id, opened_at desc, id desc)
    where organisation_id is not null;
