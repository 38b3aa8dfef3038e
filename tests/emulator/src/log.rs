//! A line of the log for each request.

use std::time::Duration;

use hyper::StatusCode;
use hyper::http::request::Parts;

use crate::keys::Keys;
use crate::query;

/// Method, path and query, status, who asks, and how long it took. It never holds a key: a query
/// or path with one in it is left out.
pub(crate) fn line(
    keys: &Keys,
    base: &str,
    head: &Parts,
    status: Option<StatusCode>,
    duration: Duration,
) -> String {
    let header = |name| {
        head.headers
            .get(name)
            .map(|value| value.to_str().unwrap_or(""))
    };
    let who = keys.who(header("x-api-key"), header("authorization"));
    let path = head.uri.path();
    let path = match path.split('/').any(|segment| holds_key(keys, segment)) {
        true => "/(has a key in it)",
        false => path,
    };
    let query = match head.uri.query() {
        None => String::new(),
        Some(query) if query.split(['&', '=']).any(|text| holds_key(keys, text)) => {
            "?(has a key in it)".to_owned()
        }
        Some(query) => format!("?{query}"),
    };
    let status = status.map_or("cut".to_owned(), |status| status.as_u16().to_string());
    let (method, milliseconds) = (&head.method, duration.as_millis());
    format!("{method} {base}{path}{query} {status} {who} {milliseconds} ms\n")
}

/// Whether an encoded text stands for a key or a token.
fn holds_key(keys: &Keys, text: &str) -> bool {
    let decoded = query::decode(Some(text));
    let decoded = decoded.iter().any(|(name, _)| keys.has(name));
    let plus_kept = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    decoded || keys.has(&plus_kept) || keys.has(text)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;
    use crate::keys::KeySpec;

    #[test]
    fn a_request_without_a_response_is_cut() {
        let keys = Keys::default();
        let token = keys.add(KeySpec::new("t").authorized_user(5), true);
        let request = Request::builder()
            .uri(format!("/a?b={token}"))
            .header("authorization", format!("Bearer {token}"));
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(
            line(&keys, "http://x", &head, None, Duration::from_micros(1999)),
            "GET http://x/a?(has a key in it) cut token:5 1 ms\n"
        );
        // A token in the place of a key is nobody's.
        let request = Request::builder().uri("/").header("x-api-key", &token);
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(
            line(&keys, "", &head, Some(StatusCode::OK), Duration::ZERO),
            "GET / 200 unknown 0 ms\n"
        );
    }
}
