//! Saved assets: what the key's owner keeps in the toolbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use time::OffsetDateTime;
use ureq::http::Method;

use super::asset::WireToolboxAsset;
use super::{
    ToolboxAsset, ToolboxSearchContext, ToolboxSearchSortCategory, check_type, direction, results,
};
use crate::api_key::ApiKey;
use crate::assets::AssetType;
use crate::check::{self, Check, Invalid};
use crate::error::{Error, Result};
use crate::http::{Client, Request, common_setters};
use crate::pages::{Cursor, Next, Page, Pages, page_size};
use crate::retry::RetrySafety;
use crate::wire::{Entries, Entry, Maybe, objects};

impl ApiKey {
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
        SearchSavedAssets::new(&self.client)
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
    /// [`is_conflict`](Error::is_conflict) when it is saved already, possibly by an earlier attempt whose response was
    /// lost ([`attempts`](Error::attempts) is more than 1 then); [`is_not_found`](Error::is_not_found) when
    /// there is no such asset.
    pub fn save_asset(&self, asset_id: u64, asset_type: impl Into<AssetType>) -> Result<()> {
        save_asset(&self.client, asset_id, &asset_type.into())
    }

    /// Removes assets from what is saved in the toolbox, and returns how many were there. Each request
    /// removes 5000 at most; for none at all nothing is sent.
    ///
    /// A request whose response is lost is sent again. One asset then counts as removed, whichever attempt removed
    /// it; of several, those that an earlier attempt removed are not counted.
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
    /// [`is_not_found`](Error::is_not_found) when none of them is saved. Of several it may be that an earlier attempt
    /// removed them whose response was lost: [`is_outcome_unknown`](Error::is_outcome_unknown) then.
    /// [`Error::Partial`] when a request after the first fails: it says how many assets were removed before.
    pub fn unsave_assets<K: Into<AssetType>>(
        &self,
        assets: impl IntoIterator<Item = (u64, K)>,
    ) -> Result<u64> {
        let assets: Vec<_> = assets
            .into_iter()
            .map(|(id, kind)| (id, kind.into()))
            .collect();
        unsave_assets(&self.client, &assets)
    }
}

/// A search of the saved assets, made by
/// [`ApiKey::search_saved_assets`](crate::ApiKey::search_saved_assets).
///
/// Iterating over it yields each [`ToolboxAsset`], with [`is_owned`](ToolboxAsset::is_owned) and
/// [`saved_at`](ToolboxAsset::saved_at), and with a context that holds the total alone. Nothing is requested
/// before the first result is asked for. Saved assets that are gone, so that there is nothing to tell of
/// them, are passed over, but counted in the total.
///
/// The pages are numbered: what is saved or unsaved while they are fetched moves the rest.
///
/// Arguments that the service is documented not to take are the error of the first result, without a request; see
/// [`unchecked`](Self::unchecked).
#[derive(Clone, Debug)]
#[must_use = "a search does nothing until it is iterated over"]
pub struct SearchSavedAssets {
    request: Request,
    has_type: bool,
    has_id: bool,
    limit: Option<u64>,
    page: u32,
}

common_setters!(SearchSavedAssets);

/// What saved assets can be sorted by.
const SAVES_CATEGORIES: &[ToolboxSearchSortCategory] = &[
    ToolboxSearchSortCategory::Name,
    ToolboxSearchSortCategory::Creator,
    ToolboxSearchSortCategory::Top,
    ToolboxSearchSortCategory::Ratings,
    ToolboxSearchSortCategory::AssetType,
    ToolboxSearchSortCategory::SaveTime,
    ToolboxSearchSortCategory::UpdateTime,
    ToolboxSearchSortCategory::Price,
];

/// The page that is asked for; the service would give up to 500, and gives 100 by default.
const LARGEST_PAGE: u64 = 100;

/// The highest number that a page can have.
const LAST_PAGE: u32 = i32::MAX as u32;

impl SearchSavedAssets {
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            request: client
                .get("toolbox-service/v1/saves".to_owned())
                .scopes(&["creator-store-save:read"]),
            has_type: false,
            has_id: false,
            limit: None,
            page: 1,
        }
    }

    /// Only assets of this type.
    pub fn asset_type(mut self, asset_type: impl Into<AssetType>) -> Self {
        let asset_type = asset_type.into();
        self.request
            .check("asset_type", check_type("asset_type", &asset_type));
        self.request.set("targetType", asset_type.as_str());
        self.has_type = true;
        self
    }

    /// What to search for.
    pub fn query(mut self, query: impl AsRef<str>) -> Self {
        self.request.set("keyword", query.as_ref());
        self
    }

    /// Only this asset; needs [`asset_type`](Self::asset_type) too.
    pub fn asset_id(mut self, asset_id: u64) -> Self {
        self.request
            .check("asset_id", check::id("asset_id", asset_id));
        self.request.set("targetId", asset_id);
        self.has_id = true;
        self
    }

    /// Whether to sort from the most to the least, or the other way round.
    pub fn descending(mut self, descending: bool) -> Self {
        self.request.set("sortDirection", direction(descending));
        self
    }

    /// How many results to give at most, over all pages. The size of a page becomes the limit where that
    /// is smaller than 100. With 0 nothing is requested.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// What to sort by (default when the asset was saved): `Name`, `Creator`, `Top` or `Ratings`, which are the
    /// same here, `AssetType`, `SaveTime`, `UpdateTime` or `Price`.
    pub fn sort_by(mut self, sort_by: ToolboxSearchSortCategory) -> Self {
        self.request
            .check("sort_by", sort_by.check(SAVES_CATEGORIES));
        self.request.set("sortBy", sort_by.for_saves());
        self
    }

    /// Whether to leave out assets that the key's owner has.
    pub fn exclude_owned_assets(mut self, exclude: bool) -> Self {
        self.request.set("hideOwnedAssets", exclude);
        self
    }

    /// The page to begin at, as [`Pages::cursor`] gave it. The other arguments must be the same as then.
    pub fn page_token(mut self, token: impl AsRef<str>) -> Self {
        let page = page_number(token.as_ref());
        self.page = self.request.must("page_token", page).unwrap_or(1);
        self
    }
}

fn page_number(token: &str) -> Result<u32> {
    match token.parse() {
        Ok(page @ 1..=LAST_PAGE) => Ok(page),
        _ => Err(Error::InvalidArgument(format!(
            "page_token must be the number of a page of saved assets, from 1 to {LAST_PAGE}, not {token:?}"
        ))),
    }
}

impl IntoIterator for SearchSavedAssets {
    type Item = Result<(ToolboxAsset, Arc<ToolboxSearchContext>)>;
    type IntoIter = Pages<(ToolboxAsset, Arc<ToolboxSearchContext>), ToolboxSearchContext>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        let page_size = page_size(self.limit, LARGEST_PAGE);
        let (mut request, mut number) = (self.request, self.page);
        request.set("limit", page_size);
        if self.has_id && !self.has_type {
            let why = "asset_id needs asset_type too: an id alone does not name a saved asset";
            request.check("asset_id", Err(Invalid(why.to_owned())));
        }
        // Entries on the pages before, so that the total tells the last page without asking for one more.
        let mut seen = u64::from(number - 1) * page_size;
        let client = request.client().clone();
        Pages::new(
            request,
            "page",
            Cursor::Number(number),
            self.limit,
            move |page: WireSaves| {
                let context = Arc::new(ToolboxSearchContext {
                    total_results: page.total_count.0.unwrap_or_default(),
                    ..ToolboxSearchContext::default()
                });
                let came = page.saves.came as u64;
                seen += came;
                // A total that is less than what came already is none.
                let is_all = |total: i64| u64::try_from(total).is_ok_and(|total| seen == total);
                let is_last = came == 0 || page.total_count.0.is_some_and(is_all);
                number += 1;
                let client = client.clone();
                let items = results(page.saves, context.clone(), move |save| {
                    let wire = save.creator_store_asset.0?;
                    let mut asset = ToolboxAsset::from_wire(wire, &client, None, None)?;
                    asset.is_owned = save.owned.0;
                    asset.saved_at = save.date_saved.0;
                    Some(asset)
                });
                Page {
                    items,
                    context,
                    next: if is_last || number > LAST_PAGE {
                        Next::End
                    } else {
                        Next::At(Cursor::Number(number))
                    },
                }
            },
        )
    }
}

const WRITE: &[&str] = &["creator-store-save:write"];
fn check_saved(asset_id: u64, asset_type: &AssetType) -> Check {
    check::id("asset_id", asset_id)?;
    check_type("asset_type", asset_type)
}

fn save_asset(client: &Client, asset_id: u64, asset_type: &AssetType) -> Result<()> {
    check_saved(asset_id, asset_type)?;
    client
        .call(Method::POST, "toolbox-service/v1/saves".to_owned())
        .expected_status([200, 201, 202, 204])
        .scopes(WRITE)
        .json(&Target {
            target_type: asset_type,
            target_id: asset_id,
        })
        .send_for_nothing()
}

/// The most that one request may remove.
const MOST_TARGETS: usize = 5000;

#[inline]
fn unsave_assets(client: &Client, assets: &[(u64, AssetType)]) -> Result<u64> {
    for (asset_id, asset_type) in assets {
        check_saved(*asset_id, asset_type)?;
    }
    if let [(asset_id, asset_type)] = assets {
        client
            .call(Method::DELETE, "toolbox-service/v1/saves".to_owned())
            .expected_status([200, 202, 204])
            .scopes(WRITE)
            .param("targetType", asset_type.as_str())
            .param("targetId", asset_id)
            .send_for_nothing()?;
        return Ok(1);
    }
    let mut removed = 0_u64;
    let mut any_succeeded = false;
    let mut not_found = None;
    for assets in assets.chunks(MOST_TARGETS) {
        let deleted: Result<WireDeleted> = client
            .call(
                Method::POST,
                "toolbox-service/v1/saves:bulkDelete".to_owned(),
            )
            .scopes(WRITE)
            .retry_safety(RetrySafety::Idempotent)
            .json(&Targets { targets: assets })
            .fetch();
        match deleted {
            Ok(deleted) => {
                let count = deleted.deleted_count.0.unwrap_or_default();
                removed = removed.saturating_add(count);
                any_succeeded = true;
            }
            // None of these is saved, which says nothing of those to come.
            Err(error) if error.is_not_found() => not_found = Some(error),
            Err(error) if any_succeeded => return Err(Error::after(removed, error)),
            Err(error) => return Err(error),
        }
    }
    match not_found {
        Some(error) if !any_succeeded => Err(error),
        _ => Ok(removed),
    }
}

#[derive(Serialize)]
struct Targets<'a> {
    #[serde(serialize_with = "write_targets")]
    targets: &'a [(u64, AssetType)],
}

fn write_targets<S: Serializer>(
    assets: &&[(u64, AssetType)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(assets.iter().map(|(target_id, target_type)| Target {
        target_type,
        target_id: *target_id,
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    target_type: &'a AssetType,
    target_id: u64,
}

objects!(WireSaves, WireSave, WireDeleted);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireSaves {
    total_count: Maybe<i64>,
    saves: Entries<WireSave>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireSave {
    owned: Maybe<bool>,
    date_saved: Maybe<OffsetDateTime>,
    creator_store_asset: Maybe<WireToolboxAsset>,
}

impl Entry for WireSave {
    fn is_of_use(&self) -> bool {
        let asset = self.creator_store_asset.0.as_ref();
        asset.is_some_and(WireToolboxAsset::is_of_use)
    }
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireDeleted {
    deleted_count: Maybe<u64>,
}
