//! Every route of the desk, visited as nobody, as somebody of another tenant, and as each role. The
//! list says who may; a route that is not in it, or is no longer, fails.

use crate::{
    browser::{Browser, Seen, hidden},
    seeded::Seeded,
};
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use duty::{accounts, permissions::Action as A};
use kernel::{Actor, Role};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use testkit::routes::declared;

/// Who may.
#[derive(Clone, Copy)]
enum May {
    /// Anybody; a form needs the token of its page.
    All,
    /// Whoever is signed in.
    Signed,
    /// By the table, wherever the role is held.
    Tenant(A),
    /// By the table, for what stands before the station and the ward of the seeded things.
    Here(A),
    /// The same, where both are asked for.
    HereBoth(A, A),
    /// The same, and these roles, whose own it is.
    HereOr(A, Role),
    /// Its owner alone, who is of this role.
    Own(Role),
    /// Its owner alone, who is none of those that walk.
    Nobody,
}
use May::{All, Here, HereBoth, HereOr, Nobody, Own, Signed, Tenant};

/// How a form is sent.
#[derive(Clone, Copy, PartialEq)]
enum Sent {
    Page,
    Form(&'static [(&'static str, &'static str)]),
    /// With a file.
    File(&'static [(&'static str, &'static str)]),
    /// By a script, the token in a header.
    Script(&'static str),
}
use Sent::{File, Form, Page, Script};

struct Route {
    path: &'static str,
    /// What stands in the path's last `{act}`, `{answer}`, `{name}` or `{slot}`, and behind it.
    act: &'static str,
    may: May,
    sent: Sent,
}

const fn get(path: &'static str, act: &'static str, may: May) -> Route {
    Route { path, act, may, sent: Page }
}

const fn post(path: &'static str, act: &'static str, may: May, sent: Sent) -> Route {
    Route { path, act, may, sent }
}

const TEXT: Sent = Form(&[("text", "Đã kiểm tra tại chỗ."), ("why", "Đã kiểm tra tại chỗ.")]);
const BARE: Sent = Form(&[]);
const CREDENTIAL: Sent = Script(r#"{"ceremony":"00000000-0000-0000-0000-000000000009","credential":{}}"#);

/// Paths are below `/{tenant}/desk`, unless they begin with `!`.
#[rustfmt::skip]
const ROUTES: &[Route] = &[
    get("", "", Signed),
    get("/", "", Signed),
    get("/live", "", Signed),
    get("/tickets", "", Signed),
    get("/tickets/{ticket}", "", Here(A::TicketSee)),
    get("/tickets/{ticket}/{act}", "note", Here(A::TicketNote)),
    get("/tickets/{ticket}/{act}", "pause", Here(A::TicketPause)),
    get("/tickets/{ticket}/resolve", "", Here(A::TicketResolve)),
    get("/tickets/{ticket}/files/{nothing}", "", Nobody),
    post("/tickets/{ticket}/{act}", "accept", Here(A::TicketAccept), BARE),
    post("/tickets/{ticket}/{act}", "note", Here(A::TicketNote), TEXT),
    post("/tickets/{ticket}/{act}", "pass-up", Here(A::TicketPassUp), TEXT),
    post("/tickets/{ticket}/resolve", "", Here(A::TicketResolve), File(&[("text", "Đã kiểm tra tại chỗ.")])),
    post("/tickets/{ticket}/{act}", "reopen", Here(A::TicketReopen), TEXT),
    post("/tickets/{ticket}/{act}", "resume", Here(A::TicketPause), BARE),
    post("/tickets/{ticket}/{act}", "forward", Here(A::TicketForward), Form(&[("unit", "{ward}"), ("text", "Đúng thẩm quyền hơn.")])),
    post("/tickets/{ticket}/{act}", "assign", Here(A::TicketAssign), Form(&[("staff", "{nurse}")])),
    post("/tickets/{ticket}/{act}", "merge", Here(A::TicketMerge), Form(&[("into", "{other_ticket}")])),
    post("/tickets/{ticket}/{act}", "pause", Here(A::TicketPause), Form(&[("approver", "{leader}"), ("hours", "2"), ("text", "Chờ xe.")])),
    get("/matters/{matter}", "", Here(A::MatterSee)),
    get("/matters/{matter}/file", "", Here(A::MatterFile)),
    get("/matters/{matter}/directive", "", Here(A::DirectiveGive)),
    post("/matters/{matter}/directive", "", Here(A::DirectiveGive), Form(&[("unit", "{ward}"), ("hours", "2"), ("text", "Báo cáo trước 10 giờ.")])),
    post("/rings/{attempt}/accept", "", Here(A::TicketAccept), Script("")),
    post("/rings/{attempt}/pass", "", Here(A::TicketPassUp), Script("")),

    get("/sign-in", "", All),
    post("/sign-in", "", All, BARE),
    post("/sign-in/passkey/start", "", All, Script("")),
    post("/sign-in/passkey/finish", "", All, CREDENTIAL),
    post("/sign-in/demo/{name}", "nurse", All, BARE),
    get("/link/{token}", "", All),
    post("/link/{token}", "", All, BARE),
    post("/link/{token}/passkey/start", "", All, BARE),
    post("/link/{token}/passkey/finish", "", All, CREDENTIAL),
    post("/sign-out", "", Signed, BARE),

    get("/reports", "", Tenant(A::ReportSee)),
    get("/reports/new", "", Tenant(A::ReportEnter)),
    post("/reports/new", "", Tenant(A::ReportEnter), File(&[])),
    get("/reports/{report}", "", Here(A::ReportSee)),
    get("/reports/{report}/code", "", Here(A::ReportIdentity)),
    get("/reports/{report}/answer", "", Here(A::ReportSee)),
    post("/reports/{report}/answer", "", Here(A::TicketResolve), File(&[("text", "Đã thu gom rác, rửa nền và rắc vôi.")])),
    get("/reports/{report}/reporter", "", Here(A::ReportIdentity)),
    post("/reports/{report}/reporter", "", Here(A::ReportIdentity), TEXT),
    post("/reports/{report}/duplicates/{other_report}", "", Here(A::TicketMerge), Form(&[("decision", "refuse")])),
    get("/reports/{report}/files/{file}", "", Here(A::ReportSee)),
    get("/reports/{report}/{act}", "progress", Here(A::ReportSee)),
    post("/reports/{report}/{act}", "progress", Here(A::TicketNote), TEXT),
    post("/reports/{report}/{act}", "moderate", Here(A::ReportModerate), TEXT),
    post("/reports/{report}/{act}", "forward", Here(A::TicketForward), Form(&[("unit", "{station}"), ("text", "Đúng thẩm quyền hơn.")])),

    get("/board", "", Tenant(A::BoardSee)),
    get("/board/wall", "", Tenant(A::BoardSee)),
    get("/board/list", "?list=open", Tenant(A::BoardSee)),
    get("/board/list/csv", "?list=open", Tenant(A::BoardSee)),
    get("/board/tables/{name}", "missed", Tenant(A::BoardSee)),
    get("/board/tables/{name}/csv", "missed", Tenant(A::BoardSee)),
    get("/numbers", "", Tenant(A::BoardSee)),
    get("/numbers/csv", "", Tenant(A::BoardSee)),
    get("/numbers/report/{day}", "", Tenant(A::BoardSee)),
    get("/numbers/report/{day}/xlsx", "", Tenant(A::BoardSee)),
    get("/numbers/report/{day}/pdf", "", Tenant(A::BoardSee)),
    post("/numbers/report", "", Tenant(A::NumbersFreeze), BARE),
    get("/numbers/beds", "", Tenant(A::BoardSee)),
    post("/numbers/beds", "", Tenant(A::BedsReport), BARE),
    get("/numbers/history", "", Tenant(A::BoardSee)),
    get("/numbers/history/csv", "", Tenant(A::BoardSee)),
    get("/numbers/history/import", "", Tenant(A::CaseImport)),
    post("/numbers/history/import", "", Tenant(A::CaseImport), File(&[("act", "check")])),
    get("/brief", "", Tenant(A::BriefSee)),
    get("/brief/now", "", Tenant(A::BriefSee)),
    get("/brief/now/csv", "", Tenant(A::BriefSee)),
    get("/brief/{day}/{slot}", "evening", Tenant(A::BriefSee)),
    get("/brief/{day}/{slot}/csv", "evening", Tenant(A::BriefSee)),
    get("/ledger", "", Tenant(A::LedgerSee)),
    get("/sources", "", Tenant(A::SourcesSee)),
    get("/sources/csv", "", Tenant(A::SourcesSee)),
    get("/units", "", Tenant(A::UnitSee)),
    get("/units/{station}", "", Tenant(A::UnitSee)),
    get("/units/new", "", Tenant(A::UnitEdit)),
    post("/units/new", "", Tenant(A::UnitEdit), BARE),
    get("/units/import", "", Tenant(A::UnitEdit)),
    post("/units/import", "", Tenant(A::UnitEdit), File(&[("act", "check")])),
    get("/units/reform", "", Tenant(A::UnitEdit)),
    post("/units/reform", "", Tenant(A::UnitEdit), BARE),
    post("/units/{station}/{act}", "rename", Tenant(A::UnitEdit), BARE),
    get("/organisations", "", Tenant(A::OrganisationSee)),
    get("/organisations/new", "", Tenant(A::OrganisationEdit)),
    post("/organisations/new", "", Tenant(A::OrganisationEdit), BARE),
    get("/organisations/{organisation}", "", Here(A::OrganisationSee)),
    post("/organisations/{organisation}/contact", "", Here(A::OrganisationContact), Form(&[("reason", "Báo giờ đến.")])),
    get("/organisations/{organisation}/edit", "", Here(A::OrganisationEdit)),
    post("/organisations/{organisation}/edit", "", Here(A::OrganisationEdit), BARE),

    get("/cases", "", Tenant(A::CaseSee)),
    get("/cases/new", "", Tenant(A::CaseRecord)),
    post("/cases/new", "", Tenant(A::CaseRecord), BARE),
    get("/cases/{case}", "", Here(A::CaseSee)),
    get("/cases/{case}/file", "", HereBoth(A::CaseSee, A::MatterFile)),
    get("/cases/{case}/{act}", "classify", Here(A::CaseRecord)),
    get("/cases/{case}/{act}", "open", Here(A::PersonRead)),
    post("/cases/{case}/{act}", "open", Here(A::PersonRead), Form(&[("reason", "Gọi lại để hỏi thăm.")])),
    post("/cases/{case}/{act}", "care", Here(A::CaseRecord), Form(&[("to", "hospital")])),
    post("/cases/{case}/{act}", "classify", Here(A::CaseRecord), Form(&[("to", "suspected"), ("why", "Nhầm mẫu.")])),
    get("/cases/{case}/{act}", "onset", Here(A::CaseRecord)),
    get("/cases/{case}/{act}", "severe", Here(A::CaseRecord)),
    get("/cases/{case}/{act}", "end", Here(A::CaseRecord)),
    post("/cases/{case}/{act}", "onset", Here(A::CaseRecord), Form(&[("onset_on", "23/9/2021")])),
    post("/cases/{case}/{act}", "severe", Here(A::CaseRecord), Form(&[("to", "yes")])),
    get("/people/duplicates", "", Tenant(A::PersonRead)),
    get("/people/{patient}", "", Here(A::CaseSee)),
    get("/people/{patient}/{act}", "decide?other={twin}", Here(A::CaseRecord)),
    get("/people/{patient}/{act}", "part", Here(A::CaseRecord)),
    get("/people/{patient}/{act}", "carer", Here(A::CaseRecord)),
    get("/people/{patient}/{act}", "end-carer?carer={carer}", Here(A::CaseRecord)),
    post("/people/{patient}/{act}", "decide", Here(A::CaseRecord), Form(&[("other", "{twin}"), ("to", "two"), ("why", "Hai chị em.")])),
    post("/people/{patient}/{act}", "part", Here(A::CaseRecord), Form(&[("why", "Gộp nhầm.")])),
    post("/people/{patient}/{act}", "carer", Here(A::CaseRecord), Form(&[("full_name", "Lê Văn Em"), ("birth", "1970"), ("kind", "guardian"), ("consent", "signed")])),
    post("/people/{patient}/{act}", "end-carer", Here(A::CaseRecord), Form(&[("carer", "{carer}"), ("why", "Đã đi xa.")])),
    get("/rounds", "", Tenant(A::CareSee)),
    get("/rounds/balance", "?ward={ward}", Here(A::CareAssign)),
    post("/rounds/balance", "", Here(A::CareAssign), Form(&[("ward", "{ward}"), ("placing", "{household} - {team}")])),
    get("/alerts", "", Tenant(A::CareSee)),
    get("/removals", "", Tenant(A::CareSee)),
    get("/households/{household}", "", Here(A::CareSee)),
    get("/households/{household}/{act}", "enter", Here(A::CareRecord)),
    get("/households/{household}/{act}", "member", Here(A::CareRecord)),
    get("/households/{household}/{act}", "code", Here(A::CareRecord)),
    get("/households/{household}/{act}", "call", Here(A::CareRecord)),
    get("/households/{household}/{act}", "edit", Here(A::CareRecord)),
    get("/households/{household}/{act}", "assign", Here(A::CareAssign)),
    get("/households/{household}/{act}", "join", Here(A::CareAssign)),
    get("/households/{household}/{act}", "leave?member={member}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "restart?plan={care_plan}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "lengthen?plan={care_plan}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "close?plan={care_plan}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "fact?member={patient}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "unfact?fact={fact}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "removal?member={patient}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "journey?removal={removal}", Here(A::CareRecord)),
    get("/households/{household}/{act}", "order?member={patient}", Here(A::CaseRecord)),
    get("/households/{household}/{act}", "result?member={patient}", Here(A::CaseRecord)),
    get("/households/{household}/{act}", "bags", Here(A::CareRecord)),
    get("/households/{household}/{act}", "needs", Here(A::CareRecord)),
    get("/households/{household}/{act}", "papers", Here(A::CarePaper)),
    get("/papers/{paper}", "", Here(A::CarePaper)),
    get("/papers/{paper}/pdf", "", Here(A::CarePaper)),
    get("/release", "", Tenant(A::CareSee)),
    post("/release", "", Here(A::CarePaper), Form(&[("plan", "{care_plan}")])),
    get("/stocks", "", Tenant(A::CareSee)),
    post("/stocks", "", Here(A::CareRecord), Form(&[("unit", "{station}"), ("reason", "received"), ("item", "bag_a"), ("n", "20")])),
    get("/alerts/{alert}/end", "", Here(A::CareRecord)),
    post("/households/{household}/{act}", "call", Here(A::CareRecord), BARE),
    post("/households/{household}/{act}", "code", Here(A::CareRecord), BARE),
    post("/households/{household}/{act}", "assign", Here(A::CareAssign), Form(&[("mobile_station", "none"), ("care_team", "{team}"), ("why", "Trạm lưu động đã đủ người.")])),
    post("/households/{household}/{act}", "join", Here(A::CareAssign), Form(&[("from", "{household}"), ("why", "Cùng một nhà.")])),
    post("/households/{household}/{act}", "remind", Here(A::CareRecord), BARE),
    post("/households/{household}/{act}", "edit", Here(A::CareRecord), Form(&[("oximeters", "1")])),
    post("/households/{household}/{act}", "enter", Here(A::CareRecord), Form(&[("form_key", "00000000-0000-0000-0000-000000000005"), ("channel", "phone"), ("outcome", "not_reached"), ("m0_person", "{patient}")])),
    post("/households/{household}/{act}", "member", Here(A::CareRecord), Form(&[("full_name", "Lê Thị Em"), ("birth", "2010"), ("subject", "f1")])),
    post("/households/{household}/{act}", "fact", Here(A::CareRecord), Form(&[("person", "{patient}"), ("kind", "illness"), ("words", "Hen phế quản"), ("source", "person")])),
    post("/households/{household}/{act}", "unfact", Here(A::CareRecord), Form(&[("fact", "{fact}"), ("withdrawn_as", "wrong"), ("why", "Ghi nhầm người.")])),
    post("/households/{household}/{act}", "removal", Here(A::CareRecord), Form(&[("person", "{patient}"), ("reason", "red_flag")])),
    post("/households/{household}/{act}", "journey", Here(A::CareRecord), Form(&[("removal", "{removal}"), ("do", "step"), ("step", "called")])),
    post("/households/{household}/{act}", "journey", Here(A::CareRecord), Form(&[("removal", "{removal}"), ("do", "end"), ("ended_as", "not_needed")])),
    post("/households/{household}/{act}", "bags", Here(A::CareRecord), Form(&[("do", "give"), ("kind", "A"), ("person", "{patient}"), ("unit", "{station}")])),
    post("/households/{household}/{act}", "needs", Here(A::CareRecord), Form(&[("do", "ask"), ("form_key", "00000000-0000-0000-0000-000000000006"), ("items", "food")])),
    post("/households/{household}/{act}", "papers", Here(A::CarePaper), Form(&[("do", "issue"), ("kinds", "commitment"), ("person", "{patient}")])),
    post("/households/{household}/{act}", "leave", Here(A::CareRecord), Form(&[("member", "{member}"), ("why", "Về quê.")])),
    post("/households/{household}/{act}", "restart", Here(A::CareRecord), Form(&[("plan", "{care_plan}"), ("basis", "report"), ("start_on", "25/9/2021"), ("why", "Khai lại ngày.")])),
    post("/households/{household}/{act}", "lengthen", Here(A::CareRecord), Form(&[("plan", "{care_plan}"), ("ends_on", "10/10/2021"), ("why", "Còn dương tính.")])),
    post("/alerts/{alert}/end", "", Here(A::CareRecord), Form(&[("ended_as", "advised")])),
    post("/households/{household}/{act}", "close", Here(A::CareRecord), Form(&[("plan", "{care_plan}"), ("closed_as", "released"), ("why", "Đủ ngày.")])),
    post("/cases/{case}/{act}", "end", Here(A::CaseRecord), Form(&[("to", "recovered"), ("outcome_on", "25/9/2021")])),
    get("/contacts", "", Tenant(A::CaseSee)),
    get("/tracing", "", Tenant(A::CaseSee)),
    get("/contacts/{contact}/{act}", "call", Here(A::CaseRecord)),
    get("/contacts/{contact}/{act}", "reach", Here(A::CaseRecord)),
    get("/contacts/{contact}/{act}", "end", Here(A::CaseRecord)),
    post("/contacts/{contact}/{act}", "call", Here(A::CaseRecord), BARE),
    post("/contacts/{contact}/{act}", "end", Here(A::CaseRecord), Form(&[("ended_as", "lost")])),
    post("/contacts/{contact}/{act}", "reach", Here(A::CaseRecord), BARE),
    post("/contacts/{contact}/{act}", "accept", Here(A::CaseRecord), BARE),
    get("/cases/{case}/contacts", "", Here(A::CaseRecord)),
    get("/cases/{case}/trace", "", Here(A::CaseRecord)),
    get("/cases/{case}/source", "", Here(A::CaseRecord)),
    get("/cases/{case}/visits", "", Here(A::CaseRecord)),
    post("/cases/{case}/contacts", "", Here(A::CaseRecord), Form(&[("full_name", "Đỗ Thị Gần"), ("last_on", "24/9/2021"), ("degree", "1")])),
    post("/cases/{case}/visits", "", Here(A::CaseRecord), Form(&[("place", "{place}"), ("role", "visited")])),
    post("/cases/{case}/source", "", Here(A::CaseRecord), Form(&[("by", "nobody")])),
    post("/cases/{case}/trace", "", Here(A::CaseRecord), TEXT),
    get("/places", "", Tenant(A::CaseSee)),
    get("/places/new", "", Tenant(A::CaseRecord)),
    post("/places/new", "", Tenant(A::CaseRecord), BARE),
    get("/places/{place}", "", Here(A::CaseSee)),
    get("/places/{place}/{act}", "move", Here(A::CaseRecord)),
    get("/places/{place}/{act}", "measure", Here(A::CaseRecord)),
    post("/places/{place}/{act}", "measure", Here(A::CaseRecord), Form(&[("measure", "tested"), ("on_day", "25/9/2021")])),
    post("/places/{place}/{act}", "move", Here(A::CaseRecord), Form(&[("to", "closed"), ("why", "Hết ca.")])),
    post("/places/{place}/{act}", "unvisit", Here(A::CaseRecord), Form(&[("visit", "{visit}")])),
    get("/clusters", "", Tenant(A::CaseSee)),
    get("/clusters/{cluster}", "", Here(A::CaseSee)),
    get("/samples", "", Tenant(A::CaseRecord)),
    get("/samples/pool", "", Tenant(A::CaseRecord)),
    post("/samples/pool", "", Tenant(A::CaseRecord), BARE),
    get("/samples/pools/{pool}", "", Here(A::CaseRecord)),
    get("/samples/tests/{self_test}", "", Here(A::CaseRecord)),
    get("/samples/tests/{self_test}/photo", "", Nobody),
    get("/samples/orders/{order}/{act}", "result", Here(A::CaseRecord)),
    get("/samples/orders/{order}/{act}", "withdraw", Here(A::CaseRecord)),
    post("/households/{household}/{act}", "order", Here(A::CaseRecord), Form(&[("person", "{member}"), ("kind", "rapid"), ("reason", "symptoms")])),
    post("/households/{household}/{act}", "result", Here(A::CaseRecord), Form(&[("person", "{member}"), ("kind", "rapid"), ("result", "negative"), ("sample_on", "25/9/2021")])),
    post("/samples/orders/{order}/{act}", "result", Here(A::CaseRecord), BARE),
    post("/samples/orders/{order}/{act}", "withdraw", Here(A::CaseRecord), TEXT),
    post("/samples/tests/{self_test}", "", Here(A::CaseRecord), Form(&[("seen_as", "noted")])),
    post("/samples/pools/{pool}", "", Here(A::CaseRecord), Form(&[("result", "negative")])),
    get("/imports", "", Tenant(A::CaseImport)),
    post("/imports", "", Tenant(A::CaseImport), File(&[("unit", "{station}")])),
    get("/imports/{import}", "", Here(A::CaseImport)),
    get("/imports/{import}/unmatched", "", Here(A::CaseImport)),
    post("/imports/{import}/unmatched/{line}", "", Here(A::CaseImport), Form(&[("choice", "new")])),
    get("/imports/{import}/{act}", "undo", Here(A::CaseImport)),
    post("/imports/{import}/{act}", "errors", Here(A::CaseImport), BARE),
    post("/imports/{import}/{act}", "apply", Here(A::CaseImport), BARE),
    post("/imports/{import}/{act}", "undo", Here(A::CaseImport), TEXT),

    get("/lockdowns", "", Tenant(A::CareSee)),
    get("/lockdowns/new", "", Tenant(A::LockdownDecide)),
    post("/lockdowns/new", "", Tenant(A::LockdownDecide), BARE),
    get("/lockdowns/{lockdown}", "?find=15", Here(A::CareSee)),
    get("/lockdowns/{lockdown}/{act}", "ask", Here(A::CareSee)),
    get("/lockdowns/{lockdown}/{act}", "lift", Here(A::LockdownDecide)),
    post("/lockdowns/{lockdown}/{act}", "ask", Here(A::CareSee), Form(&[("kind", "food")])),
    post("/lockdowns/{lockdown}/{act}", "meet", Here(A::CareSee), Form(&[("supply", "{supply}")])),
    post("/lockdowns/{lockdown}/{act}", "add", Here(A::LockdownDecide), Form(&[("household", "{household}")])),
    post("/lockdowns/{lockdown}/{act}", "announce", Here(A::LockdownDecide), BARE),
    post("/lockdowns/{lockdown}/{act}", "replan", Here(A::LockdownDecide), BARE),
    post("/lockdowns/{lockdown}/{act}", "lift", Here(A::LockdownDecide), BARE),
    get("/signals", "", Tenant(A::CareSee)),
    get("/corrections", "", Tenant(A::PersonCorrect)),
    get("/corrections/new", "?person={patient}", Here(A::PersonCorrect)),
    post("/corrections/new", "?person={patient}", Here(A::PersonCorrect), File(&[("field", "")])),
    get("/corrections/codes/{patient}", "", Here(A::PersonCorrect)),
    post("/corrections/codes/{patient}", "", Here(A::PersonCorrect), BARE),
    get("/corrections/{correction}", "", Here(A::PersonCorrect)),
    get("/corrections/{correction}/files/{nothing}", "", Nobody),
    post("/corrections/{correction}/{act}", "refuse", Here(A::PersonCorrect), Form(&[("answer", "Giấy tờ không khớp.")])),

    get("/account", "", Signed),
    post("/account/seen", "", Signed, BARE),
    post("/account/preferences", "", Signed, BARE),
    post("/account/password", "", Signed, BARE),
    post("/account/sessions/{nothing}/end", "", Nobody, BARE),
    post("/account/acting", "", Nobody, Form(&[("leader", "{nurse}")])),
    post("/account/acting/stop", "", Signed, BARE),
    post("/account/delegations", "", Signed, BARE),
    post("/account/delegations/{delegation}/end", "", HereOr(A::StaffEdit, Role::DistrictLeader), BARE),
    post("/account/confirm", "", Signed, BARE),
    post("/account/confirm/passkey/start", "", Signed, Script("")),
    post("/account/confirm/passkey/finish", "", Signed, CREDENTIAL),
    get("/account/code", "", Signed),
    post("/account/code", "", Signed, BARE),
    post("/account/passkeys/start", "", Signed, Script("")),
    post("/account/passkeys/finish", "", Signed, CREDENTIAL),
    post("/account/passkeys/{nothing}/remove", "", Nobody, BARE),

    get("/accounts", "", Tenant(A::AccountManage)),
    get("/accounts/invite", "", Tenant(A::AccountManage)),
    post("/accounts/invite", "", Tenant(A::AccountManage), BARE),
    get("/accounts/links", "", Tenant(A::AccountRelease)),
    post("/accounts/links/{link}/release", "", Tenant(A::AccountRelease), BARE),
    post("/accounts/links/{link}/withdraw", "", Tenant(A::AccountRelease), BARE),
    get("/accounts/{spare}", "", Tenant(A::AccountManage)),
    post("/accounts/{spare}/recover", "", Tenant(A::AccountManage), BARE),
    post("/accounts/{spare}/lock", "", Tenant(A::AccountManage), BARE),
    post("/accounts/{spare}/unlock", "", Tenant(A::AccountManage), BARE),

    get("/staff", "", Tenant(A::StaffSee)),
    get("/staff/new", "", Tenant(A::StaffEdit)),
    post("/staff/new", "", Tenant(A::StaffEdit), BARE),
    get("/staff/import", "", Tenant(A::StaffEdit)),
    post("/staff/import", "", Tenant(A::StaffEdit), File(&[("act", "check")])),
    get("/staff/delegations", "", Tenant(A::StaffEdit)),
    post("/staff/delegations", "", Tenant(A::StaffEdit), BARE),
    post("/staff/delegations/{delegation}/end", "", Tenant(A::StaffEdit), BARE),
    get("/staff/{spare}", "", Here(A::StaffSee)),
    get("/staff/{spare}/edit", "", Tenant(A::StaffEdit)),
    post("/staff/{spare}/edit", "", Tenant(A::StaffEdit), BARE),
    post("/staff/{spare}/posts", "", Tenant(A::StaffEdit), BARE),
    post("/staff/{spare}/posts/{post}/end", "", Tenant(A::StaffEdit), BARE),

    // Before the plan whose shifts they are about is changed.
    post("/rosters/changes/{change}/{act}", "agree", HereOr(A::RosterEdit, Role::StationStaff), BARE),
    post("/rosters/changes/{change}/{act}", "refuse", HereOr(A::RosterEdit, Role::StationStaff), BARE),
    post("/rosters/absences/{absence}/end", "", HereOr(A::RosterEdit, Role::StationStaff), BARE),
    get("/rosters", "?unit={station}", Signed),
    get("/rosters/form", "?unit={station}", Signed),
    get("/rosters/plan", "?unit={station}", Here(A::RosterEdit)),
    post("/rosters/plan", "?unit={station}", Here(A::RosterEdit), Form(&[("do", "save"), ("from", "2021-09-26"), ("rows", "0"), ("rotations", "0")])),
    get("/rosters/need", "?unit={station}", Here(A::RosterEdit)),
    post("/rosters/need", "?unit={station}", Here(A::RosterEdit), Form(&[("backups", "0"), ("when", "always")])),
    get("/rosters/import", "?unit={station}", Here(A::RosterEdit)),
    post("/rosters/import", "?unit={station}", Here(A::RosterEdit), File(&[])),
    post("/rosters/import/apply", "?unit={station}", Here(A::RosterEdit), Form(&[("file", "{roster_file}")])),
    post("/rosters/import/errors", "?unit={station}", Here(A::RosterEdit), Form(&[("file", "{roster_file}")])),
    post("/rosters/imports/{plan}/undo", "", Here(A::RosterEdit), BARE),
    get("/rosters/do/{act}", "swap?unit={station}", Signed),
    post("/rosters/do/{act}", "swap?unit={station}", Signed, BARE),
    post("/rosters/feeds", "?unit={station}", Signed, Form(&[("whose", "mine")])),
    post("/rosters/feeds/{feed}/revoke", "", Own(Role::StationStaff), BARE),
    get("!/{tenant}/feeds/{feed_file}", "", All),

    get("/ladders", "", Tenant(A::LadderSee)),
    get("/ladders/{name}", "f0_news", Tenant(A::LadderEdit)),
    post("/ladders/{name}", "f0_news", Tenant(A::LadderEdit), BARE),
    get("/rules", "", Tenant(A::RuleSee)),
    get("/rules/calendar", "", Tenant(A::RuleSee)),
    get("/rules/{rule}", "", Tenant(A::RuleSee)),

    // What cannot be undone comes last.
    post("/staff/{spare}/leave", "", Tenant(A::StaffEdit), BARE),
    post("/accounts/{spare}/close", "", Tenant(A::AccountManage), BARE),
];

impl Route {
    /// The path as the router has it, for comparing: names of parameters do not count.
    fn template(&self) -> String {
        let path = match self.path.strip_prefix('!') {
            Some(path) => path.to_owned(),
            None => format!("/{{tenant}}/desk{}", self.path),
        };
        nameless(&path)
    }

    fn method(&self) -> &'static str {
        if self.sent == Page { "GET" } else { "POST" }
    }

    /// The address on this centre.
    fn address(&self, seeded: &Seeded) -> String {
        let path = match self.path.strip_prefix('!') {
            Some(path) => path.replace("{tenant}", "quan7demo"),
            None => format!("/quan7demo/desk{}", self.path),
        };
        let named = ["{act}", "{name}", "{slot}"].into_iter().find(|name| path.contains(name));
        let path = match named {
            Some(name) => path.replacen(name, self.act, 1),
            None => path + self.act,
        };
        filled(&path, seeded)
    }
}

fn nameless(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("{}");
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

fn filled(text: &str, seeded: &Seeded) -> String {
    let mut text = text.to_owned();
    for (name, id) in &seeded.ids {
        text = text.replace(&format!("{{{name}}}"), id);
    }
    assert!(!text.contains('{'), "nothing seeded for {text}");
    text
}

fn lent(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn visit(route: &Route, seeded: &Seeded, who: &Browser, csrf: &str) -> Seen {
    let address = route.address(seeded);
    let fields = |given: &[(&'static str, &'static str)]| -> Vec<(String, String)> {
        let own = given.iter().map(|(name, value)| ((*name).to_owned(), filled(value, seeded)));
        own.chain([("csrf".to_owned(), csrf.to_owned())]).collect()
    };
    match route.sent {
        Page => who.open(&address).await,
        // The passkey of a link comes as a form whose token a script puts into a header.
        Form(_) if route.path.ends_with("/passkey/start") => who.post_header(&address, csrf).await,
        Form(given) => who.post_bare(&address, &lent(&fields(given))).await,
        // An answer needs no picture, and a list is none.
        File(given) if ["/answer", "/resolve", "/new"].iter().any(|end| route.path.ends_with(end)) => {
            who.post_bare_with(&address, &lent(&fields(given)), ("", b"")).await
        }
        File(given) => who.post_parts(&address, &lent(&fields(given)), &seeded.ids["list"]).await,
        Script(body) => who.post_script(&address, csrf, body).await,
    }
}

async fn seeded() -> Seeded {
    let mut seeded = Seeded::new().await;
    let table = "Ngày,Ca trực,Từ,Đến,Họ và tên\n02/10/2021,Ca ngày,07:00,19:00,Người dự bị\n";
    seeded.put("roster_file", BASE64URL_NOPAD.encode(table.as_bytes()));
    seeded.put("rule", "calendar.holidays");
    seeded
}

async fn allowed(route: &Route, seeded: &Seeded, role: Role) -> bool {
    // A report stands before the ward alone, what is about a case before its station too, a
    // household before its care team besides.
    let units = [seeded.ward, seeded.station, seeded.team];
    let care = ["{household}", "{alert}"].iter().any(|id| route.path.contains(id));
    // With a ticket works only who is responsible for it; its ward may look on.
    let works = matches!(route.may, Here(action) if !matches!(action, A::TicketSee | A::TicketNote | A::MatterSee | A::MatterFile));
    let ticket = route.path.contains("{ticket}") || route.path.contains("{attempt}");
    let here = match (route.path.contains("{report}"), ticket && works) {
        (true, _) => &units[..1],
        (_, true) => &units[1..2],
        _ if care => &units[..],
        _ => &units[..2],
    };
    match route.may {
        All | Signed => true,
        Nobody => false,
        Own(own) => role == own,
        Tenant(action) => seeded.permits(role, action, None).await,
        Here(action) => seeded.permits(role, action, Some(here)).await,
        HereBoth(one, other) => {
            seeded.permits(role, one, Some(here)).await && seeded.permits(role, other, Some(here)).await
        }
        HereOr(action, own) => role == own || seeded.permits(role, action, Some(here)).await,
    }
}

fn refused(seen: &Seen) -> bool {
    matches!(seen.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)
}

/// Whether a page came, or what was sent was judged.
fn answered(seen: &Seen) -> bool {
    let to_the_door = seen.status == StatusCode::SEE_OTHER && seen.to.contains("/sign-in");
    !refused(seen)
        && !to_the_door
        && seen.status != StatusCode::UNAUTHORIZED
        && !seen.status.is_server_error()
}

#[test]
fn no_route_is_forgotten_and_none_that_is_gone_is_named() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let declared: BTreeSet<_> =
        declared(&sources).into_iter().map(|(method, path)| (method, nameless(&path))).collect();
    let listed: BTreeSet<_> =
        ROUTES.iter().map(|route| (route.method().to_owned(), route.template())).collect();
    assert_eq!(declared.difference(&listed).collect::<Vec<_>>(), Vec::<&_>::new(), "not in the list");
    assert_eq!(listed.difference(&declared).collect::<Vec<_>>(), Vec::<&_>::new(), "no longer there");
}

#[tokio::test]
async fn nobody_and_another_tenant_s_people_are_sent_to_the_door() {
    let seeded = seeded().await;
    // The district beside it, with the same units and nobody of these people.
    let tenants = duty::tenants::find(&seeded.centre.store).await.unwrap();
    let (slug, other) = tenants.into_iter().find(|(slug, _)| slug == "quan7").unwrap();
    let mut cell = seeded.centre.store.cell().await.unwrap();
    sqlx::query("update tenants set demo = true").execute(cell.conn()).await.unwrap();
    cell.commit().await.unwrap();
    let mut cx = seeded.centre.store.begin(other.id, Actor::system("test")).await.unwrap();
    let someone = duty::staff::described("X1", "Người nơi khác", None, None, jiff::civil::date(2021, 1, 1));
    let someone = duty::staff::take_on(&mut cx, &someone.unwrap()).await.unwrap();
    let unit = duty::units::tree(&mut cx).await.unwrap().director();
    for role in [Role::CentreDirector, Role::Administrator] {
        let post = duty::staff::NewPost {
            staff: someone,
            unit,
            role,
            title: "Giám đốc".into(),
            title_en: "Director".into(),
            head: true,
            on_call: false,
            valid_from: jiff::civil::date(2021, 1, 1),
        };
        duty::staff::appoint(&mut cx, &post).await.unwrap();
    }
    cx.commit().await.unwrap();
    let signed = accounts::demo_sign_in(&seeded.centre.store, other.id, someone, "").await.unwrap();
    let foreign = Browser::with(seeded.app.clone(), format!("vx_session={}", signed.token));
    let mut wrong = Vec::new();
    for who in [&seeded.nobody(), &foreign] {
        for route in ROUTES {
            let seen = visit(route, &seeded, who, "").await;
            let right = match (route.may, route.sent) {
                (All, Page) => seen.status == StatusCode::OK,
                (All, _) => seen.status == StatusCode::FORBIDDEN,
                (_, Page) => seen.status == StatusCode::SEE_OTHER && seen.to.contains("/desk/sign-in"),
                (_, _) => {
                    matches!(seen.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
                        || (seen.status == StatusCode::SEE_OTHER && seen.to.contains("/desk/sign-in"))
                }
            };
            if !right {
                wrong.push(format!(
                    "{} {} {}: {} {}",
                    route.method(),
                    route.path,
                    route.act,
                    seen.status,
                    seen.to
                ));
            }
        }
    }
    // His own session, on his own tenant's paths, with the ids of this one: they are not there.
    for route in ROUTES.iter().filter(|route| route.sent == Page) {
        let ids = [
            "ticket}",
            "matter}",
            "report}",
            "case}",
            "import}",
            "spare}",
            "file}",
            "organisation}",
            "household}",
            "paper}",
            "alert}",
            "contact}",
            "place}",
            "cluster}",
            "patient}",
        ];
        if !ids.iter().any(|id| route.path.contains(id)) {
            continue;
        }
        let address = route.address(&seeded).replacen("/quan7demo/", &format!("/{slug}/"), 1);
        let seen = foreign.open(&address).await;
        if !refused(&seen) {
            wrong.push(format!("{address}: {}", seen.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_role_opens_the_pages_of_its_table_and_no_others() {
    let seeded = seeded().await;
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let who = seeded.browser(seeded.people[&role]).await;
        for route in ROUTES.iter().filter(|route| route.sent == Page) {
            let allowed = allowed(route, &seeded, role).await;
            let seen = visit(route, &seeded, &who, "").await;
            // Whether a brief of that evening was kept is for the board's own tests.
            let kept = seen.status == StatusCode::NOT_FOUND && route.path.starts_with("/brief/{day}");
            if (allowed && !answered(&seen) && !kept) || (!allowed && !refused(&seen)) {
                wrong.push(format!("{role} {} {}: {} {}", route.path, route.act, seen.status, seen.to));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_form_is_taken_without_its_token() {
    let seeded = seeded().await;
    let mut wrong = Vec::new();
    for role in [Role::StationStaff, Role::CentreDirector, Role::Administrator] {
        let who = seeded.browser(seeded.people[&role]).await;
        for route in ROUTES.iter().filter(|route| route.sent != Page) {
            for csrf in ["", "nothing"] {
                let seen = visit(route, &seeded, &who, csrf).await;
                if seen.status != StatusCode::FORBIDDEN {
                    wrong.push(format!("{role} {} {}: {} {}", route.path, route.act, seen.status, seen.to));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sends the forms of these paths as every role, with the token of its own pages.
async fn every_role_sends(these: fn(&str) -> bool) {
    let mut seeded = seeded().await;
    let mut browsers = BTreeMap::new();
    for role in Role::ALL {
        browsers.insert(role, seeded.browser(seeded.people[&role]).await);
    }
    let mut wrong = Vec::new();
    let forms = ROUTES.iter().filter(|route| route.sent != Page && !matches!(route.may, All));
    for route in forms.filter(|route| these(route.path)) {
        for role in Role::ALL {
            let allowed = allowed(route, &seeded, role).await;
            // Whoever may spends what the form is about.
            if allowed || route.act == "forward" {
                fresh(route, &mut seeded).await;
            }
            if route.path == "/sign-out" {
                browsers.insert(role, seeded.browser(seeded.people[&role]).await);
            }
            let who = &browsers[&role];
            let csrf = who.csrf().await.to_owned();
            let seen = visit(route, &seeded, who, &csrf).await;
            if route.path == "/sign-out" {
                browsers.insert(role, seeded.browser(seeded.people[&role]).await);
            }
            let out = route.path == "/sign-out" && seen.status == StatusCode::SEE_OTHER;
            // What has been decided says so before it asks who asks.
            let spent = route.path.contains("{change}") || route.act == "pass-up";
            let decided = spent && seen.status == StatusCode::CONFLICT;
            let right = if allowed { answered(&seen) || out } else { refused(&seen) || decided };
            if !right {
                wrong.push(format!("{role} {} {}: {} {}", route.path, route.act, seen.status, seen.to));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn fresh(route: &Route, seeded: &mut Seeded) {
    if route.path.contains("{ticket}") || route.path.contains("{attempt}") {
        seeded.fresh_ticket().await;
    } else if route.path.contains("{report}") {
        seeded.fresh_report().await;
    } else if route.path.contains("{link}") {
        seeded.fresh_link().await;
    } else if route.path.contains("{delegation}") {
        seeded.fresh_delegation().await;
    }
}

fn is_ticket(path: &str) -> bool {
    ["/tickets", "/matters", "/rings"].iter().any(|area| path.starts_with(area))
}

fn is_news(path: &str) -> bool {
    [
        "/reports",
        "/cases",
        "/imports",
        "/households",
        "/alerts",
        "/samples",
        "/contacts",
        "/places",
        "/clusters",
        "/tracing",
    ]
    .iter()
    .any(|area| path.starts_with(area))
}

#[tokio::test]
async fn every_role_does_with_tickets_what_its_table_says_and_nothing_else() {
    every_role_sends(is_ticket).await;
}

#[tokio::test]
async fn every_role_does_with_reports_and_cases_what_its_table_says_and_nothing_else() {
    every_role_sends(is_news).await;
}

#[tokio::test]
async fn every_role_does_with_people_and_duty_what_its_table_says_and_nothing_else() {
    every_role_sends(|path| !is_ticket(path) && !is_news(path)).await;
}

#[tokio::test]
async fn forms_before_signing_in_are_taken_with_the_token_of_their_page() {
    let seeded = seeded().await;
    for page in ["sign-in".to_owned(), format!("link/{}", seeded.ids["token"])] {
        let first = seeded.nobody().open(&page).await;
        let cookie = first.cookies.iter().find(|cookie| cookie.starts_with("vx_door=")).unwrap();
        let who = Browser::with(seeded.app.clone(), cookie.split(';').next().unwrap());
        let csrf = hidden(&first.text, "csrf").unwrap();
        for route in ROUTES.iter().filter(|route| matches!(route.may, All) && route.sent != Page) {
            let seen = visit(route, &seeded, &who, &csrf).await;
            assert_ne!(seen.status, StatusCode::FORBIDDEN, "{page}: {}", route.path);
        }
    }
}
