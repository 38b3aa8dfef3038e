//! A key is shown nowhere, and sent nowhere but where it belongs.

use rblxopencloud::{ApiKey, ApiKeyBuilder, AssetType, send_request};
use support::raw_server::{RawServer, json, response};

const SECRET: &str = "s3cr3t/Key+with=signs";

fn key(url: &str) -> ApiKey {
    ApiKey::builder(SECRET).base_url(url).build().unwrap()
}

#[test]
fn redirects_take_the_key_to_no_other_host() {
    let other = RawServer::responding(vec![json(200, "{}")]);
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/stolen", other.url());
        let server = RawServer::responding(vec![response(status, &[("location", &to)], b"")]);
        key(server.url()).fetch_toolbox_asset(1).unwrap_err();
        let raw = key(server.url())
            .send_request("POST", "a")
            .json(&1)
            .send()
            .unwrap();
        assert_eq!(raw.status, status);
        send_request("GET", &format!("{}/a", server.url()))
            .authorization(SECRET)
            .send()
            .unwrap();
        assert_eq!(server.requests().len(), 3);
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn redirects_are_not_followed_on_the_same_host_either() {
    let server = RawServer::responding(vec![
        response(307, &[("location", "/b")], b""),
        json(200, "{}"),
    ]);
    key(server.url()).fetch_toolbox_asset(1).unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_key_is_kept_from_other_hosts() {
    let other = RawServer::responding(vec![json(200, "{}")]);
    let base = RawServer::responding(vec![json(200, "{}")]);
    let elsewhere = format!("{}/a", other.url());
    for url in [
        elsewhere.as_str(),
        "https://evil.example/",
        "https://roblox.com.evil.example",
        "https://evilroblox.com/",
    ] {
        for request in [
            key(base.url()).send_request("GET", url),
            ApiKey::new(SECRET).unwrap().send_request("GET", url),
            ApiKeyBuilder::bearer(SECRET)
                .build()
                .unwrap()
                .send_request("GET", url),
        ] {
            let error = request.send().unwrap_err();
            assert!(
                error.is_invalid_argument()
                    && error.to_string().contains("the key is sent only to"),
                "{error}"
            );
        }
    }
    for name in [
        "x-api-key",
        "authorization",
        "cookie",
        "proxy-authorization",
    ] {
        let request = ApiKey::anonymous()
            .send_request("GET", &elsewhere)
            .header(name, SECRET);
        assert!(request.send().unwrap_err().is_invalid_argument(), "{name}");
    }
    assert_eq!((base.connections(), other.connections()), (0, 0));
    // Without a key, any host may be asked.
    assert_eq!(
        ApiKey::anonymous()
            .send_request("GET", &elsewhere)
            .send()
            .unwrap()
            .status,
        200
    );
    assert_eq!(other.requests()[0].header("x-api-key"), None);
}

#[test]
fn the_key_is_not_sent_over_plain_http_to_anything_but_this_machine() {
    for url in [
        "http://apis.roblox.com",
        "http://192.0.2.1:8080",
        "http://localhost.example",
    ] {
        let error = ApiKey::builder(SECRET).base_url(url).build().unwrap_err();
        assert!(error.to_string().contains("over plain http"), "{error}");
        assert!(ApiKeyBuilder::anonymous().base_url(url).build().is_ok());
        let free = send_request("GET", &format!("{url}/a"))
            .authorization(SECRET)
            .send()
            .unwrap_err();
        assert!(free.is_invalid_argument(), "{free}");
        let own = ApiKeyBuilder::anonymous().base_url(url).build().unwrap();
        let error = own
            .send_request("GET", "a")
            .authorization(SECRET)
            .send()
            .unwrap_err();
        assert!(error.to_string().contains("over plain http"), "{error}");
    }
}

#[test]
fn a_key_that_is_none_is_an_error_without_being_shown() {
    for (wrong, why) in [
        ("", "is empty"),
        ("abc def", "at byte 3"),
        ("abc\n", "at byte 3"),
        (" abc", "at byte 0"),
        ("abc\u{7f}", "at byte 3"),
        ("schlüssel", "at byte 4"),
        ("Bearer abc", "ApiKey::bearer"),
    ] {
        let error = ApiKey::new(wrong).unwrap_err();
        assert!(
            error.is_invalid_argument() && error.to_string().contains(why),
            "{error}"
        );
        if !wrong.is_empty() {
            assert!(!format!("{error} {error:?}").contains(wrong), "{error}");
        }
        assert!(ApiKey::bearer(wrong).is_err());
    }
}

#[test]
fn debug_of_everything_hides_the_key() {
    let server = RawServer::responding(vec![json(
        200,
        r#"{"asset":{"id":1},"creator":{"userId":1}}"#,
    )]);
    let key = key(server.url());
    let bearer = ApiKey::bearer(SECRET).unwrap();
    let search = key
        .search_toolbox(AssetType::Audio)
        .creator(&key.get_user(1));
    let asset = key.fetch_toolbox_asset(1).unwrap();
    let request = key
        .send_request("GET", "a")
        .authorization(SECRET)
        .header("cookie", SECRET)
        .param("p", SECRET);
    let shown = format!(
        "{key:?} {bearer:?} {:?} {:?} {:?} {:?} {search:?} {:?} {asset:?} {request:?} {:?}",
        ApiKey::builder(SECRET),
        key.get_user(1),
        key.get_group(1),
        key.get_experience(1),
        search.clone().into_iter(),
        key.send_request("GET", "a").send().unwrap(),
    );
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(shown.contains("[redacted]"));
    assert!(!serde_json::to_string(&asset).unwrap().contains("s3cr3t"));
}

#[test]
fn debug_of_a_key_says_where_it_sends_requests() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let builder = ApiKey::builder(SECRET).base_url(server.url());
    let shown = format!("{builder:?}");
    assert!(shown.contains(server.url()), "{shown}");
    for key in [builder.build().unwrap(), key(server.url())] {
        let shown = format!("{key:?}");
        assert!(shown.contains(server.url()), "{shown}");
    }
    let shown = format!("{:?}", ApiKey::new(SECRET).unwrap());
    assert!(shown.contains("https://apis.roblox.com"), "{shown}");
}

#[test]
fn a_key_that_the_service_sends_back_is_taken_out_of_errors() {
    let bodies = [
        format!(r#"{{"errors":[{{"code":"{SECRET}","message":"unknown key {SECRET}!"}}]}}"#),
        format!(r#"{{"message":"m","details":[{{"{SECRET}":1,"k":["{SECRET}"]}}]}}"#),
        format!("no such key: {SECRET}"),
        format!("<html><title>{SECRET}</title>"),
        // Where a long text is cut.
        format!("{}{SECRET}", "x".repeat(290)),
        SECRET
            .replace('/', "\\/")
            .replace("s3", "\\u00733")
            .join_quotes(),
    ];
    for body in bodies {
        let server = RawServer::responding(vec![json(401, &body)]);
        let key = key(server.url());
        for error in [
            key.fetch_toolbox_asset(1).unwrap_err(),
            key.fetch_info().unwrap_err(),
        ] {
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains(SECRET) && !shown.contains("s3cr3t"),
                "{shown}"
            );
        }
    }
}

/// A key in the form that these ways of writing its characters give it.
fn written(write: impl Fn(char) -> String) -> String {
    SECRET.chars().map(write).collect()
}

#[test]
fn a_key_that_the_service_sends_back_in_another_form_is_taken_out_of_errors() {
    let percent = |case: fn(String) -> String| {
        written(|c| match c {
            '/' | '+' | '=' => case(format!("%{:02x}", u32::from(c))),
            c => c.to_string(),
        })
    };
    let forms = [
        percent(|code| code),
        percent(|code| code.to_uppercase()),
        percent(|code| code.replace('%', "%25")),
        SECRET.replace('/', "\\/"),
        SECRET.replace('/', "\\\\\\/"),
        written(|c| format!("\\u{:04X}", u32::from(c))),
        written(|c| format!("&#{};", u32::from(c))),
        written(|c| format!("&#x{:X};", u32::from(c))),
        SECRET.replace("cr3t", "<b>cr</b>3<i class=\"x\">t</i>"),
        SECRET.replace('/', "&#47;").replace("Key", "K<b>e</b>y"),
    ];
    for form in forms {
        let quoted = serde_json::to_string(&form).unwrap();
        for (content_type, body) in [
            (
                "text/html",
                format!("<html><h1>Error 1</h1><p>No key {form} here.</p>"),
            ),
            ("text/html", format!("<title>{form} is 1 bad key</title>")),
            ("text/plain", format!("no such key: {form}")),
            ("text/html", format!("<p>{}{form}", "x ".repeat(142))),
            ("text/plain", format!("{}{form}", "x ".repeat(142))),
            (
                "application/json",
                format!(r#"{{"code":{quoted},"message":{quoted}}}"#),
            ),
            (
                "application/json",
                format!(r#"{{"message":"{}{}}}"#, "x".repeat(1_989), &quoted[1..]),
            ),
            (
                "application/json",
                format!(r#"{{"message":"m","details":[{{{quoted}:1,"k":[{quoted}]}}]}}"#),
            ),
        ] {
            for status in [401, 200] {
                let headers = [("content-type", content_type)];
                let server =
                    RawServer::responding(vec![response(status, &headers, body.as_bytes())]);
                let error = key(server.url()).fetch_toolbox_asset(1).unwrap_err();
                let shown = format!("{error} {error:?} {error:#?}");
                assert!(!shown.contains("s3cr3"), "{body}: {shown}");
                assert!(!shown.contains(&form), "{body}: {shown}");
                // No part that is long enough to be of use.
                assert!(
                    !shown.contains("%2FKey") && !shown.contains("/Key"),
                    "{body}: {shown}"
                );
            }
        }
    }
}

#[test]
fn a_key_is_taken_out_once_however_short_it_is() {
    for short in ["d", "red", "[", "]"] {
        let server =
            RawServer::responding(vec![json(401, &format!(r#"{{"message":"<{short}>"}}"#))]);
        let key = ApiKey::builder(short)
            .base_url(server.url())
            .build()
            .unwrap();
        let error = key.fetch_toolbox_asset(1).unwrap_err();
        assert_eq!(error.api_error().unwrap().message, "<[redacted]>");
    }
}

#[test]
fn a_body_that_resembles_the_key_all_over_takes_no_time() {
    for part in ["s<", "s<b>", "\\", "%25", "&#115", "s3cr3t/Key+with=sign"] {
        let body = part.repeat((64 << 10) / part.len());
        for body in [
            body.clone(),
            serde_json::json!({ "message": "m", "details": body }).to_string(),
        ] {
            let server = RawServer::responding(vec![json(401, &body)]);
            let began = std::time::Instant::now();
            key(server.url()).fetch_toolbox_asset(1).unwrap_err();
            assert!(
                began.elapsed().as_secs() < 5,
                "{part}: {:?}",
                began.elapsed()
            );
        }
    }
}

#[test]
fn a_key_in_a_path_is_not_shown() {
    let server = RawServer::responding(vec![json(404, "{}")]);
    let path = format!("things/{}", rblxopencloud::path_segment(SECRET).unwrap());
    let error = key(server.url())
        .send_request("GET", &path)
        .expected_status([200])
        .send()
        .unwrap_err();
    let shown = format!("{error} {error:#?}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(
        error.to_string().starts_with("GET /things/[redacted]: 404"),
        "{shown}"
    );
}

#[test]
fn a_secret_set_as_a_header_is_taken_out_of_errors_too() {
    for (name, value) in [
        ("x-api-key", SECRET.to_owned()),
        ("authorization", format!("Bearer {SECRET}")),
        ("cookie", format!("theme=dark; session={SECRET}")),
    ] {
        let body = format!(r#"{{"message":"{SECRET} is not known, nor is dark"}}"#);
        let server = RawServer::responding(vec![json(401, &body)]);
        let key = ApiKeyBuilder::anonymous()
            .base_url(server.url())
            .build()
            .unwrap();
        let request = key.send_request("GET", "a").header(name, &value);
        let error = request.expected_status([200]).send().unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cr3t"), "{name}: {shown}");
        assert!(
            shown.contains("[redacted] is not known, nor is dark"),
            "{shown}"
        );
    }
}

trait JoinQuotes {
    fn join_quotes(self) -> String;
}

impl JoinQuotes for String {
    fn join_quotes(self) -> String {
        format!("\"{self}\"")
    }
}

#[test]
fn response_headers_are_shown_by_a_list_of_harmless_ones() {
    let headers = [
        ("set-cookie", "session=1234"),
        ("x-ratelimit-remaining", "5"),
    ];
    let server = RawServer::responding(vec![response(200, &headers, b"")]);
    let response = key(server.url()).send_request("GET", "a").send().unwrap();
    let shown = format!("{response:?}");
    assert!(
        shown.contains("\"x-ratelimit-remaining\": \"5\"") && !shown.contains("1234"),
        "{shown}"
    );
    assert_eq!(response.headers.get("set-cookie"), Some("session=1234"));
}

#[test]
fn a_response_header_that_holds_the_key_is_not_shown() {
    let encoded = SECRET.replace('/', "%2f");
    for value in [SECRET, &encoded] {
        let content_type = format!("text/plain; for={value}");
        let headers = [
            ("content-type", content_type.as_str()),
            ("x-ratelimit-remaining", value),
        ];
        let server = RawServer::responding(vec![response(200, &headers, b"x")]);
        let response = key(server.url()).send_request("GET", "a").send().unwrap();
        let shown = format!("{response:?} {response:#?}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
        assert!(shown.contains(r#""content-type": "[redacted]""#), "{shown}");
        assert_eq!(
            response.headers.get("content-type"),
            Some(content_type.as_str())
        );
    }
}

#[test]
fn the_introspected_key_goes_in_the_body_and_nowhere_else() {
    let server = RawServer::responding(vec![json(
        200,
        r#"{"name":"n","authorizedUserId":1,"enabled":true}"#,
    )]);
    key(server.url()).fetch_info().unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.line(), "POST /api-keys/v1/introspect");
    assert!(!request.head.contains("s3cr3t"));
    assert_eq!(request.text(), format!(r#"{{"apiKey":"{SECRET}"}}"#));
}
