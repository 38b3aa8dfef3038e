//! JSON bodies, read as strictly as their documents describe them.

use serde_json::{Map, Value};

use crate::response::{Response, Style};
use crate::route::Call;

/// The fields of a JSON object in a request, with the error format of its service.
#[derive(Debug)]
pub(crate) struct Fields {
    fields: Map<String, Value>,
    style: Style,
}

impl Fields {
    /// The body of a request with one of the JSON content types that `accepts` knows.
    pub(crate) fn of_body(call: &Call<'_>, accepts: fn(&str) -> bool) -> Result<Self, Response> {
        let content_type = call.header("content-type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !accepts(&essence.to_ascii_lowercase()) {
            return Err(call.style.invalid(
                "Content-Type",
                &format!("The content type '{content_type}' is not supported."),
            ));
        }
        Self::parse(&call.body, call.style)
    }

    pub(crate) fn parse(text: &[u8], style: Style) -> Result<Self, Response> {
        let value = serde_json::from_slice(text)
            .map_err(|error| style.invalid("$", &format!("This is not valid JSON: {error}.")))?;
        Self::of(value, style)
    }

    pub(crate) fn of(value: Value, style: Style) -> Result<Self, Response> {
        match value {
            Value::Object(fields) => Ok(Self { fields, style }),
            _ => Err(style.invalid("$", "A JSON object is required.")),
        }
    }

    /// Rejects fields that the documents have, but that are not allowed here, for these reasons.
    pub(crate) fn bar(&self, barred: &[(&str, &str)]) -> Result<(), Response> {
        match barred
            .iter()
            .find(|(name, _)| self.fields.contains_key(*name))
        {
            Some((name, reason)) => Err(self.style.invalid(
                name,
                &format!("The field '{name}' is known, and not allowed here: {reason}."),
            )),
            None => Ok(()),
        }
    }

    /// Rejects fields that are not in the list.
    pub(crate) fn check(&self, known: &[&str]) -> Result<(), Response> {
        match self
            .fields
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            Some(name) => Err(self
                .style
                .invalid(name, &format!("The field '{name}' is unknown."))),
            None => Ok(()),
        }
    }

    /// A field that is there and not null.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Response> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(crate) fn required_text(&self, name: &str) -> Result<&str, Response> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Response> {
        self.typed(name, "an integer", Value::as_i64)
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Response> {
        self.typed(name, "true or false", Value::as_bool)
    }

    pub(crate) fn array(&self, name: &str) -> Result<Option<&Vec<Value>>, Response> {
        self.typed(name, "an array", Value::as_array)
    }

    /// The fields of an object within this one.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, Response> {
        let fields = self.typed(name, "an object", Value::as_object)?;
        Ok(fields.map(|fields| Self {
            fields: fields.clone(),
            style: self.style,
        }))
    }

    pub(crate) fn missing(&self, name: &str) -> Response {
        self.style
            .invalid(name, &format!("The {name} field is required."))
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        kind: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Response> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(self
                    .style
                    .invalid(name, &format!("The value must be {kind}."))),
            },
        }
    }
}

pub(crate) fn plain_json(content_type: &str) -> bool {
    content_type == "application/json"
}
