//! What a request gets: [`Response`], its [`Headers`] and its [`Body`].

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use ureq::http::HeaderMap;

use crate::retry::{RateLimit, parse_retry_after};

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

    /// How long the `retry-after` header asks to wait, given in seconds or as a date.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get("retry-after")?;
        parse_retry_after(value, self.headers.get("date"), OffsetDateTime::now_utc())
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
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub(crate) fn new(headers: &HeaderMap) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Self(
            headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
                .collect(),
        )
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
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let harmless = |name: &str| {
            name.starts_with("x-ratelimit-")
                || matches!(
                    name,
                    "content-length" | "content-type" | "date" | "retry-after"
                )
        };
        let shown = self
            .iter()
            .map(|(name, value)| (name, if harmless(name) { value } else { "..." }));
        f.debug_map().entries(shown).finish()
    }
}
