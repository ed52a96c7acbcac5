-- Of a day there may be two reports: one that somebody kept before it was over, and the whole. Those kept so
-- far were made in the evening of their day.
alter table daily_reports add column provisional boolean not null default true;
alter table daily_reports alter column provisional drop default;
alter table daily_reports drop constraint daily_reports_pkey, add primary key (tenant_id, day, provisional);
