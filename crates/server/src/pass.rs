//! `vungxanh pass`: signed passes at the command line. Issuing and verifying need no database and no network,
//! as a gate needs none.

use crate::{
    command::{NEGATIVE, OK, print},
    pass_keys::{self, KeysCommand, RootCommand, TrustListCommand},
    settings::Settings,
};
use ::pass::{
    Attributes, BirthYear, Certificate, CertificateFault, ClaimFault, Day, Doses, Facts, Force, Health,
    Holder, Issuer, Keys, ListFault, MOST_TEXT, Pass, PassName, Place, PublicKey, SigningKey, Standing,
    StatusPlace, StatusToken, TrustList, Verdict, Verifier, inspect, issue,
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Result, Rng, clock::machine_now};
use serde::Serialize;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, Read, Write},
    path::{Path, PathBuf},
    thread,
};

/// So many lines are read before they are shared out.
const LINES: usize = 4_096;

#[derive(Subcommand)]
pub enum PassCommand {
    /// Sign a pass and print the text of its QR code
    Issue(Box<Asked>),
    /// Lay open all layers of a text on standard input, verifying nothing; 1 when it is nothing known
    Inspect {
        #[arg(long)]
        json: bool,
    },
    /// Verify a text on standard input, step by step; 1 when it is not good
    Verify {
        #[command(flatten)]
        trusted: Trusted,
        #[arg(long)]
        json: bool,
    },
    /// Verify one text a line; prints one JSON object a line, in order
    VerifyMany {
        #[command(flatten)]
        trusted: Trusted,
    },
    /// The keys that sign a tenant's passes
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The root that names keys, kept on a machine without a network
    #[command(subcommand)]
    Root(RootCommand),
    /// The list of keys that gates believe
    #[command(subcommand)]
    TrustList(TrustListCommand),
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Person,
    Household,
    Neighbourhood,
    Business,
    Force,
}

#[derive(Args)]
pub struct Asked {
    /// File with a P-256 private key: PKCS #8 or SEC 1, PEM or DER
    #[arg(long)]
    key: PathBuf,
    #[arg(long, value_enum)]
    kind: Kind,
    /// As people write it; diacritics fall
    #[arg(long)]
    name: String,
    /// Year of birth, of a person or a force
    #[arg(long)]
    year: Option<u64>,
    /// Doses of vaccine, 0 to 9
    #[arg(long)]
    doses: Option<u64>,
    /// Day of the last dose, as 2021-08-15
    #[arg(long)]
    last_dose: Option<Date>,
    /// Day of the last negative test
    #[arg(long)]
    last_negative: Option<Date>,
    /// Day of recovery
    #[arg(long)]
    recovered: Option<Date>,
    /// Which force: 1 epidemic worker, 2 official, 3 business representative, 4 shopping helper,
    /// 5 shipper, 6 transport, 7 household representative
    #[arg(long)]
    force: Option<u64>,
    /// The ward's code, of a household, a neighbourhood or a business
    #[arg(long)]
    place: Option<String>,
    /// Members of a household; how many may be inside a business
    #[arg(long)]
    people: Option<u32>,
    /// The tenant's code
    #[arg(long, default_value = "vungxanh")]
    issuer: String,
    /// Number of the status list
    #[arg(long, requires = "status_index")]
    status_list: Option<u64>,
    /// The pass's place in the status list
    #[arg(long, requires = "status_list")]
    status_index: Option<u64>,
    /// When it is issued [default: now]
    #[arg(long, value_name = "RFC3339")]
    iat: Option<Timestamp>,
    /// From when it is good, where that is later
    #[arg(long, value_name = "RFC3339")]
    nbf: Option<Timestamp>,
    /// When it ends
    #[arg(long, value_name = "RFC3339")]
    exp: Timestamp,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Trusted {
    /// A signer's certificate, or its bare public key, in DER or PEM; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    cert: Vec<PathBuf>,
    /// A signed trust list
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// The public key of the root that signed the trust list; without it the file is believed as it is
    #[arg(long, value_name = "FILE", requires = "trust")]
    root: Option<PathBuf>,
    /// A signed status list; adds good, revoked or unknown as `status`
    #[arg(long, value_name = "FILE")]
    status: Option<PathBuf>,
    /// Verify as if it were then [default: now]
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
}

pub async fn run(settings: &Settings, command: PassCommand) -> Result<u8> {
    match command {
        PassCommand::Issue(asked) => asked.sign(),
        PassCommand::Inspect { json } => lay_open(json),
        PassCommand::Verify { trusted, json } => verify(&trusted.gate()?, json),
        PassCommand::VerifyMany { trusted } => verify_many(&trusted.gate()?),
        PassCommand::Keys(asked) => pass_keys::keys(settings, asked).await,
        PassCommand::Root(asked) => pass_keys::root(&asked),
        PassCommand::TrustList(asked) => pass_keys::trust_list(settings, asked).await,
    }
}

fn file(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::internal(format!("{}: {error}", path.display())))
}

fn bad(path: &Path, fault: impl std::fmt::Display) -> Error {
    Error::internal(format!("{}: {fault}", path.display()))
}

impl Asked {
    fn sign(&self) -> Result<u8> {
        let key = SigningKey::read(&file(&self.key)?).map_err(|fault| bad(&self.key, fault))?;
        let pass = self.pass().map_err(Error::internal)?;
        let text = issue(&pass, &key).map_err(Error::internal)?;
        let object = serde_json::json!({ "text": text, "kid": key.kid().to_string(), "claims": pass });
        print(self.json, &object, || text.clone())?;
        Ok(OK)
    }

    fn pass(&self) -> Result<Pass, ClaimFault> {
        let facts =
            Facts { name: PassName::fold(&self.name)?, holder: self.holder()?, status: self.status() };
        let issued = self.iat.unwrap_or_else(machine_now);
        let issuer = Issuer::parse(&self.issuer)?;
        let pass = Pass::new(issuer, Rng::system().bytes(), issued, self.exp, facts)?;
        match self.nbf {
            Some(from) => pass.from(from),
            None => Ok(pass),
        }
    }

    /// What such a holder does not have is refused, not left out.
    fn holder(&self) -> Result<Holder, ClaimFault> {
        let health = Health {
            doses: self.doses.map(Doses::new).transpose()?,
            last_dose: self.last_dose.map(Day::of).transpose()?,
            last_negative: self.last_negative.map(Day::of).transpose()?,
            recovered: self.recovered.map(Day::of).transpose()?,
        };
        Holder::new(Attributes {
            kind: self.kind.into(),
            born: self.year.map(BirthYear::new).transpose()?,
            health,
            force: self.force.map(Force::of).transpose()?,
            place: self.place.as_deref().map(Place::parse).transpose()?,
            people: self.people,
        })
    }

    fn status(&self) -> Option<StatusPlace> {
        self.status_list.zip(self.status_index).map(|(list, index)| StatusPlace { list, index })
    }
}

impl From<Kind> for ::pass::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Person => Self::Person,
            Kind::Household => Self::Household,
            Kind::Neighbourhood => Self::Neighbourhood,
            Kind::Business => Self::Business,
            Kind::Force => Self::Force,
        }
    }
}

/// Whom a gate believes, and when it looks.
struct Gate {
    keys: Keys,
    /// A list that is not good now says nothing of any pass.
    status: Option<Result<StatusToken, ListFault>>,
    now: Timestamp,
}

impl Trusted {
    fn gate(&self) -> Result<Gate> {
        let now = self.at.unwrap_or_else(machine_now);
        let keys = if let Some(trust) = &self.trust {
            self.listed(trust, now)?
        } else {
            let mut keys = Vec::new();
            for path in &self.cert {
                keys.extend(certified(path)?.iter().cloned());
            }
            Keys::new(keys)
        };
        let mut status = None;
        if let Some(path) = &self.status {
            let token = StatusToken::read(&file(path)?, &keys, now);
            if let Err(fault) = &token {
                eprintln!("vungxanh: {}: not used: {fault}", path.display());
            }
            status = Some(token);
        }
        Ok(Gate { keys, status, now })
    }

    fn listed(&self, trust: &Path, now: Timestamp) -> Result<Keys> {
        let bytes = file(trust)?;
        let list = match &self.root {
            Some(root) => {
                let key = PublicKey::read(&file(root)?).map_err(|fault| bad(root, fault))?;
                TrustList::read(&bytes, &key, now)
            }
            None => TrustList::read_unproven(&bytes, now),
        };
        list.map(|list| list.keys).map_err(|fault| bad(trust, fault))
    }
}

fn certified(path: &Path) -> Result<Keys> {
    let bytes = file(path)?;
    match (Certificate::read(&bytes), PublicKey::read(&bytes)) {
        (Ok(certificate), _) => Ok(Keys::of_certificate(certificate)),
        // Nothing that it signs can be verified, and the verdict says why.
        (Err(fault @ CertificateFault::Unsupported), _) => {
            eprintln!("vungxanh: {}: {fault}", path.display());
            Ok(Keys::default())
        }
        (Err(_), Ok(key)) => Ok(Keys::of_key(key)),
        (Err(fault), Err(_)) => Err(bad(path, fault)),
    }
}

/// The verdict's record, with what the status list says where one was given.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl Gate {
    fn judge(&self, verifier: &mut Verifier, text: &str) -> Told {
        let verdict = verifier.verify(text, &self.keys, self.now);
        let status = self.status.as_ref().map(|token| match (token, verdict.pass()) {
            (Ok(token), Some(pass)) => token.standing(pass, self.now).name(),
            _ => Standing::Unknown.name(),
        });
        Told { verdict, status }
    }
}

impl Told {
    fn exit(&self) -> u8 {
        let revoked = self.status == Some(Standing::Revoked.name());
        if self.verdict.is_good() && !revoked { OK } else { NEGATIVE }
    }

    fn in_words(&self) -> String {
        let claims =
            self.verdict.claims.as_ref().and_then(|claims| serde_json::to_string_pretty(claims).ok());
        let outcome = match &self.verdict.error {
            None => "good".to_owned(),
            Some(fault) => {
                let stage = serde_json::to_value(fault.stage).unwrap_or_default();
                format!("not good, {}: {}", stage.as_str().unwrap_or_default(), fault.message)
            }
        };
        let status = self.status.map(|status| format!("status: {status}"));
        [Some(outcome), status, claims].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

/// The text of one QR code, without the end of its line; of a longer one as much as shows that.
fn scanned() -> Result<String> {
    let mut bytes = Vec::new();
    let most = 2 * MOST_TEXT as u64;
    std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(Error::internal)?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(String::from_utf8_lossy(line).into_owned())
}

fn lay_open(json: bool) -> Result<u8> {
    let layers = inspect(&scanned()?);
    print(json, &layers, || serde_json::to_string_pretty(&layers).unwrap_or_default())?;
    let unknown = layers["kind"] == "unknown" || layers["error"] != Value::Null;
    Ok(if unknown { NEGATIVE } else { OK })
}

fn verify(gate: &Gate, json: bool) -> Result<u8> {
    let told = gate.judge(&mut Verifier::default(), &scanned()?);
    print(json, &told, || told.in_words())?;
    Ok(told.exit())
}

/// Each line has its own verdict; that all of them got one is what the exit code says.
fn verify_many(gate: &Gate) -> Result<u8> {
    let hands = thread::available_parallelism().map_or(1, usize::from);
    let mut verifiers: Vec<Verifier> = (0..hands).map(|_| Verifier::default()).collect();
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut lines = Vec::with_capacity(LINES);
    loop {
        lines.clear();
        while lines.len() < LINES
            && let Some(line) = next_line(&mut input).map_err(Error::internal)?
        {
            lines.push(line);
        }
        if lines.is_empty() {
            return Ok(OK);
        }
        for part in judged(gate, &mut verifiers, &lines)? {
            output.write_all(&part).map_err(Error::internal)?;
        }
        output.flush().map_err(Error::internal)?;
    }
}

/// The lines shared out among the verifiers; what each gave, in order.
fn judged(gate: &Gate, verifiers: &mut [Verifier], lines: &[String]) -> Result<Vec<Vec<u8>>> {
    let share = lines.len().div_ceil(verifiers.len());
    thread::scope(|scope| {
        let work: Vec<_> = lines
            .chunks(share)
            .zip(verifiers)
            .map(|(lines, verifier)| {
                scope.spawn(move || {
                    let mut out = Vec::with_capacity(lines.len() * 512);
                    for line in lines {
                        serde_json::to_writer(&mut out, &gate.judge(verifier, line))?;
                        out.push(b'\n');
                    }
                    Ok::<_, serde_json::Error>(out)
                })
            })
            .collect();
        let done = work.into_iter().map(|hand| match hand.join() {
            Ok(out) => out.map_err(Error::internal),
            Err(_) => Err(Error::internal("a verifier stopped")),
        });
        done.collect()
    })
}

/// One line without its end; of one that is too long for any pass, as much as shows that.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut begun = false;
    loop {
        let held = input.fill_buf()?;
        if held.is_empty() {
            break;
        }
        begun = true;
        let end = held.iter().position(|byte| *byte == b'\n');
        let part = &held[..end.unwrap_or(held.len())];
        line.extend_from_slice(&part[..part.len().min((MOST_TEXT + 2).saturating_sub(line.len()))]);
        let used = end.map_or(held.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(begun.then(|| String::from_utf8_lossy(&line).into_owned()))
}
