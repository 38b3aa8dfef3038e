//! What a request gets: [`Response`], its [`Headers`] and its [`Body`].

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{ErrorBody, entity};
use crate::retry::{RateLimit, retry_after};

/// The response to a [`Request`](crate::http::Request), with its body decoded already.
///
/// ```no_run
/// # fn main() -> rblxopencloud::Result<()> {
/// # let api_key = rblxopencloud::ApiKey::new("key")?;
/// let response = api_key.send_request("GET", "/users/1").send()?;
/// println!("{}: {:?}", response.status, response.body.as_json());
/// if let Some(rate_limit) = response.rate_limit() {
///     println!("{:?} requests left", rate_limit.remaining);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Body,
}

impl Response {
    /// What the `x-ratelimit-*` headers say.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::parse(|name| self.headers.get(name))
    }

    /// How long the `retry-after` header asks to wait, given in seconds or as a date. Of several values it is the
    /// longest, but none over a day where there is another.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let headers = self.headers.iter();
        let values = headers.filter_map(|(name, value)| (name == "retry-after").then_some(value));
        retry_after(values, self.headers.get("date"))
    }
}

/// A response body, decoded by its content type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// There is none.
    Empty,
    /// `application/json`, or any type that ends in `+json`.
    Json(Value),
    /// Any other body that is UTF-8.
    Text(String),
    /// Any other body.
    Bytes(Vec<u8>),
}

impl Body {
    /// The JSON value, when the body is one.
    #[must_use]
    pub fn as_json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }

    /// The text, when the body is text other than JSON.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether there is no body.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

/// Response headers. Debug shows the values of harmless headers only.
#[derive(Clone, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

#[derive(Clone, PartialEq, Eq)]
struct Header {
    name: String,
    value: String,
    /// Whether the service sent a secret back in it.
    has_secret: bool,
}

impl Headers {
    pub(super) fn new(headers: &HeaderMap, secrets: &[&str]) -> Self {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            Header {
                name: name.as_str().to_owned(),
                has_secret: without_secrets(&value, secrets) != value,
                value,
            }
        };
        Self(headers.iter().map(header).collect())
    }

    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Every header as (lower-case name, value); a name may occur several times.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|header| (header.name.as_str(), header.value.as_str()))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let harmless = |name: &str| {
            name.starts_with("x-ratelimit-")
                || matches!(
                    name,
                    "content-length" | "content-type" | "date" | "ratelimit-reset" | "retry-after"
                )
        };
        let shown = self.0.iter().map(|header| {
            let name = header.name.as_str();
            let value = match header.has_secret {
                true => REDACTED,
                false if harmless(name) => header.value.as_str(),
                false => "...",
            };
            (name, value)
        });
        f.debug_map().entries(shown).finish()
    }
}

const REDACTED: &str = "[redacted]";

/// Text of a service without the secrets that it has sent back, whether they stand there as they are, in
/// percent-encoding, in the escapes of JSON, in HTML entities, or with tags between their characters.
pub(super) fn without_secrets(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = without_secret(&text, secret);
    }
    text
}

fn without_secret(text: &str, secret: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        // A short secret may be a part of this.
        let (part, after) = if let Some(after) = rest.strip_prefix(REDACTED) {
            (REDACTED, after)
        } else if let Some(after) = after_secret(rest, secret) {
            (REDACTED, after)
        } else {
            rest.split_at(character.len_utf8())
        };
        shown.push_str(part);
        rest = after;
    }
    shown
}

/// What follows a secret that the text begins with. The end of a text that was cut counts as the rest of it.
fn after_secret<'a>(text: &'a str, secret: &str) -> Option<&'a str> {
    const CUT: &str = "…";
    /// Fewer characters at the end of a cut text are of no use to anyone.
    const TELLING: usize = 4;
    const LONGEST_TAG: usize = 200;
    /// No character takes more than this.
    const LONGEST: usize = 12;
    let mut rest = text;
    for (number, expected) in secret.chars().enumerate() {
        let after = loop {
            if let Some(after) = after_character(rest, expected) {
                break after;
            }
            let is_cut = rest.len() < LONGEST + CUT.len() && rest.ends_with(CUT);
            if number >= TELLING && is_cut {
                return rest.get(rest.len() - CUT.len()..);
            }
            let tag = rest.strip_prefix('<').filter(|_| number > 0)?;
            let mut ends = tag.char_indices().take(LONGEST_TAG);
            let (end, _) = ends.find(|(_, character)| *character == '>')?;
            rest = tag.get(end + 1..)?;
        };
        rest = after;
    }
    Some(rest)
}

/// What follows a character that the text begins with, in any of its forms.
fn after_character(text: &str, expected: char) -> Option<&str> {
    if let Some(after) = text.strip_prefix(expected) {
        return Some(after);
    }
    let is_expected = |number: u32| number == u32::from(expected);
    let hex = |text: &str, length: usize| {
        let (digits, after) = text.split_at_checked(length)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        is_expected(number).then_some(after.len())
    };
    let left = match text.chars().next()? {
        '%' => {
            let mut code = text.strip_prefix('%')?;
            // It may have been encoded again.
            while let Some(after) = code.strip_prefix("25") {
                code = after;
            }
            hex(code, 2)
        }
        '\\' => {
            // It may have been escaped again.
            let count = text
                .bytes()
                .take(8)
                .take_while(|byte| *byte == b'\\')
                .count();
            let escaped = text.get(count..)?;
            let itself = escaped.strip_prefix(expected).map(str::len);
            itself.or_else(|| hex(escaped.strip_prefix('u')?, 4))
        }
        '&' => entity(text)
            .filter(|(character, _)| *character == expected)
            .map(|(_, after)| after.len()),
        _ => None,
    }?;
    text.get(text.len() - left..)
}

/// Takes the secrets out of an error, once it is read and decoded.
pub(super) fn redact(body: &mut ErrorBody, secrets: &[&str]) {
    for text in [&mut body.code, &mut body.message].into_iter().flatten() {
        *text = without_secrets(text, secrets);
    }
    if let Some(details) = &mut body.details {
        redact_json(details, secrets);
    }
}

fn redact_json(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::String(text) => *text = without_secrets(text, secrets),
        Value::Array(items) => {
            for item in items {
                redact_json(item, secrets);
            }
        }
        Value::Object(object) => {
            object.retain(|name, _| without_secrets(name, secrets) == *name);
            for item in object.values_mut() {
                redact_json(item, secrets);
            }
        }
        _ => {}
    }
}
