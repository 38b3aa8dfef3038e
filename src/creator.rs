//! What users and groups own: the trait [`Creator`].
//!
//! ```no_run
//! use rblxopencloud::{ApiKey, Creator};
//!
//! # fn main() -> rblxopencloud::Result<()> {
//! let api_key = ApiKey::new("your-api-key")?;
//! for version in api_key.get_group(7).list_asset_versions(2205400862) {
//!     println!("{}", version?.version_number);
//! }
//! # Ok(())
//! # }
//! ```

use crate::assets::{
    self, Asset, AssetPermissionAction, AssetPermissionRequest, AssetPermissionResult,
    AssetPermissionSubject, AssetType, AssetVersion, FetchAssetDeliveryLocation, ListAssetVersions,
    UpdateAsset, UploadAsset,
};
use crate::creator_store::{self, CreatorStoreProduct, SaveCreatorStoreProduct};
use crate::error::Result;
use crate::file::AssetFile;
use crate::group::Group;
use crate::owner::{Owner, UserOrGroup};
use crate::toolbox::{self, ToolboxAsset};
use crate::user::User;

/// What users and groups have in common: what they own. It is implemented by [`User`], [`Group`] and
/// [`UserOrGroup`], and cannot be implemented elsewhere.
///
/// The id of an asset is from 1 to [`i64::MAX`], and a version number from 1 to [`i32::MAX`]. Any other is an error
/// before a request, [`is_invalid_argument`](crate::Error::is_invalid_argument), of every method that takes one.
pub trait Creator: Owner {
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
        UploadAsset::new(
            self.client(),
            &self.to_user_or_group(),
            file,
            asset_type.into(),
            &name.into(),
            &description.into(),
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
        UpdateAsset::new(self.client(), asset_id, Some(&self.to_user_or_group()))
    }

    /// Fetches an asset, with every field that can be read.
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
        ListAssetVersions::new(self.client(), asset_id)
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
        FetchAssetDeliveryLocation::new(self.client(), asset_id)
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
    /// for rejected in results.iter().filter(|result| !result.granted) {
    ///     println!("{}: {:?}", rejected.asset_id, rejected.error);
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
        assets::grant_assets_permission(self.client(), subject.into(), &action, &requests)
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
        SaveCreatorStoreProduct::create(self.client(), asset_type.into(), asset_id)
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
        SaveCreatorStoreProduct::update(self.client(), Ok((asset_type.into(), product_id)))
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

impl Creator for User {}

impl Creator for Group {}

impl Creator for UserOrGroup {}
