-- Why there is no picture of the consent to a bag C yet, and who signs it or keeps it, sealed.
alter table care_bags
    add column consent_without text check (consent_without in ('signs_later', 'kept_on_paper')),
    add column consent_without_who bytea,
    add check ((consent_without is null) = (consent_without_who is null));
