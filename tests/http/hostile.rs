//! A server that does everything wrong: each time an error of the right kind, within limits, and the next
//! call on the same key works.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Error, RetryPolicy};
use support::client::key;
use support::raw_server::{Connection, RawServer, json, response};

/// What the first request gets is up to `hostile`, and then the connection is closed; all others get a good
/// response.
fn against(hostile: impl Fn(&mut Connection) + Send + Sync + 'static) -> Result<u64, Error> {
    call_twice(hostile, true)
}

/// The same with a response that is whole, after which the connection can be used again.
fn whole(bytes: impl Into<Vec<u8>>) -> Result<u64, Error> {
    let bytes = bytes.into();
    call_twice(move |connection| connection.send(&bytes), false)
}

fn call_twice(
    hostile: impl Fn(&mut Connection) + Send + Sync + 'static,
    closes: bool,
) -> Result<u64, Error> {
    let struck = AtomicBool::new(false);
    let server = RawServer::start(move |number, connection| {
        while connection.read_request().is_some() {
            if number == 0 && !struck.swap(true, Ordering::SeqCst) {
                hostile(connection);
                if closes {
                    return connection.close();
                }
            } else {
                connection.send(&json(200, r#"{"asset":{"id":1}}"#));
            }
        }
    });
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .timeout(Duration::from_millis(100))
        .body_limit(1 << 20)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let result = key.fetch_toolbox_asset(1).map(|asset| asset.asset_id);
    assert_eq!(
        key.fetch_toolbox_asset(1).unwrap().asset_id,
        1,
        "the call after"
    );
    result
}

/// As [`against`], with the same bytes sent over and over, until the client has had enough.
fn endless(head: &'static str, more: Vec<u8>) -> Error {
    against(move |connection| {
        connection.send(head.as_bytes());
        while connection.try_send(&more) {}
    })
    .unwrap_err()
}

fn sent(bytes: impl Into<Vec<u8>>) -> Result<u64, Error> {
    let bytes = bytes.into();
    against(move |connection| connection.send(&bytes))
}

fn is_broken(error: &Error) -> bool {
    matches!(error, Error::Transport(_)) && !error.is_timeout()
}

#[test]
fn an_endless_header_is_cut_off() {
    let error = endless(
        "HTTP/1.1 200 OK\r\n",
        b"x-more: and more of it\r\n".repeat(100),
    );
    assert!(is_broken(&error), "{error:?}");
    let error = endless("HTTP/1.1 200 OK\r\nx-long: ", vec![b'a'; 4096]);
    assert!(is_broken(&error), "{error:?}");
}

#[test]
fn an_endless_body_is_cut_off_at_the_limit() {
    let spaces = vec![b' '; 1 << 16];
    let error = endless(
        "HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n",
        spaces.clone(),
    );
    assert!(
        error.is_decode() && error.to_string().contains("over the limit"),
        "{error}"
    );
    let error = endless("HTTP/1.1 200 OK\r\n\r\n", spaces.clone());
    assert!(error.is_decode(), "{error}");
    let chunk = [b"10000\r\n".as_slice(), &spaces, b"\r\n"].concat();
    let error = endless(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        chunk,
    );
    assert!(error.is_decode(), "{error}");
    // Of an error's body only so much is read as an error needs.
    let error = endless("HTTP/1.1 500 X\r\n\r\n", spaces);
    assert_eq!(error.status(), Some(500), "{error}");
}

#[test]
fn a_server_that_stops_in_the_middle_is_a_timeout() {
    for part in [
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 200 OK\r\ncontent-",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
    ] {
        let error = against(move |connection| {
            connection.send(part.as_bytes());
            // Longer than the client waits.
            connection.wait_until_closed();
        })
        .unwrap_err();
        assert!(
            error.is_timeout() && !error.is_connect(),
            "{part:?}: {error:?}"
        );
    }
}

#[test]
fn a_body_shorter_than_its_length_is_a_broken_connection() {
    let error =
        sent("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"asset\":{\"id\":1}}").unwrap_err();
    assert!(is_broken(&error), "{error:?}");
}

#[test]
fn a_body_longer_than_its_length_is_cut_at_its_length_and_its_connection_is_not_used_again() {
    let id = sent("HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{\"asset\":{\"id\":1}}HTTP/1.1 200 OK\r\n\r\n").unwrap();
    assert_eq!(id, 1);
}

#[test]
fn bad_chunks_are_a_broken_connection() {
    for chunks in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-1\r\n{}\r\n",
        "ffffffffffffffffff\r\n{}\r\n",
        "2\r\n{}garbage",
        "5\r\n{}",
    ] {
        let error = sent(format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"
        ))
        .unwrap_err();
        assert!(is_broken(&error), "{chunks}: {error:?}");
    }
}

#[test]
fn bad_compression_is_a_broken_connection() {
    for body in [
        b"no gzip at all".to_vec(),
        vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 2, 3],
    ] {
        let error = whole(response(200, &[("content-encoding", "gzip")], &body)).unwrap_err();
        assert!(is_broken(&error), "{error:?}");
    }
}

#[test]
fn garbage_in_place_of_a_status_line_is_a_broken_connection() {
    for garbage in [
        "\r\n\r\n",
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 99 X\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "",
    ] {
        let error = sent(garbage).unwrap_err();
        assert!(is_broken(&error), "{garbage:?}: {error:?}");
    }
}

#[test]
fn a_storm_of_interim_responses_comes_to_an_end() {
    let error = endless(
        "HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n".repeat(50),
    );
    assert!(
        matches!(error, Error::Transport(_) | Error::Http(_)),
        "{error:?}"
    );
}

#[test]
fn a_response_of_http_1_0_is_understood() {
    assert_eq!(
        sent("HTTP/1.0 200 OK\r\n\r\n{\"asset\":{\"id\":3}}").unwrap(),
        3
    );
}

#[test]
fn a_204_has_no_body_whatever_it_says() {
    let error = sent("HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}").unwrap_err();
    assert_eq!(error.status(), Some(204));
}

#[test]
fn redirects_in_a_circle_or_to_strange_places_are_errors_at_once() {
    for location in [
        "/toolbox-service/v2/assets/1",
        "//evil.example",
        "http://[::1",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        let error = whole(response(302, &[("location", location)], b"")).unwrap_err();
        assert_eq!(
            (error.status(), error.attempts()),
            (Some(302), 1),
            "{error}"
        );
    }
}

#[test]
fn absurd_limits_make_no_absurd_waits() {
    for headers in [
        [
            ("retry-after", "31536000"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "0"),
        ],
        [
            ("retry-after", "-5"),
            ("x-ratelimit-remaining", "-1"),
            ("x-ratelimit-reset", "99999999999999999999"),
        ],
        [
            ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "18446744073709551615"),
        ],
        [
            ("retry-after", "NaN"),
            ("x-ratelimit-remaining", "1e3"),
            ("x-ratelimit-reset", ""),
        ],
    ] {
        let server = RawServer::responding(vec![
            response(429, &headers, b""),
            response(503, &headers, b""),
            json(200, r#"{"asset":{"id":1}}"#),
        ]);
        let key = ApiKey::builder("k")
            .base_url(server.url())
            .retry_policy(
                RetryPolicy::new()
                    .rate_limited(true)
                    .max_wait(Duration::from_secs(60)),
            )
            .sleep_with(|pause| {
                assert!(pause <= Duration::from_secs(60), "{pause:?}");
                std::ops::ControlFlow::Continue(())
            })
            .build()
            .unwrap();
        match key.fetch_toolbox_asset(1) {
            Ok(asset) => assert_eq!(asset.asset_id, 1),
            Err(error) => assert!(
                error.is_rate_limited() && error.attempts() == 1,
                "{error:?}"
            ),
        }
    }
}

#[test]
fn what_is_odd_in_one_entry_costs_no_entry_of_a_page() {
    for odd in [
        r#""name":"\ud83d""#,
        r#""scriptCount":1e999"#,
        r#""name":"a","name":"b""#,
    ] {
        for count in [1, 128, 129, 300] {
            let mut assets = vec![r#"{"asset":{"id":1}}"#.to_owned(); count];
            assets.push(format!(r#"{{"asset":{{"id":2,{odd}}}}}"#));
            let body = format!(r#"{{"creatorStoreAssets":[{}]}}"#, assets.join(","));
            let server = RawServer::responding(vec![json(200, &body)]);
            let (key, _) = key(server.url());
            let found: Vec<_> = key
                .search_toolbox("Model")
                .into_iter()
                .map(Result::unwrap)
                .collect();
            assert_eq!(found.len(), count + 1, "{odd}");
            assert_eq!(found.last().unwrap().0.asset_id, 2, "{odd}");
        }
    }
}

#[test]
fn half_a_character_in_a_large_response_costs_nothing_else() {
    let body = format!(
        r#"{{"asset":{{"id":1,"name":"\ud83d","description":"{}"}}}}"#,
        "x".repeat(2 << 20)
    );
    let server = RawServer::responding(vec![json(200, &body)]);
    let (key, _) = key(server.url());
    assert_eq!(key.fetch_toolbox_asset(1).unwrap().asset_id, 1);
}

#[test]
fn a_wrong_type_in_any_field_costs_no_other() {
    for wrong in [
        "true",
        "[]",
        "{}",
        "\"\\ud800\"",
        "-1",
        "1e400",
        "\"999999999999999999999\"",
    ] {
        let id = whole(json(200, &format!(r#"{{"asset":{{"id":{wrong}}}}}"#)));
        assert_eq!(id.unwrap(), 1, "{wrong}");
    }
    for field in [
        "name",
        "socialLinks",
        "previewAssets",
        "createTime",
        "hasScripts",
        "scriptCount",
        "subTypes",
        "instanceCounts",
    ] {
        for wrong in ["3.5", "[[[]]]", "{\"a\":{}}"] {
            let result = whole(json(
                200,
                &format!(r#"{{"asset":{{"id":1,"{field}":{wrong}}}}}"#),
            ));
            assert_eq!(result.unwrap(), 1, "{field} {wrong}");
        }
    }
}

#[test]
fn a_rejection_with_a_broken_body_is_the_error_of_its_status() {
    let heads = [
        "content-length: 100\r\n\r\n{\"message\":\"half",
        "content-length: 100\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n5\r\nhe",
        "transfer-encoding: chunked\r\n\r\nnonsense\r\n",
        "connection: close\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnone",
    ];
    for rest in heads {
        for status in [400, 404, 409, 429, 500, 503] {
            let server = RawServer::start(move |_, connection| {
                connection.read_request();
                connection.send(format!("HTTP/1.1 {status} X\r\n{rest}").as_bytes());
            });
            let builder = ApiKey::builder("k").base_url(server.url());
            let key = builder.retry_policy(RetryPolicy::none()).build().unwrap();
            let file = AssetFile::from_bytes("a.fbx", "x");
            let user = key.get_user(1);
            for error in [
                key.fetch_toolbox_asset(1).unwrap_err(),
                user.upload_asset(file, AssetType::Model, "n", "")
                    .send()
                    .unwrap_err(),
                user.update_asset(1).name("n").send().unwrap_err(),
                key.save_asset(7, AssetType::Model).unwrap_err(),
                key.send_request("DELETE", "a")
                    .expected_status([200])
                    .send()
                    .unwrap_err(),
            ] {
                let context = format!("{status} {rest:?}: {error:?}");
                if status < 500 {
                    assert_eq!(error.status(), Some(status), "{context}");
                    assert!(!error.is_outcome_unknown(), "{context}");
                    assert!(!error.to_string().contains("half"), "{context}");
                } else {
                    assert!(is_broken(&error) && error.is_outcome_unknown(), "{context}");
                }
                assert_eq!(error.is_not_found(), status == 404, "{context}");
            }
            // Whoever takes every status is told that the response is not whole.
            let error = key.send_request("GET", "a").send().unwrap_err();
            assert!(is_broken(&error), "{error:?}");
        }
    }
}

#[test]
fn a_rejection_whose_body_never_comes_is_the_error_of_its_status() {
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 404 X\r\ncontent-length: 9\r\n\r\nhalf");
        connection.wait_until_closed();
    });
    let builder = ApiKey::builder("k").base_url(server.url());
    let key = builder.timeout(Duration::from_millis(200)).build().unwrap();
    let error = key.fetch_toolbox_asset(1).unwrap_err();
    assert!(error.is_not_found() && error.attempts() == 1, "{error:?}");
}
