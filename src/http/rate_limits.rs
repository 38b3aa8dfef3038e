//! [`RateLimits`]: what responses said of each endpoint's rate limit, shared by the clones of a key.
//!
//! A request with [`RetryPolicy::rate_limited`] takes a [`Turn`]. Before each attempt it waits until the
//! endpoint has a request left; after each response it notes what the headers say. The lock is held for
//! arithmetic alone, never while a request is sent or a thread sleeps.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use ureq::http::header::{DATE, RETRY_AFTER};
use ureq::http::{HeaderMap, Method, StatusCode, Uri};

use super::{Client, Credential};
use crate::retry::{RateLimit, RetryPolicy, parse_retry_after};

/// The most endpoints that are remembered; beyond it the one that was not used for longest is forgotten.
const MAX_ENDPOINTS: usize = 256;

/// Headers count in whole seconds.
const SECOND: Duration = Duration::from_secs(1);

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

/// An instant on the clock of [`RateLimits`].
type Time = Duration;

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

/// A request under way.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    started: Time,
    generation: u64,
    /// What was known of the endpoint when it started.
    news: u64,
}

/// What the headers of a response say.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    rejected: bool,
    /// Whether the request was handled, as far as rate limits go.
    passed: bool,
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<Duration>,
    retry_after: Option<Duration>,
}

impl Said {
    fn read(status: StatusCode, headers: &HeaderMap) -> Self {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let rejected = status == StatusCode::TOO_MANY_REQUESTS;
        let retry_after = || {
            let value = header(RETRY_AFTER.as_str())?;
            parse_retry_after(value, header(DATE.as_str()), OffsetDateTime::now_utc())
        };
        Self {
            rejected,
            passed: !rejected && !status.is_server_error(),
            limit: RateLimit::parse_limit(header),
            remaining: RateLimit::parse_remaining(header),
            reset: RateLimit::parse_reset(header),
            retry_after: if rejected { retry_after() } else { None },
        }
    }
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wait {
    /// Until a request is certainly left.
    left: Duration,
    /// Until it is worth while to look again.
    pause: Duration,
}

/// What is known of one endpoint.
#[derive(Debug, Default)]
struct Endpoint {
    used: u64,
    waiting: u32,
    window: Option<Window>,
    /// By a 429.
    blocked_until: Time,
    /// The news that blocked it.
    blocked_by: u64,
    /// Requests of this generation that are under way.
    in_flight: u64,
    /// Counts the windows that were seen to end.
    generation: u64,
    /// Counts what was learned.
    news: u64,
}

/// A window of the rate limit.
#[derive(Debug)]
struct Window {
    /// No earlier than the end of the window before.
    begin: Time,
    end: Time,
    /// What the latest response said that the service sent. Requests under way are not taken off.
    remaining: u64,
    /// The news that it is from.
    set: u64,
    /// Requests in a whole window.
    capacity: u64,
    /// Length of a whole window, as far as it was seen.
    period: Duration,
    /// The window before has ended, and no response has spoken of this one yet.
    presumed: bool,
}

impl Endpoint {
    fn wait(&mut self, now: Time) -> Option<Wait> {
        self.roll(now);
        let blocked = self.blocked_until.saturating_sub(now);
        let mut left = Duration::ZERO;
        let mut pause = Duration::ZERO;
        if let Some(window) = &self.window {
            if window.remaining <= self.in_flight {
                left = window.end.saturating_sub(now);
                // Those under way may be counted already, so there may be more than is known.
                pause = if window.remaining > 0 {
                    left.min(SECOND)
                } else {
                    left
                };
            }
        }
        (left > Duration::ZERO || blocked > Duration::ZERO).then_some(Wait {
            left: left.max(blocked),
            pause: pause.max(blocked),
        })
    }

    fn start(&mut self, now: Time) -> Ticket {
        self.in_flight += 1;
        Ticket {
            started: now,
            generation: self.generation,
            news: self.news,
        }
    }

    fn end(&mut self, ticket: Ticket, counted: bool) {
        if ticket.generation == self.generation {
            self.in_flight = self.in_flight.saturating_sub(1);
            if let Some(window) = self.window.as_mut().filter(|_| counted) {
                window.remaining = window.remaining.saturating_sub(1);
            }
        }
    }

    /// Notes a response. Returns how long a 429 asks to wait; `unknown` is used where it does not say.
    fn learn(
        &mut self,
        ticket: Ticket,
        said: Said,
        unknown: Duration,
        now: Time,
    ) -> Option<Duration> {
        self.roll(now);
        match (said.remaining, said.reset) {
            (Some(remaining), Some(reset)) => {
                self.end(ticket, false);
                self.note(ticket, remaining, reset, said.limit, now);
            }
            _ => self.end(ticket, true),
        }
        if !said.rejected {
            if said.passed && ticket.news >= self.blocked_by {
                self.blocked_until = Time::ZERO;
            }
            return None;
        }
        let asked = said.retry_after.max(said.reset).unwrap_or_default();
        let is_old = self
            .window
            .as_ref()
            .is_some_and(|window| window.is_over_for(ticket, asked));
        if is_old {
            return Some(asked);
        }
        if asked.is_zero() {
            // A reset that is known holds all the same.
            if let Some(window) = self.window.as_mut().filter(|window| !window.presumed) {
                window.remaining = 0;
            }
        }
        let block = if asked.is_zero() { unknown } else { asked };
        self.news += 1;
        self.blocked_by = self.news;
        self.blocked_until = self.blocked_until.max(now.saturating_add(block));
        Some(self.wait(now).map_or(block, |wait| wait.left))
    }

    fn note(
        &mut self,
        ticket: Ticket,
        remaining: u64,
        reset: Duration,
        limit: Option<u64>,
        now: Time,
    ) {
        // The service counted the request at some time between its start and now.
        let earliest = ticket.started.saturating_add(reset);
        let latest = now.saturating_add(reset);
        let capacity = remaining.saturating_add(1).max(limit.unwrap_or_default());
        self.news += 1;
        let new = |begin| Window {
            begin,
            end: latest,
            remaining,
            set: self.news,
            capacity,
            period: reset,
            presumed: false,
        };
        match &mut self.window {
            None => self.window = Some(new(Time::ZERO)),
            Some(window) if window.is_over_for(ticket, reset) => {}
            Some(window) if window.presumed => *window = new(window.begin),
            Some(window) if earliest > window.end.saturating_add(window.tolerance()) => {
                *window = new(window.end.min(now));
            }
            Some(window) => {
                window.end = window.end.min(latest);
                window.capacity = window.capacity.max(capacity);
                window.period = window.period.max(reset);
                // Of two that were under way together the lower was counted later.
                if ticket.news >= window.set || remaining < window.remaining {
                    window.remaining = remaining;
                    window.set = self.news;
                }
            }
        }
    }

    /// Begins the next window when the last has ended.
    fn roll(&mut self, now: Time) {
        let Some(window) = self.window.as_mut().filter(|window| window.end <= now) else {
            return;
        };
        self.generation += 1;
        self.in_flight = 0;
        if window.period.is_zero() {
            self.window = None;
            return;
        }
        let over = now.saturating_sub(window.end).as_nanos() % window.period.as_nanos();
        let over = Duration::from_nanos(u64::try_from(over).unwrap_or(u64::MAX));
        self.news += 1;
        window.begin = now.saturating_sub(over);
        window.end = window.begin.saturating_add(window.period);
        window.remaining = window.capacity;
        window.set = self.news;
        window.presumed = true;
    }
}

impl Window {
    /// Windows whose ends differ by no more are the same.
    fn tolerance(&self) -> Duration {
        SECOND.min(self.period / 2)
    }

    /// Whether a response speaks of the window before: its request started in that one, and what it says
    /// ends with it.
    fn is_over_for(&self, ticket: Ticket, reset: Duration) -> bool {
        let end = ticket.started.saturating_add(reset);
        ticket.started < self.begin && end <= self.begin.saturating_add(self.tolerance())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Duration::from_secs(seconds)
    }

    fn said(remaining: u64, reset: u64) -> Said {
        Said {
            passed: true,
            limit: Some(10),
            remaining: Some(remaining),
            reset: Some(at(reset)),
            ..Said::default()
        }
    }

    fn pause(endpoint: &mut Endpoint, now: Time) -> Option<u64> {
        endpoint.wait(now).map(|wait| wait.pause.as_secs())
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
    fn requests_under_way_are_taken_off_what_remains() {
        let mut endpoint = Endpoint::default();
        let tickets: Vec<_> = (0..4).map(|_| endpoint.start(at(0))).collect();
        assert_eq!(pause(&mut endpoint, at(0)), None);
        // Two of the three under way may be counted already, or not.
        endpoint.learn(tickets[1], said(3, 60), SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(0)), Some(1));
        // It was counted before, so it changes nothing but what is under way.
        endpoint.learn(tickets[0], said(4, 60), SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(0)), None);
        endpoint.learn(tickets[3], said(1, 60), SECOND, at(0));
        endpoint.learn(tickets[2], said(2, 60), SECOND, at(0));
        let last = endpoint.start(at(1));
        assert_eq!(pause(&mut endpoint, at(1)), Some(1));
        endpoint.learn(last, said(0, 59), SECOND, at(1));
        assert_eq!(pause(&mut endpoint, at(1)), Some(59));
        assert_eq!(pause(&mut endpoint, at(60)), None);
    }

    #[test]
    fn a_request_without_a_response_counts_only_if_it_was_sent() {
        let mut endpoint = Endpoint::default();
        let ticket = endpoint.start(at(0));
        endpoint.learn(ticket, said(1, 60), SECOND, at(0));
        let unsent = endpoint.start(at(0));
        endpoint.end(unsent, false);
        assert_eq!(pause(&mut endpoint, at(0)), None);
        let sent = endpoint.start(at(0));
        endpoint.end(sent, true);
        assert_eq!(pause(&mut endpoint, at(0)), Some(60));
    }

    #[test]
    fn a_new_window_has_room_for_as_many_as_the_last() {
        let mut endpoint = Endpoint::default();
        let ticket = endpoint.start(at(0));
        let all_but = Said {
            limit: Some(2),
            ..said(0, 60)
        };
        endpoint.learn(ticket, all_but, SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(59)), Some(1));
        // Long after the end the windows have gone on as before.
        assert_eq!(pause(&mut endpoint, at(150)), None);
        let first = endpoint.start(at(150));
        let second = endpoint.start(at(150));
        assert_eq!(
            endpoint.wait(at(150)),
            Some(Wait {
                left: at(30),
                pause: SECOND
            })
        );
        endpoint.learn(first, said(1, 60), SECOND, at(150));
        endpoint.learn(second, said(0, 60), SECOND, at(150));
        assert_eq!(pause(&mut endpoint, at(180)), Some(30));
    }

    #[test]
    fn a_late_response_of_an_earlier_window_does_not_speak_of_the_next() {
        let mut endpoint = Endpoint::default();
        let first = endpoint.start(at(0));
        let slow = endpoint.start(at(30));
        let rejected = endpoint.start(at(50));
        endpoint.learn(first, said(5, 60), SECOND, at(0));
        // The window ends at 60; these come at 65, with what held when they were counted.
        assert_eq!(pause(&mut endpoint, at(65)), None);
        endpoint.learn(slow, said(0, 30), SECOND, at(65));
        let too_many = Said {
            rejected: true,
            passed: false,
            retry_after: Some(at(10)),
            ..said(0, 10)
        };
        endpoint.learn(rejected, too_many, SECOND, at(65));
        assert_eq!(pause(&mut endpoint, at(65)), None);
        // One that was counted in the new window does.
        let ticket = endpoint.start(at(65));
        endpoint.learn(ticket, said(0, 55), SECOND, at(65));
        assert_eq!(pause(&mut endpoint, at(65)), Some(55));
    }

    #[test]
    fn a_window_that_begins_early_is_seen() {
        let mut endpoint = Endpoint::default();
        let [one, two] = [endpoint.start(at(0)), endpoint.start(at(0))];
        endpoint.learn(one, said(1, 60), SECOND, at(0));
        endpoint.learn(two, said(0, 60), SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(20)), Some(40));
        // Somebody did not wait.
        let ticket = endpoint.start(at(20));
        endpoint.learn(ticket, said(9, 60), SECOND, at(20));
        assert_eq!(pause(&mut endpoint, at(20)), None);
        // A limit that refills bit by bit goes up without a new window.
        let ticket = endpoint.start(at(21));
        endpoint.learn(ticket, said(0, 59), SECOND, at(21));
        assert_eq!(pause(&mut endpoint, at(22)), Some(58));
        let ticket = endpoint.start(at(22));
        endpoint.learn(ticket, said(3, 58), SECOND, at(22));
        assert_eq!(pause(&mut endpoint, at(22)), None);
    }

    #[test]
    fn a_429_blocks_for_the_longest_that_is_known() {
        let too_many = |retry_after, reset| Said {
            rejected: true,
            retry_after,
            reset,
            ..Said::default()
        };
        for (retry_after, reset, asked) in [
            (Some(at(30)), None, 30),
            (Some(at(0)), Some(at(40)), 40),
            (Some(at(50)), Some(at(40)), 50),
            (None, Some(at(12)), 12),
            (Some(at(0)), None, 5),
            (None, None, 5),
        ] {
            let mut endpoint = Endpoint::default();
            let ticket = endpoint.start(at(0));
            let got = endpoint.learn(ticket, too_many(retry_after, reset), at(5), at(0));
            assert_eq!(got, Some(at(asked)));
            assert_eq!(pause(&mut endpoint, at(0)), Some(asked));
            assert_eq!(pause(&mut endpoint, at(asked)), None);
        }
        // What good responses told of a reset holds, where the 429 says nothing.
        let mut endpoint = Endpoint::default();
        let ticket = endpoint.start(at(0));
        endpoint.learn(ticket, said(5, 60), SECOND, at(0));
        let ticket = endpoint.start(at(20));
        let got = endpoint.learn(ticket, too_many(Some(at(0)), None), SECOND, at(20));
        assert_eq!(
            (got, pause(&mut endpoint, at(20))),
            (Some(at(40)), Some(40))
        );
    }

    #[test]
    fn a_response_that_passes_ends_a_block() {
        let mut endpoint = Endpoint::default();
        let [before, rejected] = [endpoint.start(at(0)), endpoint.start(at(0))];
        let year = Said {
            rejected: true,
            retry_after: Some(at(31_536_000)),
            ..Said::default()
        };
        endpoint.learn(rejected, year, SECOND, at(0));
        let passed = Said {
            passed: true,
            ..Said::default()
        };
        endpoint.learn(before, passed, SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(1)), Some(31_535_999));
        let after = endpoint.start(at(1));
        endpoint.learn(after, passed, SECOND, at(1));
        assert_eq!(pause(&mut endpoint, at(1)), None);
    }

    #[test]
    fn absurd_numbers_do_no_harm() {
        for (remaining, reset, limit) in [
            (0, 0, 0),
            (u64::MAX, u64::MAX, u64::MAX),
            (0, u64::MAX, 1),
            (1, 0, u64::MAX),
        ] {
            let mut endpoint = Endpoint::default();
            for now in [0, 1, 1_000_000, u64::MAX] {
                let ticket = endpoint.start(at(now));
                let absurd = Said {
                    limit: Some(limit),
                    ..said(remaining, reset)
                };
                endpoint.learn(ticket, absurd, SECOND, at(now));
                endpoint.wait(at(now));
            }
            assert_eq!(endpoint.wait(Duration::MAX), None);
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
            .map(|number| limits.jitter(SECOND, number))
            .collect();
        assert!(jitters.iter().all(|jitter| *jitter <= SECOND));
        let late = jitters
            .iter()
            .filter(|jitter| **jitter > SECOND / 2)
            .count();
        assert!((10..90).contains(&late), "{late}");
    }
}
