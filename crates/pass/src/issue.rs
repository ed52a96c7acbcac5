//! A pass as the text of a QR code.

use crate::{
    base45,
    cbor::Writer,
    claims::Pass,
    cose,
    keys::{SignFault, SigningKey},
    verify::PASS,
};

/// Signs a pass. About 256 letters of the QR code's alphanumeric mode: 53 modules a side at error
/// correction M.
pub fn issue(pass: &Pass, key: &SigningKey) -> Result<String, SignFault> {
    let mut payload = Writer(Vec::with_capacity(160));
    pass.write(&mut payload);
    let bytes = cose::sign(key, None, &payload.0)?;
    let mut text = String::with_capacity(PASS.len() + bytes.len().div_ceil(2) * 3);
    text.push_str(PASS);
    base45::encode(&bytes, &mut text);
    Ok(text)
}
