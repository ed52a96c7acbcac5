outcome-not-wanted = takes notices at the desk only
outcome-withdrawn = the ticket was withdrawn
outcome-mailed = mail sent
outcome-not-mailed = mail not delivered yet

message-queued = to be sent at { $at }
message-handed-over = handed to the mail server at { $at }
message-handed-over-after = handed to the mail server at { $at }, after { $tries } tries
message-failed = not sent after { $tries } tries, next try at { $at }: { $why }
message-given-up = not sent after { $tries } tries, given up: { $why }
message-withdrawn = not sent, no longer needed
message-why-answer = the mail server answered { $code }
message-why-silent = the mail server cannot be reached

heartbeat-not-connected = Not connected yet
heartbeat-alive = Reporting
heartbeat-silent = Silent

error-quiet-hours = Quiet hours must begin and end at different times.
error-language-unknown = Please choose Vietnamese or English.
error-heartbeat-instance = The name of what reports is too long or has strange characters; at most 60 characters.
error-email-missing = There is no e-mail address.
error-email-format = This e-mail address is not right.
error-text-network = No network for texts is connected.
error-email-refused = The mail server says that there is no such mailbox.
