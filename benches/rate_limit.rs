//! Many threads and one rate limit: `cargo bench --bench rate_limit`.
//!
//! Files are uploaded to the emulator, whose limit is a number of requests a minute. Nobody waits: the minutes
//! pass on the emulator's clock when all threads sleep. The benchmark fails when an aim is missed.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use open_cloud_emulator::Emulator;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Result, RetryPolicy};

use support::virtual_time::VirtualTime;

const MINUTE: Duration = Duration::from_secs(60);

struct Case {
    uploads: usize,
    threads: usize,
    /// Requests a minute.
    limit: usize,
    /// One key and its clones, or a key for each thread, which learns of the limit by itself.
    shared: bool,
    /// The most rejected requests, in percent of all.
    most_rejected: f64,
    /// The longest time, beside the shortest possible.
    longest: f64,
}

const fn case(uploads: usize, threads: usize, limit: usize, most_rejected: f64) -> Case {
    Case {
        uploads,
        threads,
        limit,
        shared: true,
        most_rejected,
        longest: 1.05,
    }
}

const CASES: [Case; 7] = [
    case(1_000, 16, 120, 2.0),
    case(1_000, 64, 120, 2.0),
    case(1_000, 1, 120, 2.0),
    case(200, 16, 30, 2.0),
    // At the start nothing is known: of 8 requests that are sent at once 4 are rejected.
    case(20, 8, 4, 17.0),
    Case {
        shared: false,
        most_rejected: 100.0,
        longest: f64::INFINITY,
        ..case(1_000, 16, 120, 2.0)
    },
    Case {
        shared: false,
        most_rejected: 100.0,
        longest: f64::INFINITY,
        ..case(20, 8, 4, 17.0)
    },
];

fn main() -> ExitCode {
    println!(
        "| uploads | threads | a minute | keys | requests | rejected | minutes | shortest | ratio |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut missed = 0;
    for case in &CASES {
        match run(case) {
            Ok(true) => {}
            Ok(false) => missed += 1,
            Err(error) => {
                println!("an upload failed: {error}");
                missed += 1;
            }
        }
    }
    if missed > 0 {
        println!("{missed} missed an aim");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Prints a row, and tells whether the aims were reached.
fn run(case: &Case) -> Result<bool> {
    let emulator = Emulator::builder()
        .rate_limits(true)
        .start()
        .expect("an emulator");
    emulator.set_rate_limit("assets.create", case.limit as u32);
    emulator.set_operation_polls(0);
    let time = VirtualTime::new(emulator);
    let key = || {
        let policy = RetryPolicy::new().rate_limited(true);
        // Without sharing the defaults are not enough.
        let policy = if case.shared {
            policy
        } else {
            policy.max_attempts(1_000)
        };
        time.key().retry_policy(policy).build()
    };
    let one = key()?;
    let next = AtomicUsize::new(0);
    let error = std::sync::Mutex::new(None);
    let took = time.run(case.threads, || {
        let work = || {
            let key = if case.shared { one.clone() } else { key()? };
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= case.uploads {
                    return Ok(());
                }
                upload(&key, number)?;
            }
        };
        if let Err(failure) = work() {
            *error.lock().expect("a lock") = Some(failure);
        }
    });
    if let Some(error) = error.into_inner().expect("a lock") {
        return Err(error);
    }
    let requests = time.emulator.requests();
    let rejected = requests
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    let percent = 100.0 * rejected as f64 / requests.len() as f64;
    // The last window need not be waited for.
    let windows = case.uploads.div_ceil(case.limit) - 1;
    let shortest = MINUTE.as_secs_f64() * windows as f64;
    let ratio = took.as_secs_f64() / shortest;
    println!(
        "| {} | {} | {} | {} | {} | {rejected}, {percent:.1} % | {:.2} | {windows} | {ratio:.3} |",
        case.uploads,
        case.threads,
        case.limit,
        if case.shared { "one" } else { "one a thread" },
        requests.len(),
        took.as_secs_f64() / MINUTE.as_secs_f64(),
    );
    Ok(percent <= case.most_rejected && ratio <= case.longest)
}

fn upload(key: &ApiKey, number: usize) -> Result<()> {
    let file = AssetFile::from_bytes("crate.fbx", format!("crate {number}"));
    let user = key.get_user(1001);
    let upload = user.upload_asset(file, AssetType::Model, "Crate", "");
    upload.send()?.wait().map(|_| ())
}
