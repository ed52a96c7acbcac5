//! One session after the other: connect, bind, hand parts over within the window, take in what comes, ask now
//! and then whether the network is there, and begin again when it is not.

use super::{
    Order, Smpp,
    codec::{Codec, Frame},
    incoming::{self, Incoming},
    octets,
    tls::{self, Wire},
};
use duty::messages::{OnText, Receipt};
use futures_util::{SinkExt, StreamExt};
use kernel::{Error, Result};
use rusmpp::{
    Command, CommandStatus, Pdu,
    pdus::{BindTransceiver, DeliverSmResp},
    types::COctetString,
    values::InterfaceVersion,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Interval, MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::codec::Framed;

/// Commands by their numbers on the wire.
mod id {
    pub const GENERIC_NACK: u32 = 0x8000_0000;
    pub const SUBMIT_RESP: u32 = 0x8000_0004;
    pub const BIND_RESP: u32 = 0x8000_0009;
    pub const ENQUIRE_RESP: u32 = 0x8000_0015;
    pub const DELIVER: u32 = 0x0000_0005;
    pub const UNBIND: u32 = 0x0000_0006;
    pub const ENQUIRE: u32 = 0x0000_0015;
    /// Set in every answer.
    pub const ANSWER: u32 = 0x8000_0000;
}

const THROTTLED: u32 = 0x58;
const QUEUE_FULL: u32 = 0x14;
/// What a network says of a number that it will never reach.
const NO_NUMBER: [u32; 3] = [0x0b, 0x50, 0x51];
/// How long nothing is handed over after the network has asked to wait; doubled each time up to the longest.
const WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// Deliveries that wait to be kept; more are put off at the network.
const WAITING: usize = 64;
/// A receipt may be here before we have written down that the network took the text: asked again so often.
const AGAIN: (u8, Duration) = (5, Duration::from_secs(2));
/// Receipts that wait so; for more the network is asked to send them again.
const EARLY: usize = 256;
const TICK: Duration = Duration::from_millis(200);

/// Falls due by itself, however much comes meanwhile.
fn every(length: Duration) -> Interval {
    let mut interval = interval(length);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

impl Smpp {
    /// Keeps the line up until `stop`. One call at a time has it; another waits.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut queue = self.queue.clone().lock_owned().await;
        let (first, longest) = self.settings.pauses;
        let mut pause = first;
        while !*stop.borrow() {
            let ended = Session::hold(&self, &mut queue, &mut stop).await;
            if self.bound.send_replace(false) {
                pause = first;
            }
            if *stop.borrow() {
                return;
            }
            if let Err(error) = ended {
                tracing::warn!(%error, pause.s = pause.as_secs_f64(), "no line to the SMS network");
            }
            tokio::select! {
                () = sleep(pause) => {}
                _ = stop.changed() => return,
            }
            pause = (pause * 2).min(longest);
        }
    }
}

/// What was asked of the network and not answered.
type Asked = BTreeMap<u32, oneshot::Sender<Result<String>>>;

struct Session<'a> {
    smpp: &'a Smpp,
    wire: Framed<Box<dyn Wire>, Codec>,
    sequence: u32,
    asked: Asked,
    /// The last question whether the network is there, while it has no answer.
    asked_there: Option<u32>,
    /// Since anything came.
    quiet: Duration,
    deliveries: mpsc::Sender<(u32, Incoming)>,
    throttle: Duration,
}

/// Why a session goes on, or how it ended.
enum Next {
    On,
    /// The network asks to wait.
    Wait(Duration),
    Over,
}

impl Session<'_> {
    /// One session from its beginning to its end; `Ok` when the network, or `stop`, ended it in good order.
    async fn hold(
        smpp: &Smpp,
        queue: &mut mpsc::Receiver<Order>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<()> {
        let patience = smpp.settings.patience;
        let silent = |_| Error::Unavailable("the SMS network does not answer".into());
        let stream = timeout(patience, tls::connect(&smpp.settings)).await.map_err(silent)??;
        let (deliveries, kept) = mpsc::channel(WAITING);
        let (answers, mut answered) = mpsc::channel(WAITING);
        let mut session = Session {
            smpp,
            wire: Framed::new(stream, Codec),
            sequence: 0,
            asked: Asked::new(),
            asked_there: None,
            quiet: Duration::ZERO,
            deliveries,
            throttle: WAIT.0,
        };
        timeout(patience, session.bind()).await.map_err(silent)??;
        tracing::info!(smpp.host = smpp.settings.host, "bound to the SMS network");
        smpp.bound.send_replace(true);
        let keeper = tokio::spawn(keep(smpp.inbox.clone(), kept, answers));
        let ended = session.go_on(queue, &mut answered, stop).await;
        // What has come in and is being kept is kept; its answer is lost, and the network sends it again.
        drop(session);
        drop(answered);
        let _ = keeper.await;
        ended
    }

    async fn bind(&mut self) -> Result<()> {
        let settings = &self.smpp.settings;
        let bind = BindTransceiver::builder()
            .system_id(octets("smpp_system_id", &settings.system_id)?)
            .password(octets("smpp_password", &settings.password)?)
            .system_type(COctetString::empty())
            .interface_version(InterfaceVersion::Smpp3_4)
            .address_range(COctetString::empty())
            .build();
        let asked = self.ask(bind).await?;
        loop {
            let frame = self.come().await?;
            match frame.id {
                id::BIND_RESP | id::GENERIC_NACK if frame.sequence == asked && frame.status != 0 => {
                    return Err(refused(frame.status));
                }
                id::BIND_RESP if frame.sequence == asked => return Ok(()),
                id::GENERIC_NACK => return Err(refused(frame.status)),
                id::ENQUIRE => {
                    self.answer(frame.sequence, CommandStatus::EsmeRok, Pdu::EnquireLinkResp).await?;
                }
                _ => {}
            }
        }
    }

    async fn go_on(
        &mut self,
        queue: &mut mpsc::Receiver<Order>,
        answered: &mut mpsc::Receiver<(u32, CommandStatus)>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<()> {
        let window = self.smpp.settings.window.max(1);
        let wait = sleep(Duration::ZERO);
        tokio::pin!(wait);
        let mut waits = false;
        let mut ticks = every(TICK);
        loop {
            tokio::select! {
                frame = self.wire.next() => {
                    let frame = frame.ok_or_else(broken)?.map_err(|_| broken())?;
                    self.quiet = Duration::ZERO;
                    match self.take(frame).await? {
                        Next::On => {}
                        Next::Wait(pause) => {
                            wait.set(sleep(pause));
                            waits = true;
                        }
                        Next::Over => return Ok(()),
                    }
                }
                Some((sequence, status)) = answered.recv() => {
                    self.answer(sequence, status, DeliverSmResp::default()).await?;
                }
                () = &mut wait, if waits => waits = false,
                Some(order) = queue.recv(), if !waits && self.asked.len() < window => {
                    // Whoever sent it may have given up waiting.
                    if !order.answer.is_closed() {
                        let asked = self.ask(order.part).await?;
                        self.asked.insert(asked, order.answer);
                    }
                }
                _ = ticks.tick() => self.tick().await?,
                _ = stop.changed() => {
                    self.ask(Pdu::Unbind).await?;
                    return Ok(());
                }
            }
        }
    }

    /// What has come.
    async fn take(&mut self, frame: Frame) -> Result<Next> {
        match frame.id {
            id::SUBMIT_RESP => return Ok(self.handed(&frame)),
            id::GENERIC_NACK if self.asked.contains_key(&frame.sequence) => return Ok(self.handed(&frame)),
            id::ENQUIRE_RESP if self.asked_there == Some(frame.sequence) => self.asked_there = None,
            id::ENQUIRE => self.answer(frame.sequence, CommandStatus::EsmeRok, Pdu::EnquireLinkResp).await?,
            id::UNBIND => {
                self.answer(frame.sequence, CommandStatus::EsmeRok, Pdu::UnbindResp).await?;
                return Ok(Next::Over);
            }
            id::DELIVER => self.delivered(frame).await?,
            // Answers to what nobody waits for any more.
            other if other & id::ANSWER != 0 => {}
            _ => self.answer(frame.sequence, CommandStatus::EsmeRinvcmdid, Pdu::GenericNack).await?,
        }
        Ok(Next::On)
    }

    /// What the network says of a part.
    fn handed(&mut self, frame: &Frame) -> Next {
        let Some(answer) = self.asked.remove(&frame.sequence) else { return Next::On };
        let (said, next) = match (frame.status, &frame.pdu) {
            (status, _) if frame.id == id::GENERIC_NACK => (Err(refused(status)), Next::On),
            (0, Some(Pdu::SubmitSmResp(taken))) => {
                self.throttle = WAIT.0;
                (Ok(taken.message_id().as_str().to_owned()), Next::On)
            }
            // Taken, and no receipt will be known by an id that it does not give.
            (0, _) => (Ok(String::new()), Next::On),
            (THROTTLED | QUEUE_FULL, _) => {
                let pause = self.throttle;
                self.throttle = (pause * 2).min(WAIT.1);
                (Err(Error::Unavailable("the SMS network asks to wait".into())), Next::Wait(pause))
            }
            (status, _) if NO_NUMBER.contains(&status) => {
                (Err(Error::invalid("number", "error-text-number")), Next::On)
            }
            (status, _) => (Err(refused(status)), Next::On),
        };
        // Whoever asked may have given up: then the text goes again, with the same counter.
        let _ = answer.send(said);
        next
    }

    async fn delivered(&mut self, frame: Frame) -> Result<()> {
        let Some(Pdu::DeliverSm(delivered)) = frame.pdu else {
            tracing::warn!(smpp.broken = frame.broken, "a delivery of the SMS network cannot be read");
            return self.answer(frame.sequence, CommandStatus::EsmeRxPAppn, DeliverSmResp::default()).await;
        };
        match self.deliveries.try_send((frame.sequence, incoming::read(&delivered))) {
            Ok(()) => Ok(()),
            Err(_) => {
                self.answer(frame.sequence, CommandStatus::EsmeRmsgqful, DeliverSmResp::default()).await
            }
        }
    }

    async fn tick(&mut self) -> Result<()> {
        let settings = &self.smpp.settings;
        let (patience, ask_every) = (settings.patience, settings.ask_every);
        self.asked.retain(|_, answer| !answer.is_closed());
        self.quiet += TICK;
        match self.asked_there {
            Some(_) if self.quiet >= ask_every + patience => {
                Err(Error::Unavailable("the SMS network fell silent".into()))
            }
            None if self.quiet >= ask_every => {
                self.asked_there = Some(self.ask(Pdu::EnquireLink).await?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn come(&mut self) -> Result<Frame> {
        self.wire.next().await.ok_or_else(broken)?.map_err(|_| broken())
    }

    /// Sends a command of ours; its number.
    async fn ask(&mut self, pdu: impl Into<Pdu>) -> Result<u32> {
        self.sequence = (self.sequence % 0x7fff_ffff) + 1;
        let sequence = self.sequence;
        self.put(Command::new(CommandStatus::EsmeRok, sequence, pdu)).await?;
        Ok(sequence)
    }

    async fn answer(&mut self, sequence: u32, status: CommandStatus, pdu: impl Into<Pdu>) -> Result<()> {
        self.put(Command::new(status, sequence, pdu)).await
    }

    async fn put(&mut self, command: Command) -> Result<()> {
        let patience = self.smpp.settings.patience;
        let sent = timeout(patience, self.wire.send(command)).await;
        sent.map_err(|_| Error::Unavailable("the SMS network takes nothing".into()))?.map_err(|_| broken())
    }
}

fn broken() -> Error {
    Error::Unavailable("the line to the SMS network broke".into())
}

fn refused(status: u32) -> Error {
    Error::Unavailable(format!("the SMS network answered 0x{status:02x}"))
}

/// Keeps what comes, one after the other, and says what the network may be told. Ends when the session has,
/// with everything kept that had come.
async fn keep(
    inbox: Arc<dyn OnText>,
    mut deliveries: mpsc::Receiver<(u32, Incoming)>,
    answers: mpsc::Sender<(u32, CommandStatus)>,
) {
    let mut early: Vec<(Receipt, u8)> = Vec::new();
    let mut again = every(AGAIN.1);
    loop {
        let came = tokio::select! {
            came = deliveries.recv() => came,
            _ = again.tick() => {
                early = asked_again(inbox.as_ref(), early).await;
                continue;
            }
        };
        let Some((sequence, came)) = came else { break };
        let kept = match came {
            Incoming::Text(piece) => inbox.came(&piece).await,
            Incoming::Receipt(receipt) => match inbox.became(&receipt).await {
                Ok(true) => Ok(()),
                Ok(false) if early.len() >= EARLY => {
                    Err(Error::Unavailable("too many receipts wait for their texts".into()))
                }
                Ok(false) => {
                    early.push((receipt, AGAIN.0));
                    Ok(())
                }
                Err(error) => Err(error),
            },
            Incoming::Nothing => Ok(()),
        };
        let status = match kept {
            Ok(()) => CommandStatus::EsmeRok,
            Err(error) => {
                tracing::warn!(%error, "what the SMS network delivered could not be kept; it is asked to send it again");
                CommandStatus::EsmeRxTAppn
            }
        };
        let _ = answers.send((sequence, status)).await;
    }
    // The network has been told that we have them, and does not send them again.
    let left = asked_again(inbox.as_ref(), early).await.len();
    if left > 0 {
        tracing::warn!(
            receipts = left,
            "receipts of the SMS network are for no text of ours yet, and are lost"
        );
    }
}

/// Tries receipts once more that came before their texts were written down; those that still wait.
async fn asked_again(inbox: &dyn OnText, early: Vec<(Receipt, u8)>) -> Vec<(Receipt, u8)> {
    let mut left = Vec::new();
    for (receipt, tries) in early {
        match inbox.became(&receipt).await {
            Ok(true) => {}
            Ok(false) if tries <= 1 => tracing::info!("a receipt of the SMS network is for no text of ours"),
            Ok(false) | Err(_) => left.push((receipt, tries.saturating_sub(1).max(1))),
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use duty::messages::Piece;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    /// Knows no text that a receipt could be for.
    #[derive(Default)]
    struct Unknown {
        asked: AtomicUsize,
    }

    #[async_trait]
    impl OnText for Unknown {
        async fn came(&self, _piece: &Piece) -> Result<()> {
            Ok(())
        }

        async fn became(&self, _receipt: &Receipt) -> Result<bool> {
            self.asked.fetch_add(1, SeqCst);
            Ok(false)
        }
    }

    fn receipt() -> Incoming {
        Incoming::Receipt(Receipt { ids: vec!["a1".into()], came: true })
    }

    #[tokio::test]
    async fn an_early_receipt_is_asked_again_however_much_comes_in() {
        let inbox = Arc::new(Unknown::default());
        let (deliveries, kept) = mpsc::channel(WAITING);
        let (answers, mut answered) = mpsc::channel(WAITING);
        let keeper = tokio::spawn(keep(inbox.clone(), kept, answers));
        deliveries.send((0, receipt())).await.unwrap();
        let busy = async {
            while inbox.asked.load(SeqCst) < 2 {
                deliveries.send((1, Incoming::Nothing)).await.unwrap();
                assert!(answered.recv().await.is_some());
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(20), busy).await.expect("it is asked again");
        drop((deliveries, answered));
        keeper.await.unwrap();
        assert!(inbox.asked.load(SeqCst) >= 3, "and once more at the end of the session");
    }

    #[tokio::test]
    async fn receipts_that_nobody_knows_have_a_bound() {
        let (deliveries, kept) = mpsc::channel(WAITING);
        let (answers, mut answered) = mpsc::channel(WAITING);
        let keeper = tokio::spawn(keep(Arc::new(Unknown::default()), kept, answers));
        for number in 0..=EARLY {
            deliveries.send((0, receipt())).await.unwrap();
            let (_, status) = answered.recv().await.unwrap();
            let taken = status == CommandStatus::EsmeRok;
            assert_eq!(taken, number < EARLY, "{number}: {status:?}");
        }
        drop(deliveries);
        keeper.await.unwrap();
    }
}
