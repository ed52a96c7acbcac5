//! What runs beside the web server: timers, jobs, couriers, sealer, subscriptions, notices to other
//! processes, the simulated telephones. Each may run in any number of processes.

use crate::{points::Points, settings::Settings, tasks::Tasks, upkeep};
use duty::{
    accounts,
    heartbeats::{self, OwnPulse},
    messages::{
        DirectiveAnswers, HangUps, LostCalls, Mailer, Mails, OrganisationMails, PlaceCall, PublishLedger,
        RosterGaps, SendMessages, SendNotice, Texting, Texts, Voice,
    },
    rosters,
    tickets::{self, Deadline, Escalate, Resume},
    transfers,
};
use gateways::{HttpWatch, MailRecorder, Phones, Smtp, SmtpSettings};
use health::{contacts, followups, imports, numbers, signals};
use kernel::{Error, Result};
use std::sync::Arc;
use store::{Store, jobs, ledger::Sealer, outbox::Courier, subscriptions::Reader, timers};
use town::{board, files::Vault, reports};

/// The outside world of this process.
#[derive(Clone)]
pub struct Gateways {
    pub phones: Phones,
    /// `None` where no telephone network is connected; the demo has a simulated one.
    pub voice: Option<Arc<dyn Voice>>,
    /// The same for short messages.
    pub texting: Option<Arc<dyn Texting>>,
    /// Whether this process takes calls and short messages from the queue. In a demo only those that show the simulated
    /// telephones do: a call placed elsewhere would ring where nobody can pick it up.
    pub places_calls: bool,
    /// `None` where no mail server is set: mail waits in the outbox, and the data-sources page says so.
    pub mailer: Option<Arc<dyn Mailer>>,
}

impl Gateways {
    /// Of a process that shows pages.
    pub fn of_server(settings: &Settings, store: &Store) -> Result<Self> {
        let phones = Phones::new(store.clone());
        let voice = settings.demo.then(|| Arc::new(phones.clone()) as Arc<dyn Voice>);
        let texting = settings.demo.then(|| Arc::new(phones.clone()) as Arc<dyn Texting>);
        Ok(Self { voice, texting, phones, places_calls: true, mailer: mailer(settings)? })
    }

    /// Of a process that shows none.
    pub fn of_worker(settings: &Settings, store: &Store) -> Result<Self> {
        let phones = Phones::new(store.clone());
        let mailer = mailer(settings)?;
        Ok(Self { voice: None, texting: None, phones, places_calls: !settings.demo, mailer })
    }
}

fn mailer(settings: &Settings) -> Result<Option<Arc<dyn Mailer>>> {
    let Some(address) = &settings.smtp else {
        // The demo's mails go nowhere, and say so by being counted as handed over.
        return Ok(settings.demo.then(|| Arc::new(MailRecorder::default()) as Arc<dyn Mailer>));
    };
    let from = settings.smtp_from.as_deref().unwrap_or("vungxanh@localhost");
    let mut smtp = SmtpSettings::at(address, from)?;
    smtp.user.clone_from(&settings.smtp_user);
    smtp.password.clone_from(&settings.smtp_password);
    smtp.security = settings.smtp_security;
    smtp.authority.clone_from(&settings.smtp_authority);
    Ok(Some(Arc::new(Smtp::new(&smtp)?)))
}

/// Starts everything. `public_url` is where people reach this centre, for links in mails.
pub fn start(
    tasks: &mut Tasks,
    store: &Store,
    settings: &Settings,
    gateways: &Gateways,
    public_url: &str,
) -> Result<()> {
    let live = store.live().clone();
    let sending = live.clone();
    tasks.keep("live.send", move |stop| sending.clone().send(stop));
    tasks.keep("live.hear", move |stop| live.clone().hear(stop));
    let runner = timers::Runner::new(store.clone(), handlers());
    for _ in 0..settings.timer_runners {
        let runner = runner.clone();
        tasks.keep("timers", move |stop| runner.clone().run(stop));
    }
    if gateways.places_calls {
        let place = Arc::new(PlaceCall::new(gateways.voice.clone()));
        queue(tasks, jobs::Worker::new(store.clone(), tickets::CALLS, vec![place]), "calls", 64);
        let texts = Courier::new(store.clone(), Arc::new(Texts::new(gateways.texting.clone())));
        tasks.keep("outbox.texts", move |stop| texts.clone().run(stop));
    }
    queue(
        tasks,
        jobs::Worker::new(store.clone(), tickets::NOTICES, vec![Arc::new(SendNotice)]),
        "notices",
        16,
    );
    let lists: Vec<Arc<dyn jobs::OnJob>> =
        vec![Arc::new(imports::Apply), Arc::new(imports::Undo), Arc::new(imports::Place)];
    queue(tasks, jobs::Worker::new(store.clone(), imports::QUEUE, lists), "imports", 2);
    // One file after the other: whoever works beside it keeps a core.
    let reader = jobs::Worker::new(store.clone(), imports::READINGS, vec![Arc::new(imports::Read)]);
    queue(tasks, reader, "imports.read", 1);
    let lost = store.clone();
    tasks.keep("calls.lost", move |stop| LostCalls::new(lost.clone()).run(stop));
    if let Some(voice) = &gateways.voice {
        let (store, voice, phones) = (store.clone(), voice.clone(), gateways.phones.clone());
        tasks.keep("calls.hang_up", move |stop| HangUps::new(store.clone(), voice.clone()).run(stop));
        tasks.keep("phones", move |stop| phones.clone().run(stop));
    }
    if let Some(mailer) = &gateways.mailer {
        let outside = Courier::new(store.clone(), Arc::new(OrganisationMails::new(mailer.clone())));
        tasks.keep("outbox.organisations", move |stop| outside.clone().run(stop));
        let url = public_url.parse().map_err(|error| Error::internal(format!("public address: {error}")))?;
        let courier = Courier::new(store.clone(), Arc::new(Mails::new(mailer.clone(), url)));
        tasks.keep("outbox", move |stop| courier.clone().run(stop));
    }
    let sealer = Sealer::new(store.clone());
    tasks.keep("ledger.seal", move |stop| sealer.clone().run(stop));
    let reader = Reader::new(
        store.clone(),
        vec![
            Arc::new(reports::Follow),
            Arc::new(board::Fold),
            Arc::new(DirectiveAnswers),
            Arc::new(RosterGaps),
            Arc::new(followups::FollowCases),
            Arc::new(contacts::TraceCases),
            Arc::new(numbers::Fold),
            Arc::new(signals::Count),
        ],
    );
    tasks.keep("subscriptions", move |stop| reader.clone().run(stop));
    if let Some(url) = &settings.watch_url {
        let url = url.parse().map_err(|error| Error::internal(format!("watch address: {error}")))?;
        let (store, watch) = (store.clone(), Arc::new(HttpWatch::new(url)?));
        tasks.keep("own_pulse", move |stop| OwnPulse::new(store.clone(), watch.clone()).run(stop));
    }
    let (store, vault) = (store.clone(), Vault::folder(&settings.data.join("files"))?);
    tasks.keep("upkeep", move |stop| upkeep::run(store.clone(), vault.clone(), stop));
    Ok(())
}

fn queue(tasks: &mut Tasks, worker: jobs::Worker, name: &'static str, side_by_side: usize) {
    tasks.keep(name, move |stop| worker.clone().run(side_by_side, stop));
}

/// Whatever a durable timer may ask for.
fn handlers() -> Vec<Arc<dyn timers::OnTimer>> {
    vec![
        Arc::new(Escalate),
        Arc::new(Deadline),
        Arc::new(Resume),
        Arc::new(SendMessages),
        Arc::new(PublishLedger),
        Arc::new(heartbeats::Silent),
        Arc::new(accounts::Sweep),
        Arc::new(rosters::LayOut),
        Arc::new(transfers::TakeEffect::new(Arc::new(Points))),
        Arc::new(imports::Expire),
        Arc::new(followups::Slots),
        Arc::new(signals::Look),
        Arc::new(board::BriefTimer),
        Arc::new(numbers::MakeReport),
    ]
}
