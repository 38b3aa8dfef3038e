//! Where content is, and downloading it: whole or not at all, and without the key.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use open_cloud_emulator::{Emulator, Fault, KeySpec};
use rblxopencloud::{
    ApiKey, AssetDeliveryLocation, AssetFile, AssetType, Creator, Error, ErrorKind, Result,
    RetryPolicy,
};
use serde_json::{Value, json};
use support::client::{builder, key, ready_key, ready_token, whole};
use support::folder::Folder;
use support::raw_server::{Connection, RawServer, json, response};

/// A model of the ready user.
const MODEL: u64 = 500_001;
const CONTENT: &[u8] = b"content of asset 500001";

/// The location that a service responds with.
fn location_of(body: &Value) -> Result<AssetDeliveryLocation> {
    let server = RawServer::responding(vec![json(200, &body.to_string())]);
    let (key, _) = key(server.url());
    key.get_user(1).fetch_asset_delivery_location(7).send()
}

/// A location on a server of the test's own, and of another service that told of it.
fn location_at(url: &str) -> AssetDeliveryLocation {
    location_of(&json!({ "location": url })).unwrap()
}

fn read(location: &AssetDeliveryLocation) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    location.download().unwrap().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_location_is_that_of_the_version_in_use_or_of_another() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let new = AssetFile::from_bytes("a.fbx", "new");
    let update = user.update_asset(MODEL).file(new).send().unwrap();
    let asset = update.wait().unwrap();
    emulator.clear_requests();
    let fetch = || user.fetch_asset_delivery_location(MODEL);
    let first = asset.fetch_version(1).unwrap();
    for (location, content) in [
        (fetch(), "new"),
        (asset.fetch_delivery_location(), "new"),
        (fetch().version_number(2), "new"),
        (fetch().version_number(1), "content of asset 500001"),
        (first.fetch_delivery_location(), "content of asset 500001"),
    ] {
        let location = location.send().unwrap();
        assert!(location.uri.starts_with(emulator.delivery_url()));
        assert_eq!(location.size_bytes, Some(content.len() as u64));
        assert_eq!(
            (location.is_archived, location.is_recordable),
            (Some(false), Some(true))
        );
        assert_eq!(read(&location).unwrap(), content.as_bytes());
    }
    let mut paths: Vec<_> = emulator.requests().into_iter().map(|r| r.path).collect();
    paths.retain(|path| path.starts_with("/asset-delivery-api/"));
    assert_eq!(
        paths[3],
        format!("/asset-delivery-api/v1/assetId/{MODEL}/version/1")
    );
    assert_eq!(paths[0], format!("/asset-delivery-api/v1/assetId/{MODEL}"));
    user.archive_asset(MODEL).unwrap();
    assert_eq!(fetch().send().unwrap().is_archived, Some(true));
}

#[test]
fn an_expected_type_is_a_header_and_another_type_is_rejected() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let fetch = || key.get_user(1001).fetch_asset_delivery_location(MODEL);
    fetch().send().unwrap();
    fetch()
        .expected_asset_type(AssetType::Model)
        .send()
        .unwrap();
    let error = fetch().expected_asset_type("Decal").send().unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    let headers: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| request.header("assettype").map(str::to_owned))
        .collect();
    assert_eq!(headers, [None, Some("Model".into()), Some("Decal".into())]);
    // A type that no header can hold is no way into the request.
    let odd = fetch().expected_asset_type("Model\r\nx-evil: 1").send();
    assert!(odd.unwrap_err().is_invalid_argument());
    assert_eq!(emulator.requests().len(), 3);
}

#[test]
fn a_rejection_with_a_good_status_is_an_error_all_the_same() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let fetch = |id| key.get_user(1001).fetch_asset_delivery_location(id);
    assert!(fetch(404).send().unwrap_err().is_not_found());
    assert!(
        fetch(MODEL)
            .version_number(9)
            .send()
            .unwrap_err()
            .is_not_found()
    );
    let error = fetch(500_013).send().unwrap_err();
    assert!(error.is_forbidden() && !error.is_conflict(), "{error:?}");
    assert_eq!((error.status(), error.code()), (Some(200), Some("409")));
    assert_eq!(
        error.to_string(),
        "GET /asset-delivery-api/v1/assetId/500013: 200: You have no access to the asset."
    );
    let weak = emulator.add_key(KeySpec::new("weak"));
    for (secret, status) in [("wrong", 401), (weak.as_str(), 403)] {
        let key = ApiKey::builder(secret)
            .base_url(emulator.url())
            .build()
            .unwrap();
        let location = key.get_user(1001).fetch_asset_delivery_location(MODEL);
        assert_eq!(location.send().unwrap_err().status(), Some(status));
    }

    for (errors, kind, message) in [
        (
            json!([{ "code": "404", "message": "gone" }]),
            ErrorKind::NotFound,
            "gone",
        ),
        (
            json!([{ "code": 409 }]),
            ErrorKind::Forbidden,
            "the service gave no reason",
        ),
        (
            json!([{ "code": 0, "message": "odd" }, { "code": 404 }]),
            ErrorKind::Rejected,
            "odd",
        ),
        (json!([{ "message": "odd" }]), ErrorKind::Rejected, "odd"),
    ] {
        // Whatever else the response says.
        let body = json!({ "errors": errors, "location": "https://e.example" });
        let error = location_of(&body).unwrap_err();
        let response = error.api_error().unwrap();
        // The status is that of the response, whatever the body says.
        assert_eq!((response.status, response.message.as_str()), (200, message));
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn a_response_without_a_location_cannot_be_decoded() {
    for body in [
        json!({}),
        json!({ "location": null }),
        json!({ "location": "" }),
        json!({ "location": 7 }),
        json!({ "location": "/5c/s3cr3t" }),
        json!({ "location": "ftp://e.example/s3cr3t" }),
        json!({ "errors": [] }),
        json!({ "errors": null, "assetMetadatas": null }),
        json!("https://e.example"),
    ] {
        let error = location_of(&body).unwrap_err();
        assert!(error.is_decode(), "{body}: {error:?}");
        assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    }
}

#[test]
fn sizes_are_told_where_they_can_be_read() {
    let metadata = |kind: Value, value: Value| {
        let body = json!({
            "location": "https://e.example",
            "assetMetadatas": [{ "metadataType": 5, "value": "9" }, { "metadataType": kind, "value": value }],
        });
        location_of(&body).unwrap().size_bytes
    };
    assert_eq!(metadata(json!(1), json!("12")), Some(12));
    assert_eq!(metadata(json!("1"), json!(12)), Some(12));
    for (kind, value) in [
        (json!(2), json!("12")),
        (json!(1), json!("many")),
        (json!(1), json!(null)),
        (json!(null), json!("12")),
    ] {
        assert_eq!(metadata(kind, value), None);
    }
}

#[test]
fn the_key_never_reaches_the_host_of_the_content() {
    let emulator = Emulator::start().unwrap();
    for key in [ready_key(&emulator), ready_token(&emulator)] {
        let location = key.get_user(1001).fetch_asset_delivery_location(MODEL);
        assert_eq!(read(&location.send().unwrap()).unwrap(), CONTENT);
    }
    let deliveries: Vec<_> = emulator
        .requests()
        .into_iter()
        .filter(|request| request.to_delivery)
        .collect();
    assert_eq!(deliveries.len(), 2);
    for request in deliveries {
        for name in ["x-api-key", "authorization", "cookie"] {
            assert_eq!(request.header(name), None);
        }
        assert!(request.headers.iter().all(|(_, value)| {
            !value.contains(emulator.api_key()) && !value.contains(emulator.bearer_token())
        }));
    }

    // Not even where it is the service's own.
    let content = response(200, &[], b"content");
    let server = RawServer::responding(vec![content]);
    let told = json(
        200,
        &json!({ "location": format!("{}/x", server.url()) }).to_string(),
    );
    let service = RawServer::responding(vec![told]);
    let (key, _) = key(service.url());
    let location = key.get_user(1).fetch_asset_delivery_location(7).send();
    assert_eq!(read(&location.unwrap()).unwrap(), b"content");
    assert_eq!(service.requests()[0].header("x-api-key"), Some("k"));
    assert_eq!(server.requests()[0].header("x-api-key"), None);
}

#[test]
fn the_address_is_taken_as_it_is() {
    let server = RawServer::responding(vec![response(200, &[], b"content")]);
    let signed = "/5c/a%2Fb~c?Expires=1&Signature=aZ-~_%2B+=&Key-Pair-Id=K";
    read(&location_at(&format!("{}{signed}", server.url()))).unwrap();
    assert_eq!(server.requests()[0].line(), format!("GET {signed}"));
}

#[test]
fn an_address_that_is_none_is_an_error_that_does_not_show_it() {
    for wrong in [
        "https://e.example/a/../s3cr3t",
        "https://e.example:99999/s3cr3t",
        "https://u:s3cr3t@e.example/",
        "https://:80/s3cr3t",
    ] {
        let error = location_at(wrong).download().unwrap_err();
        assert!(
            error.is_invalid_argument() || error.is_connect(),
            "{wrong}: {error:?}"
        );
        let shown = format!("{error:?} {}", whole(&error));
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}

#[test]
fn downloads_are_not_limited_like_other_responses_and_are_unpacked() {
    let bytes = vec![7; 3 << 20];
    let packed = gzip(&bytes);
    let server = RawServer::responding(vec![
        response(200, &[], &bytes),
        response(200, &[("content-encoding", "gzip")], &packed),
    ]);
    let told = json(200, &json!({ "location": server.url() }).to_string());
    let service = RawServer::responding(vec![told]);
    let (builder, _) = builder(service.url());
    let key = builder.body_limit(1_000).build().unwrap();
    let fetch = || {
        key.get_user(1)
            .fetch_asset_delivery_location(7)
            .send()
            .unwrap()
    };
    let download = fetch().download().unwrap();
    assert_eq!(download.content_length(), Some(3 << 20));
    for mut download in [download, fetch().download().unwrap()] {
        let mut read = Vec::new();
        download.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }
    assert_eq!(server.requests()[0].header("accept-encoding"), Some("gzip"));
}

#[test]
fn a_download_is_read_as_it_comes() {
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = RawServer::start(move |_, connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst");
        wait.lock().unwrap().recv().unwrap();
        connection.send(b"later");
    });
    let mut download = location_at(server.url()).download().unwrap();
    let mut piece = [0; 5];
    download.read_exact(&mut piece).unwrap();
    assert_eq!(&piece, b"first");
    go_on.send(()).unwrap();
    let mut rest = Vec::new();
    download.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"later");
}

#[test]
fn a_failure_of_the_host_is_retried_and_then_an_error_without_the_address() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let location = key.get_user(1001).fetch_asset_delivery_location(MODEL);
    let location = location.send().unwrap();
    for fault in [Fault::status(503), Fault::CutBeforeResponse] {
        emulator.fault_next(2, fault);
        assert_eq!(read(&location).unwrap(), CONTENT);
    }
    let secret = location.uri.split('/').nth(3).unwrap();
    for (fault, status) in [
        (Fault::status(403), Some(403)),
        (Fault::status(404), Some(404)),
        (Fault::status(500), Some(500)),
        (Fault::CutBeforeResponse, None),
    ] {
        emulator.fault_next(3, fault);
        let error = location.download().unwrap_err();
        assert_eq!(error.status(), status, "{error:?}");
        let shown = format!("{error:?} {}", whole(&error));
        assert!(!shown.contains(secret), "{shown}");
        let host = format!("GET {}/...: ", emulator.delivery_url());
        assert!(shown.contains(&host), "{shown}");
        emulator.clear_faults();
    }
}

#[test]
fn redirects_are_not_followed() {
    let other = RawServer::responding(vec![response(200, &[], b"")]);
    let redirect = response(302, &[("location", other.url())], b"");
    let server = RawServer::responding(vec![redirect]);
    let error = location_at(server.url()).download().unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_download_to_a_file_is_whole_and_takes_the_place_of_what_was_there() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let location = key.get_user(1001).fetch_asset_delivery_location(MODEL);
    let location = location.send().unwrap();
    let folder = Folder::new();
    let long = format!("{}.rbxm", "x".repeat(250));
    for name in ["new.rbxm", "old.rbxm", "箱 é.rbxm", &long] {
        let path = folder.path().join(name);
        if name == "old.rbxm" {
            fs::write(
                &path,
                "something longer than what is in its place afterwards",
            )
            .unwrap();
        }
        assert_eq!(location.download_to(&path).unwrap(), CONTENT.len() as u64);
        assert_eq!(fs::read(&path).unwrap(), CONTENT);
    }
    assert_eq!(folder.names().len(), 4);
}

#[test]
fn progress_of_a_download_is_told_with_the_size_if_it_is_known() {
    let bytes = vec![7; 200_000];
    let packed = gzip(&bytes);
    let server = RawServer::responding(vec![
        response(200, &[], &bytes),
        response(200, &[("content-encoding", "gzip")], &packed),
        response(200, &[("content-encoding", "gzip")], &packed),
    ]);
    let size = |metadata| {
        location_of(&json!({ "location": server.url(), "assetMetadatas": metadata })).unwrap()
    };
    let told = json!([{ "metadataType": 1, "value": "200000" }]);
    let folder = Folder::new();
    // The length of the response, or else what the service said; packed and not told, nobody knows.
    for (location, total) in [
        (size(json!([])), Some(200_000)),
        (size(told), Some(200_000)),
        (size(json!([])), None),
    ] {
        let mut seen = Vec::new();
        let path = folder.path().join("crate.rbxm");
        location
            .download_to_with(path, |received, total| seen.push((received, total)))
            .unwrap();
        assert_eq!(seen.last(), Some(&(200_000, total)));
        assert!(seen.len() > 1 && seen.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(seen.iter().all(|(_, told)| *told == total));
    }
}

#[test]
fn on_the_way_the_content_is_in_a_file_beside_the_target() {
    let folder = Arc::new(Folder::new());
    let target = folder.with("crate.rbxm", "old");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, beside) = (seen.clone(), folder.clone());
    let server = RawServer::start(move |_, connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst");
        *log.lock().unwrap() = beside.names();
        connection.send(b"later");
    });
    assert_eq!(location_at(server.url()).download_to(&target).unwrap(), 10);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(
        seen[0].starts_with('.') && seen[0].ends_with(".part"),
        "{seen:?}"
    );
    assert_eq!(seen[1], "crate.rbxm");
    assert_eq!(fs::read(&target).unwrap(), b"firstlater");
    assert_eq!(folder.names(), ["crate.rbxm"]);
}

/// Downloads to a new file and over an old one: neither may be touched, and nothing left beside them.
fn assert_leaves_nothing(location: &AssetDeliveryLocation, is: impl Fn(&Error) -> bool) {
    let folder = Folder::new();
    let old = folder.with("old.rbxm", "old");
    let new = folder.path().join("new.rbxm");
    for path in [&new, &old] {
        let error = location.download_to(path).unwrap_err();
        assert!(is(&error), "{error:?}");
        let shown = format!("{error:?} {}", whole(&error));
        assert!(!shown.contains("s3cr3t"), "{shown}");
        assert_eq!(folder.names(), ["old.rbxm"]);
        assert_eq!(fs::read(&old).unwrap(), b"old");
    }
}

fn is_transport(error: &Error) -> bool {
    matches!(error, Error::Transport(_)) && !error.is_timeout() && !error.is_connect()
}

#[test]
fn a_connection_that_breaks_never_leaves_half_a_file() {
    let packed = gzip(&(0..u8::MAX).cycle().take(50_000).collect::<Vec<_>>());
    let head = |headers: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").into_bytes();
    let length = format!("content-length: {}", packed.len());
    let half = &packed[..packed.len() / 2];
    for cut in [
        // Fewer bytes than announced.
        [head("content-length: 1000"), b"half".to_vec()].concat(),
        [head("content-length: 1000"), vec![]].concat(),
        // A chunk that ends too early, and no last one.
        [head("transfer-encoding: chunked"), b"5\r\nha".to_vec()].concat(),
        [
            head("transfer-encoding: chunked"),
            b"4\r\nhalf\r\n".to_vec(),
        ]
        .concat(),
        // Packed content that breaks off, whatever its framing.
        [
            head(&format!("content-encoding: gzip\r\n{length}")),
            half.to_vec(),
        ]
        .concat(),
        [
            head("content-encoding: gzip\r\nconnection: close"),
            half.to_vec(),
        ]
        .concat(),
        response(200, &[("content-encoding", "gzip")], half),
    ] {
        let shown = String::from_utf8_lossy(&cut[..40]).into_owned();
        let server = RawServer::start(move |_, connection: &mut Connection| {
            connection.read_request();
            connection.send(&cut);
            connection.close();
        });
        let location = location_at(&format!("{}/s3cr3t", server.url()));
        assert_leaves_nothing(&location, is_transport);
        // Read by hand, it does not pass for the whole either.
        assert!(read(&location).is_err(), "{shown}");
    }
}

#[test]
fn the_emulators_cut_downloads_leave_nothing() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let location = key.get_user(1001).fetch_asset_delivery_location(MODEL);
    let location = location.send().unwrap();
    emulator.fault_next(2, Fault::CutDuringResponse);
    assert_leaves_nothing(&location, is_transport);
    emulator.fault_next(2, Fault::status(403));
    assert_leaves_nothing(&location, Error::is_forbidden);
    emulator.fault_next(2, Fault::status(404));
    assert_leaves_nothing(&location, Error::is_not_found);
}

#[test]
fn a_host_that_stops_sending_is_a_timeout_and_leaves_nothing() {
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
        // Until the client gives up.
        connection.read_request();
    });
    let told = json(200, &json!({ "location": server.url() }).to_string());
    let service = RawServer::responding(vec![told]);
    let (builder, _) = builder(service.url());
    let key = builder.timeout(Duration::from_millis(50)).build().unwrap();
    let location = key.get_user(1).fetch_asset_delivery_location(7).send();
    assert_leaves_nothing(&location.unwrap(), Error::is_timeout);
}

#[test]
fn a_target_that_cannot_be_written_costs_no_download() {
    let server = RawServer::responding(vec![response(200, &[], b"content")]);
    let location = location_at(server.url());
    let folder = Folder::new();
    let file = folder.with("file", "");
    for path in [
        folder.path().join("missing/crate.rbxm"),
        file.join("crate.rbxm"),
    ] {
        let error = location.download_to(&path).unwrap_err();
        assert!(error.is_file(), "{error:?}");
    }
    for path in [
        folder.path(),
        Path::new(""),
        Path::new(".."),
        Path::new("/"),
    ] {
        let error = location.download_to(path).unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
        assert!(error.to_string().contains("is not the path of a file"));
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn an_asset_at_hand_expects_its_own_type_where_it_is_known() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let mut asset = key.fetch_asset(MODEL).unwrap();
    emulator.clear_requests();
    asset.fetch_delivery_location().send().unwrap();
    // What is set by hand is obeyed.
    let by_hand = asset.fetch_delivery_location().expected_asset_type("Decal");
    assert!(by_hand.send().unwrap_err().is_not_found());
    // Services write a type that is not known each in their own way.
    asset.asset_type = Some("ASSET_TYPE_HOLOGRAM".into());
    asset.fetch_delivery_location().send().unwrap();
    key.get_asset(MODEL)
        .fetch_delivery_location()
        .send()
        .unwrap();
    let headers: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| request.header("AssetType").map(str::to_owned))
        .collect();
    assert_eq!(
        headers,
        [Some("Model".into()), Some("Decal".into()), None, None]
    );
}

#[test]
fn the_place_that_asks_is_a_header() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let fetch = || key.get_asset(MODEL).fetch_delivery_location();
    fetch().send().unwrap();
    fetch().place_id(i64::MAX as u64).send().unwrap();
    let headers: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| request.header("Roblox-Place-Id").map(str::to_owned))
        .collect();
    assert_eq!(headers, [None, Some("9223372036854775807".into())]);
}

#[test]
fn no_kind_of_error_of_a_download_shows_the_address() {
    let encoded = [("content-encoding", "zstd")];
    let last = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")];
    let server = RawServer::responding(vec![
        response(200, &encoded, b"x"),
        response(200, &last, b"x"),
    ]);
    let address = format!("{}/s3cr3t?Signature=s3cr3t", server.url());
    let service =
        RawServer::responding(vec![json(200, &json!({ "location": address }).to_string())]);
    let key = ApiKey::builder("k")
        .base_url(service.url())
        .retry_policy(RetryPolicy::new().rate_limited(true))
        .sleep_with(|_| std::ops::ControlFlow::Break(()))
        .build()
        .unwrap();
    let location = key
        .get_user(1)
        .fetch_asset_delivery_location(7)
        .send()
        .unwrap();
    let decode = location.download().unwrap_err();
    location.download().unwrap();
    let stopped = location.download().unwrap_err();
    assert!(
        decode.is_decode() && stopped.is_wait_stopped(),
        "{decode:?} {stopped:?}"
    );
    for error in [decode, stopped] {
        let shown = format!("{error:?} {error:#?} {}", whole(&error));
        assert!(!shown.contains("s3cr3t"), "{shown}");
        assert!(
            shown.contains(&format!("GET {}/...: ", server.url())),
            "{shown}"
        );
    }
}
