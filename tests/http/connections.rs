//! One pool of connections, shared and kept.

use std::sync::mpsc;
use std::thread;

use open_cloud_emulator::Emulator;
use rblxopencloud::ApiKey;
use support::raw_server::{RawServer, json};

#[test]
fn calls_of_a_key_its_clones_and_its_handles_share_one_connection() {
    let emulator = Emulator::start().unwrap();
    let key = ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap();
    let id = emulator.toolbox_asset_ids("Audio")[0];
    for _ in 0..10 {
        key.clone().fetch_toolbox_asset(id).unwrap();
        key.fetch_info().unwrap();
    }
    key.fetch_toolbox_asset(3).unwrap_err();
    let models = key.search_toolbox("Model").verified_creators_only(false);
    assert!(models.into_iter().map(Result::unwrap).count() > 10);
    assert!(emulator.requests().len() > 21);
    assert_eq!(emulator.connections(), 1);
}

#[test]
fn a_connection_that_the_server_closed_between_two_calls_is_no_error() {
    let (closed, wait) = mpsc::channel();
    let server = RawServer::start(move |_, connection| {
        if connection.read_request().is_some() {
            connection.send(&json(200, r#"{"asset":{"id":1}}"#));
            connection.close();
            closed.send(()).unwrap();
        }
    });
    let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
    for call in 1..=5 {
        key.fetch_toolbox_asset(1).unwrap();
        wait.recv().unwrap();
        assert_eq!(
            (server.connections(), server.requests().len()),
            (call, call)
        );
        // What creates something would not be sent twice, so it must not meet the closed connection.
    }
    key.send_request("POST", "a")
        .expected_status([200])
        .send()
        .unwrap();
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn threads_share_a_key() {
    let emulator = Emulator::start().unwrap();
    let key = ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap();
    let ids = emulator.toolbox_asset_ids("Model");
    thread::scope(|scope| {
        for worker in 0..8 {
            let (key, ids) = (&key, &ids);
            scope.spawn(move || {
                for id in ids.iter().skip(worker).step_by(8) {
                    assert_eq!(key.fetch_toolbox_asset(*id).unwrap().asset_id, *id);
                }
            });
        }
    });
    assert!(emulator.connections() <= 8, "{}", emulator.connections());
}
