//! URLs: the base URL, and the percent-encoding that keeps user input from changing a path.

use std::fmt;
use std::net::Ipv6Addr;

use ureq::http::Uri;

use crate::error::{Error, Result};

/// Percent-encodes text for use as one segment of a path: a name, a key or an id that comes from
/// elsewhere cannot then reach another endpoint.
///
/// # Errors
///
/// [`is_invalid_argument`](Error::is_invalid_argument) when the text is empty, `.` or `..`, none of
/// which can be a segment.
///
/// ```
/// use rblxopencloud::path_segment;
///
/// # fn main() -> rblxopencloud::Result<()> {
/// let topic = path_segment("news/today?")?;
/// assert_eq!(topic, "news%2Ftoday%3F");
/// assert!(path_segment("..").is_err());
/// # Ok(())
/// # }
/// ```
pub fn path_segment(text: &str) -> Result<String> {
    if matches!(text, "" | "." | "..") {
        return Err(Error::InvalidArgument(format!(
            "{text:?} cannot be a path segment: it must not be empty, \".\" or \"..\""
        )));
    }
    let mut segment = String::with_capacity(text.len());
    encode(text, is_unreserved, &mut segment);
    Ok(segment)
}

/// A query, percent-encoded as it grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(String);

impl Query {
    /// Sets a parameter, in place of what was set under its name before.
    pub(crate) fn set<V: fmt::Display>(&mut self, name: &str, values: impl IntoIterator<Item = V>) {
        let mut encoded = String::with_capacity(name.len());
        encode(name, is_unreserved, &mut encoded);
        let is_other = |part: &&str| part.split('=').next() != Some(encoded.as_str());
        if !self.0.split('&').all(|part| is_other(&part)) {
            let others: Vec<_> = self.0.split('&').filter(is_other).collect();
            self.0 = others.join("&");
        }
        for value in values {
            self.push(name, &value.to_string());
        }
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode(name, is_unreserved, &mut self.0);
        self.0.push('=');
        encode(value, is_unreserved, &mut self.0);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// Where relative paths go, and whose the credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    /// Without a slash at its end.
    text: String,
    origin: Origin,
}

impl BaseUrl {
    /// Roblox itself.
    pub(crate) fn roblox() -> Self {
        Self {
            text: "https://apis.roblox.com".to_owned(),
            origin: Origin {
                https: true,
                host: "apis.roblox.com".to_owned(),
                port: 443,
            },
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::parse_or_why(text).map_err(|why| {
            Error::InvalidArgument(format!(
                "the base URL {:?} {why}; it must be like https://apis.roblox.com or http://127.0.0.1:8080",
                without_user(text)
            ))
        })
    }

    fn parse_or_why(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return Err("does not begin with https:// or http://".to_owned());
        };
        if text.contains(['?', '#']) {
            return Err("has a query or a fragment".to_owned());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let origin = Origin::parse(scheme, authority)?;
        if has_dot_segment(path) {
            return Err("has a '.' or '..' segment".to_owned());
        }
        let mut text = format!("{scheme}://{authority}");
        encode(path.trim_end_matches('/'), is_path_character, &mut text);
        if let Err(error) = text.parse::<Uri>() {
            return Err(format!("is not a URL: {error}"));
        }
        Ok(Self { text, origin })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The URL of a request. A path that begins with `/` is under `cloud/v2`; a whole URL is taken as
    /// it is.
    pub(crate) fn resolve(&self, path: &str, queries: [&str; 2]) -> Result<Uri> {
        let (path, query_in_path) = path.split_once('?').unwrap_or((path, ""));
        let mut url = String::with_capacity(
            self.text.len() + path.len() + queries.map(str::len).iter().sum::<usize>() + 16,
        );
        if !is_whole_url(path) {
            url.push_str(&self.text);
            url.push_str(if path.starts_with('/') {
                "/cloud/v2"
            } else {
                "/"
            });
        }
        let shown = || {
            if is_whole_url(path) {
                without_user(path)
            } else {
                path.to_owned()
            }
        };
        if path.is_empty() || has_dot_segment(path) {
            return Err(Error::InvalidArgument(format!(
                "the path {:?} is not one: it must not be empty, nor have a '.' or '..' segment \
                 (path_segment makes a segment of any text)",
                shown()
            )));
        }
        encode(path, is_path_character, &mut url);
        for (number, part) in [query_in_path]
            .into_iter()
            .chain(queries)
            .filter(|part| !part.is_empty())
            .enumerate()
        {
            url.push(if number == 0 { '?' } else { '&' });
            encode(part, is_query_character, &mut url);
        }
        Uri::try_from(url).map_err(|error| {
            Error::InvalidArgument(format!(
                "the path {:?} does not make a URL: {error}",
                shown()
            ))
        })
    }
}

pub(super) fn is_whole_url(path: &str) -> bool {
    split_scheme(path).is_some()
}

/// The scheme, in lower case, and what follows it.
fn split_scheme(url: &str) -> Option<(&'static str, &str)> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        let rest = rest.strip_prefix("://")?;
        start.eq_ignore_ascii_case(scheme).then_some((scheme, rest))
    })
}

/// A URL as errors show it: a user name, and the password behind it, may be secret.
fn without_user(url: &str) -> String {
    let from = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(from);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}[redacted]@{host}{path}"),
        None => url.to_owned(),
    }
}

fn has_dot_segment(path: &str) -> bool {
    // Most paths have neither.
    path.bytes().any(|byte| matches!(byte, b'.' | b'%')) && path.split('/').any(is_dot_segment)
}

fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

/// Scheme, host and port: what a credential belongs to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    pub(crate) fn of(uri: &Uri) -> Result<Self> {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let scheme = uri.scheme_str().unwrap_or_default();
        Self::parse(scheme, authority).map_err(|why| {
            let url = without_user(&format!("{scheme}://{authority}"));
            Error::InvalidArgument(format!("the URL {url:?} {why}"))
        })
    }

    fn parse(scheme: &str, authority: &str) -> Result<Self, String> {
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err("is neither http nor https".to_owned()),
        };
        if authority.contains('@') {
            return Err("has a user name or password in it".to_owned());
        }
        let in_brackets = authority.starts_with('[');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !in_brackets || host.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        if host.is_empty() {
            return Err("has no host".to_owned());
        }
        let is_host = if in_brackets {
            let address = host
                .strip_prefix('[')
                .and_then(|host| host.strip_suffix(']'));
            address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
        } else {
            host.bytes().all(is_unreserved)
        };
        if !is_host {
            return Err(format!(
                "has a host {host:?} that is none: a name is of ASCII letters, digits, '-' and '.', and an IPv6 \
                 address in brackets"
            ));
        }
        let usual = if https { 443 } else { 80 };
        let port = port.map_or(Some(usual), |port| {
            let port = port
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some(port)?;
            port.parse().ok().filter(|port| *port > 0)
        });
        let Some(port) = port else {
            return Err("has a port that is not a number from 1 to 65535".to_owned());
        };
        Ok(Self {
            https,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// The host, with its port where that is not the usual one.
    pub(crate) fn host_and_port(&self) -> String {
        match (self.https, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.https
    }

    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Whether the host is a name that others are asked about: neither an address nor this machine.
    pub(crate) fn is_looked_up(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host != "localhost" && host.parse::<std::net::IpAddr>().is_err()
    }

    pub(crate) fn is_roblox(&self) -> bool {
        self.https && (self.host == "roblox.com" || self.host.ends_with(".roblox.com"))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != usual {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// RFC 3986's unreserved characters.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What may stand in a path as it is; a `%` only at the start of an escape.
fn is_path_character(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(byte, b'/' | b':' | b'@' | b'%' | b'!' | b'$' | b'&' | b'\'')
        || matches!(
            byte,
            b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b'[' | b']'
        )
}

fn is_query_character(byte: u8) -> bool {
    is_path_character(byte) || byte == b'?'
}

/// Percent-encodes all bytes but those to keep. A `%` that is to be kept is encoded if it begins no escape.
fn encode(text: &str, keep: impl Fn(u8) -> bool, into: &mut String) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    // Most text needs nothing, and is taken at once.
    let plain = text
        .bytes()
        .position(|byte| !keep(byte) || byte == b'%')
        .unwrap_or(text.len());
    let (plain, rest) = text.split_at(plain);
    into.push_str(plain);
    let mut rest = rest.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if keep(*byte) && (*byte != b'%' || begins_with_digits(after)) {
            into.push(char::from(*byte));
        } else {
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
            into.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// Whether a `%` before this begins an escape.
fn begins_with_digits(bytes: &[u8]) -> bool {
    matches!(bytes, [one, two, ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(path: &str, query: &str) -> String {
        let base = BaseUrl::parse("https://apis.roblox.com/").unwrap();
        base.resolve(path, [query, ""]).unwrap().to_string()
    }

    #[test]
    fn paths_go_where_they_should() {
        for (path, query, url) in [
            (
                "assets/v1/assets",
                "",
                "https://apis.roblox.com/assets/v1/assets",
            ),
            ("/users/1", "", "https://apis.roblox.com/cloud/v2/users/1"),
            ("a?x=1", "y=2", "https://apis.roblox.com/a?x=1&y=2"),
            ("a?x=1 2#3", "", "https://apis.roblox.com/a?x=1%202%233"),
            (
                "https://other.example/a",
                "b=c",
                "https://other.example/a?b=c",
            ),
            (
                "//evil.example/x",
                "",
                "https://apis.roblox.com/cloud/v2//evil.example/x",
            ),
            (
                "@evil.example/x",
                "",
                "https://apis.roblox.com/@evil.example/x",
            ),
            ("a b/é\\", "", "https://apis.roblox.com/a%20b/%C3%A9%5C"),
            ("a%2Fb", "", "https://apis.roblox.com/a%2Fb"),
            (
                "50%?x=%&y=%4",
                "z=%zz",
                "https://apis.roblox.com/50%25?x=%25&y=%254&z=%25zz",
            ),
            ("%%2f%", "", "https://apis.roblox.com/%25%2f%25"),
            ("%é%e", "", "https://apis.roblox.com/%25%C3%A9%25e"),
            ("a#b?c#d", "", "https://apis.roblox.com/a%23b?c%23d"),
            (
                "HTTPS://Other.example:8443/a#b",
                "",
                "https://Other.example:8443/a%23b",
            ),
        ] {
            assert_eq!(resolve(path, query), url);
        }
    }

    #[test]
    fn paths_that_climb_or_lose_a_part_are_refused() {
        let base = BaseUrl::parse("https://apis.roblox.com").unwrap();
        for path in [
            "",
            "a/../b",
            "./a",
            "a/%2e%2E/b",
            "https://",
            "http://user:secret@host/a",
            "https://host#/a",
            "https://host:99999/a",
            "https://host:/a",
            "hTTp://ho st/a",
        ] {
            let result = base
                .resolve(path, ["", ""])
                .and_then(|uri| Origin::of(&uri));
            assert!(result.is_err(), "{path}");
        }
    }

    #[test]
    fn base_urls_are_checked() {
        assert_eq!(
            BaseUrl::parse("https://apis.roblox.com/").unwrap(),
            BaseUrl::roblox()
        );
        for (good, text) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            (
                "HTTPS://Proxy.example/roblox/",
                "https://Proxy.example/roblox",
            ),
            ("http://[::1]:1//", "http://[::1]:1"),
            ("http://a_b.example:65535", "http://a_b.example:65535"),
            (
                "http://host/bücher und%20%/50%",
                "http://host/b%C3%BCcher%20und%20%25/50%25",
            ),
        ] {
            assert_eq!(BaseUrl::parse(good).unwrap().as_str(), text);
        }
        for (wrong, why) in [
            ("", "is empty"),
            ("apis.roblox.com", "does not begin with"),
            ("ftp://host", "does not begin with"),
            (" https://host", "does not begin with"),
            ("https:/host", "does not begin with"),
            ("https://host?x", "has a query"),
            ("https://host#x", "has a query or a fragment"),
            ("https://", "has no host"),
            ("https:///x", "has no host"),
            ("https://:80", "has no host"),
            ("http://127.0.0.1:99999", "has a port"),
            ("http://127.0.0.1:65536/x", "has a port"),
            ("http://127.0.0.1:0", "has a port"),
            ("http://127.0.0.1:", "has a port"),
            ("http://127.0.0.1:+80", "has a port"),
            ("http://[::1]:x", "has a port"),
            ("http://ho st", "has a host"),
            ("http://bücher.example", "has a host"),
            ("http://a\u{202e}b", "has a host"),
            ("http://::1", "has a host"),
            ("http://[::1", "has a host"),
            ("http://[localhost]", "has a host"),
            ("https://host/a/../b", "segment"),
            ("https://host/%2e/b", "segment"),
        ] {
            let error = BaseUrl::parse(wrong).unwrap_err();
            assert!(error.is_invalid_argument());
            let shown = error.to_string();
            assert!(
                shown.contains(&format!("the base URL {wrong:?} ")),
                "{shown}"
            );
            assert!(shown.contains(why), "{shown}");
        }
        let error = BaseUrl::parse("https://user:pass@host/x").unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.contains("\"https://[redacted]@host/x\" has a user name or password"),
            "{shown}"
        );
    }

    #[test]
    fn origins_tell_loopback_and_roblox_from_lookalikes() {
        let origin = |url: &str| Origin::of(&url.parse().unwrap()).unwrap();
        for url in [
            "http://127.0.0.1:1",
            "http://127.8.8.8",
            "http://[::1]/",
            "http://LOCALHOST",
        ] {
            assert!(origin(url).is_loopback(), "{url}");
        }
        for url in [
            "http://128.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
        ] {
            assert!(!origin(url).is_loopback(), "{url}");
        }
        assert!(origin("https://apis.roblox.com").is_roblox());
        assert!(origin("https://ROBLOX.com:443/x").is_roblox());
        for url in [
            "http://apis.roblox.com",
            "https://evilroblox.com",
            "https://roblox.com.example",
        ] {
            assert!(!origin(url).is_roblox(), "{url}");
        }
    }

    #[test]
    fn only_the_names_of_other_machines_are_looked_up() {
        let origin = |url: &str| Origin::of(&url.parse().unwrap()).unwrap();
        for url in [
            "https://apis.roblox.com",
            "http://localhost.example",
            "http://127.0.0.1.example",
        ] {
            assert!(origin(url).is_looked_up(), "{url}");
        }
        for url in [
            "http://LOCALHOST:1",
            "http://127.0.0.1:1",
            "https://203.0.113.7",
            "http://[::1]:1",
            "https://[2001:db8::7]",
        ] {
            assert!(!origin(url).is_looked_up(), "{url}");
        }
    }

    #[test]
    fn origins_are_shown_with_a_port_where_it_is_not_the_usual_one() {
        for (url, shown) in [
            ("https://Host.example/a?b", "https://host.example"),
            ("https://host.example:443", "https://host.example"),
            ("https://host.example:80", "https://host.example:80"),
            ("http://host.example:80/", "http://host.example"),
            ("http://host.example:443/", "http://host.example:443"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            let origin = Origin::of(&url.parse().unwrap()).unwrap();
            assert_eq!(origin.to_string(), shown);
            assert_eq!(format!("{origin:?}"), shown);
        }
    }

    #[test]
    fn query_values_cannot_add_parameters() {
        let mut query = Query::default();
        query.push("query", "a&limit=1#?/ é");
        query.push("b", "");
        assert_eq!(query.as_str(), "query=a%26limit%3D1%23%3F%2F%20%C3%A9&b=");
    }
}
