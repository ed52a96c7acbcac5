-- A link for a leader, an auditor or an administrator opens only after a second person has released it.
alter table account_links
    add column needs_release boolean not null default false,
    add column released_at timestamptz,
    -- null: nobody else could yet, or it was made on the machine itself
    add column released_by uuid,
    add foreign key (tenant_id, released_by) references staff (tenant_id, id);
