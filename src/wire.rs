//! How values stand on the wire. A field that is absent, null or malformed is nothing, and costs no other field
//! of its response: [`Maybe`], [`List`], [`Entries`]. Open enums, and resource paths.

mod error_fields;
mod lists;
mod objects;
mod open_enum;

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, IgnoredAny, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::json;

pub(crate) use error_fields::{Check, Checked, has_other_fields};
pub(crate) use lists::{Entries, Entry, List, Listed, PageToken};
pub(crate) use objects::{ObjectOnly, objects, read_object};
pub(crate) use open_enum::{letters, open_enum, spelled_as};

/// A JSON value that is neither null, a list nor an object.
pub(crate) enum Scalar<'a> {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'a str),
}

impl Scalar<'_> {
    /// The text, or the number as text, of a value that is not empty.
    pub(crate) fn with_text<T>(self, read: impl FnOnce(&str) -> T) -> Option<T> {
        match self {
            Scalar::Text("") | Scalar::Bool(_) => None,
            Scalar::Float(_) => self.whole().map(|number| read(&number.to_string())),
            Scalar::Text(text) => Some(read(text)),
            Scalar::Unsigned(number) => Some(with_digits(number, read)),
            Scalar::Signed(number) => Some(read(&number.to_string())),
        }
    }

    /// A whole number, however it is written: services write `100` as `"100"` and as `100.0`, too.
    fn whole(self) -> Option<i128> {
        /// Beyond it a floating-point number stands for several whole ones.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Scalar::Bool(_) => None,
            Scalar::Unsigned(number) => Some(number.into()),
            Scalar::Signed(number) => Some(number.into()),
            Scalar::Float(number) if number.fract() == 0.0 && number.abs() < EXACT => {
                Some(number as i128)
            }
            Scalar::Float(_) => None,
            Scalar::Text(text) => text.parse().ok(),
        }
    }
}

/// Without the heap or a formatter: there is one such number in every asset.
fn with_digits<T>(number: u64, read: impl FnOnce(&str) -> T) -> T {
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
    read(text.unwrap_or_default())
}

/// What a JSON value that is no list and no object can stand for.
pub(crate) trait FromScalar: Sized {
    /// [`Readable::LEAST_WRITTEN`]
    const LEAST_WRITTEN: usize = size_of::<Self>() / 2;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self>;
}

impl FromScalar for bool {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        match scalar {
            Scalar::Bool(flag) => Some(flag),
            _ => None,
        }
    }
}

impl FromScalar for String {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

macro_rules! numbers {
    ($($type:ty),+) => { $(
        impl FromScalar for $type {
            fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
                scalar.whole()?.try_into().ok()
            }
        }
    )+ };
}
numbers!(u64, i64, i32);

/// An id. Zero is none.
#[derive(Clone, Copy)]
pub(crate) struct Id(pub(crate) u64);

impl FromScalar for Id {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        u64::from_scalar(scalar).filter(|id| *id != 0).map(Self)
    }
}

/// Text that services also write as a number.
pub(crate) struct Text(pub(crate) String);

impl FromScalar for Text {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        scalar.with_text(|text| Self(text.to_owned()))
    }
}

impl FromScalar for OffsetDateTime {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => parse_time(text),
            _ => None,
        }
    }
}

/// What can be a field of a response: `None` for what is null or malformed, which is read to its end.
pub(crate) trait Readable: Sized {
    /// How many bytes an entry of a long list is written in at least, on average: fewer would let a response make
    /// the list much larger than it is itself.
    const LEAST_WRITTEN: usize = size_of::<Self>() / 2;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

impl<T: FromScalar> Readable for T {
    const LEAST_WRITTEN: usize = <T as FromScalar>::LEAST_WRITTEN;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let mut value = None;
        deserializer
            .deserialize_any(ScalarVisitor(&mut |scalar| value = T::from_scalar(scalar)))?;
        Ok(value)
    }
}

/// Not generic over the value: there are many types of it, and the code of the deserializer is large.
struct ScalarVisitor<'a>(&'a mut dyn FnMut(Scalar<'_>));

impl<'de> Visitor<'de> for ScalarVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<(), E> {
        (self.0)(Scalar::Bool(flag));
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        (self.0)(Scalar::Unsigned(number));
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        (self.0)(Scalar::Signed(number));
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        (self.0)(Scalar::Float(number));
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        (self.0)(Scalar::Text(text));
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Reads a value that services write as text or as a number, such as one of an enum, and nothing else: for the
/// types that users deserialize themselves.
pub(crate) fn text_or_number<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(&str) -> T,
) -> Result<T, D::Error> {
    let mut value = None;
    deserializer.deserialize_any(ScalarVisitor(&mut |scalar| {
        value = match scalar {
            Scalar::Text(text) => Some(read(text)),
            other => other.with_text(&read),
        };
    }))?;
    value.ok_or_else(|| de::Error::custom("expected text or a number"))
}

/// A field of a response; nothing when it is absent (with `#[serde(default)]`), null or malformed.
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl Maybe<Id> {
    pub(crate) fn id(&self) -> Option<u64> {
        self.0.map(|Id(id)| id)
    }
}

impl Maybe<String> {
    /// The id behind a collection's name, where the text is a resource path.
    pub(crate) fn path_id(&self, collection: &str) -> Option<u64> {
        path_id(self.0.as_deref()?, collection)
    }
}

impl<'de, T: Readable> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// Reads a value that was kept as it was written.
pub(crate) fn read_written<T: DeserializeOwned>(written: &str) -> serde_json::Result<T> {
    json::read(written.as_bytes(), |deserializer| {
        T::deserialize(deserializer)
    })
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

/// Writes a user or a group.
pub(crate) fn write_creator<S: Serializer>(
    serializer: S,
    kind: &'static str,
    id: u64,
    name: Option<&str>,
    verified: Option<bool>,
) -> Result<S::Ok, S::Error> {
    let mut creator = serializer.serialize_struct("Creator", 4)?;
    creator.serialize_field("type", kind)?;
    creator.serialize_field("id", &id)?;
    creator.serialize_field("name", &name)?;
    creator.serialize_field("verified", &verified)?;
    creator.end()
}

/// The id behind a collection's name in a resource path: 5 of `universes/1/places/5` and `places`.
pub(crate) fn path_id(path: &str, collection: &str) -> Option<u64> {
    let mut segments = path.split('/');
    segments.find(|segment| *segment == collection)?;
    let id = segments.next()?.parse().ok()?;
    (id != 0).then_some(id)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde::Deserialize;
    use time::UtcOffset;

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(remote = "Self", default)]
    #[allow(
        dead_code,
        reason = "it makes the entries of a list as large as real ones"
    )]
    struct Pair {
        title: Maybe<String>,
        uri: Maybe<String>,
    }

    objects!(Pair);

    impl Entry for Pair {
        fn is_of_use(&self) -> bool {
            self.uri.0.is_some()
        }
    }

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
        id: Maybe<Id>,
        maybe: Maybe<i32>,
        ids: List<Id>,
        at: Maybe<OffsetDateTime>,
        flags: List<bool>,
        name: Maybe<String>,
        link: Maybe<Pair>,
        links: List<Pair>,
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
            assert_eq!(read(json).id.id(), Some(u64::MAX));
        }
        assert_eq!(read(r#"{"maybe":"-2147483648"}"#).maybe.0, Some(i32::MIN));
        assert_eq!(read(r#"{"maybe":12.0}"#).maybe.0, Some(12));
        assert_eq!(read(r#"{"ids":["1",null,2]}"#).ids.into_ids(), [1, 2]);
        assert_eq!(read(r#"{"flags":[true,null]}"#).flags.0, [true]);
    }

    #[test]
    fn what_is_null_or_malformed_is_nothing_and_costs_nothing_else() {
        for odd in [
            "null",
            "\"\"",
            "\"x\"",
            "-1.5",
            "1e300",
            "18446744073709551616",
            "[]",
            "[[{\"a\":[1]}]]",
            "{}",
            "{\"a\":{\"b\":[]}}",
        ] {
            let json = format!(
                r#"{{"id":{odd},"maybe":{odd},"ids":{odd},"at":{odd},"flags":{odd},"links":[{odd}],"name":"n"}}"#
            );
            let wire = read(&json);
            assert_eq!(
                (wire.id.id(), wire.maybe.0, wire.at.0),
                (None, None, None),
                "{odd}"
            );
            assert!(wire.ids.0.is_empty() && wire.flags.0.is_empty(), "{odd}");
            assert_eq!(
                wire.links.0.len(),
                usize::from(odd.starts_with('{')),
                "{odd}"
            );
            assert_eq!(wire.name.0.as_deref(), Some("n"), "{odd}");
        }
        for odd in ["null", "0", "true", "[1]", "\"x\"", "1.5"] {
            let wire = read(&format!(r#"{{"link":{odd},"name":"n"}}"#));
            assert!(wire.link.0.is_none(), "{odd}");
            assert_eq!(wire.name.0.as_deref(), Some("n"), "{odd}");
        }
        for zero in ["0", "\"0\"", "0.0"] {
            assert_eq!(read(&format!(r#"{{"id":{zero}}}"#)).id.id(), None);
        }
        assert_eq!(read(r#"{"name":7}"#).name.0, None);
        assert_eq!(read(r#"{"name":""}"#).name.0.as_deref(), Some(""));
    }

    #[test]
    fn a_list_of_many_tiny_entries_is_an_error() {
        let list = |entry: &str, count: usize| {
            let entries = vec![entry; count].join(",");
            serde_json::from_str::<Wire>(&format!(r#"{{"links":[{entries}]}}"#))
        };
        assert_eq!(list("{}", 1000).unwrap().links.0.len(), 1000);
        let error = list("{}", 10_000).err().unwrap().to_string();
        assert!(error.contains("more than 1250 entries"), "{error}");
        let usual = r#"{"title":"a title","uri":"https://a.example/link"}"#;
        assert_eq!(list(usual, 10_000).unwrap().links.0.len(), 10_000);
    }

    #[test]
    fn entries_past_those_of_a_real_page_are_the_same_as_the_first() {
        for count in [0, 1, 127, 128, 129, 500] {
            let entries: Vec<_> = (0..count)
                .map(|number| match number % 3 {
                    0 => "null".to_owned(),
                    1 => "{}".to_owned(),
                    _ => format!(r#"{{"uri":"{number}"}}"#),
                })
                .collect();
            let json = format!("[{}]", entries.join(","));
            let page: Entries<Pair> = serde_json::from_str(&json).unwrap();
            assert_eq!((page.came, page.len()), (count, count / 3), "{count}");
            let uris: Vec<_> = page.into_iter().map(|link| link.uri.0.unwrap()).collect();
            let expected: Vec<_> = (2..count)
                .step_by(3)
                .map(|number| number.to_string())
                .collect();
            assert_eq!(uris, expected);
        }
    }

    #[test]
    fn a_page_token_that_is_no_text_is_not_the_end() {
        let token = |json: &str| serde_json::from_str::<PageToken>(json).unwrap();
        for end in ["null", "\"\""] {
            assert!(matches!(token(end), PageToken::End), "{end}");
        }
        for (json, next) in [("\"a\\u0062\"", "ab"), ("7", "7"), ("-7", "-7")] {
            assert!(
                matches!(token(json), PageToken::Next(token) if token == next),
                "{json}"
            );
        }
        for odd in ["true", "[]", "{}", "1.5"] {
            assert!(matches!(token(odd), PageToken::Malformed), "{odd}");
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
        assert_eq!(read(r#"{"at":"yesterday"}"#).at.0, None);
    }

    #[test]
    fn ids_are_read_from_resource_paths() {
        assert_eq!(path_id("users/7", "users"), Some(7));
        assert_eq!(path_id("universes/1/places/5", "places"), Some(5));
        for wrong in [
            "", "users", "users/", "users/x", "groups/7", "users/-1", "users/0",
        ] {
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
