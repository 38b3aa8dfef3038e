//! [`ErrorBody`]: every shape of error body.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::markup;
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
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let value = if value_memory(body) <= LARGEST_VALUE {
            serde_json::from_slice::<Value>(body).ok()
        } else {
            None
        };
        match value {
            Some(value) => Self::from_json(value).told(secrets),
            None => {
                let mut text = String::from_utf8_lossy(body).into_owned();
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
        if fields.is_empty() {
            return None;
        }
        let mut body = Map::new();
        for (name, written) in fields {
            if value_memory(written.get().as_bytes()) <= LARGEST_VALUE {
                if let Ok(value) = serde_json::from_str(written.get()) {
                    body.insert(name.clone(), value);
                }
            } else {
                // That there is something is known, and enough.
                body.insert(
                    name.clone(),
                    Value::from("the service's reason is too long"),
                );
            }
        }
        let is_there = |name: &&str| body.get(*name).is_some_and(says_something);
        let has_any = |names: &[&str]| names.iter().any(is_there);
        let has_code =
            body.get("code").is_some_and(|code| !code.is_null()) || has_any(&["errorCode"]);
        let has_message = has_any(&["message", "Message", "errorMessage"]);
        let status = body
            .get("status")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let is_problem = has_any(&["title", "detail"]) && (status >= 400 || !has_others);
        let is_error = has_any(&["errors", "error"])
            || (has_code && has_message)
            || (!has_others && (has_message || has_any(&["code", "errorCode"])))
            || is_problem;
        is_error.then(|| Self::from_json(Value::Object(body)).told(secrets))
    }

    /// Fit to be shown: without the secrets, and of no absurd length.
    fn told(mut self, secrets: &[&str]) -> Self {
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
            Value::Object(object) => {
                let take = |name: &str| object.get(name).filter(|value| !value.is_null()).cloned();
                match (take("errors"), take("error")) {
                    // gateway: {"errors": [{"code", "message"}]}
                    (Some(Value::Array(errors)), _) => {
                        let details = (errors.len() > 1).then(|| Value::Array(errors.clone()));
                        let first = errors.into_iter().find(says_something);
                        let first = first.map(Self::from_json);
                        Self {
                            details,
                            ..first.unwrap_or_default()
                        }
                    }
                    // validation: {"errors": {FIELD: [text]}, "title"}
                    (Some(Value::Object(fields)), _) => Self {
                        code: take("code").and_then(scalar_text),
                        message: validation_message(take("title").and_then(scalar_text), &fields),
                        details: Some(Value::Object(fields)),
                    },
                    // {"error": {"code", "message"}}
                    (_, Some(error @ Value::Object(_))) => Self::from_json(error),
                    // v1: {"error", "message", "errorDetails"}; OAuth2: {"error", "error_description"}
                    (_, Some(Value::String(error))) => Self {
                        message: take("message")
                            .or_else(|| take("error_description"))
                            .and_then(scalar_text)
                            .or_else(|| not_blank(error.clone())),
                        code: not_blank(error),
                        details: take("errorDetails").or_else(|| take("details")),
                    },
                    // v2, Status, errorCode, ProblemDetails
                    _ => Self {
                        code: take("code")
                            .or_else(|| take("errorCode"))
                            .and_then(scalar_text),
                        message: take("message")
                            .or_else(|| take("errorMessage"))
                            .or_else(|| take("Message"))
                            .and_then(scalar_text)
                            .or_else(|| {
                                let parts = [take("title"), take("detail")];
                                let parts = parts.into_iter().flatten().filter_map(scalar_text);
                                not_blank(parts.collect::<Vec<_>>().join(": "))
                            }),
                        details: take("details").or_else(|| take("errorDetails")),
                    },
                }
            }
            _ => Self::default(),
        }
    }
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
    for (field, texts) in fields {
        let texts: Vec<String> = match texts {
            Value::Array(texts) => texts.iter().cloned().filter_map(scalar_text).collect(),
            text => scalar_text(text.clone()).into_iter().collect(),
        };
        message.push_str(&format!(" {field}: {}", texts.join(" ")));
    }
    not_blank(message)
}

fn scalar_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => not_blank(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Some services begin their JSON with it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The longest message taken from a body that is not JSON, in characters.
const LONGEST_TEXT: usize = 300;

/// The longest message or code taken from JSON, in characters.
const LONGEST_MESSAGE: usize = 2000;

/// The most memory that a value which says why something failed may take, in bytes.
const LARGEST_VALUE: u64 = 1 << 20;

/// About how many bytes of memory JSON takes as a [`Value`], at most.
pub(crate) fn value_memory(json: &[u8]) -> u64 {
    /// A value in a list or an object, with the spare room that these grow by.
    const VALUE: usize = 3 * 32;
    /// An object's first node, which has room for 11 fields.
    const OBJECT: usize = 11 * (24 + 32) + 32;
    /// A list's first room.
    const LIST: usize = 4 * 32;
    let count = |wanted: u8| json.iter().filter(|byte| **byte == wanted).count();
    let values = count(b',').saturating_add(1);
    let nested = count(b'{').saturating_mul(OBJECT) + count(b'[').saturating_mul(LIST);
    (values.saturating_mul(VALUE) + nested + json.len()) as u64
}

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
                r#"{"errorCode":4,"errorMessage":"E"}"#,
                both("4", "E"),
                false,
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
