-- The list behind the time to accept: an acceptance stays one when the ticket is forwarded or opened again.
create index events_of_acceptance on events (tenant_id, at) where kind in ('ticket.accepted', 'ticket.resolved');
