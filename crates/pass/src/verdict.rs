//! What became of a text, step by step.

use crate::{certificate::Attests, claims::Pass, hcert::Certified};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// Where a text failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Not a pass at all, or longer than any.
    Prefix,
    Base45,
    Inflate,
    /// Not CBOR, or no claims in it.
    Cbor,
    /// No COSE_Sign1, or an algorithm that is not known here.
    Cose,
    /// No key by that name, or one that may not sign this.
    Key,
    Signature,
    /// Expired, or not yet valid.
    Time,
    /// What it says cannot be said.
    Claims,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub stage: Stage,
    /// For the log and for who looks closer; not for people at a gate.
    pub message: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(stage: Stage, message: impl Into<Cow<'static, str>>) -> Self {
        Self { stage, message: message.into() }
    }
}

/// What a good signature stands under.
#[derive(Debug, Clone, PartialEq)]
pub enum Claims {
    Pass(Pass),
    /// With what it attests; `None` where it follows no schema.
    Certificate(Certified, Option<Attests>),
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pass(pass) => pass.serialize(to),
            Self::Certificate(certified, _) => certified.serialize(to),
        }
    }
}

/// Each step passed, failed, or was not reached (`None`). `error` is what decides: without one, the
/// text is what it says it is. Claims stand here only under a good signature.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Verdict {
    pub prefix: Option<bool>,
    pub base45: Option<bool>,
    /// `None` for our own pass, which is not packed; false where a certificate was not packed either.
    pub inflate: Option<bool>,
    pub cbor: Option<bool>,
    pub signature: Option<bool>,
    /// Whether now lies outside its time, on either side.
    pub expired: Option<bool>,
    pub claims: Option<Claims>,
    pub error: Option<Fault>,
}

impl Verdict {
    pub const fn is_good(&self) -> bool {
        self.error.is_none()
    }

    /// Our own pass, where one was signed.
    pub const fn pass(&self) -> Option<&Pass> {
        match &self.claims {
            Some(Claims::Pass(pass)) => Some(pass),
            _ => None,
        }
    }
}
