//! Retries: [`RetryPolicy`], and what responses say of rate limits.
//!
//! ```
//! use rblxopencloud::{ApiKey, RetryPolicy};
//!
//! # fn main() -> rblxopencloud::Result<()> {
//! let patient = RetryPolicy::new().max_attempts(5).rate_limited(true);
//! let api_key = ApiKey::builder("your-api-key").retry_policy(patient).build()?;
//! # Ok(())
//! # }
//! ```

mod headers;

use std::time::Duration;

pub(crate) use headers::retry_after;
pub use headers::{RateLimit, RateLimitWindow};

/// How often and how patiently a failed request is sent again.
///
/// The defaults are those of the Python library: 2 retries, after 1 second and then 2. Whether a failure is retried
/// depends on what it would mean to send the call twice:
///
/// | failure | idempotent | server errors | not after doubt | upload |
/// | --- | --- | --- | --- | --- |
/// | no connection | yes | yes | yes | yes |
/// | a certificate that is not trusted | no | no | no | no |
/// | 503 | yes | yes | no | yes |
/// | any other 5xx | yes | yes | no | no |
/// | 429, with [`rate_limited(true)`](Self::rate_limited) | yes | yes | yes | yes |
/// | a connection that broke after something was sent | yes | no | no | no |
/// | no progress within the timeout, after something was sent | no | no | no | no |
/// | any other status, a body that cannot be understood | no | no | no | no |
///
/// *Idempotent* are reads, and the calls that do the same when sent twice, such as archiving, granting and removing.
/// *Server errors* are saving an asset, and [`send_request`](crate::send_request) with a method that is not
/// idempotent by HTTP. *Not after doubt* are rollbacks and new products. An *upload* has a file; one with a policy of
/// its own is retried as *server errors* are.
///
/// The pause is never shorter than the service's `retry-after`.
///
/// ```
/// use std::time::Duration;
/// use rblxopencloud::RetryPolicy;
///
/// let patient = RetryPolicy::new()
///     .max_attempts(5)
///     .interval(Duration::from_millis(500))
///     .rate_limited(true);
/// assert_ne!(patient, RetryPolicy::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    interval: Duration,
    exponent: f64,
    rate_limited: bool,
    max_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl RetryPolicy {
    /// 2 more attempts, after 1 s and 2 s; 429 is an error; no single wait over 2 minutes.
    pub const fn new() -> Self {
        Self {
            max_attempts: 2,
            interval: Duration::from_secs(1),
            exponent: 2.0,
            rate_limited: false,
            max_wait: Duration::from_secs(120),
        }
    }

    /// Every request is sent once.
    pub const fn none() -> Self {
        Self::new().max_attempts(0)
    }

    /// How many times a failed request is sent again (default 2).
    #[doc(alias = "retry_max_attempts")]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The pause before the first retry (default 1 s).
    #[doc(alias = "retry_interval_seconds")]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// What each pause is multiplied by to give the next (default 2). Anything below 0, or not a
    /// number, counts as 0.
    #[doc(alias = "retry_interval_exponent")]
    pub const fn exponent(mut self, exponent: f64) -> Self {
        self.exponent = exponent;
        self
    }

    /// Sets whether rate limits are waited for (default no).
    ///
    /// A 429 is then retried, within [`max_attempts`](Self::max_attempts). The wait is the longer of
    /// `retry-after` and `x-ratelimit-reset`, or the usual pause when the response has neither.
    ///
    /// The clones of a key also share what any response says of an endpoint's limit. When none of its
    /// requests are left, a call waits for the reset before it sends anything. So many threads together
    /// send as many requests as the limit allows, and few are rejected. These waits do not count as
    /// attempts. When several threads wait, they start again spread over up to a second.
    pub const fn rate_limited(mut self, wait: bool) -> Self {
        self.rate_limited = wait;
        self
    }

    /// Sets the longest single wait (default 2 minutes). When the service asks for a longer one, its
    /// response is returned as the error at once. When a rate limit is known to be used up for longer, the
    /// request is sent without a wait, and the service decides.
    pub const fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    pub(crate) const fn is_rate_limited(&self) -> bool {
        self.rate_limited
    }

    pub(crate) const fn longest_wait(&self) -> Duration {
        self.max_wait
    }

    /// The pause where a 429 does not say how long to wait.
    pub(crate) fn first_pause(&self) -> Duration {
        self.backoff(1)
    }

    /// The pause after the `attempt`th attempt, counted from 1.
    fn backoff(&self, attempt: u32) -> Duration {
        // Not `powf`, which would have every program load the mathematical library.
        let power = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let factor = self.exponent.max(0.0).powi(power);
        let seconds = self.interval.as_secs_f64() * factor;
        if seconds < self.max_wait.as_secs_f64() {
            Duration::try_from_secs_f64(seconds).unwrap_or_default()
        } else if self.interval.is_zero() {
            Duration::ZERO
        } else {
            self.max_wait
        }
    }
}

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing reached the service.
    NotSent,
    /// Nothing reached the service, and a retry would end the same: a certificate that is not trusted.
    NotSentForGood,
    /// The connection broke after the request, or a part of it, was sent.
    Cut,
    /// No progress within the timeout, after the request, or a part of it, was sent.
    Stalled,
    /// An unexpected status.
    Status(u16),
}

/// What it would mean for a request to arrive twice, and so when it is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetrySafety {
    /// The same as once: it is sent again after any failure that may pass.
    Idempotent,
    /// Possibly something twice, but it is sent again after a failure to connect and after 5xx, as in Python.
    ServerErrors,
    /// Something done twice, which costs quota, money or progress: only when it certainly was not acted on, which is
    /// after a failure to connect, and after 429.
    NotAfterDoubt,
    /// An upload: the same, but that 503 is certain, too. The service has been seen to say it before it acts.
    Upload,
}

impl Failure {
    /// Whether the service may have acted on the request all the same.
    pub(crate) fn leaves_doubt(self, safety: RetrySafety) -> bool {
        match self {
            Self::NotSent | Self::NotSentForGood => false,
            Self::Cut | Self::Stalled => true,
            // Of these redirects the first kinds are also given after acting.
            Self::Status(304 | 307 | 308) => false,
            Self::Status(503) => safety != RetrySafety::Upload,
            // 499 is what a service calls a request that was cancelled.
            Self::Status(status) => !(400..=498).contains(&status),
        }
    }
}

/// Whether to retry, and after which pause. `attempt` counts the attempts made, `asked` is what the
/// response's headers ask for.
pub(crate) fn verdict(
    policy: &RetryPolicy,
    failure: Failure,
    safety: RetrySafety,
    attempt: u32,
    asked: Option<Duration>,
) -> Option<Duration> {
    let again = match failure {
        Failure::NotSent => true,
        Failure::NotSentForGood | Failure::Stalled => false,
        Failure::Cut => safety == RetrySafety::Idempotent,
        Failure::Status(429) => policy.rate_limited,
        Failure::Status(503) => safety != RetrySafety::NotAfterDoubt,
        Failure::Status(500..=599) => {
            matches!(safety, RetrySafety::Idempotent | RetrySafety::ServerErrors)
        }
        Failure::Status(_) => false,
    };
    if !again || attempt > policy.max_attempts {
        return None;
    }
    let pause = policy.backoff(attempt).max(asked.unwrap_or_default());
    (pause <= policy.max_wait).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_defaults_are_pythons() {
        let policy = RetryPolicy::default();
        let pause = |attempt| {
            verdict(
                &policy,
                Failure::Status(500),
                RetrySafety::ServerErrors,
                attempt,
                None,
            )
        };
        assert_eq!(pause(1), Some(SECOND));
        assert_eq!(pause(2), Some(2 * SECOND));
        assert_eq!(pause(3), None);
    }

    #[test]
    fn each_failure_has_its_verdict() {
        use Failure::{Cut, NotSent, NotSentForGood, Stalled, Status};
        use RetrySafety::{Idempotent, NotAfterDoubt, ServerErrors, Upload};
        for (failure, expected) in [
            (NotSent, [true, true, true, true]),
            (NotSentForGood, [false, false, false, false]),
            (Cut, [true, false, false, false]),
            (Stalled, [false, false, false, false]),
            (Status(500), [true, true, false, false]),
            (Status(502), [true, true, false, false]),
            (Status(503), [true, true, false, true]),
            (Status(429), [false, false, false, false]),
            (Status(400), [false, false, false, false]),
            (Status(302), [false, false, false, false]),
        ] {
            for (safety, again) in [Idempotent, ServerErrors, NotAfterDoubt, Upload]
                .into_iter()
                .zip(expected)
            {
                let verdict = verdict(&RetryPolicy::new(), failure, safety, 1, None);
                assert_eq!(verdict.is_some(), again, "{failure:?} {safety:?}");
                let patient = RetryPolicy::new().rate_limited(true);
                let retried = super::verdict(&patient, failure, safety, 1, None).is_some();
                let doubt = failure.leaves_doubt(safety);
                let is_careful = matches!(safety, NotAfterDoubt | Upload);
                assert!(!(is_careful && retried && doubt), "{failure:?} {safety:?}");
            }
        }
    }

    #[test]
    fn only_what_is_certain_leaves_no_doubt() {
        use Failure::{Cut, NotSent, NotSentForGood, Stalled, Status};
        let leaves_doubt = |failure: Failure| failure.leaves_doubt(RetrySafety::ServerErrors);
        for certain in [
            NotSent,
            NotSentForGood,
            Status(304),
            Status(307),
            Status(308),
        ] {
            assert!(!leaves_doubt(certain), "{certain:?}");
        }
        for status in (400..=498).filter(|status| *status != 499) {
            assert!(!leaves_doubt(Status(status)), "{status}");
        }
        for doubtful in [Cut, Stalled].into_iter().chain(
            [
                200, 204, 206, 301, 302, 303, 499, 500, 501, 502, 503, 504, 599,
            ]
            .map(Status),
        ) {
            assert!(leaves_doubt(doubtful), "{doubtful:?}");
        }
        assert!(!Status(503).leaves_doubt(RetrySafety::Upload));
    }

    #[test]
    fn a_rate_limit_is_waited_for_only_when_asked_and_not_for_ever() {
        let patient = RetryPolicy::new().rate_limited(true);
        let pause = |asked| {
            verdict(
                &patient,
                Failure::Status(429),
                RetrySafety::NotAfterDoubt,
                1,
                asked,
            )
        };
        assert_eq!(pause(None), Some(SECOND));
        assert_eq!(pause(Some(30 * SECOND)), Some(30 * SECOND));
        assert_eq!(pause(Some(Duration::from_secs(31_536_000))), None);
    }

    #[test]
    fn absurd_policies_give_no_absurd_pauses() {
        for (exponent, interval, attempt) in [
            (f64::NAN, SECOND, 2),
            (-1.0, SECOND, 2),
            (f64::INFINITY, SECOND, 2),
            (1e300, SECOND, 1_000),
            (2.0, Duration::MAX, 3),
            (f64::INFINITY, Duration::ZERO, 3),
        ] {
            let policy = RetryPolicy::new().interval(interval).exponent(exponent);
            assert!(
                policy.backoff(attempt) <= policy.max_wait,
                "{exponent} {interval:?}"
            );
        }
        assert_eq!(RetryPolicy::none().backoff(1), SECOND);
    }
}
