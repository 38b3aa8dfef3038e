//! Connections, credentials, faults, recording and rate limits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/client.rs"]
mod client;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use client::agent;
use open_cloud_emulator::{Emulator, Fault, KeySpec, Scope};
use serde_json::{Value, json};
use ureq::Body;
use ureq::http::Response;

const SEARCH: &str = "/toolbox-service/v2/assets:search?searchCategoryType=Model";

fn get(emulator: &Emulator, path: &str) -> Response<Body> {
    get_with(emulator, path, "x-api-key", emulator.api_key())
}

fn get_with(emulator: &Emulator, path: &str, name: &str, value: &str) -> Response<Body> {
    agent()
        .get(format!("{}{path}", emulator.url()))
        .header(name, value)
        .call()
        .unwrap()
}

fn json_of(mut response: Response<Body>) -> Value {
    client::json_of(&mut response)
}

fn introspect(emulator: &Emulator, body: &str) -> Response<Body> {
    agent()
        .post(format!("{}/api-keys/v1/introspect", emulator.url()))
        .header("content-type", "application/json")
        .send(body)
        .unwrap()
}

#[test]
fn wrong_credentials_are_rejected_by_the_gateway() {
    let emulator = Emulator::start().unwrap();
    for (name, value) in [
        ("x-api-key", "nonsense"),
        ("x-api-key", emulator.bearer_token()),
        ("authorization", "Bearer nonsense"),
        ("authorization", "Basic abc"),
        ("authorization", emulator.bearer_token()),
    ] {
        let response = get_with(&emulator, SEARCH, name, value);
        assert_eq!(response.status(), 401, "{name}: {value}");
        assert_eq!(json_of(response)["errors"][0]["code"], 0);
    }
    let response = get_with(&emulator, SEARCH, "x-api-key", "nonsense");
    assert_eq!(
        json_of(response),
        json!({ "errors": [{ "code": 0, "message": "Invalid API Key" }] })
    );
}

#[test]
fn keys_tokens_and_nobody_may_search() {
    let emulator = Emulator::start().unwrap();
    let token = format!("Bearer {}", emulator.bearer_token());
    assert_eq!(get(&emulator, SEARCH).status(), 200);
    assert_eq!(
        get_with(&emulator, SEARCH, "authorization", &token).status(),
        200
    );
    assert_eq!(get_with(&emulator, SEARCH, "accept", "*/*").status(), 200);
}

#[test]
fn keys_that_are_off_expired_or_without_the_scope_are_rejected() {
    let emulator = Emulator::start().unwrap();
    let read = ["read"];
    for (spec, status) in [
        (KeySpec::new("none"), 403),
        (
            KeySpec::new("other").scope("creator-store-product", ["write"]),
            403,
        ),
        (KeySpec::new("off").every_scope().enabled(false), 403),
        (KeySpec::new("old").every_scope().expired(true), 401),
        (
            KeySpec::new("past")
                .every_scope()
                .expires_at("2020-01-01T00:00:00Z"),
            401,
        ),
        (
            KeySpec::new("future")
                .every_scope()
                .expires_at("2999-01-01T00:00:00Z"),
            200,
        ),
        (
            KeySpec::new("enough").scope("creator-store-product", read),
            200,
        ),
    ] {
        let key = emulator.add_key(spec.clone());
        let response = get_with(&emulator, SEARCH, "x-api-key", &key);
        assert_eq!(response.status(), status, "{spec:?}");
    }
}

#[test]
fn unknown_paths_and_methods_are_rejected_by_the_gateway() {
    let emulator = Emulator::start().unwrap();
    for path in ["/", "/cloud/v3/users/1", "/toolbox-service/v2/assets:find"] {
        let response = get(&emulator, path);
        assert_eq!(response.status(), 404, "{path}");
        assert!(json_of(response)["errors"][0]["message"].is_string());
    }
    let response = agent()
        .put(format!("{}{SEARCH}", emulator.url()))
        .send_empty()
        .unwrap();
    assert_eq!(response.status(), 405);
    assert!(
        response.headers()["allow"]
            .to_str()
            .unwrap()
            .contains("GET")
    );
}

#[test]
fn introspection_reflects_the_key() {
    let emulator = Emulator::start().unwrap();
    let key = emulator.add_key(
        KeySpec::new("night shift")
            .authorized_user(4321)
            .enabled(false)
            .expired(true)
            .expires_at("2031-02-03T04:05:06.789Z")
            .with_scope(
                Scope::new("universe-datastores.objects", ["create"])
                    .datastore(5150, "inventory")
                    .datastores_of_universe("456"),
            )
            .with_scope(
                Scope::new("asset", ["read", "write"])
                    .user_ids(["*"])
                    .group_ids([7]),
            )
            .with_scope(Scope::new("universe", ["write"]).universe_ids([1, 2])),
    );
    let response = introspect(&emulator, &json!({ "apiKey": key }).to_string());
    assert_eq!(response.status(), 200);
    assert_eq!(
        json_of(response),
        json!({
            "name": "night shift",
            "authorizedUserId": 4321,
            "scopes": [
                {
                    "name": "universe-datastores.objects",
                    "operations": ["create"],
                    "universeDatastores": [
                        { "universeId": "5150", "datastoreName": "inventory" },
                        { "universeId": "456" },
                    ],
                },
                {
                    "name": "asset",
                    "operations": ["read", "write"],
                    "userIds": ["*"],
                    "groupIds": ["7"],
                },
                { "name": "universe", "operations": ["write"], "universeIds": ["1", "2"] },
            ],
            "enabled": false,
            "expired": true,
            "expirationTimeUtc": "2031-02-03T04:05:06.789Z",
        })
    );
}

#[test]
fn introspection_is_strict() {
    let emulator = Emulator::start().unwrap();
    let key = emulator.api_key();
    for (body, status) in [
        (json!({ "apiKey": "nonsense" }).to_string(), 401),
        (json!({ "apiKey": key, "more": 1 }).to_string(), 400),
        (json!({ "api_key": key }).to_string(), 400),
        (json!({ "apiKey": 1 }).to_string(), 400),
        (json!([key]).to_string(), 400),
        ("{".to_owned(), 400),
        (String::new(), 400),
    ] {
        let response = introspect(&emulator, &body);
        assert_eq!(response.status(), status, "{body}");
        assert!(json_of(response)["errors"][0]["message"].is_string());
    }
    let response = agent()
        .post(format!("{}/api-keys/v1/introspect", emulator.url()))
        .content_type("text/plain")
        .send(json!({ "apiKey": key }).to_string())
        .unwrap();
    assert_eq!(response.status(), 400);
}

#[test]
fn chunked_bodies_are_rejected() {
    let emulator = Emulator::start().unwrap();
    let body = json!({ "apiKey": emulator.api_key() }).to_string();
    let response = agent()
        .post(format!("{}/api-keys/v1/introspect", emulator.url()))
        .content_type("application/json")
        .send(ureq::SendBody::from_reader(&mut body.as_bytes()))
        .unwrap();
    assert_eq!(response.status(), 411);
}

#[test]
fn requests_are_recorded_as_they_were_sent() {
    let emulator = Emulator::start().unwrap();
    let agent = agent();
    agent
        .get(format!("{}/a%2Fb?x=1%2B1&x=a+b&y", emulator.url()))
        .header("X-Api-Key", emulator.api_key())
        .call()
        .unwrap();
    agent
        .post(format!("{}/api-keys/v1/introspect", emulator.url()))
        .content_type("application/json")
        .send(json!({ "apiKey": emulator.api_key() }).to_string())
        .unwrap();
    let requests = emulator.requests();
    assert_eq!(requests.len(), 2);
    let first = &requests[0];
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("GET", "/a%2Fb")
    );
    assert_eq!(first.query.as_deref(), Some("x=1%2B1&x=a+b&y"));
    let pairs = [("x", "1+1"), ("x", "a b"), ("y", "")];
    assert_eq!(
        first.query_pairs(),
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(first.header("x-API-key"), Some(emulator.api_key()));
    assert_eq!(first.status, Some(404));
    assert_eq!(
        requests[1].json().unwrap(),
        json!({ "apiKey": emulator.api_key() })
    );
    assert_eq!(requests[1].body_length, requests[1].body.len() as u64);
    assert!(!format!("{emulator:?} {requests:?}").contains(emulator.api_key()));
    emulator.clear_requests();
    assert!(emulator.requests().is_empty());
}

#[test]
fn of_huge_bodies_only_the_beginning_is_recorded() {
    let emulator = Emulator::start().unwrap();
    let body = vec![b' '; 3 << 20];
    let response = agent()
        .post(format!("{}/nowhere", emulator.url()))
        .send(&body[..])
        .unwrap();
    assert_eq!(response.status(), 404);
    let request = emulator.requests().remove(0);
    assert_eq!(request.body_length, 3 << 20);
    assert_eq!(request.body.len(), 1 << 20);
}

#[test]
fn connections_are_counted() {
    let emulator = Emulator::start().unwrap();
    let agent = agent();
    for _ in 0..3 {
        let mut response = agent
            .get(format!("{}{SEARCH}", emulator.url()))
            .call()
            .unwrap();
        response.body_mut().read_to_vec().unwrap();
    }
    assert_eq!(emulator.connections(), 1);
    get(&emulator, SEARCH);
    assert_eq!(emulator.connections(), 2);
    let numbers: Vec<u64> = emulator
        .requests()
        .iter()
        .map(|request| request.connection)
        .collect();
    assert_eq!(numbers, [1, 1, 1, 2]);
}

#[test]
fn faults_come_in_order_and_are_used_up() {
    let emulator = Emulator::start().unwrap();
    emulator.fail_next(2, 503);
    emulator.fault_next(
        1,
        Fault::Status {
            status: 502,
            headers: vec![("retry-after".to_owned(), "7".to_owned())],
            content_type: Some("text/html".to_owned()),
            body: b"<h1>Bad Gateway</h1>".to_vec(),
        },
    );
    emulator.fault_next(1, Fault::Delay(Duration::from_millis(1)));
    for _ in 0..2 {
        let response = get(&emulator, SEARCH);
        assert_eq!(response.status(), 503);
        assert_eq!(json_of(response)["code"], "UNAVAILABLE");
    }
    let mut response = get(&emulator, SEARCH);
    assert_eq!(response.status(), 502);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(
        response.body_mut().read_to_string().unwrap(),
        "<h1>Bad Gateway</h1>"
    );
    for _ in 0..2 {
        assert_eq!(get(&emulator, SEARCH).status(), 200);
    }
    let statuses: Vec<Option<u16>> = emulator.requests().iter().map(|r| r.status).collect();
    assert_eq!(statuses, [503, 503, 502, 200, 200].map(Some));
}

#[test]
fn faults_can_be_aimed_and_forgotten() {
    let emulator = Emulator::start().unwrap();
    emulator.fault_next_to("/api-keys/", 1, Fault::status(500));
    assert_eq!(get(&emulator, SEARCH).status(), 200);
    let body = json!({ "apiKey": emulator.api_key() }).to_string();
    assert_eq!(introspect(&emulator, &body).status(), 500);
    emulator.fail_next(5, 500);
    emulator.clear_faults();
    assert_eq!(get(&emulator, SEARCH).status(), 200);
}

/// Sends one request over a connection of its own and returns all that comes back.
fn raw(emulator: &Emulator, request: &str) -> String {
    let address = emulator.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    // A cut connection may also end with a reset.
    let _ = stream.read_to_end(&mut response);
    String::from_utf8_lossy(&response).into_owned()
}

#[test]
fn connections_are_cut_before_and_after_acting() {
    let emulator = Emulator::start().unwrap();
    for fault in [Fault::CutBeforeResponse, Fault::CutAfterActing] {
        emulator.fault_next(1, fault);
        assert_eq!(
            raw(
                &emulator,
                &format!("GET {SEARCH} HTTP/1.1\r\nhost: x\r\n\r\n")
            ),
            ""
        );
    }
    assert!(
        emulator
            .requests()
            .iter()
            .all(|request| request.status.is_none())
    );
}

#[test]
fn connections_are_cut_in_the_middle_of_the_response() {
    let emulator = Emulator::start().unwrap();
    emulator.fault_next(1, Fault::CutDuringResponse);
    let request = format!("GET {SEARCH}&maxPageSize=100 HTTP/1.1\r\nhost: x\r\n\r\n");
    let response = raw(&emulator, &request);
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap()
        .parse()
        .unwrap();
    assert!(head.starts_with("HTTP/1.1 200"));
    assert!(
        !body.is_empty() && body.len() <= length / 2 + 1,
        "{} of {length}",
        body.len()
    );
}

#[test]
fn a_client_that_waits_for_leave_is_told_to_go_on() {
    let emulator = Emulator::start().unwrap();
    let body = json!({ "apiKey": emulator.api_key() }).to_string();
    let request = format!(
        "POST /api-keys/v1/introspect HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let response = raw(&emulator, &request);
    assert!(response.starts_with("HTTP/1.1 100 Continue"), "{response}");
    assert!(response.contains("HTTP/1.1 200 OK"), "{response}");
}

#[test]
fn rate_limits_are_told_but_not_enforced() {
    let emulator = Emulator::start().unwrap();
    emulator.set_rate_limit("toolbox.search", 1);
    for _ in 0..3 {
        let response = get(&emulator, SEARCH);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-ratelimit-limit"], "1, 1;w=60");
        assert_eq!(response.headers()["x-ratelimit-remaining"], "0");
        let reset = response.headers()["x-ratelimit-reset"].to_str().unwrap();
        assert!((1..=60).contains(&reset.parse::<u64>().unwrap()));
    }
}

#[test]
fn enforced_rate_limits_are_counted_by_owner_and_endpoint() {
    let emulator = Emulator::builder().rate_limits(true).start().unwrap();
    emulator.set_rate_limit("toolbox.search", 2);
    let same_owner = emulator.add_key(KeySpec::new("a").every_scope());
    let other_owner = emulator.add_key(KeySpec::new("b").every_scope().authorized_user(5));
    assert_eq!(get(&emulator, SEARCH).status(), 200);
    let response = get_with(&emulator, SEARCH, "x-api-key", &same_owner);
    assert_eq!(response.headers()["x-ratelimit-remaining"], "0");
    let response = get(&emulator, SEARCH);
    assert_eq!(response.status(), 429);
    let wait = response.headers()["retry-after"].to_str().unwrap();
    assert!((1..=60).contains(&wait.parse::<u64>().unwrap()));
    assert_eq!(
        response.headers()["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(json_of(response)["status"], 429);
    let token = format!("Bearer {}", emulator.bearer_token());
    for (name, value) in [
        ("x-api-key", other_owner.as_str()),
        ("authorization", &token),
    ] {
        assert_eq!(get_with(&emulator, SEARCH, name, value).status(), 200);
    }
    let id = emulator.toolbox_asset_ids("Model")[0];
    let details = format!("/toolbox-service/v2/assets/{id}");
    assert_eq!(
        get(&emulator, &details).headers()["x-ratelimit-limit"],
        "1000, 1000;w=60"
    );
    emulator.set_rate_limit_period(Duration::ZERO);
    for _ in 0..3 {
        assert_eq!(get(&emulator, SEARCH).status(), 200);
    }
}

#[test]
fn a_window_ends_when_the_clock_is_put_forward() {
    let emulator = Emulator::builder().rate_limits(true).start().unwrap();
    emulator.set_rate_limit("toolbox.search", 1);
    let reset = |response: &Response<Body>| -> u64 {
        let reset = response.headers()["x-ratelimit-reset"].to_str().unwrap();
        reset.parse().unwrap()
    };
    let first = get(&emulator, SEARCH);
    assert_eq!(first.status(), 200);
    let before = emulator.clock();
    emulator.advance_clock(Duration::from_secs(20));
    assert!(emulator.clock() >= before + Duration::from_secs(20));
    let rejected = get(&emulator, SEARCH);
    assert_eq!(rejected.status(), 429);
    assert!(reset(&rejected) <= reset(&first) - 20);
    assert_eq!(
        rejected.headers()["retry-after"],
        rejected.headers()["x-ratelimit-reset"]
    );
    emulator.advance_clock(Duration::from_secs(reset(&rejected)));
    let next = get(&emulator, SEARCH);
    assert_eq!(next.status(), 200);
    assert_eq!(next.headers()["x-ratelimit-remaining"], "0");
    assert_eq!(get(&emulator, SEARCH).status(), 429);
    emulator.advance_clock(Duration::MAX);
    assert_eq!(emulator.clock(), Duration::MAX);
}

#[test]
#[should_panic(expected = "no endpoint is called")]
fn limits_of_unknown_endpoints_cannot_be_set() {
    Emulator::start().unwrap().set_rate_limit("toolbox.find", 1);
}

#[test]
fn it_stops_when_it_is_dropped() {
    let emulator = Emulator::start().unwrap();
    let address = emulator.url().strip_prefix("http://").unwrap().to_owned();
    let mut idle = TcpStream::connect(&address).unwrap();
    get(&emulator, SEARCH);
    drop(emulator);
    // Another test may have the port by now, so nothing is said about that.
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn two_run_side_by_side() {
    let (one, two) = (Emulator::start().unwrap(), Emulator::start().unwrap());
    assert_ne!(one.url(), two.url());
    get(&one, SEARCH);
    assert!(two.requests().is_empty());
}
