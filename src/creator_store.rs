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

use serde::{Deserialize, Serialize};
use ureq::http::Method;

pub use money::Money;
pub(crate) use money::WireMoney;

use crate::api_key::ApiKey;
use crate::assets::{self, Asset, AssetType};
use crate::check;
use crate::error::{Error, Result};
use crate::http::{Client, Fields, Request, common_setters, path_segment};
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
/// Every field may be absent: the service may leave any out.
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
        SaveCreatorStoreProduct::update(&self.client, sold)
    }

    fn sold(&self) -> Result<(&AssetType, u64)> {
        self.asset_type.as_ref().zip(self.asset_id).ok_or_else(|| {
            Error::InvalidArgument(
                "the product does not tell which asset it is for: its type and id are needed"
                    .to_owned(),
            )
        })
    }

    /// What the response leaves out is taken from the request.
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
    request: Request,
    /// What is sold, or why that is not known.
    sold: Result<(AssetType, u64), String>,
    creates: bool,
    allows_missing: bool,
    fields: Fields,
}

common_setters!(SaveCreatorStoreProduct);

impl SaveCreatorStoreProduct {
    pub(crate) fn create(client: &Client, asset_type: AssetType, asset_id: u64) -> Self {
        let request = client
            .call(Method::POST, "/creator-store-products".to_owned())
            .retry_safety(RetrySafety::NotAfterDoubt);
        Self::new(request, Ok((asset_type, asset_id)), true)
    }

    pub(crate) fn update(client: &Client, sold: Result<(AssetType, u64)>) -> Self {
        let mut request = client
            .call(Method::PATCH, String::new())
            .retry_safety(RetrySafety::Idempotent);
        let path = match &sold {
            Ok((asset_type, asset_id)) => product_path(asset_type, *asset_id),
            Err(error) => Err(Error::InvalidArgument(error.to_string())),
        };
        if let Some(path) = request.must("product_id", path) {
            request.set_path(path);
        }
        Self::new(request, sold, false)
    }

    fn new(request: Request, sold: Result<(AssetType, u64)>, creates: bool) -> Self {
        let mut request = request.scopes(&["creator-store-product:write"]);
        if let Ok((_, asset_id)) = &sold {
            request.check("asset_id", check::id("the asset's id", *asset_id));
        }
        Self {
            request,
            sold: sold.map_err(|error| error.to_string()),
            creates,
            allows_missing: false,
            fields: Fields::default(),
        }
    }

    /// The price: US dollars, from 0, which is free. The service takes a fixed set of prices for each kind
    /// of asset.
    pub fn base_price(mut self, price: Money) -> Self {
        if let Some(price) = self.request.must("base_price", wire_price(&price)) {
            self.fields.set("basePrice", price);
        }
        self
    }

    /// Whether it is sold.
    pub fn published(mut self, published: bool) -> Self {
        self.fields.set("published", published);
        self
    }

    /// Whether an update makes the product when there is none yet (default no). Creating one does so
    /// in any case.
    pub fn allow_missing(mut self, allow: bool) -> Self {
        if !self.creates {
            self.request.set("allowMissing", allow);
        }
        self.allows_missing = allow;
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
    pub fn send(mut self) -> Result<CreatorStoreProduct> {
        let (asset_type, asset_id) = self
            .sold
            .as_ref()
            .map_err(|why| Error::InvalidArgument(why.clone()))?;
        if !self.creates {
            let mask = self.fields.mask();
            if mask.is_empty() {
                self.request.ensure_valid()?;
                return Err(Error::InvalidArgument(
                    "there is nothing to update of the product: set a price, or whether it is published".to_owned(),
                ));
            }
            self.request.set("updateMask", mask);
        }
        if self.creates || self.allows_missing {
            self.fields.set(&id_field(asset_type), asset_id.to_string());
        }
        let client = self.request.client().clone();
        let request = self.request.json(&self.fields);
        send_for_product(&client, &request, (asset_type, *asset_id))
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
    let invalid = |why: &str| {
        let price = price.to_string();
        Err(Error::InvalidArgument(format!("the price {price:?} {why}")))
    };
    if !price.currency.eq_ignore_ascii_case("USD") {
        return invalid("is not in USD, which is the only currency that prices are set in");
    }
    if price.is_zero() {
        return Ok(Money::new("USD", 0, 0));
    }
    match price.significand_at(PRICE_EXPONENT) {
        Some(significand) if significand > 0 => Ok(Money::new("USD", significand, PRICE_EXPONENT)),
        Some(_) => invalid("is negative"),
        None => invalid(
            "does not fit: it has more than 9 digits after the point, or is over 9 billion dollars",
        ),
    }
}

/// `meshPartAssetId` for a mesh part.
fn id_field(asset_type: &AssetType) -> String {
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
