//! [`Operation`]: work that goes on after the request that began it.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{Error, ErrorBody, OperationFailure, OperationTimeout, Result};
use crate::http::{Client, Request, path_segment};
use crate::retry::{RateLimit, RetryPolicy};
use crate::wire::{ObjectOnly, objects};

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
    outcome: OnceLock<Result<T, OperationFailure>>,
    rate_limit: Mutex<Option<RateLimit>>,
}

/// What an [`Operation`] can give: an [`Asset`](crate::Asset). It cannot be implemented elsewhere.
pub trait OperationResponse: sealed::Polled {}

/// How an operation ended, if it has.
pub(crate) type Outcome<T> = Option<Result<T, OperationFailure>>;

pub(crate) mod sealed {
    use super::{Client, Outcome, RateLimit, Request, Result};

    #[allow(
        unnameable_types,
        reason = "a trait that cannot be named cannot be implemented elsewhere"
    )]
    pub trait Polled: Clone + Sized {
        /// Sends the request that asks for an operation's state. It is not generic, so that the decoding is
        /// compiled once, with this crate, and not again with each that uses it.
        #[doc(hidden)]
        fn poll(
            request: &Request,
            client: &Client,
            id: &str,
            told: &dyn Fn(Option<RateLimit>),
        ) -> Result<Outcome<Self>>;
    }
}

/// How [`Operation::wait_with`] waits. The defaults are the Python library's: 60 s in all, and as often
/// as the service's rate limit allows.
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

    /// The pause between polls (default 0 s). It becomes longer where the service's rate limit asks for
    /// that, so that the polls of a minute are never used up.
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

/// The pause where the service says nothing of its rate limit, which is 300 polls a minute.
const UNTOLD_PAUSE: Duration = Duration::from_millis(200);

impl<T: OperationResponse> Operation<T> {
    /// An operation that goes on, by its id or path.
    pub(crate) fn new(client: Client, id: &str) -> Self {
        Self {
            client,
            id: id
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned(),
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

    /// An operation as the request that began it answers.
    pub(crate) fn begun<W>(
        client: Client,
        wire: WireOperation<W>,
        read: Read<T, W>,
    ) -> Result<Self, &'static str> {
        let operation = Self::new(client, wire.path.as_deref().unwrap_or_default());
        let outcome = wire.outcome(&operation.client, &operation.id, read)?;
        if operation.id.is_empty() && outcome.is_none() {
            return Err("there is no operation in it");
        }
        operation.keep(outcome);
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

    /// Whether the operation is known to have ended, well or badly. Nothing is sent.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outcome.get().is_some()
    }

    /// What the latest answer said of a rate limit: that of uploads until the first poll, then that of polls.
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
    /// [`is_operation_failed`](Error::is_operation_failed) when it ended badly;
    /// [`is_not_found`](Error::is_not_found) when there is none with this id.
    pub fn fetch_status(&self) -> Result<Option<T>> {
        if let Some(outcome) = self.outcome.get() {
            return outcome.clone().map(Some).map_err(Error::operation_failed);
        }
        let id = path_segment(&self.id)?;
        let request = self
            .client
            .get(format!("assets/v1/operations/{id}"))
            .retry_policy(RetryPolicy::none());
        let told = |rate_limit| *self.seen_rate_limit() = rate_limit;
        self.keep(T::poll(&request, &self.client, &self.id, &told)?);
        let outcome = self.outcome.get().cloned();
        outcome.transpose().map_err(Error::operation_failed)
    }

    /// Waits until the operation is done, at most 60 s.
    ///
    /// # Errors
    ///
    /// As [`wait_with`](Self::wait_with).
    pub fn wait(&self) -> Result<T> {
        self.wait_with(&WaitOptions::new())
    }

    /// Waits until the operation is done. The first poll is made at once; one that is known to be done
    /// costs none. Rate limits, 5xx answers and broken connections are waited out until the timeout.
    ///
    /// # Errors
    ///
    /// [`is_operation_timeout`](Error::is_operation_timeout) when it still goes on after the timeout, with
    /// its id, so that nothing is lost; [`is_operation_failed`](Error::is_operation_failed) when it ended
    /// badly; otherwise as [`fetch_status`](Self::fetch_status).
    pub fn wait_with(&self, options: &WaitOptions) -> Result<T> {
        let start = Instant::now();
        // Counted beside the clock, for a sleep that was replaced by something quicker.
        let mut slept = Duration::ZERO;
        let mut interval = options.interval;
        let mut number = 0;
        loop {
            let (asked, least, last) = match self.fetch_status() {
                Ok(Some(value)) => return Ok(value),
                Ok(None) => {
                    let asked = self.rate_limit().and_then(|rate_limit| pace(&rate_limit));
                    (asked, asked.unwrap_or(UNTOLD_PAUSE), None)
                }
                Err(error) if passes(&error) => {
                    let asked = asked_by(&error);
                    let least = asked.unwrap_or_default().max(ERROR_PAUSE);
                    (asked, least, Some(error))
                }
                Err(error) => return Err(error),
            };
            number += 1;
            let waited = start.elapsed().max(slept);
            let left = options
                .timeout
                .map_or(Duration::MAX, |timeout| timeout.saturating_sub(waited));
            // The last poll is made at the timeout, unless the service asks to be left alone for longer.
            let is_last = left.is_zero() || asked.is_some_and(|asked| asked > left);
            let pause = if is_last {
                Duration::ZERO
            } else {
                interval.max(least).min(left)
            };
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
    let answer = error.api_error()?;
    answer
        .retry_after
        .or_else(|| pace(answer.rate_limit.as_ref()?))
}

/// The pause that spreads the polls that are left over the time they are for.
fn pace(rate_limit: &RateLimit) -> Option<Duration> {
    let remaining = u32::try_from(rate_limit.remaining?).unwrap_or(u32::MAX);
    Some(rate_limit.reset? / remaining.saturating_add(1))
}

/// Whether an error of a poll says nothing of the operation, and may be gone at the next.
fn passes(error: &Error) -> bool {
    let cut = matches!(error, Error::Transport(_)) && !error.is_tls();
    cut || error.is_rate_limited() || error.is_server_error()
}

impl<T> fmt::Debug for Operation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("id", &self.id)
            .field("is_done", &self.outcome.get().is_some())
            .finish_non_exhaustive()
    }
}

/// Makes what an operation gives of what its answer holds.
pub(crate) type Read<T, W> = fn(W, &Client) -> Result<T, &'static str>;

/// Sends the request that asks for an operation's state; `told` gets what an answer says of the rate limit.
pub(crate) fn poll<T, W: DeserializeOwned>(
    request: &Request,
    client: &Client,
    id: &str,
    told: &dyn Fn(Option<RateLimit>),
    read: Read<T, W>,
) -> Result<Outcome<T>> {
    let answer = request.answer().inspect_err(|error| {
        if let Some(answer) = error.api_error() {
            told(answer.rate_limit.clone());
        }
    })?;
    told(answer.rate_limit());
    let wire: WireOperation<W> = request.decode(&answer)?;
    wire.outcome(client, id, read)
        .map_err(|reason| request.unexpected(&answer, reason))
}

/// An operation on the wire.
#[derive(Deserialize)]
#[serde(remote = "Self", bound = "W: DeserializeOwned")]
pub(crate) struct WireOperation<W> {
    #[serde(default)]
    path: Option<String>,
    /// Absent from the guide's answer to an upload, which holds the path alone.
    #[serde(default)]
    done: Option<bool>,
    #[serde(default)]
    response: Option<W>,
    /// What the reference calls the failure.
    #[serde(default)]
    error: Option<WireStatus>,
    /// What the guide calls it.
    #[serde(default)]
    status: Option<WireStatus>,
}

#[derive(Deserialize)]
#[serde(remote = "Self")]
struct WireStatus {
    #[serde(default)]
    code: Option<Value>,
    #[serde(default)]
    message: Option<String>,
}

objects!(WireStatus);

impl<'de, W: DeserializeOwned> Deserialize<'de> for WireOperation<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(ObjectOnly(deserializer))
    }
}

impl<W> WireOperation<W> {
    fn outcome<T>(
        self,
        client: &Client,
        id: &str,
        read: Read<T, W>,
    ) -> Result<Outcome<T>, &'static str> {
        match self.done {
            Some(true) => {}
            None if self.path.is_none() => return Err("there is no operation in it"),
            _ => return Ok(None),
        }
        match (self.error.or(self.status), self.response) {
            (Some(status), _) => Ok(Some(Err(status.failure(client, id)))),
            (None, Some(response)) => Ok(Some(Ok(read(response, client)?))),
            (None, None) => Err("the operation is done, with neither a response nor an error"),
        }
    }
}

impl WireStatus {
    fn failure(self, client: &Client, id: &str) -> OperationFailure {
        let mut said = ErrorBody {
            code: self.code.and_then(|code| match code {
                Value::String(text) => Some(text),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            }),
            message: self.message,
            details: None,
        };
        if let Some(secret) = client.credential().secret() {
            said.redact(secret);
        }
        OperationFailure {
            id: id.to_owned(),
            code: said.code,
            message: said
                .message
                .unwrap_or_else(|| "the service gave no reason".to_owned()),
        }
    }
}
