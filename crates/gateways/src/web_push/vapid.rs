//! Saying who sends: RFC 8292, a token signed with the centre's own key for one push service and half a day.

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use duty::messages::Push;
use jiff::SignedDuration;
use kernel::{Error, Result};
use reqwest::Url;
use serde_json::json;

/// A day at most is allowed; clocks differ.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(12);

/// The value of the header `Authorization`.
pub(super) fn authorization(push: &Push, endpoint: &Url) -> Result<String> {
    let broken = || Error::internal("the centre's push key cannot be used");
    let public = PrivateKey::from_private_key(&ECDH_P256, &push.secret)
        .map_err(|_| broken())?
        .compute_public_key()
        .map_err(|_| broken())?;
    let public = public.as_ref();
    let pair =
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &push.secret, public)
            .map_err(|_| broken())?;
    let claims = json!({
        "aud": endpoint.origin().ascii_serialization(),
        "exp": (push.at + GOOD_FOR).as_second(),
        "sub": push.subject,
    });
    let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let head = encode(r#"{"typ":"JWT","alg":"ES256"}"#);
    let signed = format!("{head}.{}", encode(&claims.to_string()));
    let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| broken())?;
    let signature = BASE64URL_NOPAD.encode(signature.as_ref());
    Ok(format!("vapid t={signed}.{signature}, k={}", BASE64URL_NOPAD.encode(public)))
}
