//! Lists within a response, the entries of a page, and where the next page is.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::{Id, Maybe, Readable, Text};

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

/// A list, or none at all: an empty list is not the same.
pub(crate) struct Listed<T>(pub(crate) List<T>);

impl<T: Readable> Readable for Listed<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let written = <&RawValue>::deserialize(deserializer)?.get();
        if !written.starts_with('[') {
            return Ok(None);
        }
        let most = List::<T>::most_entries(written.len());
        let list = serde_json::Deserializer::from_str(written)
            .deserialize_seq(ListVisitor(most, PhantomData));
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
    let Maybe(entry) = serde_json::from_str(written.get())?;
    Ok(entry.filter(T::is_of_use))
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
                    serde_json::from_str::<Maybe<Text>>(written).map_err(de::Error::custom)?;
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
