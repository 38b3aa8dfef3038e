//! Threads and a service, event by event: what a limit costs in rejections and time when requests take long,
//! and whatever way the service counts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Endpoint, Observed, SECOND, Ticket, Time};

const MINUTE: Duration = Duration::from_secs(60);

/// How the service counts.
#[derive(Clone, Copy, Debug)]
struct Service {
    limit: u64,
    /// Windows are of a minute each, and one ends this long after the start; or else they begin with their
    /// first request.
    aligned: Option<Duration>,
    /// The reset is rounded down, not up.
    floors: bool,
    /// The reset is that of when the response is sent, not of when the request came.
    late: bool,
    /// The limit itself is not told.
    untold: bool,
    /// `retry-after` is always 0.
    hasty: bool,
}

#[derive(Clone, Copy, Debug)]
struct Load {
    calls: u64,
    threads: u64,
    /// From the client until the request is counted, and from there until the response is back.
    there: Duration,
    back: Duration,
}

enum Step {
    Wake,
    Arrive(Ticket),
    Respond(Ticket, Observed),
}

struct Simulation {
    service: Service,
    load: Load,
    endpoint: Endpoint,
    steps: BTreeMap<(Time, u64), Step>,
    number: u64,
    started: u64,
    rejected: u64,
    /// When the window began, and how many requests it has had.
    window: (Time, u64),
    seed: u64,
}

impl Simulation {
    /// Returns how many requests were rejected, and when the last was done.
    fn run(service: Service, load: Load) -> (u64, Duration) {
        let mut simulation = Self {
            service,
            load,
            endpoint: Endpoint::default(),
            steps: BTreeMap::new(),
            number: 0,
            started: 0,
            rejected: 0,
            window: (service.aligned.unwrap_or_default(), 0),
            seed: 7,
        };
        for _ in 0..load.threads {
            simulation.next_call(MINUTE);
        }
        let mut last = MINUTE;
        while let Some(((now, _), step)) = simulation.steps.pop_first() {
            last = now;
            match step {
                Step::Wake => {
                    simulation.endpoint.waiting -= 1;
                    simulation.go(now);
                }
                Step::Arrive(ticket) => simulation.count(ticket, now),
                Step::Respond(ticket, observed) => simulation.respond(ticket, observed, now),
            }
        }
        (simulation.rejected, last - MINUTE)
    }

    fn at(&mut self, time: Time, step: Step) {
        self.number += 1;
        self.steps.insert((time, self.number), step);
    }

    fn next_call(&mut self, now: Time) {
        if self.started < self.load.calls {
            self.started += 1;
            self.go(now);
        }
    }

    fn go(&mut self, now: Time) {
        if let Some(wait) = self.endpoint.wait(now) {
            self.sleep(wait.pause, now);
        } else {
            let ticket = self.endpoint.start(now);
            self.at(now + self.load.there, Step::Arrive(ticket));
        }
    }

    fn sleep(&mut self, pause: Duration, now: Time) {
        self.endpoint.waiting += 1;
        let seed = self.seed.wrapping_mul(6_364_136_223_846_793_005);
        self.seed = seed.wrapping_add(1);
        let part = (self.seed >> 40) as f64 / f64::from(1 << 24);
        let jitter = if self.endpoint.waiting > 1 {
            SECOND.min(pause / 10).mul_f64(part)
        } else {
            Duration::ZERO
        };
        self.at(now + pause + jitter, Step::Wake);
    }

    /// The service counts a request.
    fn count(&mut self, ticket: Ticket, now: Time) {
        let over = now.saturating_sub(self.window.0);
        if over >= MINUTE {
            let begin = match self.service.aligned {
                Some(_) => now - Duration::from_nanos((over.as_nanos() % MINUTE.as_nanos()) as u64),
                None => now,
            };
            self.window = (begin, 0);
        }
        let rejected = self.window.1 >= self.service.limit;
        self.window.1 += u64::from(!rejected);
        let back = if rejected {
            self.load.there
        } else {
            self.load.back
        };
        let told = if self.service.late { now + back } else { now };
        let left = (self.window.0 + MINUTE).saturating_sub(told);
        let reset = if self.service.floors {
            Duration::from_secs(left.as_secs())
        } else {
            Duration::from_secs(left.as_millis().div_ceil(1_000) as u64)
        };
        let retry_after = if self.service.hasty {
            Duration::ZERO
        } else {
            reset
        };
        let observed = Observed {
            rejected,
            passed: !rejected,
            limit: (!self.service.untold).then_some(self.service.limit),
            remaining: Some(self.service.limit - self.window.1),
            reset: Some(reset),
            retry_after: rejected.then_some(retry_after),
        };
        self.at(now + back, Step::Respond(ticket, observed));
    }

    fn respond(&mut self, ticket: Ticket, observed: Observed, now: Time) {
        let known_wait = self.endpoint.record(ticket, observed, SECOND, now);
        if observed.rejected {
            self.rejected += 1;
            self.sleep(SECOND.max(known_wait.unwrap_or_default()), now);
        } else {
            self.next_call(now);
        }
    }
}

/// The time that nobody can do it in less.
fn shortest(service: Service, load: Load) -> Duration {
    let each = load.there + load.back;
    let mut left = load.calls;
    let mut begin = Duration::ZERO;
    let mut end = service.aligned.unwrap_or(MINUTE);
    loop {
        let by_threads = if each.is_zero() {
            u64::MAX
        } else {
            ((end - begin).as_nanos() * u128::from(load.threads)).div_ceil(each.as_nanos()) as u64
        };
        let done = service.limit.min(by_threads);
        if left <= done {
            return begin + each * left.div_ceil(load.threads) as u32;
        }
        left -= done;
        (begin, end) = (end, end + MINUTE);
    }
}

fn check(service: Service, load: Load) {
    let (rejected, took) = Simulation::run(service, load);
    // It is not known at first that resets are rounded down, nor of which time they are.
    let most = if service.floors || service.late {
        2 * load.threads
    } else {
        // Nothing is known at the start.
        load.threads.saturating_sub(service.limit)
    };
    assert!(
        rejected <= most,
        "{rejected} rejected: {service:?} {load:?}"
    );
    // A window that begins with its first request begins when that has come, and a reset may be of then.
    let long = match service.aligned {
        None => (load.there + load.back).as_secs_f64() / MINUTE.as_secs_f64(),
        Some(_) => 0.0,
    };
    let ratio = took.as_secs_f64() / shortest(service, load).as_secs_f64();
    assert!(ratio <= 1.05 + long, "{ratio}: {service:?} {load:?}");
}

#[test]
fn few_are_rejected_and_little_time_is_lost_however_the_service_counts() {
    let milliseconds = Duration::from_millis;
    let ways = [
        (Duration::ZERO, Duration::ZERO),
        (milliseconds(30), milliseconds(70)),
        (milliseconds(300), milliseconds(700)),
        (milliseconds(100), milliseconds(4_000)),
        (milliseconds(4_000), milliseconds(100)),
    ];
    for (there, back) in ways {
        for (calls, threads, limit) in [(400, 1, 120), (400, 16, 120), (400, 64, 120), (50, 8, 4)] {
            for aligned in [None, Some(100), Some(17_300), Some(59_900)] {
                for bits in 0..16 {
                    let service = Service {
                        limit,
                        aligned: aligned.map(milliseconds),
                        floors: bits & 1 > 0,
                        late: bits & 2 > 0,
                        untold: bits & 4 > 0,
                        hasty: bits & 8 > 0,
                    };
                    let load = Load {
                        calls,
                        threads,
                        there,
                        back,
                    };
                    check(service, load);
                }
            }
        }
    }
}
