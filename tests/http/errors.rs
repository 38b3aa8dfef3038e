//! Statuses and error bodies, as the caller sees them.

use rblxopencloud::{ApiKey, Error, RetryPolicy};
use serde_json::json;
use support::client::key;
use support::raw_server::{RawServer, json, response};

fn fetch(response: Vec<u8>) -> Error {
    let server = RawServer::responding(vec![response]);
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    key.fetch_toolbox_asset(1).unwrap_err()
}

#[test]
fn each_status_has_its_variant_and_predicate() {
    type Is = fn(&Error) -> bool;
    let table: [(u16, Is, Is); 7] = [
        (
            400,
            |e| matches!(e, Error::Http(_)),
            |e| e.code() == Some("C"),
        ),
        (401, |e| matches!(e, Error::Http(_)), Error::is_unauthorized),
        (
            403,
            |e| matches!(e, Error::Forbidden(_)),
            Error::is_forbidden,
        ),
        (
            404,
            |e| matches!(e, Error::NotFound(_)),
            Error::is_not_found,
        ),
        (409, |e| matches!(e, Error::Conflict(_)), Error::is_conflict),
        (
            429,
            |e| matches!(e, Error::RateLimited(_)),
            Error::is_rate_limited,
        ),
        (501, |e| matches!(e, Error::Http(_)), Error::is_server_error),
    ];
    for (status, variant, predicate) in table {
        let server = RawServer::responding(vec![json(
            status,
            r#"{"code":"C","message":"M","details":[{"a":1}]}"#,
        )]);
        let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
        let request = key
            .send_request("GET", "x/y?q=1")
            .retry_max_attempts(0)
            .expected_status([200]);
        let error = request.send().unwrap_err();
        assert!(variant(&error) && predicate(&error), "{error:?}");
        assert_eq!(
            table
                .iter()
                .filter(|(_, _, predicate)| predicate(&error))
                .count(),
            if status == 400 { 1 } else { 2 }
        );
        let api_error = error.api_error().unwrap();
        assert_eq!(
            (api_error.status, api_error.code.as_deref()),
            (status, Some("C"))
        );
        assert_eq!(
            (api_error.message.as_str(), &api_error.details),
            ("M", &Some(json!([{"a": 1}])))
        );
        assert_eq!(
            (api_error.method.as_str(), api_error.path.as_str()),
            ("GET", "/x/y")
        );
        assert_eq!(error.to_string(), format!("GET /x/y: {status} C: M"));
        assert_eq!(error.is_outcome_unknown(), status >= 500);
        assert!(std::error::Error::source(&error).is_none());
    }
}

#[test]
fn a_message_is_never_missing() {
    for (body, message) in [
        ("", "Not Found"),
        ("{}", "Not Found"),
        ("<html>", "Not Found"),
        ("gone fishing", "gone fishing"),
    ] {
        let error = fetch(response(404, &[], body.as_bytes()));
        assert_eq!(error.api_error().unwrap().message, message);
    }
    assert_eq!(
        fetch(response(499, &[], b"")).api_error().unwrap().message,
        "the service gave no reason"
    );
}

#[test]
fn an_error_body_is_understood_whatever_its_content_type() {
    for content_type in [
        "application/json",
        "application/problem+json",
        "text/html",
        "",
    ] {
        let error = fetch(response(
            400,
            &[("content-type", content_type)],
            br#"{"errors":[{"code":0,"message":"Invalid API Key"}]}"#,
        ));
        assert_eq!(
            (error.code(), error.api_error().unwrap().message.as_str()),
            (Some("0"), "Invalid API Key")
        );
    }
}

#[test]
fn a_redirect_is_an_error_that_says_where_it_would_have_gone() {
    for (location, target) in [
        (
            "https://login.example/a?token=secret",
            "https://login.example",
        ),
        ("/elsewhere", "another path"),
        ("file:///etc/passwd", "another path"),
        ("", "another path"),
    ] {
        let error = fetch(response(302, &[("location", location)], b""));
        assert_eq!(error.status(), Some(302));
        assert!(
            error.to_string().contains(&format!(
                "redirects are not followed, and this one goes to {target}"
            )),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("secret"));
    }
}

#[test]
fn what_exists_already_and_what_has_changed_are_told_apart() {
    for (status, body, exists, precondition) in [
        (
            409,
            r#"{"code":"ALREADY_EXISTS","message":"x"}"#,
            true,
            false,
        ),
        (409, r#"{"error":{"code":"AlreadyExists"}}"#, true, false),
        (409, r#"{"code":"ABORTED","message":"x"}"#, false, false),
        (
            412,
            r#"{"message":"the version is not the latest"}"#,
            false,
            true,
        ),
        (400, r#"{"code":"FAILED_PRECONDITION"}"#, false, false),
    ] {
        let server = RawServer::responding(vec![json(status, body)]);
        let (key, _) = key(server.url());
        let error = key.save_asset(1, "Model").unwrap_err();
        assert_eq!(
            (error.is_already_exists(), error.is_precondition_failed()),
            (exists, precondition),
            "{body}"
        );
        assert!(!error.is_outcome_unknown(), "{body}");
    }
}

#[test]
fn a_page_is_quoted_as_a_person_would_read_it() {
    for (page, message) in [
        (
            "<html><title>Roblox&nbsp;Corporation</title><p><a title=\"a>b\">D&eacute;sol&eacute;</a>, it&rsquo;s \
             down &mdash; for <i data-x='1>2'>maintenance</i>&hellip;</p>",
            "Désolé, it’s down — for maintenance…",
        ),
        (
            "<html><title>Roblox&nbsp;Corporation</title><p>&copy; 2026 Roblox Corporation</p>",
            "Service Unavailable",
        ),
    ] {
        let error = fetch(response(
            503,
            &[("content-type", "text/html")],
            page.as_bytes(),
        ));
        assert_eq!(error.api_error().unwrap().message, message);
    }
}
