outcome-not-wanted = takes notices at the desk only
outcome-withdrawn = the ticket was withdrawn
outcome-mailed = mail sent
outcome-not-mailed = mail not delivered yet

message-queued = Waiting to be sent
message-handed-over = Sent
message-failed = Not sent yet, will be tried again
message-given-up = Could not be sent
message-withdrawn = No longer needed

heartbeat-not-connected = Not connected yet
heartbeat-alive = Reporting
heartbeat-silent = Silent

error-quiet-hours = Quiet hours must begin and end at different times.
error-language-unknown = Please choose Vietnamese or English.
error-heartbeat-instance = The name of what reports is too long or has strange characters; at most 60 characters.
error-email-missing = There is no e-mail address.
error-email-format = This e-mail address is not right.
error-email-refused = The mail server says that there is no such mailbox.
