//! Sending a [`Request`]: the loop of attempts, and what each of them comes to.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, DATE, EXPECT, LOCATION,
    PROXY_AUTHORIZATION, RETRY_AFTER,
};
use ureq::http::{self, HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::broken::{Broken, Cause, Stage};
use super::connect::cause;
use super::decoding::Nothing;
use super::encoding;
use super::placeholder::Secrets;
use super::request::RequestBody;
use super::response::{redact, without_secrets};
use super::sending::{Sending, names_expectation};
use super::transport::check_head;
use super::url::{Origin, is_whole_url};
use super::{
    Body, Credential, Headers, Query, Request, Response, Stream, X_API_KEY, expect_timeout,
    plain_http, proxy_for, usable,
};
use crate::error::{ApiError, Error, ErrorBody, Result, TransportError, WaitStopped};
use crate::json;
use crate::retry::{Failure, RateLimit, retry_after, verdict};

/// The longest error body that is read.
const ERROR_BODY_LIMIT: u64 = 64 << 10;

/// Shorter values of cookies are flags and the like, and may stand in any text.
const SHORTEST_COOKIE: usize = 8;

/// Uploads larger than this ask the service first whether it takes them, so that a key without the scope
/// does not cost the upload of a whole video.
const EXPECT_ABOVE: u64 = 1 << 20;

/// How often the memory of a JSON body as a value may be the body limit.
const VALUE_MEMORY: u64 = 8;

/// Whether a request has `Expect: 100-continue`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Not,
    Sent,
    /// The service, or a proxy on the way, does not know it.
    Rejected,
}

impl Expect {
    fn of(body: &RequestBody) -> Self {
        match body {
            RequestBody::File(file) if file.length() > EXPECT_ABOVE => Self::Sent,
            _ => Self::Not,
        }
    }
}

impl Request {
    /// Sends the request and waits for the whole response.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument) for an argument that cannot be sent;
    /// [`is_connect`](Error::is_connect), [`is_timeout`](Error::is_timeout) and other
    /// [`Error::Transport`] when no whole response came; [`is_decode`](Error::is_decode) for a good status
    /// with a body that is not what its content type says, in an encoding that is not known, or over the body
    /// limit; with [`expected_status`](Self::expected_status) also every other status, as in
    /// [`is_not_found`](Error::is_not_found).
    pub fn send(self) -> Result<Response> {
        let response = self.execute()?;
        let body = if response.body.is_empty() {
            Body::Empty
        } else if is_json(&response.headers) {
            let limit = self.client.0.options.body_limit;
            if json::value_memory(&response.body) > limit.saturating_mul(VALUE_MEMORY) {
                return Err(self.unexpected(
                    &response,
                    "as a JSON value the body takes too much memory: send_as decodes it into a type",
                ));
            }
            match serde_json::from_slice(response.json()) {
                Ok(value) => Body::Json(value),
                // The status of a failure says more than its broken body.
                Err(_) if response.status >= 400 => text_or_bytes(response.body),
                Err(error) => return Err(self.not_json(&response, &error)),
            }
        } else {
            text_or_bytes(response.body)
        };
        Ok(Response {
            status: response.status,
            headers: Headers::new(&response.headers, &self.secrets()),
            body,
        })
    }

    /// Sends the request and decodes its JSON response straight into a type, without a
    /// [`Value`](serde_json::Value) in between. Without [`expected_status`](Self::expected_status) any
    /// status but 200 is an error.
    ///
    /// ```no_run
    /// #[derive(serde::Deserialize)]
    /// struct Universe {
    ///     #[serde(rename = "displayName")]
    ///     display_name: String,
    /// }
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let universe: Universe = api_key.send_request("GET", "/universes/123").send_as()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send) with an expected status; [`is_decode`](Error::is_decode) when the response
    /// is not JSON that fits the type, naming the place in it. A response that does not fit and says that the
    /// request failed is that error.
    pub fn send_as<T: DeserializeOwned>(mut self) -> Result<T> {
        self.expected_status.get_or_insert(Cow::Borrowed(&[200]));
        let response = self.execute()?;
        serde_json::from_slice(response.json())
            .map_err(|error| self.not_decoded(&response, &error, &[]))
    }

    /// Sends the request; its response holds nothing of use, but must not hold an error either. What a DELETE that
    /// is sent again finds gone was deleted by an earlier attempt, as far as can be known.
    pub(crate) fn send_for_nothing(self) -> Result<()> {
        let response = match self.execute() {
            Err(Error::NotFound(error)) if self.method == Method::DELETE && error.after_doubt => {
                return Ok(());
            }
            response => response?,
        };
        if response.body.is_empty() {
            return Ok(());
        }
        match self.decode(&response) {
            Ok(Nothing { .. }) => match self.error_alone(&response.body, &[]) {
                Some(error) => Err(self.rejection(&response, error)),
                None => Ok(()),
            },
            Err(error) => Err(error),
        }
    }

    /// Sends the request and decodes its response into a type of the wire.
    pub(crate) fn fetch<T: DeserializeOwned>(&self) -> Result<T> {
        self.decode(&self.execute()?)
    }

    /// Sends the request; its response is decoded by [`decode`](Self::decode), and may be more than once.
    pub(crate) fn execute(&self) -> Result<RawResponse> {
        self.exchange(&Query::default())
    }

    /// Sends the request and leaves the body of its response to be read.
    pub(crate) fn stream(self) -> Result<Stream> {
        let uri = self.uri(&Query::default())?;
        let (response, attempts) = self.attempts(&uri, |request, response| {
            let status = response.status().as_u16();
            if request.expects(status) {
                Ok(Outcome::Good(response))
            } else {
                Ok(Outcome::Bad(Box::new(request.read(response)?)))
            }
        })?;
        let (parts, body) = response.into_parts();
        let content_length = body.content_length();
        let encoded = parts.headers.contains_key(http::header::CONTENT_ENCODING);
        let reader = encoding::decoded(Box::new(body.into_reader()), &parts.headers);
        let reader = reader.map_err(|encodings| {
            let response = RawResponse {
                uri: uri.clone(),
                attempts,
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: Vec::new(),
                unreadable: None,
            };
            self.unexpected(&response, &self.unknown_encoding(&encodings))
        })?;
        Ok(Stream {
            content_length: content_length.filter(|_| !encoded),
            reader,
            request: self,
            uri,
            attempts,
        })
    }

    /// Sends the request for one page of a list, with the page's token in `parameter`.
    pub(crate) fn page(&self, parameter: &str, token: Option<&str>) -> Result<RawResponse> {
        let mut page = Query::default();
        if let Some(token) = token {
            page.push(parameter, token);
        }
        self.exchange(&page)
    }

    /// Sends the request and reads its whole response.
    fn exchange(&self, page: &Query) -> Result<RawResponse> {
        let uri = self.uri(page)?;
        let (response, attempts) = self.attempts(&uri, |request, response| {
            let response = request.read(response)?;
            Ok(if request.expects(response.status) {
                Outcome::Good(response)
            } else {
                Outcome::Bad(Box::new(response))
            })
        })?;
        let response = RawResponse {
            uri,
            attempts,
            ..response
        };
        let reason = match &response.unreadable {
            None => return Ok(response),
            Some(Unreadable::OverLimit) => {
                let limit = self.client.0.options.body_limit;
                format!("the body is over the limit of {limit} bytes")
            }
            Some(Unreadable::Encoded(encodings)) => self.unknown_encoding(encodings),
        };
        Err(self.unexpected(&response, &reason))
    }

    fn unknown_encoding(&self, encodings: &str) -> String {
        let encodings = self.shown(encodings);
        format!("the body has the content encoding {encodings:?}, which is not understood")
    }

    fn uri(&self, page: &Query) -> Result<Uri> {
        self.ensure_valid()?;
        self.client
            .0
            .options
            .base_url
            .resolve(&self.path, [self.query.as_str(), page.as_str()])
    }

    /// Sends the request, again where that may help, until a good response or the last failure. Gives how
    /// many times it was sent, too.
    fn attempts<T>(
        &self,
        uri: &Uri,
        take: impl Fn(&Self, http::Response<ureq::Body>) -> Result<Outcome<T>, Broken>,
    ) -> Result<(T, u32)> {
        let base = self.client.0.options.base_url.origin();
        let elsewhere = if is_whole_url(&self.path) {
            Some(Origin::of(uri)?)
        } else {
            None
        };
        let mut headers = self.all_headers(elsewhere.as_ref().unwrap_or(base))?;
        let secrets = Secrets::take_from(&mut headers);
        let has_body = self.body.length() > 0;
        check_head(&self.method, uri, &headers, has_body)?;
        let policy = &self.retry_policy;
        let mut permit = self
            .client
            .permit(policy, &self.method, uri, self.credential.as_ref());
        let mut attempts = 0;
        let mut expect = Expect::of(&self.body);
        let mut after_doubt = false;
        let mut last = None;
        loop {
            if let ControlFlow::Break(left) = permit.acquire() {
                return Err(last.unwrap_or_else(|| self.wait_stopped(uri, left)));
            }
            attempts += 1;
            let sending = Sending::new(&secrets, self.body.length());
            let response = self.attempt(uri, &headers, expect, &sending);
            let response = response.map_err(|error| error.after_doubt(after_doubt))?;
            match &response {
                Ok(response) => permit.record(response.status(), response.headers()),
                Err(broken) => {
                    permit
                        .record_failure(matches!(broken.failure, Failure::Cut | Failure::Stalled));
                }
            }
            if expect == Expect::Sent && self.is_expectation_rejected(&response, &sending) {
                expect = Expect::Rejected;
                continue;
            }
            let outcome = match response {
                Ok(response) => take(self, response),
                Err(broken) => Err(broken),
            };
            let is_of_expectation = |response: &RawResponse| {
                response.status == 400 && names_expectation(&response.body)
            };
            if matches!(&outcome, Ok(Outcome::Bad(response)) if is_of_expectation(response))
                && expect == Expect::Sent
                && sending.is_without_effect()
            {
                expect = Expect::Rejected;
                continue;
            }
            let (failure, asked, failed) = match outcome {
                Ok(Outcome::Good(good)) => return Ok((good, attempts)),
                Ok(Outcome::Bad(response)) => {
                    let failure = Failure::Status(response.status);
                    let failed = self.api_error(&RawResponse {
                        attempts,
                        uri: uri.clone(),
                        ..*response
                    });
                    let failed = Error::from_response(failed);
                    (
                        failure,
                        failed.retry_after().max(permit.known_wait()),
                        failed,
                    )
                }
                Err(broken) => (
                    broken.failure,
                    None,
                    self.transport_error(uri, attempts, broken),
                ),
            };
            let failed = failed.after_doubt(after_doubt);
            after_doubt |= failed.is_outcome_unknown();
            let pause = if self.expected_status.is_some() && self.body.is_replayable() {
                // A rejected expectation is no failure of the request.
                let failures = attempts - u32::from(expect == Expect::Rejected);
                verdict(&self.retry_policy, failure, self.safety, failures, asked)
            } else {
                None
            };
            match pause {
                Some(pause) if permit.sleep(pause).is_continue() => last = Some(failed),
                _ => return Err(failed),
            }
        }
    }

    fn expects(&self, status: u16) -> bool {
        self.expected_status
            .as_ref()
            .is_none_or(|expected| expected.contains(&status))
    }

    /// Whether the request may succeed without `Expect: 100-continue`, which some proxies and servers do not know,
    /// and cannot have succeeded with it.
    fn is_expectation_rejected(
        &self,
        response: &Result<http::Response<ureq::Body>, Broken>,
        sending: &Sending,
    ) -> bool {
        match response {
            Ok(response) => match response.status().as_u16() {
                417 => !self.expects(417),
                501 => !self.expects(501) && sending.is_without_effect(),
                400 => sending.is_expectation_named() && sending.is_without_effect(),
                _ => false,
            },
            Err(broken) => broken.failure == Failure::Cut && sending.is_without_effect(),
        }
    }

    /// Sends the request once. The outer error is one that no retry can help.
    fn attempt(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        expect: Expect,
        sending: &Sending,
    ) -> Result<Result<http::Response<ureq::Body>, Broken>> {
        let mut request = http::Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers.clone();
        let takes_body = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        match &self.body {
            RequestBody::None if takes_body => Ok(self.run(sending, request, &[][..])),
            RequestBody::None => Ok(self.run(sending, request, ())),
            RequestBody::Bytes { bytes, .. } => Ok(self.run(sending, request, bytes.as_slice())),
            RequestBody::File(file) => {
                let length = file.length();
                request
                    .headers_mut()
                    .insert(CONTENT_LENGTH, HeaderValue::from(length));
                if expect == Expect::Sent {
                    request
                        .headers_mut()
                        .insert(EXPECT, HeaderValue::from_static("100-continue"));
                }
                let mut reader = file.open()?;
                let mut body = sending.body(&mut reader);
                let response = self.run(sending, request, ureq::SendBody::from_reader(&mut body));
                match (response, reader.into_failure()) {
                    (Err(_), Some(failure)) => Err(failure),
                    (response, _) => Ok(response),
                }
            }
        }
    }

    fn read(&self, response: http::Response<ureq::Body>) -> Result<RawResponse, Broken> {
        let (parts, body) = response.into_parts();
        let status = parts.status.as_u16();
        let limit = if self.expects(status) {
            self.client.0.options.body_limit
        } else {
            ERROR_BODY_LIMIT
        };
        // A length is a claim: it sets no more than a first guess.
        let guess = body
            .content_length()
            .unwrap_or_default()
            .min(limit)
            .min(1 << 20);
        let mut bytes = Vec::new();
        let mut unreadable = None;
        // Most bodies need no more than the reader that is there.
        let whole = if parts.headers.contains_key(http::header::CONTENT_ENCODING) {
            match encoding::decoded(Box::new(body.into_reader()), &parts.headers) {
                Ok(reader) => read_to_limit(reader, limit, &mut bytes),
                // Where there is no body, its encoding does not matter.
                Err(_) if guess == 0 && parts.headers.contains_key(CONTENT_LENGTH) => Ok(()),
                Err(encodings) => {
                    unreadable = Some(Unreadable::Encoded(encodings));
                    Ok(())
                }
            }
        } else {
            // With room for one more byte, the end is found without asking for more memory.
            bytes.reserve_exact(usize::try_from(guess).unwrap_or_default() + 1);
            read_to_limit(body.into_reader(), limit, &mut bytes)
        };
        match whole {
            // The status says enough. Half a message may hold half a secret.
            Err(_) if (400..500).contains(&status) && !self.expects(status) => bytes.clear(),
            whole => whole?,
        }
        if bytes.len() as u64 > limit {
            unreadable = Some(Unreadable::OverLimit);
        }
        Ok(RawResponse {
            uri: Uri::default(),
            attempts: 0,
            status,
            headers: parts.headers,
            unreadable,
            body: bytes,
        })
    }

    /// How long nothing may move, and how long the response may take to come.
    fn timeouts(&self) -> (Duration, Duration) {
        const NO_PROGRESS: Duration = Duration::from_secs(15);
        /// The service has been seen to take more than 20 s for an upload's response.
        const LONG_RESPONSE: Duration = Duration::from_secs(60);
        match self.timeout.or(self.client.0.options.timeout) {
            Some(timeout) => (usable(timeout), usable(timeout)),
            None if self.has_long_response => (NO_PROGRESS, LONG_RESPONSE),
            None => (NO_PROGRESS, NO_PROGRESS),
        }
    }

    fn run(
        &self,
        sending: &Sending,
        request: http::Request<()>,
        body: impl ureq::AsSendBody,
    ) -> Result<http::Response<ureq::Body>, Broken> {
        let agent = &self.client.0.agent;
        let (parts, ()) = request.into_parts();
        let request = http::Request::from_parts(parts, body);
        let is_as_the_agent = self.timeout.is_none() && !self.has_long_response;
        let response = if is_as_the_agent && !is_whole_url(&self.path) {
            sending.run(|| agent.run(request))
        } else {
            // What the agent has is for the base URL.
            let (timeout, response_timeout) = self.timeouts();
            let origin = Origin::of(request.uri()).ok();
            let is_looked_up = origin.as_ref().is_none_or(Origin::is_looked_up);
            let request = agent
                .configure_request(request)
                .proxy(origin.as_ref().and_then(proxy_for))
                .timeout_resolve(is_looked_up.then_some(timeout))
                .timeout_connect(Some(timeout))
                .timeout_per_read(Some(response_timeout))
                .timeout_per_write(Some(timeout))
                .timeout_await_100(Some(expect_timeout(timeout)))
                .build();
            sending.run(|| agent.run(request))
        };
        response.map_err(|error| Broken::new(error, Stage::Request))
    }

    /// The headers to send, credential included, if all of them may go to this origin.
    fn all_headers(&self, origin: &Origin) -> Result<HeaderMap> {
        let mut headers = self.headers.clone();
        if let Some(content_type) = self.body.content_type() {
            headers
                .entry(CONTENT_TYPE)
                .or_insert_with(|| content_type.clone());
        }
        let credential = self.credential.as_ref().unwrap_or(self.client.credential());
        if let Some((name, value)) = credential.header() {
            headers.remove(X_API_KEY);
            headers.remove(AUTHORIZATION);
            headers.insert(name, value.clone());
        }
        if !headers.keys().any(carries_credentials) {
            return Ok(headers);
        }
        let base = self.client.0.options.base_url.origin();
        let set_by_hand = self.credential.is_some();
        let allowed = origin == base || origin.is_roblox() || (set_by_hand && origin.is_loopback());
        if !allowed {
            return Err(Error::InvalidArgument(format!(
                "the key is sent only to {base} and to https hosts under roblox.com, not to {origin}; \
                 rblxopencloud::send_request sends a request without it"
            )));
        }
        if !origin.is_https() && !origin.is_loopback() {
            return Err(Error::InvalidArgument(plain_http(origin)));
        }
        Ok(headers)
    }

    /// The path as errors show it.
    pub(super) fn shown_path(&self, uri: &Uri) -> String {
        let path = match Origin::of(uri) {
            Ok(origin) if origin != *self.client.0.options.base_url.origin() => {
                format!("{origin}{}", uri.path())
            }
            _ => uri.path().to_owned(),
        };
        without_secrets(&path, &self.long_secrets())
    }

    /// Whether an id that a service gave has a secret in it.
    pub(crate) fn is_secret_in(&self, id: &str) -> bool {
        without_secrets(id, &self.long_secrets()) != id
    }

    /// Those that stand in no path or id by chance.
    fn long_secrets(&self) -> Vec<&str> {
        let mut secrets = self.secrets();
        secrets.retain(|secret| secret.len() >= SHORTEST_COOKIE);
        secrets
    }

    fn api_error(&self, response: &RawResponse) -> ApiError {
        let header = |name: &HeaderName| response.headers.get(name)?.to_str().ok();
        let redirect = header(&LOCATION)
            .filter(|_| (300..400).contains(&response.status))
            .map(|location| {
                let target = self.shown(location).parse().ok();
                let target = target.and_then(|uri| Origin::of(&uri).ok());
                let target =
                    target.map_or_else(|| "another path".to_owned(), |origin| origin.to_string());
                format!("redirects are not followed, and this one goes to {target}")
            });
        // A service may send back what it was sent.
        let mut body = ErrorBody::parse(&response.body, &self.secrets());
        body.message = redirect.or(body.message);
        self.api_error_with(response, body)
    }

    pub(super) fn api_error_with(&self, response: &RawResponse, mut body: ErrorBody) -> ApiError {
        redact(&mut body, &self.secrets());
        let status = response.status;
        let message = body.message.unwrap_or_else(|| {
            let known = http::StatusCode::from_u16(status)
                .ok()
                .filter(|_| !self.expects(status))
                .and_then(|status| status.canonical_reason());
            known.unwrap_or("the service gave no reason").to_owned()
        });
        ApiError {
            status,
            code: body.code,
            message,
            details: body.details,
            retry_after: response.retry_after(),
            rate_limit: response.rate_limit(),
            attempts: response.attempts,
            method: self.method.to_string(),
            path: self.shown_path(&response.uri),
            scopes: self.scopes,
            outcome_unknown: Failure::Status(status).leaves_doubt(self.safety),
            after_doubt: false,
        }
    }

    /// All that proves who asks, as it may be found in a text.
    pub(super) fn secrets(&self) -> Vec<&str> {
        let credentials = [Some(self.client.credential()), self.credential.as_ref()];
        let mut secrets: Vec<&str> = credentials
            .into_iter()
            .flatten()
            .filter_map(Credential::secret)
            .collect();
        for (name, value) in &self.headers {
            match value.to_str() {
                Ok(pairs) if name == COOKIE => {
                    let values = pairs.split(';').filter_map(|pair| pair.split_once('='));
                    let values = values.map(|(_, value)| value.trim());
                    secrets.extend(values.filter(|value| value.len() >= SHORTEST_COOKIE));
                }
                Ok(value) if carries_credentials(name) => {
                    // As in "Bearer TOKEN", or a key alone.
                    secrets.push(value.split_once(' ').map_or(value, |(_, secret)| secret));
                }
                _ => {}
            }
        }
        secrets
    }

    pub(crate) fn transport_error(&self, uri: &Uri, attempts: u32, broken: Broken) -> Error {
        let (timeout, response_timeout) = self.timeouts();
        let host = Origin::of(uri).map_or_else(|_| String::new(), |origin| origin.host_and_port());
        Error::Transport(Box::new(TransportError {
            sent: matches!(broken.failure, Failure::Cut | Failure::Stalled),
            outcome_unknown: broken.failure.leaves_doubt(self.safety),
            tls: broken.tls,
            timed_out: broken.timed_out,
            attempts,
            method: self.method.to_string(),
            path: self.shown_path(uri),
            host,
            doing: broken.doing,
            timeout: if broken.is_response_late {
                response_timeout
            } else {
                timeout
            },
            source: Box::new(Cause(self.shown_message(&cause(&broken.source)))),
        }))
    }

    fn wait_stopped(&self, uri: &Uri, left: Duration) -> Error {
        Error::WaitStopped(Box::new(WaitStopped {
            method: self.method.to_string(),
            path: self.shown_path(uri),
            left,
        }))
    }
}

/// Reads a body, or one byte more than the limit of it. Its memory grows by a half at a time, not by as much again.
fn read_to_limit(reader: impl Read, limit: u64, bytes: &mut Vec<u8>) -> Result<(), Broken> {
    const FIRST: usize = 16 << 10;
    let mut reader = reader.take(limit.saturating_add(1));
    loop {
        let mut part = reader
            .by_ref()
            .take((bytes.capacity() - bytes.len()) as u64);
        let read = part.read_to_end(bytes);
        match read {
            Ok(_) if bytes.len() < bytes.capacity() => return Ok(()),
            Ok(_) => bytes.reserve_exact((bytes.capacity() / 2).max(FIRST)),
            Err(error) => return Err(Broken::new(ureq::Error::from(error), Stage::Body)),
        }
    }
}

pub(super) fn carries_credentials(name: &HeaderName) -> bool {
    [X_API_KEY, AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(name)
}

/// What the `retry-after` headers ask for.
pub(super) fn wait_asked_for(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(RETRY_AFTER).iter();
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    retry_after(values.filter_map(|value| value.to_str().ok()), date)
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

fn text_or_bytes(body: Vec<u8>) -> Body {
    String::from_utf8(body).map_or_else(|error| Body::Bytes(error.into_bytes()), Body::Text)
}

/// What came of an attempt that got a response.
enum Outcome<T> {
    Good(T),
    /// A response with a status that was not expected.
    Bad(Box<RawResponse>),
}

/// A whole response, not yet decoded.
pub(crate) struct RawResponse {
    pub(super) uri: Uri,
    pub(super) attempts: u32,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) unreadable: Option<Unreadable>,
}

/// Why the body of a response is not there.
pub(super) enum Unreadable {
    OverLimit,
    /// In these encodings.
    Encoded(String),
}

impl RawResponse {
    pub(crate) fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::parse(|name| self.headers.get(name)?.to_str().ok())
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        wait_asked_for(&self.headers)
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn json(&self) -> &[u8] {
        json::without_mark(&self.body)
    }
}
