//! API keys: [`ApiKey`], where a program begins, its builder, and what Roblox says of a key.
//!
//! ```no_run
//! use rblxopencloud::ApiKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let api_key = ApiKey::new(std::env::var("ROBLOX_API_KEY")?)?;
//! println!("{}", api_key.fetch_info()?.name);
//! # Ok(())
//! # }
//! ```
//!
//! The methods of `ApiKey` stand in the modules of the APIs that they call: `search_toolbox` in
//! [`toolbox`](crate::toolbox), `fetch_asset` in [`assets`](crate::assets).

mod info;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use ureq::http::{HeaderValue, Method};

use crate::error::{Error, Result};
use crate::experience::Experience;
use crate::group::Group;
use crate::http::{
    BaseUrl, Client, ClientOptions, Credential, Request, check_timeout, parse_certificates,
    plain_http,
};
use crate::operation::{Operation, OperationResponse};
use crate::retry::{RetryPolicy, RetrySafety};
use crate::user::User;

use info::WireInfo;
pub use info::{ApiKeyInfo, ApiKeyScope, ScopeDataStore, ScopeTargets};

/// An API key, and the client that sends requests with it.
///
/// Make a key in the [Creator Dashboard](https://create.roblox.com/dashboard/credentials). Cloning is
/// cheap and shares the connections: give each thread a clone, and do not wrap it in an `Arc`.
///
/// The key is never shown by Debug or in an error, is sent over https only (or to this machine), and to
/// no other host than the base URL's and Roblox's own.
///
/// ```no_run
/// use rblxopencloud::{ApiKey, AssetType, Money};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let api_key = ApiKey::new(std::env::var("ROBLOX_API_KEY")?)?;
/// let user = api_key.get_user(7135127272);
///
/// for result in api_key
///     .search_toolbox(AssetType::Audio)
///     .query("Menu Theme")
///     .creator(&user)
///     .max_price(Money::usd_cents(0))
///     .min_duration_seconds(45)
///     .max_duration_seconds(60)
///     .limit(1)
/// {
///     let (asset, context) = result?;
///     println!("{asset} and {} more...", context.total_results - 1);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ApiKey {
    pub(crate) client: Client,
}

impl ApiKey {
    /// Takes an API key; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument) for a key that is empty or has a space, a
    /// line break or anything else in it that no key has.
    pub fn new(key: impl AsRef<str>) -> Result<Self> {
        Self::builder(key).build()
    }

    /// Takes an API key, and options beside it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rblxopencloud::{ApiKey, RetryPolicy};
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// let api_key = ApiKey::builder("your-api-key")
    ///     .timeout(Duration::from_secs(30))
    ///     .retry_policy(RetryPolicy::new().rate_limited(true))
    ///     .user_agent_suffix("my-tool/1.0")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(key: impl AsRef<str>) -> ApiKeyBuilder {
        let key = key.as_ref();
        ApiKeyBuilder::new(
            Credential::api_key(key)
                .and_then(|credential| without_marks("API key", key).map(|()| credential)),
        )
    }

    /// Takes an OAuth2 access token in place of a key, without `Bearer ` before it.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn bearer(token: impl AsRef<str>) -> Result<Self> {
        ApiKeyBuilder::bearer(token).build()
    }

    /// No key at all, for the endpoints that need none, such as the toolbox's.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            client: ClientOptions::default().build(),
        }
    }

    /// Asks Roblox about the key: its name, owner, scopes, and whether it works from here.
    ///
    /// No scope is needed. Source: [`POST api-keys/v1/introspect`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/auth/api-keys
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let info = api_key.fetch_info()?;
    /// println!("{} of {}, enabled: {}", info.name, info.authorized_user, info.enabled);
    /// for scope in &info.scopes {
    ///     println!("{}: {}", scope.name, scope.operations.join(", "));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument) when this is a token or no key at all;
    /// [`is_unauthorized`](Error::is_unauthorized) when Roblox does not know the key.
    #[inline]
    pub fn fetch_info(&self) -> Result<ApiKeyInfo> {
        let Credential::ApiKey(key) = self.client.credential() else {
            return Err(Error::InvalidArgument(
                "there is no API key to fetch the info of: this is an access token, or no key at all".to_owned(),
            ));
        };
        let key = key.to_str().unwrap_or_default();
        let request = self
            .client
            .call(Method::POST, "api-keys/v1/introspect".to_owned())
            .retry_safety(RetrySafety::Idempotent)
            .without_credential()
            .json(&json!({ "apiKey": key }));
        let response = request.execute()?;
        let info: WireInfo = request.decode(&response)?;
        info.into_info(&self.client)
            .map_err(|reason| request.unexpected(&response, reason))
    }

    /// A user, by id. Nothing is sent.
    #[must_use]
    pub fn get_user(&self, id: u64) -> User {
        User::new(id, self.client.clone())
    }

    /// A group, by id. Nothing is sent.
    #[must_use]
    pub fn get_group(&self, id: u64) -> Group {
        Group::new(id, self.client.clone())
    }

    /// An experience, by its universe id. Nothing is sent.
    #[must_use]
    pub fn get_experience(&self, id: u64) -> Experience {
        Experience::new(id, self.client.clone())
    }

    /// Takes up an operation again, by the id or path that it had. Nothing is sent.
    ///
    /// ```no_run
    /// use rblxopencloud::{ApiKey, Asset};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api_key = ApiKey::new("your-api-key")?;
    /// let id = std::fs::read_to_string("operation-id")?;
    /// let asset = api_key.get_operation::<Asset>(id.trim()).wait()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_operation<T: OperationResponse>(&self, id: impl AsRef<str>) -> Operation<T> {
        Operation::new(self.client.clone(), id.as_ref())
    }

    /// Sends any request with the key, over the connections of this `ApiKey`; otherwise as the free
    /// [`send_request`](crate::send_request).
    ///
    /// ```no_run
    /// use rblxopencloud::{ApiKey, path_segment};
    /// use serde_json::json;
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// let api_key = ApiKey::new("your-api-key")?;
    /// let topic = path_segment("the news")?;
    /// api_key
    ///     .send_request("POST", &format!("messaging-service/v1/universes/123/topics/{topic}"))
    ///     .json(&json!({ "message": "Hello World!" }))
    ///     .expected_status([200])
    ///     .send()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_request(&self, method: &str, path: &str) -> Request {
        self.client.request(method, path)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("client", &self.client)
            .finish()
    }
}

/// Makes an [`ApiKey`] with other options than the usual ones.
///
/// An option that cannot be used is remembered, and returned as the error of [`build`](Self::build).
#[must_use = "a builder does nothing until `build` is called"]
pub struct ApiKeyBuilder {
    options: ClientOptions,
    first_error: Option<Error>,
}

impl ApiKeyBuilder {
    fn new(credential: Result<Credential>) -> Self {
        let mut builder = Self::anonymous();
        match credential {
            Ok(credential) => builder.options.credential = credential,
            Err(error) => builder.first_error = Some(error),
        }
        builder
    }

    /// Begins with an OAuth2 access token, without `Bearer ` before it.
    pub fn bearer(token: impl AsRef<str>) -> Self {
        let token = token.as_ref();
        Self::new(
            Credential::bearer(token)
                .and_then(|credential| without_marks("access token", token).map(|()| credential)),
        )
    }

    /// Begins without a key.
    pub fn anonymous() -> Self {
        Self {
            options: ClientOptions::default(),
            first_error: None,
        }
    }

    /// Where requests go (default `https://apis.roblox.com`): an emulator, or a proxy of one's own. With
    /// a key it must be https, or this machine.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        match BaseUrl::parse(url.as_ref()) {
            Ok(url) => self.options.base_url = url,
            Err(error) => self.fail(error),
        }
        self
    }

    /// How long nothing may move, while connecting, sending or receiving, before a request fails
    /// (default 15 s, and 60 s for the response to an upload or update). It is not a limit on the whole request. Zero
    /// is an error of [`build`](Self::build).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        match check_timeout(timeout) {
            Ok(timeout) => self.options.timeout = Some(timeout),
            Err(why) => self.fail(Error::InvalidArgument(why)),
        }
        self
    }

    /// When failed requests are sent again.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.retry_policy = policy;
        self
    }

    /// What to add to the `user-agent` header, such as `my-tool/1.0`.
    pub fn user_agent_suffix(mut self, suffix: impl AsRef<str>) -> Self {
        let suffix = suffix.as_ref();
        if HeaderValue::from_str(suffix).is_ok() {
            self.options.user_agent = format!("{} {suffix}", self.options.user_agent);
        } else {
            self.fail(Error::InvalidArgument(format!(
                "{suffix:?} cannot be part of a header"
            )));
        }
        self
    }

    /// The most bytes that a JSON or text response may have once it is decompressed (default 16 MiB). A typed call
    /// takes at most 8 times as much memory as its body has bytes. Downloads of assets are not limited.
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.options.body_limit = bytes;
        self
    }

    /// The root certificates to trust in place of the built-in ones, as PEM: for a company whose proxy
    /// looks into https. Certificates are checked as strictly as ever.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api_key = rblxopencloud::ApiKey::builder("your-api-key")
    ///     .root_certificates(std::fs::read("/etc/ssl/company-root.pem")?)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        match parse_certificates(pem.as_ref()) {
            Ok(certificates) => self.options.root_certificates = Some(certificates),
            Err(error) => self.fail(error),
        }
        self
    }

    /// What to do in place of [`std::thread::sleep`] for every wait: between attempts, for a rate limit,
    /// between polls. `Break` gives the wait up: the call returns its last error,
    /// [`Error::WaitStopped`] when nothing was sent yet, or for an operation [`Error::OperationTimeout`] with
    /// `stopped` set. With it a tool can stop on Ctrl-C, and a test need not wait.
    ///
    /// A function that returns at once is taken to have waited: rate limits count its pauses as time that
    /// has passed.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use std::time::Duration;
    /// use rblxopencloud::ApiKey;
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// let stop = Arc::new(AtomicBool::new(false)); // set by a Ctrl-C handler
    /// let stopped = stop.clone();
    /// let api_key = ApiKey::builder("your-api-key")
    ///     .sleep_with(move |mut pause| {
    ///         while !pause.is_zero() && !stopped.load(Ordering::Relaxed) {
    ///             let step = pause.min(Duration::from_millis(50));
    ///             std::thread::sleep(step);
    ///             pause -= step;
    ///         }
    ///         if stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sleep_with(
        mut self,
        sleep: impl Fn(Duration) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.options.sleep = Some(Arc::new(sleep));
        self
    }

    /// Makes the key; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument) for the first option that cannot be used.
    pub fn build(self) -> Result<ApiKey> {
        if let Some(error) = self.first_error {
            return Err(error);
        }
        let origin = self.options.base_url.origin();
        let has_secret = self.options.credential.secret().is_some();
        if has_secret && !origin.is_https() && !origin.is_loopback() {
            return Err(Error::InvalidArgument(plain_http(origin)));
        }
        Ok(ApiKey {
            client: self.options.build(),
        })
    }

    fn fail(&mut self, error: Error) {
        self.first_error.get_or_insert(error);
    }
}

/// Finds marks that were copied along with a key. They are a part of none.
fn without_marks(what: &str, secret: &str) -> Result<()> {
    let invalid = |why: &str| Err(Error::InvalidArgument(format!("the {what} {why}")));
    if secret.starts_with('<') && secret.ends_with('>') {
        return invalid("stands in angle brackets; they are not a part of it");
    }
    let marks: [(&str, &[char]); 2] = [("quotation mark", &['"', '\'']), ("backtick", &['`'])];
    for (mark, forms) in marks {
        let is_within = |form: &char| secret.starts_with(*form) && secret.ends_with(*form);
        if forms.iter().any(is_within) {
            return invalid(&format!("stands in {mark}s; they are not a part of it"));
        }
        let at = match (secret.starts_with(forms), secret.ends_with(forms)) {
            (true, true) => "begins and ends with",
            (true, false) => "begins with",
            (false, true) => "ends with",
            (false, false) => continue,
        };
        return invalid(&format!("{at} a {mark}, which is not a part of it"));
    }
    Ok(())
}

impl fmt::Debug for ApiKeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyBuilder")
            .field("base_url", &self.options.base_url.as_str())
            .field("credential", &self.options.credential)
            .finish_non_exhaustive()
    }
}
