//! The creator store: products, prices, and exact [`Money`].
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let product = api_key.fetch_creator_store_product("Plugin", 16989381169)?;
//! if let Some(price) = product.base_price {
//!     println!("{price}");
//! }
//! # Ok(())
//! # }
//! ```

mod money;

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use ureq::http::Method;

pub use money::Money;
pub(crate) use money::WireMoney;

use crate::api_key::ApiKey;
use crate::assets::{self, Asset, AssetType};
use crate::check;
use crate::error::{Error, Result};
use crate::http::{Client, Request, path_segment};
use crate::owner::UserOrGroup;
use crate::retry::RetrySafety;
use crate::wire::{Id, List, Maybe, Text, objects, open_enum};

open_enum! {
    /// Why a product cannot be bought.
    ProductRestriction {
        /// Roblox restricted what is sold.
        ItemRestricted = "SOLD_ITEM_RESTRICTED",
        /// The seller's account is restricted for a while.
        SellerTemporarilyRestricted = "SELLER_TEMPORARILY_RESTRICTED",
        /// The seller's account is restricted for good.
        SellerPermanentlyRestricted = "SELLER_PERMANENTLY_RESTRICTED",
        /// The seller's account is deleted or no longer in use.
        SellerNoLongerActive = "SELLER_NO_LONGER_ACTIVE",
    }
}

/// An asset as the creator store sells it, or gives it away.
///
/// Every member may be absent: the service tells what it likes.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CreatorStoreProduct {
    /// The resource path, such as `creator-store-products/CreatorMarketplaceAsset-Model-16989381169`.
    pub path: Option<String>,
    /// What kind of asset is sold.
    pub asset_type: Option<AssetType>,
    /// The asset that is sold.
    pub asset_id: Option<u64>,
    /// The price that the seller set.
    pub base_price: Option<Money>,
    /// The price that the key's owner would pay.
    pub purchase_price: Option<Money>,
    /// Whether the seller wants it to be sold.
    pub published: Option<bool>,
    /// Whether it can be bought: it is published, and nothing restricts it.
    pub purchasable: Option<bool>,
    /// Why it cannot be bought.
    pub restrictions: Vec<ProductRestriction>,
    /// Who made and sells it.
    #[doc(alias = "seller")]
    pub creator: Option<UserOrGroup>,
    #[serde(skip)]
    pub(crate) client: Client,
}

impl CreatorStoreProduct {
    /// A product of which nothing is known but what is sold.
    pub(crate) fn new(
        client: Client,
        asset_type: Option<AssetType>,
        asset_id: Option<u64>,
    ) -> Self {
        Self {
            path: None,
            asset_type,
            asset_id,
            base_price: None,
            purchase_price: None,
            published: None,
            purchasable: None,
            restrictions: Vec::new(),
            creator: None,
            client,
        }
    }

    /// Fetches the product anew, with everything that the service tells of it; as
    /// [`ApiKey::fetch_creator_store_product`](crate::ApiKey::fetch_creator_store_product).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) when there is no such product;
    /// [`is_invalid_argument`](Error::is_invalid_argument) when the type or id of its asset is not known.
    #[inline]
    pub fn fetch(&self) -> Result<Self> {
        let (asset_type, asset_id) = self.sold()?;
        fetch_creator_store_product(&self.client, asset_type, asset_id)
    }

    /// Fetches the asset that is sold; as [`ApiKey::fetch_asset`](crate::ApiKey::fetch_asset).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) when the key may not read it;
    /// [`is_invalid_argument`](Error::is_invalid_argument) when the asset's id is not known.
    #[inline]
    pub fn fetch_asset(&self) -> Result<Asset> {
        let asset_id = self.asset_id.ok_or_else(|| {
            Error::InvalidArgument("the product does not tell which asset it is for".to_owned())
        })?;
        assets::fetch_asset(&self.client, asset_id)
    }

    /// Changes the price of the product, or whether it is sold; as
    /// [`Creator::update_creator_store_product`](crate::Creator::update_creator_store_product).
    pub fn update(&self) -> SaveCreatorStoreProduct {
        let sold = self
            .sold()
            .map(|(asset_type, asset_id)| (asset_type.clone(), asset_id));
        SaveCreatorStoreProduct::update(self.client.clone(), sold)
    }

    fn sold(&self) -> Result<(&AssetType, u64)> {
        self.asset_type.as_ref().zip(self.asset_id).ok_or_else(|| {
            Error::InvalidArgument(
                "the product does not tell which asset it is for: its type and id are needed"
                    .to_owned(),
            )
        })
    }

    /// What the answer does not say is as it was asked for.
    fn from_wire(wire: WireProduct, client: &Client, asked: (&AssetType, u64)) -> Self {
        let ids = [
            (AssetType::Model, wire.model_asset_id),
            (AssetType::Plugin, wire.plugin_asset_id),
            (AssetType::Audio, wire.audio_asset_id),
            (AssetType::Decal, wire.decal_asset_id),
            (AssetType::MeshPart, wire.mesh_part_asset_id),
            (AssetType::Video, wire.video_asset_id),
            (AssetType::FontFamily, wire.font_family_asset_id),
        ];
        let (asset_type, asset_id) = ids
            .into_iter()
            .find_map(|(asset_type, id)| Some((asset_type, id.id()?)))
            .unwrap_or_else(|| (asked.0.clone(), asked.1));
        let id = |Maybe(text): Maybe<Text>| -> Option<u64> {
            let id = text?.0.rsplit('/').next()?.parse().ok()?;
            (id != 0).then_some(id)
        };
        let seller = UserOrGroup::from_ids(id(wire.user_seller), id(wire.group_seller), client);
        Self {
            path: wire.path.0,
            base_price: wire.base_price.0.and_then(WireMoney::price),
            purchase_price: wire.purchase_price.0.and_then(WireMoney::price),
            published: wire.published.0,
            purchasable: wire.purchasable.0,
            restrictions: wire.restrictions.0,
            creator: seller,
            ..Self::new(client.clone(), Some(asset_type), Some(asset_id))
        }
    }
}

impl fmt::Debug for CreatorStoreProduct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatorStoreProduct")
            .field("path", &self.path)
            .field("asset_type", &self.asset_type)
            .field("asset_id", &self.asset_id)
            .field("base_price", &self.base_price)
            .field("purchase_price", &self.purchase_price)
            .field("published", &self.published)
            .field("purchasable", &self.purchasable)
            .field("restrictions", &self.restrictions)
            .field("creator", &self.creator)
            .finish_non_exhaustive()
    }
}

impl ApiKey {
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
        fetch_creator_store_product(&self.client, &asset_type.into(), product_id)
    }
}

impl Asset {
    /// Fetches the asset as the creator store sells it; as
    /// [`ApiKey::fetch_creator_store_product`](crate::ApiKey::fetch_creator_store_product).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such product;
    /// [`is_invalid_argument`](crate::Error::is_invalid_argument) when the asset's type is not known.
    #[inline]
    pub fn fetch_creator_store_product(&self) -> Result<CreatorStoreProduct> {
        CreatorStoreProduct::new(self.client.clone(), self.asset_type.clone(), Some(self.id))
            .fetch()
    }
}

/// A product that is to be put into the creator store, or changed there, made by
/// [`Creator::create_creator_store_product`](crate::Creator::create_creator_store_product) and
/// [`Creator::update_creator_store_product`](crate::Creator::update_creator_store_product).
#[derive(Clone, Debug)]
#[must_use = "nothing is saved until `send` is called"]
pub struct SaveCreatorStoreProduct {
    client: Client,
    /// What is sold, or why that is not known.
    sold: Result<(AssetType, u64), String>,
    creates: bool,
    base_price: Option<Money>,
    published: Option<bool>,
    allow_missing: Option<bool>,
    timeout: Option<Duration>,
}

impl SaveCreatorStoreProduct {
    pub(crate) fn create(client: Client, asset_type: AssetType, asset_id: u64) -> Self {
        Self {
            client,
            sold: Ok((asset_type, asset_id)),
            creates: true,
            base_price: None,
            published: None,
            allow_missing: None,
            timeout: None,
        }
    }

    pub(crate) fn update(client: Client, sold: Result<(AssetType, u64)>) -> Self {
        Self {
            client,
            sold: sold.map_err(|error| error.to_string()),
            creates: false,
            base_price: None,
            published: None,
            allow_missing: None,
            timeout: None,
        }
    }

    /// The price: US dollars, from 0, which is free. The service takes a fixed set of prices for each kind
    /// of asset.
    pub fn base_price(mut self, price: Money) -> Self {
        self.base_price = Some(price);
        self
    }

    /// Whether it is sold.
    pub fn published(mut self, published: bool) -> Self {
        self.published = Some(published);
        self
    }

    /// Whether an update makes the product when there is none yet (default no). Creating one does so
    /// in any case.
    pub fn allow_missing(mut self, allow: bool) -> Self {
        self.allow_missing = Some(allow);
        self
    }

    /// How long nothing may move before the request fails; as [`Request::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Saves the product, and returns it as it then is.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument), before any request, for a price that is
    /// negative, not in US dollars, or does not fit, and for an update of nothing;
    /// [`is_forbidden`](Error::is_forbidden) when the asset is someone else's, or the key lacks the scope;
    /// [`is_not_found`](Error::is_not_found) for an update of a product that there is not;
    /// [`is_conflict`](Error::is_conflict) when a product is there already that was to be created.
    #[inline]
    pub fn send(self) -> Result<CreatorStoreProduct> {
        let (asset_type, asset_id) = self
            .sold
            .as_ref()
            .map_err(|why| Error::InvalidArgument(why.clone()))?;
        check::id("the asset's id", *asset_id)?;
        let may_create = self.creates || self.allow_missing == Some(true);
        let body = ProductBody {
            base_price: self.base_price.as_ref().map(wire_price).transpose()?,
            published: self.published,
            sold: may_create.then_some((asset_type, *asset_id)),
        };
        let request = if self.creates {
            let path = "/creator-store-products".to_owned();
            let request = self.client.call(Method::POST, path);
            request.retry_safety(RetrySafety::NotAfterDoubt)
        } else {
            let changes = [
                self.base_price.as_ref().map(|_| "basePrice"),
                self.published.map(|_| "published"),
            ];
            let mask = changes.into_iter().flatten().collect::<Vec<_>>().join(",");
            if mask.is_empty() {
                return Err(Error::InvalidArgument(
                    "there is nothing to update of the product: set a price, or whether it is published".to_owned(),
                ));
            }
            let path = product_path(asset_type, *asset_id)?;
            self.client
                .call(Method::PATCH, path)
                .retry_safety(RetrySafety::Idempotent)
                .param("updateMask", mask)
                .params(self.allow_missing.map(|allow| ("allowMissing", allow)))
        };
        let request = request
            .scopes(&["creator-store-product:write"])
            .maybe_timeout(self.timeout)
            .json(&body);
        send_for_product(&self.client, &request, (asset_type, *asset_id))
    }
}

#[inline]
pub(crate) fn fetch_creator_store_product(
    client: &Client,
    asset_type: &AssetType,
    asset_id: u64,
) -> Result<CreatorStoreProduct> {
    check::id("product_id", asset_id)?;
    let request = client
        .get(product_path(asset_type, asset_id)?)
        .scopes(&["creator-store-product:read"]);
    send_for_product(client, &request, (asset_type, asset_id))
}

#[inline]
fn send_for_product(
    client: &Client,
    request: &Request,
    asked: (&AssetType, u64),
) -> Result<CreatorStoreProduct> {
    let wire = request.fetch()?;
    Ok(CreatorStoreProduct::from_wire(wire, client, asked))
}

/// The form of the id is not documented; it is the one in the paths that the service gives.
fn product_path(asset_type: &AssetType, asset_id: u64) -> Result<String> {
    let asset_type = path_segment(asset_type.as_str())?;
    Ok(format!(
        "/creator-store-products/CreatorMarketplaceAsset-{asset_type}-{asset_id}"
    ))
}

/// The exponent that the service wants of a price, unless the price is nothing.
const PRICE_EXPONENT: i32 = -9;

fn wire_price(price: &Money) -> Result<Money> {
    let refuse = |why: &str| {
        let price = price.to_string();
        Err(Error::InvalidArgument(format!("the price {price:?} {why}")))
    };
    if !price.currency.eq_ignore_ascii_case("USD") {
        return refuse("is not in USD, which is the only currency that prices are set in");
    }
    if price.is_zero() {
        return Ok(Money::new("USD", 0, 0));
    }
    match price.significand_at(PRICE_EXPONENT) {
        Some(significand) if significand > 0 => Ok(Money::new("USD", significand, PRICE_EXPONENT)),
        Some(_) => refuse("is negative"),
        None => refuse(
            "does not fit: it has more than 9 digits after the point, or is over 9 billion dollars",
        ),
    }
}

/// What is saved of a product.
struct ProductBody<'a> {
    base_price: Option<Money>,
    published: Option<bool>,
    sold: Option<(&'a AssetType, u64)>,
}

impl Serialize for ProductBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        if let Some(price) = &self.base_price {
            body.serialize_entry("basePrice", price)?;
        }
        if let Some(published) = self.published {
            body.serialize_entry("published", &published)?;
        }
        if let Some((asset_type, asset_id)) = self.sold {
            body.serialize_entry(&id_member(asset_type), &asset_id.to_string())?;
        }
        body.end()
    }
}

/// `meshPartAssetId` for a mesh part.
fn id_member(asset_type: &AssetType) -> String {
    let mut letters = asset_type.as_str().chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first
        .into_iter()
        .chain(letters)
        .chain("AssetId".chars())
        .collect()
}

objects!(WireProduct);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireProduct {
    path: Maybe<String>,
    base_price: Maybe<WireMoney>,
    purchase_price: Maybe<WireMoney>,
    published: Maybe<bool>,
    purchasable: Maybe<bool>,
    restrictions: List<ProductRestriction>,
    user_seller: Maybe<Text>,
    group_seller: Maybe<Text>,
    model_asset_id: Maybe<Id>,
    plugin_asset_id: Maybe<Id>,
    audio_asset_id: Maybe<Id>,
    decal_asset_id: Maybe<Id>,
    mesh_part_asset_id: Maybe<Id>,
    video_asset_id: Maybe<Id>,
    font_family_asset_id: Maybe<Id>,
}
