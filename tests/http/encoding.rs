//! What users and services write is taken apart again by parsers that are not this crate's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use percent_encoding::percent_decode_str;
use proptest::collection::vec;
use proptest::prelude::*;
use rblxopencloud::{ApiKey, Asset, AssetFile, AssetType, Creator, Error, RetryPolicy};
use serde_json::{Value, json};
use support::cases::config;
use support::raw_server::{RawRequest, RawServer, json, response};

fn key(url: &str) -> ApiKey {
    ApiKey::builder("top-secret")
        .base_url(url)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

/// What one call sends, whatever becomes of it.
struct Recorder {
    server: RawServer,
    key: ApiKey,
}

impl Recorder {
    fn start() -> Self {
        let server = RawServer::responding(vec![json(200, "{}")]);
        let key = key(server.url());
        Self { server, key }
    }

    fn sent(&self, call: impl FnOnce(&ApiKey)) -> Vec<RawRequest> {
        call(&self.key);
        self.server.take_requests()
    }
}

/// Path and query of a request line.
fn target(request: &RawRequest) -> (&str, &str) {
    let target = request.line().split_once(' ').unwrap().1;
    assert!(
        target.bytes().all(|byte| byte.is_ascii_graphic()),
        "{target:?}"
    );
    target.split_once('?').unwrap_or((target, ""))
}

#[test]
fn any_query_and_form_arrive_as_they_were_given() {
    let recorder = Recorder::start();
    let pairs = || vec((".{1,8}", ".{0,16}"), 1..5);
    proptest!(config(1_000), |(query in pairs(), form in pairs())| {
        let sent = recorder.sent(|key| {
            key.send_request("POST", "a")
                .params(query.clone())
                .form(form.clone())
                .send()
                .unwrap();
        });
        let decoded = |text: &[u8]| form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
        let (path, arrived) = target(&sent[0]);
        prop_assert_eq!(path, "/a");
        prop_assert_eq!(decoded(arrived.as_bytes()), query);
        prop_assert_eq!(decoded(&sent[0].body), form);
    });
}

/// Text in which percent signs, escapes and what ends a path or a query are frequent.
fn odd_text(others: &'static str) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("%".to_owned()),
        "%[0-9a-fA-F]{1,2}",
        "[ -~]",
        ".",
        Just("é".to_owned()),
        others,
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What a text means when each `%` that begins no escape is itself.
fn meaning(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

fn has_only_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.count() == 2
    })
}

fn has_dot_segment(path: &str) -> bool {
    let path = path.replace("%2e", ".").replace("%2E", ".");
    path.split('/')
        .any(|segment| segment == "." || segment == "..")
}

#[test]
fn any_path_and_query_written_by_hand_arrive_as_they_were_meant() {
    let recorder = Recorder::start();
    let (paths, queries) = (odd_text("#|/"), odd_text("[#/?&=]"));
    proptest!(config(2_000), |(path in paths, query in queries, is_whole: bool)| {
        let path = path.replace('?', "");
        let path = path.trim_start_matches('/');
        prop_assume!(!path.is_empty() && !has_dot_segment(path));
        let url = recorder.server.url();
        let given = match is_whole {
            true => format!("{}/{path}?{query}", url.replace("http", "Http")),
            // Not what looks like a whole URL.
            false => format!("x{path}?{query}"),
        };
        let sent = recorder.sent(|key| {
            key.send_request("GET", &given).send().unwrap();
        });
        let (sent_path, sent_query) = target(&sent[0]);
        let sent_path = sent_path.strip_prefix(if is_whole { "/" } else { "/x" }).unwrap();
        for (sent, given) in [(sent_path, path), (sent_query, &query)] {
            prop_assert_eq!(meaning(sent), meaning(given), "{:?}", sent);
            prop_assert!(has_only_whole_escapes(sent) && !sent.contains('#'), "{sent:?}");
        }
        prop_assert_eq!(sent_path.matches('/').count(), path.matches('/').count());
    });
}

#[test]
fn any_path_of_a_base_url_is_sent_as_it_was_meant() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    proptest!(config(500), |(path in odd_text("/"))| {
        let path = path.replace(['?', '#'], "");
        prop_assume!(!has_dot_segment(&path));
        let key = key(&format!("{}/{path}", server.url()));
        key.send_request("GET", "x").send().unwrap();
        let sent = server.take_requests();
        let (sent, query) = target(&sent[0]);
        let expected = format!("/{path}");
        let expected = format!("{}/x", expected.trim_end_matches('/'));
        prop_assert_eq!(meaning(sent), meaning(&expected));
        prop_assert!(has_only_whole_escapes(sent) && query.is_empty(), "{sent:?}");
    });
}

#[test]
fn any_base_url_that_is_none_is_quoted_in_its_error() {
    let texts = prop_oneof![
        ".{0,20}",
        odd_text("[/:@]"),
        odd_text("[/:@]").prop_map(|rest| format!("http://127.0.0.1{rest}")),
        odd_text("[/:@]").prop_map(|rest| format!("https://{rest}")),
        "http://127\\.0\\.0\\.1:[0-9a-z+-]{0,7}",
    ];
    proptest!(config(2_000), |(text in texts)| {
        let Err(error) = ApiKey::builder("top-secret").base_url(&text).build() else {
            return Ok(());
        };
        let shown = error.to_string();
        prop_assert!(error.is_invalid_argument());
        let is_hidden = |c: char| c.is_control() || "\u{202e}\u{200b}".contains(c);
        prop_assert!(!shown.contains(is_hidden));
        let is_quoted = shown.contains(&format!("{text:?}"));
        let is_about_key = shown.contains("plain http");
        prop_assert!(is_quoted || is_about_key || shown.contains("[redacted]@"), "{shown}");
    });
}

#[test]
fn any_search_text_stays_in_its_parameter() {
    let recorder = Recorder::start();
    proptest!(config(1_000), |(query in ".{1,40}", token in ".{1,40}")| {
        let sent = recorder.sent(|key| {
            let search = key.search_toolbox(AssetType::Model).query(&query).page_token(&token);
            let _ = search.into_iter().next();
        });
        let (path, arrived) = target(&sent[0]);
        prop_assert_eq!(path, "/toolbox-service/v2/assets:search");
        let value = |name: &str| {
            let mut values = form_urlencoded::parse(arrived.as_bytes()).filter(|pair| pair.0 == name);
            let value = values.next().unwrap().1.into_owned();
            assert!(values.next().is_none());
            value
        };
        prop_assert_eq!(value("query"), query);
        prop_assert_eq!(value("pageToken"), token);
    });
}

#[test]
fn any_operation_id_stays_in_its_path_segment_or_is_an_error() {
    let recorder = Recorder::start();
    let texts = prop_oneof![
        ".{0,24}",
        "[./\\\\%?#:@;&=a-f0-9]{0,12}",
        "\\.{0,3}",
        "(%2[eEfF]|\\.|/){1,4}",
    ];
    proptest!(config(2_000), |(id in texts)| {
        let mut failed = None;
        let sent = recorder.sent(|key| {
            failed = key.get_operation::<Asset>(&id).fetch_status().err();
        });
        let Some(request) = sent.first() else {
            prop_assert!(failed.is_some_and(|error| error.is_invalid_argument()), "{id:?}");
            return Ok(());
        };
        let (path, query) = target(request);
        prop_assert_eq!(query, "");
        let segment = path.strip_prefix("/assets/v1/operations/").unwrap();
        prop_assert!(!segment.is_empty() && !segment.contains('/'), "{id:?}: {path:?}");
        let decoded = percent_decode_str(segment).decode_utf8().unwrap();
        prop_assert!(decoded != "." && decoded != "..", "{id:?}");
        // An operation may be given by its path too, and a slash behind it.
        prop_assert!(id.trim_end_matches('/').ends_with(&*decoded), "{id:?}: {path:?}");
    });
}

#[test]
fn any_upload_comes_apart_into_what_was_given() {
    let recorder = Recorder::start();
    // The name's own percent signs are left as they are, as browsers do.
    let given = ("[^%]{0,24}", ".{1,50}", ".{0,50}", vec(any::<u8>(), 0..600));
    proptest!(config(1_000), |((file_name, name, description, content) in given)| {
        let sent = recorder.sent(|key| {
            let file = AssetFile::from_bytes(&file_name, content.clone());
            key.get_user(1)
                .upload_asset(file, AssetType::Decal, &name, &description)
                .unchecked()
                .send()
                .unwrap_err();
        });
        let boundary = multer::parse_boundary(sent[0].header("content-type").unwrap()).unwrap();
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(sent[0].body.clone())]);
        let mut multipart = multer::Multipart::new(body, boundary);
        let mut next = || multipart.next_field().now_or_never().unwrap().unwrap();

        let part = next().unwrap();
        prop_assert_eq!(part.name(), Some("request"));
        prop_assert_eq!(part.content_type().unwrap().essence_str(), "application/json");
        let request = part.bytes().now_or_never().unwrap().unwrap();
        let request: Value = serde_json::from_slice(&request).unwrap();
        prop_assert_eq!(&request["displayName"], &name);
        prop_assert_eq!(&request["description"], &description);

        let part = next().unwrap();
        prop_assert_eq!(part.name(), Some("fileContent"));
        let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let arrived = percent_decode_str(part.file_name().unwrap()).decode_utf8().unwrap();
        prop_assert_eq!(&*arrived, if last.is_empty() { "file" } else { last });
        let arrived = part.bytes().now_or_never().unwrap().unwrap();
        prop_assert_eq!(&arrived[..], &content[..]);
        prop_assert!(next().is_none());
    });
}

/// A server that rejects every call, as it is told.
struct RejectingServer {
    response: Arc<Mutex<Vec<u8>>>,
    key: ApiKey,
    _server: RawServer,
}

impl RejectingServer {
    fn start() -> Self {
        let response = Arc::new(Mutex::new(Vec::new()));
        let for_server = response.clone();
        let server = RawServer::start(move |_, connection| {
            while connection.read_request().is_some() {
                let response = for_server.lock().unwrap().clone();
                connection.send(&response);
            }
        });
        Self {
            response,
            key: key(server.url()),
            _server: server,
        }
    }

    fn error(&self, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Error {
        *self.response.lock().unwrap() = response(status, headers, body);
        self.key.fetch_toolbox_asset(1).unwrap_err()
    }
}

#[test]
fn any_error_body_gives_an_error_of_its_status_with_a_message() {
    let server = RejectingServer::start();
    let names = prop::sample::select(vec![
        "errors",
        "error",
        "code",
        "message",
        "details",
        "errorDetails",
        "title",
        "errorCode",
        "errorMessage",
        "error_description",
        "detail",
        "Message",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let body = leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((names.clone(), inner), 0..5).prop_map(|fields| {
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }),
        ]
    });
    let body = prop_oneof![
        4 => body.prop_map(|body| body.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..200),
        1 => "<(html|!doctype)>.{0,40}(<title>.{0,20})?".prop_map(String::into_bytes),
    ];
    proptest!(config(1_000), |(status in 400_u16..600, body in body, is_json: bool)| {
        let kind = if is_json { "application/json" } else { "text/html" };
        let error = server.error(status, &[("content-type", kind)], &body);
        prop_assert_eq!(error.status(), Some(status));
        let api_error = error.api_error().unwrap();
        prop_assert!(!api_error.message.trim().is_empty());
        prop_assert!(!error.to_string().contains(char::is_control), "{error}");
    });
}

#[test]
fn any_header_about_waiting_leaves_the_error_what_it_is() {
    let server = RejectingServer::start();
    let value = || {
        prop_oneof![
            "[ -~]{0,24}",
            "-?[0-9]{1,25}",
            "[0-9]{1,4}(, ?[0-9]{1,4}(;w=[0-9]{0,4})?){0,3}",
            "(Mon|Sun), [0-9]{1,2} (Jan|Feb|Nov) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} (GMT|UTC)",
        ]
    };
    let values = [value(), value(), value(), value()];
    proptest!(config(1_000), |([retry_after, limit, remaining, reset] in values)| {
        let headers = [
            ("retry-after", &*retry_after),
            ("x-ratelimit-limit", &*limit),
            ("x-ratelimit-remaining", &*remaining),
            ("x-ratelimit-reset", &*reset),
        ];
        let error = server.error(429, &headers, b"Too many requests");
        prop_assert!(error.is_rate_limited(), "{error:?}");
        if let Ok(seconds) = retry_after.trim().parse::<u32>() {
            let told = Duration::from_secs(seconds.into());
            let reset = reset.split(',').filter_map(|n| n.trim().parse().ok()).min();
            let reset = reset.map(Duration::from_secs);
            prop_assert_eq!(error.retry_after(), Some(told).max(reset));
        }
        let rate_limit = error.api_error().unwrap().rate_limit.clone().unwrap_or_default();
        if let Ok(count) = remaining.trim().parse::<u32>() {
            prop_assert_eq!(rate_limit.remaining, Some(count.into()));
        }
    });
}

#[test]
fn json_is_sent_as_it_was_given() {
    let recorder = Recorder::start();
    proptest!(config(250), |(text in ".{0,60}", number: i64)| {
        let given = json!({ "text": text, "number": number });
        let sent = recorder.sent(|key| {
            key.send_request("PATCH", "a").json(&given).send().unwrap();
        });
        let arrived: Value = serde_json::from_slice(&sent[0].body).unwrap();
        prop_assert_eq!(arrived, given);
    });
}
