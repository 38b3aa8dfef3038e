//! Many threads, one key, and a server that fails now and then.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rblxopencloud::{ApiKey, RetryPolicy};
use support::raw_server::{RawServer, json, response};

const THREADS: u64 = 16;
const CALLS: u64 = 60;

/// Responds to each asset with its own id; 5 % of requests end in a cut connection, and 5 % in a 503.
fn moody_server() -> RawServer {
    let served = AtomicUsize::new(0);
    RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            match served.fetch_add(1, Ordering::Relaxed) % 20 {
                7 => return connection.close(),
                13 => connection.send(&response(503, &[], b"busy")),
                _ => {
                    let id = request.line().rsplit('/').next().unwrap().to_owned();
                    connection.send(&json(
                        200,
                        &format!(
                            r#"{{"asset":{{"id":{id}}},"path":"users/{id}","name":"user {id}"}}"#
                        ),
                    ));
                }
            }
        }
    })
}

#[test]
fn every_call_of_many_threads_ends_in_its_own_response() {
    run(CALLS);
}

#[test]
#[ignore = "the full length: cargo test --test http threads:: -- --ignored"]
fn every_call_of_many_threads_ends_in_its_own_response_for_long() {
    run(500);
}

fn run(calls: u64) {
    let server = moody_server();
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .retry_policy(RetryPolicy::new().max_attempts(20))
        .sleep_with(|_| ControlFlow::Continue(()))
        .build()
        .unwrap();
    thread::scope(|scope| {
        for worker in 0..THREADS {
            let key = key.clone();
            scope.spawn(move || {
                for call in 0..calls {
                    let id = worker * 1_000 + call + 1;
                    if call % 2 == 0 {
                        assert_eq!(key.fetch_toolbox_asset(id).unwrap().asset_id, id);
                    } else {
                        let info = key.get_user(id).fetch_info().unwrap();
                        assert_eq!(info.username, Some(format!("user {id}")));
                    }
                }
            });
        }
    });
    let requests = server.requests().len() as u64;
    assert!(requests >= THREADS * calls);
    // One for each thread, and one for each that was cut; some are cut while others hold what they need.
    let most = THREADS + requests / 20 + THREADS;
    assert!(
        (server.connections() as u64) <= most,
        "{} connections",
        server.connections()
    );
}

#[test]
fn dropping_the_last_clone_closes_the_connections() {
    let closed = Arc::new(AtomicUsize::new(0));
    let count = closed.clone();
    let server = RawServer::start(move |_, connection| {
        while connection.read_request().is_some() {
            connection.send(&json(200, r#"{"asset":{"id":1}}"#));
        }
        count.fetch_add(1, Ordering::SeqCst);
    });
    let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
    let asset = key.fetch_toolbox_asset(1).unwrap();
    let clone = key.clone();
    drop(key);
    clone.fetch_toolbox_asset(1).unwrap();
    assert_eq!(
        (server.connections(), closed.load(Ordering::SeqCst)),
        (1, 0)
    );
    drop(clone);
    // An asset is a handle too: it can still be used.
    assert_eq!(closed.load(Ordering::SeqCst), 0);
    drop(asset);
    for _ in 0..10_000 {
        if closed.load(Ordering::SeqCst) == 1 {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("the connection was not closed");
}
