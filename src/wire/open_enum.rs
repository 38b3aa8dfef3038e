//! `open_enum!`: enums of the service, open to values that this version does not know.

/// Defines an enum of the service, open to values that this version does not know.
///
/// Each line is a variant, its text on the wire, and other texts that mean the same. Case, underscores and
/// hyphens need no texts of their own: see [`spelled_as`].
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $text:literal $(| $other:literal)* , )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A value that this version of the crate does not know, as it came. It may become a
            /// variant of its own in a minor release.
            Unknown(String),
        }

        impl $name {
            /// The value as the service writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Unknown(text) => text,
                }
            }

            /// Every variant that this version knows.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The texts of each variant, in the order of [`ALL`](Self::ALL).
            const SPELLINGS: &'static [&'static [&'static str]] = &[$( &[$text $(, $other)*], )+];

            fn known(text: &str) -> Option<Self> {
                match text {
                    $( $text $(| $other)* => Some(Self::$variant), )+
                    _ => $crate::wire::spelled_as(text, Self::SPELLINGS)
                        .and_then(|at| Self::ALL.get(at).cloned()),
                }
            }
        }

        // A function of the enum's name: a macro cannot make up another, and functions have names of their own.
        #[cfg(test)]
        #[test]
        #[allow(non_snake_case)]
        fn $name() {
            $crate::wire::tests::check_spellings($name::ALL, $name::SPELLINGS, $name::as_str, |text| $name::from(text));
        }

        impl From<&str> for $name {
            /// Takes the value in any case, with or without underscores and hyphens: `OpenUse`, `open_use` and
            /// `OPEN-USE` are one. Never fails: text that is not known is kept as it came, as `Unknown`.
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or(Self::Unknown(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&$crate::text::Printable(self.as_str()).to_string())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::wire::FromScalar for $name {
            fn from_scalar(scalar: $crate::wire::Scalar<'_>) -> Option<Self> {
                scalar.with_text(|text| Self::from(text))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::text_or_number(deserializer, |text| Self::from(text))
            }
        }
    };
}
pub(crate) use open_enum;

/// Finds the list that has the text, whatever its case, underscores and hyphens. For what no list has as it
/// stands: comparing is slower than a `match`.
pub(crate) fn spelled_as(text: &str, spellings: &[&[&str]]) -> Option<usize> {
    // Without letters it is a number: -1 is not 1.
    if !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let is_text = |spelling: &&str| letters(spelling).eq(letters(text));
    spellings
        .iter()
        .position(|spellings| spellings.iter().any(is_text))
}

/// What spellings of the same value have in common.
pub(crate) fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes()
        .filter(|byte| !matches!(byte, b'_' | b'-'))
        .map(|byte| byte.to_ascii_lowercase())
}
