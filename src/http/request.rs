//! [`Request`]: what is to be sent, as data.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use ureq::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::exchange::carries_credentials;
use super::{Client, Credential, Query, check_timeout};
use crate::check::{Check, Invalid};
use crate::error::{Error, Result};
use crate::file::AssetFile;
use crate::file_body::FileBody;
use crate::retry::{RetryPolicy, RetrySafety};

/// A map of headers panics when it has too many.
const MOST_HEADERS: usize = 10_000;

#[derive(Clone)]
pub(super) enum RequestBody {
    None,
    Bytes {
        content_type: HeaderValue,
        bytes: Vec<u8>,
    },
    File(Arc<FileBody>),
}

impl RequestBody {
    pub(super) fn content_type(&self) -> Option<&HeaderValue> {
        match self {
            Self::None => None,
            Self::Bytes { content_type, .. } => Some(content_type),
            Self::File(body) => Some(body.content_type()),
        }
    }

    pub(super) fn length(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Bytes { bytes, .. } => bytes.len() as u64,
            Self::File(body) => body.length(),
        }
    }

    /// Whether it can be sent, or sent again.
    pub(super) fn is_replayable(&self) -> bool {
        match self {
            Self::None | Self::Bytes { .. } => true,
            Self::File(body) => body.is_replayable(),
        }
    }
}

/// A request to any endpoint, made by [`send_request`](crate::send_request) or
/// [`ApiKey::send_request`](crate::ApiKey::send_request).
///
/// Without [`expected_status`](Self::expected_status) every status gives a [`Response`](crate::http::Response), and
/// nothing is sent again, as in Python. With it, any other status is an [`Error`](crate::Error), and failures are
/// retried as the [`RetryPolicy`] says.
///
/// An argument that cannot be sent is remembered, and returned as the error of [`send`](Self::send)
/// without a request.
#[derive(Clone)]
#[must_use = "a request does nothing until `send` is called"]
pub struct Request {
    pub(super) client: Client,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) headers: HeaderMap,
    /// In place of the client's.
    pub(super) credential: Option<Credential>,
    pub(super) body: RequestBody,
    pub(super) expected_status: Option<Cow<'static, [u16]>>,
    pub(super) retry_policy: RetryPolicy,
    pub(super) safety: RetrySafety,
    /// What the key needs for it.
    pub(super) scopes: &'static [&'static str],
    /// Whether the service may take long to respond.
    pub(super) has_long_response: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) first_error: Option<String>,
    /// Why arguments of a typed call are invalid.
    invalid: Vec<InvalidArgument>,
    unchecked: bool,
}

/// An argument that is not what the documents take.
#[derive(Clone)]
struct InvalidArgument {
    argument: &'static str,
    why: String,
    /// It cannot be sent at all.
    is_certain: bool,
}

impl Request {
    pub(super) fn new(client: &Client, method: Method, path: String) -> Self {
        Self {
            safety: if method.is_idempotent() {
                RetrySafety::Idempotent
            } else {
                RetrySafety::ServerErrors
            },
            retry_policy: client.0.options.retry_policy,
            client: client.clone(),
            method,
            path,
            query: Query::default(),
            headers: HeaderMap::new(),
            credential: None,
            body: RequestBody::None,
            expected_status: None,
            scopes: &[],
            has_long_response: false,
            timeout: None,
            first_error: None,
            invalid: Vec::new(),
            unchecked: false,
        }
    }

    /// The key or token to send in place of the [`ApiKey`](crate::ApiKey)'s own: in `authorization` when
    /// it begins with `Bearer `, else in `x-api-key`.
    ///
    /// It is sent to the base URL's host, to https hosts under `roblox.com`, and to this machine; a
    /// request to any other host is an error, as is plain http.
    pub fn authorization(mut self, authorization: &str) -> Self {
        match Credential::from_authorization(authorization) {
            Ok(credential) => self.credential = Some(credential),
            Err(error) => self.fail(error.to_string()),
        }
        self
    }

    /// The statuses that are not an error. All others are, and failures are retried.
    pub fn expected_status(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.expected_status = Some(statuses.into_iter().collect());
        self
    }

    /// When to retry; in place of the [`ApiKey`](crate::ApiKey)'s own policy.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// How many times a failed request is sent again (default 2).
    pub fn retry_max_attempts(mut self, attempts: u32) -> Self {
        self.retry_policy = self.retry_policy.max_attempts(attempts);
        self
    }

    /// The pause before the first retry (default 1 s).
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
        self.push_param(name, &value);
        self
    }

    /// Adds query parameters, as [`param`](Self::param) does.
    pub fn params<N: AsRef<str>, V: fmt::Display>(
        mut self,
        params: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        for (name, value) in params {
            self.push_param(name.as_ref(), &value);
        }
        self
    }

    /// Not generic, as there are many types of values.
    fn push_param(&mut self, name: &str, value: &dyn fmt::Display) {
        self.query.push(name, &value.to_string());
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
                self.fail(format!("the header {name} is set by the client itself"));
            }
            (Ok(_), Ok(_)) if self.headers.len() >= MOST_HEADERS => {
                self.fail(format!("a request has at most {MOST_HEADERS} headers"));
            }
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(carries_credentials(&name));
                self.headers.append(name, value);
            }
            (Err(_), _) => self.fail(format!("{name:?} is not a header name")),
            // The value may be a secret.
            (_, Err(_)) => self.fail(format!(
                "the value of the header {name} has a character no header can have"
            )),
        }
        self
    }

    /// The body: a value as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.bytes(HeaderValue::from_static("application/json"), bytes),
            Err(error) => self.fail(format!("the body cannot be written as JSON: {error}")),
        }
        self
    }

    /// The body: bytes with their content type.
    pub fn data(mut self, bytes: impl Into<Vec<u8>>, content_type: &str) -> Self {
        match HeaderValue::from_str(content_type) {
            Ok(content_type) => self.bytes(content_type, bytes.into()),
            Err(_) => self.fail(format!("{content_type:?} is not a content type")),
        }
        self
    }

    /// The body: a file as a whole, streamed, with the file's content type. Over 1 MiB the service is asked first
    /// (`Expect: 100-continue`), and its response may take 60 s unless a timeout is set.
    ///
    /// ```no_run
    /// use rblxopencloud::AssetFile;
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let place = AssetFile::open("lobby.rbxl")?.with_content_type("application/octet-stream");
    /// let response = api_key
    ///     .send_request("POST", "universes/v1/123/places/456/versions")
    ///     .param("versionType", "Published")
    ///     .file(place)
    ///     .expected_status([200])
    ///     .send()?;
    /// println!("{:?}", response.body);
    /// # Ok(())
    /// # }
    /// ```
    pub fn file(mut self, file: AssetFile) -> Self {
        match FileBody::whole(file) {
            Ok(body) => self = self.file_body(body).long_response(),
            Err(error) => self.fail(error.to_string()),
        }
        self
    }

    /// The body: `multipart/form-data` with fields of text, and a file behind them under a name, streamed as
    /// [`file`](Self::file) is.
    ///
    /// ```no_run
    /// use rblxopencloud::AssetFile;
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let icon = AssetFile::open("icon.png")?;
    /// api_key
    ///     .send_request("PATCH", "game-passes/v1/universes/123/game-passes/456")
    ///     .multipart([("name", "VIP")], ("imageFile", icon))
    ///     .expected_status([200, 204])
    ///     .send()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn multipart<'a, N: AsRef<str>, V: fmt::Display>(
        mut self,
        fields: impl IntoIterator<Item = (N, V)>,
        file: impl Into<Option<(&'a str, AssetFile)>>,
    ) -> Self {
        let fields: Vec<_> = fields
            .into_iter()
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        let parts = fields
            .iter()
            .map(|(name, value)| (name.as_ref(), "", value.as_bytes()));
        match FileBody::form(parts, file.into(), None) {
            Ok(body) => self = self.file_body(body).long_response(),
            Err(error) => self.fail(error.to_string()),
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
        self.bytes(content_type, form.into_string().into_bytes());
        self
    }

    /// How long nothing may move, while connecting, sending or receiving, before the request fails
    /// (default 15 s). It is not a limit on the whole: a long download is fine while bytes keep coming. Zero is an
    /// error of [`send`](Self::send).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        match check_timeout(timeout) {
            Ok(timeout) => self.timeout = Some(timeout),
            Err(why) => self.fail(why),
        }
        self
    }

    /// The body: a form with a file.
    pub(crate) fn file_body(mut self, body: FileBody) -> Self {
        self.set_body(RequestBody::File(Arc::new(body)));
        self
    }

    /// Sets a query parameter, in place of what was set before.
    pub(crate) fn set(&mut self, name: &str, value: impl fmt::Display) {
        self.query.set(name, [value]);
    }

    /// Sets a query parameter that may be given several times; none at all leaves it out.
    pub(crate) fn set_all<V: fmt::Display>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) {
        self.query.set(name, values);
    }

    /// Sets a header, in place of what was set before.
    pub(crate) fn set_header(&mut self, name: HeaderName, value: &str) {
        let argument = "a header";
        match HeaderValue::from_str(value) {
            Ok(value) => _ = self.headers.insert(name, value),
            Err(_) => self.fail(format!("{argument} cannot have the value {value:?}")),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn set_path(&mut self, path: String) {
        self.path = path;
    }

    /// Remembers what is wrong with an argument, in place of what was before. It is the error of sending, unless the
    /// request is to be sent [`unchecked`](Self::send_unchecked).
    pub(crate) fn check(&mut self, argument: &'static str, check: Check) {
        self.judge(argument, check.err().map(|Invalid(why)| why), false);
    }

    /// The same for an argument that cannot be sent otherwise; gives its value where it can.
    pub(crate) fn must<T>(&mut self, argument: &'static str, value: Result<T>) -> Option<T> {
        match value {
            Ok(value) => {
                self.judge(argument, None, true);
                Some(value)
            }
            Err(error) => {
                self.judge(argument, Some(error.to_string()), true);
                None
            }
        }
    }

    fn judge(&mut self, argument: &'static str, why: Option<String>, is_certain: bool) {
        self.invalid.retain(|known| known.argument != argument);
        self.invalid.extend(why.map(|why| InvalidArgument {
            argument,
            why,
            is_certain,
        }));
    }

    /// Sends the request whatever the checks of its arguments say.
    pub(crate) fn send_unchecked(&mut self) {
        self.unchecked = true;
    }

    pub(crate) fn is_unchecked(&self) -> bool {
        self.unchecked
    }

    /// Why the request is not sent.
    pub(crate) fn ensure_valid(&self) -> Result<()> {
        let stands = |invalid: &&InvalidArgument| invalid.is_certain || !self.unchecked;
        let invalid = self.invalid.iter().find(stands).map(|invalid| &invalid.why);
        match self.first_error.as_ref().or(invalid) {
            Some(why) => Err(Error::InvalidArgument(why.clone())),
            None => Ok(()),
        }
    }

    /// What it would mean for the request to arrive twice, where its method does not say.
    pub(crate) fn retry_safety(mut self, safety: RetrySafety) -> Self {
        self.safety = safety;
        self
    }

    pub(crate) fn is_upload(&self) -> bool {
        self.safety == RetrySafety::Upload
    }

    /// The scopes that the call needs, for the error of a key that lacks one.
    pub(crate) fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }

    /// Waits longer for the response than for other progress, unless a timeout is set.
    pub(crate) fn long_response(mut self) -> Self {
        self.has_long_response = true;
        self
    }

    /// The request goes without the client's key.
    pub(crate) fn without_credential(mut self) -> Self {
        self.credential = Some(Credential::None);
        self
    }

    /// Makes [`send`](Self::send) return an error: the first reason given.
    pub(crate) fn fail(&mut self, why: String) {
        self.first_error.get_or_insert(why);
    }

    fn bytes(&mut self, content_type: HeaderValue, bytes: Vec<u8>) {
        self.set_body(RequestBody::Bytes {
            content_type,
            bytes,
        });
    }

    fn set_body(&mut self, body: RequestBody) {
        if matches!(self.body, RequestBody::None) {
            self.body = body;
        } else {
            self.fail(
                "a request has one body: json, data, form, file and multipart exclude each other"
                    .to_owned(),
            );
        }
    }
}

/// The setters that all builders have in common: each is made around its `request`.
///
/// A macro, since a function cannot add methods to a type.
macro_rules! common_setters {
    ($builder:ty) => {
        impl $builder {
            /// How long nothing may move before a request fails; as
            /// [`Request::timeout`](crate::http::Request::timeout).
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.request = self.request.timeout(timeout);
                self
            }

            /// Sends what was given without checking it against the documents first: the service's limits may have
            /// moved. What cannot be sent at all is an error all the same.
            pub fn unchecked(mut self) -> Self {
                self.request.send_unchecked();
                self
            }

            /// Calls a setter with a value that may be there: what a program's own user left out is left out.
            ///
            /// ```
            /// # let api_key = rblxopencloud::ApiKey::new("key").unwrap();
            /// use rblxopencloud::toolbox::SearchToolbox;
            ///
            /// let (query, limit) = (Some("street lamp"), None);
            /// let search = api_key
            ///     .search_toolbox("Model")
            ///     .maybe(query, SearchToolbox::query)
            ///     .maybe(limit, SearchToolbox::limit);
            /// ```
            pub fn maybe<T>(self, value: Option<T>, set: impl FnOnce(Self, T) -> Self) -> Self {
                match value {
                    Some(value) => set(self, value),
                    None => self,
                }
            }
        }
    };
}
pub(crate) use common_setters;

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
