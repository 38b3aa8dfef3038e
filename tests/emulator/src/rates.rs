//! Rate limits: requests a minute, by owner and endpoint, on a clock that can be put forward.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::lock;

#[derive(Debug)]
pub(crate) struct Rates {
    start: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// How far the clock was put forward.
    ahead: Duration,
    enforced: bool,
    period: Duration,
    lowered: HashMap<&'static str, u32>,
    windows: HashMap<(String, &'static str), Window>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    /// On the clock of [`Rates`].
    start: Duration,
    used: u32,
}

/// Where a request stands within its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Whole seconds, rounded up.
    pub(crate) reset: u64,
    pub(crate) period: u64,
    pub(crate) rejected: bool,
}

impl Rates {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            inner: Mutex::new(Inner {
                ahead: Duration::ZERO,
                enforced: false,
                period: Duration::from_secs(60),
                lowered: HashMap::new(),
                windows: HashMap::new(),
            }),
        }
    }

    /// The time since the start, and how far the clock was put forward.
    pub(crate) fn clock(&self) -> Duration {
        self.now(&lock(&self.inner))
    }

    pub(crate) fn advance_clock(&self, by: Duration) {
        let mut inner = lock(&self.inner);
        inner.ahead = inner.ahead.saturating_add(by);
    }

    fn now(&self, inner: &Inner) -> Duration {
        self.start.elapsed().saturating_add(inner.ahead)
    }

    pub(crate) fn enforce(&self, on: bool) {
        let mut inner = lock(&self.inner);
        inner.enforced = on;
        inner.windows.clear();
    }

    pub(crate) fn set_limit(&self, endpoint: &'static str, limit: u32) {
        let mut inner = lock(&self.inner);
        inner.lowered.insert(endpoint, limit);
        inner.windows.clear();
    }

    pub(crate) fn set_period(&self, period: Duration) {
        let mut inner = lock(&self.inner);
        inner.period = period;
        inner.windows.clear();
    }

    pub(crate) fn count(&self, owner: &str, endpoint: &'static str, documented: u32) -> Standing {
        let mut inner = lock(&self.inner);
        let now = self.now(&inner);
        let (period, enforced) = (inner.period, inner.enforced);
        let limit = *inner.lowered.get(endpoint).unwrap_or(&documented);
        let window = inner
            .windows
            .entry((owner.to_owned(), endpoint))
            .or_insert(Window {
                start: now,
                used: 0,
            });
        if now.saturating_sub(window.start) >= period {
            *window = Window {
                start: now,
                used: 0,
            };
        }
        let rejected = enforced && window.used >= limit;
        if !rejected {
            window.used = window.used.saturating_add(1);
        }
        let left = period.saturating_sub(now.saturating_sub(window.start));
        Standing {
            limit,
            remaining: limit.saturating_sub(window.used),
            reset: whole_seconds(left),
            period: whole_seconds(period),
            rejected,
        }
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}
