//! A browser in two words ("Chrome · Android"): enough for a person to know his own session, too
//! little to follow a device.

const BROWSERS: &[(&str, &str)] = &[
    // Before Chrome and Safari, whose names they carry too.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// The short form of a `User-Agent`; empty when it names nothing known.
pub(super) fn short(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    [find(BROWSERS), find(SYSTEMS)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn two_words_say_which_browser() {
        let pixel =
            "Mozilla/5.0 (Linux; Android 11; Pixel 5) AppleWebKit/537.36 Chrome/93.0 Mobile Safari/537.36";
        assert_eq!(short(pixel), "Chrome · Android");
        assert_eq!(
            short("Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) Version/15.0 Safari/604.1"),
            "Safari · iPhone"
        );
        assert_eq!(
            short("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/93.0 Safari/537.36 Edg/93.0"),
            "Edge · Windows"
        );
        assert_eq!(short("curl/7.79"), "");
    }
}
