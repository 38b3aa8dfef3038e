//! Uploads that go wrong on the way: never sent twice unless the first certainly was not acted on.

use std::io::Cursor;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use open_cloud_emulator::{Emulator, Fault};
use rblxopencloud::assets::UploadAsset;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Error, RetryPolicy};
use serde_json::json;
use support::client::{builder, key, ready_key, requests_to, whole};
use support::folder::Folder;
use support::raw_server::{Connection, RawServer, json, response};

fn begun() -> Vec<u8> {
    json(200, r#"{"path":"operations/op-1","done":false}"#)
}

fn upload(key: &ApiKey, file: AssetFile) -> UploadAsset {
    key.get_user(1001)
        .upload_asset(file, AssetType::Model, "Crate", "")
}

fn bytes() -> AssetFile {
    AssetFile::from_bytes(
        "crate.fbx",
        (0..u8::MAX).cycle().take(50_000).collect::<Vec<_>>(),
    )
}

/// The assets that the ready user of an emulator uploaded: every one of them would be another version
/// of the same mistake.
fn created(emulator: &Emulator) -> u64 {
    let quotas = ready_key(emulator).get_user(1001).list_asset_quotas();
    let quota = quotas
        .asset_type(AssetType::Model)
        .into_iter()
        .map(Result::unwrap)
        .find(|quota| quota.path.as_deref().unwrap().contains("Upload"));
    u64::try_from(quota.unwrap().usage).unwrap()
}

#[test]
fn after_500_nothing_is_sent_again_and_the_error_says_that_it_may_exist() {
    for status in [500, 502, 504, 599] {
        let server = RawServer::responding(vec![
            json(status, r#"{"code":"INTERNAL","message":"Oh."}"#),
            begun(),
        ]);
        let (key, waits) = key(server.url());
        let error = upload(&key, bytes()).send().unwrap_err();
        assert!(error.is_server_error() && error.is_outcome_unknown());
        assert_eq!(
            error.to_string(),
            format!(
                "POST /assets/v1/assets: {status} INTERNAL: Oh.; the service may have acted on it all the same"
            )
        );
        assert_eq!((server.requests().len(), waits.take()), (1, vec![]));
    }
}

#[test]
fn after_503_the_file_is_sent_whole_again_byte_for_byte() {
    let folder = Folder::new();
    let path = folder.with("crate.fbx", "\r\n-- a file --\r\n".repeat(5_000));
    for file in [bytes(), AssetFile::open(path).unwrap()] {
        let length = file.len();
        let server = RawServer::responding(vec![json(503, "{}"), json(503, "{}"), begun()]);
        let (key, waits) = key(server.url());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let operation = upload(&key, file)
            .progress(move |sent, total| {
                if sent == total {
                    log.lock().unwrap().push(sent);
                }
            })
            .send()
            .unwrap();
        assert_eq!((operation.id(), operation.is_done()), ("op-1", false));
        let requests = server.requests();
        assert_eq!((requests.len(), waits.take()), (3, vec![1_000, 2_000]));
        for request in &requests[1..] {
            assert_eq!(request.head, requests[0].head);
            assert!(request.body == requests[0].body);
        }
        // Progress began anew each time.
        assert_eq!(*seen.lock().unwrap(), [length; 3]);
    }
}

#[test]
fn after_503_a_large_file_is_sent_whole_again_too() {
    let emulator = Emulator::start().unwrap();
    emulator.fault_next(2, Fault::status(503).with_header("retry-after", "9"));
    let file = AssetFile::from_bytes("crate.fbx", vec![b'\n'; 3 << 20]);
    let asset = upload(&ready_key(&emulator), file)
        .send()
        .unwrap()
        .wait()
        .unwrap();
    let location = asset.fetch_delivery_location().send().unwrap();
    assert_eq!(location.size_bytes, Some(3 << 20));
    let sent: Vec<_> = requests_to(&emulator, "/assets/v1/assets")
        .iter()
        .map(|request| request.body_length)
        .collect();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|length| *length == sent[0]), "{sent:?}");
    assert_eq!(created(&emulator), 1);
}

#[test]
fn three_503s_are_an_error_that_says_that_nothing_was_created() {
    let server = RawServer::responding(vec![json(503, "{}")]);
    let (key, _) = key(server.url());
    let error = upload(&key, bytes()).send().unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), 3));
    assert!(!error.is_outcome_unknown(), "{error}");
}

#[test]
fn a_failure_to_connect_is_retried_with_readers_too() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let url = format!("http://{address}");
    let reader = || AssetFile::from_reader("crate.fbx", Cursor::new(vec![7; 900]), 900);
    for file in [bytes(), reader()] {
        let (key, waits) = key(&url);
        let error = upload(&key, file).send().unwrap_err();
        assert!(
            error.is_connect() && !error.is_outcome_unknown(),
            "{error:?}"
        );
        assert_eq!((error.attempts(), waits.take()), (3, vec![1_000, 2_000]));
    }

    // The second attempt finds somebody there, and the reader still whole.
    let server = Mutex::new(None);
    let key = ApiKey::builder("k")
        .base_url(&url)
        .sleep_with(move |_| {
            let listener = TcpListener::bind(address).unwrap();
            *server.lock().unwrap() = Some(RawServer::on(listener, |_, connection| {
                let request = connection.read_request().unwrap();
                let whole = request.body.windows(900).any(|window| window == [7; 900]);
                connection.send(&if whole { begun() } else { json(400, "{}") });
            }));
            std::ops::ControlFlow::Continue(())
        })
        .build()
        .unwrap();
    assert_eq!(upload(&key, reader()).send().unwrap().id(), "op-1");
}

#[test]
fn a_rate_limit_is_an_error_or_waited_for_as_the_key_says() {
    let limited = || response(429, &[("retry-after", "30")], b"");
    let server = RawServer::responding(vec![limited()]);
    let (key, waits) = key(server.url());
    let error = upload(&key, bytes()).send().unwrap_err();
    assert!(error.is_rate_limited() && !error.is_outcome_unknown());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert_eq!((server.requests().len(), waits.take()), (1, vec![]));

    let server = RawServer::responding(vec![limited(), begun()]);
    let (builder, waits) = builder(server.url());
    let key = builder
        .retry_policy(RetryPolicy::new().rate_limited(true))
        .build()
        .unwrap();
    let _ = upload(&key, bytes()).send().unwrap();
    let requests = server.requests();
    assert_eq!((requests.len(), waits.take()), (2, vec![30_000]));
    assert!(requests[0].body == requests[1].body);
}

#[test]
fn a_used_up_quota_is_a_rate_limit_without_a_time() {
    let emulator = Emulator::start().unwrap();
    emulator.set_upload_quota("Model", 0);
    let error = upload(&ready_key(&emulator), bytes()).send().unwrap_err();
    assert!(error.is_rate_limited(), "{error:?}");
    assert_eq!(error.code(), Some("RESOURCE_EXHAUSTED"));
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn a_policy_set_on_the_call_is_obeyed_as_it_stands() {
    let patient = RetryPolicy::new().max_attempts(4).rate_limited(true);
    let responses = || {
        vec![
            json(500, "{}"),
            response(429, &[("retry-after", "5")], b""),
            json(502, "{}"),
            json(503, "{}"),
            begun(),
        ]
    };
    let server = RawServer::responding(responses());
    let (key, waits) = key(server.url());
    let _ = upload(&key, bytes()).retry_policy(patient).send().unwrap();
    assert_eq!(server.requests().len(), 5);
    assert_eq!(waits.take(), [1_000, 5_000, 4_000, 8_000]);

    // Content can be updated under the same rule.
    let server = RawServer::responding(responses());
    let (key, _) = self::key(server.url());
    let update = key.get_user(1).update_asset(7).file(bytes());
    let _ = update.retry_policy(patient).send().unwrap();
    assert_eq!(server.requests().len(), 5);

    let server = RawServer::responding(vec![json(503, "{}")]);
    let (key, waits) = self::key(server.url());
    upload(&key, bytes())
        .retry_policy(RetryPolicy::none())
        .send()
        .unwrap_err();
    assert_eq!((server.requests().len(), waits.take()), (1, vec![]));

    // On the key it is a policy for everything, and does not make uploads careless.
    let server = RawServer::responding(responses());
    let (builder, _) = builder(server.url());
    let key = builder.retry_policy(patient).build().unwrap();
    upload(&key, bytes()).send().unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_reader_that_was_read_from_cannot_be_sent_again() {
    let server = RawServer::responding(vec![json(503, "{}"), begun()]);
    let (key, waits) = key(server.url());
    let file = AssetFile::from_reader("crate.fbx", Cursor::new(vec![7; 900]), 900);
    let error = upload(&key, file).send().unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), 1));
    assert_eq!((server.requests().len(), waits.take()), (1, vec![]));
}

#[test]
fn a_reader_that_the_service_did_not_want_yet_is_sent_when_it_does() {
    let length = (1 << 20) + 77;
    let server = RawServer::start(move |number, connection: &mut Connection| {
        let request = connection.read_part(0).unwrap();
        assert_eq!(request.header("expect"), Some("100-continue"));
        if number == 0 {
            connection.send(&json(503, "{}"));
        } else {
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
            let rest = request.header("content-length").unwrap().parse().unwrap();
            let complete = connection.skip(rest) == rest;
            connection.send(&if complete { begun() } else { json(400, "{}") });
        }
    });
    let (key, waits) = key(server.url());
    let file = AssetFile::from_reader("crate.fbx", Cursor::new(vec![7; length]), length as u64);
    assert_eq!(upload(&key, file).send().unwrap().id(), "op-1");
    assert_eq!(waits.take(), [1_000]);
}

#[test]
fn a_connection_cut_before_the_response_makes_no_second_asset() {
    for fault in [
        Fault::CutBeforeResponse,
        Fault::CutAfterActing,
        Fault::CutDuringResponse,
    ] {
        let emulator = Emulator::start().unwrap();
        emulator.fault_next(1, fault.clone());
        let error = upload(&ready_key(&emulator), bytes()).send().unwrap_err();
        assert!(matches!(error, Error::Transport(_)), "{error:?}");
        assert!(error.is_outcome_unknown() && !error.is_connect());
        assert!(
            error
                .to_string()
                .ends_with("may have acted on it all the same"),
            "{error}"
        );
        assert_eq!(requests_to(&emulator, "/assets/v1/assets").len(), 1);
        assert_eq!(
            created(&emulator),
            u64::from(fault != Fault::CutBeforeResponse)
        );
    }
}

#[test]
fn a_connection_cut_in_the_middle_of_the_upload_makes_no_second_create() {
    let server = RawServer::start(|_, connection| {
        connection.read_part(0).unwrap();
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
        connection.skip(1 << 20);
        // It closes with more to read, which the client sees as a reset.
        connection.reset();
    });
    let (key, waits) = key(server.url());
    let file = AssetFile::from_bytes("crate.fbx", vec![7; 20 << 20]);
    let error = upload(&key, file).send().unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    assert!(error.is_outcome_unknown() && !error.is_timeout());
    assert_eq!((server.connections(), error.attempts()), (1, 1));
    assert!(waits.take().is_empty());
}

#[test]
fn a_server_that_stops_reading_is_a_timeout_and_not_asked_again() {
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let server = RawServer::start(move |_, connection| {
        connection.read_part(0).unwrap();
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
        connection.skip(100_000);
        // The connection stays open until the test is over.
        let _ = held.lock().unwrap().recv();
    });
    let (builder, _) = builder(server.url());
    let key = builder.timeout(Duration::from_millis(50)).build().unwrap();
    let file = AssetFile::from_reader("a.mp4", std::io::repeat(7), 1 << 30);
    let error = key
        .get_user(1)
        .upload_asset(file, AssetType::Video, "Video", "")
        .send()
        .unwrap_err();
    assert!(
        error.is_timeout() && error.is_outcome_unknown(),
        "{error:?}"
    );
    assert_eq!((server.connections(), error.attempts()), (1, 1));
    drop(let_go);
}

#[test]
fn a_server_that_does_not_respond_is_a_timeout_and_not_asked_again() {
    let server = RawServer::start(|_, connection| while connection.read_request().is_some() {});
    let (builder, _) = builder(server.url());
    let key = builder.timeout(Duration::from_millis(50)).build().unwrap();
    let error = upload(&key, bytes()).send().unwrap_err();
    assert!(
        error.is_timeout() && error.is_outcome_unknown(),
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_response_that_makes_no_sense_leaves_the_outcome_unknown() {
    for body in [
        "",
        "{}",
        "[]",
        "7",
        r#"{"path":""}"#,
        r#"{"done":true}"#,
        "<html>",
    ] {
        let server = RawServer::responding(vec![json(200, body), begun()]);
        let (key, _) = key(server.url());
        let error = upload(&key, bytes()).send().unwrap_err();
        assert!(
            error.is_decode() && error.is_outcome_unknown(),
            "{body}: {error:?}"
        );
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn rejected_files_and_texts_are_told_apart_from_other_rejections() {
    type Is = fn(&Error) -> bool;
    let neither: Is = |error| matches!(error, Error::Http(_));
    for (status, message, is) in [
        (400, "\"InvalidImage\"", Error::is_invalid_file as Is),
        (400, "InvalidImage", Error::is_invalid_file),
        (400, "\"InvalidAudio\"", Error::is_invalid_file),
        (400, "AssetName is moderated.", Error::is_moderated_text),
        (
            400,
            "AssetDescription is moderated.",
            Error::is_moderated_text,
        ),
        (400, "Invalid request.", neither),
        (400, "displayName: The name must not be empty.", neither),
        (400, "Moderation is off.", neither),
        (400, "", neither),
        (401, "InvalidImage", neither),
        (500, "AssetName is moderated.", neither),
    ] {
        let body = json!({ "code": status, "message": message }).to_string();
        let server = RawServer::responding(vec![json(status, &body)]);
        let (key, _) = key(server.url());
        let user = key.get_user(1);
        for error in [
            upload(&key, bytes()).send().unwrap_err(),
            user.update_asset(7).file(bytes()).send().unwrap_err(),
            user.update_asset(7).name("x").send().unwrap_err(),
        ] {
            assert!(is(&error), "{message}: {error:?}");
            assert_eq!(error.status(), Some(status));
            assert!(whole(&error).contains(message), "{error}");
        }
    }
}

#[test]
fn a_service_rejects_broken_images_and_bad_words() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let png = || AssetFile::from_bytes("a.png", "\u{89}no PNG");
    let error = user
        .upload_asset(png(), AssetType::Decal, "Name", "")
        .send()
        .unwrap_err();
    assert!(error.is_invalid_file() && !error.is_moderated_text());
    for (name, description) in [("Badword", ""), ("Name", "a badword")] {
        let upload = user.upload_asset(bytes(), AssetType::Model, name, description);
        let error = upload.send().unwrap_err();
        assert!(error.is_moderated_text() && !error.is_invalid_file());
        assert!(!error.is_outcome_unknown(), "{error}");
    }
    let error = user
        .update_asset(500_001)
        .name("badword")
        .send()
        .unwrap_err();
    assert!(error.is_moderated_text(), "{error:?}");
    let error = key
        .get_group(7)
        .upload_asset(bytes(), AssetType::Model, "Name", "")
        .send()
        .unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
}

#[test]
fn a_server_that_gives_no_leave_gets_the_body_all_the_same() {
    let server = RawServer::responding(vec![json(200, r#"{"path":"operations/1","done":false}"#)]);
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let file = AssetFile::from_bytes("a.mp4", vec![7; 2 << 20]);
    let operation = key
        .get_user(1)
        .upload_asset(file, AssetType::Video, "n", "d")
        .send()
        .unwrap();
    assert_eq!(operation.id(), "1");
    let request = &server.requests()[0];
    assert_eq!(request.header("expect"), Some("100-continue"));
    assert!(request.body.len() > 2 << 20);
}

#[test]
fn a_file_that_is_gone_at_the_retry_leaves_the_outcome_of_the_first_attempt_open() {
    for (first, is_unknown) in [(500, true), (429, false)] {
        let folder = Folder::new();
        let path = folder.with("a.fbx", "x");
        let server = RawServer::responding(vec![json(first, "{}")]);
        let gone = path.clone();
        let key = ApiKey::builder("k")
            .base_url(server.url())
            .sleep_with(move |_| {
                let _ = std::fs::remove_file(&gone);
                std::ops::ControlFlow::Continue(())
            })
            .build()
            .unwrap();
        let file = AssetFile::open(&path).unwrap();
        let upload = key
            .get_user(1)
            .upload_asset(file, AssetType::Model, "n", "d");
        let policy = RetryPolicy::new().rate_limited(true);
        let error = upload.unchecked().retry_policy(policy).send().unwrap_err();
        assert!(error.is_file(), "{error:?}");
        assert_eq!(error.is_outcome_unknown(), is_unknown, "{first}");
        let says_so = error.to_string().contains("an earlier attempt");
        assert_eq!(says_so, is_unknown, "{error}");
    }
}
