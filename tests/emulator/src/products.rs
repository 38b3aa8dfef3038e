//! `/cloud/v2/creator-store-products`

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::catalogue::{Listing, Owner};
use crate::fields::{Fields, plain_json};
use crate::lock;
use crate::query::integer;
use crate::quotas;
use crate::response::{Outcome, Response, Style, set};
use crate::route::Call;

/// The fields that name the asset of a product, and the types of those assets.
const KINDS: [(&str, &str); 7] = [
    ("modelAssetId", "Model"),
    ("pluginAssetId", "Plugin"),
    ("audioAssetId", "Audio"),
    ("decalAssetId", "Decal"),
    ("meshPartAssetId", "MeshPart"),
    ("videoAssetId", "Video"),
    ("fontFamilyAssetId", "FontFamily"),
];

/// The fields of a product that no request may have.
const SET_BY_SERVICE: [&str; 5] = [
    "purchasePrice",
    "restrictions",
    "purchasable",
    "userSeller",
    "groupSeller",
];

/// What a plugin may cost, in cents.
const PLUGIN_PRICES: [i64; 31] = [
    0, 499, 599, 699, 799, 899, 999, 1099, 1199, 1299, 1399, 1499, 1599, 1699, 1799, 1899, 1999,
    2499, 2999, 3499, 3999, 4499, 4999, 5999, 6999, 7999, 8999, 9999, 14_999, 19_999, 24_900,
];

/// The product of an asset.
#[derive(Clone, Debug)]
struct Product {
    kind: &'static str,
    asset_id: i64,
    owner: Owner,
    price: Value,
    published: bool,
    restrictions: Vec<&'static str>,
}

/// The products that differ from those that the catalogue starts with.
#[derive(Debug, Default)]
pub(crate) struct Products {
    changed: Mutex<HashMap<i64, Product>>,
}

pub(crate) fn get(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let (kind, asset_id) = read_id(call)?;
    let product = find(call, kind, asset_id).ok_or_else(|| not_found(call.style))?;
    Ok(Response::json(200, &render(&product)))
}

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let change = Change::read(call, None)?;
    if change.path.is_some() {
        let message = "The field 'path' is known, and not allowed here: the service sets it.";
        return Err(call.style.invalid("path", message));
    }
    let (kind, asset_id) = change
        .asset
        .ok_or_else(|| call.style.reject(400, "The product needs an asset ID."))?;
    create_for(call, kind, asset_id, &change)
}

pub(crate) fn update(call: &Call<'_>) -> Outcome {
    call.query.check(&["updateMask", "allowMissing"], &[])?;
    let allow_missing = call.query.boolean("allowMissing")?.unwrap_or(false);
    let (kind, asset_id) = read_id(call)?;
    let change = Change::read(call, Some(kind))?;
    if change.asset.is_some_and(|asset| asset != (kind, asset_id)) {
        return Err(call
            .style
            .reject(400, "The asset of a product cannot change."));
    }
    if change
        .path
        .as_ref()
        .is_some_and(|own| *own != path(kind, asset_id))
    {
        return Err(call
            .style
            .invalid("path", "It is the path of another product."));
    }
    let Some(mut product) = find(call, kind, asset_id) else {
        return match allow_missing {
            true => create_for(call, kind, asset_id, &change),
            false => Err(not_found(call.style)),
        };
    };
    if !call.manages(product.owner, "creator-store-product:write") {
        return Err(call.style.reject(403, "The product is not yours."));
    }
    let mask = read_mask(call)?;
    let masked = |name: &str| mask.is_none_or(|mask| fields_of(mask).any(|field| field == name));
    if masked("basePrice") {
        product.price = change.price.unwrap_or(product.price);
    }
    if masked("published") {
        product.published = change.published.unwrap_or(product.published);
    }
    lock(&call.state.products.changed).insert(asset_id, product.clone());
    Ok(Response::json(200, &render(&product)))
}

/// The fields to update: `None` for those that are there.
fn read_mask<'a>(call: &'a Call<'_>) -> Result<Option<&'a str>, Response> {
    let mask = call
        .query
        .text("updateMask")
        .filter(|mask| !mask.is_empty());
    for field in fields_of(mask.unwrap_or("published")) {
        if ["basePrice", "published"].contains(&field) {
            continue;
        }
        let is_known = field == "path"
            || SET_BY_SERVICE.contains(&field)
            || KINDS.iter().any(|(own, _)| *own == field);
        let message = match is_known {
            true => format!(
                "The update mask has the field '{field}', which is known, and cannot be updated."
            ),
            false => format!("The update mask has the unknown field '{field}'."),
        };
        return Err(call.style.invalid("updateMask", &message));
    }
    Ok(mask)
}

fn fields_of(mask: &str) -> impl Iterator<Item = &str> {
    mask.split(',').map(str::trim)
}

fn create_for(call: &Call<'_>, kind: &'static str, asset_id: i64, change: &Change) -> Outcome {
    if find(call, kind, asset_id).is_some() {
        return Err(call.style.reject(409, "The product exists already."));
    }
    let owner = call
        .state
        .assets
        .owner(asset_id, kind)
        .ok_or_else(|| call.style.reject(404, "The asset was not found."))?;
    if !call.manages(owner, "creator-store-product:write") {
        return Err(call.style.reject(403, "The asset is not yours."));
    }
    quotas::count_distribution(call, kind)?;
    let product = Product {
        kind,
        asset_id,
        owner,
        price: change.price.clone().unwrap_or_else(free),
        published: change.published.unwrap_or(false),
        restrictions: Vec::new(),
    };
    lock(&call.state.products.changed).insert(asset_id, product.clone());
    Ok(Response::json(200, &render(&product)))
}

/// What a request asks to become of a product.
#[derive(Debug)]
struct Change {
    path: Option<String>,
    asset: Option<(&'static str, i64)>,
    price: Option<Value>,
    published: Option<bool>,
}

impl Change {
    /// Reads the body of a request for a product of this kind, if the path tells.
    fn read(call: &Call<'_>, kind: Option<&str>) -> Result<Self, Response> {
        let fields = Fields::of_body(call, plain_json)?;
        for name in SET_BY_SERVICE {
            fields.bar(&[(name, "the service sets it")])?;
        }
        let mut known = vec!["path", "basePrice", "published"];
        known.extend(KINDS.iter().map(|(field, _)| field));
        fields.check(&known)?;
        let mut asset = None;
        for (field, kind) in KINDS {
            let Some(text) = fields.text(field)? else {
                continue;
            };
            let id =
                integer(text).ok_or_else(|| call.style.invalid(field, "It is not an asset ID."))?;
            if asset.replace((kind, id)).is_some() {
                return Err(call.style.reject(400, "A product has one asset ID."));
            }
        }
        let price = match fields.object("basePrice")? {
            Some(price) => {
                let kind = asset.map(|(kind, _)| kind).or(kind);
                Some(read_price(&price, call.style, kind)?)
            }
            None => None,
        };
        Ok(Self {
            path: fields.text("path")?.map(str::to_owned),
            asset,
            price,
            published: fields.boolean("published")?,
        })
    }
}

/// Dollars with an exponent of -9, or nothing at all.
fn read_price(price: &Fields, style: Style, kind: Option<&str>) -> Result<Value, Response> {
    const CENT: i64 = 10_000_000;
    price.check(&["currencyCode", "quantity"])?;
    if price.required_text("currencyCode")? != "USD" {
        return Err(style.invalid("basePrice", "The currency must be USD."));
    }
    let quantity = price
        .object("quantity")?
        .ok_or_else(|| price.missing("quantity"))?;
    quantity.check(&["significand", "exponent"])?;
    let significand = quantity
        .integer("significand")?
        .ok_or_else(|| quantity.missing("significand"))?;
    let exponent = quantity.integer("exponent")?.unwrap_or(0);
    match (significand, exponent) {
        (0, 0) => return Ok(free()),
        (_, -9) if significand >= 0 && significand % CENT == 0 => {}
        _ => {
            return Err(style.invalid(
                "basePrice",
                "Whole cents with an exponent of -9 are needed.",
            ));
        }
    }
    if kind == Some("Plugin") && !PLUGIN_PRICES.contains(&(significand / CENT)) {
        return Err(style.invalid("basePrice", "The price is not supported for plugins."));
    }
    Ok(money(significand, -9))
}

fn free() -> Value {
    money(0, 0)
}

fn money(significand: i64, exponent: i32) -> Value {
    json!({
        "currencyCode": "USD",
        "quantity": { "significand": significand, "exponent": exponent },
    })
}

/// `CreatorMarketplaceAsset-Model-123`
fn read_id(call: &Call<'_>) -> Result<(&'static str, i64), Response> {
    let parse = |text: &str| {
        let (kind, id) = text
            .strip_prefix("CreatorMarketplaceAsset-")?
            .split_once('-')?;
        let (_, kind) = KINDS.iter().find(|(_, own)| *own == kind)?;
        Some((*kind, integer(id)?))
    };
    parse(call.parameter("id"))
        .ok_or_else(|| call.style.reject(400, "This is not the ID of a product."))
}

fn path(kind: &str, asset_id: i64) -> String {
    format!("creator-store-products/CreatorMarketplaceAsset-{kind}-{asset_id}")
}

fn not_found(style: Style) -> Response {
    style.reject(404, "The product was not found.")
}

fn find(call: &Call<'_>, kind: &str, asset_id: i64) -> Option<Product> {
    if let Some(product) = lock(&call.state.products.changed).get(&asset_id) {
        return Some(product.clone()).filter(|product| product.kind == kind);
    }
    let listing = call.state.catalogue.find(asset_id)?;
    Some(of_listing(listing)).filter(|product| product.kind == kind)
}

fn of_listing(listing: &Listing) -> Product {
    let price = match listing.price {
        Some(price) if price.currency == "USD" => {
            money(price.significand, price.exponent.unwrap_or(0))
        }
        _ => free(),
    };
    Product {
        kind: listing.category,
        asset_id: listing.id,
        owner: listing.maker.owner,
        price,
        published: listing.id % 13 != 0,
        restrictions: match listing.id % 11 {
            0 => vec!["SOLD_ITEM_RESTRICTED"],
            1 => vec!["SELLER_TEMPORARILY_RESTRICTED", "SELLER_NO_LONGER_ACTIVE"],
            _ => Vec::new(),
        },
    }
}

fn render(product: &Product) -> Value {
    let field = KINDS
        .iter()
        .find(|(_, kind)| *kind == product.kind)
        .map_or("modelAssetId", |(field, _)| field);
    let mut body = json!({
        "path": path(product.kind, product.asset_id),
        "basePrice": product.price,
        "purchasePrice": product.price,
        "published": product.published,
        "restrictions": product.restrictions,
        "purchasable": product.published && product.restrictions.is_empty(),
        (field): product.asset_id.to_string(),
    });
    match product.owner {
        Owner::User(id) => set(&mut body, "userSeller", id.to_string()),
        Owner::Group(id) => set(&mut body, "groupSeller", id.to_string()),
        Owner::Nobody => {}
    }
    body
}
