//! When a request is sent again, and that it is the same request then.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rblxopencloud::http::Request;
use rblxopencloud::{ApiKey, ApiKeyBuilder, RetryPolicy};
use serde_json::json;
use support::nobody::Nobody;
use support::raw_server::{self, RawServer, json, response};

/// The waits that a key made in place of sleeping.
type Waits = Arc<Mutex<Vec<Duration>>>;

fn key(url: &str) -> (ApiKey, Waits) {
    let (builder, waits) = builder(url);
    (builder.build().unwrap(), waits)
}

fn builder(url: &str) -> (ApiKeyBuilder, Waits) {
    let waits = Waits::default();
    let log = waits.clone();
    let builder = ApiKey::builder("k").base_url(url).sleep_with(move |pause| {
        log.lock().unwrap().push(pause);
        ControlFlow::Continue(())
    });
    (builder, waits)
}

fn seconds(waits: &Waits) -> Vec<u64> {
    waits
        .lock()
        .unwrap()
        .iter()
        .map(Duration::as_secs)
        .collect()
}

fn post(key: &ApiKey) -> Request {
    key.send_request("POST", "a/b")
        .param("x", "1")
        .header("x-one", "1")
        .json(&json!({"body": "whole"}))
        .expected_status([200])
}

#[test]
fn after_a_5xx_the_same_request_is_sent_again() {
    for status in [500, 502, 503, 504, 599] {
        let server = RawServer::responding(vec![json(status, "{}"), json(200, "7")]);
        let (key, waits) = key(server.url());
        let response = post(&key).send().unwrap();
        assert_eq!(response.body.as_json(), Some(&json!(7)));
        assert_eq!(seconds(&waits), [1]);
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(
            (&requests[0].head, &requests[0].body),
            (&requests[1].head, &requests[1].body)
        );
        assert_eq!(requests[1].text(), r#"{"body":"whole"}"#);
    }
}

#[test]
fn three_503s_are_one_error_with_the_last_message() {
    let responses = ["first", "second", "third"]
        .map(|m| json(503, &format!(r#"{{"code":"UNAVAILABLE","message":"{m}"}}"#)));
    let server = RawServer::responding(responses.to_vec());
    let (key, waits) = key(server.url());
    let error = post(&key).send().unwrap_err();
    assert!(error.is_server_error());
    assert_eq!(
        (error.status(), error.code(), error.attempts()),
        (Some(503), Some("UNAVAILABLE"), 3)
    );
    assert_eq!(
        error.to_string(),
        "POST /a/b: 503 UNAVAILABLE: third (after 3 attempts); the service may have acted on it all the same"
    );
    assert_eq!(server.requests().len(), 3);
    assert_eq!(seconds(&waits), [1, 2]);
}

#[test]
fn the_policy_of_the_key_and_of_the_request_are_obeyed() {
    let server = RawServer::responding(vec![json(500, "{}")]);
    let (builder, waits) = builder(server.url());
    let key = builder
        .retry_policy(
            RetryPolicy::new()
                .max_attempts(1)
                .interval(Duration::from_secs(5)),
        )
        .build()
        .unwrap();
    post(&key).send().unwrap_err();
    assert_eq!((server.requests().len(), seconds(&waits)), (2, vec![5]));

    waits.lock().unwrap().clear();
    post(&key)
        .retry_max_attempts(3)
        .retry_interval(Duration::from_secs(2))
        .retry_interval_exponent(3.0)
        .send()
        .unwrap_err();
    assert_eq!(
        (server.requests().len(), seconds(&waits)),
        (6, vec![2, 6, 18])
    );

    waits.lock().unwrap().clear();
    post(&key)
        .retry_policy(RetryPolicy::none())
        .send()
        .unwrap_err();
    assert_eq!((server.requests().len(), seconds(&waits)), (7, vec![]));
}

#[test]
fn other_statuses_are_not_sent_again() {
    for status in [400, 401, 403, 404, 409, 429, 302] {
        let server = RawServer::responding(vec![json(status, "{}"), json(200, "1")]);
        let (key, waits) = key(server.url());
        let error = post(&key).send().unwrap_err();
        assert_eq!((error.status(), error.attempts()), (Some(status), 1));
        assert_eq!((server.requests().len(), seconds(&waits)), (1, vec![]));
    }
}

#[test]
fn an_expected_5xx_is_a_response() {
    let server = RawServer::responding(vec![json(503, "{}")]);
    let (key, _) = key(server.url());
    assert_eq!(
        post(&key)
            .expected_status([200, 503])
            .send()
            .unwrap()
            .status,
        503
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn retry_after_makes_a_pause_longer_never_shorter() {
    let busy = |after| response(503, &[("retry-after", after)], b"");
    let server = RawServer::responding(vec![busy("7"), busy("0"), json(200, "1")]);
    let (key, waits) = key(server.url());
    post(&key).send().unwrap();
    assert_eq!(seconds(&waits), [7, 2]);
}

#[test]
fn a_rate_limit_is_an_error_that_says_when_to_come_back() {
    let server = RawServer::responding(vec![response(
        429,
        &[("retry-after", "30"), ("x-ratelimit-remaining", "0")],
        b"slow down",
    )]);
    let (key, _) = key(server.url());
    let error = post(&key).send().unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    let api_error = error.api_error().unwrap();
    assert_eq!(api_error.message, "slow down");
    assert_eq!(api_error.rate_limit.as_ref().unwrap().remaining, Some(0));

    let server = RawServer::responding(vec![response(429, &[], b"")]);
    let (key, _) = self::key(server.url());
    let error = post(&key).send().unwrap_err();
    assert_eq!(error.retry_after(), None);
    assert_eq!(error.to_string(), "POST /a/b: 429: Too Many Requests");
}

#[test]
fn a_rate_limit_is_waited_for_when_asked() {
    let limited = |headers: &[(&str, &str)]| response(429, headers, b"");
    let server = RawServer::responding(vec![
        limited(&[("retry-after", "30")]),
        limited(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "12")]),
        limited(&[]),
        json(200, "1"),
    ]);
    let (key, waits) = key(server.url());
    post(&key)
        .retry_policy(RetryPolicy::new().max_attempts(3).rate_limited(true))
        .send()
        .unwrap();
    assert_eq!(seconds(&waits), [30, 12, 4]);
}

#[test]
fn a_wait_that_is_too_long_is_an_error_at_once() {
    let server = RawServer::responding(vec![response(429, &[("retry-after", "31536000")], b"")]);
    let (key, waits) = key(server.url());
    let error = post(&key)
        .retry_policy(RetryPolicy::new().rate_limited(true))
        .send()
        .unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(31_536_000)));
    assert_eq!((server.requests().len(), seconds(&waits)), (1, vec![]));
}

#[test]
fn the_longest_pause_there_is_can_be_asked_for() {
    let server = RawServer::responding(vec![json(503, "{}"), json(200, "7")]);
    let (key, waits) = key(server.url());
    let policy = RetryPolicy::new()
        .interval(Duration::MAX)
        .max_wait(Duration::MAX);
    post(&key).retry_policy(policy).send().unwrap();
    assert_eq!(*waits.lock().unwrap(), [Duration::MAX]);
}

#[test]
fn a_wait_that_is_given_up_ends_the_call_with_its_last_error() {
    let server = RawServer::responding(vec![json(503, "{}")]);
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .sleep_with(|_| ControlFlow::Break(()))
        .build()
        .unwrap();
    let error = post(&key).send().unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), 1));
}

#[test]
fn a_failure_to_connect_counts_as_an_attempt() {
    let nobody = Nobody::new();
    let url = nobody.url();
    let (key, waits) = key(&url);
    let error = post(&key).send().unwrap_err();
    assert!(error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(error.attempts(), 3);
    assert_eq!(seconds(&waits), [1, 2]);
    assert_eq!(
        error.to_string(),
        format!(
            "POST /a/b: could not connect to {}: Connection refused (os error 111) (after 3 attempts)",
            url.trim_start_matches("http://")
        )
    );
    assert!(
        std::error::Error::source(&error)
            .unwrap()
            .to_string()
            .contains("refused")
    );

    // As in Python, without an expected status nothing is sent again.
    waits.lock().unwrap().clear();
    assert_eq!(
        key.send_request("GET", "a").send().unwrap_err().attempts(),
        1
    );
    assert!(seconds(&waits).is_empty());
}

#[test]
fn a_reset_before_the_response_is_retried_only_for_what_may_arrive_twice() {
    let server = RawServer::start(|number, connection| {
        if number == 0 {
            connection.reset();
        } else if connection.read_request().is_some() {
            connection.send(&json(200, "1"));
        }
    });
    let (key, waits) = key(server.url());
    key.send_request("GET", "a")
        .expected_status([200])
        .send()
        .unwrap();
    assert_eq!((server.connections(), seconds(&waits)), (2, vec![1]));

    let server = RawServer::start(|_, connection| connection.reset());
    let (key, _) = self::key(server.url());
    let error = post(&key).send().unwrap_err();
    assert!(
        !error.is_connect() && !error.is_timeout() && error.status().is_none(),
        "{error:?}"
    );
    assert_eq!((server.connections(), error.attempts()), (1, 1));
}

#[test]
fn a_cut_in_the_middle_of_the_response_is_retried_only_for_what_may_arrive_twice() {
    let cut = |number: usize, connection: &mut raw_server::Connection| {
        if connection.read_request().is_some() {
            let whole = json(200, r#"{"a": "some length"}"#);
            let end = if number == 0 {
                whole.len() - 4
            } else {
                whole.len()
            };
            connection.send(&whole[..end]);
            connection.close();
        }
    };
    let server = RawServer::start(cut);
    let (key, _) = key(server.url());
    let response = key
        .send_request("GET", "a")
        .expected_status([200])
        .send()
        .unwrap();
    assert_eq!(response.body.as_json(), Some(&json!({"a": "some length"})));
    assert_eq!(server.requests().len(), 2);

    let server = RawServer::start(cut);
    let (key, _) = self::key(server.url());
    let error = post(&key).send().unwrap_err();
    assert!(
        matches!(error, rblxopencloud::Error::Transport(_)),
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn no_progress_within_the_timeout_is_an_error_and_not_retried() {
    let server = RawServer::start(|_, connection| while connection.read_request().is_some() {});
    let (key, _) = key(server.url());
    let request = || {
        key.send_request("GET", "a")
            .expected_status([200])
            .timeout(Duration::from_millis(30))
    };
    let error = request().send().unwrap_err();
    assert!(error.is_timeout() && !error.is_connect(), "{error:?}");
    assert_eq!((server.requests().len(), error.attempts()), (1, 1));

    let (builder, _) = builder(server.url());
    let key = builder.timeout(Duration::from_millis(30)).build().unwrap();
    assert!(
        key.send_request("GET", "a")
            .send()
            .unwrap_err()
            .is_timeout()
    );
}

#[test]
fn slow_but_steady_is_no_timeout() {
    let server = RawServer::start(|_, connection| {
        if connection.read_request().is_some() {
            for byte in json(200, r#"{"slow":1}"#) {
                connection.send(&[byte]);
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let (key, _) = key(server.url());
    // The whole takes longer than the timeout; no single byte does.
    let response = key
        .send_request("GET", "a")
        .timeout(Duration::from_millis(300))
        .send()
        .unwrap();
    assert_eq!(response.body.as_json(), Some(&json!({"slow": 1})));
}

#[test]
fn a_response_of_no_use_counts_the_attempts_before_it() {
    for body in ["[]", "7"] {
        let bad = || json(503, "{}");
        let server = RawServer::responding(vec![bad(), bad(), json(200, body)]);
        let (key, _) = key(server.url());
        let error = key.fetch_toolbox_asset(1).unwrap_err();
        assert!(error.is_decode(), "{error:?}");
        assert_eq!(error.attempts(), 3, "{body}");
        assert!(
            error.to_string().ends_with(" (after 3 attempts)"),
            "{error}"
        );
    }
}
