//! What came with a form whose rows are counted by the page itself.

use kernel::{Error, Result};
use std::str::FromStr;

/// Names and values in the order in which the form sent them; a name may stand several times.
#[derive(Clone, Debug, Default)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// The first value of a name, without the spaces around it; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    pub fn put(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// An id or a code picked from a list.
    pub fn chosen<T: FromStr>(&self, name: &'static str) -> Result<T> {
        self.get(name).parse().map_err(|_| Error::invalid(name, "error-choose"))
    }

    /// A count of rows, at most `most`.
    pub fn count(&self, name: &str, most: usize) -> usize {
        self.get(name).parse().unwrap_or(0).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::Typed;

    #[test]
    fn rows_are_counted_within_bounds() {
        let mut typed = Typed::default();
        for (name, value) in [("rows", " 900 "), ("day", "1"), ("day", "3")] {
            typed.put(name, value);
        }
        assert_eq!(typed.count("rows", 40), 40);
        assert_eq!(typed.count("none", 40), 0);
        assert_eq!(typed.all("day").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(typed.get("rows"), "900");
        assert!(typed.chosen::<u8>("none").is_err());
    }
}
