//! A small client, and what the tests send with it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers, of which every file of tests uses some"
)]

use open_cloud_emulator::Emulator;
use serde_json::{Value, json};
use ureq::http::{Request, Response};
use ureq::{Agent, AsSendBody, Body};

/// The name and the content type of a file.
pub(crate) type FileKind = (&'static str, &'static str);

pub(crate) const FBX: FileKind = ("crate.fbx", "model/fbx");

/// The content type of what [`form`] makes.
pub(crate) const FORM: &str = "multipart/form-data; boundary=b";

pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

/// Sends a request and returns the status and the JSON of the response, null if it is empty.
pub(crate) fn send_as(
    emulator: &Emulator,
    key: &str,
    method: &str,
    path: &str,
    content_type: &str,
    body: impl AsSendBody,
) -> (u16, Value) {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", emulator.url()))
        .header("x-api-key", key);
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    let agent = agent();
    // A POST without a body is as good as a DELETE with one.
    let request = agent
        .configure_request(request.body(body).unwrap())
        .allow_non_standard_methods(true)
        .build();
    let mut response = agent.run(request).unwrap();
    (response.status().as_u16(), json_of(&mut response))
}

pub(crate) fn json_of(response: &mut Response<Body>) -> Value {
    let text = response.body_mut().read_to_string().unwrap();
    match text.as_str() {
        "" => Value::Null,
        _ => serde_json::from_str(&text).unwrap(),
    }
}

pub(crate) fn send(emulator: &Emulator, method: &str, path: &str) -> (u16, Value) {
    send_as(emulator, emulator.api_key(), method, path, "", ())
}

pub(crate) fn get(emulator: &Emulator, path: &str) -> (u16, Value) {
    send(emulator, "GET", path)
}

pub(crate) fn send_json(
    emulator: &Emulator,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let (key, json) = (emulator.api_key(), "application/json");
    send_as(emulator, key, method, path, json, body.to_string())
}

/// A form with a request and perhaps a file.
pub(crate) fn form(request: &Value, file: Option<(FileKind, &[u8])>) -> Vec<u8> {
    const DISPOSITION: &str = "--b\r\ncontent-disposition: form-data; name";
    let mut body = format!("{DISPOSITION}=\"request\"\r\n\r\n{request}\r\n").into_bytes();
    if let Some(((name, content_type), content)) = file {
        let mut head = format!("{DISPOSITION}=\"fileContent\"; filename=\"{name}\"\r\n");
        if !content_type.is_empty() {
            head.push_str(&format!("content-type: {content_type}\r\n"));
        }
        body.extend(head.as_bytes());
        body.extend(b"\r\n");
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body
}

pub(crate) fn send_form(
    emulator: &Emulator,
    method: &str,
    path: &str,
    body: &[u8],
) -> (u16, Value) {
    send_as(emulator, emulator.api_key(), method, path, FORM, body)
}

pub(crate) fn new_asset(kind: &str) -> Value {
    json!({
        "assetType": kind,
        "displayName": "Crate",
        "description": "A wooden crate.",
        "creationContext": { "creator": { "userId": "1001" } },
    })
}

pub(crate) fn create(
    emulator: &Emulator,
    request: &Value,
    file: FileKind,
    content: &[u8],
) -> (u16, Value) {
    let body = form(request, Some((file, content)));
    send_form(emulator, "POST", "/assets/v1/assets", &body)
}

/// Uploads a model and waits for it.
pub(crate) fn upload(emulator: &Emulator, content: &[u8]) -> u64 {
    let (status, operation) = create(emulator, &new_asset("Model"), FBX, content);
    assert_eq!(status, 200, "{operation}");
    let id = wait(emulator, &operation)["response"]["assetId"].take();
    id.as_str().unwrap().parse().unwrap()
}

/// Asks after an operation until it is done.
pub(crate) fn wait(emulator: &Emulator, operation: &Value) -> Value {
    let path = format!("/assets/v1/{}", operation["path"].as_str().unwrap());
    for _ in 0..10 {
        let (status, operation) = get(emulator, &path);
        assert_eq!(status, 200);
        if operation["done"] == true {
            return operation;
        }
    }
    unreachable!("the operation never ends");
}

/// The content of an asset or, with `{id}/version/{number}`, of a version of it, as the delivery
/// network sends it.
pub(crate) fn download(emulator: &Emulator, path: &str, encoding: &str) -> Response<Body> {
    let (status, location) = get(emulator, &format!("/asset-delivery-api/v1/assetId/{path}"));
    assert_eq!(status, 200);
    let location = location["location"].as_str().unwrap();
    assert!(location.starts_with(emulator.delivery_url()));
    assert!(!location.starts_with(emulator.url()));
    agent()
        .get(location)
        .header("accept-encoding", encoding)
        .call()
        .unwrap()
}

pub(crate) fn content(emulator: &Emulator, path: &str) -> Vec<u8> {
    let mut response = download(emulator, path, "identity");
    assert_eq!(response.status(), 200);
    let body = response.body_mut().with_config();
    body.limit(1 << 30).read_to_vec().unwrap()
}
