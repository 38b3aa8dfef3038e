//! What a service or a proxy on the way does to `Expect: 100-continue`, which large uploads have: whatever
//! it is, an upload that would succeed without it succeeds.

use std::io::{self, Read};
use std::sync::Mutex;
use std::time::Duration;

use rblxopencloud::{ApiKey, Asset, AssetFile, AssetType, Creator, Error, Operation};
use support::client::{builder, key};
use support::raw_server::{Connection, RawRequest, RawServer, json, response};

const SIZE: usize = 3 << 20;

fn begun() -> Vec<u8> {
    json(200, r#"{"path":"operations/op-1","done":false}"#)
}

fn upload_file(key: &ApiKey, file: AssetFile) -> Result<Operation<Asset>, Error> {
    key.get_user(1)
        .upload_asset(file, AssetType::Model, "n", "d")
        .unchecked()
        .send()
}

fn upload(key: &ApiKey) -> Result<Operation<Asset>, Error> {
    upload_file(key, AssetFile::from_bytes("crate.fbx", vec![7; SIZE]))
}

/// A reader that cannot be read twice.
fn once() -> AssetFile {
    AssetFile::from_reader("crate.fbx", io::repeat(7).take(SIZE as u64), SIZE as u64)
}

fn expects(request: &RawRequest) -> bool {
    request.header("expect") == Some("100-continue")
}

/// Reads all of a body whose head was read, and whether that is all of it.
fn read_rest(connection: &mut Connection, request: &RawRequest) -> bool {
    let length: usize = request.header("content-length").unwrap().parse().unwrap();
    let left = (length - request.body.len()) as u64;
    connection.skip(left) == left
}

/// A server that does this to a request with an expectation, and takes every other one.
fn server(reject: impl Fn(&mut Connection) -> bool + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_part(0) {
            if expects(&request) {
                if !reject(connection) {
                    return;
                }
            } else if read_rest(connection, &request) {
                connection.send(&begun());
            }
        }
    })
}

#[test]
fn a_server_that_rejects_the_expectation_gets_the_body_without_it() {
    type Reject = fn(&mut Connection) -> bool;
    let rejections: [Reject; 11] = [
        // 417, and the connection stays open, or is closed.
        |connection| {
            connection.send(&json(417, "{}"));
            true
        },
        |connection| {
            connection.send(b"HTTP/1.1 417 Expectation Failed\r\n\r\n");
            false
        },
        // Other statuses: one that says it by itself, and one that says it in words.
        |connection| {
            connection.send(&json(501, r#"{"message":"Not Implemented"}"#));
            true
        },
        |connection| {
            connection.send(b"HTTP/1.1 501 X\r\n\r\n");
            false
        },
        |connection| {
            connection.send(&response(400, &[], b"Unknown expectation"));
            true
        },
        |connection| {
            connection.send(&json(
                400,
                r#"{"message":"Expect: 100-Continue is not known"}"#,
            ));
            true
        },
        |connection| {
            connection.send(b"HTTP/1.1 400 Unknown Expectation\r\nconnection: close\r\n\r\n");
            false
        },
        // Without a word.
        |_| false,
        |connection| {
            connection.close();
            false
        },
        // In the middle of a response.
        |connection| {
            connection.send(b"HTTP/1.1 4");
            false
        },
        |connection| {
            connection.send(b"HTTP/1.1 102\r\n\r\n");
            false
        },
    ];
    for (number, reject) in rejections.into_iter().enumerate() {
        let server = server(reject);
        let (key, waits) = key(server.url());
        for file in [AssetFile::from_bytes("crate.fbx", vec![7; SIZE]), once()] {
            let operation =
                upload_file(&key, file).unwrap_or_else(|error| panic!("{number}: {error:?}"));
            assert_eq!(operation.id(), "op-1", "{number}");
            let expected: Vec<_> = server.take_requests().iter().map(expects).collect();
            assert_eq!((expected, waits.take()), (vec![true, false], vec![]));
        }
    }
}

#[test]
fn after_a_reset_before_the_body_the_upload_is_sent_without_the_expectation() {
    let server = RawServer::start(|number, connection| {
        if number % 2 == 0 {
            // The rest of the head stays unread, which makes it a reset.
            connection.skip(1);
        } else if let Some(request) = connection.read_part(0) {
            assert!(!expects(&request) && read_rest(connection, &request));
            let headers = [
                ("connection", "close"),
                ("content-type", "application/json"),
            ];
            connection.send(&response(200, &headers, br#"{"path":"o/1","done":false}"#));
        }
    });
    let (key, waits) = key(server.url());
    for _ in 0..50 {
        let _ = upload(&key).unwrap();
        let _ = upload_file(&key, once()).unwrap();
    }
    assert_eq!((server.connections(), waits.take()), (200, vec![]));
}

#[test]
fn a_rejected_expectation_uses_up_no_retry_but_counts_as_an_attempt() {
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_part(0) {
            if expects(&request) {
                connection.send(&json(417, "{}"));
            } else if read_rest(connection, &request) {
                connection.send(&json(503, "{}"));
            }
        }
    });
    let (key, waits) = key(server.url());
    let error = upload(&key).unwrap_err();
    // Once with the expectation, and then as often as any other request.
    assert_eq!((error.status(), error.attempts()), (Some(503), 4));
    assert_eq!(waits.take(), [1_000, 2_000]);
    let expected: Vec<_> = server.requests().iter().map(expects).collect();
    assert_eq!(expected, [true, false, false, false]);
}

#[test]
fn a_status_of_the_request_itself_is_not_taken_for_one_of_the_expectation() {
    for (reads_body, response, status, attempts) in [
        (false, json(400, r#"{"message":"No."}"#), 400, 1),
        (false, json(501, "{}"), 501, 2),
        (
            false,
            json(400, r#"{"message":"an unknown expectation"}"#),
            400,
            2,
        ),
        // The service had the body.
        (true, json(501, "{}"), 501, 1),
        (
            true,
            json(400, r#"{"message":"an unknown expectation"}"#),
            400,
            1,
        ),
    ] {
        let server = RawServer::start(move |_, connection| {
            while let Some(request) = connection.read_part(0) {
                if reads_body {
                    connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
                }
                if (reads_body || !expects(&request)) && !read_rest(connection, &request) {
                    return;
                }
                connection.send(&response);
            }
        });
        let (key, waits) = key(server.url());
        let error = upload(&key).unwrap_err();
        let context = format!("{reads_body} {status}: {error:?}");
        assert_eq!(error.status(), Some(status), "{context}");
        assert_eq!(
            (error.attempts(), waits.take()),
            (attempts, vec![]),
            "{context}"
        );
    }
}

#[test]
fn a_rejection_of_the_request_is_final_and_costs_no_body() {
    for response in [
        json(403, r#"{"message":"No."}"#),
        b"HTTP/1.1 403 X\r\n\r\n{\"message\":\"No.\"}".to_vec(),
        b"HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 403 X\r\ncontent-length: 0\r\n\r\n"
            .to_vec(),
    ] {
        let server = RawServer::start(move |_, connection| {
            connection.read_part(0);
            connection.send(&response);
        });
        let (key, _) = key(server.url());
        let error = upload(&key).unwrap_err();
        assert_eq!((error.status(), error.attempts()), (Some(403), 1));
        assert!(!error.is_outcome_unknown(), "{error:?}");
        assert!(server.requests()[0].body.is_empty());
    }
}

#[test]
fn interim_responses_are_passed_over_wherever_they_come() {
    const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
    const WITH_HEADERS: &str = "HTTP/1.1 100 Continue\r\ndate: today\r\nserver: a proxy\r\n\r\n";
    const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";
    const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n";
    for (before, after) in [
        (CONTINUE.to_owned(), String::new()),
        (WITH_HEADERS.to_owned(), String::new()),
        (format!("{PROCESSING}{HINTS}{CONTINUE}"), String::new()),
        (
            format!("{HINTS}{HINTS}{WITH_HEADERS}"),
            format!("{HINTS}{PROCESSING}"),
        ),
        (format!("{CONTINUE}{HINTS}"), WITH_HEADERS.to_owned()),
        (format!("{WITH_HEADERS}{WITH_HEADERS}"), String::new()),
        (CONTINUE.to_owned(), format!("{CONTINUE}{CONTINUE}{HINTS}")),
    ] {
        // At once, and in pieces.
        for size in [1_000, 7] {
            let (before, after) = (before.clone(), after.clone());
            let server = RawServer::start(move |_, connection| {
                let send = |connection: &mut Connection, text: &str| {
                    for piece in text.as_bytes().chunks(size) {
                        connection.send(piece);
                        std::thread::sleep(Duration::from_micros(100));
                    }
                };
                while let Some(request) = connection.read_part(0) {
                    // The client must wait for 100 until the last piece of it was sent.
                    assert!(expects(&request) && request.body.is_empty());
                    send(connection, &before);
                    if read_rest(connection, &request) {
                        send(connection, &after);
                        connection.send(&begun());
                    }
                }
            });
            let (key, waits) = key(server.url());
            for _ in 0..2 {
                assert_eq!(upload(&key).unwrap().id(), "op-1");
            }
            assert_eq!((server.requests().len(), waits.take()), (2, vec![]));
            assert_eq!(server.connections(), 1);
        }
    }
}

#[test]
fn a_100_that_comes_after_the_body_was_begun_is_passed_over() {
    for late in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\ndate: x\r\n\r\n",
    ] {
        let server = RawServer::start(move |_, connection| {
            while let Some(request) = connection.read_part(1) {
                // Some of the body is here, so the client has not waited longer.
                connection.send(late.as_bytes());
                if read_rest(connection, &request) {
                    connection.send(&begun());
                }
            }
        });
        let (builder, _) = builder(server.url());
        let key = builder.timeout(Duration::from_millis(400)).build().unwrap();
        for _ in 0..2 {
            assert_eq!(upload(&key).unwrap().id(), "op-1");
        }
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn a_connection_that_breaks_after_the_body_was_begun_is_not_sent_again() {
    for has_continue in [true, false] {
        let server = RawServer::start(move |_, connection| {
            let Some(request) = connection.read_part(0) else {
                return;
            };
            assert!(expects(&request));
            if has_continue {
                connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            // So much of the body that the client is in the middle of it.
            connection.skip(1 << 20);
        });
        let (builder, _) = builder(server.url());
        let key = builder.timeout(Duration::from_millis(400)).build().unwrap();
        let large = AssetFile::from_reader("crate.fbx", io::repeat(7), 64 << 20);
        let error = upload_file(&key, large).unwrap_err();
        assert!(
            error.is_outcome_unknown() && error.attempts() == 1,
            "{error:?}"
        );
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn a_success_in_place_of_100_is_not_sent_again() {
    let server = RawServer::start(|_, connection| {
        connection.read_part(0);
        connection.send(&begun());
    });
    let (key, _) = key(server.url());
    let error = upload(&key).unwrap_err();
    assert!(
        error.is_outcome_unknown() && error.attempts() == 1,
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_breaks_without_the_expectation_too_is_an_error() {
    let lines = Mutex::new(Vec::new());
    let server = RawServer::start(move |_, connection| {
        if let Some(request) = connection.read_part(0) {
            lines.lock().unwrap().push(expects(&request));
        }
    });
    let (key, waits) = key(server.url());
    let error = upload(&key).unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    assert!(error.is_outcome_unknown(), "{error:?}");
    assert_eq!((error.attempts(), waits.take()), (2, vec![]));
    let expected: Vec<_> = server.requests().iter().map(expects).collect();
    assert_eq!(expected, [true, false]);
}
