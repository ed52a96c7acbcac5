//! Notices to the browsers of officials (Web Push, RFC 8030, 8291, 8292). A browser is taken on by its owner's
//! own press of a button and let go by it, or when its push service says that it is gone. What goes there says
//! what kind of thing, which ward and the ticket's code, no more: it lies on a locked screen.
//!
//! Like a mail and a text it tells only: nobody accepts by it, and nobody has missed it.

use super::{
    notices::{self, State},
    preferences::Language,
    sql_notices::{self, NewMessage},
    sql_push, text_notices,
};
use crate::tickets::{self, Severity, attempts};
use async_trait::async_trait;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use kernel::{Actor, AttemptId, Error, MessageId, Result, StaffId, TenantId};
use serde_json::json;
use std::sync::Arc;
use store::{
    Cx, Event, Store,
    jobs::{OnJob, Taken},
    outbox::OnPost,
};
use url::{Host, Url};
use uuid::Uuid;

/// The outbox channel of pushes.
pub const PUSH: &str = "push";
/// About ten minutes: what is older stands at the desk and in the mailbox.
const TRIES: i32 = 8;
/// Browsers of one person; the oldest gives way.
const MOST: usize = 10;
/// An address longer than this is none of a push service.
const LONGEST: usize = 1000;

const PART: Actor = Actor::system("messages.push");

/// A push, ready to be sealed for its browser and handed to the browser's push service.
#[derive(Clone)]
pub struct Push {
    /// The same on every try: the service and the browser let a newer one take its place.
    pub id: MessageId,
    pub endpoint: String,
    /// The browser's public key (P-256, 65 octets) and its secret (16).
    pub p256dh: Vec<u8>,
    pub auth: Vec<u8>,
    /// The centre's own key, with which it says who it is.
    pub secret: Vec<u8>,
    /// Where a push service finds whoever sends: a `mailto:` or `https:` address.
    pub subject: String,
    pub payload: Vec<u8>,
    pub urgent: bool,
    pub at: Timestamp,
}

/// What a push service said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    Taken,
    /// The browser no longer takes notices: never again.
    Gone,
}

/// The way to push services.
#[async_trait]
pub trait Pushing: Send + Sync {
    /// `Unavailable` for anything that may pass. The error names no address.
    async fn push(&self, push: &Push) -> Result<Pushed>;
}

/// A browser that asks to be told.
#[derive(Clone, Debug)]
pub struct NewBrowser {
    pub endpoint: String,
    /// Base64url, as browsers write it.
    pub p256dh: String,
    pub auth: String,
    /// In two words, so that its owner knows it again.
    pub agent: String,
}

/// A browser that takes notices.
#[derive(Clone, Debug)]
pub struct Browser {
    pub id: Uuid,
    pub agent: String,
    pub since: Timestamp,
}

/// A browser with everything needed to write to it.
pub(super) struct Open {
    pub id: Uuid,
    pub endpoint: String,
    pub p256dh: Vec<u8>,
    pub auth: Vec<u8>,
}

/// The centre's public key in base64url, as a browser asks for it; made when it is first asked for.
pub async fn public_key(cx: &mut Cx) -> Result<String> {
    Ok(own_key(cx).await?.1)
}

/// The secret and the public key.
async fn own_key(cx: &mut Cx) -> Result<(Vec<u8>, String)> {
    if let Some(known) = sql_push::key(cx).await? {
        return Ok(known);
    }
    let secret = cx.rng().bytes::<32>();
    // One in 2^32 random numbers is no key of this curve: the next try draws anew.
    let public = PrivateKey::from_private_key(&ECDH_P256, &secret)
        .map_err(|_| Error::Unavailable("no key could be drawn".into()))?
        .compute_public_key()
        .map_err(|_| Error::internal("a public key could not be reckoned"))?;
    let public = BASE64URL_NOPAD.encode(public.as_ref());
    sql_push::put_key(cx, &secret, &public).await?;
    // Another process may have been faster.
    sql_push::key(cx).await?.ok_or_else(|| Error::internal("the push key was not kept"))
}

/// The browsers of whoever is signed in.
pub async fn own(cx: &mut Cx) -> Result<Vec<Browser>> {
    let staff = signed_in(cx)?;
    sql_push::browsers(cx, staff).await
}

/// Takes on a browser for whoever is signed in. One that told somebody else before, at a shared desk, tells
/// only him from now on. `Invalid` when it is no push address or its keys are none.
pub async fn subscribe(cx: &mut Cx, new: &NewBrowser) -> Result<()> {
    let staff = signed_in(cx)?;
    check_endpoint(&new.endpoint)?;
    let wrong = || Error::invalid("keys", "error-push-keys");
    let p256dh = decoded(&new.p256dh).ok_or_else(wrong)?;
    let auth = decoded(&new.auth).ok_or_else(wrong)?;
    if auth.len() != 16 || !is_point(cx, &p256dh) {
        return Err(wrong());
    }
    sql_push::end_endpoint(cx, &new.endpoint).await?;
    let id = sql_push::insert(cx, staff, new, &p256dh, &auth).await?;
    let known = sql_push::browsers(cx, staff).await?;
    for old in known.iter().skip(MOST) {
        sql_push::end(cx, staff, old.id, "replaced").await?;
    }
    cx.record(Event::new("push.subscribed", id).data(json!({ "staff": staff })));
    Ok(())
}

/// Lets a browser of one's own go. `NotFound` when there is none.
pub async fn unsubscribe(cx: &mut Cx, id: Uuid) -> Result<()> {
    let staff = signed_in(cx)?;
    if !sql_push::end(cx, staff, id, "person").await? {
        return Err(Error::NotFound);
    }
    cx.record(Event::new("push.unsubscribed", id).data(json!({ "staff": staff })));
    Ok(())
}

fn signed_in(cx: &Cx) -> Result<StaffId> {
    cx.actor.staff_id().ok_or(Error::Forbidden("push.subscribe"))
}

/// Base64url with or without padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.trim().trim_end_matches('=').as_bytes()).ok()
}

/// Whether these octets are a point of the curve, tried with a key of the moment.
fn is_point(cx: &Cx, octets: &[u8]) -> bool {
    let Ok(own) = PrivateKey::from_private_key(&ECDH_P256, &cx.rng().bytes::<32>()) else { return false };
    octets.len() == 65 && agree(&own, UnparsedPublicKey::new(&ECDH_P256, octets), (), |_| Ok(())).is_ok()
}

/// The address comes from a browser, so anybody who is signed in could name one within our own walls. Names are
/// looked up where the push is sent, and addresses that are not public refused there.
fn check_endpoint(endpoint: &str) -> Result<()> {
    let wrong = Error::invalid("endpoint", "error-push-endpoint");
    let Ok(url) = Url::parse(endpoint) else { return Err(wrong) };
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(_)) => false,
        None => return Err(wrong),
    };
    let carried = url.scheme() == "https" || (url.scheme() == "http" && here);
    let plain = url.username().is_empty() && url.password().is_none() && endpoint.len() <= LONGEST;
    if carried && plain { Ok(()) } else { Err(wrong) }
}

/// The handler of `messages.send_push`: a level of a ladder wants a person told at his browsers.
pub struct SendPush;

#[async_trait]
impl OnJob for SendPush {
    fn kind(&self) -> &'static str {
        tickets::SEND_PUSH
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let id: AttemptId = serde_json::from_value(job.args["attempt"].clone()).map_err(Error::internal)?;
        let mut cx = store.begin(job.tenant, PART).await?;
        let attempt = attempts::find(&mut cx, id).await?;
        let Some(staff) = attempt.staff else { return Ok(()) };
        if attempt.ended_at.is_some() || sql_notices::is_told(&mut cx, id).await? {
            return Ok(());
        }
        let (ticket, _) = tickets::ticket(&mut cx, attempt.ticket).await?;
        let wishes = sql_notices::preferences(&mut cx, staff).await?;
        let at = notices::not_before(&mut cx, &attempt, ticket.severity, &wishes).await?;
        if at > cx.now() {
            cx.enqueue(text_notices::later(id, tickets::SEND_PUSH, at));
            return cx.commit().await;
        }
        let tone = if attempt.tone == "ring" { "ring" } else { "notice" };
        let new = NewMessage { staff, channel: PUSH, tone, collects: false, send_at: cx.now() };
        let (message, _) = sql_notices::open(&mut cx, &new).await?;
        notices::queued(&mut cx, message, &new);
        sql_notices::add(&mut cx, message, Some(id), None).await?;
        cx.post(PUSH, message);
        cx.commit().await
    }
}

/// Writes the pushes when they are sent, and hands them to the push services.
pub struct Pushes {
    services: Arc<dyn Pushing>,
    /// Named to push services as whom to ask about us.
    subject: String,
}

impl Pushes {
    /// `public_url` is where the centre's pages are found from outside.
    pub fn new(services: Arc<dyn Pushing>, public_url: &Url) -> Self {
        let host = public_url.host_str().unwrap_or("localhost");
        let subject = match public_url.scheme() {
            "https" => public_url.as_str().to_owned(),
            _ => format!("mailto:vungxanh@{host}"),
        };
        Self { services, subject }
    }

    /// What goes to each browser now; `None` when the attempt is over.
    async fn write(&self, cx: &mut Cx, id: MessageId, staff: StaffId) -> Result<Option<Vec<(Uuid, Push)>>> {
        let Some(attempt) = notices::told(cx, id).await?.into_iter().next() else { return Ok(None) };
        let attempt = attempts::find(cx, attempt).await?;
        if attempt.ended_at.is_some() {
            return Ok(None);
        }
        let (ticket, _) = tickets::ticket(cx, attempt.ticket).await?;
        let vi = sql_notices::preferences(cx, staff).await?.language == Language::Vi;
        let about = text_notices::about(cx, &ticket, vi).await?;
        let face = sql_notices::face(cx).await?;
        let urgent = attempt.tone == "ring" || ticket.severity == Severity::Emergency;
        let (mark, word) = if vi { ("KHẨN: ", "Phiếu") } else { ("URGENT: ", "Ticket") };
        let payload = json!({
            "title": format!("{}{about}", if urgent { mark } else { "" }),
            "body": format!("{word} {} · {}", ticket.code, face.name),
            "path": format!("/{}/desk/tickets/{}", face.slug, ticket.id),
            "tag": ticket.id,
            "urgent": urgent,
            "lang": if vi { "vi" } else { "en" },
        });
        let payload = serde_json::to_vec(&payload).map_err(Error::internal)?;
        let secret = own_key(cx).await?.0;
        let at = cx.now();
        let browsers = sql_push::open(cx, staff).await?;
        Ok(Some(
            browsers
                .into_iter()
                .map(|browser| {
                    let push = Push {
                        id,
                        endpoint: browser.endpoint,
                        p256dh: browser.p256dh,
                        auth: browser.auth,
                        secret: secret.clone(),
                        subject: self.subject.clone(),
                        payload: payload.clone(),
                        urgent,
                        at,
                    };
                    (browser.id, push)
                })
                .collect(),
        ))
    }
}

#[async_trait]
impl OnPost for Pushes {
    fn channel(&self) -> &'static str {
        PUSH
    }

    async fn deliver(&self, store: &Store, tenant: TenantId, id: MessageId, attempt: i32) -> Result<()> {
        let mut cx = store.begin(tenant, PART).await?;
        let known = sql_notices::find(&mut cx, id).await?;
        if known.state.is_over() {
            return Ok(());
        }
        let Some(pushes) = self.write(&mut cx, id, known.staff).await? else {
            sql_notices::save(&mut cx, id, State::Withdrawn, attempt - 1, None).await?;
            cx.record(Event::new("message.withdrawn", id).data(json!({ "staff": known.staff })));
            return cx.commit().await;
        };
        // The key may just have been made. No transaction waits for a push service.
        cx.commit().await?;
        let (mut taken, mut gone, mut failed) = (0_usize, Vec::new(), None);
        for (browser, push) in pushes {
            match self.services.push(&push).await {
                Ok(Pushed::Taken) => taken += 1,
                Ok(Pushed::Gone) => gone.push(browser),
                Err(error) => failed = Some(error),
            }
        }
        let mut cx = store.begin(tenant, PART).await?;
        for browser in &gone {
            sql_push::end(&mut cx, known.staff, *browser, "gone").await?;
            cx.record(Event::new("push.gone", *browser).data(json!({ "staff": known.staff })));
        }
        // One screen that lights up is enough: he has been told.
        let sent = match failed {
            _ if taken > 0 => Ok(()),
            Some(error) => Err(error),
            None => Err(Error::invalid("push", "error-push-gone")),
        };
        match &sent {
            Ok(()) => {
                sql_notices::save(&mut cx, id, State::HandedOver, attempt, None).await?;
                for told in notices::told(&mut cx, id).await? {
                    attempts::ringing_began(&mut cx, told).await?;
                }
                cx.record(Event::new("message.handed_over", id).data(
                    json!({ "staff": known.staff, "tries": attempt, "browsers": taken, "gone": gone.len() }),
                ));
            }
            Err(error) => {
                sql_notices::save(&mut cx, id, State::Failed, attempt, Some(&error.to_string())).await?;
            }
        }
        cx.commit().await?;
        sent
    }

    async fn give_up(&self, store: &Store, tenant: TenantId, id: MessageId, why: &str) -> Result<()> {
        notices::given_up(store.begin(tenant, PART).await?, id, why).await
    }

    fn max_attempts(&self) -> i32 {
        TRIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_public_address_over_tls_or_this_machine_itself() {
        for good in ["https://push.example/send/abc", "http://127.0.0.1:4000/x", "http://[::1]:4000/x"] {
            assert!(check_endpoint(good).is_ok(), "{good}");
        }
        let long = format!("https://push.example/{}", "a".repeat(LONGEST));
        let bad = [
            "http://push.example/x",
            "https://a:b@push.example/",
            "ftp://push.example/",
            "push",
            "",
            long.as_str(),
        ];
        for bad in bad {
            assert!(matches!(check_endpoint(bad), Err(Error::Invalid { .. })), "{bad}");
        }
    }

    #[test]
    fn keys_are_read_with_and_without_padding() {
        assert_eq!(decoded("BTBZMqHH6r4Tts7J_aSIgg==").unwrap().len(), 16);
        assert_eq!(decoded("BTBZMqHH6r4Tts7J_aSIgg").unwrap().len(), 16);
        assert!(decoded("không phải").is_none());
    }
}
