//! [`Endpoint`]: the state machine of one endpoint's rate limit. It has no clock of its own.

use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode};

use crate::http::exchange::wait_asked_for;
use crate::retry::RateLimit;

/// Headers count in whole seconds.
const SECOND: Duration = Duration::from_secs(1);

/// A time since some start.
pub(super) type Time = Duration;

/// A request in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    started: Time,
    generation: u64,
    /// The endpoint's version when it started.
    version: u64,
}

/// What the headers of a response tell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Observed {
    rejected: bool,
    /// Neither rejected nor failed on the service's side.
    passed: bool,
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<Duration>,
    retry_after: Option<Duration>,
}

impl Observed {
    pub(super) fn read(status: StatusCode, headers: &HeaderMap) -> Self {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let rejected = status == StatusCode::TOO_MANY_REQUESTS;
        Self {
            rejected,
            passed: !rejected && !status.is_server_error(),
            limit: RateLimit::parse_limit(header),
            remaining: RateLimit::parse_remaining(header),
            reset: RateLimit::parse_reset(header),
            retry_after: wait_asked_for(headers).filter(|_| rejected),
        }
    }
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    /// Until a request is certainly left.
    pub(super) left: Duration,
    /// Until it is worthwhile to check again.
    pub(super) pause: Duration,
}

/// What is known of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Endpoint {
    pub(super) used: u64,
    pub(super) waiting: u32,
    window: Option<Window>,
    /// The end of the wait that a 429 asked for.
    blocked_until: Time,
    /// The version when it was set.
    blocked_as_of: u64,
    /// Requests in flight that were started in this generation.
    in_flight: u64,
    /// Counts the windows that have ended.
    generation: u64,
    /// Counts the responses that changed the state.
    version: u64,
    /// What is added to a reset: one second where the service rounds down.
    slack: Duration,
}

/// A window of the rate limit.
#[derive(Debug)]
struct Window {
    /// No earlier than the end of the window before.
    begin: Time,
    end: Time,
    /// What the latest response by the service's own order said. Requests in flight are not subtracted.
    remaining: u64,
    /// The version when `remaining` was set.
    as_of: u64,
    /// Requests in a full window.
    capacity: u64,
    /// The longest reset seen, which is the length of a window.
    period: Duration,
    /// No response has told of this window yet; it follows from the one before.
    presumed: bool,
}

impl Endpoint {
    pub(super) fn wait(&mut self, now: Time) -> Option<Wait> {
        self.roll(now);
        let blocked = self.blocked_until.saturating_sub(now);
        let mut left = Duration::ZERO;
        let mut pause = Duration::ZERO;
        if let Some(window) = &self.window {
            if window.remaining <= self.in_flight {
                left = window.end.saturating_sub(now);
                // Those in flight may be counted already, so more may be left than is known.
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

    pub(super) fn start(&mut self, now: Time) -> Ticket {
        self.in_flight += 1;
        Ticket {
            started: now,
            generation: self.generation,
            version: self.version,
        }
    }

    pub(super) fn end(&mut self, ticket: Ticket, counted: bool) {
        if ticket.generation == self.generation {
            self.in_flight = self.in_flight.saturating_sub(1);
            if let Some(window) = self.window.as_mut().filter(|_| counted) {
                window.remaining = window.remaining.saturating_sub(1);
            }
        }
    }

    /// Records a response. Returns how long to wait after a 429; where nothing is known others wait for `unknown`.
    pub(super) fn record(
        &mut self,
        ticket: Ticket,
        observed: Observed,
        unknown: Duration,
        now: Time,
    ) -> Option<Duration> {
        self.roll(now);
        if observed.rejected && observed.reset.is_some_and(|reset| reset <= SECOND) {
            let window = self.window.as_ref().filter(|window| window.presumed);
            if window.is_some_and(|window| ticket.started >= window.begin) {
                // The window before has not ended at its reset.
                self.slack = SECOND;
            }
        }
        match (observed.remaining, observed.reset) {
            (Some(remaining), Some(reset)) => {
                self.end(ticket, false);
                self.update(ticket, remaining, reset, observed.limit, now);
            }
            _ => self.end(ticket, true),
        }
        if !observed.rejected {
            if observed.passed && ticket.version >= self.blocked_as_of {
                self.blocked_until = Time::ZERO;
            }
            return None;
        }
        let known_wait = observed.retry_after.max(observed.reset).unwrap_or_default();
        let is_old = self
            .window
            .as_ref()
            .is_some_and(|window| window.is_over_for(ticket, known_wait));
        if is_old {
            return Some(known_wait);
        }
        // With requests left it was another limit, such as a quota, and the reset is not that one's.
        let block = if observed.remaining.is_some_and(|remaining| remaining > 0) {
            observed.retry_after.unwrap_or_default()
        } else if known_wait.is_zero() {
            // A known reset still holds.
            if let Some(window) = self.window.as_mut().filter(|window| !window.presumed) {
                window.remaining = 0;
            }
            unknown
        } else {
            known_wait
        };
        self.version += 1;
        self.blocked_as_of = self.version;
        self.blocked_until = self.blocked_until.max(now.saturating_add(block));
        let left = self.wait(now).map_or(Duration::ZERO, |wait| wait.left);
        Some(left.max(known_wait))
    }

    fn update(
        &mut self,
        ticket: Ticket,
        remaining: u64,
        reset: Duration,
        limit: Option<u64>,
        now: Time,
    ) {
        // The service counted the request at some time between its start and now.
        let earliest = ticket.started.saturating_add(reset);
        let latest = now.saturating_add(reset).saturating_add(self.slack);
        let capacity = remaining.saturating_add(1).max(limit.unwrap_or_default());
        self.version += 1;
        let new = |begin| Window {
            begin,
            end: latest,
            remaining,
            as_of: self.version,
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
                // Of two concurrent requests, the one with the lower number was counted later.
                if ticket.version >= window.as_of || remaining < window.remaining {
                    window.remaining = remaining;
                    window.as_of = self.version;
                }
            }
        }
    }

    /// Starts the next window when the last has ended.
    pub(super) fn roll(&mut self, now: Time) {
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
        self.version += 1;
        window.begin = now.saturating_sub(over);
        window.end = window.begin.saturating_add(window.period);
        window.remaining = window.capacity;
        window.as_of = self.version;
        window.presumed = true;
    }
}

impl Window {
    /// Windows whose ends differ by no more are the same.
    fn tolerance(&self) -> Duration {
        SECOND.min(self.period / 2)
    }

    /// Whether a response tells of the window before: its request was started in that one, and its reset is
    /// the end of that one.
    fn is_over_for(&self, ticket: Ticket, reset: Duration) -> bool {
        let end = ticket.started.saturating_add(reset);
        ticket.started < self.begin && end <= self.begin.saturating_add(self.tolerance())
    }
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Duration::from_secs(seconds)
    }

    fn observed(remaining: u64, reset: u64) -> Observed {
        Observed {
            passed: true,
            limit: Some(10),
            remaining: Some(remaining),
            reset: Some(at(reset)),
            ..Observed::default()
        }
    }

    fn pause(endpoint: &mut Endpoint, now: Time) -> Option<u64> {
        endpoint.wait(now).map(|wait| wait.pause.as_secs())
    }

    #[test]
    fn requests_in_flight_are_subtracted_from_what_remains() {
        let mut endpoint = Endpoint::default();
        let tickets: Vec<_> = (0..4).map(|_| endpoint.start(at(0))).collect();
        assert_eq!(pause(&mut endpoint, at(0)), None);
        // The three in flight may be counted already, or not.
        endpoint.record(tickets[1], observed(3, 60), SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(0)), Some(1));
        // It was counted before, so only the number in flight changes.
        endpoint.record(tickets[0], observed(4, 60), SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(0)), None);
        endpoint.record(tickets[3], observed(1, 60), SECOND, at(0));
        endpoint.record(tickets[2], observed(2, 60), SECOND, at(0));
        let last = endpoint.start(at(1));
        assert_eq!(pause(&mut endpoint, at(1)), Some(1));
        endpoint.record(last, observed(0, 59), SECOND, at(1));
        assert_eq!(pause(&mut endpoint, at(1)), Some(59));
        assert_eq!(pause(&mut endpoint, at(60)), None);
    }

    #[test]
    fn a_request_without_a_response_counts_only_if_it_was_sent() {
        let mut endpoint = Endpoint::default();
        let ticket = endpoint.start(at(0));
        endpoint.record(ticket, observed(1, 60), SECOND, at(0));
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
        let all_but = Observed {
            limit: Some(2),
            ..observed(0, 60)
        };
        endpoint.record(ticket, all_but, SECOND, at(0));
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
        endpoint.record(first, observed(1, 60), SECOND, at(150));
        endpoint.record(second, observed(0, 60), SECOND, at(150));
        assert_eq!(pause(&mut endpoint, at(180)), Some(30));
    }

    #[test]
    fn a_late_response_of_an_earlier_window_does_not_speak_of_the_next() {
        let mut endpoint = Endpoint::default();
        let first = endpoint.start(at(0));
        let slow = endpoint.start(at(30));
        let rejected = endpoint.start(at(50));
        endpoint.record(first, observed(5, 60), SECOND, at(0));
        // The window ends at 60; these come at 65, with what held when they were counted.
        assert_eq!(pause(&mut endpoint, at(65)), None);
        endpoint.record(slow, observed(0, 30), SECOND, at(65));
        let too_many = Observed {
            rejected: true,
            passed: false,
            retry_after: Some(at(10)),
            ..observed(0, 10)
        };
        endpoint.record(rejected, too_many, SECOND, at(65));
        assert_eq!(pause(&mut endpoint, at(65)), None);
        // One that was counted in the new window does.
        let ticket = endpoint.start(at(65));
        endpoint.record(ticket, observed(0, 55), SECOND, at(65));
        assert_eq!(pause(&mut endpoint, at(65)), Some(55));
    }

    #[test]
    fn a_window_that_begins_early_is_seen() {
        let mut endpoint = Endpoint::default();
        let [one, two] = [endpoint.start(at(0)), endpoint.start(at(0))];
        endpoint.record(one, observed(1, 60), SECOND, at(0));
        endpoint.record(two, observed(0, 60), SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(20)), Some(40));
        // Somebody did not wait.
        let ticket = endpoint.start(at(20));
        endpoint.record(ticket, observed(9, 60), SECOND, at(20));
        assert_eq!(pause(&mut endpoint, at(20)), None);
        // A limit that refills bit by bit goes up without a new window.
        let ticket = endpoint.start(at(21));
        endpoint.record(ticket, observed(0, 59), SECOND, at(21));
        assert_eq!(pause(&mut endpoint, at(22)), Some(58));
        let ticket = endpoint.start(at(22));
        endpoint.record(ticket, observed(3, 58), SECOND, at(22));
        assert_eq!(pause(&mut endpoint, at(22)), None);
    }

    #[test]
    fn resets_that_are_rounded_down_are_waited_out_from_the_second_on() {
        let mut endpoint = Endpoint::default();
        let ticket = endpoint.start(at(0));
        endpoint.record(ticket, observed(0, 59), SECOND, at(0));
        let ticket = endpoint.start(at(59));
        let early = Observed {
            rejected: true,
            passed: false,
            ..observed(0, 0)
        };
        let known_wait = endpoint.record(ticket, early, SECOND, at(59));
        assert_eq!(known_wait, Some(SECOND));
        let ticket = endpoint.start(at(60));
        endpoint.record(ticket, observed(0, 59), SECOND, at(60));
        assert_eq!(pause(&mut endpoint, at(60)), Some(60));
    }

    #[test]
    fn a_429_blocks_for_the_longest_that_is_known() {
        let too_many = |retry_after, reset| Observed {
            rejected: true,
            retry_after,
            reset,
            ..Observed::default()
        };
        for (retry_after, reset, known_wait) in [
            (Some(at(30)), None, 30),
            (Some(at(0)), Some(at(40)), 40),
            (Some(at(50)), Some(at(40)), 50),
            (None, Some(at(12)), 12),
            (Some(at(0)), None, 5),
            (None, None, 5),
        ] {
            let mut endpoint = Endpoint::default();
            let ticket = endpoint.start(at(0));
            let got = endpoint.record(ticket, too_many(retry_after, reset), at(5), at(0));
            assert_eq!(got, Some(at(known_wait)));
            assert_eq!(pause(&mut endpoint, at(0)), Some(known_wait));
            assert_eq!(pause(&mut endpoint, at(known_wait)), None);
        }
        // What good responses told of a reset holds, where the 429 says nothing.
        let mut endpoint = Endpoint::default();
        let ticket = endpoint.start(at(0));
        endpoint.record(ticket, observed(5, 60), SECOND, at(0));
        let ticket = endpoint.start(at(20));
        let got = endpoint.record(ticket, too_many(Some(at(0)), None), SECOND, at(20));
        assert_eq!(
            (got, pause(&mut endpoint, at(20))),
            (Some(at(40)), Some(40))
        );
    }

    #[test]
    fn a_429_with_requests_left_holds_up_nobody_else_unless_it_says_so() {
        for (retry_after, blocked) in [(None, None), (Some(at(0)), None), (Some(at(7)), Some(7))] {
            let mut endpoint = Endpoint::default();
            let ticket = endpoint.start(at(0));
            let quota = Observed {
                rejected: true,
                passed: false,
                retry_after,
                ..observed(5, 60)
            };
            assert_eq!(endpoint.record(ticket, quota, SECOND, at(0)), Some(at(60)));
            assert_eq!(pause(&mut endpoint, at(0)), blocked);
        }
    }

    #[test]
    fn a_response_that_passes_ends_a_block() {
        let mut endpoint = Endpoint::default();
        let [before, rejected] = [endpoint.start(at(0)), endpoint.start(at(0))];
        let year = Observed {
            rejected: true,
            retry_after: Some(at(31_536_000)),
            ..Observed::default()
        };
        endpoint.record(rejected, year, SECOND, at(0));
        let passed = Observed {
            passed: true,
            ..Observed::default()
        };
        endpoint.record(before, passed, SECOND, at(0));
        assert_eq!(pause(&mut endpoint, at(1)), Some(31_535_999));
        let after = endpoint.start(at(1));
        endpoint.record(after, passed, SECOND, at(1));
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
                let absurd = Observed {
                    limit: Some(limit),
                    ..observed(remaining, reset)
                };
                endpoint.record(ticket, absurd, SECOND, at(now));
                endpoint.wait(at(now));
            }
            assert_eq!(endpoint.wait(Duration::MAX), None);
        }
    }
}
