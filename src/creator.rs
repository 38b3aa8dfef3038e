//! Who makes things: [`User`], [`Group`], and either of them.

mod info;

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

pub use info::{GroupInfo, SocialNetworkProfiles, SocialNetworkVisibility, UserInfo};

use crate::assets::{
    self, Asset, AssetFile, AssetPermissionAction, AssetPermissionRequest, AssetPermissionResult,
    AssetPermissionSubject, AssetType, AssetVersion, FetchAssetDeliveryLocation, ListAssetQuotas,
    ListAssetVersions, UpdateAsset, UploadAsset,
};
use crate::creator_store::{self, CreatorStoreProduct, SaveCreatorStoreProduct};
use crate::error::Result;
use crate::http::Client;
use crate::text::Printable;
use crate::toolbox::{self, ToolboxAsset};

/// What users and groups have in common: what they own. It is implemented by [`User`], [`Group`] and
/// [`UserOrGroup`], and cannot be implemented elsewhere.
///
/// The id of an asset is from 1 to [`i64::MAX`], and a version number from 1 to [`i32::MAX`]. Any other is an error
/// before a request, [`is_invalid_argument`](crate::Error::is_invalid_argument), of every method that takes one.
pub trait Creator: sealed::Sealed + fmt::Debug {
    /// The id of the user or group.
    fn id(&self) -> u64;

    /// The creator as the type that can be either.
    fn to_user_or_group(&self) -> UserOrGroup;

    /// Uploads a file as a new asset of this creator.
    ///
    /// Roblox moderates what is uploaded: [`moderation_status`](crate::Asset::moderation_status) says how far it
    /// is. An asset that violates Roblox's rules can get the account moderated, and the keys of an account under
    /// moderation stop working. Upload only what you would publish by hand.
    ///
    /// Scopes: `asset:read` and `asset:write`. Rate limit: 120 requests a minute. Source:
    /// [`POST assets/v1/assets`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/guides/usage-assets
    ///
    /// ```no_run
    /// use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator};
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = ApiKey::new("your-api-key")?;
    /// let asset = api_key
    ///     .get_user(287113233)
    ///     .upload_asset(AssetFile::open("icon.png")?, AssetType::Decal, "Icon", "The icon of my game.")
    ///     .progress(|sent, total| eprint!("\r{sent} of {total} bytes"))
    ///     .send()?
    ///     .wait()?;
    /// println!("{asset}");
    /// # Ok(())
    /// # }
    /// ```
    fn upload_asset(
        &self,
        file: AssetFile,
        asset_type: impl Into<AssetType>,
        name: impl Into<String>,
        description: impl Into<String>,
    ) -> UploadAsset {
        let creator = self.to_user_or_group();
        UploadAsset::new(
            self.client().clone(),
            creator,
            file,
            asset_type.into(),
            name.into(),
            description.into(),
        )
    }

    /// Changes an asset's content, its metadata, or both. New content and new text are moderated as those of an
    /// [upload](Self::upload_asset) are.
    ///
    /// Scopes: `asset:read` and `asset:write`. Rate limit: 120 requests a minute. Source:
    /// [`PATCH assets/v1/assets/{assetId}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/guides/usage-assets
    fn update_asset(&self, asset_id: u64) -> UpdateAsset {
        UpdateAsset::new(
            self.client().clone(),
            asset_id,
            Some(&self.to_user_or_group()),
        )
    }

    /// Fetches an asset, with every member that can be read.
    ///
    /// Scope: `asset:read`. Rate limit: 120 requests a minute. Source:
    /// [`GET assets/v1/assets/{assetId}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such asset;
    /// [`is_forbidden`](crate::Error::is_forbidden) when the key may not read it.
    fn fetch_asset(&self, asset_id: u64) -> Result<Asset> {
        assets::fetch_asset(self.client(), asset_id)
    }

    /// The versions of an asset, the latest first, as pages that are fetched when they are needed.
    ///
    /// Scope: `asset:read`. Rate limit: 100 requests a minute. Source:
    /// [`GET assets/v1/assets/{assetId}/versions`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// ```no_run
    /// use rblxopencloud::Creator;
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("your-api-key")?;
    /// for version in api_key.get_user(287113233).list_asset_versions(2205400862).limit(10) {
    ///     println!("{}", version?.version_number);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn list_asset_versions(&self, asset_id: u64) -> ListAssetVersions {
        ListAssetVersions::new(self.client().clone(), asset_id)
    }

    /// Fetches one version of an asset.
    ///
    /// Scope: `asset:read`. Rate limit: 100 requests a minute. Source:
    /// [`GET assets/v1/assets/{assetId}/versions/{versionNumber}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such version.
    fn fetch_asset_version(&self, asset_id: u64, version_number: u32) -> Result<AssetVersion> {
        assets::fetch_asset_version(self.client(), asset_id, version_number)
    }

    /// Makes an earlier version of an asset the one in use, which makes a new version of it.
    ///
    /// Scopes: `asset:read` and `asset:write`. Rate limit: 100 requests a minute. Source:
    /// [`POST assets/v1/assets/{assetId}/versions:rollback`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such version.
    fn rollback_asset(&self, asset_id: u64, version_number: u32) -> Result<AssetVersion> {
        assets::rollback_asset(self.client(), asset_id, version_number)
    }

    /// Archives an asset: it is then not shown, and cannot be used in new places.
    ///
    /// Scopes: `asset:read` and `asset:write`. Rate limit: 100 requests a minute. Source:
    /// [`POST assets/v1/assets/{assetId}:archive`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such asset;
    /// [`is_forbidden`](crate::Error::is_forbidden) when it is someone else's.
    fn archive_asset(&self, asset_id: u64) -> Result<Asset> {
        assets::archive_asset(self.client(), asset_id)
    }

    /// Takes an asset out of the archive.
    ///
    /// Scopes: `asset:read` and `asset:write`. Rate limit: 100 requests a minute. Source:
    /// [`POST assets/v1/assets/{assetId}:restore`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// # Errors
    ///
    /// As [`archive_asset`](Self::archive_asset).
    fn restore_asset(&self, asset_id: u64) -> Result<Asset> {
        assets::restore_asset(self.client(), asset_id)
    }

    /// Asks where an asset's content can be downloaded.
    ///
    /// Scope: `legacy-asset:manage`. Rate limit: 1000 requests a minute. Source:
    /// [`GET asset-delivery-api/v1/assetId/{assetId}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// ```no_run
    /// use rblxopencloud::Creator;
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("your-api-key")?;
    /// let location = api_key.get_user(287113233).fetch_asset_delivery_location(2205400862).version_number(3).send()?;
    /// location.download_to("crate.rbxm")?;
    /// # Ok(())
    /// # }
    /// ```
    fn fetch_asset_delivery_location(&self, asset_id: u64) -> FetchAssetDeliveryLocation {
        FetchAssetDeliveryLocation::new(self.client().clone(), asset_id)
    }

    /// Grants someone the permission to do something with assets, and tells of each asset whether it was
    /// granted, in the order of `assets`. Assets that these depend on come after, if the service tells
    /// of them.
    ///
    /// Open Cloud has no call that takes a permission back: check `subject` before you grant it, above all
    /// [`AssetPermissionSubject::All`].
    ///
    /// Scope: `asset-permissions:write`; an OAuth2 token will not do. Rate limit: 100 requests a minute.
    /// Source: [`PATCH asset-permissions-api/v1/assets/permissions`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// ```no_run
    /// use rblxopencloud::{AssetPermissionAction, AssetPermissionSubject, Creator};
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("your-api-key")?;
    /// let results = api_key.get_user(287113233).grant_assets_permission(
    ///     AssetPermissionAction::Use,
    ///     AssetPermissionSubject::Experience(13058),
    ///     [2205400862, 2205400863],
    /// )?;
    /// for refused in results.iter().filter(|result| !result.granted) {
    ///     println!("{}: {:?}", refused.asset_id, refused.error);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) when the key lacks the scope.
    fn grant_assets_permission<R: Into<AssetPermissionRequest>>(
        &self,
        action: AssetPermissionAction,
        subject: impl Into<AssetPermissionSubject>,
        assets: impl IntoIterator<Item = R>,
    ) -> Result<Vec<AssetPermissionResult>> {
        let requests: Vec<_> = assets.into_iter().map(Into::into).collect();
        crate::assets::grant_assets_permission(self.client(), subject.into(), &action, &requests)
    }

    /// Fetches an asset as the creator store sells it; as
    /// [`ApiKey::fetch_creator_store_product`](crate::ApiKey::fetch_creator_store_product).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such product.
    fn fetch_creator_store_product(
        &self,
        asset_type: impl Into<AssetType>,
        product_id: u64,
    ) -> Result<CreatorStoreProduct> {
        creator_store::fetch_creator_store_product(self.client(), &asset_type.into(), product_id)
    }

    /// Puts an asset into the creator store that was never there before. For one that was, use
    /// [`update_creator_store_product`](Self::update_creator_store_product).
    ///
    /// Scope: `creator-store-product:write`. Rate limit: 30 requests a minute. Source:
    /// [`POST cloud/v2/creator-store-products`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/CreatorStoreProduct
    ///
    /// ```no_run
    /// use rblxopencloud::{AssetType, Creator};
    ///
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("your-api-key")?;
    /// let product = api_key
    ///     .get_user(287113233)
    ///     .create_creator_store_product(AssetType::Plugin, 16989381169)
    ///     .base_price("USD 4.99".parse()?)
    ///     .published(true)
    ///     .send()?;
    /// # Ok(())
    /// # }
    /// ```
    fn create_creator_store_product(
        &self,
        asset_type: impl Into<AssetType>,
        asset_id: u64,
    ) -> SaveCreatorStoreProduct {
        SaveCreatorStoreProduct::create(self.client().clone(), asset_type.into(), asset_id)
    }

    /// Changes the price of a product, or whether it is sold.
    ///
    /// Scope: `creator-store-product:write`. Rate limit: 30 requests a minute. Source:
    /// [`PATCH cloud/v2/creator-store-products/{creator_store_product_id}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/CreatorStoreProduct
    fn update_creator_store_product(
        &self,
        asset_type: impl Into<AssetType>,
        product_id: u64,
    ) -> SaveCreatorStoreProduct {
        SaveCreatorStoreProduct::update(self.client().clone(), Ok((asset_type.into(), product_id)))
    }

    /// Fetches one asset of the toolbox; as
    /// [`ApiKey::fetch_toolbox_asset`](crate::ApiKey::fetch_toolbox_asset).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when the toolbox has no such asset.
    fn fetch_toolbox_asset(&self, asset_id: u64) -> Result<ToolboxAsset> {
        toolbox::fetch_toolbox_asset(self.client(), asset_id)
    }
}

mod sealed {
    use crate::http::Client;

    #[allow(
        unnameable_types,
        reason = "a trait that cannot be named cannot be implemented elsewhere"
    )]
    pub trait Sealed {
        #[doc(hidden)]
        fn client(&self) -> &Client;
    }
}

/// A user. It is a handle: making one sends nothing, and two are equal when their ids are.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The user's id.
    pub id: u64,
    /// The user's name, if the answer that this handle comes from gave it.
    pub username: Option<String>,
    /// Whether the user is verified, if the answer that this handle comes from said so.
    pub verified: Option<bool>,
    client: Client,
}

/// A group. It is a handle: making one sends nothing, and two are equal when their ids are.
#[derive(Clone)]
#[non_exhaustive]
pub struct Group {
    /// The group's id.
    pub id: u64,
    /// The group's name, if the answer that this handle comes from gave it.
    pub name: Option<String>,
    /// Whether the group is verified, if the answer that this handle comes from said so.
    pub verified: Option<bool>,
    client: Client,
}

/// A user or a group: the type of every `creator`.
#[derive(Clone, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the name says that there are two")]
pub enum UserOrGroup {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
}

impl User {
    pub(crate) fn new(id: u64, client: Client) -> Self {
        Self {
            id,
            username: None,
            verified: None,
            client,
        }
    }

    /// How many assets the user may still upload, by kind of asset, as pages that are fetched when they are
    /// needed.
    ///
    /// Scope: `asset:read`. Rate limit: 60 requests a minute. Source:
    /// [`GET cloud/v2/users/{user_id}/asset-quotas`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/AssetQuota
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("your-api-key")?;
    /// for quota in api_key.get_user(287113233).list_asset_quotas() {
    ///     let quota = quota?;
    ///     println!("{:?}: {} left", quota.asset_type, quota.remaining());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_asset_quotas(&self) -> ListAssetQuotas {
        ListAssetQuotas::new(self.client.clone(), self.id)
    }
}

impl Group {
    pub(crate) fn new(id: u64, client: Client) -> Self {
        Self {
            id,
            name: None,
            verified: None,
            client,
        }
    }
}

impl UserOrGroup {
    /// The user where a response names one, or else the group.
    pub(crate) fn from_ids(user: Option<u64>, group: Option<u64>, client: &Client) -> Option<Self> {
        match (user, group) {
            (Some(id), _) => Some(Self::User(User::new(id, client.clone()))),
            (None, Some(id)) => Some(Self::Group(Group::new(id, client.clone()))),
            (None, None) => None,
        }
    }

    /// The id of the user or group.
    #[must_use]
    pub fn id(&self) -> u64 {
        match self {
            Self::User(user) => user.id,
            Self::Group(group) => group.id,
        }
    }

    /// The user, when it is one.
    #[must_use]
    pub fn as_user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Group(_) => None,
        }
    }

    /// The group, when it is one.
    #[must_use]
    pub fn as_group(&self) -> Option<&Group> {
        match self {
            Self::User(_) => None,
            Self::Group(group) => Some(group),
        }
    }

    /// The name of the user or group, if the answer that this handle comes from gave it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User(user) => user.username.as_deref(),
            Self::Group(group) => group.name.as_deref(),
        }
    }

    /// Whether the user or group is verified, if the answer that this handle comes from said so.
    #[must_use]
    pub fn verified(&self) -> Option<bool> {
        match self {
            Self::User(user) => user.verified,
            Self::Group(group) => group.verified,
        }
    }
}

impl sealed::Sealed for User {
    fn client(&self) -> &Client {
        &self.client
    }
}

impl sealed::Sealed for Group {
    fn client(&self) -> &Client {
        &self.client
    }
}

impl sealed::Sealed for UserOrGroup {
    fn client(&self) -> &Client {
        match self {
            Self::User(user) => &user.client,
            Self::Group(group) => &group.client,
        }
    }
}

impl Creator for User {
    fn id(&self) -> u64 {
        self.id
    }

    fn to_user_or_group(&self) -> UserOrGroup {
        UserOrGroup::User(self.clone())
    }
}

impl Creator for Group {
    fn id(&self) -> u64 {
        self.id
    }

    fn to_user_or_group(&self) -> UserOrGroup {
        UserOrGroup::Group(self.clone())
    }
}

impl Creator for UserOrGroup {
    fn id(&self) -> u64 {
        Self::id(self)
    }

    fn to_user_or_group(&self) -> UserOrGroup {
        self.clone()
    }
}

impl From<User> for UserOrGroup {
    fn from(user: User) -> Self {
        Self::User(user)
    }
}

impl From<Group> for UserOrGroup {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

impl From<&User> for UserOrGroup {
    fn from(user: &User) -> Self {
        Self::User(user.clone())
    }
}

impl From<&Group> for UserOrGroup {
    fn from(group: &Group) -> Self {
        Self::Group(group.clone())
    }
}

impl From<&Self> for UserOrGroup {
    fn from(creator: &Self) -> Self {
        creator.clone()
    }
}

impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for User {}

impl Hash for User {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl PartialEq for Group {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Group {}

impl Hash for Group {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UserOrGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

impl fmt::Display for User {
    /// The name, with the id: `@Roblox (user 1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_user(f, self.username.as_deref(), self.id)
    }
}

impl fmt::Display for Group {
    /// The name, with the id: `Roblox (group 7)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_named(f, self.name.as_deref(), "group", self.id)
    }
}

fn write_user(f: &mut fmt::Formatter<'_>, username: Option<&str>, id: u64) -> fmt::Result {
    let username = username.map(|username| format!("@{username}"));
    write_named(f, username.as_deref(), "user", id)
}

/// Writes what a thing is called, what it is, and its id.
pub(crate) fn write_named(
    f: &mut fmt::Formatter<'_>,
    name: Option<&str>,
    kind: &str,
    id: u64,
) -> fmt::Result {
    let kind = Printable(kind);
    f.pad(&match name {
        Some(name) => format!("{} ({kind} {id})", Printable(name)),
        None => format!("{kind} {id}"),
    })
}

impl fmt::Display for UserOrGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_creator(
            serializer,
            "user",
            self.id,
            self.username.as_deref(),
            self.verified,
        )
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_creator(
            serializer,
            "group",
            self.id,
            self.name.as_deref(),
            self.verified,
        )
    }
}

impl Serialize for UserOrGroup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(user) => user.serialize(serializer),
            Self::Group(group) => group.serialize(serializer),
        }
    }
}

fn serialize_creator<S: Serializer>(
    serializer: S,
    kind: &'static str,
    id: u64,
    name: Option<&str>,
    verified: Option<bool>,
) -> Result<S::Ok, S::Error> {
    let mut creator = serializer.serialize_struct("Creator", 4)?;
    creator.serialize_field("type", kind)?;
    creator.serialize_field("id", &id)?;
    creator.serialize_field("name", &name)?;
    creator.serialize_field("verified", &verified)?;
    creator.end()
}
