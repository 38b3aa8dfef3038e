//! Bodies in every encoding: decoded, or an error that names it; and JSON behind a byte order mark.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use rblxopencloud::{ApiKey, AssetDeliveryLocation, Creator, Error};
use support::client::{self, key};
use support::raw_server::{RawServer, json, response};

type Call = fn(&ApiKey) -> Result<(), Error>;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A server that gives the location of what it delivers, in this encoding.
fn delivering(encoding: &'static str, content: Vec<u8>) -> (RawServer, AssetDeliveryLocation) {
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            if request.line().contains("asset-delivery-api") {
                let url = format!("http://{}/content", request.header("host").unwrap());
                connection.send(&json(200, &format!(r#"{{"location":"{url}"}}"#)));
            } else {
                connection.send(&response(200, &[("content-encoding", encoding)], &content));
            }
        }
    });
    let (key, _) = key(server.url());
    let location = key
        .get_user(1)
        .fetch_asset_delivery_location(1)
        .send()
        .unwrap();
    (server, location)
}

#[test]
fn gzip_is_decoded_in_any_spelling() {
    let content = b"content of an asset, a few times over; ".repeat(5_000);
    for encoding in [
        "gzip",
        "GZIP",
        "x-gzip",
        "X-GZip",
        " gzip ",
        "identity, gzip",
        "gzip,",
    ] {
        let (_server, location) = delivering(encoding, gzip(&content));
        let mut download = location.download().unwrap();
        assert_eq!(download.content_length(), None, "{encoding}");
        let mut bytes = Vec::new();
        download.read_to_end(&mut bytes).unwrap();
        assert!(bytes == content, "{encoding}");

        let body = gzip(br#"{"asset":{"id":9}}"#);
        let server = RawServer::responding(vec![response(
            200,
            &[("content-encoding", encoding)],
            &body,
        )]);
        let (key, _) = key(server.url());
        assert_eq!(
            key.fetch_toolbox_asset(9).unwrap().asset_id,
            9,
            "{encoding}"
        );

        let body = gzip(br#"{"code":"C","message":"told"}"#);
        let server = RawServer::responding(vec![response(
            400,
            &[("content-encoding", encoding)],
            &body,
        )]);
        let (key, _) = client::key(server.url());
        let error = key.fetch_toolbox_asset(9).unwrap_err();
        assert_eq!(error.code(), Some("C"), "{encoding}");
    }
    let (_server, location) = delivering("gzip, gzip", gzip(&gzip(&content)));
    let mut bytes = Vec::new();
    location
        .download()
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    assert!(bytes == content);
}

#[test]
fn identity_is_no_encoding() {
    for encoding in ["", "identity", "Identity"] {
        let (_server, location) = delivering(encoding, b"as it is".to_vec());
        let mut text = String::new();
        location
            .download()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "as it is");
    }
}

#[test]
fn an_encoding_that_is_not_understood_is_an_error_that_names_it() {
    for encoding in [
        "zstd",
        "br",
        "deflate",
        "compress",
        "gzip, br",
        "x-of-tomorrow",
    ] {
        let (_server, location) = delivering(encoding, b"\x28\xb5\x2f\xfd".to_vec());
        let folder = tempfile::tempdir().unwrap();
        for error in [
            location.download().unwrap_err(),
            location
                .download_to(folder.path().join("a.rbxm"))
                .unwrap_err(),
        ] {
            assert!(error.is_decode(), "{encoding}: {error}");
            assert!(
                error.to_string().contains(&format!("{encoding:?}")),
                "{error}"
            );
        }
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());

        let headers = [
            ("content-encoding", encoding),
            ("content-type", "application/json"),
        ];
        let calls: [Call; 2] = [
            |key| key.fetch_toolbox_asset(1).map(drop),
            |key| key.send_request("GET", "a").send().map(drop),
        ];
        for call in calls {
            let server = RawServer::responding(vec![response(200, &headers, b"{}")]);
            let (key, _) = key(server.url());
            let error = call(&key).unwrap_err();
            assert!(error.is_decode(), "{encoding}: {error}");
            assert!(
                error.to_string().contains(&format!("{encoding:?}")),
                "{error}"
            );
        }
        // A failure stays the failure that it is.
        let server = RawServer::responding(vec![response(404, &headers, b"{}")]);
        let (key, _) = key(server.url());
        assert!(
            key.fetch_toolbox_asset(1).unwrap_err().is_not_found(),
            "{encoding}"
        );
    }
}

#[test]
fn gzip_that_is_none_or_ends_too_early_is_an_error() {
    let whole = gzip(&[7; 100_000]);
    for encoding in ["gzip", "x-gzip"] {
        for content in [
            b"no gzip at all".to_vec(),
            whole[..whole.len() - 9].to_vec(),
        ] {
            let (_server, location) = delivering(encoding, content.clone());
            let mut download = location.download().unwrap();
            assert!(download.read_to_end(&mut Vec::new()).is_err(), "{encoding}");
            let headers = [("content-encoding", encoding)];
            let server = RawServer::responding(vec![response(200, &headers, &content)]);
            let (key, _) = key(server.url());
            assert!(key.fetch_toolbox_asset(1).is_err(), "{encoding}");
        }
    }
}

#[test]
fn json_behind_a_byte_order_mark_is_understood() {
    let with_mark = |status: u16, body: &str| json(status, &format!("\u{feff}{body}"));
    let server = RawServer::responding(vec![
        with_mark(200, r#"{"asset":{"id":9}}"#),
        with_mark(200, r#"{"a":1}"#),
        with_mark(200, r#"{"errors":[{"code":1,"message":"told"}]}"#),
        with_mark(403, r#"{"code":"C","message":"told"}"#),
    ]);
    let (key, _) = key(server.url());
    assert_eq!(key.fetch_toolbox_asset(9).unwrap().asset_id, 9);
    let response = key.send_request("GET", "a").send().unwrap();
    assert_eq!(response.body.as_json().unwrap()["a"], 1);
    for _ in 0..2 {
        let error = key.fetch_toolbox_asset(9).unwrap_err();
        assert_eq!(error.api_error().unwrap().message, "told");
    }
}
