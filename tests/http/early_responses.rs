//! Services that respond before they have the whole body, as they do to a key that may not upload and to a file that
//! is too large, and then close the connection.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rblxopencloud::assets::UploadAsset;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Error, RetryPolicy};
use rustls::{ServerConnection, StreamOwned};
use support::client::{builder, key};
use support::raw_server::{Connection, RawServer, json, response};

use crate::certificates::{root, server_config};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn upload_file(key: &ApiKey, file: AssetFile) -> UploadAsset {
    key.get_user(1)
        .upload_asset(file, AssetType::Model, "n", "d")
        .unchecked()
        .retry_policy(RetryPolicy::none())
}

fn upload(key: &ApiKey, size: usize) -> Result<(), Error> {
    let file = AssetFile::from_bytes("crate.fbx", vec![7; size]);
    upload_file(key, file).send().map(drop)
}

/// A response after which the connection is closed.
fn last(status: u16, message: &str) -> Vec<u8> {
    let body = format!(r#"{{"code":"CODE","message":"{message}"}}"#);
    let headers = [
        ("content-type", "application/json"),
        ("connection", "close"),
    ];
    response(status, &headers, body.as_bytes())
}

fn too_large() -> Vec<u8> {
    last(413, "Too large.")
}

/// Lets the client send its body, if it asks, and reads the head and about so much of that.
fn read_some(connection: &mut Connection, of_body: usize) {
    if let Some(request) = connection.read_part(0) {
        if request.header("expect").is_some() {
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let length = request.header("content-length").unwrap().parse().unwrap();
        let left = of_body.min(length).saturating_sub(request.body.len());
        connection.skip(left as u64);
    }
}

#[test]
fn a_response_that_comes_before_the_body_was_sent_is_not_lost() {
    // Closing with bytes unread makes the client see a reset connection.
    for (of_body, rounds) in [(0, 12), (700, 6), (100 * KIB, 6)] {
        let server = RawServer::start(move |number, connection| {
            read_some(connection, of_body);
            connection.send(&if number % 2 == 0 {
                last(401, "Invalid API Key")
            } else {
                too_large()
            });
        });
        let (key, _) = key(server.url());
        let sizes = [1, 10, 64, 127, 128, 129, 200, 300, 500, 1_000, 2_000, 5_000];
        for (number, size) in sizes
            .into_iter()
            .cycle()
            .take(sizes.len() * rounds)
            .enumerate()
        {
            let error = upload(&key, size * KIB).unwrap_err();
            let status = if number % 2 == 0 { 401 } else { 413 };
            assert_eq!(error.status(), Some(status), "{size} KiB: {error:?}");
            assert!(
                !error.is_outcome_unknown() && error.attempts() == 1,
                "{error:?}"
            );
        }
        // None of the connections was used again.
        assert_eq!(server.connections(), sizes.len() * rounds);
    }
}

#[test]
fn a_response_without_a_length_is_read_up_to_the_end_of_the_connection() {
    for is_cut in [false, true] {
        let server = RawServer::start(move |_, connection| {
            read_some(connection, 0);
            connection.send(b"HTTP/1.1 413 X\r\ncontent-type: application/json\r\n\r\n");
            if is_cut {
                thread::sleep(Duration::from_millis(3));
            }
            connection.send(br#"{"message":"Too large."}"#);
        });
        let (key, _) = key(server.url());
        for size in [10, 900, 3_000, 20_000].into_iter().cycle().take(60) {
            let error = upload(&key, size * KIB).unwrap_err();
            assert_eq!(error.status(), Some(413), "{error:?}");
            assert!(error.to_string().contains("Too large."), "{error}");
        }
    }
}

#[test]
fn a_rejected_upload_stops_although_the_service_reads_on() {
    const LENGTH: u64 = 64 << 30;
    for status in [413, 302] {
        let read = Arc::new(Mutex::new(0));
        let for_server = read.clone();
        let server = RawServer::start(move |_, connection| {
            read_some(connection, 0);
            connection.send(b"HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n");
            // After the 100 was taken.
            connection.skip(64 << 10);
            connection.send(&last(status, "No."));
            *for_server.lock().unwrap() = connection.skip(LENGTH);
        });
        let (key, _) = key(server.url());
        struct Endless;
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                Ok(buffer.len())
            }
        }
        let file = AssetFile::from_reader("crate.fbx", Endless.take(LENGTH), LENGTH);
        let error = upload_file(&key, file).send().unwrap_err();
        assert_eq!(error.status(), Some(status), "{error:?}");
        assert!(*read.lock().unwrap() < LENGTH);
    }
}

#[test]
fn the_rest_of_a_file_is_not_read_when_the_service_takes_no_more_of_it() {
    let server = RawServer::start(|_, connection| {
        read_some(connection, 100 * KIB);
        connection.send(&too_large());
    });
    let (key, _) = key(server.url());
    let read = Arc::new(AtomicU64::new(0));
    struct Counted(Arc<AtomicU64>);
    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.fetch_add(buffer.len() as u64, Ordering::Relaxed);
            Ok(buffer.len())
        }
    }
    let told = Arc::new(AtomicU64::new(0));
    let for_upload = told.clone();
    let file = AssetFile::from_reader("crate.fbx", Counted(read.clone()), 8 << 30);
    let error = upload_file(&key, file)
        .progress(move |sent, _| for_upload.store(sent, Ordering::Relaxed))
        .send()
        .unwrap_err();
    assert_eq!(error.status(), Some(413), "{error:?}");
    let read = read.load(Ordering::Relaxed);
    assert!(read < 1 << 30, "{read}");
    assert!(told.load(Ordering::Relaxed) <= read);
}

#[test]
fn a_success_that_comes_before_the_body_was_sent_is_none() {
    // In place of 100, and after a part of the body.
    for (has_continue, of_body) in [(false, 0), (true, 0), (true, 100 * KIB)] {
        let server = RawServer::start(move |_, connection| {
            if has_continue {
                read_some(connection, of_body);
            } else {
                connection.read_part(0);
            }
            connection.send(&json(200, r#"{"path":"operations/1","done":false}"#));
        });
        let (key, _) = key(server.url());
        for size in [16, 64] {
            let error = upload(&key, size * MIB).unwrap_err();
            assert!(matches!(error, Error::Transport(_)), "{error:?}");
            assert!(
                error.is_outcome_unknown() && error.attempts() == 1,
                "{error:?}"
            );
        }
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn an_early_success_of_a_service_that_takes_the_whole_body_counts() {
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_part(0) {
            if request.header("expect").is_some() {
                connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            connection.send(&json(200, r#"{"path":"operations/1","done":false}"#));
            let length: usize = request.header("content-length").unwrap().parse().unwrap();
            connection.skip((length - request.body.len()) as u64);
        }
    });
    let (key, _) = key(server.url());
    for size in [1, 300, 900, 5_000] {
        upload(&key, size * KIB).unwrap();
    }
    // So slow that the response is found on the way.
    struct Slow(usize);
    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            thread::sleep(Duration::from_millis(60));
            let count = self.0.min(buffer.len()).min(200 * KIB);
            self.0 -= count;
            Ok(count)
        }
    }
    for size in [900, 2_000].map(|size| size * KIB) {
        let file = AssetFile::from_reader("crate.fbx", Slow(size), size as u64);
        let _ = upload_file(&key, file).send().unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn without_a_response_the_error_is_that_of_the_connection() {
    for sent in [
        "",
        "HTTP/1.1 413",
        "HTTP/1.1 413 X\r\ncontent-length: 2\r\n",
        "HTTP/1.1 100\r\n\r\n",
    ] {
        let server = RawServer::start(move |_, connection| {
            read_some(connection, 500 * KIB);
            connection.send(sent.as_bytes());
        });
        let (key, _) = key(server.url());
        for size in [10, 900, 5_000] {
            let error = upload(&key, size * KIB).unwrap_err();
            assert!(matches!(error, Error::Transport(_)), "{sent}: {error:?}");
            assert!(
                error.is_outcome_unknown() && !error.is_timeout(),
                "{error:?}"
            );
        }
    }
}

#[test]
fn a_response_of_a_service_that_reads_no_more_and_does_not_close_is_found_after_the_timeout() {
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let server = RawServer::start(move |_, connection| {
        read_some(connection, 0);
        connection.send(&too_large());
        let _ = held.lock().unwrap().recv();
    });
    let (builder, _) = builder(server.url());
    let key = builder.timeout(Duration::from_millis(100)).build().unwrap();
    let error = upload(&key, 64 * MIB).unwrap_err();
    assert_eq!(error.status(), Some(413), "{error:?}");
    drop(let_go);
}

#[test]
fn a_file_that_cannot_be_read_is_the_error_whatever_the_service_says() {
    let server = RawServer::start(|_, connection| {
        read_some(connection, 100 * KIB);
        connection.send(&too_large());
    });
    let (key, _) = key(server.url());
    let file = AssetFile::from_reader("crate.fbx", Read::take(std::io::repeat(7), 100), 200);
    let error = upload_file(&key, file).send().unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error:?}");
}

/// A TLS server that reads the head and so much of the body, responds, and closes.
fn tls_server(of_body: usize, response: Vec<u8>) -> (String, String) {
    let root = root();
    let config = server_config(&root, "localhost", |_| ());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // What a server has not sent when it closes a connection, no client can read.
            stream.set_nodelay(true).unwrap();
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut tls = StreamOwned::new(connection, stream);
            let mut read = Vec::new();
            let mut buffer = [0; 4096];
            let mut has_continued = false;
            loop {
                let head = read.windows(4).position(|window| window == b"\r\n\r\n");
                if let Some(head) = head {
                    if !has_continued
                        && read[..head]
                            .windows(12)
                            .any(|window| window == b"100-continue")
                    {
                        tls.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
                        has_continued = true;
                    }
                    if read.len() >= head + 4 + of_body {
                        break;
                    }
                }
                match tls.read(&mut buffer) {
                    Ok(count @ 1..) => read.extend_from_slice(&buffer[..count]),
                    _ => break,
                }
            }
            let _ = tls.write_all(&response);
        }
    });
    (format!("https://localhost:{port}"), root.pem())
}

#[test]
fn a_response_over_tls_is_not_lost_either() {
    for of_body in [0, 300 * KIB] {
        let (url, root) = tls_server(of_body, too_large());
        let (builder, _) = builder(&url);
        let key = builder.root_certificates(root).build().unwrap();
        for size in [500, 900, 2_000, 5_000].into_iter().cycle().take(60) {
            let error = upload(&key, size * KIB).unwrap_err();
            assert_eq!(error.status(), Some(413), "{size} KiB: {error:?}");
        }
    }
    let ok = response(
        200,
        &[("content-type", "application/json")],
        br#"{"path":"o/1"}"#,
    );
    let (url, root) = tls_server(300 * KIB, ok);
    let (builder, _) = builder(&url);
    let key = builder.root_certificates(root).build().unwrap();
    let error = upload(&key, 5 * MIB).unwrap_err();
    assert!(
        matches!(error, Error::Transport(_)) && error.is_outcome_unknown(),
        "{error:?}"
    );
}
