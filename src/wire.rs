//! How values stand on the wire. A field that is absent, null or malformed is nothing, and costs no other field
//! of its response: [`Maybe`], [`List`], [`Entries`]. Open enums, and resource paths.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serializer};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::json;

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

/// Makes types of the wire JSON objects and nothing else. Each derives `Deserialize` with `remote = "Self"`, which
/// makes that an inherent function. Left to itself serde would also take a list for an object, its entries for
/// fields in their order.
///
/// As a whole response a type must be an object; as a [`Maybe`] field or a list's entry anything else is nothing.
macro_rules! objects {
    ($($name:ty),+ $(,)?) => { $(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::wire::ObjectOnly(deserializer))
            }
        }

        impl $crate::wire::Readable for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                $crate::wire::read_object(deserializer, |deserializer| Self::deserialize(deserializer))
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

    fn visit_map<A: de::MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(fields)
    }
}

/// Reads an object; whatever else stands there is passed over, and nothing.
pub(crate) fn read_object<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl FnOnce(ObjectOrElse<'_, D>) -> Result<T, D::Error>,
) -> Result<Option<T>, D::Error> {
    let is_else = Cell::new(false);
    match read(ObjectOrElse(deserializer, &is_else)) {
        Ok(object) => Ok(Some(object)),
        Err(_) if is_else.get() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells whether what stood there was something else than an object: it was read to its end then.
pub(crate) struct ObjectOrElse<'a, D>(D, &'a Cell<bool>);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOrElse<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(ObjectOrElseVisitor(visitor, self.1))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct ObjectOrElseVisitor<'a, V>(V, &'a Cell<bool>);

impl<V> ObjectOrElseVisitor<'_, V> {
    fn otherwise<T, E: de::Error>(&self) -> Result<T, E> {
        self.1.set(true);
        Err(E::custom("expected an object"))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectOrElseVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(fields)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut entries: A) -> Result<V::Value, A::Error> {
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        self.otherwise()
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.otherwise()
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<V::Value, E> {
        self.otherwise()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<V::Value, E> {
        self.otherwise()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<V::Value, E> {
        self.otherwise()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<V::Value, E> {
        self.otherwise()
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<V::Value, E> {
        self.otherwise()
    }
}

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

/// A list within a response: nulls and malformed entries are left out, and what is no list is an empty one.
///
/// A response cannot make it much larger than it is itself: past [`ENTRIES_FOR_SURE`] entries they must be written
/// in [`LEAST_WRITTEN`](Readable::LEAST_WRITTEN) bytes each.
pub(crate) struct List<T>(pub(crate) Vec<T>);

/// So many entries a list may have in any case.
const ENTRIES_FOR_SURE: usize = 1000;

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl List<Id> {
    pub(crate) fn into_ids(self) -> Vec<u64> {
        self.0.into_iter().map(|Id(id)| id).collect()
    }
}

impl<T: Readable> List<T> {
    fn most_entries(written: usize) -> usize {
        (written / T::LEAST_WRITTEN.max(2)).max(ENTRIES_FOR_SURE)
    }
}

impl<'de, T: Readable> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Listed::read(deserializer).map(|list| list.map(|Listed(list)| list).unwrap_or_default())
    }
}

/// A list that is told from none at all.
pub(crate) struct Listed<T>(pub(crate) List<T>);

impl<T: Readable> Readable for Listed<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let written = <&RawValue>::deserialize(deserializer)?.get();
        if !written.starts_with('[') {
            return Ok(None);
        }
        let most = List::<T>::most_entries(written.len());
        let list = json::read(written.as_bytes(), |deserializer| {
            deserializer.deserialize_seq(ListVisitor(most, PhantomData))
        });
        list.map(|list| Some(Self(list))).map_err(de::Error::custom)
    }
}

struct ListVisitor<T>(usize, PhantomData<T>);

impl<'de, T: Readable> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut entries: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(Maybe(entry)) = entries.next_element()? {
            if let Some(entry) = entry {
                if list.len() >= self.0 {
                    return Err(de::Error::custom(format!(
                        "a list has more than {} entries of too few bytes each",
                        self.0
                    )));
                }
                // By half as many at a time, and not by as many again.
                if list.len() == list.capacity() {
                    list.reserve_exact((list.len() / 2).max(4));
                }
                list.push(entry);
            }
        }
        Ok(List(list))
    }
}

/// The entries of a page: those that are of use. Null is none; anything but a list is an error, since an empty page
/// in its place would be a success that did not happen. The first ones are decoded at once. Those past the size of any
/// real page are kept as they were written, and decoded when they are asked for, so that a page of many small
/// entries takes no more memory than its body.
pub(crate) struct Entries<T> {
    decoded: Vec<T>,
    written: Vec<Box<RawValue>>,
    /// All entries, those of no use included.
    pub(crate) came: usize,
}

/// More than a page has that was asked for.
const DECODED_AT_ONCE: usize = 128;

/// An entry of a page.
pub(crate) trait Entry: Readable {
    /// Whether something can be done with it.
    fn is_of_use(&self) -> bool {
        true
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self {
            decoded: Vec::new(),
            written: Vec::new(),
            came: 0,
        }
    }
}

impl<T: Entry> Entries<T> {
    pub(crate) fn len(&self) -> usize {
        self.decoded.len() + self.written.len()
    }

    pub(crate) fn from_seq<'de, A: de::SeqAccess<'de>>(mut entries: A) -> Result<Self, A::Error> {
        let mut list = Self::default();
        loop {
            if list.came < DECODED_AT_ONCE {
                let Some(Maybe(entry)) = entries.next_element::<Maybe<T>>()? else {
                    return Ok(list);
                };
                list.decoded.extend(entry.filter(T::is_of_use));
            } else {
                let Some(written) = entries.next_element::<&RawValue>()? else {
                    return Ok(list);
                };
                let entry = decode_entry::<T>(written).map_err(de::Error::custom)?;
                if entry.is_some() {
                    list.written.push(written.to_owned());
                }
            }
            list.came += 1;
        }
    }
}

impl<T: Entry> IntoIterator for Entries<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<
        std::vec::IntoIter<T>,
        std::iter::FilterMap<std::vec::IntoIter<Box<RawValue>>, fn(Box<RawValue>) -> Option<T>>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        let decode: fn(Box<RawValue>) -> Option<T> = |written| decode_entry(&written).ok()?;
        let written = self.written.into_iter().filter_map(decode);
        self.decoded.into_iter().chain(written)
    }
}

fn decode_entry<T: Entry>(written: &RawValue) -> serde_json::Result<Option<T>> {
    let Maybe(entry) = read_written(written.get())?;
    Ok(entry.filter(T::is_of_use))
}

/// Reads a value that was kept as it was written.
pub(crate) fn read_written<T: DeserializeOwned>(written: &str) -> serde_json::Result<T> {
    json::read(written.as_bytes(), |deserializer| {
        T::deserialize(deserializer)
    })
}

impl<'de, T: Entry> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Entry> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, entries: A) -> Result<Entries<T>, A::Error> {
        Entries::from_seq(entries)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Entries<T>, E> {
        Ok(Entries::default())
    }
}

/// Where the next page is. Absent, null and empty all mean that there is none; what is no text is not the end:
/// it would pass a part off as the whole.
#[derive(Default)]
pub(crate) enum PageToken {
    #[default]
    End,
    Next(String),
    Malformed,
}

impl<'de> Deserialize<'de> for PageToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = <&RawValue>::deserialize(deserializer)?.get();
        let token = match written.bytes().next() {
            Some(b'n') => Self::End,
            Some(b'"' | b'-' | b'0'..=b'9') => {
                let Maybe(text) =
                    read_written::<Maybe<Text>>(written).map_err(de::Error::custom)?;
                match text {
                    Some(Text(token)) => Self::Next(token),
                    None if written == "\"\"" => Self::End,
                    None => Self::Malformed,
                }
            }
            _ => Self::Malformed,
        };
        Ok(token)
    }
}

/// A body that says that the request failed, as far as its fields tell, beside the value that it is read as.
///
/// The fields that only errors have are kept apart as they were written, so that nothing is read twice.
pub(crate) struct Checked<T> {
    pub(crate) value: T,
    pub(crate) told: Vec<(String, Box<RawValue>)>,
}

/// Fields that say that, or why, something failed.
const ERROR_FIELDS: &[&str] = &[
    "code",
    "detail",
    "details",
    "error",
    "errorCode",
    "errorDetails",
    "errorMessage",
    "error_description",
    "errors",
    "extensions",
    "fault",
    "field",
    "hint",
    "instance",
    "isSuccess",
    "message",
    "status",
    "statusCode",
    "succeeded",
    "success",
    "title",
    "traceId",
    "type",
    "userFacingMessage",
];

/// The field of errors that has this name, whether with a small first letter or a capital.
fn error_field(name: &str, own: &[&str]) -> Option<&'static str> {
    let find = |name: &str| {
        let at = ERROR_FIELDS.binary_search(&name).ok()?;
        ERROR_FIELDS.get(at).copied()
    };
    let small = |name: &str| {
        let (first, rest) = name.split_at_checked(1)?;
        find(&(first.to_ascii_lowercase() + rest))
    };
    let is_capital = name.starts_with(|first: char| first.is_ascii_uppercase());
    let found = if is_capital { small(name) } else { find(name) };
    found.filter(|_| !own.contains(&name))
}

/// Whether an object has any field that errors do not have, or that is one of its `own`, and that is not null.
pub(crate) fn has_other_fields(object: &[u8], own: &[&str]) -> bool {
    struct OtherFields<'a>(&'a [&'a str]);

    impl<'de> Visitor<'de> for OtherFields<'_> {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
            let mut has_others = false;
            while let Some(name) = fields.next_key_seed(FieldName)? {
                let is_there = fields.next_value::<Option<IgnoredAny>>()?.is_some();
                has_others |= is_there && error_field(&name, self.0).is_none();
            }
            Ok(has_others)
        }
    }

    json::read(object, |deserializer| {
        deserializer.deserialize_map(OtherFields(own))
    })
    .unwrap_or_default()
}

/// Reads a [`Checked`] value; `own` are fields that the type reads itself.
pub(crate) struct Check<T> {
    pub(crate) own: &'static [&'static str],
    pub(crate) of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Check<T> {
    type Value = Checked<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Checked<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Check<T> {
    type Value = Checked<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, fields: A) -> Result<Checked<T>, A::Error> {
        let mut told = Vec::new();
        let fields = ErrorFieldsApart {
            fields,
            own: self.own,
            told: &mut told,
        };
        let value = T::deserialize(de::value::MapAccessDeserializer::new(fields))?;
        Ok(Checked { value, told })
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, entries: A) -> Result<Checked<T>, A::Error> {
        let value = T::deserialize(de::value::SeqAccessDeserializer::new(entries))?;
        Ok(Checked {
            value,
            told: Vec::new(),
        })
    }
}

struct ErrorFieldsApart<'a, A> {
    fields: A,
    own: &'static [&'static str],
    told: &'a mut Vec<(String, Box<RawValue>)>,
}

impl<'de, A: de::MapAccess<'de>> de::MapAccess<'de> for ErrorFieldsApart<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            let Some(name) = self.fields.next_key_seed(FieldName)? else {
                return Ok(None);
            };
            if let Some(name) = error_field(&name, self.own) {
                let value: &RawValue = self.fields.next_value()?;
                self.told.push((name.to_owned(), value.to_owned()));
                continue;
            }
            let name: de::value::CowStrDeserializer<'_, A::Error> =
                de::IntoDeserializer::into_deserializer(name);
            return seed.deserialize(name).map(Some);
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.fields.next_value_seed(seed)
    }
}

/// A field's name, without a copy where that can be.
struct FieldName;

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for FieldName {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
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
    fn fields_of_errors_are_found_by_their_names() {
        let mut sorted = ERROR_FIELDS.to_vec();
        sorted.sort_unstable();
        assert_eq!(ERROR_FIELDS, sorted);
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
