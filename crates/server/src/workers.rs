//! What runs beside the web server: timers, jobs, couriers, sealer, subscriptions, notices to other
//! processes, the simulated telephones. Each may run in any number of processes.

use crate::{points::Points, settings::Settings, upkeep};
use duty::{
    accounts,
    heartbeats::{self, OwnPulse},
    messages::{
        DirectiveAnswers, HangUps, Mailer, Mails, OrganisationMails, PlaceCall, PublishLedger, SendMessages,
        SendNotice, Voice,
    },
    rosters,
    tickets::{self, Deadline, Escalate, Resume},
    transfers,
};
use gateways::{HttpWatch, MailRecorder, Phones, Smtp, SmtpSettings};
use health::imports;
use kernel::{Error, Result};
use std::{sync::Arc, time::Duration};
use store::{Store, jobs, ledger::Sealer, outbox::Courier, subscriptions::Reader, timers};
use tokio::{sync::watch, task::JoinSet};
use town::{board, files::Vault, reports};

/// The outside world of this process.
#[derive(Clone)]
pub struct Gateways {
    pub phones: Phones,
    /// `None` where no telephone network is connected; the demo has a simulated one.
    pub voice: Option<Arc<dyn Voice>>,
    /// `None` where no mail server is set: mail waits in the outbox, and the data-sources page says so.
    pub mailer: Option<Arc<dyn Mailer>>,
}

impl Gateways {
    pub fn open(settings: &Settings, store: &Store) -> Result<Self> {
        let phones = Phones::new(store.clone());
        let voice = settings.demo.then(|| Arc::new(phones.clone()) as Arc<dyn Voice>);
        Ok(Self { voice, phones, mailer: mailer(settings)? })
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
    Ok(Some(Arc::new(Smtp::new(&smtp)?)))
}

/// The running tasks.
pub struct Work(JoinSet<()>);

impl Work {
    /// Waits until all have ended, but not for ever.
    pub async fn finish(mut self) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(10), all).await.is_err() {
            tracing::warn!(
                "some background work did not end in time; it is taken up again at the next start"
            );
        }
    }
}

/// Starts everything. `public_url` is where people reach this centre, for links in mails.
pub fn start(
    store: &Store,
    settings: &Settings,
    gateways: &Gateways,
    public_url: &str,
    stop: &watch::Receiver<bool>,
) -> Result<Work> {
    let mut tasks = JoinSet::new();
    let live = store.live().clone();
    tasks.spawn(live.clone().send(stop.clone()));
    tasks.spawn(live.hear(stop.clone()));
    let runner = timers::Runner::new(store.clone(), handlers());
    for _ in 0..settings.timer_runners {
        tasks.spawn(runner.clone().run(stop.clone()));
    }
    let calls = jobs::Worker::new(
        store.clone(),
        tickets::CALLS,
        vec![Arc::new(PlaceCall::new(gateways.voice.clone()))],
    );
    tasks.spawn(calls.run(64, stop.clone()));
    let notices = jobs::Worker::new(store.clone(), tickets::NOTICES, vec![Arc::new(SendNotice)]);
    tasks.spawn(notices.run(16, stop.clone()));
    let lists = jobs::Worker::new(store.clone(), imports::QUEUE, vec![Arc::new(imports::Apply)]);
    tasks.spawn(lists.run(2, stop.clone()));
    if let Some(voice) = &gateways.voice {
        tasks.spawn(HangUps::new(store.clone(), voice.clone()).run(stop.clone()));
        tasks.spawn(gateways.phones.clone().run(stop.clone()));
    }
    if let Some(mailer) = &gateways.mailer {
        let outside = OrganisationMails::new(mailer.clone());
        tasks.spawn(Courier::new(store.clone(), Arc::new(outside)).run(stop.clone()));
        let url = public_url.parse().map_err(|error| Error::internal(format!("public address: {error}")))?;
        tasks.spawn(Courier::new(store.clone(), Arc::new(Mails::new(mailer.clone(), url))).run(stop.clone()));
    }
    tasks.spawn(Sealer::new(store.clone()).run(stop.clone()));
    let reader = Reader::new(
        store.clone(),
        vec![Arc::new(reports::Follow), Arc::new(board::Fold), Arc::new(DirectiveAnswers)],
    );
    tasks.spawn(reader.run(stop.clone()));
    if let Some(url) = &settings.watch_url {
        let url = url.parse().map_err(|error| Error::internal(format!("watch address: {error}")))?;
        tasks.spawn(OwnPulse::new(store.clone(), Arc::new(HttpWatch::new(url)?)).run(stop.clone()));
    }
    let vault = Vault::folder(&settings.data.join("files"))?;
    tasks.spawn(upkeep::run(store.clone(), vault, stop.clone()));
    Ok(Work(tasks))
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
        Arc::new(board::BriefTimer),
    ]
}
