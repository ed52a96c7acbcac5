//! The outside world of this process: mail, telephone lines, short messages, speech.

use crate::{
    incoming::{Offers, Whose},
    settings::{Settings, VoiceHttp},
    telephone::Telephone,
};
use duty::{
    calls::Shelf,
    lines::Lines,
    messages::{Areas, Inbox, Joins, Knows, LadderCalls, Mailer, Pushing, Texting, Voice},
    prompts::Prompter,
};
use gateways::{
    Espeak, Exchange, FolderShelf, HttpLines, MailRecorder, Phones, Smpp, SmppSettings, Smtp, SmtpSettings,
    WebPush,
    http_lines::{self, Key},
};
use health::answers::Answers;
use kernel::{Error, Result};
use std::{path::PathBuf, sync::Arc};
use store::Store;
use tokio::sync::Mutex;

/// The outside world of this process.
#[derive(Clone)]
pub struct Gateways {
    pub phones: Phones,
    /// The simulated network of conversations, shown by a demo.
    pub exchange: Exchange,
    /// A provider of telephone lines that speaks HTTP, where one is set. Only a process that shows pages has it:
    /// the provider's webhooks come there.
    pub http_lines: Option<HttpLines>,
    /// Our own telephone, where the settings have trunks for it.
    pub telephone: Option<Telephone>,
    /// The telephone network, for whoever places or takes calls: our own telephone before a provider; a demo
    /// without trunks has a simulated one.
    pub lines: Option<Arc<dyn Lines>>,
    /// `None` where no telephone network is connected; a demo without trunks has a simulated one.
    pub voice: Option<Arc<dyn Voice>>,
    /// Where callers wait for whoever accepts in a ladder's call.
    pub joins: Joins,
    /// The same for short messages.
    pub texting: Option<Arc<dyn Texting>>,
    /// The line behind it, where a network is set, to be kept up.
    pub smpp: Option<Smpp>,
    pub pushing: Arc<dyn Pushing>,
    /// Whether this process takes calls and short messages from the queue: only those that have the telephone do, or
    /// show the simulated ones.
    pub places_calls: bool,
    /// `None` where no mail server is set: mail waits in the outbox, and the data-sources page says so.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// What announcements sound like.
    pub prompter: Prompter,
    /// What is said on the lines; where they are simulated, words without sound.
    pub speech: Prompter,
}

impl Gateways {
    /// Of a process that shows pages.
    pub async fn of_server(settings: &Settings, store: &Store) -> Result<Self> {
        let (phones, exchange) = (Phones::new(store.clone()), Exchange::new(store.clone()));
        let telephone = Telephone::start(settings, store).await?;
        // A demo calls nobody real.
        let provider = settings.voice_http.as_ref().filter(|_| !settings.demo);
        let http_lines = provider.map(|provider| http_lines(provider, settings, store)).transpose()?;
        let prompter = prompter(settings);
        let (mut lines, mut speech): (Option<Arc<dyn Lines>>, _) = (None, prompter.clone());
        if let Some(telephone) = &telephone {
            lines = Some(Arc::new(telephone.lines.clone()));
        } else if let Some(provided) = &http_lines {
            lines = Some(Arc::new(provided.clone()));
        }
        let mut joins = Joins::default();
        let voice = match &lines {
            Some(lines) => {
                let calls = LadderCalls::new(store.clone(), lines.clone(), prompter.clone())
                    .recording(shelf(settings)?, spool(settings));
                joins = calls.joins();
                Some(Arc::new(calls) as Arc<dyn Voice>)
            }
            None => settings.demo.then(|| Arc::new(phones.clone()) as Arc<dyn Voice>),
        };
        if lines.is_none() && settings.demo {
            lines = Some(Arc::new(exchange.clone()));
            speech = Prompter::silent();
        }
        let smpp = smpp(settings, store)?;
        let texting = match &smpp {
            Some(smpp) => Some(Arc::new(smpp.clone()) as Arc<dyn Texting>),
            None => settings.demo.then(|| Arc::new(phones.clone()) as Arc<dyn Texting>),
        };
        let pushing = Arc::new(WebPush::new(store.rng().clone())?);
        let mailer = mailer(settings)?;
        Ok(Self {
            phones,
            exchange,
            http_lines,
            telephone,
            lines,
            voice,
            joins,
            texting,
            smpp,
            pushing,
            places_calls: true,
            mailer,
            prompter,
            speech,
        })
    }

    /// The calls that come in by the network in use, and whose they are.
    pub fn incoming(&self) -> (Offers, Whose) {
        if let Some(telephone) = &self.telephone {
            return (telephone.offers(), telephone.whose());
        }
        let offers = match &self.http_lines {
            Some(provided) => provided.offers(),
            None => self.exchange.offers(),
        };
        (Arc::new(Mutex::new(offers)), Whose::TheOnly)
    }

    /// Of a process that shows none. It places no calls and sends no texts: it has no telephone, and what it took
    /// from the queue would end as if there were none anywhere.
    pub fn of_worker(settings: &Settings, store: &Store) -> Result<Self> {
        let prompter = prompter(settings);
        Ok(Self {
            phones: Phones::new(store.clone()),
            exchange: Exchange::new(store.clone()),
            http_lines: None,
            telephone: None,
            lines: None,
            voice: None,
            joins: Joins::default(),
            texting: None,
            smpp: None,
            pushing: Arc::new(WebPush::new(store.rng().clone())?),
            places_calls: false,
            mailer: mailer(settings)?,
            speech: prompter.clone(),
            prompter,
        })
    }
}

/// Where recordings of calls lie sealed.
pub fn shelf(settings: &Settings) -> Result<Arc<dyn Shelf>> {
    Ok(Arc::new(FolderShelf::folder(&settings.data.join("recordings"))?))
}

/// Where they lie until they are.
pub fn spool(settings: &Settings) -> PathBuf {
    settings.data.join("spool")
}

/// Recorded clips where there are some, a synthetic voice else. Speech that names nobody is kept beside the
/// files; the processes of one machine share it.
fn prompter(settings: &Settings) -> Prompter {
    Prompter::new(Some(Arc::new(Espeak::default())), Some(settings.data.join("speech")))
}

fn http_lines(provider: &VoiceHttp, settings: &Settings, store: &Store) -> Result<HttpLines> {
    let key = match &provider.issuer {
        Some(issuer) => Key::Signed { issuer: issuer.clone(), secret: provider.key.clone() },
        None => Key::Bearer(provider.key.clone()),
    };
    let own = http_lines::Settings {
        calls: provider.url.parse().map_err(|error| Error::internal(format!("voice_http_url: {error}")))?,
        key,
        token: provider.token.clone(),
        public_url: settings.public_url.clone().unwrap_or_default(),
        from: provider.from.clone(),
        channels: provider.channels,
        recordings: provider.recordings.clone(),
        hold: http_lines::HOLD,
    };
    HttpLines::new(store.clock().clone(), store.rng().clone(), own)
}

/// The line to the network that carries texts, where one is set.
fn smpp(settings: &Settings, store: &Store) -> Result<Option<Smpp>> {
    let Some(address) = &settings.smpp else { return Ok(None) };
    let missing = |name: &str| Error::internal(format!("smpp is set and {name} is not"));
    let system_id = settings.smpp_system_id.as_deref().ok_or_else(|| missing("smpp_system_id"))?;
    let password = settings.smpp_password.as_deref().ok_or_else(|| missing("smpp_password"))?;
    let source = settings.smpp_source.as_deref().ok_or_else(|| missing("smpp_source"))?;
    let mut smpp = SmppSettings::at(address, system_id, password, source)?;
    smpp.tls = settings.smpp_tls;
    smpp.authority.clone_from(&settings.smpp_authority);
    let inbox = Inbox::new(store.clone(), settings.smpp_tenant.clone(), areas());
    Ok(Some(Smpp::new(smpp, Arc::new(inbox))))
}

/// The areas that wait for answers by text; what none of them knows somebody reads.
pub fn areas() -> Areas {
    Arc::from(vec![Arc::new(Answers) as Arc<dyn Knows>])
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
