//! Codes of an authenticator app (RFC 6238): six digits, 30 seconds, one step of drift either way.
//! A step whose code was taken is spent, and so are all before it.

use jiff::Timestamp;
use kernel::{Error, Result, Rng};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// A new secret as its owner needs it.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// To be typed by hand, in groups of four.
    pub secret: String,
    /// `otpauth://…`, to be shown as a QR code.
    pub url: String,
}

pub(super) fn new_secret(rng: &Rng) -> String {
    Secret::from(rng.bytes::<20>()).to_base32()
}

fn totp(secret: &str, issuer: &str, login: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(Error::internal)?;
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        // A colon parts issuer and account in the address.
        .with_issuer(Some(issuer.replace(':', " ")))
        .with_account_name(login)
        .build()
        .map_err(Error::internal)
}

pub(super) fn enrolment(secret: &str, issuer: &str, login: &str) -> Result<Enrolment> {
    let url = totp(secret, issuer, login)?.to_url().map_err(Error::internal)?;
    let groups: Vec<&str> =
        secret.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Ok(Enrolment { secret: groups.join(" "), url })
}

/// The step that `code` belongs to, when it is right now and later than `spent`.
pub(super) fn step(secret: &str, code: &str, now: Timestamp, spent: i64) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let totp = totp(secret, "vx", "vx")?;
    let seconds = u64::try_from(now.as_second()).map_err(Error::internal)?;
    let step = totp.check(&code, seconds).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > spent))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6238, appendix B, cut to six digits; the secret is the ASCII text 12345678901234567890.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_of_the_standard_are_right_one_step_either_way_and_once() {
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            let at = |drift: i64| Timestamp::from_second(second + drift).unwrap();
            let own = Some(second / 30);
            assert_eq!(step(SECRET, code, at(0), 0).unwrap(), own);
            assert_eq!(step(SECRET, "12 34", at(0), 0).unwrap(), None);
            assert_eq!(step(SECRET, &format!("{} {}", &code[..3], &code[3..]), at(30), 0).unwrap(), own);
            assert_eq!(step(SECRET, code, at(-30), 0).unwrap(), own);
            assert_eq!(step(SECRET, code, at(90), 0).unwrap(), None);
            assert_eq!(step(SECRET, code, at(0), second / 30).unwrap(), None);
        }
    }

    #[test]
    fn an_enrolment_names_place_and_login() {
        let made = enrolment(SECRET, "Vùng Xanh: Quận 7", "le.thu").unwrap();
        assert!(made.url.starts_with("otpauth://totp/"), "{}", made.url);
        assert!(made.url.contains("le.thu") && made.url.contains(SECRET) && made.url.contains("issuer="));
        assert!(made.secret.starts_with("GEZD GNBV "));
        assert_eq!(new_secret(&Rng::seeded(1)).len(), 32);
    }
}
