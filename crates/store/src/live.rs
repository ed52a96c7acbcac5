//! What has just changed, told after the commit: to the tasks and open screens of this process at
//! once, and to other processes by one coalescing NOTIFY, never inside a hot transaction. A hint
//! only: whoever misses it finds the change at the next look, and where hints may have been lost
//! (the database was away for a moment) every listener is told to look.

use kernel::TenantId;
use sqlx::{PgPool, postgres::PgListener};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Timers,
    Jobs,
    Outbox,
    Events,
    /// Attempts to reach someone began or ended.
    Rings,
    /// A part of the screens ("tickets", "board").
    Screen(String),
}

impl Topic {
    pub fn screen(name: &str) -> Self {
        Self::Screen(name.to_owned())
    }

    fn write(&self) -> String {
        match self {
            Self::Timers => "timers".into(),
            Self::Jobs => "jobs".into(),
            Self::Outbox => "outbox".into(),
            Self::Events => "events".into(),
            Self::Rings => "rings".into(),
            Self::Screen(name) => format!("screen:{name}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "timers" => Self::Timers,
            "jobs" => Self::Jobs,
            "outbox" => Self::Outbox,
            "events" => Self::Events,
            "rings" => Self::Rings,
            other => Self::Screen(other.strip_prefix("screen:")?.to_owned()),
        })
    }
}

/// One notice: where and what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    pub tenant: TenantId,
    pub topic: Topic,
}

/// The house's bell.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    node: String,
    pool: PgPool,
    /// `None`: some were missed.
    local: broadcast::Sender<Option<Notice>>,
    waiting: std::sync::Mutex<BTreeSet<Notice>>,
    arrived: Notify,
}

const CHANNEL: &str = "vx_live";
/// Notices of this long go out as one.
const COALESCE: Duration = Duration::from_millis(20);
/// How soon a database that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

impl Live {
    pub(crate) fn new(pool: PgPool, node: String) -> Self {
        let (local, _) = broadcast::channel(4096);
        Self {
            inner: Arc::new(Inner {
                node,
                pool,
                local,
                waiting: std::sync::Mutex::default(),
                arrived: Notify::new(),
            }),
        }
    }

    /// Tells this process at once and the others soon.
    pub fn tell(&self, tenant: TenantId, topics: Vec<Topic>) {
        if topics.is_empty() {
            return;
        }
        let mut waiting = self.waiting();
        for topic in topics {
            let notice = Notice { tenant, topic };
            // No receiver in this process is not an error.
            let _ = self.inner.local.send(Some(notice.clone()));
            waiting.insert(notice);
        }
        drop(waiting);
        self.inner.arrived.notify_one();
    }

    pub fn subscribe(&self) -> Listener {
        Listener { receiver: self.inner.local.subscribe() }
    }

    /// Sends this process's notices to the others, coalesced.
    pub async fn send(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.inner.arrived.notified() => {}
                _ = stop.changed() => return,
            }
            tokio::time::sleep(COALESCE).await;
            let notices: Vec<Notice> = std::mem::take(&mut *self.waiting()).into_iter().collect();
            // A NOTIFY carries at most 8,000 bytes.
            for (sent, part) in notices.chunks(100).enumerate() {
                let lines: Vec<String> =
                    part.iter().map(|n| format!("{} {}", n.tenant, n.topic.write())).collect();
                let payload = format!("{}\n{}", self.inner.node, lines.join("\n"));
                let told = sqlx::query_scalar!("select pg_notify($1, $2)::text", CHANNEL, payload)
                    .fetch_one(&self.inner.pool)
                    .await;
                if let Err(error) = told {
                    tracing::debug!(%error, "notices not sent yet");
                    self.waiting().extend(notices[sent * 100..].iter().cloned());
                    self.inner.arrived.notify_one();
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        _ = stop.changed() => return,
                    }
                    break;
                }
            }
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeSet<Notice>> {
        self.inner.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Hears the notices of other processes.
    pub async fn hear(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            let listening = async {
                let mut listener = PgListener::connect_with(&self.inner.pool).await?;
                listener.listen(CHANNEL).await?;
                // Whatever was told before this moment was not heard.
                self.missed();
                loop {
                    match listener.try_recv().await? {
                        Some(notification) => self.take_in(notification.payload()),
                        // The connection was lost and is there again.
                        None => self.missed(),
                    }
                }
            };
            let ended: Result<(), sqlx::Error> = tokio::select! {
                ended = listening => ended,
                _ = stop.changed() => return,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "notices of other processes are not heard; trying again");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn missed(&self) {
        let _ = self.inner.local.send(None);
    }

    fn take_in(&self, payload: &str) {
        let mut lines = payload.lines();
        if lines.next() == Some(&self.inner.node) {
            return;
        }
        for line in lines {
            let notice = line.split_once(' ').and_then(|(tenant, topic)| {
                let tenant = TenantId(Uuid::parse_str(tenant).ok()?);
                Some(Notice { tenant, topic: Topic::read(topic)? })
            });
            if let Some(notice) = notice {
                let _ = self.inner.local.send(Some(notice));
            }
        }
    }
}

/// One listener to the notices.
pub struct Listener {
    receiver: broadcast::Receiver<Option<Notice>>,
}

impl Listener {
    /// The next notice; `None` when some were missed and everything should be looked at again.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            match self.receiver.recv().await {
                Ok(notice) => return notice,
                Err(broadcast::error::RecvError::Lagged(_)) => return None,
                // The sender lives as long as the process; nothing more will come.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// Whether a notice that `matters` has come since the last look, without waiting; missed ones count.
    pub fn heard(&mut self, matters: impl Fn(&Topic) -> bool) -> bool {
        let mut heard = false;
        loop {
            match self.receiver.try_recv() {
                Ok(notice) => heard |= notice.is_none_or(|notice| matters(&notice.topic)),
                Err(broadcast::error::TryRecvError::Lagged(_)) => heard = true,
                Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => {
                    return heard;
                }
            }
        }
    }

    /// Waits for a notice that `matters`; missed ones count.
    pub async fn woken(&mut self, matters: impl Fn(&Topic) -> bool) {
        while let Some(notice) = self.next().await {
            if matters(&notice.topic) {
                return;
            }
        }
    }
}
