//! Threads that sleep on the clock of an emulator's rate limits, which goes forward when all of them sleep.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use open_cloud_emulator::Emulator;
use rblxopencloud::{ApiKey, ApiKeyBuilder};

pub struct VirtualTime {
    pub emulator: Emulator,
    threads: Mutex<Threads>,
    changed: Condvar,
}

#[derive(Default)]
struct Threads {
    awake: usize,
    /// When each of those that sleep wakes.
    wakes: Vec<Duration>,
}

impl VirtualTime {
    pub fn new(emulator: Emulator) -> Arc<Self> {
        Arc::new(Self {
            emulator,
            threads: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// The emulator's ready key, which sleeps here.
    pub fn key(self: &Arc<Self>) -> ApiKeyBuilder {
        let time = self.clone();
        ApiKey::builder(self.emulator.api_key())
            .base_url(self.emulator.url())
            .sleep_with(move |pause| time.sleep(pause))
    }

    /// Runs the work in so many threads, and returns how long they took. Only these may sleep meanwhile.
    pub fn run(&self, threads: usize, work: impl Fn() + Sync) -> Duration {
        struct Awake<'a>(&'a VirtualTime);
        impl Drop for Awake<'_> {
            fn drop(&mut self) {
                let mut threads = self.0.threads.lock().unwrap();
                threads.awake -= 1;
                self.0.advance(&threads);
            }
        }
        self.threads.lock().unwrap().awake += threads;
        let start = self.emulator.clock();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let _awake = Awake(self);
                    work();
                });
            }
        });
        self.emulator.clock() - start
    }

    fn sleep(&self, pause: Duration) -> ControlFlow<()> {
        let mut threads = self.threads.lock().unwrap();
        let wake = self.emulator.clock().saturating_add(pause);
        threads.awake -= 1;
        threads.wakes.push(wake);
        self.advance(&threads);
        while self.emulator.clock() < wake {
            threads = self.changed.wait(threads).unwrap();
        }
        let own = threads.wakes.iter().position(|other| *other == wake);
        threads.wakes.swap_remove(own.unwrap());
        threads.awake += 1;
        ControlFlow::Continue(())
    }

    fn advance(&self, threads: &Threads) {
        if let (0, Some(next)) = (threads.awake, threads.wakes.iter().min()) {
            let now = self.emulator.clock();
            self.emulator.advance_clock(next.saturating_sub(now));
            self.changed.notify_all();
        }
    }
}
