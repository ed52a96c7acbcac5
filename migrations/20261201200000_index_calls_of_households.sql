-- The calls to the hotline that were a household's: its code was pressed, or its diary written.
create index events_of_calls on events (tenant_id, at) where kind in ('call.code_tried', 'call.entered', 'call.suspected');
