//! Texts by SMPP 3.4: one connection to the network's message centre (bound both ways), kept up for as long as
//! the process lives.
//!
//! A network that is silent, refuses, or asks to wait holds up texts and nothing else: they stand in the outbox.
//! Each part of a long text carries the same counter on every try, so a telephone that gets a part twice knows.
//! Of the crates for SMPP only the codec is taken: what holds a session here must go on past a command that it
//! cannot read, keep words out of the log, and give up on a silent network by its own clock.

mod codec;
mod incoming;
mod line;
mod tls;
mod words;

use async_trait::async_trait;
use duty::messages::{OnText, Text, Texting};
use kernel::{Error, Result};
use rusmpp::{
    pdus::SubmitSm,
    types::{COctetString, OctetString},
    values::{DataCoding, EsmClass, Npi, RegisteredDelivery, Ton},
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

/// The message centre of a network, as the operator sets it.
#[derive(Clone)]
pub struct SmppSettings {
    pub host: String,
    pub port: u16,
    pub system_id: String,
    pub password: String,
    /// The number or name that texts come from.
    pub source: String,
    /// TLS from the first octet.
    pub tls: bool,
    /// PEM file of an own authority, trusted beside the public ones.
    pub authority: Option<PathBuf>,
    /// Texts handed over and not yet answered, at most.
    pub window: usize,
    /// How long an answer is waited for.
    pub patience: Duration,
    /// After so long the network is asked whether it is there.
    pub ask_every: Duration,
    /// From the first pause between two tries to connect, doubled each time, to the longest.
    pub pauses: (Duration, Duration),
}

impl SmppSettings {
    /// The message centre at `host:port` (2775 when no port is named).
    pub fn at(address: &str, system_id: &str, password: &str, source: &str) -> Result<Self> {
        let url: reqwest::Url = format!("smpp://{address}")
            .parse()
            .map_err(|error| Error::internal(format!("smpp settings: {address}: {error}")))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(Error::internal(format!("smpp settings: {address}: no host")));
        }
        let settings = Self {
            host,
            port: url.port().unwrap_or(2775),
            system_id: system_id.to_owned(),
            password: password.to_owned(),
            source: source.to_owned(),
            tls: false,
            authority: None,
            window: 10,
            patience: Duration::from_secs(10),
            ask_every: Duration::from_secs(30),
            pauses: (Duration::from_secs(1), Duration::from_mins(1)),
        };
        // Said at the start, not at the first text.
        octets::<16>("smpp_system_id", &settings.system_id)?;
        octets::<9>("smpp_password", &settings.password)?;
        octets::<21>("smpp_source", &settings.source)?;
        Ok(settings)
    }
}

/// A text of the protocol, shorter than `MOST` and in ASCII.
fn octets<const MOST: usize>(what: &str, text: &str) -> Result<COctetString<1, MOST>> {
    COctetString::from_string(text.to_owned())
        .map_err(|_| Error::internal(format!("smpp settings: {what} is too long or not plain ASCII")))
}

/// The network. Cheap to clone.
#[derive(Clone)]
pub struct Smpp {
    settings: Arc<SmppSettings>,
    inbox: Arc<dyn OnText>,
    orders: mpsc::Sender<Order>,
    queue: Arc<Mutex<mpsc::Receiver<Order>>>,
    bound: Arc<watch::Sender<bool>>,
}

/// A part to be handed over; the network's id of it comes back.
struct Order {
    part: SubmitSm,
    answer: oneshot::Sender<Result<String>>,
}

impl Smpp {
    /// What comes in goes to `inbox`. Nothing happens until [`Smpp::run`].
    pub fn new(settings: SmppSettings, inbox: Arc<dyn OnText>) -> Self {
        let (orders, queue) = mpsc::channel(settings.window.max(1));
        Self {
            settings: Arc::new(settings),
            inbox,
            orders,
            queue: Arc::new(Mutex::new(queue)),
            bound: Arc::new(watch::channel(false).0),
        }
    }

    /// Whether the network takes texts now.
    pub fn is_bound(&self) -> bool {
        *self.bound.borrow()
    }

    /// Waits until it does.
    pub async fn bound(&self) {
        let mut bound = self.bound.subscribe();
        // The sender is ours: it cannot be gone.
        let _ = bound.wait_for(|bound| *bound).await;
    }

    async fn hand_over(&self, part: SubmitSm) -> Result<String> {
        let gone = || Error::Unavailable("the line to the SMS network broke".into());
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order { part, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

#[async_trait]
impl Texting for Smpp {
    async fn send(&self, text: &Text) -> Result<Vec<String>> {
        // The counter of a text is the same on every try.
        let reference =
            text.id.uuid().as_bytes().iter().fold(0_u8, |sum, octet| sum.wrapping_mul(31) ^ octet);
        let parts = words::split(&text.words, reference).ok_or(Error::invalid("text", "error-text-parts"))?;
        let patience = self.settings.patience;
        let silent = |_| Error::Unavailable("the SMS network does not answer".into());
        tokio::time::timeout(patience, self.bound()).await.map_err(silent)?;
        let mut ids = Vec::with_capacity(parts.len());
        for part in parts {
            let submit = submit(&self.settings.source, &text.number, &part)?;
            let handed = tokio::time::timeout(patience, self.hand_over(submit)).await.map_err(silent)?;
            ids.push(handed?);
        }
        Ok(ids)
    }
}

fn submit(source: &str, number: &str, part: &words::Octets) -> Result<SubmitSm> {
    let wrong = || Error::invalid("number", "error-text-number");
    let digits = number.strip_prefix('+').unwrap_or(number);
    let to = COctetString::from_string(digits.to_owned()).map_err(|_| wrong())?;
    let (ton, npi) = sender(source);
    let octets = OctetString::from_vec(part.octets.clone())
        .map_err(|_| Error::internal("a part of a text is too long for its field"))?;
    Ok(SubmitSm::builder()
        .source_addr_ton(ton)
        .source_addr_npi(npi)
        .source_addr(self::octets("smpp_source", source.strip_prefix('+').unwrap_or(source))?)
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(to)
        .esm_class(EsmClass::from(if part.header { 0x40_u8 } else { 0 }))
        // A receipt for either end.
        .registered_delivery(RegisteredDelivery::from(1_u8))
        .data_coding(DataCoding::from(part.coding))
        .short_message(octets)
        .build())
}

/// What kind of sender it is: a number abroad, a short number, or a name.
fn sender(source: &str) -> (Ton, Npi) {
    match source.strip_prefix('+') {
        Some(_) => (Ton::International, Npi::Isdn),
        None if source.bytes().all(|octet| octet.is_ascii_digit()) && source.len() > 8 => {
            (Ton::International, Npi::Isdn)
        }
        None if source.bytes().all(|octet| octet.is_ascii_digit()) => (Ton::NetworkSpecific, Npi::Unknown),
        None => (Ton::Alphanumeric, Npi::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_texts_of_the_protocol_have_their_lengths() {
        let settings = SmppSettings::at("sms.example", "quan7", "secret", "+84283777").unwrap();
        assert_eq!((settings.host.as_str(), settings.port), ("sms.example", 2775));
        assert_eq!(SmppSettings::at("[::1]:9", "a", "b", "c").unwrap().host, "::1");
        assert!(SmppSettings::at(":9", "a", "b", "c").is_err());
        let long = SmppSettings::at("sms.example", "quan7", "a password of many words", "c");
        assert!(long.err().unwrap().to_string().contains("smpp_password"));
        assert!(SmppSettings::at("sms.example", "quan7", "secret", "Quận 7").is_err());
    }

    #[test]
    fn a_sender_is_a_number_a_short_number_or_a_name() {
        assert_eq!(sender("+84283777"), (Ton::International, Npi::Isdn));
        assert_eq!(sender("8099"), (Ton::NetworkSpecific, Npi::Unknown));
        assert_eq!(sender("UBND Q7"), (Ton::Alphanumeric, Npi::Unknown));
    }

    #[test]
    fn a_part_says_its_coding_its_header_and_that_a_receipt_is_wanted() {
        let parts = words::split(&"ế".repeat(80), 9).unwrap();
        let part = submit("8099", "+84903123456", &parts[0]).unwrap();
        assert_eq!(u8::from(part.esm_class), 0x40);
        assert_eq!(u8::from(part.registered_delivery), 1);
        assert_eq!(u8::from(part.data_coding), 8);
        assert_eq!(part.destination_addr.as_str(), "84903123456");
        let plain = words::split("ok", 9).unwrap();
        assert_eq!(u8::from(submit("8099", "+84903123456", &plain[0]).unwrap().esm_class), 0);
    }
}
