//! Sending a [`Request`]: the loop of tries, and what each of them comes to.

use std::borrow::Cow;
use std::io::Read;

use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use ureq::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, DATE, EXPECT, LOCATION,
    PROXY_AUTHORIZATION, RETRY_AFTER,
};
use ureq::http::{self, HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::placeholder::Secrets;
use super::request::Payload;
use super::sending::Sending;
use super::transport::check_head;
use super::url::{Origin, is_whole_url};
use super::{
    Body, Credential, Headers, Query, Request, Response, Stream, X_API_KEY, leave_timeout,
    plain_http, proxy_for, usable,
};
use crate::error::{ApiError, DecodeError, Error, ErrorBody, Result, TransportError, json_reason};
use crate::retry::{Failure, RateLimit, parse_retry_after, verdict};

/// The longest error body that is read.
const ERROR_BODY_LIMIT: u64 = 1 << 20;

/// Shorter values of cookies are flags and the like, and may stand in any text.
const SHORTEST_COOKIE: usize = 8;

/// Uploads larger than this ask the service first whether it takes them, so that a key without the scope
/// does not cost the upload of a whole video.
const EXPECT_ABOVE: u64 = 1 << 20;

/// Whether a request has `Expect: 100-continue`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Not,
    Sent,
    /// The service, or a proxy on the way, does not know it.
    Rejected,
}

impl Expect {
    fn of(payload: &Payload) -> Self {
        match payload {
            Payload::Multipart(multipart) if multipart.length() > EXPECT_ABOVE => Self::Sent,
            _ => Self::Not,
        }
    }
}

impl Request {
    /// Sends the request and waits for the whole answer.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument) for an argument that cannot be sent;
    /// [`is_connect`](Error::is_connect), [`is_timeout`](Error::is_timeout) and other
    /// [`Error::Transport`] when no whole answer came; [`is_decode`](Error::is_decode) for a good status
    /// with a body that is not what its content type says, or over the body limit; with
    /// [`expected_status`](Self::expected_status) also every other status, as in
    /// [`is_not_found`](Error::is_not_found).
    pub fn send(self) -> Result<Response> {
        let answer = self.answer()?;
        let body = if answer.body.is_empty() {
            Body::Empty
        } else if is_json(&answer.headers) {
            match serde_json::from_slice(&answer.body) {
                Ok(value) => Body::Json(value),
                // The status of a failure says more than its broken body.
                Err(_) if answer.status >= 400 => text_or_bytes(answer.body),
                Err(error) => return Err(self.not_json(&answer, &error)),
            }
        } else {
            text_or_bytes(answer.body)
        };
        Ok(Response {
            status: answer.status,
            headers: Headers::new(&answer.headers),
            body,
        })
    }

    /// Sends the request and decodes its JSON answer straight into a type, without a
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
    /// As [`send`](Self::send) with an expected status; [`is_decode`](Error::is_decode) when the answer
    /// is not JSON that fits the type, naming the place in it.
    pub fn send_as<T: DeserializeOwned>(mut self) -> Result<T> {
        self.expected_status.get_or_insert(Cow::Borrowed(&[200]));
        let answer = self.answer()?;
        serde_json::from_slice(&answer.body).map_err(|error| self.not_json(&answer, &error))
    }

    /// Sends the request; its answer holds nothing.
    pub(crate) fn send_for_nothing(self) -> Result<()> {
        self.answer().map(|_| ())
    }

    /// Sends the request and decodes its answer into a type of the wire.
    pub(crate) fn fetch<T: DeserializeOwned>(&self) -> Result<T> {
        self.decode(&self.answer()?)
    }

    /// Sends the request; its answer is decoded by [`decode`](Self::decode), and may be more than once.
    pub(crate) fn answer(&self) -> Result<Answer> {
        self.exchange(&Query::default())
    }

    /// Sends the request and leaves the body of its answer to be read.
    pub(crate) fn stream(self) -> Result<Stream> {
        let uri = self.uri(&Query::default())?;
        let (body, attempts) = self.attempts(&uri, |request, response| {
            let status = response.status().as_u16();
            if request.expects(status) {
                Ok(Outcome::Good(response.into_body()))
            } else {
                Ok(Outcome::Bad(Box::new(request.read(response)?)))
            }
        })?;
        Ok(Stream {
            content_length: body.content_length(),
            reader: Box::new(body.into_reader()),
            request: self,
            uri,
            attempts,
        })
    }

    /// Sends the request for one page of a list, with the page's token in `parameter`.
    pub(crate) fn page(&self, parameter: &str, token: Option<&str>) -> Result<Answer> {
        let mut page = Query::default();
        if let Some(token) = token {
            page.push(parameter, token);
        }
        self.exchange(&page)
    }

    /// Decodes an answer into a type of the wire.
    ///
    /// Whatever calls this is `#[inline]`, up to the public function. The code for a type is large; this way it
    /// is compiled by the programs that ask for that type, and by no others.
    pub(crate) fn decode<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T> {
        serde_json::from_slice(&answer.body).map_err(|error| self.not_json(answer, &error))
    }

    /// The error for an answer that decodes but breaks a rule of its endpoint.
    pub(crate) fn unexpected(&self, answer: &Answer, reason: &str) -> Error {
        self.decode_error(answer, reason.to_owned(), None)
    }

    /// The error for a refusal that came with a good status.
    pub(crate) fn refusal(
        &self,
        answer: &Answer,
        status: u16,
        code: Option<String>,
        message: String,
    ) -> ApiError {
        ApiError {
            status,
            code,
            message,
            details: None,
            ..self.api_error(answer)
        }
    }

    /// Sends the request and reads its whole answer.
    fn exchange(&self, page: &Query) -> Result<Answer> {
        let uri = self.uri(page)?;
        let (answer, attempts) = self.attempts(&uri, |request, response| {
            let answer = request.read(response)?;
            Ok(if request.expects(answer.status) {
                Outcome::Good(answer)
            } else {
                Outcome::Bad(Box::new(answer))
            })
        })?;
        let answer = Answer {
            uri,
            attempts,
            ..answer
        };
        if answer.over_limit {
            let limit = self.client.0.options.body_limit;
            return Err(self.decode_error(
                &answer,
                format!("the body is over the limit of {limit} bytes"),
                None,
            ));
        }
        Ok(answer)
    }

    fn uri(&self, page: &Query) -> Result<Uri> {
        if let Some(why) = &self.refused {
            return Err(Error::InvalidArgument(why.clone()));
        }
        self.client
            .0
            .options
            .base_url
            .resolve(&self.path, [self.query.as_str(), page.as_str()])
    }

    /// Sends the request, again where that may help, until a good answer or the last failure. Gives how
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
        let has_body = self.payload.length() > 0;
        check_head(&self.method, uri, &headers, has_body)?;
        let mut attempts = 0;
        let mut expect = Expect::of(&self.payload);
        loop {
            attempts += 1;
            let sending = Sending::new(&secrets, self.payload.length());
            let response = self.attempt(uri, &headers, expect, &sending)?;
            if expect == Expect::Sent && self.is_expectation_rejected(&response, &sending) {
                expect = Expect::Rejected;
                continue;
            }
            let outcome = match response {
                Ok(response) => take(self, response),
                Err(broken) => Err(broken),
            };
            let (failure, asked, failed) = match outcome {
                Ok(Outcome::Good(good)) => return Ok((good, attempts)),
                Ok(Outcome::Bad(answer)) => {
                    let failure = Failure::Status(answer.status);
                    let failed = self.api_error(&Answer {
                        attempts,
                        uri: uri.clone(),
                        ..*answer
                    });
                    let failed = Error::from_answer(failed);
                    (failure, failed.retry_after(), failed)
                }
                Err(broken) => (
                    broken.failure,
                    None,
                    self.transport_error(uri, attempts, broken),
                ),
            };
            let pause = if self.expected_status.is_some() && self.payload.is_replayable() {
                // A rejected expectation is no failure of the request.
                let failures = attempts - u32::from(expect == Expect::Rejected);
                verdict(&self.retry_policy, failure, self.repeat, failures, asked)
            } else {
                None
            };
            match pause {
                Some(pause) if self.client.sleep(pause).is_continue() => {}
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
            Ok(response) => {
                response.status() == http::StatusCode::EXPECTATION_FAILED && !self.expects(417)
            }
            Err(broken) => broken.failure == Failure::Cut && sending.is_without_effect(),
        }
    }

    /// Sends the request once. The outer error is one that no new try can mend.
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
        match &self.payload {
            Payload::None if takes_body => Ok(self.run(sending, request, &[][..])),
            Payload::None => Ok(self.run(sending, request, ())),
            Payload::Bytes { bytes, .. } => Ok(self.run(sending, request, bytes.as_slice())),
            Payload::Multipart(multipart) => {
                let length = multipart.length();
                request
                    .headers_mut()
                    .insert(CONTENT_LENGTH, HeaderValue::from(length));
                if expect == Expect::Sent {
                    request
                        .headers_mut()
                        .insert(EXPECT, HeaderValue::from_static("100-continue"));
                }
                let mut reader = multipart.open()?;
                let mut body = sending.body(&mut reader);
                let response = self.run(sending, request, ureq::SendBody::from_reader(&mut body));
                match (response, reader.into_failure()) {
                    (Err(_), Some(failure)) => Err(failure),
                    (response, _) => Ok(response),
                }
            }
        }
    }

    fn read(&self, response: http::Response<ureq::Body>) -> Result<Answer, Broken> {
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
        let mut bytes = Vec::with_capacity(usize::try_from(guess).unwrap_or_default());
        let mut reader = body.into_reader().take(limit.saturating_add(1));
        reader.read_to_end(&mut bytes).map_err(ureq::Error::from)?;
        Ok(Answer {
            uri: Uri::default(),
            attempts: 0,
            status,
            headers: parts.headers,
            over_limit: bytes.len() as u64 > limit,
            body: bytes,
        })
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
        let response = if self.timeout.is_none() && !is_whole_url(&self.path) {
            sending.run(|| agent.run(request))
        } else {
            // What the agent has is for the base URL.
            let timeout = usable(self.timeout.unwrap_or(self.client.0.options.timeout));
            let origin = Origin::of(request.uri()).ok();
            let is_looked_up = origin.as_ref().is_none_or(Origin::is_looked_up);
            let request = agent
                .configure_request(request)
                .proxy(origin.as_ref().and_then(proxy_for))
                .timeout_resolve(is_looked_up.then_some(timeout))
                .timeout_connect(Some(timeout))
                .timeout_per_read(Some(timeout))
                .timeout_per_write(Some(timeout))
                .timeout_await_100(Some(leave_timeout(timeout)))
                .build();
            sending.run(|| agent.run(request))
        };
        response.map_err(Broken::from)
    }

    /// The headers to send, credential included, if all of them may go to this origin.
    fn all_headers(&self, origin: &Origin) -> Result<HeaderMap> {
        let mut headers = self.headers.clone();
        if let Some(content_type) = self.payload.content_type() {
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
    fn shown_path(&self, uri: &Uri) -> String {
        match Origin::of(uri) {
            Ok(origin) if origin != *self.client.0.options.base_url.origin() => {
                format!("{origin}{}", uri.path())
            }
            _ => uri.path().to_owned(),
        }
    }

    fn api_error(&self, answer: &Answer) -> ApiError {
        let header = |name: &HeaderName| answer.headers.get(name)?.to_str().ok();
        let redirect = header(&LOCATION)
            .filter(|_| (300..400).contains(&answer.status))
            .map(|location| {
                let target = location.parse().ok().and_then(|uri| Origin::of(&uri).ok());
                let target =
                    target.map_or_else(|| "another path".to_owned(), |origin| origin.to_string());
                format!("redirects are not followed, and this one goes to {target}")
            });
        // A service may send back what it was sent.
        let body = ErrorBody::parse(&answer.body, &self.secrets());
        let message = redirect.or(body.message).unwrap_or_else(|| {
            let known = http::StatusCode::from_u16(answer.status)
                .ok()
                .and_then(|status| status.canonical_reason());
            known.unwrap_or("the service gave no reason").to_owned()
        });
        ApiError {
            status: answer.status,
            code: body.code,
            message,
            details: body.details,
            retry_after: header(&RETRY_AFTER).and_then(|value| {
                parse_retry_after(value, header(&DATE), OffsetDateTime::now_utc())
            }),
            rate_limit: answer.rate_limit(),
            attempts: answer.attempts,
            method: self.method.to_string(),
            path: self.shown_path(&answer.uri),
            may_have_created: self.creates && answer.status >= 500 && answer.status != 503,
        }
    }

    /// All that proves who asks, as it may be found in a text.
    fn secrets(&self) -> Vec<&str> {
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
        Error::Transport(Box::new(TransportError {
            sent: matches!(broken.failure, Failure::Cut | Failure::Stalled),
            may_have_created: self.creates
                && matches!(broken.failure, Failure::Cut | Failure::Stalled),
            tls: broken.tls,
            timed_out: broken.timed_out,
            attempts,
            method: self.method.to_string(),
            path: self.shown_path(uri),
            source: Box::new(broken.source),
        }))
    }

    fn not_json(&self, answer: &Answer, error: &serde_json::Error) -> Error {
        let (mut reason, position) = json_reason(error);
        if answer.body.is_empty() {
            return self.decode_error(answer, "the body is empty".to_owned(), None);
        }
        if !is_json(&answer.headers) {
            let content_type = answer
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok());
            let content_type = content_type.map_or("no content type".to_owned(), |kind| {
                format!("content type {kind}")
            });
            reason = format!("{content_type} in place of JSON: {reason}");
        }
        self.decode_error(answer, reason, position)
    }

    fn decode_error(
        &self,
        answer: &Answer,
        reason: String,
        position: Option<(usize, usize)>,
    ) -> Error {
        Error::Decode(Box::new(DecodeError {
            status: answer.status,
            reason,
            position,
            attempts: answer.attempts,
            method: self.method.to_string(),
            path: self.shown_path(&answer.uri),
            may_have_created: self.creates,
        }))
    }
}

pub(super) fn carries_credentials(name: &HeaderName) -> bool {
    [X_API_KEY, AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(name)
}

fn is_json(headers: &HeaderMap) -> bool {
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

/// What came of a try that got an answer.
enum Outcome<T> {
    Good(T),
    /// An answer with a status that was not expected.
    Bad(Box<Answer>),
}

/// A whole answer, not yet decoded.
pub(crate) struct Answer {
    uri: Uri,
    attempts: u32,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    over_limit: bool,
}

impl Answer {
    pub(crate) fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::parse(|name| self.headers.get(name)?.to_str().ok())
    }
}

/// A try that ended without a whole answer.
pub(crate) struct Broken {
    failure: Failure,
    timed_out: bool,
    /// Whether the connection could not be made safe, or kept so.
    tls: bool,
    source: ureq::Error,
}

impl From<ureq::Error> for Broken {
    fn from(source: ureq::Error) -> Self {
        use std::io::ErrorKind;
        use ureq::Timeout;
        let (failure, timed_out) = match &source {
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::ConnectProxyFailed(_) => (Failure::NotSent, false),
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => (Failure::NotSent, true),
            ureq::Error::Timeout(_) => (Failure::Stalled, true),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired => {
                (Failure::NotSentForGood, false)
            }
            // A certificate is refused before anything is sent; other trouble with TLS may come later.
            ureq::Error::Io(error)
                if is_tls(error) && error.to_string().contains("certificate") =>
            {
                (Failure::NotSentForGood, false)
            }
            ureq::Error::Io(error) => match error.kind() {
                ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::AddrNotAvailable => (Failure::NotSent, false),
                ErrorKind::TimedOut => (Failure::Stalled, true),
                _ => (Failure::Cut, false),
            },
            _ => (Failure::Cut, false),
        };
        let tls = match &source {
            ureq::Error::Io(error) => is_tls(error),
            _ => failure == Failure::NotSentForGood,
        };
        Self {
            failure,
            timed_out,
            tls,
            source,
        }
    }
}

fn is_tls(error: &std::io::Error) -> bool {
    // The type of TLS errors cannot be named without a dependency on its crate, but be inferred.
    fn holds<T: std::error::Error + 'static>(
        _: fn(T) -> ureq::Error,
        error: &std::io::Error,
    ) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<T>())
    }
    holds(ureq::Error::Rustls, error)
}
