//! `objects!`: types of the wire that are JSON objects and nothing else.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, Deserializer, IgnoredAny, Visitor};

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
