//! [`ApiKey`]: where everything begins.

mod info;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use ureq::http::{HeaderValue, Method};

use crate::assets::{self, Asset, AssetType};
use crate::creator::{Group, User};
use crate::creator_store::{self, CreatorStoreProduct};
use crate::error::{Error, Result};
use crate::experience::Experience;
use crate::http::{
    BaseUrl, Client, ClientOptions, Credential, Request, check_timeout, parse_certificates,
    plain_http,
};
use crate::operation::{Operation, OperationResponse};
use crate::retry::{RetryPolicy, RetrySafety};
use crate::toolbox::{self, SearchSavedAssets, SearchToolbox, ToolboxAsset};

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
    client: Client,
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
        ApiKeyBuilder::new(Credential::api_key(key.as_ref()))
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

    /// An asset, by id, to do something with that needs nothing else: its versions, its archive, its content.
    /// Nothing is sent, and every other member is absent.
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// api_key.get_asset(2205400862).rollback(3)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn get_asset(&self, id: u64) -> Asset {
        Asset::new(self.client.clone(), id)
    }

    /// Fetches an asset, whoever owns it, with every member that can be read.
    ///
    /// Scope: `asset:read`. Rate limit: 120 requests a minute. Source:
    /// [`GET assets/v1/assets/{assetId}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let asset = api_key.fetch_asset(2205400862)?;
    /// println!("{asset} is {:?}", asset.moderation_status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) when there is no such asset;
    /// [`is_forbidden`](Error::is_forbidden) when the key may not read it.
    #[inline]
    pub fn fetch_asset(&self, asset_id: u64) -> Result<Asset> {
        assets::fetch_asset(&self.client, asset_id)
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

    /// Searches the toolbox, which is the creator store: audio, models, decals, plugins, mesh parts,
    /// videos and font families.
    ///
    /// Scope: `creator-store-product:read`, or no key at all. Rate limit: 1000 requests a minute.
    /// Source: [`GET toolbox-service/v2/assets:search`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/creator-store
    ///
    /// ```no_run
    /// use rblxopencloud::{ApiKey, AssetType, ToolboxSearchSortCategory};
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// let results = ApiKey::anonymous()
    ///     .search_toolbox(AssetType::Model)
    ///     .query("street lamp")
    ///     .sort_by(ToolboxSearchSortCategory::Ratings)
    ///     .descending(true)
    ///     .limit(150);
    /// for result in results {
    ///     let (asset, _) = result?;
    ///     println!("{asset} has {} triangles", asset.triangle_count.unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn search_toolbox(&self, asset_type: impl Into<AssetType>) -> SearchToolbox {
        SearchToolbox::new(self.client.clone(), asset_type.into())
    }

    /// Fetches one asset of the toolbox.
    ///
    /// Scope: `creator-store-product:read`, or no key at all. Rate limit: 1000 requests a minute.
    /// Source: [`GET toolbox-service/v2/assets/{id}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/creator-store
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// let asset = rblxopencloud::ApiKey::anonymous().fetch_toolbox_asset(114376757380093)?;
    /// println!("{asset}, {} votes for it", asset.up_votes.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) when the toolbox has no such asset;
    /// [`is_forbidden`](Error::is_forbidden) when the key lacks the scope.
    #[inline]
    pub fn fetch_toolbox_asset(&self, asset_id: u64) -> Result<ToolboxAsset> {
        toolbox::fetch_toolbox_asset(&self.client, asset_id)
    }

    /// Searches what the key's owner saved in the toolbox.
    ///
    /// Scope: `creator-store-save:read`; an OAuth2 token will not do. Rate limit: 200 requests a minute.
    /// Source: [`GET toolbox-service/v1/saves`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/creator-store
    ///
    /// ```no_run
    /// use rblxopencloud::{AssetType, ToolboxSearchSortCategory};
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let saved = api_key
    ///     .search_saved_assets()
    ///     .asset_type(AssetType::Model)
    ///     .sort_by(ToolboxSearchSortCategory::Top)
    ///     .descending(true)
    ///     .exclude_owned_assets(true);
    /// for result in saved {
    ///     let (asset, _) = result?;
    ///     println!("{asset}, saved at {:?}", asset.saved_at);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn search_saved_assets(&self) -> SearchSavedAssets {
        SearchSavedAssets::new(self.client.clone())
    }

    /// Saves an asset in the toolbox.
    ///
    /// Scope: `creator-store-save:write`; an OAuth2 token will not do. Rate limit: 200 requests a minute.
    /// Source: [`POST toolbox-service/v1/saves`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/creator-store
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// match api_key.save_asset(114376757380093, rblxopencloud::AssetType::Audio) {
    ///     Err(error) if error.is_conflict() => println!("it is saved already"),
    ///     result => result?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_conflict`](Error::is_conflict) when it is saved already, be it by an earlier try whose answer was
    /// lost ([`attempts`](Error::attempts) is more than 1 then); [`is_not_found`](Error::is_not_found) when
    /// there is no such asset.
    pub fn save_asset(&self, asset_id: u64, asset_type: impl Into<AssetType>) -> Result<()> {
        toolbox::save_asset(&self.client, asset_id, &asset_type.into())
    }

    /// Removes assets from what is saved in the toolbox, and returns how many were there. Each request
    /// removes 5000 at most; for none at all nothing is sent. When an answer is lost on the way, its request
    /// is sent again, and what the first had removed is not there to be counted.
    ///
    /// Scope: `creator-store-save:write`; an OAuth2 token will not do. Rate limit: 200 requests a minute.
    /// Source: [`DELETE toolbox-service/v1/saves` and `POST toolbox-service/v1/saves:bulkDelete`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/creator-store
    ///
    /// ```no_run
    /// use rblxopencloud::AssetType;
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let count = api_key.unsave_assets([
    ///     (114376757380093, AssetType::Audio),
    ///     (14903722621, AssetType::Model),
    /// ])?;
    /// println!("Unsaved {count} assets!");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) when none of them is saved, be it that an earlier try removed
    /// them whose answer was lost. [`Error::Partial`] when a request
    /// after the first fails: it says how many assets were removed before.
    pub fn unsave_assets<K: Into<AssetType>>(
        &self,
        assets: impl IntoIterator<Item = (u64, K)>,
    ) -> Result<u64> {
        let assets: Vec<_> = assets
            .into_iter()
            .map(|(id, kind)| (id, kind.into()))
            .collect();
        toolbox::unsave_assets(&self.client, &assets)
    }

    /// Fetches an asset as the creator store sells it. The type may be given as text.
    ///
    /// Scope: `creator-store-product:read`. Rate limit: 30 requests a minute. Source:
    /// [`GET cloud/v2/creator-store-products/{creator_store_product_id}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/CreatorStoreProduct
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let product = api_key.fetch_creator_store_product("Plugin", 16989381169)?;
    /// if let (Some(price), Some(seller)) = (product.base_price, product.creator) {
    ///     println!("{price}, from {seller}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) when there is no such product.
    #[inline]
    pub fn fetch_creator_store_product(
        &self,
        asset_type: impl Into<AssetType>,
        product_id: u64,
    ) -> Result<CreatorStoreProduct> {
        creator_store::fetch_creator_store_product(&self.client, &asset_type.into(), product_id)
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
    refused: Option<Error>,
}

impl ApiKeyBuilder {
    fn new(credential: Result<Credential>) -> Self {
        let mut builder = Self::anonymous();
        match credential {
            Ok(credential) => builder.options.credential = credential,
            Err(error) => builder.refused = Some(error),
        }
        builder
    }

    /// Begins with an OAuth2 access token, without `Bearer ` before it.
    pub fn bearer(token: impl AsRef<str>) -> Self {
        Self::new(Credential::bearer(token.as_ref()))
    }

    /// Begins without a key.
    pub fn anonymous() -> Self {
        Self {
            options: ClientOptions::default(),
            refused: None,
        }
    }

    /// Where requests go (default `https://apis.roblox.com`): an emulator, or a proxy of one's own. With
    /// a key it must be https, or this machine.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        match BaseUrl::parse(url.as_ref()) {
            Ok(url) => self.options.base_url = url,
            Err(error) => self.refuse(error),
        }
        self
    }

    /// How long nothing may move, while connecting, sending or receiving, before a request fails
    /// (default 15 s, and 60 s for the response to an upload or update). It is not a limit on the whole request. Zero
    /// is an error of [`build`](Self::build).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        match check_timeout(timeout) {
            Ok(timeout) => self.options.timeout = Some(timeout),
            Err(why) => self.refuse(Error::InvalidArgument(why)),
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
            self.refuse(Error::InvalidArgument(format!(
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
            Err(error) => self.refuse(error),
        }
        self
    }

    /// What to do in place of [`std::thread::sleep`] for every wait: between tries, for a rate limit,
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
        if let Some(error) = self.refused {
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

    fn refuse(&mut self, error: Error) {
        self.refused.get_or_insert(error);
    }
}

impl fmt::Debug for ApiKeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyBuilder")
            .field("base_url", &self.options.base_url.as_str())
            .field("credential", &self.options.credential)
            .finish_non_exhaustive()
    }
}
