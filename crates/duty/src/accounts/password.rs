//! Passwords: what one must be, and its argon2id hash. The hash is keyed by the tenant's key file,
//! so a stolen database alone cannot be searched for weak passwords.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use kernel::{Error, Result, text::search_key};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// What one hash costs.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Cost {
    /// OWASP Password Storage Cheat Sheet, argon2id, 19 MiB.
    pub const OWASP: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };
}

const SHORTEST: usize = 12;
/// Longer texts are refused before they cost anything, in bytes.
pub(super) const LONGEST: usize = 512;

/// Unaccented, without spaces: whoever is asked for twelve characters writes these first.
const BLOCKED: &[&str] = &[
    "123456789012",
    "1234567890123",
    "1234567890abc",
    "abc123456789",
    "qwertyuiop123",
    "qwerty123456",
    "1qaz2wsx3edc",
    "password1234",
    "password12345",
    "passw0rd1234",
    "administrator",
    "admin1234567",
    "adminadmin123",
    "letmein12345",
    "matkhau12345",
    "matkhau123456",
    "motconvitcon",
    "anhyeuem1234",
    "iloveyou1234",
    "vietnam12345",
    "vietnam123456",
    "vietnamvodich",
    "hochiminh123",
    "saigon123456",
    "thanhpho1234",
    "vungxanh1234",
    "vungxanh2021",
];

/// Whether a new password will do, for this login and name.
pub(super) fn check(password: &str, login: &str, name: &str) -> Result<()> {
    const FIELD: &str = "password";
    if password.len() > LONGEST {
        return Err(Error::invalid(FIELD, "error-password-too-long"));
    }
    if password.chars().count() < SHORTEST {
        return Err(Error::invalid(FIELD, "error-password-short"));
    }
    let plain = |text: &str| search_key(text).replace(' ', "");
    let (typed, login, name) = (plain(password), plain(login), plain(name));
    // The name with a few figures behind it is still the name.
    let bare = typed.trim_matches(|c: char| c.is_ascii_digit());
    if [&login, &name].into_iter().any(|own| !own.is_empty() && (typed == *own || bare == own)) {
        return Err(Error::invalid(FIELD, "error-password-own-name"));
    }
    let different: BTreeSet<char> = password.chars().collect();
    if different.len() < 5 || BLOCKED.contains(&typed.as_str()) {
        return Err(Error::invalid(FIELD, "error-password-common"));
    }
    Ok(())
}

/// The same password typed on another keyboard is the same bytes.
fn bytes(password: &str) -> Vec<u8> {
    password.nfkc().collect::<String>().into_bytes()
}

fn argon2(cost: Cost, pepper: &[u8]) -> Result<Argon2<'_>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(Error::internal)?;
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params).map_err(Error::internal)
}

/// The PHC string of a password. Takes the full cost: never on an async thread.
pub(super) fn hash(cost: Cost, pepper: &[u8], salt: &[u8], password: &str) -> Result<String> {
    let hash =
        argon2(cost, pepper)?.hash_password_with_salt(&bytes(password), salt).map_err(Error::internal)?;
    Ok(hash.to_string())
}

/// Whether a password is the one hashed. Without a hash (nobody has this login) it costs the same
/// and says no.
pub(super) fn matches(cost: Cost, pepper: &[u8], hash: Option<&str>, password: &str) -> Result<bool> {
    let argon2 = argon2(cost, pepper)?;
    let Some(hash) = hash else {
        let nobody = argon2.hash_password_with_salt(&bytes(password), b"nobody has this salt");
        std::hint::black_box(nobody.map_err(Error::internal)?);
        return Ok(false);
    };
    let hash = PasswordHash::new(hash).map_err(Error::internal)?;
    Ok(argon2.verify_password(&bytes(password), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    #[test]
    fn a_hash_says_yes_to_its_password_only_and_only_with_the_key() {
        let made = hash(QUICK, b"key", b"sixteen byte salt", "một mật khẩu dài").unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{made}");
        let decomposed: String = "một mật khẩu dài".nfd().collect();
        for (key, password, same) in [
            (b"key".as_slice(), "một mật khẩu dài", true),
            (b"key", decomposed.as_str(), true),
            (b"key", "một mật khẩu dàí", false),
            (b"other", "một mật khẩu dài", false),
        ] {
            assert_eq!(matches(QUICK, key, Some(&made), password).unwrap(), same, "{password}");
        }
        assert!(!matches(QUICK, b"key", None, "một mật khẩu dài").unwrap());
    }

    #[test]
    fn a_password_is_long_and_neither_a_name_nor_a_habit() {
        let key = |password: &str| match check(password, "le.thu", "Lê Thị Thử") {
            Ok(()) => "",
            Err(Error::Invalid { key, .. }) => key,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(key("ngan gon"), "error-password-short");
        assert_eq!(key(&"dài".repeat(200)), "error-password-too-long");
        assert_eq!(key("Lê Thị Thử 2021"), "error-password-own-name");
        assert_eq!(key("lethithu123456"), "error-password-own-name");
        assert_eq!(key("le.thu.1234567"), "error-password-own-name");
        assert_eq!(key("Mật khẩu 12345"), "error-password-common");
        assert_eq!(key("aaaaaaaaaaaaaa"), "error-password-common");
        assert_eq!(key("bốn con vịt xòe"), "");
    }
}
