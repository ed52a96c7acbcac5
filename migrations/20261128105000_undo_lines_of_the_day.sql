-- A parent entered by mistake and taken out again on the same day has never held.
grant delete on unit_lines to vx_app;
