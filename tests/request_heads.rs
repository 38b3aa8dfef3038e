//! The key arrives in every request that the crate agrees to send, and is in no log.
//!
//! It is a program of its own because a process has one logger, and here that logs everything.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use rblxopencloud::{ApiKey, ApiKeyBuilder, RetryPolicy};
use support::cases::config;
use support::raw_server::{RawServer, json};

/// However a log cuts it into rows, each part of it is one that `LOGGED` finds.
const SECRET: &str = "qzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqz";

/// Whether a part of the secret was logged, and anything at all.
static SECRET_LOGGED: AtomicBool = AtomicBool::new(false);
static LOGGED: AtomicBool = AtomicBool::new(false);

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED.store(true, Ordering::Relaxed);
        if record.args().to_string().contains("qzqzqz") {
            SECRET_LOGGED.store(true, Ordering::Relaxed);
        }
    }

    fn flush(&self) {}
}

/// Runs a test while everything is logged.
fn with_log(test: impl FnOnce()) {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Log).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    test();
    assert!(LOGGED.load(Ordering::Relaxed));
    assert!(!SECRET_LOGGED.load(Ordering::Relaxed));
}

fn key(url: &str) -> ApiKey {
    let builder = ApiKey::builder(SECRET).base_url(url);
    builder.retry_policy(RetryPolicy::none()).build().unwrap()
}

#[test]
fn the_key_arrives_with_any_method() {
    with_log(|| {
        let server = RawServer::responding(vec![json(200, "")]);
        let key = key(server.url());
        for method in [
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "OPTIONS",
            "TRACE",
            "CONNECT",
            "M-SEARCH",
            "VERSION-CONTROL",
            "X",
            "7",
            "~~REDACTED-",
            "!#$%&'*+-.^_`|~9",
        ] {
            let response = key.send_request(method, "x").send().unwrap();
            assert_eq!(response.status, 200, "{method}");
            let requests = server.take_requests();
            let [request] = requests.as_slice() else {
                panic!("{requests:?}");
            };
            assert!(request.line().starts_with(&format!("{method} ")));
            assert_eq!(request.header("x-api-key"), Some(SECRET), "{method}");
        }
    });
}

#[test]
fn every_secret_of_a_request_arrives_and_so_does_the_same_one_twice() {
    with_log(|| {
        let server = RawServer::responding(vec![json(200, "")]);
        let cookie = format!("a={SECRET}; b={SECRET}");
        let bearer = format!("Bearer {SECRET}");
        key(server.url())
            .send_request("GET", "x")
            .header("cookie", &cookie)
            .header("cookie", SECRET)
            .header("proxy-authorization", SECRET)
            .authorization(&bearer)
            .send()
            .unwrap();
        let request = &server.requests()[0];
        let values = |name: &str| {
            let lines = request.head.lines();
            let pairs = lines.filter_map(|line| line.split_once(": "));
            let values = pairs.filter_map(|(known, value)| (known == name).then_some(value));
            values.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(values("cookie"), [cookie.as_str(), SECRET]);
        assert_eq!(values("proxy-authorization"), [SECRET]);
        assert_eq!(values("authorization"), [bearer]);
        assert_eq!(values("x-api-key"), [""; 0]);
    });
}

/// A server that takes heads of any length, and the heads it took. It responds to each at once.
fn taking_heads() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (heads, taken) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = Vec::new();
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                head.extend_from_slice(&buffer[..count]);
                if head.ends_with(b"\r\n\r\n") {
                    let head = String::from_utf8(std::mem::take(&mut head)).unwrap();
                    let _ = heads.send(head);
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                }
            }
        }
    });
    (url, taken)
}

/// What `ureq` sends at once.
const BUFFER: usize = 128 << 10;

#[test]
fn the_key_arrives_in_heads_of_any_length() {
    let (url, heads) = taking_heads();
    let key = key(&url);
    // Before the key's header, and in all as long as one, two or three buffers, a little less, and a little more.
    let lengths =
        (1..=3).flat_map(|buffers| (-180_i32..180).step_by(9).map(move |more| (buffers, more)));
    for (buffers, more) in lengths {
        let filler = BUFFER * buffers - 1_000;
        let filler = filler.checked_add_signed(more.try_into().unwrap()).unwrap();
        let mut request = key.send_request("GET", "x");
        let mut left = filler;
        while left > 0 {
            let length = left.min(40_000);
            let value = &"~redacted-0123456789abcdef".repeat(2_000)[..length];
            request = request.header("x-filler", value);
            left -= length;
        }
        request.send().unwrap();
        let head = heads.recv().unwrap();
        let line = format!("\r\nx-api-key: {SECRET}\r\n");
        assert_eq!(head.matches(&line).count(), 1, "{buffers} {more}");
        let lines = head
            .lines()
            .filter_map(|line| line.strip_prefix("x-filler: "));
        assert_eq!(lines.map(str::len).sum::<usize>(), filler);
    }
}

#[test]
fn a_key_longer_than_a_buffer_arrives() {
    let (url, heads) = taking_heads();
    for length in [BUFFER - 100, BUFFER, 3 * BUFFER + 7] {
        let secret = "k".repeat(length);
        let key = ApiKey::builder(&secret).base_url(&url).build().unwrap();
        key.send_request("M-SEARCH", "x").send().unwrap();
        let head = heads.recv().unwrap();
        assert!(head.contains(&format!("\r\nx-api-key: {secret}\r\n")));
    }
}

#[test]
fn what_no_buffer_can_hold_is_an_error_and_nothing_is_sent() {
    let server = RawServer::responding(vec![json(200, "")]);
    let key = key(server.url());
    let longest = BUFFER - "x-long: \r\n\r\n".len();
    let with = |length: usize| {
        let value = "v".repeat(length);
        key.send_request("GET", "x").header("x-long", &value).send()
    };
    assert_eq!(with(longest).unwrap().status, 200);
    server.take_requests();
    let error = with(longest + 1).unwrap_err();
    assert!(error.is_invalid_argument(), "{error}");
    assert!(error.to_string().contains("x-long"), "{error}");

    let long_method = key.send_request(&"M".repeat(BUFFER), "x").send();
    let long_path = key.send_request("GET", &"p".repeat(BUFFER)).send();
    let head_with_body = key.send_request("HEAD", "x").json(&1).send();
    let connect_with_body = key.send_request("CONNECT", "x").json(&1).send();
    let many = (0..40_000).map(|_| ("x-many", ""));
    let many_headers = key.send_request("GET", "x").headers(many).send();
    for result in [
        long_method,
        long_path,
        head_with_body,
        connect_with_body,
        many_headers,
    ] {
        let error = result.unwrap_err();
        assert!(error.is_invalid_argument(), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_body_that_looks_like_a_request_is_left_as_it_is_and_the_next_request_has_its_key() {
    let server = RawServer::responding(vec![json(200, "")]);
    let key = key(server.url());
    let placeholder = "~redacted-0123456789abcdef0123456789abcdef";
    let body = format!("GET / HTTP/1.1\r\nx-api-key: {placeholder}\r\n\r\n~redacted-");
    for _ in 0..3 {
        for method in ["POST", "DELETE", "M-SEARCH"] {
            let request = key
                .send_request(method, "x")
                .data(body.clone(), "text/plain");
            request.send().unwrap();
            let request = &server.take_requests()[0];
            assert_eq!(request.header("x-api-key"), Some(SECRET));
            assert_eq!(request.text(), body);
        }
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn any_request_arrives_as_it_was_given() {
    with_log(|| {
        let server = RawServer::responding(vec![json(200, "")]);
        let key = ApiKeyBuilder::anonymous()
            .base_url(server.url())
            .build()
            .unwrap();
        let value = || {
            prop_oneof![
                "[!-~]([ -~]{0,60}[!-~])?",
                "~*(redacted|~redacted-[0-9a-f]{0,40})",
            ]
        };
        let secret = prop_oneof![Just(SECRET.to_owned()), value()];
        let names = |names: [&'static str; 3]| prop::sample::select(names.to_vec());
        let header = prop_oneof![
            (names(["x-api-key", "authorization", "cookie"]), secret),
            (names(["x-a", "x-b", "x-c"]), value()),
        ];
        let headers = vec(header, 0..12);
        let bodies = prop_oneof![
            vec(any::<u8>(), 0..300),
            "(GET / HTTP/1.1\r\nx-api-key: )?(~redacted-[0-9a-f]{0,32}\r\n\r\n){0,3}"
                .prop_map(String::into_bytes),
        ];
        let methods = "[A-Z!#$%&'*+.^_`|~0-9-]{1,20}";
        proptest!(config(500), |(method in methods, headers in headers, body in bodies)| {
            prop_assume!(method != "HEAD" && method != "CONNECT");
            let request = key.send_request(&method, "x");
            let request = request.headers(headers.clone()).data(body.clone(), "text/plain");
            request.send().unwrap();
            let request = &server.take_requests()[0];
            prop_assert_eq!(request.line(), format!("{method} /x"));
            prop_assert_eq!(&request.body, &body);
            for name in ["x-a", "x-b", "x-c", "x-api-key", "authorization", "cookie"] {
                let given = headers.iter().filter(|(known, _)| *known == name);
                let given: Vec<_> = given.map(|(_, value)| value.as_str()).collect();
                let lines = request.head.lines().filter_map(|line| line.split_once(": "));
                let arrived: Vec<_> = lines.filter(|line| line.0 == name).map(|line| line.1).collect();
                prop_assert_eq!(arrived, given, "{}", name);
            }
        });
    });
}
