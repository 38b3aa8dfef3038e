//! The raw request: what goes over the wire, and what comes back.

use std::time::Duration;

use rblxopencloud::http::{Body, Request, Response};
use rblxopencloud::{ApiKey, ApiKeyBuilder, AssetFile, send_request};
use serde_json::json;
use support::client;
use support::form::parts;
use support::raw_server::{RawRequest, RawServer, json, response};

fn key(server: &RawServer) -> ApiKey {
    ApiKey::builder("the-key")
        .base_url(server.url())
        .build()
        .unwrap()
}

/// What the server sees of a request, and what the caller sees of a JSON response.
fn exchange(make: impl Fn(&ApiKey) -> Request) -> (RawRequest, Response) {
    let server = RawServer::responding(vec![json(200, r#"{"ok":true}"#)]);
    let response = make(&key(&server)).send().unwrap();
    let mut requests = server.requests();
    assert_eq!(requests.len(), 1);
    (requests.remove(0), response)
}

#[test]
fn a_key_goes_into_x_api_key_and_a_token_into_authorization() {
    let (request, _) = exchange(|key| key.send_request("GET", "a"));
    assert_eq!(request.header("x-api-key"), Some("the-key"));
    assert_eq!(request.header("authorization"), None);

    let (request, _) = exchange(|key| key.send_request("GET", "a").authorization("Bearer a.b-c"));
    assert_eq!(request.header("authorization"), Some("Bearer a.b-c"));
    assert_eq!(request.header("x-api-key"), None);

    let (request, _) = exchange(|key| key.send_request("GET", "a").authorization("other"));
    assert_eq!(request.header("x-api-key"), Some("other"));

    let server = RawServer::responding(vec![json(200, "{}")]);
    let bearer = rblxopencloud::ApiKeyBuilder::bearer("t0ken")
        .base_url(server.url())
        .build()
        .unwrap();
    bearer.send_request("GET", "a").send().unwrap();
    assert_eq!(
        server.requests()[0].header("authorization"),
        Some("Bearer t0ken")
    );
}

#[test]
fn the_free_function_takes_whole_urls_and_a_key_for_this_machine() {
    let server = RawServer::responding(vec![json(200, "1")]);
    let url = format!("{}/a/b?c=d", server.url());
    let response = send_request("get", &url)
        .authorization("k")
        .param("e", 1)
        .send()
        .unwrap();
    assert_eq!(response.body, Body::Json(json!(1)));
    let request = &server.requests()[0];
    assert_eq!(request.line(), "GET /a/b?c=d&e=1");
    assert_eq!(request.header("x-api-key"), Some("k"));
}

#[test]
fn paths_are_relative_or_under_cloud_v2() {
    for (path, line) in [
        ("assets/v1/assets", "GET /assets/v1/assets"),
        ("/users/1", "GET /cloud/v2/users/1"),
        ("a b/ü", "GET /a%20b/%C3%BC"),
    ] {
        let (request, _) = exchange(|key| key.send_request("GET", path));
        assert_eq!(request.line(), line);
    }
}

#[test]
fn whole_urls_are_told_by_their_scheme_in_any_case() {
    let server = RawServer::responding(vec![json(200, "1")]);
    let elsewhere = ApiKeyBuilder::anonymous()
        .base_url("http://127.0.0.1:1")
        .build()
        .unwrap();
    for scheme in ["http", "HTTP", "hTtP"] {
        let url = server.url().replace("http", scheme);
        for (path, line) in [("/a%?b%#c", "GET /a%25?b%25%23c"), ("?a", "GET /?a")] {
            let request = elsewhere.send_request("GET", &format!("{url}{path}"));
            request.send().unwrap();
            assert_eq!(server.take_requests()[0].line(), line);
        }
    }
}

#[test]
fn parameters_repeat_and_cannot_break_out() {
    let (request, _) = exchange(|key| {
        key.send_request("GET", "a")
            .param("x", 1)
            .params([("x", "2"), ("y&z", "a=b&c#d/é +")])
            .param("flag", true)
    });
    assert_eq!(
        request.line(),
        "GET /a?x=1&x=2&y%26z=a%3Db%26c%23d%2F%C3%A9%20%2B&flag=true"
    );
}

#[test]
fn each_kind_of_body_has_its_content_type_and_length() {
    let (request, _) = exchange(|key| {
        key.send_request("POST", "a")
            .json(&json!({"message": "Hello World!"}))
    });
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.text(), r#"{"message":"Hello World!"}"#);
    assert_eq!(request.header("content-length"), Some("26"));
    assert_eq!(request.header("transfer-encoding"), None);

    let (request, _) = exchange(|key| {
        key.send_request("PUT", "a")
            .data(vec![0, 255], "application/octet-stream")
    });
    assert_eq!(
        request.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(request.body, [0, 255]);

    let (request, _) = exchange(|key| {
        key.send_request("PATCH", "a")
            .form([("a", "1 2"), ("b", "&=")])
    });
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.text(), "a=1%202&b=%26%3D");

    let (request, _) = exchange(|key| key.send_request("POST", "a"));
    assert_eq!(request.header("content-length"), Some("0"));

    let (request, _) = exchange(|key| key.send_request("DELETE", "a").json(&[1]));
    assert_eq!((request.line(), request.text()), ("DELETE /a", "[1]"));

    let (request, _) = exchange(|key| {
        key.send_request("POST", "a")
            .json(&1)
            .header("content-type", "application/json-patch+json")
    });
    assert_eq!(
        request.header("content-type"),
        Some("application/json-patch+json")
    );
}

#[test]
fn headers_are_sent_but_the_credential_is_the_keys_own() {
    let (request, _) = exchange(|key| {
        key.send_request("GET", "a")
            .headers([
                ("x-one", "1"),
                ("X-API-KEY", "mine"),
                ("Authorization", "mine"),
            ])
            .header("x-one", "2")
    });
    assert_eq!(request.head.matches("x-one: ").count(), 2);
    assert_eq!(request.header("x-api-key"), Some("the-key"));
    assert_eq!(request.header("authorization"), None);
    assert!(
        request
            .header("user-agent")
            .unwrap()
            .starts_with("rblxopencloud-rust/")
    );
}

#[test]
fn the_user_agent_takes_a_suffix() {
    let server = RawServer::responding(vec![json(200, "1")]);
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .user_agent_suffix("my-tool/1.0")
        .build()
        .unwrap();
    key.send_request("GET", "a").send().unwrap();
    assert!(
        server.requests()[0]
            .header("user-agent")
            .unwrap()
            .ends_with(" my-tool/1.0")
    );
}

#[test]
fn a_base_url_may_have_a_path() {
    let server = RawServer::responding(vec![json(200, "1")]);
    let key = ApiKey::builder("k")
        .base_url(format!("{}/roblox/", server.url()))
        .build()
        .unwrap();
    key.send_request("GET", "/users/1").send().unwrap();
    assert_eq!(server.requests()[0].line(), "GET /roblox/cloud/v2/users/1");
}

#[test]
fn bodies_are_decoded_by_their_content_type() {
    let bodies: [(&str, &[u8], Body); 8] = [
        (
            "application/json",
            b"{\"a\":1}",
            Body::Json(json!({"a": 1})),
        ),
        (
            "application/problem+json; charset=utf-8",
            b"[]",
            Body::Json(json!([])),
        ),
        ("APPLICATION/JSON", b"null", Body::Json(json!(null))),
        (
            "text/plain",
            b"{\"a\":1}",
            Body::Text("{\"a\":1}".to_owned()),
        ),
        ("", b"text", Body::Text("text".to_owned())),
        (
            "application/octet-stream",
            &[0xff, 0],
            Body::Bytes(vec![0xff, 0]),
        ),
        ("application/json", b"", Body::Empty),
        ("text/plain", b"", Body::Empty),
    ];
    for (content_type, bytes, body) in bodies {
        let server = RawServer::responding(vec![response(
            200,
            &[("content-type", content_type)],
            bytes,
        )]);
        let response = key(&server).send_request("GET", "a").send().unwrap();
        assert_eq!(response.body, body, "{content_type}");
    }
}

#[test]
fn without_expected_status_every_status_is_a_response_and_nothing_is_sent_again() {
    for status in [302, 400, 401, 403, 404, 409, 418, 429, 500, 503] {
        let server = RawServer::responding(vec![json(status, r#"{"message":"m"}"#)]);
        let response = key(&server).send_request("GET", "a").send().unwrap();
        assert_eq!(response.status, status);
        assert_eq!(response.body.as_json(), Some(&json!({"message": "m"})));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_failure_with_a_broken_json_body_is_still_a_response() {
    let server = RawServer::responding(vec![json(502, "<html>")]);
    let response = key(&server).send_request("GET", "a").send().unwrap();
    assert_eq!(
        (response.status, response.body),
        (502, Body::Text("<html>".to_owned()))
    );
}

#[test]
fn rate_limit_and_retry_after_headers_are_read() {
    let headers = [
        ("X-RateLimit-Limit", "1000, 1000;w=60"),
        ("x-ratelimit-remaining", "998"),
        ("x-ratelimit-reset", "20"),
        ("Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"),
        ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ];
    let server = RawServer::responding(vec![response(200, &headers, b"")]);
    let response = key(&server).send_request("GET", "a").send().unwrap();
    let rate_limit = response.rate_limit().unwrap();
    assert_eq!(
        (rate_limit.limit, rate_limit.remaining),
        (Some(1000), Some(998))
    );
    assert_eq!(rate_limit.reset, Some(Duration::from_secs(20)));
    assert_eq!(rate_limit.windows[1].window, Some(Duration::from_secs(60)));
    assert_eq!(response.retry_after(), Some(Duration::from_secs(10)));
    assert_eq!(response.headers.get("X-RATELIMIT-REMAINING"), Some("998"));
}

#[test]
fn send_as_decodes_straight_into_a_type() {
    #[derive(Debug, serde::Deserialize)]
    struct Universe {
        #[serde(rename = "displayName")]
        display_name: String,
    }
    let server = RawServer::responding(vec![
        json(200, r#"{"displayName":"Crossroads","more":[1]}"#),
        json(404, "{}"),
    ]);
    let universe: Universe = key(&server)
        .send_request("GET", "/universes/1")
        .send_as()
        .unwrap();
    assert_eq!(universe.display_name, "Crossroads");
    let error = key(&server)
        .send_request("GET", "/universes/2")
        .send_as::<Universe>()
        .unwrap_err();
    assert!(error.is_not_found());
}

#[test]
fn what_cannot_be_sent_is_an_error_before_a_request() {
    let server = RawServer::responding(vec![json(200, "1")]);
    let key = key(&server);
    let get = || key.send_request("GET", "a");
    let not_json = std::collections::HashMap::from([((1, 2), 3)]);
    for (request, why) in [
        (key.send_request("G T", "a"), "is not an HTTP method"),
        (key.send_request("GET", ""), "the path \"\" is not one"),
        (key.send_request("GET", "a/../b"), "'..' segment"),
        (key.send_request("GET", "a/%2E%2e/b"), "'..' segment"),
        (
            key.send_request("GET", "http://127.0.0.1:99999/a"),
            "a port",
        ),
        (key.send_request("GET", "HTTP://127.0.0.1:/a"), "a port"),
        (
            key.send_request("GET", "https://user:pw@host"),
            "a user name",
        ),
        (get().header("bad name", "x"), "is not a header name"),
        (
            get().header("x-a", "a\r\nx-b: c"),
            "a character no header can have",
        ),
        (
            get().header("content-length", "5"),
            "is set by the client itself",
        ),
        (
            get().header("Host", "evil.example"),
            "is set by the client itself",
        ),
        (get().authorization(""), "the API key is empty"),
        (get().authorization("a b"), "has a space"),
        (get().authorization("Bearer "), "the access token is empty"),
        (get().json(&1).form([("a", "b")]), "one body"),
        (
            get().json(&1).file(AssetFile::from_bytes("a.bin", "x")),
            "one body",
        ),
        (
            get().file(AssetFile::from_bytes("a.bin", "x")).json(&1),
            "one body",
        ),
        (
            get().multipart([("a", 1)], None).form([("a", "b")]),
            "one body",
        ),
        (get().data("x", "text/\n"), "is not a content type"),
        (get().json(&not_json), "cannot be written as JSON"),
    ] {
        let error = request.send().unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
        assert!(error.to_string().contains(why), "{error}: {why}");
        assert_eq!(error.attempts(), 0);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_file_is_the_whole_body_with_its_content_type() {
    for (bytes, expects) in [
        (vec![7; 10], None),
        (vec![7; 2 << 20], Some("100-continue")),
    ] {
        let (request, _) = exchange(|key| {
            let file = AssetFile::from_bytes("place.rbxl", bytes.clone());
            key.send_request("POST", "universes/v1/1/places/2/versions")
                .param("versionType", "Saved")
                .file(file.with_content_type("application/octet-stream"))
        });
        assert_eq!(
            request.line(),
            "POST /universes/v1/1/places/2/versions?versionType=Saved"
        );
        assert_eq!(
            request.header("content-type"),
            Some("application/octet-stream")
        );
        let length = bytes.len().to_string();
        assert_eq!(request.header("content-length"), Some(length.as_str()));
        assert_eq!(request.header("expect"), expects);
        assert_eq!(request.body, bytes);
    }
}

#[test]
fn a_form_has_its_fields_and_behind_them_a_file_under_any_name() {
    let (request, _) = exchange(|key| {
        let icon = AssetFile::from_bytes("a \"b\".png", "icon");
        key.send_request("PATCH", "a").multipart(
            [("name", "VIP\r\n--x"), ("price\"", "5")],
            ("imageFile", icon),
        )
    });
    let parts = parts(request.header("content-type").unwrap(), &request.body);
    let parts: Vec<_> = parts
        .iter()
        .map(|part| (part.head.join("|"), part.content.as_slice()))
        .collect();
    let file = "Content-Disposition: form-data; name=\"imageFile\"; filename=\"a %22b%22.png\"|Content-Type: image/png";
    assert_eq!(
        parts,
        [
            (
                "Content-Disposition: form-data; name=\"name\"".to_owned(),
                &b"VIP\r\n--x"[..]
            ),
            (
                "Content-Disposition: form-data; name=\"price%22\"".to_owned(),
                b"5"
            ),
            (file.to_owned(), b"icon"),
        ]
    );
    // Without a file it is a form all the same.
    let (request, _) = exchange(|key| key.send_request("POST", "a").multipart([("a", 1)], None));
    let content_type = request.header("content-type").unwrap();
    assert_eq!(support::form::parts(content_type, &request.body).len(), 1);
}

#[test]
fn a_file_body_is_sent_again_only_where_its_file_can_be_read_again() {
    for (file, requests) in [
        (AssetFile::from_bytes("a.bin", "abc"), 2),
        (AssetFile::from_reader("a.bin", &b"abc"[..], 3), 1),
    ] {
        let server = RawServer::responding(vec![json(503, "{}"), json(200, "{}")]);
        let (key, _) = client::key(server.url());
        let sent = key
            .send_request("PUT", "a")
            .file(file)
            .expected_status([200])
            .send();
        assert_eq!(sent.is_ok(), requests == 2);
        assert_eq!(server.requests().len(), requests);
        assert!(
            server
                .requests()
                .iter()
                .all(|request| request.body == b"abc")
        );
    }
}

#[test]
fn a_file_body_that_is_shorter_than_it_was_is_an_error_of_the_file() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let (key, _) = client::key(server.url());
    let short = AssetFile::from_reader("a.bin", &b"abc"[..], 5);
    let error = key
        .send_request("POST", "a")
        .file(short)
        .send()
        .unwrap_err();
    assert!(error.is_file(), "{error:?}");
    let odd = AssetFile::from_bytes("a.bin", "abc").with_content_type("a\r\nb");
    let error = key.send_request("POST", "a").file(odd).send().unwrap_err();
    assert!(error.is_invalid_argument(), "{error:?}");
}
