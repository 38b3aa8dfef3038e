//! Requests to any endpoint: [`send_request`], its [`Request`] and its [`Response`].
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let response = api_key.send_request("GET", "/users/156").expected_status([200]).send()?;
//! println!("{:?}", response.body.as_json());
//! # Ok(())
//! # }
//! ```

mod broken;
mod connect;
mod decoding;
mod encoding;
mod exchange;
mod fields;
mod placeholder;
mod rate_limiter;
mod request;
mod response;
mod sending;
mod stream;
mod transport;
mod url;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::header::AUTHORIZATION;
use ureq::http::{HeaderName, HeaderValue, Method};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use connect::{Connect, LookUp};
pub(crate) use exchange::RawResponse;
pub(crate) use fields::Fields;
use rate_limiter::RateLimiter;
pub use request::Request;
pub(crate) use request::common_setters;
pub use response::{Body, Headers, Response};
pub(crate) use stream::Stream;
use transport::OUTPUT_BUFFER;
use url::Origin;
pub use url::path_segment;
pub(crate) use url::{BaseUrl, Query};

use crate::error::{Error, Result};
use crate::retry::RetryPolicy;

const USER_AGENT: &str = concat!("rblxopencloud-rust/", env!("CARGO_PKG_VERSION"));

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

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
    rate_limiter: RateLimiter,
    options: ClientOptions,
}

/// What a [`Client`] is made from.
#[derive(Clone)]
pub(crate) struct ClientOptions {
    pub(crate) base_url: BaseUrl,
    pub(crate) credential: Credential,
    pub(crate) retry_policy: RetryPolicy,
    /// In place of the built-in ones.
    pub(crate) timeout: Option<Duration>,
    pub(crate) body_limit: u64,
    pub(crate) user_agent: String,
    /// In place of the built-in ones.
    pub(crate) root_certificates: Option<Vec<Certificate<'static>>>,
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
            timeout: None,
            body_limit: 16 << 20,
            user_agent: USER_AGENT.to_owned(),
            root_certificates: None,
            sleep: None,
        }
    }
}

impl ClientOptions {
    pub(crate) fn build(self) -> Client {
        let origin = self.base_url.origin();
        let timeout = usable(self.timeout.unwrap_or(Duration::from_secs(15)));
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .user_agent(self.user_agent.as_str())
            .output_buffer_size(OUTPUT_BUFFER)
            .timeout_connect(Some(timeout))
            .timeout_per_read(Some(timeout))
            .timeout_per_write(Some(timeout))
            .timeout_await_100(Some(expect_timeout(timeout)))
            // A look-up within a timeout costs a thread, so only where a name server is asked.
            .timeout_resolve(origin.is_looked_up().then_some(timeout))
            .proxy(proxy_for(origin))
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(IDLE_CONNECTIONS);
        let config = match &self.root_certificates {
            Some(roots) => {
                let roots = RootCerts::new_with_certs(roots);
                config.tls_config(TlsConfig::builder().root_certs(roots).build())
            }
            None => config,
        };
        Client(Arc::new(Shared {
            agent: ureq::Agent::with_parts(config.build(), Connect::default(), LookUp::default()),
            rate_limiter: RateLimiter::default(),
            options: self,
        }))
    }
}

/// The proxy that the environment names, but none for this machine: it must not see what is meant for it.
fn proxy_for(origin: &Origin) -> Option<ureq::Proxy> {
    (!origin.is_loopback())
        .then(ureq::Proxy::try_from_env)
        .flatten()
}

/// An error for a timeout within which nothing can happen.
pub(crate) fn check_timeout(timeout: Duration) -> Result<Duration, String> {
    if timeout.is_zero() {
        return Err("the timeout is zero, within which nothing can be sent".to_owned());
    }
    Ok(timeout)
}

/// A timeout that can be added to the time: any longer one is as good as none.
fn usable(timeout: Duration) -> Duration {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    timeout.min(LONGEST)
}

/// How long to wait for the response to `Expect: 100-continue` before the body is sent without one: shorter than the
/// wait for the response, which would end the request.
pub(crate) fn expect_timeout(timeout: Duration) -> Duration {
    (timeout / 2).min(Duration::from_secs(1))
}

impl Client {
    /// A request as the user of the crate makes one: any status is a response.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let method = method.to_ascii_uppercase();
        match Method::from_bytes(method.as_bytes()) {
            Ok(method) => Request::new(self, method, path.to_owned()),
            Err(_) => {
                let mut request = Request::new(self, Method::GET, path.to_owned());
                request.fail(format!("{method:?} is not an HTTP method"));
                request
            }
        }
    }

    /// A request of a typed call: any status but those that say that it succeeded is an error.
    pub(crate) fn call(&self, method: Method, path: String) -> Request {
        let expected: &[u16] = match method {
            Method::GET => &[200],
            _ => &[200, 201, 202],
        };
        let mut request = Request::new(self, method, path);
        request.expected_status = Some(expected.into());
        request
    }

    pub(crate) fn get(&self, path: String) -> Request {
        self.call(Method::GET, path)
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.0.options.credential
    }

    /// Waits; `Break` when the wait was given up.
    pub(crate) fn sleep(&self, pause: Duration) -> ControlFlow<()> {
        match &self.0.options.sleep {
            Some(sleep) => self.0.rate_limiter.sleeping(pause, || sleep(pause)),
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

/// The certificates of a PEM file, of which there must be one at least.
pub(crate) fn parse_certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(_) => {
                return Err(Error::InvalidArgument(
                    "the root certificates are not valid PEM".to_owned(),
                ));
            }
        }
    }
    if certificates.is_empty() {
        return Err(Error::InvalidArgument(
            "there is no certificate among the root certificates: they must be PEM, as in -----BEGIN CERTIFICATE-----"
                .to_owned(),
        ));
    }
    Ok(certificates)
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

/// An error for what no header can carry, before it can get into a request, or into an error about one.
fn secret_header(what: &str, prefix: &str, secret: &str) -> Result<HeaderValue> {
    let invalid = |why: &str| {
        let hint = if secret.starts_with("Bearer ") {
            "; an OAuth2 access token goes to ApiKey::bearer, without \"Bearer \""
        } else {
            ""
        };
        Error::InvalidArgument(format!("the {what} {why}{hint}"))
    };
    if secret.is_empty() {
        return Err(invalid("is empty"));
    }
    let is_quoted = |quote: char| secret.starts_with(quote) && secret.ends_with(quote);
    if is_quoted('"') || is_quoted('\'') {
        return Err(invalid(
            "stands in quotation marks; they are not a part of it",
        ));
    }
    if let Some(at) = secret.bytes().position(|byte| !byte.is_ascii_graphic()) {
        return Err(invalid(&format!(
            "has a space, a line break or a character that is not ASCII at byte {at}; was it copied or read with \
             something around it?"
        )));
    }
    let mut value = HeaderValue::from_str(&format!("{prefix}{secret}"))
        .map_err(|_| invalid("cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

pub(crate) fn plain_http(origin: &impl fmt::Display) -> String {
    format!(
        "a key is not sent to {origin} over plain http, where anyone on the way can read it; use https"
    )
}
