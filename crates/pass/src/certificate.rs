//! What we take out of an X.509 certificate that signs health certificates: its key, its life, and
//! what it may attest by its extended key usage.

use crate::keys::{Kid, PublicKey, der};
use jiff::Timestamp;
use std::fmt;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

/// What a health certificate attests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attests {
    Test,
    Vaccination,
    Recovery,
}

impl Attests {
    pub const ALL: [Self; 3] = [Self::Test, Self::Vaccination, Self::Recovery];

    /// The last arc of its object identifier, and its name.
    const fn arc(self) -> (u8, &'static str) {
        match self {
            Self::Test => (1, "test"),
            Self::Vaccination => (2, "vaccination"),
            Self::Recovery => (3, "recovery"),
        }
    }
}

impl fmt::Display for Attests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.arc().1)
    }
}

/// A set of [`Attests`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attestations(u8);

impl Attestations {
    pub const ALL: Self = Self(0b1110);

    pub const fn includes(self, attests: Attests) -> bool {
        self.0 & (1 << attests.arc().0) != 0
    }

    /// Of the object identifiers of an extended key usage; those of the first certificates lacked
    /// the arc of private enterprises. None of them at all means no limit.
    fn of<'a>(identifiers: impl Iterator<Item = &'a str>) -> Self {
        const ROOTS: [&str; 2] = ["1.3.6.1.4.1.1847.2021.1.", "1.3.6.1.4.1.0.1847.2021.1."];
        let set = identifiers
            .filter_map(|identifier| ROOTS.iter().find_map(|root| identifier.strip_prefix(root)))
            .filter_map(|arc| {
                Attests::ALL.into_iter().map(|one| one.arc().0).find(|of| *arc == of.to_string())
            })
            .fold(0, |set, arc| set | (1 << arc));
        if set == 0 { Self::ALL } else { Self(set) }
    }
}

/// Why bytes are no certificate of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    #[error("neither DER nor PEM of a certificate")]
    Unreadable,
    #[error("a certificate whose key is neither P-256 nor RSA of 2048 bits and more")]
    Unsupported,
}

#[derive(Debug, Clone)]
pub struct Certificate {
    pub kid: Kid,
    pub key: PublicKey,
    pub from: Timestamp,
    pub until: Timestamp,
    pub attestations: Attestations,
}

impl Certificate {
    /// Nobody's signature over it is checked: whoever hands it in trusts it.
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateFault> {
        let der = der(bytes).map_err(|_| CertificateFault::Unreadable)?;
        let (_, read) = X509Certificate::from_der(&der).map_err(|_| CertificateFault::Unreadable)?;
        let key = PublicKey::of(read.public_key()).map_err(|_| CertificateFault::Unsupported)?;
        let life = read.validity();
        let at = |second| Timestamp::from_second(second).map_err(|_| CertificateFault::Unreadable);
        let usage = read.extended_key_usage().ok().flatten();
        let identifiers: Vec<String> =
            usage.iter().flat_map(|usage| &usage.value.other).map(ToString::to_string).collect();
        Ok(Self {
            kid: Kid::over(&der),
            key,
            from: at(life.not_before.timestamp())?,
            until: at(life.not_after.timestamp())?,
            attestations: Attestations::of(identifiers.iter().map(String::as_str)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_limits_only_where_it_names_one_of_ours() {
        let of = |identifiers: &[&str]| Attestations::of(identifiers.iter().copied());
        assert_eq!(of(&[]), Attestations::ALL);
        assert_eq!(of(&["1.3.6.1.5.5.7.3.1"]), Attestations::ALL);
        let tests = of(&["1.3.6.1.4.1.1847.2021.1.1"]);
        assert!(tests.includes(Attests::Test) && !tests.includes(Attests::Vaccination));
        let early = of(&["1.3.6.1.4.1.0.1847.2021.1.2", "1.3.6.1.4.1.0.1847.2021.1.3"]);
        assert!(!early.includes(Attests::Test) && early.includes(Attests::Recovery));
        assert_eq!(of(&["1.3.6.1.4.1.1847.2021.1.12"]), Attestations::ALL);
    }

    #[test]
    fn other_bytes_are_no_certificate() {
        for bytes in
            [&b""[..], b"30", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
        {
            assert_eq!(Certificate::read(bytes).err(), Some(CertificateFault::Unreadable));
        }
    }
}
