//! A QR code as SVG: dark squares on white, with the quiet zone that readers need, whatever the theme.

use kernel::{Error, Result};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// Modules of white around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// Markup of a code for `text`, `size` pixels wide; `label` is what those hear who do not see it.
/// Fails when the text is longer than a code holds.
pub fn svg(text: &str, size: u16, label: &str) -> Result<String> {
    let rows = modules(text)?;
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    let side = rows.len() + 2 * QUIET;
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Ok(format!(
        r##"<svg class="qr" role="img" aria-label="{label}" width="{size}" height="{size}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"></rect><path d="{path}" fill="#000"></path></svg>"##
    ))
}

/// The modules of a code for `text`, row by row, dark is true, without the white around them. Fails as
/// [`svg`] does.
pub fn modules(text: &str) -> Result<Vec<Vec<bool>>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Ok(dark.chunks(code.width()).map(<[bool]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::{modules, svg};

    #[test]
    fn a_code_is_square_and_its_label_is_text() {
        let made = svg("otpauth://totp/x", 200, "M\u{e3} \"<b>").unwrap();
        assert!(made.starts_with("<svg") && made.contains(r#"width="200" height="200""#));
        assert!(made.contains("aria-label=\"M\u{e3} &quot;&lt;b>\""), "{made}");
        assert!(svg(&"x".repeat(5000), 200, "").is_err());
    }

    #[test]
    fn the_modules_are_a_square_whose_corners_are_dark() {
        let rows = modules("https://vungxanh.example/quan7/check").unwrap();
        assert!(rows.iter().all(|row| row.len() == rows.len()));
        assert!(rows[0][..7].iter().all(|dark| *dark) && !rows[1][1]);
        assert!(modules(&"x".repeat(5000)).is_err());
    }
}
