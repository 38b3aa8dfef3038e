//! Operations: [`Operation`], work that goes on after the request that began it, and how to wait for it.
//!
//! ```no_run
//! use rblxopencloud::Asset;
//!
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let asset = api_key.get_operation::<Asset>("operation-id").wait()?;
//! println!("{asset}");
//! # Ok(())
//! # }
//! ```

use std::any::Any;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::de::{self, DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorBody, OperationFailure, OperationTimeout, RejectedPart, Result};
use crate::http::{Client, RawResponse, Request, path_segment};
use crate::json;
use crate::retry::{RateLimit, RetryPolicy};
use crate::wire::{List, Maybe, Readable, Text, objects, read_written};

/// Work that Roblox does in its own time, such as making an asset of an uploaded file.
///
/// Dropping an operation stops nothing. Keep its [`id`](Self::id) and
/// [`ApiKey::get_operation`](crate::ApiKey::get_operation) takes it up again, in another process too.
///
/// ```no_run
/// use rblxopencloud::{ApiKey, Asset, AssetFile, AssetType, Creator};
///
/// # fn main() -> rblxopencloud::Result<()> {
/// let api_key = ApiKey::new("your-api-key")?;
/// let operation = api_key
///     .get_user(287113233)
///     .upload_asset(AssetFile::open("crate.fbx")?, AssetType::Model, "Crate", "A wooden crate.")
///     .send()?;
/// println!("to go on with this later: {}", operation.id());
/// let asset: Asset = operation.wait()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "an operation goes on by itself, but `wait` says how it ended"]
pub struct Operation<T> {
    client: Client,
    id: String,
    /// What the operation is about, where the request that began it says so.
    known_id: Option<u64>,
    outcome: OnceLock<Result<T, OperationFailure>>,
    rate_limit: Mutex<Option<RateLimit>>,
}

/// What an [`Operation`] can give: an [`Asset`](crate::Asset). It cannot be implemented elsewhere.
pub trait OperationResponse: sealed::Polled {}

/// How an operation ended, if it has.
pub(crate) type Outcome<T> = Option<Result<T, OperationFailure>>;

pub(crate) mod sealed {
    use super::{Client, Finished, Result};

    #[allow(
        unnameable_types,
        reason = "a trait that cannot be named cannot be implemented elsewhere"
    )]
    pub trait Polled: Clone + Send + Sized + Sync + 'static {
        /// Decodes what a finished operation gives. It is not generic, so that the decoding is compiled once, with
        /// this crate, and not again with each that uses it.
        #[doc(hidden)]
        fn decode(finished: &Finished<'_>, client: &Client) -> Result<Self, String>;
    }
}

impl Finished<'_> {
    /// Reads the response, or says why it cannot be read.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        read_written(self.response.get()).map_err(|error| json::reason(&error).0)
    }
}

/// The response of a finished operation.
#[allow(unnameable_types, reason = "a sealed trait speaks of it")]
#[derive(Debug)]
pub struct Finished<'a> {
    pub(crate) response: &'a RawValue,
    /// What the operation was about, if that is known.
    pub(crate) known_id: Option<u64>,
}

/// How [`Operation::wait_with`] waits. The defaults are the Python library's: 60 s in all, and as often
/// as the service's rate limit allows, but never more often than 5 times a second.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::time::Duration;
/// use rblxopencloud::WaitOptions;
///
/// let options = WaitOptions::new()
///     .timeout(Duration::from_secs(300))
///     .interval(Duration::from_secs(1))
///     .on_poll(|poll| {
///         println!("asked {} times in {:?}", poll.number, poll.waited);
///         ControlFlow::Continue(())
///     });
/// ```
#[must_use = "options do nothing until they are given to `wait_with`"]
pub struct WaitOptions {
    timeout: Option<Duration>,
    interval: Duration,
    exponent: f64,
    max_interval: Duration,
    on_poll: Option<Box<OnPoll>>,
}

type OnPoll = dyn Fn(&Poll) -> ControlFlow<()> + Send + Sync;

/// A poll that did not find the operation done, as [`WaitOptions::on_poll`] sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Poll {
    /// Counted from 1.
    pub number: u32,
    /// How long the wait has been going on.
    pub waited: Duration,
    /// How long the pause before the next poll will be; zero when this was the last.
    pub pause: Duration,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl WaitOptions {
    /// 60 s in all; an interval of 0 s, times 1.3 after each poll, at most 10 s.
    pub const fn new() -> Self {
        Self {
            timeout: Some(Duration::from_secs(60)),
            interval: Duration::ZERO,
            exponent: 1.3,
            max_interval: Duration::from_secs(10),
            on_poll: None,
        }
    }

    /// How long to wait in all (default 60 s); `None` is for ever, zero is one poll.
    #[doc(alias = "timeout_seconds")]
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// The pause between polls (default 0 s). It is never shorter than 0.2 s, and becomes longer where the service's
    /// rate limit asks for that, so that the polls of a minute are never used up.
    #[doc(alias = "interval_seconds")]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// What the interval is multiplied by after each poll (default 1.3).
    #[doc(alias = "interval_exponent")]
    pub fn exponent(mut self, exponent: f64) -> Self {
        self.exponent = exponent;
        self
    }

    /// The longest that the interval can grow to (default 10 s). It does not shorten one that was longer
    /// from the start.
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    /// What to call after each poll that did not find the operation done, for a spinner. `Break` ends the
    /// wait, as the timeout does.
    pub fn on_poll(
        mut self,
        on_poll: impl Fn(&Poll) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_poll = Some(Box::new(on_poll));
        self
    }

    fn next_interval(&self, interval: Duration) -> Duration {
        let seconds = interval.as_secs_f64() * self.exponent.max(0.0);
        let longest = self.max_interval.max(self.interval);
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(longest)
            .min(longest)
    }
}

impl fmt::Debug for WaitOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitOptions")
            .field("timeout", &self.timeout)
            .field("interval", &self.interval)
            .field("exponent", &self.exponent)
            .field("max_interval", &self.max_interval)
            .finish_non_exhaustive()
    }
}

/// The shortest pause between polls. It is what the documented limit of 300 a minute comes to, and holds whatever a
/// service says of its limit: no header makes the crate poll without a pause.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

impl<T: OperationResponse> Operation<T> {
    /// An operation that goes on, by its id or path.
    pub(crate) fn new(client: Client, id: &str) -> Self {
        Self {
            client,
            id: last_segment(id).to_owned(),
            known_id: None,
            outcome: OnceLock::new(),
            rate_limit: Mutex::new(None),
        }
    }

    /// An operation that is done, as one that the request itself completed is.
    pub(crate) fn done(client: Client, value: T) -> Self {
        let operation = Self::new(client, "");
        operation.outcome.get_or_init(|| Ok(value));
        operation
    }

    /// An operation as the response to the request that started it has it. `error` is what that response says that
    /// failed, beside the operation.
    pub(crate) fn started(
        client: Client,
        request: &Request,
        response: &RawResponse,
        (wire, error): (WireOperation, Option<ErrorBody>),
        known_id: Option<u64>,
    ) -> Result<Self> {
        if wire.id().is_none() && wire.done.0.is_none() {
            // Without an operation, an error is one of the request.
            request.decode::<IgnoredAny>(response)?;
        }
        let id = wire.id().unwrap_or_default();
        // It is shown, and asked for in a URL.
        if request.is_secret_in(id) {
            return Err(request.unexpected(response, "the id of the operation in it holds the key"));
        }
        let mut operation = Self::new(client, id);
        operation.known_id = known_id;
        operation.keep(wire.outcome(&operation, request, response, error)?);
        if operation.id.is_empty() && !operation.is_done() {
            return Err(request.unexpected(response, "there is no operation in it"));
        }
        Ok(operation)
    }

    pub(crate) fn seen(self, rate_limit: Option<RateLimit>) -> Self {
        *self.seen_rate_limit() = rate_limit;
        self
    }

    fn seen_rate_limit(&self) -> MutexGuard<'_, Option<RateLimit>> {
        self.rate_limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The operation's id, for [`ApiKey::get_operation`](crate::ApiKey::get_operation). Empty when the
    /// request itself completed it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The operation's path, below `assets/v1/`. Empty where the id is.
    #[must_use]
    pub fn path(&self) -> String {
        if self.id.is_empty() {
            String::new()
        } else {
            format!("operations/{}", self.id)
        }
    }

    /// Whether the operation is known to have succeeded or failed. Nothing is sent.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outcome.get().is_some()
    }

    /// What the latest response said of a rate limit: that of uploads until the first poll, then that of polls.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.seen_rate_limit().clone()
    }

    /// Asks once, with exactly one request, whether the operation is done: `None` when it still goes on.
    /// Once it is known to be done, nothing is sent any more.
    ///
    /// Scope: `asset:read`. Rate limit: 300 requests a minute. Source:
    /// [`GET assets/v1/operations/{operationId}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// # Errors
    ///
    /// [`is_operation_failed`](Error::is_operation_failed) when it failed, or when a part of it was rejected;
    /// [`is_not_found`](Error::is_not_found) when there is none with this id, or none yet. Any other error leaves
    /// open how the operation ends: [`is_outcome_unknown`](Error::is_outcome_unknown).
    pub fn fetch_status(&self) -> Result<Option<T>> {
        self.status().map(|(value, _)| value)
    }

    /// What the operation gave, if it is done, and the pause before the next poll that the service wants.
    fn status(&self) -> Result<(Option<T>, Option<Duration>)> {
        let mut pause = None;
        if self.outcome.get().is_none() {
            let id = path_segment(&self.id)?;
            let polled = self.poll(&id).map_err(Error::with_outcome_unknown)?;
            self.keep(polled.0);
            pause = polled.1;
        }
        let outcome = self.outcome.get().cloned().transpose();
        let value = outcome.map_err(Error::operation_failed)?;
        Ok((value, pause))
    }

    /// Sends the request that asks for the operation's state.
    fn poll(&self, id: &str) -> Result<(Outcome<T>, Option<Duration>)> {
        let request = self
            .client
            .get(format!("assets/v1/operations/{id}"))
            .expected_status([200, 201, 202])
            .scopes(&["asset:read"])
            .retry_policy(RetryPolicy::none());
        let response = request.execute().inspect_err(|error| {
            if let Some(error) = error.api_error() {
                *self.seen_rate_limit() = error.rate_limit.clone();
            }
        })?;
        *self.seen_rate_limit() = response.rate_limit();
        let (wire, error) = WireOperation::decode(&request, &response)?;
        if !wire.speaks_of_an_operation() {
            request.decode::<IgnoredAny>(&response)?;
        }
        if wire.says_nothing() {
            return Err(request.says_nothing(&response, "there is no operation in it"));
        }
        let outcome = wire.outcome(self, &request, &response, error)?;
        let spread = self.rate_limit().and_then(|limit| backoff(&limit));
        Ok((outcome, spread.max(response.retry_after())))
    }

    /// Waits until the operation is done, at most 60 s.
    ///
    /// # Errors
    ///
    /// As [`wait_with`](Self::wait_with).
    pub fn wait(&self) -> Result<T> {
        self.wait_with(&WaitOptions::new())
    }

    /// Waits until the operation is done. The first poll is made at once, the last one at the timeout; an operation
    /// that is known to be done costs none.
    ///
    /// Polls that say nothing of the operation are waited out until the timeout: 429 and 5xx, however long a pause
    /// they ask for, broken connections, 404, 408, 425 and 499, and a good status with no body, no JSON or an empty object.
    ///
    /// # Errors
    ///
    /// [`is_operation_timeout`](Error::is_operation_timeout) when it is not done at the timeout, with its id, so that
    /// nothing is lost, and with the error of the last poll if that failed;
    /// [`is_operation_failed`](Error::is_operation_failed) when it failed, or when a part of it was rejected;
    /// otherwise as [`fetch_status`](Self::fetch_status).
    pub fn wait_with(&self, options: &WaitOptions) -> Result<T> {
        let start = Instant::now();
        // Counted beside the clock, for a sleep that was replaced by something quicker.
        let mut slept = Duration::ZERO;
        let mut interval = options.interval;
        let mut number = 0;
        // The last poll is made there, and no other after it.
        let mut is_at_the_timeout = false;
        loop {
            let (least, last) = match self.status() {
                Ok((Some(value), _)) => return Ok(value),
                Ok((None, pause)) => (pause, None),
                Err(error) if passes(&error) => {
                    let asked = asked_by(&error).unwrap_or_default();
                    (Some(asked.max(ERROR_PAUSE)), Some(error))
                }
                Err(error) => return Err(error),
            };
            number += 1;
            let waited = start.elapsed().max(slept);
            let left = options
                .timeout
                .map_or(Duration::MAX, |timeout| timeout.saturating_sub(waited));
            let is_last = left.is_zero() || is_at_the_timeout;
            let least = least.unwrap_or_default().max(SHORTEST_PAUSE);
            let pause = if is_last {
                Duration::ZERO
            } else {
                interval.max(least).min(left)
            };
            is_at_the_timeout = pause == left;
            let poll = Poll {
                number,
                waited,
                pause,
            };
            let stopped = options
                .on_poll
                .as_ref()
                .is_some_and(|on_poll| on_poll(&poll).is_break());
            if stopped || is_last || self.client.sleep(pause).is_break() {
                return Err(Error::OperationTimeout(Box::new(OperationTimeout {
                    id: self.id.clone(),
                    waited: start.elapsed().max(slept),
                    stopped: stopped || !is_last,
                    source: last,
                })));
            }
            slept = slept.saturating_add(pause);
            interval = options.next_interval(interval);
        }
    }

    fn keep(&self, outcome: Outcome<T>) {
        if let Some(outcome) = outcome {
            self.outcome.get_or_init(|| outcome);
        }
    }
}

/// The shortest pause after a poll that failed.
const ERROR_PAUSE: Duration = Duration::from_secs(1);

/// The pause that a failed poll asks for.
fn asked_by(error: &Error) -> Option<Duration> {
    let limit = error.api_error()?.rate_limit.as_ref();
    error.retry_after().max(limit.and_then(backoff))
}

/// The pause that spreads the polls that are left over the time they are for.
fn backoff(rate_limit: &RateLimit) -> Option<Duration> {
    let remaining = u32::try_from(rate_limit.remaining?).unwrap_or(u32::MAX);
    Some(rate_limit.reset? / remaining.saturating_add(1))
}

/// Whether an error of a poll says nothing of the operation, and may be gone at the next.
fn passes(error: &Error) -> bool {
    match error {
        Error::Transport(_) => !error.is_tls(),
        Error::Decode(error) => error.says_nothing,
        // Right after its start a service may not know of it yet.
        Error::NotFound(_) | Error::RateLimited(_) => true,
        Error::Http(error) => matches!(error.status, 203..=299 | 408 | 425 | 499..),
        _ => false,
    }
}

impl<T> fmt::Debug for Operation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("id", &self.id)
            .field("is_done", &self.outcome.get().is_some())
            .finish_non_exhaustive()
    }
}

objects!(WireOperation, WireMetadata);

/// An operation on the wire.
#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
pub(crate) struct WireOperation {
    path: Maybe<String>,
    operation_id: Maybe<Text>,
    /// Absent from the guide's response to an upload, which holds the path alone.
    done: Maybe<bool>,
    response: Option<Box<RawValue>>,
    /// What the reference calls the failure.
    error: Option<Box<RawValue>>,
    /// What the guide calls it.
    status: Option<Box<RawValue>>,
    metadata: Maybe<WireMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
struct WireMetadata {
    errors: Parts,
    error: Parts,
}

/// A list of parts that were rejected, or one of them alone.
#[derive(Default)]
struct Parts(Vec<WirePart>);

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = <&RawValue>::deserialize(deserializer)?.get();
        let parts = if written.starts_with('[') {
            serde_json::from_str(written).map(|List(parts)| parts)
        } else {
            serde_json::from_str(written).map(|Maybe(part)| part.into_iter().collect())
        };
        parts.map(Self).map_err(de::Error::custom)
    }
}

/// `{"error": {"code", "message"}, "fieldMask"}`, or any other shape of an error.
struct WirePart {
    field_mask: Option<String>,
    error: ErrorBody,
}

impl Readable for WirePart {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        #[derive(Deserialize)]
        struct Mask {
            #[serde(default, rename = "fieldMask")]
            field_mask: Maybe<String>,
        }
        let written = <&RawValue>::deserialize(deserializer)?;
        let mask = serde_json::from_str(written.get()).ok();
        let field_mask = mask.and_then(|Mask { field_mask }| field_mask.0);
        let error = ErrorBody::of_failure(written);
        Ok(error.map(|error| Self { field_mask, error }))
    }
}

fn last_segment(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or_default()
}

impl WireOperation {
    /// Decodes a response, and beside the operation what it says that failed.
    pub(crate) fn decode(
        request: &Request,
        response: &RawResponse,
    ) -> Result<(Self, Option<ErrorBody>)> {
        // In other responses only errors have these fields.
        request.decode_with_error(response, &["error", "status"])
    }

    /// The id, which some services give alone, and others at the end of a path. What cannot be asked for is none.
    fn id(&self) -> Option<&str> {
        let usable = |id: &&str| path_segment(id).is_ok();
        let path = self.path.0.as_deref().unwrap_or_default().trim();
        let of_path = Some(last_segment(path)).filter(usable);
        let of_path = of_path.filter(|id| !["operation", "operations"].contains(id));
        let id = self.operation_id.0.as_ref().map(|Text(id)| id.trim());
        let id = id.map(last_segment).filter(usable);
        if is_operation_path(path) {
            of_path.or(id)
        } else {
            id.or(of_path)
        }
    }

    fn has_response(&self) -> bool {
        self.response
            .as_ref()
            .is_some_and(|response| response.get() != "null")
    }

    fn says_nothing(&self) -> bool {
        !self.speaks_of_an_operation() && self.failure().is_none() && self.parts().next().is_none()
    }

    /// Without that, what says that something failed may be of the request.
    fn speaks_of_an_operation(&self) -> bool {
        self.id().is_some() || self.done.0.is_some() || self.has_response() || self.error.is_some()
    }

    /// Whether it is an operation, and not the metadata that an update changed.
    pub(crate) fn is_operation(&self) -> bool {
        self.path.0.as_deref().is_some_and(is_operation_path)
            || self.operation_id.0.is_some()
            || self.done.0.is_some()
            || self.has_response()
            || self.failure().is_some()
            || self.parts().next().is_some()
    }

    fn failure(&self) -> Option<ErrorBody> {
        let error = self.error.as_deref().and_then(ErrorBody::of_failure);
        let status = || ErrorBody::of_status(self.status.as_deref()?);
        // That of success is no failure, unless it is all that there is, with a message.
        let is_failure = |body: &ErrorBody| {
            !body.has_code_of_success() || (body.message.is_some() && !self.has_response())
        };
        error
            .filter(is_failure)
            .or_else(|| status().filter(is_failure))
    }

    fn parts(&self) -> impl Iterator<Item = &WirePart> + '_ {
        let metadata = self.metadata.0.iter();
        metadata.flat_map(|metadata| metadata.errors.0.iter().chain(&metadata.error.0))
    }

    /// Whether there is an empty error and nothing else, which says that it failed all the same.
    fn has_only_an_empty_error(&self) -> bool {
        let is_object = |status: &RawValue| status.get().starts_with('{');
        self.done.0 == Some(true)
            && !self.has_response()
            && self.parts().next().is_none()
            && (self.error.is_some() || self.status.as_deref().is_some_and(is_object))
    }

    /// How the operation ended, if it has. `error` is what the response says that failed, beside it.
    fn outcome<T: OperationResponse>(
        &self,
        operation: &Operation<T>,
        request: &Request,
        response: &RawResponse,
        error: Option<ErrorBody>,
    ) -> Result<Outcome<T>> {
        let is_done = match self.done.0 {
            Some(done) => done,
            None => self.has_response(),
        };
        let error = match error {
            Some(error) if !is_done => return Err(request.rejection(response, error)),
            error => error,
        };
        let finished = self.response.as_deref().filter(|_| self.has_response());
        let finished = finished.map(|response| Finished {
            response,
            known_id: operation.known_id,
        });
        let within = finished
            .as_ref()
            .and_then(|finished| request.error_within(finished.response));
        let is_error_alone = within.as_ref().is_some_and(|within| within.is_alone);
        let value = match &finished {
            Some(finished) if is_done && !is_error_alone => {
                Some(T::decode(finished, &operation.client))
            }
            _ => None,
        };
        let rejected: Vec<_> = self
            .parts()
            .map(|part| {
                let message = part.error.message.as_deref().unwrap_or(NO_REASON);
                RejectedPart {
                    field_mask: part.field_mask.as_deref().map(|mask| request.shown(mask)),
                    code: part.error.code.as_deref().map(|code| request.shown(code)),
                    message: request.shown_message(message),
                }
            })
            .collect();
        let failure = error
            .or_else(|| self.failure())
            .or_else(|| self.has_only_an_empty_error().then(ErrorBody::default))
            .or_else(|| within.map(|within| within.body))
            .or_else(|| reasons(&rejected));
        if let Some(body) = failure {
            let value = value.and_then(Result::ok);
            let message = body.message.as_deref().unwrap_or(NO_REASON);
            return Ok(Some(Err(OperationFailure {
                id: request.shown(&operation.id),
                code: body.code.as_deref().map(|code| request.shown(code)),
                message: request.shown_message(message),
                rejected,
                response: value.map(|value| Arc::new(value) as Arc<dyn Any + Send + Sync>),
            })));
        }
        // An upload's response may be all that ever tells the id.
        let unexpected = |reason: &str| {
            let id = request.shown(&operation.id);
            let reason = match id.as_str() {
                "" => reason.to_owned(),
                id => format!("{reason}; the operation's id is {id}"),
            };
            request.unexpected(response, &reason)
        };
        match value {
            Some(Ok(value)) => Ok(Some(Ok(value))),
            Some(Err(reason)) => Err(unexpected(&reason)),
            None if is_done => Err(unexpected(
                "the operation is done, with neither a response nor an error",
            )),
            None => Ok(None),
        }
    }
}

fn is_operation_path(path: &str) -> bool {
    path.split('/')
        .any(|segment| ["operation", "operations"].contains(&segment.trim()))
}

/// Why the parts were rejected, in one sentence.
fn reasons(rejected: &[RejectedPart]) -> Option<ErrorBody> {
    let reasons = rejected.iter().map(|part| match &part.field_mask {
        Some(mask) => format!("{mask} was rejected: {}", part.message),
        None => part.message.clone(),
    });
    let message = reasons.collect::<Vec<_>>().join("; ");
    (!rejected.is_empty()).then(|| ErrorBody {
        message: Some(message),
        ..ErrorBody::default()
    })
}

const NO_REASON: &str = "the service gave no reason";
