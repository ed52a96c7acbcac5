//! Media is paced by threads of its own, one for each [`CALLS_PER_THREAD`] calls, with blocking
//! sleeps and non-blocking sockets. tokio's timers have a resolution of a millisecond and share their
//! threads with everything else the program does; a page that takes 30 ms to render would be heard.

pub(crate) mod jitter;
pub(crate) mod keys;
pub(crate) mod leg;
pub(crate) mod pace;
pub(crate) mod pipe;
pub(crate) mod recorder;
pub(crate) mod ringback;
pub(crate) mod rtp;

use crate::{clock, sdp::Session};
use leg::{Bridge, Leg, Parts, Scratch};
use pipe::Pipe;
use recorder::Recorder;
use rtp::FRAME_MS;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Half a frame's time is left over at this number even in a debug build.
const CALLS_PER_THREAD: usize = 128;
/// With no call a thread sleeps until it is told of one.
const IDLE: Duration = Duration::from_hours(1);

enum Order {
    Start(u64, Box<Leg>),
    Agree(u64, Session),
    Answered(u64, Session),
    Play(u64, u64, Arc<[i16]>),
    Stop(u64),
    Press(u64, String),
    Record(u64, Option<Recorder>),
    Bridge(u64, Option<Bridge>),
    AwaitAnswer(u64, Bridge),
    Tap(u64, Arc<Pipe>),
    Overhear(u64, Option<Arc<Pipe>>),
    End(u64),
}

/// The media of all calls of one agent.
#[derive(Debug)]
pub(crate) struct Media {
    bind: IpAddr,
    ports: Option<RangeInclusive<u16>>,
    next: AtomicU64,
    threads: Mutex<Vec<Worker>>,
}

#[derive(Clone, Debug)]
struct Worker {
    orders: Sender<Order>,
    load: Arc<AtomicUsize>,
}

impl Media {
    pub(crate) fn new(bind: IpAddr, ports: Option<RangeInclusive<u16>>) -> Self {
        Self { bind, ports, next: AtomicU64::new(1), threads: Mutex::default() }
    }

    /// A socket for one call: an even port of the range, tried from a random one on.
    pub(crate) fn socket(&self) -> io::Result<UdpSocket> {
        let socket = match &self.ports {
            None => UdpSocket::bind((self.bind, 0))?,
            Some(ports) => {
                let first = ports.start().next_multiple_of(2);
                let count = u32::from(ports.end().saturating_sub(first)) / 2 + 1;
                let from = clock::random() % count;
                (0..count)
                    .map(|n| first + 2 * ((from + n) % count) as u16)
                    .find_map(|port| UdpSocket::bind((self.bind, port)).ok())
                    .ok_or(io::ErrorKind::AddrInUse)?
            }
        };
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    /// Begins to send and receive.
    pub(crate) fn start(&self, parts: Parts) -> io::Result<Line> {
        let leg = self.next.fetch_add(1, SeqCst);
        let worker = self.worker()?;
        let line = Line { leg, worker };
        line.order(Order::Start(leg, Box::new(Leg::new(parts, clock::now()))));
        Ok(line)
    }

    fn worker(&self) -> io::Result<Worker> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let free = threads
            .iter()
            .filter(|worker| worker.load.load(SeqCst) < CALLS_PER_THREAD)
            .min_by_key(|worker| worker.load.load(SeqCst));
        let worker = if let Some(worker) = free {
            worker.clone()
        } else {
            let (orders, received) = channel();
            thread::Builder::new().name("sip-media".into()).spawn(move || run(&received))?;
            let worker = Worker { orders, load: Arc::default() };
            threads.push(worker.clone());
            worker
        };
        worker.load.fetch_add(1, SeqCst);
        Ok(worker)
    }
}

/// The media of one call; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    leg: u64,
    worker: Worker,
}

impl Line {
    fn order(&self, order: Order) {
        // A thread ends only after its last call; there is nobody to tell.
        let _ = self.worker.orders.send(order);
    }

    pub(crate) fn agree(&self, session: Session) {
        self.order(Order::Agree(self.leg, session));
    }

    pub(crate) fn answered(&self, session: Session) {
        self.order(Order::Answered(self.leg, session));
    }

    pub(crate) fn play(&self, play: u64, samples: Arc<[i16]>) {
        self.order(Order::Play(self.leg, play, samples));
    }

    pub(crate) fn stop(&self) {
        self.order(Order::Stop(self.leg));
    }

    pub(crate) fn press(&self, keys: String) {
        self.order(Order::Press(self.leg, keys));
    }

    pub(crate) fn record(&self, recorder: Option<Recorder>) {
        self.order(Order::Record(self.leg, recorder));
    }

    pub(crate) fn bridge(&self, bridge: Option<Bridge>) {
        self.order(Order::Bridge(self.leg, bridge));
    }

    pub(crate) fn await_answer(&self, bridge: Bridge) {
        self.order(Order::AwaitAnswer(self.leg, bridge));
    }

    pub(crate) fn tap(&self, tap: Arc<Pipe>) {
        self.order(Order::Tap(self.leg, tap));
    }

    pub(crate) fn overhear(&self, overheard: Option<Arc<Pipe>>) {
        self.order(Order::Overhear(self.leg, overheard));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.order(Order::End(self.leg));
        self.worker.load.fetch_sub(1, SeqCst);
    }
}

/// The two ways between two calls that shall hear each other.
pub(crate) fn bridge() -> (Bridge, Bridge) {
    let (there, back) = (Arc::new(Pipe::default()), Arc::new(Pipe::default()));
    let one = Bridge { to: Arc::clone(&there), from: Arc::clone(&back) };
    (one, Bridge { to: back, from: there })
}

/// The address under which others reach a socket.
pub(crate) fn address(socket: &UdpSocket, public: IpAddr) -> io::Result<SocketAddr> {
    Ok(SocketAddr::new(public, socket.local_addr()?.port()))
}

/// A thread's calls, each with a phase of its own within the 20 ms: calls that were answered together
/// would otherwise wait for each other in every frame.
struct Schedule {
    epoch: Instant,
    legs: HashMap<u64, (usize, Box<Leg>)>,
    due: BinaryHeap<Reverse<(Instant, u64)>>,
    /// How many calls have each phase.
    phases: [usize; FRAME_MS as usize],
}

/// Asks for precedence over the program's other threads: they can wait a moment, a frame cannot. Only a
/// privileged process gets it (`CAP_SYS_NICE`, or systemd's `LimitNICE=`).
fn hurry() {
    const NICE: i32 = -11;
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "media threads run without precedence");
    }
}

fn run(orders: &Receiver<Order>) {
    hurry();
    let mut schedule = Schedule {
        epoch: clock::now(),
        legs: HashMap::new(),
        due: BinaryHeap::new(),
        phases: [0; FRAME_MS as usize],
    };
    let mut scratch = Scratch::new();
    loop {
        let wait = schedule
            .due
            .peek()
            .map_or(IDLE, |Reverse((deadline, _))| deadline.saturating_duration_since(clock::now()));
        if wait.is_zero() {
            // Orders must not wait behind frames that are always due.
            while let Ok(order) = orders.try_recv() {
                schedule.obey(order);
            }
        } else {
            match orders.recv_timeout(wait) {
                Ok(order) => schedule.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        schedule.tick(&mut scratch);
    }
}

impl Schedule {
    fn tick(&mut self, scratch: &mut Scratch) {
        while let Some(&Reverse((deadline, id))) = self.due.peek() {
            let now = clock::now();
            if deadline > now {
                return;
            }
            self.due.pop();
            if let Some((_, leg)) = self.legs.get_mut(&id) {
                leg.tick(now, scratch);
                self.due.push(Reverse((leg.deadline(), id)));
            }
        }
    }

    fn obey(&mut self, order: Order) {
        let (id, order) = match order {
            Order::Start(id, leg) => return self.start(id, leg),
            Order::End(id) => return self.end(id),
            Order::Agree(id, _)
            | Order::Answered(id, _)
            | Order::Play(id, ..)
            | Order::Stop(id)
            | Order::Press(id, _)
            | Order::Record(id, _)
            | Order::Bridge(id, _)
            | Order::AwaitAnswer(id, _)
            | Order::Tap(id, _)
            | Order::Overhear(id, _) => (id, order),
        };
        let Some((_, leg)) = self.legs.get_mut(&id) else { return };
        match order {
            Order::Agree(_, session) => leg.agree(session),
            Order::Answered(_, session) => leg.answered(session),
            Order::Play(_, play, samples) => leg.play(play, samples),
            Order::Stop(_) => leg.stop(),
            Order::Press(_, keys) => leg.press(&keys),
            Order::Record(_, recorder) => leg.record(recorder),
            Order::Bridge(_, bridge) => leg.bridge(bridge),
            Order::AwaitAnswer(_, bridge) => leg.await_answer(bridge),
            Order::Tap(_, tap) => leg.tap(tap),
            Order::Overhear(_, overheard) => leg.overhear(overheard),
            Order::Start(..) | Order::End(_) => {}
        }
    }

    fn start(&mut self, id: u64, mut leg: Box<Leg>) {
        let passed = clock::now().saturating_duration_since(self.epoch).as_millis() as u64;
        let phase = quietest(&self.phases, (passed % FRAME_MS) as usize);
        let wait = (phase as u64 + FRAME_MS - passed % FRAME_MS) % FRAME_MS;
        leg.begin(self.epoch + Duration::from_millis(passed + wait));
        self.phases[phase] += 1;
        self.due.push(Reverse((leg.deadline(), id)));
        self.legs.insert(id, (phase, leg));
    }

    fn end(&mut self, id: u64) {
        if let Some((phase, _)) = self.legs.remove(&id) {
            self.phases[phase] -= 1;
        }
    }
}

/// Of the phases with the fewest calls the one that comes next.
fn quietest(phases: &[usize], from: usize) -> usize {
    (0..phases.len())
        .map(|wait| (from + wait) % phases.len())
        .min_by_key(|&phase| phases[phase])
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_answered_together_are_spread_over_the_frame() {
        let mut phases = [0; FRAME_MS as usize];
        for _ in 0..100 {
            phases[quietest(&phases, 7)] += 1;
        }
        assert_eq!(phases, [5; FRAME_MS as usize]);
        assert_eq!(quietest(&phases, 7), 7, "nobody waits without need");
    }

    #[test]
    fn a_range_gives_even_ports_until_it_is_used_up() {
        let media = Media::new("127.0.0.1".parse().unwrap(), Some(42_001..=42_009));
        let sockets: Vec<_> = std::iter::from_fn(|| media.socket().ok()).collect();
        let mut ports: Vec<_> = sockets.iter().map(|socket| socket.local_addr().unwrap().port()).collect();
        ports.sort_unstable();
        assert!(ports.len() <= 4 && ports.iter().all(|port| port % 2 == 0), "{ports:?}");
    }
}
