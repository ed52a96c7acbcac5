//! What the screens say. Every message is a method, made at build time from `messages/`; both
//! languages hold the same keys with the same values.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use kernel::dates::Left;
use std::{str::FromStr, sync::LazyLock};

/// A language of the screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    Vi,
    En,
}

impl Lang {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// Picks the text of this language out of `{"vi": …, "en": …}`, Vietnamese when it is missing.
    pub fn of(self, texts: &serde_json::Value) -> &str {
        texts[self.as_str()].as_str().or_else(|| texts["vi"].as_str()).unwrap_or_default()
    }

    pub fn pick<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

impl FromStr for Lang {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "vi" => Ok(Self::Vi),
            "en" => Ok(Self::En),
            _ => Err(()),
        }
    }
}

/// The messages in one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Lang);

include!(concat!(env!("OUT_DIR"), "/words.rs"));

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> = LazyLock::new(|| {
    [(VI, "vi"), (EN, "en")].map(|(files, language)| {
        let mut bundle = FluentBundle::new_concurrent(vec![language.parse().expect("a language tag")]);
        // Marks around values would break copying, sorting and narrow columns.
        bundle.set_use_isolating(false);
        for file in files {
            let resource = FluentResource::try_new((*file).to_owned()).expect("checked at build time");
            bundle.add_resource(resource).expect("checked at build time");
        }
        bundle
    })
});

impl Words {
    pub const fn lang(self) -> Lang {
        self.0
    }

    fn say<'a>(self, key: &str, values: impl IntoIterator<Item = (&'static str, FluentValue<'a>)>) -> String {
        let bundle = &BUNDLES[self.0 as usize];
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(name, value);
        }
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut faults).into_owned();
        debug_assert!(faults.is_empty(), "message {key}: {faults:?}");
        text
    }

    /// The message with `{name}` in place of each value, for a script that fills them in; `None` when
    /// there is no such message.
    pub fn template(self, key: &str) -> Option<String> {
        let at = KEYS.binary_search(&key).ok()?;
        let open = VALUES[at].iter().map(|name| (*name, FluentValue::from(format!("{{{name}}}"))));
        let args: FluentArgs<'_> = open.collect();
        let pattern = BUNDLES[self.0 as usize].get_message(key)?.value()?;
        Some(BUNDLES[self.0 as usize].format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
    }

    /// The keys that begin so, in order.
    pub fn keys(beginning: &str) -> impl Iterator<Item = &'static str> {
        let from = KEYS.partition_point(|key| *key < beginning);
        KEYS[from..].iter().copied().take_while(move |key| key.starts_with(beginning))
    }

    /// A message whose key comes from the rooms below (an error, a state). A key without a message
    /// shows itself; a test looks for such keys.
    pub fn by_key(self, key: &str) -> String {
        self.say(key, [])
    }

    /// The same for a message with values in it.
    pub fn by_key_with(self, key: &str, values: impl IntoIterator<Item = (&'static str, String)>) -> String {
        self.say(key, values.into_iter().map(|(name, value)| (name, value.into())))
    }

    /// Whether there is such a message.
    pub fn has(self, key: &str) -> bool {
        KEYS.binary_search(&key).is_ok()
    }

    /// "còn 12 phút", "trễ 3 giờ".
    pub fn left(self, left: Left) -> String {
        use kernel::dates::LeftUnit as U;
        let n = left.value.to_string();
        match (left.late, left.unit) {
            (false, U::Day) => self.left_days(n),
            (false, U::Hour) => self.left_hours(n),
            (false, U::Minute) => self.left_minutes(n),
            (false, U::Second) => self.left_seconds(n),
            (true, U::Day) => self.late_days(n),
            (true, U::Hour) => self.late_hours(n),
            (true, U::Minute) => self.late_minutes(n),
            (true, U::Second) => self.late_seconds(n),
        }
    }
}

/// Words of a line ("không trả lời") begin a column, or a line of their own, with a capital.
pub fn heading(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_leaves_its_values_open_and_keys_are_found_by_their_beginning() {
        assert_eq!(Words(Lang::Vi).template("left-days").as_deref(), Some("còn {n} ngày"));
        assert_eq!(Words(Lang::Vi).template("skip"), Some(Words(Lang::Vi).skip()));
        assert_eq!(Words(Lang::En).template("there-is-no-such-message"), None);
        let found: Vec<&str> = Words::keys("left-").collect();
        assert!(found.contains(&"left-days") && found.contains(&"left-seconds"), "{found:?}");
        assert!(found.iter().all(|key| key.starts_with("left-")), "{found:?}");
    }
}
