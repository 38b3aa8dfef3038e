//! Delivery of content.

#[path = "support/client.rs"]
mod client;

use std::io::{Read, Write};
use std::net::TcpStream;

use client::{agent, send, send_as, upload};
use open_cloud_emulator::{Emulator, Fault, KeySpec};
use serde_json::json;

#[test]
fn content_is_delivered_from_elsewhere_and_without_credentials() {
    let emulator = Emulator::start().unwrap();
    let plain = b"content ".repeat(10_000);
    let id = upload(&emulator, &plain).to_string();
    let location = send(
        &emulator,
        "GET",
        &format!("/asset-delivery-api/v1/assetId/{id}"),
    )
    .1;
    assert_eq!(
        location["assetMetadatas"],
        json!([{ "metadataType": 1, "value": "80000" }])
    );
    let url = location["location"].as_str().unwrap();
    let packed = get_as_it_comes(url, "br, gzip;q=0.8");
    let head_end = packed.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&packed[..head_end]).to_lowercase();
    assert!(head.contains("content-encoding: gzip"), "{head}");
    let body = &packed[head_end..];
    assert!(body.windows(2).any(|w| w == [0x1f, 0x8b]) && body.len() < plain.len() / 10);
    for (name, value) in [
        ("x-api-key", "k"),
        ("authorization", "Bearer t"),
        ("cookie", "c=d"),
    ] {
        assert_eq!(
            agent()
                .get(url)
                .header(name, value)
                .call()
                .unwrap()
                .status(),
            400,
            "{name}"
        );
    }
    assert_eq!(agent().get(format!("{url}0")).call().unwrap().status(), 403);
    assert_eq!(
        agent()
            .get(emulator.delivery_url())
            .call()
            .unwrap()
            .status(),
        403
    );
    assert_eq!(agent().delete(url).call().unwrap().status(), 405);
    let to_delivery = |n: usize| emulator.requests().iter().rev().nth(n).unwrap().to_delivery;
    assert!(to_delivery(0) && !to_delivery(7));
    emulator.fault_next(1, Fault::CutDuringResponse);
    let mut response = agent()
        .get(url)
        .header("accept-encoding", "identity")
        .call()
        .unwrap();
    assert!(response.body_mut().read_to_vec().is_err());
}

/// The whole response, byte by byte: a client that can decompress does so unasked.
fn get_as_it_comes(url: &str, accept_encoding: &str) -> Vec<u8> {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\naccept-encoding: {accept_encoding}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

#[test]
fn what_is_not_delivered_is_told_with_a_good_status() {
    let emulator = Emulator::start().unwrap();
    let locate = |path: &str| {
        send(
            &emulator,
            "GET",
            &format!("/asset-delivery-api/v1/assetId/{path}"),
        )
    };
    for (path, code) in [
        ("5", 404),
        ("500001/version/2", 404),
        ("500001?expectedAssetType=Audio", 404),
        ("500013", 409),
    ] {
        let (status, response) = locate(path);
        assert_eq!(
            (status, &response["errors"][0]["code"]),
            (200, &json!(code)),
            "{path}"
        );
    }
    for path in [
        "x",
        "500001?skipSigningScripts=1",
        "500001?version=1",
        "500001?clientInsert=x",
    ] {
        assert_eq!(locate(path).0, 400, "{path}");
    }
    assert!(
        locate("500001?expectedAssetType=Model&skipSigningScripts=true").1["location"].is_string()
    );
    let other = emulator.add_key(KeySpec::new("other").scope("asset", ["read", "write"]));
    let path = "/asset-delivery-api/v1/assetId/500001";
    assert_eq!(send_as(&emulator, &other, "GET", path, "", ()).0, 403);
}
