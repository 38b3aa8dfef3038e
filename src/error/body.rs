//! [`ErrorBody`]: every shape of error body.

use serde_json::Value;

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
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => {
                let mut body = Self::from_json(value);
                for secret in secrets {
                    body.redact(secret);
                }
                body
            }
            Err(_) => {
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

    fn from_json(value: Value) -> Self {
        match value {
            Value::String(text) => Self {
                message: not_blank(text),
                ..Self::default()
            },
            Value::Array(items) => items
                .into_iter()
                .next()
                .map(Self::from_json)
                .unwrap_or_default(),
            Value::Object(object) => {
                let take = |name: &str| object.get(name).filter(|value| !value.is_null()).cloned();
                match (take("errors"), take("error")) {
                    // gateway: {"errors": [{"code", "message"}]}
                    (Some(Value::Array(errors)), _) => {
                        let details = (errors.len() > 1).then(|| Value::Array(errors.clone()));
                        let first = errors.into_iter().next().map(Self::from_json);
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

/// The longest message taken from a body that is not JSON, in characters.
const LONGEST_TEXT: usize = 300;

fn text_message(text: &str) -> Option<String> {
    let text = if text.trim_start().starts_with('<') {
        html_title(text)?
    } else {
        text
    };
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = words.char_indices().nth(LONGEST_TEXT) {
        words.truncate(at);
        words.push('…');
    }
    not_blank(words)
}

fn html_title(html: &str) -> Option<&str> {
    let (_, rest) = html
        .split_once("<title>")
        .or_else(|| html.split_once("<TITLE>"))?;
    rest.split('<').next()
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
            ("<html><body>x</body>", (None, None), false),
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
