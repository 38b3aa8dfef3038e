//! [`Fields`]: a JSON body that grows field by field, and the mask of an update that goes with it.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The fields of a JSON body. One that is null is in the mask of an update and not in the body, which clears it.
#[derive(Clone, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Sets a field, in place of what was set before.
    pub(crate) fn set(&mut self, name: &str, value: impl Serialize) {
        self.0.insert(name.to_owned(), json!(value));
    }

    /// Sets a field of an object within.
    pub(crate) fn set_in(&mut self, object: &str, name: &str, value: impl Serialize) {
        let object = self.0.entry(object).or_insert_with(|| json!({}));
        if let Value::Object(fields) = object {
            fields.insert(name.to_owned(), json!(value));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The names of what was set, for an update mask.
    pub(crate) fn mask(&self) -> String {
        self.0.keys().cloned().collect::<Vec<_>>().join(",")
    }
}

/// The names alone: a value may be a secret, or a text that is not yet public.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Serialize for Fields {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter(|(_, value)| !value.is_null()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_names_exactly_what_was_set() {
        let mut fields = Fields::default();
        assert!(fields.is_empty());
        assert_eq!((fields.mask(), json!(fields)), (String::new(), json!({})));
        fields.set("name", "first");
        fields.set("name", "second");
        fields.set("icon", None::<u64>);
        fields.set_in("context", "price", 5);
        fields.set_in("context", "creator", json!({"userId": "1"}));
        assert_eq!(fields.mask(), "context,icon,name");
        assert_eq!(
            json!(fields),
            json!({"name": "second", "context": {"price": 5, "creator": {"userId": "1"}}})
        );
    }
}
