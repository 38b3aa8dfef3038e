//! Rate limits that the clones of a key share. No test waits: time is the emulator's, or passes with each
//! sleep that returns at once.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use open_cloud_emulator::Emulator;
use rblxopencloud::{
    ApiKey, ApiKeyBuilder, Asset, AssetFile, AssetType, Creator, Error, RetryPolicy,
};
use support::raw_server::{RawServer, response};
use support::virtual_time::VirtualTime;

const PATIENT: RetryPolicy = RetryPolicy::new().rate_limited(true);

/// An asset of the emulator's ready key.
const ASSET: u64 = 500_001;

fn limited_emulator(endpoint: &str, limit: u32) -> Arc<VirtualTime> {
    let emulator = Emulator::builder().rate_limits(true).start().unwrap();
    emulator.set_rate_limit(endpoint, limit);
    VirtualTime::new(emulator)
}

/// How many requests there were, and how many of them were rejected.
fn requests(emulator: &Emulator) -> (usize, usize) {
    let requests = emulator.requests();
    let rejected = requests
        .iter()
        .filter(|request| request.status == Some(429));
    (requests.len(), rejected.count())
}

/// Each call takes a number until there are no more.
fn each(calls: u64, call: impl Fn(u64) + Sync) -> impl Fn() + Sync {
    let next = AtomicU64::new(0);
    move || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= calls {
                return;
            }
            call(number);
        }
    }
}

#[test]
fn threads_that_share_a_limit_are_not_rejected_and_lose_no_time() {
    let time = limited_emulator("assets.get", 12);
    let key = time.key().retry_policy(PATIENT).build().unwrap();
    let took = time.run(
        8,
        each(60, |_| {
            key.fetch_asset(ASSET).unwrap();
        }),
    );
    assert_eq!(requests(&time.emulator), (60, 0));
    // The first windows end after 60 s each.
    let shortest = 4 * 60;
    assert!(took >= Duration::from_secs(shortest - 1), "{took:?}");
    assert!(
        took <= Duration::from_secs(shortest * 105 / 100),
        "{took:?}"
    );
}

#[test]
fn of_more_threads_than_a_window_has_requests_only_so_many_go() {
    let time = limited_emulator("assets.create", 4);
    time.emulator.set_operation_polls(0);
    let key = time.key().retry_policy(PATIENT).build().unwrap();
    time.run(
        8,
        each(20, |number| {
            let file = AssetFile::from_bytes("crate.fbx", format!("crate {number}"));
            let user = key.get_user(1001);
            let upload = user.upload_asset(file, AssetType::Model, "Crate", "");
            upload.send().unwrap().wait().unwrap();
        }),
    );
    // At the start nothing is known, and 8 are sent at once where 4 may.
    let (sent, rejected) = requests(&time.emulator);
    assert!(rejected <= 4, "{rejected} of {sent}");
    assert_eq!(sent - rejected, 20);
}

#[test]
fn a_window_that_others_use_too_is_shared_with_them() {
    let time = limited_emulator("assets.get", 10);
    let policy = PATIENT.max_attempts(20);
    let keys = [(); 2].map(|()| time.key().retry_policy(policy).build().unwrap());
    let work = each(40, |number| {
        keys[number as usize % 2].fetch_asset(ASSET).unwrap();
    });
    time.run(4, work);
    let (sent, rejected) = requests(&time.emulator);
    assert_eq!(sent - rejected, 40);
    // Two keys learn by themselves; each rejection tells the threads of its key.
    assert!(rejected <= 4 * 4, "{rejected}");
}

/// The sleeps of a key, which return at once.
type Sleeps = Arc<Mutex<Vec<Duration>>>;

fn key_of(builder: ApiKeyBuilder, policy: RetryPolicy) -> (ApiKey, Sleeps) {
    let sleeps = Sleeps::default();
    let log = sleeps.clone();
    let key = builder
        .retry_policy(policy)
        .sleep_with(move |pause| {
            log.lock().unwrap().push(pause);
            ControlFlow::Continue(())
        })
        .build()
        .unwrap();
    (key, sleeps)
}

fn raw_key(server: &RawServer, policy: RetryPolicy) -> (ApiKey, Sleeps) {
    key_of(ApiKey::builder("k").base_url(server.url()), policy)
}

/// In seconds; they are forgotten.
fn taken(sleeps: &Sleeps) -> Vec<u64> {
    let sleeps = std::mem::take(&mut *sleeps.lock().unwrap());
    sleeps.into_iter().map(in_tens).collect()
}

/// Rounded up to tens of seconds: some time passes between a response and the wait that it asks for.
fn in_tens(duration: Duration) -> u64 {
    (duration.as_secs_f64() / 10.0).ceil() as u64 * 10
}

fn asset(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut headers = headers.to_vec();
    headers.push(("content-type", "application/json"));
    response(200, &headers, br#"{"asset":{"id":1}}"#)
}

fn last_of_window(reset: &'static str) -> Vec<u8> {
    asset(&[
        ("x-ratelimit-limit", "1, 1;w=60"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset),
    ])
}

#[test]
fn what_a_good_response_says_is_left_is_used_by_clones_and_not_by_other_keys() {
    let server = RawServer::responding(vec![last_of_window("40")]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    let (other, other_sleeps) = raw_key(&server, PATIENT);
    key.fetch_toolbox_asset(1).unwrap();
    assert_eq!(taken(&sleeps), [0; 0]);
    key.clone().fetch_toolbox_asset(2).unwrap();
    assert_eq!(taken(&sleeps), [40]);
    // An asset is a handle of the same key.
    key.get_asset(3).fetch_toolbox_asset().unwrap();
    assert_eq!(taken(&sleeps), [40]);
    other.fetch_toolbox_asset(1).unwrap();
    assert_eq!(taken(&other_sleeps), [0; 0]);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn other_endpoints_and_other_credentials_are_not_held_up() {
    let server = RawServer::responding(vec![last_of_window("40")]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    let get = |path: &str| key.send_request("GET", path).expected_status([200]);
    get("things/v1/things/1").send().unwrap();
    get("things/v1/things").send().unwrap();
    get("things/v1/others/1").send().unwrap();
    get("things/v1/things/1:restart").send().unwrap();
    key.send_request("POST", "things/v1/things/1")
        .expected_status([200])
        .send()
        .unwrap();
    get("things/v1/things/1")
        .authorization("another")
        .send()
        .unwrap();
    assert_eq!(taken(&sleeps), [0; 0]);
    get("things/v1/things/2").param("a", 1).send().unwrap();
    assert_eq!(taken(&sleeps), [40]);
}

#[test]
fn a_request_that_expects_no_status_waits_too() {
    let server = RawServer::responding(vec![last_of_window("40")]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    for _ in 0..2 {
        key.send_request("GET", "things").send().unwrap();
    }
    assert_eq!(taken(&sleeps), [40]);
}

#[test]
fn without_the_policy_nothing_is_waited_for_or_learned() {
    let server = RawServer::responding(vec![last_of_window("40")]);
    let (key, sleeps) = raw_key(&server, RetryPolicy::new());
    let request = || key.send_request("GET", "things").expected_status([200]);
    for _ in 0..3 {
        request().send().unwrap();
    }
    // A request can have the policy by itself.
    for slept in [vec![], vec![40]] {
        request().retry_policy(PATIENT).send().unwrap();
        assert_eq!(taken(&sleeps), slept);
    }
    request().send().unwrap();
    assert_eq!(taken(&sleeps), [0; 0]);
}

#[test]
fn polls_of_operations_do_not_wait_for_the_rate_limit() {
    let poll = [
        ("content-type", "application/json"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "40"),
    ];
    let server = RawServer::responding(vec![response(200, &poll, br#"{"path":"operations/a"}"#)]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    let operation = key.get_operation::<Asset>("a");
    for _ in 0..3 {
        assert!(operation.fetch_status().unwrap().is_none());
    }
    assert_eq!(taken(&sleeps), [0; 0]);
}

#[test]
fn the_retry_after_of_a_429_is_shared() {
    let too_many = response(429, &[("retry-after", "30")], b"");
    let server = RawServer::responding(vec![too_many, asset(&[])]);
    let (key, sleeps) = raw_key(&server, PATIENT.max_attempts(0));
    let error = key.fetch_toolbox_asset(1).unwrap_err();
    assert!(error.is_rate_limited(), "{error:?}");
    key.clone().fetch_toolbox_asset(2).unwrap();
    assert_eq!(taken(&sleeps), [30]);
    key.fetch_toolbox_asset(2).unwrap();
    assert_eq!(taken(&sleeps), [0; 0]);
}

#[test]
fn a_retry_after_of_zero_does_not_shorten_a_known_reset() {
    let too_many = |reset: &[(&str, &str)]| {
        let mut headers = vec![("retry-after", "0")];
        headers.extend(reset);
        response(429, &headers, b"")
    };
    // The reset may be the 429's own, or that of a response before it.
    for (first, rejected) in [
        (asset(&[]), too_many(&[("x-ratelimit-reset", "40")])),
        (
            asset(&[("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "40")]),
            too_many(&[]),
        ),
    ] {
        let server = RawServer::responding(vec![first, rejected, asset(&[])]);
        let (key, sleeps) = raw_key(&server, PATIENT);
        key.fetch_toolbox_asset(1).unwrap();
        key.fetch_toolbox_asset(1).unwrap();
        assert_eq!(taken(&sleeps), [40]);
        assert_eq!(server.requests().len(), 3);
    }
}

#[test]
fn a_used_up_quota_does_not_hold_up_what_it_is_not_of() {
    let emulator = Emulator::builder().rate_limits(true).start().unwrap();
    emulator.set_upload_quota("Audio", 0);
    let builder = ApiKey::builder(emulator.api_key()).base_url(emulator.url());
    let (key, sleeps) = key_of(builder, PATIENT.max_attempts(0));
    let upload = |name: &str, asset_type| {
        let file = AssetFile::from_bytes(name, "content");
        let user = key.get_user(1001);
        user.upload_asset(file, asset_type, "Name", "").send()
    };
    let error = upload("menu.mp3", AssetType::Audio).unwrap_err();
    assert!(error.is_rate_limited(), "{error:?}");
    let _ = upload("crate.fbx", AssetType::Model).unwrap();
    assert_eq!(taken(&sleeps), [0; 0]);
}

fn stopping_key(server: &RawServer, stop_at: u64) -> ApiKey {
    let sleeps = AtomicU64::new(0);
    ApiKey::builder("k")
        .base_url(server.url())
        .retry_policy(PATIENT)
        .sleep_with(move |_| {
            if sleeps.fetch_add(1, Ordering::Relaxed) + 1 == stop_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .build()
        .unwrap()
}

#[test]
fn a_wait_that_is_stopped_before_anything_was_sent_says_so() {
    let server = RawServer::responding(vec![last_of_window("40")]);
    let key = stopping_key(&server, 1);
    key.fetch_toolbox_asset(1).unwrap();
    let error = key.fetch_toolbox_asset(2).unwrap_err();
    assert!(error.is_wait_stopped() && !error.is_outcome_unknown());
    assert_eq!((error.attempts(), error.status()), (0, None));
    let Error::WaitStopped(stopped) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(in_tens(stopped.left), 40);
    assert_eq!(stopped.method, "GET");
    assert_eq!(stopped.path, "/toolbox-service/v2/assets/2");
    let text = error.to_string();
    assert!(
        text.starts_with("GET /toolbox-service/v2/assets/2: not sent, "),
        "{text}"
    );
    assert_eq!(server.requests().len(), 1);
    // The wait is as long as before for the next call.
    key.fetch_toolbox_asset(2).unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_wait_that_is_stopped_later_ends_the_call_with_its_last_error() {
    // The pause after the failure goes on; the wait for the rate limit does not.
    let busy = response(
        503,
        &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "40")],
        b"",
    );
    let server = RawServer::responding(vec![busy]);
    let error = stopping_key(&server, 2).fetch_toolbox_asset(1).unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), 1));

    let server = RawServer::responding(vec![response(429, &[("retry-after", "30")], b"")]);
    let error = stopping_key(&server, 1).fetch_toolbox_asset(1).unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(429), 1));
}

#[test]
fn waits_do_not_count_as_attempts_and_rejections_do() {
    let server = RawServer::responding(vec![last_of_window("40")]);
    let (key, _) = raw_key(&server, PATIENT.max_attempts(0));
    for _ in 0..5 {
        key.fetch_toolbox_asset(1).unwrap();
    }
    let server = RawServer::responding(vec![response(429, &[("retry-after", "30")], b"")]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    let error = key.fetch_toolbox_asset(1).unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(429), 3));
    assert_eq!(taken(&sleeps), [30, 30]);
}

#[test]
fn what_would_take_longer_than_the_longest_wait_is_left_to_the_service() {
    let too_many = response(429, &[("retry-after", "100")], b"");
    let server = RawServer::responding(vec![last_of_window("100"), too_many]);
    let (key, sleeps) = raw_key(&server, PATIENT.max_wait(Duration::from_secs(99)));
    key.fetch_toolbox_asset(1).unwrap();
    for _ in 0..2 {
        let error = key.fetch_toolbox_asset(1).unwrap_err();
        assert!(
            error.is_rate_limited() && error.attempts() == 1,
            "{error:?}"
        );
        assert_eq!(error.retry_after(), Some(Duration::from_secs(100)));
    }
    assert_eq!((server.requests().len(), taken(&sleeps)), (3, vec![]));
}

#[test]
fn a_window_that_was_reset_early_is_not_waited_for() {
    let fresh = asset(&[("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "600")]);
    let server = RawServer::responding(vec![last_of_window("500"), fresh]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    // The first finds the window used up for longer than it waits, so the second is sent, and learns better.
    for _ in 0..5 {
        key.fetch_toolbox_asset(1).unwrap();
    }
    assert_eq!((server.requests().len(), taken(&sleeps)), (5, vec![]));
}

#[test]
fn a_limit_that_is_lifted_ends_the_block_of_a_429() {
    let server = RawServer::responding(vec![
        response(429, &[("retry-after", "31536000")], b""),
        asset(&[]),
        response(429, &[("retry-after", "10")], b""),
        asset(&[]),
    ]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    assert!(key.fetch_toolbox_asset(1).unwrap_err().is_rate_limited());
    key.fetch_toolbox_asset(1).unwrap();
    key.fetch_toolbox_asset(1).unwrap();
    assert_eq!(taken(&sleeps), [10]);
}

#[test]
fn absurd_headers_do_no_harm() {
    for remaining in [
        "-1",
        "0",
        "many",
        "",
        "18446744073709551615",
        "0, -4",
        "1e3",
    ] {
        for reset in [
            "-60",
            "0",
            "soon",
            "",
            "18446744073709551615",
            "1.5.5",
            "99999999999999999999",
        ] {
            for limit in [
                "-1",
                "0",
                "0;w=0",
                "",
                "18446744073709551615;w=18446744073709551615",
            ] {
                let server = RawServer::responding(vec![asset(&[
                    ("x-ratelimit-limit", limit),
                    ("x-ratelimit-remaining", remaining),
                    ("x-ratelimit-reset", reset),
                ])]);
                let (key, sleeps) = raw_key(&server, PATIENT);
                for _ in 0..3 {
                    key.fetch_toolbox_asset(1).unwrap();
                }
                assert_eq!(server.requests().len(), 3);
                assert_eq!(taken(&sleeps), [0; 0], "{limit:?} {remaining:?} {reset:?}");
            }
        }
    }
}

#[test]
fn a_sleep_that_returns_at_once_passes_the_reset() {
    let server = RawServer::responding(vec![last_of_window("60")]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    for _ in 0..100 {
        key.fetch_toolbox_asset(1).unwrap();
    }
    assert_eq!(taken(&sleeps), [60; 99]);
}

#[test]
fn an_attempt_uses_up_the_limit_only_when_the_service_may_have_seen_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let policy = PATIENT.max_attempts(0);
    let (key, sleeps) = key_of(
        ApiKey::builder("k").base_url(format!("http://{address}")),
        policy,
    );
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let two_left = asset(&[
            ("x-ratelimit-remaining", "2"),
            ("x-ratelimit-reset", "40"),
            ("connection", "close"),
        ]);
        stream.write_all(&two_left).unwrap();
    });
    key.fetch_toolbox_asset(1).unwrap();
    serving.join().unwrap();
    // Nobody listens.
    for _ in 0..3 {
        assert!(key.fetch_toolbox_asset(1).unwrap_err().is_connect());
    }
    // Two are still left: one that is cut, and one whose response does not say what is left.
    let server = RawServer::on(TcpListener::bind(address).unwrap(), |number, connection| {
        if number == 0 {
            connection.reset();
        } else {
            while connection.read_request().is_some() {
                connection.send(&asset(&[]));
            }
        }
    });
    assert!(!key.fetch_toolbox_asset(1).unwrap_err().is_connect());
    key.fetch_toolbox_asset(1).unwrap();
    assert_eq!(taken(&sleeps), [0; 0]);
    key.fetch_toolbox_asset(1).unwrap();
    assert_eq!((taken(&sleeps), server.requests().len()), (vec![40], 2));
}

#[test]
fn waits_are_read_with_fractions_and_from_several_headers() {
    let rejected = |headers: &[(&str, &str)]| response(429, headers, b"");
    for (headers, asked, slept) in [
        (&[("retry-after", "1.5")][..], 1_500, 10),
        (&[("retry-after", "12.25")], 12_250, 20),
        (&[("retry-after", "3, 33")], 33_000, 40),
        (&[("retry-after", "33"), ("retry-after", "3")], 33_000, 40),
        (&[("retry-after", "33, 31536000")], 33_000, 40),
        (
            &[("retry-after", "0"), ("x-ratelimit-reset", "20.5")],
            20_500,
            30,
        ),
        (
            &[("retry-after", "0"), ("ratelimit-reset", "20.5")],
            20_500,
            30,
        ),
        (
            &[
                ("retry-after", "0"),
                ("x-ratelimit-reset", "20.5"),
                ("x-ratelimit-remaining", "0"),
            ],
            20_500,
            30,
        ),
    ] {
        let server = RawServer::responding(vec![rejected(headers), asset(&[]), rejected(headers)]);
        let (key, sleeps) = raw_key(&server, PATIENT);
        key.fetch_toolbox_asset(1).unwrap();
        assert_eq!(taken(&sleeps), [slept], "{headers:?}");
        let once = key
            .send_request("GET", "a")
            .retry_policy(RetryPolicy::none());
        let error = once.expected_status([200]).send().unwrap_err();
        assert_eq!(
            error.retry_after(),
            Some(Duration::from_millis(asked)),
            "{headers:?}"
        );
        let response = key.send_request("GET", "b").send().unwrap();
        let told = response
            .retry_after()
            .max(response.rate_limit().and_then(|limit| limit.reset));
        assert_eq!(told, Some(Duration::from_millis(asked)), "{headers:?}");
    }
}

#[test]
fn a_used_up_window_is_waited_for_to_the_fraction_of_a_second() {
    let server = RawServer::responding(vec![last_of_window("29.5")]);
    let (key, sleeps) = raw_key(&server, PATIENT);
    for _ in 0..2 {
        key.fetch_toolbox_asset(1).unwrap();
    }
    let sleeps = std::mem::take(&mut *sleeps.lock().unwrap());
    assert!(
        sleeps.len() == 1 && sleeps[0] > Duration::from_millis(29_000),
        "{sleeps:?}"
    );
    assert!(sleeps[0] <= Duration::from_millis(29_500), "{sleeps:?}");
}
