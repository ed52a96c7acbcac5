use kernel::Role;
use std::fmt::Write;

/// How far from the unit at which a role is held an action reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    No,
    /// The unit itself.
    Own,
    /// The unit and every unit below it in either line.
    Below,
    /// The whole tenant.
    All,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// What can be done; named `noun.verb`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $name),+ }
        impl Action {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

actions! {
    TicketSee = "ticket.see",
    TicketAccept = "ticket.accept",
    TicketAssign = "ticket.assign",
    TicketForward = "ticket.forward",
    TicketNote = "ticket.note",
    TicketPause = "ticket.pause",
    /// Agreeing to a pause that somebody else asks for.
    TicketApprovePause = "ticket.approve_pause",
    TicketResolve = "ticket.resolve",
    TicketReopen = "ticket.reopen",
    TicketMerge = "ticket.merge",
    TicketPassUp = "ticket.pass_up",
    DirectiveGive = "directive.give",
    MatterSee = "matter.see",
    /// The responsibility file of a matter, with names and times.
    MatterFile = "matter.file",
    ReportEnter = "report.enter",
    ReportSee = "report.see",
    ReportModerate = "report.moderate",
    /// Opening who sent a report; needs a reason and is logged. Kept from the units that handle it.
    ReportIdentity = "report.identity",
    /// Opening who sent a report of a category that promises to call back, by the unit that must answer
    /// it, while it must; needs a reason and is logged.
    ReportCallBack = "report.call_back",
    CaseRecord = "case.record",
    CaseSee = "case.see",
    CaseImport = "case.import",
    /// Opening a person's sealed record; needs a reason and is logged.
    PersonRead = "person.read",
    /// The household of somebody who is followed: its members, diary and place in the list.
    CareSee = "care.see",
    /// Entering a diary, a call, a visit; handing over medicine; ending an alert.
    CareRecord = "care.record",
    /// Giving a household its teams.
    CareAssign = "care.assign",
    /// Telling how many beds of a hospital or facility are free.
    BedsReport = "beds.report",
    /// Keeping the daily report as it is now.
    NumbersFreeze = "numbers.freeze",
    /// Issuing papers, bags of drugs that need a prescriber or a consent, and releases.
    CarePaper = "care.paper",
    /// Deciding what somebody says is wrong in his record; giving him the code that shows it to him.
    PersonCorrect = "person.correct",
    /// Closing a place off, and lifting it again.
    LockdownDecide = "lockdown.decide",
    /// Giving out passes, cards and codes, seeing who has one.
    PassIssue = "pass.issue",
    /// Taking a pass back for good.
    PassRevoke = "pass.revoke",
    /// Gates with their telephones, and how many are inside.
    GateSee = "gate.see",
    /// Setting up a gate, its zone and its poster; enrolling and removing telephones.
    GateEdit = "gate.edit",
    /// Who was at a gate, for tracing; needs a reason and is logged.
    CheckInRead = "checkin.read",
    /// Asking for such a list as a file.
    CheckInExport = "checkin.export",
    /// Agreeing to a list that somebody else asks for.
    CheckInApprove = "checkin.approve",
    /// Calls by telephone and who sits in the call room; numbers are masked.
    CallSee = "call.see",
    /// Sitting in the call room, calling from there, saying what came of a call.
    CallMake = "call.make",
    /// Hearing what was recorded; needs a reason and is logged.
    CallListen = "call.listen",
    /// Listening in on a call while it runs, who is told so; moving operators.
    CallSupervise = "call.supervise",
    /// The list of texts that went out and came in, numbers masked; the number of one that came in is opened on record.
    TextSee = "text.see",
    BoardSee = "board.see",
    BriefSee = "brief.see",
    SourcesSee = "sources.see",
    UnitSee = "unit.see",
    UnitEdit = "unit.edit",
    OrganisationSee = "organisation.see",
    OrganisationEdit = "organisation.edit",
    OrganisationContact = "organisation.contact",
    StaffSee = "staff.see",
    StaffEdit = "staff.edit",
    RosterSee = "roster.see",
    RosterEdit = "roster.edit",
    /// Seeing where nobody will stand, over units that are not one's own.
    RosterWatch = "roster.watch",
    /// Reading the telephone numbers of who stands.
    RosterPhones = "roster.phones",
    LadderSee = "ladder.see",
    LadderEdit = "ladder.edit",
    /// Changing what calls say: words and recordings of announcements.
    PromptEdit = "prompt.edit",
    RuleSee = "rule.see",
    /// The questions that the program asks on the telephone.
    ScriptSee = "script.see",
    ScriptEdit = "script.edit",
    /// How often a unit's people were rung, answered and accepted; one's own is open to everybody.
    CallRecordSee = "call_record.see",
    LedgerSee = "ledger.see",
    AccountManage = "account.manage",
    /// Releasing a one-time link that somebody else has made for a leader, an auditor or an administrator.
    AccountRelease = "account.release",
    TenantManage = "tenant.manage",
}

/// The table. A line that is not here is No.
pub const fn extent(role: Role, action: Action) -> Extent {
    use Action as A;
    use Extent::{All, Below, No, Own};
    use Role as R;
    match (role, action) {
        // What every official needs to work: the list of units and of who is on duty, the rules.
        (_, A::UnitSee | A::RosterSee | A::RuleSee) => All,

        (R::Operator, A::TicketSee | A::TicketNote | A::MatterSee | A::ReportEnter | A::ReportSee) => All,
        (R::Operator, A::TicketForward | A::TicketMerge | A::ReportModerate | A::TicketPassUp) => All,
        (R::Operator, A::TicketAccept | A::TicketResolve | A::TicketAssign | A::TicketPause) => Own,
        (R::Operator, A::BoardSee | A::SourcesSee | A::ReportIdentity | A::RosterPhones) => All,
        (R::Operator, A::BedsReport | A::TextSee | A::GateSee) => All,
        (R::Operator, A::CallSee | A::CallMake) => All,
        // What callers leave for the centre itself.
        (R::Operator, A::CallListen) => Own,

        (R::WardOfficial, A::TicketSee | A::MatterSee | A::ReportSee | A::ReportEnter) => Below,
        (R::WardOfficial, A::TicketAccept | A::TicketNote | A::TicketResolve | A::TicketForward) => Own,
        (R::WardOfficial, A::TicketPause | A::TicketPassUp | A::TicketMerge | A::TicketAssign) => Own,
        (R::WardOfficial, A::CaseSee | A::BoardSee | A::RosterPhones | A::OrganisationSee) => Below,
        (R::WardOfficial, A::CareSee | A::PassIssue) => Below,
        (R::WardOfficial, A::GateSee) => Below,
        (R::WardOfficial, A::CallSee | A::CallMake) => Below,
        (R::WardOfficial, A::ReportCallBack) => Own,

        (R::WardLeader, A::TicketSee | A::MatterSee | A::MatterFile | A::ReportSee | A::ReportEnter) => Below,
        (R::WardLeader, A::TicketAccept | A::TicketNote | A::TicketResolve | A::TicketForward) => Below,
        (R::WardLeader, A::TicketPause | A::TicketPassUp | A::TicketMerge | A::TicketAssign) => Below,
        (R::WardLeader, A::TicketApprovePause | A::TicketReopen | A::DirectiveGive | A::RosterEdit) => Below,
        (R::WardLeader, A::CaseSee | A::BoardSee | A::BriefSee | A::StaffSee | A::PersonRead) => Below,
        (R::WardLeader, A::ReportCallBack | A::CareSee | A::CareAssign | A::CarePaper) => Below,
        (R::WardLeader, A::PersonCorrect | A::LockdownDecide | A::PassIssue | A::PassRevoke) => Below,
        (R::WardLeader, A::GateSee | A::GateEdit) => Below,
        (R::WardLeader, A::CheckInRead | A::CheckInExport | A::CheckInApprove) => Below,
        (R::WardLeader, A::RosterWatch | A::RosterPhones | A::CallRecordSee) => Below,
        (R::WardLeader, A::OrganisationSee | A::OrganisationEdit | A::OrganisationContact) => Below,
        (R::WardLeader, A::CallSee | A::CallMake | A::CallListen | A::CallSupervise) => Below,

        (R::StationStaff, A::TicketSee | A::MatterSee | A::ReportSee) => Below,
        (R::StationStaff, A::TicketAccept | A::TicketNote | A::TicketResolve | A::TicketForward) => Own,
        (R::StationStaff, A::TicketPause | A::TicketPassUp | A::TicketAssign) => Own,
        (R::StationStaff, A::CaseRecord | A::CaseSee | A::CaseImport | A::PersonRead) => Below,
        (R::StationStaff, A::CareSee | A::CareRecord | A::CareAssign | A::CarePaper) => Below,
        (R::StationStaff, A::PersonCorrect | A::RosterPhones | A::PassIssue) => Below,
        (R::StationStaff, A::CheckInRead | A::CheckInExport) => Below,
        (R::StationStaff, A::CallSee | A::CallMake | A::CallListen) => Below,
        (R::StationStaff, A::BoardSee | A::ReportCallBack) => Own,

        // Volunteers for the most part: what rings for their team and the households entrusted to it,
        // no list of cases and no sealed record.
        (R::CareTeam, A::TicketSee) => Below,
        (R::CareTeam, A::TicketAccept | A::TicketNote | A::TicketResolve | A::TicketForward) => Own,
        (R::CareTeam, A::TicketPassUp | A::MatterSee | A::CareSee | A::CareRecord) => Own,

        (R::DepartmentOfficial, A::TicketSee | A::MatterSee | A::ReportSee | A::ReportEnter) => Below,
        (R::DepartmentOfficial, A::TicketAccept | A::TicketNote | A::TicketResolve | A::TicketForward) => Own,
        (R::DepartmentOfficial, A::TicketPause | A::TicketPassUp | A::TicketMerge | A::TicketAssign) => Own,
        (R::DepartmentOfficial, A::ReportCallBack) => Own,
        // The health centre stands above the stations and so sees their households.
        (R::DepartmentOfficial, A::CareSee | A::RosterPhones | A::CallRecordSee) => Below,
        (R::DepartmentOfficial, A::CallSee | A::CallMake | A::CallListen) => Below,
        // Hospitals are among them.
        (R::DepartmentOfficial, A::BedsReport) => Below,
        (R::DepartmentOfficial, A::BoardSee | A::OrganisationSee | A::ScriptSee | A::GateSee) => All,

        (R::DistrictLeader, A::TicketSee | A::MatterSee | A::MatterFile | A::ReportSee | A::CaseSee) => All,
        (R::DistrictLeader, A::TicketAccept | A::TicketNote | A::TicketResolve | A::TicketForward) => All,
        (R::DistrictLeader, A::TicketApprovePause | A::TicketReopen | A::TicketPassUp | A::TicketAssign) => {
            All
        }
        (R::DistrictLeader, A::DirectiveGive | A::BoardSee | A::BriefSee | A::SourcesSee | A::StaffSee) => {
            All
        }
        (R::DistrictLeader, A::LadderSee | A::LedgerSee | A::PersonRead | A::ReportCallBack) => All,
        (R::DistrictLeader, A::RosterWatch | A::RosterPhones | A::OrganisationSee) => All,
        (R::DistrictLeader, A::OrganisationContact | A::CareSee) => All,
        (R::DistrictLeader, A::LockdownDecide | A::NumbersFreeze | A::TextSee | A::CallRecordSee) => All,
        (R::DistrictLeader, A::CallSee | A::CallListen | A::GateSee | A::GateEdit) => All,
        (R::DistrictLeader, A::CheckInRead | A::CheckInApprove) => All,

        (R::CentreDirector, A::TicketSee | A::MatterSee | A::MatterFile | A::ReportSee | A::CaseSee) => All,
        (R::CentreDirector, A::TicketAccept | A::TicketNote | A::TicketResolve | A::TicketForward) => All,
        (R::CentreDirector, A::TicketAssign | A::TicketPause | A::TicketApprovePause | A::TicketReopen) => {
            All
        }
        (R::CentreDirector, A::TicketMerge | A::TicketPassUp | A::DirectiveGive | A::ReportEnter) => All,
        (R::CentreDirector, A::ReportModerate | A::BoardSee | A::BriefSee | A::SourcesSee | A::StaffSee) => {
            All
        }
        (R::CentreDirector, A::RosterEdit | A::LadderSee | A::LadderEdit | A::LedgerSee | A::PersonRead) => {
            All
        }
        (R::CentreDirector, A::CaseRecord | A::CaseImport | A::ReportIdentity | A::OrganisationSee) => All,
        (R::CentreDirector, A::OrganisationEdit | A::OrganisationContact) => All,
        (R::CentreDirector, A::BedsReport | A::NumbersFreeze | A::PromptEdit | A::TextSee) => All,
        (R::CentreDirector, A::CareSee | A::CareRecord | A::CareAssign | A::CarePaper) => All,
        (R::CentreDirector, A::PersonCorrect | A::LockdownDecide | A::PassIssue | A::PassRevoke) => All,
        (R::CentreDirector, A::GateSee | A::GateEdit) => All,
        (R::CentreDirector, A::CheckInRead | A::CheckInExport | A::CheckInApprove) => All,
        (R::CentreDirector, A::ScriptSee | A::ScriptEdit | A::CallRecordSee) => All,
        (R::CentreDirector, A::RosterWatch | A::RosterPhones | A::AccountRelease) => All,
        (R::CentreDirector, A::CallSee | A::CallMake | A::CallListen | A::CallSupervise) => All,

        (R::LeadersOffice, A::TicketSee | A::MatterSee | A::MatterFile | A::ReportSee | A::TicketNote) => All,
        // A directive is its leader's: the office gives one while it acts on his behalf, with his grants.
        (R::LeadersOffice, A::BoardSee | A::BriefSee | A::SourcesSee | A::OrganisationSee) => All,
        (R::LeadersOffice, A::GateSee) => All,
        (R::LeadersOffice, A::RosterWatch | A::RosterPhones | A::NumbersFreeze | A::CallRecordSee) => All,
        (R::LeadersOffice, A::TicketAccept | A::TicketResolve | A::TicketForward | A::TicketAssign) => Own,

        // Reads everything on the record, changes nothing, opens no sealed person; may be the second
        // person who answers for a link.
        (R::Auditor, A::TicketSee | A::MatterSee | A::MatterFile | A::ReportSee | A::BoardSee) => All,
        (R::Auditor, A::BriefSee | A::SourcesSee | A::StaffSee | A::LadderSee | A::LedgerSee) => All,
        (R::Auditor, A::RosterWatch | A::AccountRelease | A::CallRecordSee) => All,
        (R::Auditor, A::OrganisationSee) => All,
        (R::Auditor, A::CallSee | A::GateSee) => All,

        // Runs the place, sees no person and no case.
        (R::Administrator, A::UnitEdit | A::StaffSee | A::StaffEdit | A::RosterEdit | A::LadderSee) => All,
        (R::Administrator, A::LadderEdit | A::LedgerSee | A::AccountManage | A::TenantManage) => All,
        (R::Administrator, A::SourcesSee | A::RosterWatch | A::RosterPhones | A::AccountRelease) => All,
        (R::Administrator, A::OrganisationSee | A::PromptEdit) => All,

        _ => No,
    }
}

/// As what somebody works at a unit where he stands without a post, for the hours of his shift. A
/// leader lends it no leader's powers; whoever handles no tickets cannot stand there.
pub const fn on_duty_as(role: Role) -> Option<Role> {
    match role {
        Role::WardLeader => Some(Role::WardOfficial),
        Role::Auditor | Role::Administrator => None,
        other => Some(other),
    }
}

/// What is allowed beside the table; printed under it.
const BESIDE: &str = "
Beside the table:
- The head of a unit arranges its duty (roster.edit own), whatever his role, and reads the telephone
  numbers of who stands there.
- Whoever stands at a unit where he holds no post works there, in that unit alone and for the hours of
  his shift, with his own role; a ward leader as ward_official; an auditor or administrator not at all.
- Anyone sees the record of the calls to himself (call_record.see of others: by the table).
- Anyone may record his own absence, agree to his own swaps and covers, and let somebody act for him.
- Whoever proves by a code to the telephone on record of an organisation that it is his enrols and
  removes telephones at its gates (gate.edit of those gates alone, in the portal).
- While acting for a leader one has the leader's grants instead of one's own, never administrator.
";

/// The table as text: what `docs/permissions.txt` holds.
pub fn matrix() -> String {
    let mut out = String::from(
        "Who may do what. own = the unit of the post; below = that unit and all under it; all = the tenant; . = no.\n\n",
    );
    let width = Action::ALL.iter().map(|action| action.as_str().len()).max().unwrap_or(0);
    let _ = write!(out, "{:width$}", "");
    for role in Role::ALL {
        let _ = write!(out, "  {role}");
    }
    out.push('\n');
    for action in Action::ALL {
        let _ = write!(out, "{:width$}", action.as_str());
        for role in Role::ALL {
            let word = match extent(role, *action) {
                Extent::No => ".",
                Extent::Own => "own",
                Extent::Below => "below",
                Extent::All => "all",
            };
            let _ = write!(out, "  {:<1$}", word, role.as_str().len());
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
    out.push_str(BESIDE);
    out
}
