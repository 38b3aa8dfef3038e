//! The thread-blocking HTTP core: [`Client`], [`Request`], and the loop that sends one.

mod response;
mod stream;
mod url;

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use ureq::http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, DATE, EXPECT, HOST, LOCATION,
    PROXY_AUTHORIZATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use ureq::http::{self, HeaderMap, HeaderName, HeaderValue, Method, Uri};

pub use response::{Body, Headers, Response};
pub(crate) use stream::Stream;
pub use url::path_segment;
pub(crate) use url::{BaseUrl, Query};

use crate::error::{ApiError, DecodeError, Error, ErrorBody, Result, TransportError, json_reason};
use crate::multipart::Multipart;
use crate::retry::{Failure, RateLimit, Repeat, RetryPolicy, parse_retry_after, verdict};
use url::Origin;

const USER_AGENT: &str = concat!("rblxopencloud-rust/", env!("CARGO_PKG_VERSION"));

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The longest error body that is read.
const ERROR_BODY_LIMIT: u64 = 1 << 20;

/// Uploads larger than this ask the service first whether it takes them, so that a key without the scope
/// does not cost the upload of a whole video.
const EXPECT_ABOVE: u64 = 1 << 20;

/// Connections kept open for the next request: enough for a pool of worker threads.
const IDLE_CONNECTIONS: usize = 64;

/// Sends any request to Open Cloud, for endpoints without a method of their own.
///
/// The path is relative to `https://apis.roblox.com`; one that begins with `/` is under `cloud/v2/`, and
/// a whole `https://` URL is taken as it is. Each call of this function opens a connection of its own:
/// for more than a few requests use [`ApiKey::send_request`](crate::ApiKey::send_request), which keeps
/// connections open and adds the key by itself.
///
/// ```no_run
/// use rblxopencloud::send_request;
/// use serde_json::json;
///
/// # fn main() -> rblxopencloud::Result<()> {
/// let response = send_request("POST", "messaging-service/v1/universes/123/topics/news")
///     .authorization("your-api-key")
///     .json(&json!({ "message": "Hello World!" }))
///     .send()?;
/// assert_eq!(response.status, 200);
/// # Ok(())
/// # }
/// ```
pub fn send_request(method: &str, path: &str) -> Request {
    ClientOptions::default().build().request(method, path)
}

/// The blocking HTTP client: one connection pool and one credential, shared by its clones.
#[derive(Clone)]
#[allow(unnameable_types, reason = "sealed traits speak of it")]
pub struct Client(Arc<Shared>);

struct Shared {
    agent: ureq::Agent,
    options: ClientOptions,
}

/// What a [`Client`] is made from.
#[derive(Clone)]
pub(crate) struct ClientOptions {
    pub(crate) base_url: BaseUrl,
    pub(crate) credential: Credential,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) timeout: Duration,
    pub(crate) body_limit: u64,
    pub(crate) user_agent: String,
    pub(crate) sleep: Option<Sleep>,
}

/// Waits, or says by `Break` that the wait was given up.
pub(crate) type Sleep = Arc<dyn Fn(Duration) -> ControlFlow<()> + Send + Sync>;

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            base_url: BaseUrl::roblox(),
            credential: Credential::None,
            retry_policy: RetryPolicy::new(),
            timeout: Duration::from_secs(15),
            body_limit: 64 << 20,
            user_agent: USER_AGENT.to_owned(),
            sleep: None,
        }
    }
}

impl ClientOptions {
    pub(crate) fn build(self) -> Client {
        let origin = self.base_url.origin();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .user_agent(self.user_agent.as_str())
            .timeout_connect(Some(self.timeout))
            .timeout_per_read(Some(self.timeout))
            .timeout_per_write(Some(self.timeout))
            // A look-up within a timeout costs a thread, and an address needs no look-up.
            .timeout_resolve((!origin.is_address()).then_some(self.timeout))
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(IDLE_CONNECTIONS);
        let config = if origin.is_loopback() {
            // A proxy named in the environment must not see what is meant for this machine.
            config.proxy(None)
        } else {
            config
        };
        Client(Arc::new(Shared {
            agent: config.build().new_agent(),
            options: self,
        }))
    }
}

impl Client {
    /// A request as the user of the crate makes one: any status is an answer.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let method = method.to_ascii_uppercase();
        match Method::from_bytes(method.as_bytes()) {
            Ok(method) => self.new_request(method, path.to_owned()),
            Err(_) => {
                let mut request = self.new_request(Method::GET, path.to_owned());
                request.refuse(format!("{method:?} is not an HTTP method"));
                request
            }
        }
    }

    /// A request of a typed call: any status but 200 is an error.
    pub(crate) fn call(&self, method: Method, path: String) -> Request {
        let mut request = self.new_request(method, path);
        request.expected_status = Some(Cow::Borrowed(&[200]));
        request
    }

    pub(crate) fn get(&self, path: String) -> Request {
        self.call(Method::GET, path)
    }

    fn new_request(&self, method: Method, path: String) -> Request {
        Request {
            repeat: if method.is_idempotent() {
                Repeat::Idempotent
            } else {
                Repeat::OnServerError
            },
            retry_policy: self.0.options.retry_policy,
            client: self.clone(),
            method,
            path,
            query: Query::default(),
            headers: HeaderMap::new(),
            credential: None,
            payload: Payload::None,
            expected_status: None,
            creates: false,
            timeout: None,
            refused: None,
        }
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.0.options.credential
    }

    /// Waits; `Break` when the wait was given up.
    pub(crate) fn sleep(&self, pause: Duration) -> ControlFlow<()> {
        match &self.0.options.sleep {
            Some(sleep) => sleep(pause),
            None => {
                std::thread::sleep(pause);
                ControlFlow::Continue(())
            }
        }
    }
}

impl PartialEq for Client {
    /// A model is the same whoever fetched it.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.options.base_url.as_str())
            .field("credential", &self.0.options.credential)
            .finish_non_exhaustive()
    }
}

/// What proves who asks. Debug does not show it.
#[derive(Clone)]
pub(crate) enum Credential {
    None,
    ApiKey(HeaderValue),
    Bearer(HeaderValue),
}

impl Credential {
    pub(crate) fn api_key(key: &str) -> Result<Self> {
        secret_header("API key", "", key).map(Self::ApiKey)
    }

    pub(crate) fn bearer(token: &str) -> Result<Self> {
        secret_header("access token", "Bearer ", token).map(Self::Bearer)
    }

    /// As in Python: `Bearer ...` is a token, all else an API key.
    fn from_authorization(value: &str) -> Result<Self> {
        match value.strip_prefix("Bearer ") {
            Some(token) => Self::bearer(token),
            None => Self::api_key(value),
        }
    }

    fn header(&self) -> Option<(HeaderName, &HeaderValue)> {
        match self {
            Self::None => None,
            Self::ApiKey(value) => Some((X_API_KEY, value)),
            Self::Bearer(value) => Some((AUTHORIZATION, value)),
        }
    }

    /// The key or token by itself.
    pub(crate) fn secret(&self) -> Option<&str> {
        let (_, value) = self.header()?;
        let text = value.to_str().ok()?;
        Some(text.strip_prefix("Bearer ").unwrap_or(text))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::ApiKey(_) => "ApiKey([redacted])",
            Self::Bearer(_) => "Bearer([redacted])",
        })
    }
}

/// Refuses what no header can carry before it can get into a request, or into an error about one.
fn secret_header(what: &str, prefix: &str, secret: &str) -> Result<HeaderValue> {
    let refuse = |why: &str| {
        let hint = if secret.starts_with("Bearer ") {
            "; an OAuth2 access token goes to ApiKey::bearer, without \"Bearer \""
        } else {
            ""
        };
        Error::InvalidArgument(format!("the {what} {why}{hint}"))
    };
    if secret.is_empty() {
        return Err(refuse("is empty"));
    }
    if let Some(at) = secret.bytes().position(|byte| !byte.is_ascii_graphic()) {
        return Err(refuse(&format!(
            "has a space, a line break or a character that is not ASCII at byte {at}; was it copied or read with \
             something around it?"
        )));
    }
    let mut value = HeaderValue::from_str(&format!("{prefix}{secret}"))
        .map_err(|_| refuse("cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[derive(Clone)]
enum Payload {
    None,
    Bytes {
        content_type: HeaderValue,
        bytes: Vec<u8>,
    },
    Multipart(Arc<Multipart>),
}

impl Payload {
    fn content_type(&self) -> Option<&HeaderValue> {
        match self {
            Self::None => None,
            Self::Bytes { content_type, .. } => Some(content_type),
            Self::Multipart(multipart) => Some(multipart.content_type()),
        }
    }

    /// Whether it can be sent, or sent again.
    fn is_replayable(&self) -> bool {
        match self {
            Self::None | Self::Bytes { .. } => true,
            Self::Multipart(multipart) => multipart.is_replayable(),
        }
    }
}

/// A request to any endpoint, made by [`send_request`] or
/// [`ApiKey::send_request`](crate::ApiKey::send_request).
///
/// Without [`expected_status`](Self::expected_status) whatever the service answers is a [`Response`], and
/// nothing is tried again, as in Python. With it, any other status is an [`Error`], and failures are
/// tried again as the [`RetryPolicy`] says.
///
/// An argument that cannot be sent is remembered, and returned as the error of [`send`](Self::send)
/// without a request.
#[derive(Clone)]
#[must_use = "a request does nothing until `send` is called"]
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    query: Query,
    headers: HeaderMap,
    /// In place of the client's.
    credential: Option<Credential>,
    payload: Payload,
    expected_status: Option<Cow<'static, [u16]>>,
    retry_policy: RetryPolicy,
    repeat: Repeat,
    creates: bool,
    timeout: Option<Duration>,
    refused: Option<String>,
}

impl Request {
    /// The key or token to send in place of the [`ApiKey`](crate::ApiKey)'s own: in `authorization` when
    /// it begins with `Bearer `, else in `x-api-key`.
    ///
    /// It is sent to the base URL's host, to https hosts under `roblox.com`, and to this machine; a
    /// request to any other host is refused, as is plain http.
    pub fn authorization(mut self, authorization: &str) -> Self {
        match Credential::from_authorization(authorization) {
            Ok(credential) => self.credential = Some(credential),
            Err(error) => self.refuse(error.to_string()),
        }
        self
    }

    /// The statuses that are not an error. All others are, and failures are tried again.
    pub fn expected_status(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.expected_status = Some(statuses.into_iter().collect());
        self
    }

    /// When to try again; in place of the [`ApiKey`](crate::ApiKey)'s own policy.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// How many times a failed request is sent again (default 2).
    pub fn retry_max_attempts(mut self, attempts: u32) -> Self {
        self.retry_policy = self.retry_policy.max_attempts(attempts);
        self
    }

    /// The pause before the first new try (default 1 s).
    #[doc(alias = "retry_interval_seconds")]
    pub fn retry_interval(mut self, interval: Duration) -> Self {
        self.retry_policy = self.retry_policy.interval(interval);
        self
    }

    /// What each pause is multiplied by to give the next (default 2).
    pub fn retry_interval_exponent(mut self, exponent: f64) -> Self {
        self.retry_policy = self.retry_policy.exponent(exponent);
        self
    }

    /// Adds a query parameter. Name and value are percent-encoded; a name may be added several times.
    pub fn param(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push(name, &value.to_string());
        self
    }

    /// Adds query parameters, as [`param`](Self::param) does.
    pub fn params<N: AsRef<str>, V: fmt::Display>(
        mut self,
        params: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        for (name, value) in params {
            self = self.param(name.as_ref(), value);
        }
        self
    }

    /// Adds headers. The credential's own header, when there is a credential, takes the place of one
    /// given here.
    pub fn headers<N: AsRef<str>, V: AsRef<str>>(
        mut self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        for (name, value) in headers {
            self = self.header(name.as_ref(), value.as_ref());
        }
        self
    }

    /// Adds a header, as [`headers`](Self::headers) does.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            (Ok(name), _)
                if [CONTENT_LENGTH, TRANSFER_ENCODING, HOST, CONNECTION].contains(&name) =>
            {
                self.refuse(format!("the header {name} is set by the client itself"));
            }
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(carries_credentials(&name));
                self.headers.append(name, value);
            }
            (Err(_), _) => self.refuse(format!("{name:?} is not a header name")),
            // The value may be a secret.
            (_, Err(_)) => self.refuse(format!(
                "the value of the header {name} has a character no header can have"
            )),
        }
        self
    }

    /// The body: a value as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.payload(HeaderValue::from_static("application/json"), bytes),
            Err(error) => self.refuse(format!("the body cannot be written as JSON: {error}")),
        }
        self
    }

    /// The body: bytes with their content type.
    pub fn data(mut self, bytes: impl Into<Vec<u8>>, content_type: &str) -> Self {
        match HeaderValue::from_str(content_type) {
            Ok(content_type) => self.payload(content_type, bytes.into()),
            Err(_) => self.refuse(format!("{content_type:?} is not a content type")),
        }
        self
    }

    /// The body: fields as `application/x-www-form-urlencoded`.
    pub fn form<N: AsRef<str>, V: fmt::Display>(
        mut self,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut form = Query::default();
        for (name, value) in fields {
            form.push(name.as_ref(), &value.to_string());
        }
        let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.payload(content_type, form.into_string().into_bytes());
        self
    }

    /// How long nothing may move, while connecting, sending or receiving, before the request fails
    /// (default 15 s). It is not a limit on the whole: a long download is fine while bytes keep coming.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

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
        let answer = self.exchange(&Query::default())?;
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
        let answer = self.exchange(&Query::default())?;
        serde_json::from_slice(&answer.body).map_err(|error| self.not_json(&answer, &error))
    }

    /// The body: a form with a file.
    pub(crate) fn multipart(mut self, multipart: Multipart) -> Self {
        self.payload = Payload::Multipart(Arc::new(multipart));
        self
    }

    /// The request creates something, so it is sent again only if it certainly was not acted on.
    pub(crate) fn creating(mut self) -> Self {
        self.repeat = Repeat::OnlyIfNotActedOn;
        self.creates = true;
        self
    }

    /// The request is sent again whenever its policy says, whatever it creates.
    pub(crate) fn repeated_as_the_policy_says(mut self) -> Self {
        if self.repeat == Repeat::OnlyIfNotActedOn {
            self.repeat = Repeat::OnServerError;
        }
        self
    }

    /// Sends the request and decodes its answer, with what its headers say of the rate limit.
    pub(crate) fn fetch<T: DeserializeOwned>(&self) -> Result<(T, Option<RateLimit>)> {
        let answer = self.exchange(&Query::default())?;
        let rate_limit = answer.rate_limit();
        let value =
            serde_json::from_slice(&answer.body).map_err(|error| self.not_json(&answer, &error))?;
        Ok((value, rate_limit))
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
    pub(crate) fn send_page<T: DeserializeOwned>(
        &self,
        parameter: &str,
        token: Option<&str>,
    ) -> Result<T> {
        let mut page = Query::default();
        if let Some(token) = token {
            page.push(parameter, token);
        }
        let answer = self.exchange(&page)?;
        serde_json::from_slice(&answer.body).map_err(|error| self.not_json(&answer, &error))
    }

    /// The error for an answer that decodes but breaks a rule of its endpoint.
    pub(crate) fn unexpected(&self, reason: &str) -> Error {
        self.decode_error(&self.some_answer(200), reason.to_owned(), None)
    }

    /// The error for a part of an answer that does not decode.
    pub(crate) fn unexpected_json(&self, error: &serde_json::Error) -> Error {
        self.decode_error(&self.some_answer(200), json_reason(error).0, None)
    }

    /// The error for a refusal that came with a good status.
    pub(crate) fn refusal(&self, status: u16, code: Option<String>, message: String) -> ApiError {
        ApiError {
            code,
            message,
            ..self.api_error(&self.some_answer(status))
        }
    }

    fn some_answer(&self, status: u16) -> Answer {
        Answer {
            uri: self.uri(&Query::default()).unwrap_or_default(),
            attempts: 1,
            status,
            headers: HeaderMap::new(),
            body: Vec::new(),
            over_limit: false,
        }
    }

    /// The request may arrive twice, whatever its method.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeat = Repeat::Idempotent;
        self
    }

    /// The request goes without the client's key.
    pub(crate) fn without_credential(mut self) -> Self {
        self.credential = Some(Credential::None);
        self
    }

    /// Refuses the request: [`send`](Self::send) returns the first reason given.
    pub(crate) fn refuse(&mut self, why: String) {
        self.refused.get_or_insert(why);
    }

    fn payload(&mut self, content_type: HeaderValue, bytes: Vec<u8>) {
        if matches!(self.payload, Payload::None) {
            self.payload = Payload::Bytes {
                content_type,
                bytes,
            };
        } else {
            self.refuse(
                "a request has one body: json, data and form exclude each other".to_owned(),
            );
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
        let headers = self.all_headers(&Origin::of(uri)?)?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let outcome = match self.attempt(uri, &headers)? {
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
                    let reset = failed.rate_limit.as_ref().and_then(RateLimit::pause);
                    let asked = failed
                        .retry_after
                        .or(reset.filter(|_| failed.status == 429));
                    (failure, asked, Error::from_answer(failed))
                }
                Err(broken) => (
                    broken.failure,
                    None,
                    self.transport_error(uri, attempts, broken),
                ),
            };
            let pause = if self.expected_status.is_some() && self.payload.is_replayable() {
                verdict(&self.retry_policy, failure, self.repeat, attempts, asked)
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

    /// Sends the request once. The outer error is one that no new try can mend.
    fn attempt(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Result<http::Response<ureq::Body>, Broken>> {
        let mut request = http::Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers.clone();
        let takes_body = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        match &self.payload {
            Payload::None if takes_body => Ok(self.run(request, &[][..])),
            Payload::None => Ok(self.run(request, ())),
            Payload::Bytes { bytes, .. } => Ok(self.run(request, bytes.as_slice())),
            Payload::Multipart(multipart) => {
                let length = multipart.length();
                request
                    .headers_mut()
                    .insert(CONTENT_LENGTH, HeaderValue::from(length));
                if length > EXPECT_ABOVE {
                    request
                        .headers_mut()
                        .insert(EXPECT, HeaderValue::from_static("100-continue"));
                }
                let mut reader = multipart.open()?;
                let response = self.run(request, ureq::SendBody::from_reader(&mut reader));
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
            .min(1 << 16);
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
        request: http::Request<()>,
        body: impl ureq::AsSendBody,
    ) -> Result<http::Response<ureq::Body>, Broken> {
        let agent = &self.client.0.agent;
        let (parts, ()) = request.into_parts();
        let request = http::Request::from_parts(parts, body);
        let response = match self.timeout {
            None => agent.run(request),
            Some(timeout) => agent.run(
                agent
                    .configure_request(request)
                    .timeout_connect(Some(timeout))
                    .timeout_per_read(Some(timeout))
                    .timeout_per_write(Some(timeout))
                    .build(),
            ),
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
        let mut body = ErrorBody::parse(&answer.body);
        // A service may send back what it was sent.
        for credential in [Some(self.client.credential()), self.credential.as_ref()]
            .into_iter()
            .flatten()
        {
            if let Some(secret) = credential.secret() {
                body.redact(secret);
            }
        }
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

    pub(crate) fn transport_error(&self, uri: &Uri, attempts: u32, broken: Broken) -> Error {
        Error::Transport(Box::new(TransportError {
            sent: matches!(broken.failure, Failure::Cut | Failure::Stalled),
            may_have_created: self.creates
                && matches!(broken.failure, Failure::Cut | Failure::Stalled),
            tls: broken.failure == Failure::NotSentForGood,
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

impl fmt::Debug for Request {
    /// Shows where the request goes, and the names of its headers and parameters, not their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next().unwrap_or_default())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("expected_status", &self.expected_status)
            .field("retry_policy", &self.retry_policy)
            .finish_non_exhaustive()
    }
}

pub(crate) fn plain_http(origin: &impl fmt::Display) -> String {
    format!(
        "a key is not sent to {origin} over plain http, where anyone on the way can read it; use https"
    )
}

fn carries_credentials(name: &HeaderName) -> bool {
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
struct Answer {
    uri: Uri,
    attempts: u32,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    over_limit: bool,
}

impl Answer {
    fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::parse(|name| self.headers.get(name)?.to_str().ok())
    }
}

/// A try that ended without a whole answer.
pub(crate) struct Broken {
    failure: Failure,
    timed_out: bool,
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
        Self {
            failure,
            timed_out,
            source,
        }
    }
}
