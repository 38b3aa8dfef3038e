//! [`Error`]: what can go wrong, and the table from statuses to variants.

mod body;

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::retry::RateLimit;

pub(crate) use body::ErrorBody;

/// A result whose error is [`Error`] unless said otherwise.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call did not give its value.
///
/// Most callers need only the predicates, which hold across variants:
///
/// ```no_run
/// # fn main() -> rblxopencloud::Result<()> {
/// # let api_key = rblxopencloud::ApiKey::new("key")?;
/// match api_key.fetch_toolbox_asset(114376757380093) {
///     Ok(asset) => println!("{asset}"),
///     Err(error) if error.is_not_found() => println!("no such asset"),
///     Err(error) if error.is_forbidden() => println!("the key lacks a scope: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service answered 403: the key or token lacks a scope or a permission.
    #[error(transparent)]
    Forbidden(Box<ApiError>),

    /// The service answered 404.
    #[error(transparent)]
    NotFound(Box<ApiError>),

    /// The service answered 409, such as for an asset that is saved already.
    #[error(transparent)]
    Conflict(Box<ApiError>),

    /// The service answered 429; [`ApiError::retry_after`] says when to come back, if it said.
    #[error(transparent)]
    RateLimited(Box<ApiError>),

    /// The service answered with another status than expected: any other 4xx or 5xx, or a redirect,
    /// which is never followed.
    #[error(transparent)]
    #[doc(alias = "HttpException")]
    Http(Box<ApiError>),

    /// An upload was refused because the service cannot make anything of the file.
    #[error(transparent)]
    InvalidFile(Box<ApiError>),

    /// An upload or update was refused because of what its name or description says.
    #[error(transparent)]
    ModeratedText(Box<ApiError>),

    /// An operation ended badly.
    #[error(transparent)]
    OperationFailed(Box<OperationFailure>),

    /// An operation still went on when the wait for it ended.
    #[error(transparent)]
    #[doc(alias = "TimeoutError")]
    OperationTimeout(Box<OperationTimeout>),

    /// A file could not be read or written, or was not as long as it was said to be.
    #[error(transparent)]
    File(Box<FileError>),

    /// A call that needs several requests failed after some of them had done their part.
    #[error(transparent)]
    Partial(Box<PartialError>),

    /// No whole answer came: no connection, a cut one, or no progress within the timeout.
    #[error(transparent)]
    Transport(Box<TransportError>),

    /// An answer came with a good status but is not what the endpoint is documented to send.
    #[error(transparent)]
    Decode(Box<DecodeError>),

    /// A wait for a rate limit was stopped before the request was sent.
    #[error(transparent)]
    WaitStopped(Box<WaitStopped>),

    /// An argument was refused before any request was sent. The text says what is accepted.
    #[error("{0}")]
    InvalidArgument(String),
}

impl Error {
    /// The service's answer, when the error is one.
    #[must_use]
    pub fn api_error(&self) -> Option<&ApiError> {
        match self.root() {
            Self::Forbidden(error)
            | Self::NotFound(error)
            | Self::Conflict(error)
            | Self::RateLimited(error)
            | Self::Http(error)
            | Self::InvalidFile(error)
            | Self::ModeratedText(error) => Some(error),
            _ => None,
        }
    }

    /// The HTTP status of the answer that is the error, or that could not be decoded.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.root() {
            Self::Decode(error) => Some(error.status),
            _ => self.api_error().map(|error| error.status),
        }
    }

    /// The service's own error code, such as `INVALID_ARGUMENT`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.api_error()?.code.as_deref()
    }

    /// How long the service asks to wait before another request: its `retry-after`, or for a rate limit
    /// without one the time until the limit's window starts anew.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let error = self.api_error()?;
        let reset = || {
            error
                .rate_limit
                .as_ref()?
                .reset
                .filter(|_| error.status == 429)
        };
        error.retry_after.or_else(reset)
    }

    /// How many requests were sent, or tried to be, before giving up: 0 for a refused argument.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        match self.root() {
            Self::Transport(error) => error.attempts,
            Self::Decode(error) => error.attempts,
            _ => self.api_error().map_or(0, |error| error.attempts),
        }
    }

    /// 401: the key or token is missing, wrong, expired, or disabled.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.api_error().is_some_and(|error| error.status == 401)
    }

    /// 403: the key or token is known but lacks a scope or a permission.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self.root(), Self::Forbidden(_))
    }

    /// 404: there is no such thing, or the key may not know of it.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.root(), Self::NotFound(_))
    }

    /// 409: the request conflicts with how things are, such as saving an asset twice.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self.root(), Self::Conflict(_))
    }

    /// 429: too many requests. The service did not act on this one.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        matches!(self.root(), Self::RateLimited(_))
    }

    /// A 5xx answer: the service failed, and may or may not have acted on the request.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        self.api_error().is_some_and(|error| error.status >= 500)
    }

    /// No connection was made, so the service never saw the request.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self.root(), Self::Transport(error) if !error.sent)
    }

    /// Nothing moved for as long as the timeout allows, while connecting, sending or receiving.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.root(), Self::Transport(error) if error.timed_out)
    }

    /// The connection could not be made safe: the server's certificate is not trusted, or not its own.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self.root(), Self::Transport(error) if error.tls)
    }

    /// What a failed upload, rollback or the like was to create may exist all the same: look before
    /// sending it again.
    #[must_use]
    pub fn may_have_created(&self) -> bool {
        match self {
            Self::Transport(error) => error.may_have_created,
            Self::Decode(error) => error.may_have_created,
            _ => self.api_error().is_some_and(|error| error.may_have_created),
        }
    }

    /// The service cannot make anything of an uploaded file.
    #[must_use]
    pub fn is_invalid_file(&self) -> bool {
        matches!(self, Self::InvalidFile(_))
    }

    /// The service does not take a name or description because of what it says.
    #[must_use]
    pub fn is_moderated_text(&self) -> bool {
        matches!(self, Self::ModeratedText(_))
    }

    /// An operation ended badly.
    #[must_use]
    pub fn is_operation_failed(&self) -> bool {
        matches!(self, Self::OperationFailed(_))
    }

    /// An operation still went on when the wait for it ended. It goes on by itself.
    #[must_use]
    pub fn is_operation_timeout(&self) -> bool {
        matches!(self, Self::OperationTimeout(_))
    }

    /// A wait for a rate limit was stopped by [`sleep_with`](crate::ApiKeyBuilder::sleep_with), and the
    /// request was not sent.
    #[must_use]
    pub fn is_wait_stopped(&self) -> bool {
        matches!(self.root(), Self::WaitStopped(_))
    }

    /// A file could not be read or written, or was not as long as it was said to be.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// The answer could not be understood, or was larger than the body limit.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.root(), Self::Decode(_))
    }

    /// An argument was refused before any request was sent.
    #[must_use]
    pub fn is_invalid_argument(&self) -> bool {
        matches!(self, Self::InvalidArgument(_))
    }

    /// The error that ended a call, where it was done in part.
    fn root(&self) -> &Self {
        match self {
            Self::Partial(partial) => &partial.source,
            other => other,
        }
    }

    pub(crate) fn after(done: u64, source: Self) -> Self {
        Self::Partial(Box::new(PartialError { done, source }))
    }

    pub(crate) fn file(name: &str, source: std::io::Error) -> Self {
        Self::File(Box::new(FileError {
            name: name.to_owned(),
            source,
        }))
    }

    pub(crate) fn operation_failed(failure: OperationFailure) -> Self {
        Self::OperationFailed(Box::new(failure))
    }

    /// Tells refused files and texts from other refusals of an upload, which differ in their message only.
    pub(crate) fn refused_upload(self) -> Self {
        match self {
            Self::Http(error) if error.status == 400 => {
                let message = error.message.trim_matches('"');
                let one_word = message.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if message.ends_with(" is moderated.") {
                    Self::ModeratedText(error)
                } else if one_word && message.starts_with("Invalid") {
                    Self::InvalidFile(error)
                } else {
                    Self::Http(error)
                }
            }
            other => other,
        }
    }

    /// The status-to-variant table.
    pub(crate) fn from_answer(error: ApiError) -> Self {
        let error = Box::new(error);
        match error.status {
            403 => Self::Forbidden(error),
            404 => Self::NotFound(error),
            409 => Self::Conflict(error),
            429 => Self::RateLimited(error),
            _ => Self::Http(error),
        }
    }
}

/// An answer of the service that is an error.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The service's own code, as text whatever it was on the wire.
    pub code: Option<String>,
    /// What the service says went wrong. Never empty: without a message from the service it is the
    /// status in words.
    pub message: String,
    /// What else the service says: `details`, `errorDetails`, or the errors by field.
    pub details: Option<Value>,
    /// How long the service asks to wait before another request.
    pub retry_after: Option<Duration>,
    /// What the answer's `x-ratelimit-*` headers say.
    pub rate_limit: Option<RateLimit>,
    /// How many requests were sent; this is the answer to the last.
    pub attempts: u32,
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query; with its host when that is not the base URL's.
    pub path: String,
    /// Whether what the request was to create may exist all the same.
    pub may_have_created: bool,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.method, self.path, self.status)?;
        // A number that stands for a code says nothing to anyone.
        if let Some(code) = self
            .code
            .as_ref()
            .filter(|code| code.parse::<i64>().is_err())
        {
            f.write_str(" ")?;
            write_printable(f, code)?;
        }
        f.write_str(": ")?;
        write_printable(f, &self.message)?;
        write_attempts(f, self.attempts)?;
        write_may_have_created(f, self.may_have_created)
    }
}

impl std::error::Error for ApiError {}

/// A request that got no whole answer. Its [`source`](std::error::Error::source) says what broke.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// Whether anything of the request may have reached the service.
    pub sent: bool,
    /// Whether it was the timeout that ended the request.
    pub timed_out: bool,
    /// How many times the request was tried; this is how the last ended.
    pub attempts: u32,
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query; with its host when that is not the base URL's.
    pub path: String,
    /// Whether what the request was to create may exist all the same.
    pub may_have_created: bool,
    pub(crate) tls: bool,
    pub(crate) source: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.sent, self.timed_out) {
            _ if self.tls => "could not connect safely",
            (false, false) => "could not connect",
            (false, true) => "could not connect in time",
            (true, false) => "the connection broke before the whole answer came",
            (true, true) => "nothing moved on the connection within the timeout",
        };
        write!(f, "{} {}: {what}", self.method, self.path)?;
        write_attempts(f, self.attempts)?;
        write_may_have_created(f, self.may_have_created)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

/// An answer that is not what its endpoint is documented to send. It holds the place, never the body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The HTTP status of the answer.
    pub status: u16,
    /// What is wrong with it.
    pub reason: String,
    /// Line and column in the JSON body, from 1, when the reason has a place.
    pub position: Option<(usize, usize)>,
    /// How many requests were sent.
    pub attempts: u32,
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query; with its host when that is not the base URL's.
    pub path: String,
    /// Whether what the request was to create may exist all the same.
    pub may_have_created: bool,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: unexpected answer: ", self.method, self.path)?;
        write_printable(f, &self.reason)?;
        if let Some((line, column)) = self.position {
            write!(f, " at line {line} column {column}")?;
        }
        write_attempts(f, self.attempts)?;
        write_may_have_created(f, self.may_have_created)
    }
}

impl std::error::Error for DecodeError {}

/// A call that was done in part. The predicates of [`Error`] speak of its
/// [`source`](std::error::Error::source), which is what ended it.
#[derive(Debug)]
#[non_exhaustive]
pub struct PartialError {
    /// How much was done before: for [`ApiKey::unsave_assets`](crate::ApiKey::unsave_assets) how many
    /// assets were removed.
    pub done: u64,
    pub(crate) source: Error,
}

impl fmt::Display for PartialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed after {} were done", self.done)
    }
}

impl std::error::Error for PartialError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// How an operation ended badly.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationFailure {
    /// The operation's id.
    pub id: String,
    /// The service's own code, as text whatever it was on the wire.
    pub code: Option<String>,
    /// What the service says went wrong.
    pub message: String,
}

impl fmt::Display for OperationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operation {} failed: ", self.id)?;
        if let Some(code) = &self.code {
            write_printable(f, code)?;
            f.write_str(": ")?;
        }
        write_printable(f, &self.message)
    }
}

impl std::error::Error for OperationFailure {}

/// A wait that ended before its operation. The operation goes on by itself, and
/// [`ApiKey::get_operation`](crate::ApiKey::get_operation) takes it up again. When the last poll was an
/// error, that is the [`source`](std::error::Error::source).
#[derive(Debug)]
#[non_exhaustive]
pub struct OperationTimeout {
    /// The operation's id.
    pub id: String,
    /// How long the wait went on.
    pub waited: Duration,
    /// Whether the caller gave the wait up before its timeout.
    pub stopped: bool,
    pub(crate) source: Option<Error>,
}

impl fmt::Display for OperationTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.stopped {
            "was given up"
        } else {
            "ended"
        };
        write!(
            f,
            "the wait for operation {} {how} after {:.1} s; the operation goes on",
            self.id,
            self.waited.as_secs_f64()
        )
    }
}

impl std::error::Error for OperationTimeout {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

/// A request that was not sent, since the wait for its endpoint's rate limit was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitStopped {
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query; with its host when that is not the base URL's.
    pub path: String,
    /// How long it was to be, when that wait began, until the endpoint has requests left.
    pub left: Duration,
}

impl fmt::Display for WaitStopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: not sent, as the wait of {:.1} s for its rate limit was stopped",
            self.method,
            self.path,
            self.left.as_secs_f64()
        )
    }
}

impl std::error::Error for WaitStopped {}

/// A file that could not be read or written. Its [`source`](std::error::Error::source) says why.
#[derive(Debug)]
#[non_exhaustive]
pub struct FileError {
    /// The name or path of the file.
    pub name: String,
    pub(crate) source: std::io::Error,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file {:?} cannot be used", self.name)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// What is wrong with a JSON body, without a word of the body itself, and where.
pub(crate) fn json_reason(error: &serde_json::Error) -> (String, Option<(usize, usize)>) {
    // serde_json counts columns from 0 where a value is refused before it is read.
    let position = (error.line() > 0).then(|| (error.line(), error.column().max(1)));
    let text = error.to_string();
    let text = match position {
        Some((line, _)) => text
            .strip_suffix(&format!(" at line {line} column {}", error.column()))
            .unwrap_or(&text),
        None => &text,
    };
    // serde quotes the unexpected value, and says behind it what it expected.
    let quotes_the_body = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown ",
    ];
    let reason = if quotes_the_body.iter().any(|start| text.starts_with(start)) {
        match text.rfind(", expected ") {
            Some(at) => text.get(at + 2..).unwrap_or_default().to_owned(),
            None => "a value of another kind than expected".to_owned(),
        }
    } else {
        text.to_owned()
    };
    // The types of the wire are this crate's own affair.
    let reason = match reason.strip_prefix("expected struct ") {
        Some(_) => "expected an object".to_owned(),
        None => reason,
    };
    (reason, position)
}

/// The service's text with control characters taken out, so that it cannot play with a terminal.
fn write_printable(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for (number, part) in text.split(|c: char| c.is_control()).enumerate() {
        if number > 0 {
            f.write_str(" ")?;
        }
        f.write_str(part)?;
    }
    Ok(())
}

fn write_may_have_created(f: &mut fmt::Formatter<'_>, may: bool) -> fmt::Result {
    f.write_str(if may {
        "; what it was to create may exist all the same"
    } else {
        ""
    })
}

fn write_attempts(f: &mut fmt::Formatter<'_>, attempts: u32) -> fmt::Result {
    if attempts > 1 {
        write!(f, " (after {attempts} tries)")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_small() {
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    }

    #[test]
    fn json_reasons_hold_no_value_of_the_body() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {
            #[serde(rename = "count")]
            _count: u64,
        }
        let reason = |body: &str| json_reason(&serde_json::from_str::<Body>(body).unwrap_err());
        assert_eq!(
            reason(r#"{"count":"se, expected cret"}"#),
            ("expected u64".to_owned(), Some((1, 28)))
        );
        assert_eq!(reason("{}").0, "missing field `count`");
        assert_eq!(reason(r#"{"count":"#).0, "EOF while parsing a value");
    }
}
