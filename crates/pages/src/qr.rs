//! A QR code as SVG: dark squares on white, with the quiet zone that readers need, whatever the theme.

use kernel::{Error, Result};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// Modules of white around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// Markup of a code for `text`, `size` pixels wide; `label` is what those hear who do not see it.
/// Fails when the text is longer than a code holds.
pub fn svg(text: &str, size: u16, label: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % width + QUIET, at / width + QUIET);
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    let side = width + 2 * QUIET;
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Ok(format!(
        r##"<svg class="qr" role="img" aria-label="{label}" width="{size}" height="{size}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"></rect><path d="{path}" fill="#000"></path></svg>"##
    ))
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_code_is_square_and_its_label_is_text() {
        let made = svg("otpauth://totp/x", 200, "M\u{e3} \"<b>").unwrap();
        assert!(made.starts_with("<svg") && made.contains(r#"width="200" height="200""#));
        assert!(made.contains("aria-label=\"M\u{e3} &quot;&lt;b>\""), "{made}");
        assert!(svg(&"x".repeat(5000), 200, "").is_err());
    }
}
