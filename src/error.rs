//! Errors: [`Error`], its [`ErrorKind`], and what each variant holds.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! match api_key.fetch_asset(2205400862) {
//!     Err(error) if error.is_not_found() => println!("no such asset"),
//!     other => println!("{}", other?),
//! }
//! # Ok(())
//! # }
//! ```

mod body;
mod known_texts;
mod markup;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::retry::RateLimit;
use crate::text::Printable;

pub(crate) use body::ErrorBody;
use known_texts::{KnownText, known_text};
pub(crate) use markup::entity;

/// A result whose error is [`Error`] unless said otherwise.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// Its Display is one line with everything that is known, the cause included; `{:?}` is the same line, since that
/// is what a `main` that returns it prints, and `{:#?}` has the fields. Most callers need only the predicates,
/// which hold across variants, or [`kind`](Self::kind) to match on:
///
/// ```no_run
/// use rblxopencloud::ErrorKind;
///
/// # fn main() -> rblxopencloud::Result<()> {
/// # let api_key = rblxopencloud::ApiKey::new("key")?;
/// match api_key.fetch_toolbox_asset(114376757380093) {
///     Ok(asset) => println!("{asset}"),
///     Err(error) => match error.kind() {
///         ErrorKind::NotFound => println!("no such asset"),
///         ErrorKind::Unauthorized | ErrorKind::Forbidden => println!("look at the key: {error}"),
///         _ => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Status 403: the key or token lacks a scope or a permission.
    #[error(transparent)]
    Forbidden(Box<ApiError>),

    /// Status 404.
    #[error(transparent)]
    NotFound(Box<ApiError>),

    /// Status 409, such as for an asset that is saved already.
    #[error(transparent)]
    Conflict(Box<ApiError>),

    /// Status 429; [`retry_after`](Self::retry_after) says when to come back, if the service said.
    #[error(transparent)]
    RateLimited(Box<ApiError>),

    /// Any other status than the expected ones: any other 4xx or 5xx, a redirect, which is never followed, or a
    /// good status with an error in its body.
    #[error(transparent)]
    #[doc(alias = "HttpException")]
    Http(Box<ApiError>),

    /// An upload was rejected because the service cannot make anything of the file.
    #[error(transparent)]
    InvalidFile(Box<ApiError>),

    /// An upload or update was rejected because of what its name or description says.
    #[error(transparent)]
    ModeratedText(Box<ApiError>),

    /// An operation failed, or a part of what it was to do was rejected.
    #[error(transparent)]
    OperationFailed(Box<OperationFailure>),

    /// An operation was not done when the wait for it ended.
    #[error(transparent)]
    #[doc(alias = "TimeoutError")]
    OperationTimeout(Box<OperationTimeout>),

    /// A file could not be read or written, or was not as long as it was said to be.
    #[error(transparent)]
    File(Box<FileError>),

    /// A call that needs several requests failed after some of them had succeeded.
    #[error(transparent)]
    Partial(Box<PartialError>),

    /// No whole response came: no connection, a broken one, or no progress within the timeout.
    #[error(transparent)]
    Transport(Box<TransportError>),

    /// A response came with a good status but is not what the endpoint is documented to send.
    #[error(transparent)]
    Decode(Box<DecodeError>),

    /// A wait for a rate limit was stopped before the request was sent.
    #[error(transparent)]
    WaitStopped(Box<WaitStopped>),

    /// An argument cannot be sent; no request was made. The text says what is accepted.
    #[error("{0}")]
    InvalidArgument(String),
}

/// What an [`Error`] is about, to match on: one `match` gives a command-line tool its exit codes.
///
/// An error that [ended a call in part](Error::Partial) has the kind of what ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// [`Error::is_invalid_argument`]
    InvalidArgument,
    /// [`Error::is_file`]
    File,
    /// [`Error::is_tls`]
    Tls,
    /// [`Error::is_connect`]
    Connect,
    /// [`Error::is_timeout`], after a connection was made.
    Timeout,
    /// A connection that broke before the whole response came.
    BrokenConnection,
    /// [`Error::is_decode`]
    Decode,
    /// [`Error::is_unauthorized`]
    Unauthorized,
    /// [`Error::is_forbidden`]
    Forbidden,
    /// [`Error::is_not_found`]
    NotFound,
    /// [`Error::is_conflict`]
    Conflict,
    /// [`Error::is_rate_limited`]
    RateLimited,
    /// [`Error::is_invalid_file`]
    InvalidFile,
    /// [`Error::is_moderated_text`]
    ModeratedText,
    /// [`Error::is_server_error`]
    Server,
    /// Any other status than was expected, or a good status with an error in its body.
    Rejected,
    /// [`Error::is_operation_failed`]
    OperationFailed,
    /// [`Error::is_operation_timeout`]
    OperationTimeout,
    /// [`Error::is_wait_stopped`]
    WaitStopped,
}

impl Error {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.root() {
            Self::InvalidArgument(_) => ErrorKind::InvalidArgument,
            Self::File(_) => ErrorKind::File,
            Self::Transport(error) if error.tls => ErrorKind::Tls,
            Self::Transport(error) if !error.sent => ErrorKind::Connect,
            Self::Transport(error) if error.timed_out => ErrorKind::Timeout,
            Self::Transport(_) => ErrorKind::BrokenConnection,
            Self::Decode(_) => ErrorKind::Decode,
            Self::Forbidden(_) => ErrorKind::Forbidden,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::RateLimited(_) => ErrorKind::RateLimited,
            Self::InvalidFile(_) => ErrorKind::InvalidFile,
            Self::ModeratedText(_) => ErrorKind::ModeratedText,
            Self::Http(error) if error.status == 401 => ErrorKind::Unauthorized,
            Self::Http(error) if error.status >= 500 => ErrorKind::Server,
            Self::Http(_) | Self::Partial(_) => ErrorKind::Rejected,
            Self::OperationFailed(_) => ErrorKind::OperationFailed,
            Self::OperationTimeout(_) => ErrorKind::OperationTimeout,
            Self::WaitStopped(_) => ErrorKind::WaitStopped,
        }
    }

    /// The service's response, when the error is one.
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

    /// The HTTP status of the response that is the error, or that could not be decoded.
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
        match self.root() {
            Self::OperationFailed(failure) => failure.code.as_deref(),
            _ => self.api_error()?.code.as_deref(),
        }
    }

    /// How long the service asks to wait before another request: its `retry-after`, and for 429 at least until the
    /// rate limit's window starts anew.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let error = self.api_error()?;
        let reset = error.rate_limit.as_ref().and_then(|limit| limit.reset);
        let reset = reset.filter(|_| error.status == 429);
        error.retry_after.max(reset)
    }

    /// How many requests were sent in all, whole or in part: 0 for an argument that cannot be sent.
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

    /// What was to be created exists already: the error's code is `ALREADY_EXISTS`, however it is written.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        let code = self.api_error().and_then(|error| error.code.as_deref());
        code.is_some_and(|code| {
            let code = code.bytes().filter(|byte| !matches!(byte, b'_' | b'-'));
            code.map(|byte| byte.to_ascii_lowercase())
                .eq(*b"alreadyexists")
        })
    }

    /// 412: a condition of the request does not hold, such as a version that is no longer the current one. The
    /// service did not act.
    #[must_use]
    pub fn is_precondition_failed(&self) -> bool {
        self.api_error().is_some_and(|error| error.status == 412)
    }

    /// 429: too many requests. The service did not act on this one.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        matches!(self.root(), Self::RateLimited(_))
    }

    /// 5xx: the service failed, and may or may not have acted on the request.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        self.api_error().is_some_and(|error| error.status >= 500)
    }

    /// No connection was made, so the service never saw the request: the host's name is not known, nothing listens
    /// there, it cannot be reached, or its certificate is not trusted.
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

    /// Whether the service may have acted on the call, or may still. It is `false` only where it certainly did not:
    /// the same call can then be sent again without doing anything twice.
    ///
    /// | the call ended with | outcome unknown |
    /// | --- | --- |
    /// | an argument that cannot be sent, a file that cannot be read, a wait that was stopped before anything was sent | no |
    /// | no connection: name, refused, unreachable, timeout, certificate | no |
    /// | 4xx (but 499), 429 included; 304, 307, 308 | no |
    /// | 503 to an upload | no |
    /// | text or a file that was rejected, whatever the status | no |
    /// | an operation that failed as a whole | no |
    /// | an operation of which a part was rejected, or that failed beside an asset; a call that was done in part | yes |
    /// | any other 5xx, a redirect, 499 | yes |
    /// | a good status that was not expected, that holds an error, or whose body cannot be understood | yes |
    /// | a broken connection, or no progress within the timeout, after something was sent | yes |
    /// | an operation's timeout, and any failed poll | yes |
    /// | any of the above after an earlier attempt of the same call that left it open | yes |
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Partial(_) | Self::OperationTimeout(_) => true,
            Self::Transport(error) => error.outcome_unknown,
            Self::Decode(error) => error.outcome_unknown,
            Self::OperationFailed(failure) => {
                failure.response.is_some() || !failure.rejected.is_empty()
            }
            Self::File(error) => error.outcome_unknown,
            _ => self.api_error().is_some_and(|error| error.outcome_unknown),
        }
    }

    /// The service cannot make anything of an uploaded file.
    #[must_use]
    pub fn is_invalid_file(&self) -> bool {
        match self {
            Self::OperationFailed(failure) => {
                known_text(&failure.message) == Some(KnownText::InvalidFile)
            }
            _ => matches!(self, Self::InvalidFile(_)),
        }
    }

    /// The service does not take a name or description because of what it says.
    #[must_use]
    pub fn is_moderated_text(&self) -> bool {
        match self {
            Self::OperationFailed(failure) => {
                known_text(&failure.message) == Some(KnownText::ModeratedText)
            }
            _ => matches!(self, Self::ModeratedText(_)),
        }
    }

    /// An operation failed, or a part of what it was to do was rejected: [`OperationFailure::rejected`].
    #[must_use]
    pub fn is_operation_failed(&self) -> bool {
        matches!(self, Self::OperationFailed(_))
    }

    /// An operation was not done when the wait for it ended. It goes on by itself.
    #[must_use]
    pub fn is_operation_timeout(&self) -> bool {
        matches!(self, Self::OperationTimeout(_))
    }

    /// The call was done in part: some of its requests succeeded, or some of what an update was to change was
    /// rejected.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        match self {
            Self::Partial(_) => true,
            Self::OperationFailed(failure) => failure.response.is_some(),
            _ => false,
        }
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

    /// The response could not be understood, or was larger than the body limit.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.root(), Self::Decode(_))
    }

    /// An argument cannot be sent; no request was made.
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
            outcome_unknown: false,
        }))
    }

    pub(crate) fn operation_failed(failure: OperationFailure) -> Self {
        Self::OperationFailed(Box::new(failure))
    }

    /// Tells files and texts that were rejected from other errors of an upload, which differ in their message only.
    pub(crate) fn of_upload(self) -> Self {
        let Self::Http(mut error) = self else {
            return self;
        };
        if error.status >= 500 || (300..=399).contains(&error.status) || error.status == 401 {
            return Self::Http(error);
        }
        let known = known_text(&error.message);
        if known.is_some() && !error.after_doubt {
            error.outcome_unknown = false;
        }
        match known {
            Some(KnownText::ModeratedText) => Self::ModeratedText(error),
            Some(KnownText::InvalidFile) => Self::InvalidFile(error),
            None => Self::Http(error),
        }
    }

    /// The status-to-variant table.
    pub(crate) fn from_response(error: ApiError) -> Self {
        let status = error.status;
        Self::of_kind(status, error)
    }

    /// The variant that goes with a status, for services that put another one into the body of a 200.
    pub(crate) fn of_kind(status: u16, error: ApiError) -> Self {
        let error = Box::new(error);
        match status {
            403 => Self::Forbidden(error),
            404 => Self::NotFound(error),
            409 => Self::Conflict(error),
            429 => Self::RateLimited(error),
            _ => Self::Http(error),
        }
    }

    /// The error of an attempt after others of the same call, of which one may have been carried out.
    pub(crate) fn after_doubt(self, doubt: bool) -> Self {
        if doubt {
            self.with_outcome_unknown()
        } else {
            self
        }
    }

    /// The same error, of a call after which it is not known what the service did.
    pub(crate) fn with_outcome_unknown(mut self) -> Self {
        match &mut self {
            Self::Forbidden(error)
            | Self::NotFound(error)
            | Self::Conflict(error)
            | Self::RateLimited(error)
            | Self::Http(error)
            | Self::InvalidFile(error)
            | Self::ModeratedText(error) => {
                error.outcome_unknown = true;
                error.after_doubt = true;
            }
            Self::Transport(error) => error.outcome_unknown = true,
            Self::Decode(error) => error.outcome_unknown = true,
            Self::File(error) => error.outcome_unknown = true,
            _ => {}
        }
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        let (name, field): (_, &dyn fmt::Debug) = match self {
            Self::Forbidden(error) => ("Forbidden", error),
            Self::NotFound(error) => ("NotFound", error),
            Self::Conflict(error) => ("Conflict", error),
            Self::RateLimited(error) => ("RateLimited", error),
            Self::Http(error) => ("Http", error),
            Self::InvalidFile(error) => ("InvalidFile", error),
            Self::ModeratedText(error) => ("ModeratedText", error),
            Self::OperationFailed(error) => ("OperationFailed", error),
            Self::OperationTimeout(error) => ("OperationTimeout", error),
            Self::File(error) => ("File", error),
            Self::Partial(error) => ("Partial", error),
            Self::Transport(error) => ("Transport", error),
            Self::Decode(error) => ("Decode", error),
            Self::WaitStopped(error) => ("WaitStopped", error),
            Self::InvalidArgument(why) => ("InvalidArgument", why),
        };
        f.debug_tuple(name).field(field).finish()
    }
}

/// A response of the service that is an error.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status of the response. It is a good one where the error stood in the body alone.
    pub status: u16,
    /// The service's own code, as text whatever it was on the wire.
    pub code: Option<String>,
    /// What the service says went wrong. Never empty: without a message from the service it is the
    /// status in words.
    pub message: String,
    /// What else the service says: `details`, `errorDetails`, or the errors by field.
    pub details: Option<Value>,
    /// How long the service asks to wait before another request, as its `retry-after` has it.
    pub retry_after: Option<Duration>,
    /// What the response's `x-ratelimit-*` headers say.
    pub rate_limit: Option<RateLimit>,
    /// How many requests were sent; this is the response to the last.
    pub attempts: u32,
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query; with its host when that is not the base URL's.
    pub path: String,
    /// The scopes that the call needs, such as `asset:write`. Empty where the crate does not know, as for
    /// `send_request`.
    pub scopes: &'static [&'static str],
    /// Whether the service may have acted on the call all the same: [`Error::is_outcome_unknown`].
    pub outcome_unknown: bool,
    /// Whether an earlier attempt left that open already.
    pub(crate) after_doubt: bool,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            Printable(&self.method),
            Printable(&self.path),
            self.status
        )?;
        // A number that stands for a code says nothing to anyone.
        if let Some(code) = self
            .code
            .as_ref()
            .filter(|code| code.parse::<i64>().is_err())
        {
            write!(f, " {}", Printable(code))?;
        }
        write!(f, ": {}", Printable(&self.message))?;
        if let (403, [first, others @ ..]) = (self.status, self.scopes) {
            let more = if others.is_empty() { "" } else { "s" };
            write!(f, " (the call needs the scope{more} {first}")?;
            for scope in others {
                write!(f, " and {scope}")?;
            }
            f.write_str(")")?;
        }
        write_attempts(f, self.attempts)?;
        write_outcome_unknown(f, &self.method, self.outcome_unknown)
    }
}

impl std::error::Error for ApiError {}

/// A request that got no whole response. Its [`source`](std::error::Error::source) says what broke.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// Whether anything of the request may have reached the service.
    pub sent: bool,
    /// Whether it was the timeout that ended the request.
    pub timed_out: bool,
    /// How many attempts were made; this is how the last ended.
    pub attempts: u32,
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query; with its host when that is not the base URL's.
    pub path: String,
    /// The host that the request was for, with its port where that is not the usual one.
    pub host: String,
    /// Whether the service may have acted on the call all the same: [`Error::is_outcome_unknown`].
    pub outcome_unknown: bool,
    pub(crate) tls: bool,
    /// What the request was about when it ended, such as "waiting for the response".
    pub(crate) doing: &'static str,
    pub(crate) timeout: Duration,
    pub(crate) source: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, doing) = (Printable(&self.host), self.doing);
        let seconds = self.timeout.as_secs_f64();
        write!(f, "{} {}: ", Printable(&self.method), Printable(&self.path))?;
        match (self.sent, self.timed_out) {
            _ if self.tls => write!(f, "could not connect safely to {host}")?,
            (false, false) => write!(f, "could not connect to {host}")?,
            (false, true) => write!(f, "could not connect to {host} within {seconds} s")?,
            (true, false) => write!(f, "the connection to {host} broke while {doing}")?,
            (true, true) => write!(
                f,
                "nothing moved on the connection to {host} for {seconds} s while {doing}"
            )?,
        }
        if !self.timed_out {
            write!(f, ": {}", Printable(&self.source.to_string()))?;
        }
        write_attempts(f, self.attempts)?;
        write_outcome_unknown(f, &self.method, self.outcome_unknown)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

/// A response that is not what its endpoint is documented to send. It holds the place, never the body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The HTTP status of the response.
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
    /// Whether the service may have acted on the call: [`Error::is_outcome_unknown`].
    pub outcome_unknown: bool,
    /// Whether the response says nothing at all: no body, no JSON, or an empty object.
    pub(crate) says_nothing: bool,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: unexpected response with status {}: {}",
            Printable(&self.method),
            Printable(&self.path),
            self.status,
            Printable(&self.reason)
        )?;
        if let Some((line, column)) = self.position {
            write!(f, " at line {line} column {column}")?;
        }
        write_attempts(f, self.attempts)?;
        write_outcome_unknown(f, &self.method, self.outcome_unknown)
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
        write!(f, "failed after {} were done: {}", self.done, self.source)
    }
}

impl std::error::Error for PartialError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// An operation that failed, or of which a part was rejected.
#[derive(Clone)]
#[non_exhaustive]
pub struct OperationFailure {
    /// The operation's id.
    pub id: String,
    /// The service's own code, as text whatever it was on the wire.
    pub code: Option<String>,
    /// What the service says went wrong.
    pub message: String,
    /// What was rejected, where the service says so of parts, such as the icon of an update.
    pub rejected: Vec<RejectedPart>,
    /// What the operation gave all the same.
    pub(crate) response: Option<Arc<dyn Any + Send + Sync>>,
}

/// A part of an update that was rejected, and so was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RejectedPart {
    /// The fields, as the update mask names them: `icon`.
    pub field_mask: Option<String>,
    /// The service's own code, as text whatever it was on the wire.
    pub code: Option<String>,
    /// Why it was rejected.
    pub message: String,
}

impl OperationFailure {
    /// What the operation gave all the same, such as the [`Asset`](crate::Asset) of an update of which a part was
    /// rejected: the rest was changed. `None` when the operation failed as a whole.
    ///
    /// ```no_run
    /// use rblxopencloud::{Asset, Error};
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// match api_key.get_operation::<Asset>("id").wait() {
    ///     Err(Error::OperationFailed(failure)) if failure.response::<Asset>().is_some() => {
    ///         for part in &failure.rejected {
    ///             println!("{:?} was not changed: {}", part.field_mask, part.message);
    ///         }
    ///     }
    ///     other => println!("{}", other?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn response<T: Any>(&self) -> Option<&T> {
        self.response.as_ref()?.downcast_ref()
    }
}

impl PartialEq for OperationFailure {
    fn eq(&self, other: &Self) -> bool {
        let parts = |failure: &Self| (failure.rejected.clone(), failure.response.is_some());
        self.id == other.id
            && self.code == other.code
            && self.message == other.message
            && parts(self) == parts(other)
    }
}

impl Eq for OperationFailure {}

impl fmt::Debug for OperationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationFailure")
            .field("id", &self.id)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("rejected", &self.rejected)
            .field("has_response", &self.response.is_some())
            .finish()
    }
}

impl fmt::Display for OperationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.response.is_some() {
            "was done in part"
        } else {
            "failed"
        };
        match self.id.as_str() {
            "" => write!(f, "the operation {how}: ")?,
            id => write!(f, "operation {} {how}: ", Printable(id))?,
        }
        if let Some(code) = &self.code {
            write!(f, "{}: ", Printable(code))?;
        }
        write!(f, "{}", Printable(&self.message))
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
            Printable(&self.id),
            self.waited.as_secs_f64()
        )?;
        match &self.source {
            Some(source) => write!(f, "; the last poll failed: {source}"),
            None => Ok(()),
        }
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
    /// Whether an earlier attempt of the same call may have been carried out.
    pub(crate) outcome_unknown: bool,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.to_string();
        write!(
            f,
            "the file {:?} cannot be used: {}",
            self.name,
            Printable(&source)
        )?;
        if self.outcome_unknown {
            f.write_str("; the service may have acted on an earlier attempt")?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Where nothing was asked for but to read, this can be done again, and Display does not say it.
fn write_outcome_unknown(f: &mut fmt::Formatter<'_>, method: &str, unknown: bool) -> fmt::Result {
    let reads = ["GET", "HEAD", "OPTIONS"].contains(&method);
    f.write_str(if unknown && !reads {
        "; the service may have acted on it all the same"
    } else {
        ""
    })
}

fn write_attempts(f: &mut fmt::Formatter<'_>, attempts: u32) -> fmt::Result {
    if attempts > 1 {
        write!(f, " (after {attempts} attempts)")?;
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
}
