//! Operations: asking after them, waiting for them, and taking them up again.

use std::error::Error as _;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use open_cloud_emulator::{Emulator, Fault};
use rblxopencloud::{
    ApiKey, Asset, AssetFile, AssetType, Creator, Error, Operation, RetryPolicy, WaitOptions,
};
use support::client::{builder, key, ready_key, ready_token, requests_to, whole};
use support::nobody::Nobody;
use support::raw_server::{RawServer, json, response};

const SECOND: Duration = Duration::from_secs(1);

fn running() -> Vec<u8> {
    json(200, r#"{"path":"operations/op-1","done":false}"#)
}

fn done() -> Vec<u8> {
    json(
        200,
        r#"{"path":"operations/op-1","done":true,"response":{"assetId":"7","displayName":"Crate"}}"#,
    )
}

/// An operation that still goes on, with what the service says of its rate limit.
fn running_with(remaining: &str, reset: &str) -> Vec<u8> {
    let headers = [
        ("x-ratelimit-remaining", remaining),
        ("x-ratelimit-reset", reset),
    ];
    response(200, &headers, br#"{"path":"operations/op-1","done":false}"#)
}

fn operation(key: &ApiKey) -> Operation<Asset> {
    key.get_operation("op-1")
}

/// What became of a wait: the asset's id, the pauses in milliseconds, and how many requests were sent.
fn wait(responses: Vec<Vec<u8>>, options: &WaitOptions) -> (Result<u64, Error>, Vec<u128>, usize) {
    let server = RawServer::responding(responses);
    let (key, waits) = key(server.url());
    let result = operation(&key).wait_with(options).map(|asset| asset.id);
    (result, waits.take(), server.requests().len())
}

fn upload(key: &ApiKey) -> Operation<Asset> {
    key.get_user(1001)
        .upload_asset(
            AssetFile::from_bytes("crate.fbx", "a crate"),
            AssetType::Model,
            "Crate",
            "A crate.",
        )
        .send()
        .unwrap()
}

#[test]
fn an_operation_is_taken_up_by_id_or_path_without_a_request() {
    let server = RawServer::responding(vec![running()]);
    let (key, _) = key(server.url());
    for id in [
        "op-1",
        "operations/op-1",
        "v1/assets/12345/operation/op-1",
        "operations/op-1/",
    ] {
        let operation = key.get_operation::<Asset>(id);
        assert_eq!(
            (operation.id(), operation.path()),
            ("op-1", "operations/op-1".to_owned())
        );
        assert!(!operation.is_done());
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn fetch_status_is_one_request_until_it_is_done_and_none_after() {
    let server = RawServer::responding(vec![running(), running(), done()]);
    let (key, waits) = key(server.url());
    let operation = operation(&key);
    assert_eq!(operation.fetch_status().unwrap(), None);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(operation.fetch_status().unwrap(), None);
    assert!(!operation.is_done());
    let asset = operation.fetch_status().unwrap().unwrap();
    assert_eq!((asset.id, asset.name.as_deref()), (7, Some("Crate")));
    assert!(operation.is_done());
    assert_eq!(operation.fetch_status().unwrap(), Some(asset.clone()));
    assert_eq!(operation.wait().unwrap(), asset);
    assert_eq!(server.requests().len(), 3);
    assert_eq!(
        server.requests()[0].line(),
        "GET /assets/v1/operations/op-1"
    );
    assert!(waits.take().is_empty());
}

#[test]
fn fetch_status_gives_failures_back_at_once() {
    for (status, is) in [
        (429, Error::is_rate_limited as fn(&Error) -> bool),
        (500, Error::is_server_error),
        (503, Error::is_server_error),
        (404, Error::is_not_found),
    ] {
        let server = RawServer::responding(vec![json(status, "{}"), done()]);
        let (builder, waits) = builder(server.url());
        let key = builder
            .retry_policy(RetryPolicy::new().max_attempts(9).rate_limited(true))
            .build()
            .unwrap();
        let operation = operation(&key);
        let error = operation.fetch_status().unwrap_err();
        assert!(is(&error), "{error:?}");
        assert_eq!((server.requests().len(), waits.take()), (1, vec![]));
        // It is not the end of the operation.
        assert!(!operation.is_done());
        assert_eq!(operation.fetch_status().unwrap().unwrap().id, 7);
    }
}

#[test]
fn an_operation_that_the_upload_itself_completed_costs_no_request() {
    let emulator = Emulator::start().unwrap();
    emulator.set_operation_polls(0);
    let operation = upload(&ready_key(&emulator));
    assert!(operation.is_done() && !operation.id().is_empty());
    let asset = operation.wait().unwrap();
    assert_eq!(operation.fetch_status().unwrap(), Some(asset));
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn a_completed_operation_without_a_path_still_gives_its_value() {
    let server =
        RawServer::responding(vec![json(200, r#"{"done":true,"response":{"assetId":7}}"#)]);
    let (key, _) = key(server.url());
    let operation = upload(&key);
    assert_eq!((operation.id(), operation.path().as_str()), ("", ""));
    assert_eq!(operation.wait().unwrap().id, 7);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_first_check_comes_at_once_and_ends_a_wait_for_what_is_done() {
    let options = WaitOptions::new().interval(30 * SECOND);
    let (id, waits, requests) = wait(vec![done()], &options);
    assert_eq!((id.unwrap(), waits, requests), (7, vec![], 1));
}

#[test]
fn polls_are_spread_over_what_the_rate_limit_leaves() {
    let (id, waits, _) = wait(
        vec![
            running_with("9", "20"),
            running_with("299", "60"),
            running_with("0", "30"),
            running(),
            done(),
        ],
        &WaitOptions::new(),
    );
    assert_eq!(
        (id.unwrap(), waits),
        // Without headers, the documented 300 polls a minute.
        (7, vec![2_000, 200, 30_000, 200])
    );
}

#[test]
fn waits_against_a_strict_service_use_up_no_rate_limit() {
    let emulator = Emulator::start().unwrap();
    emulator.set_operation_polls(12);
    emulator.enforce_rate_limits(true);
    emulator.set_rate_limit("operations.get", 3);
    // A reset is told in whole seconds, and the last poll of a window waits for it.
    emulator.set_rate_limit_period(Duration::from_millis(8));
    let key = ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .sleep_with(|pause| {
            std::thread::sleep(pause / 100);
            ControlFlow::Continue(())
        })
        .build()
        .unwrap();
    upload(&key).wait().unwrap();
    let polls = requests_to(&emulator, "/operations/");
    assert_eq!(polls.len(), 12);
    assert!(polls.iter().all(|poll| poll.status == Some(200)));
}

#[test]
fn the_interval_grows_up_to_its_longest() {
    let options = WaitOptions::new()
        .interval(SECOND)
        .exponent(2.0)
        .max_interval(5 * SECOND);
    let responses = [vec![running(); 5], vec![done()]].concat();
    let (id, waits, requests) = wait(responses, &options);
    assert_eq!(
        (id.unwrap(), waits, requests),
        (7, vec![1_000, 2_000, 4_000, 5_000, 5_000], 6)
    );
}

#[test]
fn the_interval_grows_as_in_python_unless_told_otherwise() {
    let options = WaitOptions::new().interval(SECOND).timeout(None);
    let responses = [vec![running(); 11], vec![done()]].concat();
    let (_, waits, _) = wait(responses, &options);
    assert_eq!(waits[..4], [1_000, 1_300, 1_690, 2_197]);
    assert_eq!(waits[10], 10_000);
}

#[test]
fn an_interval_over_the_longest_stays_as_it_was_set() {
    let options = WaitOptions::new().interval(20 * SECOND);
    let (_, waits, _) = wait(vec![running(), running(), done()], &options);
    assert_eq!(waits, [20_000, 20_000]);
}

#[test]
fn absurd_options_make_no_absurd_waits() {
    for exponent in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
        let options = WaitOptions::new().interval(SECOND).exponent(exponent);
        let (id, waits, _) = wait(vec![running(), running(), running(), done()], &options);
        assert_eq!(id.unwrap(), 7);
        assert!(
            waits.iter().all(|wait| (200..=10_000).contains(wait)),
            "{exponent}: {waits:?}"
        );
    }
}

#[test]
fn the_longer_of_interval_and_rate_limit_counts() {
    let options = WaitOptions::new().interval(3 * SECOND).exponent(1.0);
    let responses = vec![running_with("9", "20"), running_with("0", "8"), done()];
    let (_, waits, _) = wait(responses, &options);
    assert_eq!(waits, [3_000, 8_000]);
}

#[test]
fn rate_limits_5xx_and_cut_connections_are_waited_out() {
    let limited = |headers: &[(&str, &str)]| response(429, headers, b"");
    let responses = [
        Some(limited(&[("retry-after", "7")])),
        Some(limited(&[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "12"),
        ])),
        Some(limited(&[])),
        Some(limited(&[("retry-after", "0")])),
        Some(response(503, &[("retry-after", "3")], b"")),
        Some(json(500, "{}")),
        Some(response(
            502,
            &[],
            b"<html><title>502 Bad Gateway</title></html>",
        )),
        None,
        Some(running()),
        Some(done()),
    ];
    let next = AtomicUsize::new(0);
    let server = RawServer::start(move |_, connection| {
        while connection.read_request().is_some() {
            match &responses[next.fetch_add(1, Ordering::SeqCst)] {
                Some(response) => connection.send(response),
                // The connection is closed without a response.
                None => return,
            }
        }
    });
    let (key, waits) = key(server.url());
    assert_eq!(operation(&key).wait().unwrap().id, 7);
    assert_eq!(
        waits.take(),
        [7_000, 12_000, 1_000, 1_000, 3_000, 1_000, 1_000, 1_000, 200]
    );
    assert_eq!(server.requests().len(), 10);
}

#[test]
fn a_service_that_is_away_is_waited_for() {
    let nobody = Nobody::new();
    let (key, waits) = key(&nobody.url());
    let options = WaitOptions::new().timeout(3 * SECOND);
    let error = operation(&key).wait_with(&options).unwrap_err();
    assert!(error.is_operation_timeout(), "{error:?}");
    assert!(whole(&error).contains("could not connect"), "{error}");
    assert_eq!(waits.take().len(), 3);
}

#[test]
fn a_storm_of_429_ends_with_the_timeout_and_loses_nothing() {
    let emulator = Emulator::start().unwrap();
    let operation = upload(&ready_key(&emulator));
    let storm = Fault::status(429).with_header("retry-after", "20");
    emulator.fault_next_to("/operations/", 1_000, storm);
    let error = operation.wait().unwrap_err();
    let Error::OperationTimeout(timeout) = &error else {
        panic!("{error:?}");
    };
    // At 0, 20, 40 and 60 s.
    assert_eq!(requests_to(&emulator, "/operations/").len(), 4);
    assert_eq!(
        (timeout.id.as_str(), timeout.waited.as_secs()),
        (operation.id(), 60)
    );
    assert!(!timeout.stopped);
    let last: &Error = timeout.source().unwrap().downcast_ref().unwrap();
    assert_eq!(
        (last.status(), last.retry_after()),
        (Some(429), Some(20 * SECOND))
    );

    // Here, or in another process that knows no more than the error says.
    emulator.clear_faults();
    let asset = ready_key(&emulator)
        .get_operation::<Asset>(&timeout.id)
        .wait()
        .unwrap();
    assert_eq!(asset.name.as_deref(), Some("Crate"));
    assert_eq!(operation.wait().unwrap(), asset);
}

#[test]
fn the_timeout_is_kept_and_told_and_its_last_moment_used() {
    let server = RawServer::responding(vec![running()]);
    let (key, waits) = key(server.url());
    let options = WaitOptions::new()
        .timeout(10 * SECOND)
        .interval(4 * SECOND)
        .exponent(1.0);
    let error = operation(&key).wait_with(&options).unwrap_err();
    assert!(error.is_operation_timeout(), "{error:?}");
    assert_eq!(waits.take(), [4_000, 4_000, 2_000]);
    assert_eq!(server.requests().len(), 4);
    assert_eq!(
        error.to_string(),
        "the wait for operation op-1 ended after 10.0 s; the operation goes on"
    );
    assert!(error.source().is_none() && error.api_error().is_none());

    let none = WaitOptions::new().timeout(Duration::ZERO);
    operation(&key).wait_with(&none).unwrap_err();
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn the_default_timeout_is_60_s_and_none_is_for_ever() {
    let (error, waits, _) = wait(
        vec![running()],
        &WaitOptions::new().interval(10 * SECOND).exponent(1.0),
    );
    assert!(error.unwrap_err().is_operation_timeout());
    assert_eq!(waits, [10_000; 6]);

    let options = WaitOptions::new()
        .interval(10 * SECOND)
        .exponent(1.0)
        .timeout(None);
    let responses = [vec![running(); 30], vec![done()]].concat();
    let (id, waits, _) = wait(responses, &options);
    assert_eq!((id.unwrap(), waits), (7, vec![10_000; 30]));
}

#[test]
fn a_service_that_asks_for_longer_than_there_is_gets_its_last_poll_at_the_timeout() {
    let asks_for_an_hour = || response(429, &[("retry-after", "3600")], b"");
    let used_up = || running_with("0", "60");
    for first in [asks_for_an_hour(), used_up()] {
        let (id, waits, requests) = wait(vec![first, done()], &WaitOptions::new());
        assert_eq!((id.unwrap(), requests), (7, 2));
        assert!(
            waits.len() == 1 && (59_000..=60_000).contains(&waits[0]),
            "{waits:?}"
        );
    }
    let (error, waits, requests) = wait(vec![asks_for_an_hour()], &WaitOptions::new());
    let error = error.unwrap_err();
    let last = error.source().unwrap().downcast_ref::<Error>().unwrap();
    assert_eq!(last.retry_after(), Some(3600 * SECOND));
    assert!(error.is_operation_timeout() && error.is_outcome_unknown());
    assert!(
        error.to_string().contains("the last poll failed: GET "),
        "{error}"
    );
    assert_eq!((waits.len(), requests), (1, 2));
    // What nobody asked for is shortened to what is left.
    let options = WaitOptions::new().timeout(Duration::from_millis(400));
    let (id, waits, _) = wait(vec![json(500, "{}"), done()], &options);
    assert_eq!((id.unwrap(), waits.len()), (7, 1));
    assert!(waits[0] <= 400, "{waits:?}");
}

#[test]
fn the_callback_sees_every_poll_that_did_not_end_the_wait() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let options = WaitOptions::new()
        .interval(SECOND)
        .exponent(2.0)
        .on_poll(move |poll| {
            log.lock()
                .unwrap()
                .push((poll.number, poll.waited.as_secs(), poll.pause.as_secs()));
            ControlFlow::Continue(())
        });
    let responses = vec![running(), json(503, "{}"), running(), done()];
    let (id, _, _) = wait(responses, &options);
    assert_eq!(id.unwrap(), 7);
    assert_eq!(
        std::mem::take(&mut *seen.lock().unwrap()),
        [(1, 0, 1), (2, 1, 2), (3, 3, 4)]
    );
    let options = options.timeout(4 * SECOND);
    wait(vec![running()], &options).0.unwrap_err();
    assert_eq!(
        *seen.lock().unwrap(),
        // After the last there is no pause.
        [(1, 0, 1), (2, 1, 2), (3, 3, 1), (4, 4, 0)]
    );
}

#[test]
fn the_callback_and_the_sleep_can_stop_a_wait() {
    let options = WaitOptions::new().on_poll(|poll| {
        if poll.number == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let (error, waits, requests) = wait(vec![running()], &options);
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::OperationTimeout(timeout) if timeout.stopped && timeout.id == "op-1")
    );
    assert_eq!((waits.len(), requests), (2, 3));
    assert!(error.to_string().contains("was given up after"), "{error}");

    let server = RawServer::responding(vec![running()]);
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .sleep_with(|_| ControlFlow::Break(()))
        .build()
        .unwrap();
    let error = operation(&key).wait().unwrap_err();
    assert!(matches!(error, Error::OperationTimeout(timeout) if timeout.stopped));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_operation_that_fails_is_an_error_with_its_code_and_message() {
    for (failure, code, message, shown) in [
        (
            r#""error":{"code":3,"message":"The mesh is too complex."}"#,
            Some("3"),
            "The mesh is too complex.",
            "operation op-1 failed: 3: The mesh is too complex.",
        ),
        (
            r#""status":{"code":"INVALID_ARGUMENT","message":"No."}"#,
            Some("INVALID_ARGUMENT"),
            "No.",
            "operation op-1 failed: INVALID_ARGUMENT: No.",
        ),
        (
            r#""error":{},"response":null"#,
            None,
            "the service gave no reason",
            "operation op-1 failed: the service gave no reason",
        ),
    ] {
        let body = format!(r#"{{"path":"operations/op-1","done":true,{failure}}}"#);
        let server = RawServer::responding(vec![running(), json(200, &body)]);
        let (key, waits) = key(server.url());
        let operation = operation(&key);
        let error = operation.wait().unwrap_err();
        let Error::OperationFailed(failure) = &error else {
            panic!("{error:?}");
        };
        assert!(error.is_operation_failed() && !error.is_operation_timeout());
        assert_eq!(
            (
                failure.id.as_str(),
                failure.code.as_deref(),
                failure.message.as_str()
            ),
            ("op-1", code, message)
        );
        assert_eq!(error.to_string(), shown);
        // It failed for good.
        assert!(operation.is_done());
        assert!(operation.fetch_status().unwrap_err().is_operation_failed());
        assert!(operation.wait().unwrap_err().is_operation_failed());
        assert_eq!((server.requests().len(), waits.take().len()), (2, 1));
    }
}

#[test]
fn both_styles_of_operations_succeed_and_fail() {
    for guide in [true, false] {
        let emulator = Emulator::start().unwrap();
        emulator.set_guide_style(guide);
        let key = ready_key(&emulator);
        let asset = upload(&key).wait().unwrap();
        assert_eq!(
            (asset.name.as_deref(), asset.asset_type),
            (Some("Crate"), Some(AssetType::Model))
        );
        assert_eq!(asset.creator.map(|creator| creator.id()), Some(1001));
        assert_eq!(asset.revision_id, Some(1));
        for polls in [0, 2] {
            emulator.set_operation_polls(polls);
            emulator.fail_next_operation(400, "The file is broken.");
            let error = upload(&key).wait().unwrap_err();
            assert!(
                matches!(&error, Error::OperationFailed(failure)
                    if failure.code.as_deref() == Some("400") && failure.message == "The file is broken."),
                "{error:?}"
            );
        }
    }
}

#[test]
fn done_with_neither_value_nor_error_cannot_be_decoded() {
    for body in [
        r#"{"path":"operations/op-1","done":true}"#,
        r#"{"done":true,"response":null,"error":null,"status":null}"#,
    ] {
        let server = RawServer::responding(vec![json(200, body), done()]);
        let (key, waits) = key(server.url());
        let operation = operation(&key);
        let error = operation.wait().unwrap_err();
        assert!(error.is_decode(), "{body}: {error:?}");
        assert!(
            error.to_string().contains("/assets/v1/operations/op-1"),
            "{error}"
        );
        assert!(!operation.is_done());
        assert_eq!((server.requests().len(), waits.take()), (1, vec![]));
        assert!(error.is_outcome_unknown());
        // The next response may be better.
        assert_eq!(operation.wait().unwrap().id, 7);
    }
}

#[test]
fn a_poll_that_finds_it_going_on_may_ask_for_a_pause() {
    let running = r#"{"path":"operations/op-1","done":false}"#;
    let later = response(200, &[("retry-after", "7")], running.as_bytes());
    let (id, waits, _) = wait(vec![later, done()], &WaitOptions::new());
    assert_eq!((id.unwrap(), waits), (7, vec![7000]));
    // A longer pause by the rate limit counts, too.
    let headers = [
        ("retry-after", "0"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "9"),
    ];
    let busy = response(503, &headers, b"{}");
    let (id, waits, _) = wait(vec![busy, done()], &WaitOptions::new());
    assert_eq!((id.unwrap(), waits), (7, vec![9000]));
}

#[test]
fn polls_that_say_nothing_are_waited_out() {
    for nothing in [
        json(200, "{}"),
        json(200, r#"{"done":null}"#),
        json(200, "[]"),
        json(200, "null"),
        json(200, ""),
        json(200, "{\"done\": tr"),
        response(
            200,
            &[("content-type", "text/html")],
            b"<html>log in</html>",
        ),
        json(202, "{}"),
        json(204, ""),
        json(404, "{}"),
        json(408, "{}"),
        json(425, "{}"),
        json(499, "{}"),
        json(500, "{}"),
        json(503, "{}"),
        response(429, &[("retry-after", "1")], b""),
    ] {
        let shown = String::from_utf8_lossy(&nothing).into_owned();
        let responses = vec![nothing.clone(), nothing.clone(), done()];
        let (id, waits, requests) = wait(responses, &WaitOptions::new());
        assert_eq!((id.unwrap(), requests), (7, 3), "{shown}");
        assert!(waits.iter().all(|wait| *wait >= 1000), "{shown}: {waits:?}");

        let (error, ..) = wait(vec![nothing], &WaitOptions::new());
        let error = error.unwrap_err();
        assert!(
            error.is_operation_timeout() && error.is_outcome_unknown(),
            "{shown}"
        );
        let last = error.source().unwrap().to_string();
        assert!(error.to_string().ends_with(&last), "{error}");
    }
}

#[test]
fn a_finished_operation_without_an_id_gives_the_asset_that_was_updated() {
    for response in [
        r#"{"displayName":"N"}"#,
        r#"{"assetId":"0"}"#,
        r#"{"assetId":[]}"#,
    ] {
        let body = format!(r#"{{"path":"operations/op-1","done":true,"response":{response}}}"#);
        let begun = json(200, r#"{"path":"operations/op-1"}"#);
        let server = RawServer::responding(vec![begun, json(200, &body)]);
        let (key, _) = key(server.url());
        let file = AssetFile::from_bytes("a.fbx", "x");
        let update = key.get_user(1).update_asset(70).file(file).unchecked();
        assert_eq!(update.send().unwrap().wait().unwrap().id, 70, "{response}");
    }
}

#[test]
fn an_operation_fails_wherever_it_says_so() {
    for (body, message) in [
        (
            r#"{"path":"operations/op-1","error":{"code":3,"message":"m"}}"#,
            "m",
        ),
        (
            r#"{"path":"operations/op-1","done":false,"error":{"code":3,"message":"m"}}"#,
            "m",
        ),
        (r#"{"done":true,"status":{"message":"m"}}"#, "m"),
        (
            r#"{"done":true,"response":{"errors":[{"code":0,"message":"m"}]}}"#,
            "m",
        ),
        (
            r#"{"done":true,"response":{"code":"X","message":"m"}}"#,
            "m",
        ),
        (
            r#"{"done":true,"metadata":{"errors":[{"error":{"message":"m"},"fieldMask":"icon"}]}}"#,
            "icon was rejected: m",
        ),
        (
            r#"{"path":"operations/op-1","metadata":{"errors":[{"message":"m"}]}}"#,
            "m",
        ),
        (r#"{"done":true,"error":"m"}"#, "m"),
        (r#"{"done":true,"error":["m"]}"#, "m"),
        (r#"{"error":{"errors":[{"code":1,"message":"m"}]}}"#, "m"),
        (r#"{"error":{"details":[{"message":"m"}]}}"#, "m"),
        (r#"{"path":"operations/op-1","status":"Failed"}"#, "Failed"),
        (r#"{"done":true,"metadata":{"errors":["m"]}}"#, "m"),
        (
            r#"{"done":true,"metadata":{"errors":{"message":"m"}}}"#,
            "m",
        ),
        (
            r#"{"metadata":{"errors":[{"errorCode":4,"errorMessage":"m"}]}}"#,
            "m",
        ),
        (r#"{"metadata":{"errors":[{"error":"m"}]}}"#, "m"),
        (r#"{"metadata":{"error":{"message":"m"}}}"#, "m"),
        (
            r#"{"path":"operations/op-1","done":true,"errors":[{"message":"m"}]}"#,
            "m",
        ),
        (
            r#"{"path":"operations/op-1","done":true,"code":3,"message":"m"}"#,
            "m",
        ),
    ] {
        let (error, _, requests) = wait(vec![json(200, body)], &WaitOptions::new());
        let error = error.unwrap_err();
        let Error::OperationFailed(failure) = &error else {
            panic!("{body}: {error}");
        };
        assert_eq!((failure.message.as_str(), requests), (message, 1), "{body}");
        // The parts that were not rejected may have been carried out.
        let is_unknown = !failure.rejected.is_empty();
        assert_eq!(error.is_outcome_unknown(), is_unknown, "{body}");
        assert!(!error.is_partial(), "{body}");
    }
    // A status of success, and lists of nothing, are no failure.
    for body in [
        r#"{"done":true,"error":null,"status":{"code":0},"response":{"assetId":7}}"#,
        r#"{"done":true,"error":{},"response":{"assetId":7}}"#,
        r#"{"done":true,"response":{"assetId":7},"metadata":{"errors":[]}}"#,
        r#"{"done":true,"response":{"assetId":7},"metadata":{"errors":[null,{}]}}"#,
        r#"{"done":true,"response":{"assetId":7},"metadata":7}"#,
        r#"{"done":true,"response":{"assetId":7},"status":"Succeeded"}"#,
        r#"{"done":true,"response":{"assetId":7},"error":{"code":"OK"}}"#,
        r#"{"done":true,"response":{"assetId":7},"status":{"code":200,"message":"fine"}}"#,
        r#"{"done":true,"response":{"assetId":7,"displayName":"\ud83d","score":1e999}}"#,
        r#"{"done":true,"response":{"assetId":6,"assetId":7}}"#,
    ] {
        let (id, ..) = wait(vec![json(200, body)], &WaitOptions::new());
        assert_eq!(id.unwrap(), 7, "{body}");
    }
}

#[test]
fn a_part_that_was_rejected_is_an_error_that_still_holds_the_asset() {
    let body = r#"{"done":true,"response":{"assetId":"7","displayName":"N"},"metadata":{"errors":[
        {"error":{"code":"A","message":"not square"},"fieldMask":"icon"},{"error":{"message":"gone"}}]}}"#;
    let server = RawServer::responding(vec![json(200, body)]);
    let (key, _) = key(server.url());
    let error = operation(&key).wait().unwrap_err();
    assert!(error.is_operation_failed() && error.is_partial() && error.is_outcome_unknown());
    assert_eq!(
        error.to_string(),
        "operation op-1 was done in part: icon was rejected: not square; gone"
    );
    let Error::OperationFailed(failure) = &error else {
        panic!("{error}");
    };
    let asset = failure.response::<Asset>().unwrap();
    assert_eq!((asset.id, asset.name.as_deref()), (7, Some("N")));
    let parts: Vec<_> = failure
        .rejected
        .iter()
        .map(|part| {
            (
                part.field_mask.as_deref(),
                part.code.as_deref(),
                part.message.as_str(),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            (Some("icon"), Some("A"), "not square"),
            (None, None, "gone")
        ]
    );
}

#[test]
fn a_failure_beside_an_asset_still_holds_the_asset() {
    for body in [
        r#"{"done":true,"response":{"assetId":7,"errors":[{"message":"AssetName is moderated."}]}}"#,
        r#"{"done":true,"response":{"assetId":7},"errors":[{"message":"AssetName is moderated."}]}"#,
        r#"{"done":true,"response":{"assetId":7},"error":{"code":3,"message":"AssetName is moderated."}}"#,
    ] {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = key(server.url());
        let begun = key.get_user(1).update_asset(7).name("n").send().unwrap();
        for error in [operation(&key).wait(), begun.wait()].map(Result::unwrap_err) {
            assert!(error.is_moderated_text(), "{body}: {error}");
            assert!(error.is_partial() && error.is_outcome_unknown(), "{body}");
            let Error::OperationFailed(failure) = &error else {
                panic!("{body}: {error}");
            };
            assert_eq!(failure.response::<Asset>().unwrap().id, 7, "{body}");
        }
    }
}

#[test]
fn an_error_in_the_place_of_an_updated_asset_is_no_part_of_success() {
    let body = r#"{"path":"operations/op-1","done":true,"response":{"code":3,"message":"m"}}"#;
    let server = RawServer::responding(vec![json(200, body)]);
    let (key, _) = key(server.url());
    let update = key.get_user(1).update_asset(7).name("n").send().unwrap();
    let error = update.wait().unwrap_err();
    assert!(error.is_operation_failed(), "{error}");
    assert!(
        !error.is_partial() && !error.is_outcome_unknown(),
        "{error}"
    );
}

#[test]
fn an_update_that_gives_no_object_is_no_success_and_tells_its_id() {
    for response in ["\"failed because\"", "[]", "7"] {
        let body = format!(r#"{{"path":"operations/op-1","done":true,"response":{response}}}"#);
        let server = RawServer::responding(vec![json(200, &body)]);
        let (key, _) = key(server.url());
        let file = AssetFile::from_bytes("a.fbx", "x");
        let update = key.get_user(1).update_asset(70).file(file).unchecked();
        let error = update.send().unwrap_err();
        assert!(error.is_decode() && error.is_outcome_unknown(), "{error}");
        assert!(error.to_string().contains("id is op-1"), "{error}");
    }
}

#[test]
fn what_waiting_cannot_help_ends_the_wait_at_once() {
    for status in [400, 401, 403, 409, 302] {
        let (error, waits, requests) = wait(vec![json(status, "{}"), done()], &WaitOptions::new());
        let error = error.unwrap_err();
        assert_eq!(error.status(), Some(status));
        // What the upload became is not known.
        assert!(error.is_outcome_unknown(), "{error}");
        assert_eq!((waits, requests), (vec![], 1));
    }
}

#[test]
fn an_id_cannot_reach_another_endpoint() {
    let server = RawServer::responding(vec![done()]);
    let (key, _) = key(server.url());
    for wrong in ["", "..", ".", "/", "operations/.."] {
        let error = key.get_operation::<Asset>(wrong).wait().unwrap_err();
        assert!(error.is_invalid_argument(), "{wrong}: {error:?}");
    }
    assert_eq!(server.connections(), 0);
    key.get_operation::<Asset>("a?b=c#d%2F..\\").wait().unwrap();
    assert_eq!(
        server.requests()[0].line(),
        "GET /assets/v1/operations/a%3Fb%3Dc%23d%252F..%5C"
    );
}

#[test]
fn the_rate_limit_of_the_latest_response_is_told() {
    let limited = response(429, &[("x-ratelimit-reset", "9")], b"");
    let server = RawServer::responding(vec![running_with("4", "10"), limited]);
    let (key, _) = key(server.url());
    let operation = operation(&key);
    assert_eq!(operation.rate_limit(), None);
    operation.fetch_status().unwrap();
    let rate_limit = operation.rate_limit().unwrap();
    assert_eq!(
        (rate_limit.remaining, rate_limit.reset),
        (Some(4), Some(10 * SECOND))
    );
    operation.fetch_status().unwrap_err();
    assert_eq!(operation.rate_limit().unwrap().reset, Some(9 * SECOND));

    let emulator = Emulator::start().unwrap();
    let remaining = upload(&ready_key(&emulator))
        .rate_limit()
        .unwrap()
        .remaining;
    assert_eq!(remaining, Some(119));
}

#[test]
fn threads_can_wait_for_one_operation_together() {
    let emulator = Emulator::start().unwrap();
    emulator.set_operation_polls(5);
    let operation = upload(&ready_key(&emulator));
    let assets: Vec<_> = std::thread::scope(|scope| {
        let waits: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| operation.wait().unwrap()))
            .collect();
        waits.into_iter().map(|wait| wait.join().unwrap()).collect()
    });
    assert!(assets.iter().all(|asset| *asset == assets[0]));
}

#[test]
fn an_access_token_can_wait_too() {
    let emulator = Emulator::start().unwrap();
    let key = ready_token(&emulator);
    let operation = upload(&key);
    let asset = key.get_operation::<Asset>(operation.path()).wait().unwrap();
    assert_eq!(asset.name.as_deref(), Some("Crate"));
    let requests = emulator.requests();
    assert!(requests.iter().all(|request| {
        request.header("x-api-key").is_none()
            && request
                .header("authorization")
                .unwrap()
                .starts_with("Bearer ")
    }));
}

#[test]
fn the_rate_limit_is_known_even_if_the_rest_of_the_response_is_of_no_use() {
    let headers = [("x-ratelimit-remaining", "5")];
    for body in [r#"{"path":"operations/op-1","done":true}"#, "nonsense"] {
        let server = RawServer::responding(vec![response(200, &headers, body.as_bytes())]);
        let (key, _) = key(server.url());
        let operation = operation(&key);
        assert!(operation.fetch_status().unwrap_err().is_decode(), "{body}");
        let rate_limit = operation.rate_limit().unwrap();
        assert_eq!(rate_limit.remaining, Some(5), "{body}");
    }
}

#[test]
fn a_poll_that_was_cut_leaves_the_rate_limit_that_another_was_told() {
    let (cut, is_cut) = std::sync::mpsc::channel();
    let is_cut = Mutex::new(is_cut);
    let server = RawServer::start(move |number, connection| {
        while connection.read_request().is_some() {
            if number == 0 {
                // The connection is closed without a response, after the other poll has ended.
                return is_cut.lock().unwrap().recv().unwrap();
            }
            connection.send(&running_with("4", "10"));
        }
    });
    let (key, _) = key(server.url());
    let operation = operation(&key);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| operation.fetch_status());
        while server.requests().is_empty() {
            std::thread::yield_now();
        }
        operation.fetch_status().unwrap();
        assert_eq!(operation.rate_limit().unwrap().remaining, Some(4));
        cut.send(()).unwrap();
        first.join().unwrap().unwrap_err();
    });
    assert_eq!(
        operation.rate_limit().and_then(|told| told.remaining),
        Some(4)
    );
}
