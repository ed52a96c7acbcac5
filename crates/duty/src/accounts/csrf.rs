//! Proof that a form was made by us for this browser. A session has a secret of its own; an
//! anonymous form signs a nonce that a cookie holds. Tokens are masked afresh for each page, so a
//! compressed page does not leak them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE64URL_NOPAD;
use kernel::Rng;
use store::keys::TenantKeys;

const LEN: usize = 32;

/// A session's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Csrf([u8; LEN]);

impl std::fmt::Debug for Csrf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Csrf(..)")
    }
}

impl Csrf {
    pub(super) fn read(secret: &[u8]) -> Option<Self> {
        secret.try_into().ok().map(Self)
    }

    /// A token for one form.
    pub fn token(&self, rng: &Rng) -> String {
        let mask = rng.bytes::<LEN>();
        let mut out = mask.to_vec();
        out.extend(self.0.iter().zip(mask).map(|(secret, mask)| secret ^ mask));
        BASE64URL_NOPAD.encode(&out)
    }

    /// Whether a form's token is of this session; takes the same time for right and wrong.
    pub fn matches(&self, token: &str) -> bool {
        let Ok(bytes) = BASE64URL_NOPAD.decode(token.as_bytes()) else { return false };
        if bytes.len() != 2 * LEN {
            return false;
        }
        let (mask, masked) = bytes.split_at(LEN);
        let secret: Vec<u8> = masked.iter().zip(mask).map(|(masked, mask)| masked ^ mask).collect();
        verify_slices_are_equal(&secret, &self.0).is_ok()
    }
}

/// The token of an anonymous form whose cookie holds `nonce`.
pub fn for_public(keys: &TenantKeys, rng: &Rng, nonce: &str) -> String {
    public_secret(keys, nonce).token(rng)
}

/// Whether an anonymous form's token belongs to the cookie it came with.
pub fn matches_public(keys: &TenantKeys, nonce: &str, token: &str) -> bool {
    !nonce.is_empty() && public_secret(keys, nonce).matches(token)
}

fn public_secret(keys: &TenantKeys, nonce: &str) -> Csrf {
    let hash = keys.hash(&[b"csrf", nonce.as_bytes()]);
    let mut secret = [0; LEN];
    // HMAC-SHA-256 gives just these 32 bytes.
    secret.copy_from_slice(&hash[..LEN]);
    Csrf(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_session_only_and_never_looks_the_same() {
        let rng = Rng::seeded(3);
        let (own, other) = (Csrf(rng.bytes()), Csrf(rng.bytes()));
        let (first, second) = (own.token(&rng), own.token(&rng));
        assert_ne!(first, second);
        assert!(own.matches(&first) && own.matches(&second));
        assert!(!other.matches(&first));
        for text in ["", "x", "ééé", &first[1..], &"A".repeat(86)] {
            assert!(!own.matches(text), "{text}");
        }
    }
}
