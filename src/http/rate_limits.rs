//! [`RateLimits`]: what responses said of each endpoint's rate limit, shared by the clones of a key.
//!
//! A request with [`RetryPolicy::rate_limited`] takes a [`Turn`]. Before each attempt it waits until the
//! endpoint has a request left; after each response it notes what the headers say. The lock is held for
//! arithmetic alone, never while a request is sent or a thread sleeps.

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
use endpoint::{Endpoint, Said, Ticket, Time};

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

pub(super) struct RateLimits {
    start: Instant,
    random: RandomState,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How far sleeps that returned early have put the clock ahead of the system's.
    ahead: Duration,
    /// Counts what was asked of it, for the least recently used endpoint, and for jitter.
    uses: u64,
    endpoints: HashMap<u64, Endpoint>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            random: RandomState::new(),
            state: Mutex::default(),
        }
    }
}

impl RateLimits {
    /// Runs a sleep that takes the place of the system's. Afterwards the clock is where it would be after a
    /// real one, so a sleep that returns at once makes a reset come at once. Sleeps side by side count once.
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

    /// Runs something on an endpoint's state.
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

    /// A part of `most`, at random.
    fn jitter(&self, most: Duration, number: u64) -> Duration {
        let random = self.random.hash_one(number) >> 32;
        most.mul_f64(random as f64 / f64::from(u32::MAX))
    }

    /// The key of an endpoint: by method, host, path without its ids, and whose limit it is.
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

/// The segments of a path, each with its custom verb. Ids are left out.
fn path_parts(path: &str) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    let mut before = "";
    // Entries of other things are not called by a name.
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

/// One call's way through the rate limit of its endpoint.
pub(super) struct Turn<'a> {
    client: &'a Client,
    policy: &'a RetryPolicy,
    /// Nothing without [`RetryPolicy::rate_limited`]: then it does nothing.
    key: Option<u64>,
    /// The request that is under way.
    ticket: Option<Ticket>,
    /// How long a 429 asks to wait.
    asked: Option<Duration>,
}

impl Client {
    /// The turn of a call; `credential` is what it has in place of the client's own.
    pub(super) fn turn<'a>(
        &'a self,
        policy: &'a RetryPolicy,
        method: &Method,
        uri: &Uri,
        credential: Option<&Credential>,
    ) -> Turn<'a> {
        let key = policy
            .is_rate_limited()
            .then(|| self.0.rate_limits.key(method, uri, credential));
        Turn {
            client: self,
            policy,
            key,
            ticket: None,
            asked: None,
        }
    }
}

impl Turn<'_> {
    /// Waits until the endpoint may have a request left, or the wait would be longer than the policy allows:
    /// then the service decides. `Break` has what was left of a wait that was stopped.
    pub(super) fn wait(&mut self) -> ControlFlow<Duration> {
        let Some(key) = self.key else {
            return ControlFlow::Continue(());
        };
        let max_wait = self.policy.longest_wait();
        self.asked = None;
        loop {
            let admitted = self.client.0.rate_limits.with(key, |endpoint, now| {
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

    /// Notes a response.
    pub(super) fn learn(&mut self, status: StatusCode, headers: &HeaderMap) {
        let (Some(key), Some(ticket)) = (self.key, self.ticket.take()) else {
            return;
        };
        let said = Said::read(status, headers);
        let unknown = self.policy.first_pause();
        self.asked = self.client.0.rate_limits.with(key, |endpoint, now| {
            endpoint.learn(ticket, said, unknown, now)
        });
    }

    /// Notes an attempt without a response; `sent` when the service may have counted it.
    pub(super) fn lose(&mut self, sent: bool) {
        if let (Some(key), Some(ticket)) = (self.key, self.ticket.take()) {
            let limits = &self.client.0.rate_limits;
            limits.with(key, |endpoint, now| {
                endpoint.roll(now);
                endpoint.end(ticket, sent);
            });
        }
    }

    /// How long the last response asks to wait, by all that is known, when it was a 429.
    pub(super) fn asked(&self) -> Option<Duration> {
        self.asked
    }

    /// Sleeps before another attempt, with jitter after a 429.
    pub(super) fn sleep(&self, pause: Duration) -> ControlFlow<()> {
        match (self.key, self.asked) {
            (Some(key), Some(_)) => self.sleep_at(key, pause),
            _ => self.client.sleep(pause),
        }
    }

    /// Sleeps with the others who wait for an endpoint. All but the first add jitter.
    fn sleep_at(&self, key: u64, pause: Duration) -> ControlFlow<()> {
        let limits = &self.client.0.rate_limits;
        let (others, number) = limits.with(key, |endpoint, _| {
            endpoint.waiting += 1;
            (endpoint.waiting > 1, endpoint.used)
        });
        let jitter = if others {
            limits.jitter(MAX_JITTER.min(pause / JITTER_PART), number)
        } else {
            Duration::ZERO
        };
        // `pause` is not over the longest wait.
        let pause = pause
            .saturating_add(jitter)
            .min(self.policy.longest_wait().max(pause));
        let flow = self.client.sleep(pause);
        limits.with(key, |endpoint, _| {
            endpoint.waiting = endpoint.waiting.saturating_sub(1);
        });
        flow
    }
}

impl Drop for Turn<'_> {
    /// A request that ended with an error of this side may have been counted.
    fn drop(&mut self) {
        self.lose(true);
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
        let limits = RateLimits::default();
        let key = |method, uri: &str, credential: Option<&Credential>| {
            limits.key(&method, &uri.parse().unwrap(), credential)
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
        let limits = RateLimits::default();
        for key in 0..1_000 {
            limits.with(key, |endpoint, _| endpoint.waiting = 1);
            // One that is used all the time is kept.
            limits.with(0, |_, _| ());
        }
        assert_eq!(limits.lock().endpoints.len(), MAX_ENDPOINTS);
        for (key, waiting) in [(0, 1), (999, 1), (1, 0)] {
            assert_eq!(limits.with(key, |endpoint, _| endpoint.waiting), waiting);
        }
    }

    #[test]
    fn sleeps_that_return_at_once_pass_time_once_when_side_by_side() {
        let limits = RateLimits::default();
        let now = || limits.now(&limits.lock());
        let inner = |_: ()| limits.sleeping(at(3_600), || ControlFlow::Continue(()));
        let flow = limits.sleeping(at(3_600), || inner(()));
        assert!(flow.is_continue());
        assert!((at(3_600)..at(7_200)).contains(&now()), "{:?}", now());
        // Nothing is known of how long a sleep was that was given up.
        let before = now();
        let flow = limits.sleeping(at(36_000), || ControlFlow::Break(()));
        assert!(flow.is_break());
        assert!(now() < before + at(3_600));
        let flow = limits.sleeping(Duration::MAX, || ControlFlow::Continue(()));
        assert!(flow.is_continue());
        assert_eq!(now(), Duration::MAX);
    }

    #[test]
    fn jitter_is_spread_and_bounded() {
        let limits = RateLimits::default();
        let jitters: Vec<_> = (0..100)
            .map(|number| limits.jitter(at(1), number))
            .collect();
        assert!(jitters.iter().all(|jitter| *jitter <= at(1)));
        let late = jitters.iter().filter(|jitter| **jitter > at(1) / 2).count();
        assert!((10..90).contains(&late), "{late}");
    }
}
