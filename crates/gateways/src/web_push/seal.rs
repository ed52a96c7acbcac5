//! Sealing a push for its browser: RFC 8291 over the coding `aes128gcm` of RFC 8188, one record.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use kernel::{Error, Result};

/// What every push service takes; the whole is one record.
const RECORD: u32 = 4096;
/// Head (salt, size, key), delimiter and tag leave this much for what is said.
const MOST: usize = RECORD as usize - 16 - 4 - 1 - 65 - 1 - 16;

/// Octets to be drawn from HKDF.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<[u8; N]> {
    let mut out = [0; N];
    let drawn = Salt::new(HKDF_SHA256, salt);
    let key = drawn.extract(secret);
    key.expand(info, Length(N)).and_then(|okm| okm.fill(&mut out)).map_err(|_| broken())?;
    Ok(out)
}

fn broken() -> Error {
    Error::internal("a push could not be sealed")
}

/// The sealed body. `own` is a key used this once, `salt` drawn this once. `Invalid` when the browser's keys
/// are none.
pub(super) fn seal(
    plain: &[u8],
    p256dh: &[u8],
    auth: &[u8],
    own: &[u8; 32],
    salt: &[u8; 16],
) -> Result<Vec<u8>> {
    if plain.len() > MOST {
        return Err(Error::internal("a push is too long"));
    }
    let own = PrivateKey::from_private_key(&ECDH_P256, own)
        .map_err(|_| Error::Unavailable("no key could be drawn".into()))?;
    let public = own.compute_public_key().map_err(|_| broken())?;
    let public = public.as_ref();
    let wrong = Error::invalid("keys", "error-push-keys");
    let shared =
        agree(&own, UnparsedPublicKey::new(&ECDH_P256, p256dh), wrong, |shared| Ok(shared.to_vec()))?;
    let secret: [u8; 32] = expand(auth, &shared, &[b"WebPush: info\0", p256dh, public])?;
    let key: [u8; 16] = expand(salt, &secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; NONCE_LEN] = expand(salt, &secret, &[b"Content-Encoding: nonce\0"])?;
    // The delimiter of the last record, and no padding.
    let mut record = [plain, &[2_u8][..]].concat();
    let key = UnboundKey::new(&AES_128_GCM, &key).map(LessSafeKey::new).map_err(|_| broken())?;
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record).map_err(|_| broken())?;
    let length = u8::try_from(public.len()).map_err(|_| broken())?;
    Ok([&salt[..], &RECORD.to_be_bytes()[..], &[length][..], public, &record[..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;

    fn octets(text: &str) -> Vec<u8> {
        BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_rfc_is_sealed_to_the_octet() {
        let plain = octets("V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24");
        assert_eq!(plain, b"When I grow up, I want to be a watermelon");
        let browser =
            octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = octets("BTBZMqHH6r4Tts7J_aSIgg");
        let own: [u8; 32] = octets("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").try_into().unwrap();
        let salt: [u8; 16] = octets("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let sealed = seal(&plain, &browser, &auth, &own, &salt).unwrap();
        let expected = concat!(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml",
            "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT",
            "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        assert_eq!(BASE64URL_NOPAD.encode(&sealed), expected);
    }

    #[test]
    fn keys_that_are_none_and_words_that_are_too_many_are_refused() {
        let (own, salt) = ([7; 32], [9; 16]);
        let wrong = seal(b"x", &[4; 65], &[0; 16], &own, &salt);
        assert!(matches!(wrong, Err(Error::Invalid { field: "keys", .. })));
        assert!(seal(&[0; MOST + 1], &[4; 65], &[0; 16], &own, &salt).is_err());
    }
}
