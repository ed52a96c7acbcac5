//! Enums that are stored and sent as one word each.

/// Declares an enum with its words: `as_str`, `ALL`, `FromStr`, serde as the same word. A word that
/// is not one of them is `Invalid` for `$field`, so that a form can say it beside the field.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident in $field:literal { $($(#[$note:meta])* $variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$note])* #[serde(rename = $text)] $variant),+ }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl std::str::FromStr for $name {
            type Err = kernel::Error;
            fn from_str(s: &str) -> kernel::Result<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == s)
                    .ok_or(kernel::Error::invalid($field, "error-choice-unknown"))
            }
        }
    )+};
}
pub(crate) use codes;
