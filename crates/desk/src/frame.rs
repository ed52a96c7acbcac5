//! The frame of a desk page for the person who reads it: unit and role, rail with live counters.

use crate::Me;
use duty::{
    accounts::Theme,
    organisations,
    permissions::{Action, Scope, permits},
    staff, tickets,
    units::{self, Tree},
};
use health::followups;
use kernel::{Result, TicketId, UnitId};
use pages::{Desk, Nav};
use std::{collections::BTreeMap, sync::Arc};
use store::Cx;

/// A page in the making: its frame, its transaction, and the units of today.
pub struct Frame {
    pub d: Desk,
    pub cx: Cx,
    pub tree: Arc<Tree>,
    /// Where this person works or is on duty now, and the leader he acts for: whose queue is theirs.
    pub units: Vec<UnitId>,
    owing: BTreeMap<TicketId, String>,
}

impl Frame {
    /// `here` is the first path segment of the page, to mark it in the rail.
    pub async fn new(me: &Me, here: &str) -> Result<Self> {
        let mut cx = me.begin().await?;
        let tree = units::tree(&mut cx).await?;
        let units = staff::heard_units(&mut cx).await?;
        let mut d = Desk::new(&me.app, me.tenant.clone(), me.w);
        d.signed_in = true;
        d.csrf.clone_from(&me.csrf);
        d.theme = match me.signed.theme {
            Theme::Auto => "",
            chosen => chosen.as_str(),
        };
        let lang = me.w.lang();
        if let Some(badge) = staff::badges(&mut cx, &[me.staff]).await?.remove(&me.staff) {
            d.who_unit = badge
                .unit
                .and_then(|unit| tree.get(unit))
                .map(|unit| unit.name_in(lang.as_str()).to_owned())
                .unwrap_or_default();
            d.who_title = lang.pick(&badge.title, &badge.title_en).to_owned();
            d.who_name = badge.full_name;
        }
        d.before = before(&d, me);
        if let Some(leader) = me.actor.on_behalf_of {
            d.on_behalf_of =
                staff::of(&mut cx, &[leader]).await?.remove(&leader).map(|leader| leader.full_name);
        }
        let counts = tickets::counts(&mut cx, &units).await?;
        let calls = calls(&mut cx, me, &units).await?;
        let w = me.w;
        let link = |icon, label: String, path: &str| Nav {
            icon,
            label,
            href: me.at(path),
            count: None,
            late: false,
            here: here == path,
        };
        let may = |action| permits(&me.actor, action, Scope::Tenant);
        let mut work = vec![Nav {
            count: Some(counts.open),
            late: counts.late > 0,
            ..link("list-check", w.nav_tickets(), "tickets")
        }];
        let mut place = Vec::new();
        for (allowed, list, icon, label, path) in [
            (Action::CareSee, 0, "clipboard-heart", w.nav_rounds(), "rounds"),
            (Action::CallSee, 0, "headset", w.nav_calls(), "calls"),
            (Action::CallSee, 0, "phone", w.nav_hotline(), "hotline"),
            (Action::CaseSee, 0, "virus", w.nav_cases(), "cases"),
            (Action::CaseSee, 0, "users-group", w.nav_contacts(), "contacts"),
            (Action::CaseRecord, 0, "clipboard-list", w.nav_samples(), "samples"),
            (Action::CareRecord, 0, "clipboard-check", w.nav_declarations(), "declarations"),
            (Action::CareSee, 0, "lock", w.nav_lockdowns(), "lockdowns"),
            (Action::GateSee, 0, "road", w.nav_gates(), "gates"),
            (Action::BoardSee, 0, "qrcode", w.nav_checkins(), "checkins"),
            (Action::PassIssue, 0, "id", w.nav_passes(), "passes"),
            (Action::CareSee, 0, "activity", w.nav_signals(), "signals"),
            (Action::PersonCorrect, 0, "edit", w.nav_corrections(), "corrections"),
            (Action::ReportSee, 0, "message", w.nav_reports(), "reports"),
            (Action::TextSee, 0, "message-circle", w.nav_texts(), "texts"),
            (Action::BoardSee, 0, "dashboard", w.nav_board(), "board"),
            (Action::BoardSee, 0, "chart-bar", w.nav_numbers(), "numbers"),
            (Action::BriefSee, 0, "file-report", w.nav_brief(), "brief"),
            (Action::CallRecordSee, 0, "phone-check", w.nav_record(), "record"),
            (Action::RosterSee, 1, "calendar-time", w.nav_rosters(), "rosters"),
            (Action::UnitSee, 1, "sitemap", w.nav_units(), "units"),
            (Action::OrganisationSee, 1, "building-store", w.nav_organisations(), "organisations"),
            (Action::StaffSee, 1, "users", w.nav_staff(), "staff"),
            (Action::LadderSee, 1, "stairs-up", w.nav_ladders(), "ladders"),
            (Action::LadderSee, 1, "volume", w.nav_prompts(), "prompts"),
            (Action::ScriptSee, 1, "message-circle", w.nav_scripts(), "scripts"),
            (Action::RuleSee, 1, "gavel", w.nav_rules(), "rules"),
            (Action::SourcesSee, 1, "database", w.nav_sources(), "sources"),
            (Action::LedgerSee, 1, "history", w.nav_ledger(), "ledger"),
            (Action::AccountManage, 1, "key", w.nav_accounts(), "accounts"),
            (Action::AccountRelease, 1, "key", w.nav_links(), "accounts/links"),
        ] {
            // Who manages accounts finds those links there.
            let twice = allowed == Action::AccountRelease && may(Action::AccountManage);
            if may(allowed) && !twice {
                let count = (path == "rounds").then_some(calls);
                let link = Nav { count, ..link(icon, label, path) };
                if list == 0 { &mut work } else { &mut place }.push(link);
            }
        }
        place.push(link("user", w.nav_account(), "account"));
        d.nav = [work, place];
        Ok(Self { d, cx, tree, units, owing: BTreeMap::new() })
    }

    /// Learns which of these tickets organisations owe, for [`Frame::responsible`].
    pub async fn learn_owing(&mut self, tickets: &[TicketId]) -> Result<()> {
        self.owing.extend(organisations::owing(&mut self.cx, tickets).await?);
        Ok(())
    }

    /// Who owes the answer to a ticket: an organisation that was learnt of, or the unit.
    pub fn responsible(&self, ticket: TicketId, unit: Option<UnitId>) -> String {
        self.owing.get(&ticket).cloned().unwrap_or_else(|| self.unit(unit))
    }

    /// A unit's name in the reader's language; a dash where there is none.
    pub fn unit(&self, id: impl Into<Option<UnitId>>) -> String {
        name(&self.tree, &self.d, id.into())
    }
}

/// Households of these units' morning lists that are to be called: flagged, or silent.
async fn calls(cx: &mut Cx, me: &Me, units: &[UnitId]) -> Result<i64> {
    if !permits(&me.actor, Action::CareSee, Scope::Tenant) {
        return Ok(0);
    }
    let lists = followups::lists(cx).await?;
    let own: Vec<UnitId> = units.iter().copied().filter(|unit| lists.contains(unit)).collect();
    followups::owed(cx, &own).await
}

/// What happened at the door before this sign-in, until the person has read it.
fn before(d: &Desk, me: &Me) -> Option<String> {
    let before = me.signed.before;
    let failures = (before.failures > 0).then(|| me.w.before_failures(before.failures.to_string()));
    let locked = before.locked_at.map(|at| me.w.before_locked(d.clock.full(at)));
    let told: Vec<String> = failures.into_iter().chain(locked).collect();
    (!told.is_empty()).then(|| told.join(" "))
}

pub fn name(tree: &Tree, d: &Desk, id: Option<UnitId>) -> String {
    id.and_then(|id| tree.get(id))
        .map_or_else(|| "–".to_owned(), |unit| unit.name_in(d.w.lang().as_str()).to_owned())
}

/// The short name, for lists.
pub fn short(tree: &Tree, d: &Desk, id: Option<UnitId>) -> String {
    let unit = id.and_then(|id| tree.get(id));
    unit.map_or_else(|| "–".to_owned(), |unit| d.w.lang().pick(&unit.short, &unit.name_en).to_owned())
}
