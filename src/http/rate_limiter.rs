//! [`RateLimiter`]: the state of each endpoint's rate limit, shared by the clones of a key.
//!
//! A call with [`RetryPolicy::rate_limited`] has a [`Permit`]. It acquires one request of the endpoint's limit
//! before each attempt, and records the headers of each response. The lock is held for arithmetic alone, never
//! while a request is sent or a thread sleeps.

mod endpoint;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, Method, StatusCode, Uri};

use super::{Client, Credential};
use crate::retry::RetryPolicy;
use endpoint::{Endpoint, Observed, Ticket, Time};

/// The most endpoints that are remembered; beyond it the one that was not used for longest is forgotten.
const MAX_ENDPOINTS: usize = 256;

/// The longest jitter, and what part of a wait it is at most.
const MAX_JITTER: Duration = Duration::from_secs(1);
const JITTER_PART: u32 = 10;

/// Collections whose next path segment is an id that does not look like one, such as a name.
const COLLECTIONS: [&str; 15] = [
    "creator-store-products",
    "data-stores",
    "experiments",
    "game-servers",
    "instances",
    "items",
    "join-requests",
    "memberships",
    "ordered-data-stores",
    "orderedDataStores",
    "queues",
    "scopes",
    "secrets",
    "sorted-maps",
    "topics",
];

pub(super) struct RateLimiter {
    start: Instant,
    random: RandomState,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How far sleeps that returned early have put the clock ahead of the system's.
    ahead: Duration,
    /// Counts the uses, for the least recently used endpoint and for jitter.
    uses: u64,
    endpoints: HashMap<u64, Endpoint>,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            random: RandomState::new(),
            state: Mutex::default(),
        }
    }
}

impl RateLimiter {
    /// Runs a sleep that replaces the system's. Afterwards the clock is where it would be after a real one, so
    /// a sleep that returns at once passes the reset. Concurrent sleeps count once.
    pub(super) fn sleeping(
        &self,
        pause: Duration,
        sleep: impl FnOnce() -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let end = self.now(&self.lock()).saturating_add(pause);
        sleep()?;
        let mut state = self.lock();
        state.ahead = state.ahead.max(end.saturating_sub(self.start.elapsed()));
        ControlFlow::Continue(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self, state: &State) -> Time {
        self.start.elapsed().saturating_add(state.ahead)
    }

    /// Runs `act` on the state of an endpoint.
    fn with<T>(&self, key: u64, act: impl FnOnce(&mut Endpoint, Time) -> T) -> T {
        let mut state = self.lock();
        let now = self.now(&state);
        state.uses += 1;
        let uses = state.uses;
        if state.endpoints.len() >= MAX_ENDPOINTS && !state.endpoints.contains_key(&key) {
            let oldest = state
                .endpoints
                .iter()
                .min_by_key(|(_, endpoint)| endpoint.used)
                .map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                state.endpoints.remove(&oldest);
            }
        }
        let endpoint = state.endpoints.entry(key).or_default();
        endpoint.used = uses;
        act(endpoint, now)
    }

    /// Returns a random part of `most`.
    fn jitter(&self, most: Duration, number: u64) -> Duration {
        let random = self.random.hash_one(number) >> 32;
        most.mul_f64(random as f64 / f64::from(u32::MAX))
    }

    /// Returns the key of an endpoint: a hash of the method, the host, the path without its ids, and the
    /// credential. It takes no allocation.
    fn key(&self, method: &Method, uri: &Uri, credential: Option<&Credential>) -> u64 {
        let mut hasher = self.random.build_hasher();
        method.hash(&mut hasher);
        uri.authority().hash(&mut hasher);
        credential.map(Credential::secret).hash(&mut hasher);
        for part in path_parts(uri.path()) {
            part.hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// Returns the segments of a path, each with its custom verb. Ids are `None`.
fn path_parts(path: &str) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    let mut before = "";
    // Only entries of data stores have names.
    let mut in_store = false;
    path.split('/').map(move |segment| {
        let verb = segment.rsplit_once(':').filter(|(_, verb)| {
            !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        let (name, verb) = match verb {
            Some((name, verb)) => (name, Some(verb)),
            None => (segment, None),
        };
        let is_named = COLLECTIONS.contains(&before) || (in_store && before == "entries");
        let is_id = is_named || looks_like_id(name);
        in_store |= ["data-stores", "ordered-data-stores", "orderedDataStores"].contains(&before);
        before = if is_id { "" } else { segment };
        ((!is_id).then_some(name), verb)
    })
}

/// Numbers, hashes, UUIDs and the like.
fn looks_like_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    (digits > 0 && digits == segment.len()) || (digits > 1 && segment.len() >= 16)
}

/// A call's share of the rate limit of its endpoint.
pub(super) struct Permit<'a> {
    client: &'a Client,
    policy: &'a RetryPolicy,
    /// The endpoint. `None` without [`RetryPolicy::rate_limited`]: then a permit does nothing.
    key: Option<u64>,
    /// The request in flight.
    ticket: Option<Ticket>,
    /// How long to wait, when the last response was a 429.
    known_wait: Option<Duration>,
}

impl Client {
    /// Returns the permit of a call. `credential` is the one that replaces the client's own.
    pub(super) fn permit<'a>(
        &'a self,
        policy: &'a RetryPolicy,
        method: &Method,
        uri: &Uri,
        credential: Option<&Credential>,
    ) -> Permit<'a> {
        let key = policy
            .is_rate_limited()
            .then(|| self.0.rate_limiter.key(method, uri, credential));
        Permit {
            client: self,
            policy,
            key,
            ticket: None,
            known_wait: None,
        }
    }
}

impl Permit<'_> {
    /// Waits until the endpoint has a request left. When that takes longer than the policy allows, it does not
    /// wait, and the service decides. `Break` has how long a wait that was stopped was to be.
    pub(super) fn acquire(&mut self) -> ControlFlow<Duration> {
        let Some(key) = self.key else {
            return ControlFlow::Continue(());
        };
        let max_wait = self.policy.longest_wait();
        self.known_wait = None;
        loop {
            let admitted = self.client.0.rate_limiter.with(key, |endpoint, now| {
                match endpoint.wait(now).filter(|wait| wait.left <= max_wait) {
                    Some(wait) => Err(wait),
                    None => Ok(endpoint.start(now)),
                }
            });
            match admitted {
                Ok(ticket) => {
                    self.ticket = Some(ticket);
                    return ControlFlow::Continue(());
                }
                Err(wait) => {
                    if self.sleep_at(key, wait.pause).is_break() {
                        return ControlFlow::Break(wait.left);
                    }
                }
            }
        }
    }

    /// Records a response.
    pub(super) fn record(&mut self, status: StatusCode, headers: &HeaderMap) {
        let (Some(key), Some(ticket)) = (self.key, self.ticket.take()) else {
            return;
        };
        let observed = Observed::read(status, headers);
        let unknown = self.policy.first_pause();
        self.known_wait = self.client.0.rate_limiter.with(key, |endpoint, now| {
            endpoint.record(ticket, observed, unknown, now)
        });
    }

    /// Records an attempt without a response; `sent` when the service may have counted it.
    pub(super) fn record_failure(&mut self, sent: bool) {
        if let (Some(key), Some(ticket)) = (self.key, self.ticket.take()) {
            let limiter = &self.client.0.rate_limiter;
            limiter.with(key, |endpoint, now| {
                endpoint.roll(now);
                endpoint.end(ticket, sent);
            });
        }
    }

    /// Returns how long to wait by all that is known, when the last response was a 429.
    pub(super) fn known_wait(&self) -> Option<Duration> {
        self.known_wait
    }

    /// Sleeps before another attempt, with jitter after a 429.
    pub(super) fn sleep(&self, pause: Duration) -> ControlFlow<()> {
        match (self.key, self.known_wait) {
            (Some(key), Some(_)) => self.sleep_at(key, pause),
            _ => self.client.sleep(pause),
        }
    }

    /// Sleeps before a request to an endpoint. All but the first of those who wait for it add jitter.
    fn sleep_at(&self, key: u64, pause: Duration) -> ControlFlow<()> {
        let limiter = &self.client.0.rate_limiter;
        let (others, number) = limiter.with(key, |endpoint, _| {
            endpoint.waiting += 1;
            (endpoint.waiting > 1, endpoint.used)
        });
        let jitter = if others {
            limiter.jitter(MAX_JITTER.min(pause / JITTER_PART), number)
        } else {
            Duration::ZERO
        };
        // `pause` is not over the longest wait.
        let pause = pause
            .saturating_add(jitter)
            .min(self.policy.longest_wait().max(pause));
        let flow = self.client.sleep(pause);
        limiter.with(key, |endpoint, _| {
            endpoint.waiting = endpoint.waiting.saturating_sub(1);
        });
        flow
    }
}

impl Drop for Permit<'_> {
    /// A request that ended with an error of the client itself may have been counted.
    fn drop(&mut self) {
        self.record_failure(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Duration::from_secs(seconds)
    }

    fn shown(path: &str) -> String {
        let parts = path_parts(path).map(|(name, verb)| {
            let verb = verb.map(|verb| format!(":{verb}")).unwrap_or_default();
            format!("{}{verb}", name.unwrap_or("*"))
        });
        parts.collect::<Vec<_>>().join("/")
    }

    #[test]
    fn an_endpoint_is_its_path_without_ids() {
        for (path, endpoint) in [
            ("/assets/v1/assets", "/assets/v1/assets"),
            ("/assets/v1/assets/123", "/assets/v1/assets/*"),
            (
                "/assets/v1/assets/123:archive",
                "/assets/v1/assets/*:archive",
            ),
            (
                "/assets/v1/assets/1/versions:rollback",
                "/assets/v1/assets/*/versions:rollback",
            ),
            (
                "/toolbox-service/v2/assets:search",
                "/toolbox-service/v2/assets:search",
            ),
            (
                "/cloud/v2/universes/1/data-stores/Coins/scopes/global/entries/user_1:increment",
                "/cloud/v2/universes/*/data-stores/*/scopes/*/entries/*:increment",
            ),
            // A data store may be called like a collection.
            (
                "/cloud/v2/universes/1/data-stores/entries/entries",
                "/cloud/v2/universes/*/data-stores/*/entries",
            ),
            (
                "/cloud/v2/universes/1/memory-store/queues/q/items:read",
                "/cloud/v2/universes/*/memory-store/queues/*/items:read",
            ),
            (
                "/cloud/v2/creator-store-products/CreatorMarketplaceAsset-Audio-7",
                "/cloud/v2/creator-store-products/*",
            ),
            ("/x/0f8fad5b-d9cb-469f-a165-70867728950e/y", "/x/*/y"),
            ("/x/deadbeefdeadbe12", "/x/*"),
            ("/v1/assets-thumbnail-3d", "/v1/assets-thumbnail-3d"),
            (
                "/tables/7/entries/translation-history",
                "/tables/*/entries/translation-history",
            ),
            ("/x/a:b:7", "/x/a:b:7"),
            (
                "/cloud/v2/universes/1/luau-execution-session-task-binary-inputs",
                "/cloud/v2/universes/*/luau-execution-session-task-binary-inputs",
            ),
            ("/", "/"),
        ] {
            assert_eq!(shown(path), endpoint);
        }
    }

    #[test]
    fn endpoints_differ_by_method_host_credential_and_verb() {
        let limiter = RateLimiter::default();
        let key = |method, uri: &str, credential: Option<&Credential>| {
            limiter.key(&method, &uri.parse().unwrap(), credential)
        };
        let first = key(Method::GET, "https://a.com/assets/1", None);
        assert_eq!(first, key(Method::GET, "https://a.com/assets/2?x=1", None));
        let other = Credential::api_key("other").unwrap();
        for another in [
            key(Method::PATCH, "https://a.com/assets/1", None),
            key(Method::GET, "https://b.com/assets/1", None),
            key(Method::GET, "https://a.com/assets/1:archive", None),
            key(Method::GET, "https://a.com/assets", None),
            key(Method::GET, "https://a.com/assets/1", Some(&other)),
            key(
                Method::GET,
                "https://a.com/assets/1",
                Some(&Credential::None),
            ),
        ] {
            assert_ne!(first, another);
        }
    }

    #[test]
    fn the_number_of_endpoints_is_bounded_and_the_oldest_is_forgotten() {
        let limiter = RateLimiter::default();
        for key in 0..1_000 {
            limiter.with(key, |endpoint, _| endpoint.waiting = 1);
            // One that is used all the time is kept.
            limiter.with(0, |_, _| ());
        }
        assert_eq!(limiter.lock().endpoints.len(), MAX_ENDPOINTS);
        for (key, waiting) in [(0, 1), (999, 1), (1, 0)] {
            assert_eq!(limiter.with(key, |endpoint, _| endpoint.waiting), waiting);
        }
    }

    #[test]
    fn sleeps_that_return_at_once_pass_time_once_when_side_by_side() {
        let limiter = RateLimiter::default();
        let now = || limiter.now(&limiter.lock());
        let inner = |_: ()| limiter.sleeping(at(3_600), || ControlFlow::Continue(()));
        let flow = limiter.sleeping(at(3_600), || inner(()));
        assert!(flow.is_continue());
        assert!((at(3_600)..at(7_200)).contains(&now()), "{:?}", now());
        // Nothing is known of how long a sleep was that was given up.
        let before = now();
        let flow = limiter.sleeping(at(36_000), || ControlFlow::Break(()));
        assert!(flow.is_break());
        assert!(now() < before + at(3_600));
        let flow = limiter.sleeping(Duration::MAX, || ControlFlow::Continue(()));
        assert!(flow.is_continue());
        assert_eq!(now(), Duration::MAX);
    }

    #[test]
    fn jitter_is_spread_and_bounded() {
        let limiter = RateLimiter::default();
        let jitters: Vec<_> = (0..100)
            .map(|number| limiter.jitter(at(1), number))
            .collect();
        assert!(jitters.iter().all(|jitter| *jitter <= at(1)));
        let late = jitters.iter().filter(|jitter| **jitter > at(1) / 2).count();
        assert!((10..90).contains(&late), "{late}");
    }
}
