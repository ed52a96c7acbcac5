skip = Skip to main content
demo-banner = Demonstration
demo-people = Synthetic data, no real person.
demo-phones = Simulated telephones
theme-toggle = Switch light and dark
sign-out = Sign out
acting-for = On behalf of { $leader }
nav-label = Work areas

left-days = { $n } d left
left-hours = { $n } h left
left-minutes = { $n } min left
left-seconds = { $n } s left
late-days = { $n } d late
late-hours = { $n } h late
late-minutes = { $n } min late
late-seconds = { $n } s late
span-seconds = { $s } s
span-minutes = { $m } min
span-minutes-seconds = { $m } min { $s } s
span-hours = { $h } h
span-hours-minutes = { $h } h { $m } min
span-days-hours = { $d } d { $h } h

ring-title = Emergency ring
ring-heading = Ringing now
ring-off = Sound is off: this device will not ring in an emergency.
ring-arm = Turn the ring on
ring-test = Test the ring
ring-on = The ring is on
ring-emergency = EMERGENCY
ring-notice = Notice
ring-level = level
ring-seconds = seconds
ring-fault = Not accepted: the connection is lost. Press again, or press 1 on the telephone.
ring-later = Later
ring-rest = Other notices waiting:
ring-rest-all = See all
ring-rest-later = Put all aside
ring-open = Open
live-lost = Connection lost, trying again. The list may be out of date.

fault-go-home = Back to the first page
fault-not-found-title = This page was not found
fault-not-found-text = The address or the code is wrong, or the page is gone. Check the code; mind 0 and O.
fault-bad-request-title = The system could not read what was just sent
fault-bad-request-text = Reload the page and send it again. If it fails again, tell the centre.
fault-too-large-title = The file is too large
fault-too-large-text = The file is larger than allowed. Choose a smaller one and send it again.
fault-forbidden-title = This cannot be done
fault-forbidden-text = Your role or unit may not do this. Ask the head of your unit if it is needed.
fault-conflict-title = This has not been done
fault-unavailable-title = The system is interrupted for a moment
fault-unavailable-text = What was sent before is not lost. Try again in a few minutes. If a life is in danger, call 115 now.
fault-internal-title = The system met an error
fault-internal-text = The error has been recorded. Try again; if it fails again, tell the centre.

portal-foot = For more help call { $city }.

error-already-there = This is there already.
error-text-missing = Write something here.
error-text-too-long = Too long: at most 2,000 characters.

print = Print
download-pdf = Download PDF
filter = Filter
next-page = Next page
cancel = Cancel
choose = Choose…
form-errors = There is something to mend
keys-hint = Press ? for the keys

nav-tickets = Tickets
nav-cases = F0 cases
nav-reports = Reports
nav-board = Command board
nav-brief = Brief
nav-rosters = Rosters
nav-units = Units
nav-staff = Staff
nav-ladders = Ladders
nav-rules = Rules in force
nav-sources = Data sources
nav-ledger = Ledger
nav-record = Record of calls
nav-accounts = Accounts

role-operator = Operator
role-ward-official = Ward official
role-ward-leader = Ward leader
role-station-staff = Station staff
role-care-team = Care team
role-department-official = Department official
role-district-leader = District leader
role-centre-director = Director of the centre
role-leaders-office = Leaders' office
role-auditor = Auditor
role-administrator = Administrator

error-choose = Choose one.
error-hours = Enter a number of hours from 1 to 720.

error-restore-not-empty = A restore needs an empty database.
