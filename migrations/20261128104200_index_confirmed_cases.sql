-- A brief asks who became an F0 between two times of a day.
create index cases_confirmed_by_time on cases (tenant_id, classified_at)
    where confirmed_on is not null and withdrawn_at is null;
