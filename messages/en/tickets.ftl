ticket-do-accept = Accept
ticket-do-pass-up = Pass up
