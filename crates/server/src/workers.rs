//! What runs beside the web server: timers, jobs, couriers, sealer, subscriptions, notices to other
//! processes, the simulated telephones. Each may run in any number of processes.

use crate::{
    incoming::Incoming,
    outside::{self, Gateways},
    points::Points,
    settings::Settings,
    tasks::Tasks,
    upkeep,
};
use duty::{
    accounts, calls,
    heartbeats::{self, OwnPulse},
    lines::Lines,
    messages::{
        DirectiveAnswers, GatherTexts, HangUps, LostCalls, Mails, OrganisationMails, PlaceCall,
        PublishLedger, Pushes, RosterGaps, SendMessages, SendNotice, SendPush, SendText, Texts,
    },
    rosters,
    tickets::{self, Deadline, Escalate, Resume},
    transfers,
};
use gateways::HttpWatch;
use health::{care_calls, checkins, contacts, followups, hotline, imports, numbers, passes, signals};
use kernel::{Error, Result};
use std::sync::Arc;
use store::{Store, jobs, ledger::Sealer, outbox::Courier, subscriptions::Reader, timers};
use town::{board, files::Vault, reports};
use url::Url;

/// Runners of the timers that nobody counts the seconds of.
const SLOW_RUNNERS: usize = 2;

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
    // What rings somebody waits for nothing that takes its time.
    let ladders = timers::Runner::new(store.clone(), ladders()).planning_once();
    for _ in 0..settings.timer_runners {
        let ladders = ladders.clone();
        tasks.keep("timers", move |stop| ladders.clone().run(stop));
    }
    let rest = timers::Runner::new(store.clone(), slow());
    for _ in 0..SLOW_RUNNERS {
        let rest = rest.clone();
        tasks.keep("timers.slow", move |stop| rest.clone().run(stop));
    }
    if gateways.places_calls {
        let place = Arc::new(PlaceCall::new(gateways.voice.clone()));
        queue(tasks, jobs::Worker::new(store.clone(), tickets::CALLS, vec![place]), "calls", 64);
        // Without telephone lines a call from the desk fails at once and says so.
        let mut asked: Vec<Arc<dyn jobs::OnJob>> = vec![
            Arc::new(calls::Connect::new(gateways.lines.clone())),
            Arc::new(calls::TryOwn::new(gateways.lines.clone())),
        ];
        asked.extend(hotline::OldOrder::all(gateways.lines.as_ref()));
        if let Some(lines) = &gateways.lines {
            telephone(tasks, store, settings, gateways, lines)?;
        }
        queue(tasks, jobs::Worker::new(store.clone(), calls::QUEUE, asked), "calls.desk", 64);
        // Also where there is no telephone any more: what it has recorded may still lie there.
        let (kept, spool) = (store.clone(), outside::spool(settings));
        let shelf = outside::shelf(settings)?;
        tasks.keep("calls.spool", move |stop| {
            calls::Spool::new(kept.clone(), shelf.clone(), spool.clone()).run(stop)
        });
        let texts = Courier::new(store.clone(), Arc::new(Texts::new(gateways.texting.clone())));
        tasks.keep("outbox.texts", move |stop| texts.clone().run(stop));
    }
    let url: Url = public_url.parse().map_err(|error| Error::internal(format!("public address: {error}")))?;
    if let Some(smpp) = &gateways.smpp {
        let smpp = smpp.clone();
        tasks.keep("smpp", move |stop| smpp.clone().run(stop));
    }
    let pushes = Courier::new(store.clone(), Arc::new(Pushes::new(gateways.pushing.clone(), &url)));
    tasks.keep("outbox.pushes", move |stop| pushes.clone().run(stop));
    let tell: Vec<Arc<dyn jobs::OnJob>> =
        vec![Arc::new(SendNotice), Arc::new(SendText::new(url.clone())), Arc::new(SendPush)];
    queue(tasks, jobs::Worker::new(store.clone(), tickets::NOTICES, tell), "notices", 16);
    let lists: Vec<Arc<dyn jobs::OnJob>> =
        vec![Arc::new(imports::Apply), Arc::new(imports::Undo), Arc::new(imports::Place)];
    queue(tasks, jobs::Worker::new(store.clone(), imports::QUEUE, lists), "imports", 2);
    // One file after the other: whoever works beside it keeps a core.
    let reader = jobs::Worker::new(store.clone(), imports::READINGS, vec![Arc::new(imports::Read)]);
    queue(tasks, reader, "imports.read", 1);
    let watched = store.clone();
    tasks.keep("calls.watch", move |stop| calls::Watch::new(watched.clone()).run(stop));
    let lost = store.clone();
    tasks.keep("calls.lost", move |stop| LostCalls::new(lost.clone()).run(stop));
    if let Some(voice) = &gateways.voice {
        let (store, voice, phones) = (store.clone(), voice.clone(), gateways.phones.clone());
        tasks.keep("calls.hang_up", move |stop| HangUps::new(store.clone(), voice.clone()).run(stop));
        tasks.keep("phones", move |stop| phones.clone().run(stop));
    }
    if settings.demo {
        let exchange = gateways.exchange.clone();
        tasks.keep("exchange", move |stop| exchange.clone().run(stop));
    }
    if let Some(lines) = gateways.http_lines.clone() {
        tasks.keep("voice_http", move |stop| lines.clone().run(stop));
    }
    if let Some(telephone) = gateways.telephone.clone() {
        tasks.keep("telephone", move |stop| telephone.clone().count(stop));
    }
    if let Some(mailer) = &gateways.mailer {
        let outside = Courier::new(store.clone(), Arc::new(OrganisationMails::new(mailer.clone())));
        tasks.keep("outbox.organisations", move |stop| outside.clone().run(stop));
        let courier = Courier::new(store.clone(), Arc::new(Mails::new(mailer.clone(), url)));
        tasks.keep("outbox", move |stop| courier.clone().run(stop));
    }
    let fold = checkins::Fold::new(store.clone()).texting(public_url);
    tasks.keep("checkins.fold", move |stop| fold.clone().run(stop));
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
            Arc::new(passes::TurnPasses),
        ],
    );
    tasks.keep("subscriptions", move |stop| reader.clone().run(stop));
    if let Some(url) = &settings.watch_url {
        let url = url.parse().map_err(|error| Error::internal(format!("watch address: {error}")))?;
        let (store, watch) = (store.clone(), Arc::new(HttpWatch::new(url)?));
        tasks.keep("own_pulse", move |stop| OwnPulse::new(store.clone(), watch.clone()).run(stop));
    }
    let (store, vault) = (store.clone(), Vault::folder(&settings.data.join("files"))?);
    let shelf = outside::shelf(settings)?;
    tasks.keep("upkeep", move |stop| upkeep::run(store.clone(), vault.clone(), shelf.clone(), stop));
    Ok(())
}

/// Calls the households of the day and takes in the calls that come, by whichever network is connected.
fn telephone(
    tasks: &mut Tasks,
    store: &Store,
    settings: &Settings,
    gateways: &Gateways,
    lines: &Arc<dyn Lines>,
) -> Result<()> {
    let (shelf, spool) = (outside::shelf(settings)?, outside::spool(settings));
    calls::Spool::make(&spool)?;
    let dialler = care_calls::Dialler::new(store.clone(), lines.clone(), gateways.speech.clone())
        .joining(gateways.joins.clone())
        .recording(care_calls::Recording { shelf: shelf.clone(), spool: spool.clone() });
    tasks.keep("calls.care", move |stop| dialler.clone().run(stop));
    let reception = hotline::Reception::new(store.clone(), lines.clone(), gateways.speech.clone())
        .recording(shelf, spool);
    let (offers, whose) = gateways.incoming();
    let incoming = Incoming { store: store.clone(), lines: lines.clone(), reception, offers, whose };
    tasks.keep("calls.in", move |stop| incoming.clone().run(stop));
    Ok(())
}

fn queue(tasks: &mut Tasks, worker: jobs::Worker, name: &'static str, side_by_side: usize) {
    tasks.keep(name, move |stop| worker.clone().run(side_by_side, stop));
}

/// Timers on which the seconds hang.
fn ladders() -> Vec<Arc<dyn timers::OnTimer>> {
    vec![Arc::new(Escalate), Arc::new(Deadline), Arc::new(Resume), Arc::new(SendMessages)]
}

/// Whatever else a durable timer may ask for.
fn slow() -> Vec<Arc<dyn timers::OnTimer>> {
    vec![
        Arc::new(GatherTexts::new(outside::areas())),
        Arc::new(PublishLedger),
        Arc::new(heartbeats::Silent),
        Arc::new(accounts::Sweep),
        Arc::new(rosters::LayOut),
        Arc::new(transfers::TakeEffect::new(Arc::new(Points))),
        Arc::new(imports::Expire),
        Arc::new(followups::Slots),
        Arc::new(care_calls::Campaigns),
        Arc::new(signals::Look),
        Arc::new(calls::WriteUp),
        Arc::new(hotline::Watch),
        Arc::new(board::BriefTimer),
        Arc::new(numbers::MakeReport),
        Arc::new(passes::Keep),
    ]
}
