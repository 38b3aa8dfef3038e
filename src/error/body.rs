//! [`ErrorBody`]: every shape of error body.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::markup;
use crate::json;
use crate::text::cut;

/// What an error body says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) details: Option<Value>,
}

impl ErrorBody {
    /// Takes out a secret that a service has sent back.
    pub(crate) fn redact(&mut self, secret: &str) {
        for text in [&mut self.code, &mut self.message].into_iter().flatten() {
            redact_text(text, secret);
        }
        if let Some(details) = &mut self.details {
            redact_json(details, secret);
        }
    }

    /// Understands every documented shape, and takes anything else as text. Secrets that the service has sent
    /// back are taken out, before the text is cut: a part of one would not be known any more.
    pub(crate) fn parse(body: &[u8], secrets: &[&str]) -> Self {
        match json::read_value(body) {
            Some(value) => Self::from_json(value).shown(secrets),
            None => {
                let mut text = String::from_utf8_lossy(json::without_mark(body)).into_owned();
                for secret in secrets {
                    redact_text(&mut text, secret);
                }
                Self {
                    message: text_message(&text),
                    ..Self::default()
                }
            }
        }
    }

    /// What the fields of a body with a good status say, if they say that the request failed.
    ///
    /// The names of such fields are those of errors alone. An empty list of errors is none; a code or a message is
    /// an error where both are there, or nothing else is.
    pub(crate) fn in_good_response(
        fields: &[(String, Box<RawValue>)],
        has_others: bool,
        secrets: &[&str],
    ) -> Option<Self> {
        let mut body = Map::new();
        for (name, written) in fields {
            let value = value_of(written);
            // One that is there twice counts with what it says.
            if says_something(&value) || !body.contains_key(name) {
                body.insert(name.clone(), value);
            }
        }
        let is_there = |name: &&str| body.get(*name).is_some_and(says_something);
        let has_any = |names: &[&str]| names.iter().any(is_there);
        let is_false = |name: &str| body.get(name) == Some(&Value::Bool(false));
        let has_code =
            body.get("code").is_some_and(|code| !code.is_null()) || has_any(&["errorCode"]);
        let has_message = has_any(&MESSAGES);
        let statuses = ["status", "statusCode"].into_iter();
        let is_bad_status = statuses
            .filter_map(|name| scalar_text(body.get(name)?.clone())?.parse().ok())
            .any(|status: u64| status >= 400);
        let is_problem = has_any(&["title", "detail"]) && (is_bad_status || !has_others);
        let is_error = has_any(&["errors", "error", "fault"])
            || ["success", "isSuccess", "succeeded"]
                .into_iter()
                .any(is_false)
            || (has_code && has_message)
            || (is_bad_status && (has_message || !has_others))
            || (!has_others && (has_message || has_any(&["code", "errorCode"])))
            || is_problem;
        is_error.then(|| Self::from_json(Value::Object(body)).shown(secrets))
    }

    /// What a list says in place of a response, where all its entries are errors.
    pub(crate) fn in_list(entries: &[Value], secrets: &[&str]) -> Option<Self> {
        let is_error = |entry: &Value| {
            let body = Self::from_json(entry.clone());
            entry.is_object() && body.code.is_some() && body.message.is_some()
        };
        let is_list_of_errors = !entries.is_empty() && entries.iter().all(is_error);
        is_list_of_errors.then(|| {
            let errors = Value::Array(entries.to_vec());
            Self::from_json(json!({ "errors": errors })).shown(secrets)
        })
    }

    /// What a field says that only failures have; `None` where it says nothing.
    pub(crate) fn of_failure(written: &RawValue) -> Option<Self> {
        Self::of_value(value_of(written))
    }

    /// The same of a field that says success, too.
    pub(crate) fn of_status(written: &RawValue) -> Option<Self> {
        const FAILURES: [&str; 6] = [
            "cancelled",
            "canceled",
            "error",
            "failed",
            "failure",
            "rejected",
        ];
        let value = value_of(written);
        let is_failure = match &value {
            Value::String(text) => FAILURES.contains(&text.trim().to_ascii_lowercase().as_str()),
            Value::Number(status) => status.as_u64().is_some_and(|status| status >= 400),
            Value::Object(_) => true,
            _ => false,
        };
        Self::of_value(value).filter(|_| is_failure)
    }

    fn of_value(value: Value) -> Option<Self> {
        match value {
            nothing if !says_something(&nothing) => None,
            Value::Number(code) => Some(Self {
                code: Some(code.to_string()),
                ..Self::default()
            }),
            value => Some(Self::from_json(value)),
        }
    }

    /// Whether the code is that of success.
    pub(crate) fn has_code_of_success(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        ["0", "200"].contains(&code) || code.eq_ignore_ascii_case("ok")
    }

    /// Fit to be shown: without the secrets, and of no absurd length.
    fn shown(mut self, secrets: &[&str]) -> Self {
        for secret in secrets {
            self.redact(secret);
        }
        for text in [&mut self.code, &mut self.message].into_iter().flatten() {
            cut(text, LONGEST_MESSAGE);
        }
        self
    }

    fn from_json(value: Value) -> Self {
        match value {
            Value::String(text) => Self {
                message: not_blank(text),
                ..Self::default()
            },
            Value::Array(items) => items
                .into_iter()
                .find(says_something)
                .map(Self::from_json)
                .unwrap_or_default(),
            Value::Object(object) => Self::from_object(&object),
            _ => Self::default(),
        }
    }

    fn from_object(object: &Map<String, Value>) -> Self {
        let take = |name: &str| take(object, name);
        let text = |name: &str| take(name).and_then(texts);
        match (take("errors"), take("error"), take("fault")) {
            // gateway: {"errors": [{"code", "message"}]}
            (Some(Value::Array(errors)), ..) if errors.iter().any(says_something) => {
                let details = (errors.len() > 1).then(|| Value::Array(errors.clone()));
                Self {
                    details,
                    ..Self::from_json(Value::Array(errors))
                }
            }
            // validation: {"errors": {FIELD: [text]}, "title"}
            (Some(Value::Object(fields)), ..) if !fields.is_empty() => Self {
                code: take("code").and_then(scalar_text),
                message: validation_message(text("title"), &fields),
                details: Some(Value::Object(fields)),
            },
            (Some(Value::String(errors)), ..) if !errors.trim().is_empty() => Self {
                code: take("code").and_then(scalar_text),
                message: Some(errors),
                details: None,
            },
            // {"error": {"code", "message"}}
            (_, Some(error @ (Value::Object(_) | Value::Array(_))), _)
                if says_something(&error) =>
            {
                Self::from_json(error)
            }
            // v1: {"error", "message", "errorDetails"}; OAuth2: {"error", "error_description"}
            (_, Some(Value::String(error)), _) => Self {
                message: text("message")
                    .or_else(|| text("error_description"))
                    .or_else(|| not_blank(error.clone())),
                code: not_blank(error),
                details: take("errorDetails").or_else(|| take("details")),
            },
            // gateway: {"fault": {"faultstring", "detail": {"errorcode"}}}
            (.., Some(Value::Object(fault))) => {
                let detail = fault.get("detail");
                let code = detail.and_then(|detail| detail.get("errorcode"));
                Self {
                    code: code.cloned().and_then(scalar_text),
                    message: fault.get("faultstring").cloned().and_then(scalar_text),
                    details: None,
                }
            }
            // v2, Status, errorCode, ProblemDetails
            _ => {
                let details = take("details")
                    .or_else(|| take("errorDetails"))
                    .or_else(|| field_and_hint(object));
                let code = take("code").or_else(|| take("errorCode"));
                let code = code.and_then(scalar_text);
                let message = MESSAGES.into_iter().find_map(text).or_else(|| {
                    let parts = ["title", "detail"].into_iter().filter_map(text);
                    not_blank(parts.collect::<Vec<_>>().join(": "))
                });
                match (&code, &message, &details) {
                    (None, None, Some(only)) if only.get("hint").is_none() => Self {
                        details: details.clone(),
                        ..Self::from_json(only.clone())
                    },
                    _ => Self {
                        code,
                        message,
                        details,
                    },
                }
            }
        }
    }
}

/// `{"errorCode", "errorMessage", "field", "hint"}` says what to correct in two fields of its own.
fn field_and_hint(object: &Map<String, Value>) -> Option<Value> {
    let fields = ["field", "hint"].into_iter();
    let fields = fields.filter_map(|name| Some((name.to_owned(), take(object, name)?)));
    let fields: Map<_, _> = fields.collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}

/// The names of what a service says of an error, the fittest first.
const MESSAGES: [&str; 4] = [
    "message",
    "errorMessage",
    "userFacingMessage",
    "error_description",
];

/// A field that is not null, whether its name begins with a small letter or a capital.
fn take(object: &Map<String, Value>, name: &str) -> Option<Value> {
    let capital = || {
        let (first, rest) = name.split_at_checked(1)?;
        object.get(&(first.to_ascii_uppercase() + rest))
    };
    let value = object.get(name).filter(|value| !value.is_null());
    value
        .or_else(capital)
        .filter(|value| !value.is_null())
        .cloned()
}

/// A field's value; one that cannot be read says that there is something, which is enough.
fn value_of(written: &RawValue) -> Value {
    let value = json::read_value(written.get().as_bytes());
    value.unwrap_or_else(|| Value::from("the service's reason is too long or too deep"))
}

fn redact_text(text: &mut String, secret: &str) {
    if !secret.is_empty() && text.contains(secret) {
        *text = text.replace(secret, "[redacted]");
    }
}

fn redact_json(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => redact_text(text, secret),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_json(item, secret)),
        Value::Object(object) => {
            // A name may hold the secret too; the entry is then of no use to anyone.
            for (name, mut item) in std::mem::take(object) {
                if !name.contains(secret) {
                    redact_json(&mut item, secret);
                    object.insert(name, item);
                }
            }
        }
        _ => {}
    }
}

fn validation_message(
    title: Option<String>,
    fields: &serde_json::Map<String, Value>,
) -> Option<String> {
    let mut message = title.unwrap_or_else(|| "the request is not valid.".to_owned());
    for (field, reasons) in fields {
        let reasons = texts(reasons.clone()).unwrap_or_default();
        message.push_str(&format!(" {field}: {reasons}"));
    }
    not_blank(message)
}

/// A text, those of a list one after the other, or what the errors among them say.
fn texts(value: Value) -> Option<String> {
    match value {
        Value::Array(texts) => {
            let texts = texts.into_iter().filter_map(|value| match value {
                Value::Object(object) => ErrorBody::from_object(&object).message,
                value => scalar_text(value),
            });
            not_blank(texts.collect::<Vec<_>>().join(" "))
        }
        value => scalar_text(value),
    }
}

fn scalar_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => not_blank(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The longest message taken from a body that is not JSON, in characters.
const LONGEST_TEXT: usize = 300;

/// The longest message or code taken from JSON, in characters.
const LONGEST_MESSAGE: usize = 2000;

fn text_message(text: &str) -> Option<String> {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut message = if markup::is_markup(text) {
        markup::quote(text)?
    } else {
        words(text)
    };
    cut(&mut message, LONGEST_TEXT);
    not_blank(message)
}

/// Whether a value is neither null nor empty.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(entries) => entries.iter().any(says_something),
        Value::Object(fields) => fields.values().any(says_something),
    }
}

fn not_blank(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> (Option<String>, Option<String>, bool) {
        let body = ErrorBody::parse(body.as_bytes(), &[]);
        (body.code, body.message, body.details.is_some())
    }

    #[test]
    fn every_documented_error_body_is_understood() {
        let both = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        for (body, (code, message), details) in [
            (
                r#"{"errors":[{"code":0,"message":"Invalid API Key"}]}"#,
                both("0", "Invalid API Key"),
                false,
            ),
            (
                r#"{"errors":[{"code":1,"message":"A"},{"code":2,"message":"B"}]}"#,
                both("1", "A"),
                true,
            ),
            (
                r#"{"code":"NOT_FOUND","message":"M"}"#,
                both("NOT_FOUND", "M"),
                false,
            ),
            (
                r#"{"code":"X","message":"M","details":[{"a":1}]}"#,
                both("X", "M"),
                true,
            ),
            (
                r#"{"error":"INVALID_ARGUMENT","message":"Bad","errorDetails":[{}]}"#,
                both("INVALID_ARGUMENT", "Bad"),
                true,
            ),
            (
                r#"{"error":"invalid_grant","error_description":"Old"}"#,
                both("invalid_grant", "Old"),
                false,
            ),
            (
                r#"{"error":{"code":"InvalidRequest","message":"No"}}"#,
                both("InvalidRequest", "No"),
                false,
            ),
            (
                r#"{"error":{"code":"UnknownError","message":null}}"#,
                (Some("UnknownError".into()), None),
                false,
            ),
            (
                r#"{"Errors":[{"Code":5,"Message":"M"}]}"#,
                both("5", "M"),
                false,
            ),
            (r#"{"errors":"M"}"#, (None, Some("M".into())), false),
            (
                r#"{"errors":[],"message":["M","N"]}"#,
                (None, Some("M N".into())),
                false,
            ),
            (r#"{"error":["M"]}"#, (None, Some("M".into())), false),
            (
                r#"{"errors":{"a":[{"message":"M"}]}}"#,
                (None, Some("the request is not valid. a: M".into())),
                true,
            ),
            (
                r#"{"errorCode":4,"errorMessage":"E"}"#,
                both("4", "E"),
                false,
            ),
            (
                r#"{"errorCode":"INVALID_ARGUMENT","errorMessage":"E","field":"name","hint":"H"}"#,
                both("INVALID_ARGUMENT", "E"),
                true,
            ),
            (
                r#"{"code":400,"message":"\"InvalidImage\""}"#,
                both("400", "\"InvalidImage\""),
                false,
            ),
            (
                r#"{"errors":{"assetId":["Not valid.","Too long."]},"type":"t","title":"T.","status":400}"#,
                (None, Some("T. assetId: Not valid. Too long.".into())),
                true,
            ),
            (
                r#"{"errors":{"a":null},"title":null}"#,
                (None, Some("the request is not valid. a: ".into())),
                true,
            ),
            (
                r#"{"type":null,"title":"Bad Request","status":400,"detail":"sort"}"#,
                (None, Some("Bad Request: sort".into())),
                false,
            ),
            (r#""only text""#, (None, Some("only text".into())), false),
            (
                "  plain\r\n text ",
                (None, Some("plain text".into())),
                false,
            ),
            (
                "<html><title>502 Bad Gateway</title><body>x</body>",
                (None, Some("502 Bad Gateway".into())),
                false,
            ),
            ("<html><body>x</body>", (None, Some("x".into())), false),
            (
                "\u{feff}{\"code\":\"A\",\"message\":\"E\"}",
                both("A", "E"),
                false,
            ),
            (
                r#"{"errors":[null,{},{"code":2,"message":"E"}]}"#,
                both("2", "E"),
                true,
            ),
            ("", (None, None), false),
            ("{}", (None, None), false),
            ("[]", (None, None), false),
            (r#"{"error":" "}"#, (None, None), false),
            ("null", (None, None), false),
            (r#"{"errors":[]}"#, (None, None), false),
        ] {
            assert_eq!(parse(body), (code, message, details), "{body}");
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let (_, message, _) = parse(&"é".repeat(5_000));
        let message = message.unwrap();
        assert_eq!(message.chars().count(), LONGEST_TEXT + 1);
        assert!(message.ends_with('…'));
    }
}
