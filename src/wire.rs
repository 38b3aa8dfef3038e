//! How values stand on the wire: ids that are numbers or text, times, lists that may be null, and open
//! enums.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
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

/// Has types of the wire read JSON objects alone. Each derives `Deserialize` with `remote = "Self"`, which makes
/// that a function of its own. Left to itself it would also take a list for an object, its members in the order
/// of the fields, at the cost of as much code again.
macro_rules! objects {
    ($($name:ty),+ $(,)?) => { $(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::wire::ObjectOnly(deserializer))
            }
        }
    )+ };
}
pub(crate) use objects;

pub(crate) struct ObjectOnly<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOnly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(ObjectVisitor(visitor))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct ObjectVisitor<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(members)
    }
}

/// Reads a value that services write as text or as a number, such as one of an enum, without a copy of the text.
pub(crate) fn text_or_number<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(&str) -> T,
) -> Result<T, D::Error> {
    let mut value = None;
    deserializer.deserialize_any(TextOrNumber(&mut |text| value = Some(read(text))))?;
    value.ok_or_else(|| de::Error::custom("expected text or a number"))
}

/// Not generic over the value: there are many types of it, and the code of the deserializer is large.
struct TextOrNumber<'a>(&'a mut dyn FnMut(&str));

impl Visitor<'_> for TextOrNumber<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        (self.0)(text);
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        // Without the heap or a formatter: there is one such number in every asset.
        let mut digits = [b'0'; 20];
        let mut left = number;
        let mut first = digits.len();
        for digit in digits.iter_mut().rev() {
            *digit += (left % 10) as u8;
            left /= 10;
            first -= 1;
            if left == 0 {
                break;
            }
        }
        let text = digits
            .get(first..)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        self.visit_str(text.unwrap_or_default())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }
}

/// Text that services also write as a number.
pub(crate) struct Text(pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_number(deserializer, |text| Self(text.to_owned()))
    }
}

/// A value in a type of the wire that is read as `Readable` says, by one piece of code for all such members:
/// each that names a function with `deserialize_with` gets a type and code of its own.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Lenient<T>(pub(crate) T);

/// What services write in more than one way.
pub(crate) trait Readable: Sized {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl<'de, T: Readable> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// A value that may be null or, with `#[serde(default)]`, absent.
impl<T: Readable> Readable for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<Lenient<T>>::deserialize(deserializer)?;
        Ok(value.map(|Lenient(value)| value))
    }
}

/// Numbers that services write as JSON numbers or as text.
trait Number: Sized {
    const EXPECTED: &'static str;
    fn from_u64(number: u64) -> Option<Self>;
    fn from_i64(number: i64) -> Option<Self>;
    fn from_text(text: &str) -> Option<Self>;
}

macro_rules! number {
    ($type:ty, $expected:literal) => {
        impl Number for $type {
            const EXPECTED: &'static str = $expected;

            fn from_u64(number: u64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_i64(number: i64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }

        impl Readable for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(NumberVisitor(PhantomData))
            }
        }
    };
}
number!(u64, "a whole number from 0, as a number or text");
number!(i64, "a whole number of 64 bits, as a number or text");
number!(i32, "a whole number of 32 bits, as a number or text");

struct NumberVisitor<N>(PhantomData<N>);

impl<N: Number> Visitor<'_> for NumberVisitor<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(N::EXPECTED)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<N, E> {
        N::from_u64(number).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<N, E> {
        N::from_i64(number).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<N, E> {
        N::from_text(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl Readable for OffsetDateTime {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TimeVisitor)
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = OffsetDateTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 time")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OffsetDateTime, E> {
        parse_time(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// RFC 3339, or without its offset, which then is UTC.
fn parse_time(text: &str) -> Option<OffsetDateTime> {
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    parse(text).or_else(|| parse(&format!("{text}Z")))
}

/// Writes a time, or null.
pub(crate) fn write_time<S: Serializer>(
    time: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        None => serializer.serialize_none(),
        Some(time) => {
            let text = time.format(&Rfc3339).map_err(serde::ser::Error::custom)?;
            serializer.serialize_some(&text)
        }
    }
}

/// A list that may be null and hold nulls, which are left out.
pub(crate) struct WithoutNulls<T>(pub(crate) Vec<T>);

impl<T> Default for WithoutNulls<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> WithoutNulls<Lenient<T>> {
    pub(crate) fn into_values(self) -> Vec<T> {
        self.0.into_iter().map(|Lenient(value)| value).collect()
    }
}

impl<T> WithoutNulls<T> {
    pub(crate) fn from_seq<'de, A: de::SeqAccess<'de>>(mut entries: A) -> Result<Self, A::Error>
    where
        T: Deserialize<'de>,
    {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if let Some(entry) = entry {
                list.push(entry);
            }
        }
        Ok(Self(list))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for WithoutNulls<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = WithoutNulls<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_none<E: de::Error>(self) -> Result<WithoutNulls<T>, E> {
        Ok(WithoutNulls::default())
    }

    fn visit_some<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<WithoutNulls<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, entries: A) -> Result<WithoutNulls<T>, A::Error> {
        WithoutNulls::from_seq(entries)
    }
}

/// A link to somewhere else, as experiences and assets show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, Deserialize)]
#[serde(from = "WireSocialLink")]
#[non_exhaustive]
#[doc(alias = "AssetSocialLink")]
#[doc(alias = "ExperienceSocialLink")]
pub struct SocialLink {
    /// What it is shown as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

impl SocialLink {
    /// A link to an address.
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            title: None,
            uri: Some(uri.into()),
        }
    }

    /// What it is shown as.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

objects!(WireSocialLink);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
struct WireSocialLink {
    title: Option<String>,
    uri: Option<String>,
}

impl From<WireSocialLink> for SocialLink {
    fn from(wire: WireSocialLink) -> Self {
        Self {
            title: wire.title,
            uri: wire.uri,
        }
    }
}

/// The id behind a collection's name in a resource path: 5 of `universes/1/places/5` and `places`.
pub(crate) fn path_id(path: &str, collection: &str) -> Option<u64> {
    let mut segments = path.split('/');
    segments.find(|segment| *segment == collection)?;
    segments.next()?.parse().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde::Deserialize;
    use time::UtcOffset;

    use super::*;

    /// Tests an enum: each spelling, however it is written, is the variant that it stands for.
    pub(crate) fn check_spellings<E: Clone + PartialEq + fmt::Debug>(
        all: &[E],
        spellings: &[&[&str]],
        as_str: fn(&E) -> &str,
        from: fn(&str) -> E,
    ) {
        assert_eq!(all.len(), spellings.len());
        let mut seen: Vec<(Vec<u8>, &E)> = Vec::new();
        for (variant, spellings) in all.iter().zip(spellings) {
            assert_eq!(as_str(variant), spellings[0]);
            for spelling in *spellings {
                let plain: String = spelling.replace(['_', '-'], "");
                for written in [
                    (*spelling).to_owned(),
                    spelling.to_lowercase(),
                    spelling.to_uppercase(),
                    spelling.replace('_', "-"),
                    plain.to_lowercase(),
                    plain,
                ] {
                    assert_eq!(&from(&written), variant, "{written:?}");
                }
                let letters: Vec<u8> = letters(spelling).collect();
                assert!(!letters.is_empty(), "{spelling:?}");
                for (other, other_variant) in &seen {
                    assert!(
                        *other != letters || *other_variant == variant,
                        "{spelling:?}"
                    );
                }
                seen.push((letters, variant));
            }
        }
        // What is not known stays as it came.
        let unknown = from("-No_Such-VALUE");
        assert_eq!(as_str(&unknown), "-No_Such-VALUE");
        assert!(!all.contains(&unknown));
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Wire {
        id: Lenient<u64>,
        maybe: Lenient<Option<i32>>,
        ids: WithoutNulls<Lenient<u64>>,
        at: Lenient<Option<OffsetDateTime>>,
        flags: WithoutNulls<bool>,
    }

    fn read(json: &str) -> Wire {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    #[test]
    fn numbers_are_read_from_numbers_and_text_to_the_last_one() {
        for json in [
            r#"{"id":18446744073709551615}"#,
            r#"{"id":"18446744073709551615"}"#,
        ] {
            assert_eq!(read(json).id.0, u64::MAX);
        }
        assert_eq!(read(r#"{"maybe":"-2147483648"}"#).maybe.0, Some(i32::MIN));
        assert_eq!(read(r#"{"maybe":null}"#).maybe.0, None);
        assert_eq!(read(r#"{"ids":["1",null,2]}"#).ids.into_values(), [1, 2]);
        for none in [r#"{"ids":null}"#, "{}"] {
            assert!(read(none).ids.into_values().is_empty(), "{none}");
        }
        assert_eq!(read(r#"{"flags":[true,null]}"#).flags.0, [true]);
        for wrong in [
            r#"{"id":-1}"#,
            r#"{"id":"x"}"#,
            r#"{"id":1.5}"#,
            r#"{"maybe":2147483648}"#,
            r#"{"ids":[[]]}"#,
        ] {
            assert!(serde_json::from_str::<Wire>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_0_to_9_fraction_digits_and_any_offset() {
        let whole = read(r#"{"at":"2023-09-28T08:23:05Z"}"#).at.0.unwrap();
        for digits in 1..=9 {
            let json = format!(
                r#"{{"at":"2023-09-28T08:23:05.{}Z"}}"#,
                &"123456789"[..digits]
            );
            let at = read(&json).at.0.unwrap();
            assert_eq!(at.unix_timestamp(), whole.unix_timestamp());
            let nanoseconds: u32 = format!("{:0<9}", &"123456789"[..digits]).parse().unwrap();
            assert_eq!(at.nanosecond(), nanoseconds);
        }
        let offset = read(r#"{"at":"2023-09-28T10:23:05+02:00"}"#).at.0.unwrap();
        assert_eq!(offset, whole);
        assert_ne!(offset.offset(), UtcOffset::UTC);
        assert_eq!(read(r#"{"at":"2023-09-28T08:23:05"}"#).at.0, Some(whole));
        assert_eq!(read(r#"{"at":null}"#).at.0, None);
        assert!(serde_json::from_str::<Wire>(r#"{"at":"yesterday"}"#).is_err());
    }

    #[test]
    fn ids_are_read_from_resource_paths() {
        assert_eq!(path_id("users/7", "users"), Some(7));
        assert_eq!(path_id("universes/1/places/5", "places"), Some(5));
        for wrong in ["", "users", "users/", "users/x", "groups/7", "users/-1"] {
            assert_eq!(path_id(wrong, "users"), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        let text = r#""2025-12-11T11:41:07.2773289Z""#;
        let time = read(&format!(r#"{{"at":{text}}}"#)).at.0;
        let mut written = serde_json::Serializer::new(Vec::new());
        write_time(&time, &mut written).unwrap();
        write_time(&None, &mut written).unwrap();
        assert_eq!(written.into_inner(), format!("{text}null").into_bytes());
    }
}
