//! From the text of a QR code to a verdict. One [`Verifier`] a thread: it keeps its buffers, and a
//! verification costs little more than the signature.

use crate::{
    base45,
    certificate::Attests,
    claims::{ClaimFault, Kind, Pass},
    cose::{CoseFault, Sign1},
    hcert::Certified,
    keys::Alg,
    trust::{Keys, TrustedKey, Usage},
    verdict::{Claims, Fault, Stage, Verdict},
    wire::{Life, WireFault},
    zlib::{Inflate, ZlibFault},
};
use jiff::Timestamp;
use std::fmt;

/// Before the text of our own pass.
pub const PASS: &str = "VX1:";
/// Before the text of a health certificate.
pub const HCERT: &str = "HC1:";
/// No pass is longer.
pub const MOST_TEXT: usize = 8_192;
/// No certificate unpacks to more.
pub const MOST_BYTES: usize = 16_384;

/// What stands behind a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
    Pass,
    Hcert,
}

impl Envelope {
    pub(crate) fn of(text: &str) -> Option<(Self, &str)> {
        let pass = text.strip_prefix(PASS).map(|body| (Self::Pass, body));
        pass.or_else(|| text.strip_prefix(HCERT).map(|body| (Self::Hcert, body)))
    }
}

pub struct Verifier {
    coded: Vec<u8>,
    signed: Vec<u8>,
    inflate: Inflate,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { coded: Vec::new(), signed: Vec::new(), inflate: Inflate::new(MOST_BYTES) }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

impl Verifier {
    /// Every text gets a verdict, whatever it is.
    pub fn verify(&mut self, text: &str, keys: &Keys, now: Timestamp) -> Verdict {
        let mut verdict = Verdict::default();
        if let Err(fault) = self.steps(text, keys, now, &mut verdict) {
            verdict.error = Some(fault);
        }
        verdict
    }

    fn steps(&mut self, text: &str, keys: &Keys, now: Timestamp, v: &mut Verdict) -> Result<(), Fault> {
        v.prefix = Some(false);
        if text.len() > MOST_TEXT {
            return Err(Fault::new(Stage::Prefix, "longer than any pass"));
        }
        let (envelope, body) =
            Envelope::of(text).ok_or_else(|| Fault::new(Stage::Prefix, "neither VX1: nor HC1:"))?;
        v.prefix = Some(true);
        let decoded = base45::decode(body, &mut self.coded);
        v.base45 = Some(decoded.is_ok());
        decoded.map_err(|fault| Fault::new(Stage::Base45, fault.to_string()))?;
        let plain = match envelope {
            Envelope::Pass => &self.coded,
            Envelope::Hcert => unpacked(&self.coded, &mut self.inflate, v)?,
        };
        let cose = match Sign1::read(plain) {
            Ok(cose) => cose,
            Err(CoseFault::Cbor(message)) => {
                v.cbor = Some(false);
                return Err(Fault::new(Stage::Cbor, message));
            }
            Err(CoseFault::Shape(message)) => {
                (v.cbor, v.signature) = (Some(true), Some(false));
                return Err(Fault::new(Stage::Cose, message));
            }
        };
        let said = Said::read(envelope, cose.payload);
        v.cbor = Some(!matches!(said, Err(WireFault::Cbor(_))));
        let said = match said {
            Ok(said) => said,
            Err(WireFault::Cbor(message)) => return Err(Fault::new(Stage::Cbor, message)),
            Err(WireFault::Claim(fault)) => Said::nothing(fault),
        };
        let outcome = signer(&cose, &mut self.signed, &said, keys, now);
        v.signature = Some(outcome.is_ok());
        let fit = outcome?;
        judge(said, fit, now, v)
    }
}

/// A certificate's bytes unpacked, or as they are where they were never packed.
fn unpacked<'a>(coded: &'a [u8], inflate: &'a mut Inflate, v: &mut Verdict) -> Result<&'a [u8], Fault> {
    let unpacked = inflate.inflate(coded);
    v.inflate = Some(unpacked.is_ok());
    match unpacked {
        Ok(plain) => Ok(plain),
        Err(ZlibFault::Damaged) if Sign1::read(coded).is_ok() => Ok(coded),
        Err(fault) => Err(Fault::new(Stage::Inflate, fault.to_string())),
    }
}

/// The claims, as far as they could be read.
struct Said {
    claims: Option<Claims>,
    life: Life,
    fault: Option<ClaimFault>,
}

impl Said {
    fn nothing(fault: ClaimFault) -> Self {
        Self { claims: None, life: Life::default(), fault: Some(fault) }
    }

    fn read(envelope: Envelope, payload: &[u8]) -> Result<Self, WireFault> {
        match envelope {
            Envelope::Pass => {
                let mut life = Life::default();
                match Pass::read(payload, &mut life) {
                    Ok(pass) => Ok(Self { claims: Some(Claims::Pass(pass)), life, fault: None }),
                    Err(WireFault::Claim(fault)) => Ok(Self { claims: None, life, fault: Some(fault) }),
                    Err(fault) => Err(fault),
                }
            }
            Envelope::Hcert => {
                let certified = Certified::read(payload)?;
                let life = Life { begins: certified.begins(), until: certified.until() };
                let (attests, fault) = match certified.attests() {
                    Ok(attests) => (Some(attests), None),
                    Err(fault) => (None, Some(fault)),
                };
                Ok(Self { claims: Some(Claims::Certificate(certified, attests)), life, fault })
            }
        }
    }

    /// Whether a key may say this.
    fn fits(&self, key: &TrustedKey, now: Timestamp) -> Result<(), Fault> {
        let (usage, issuer) = match &self.claims {
            Some(Claims::Pass(pass)) => (usage(pass.facts().holder.kind()), pass.issuer().as_str()),
            Some(Claims::Certificate(certified, _)) => (Usage::FOREIGN, certified.issuer()),
            None => return Ok(()),
        };
        key.fits(usage, issuer, now).map_err(|unfit| Fault::new(Stage::Key, unfit.to_string()))?;
        match &self.claims {
            Some(Claims::Certificate(_, Some(attests))) if !key.attestations.includes(*attests) => {
                Err(may_not(*attests))
            }
            _ => Ok(()),
        }
    }
}

fn may_not(attests: Attests) -> Fault {
    Fault::new(Stage::Key, format!("the key may not attest a {attests}"))
}

const fn usage(kind: Kind) -> Usage {
    match kind {
        Kind::Person | Kind::Household | Kind::Neighbourhood | Kind::Force => Usage::PERSON,
        Kind::Business => Usage::BUSINESS,
    }
}

/// Tries every key of the kid, those that may sign this first. `Ok` holds why a key that did sign it
/// was not allowed to.
fn signer(
    cose: &Sign1<'_>,
    signed: &mut Vec<u8>,
    said: &Said,
    keys: &Keys,
    now: Timestamp,
) -> Result<Result<(), Fault>, Fault> {
    let alg = cose.headers.alg().map_err(|message| Fault::new(Stage::Cose, message))?;
    let kid = cose.headers.kid.ok_or_else(|| Fault::new(Stage::Key, "no key is named"))?;
    let named = keys.named(kid);
    if named.is_empty() {
        return Err(Fault::new(Stage::Key, "no key by that name is trusted"));
    }
    cose.signed(signed);
    if let Some(fit) = tried(cose, alg, signed, said, named, now) {
        return Ok(fit);
    }
    if cose.signed_by_the_book(signed)
        && let Some(fit) = tried(cose, alg, signed, said, named, now)
    {
        return Ok(fit);
    }
    Err(Fault::new(Stage::Signature, "the signature is not of the key that is named"))
}

fn tried(
    cose: &Sign1<'_>,
    alg: Alg,
    signed: &[u8],
    said: &Said,
    named: &[TrustedKey],
    now: Timestamp,
) -> Option<Result<(), Fault>> {
    let verifies = |key: &&TrustedKey| key.key.alg() == alg && key.key.verifies(signed, cose.signature);
    let (fit, unfit): (Vec<&TrustedKey>, Vec<&TrustedKey>) =
        named.iter().partition(|key| said.fits(key, now).is_ok());
    if fit.iter().any(|key| verifies(key)) {
        return Some(Ok(()));
    }
    unfit.into_iter().find(verifies).map(|key| said.fits(key, now))
}

/// What is said after the signature was found good: time first, for it is what people can act on.
fn judge(said: Said, fit: Result<(), Fault>, now: Timestamp, v: &mut Verdict) -> Result<(), Fault> {
    let Said { claims, life, fault } = said;
    let now = now.as_second();
    let early = life.begins.is_some_and(|begins| now < begins);
    let late = life.until.map(|until| now >= until);
    v.expired = if early { Some(true) } else { late };
    v.claims = claims;
    if early {
        return Err(Fault::new(Stage::Time, "not yet valid"));
    }
    if late == Some(true) {
        return Err(Fault::new(Stage::Time, "expired"));
    }
    fit?;
    if let Some(fault) = fault {
        return Err(Fault::new(Stage::Claims, fault.0));
    }
    match late {
        Some(_) => Ok(()),
        None => Err(Fault::new(Stage::Claims, "no end")),
    }
}
