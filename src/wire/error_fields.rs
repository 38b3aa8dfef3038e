//! [`Check`]: finds what says that the request failed, while a good response is decoded.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, Visitor};
use serde_json::value::RawValue;

use crate::json;

/// A body that says that the request failed, as far as its fields tell, beside the value that it is read as.
///
/// The fields that only errors have are kept apart as they were written, so that nothing is read twice.
pub(crate) struct Checked<T> {
    pub(crate) value: T,
    pub(crate) error_fields: Vec<(String, Box<RawValue>)>,
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
        let mut error_fields = Vec::new();
        let fields = ErrorFieldsApart {
            fields,
            own: self.own,
            error_fields: &mut error_fields,
        };
        let value = T::deserialize(de::value::MapAccessDeserializer::new(fields))?;
        Ok(Checked {
            value,
            error_fields,
        })
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, entries: A) -> Result<Checked<T>, A::Error> {
        let value = T::deserialize(de::value::SeqAccessDeserializer::new(entries))?;
        Ok(Checked {
            value,
            error_fields: Vec::new(),
        })
    }
}

struct ErrorFieldsApart<'a, A> {
    fields: A,
    own: &'static [&'static str],
    error_fields: &'a mut Vec<(String, Box<RawValue>)>,
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
                self.error_fields.push((name.to_owned(), value.to_owned()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_errors_are_found_by_their_names() {
        let mut sorted = ERROR_FIELDS.to_vec();
        sorted.sort_unstable();
        assert_eq!(ERROR_FIELDS, sorted);
    }
}
