//! The toolbox: searching the creator store, one asset of it, and saved assets.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! for result in api_key.search_toolbox("Model").query("street lamp").limit(20) {
//!     let (asset, _) = result?;
//!     println!("{asset}");
//! }
//! # Ok(())
//! # }
//! ```

mod asset;
mod saved;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use asset::{AudioType, SocialLinkType, ToolboxAsset, ToolboxAssetSubtype, ToolboxSocialLink};

pub use saved::SearchSavedAssets;

use crate::api_key::ApiKey;
use crate::assets::{Asset, AssetType};
use crate::check::{self, Check};
use crate::creator_store::Money;
use crate::error::{Error, Result};
use crate::http::{Client, Request, common_setters};
use crate::owner::{Owner, UserOrGroup};
use crate::pages::{Cursor, Items, Page, Pages, page_size};
use crate::wire::{Entries, Entry, List, Maybe, PageToken, objects, open_enum};
use asset::WireToolboxAsset;

open_enum! {
    /// What to sort by: the first seven are for [`search_toolbox`](crate::ApiKey::search_toolbox), `Top`,
    /// `UpdateTime`, `Ratings` and the last five for
    /// [`search_saved_assets`](crate::ApiKey::search_saved_assets).
    ToolboxSearchSortCategory {
        /// How well a result fits the query.
        Relevance = "Relevance",
        /// What is used much of late.
        Trending = "Trending",
        /// The best known.
        Top = "Top",
        /// How long an audio plays.
        AudioDuration = "AudioDuration",
        /// When the asset was made.
        CreateTime = "CreateTime",
        /// When the asset was last changed.
        UpdateTime = "UpdatedTime" | "UpdateTime",
        /// How the asset is rated.
        Ratings = "Ratings",
        /// The name.
        Name = "Name",
        /// Who made the asset.
        Creator = "Creator",
        /// What kind of asset it is.
        AssetType = "AssetType" | "TargetType",
        /// When it was saved.
        SaveTime = "SaveTime" | "DateSaved",
        /// The price.
        Price = "Price",
    }
}

/// What a search can sort by.
const SEARCH_CATEGORIES: &[ToolboxSearchSortCategory] = &[
    ToolboxSearchSortCategory::Relevance,
    ToolboxSearchSortCategory::Trending,
    ToolboxSearchSortCategory::Top,
    ToolboxSearchSortCategory::AudioDuration,
    ToolboxSearchSortCategory::CreateTime,
    ToolboxSearchSortCategory::UpdateTime,
    ToolboxSearchSortCategory::Ratings,
];

/// The types of what is in the toolbox.
const TOOLBOX_TYPES: &[AssetType] = &[
    AssetType::Audio,
    AssetType::Model,
    AssetType::Decal,
    AssetType::Plugin,
    AssetType::MeshPart,
    AssetType::Video,
    AssetType::FontFamily,
];

/// A type that this crate does not know may be one of a newer service.
fn check_type(argument: &str, asset_type: &AssetType) -> Check {
    match asset_type {
        AssetType::Unknown(_) => Ok(()),
        known => check::one_of(argument, known, TOOLBOX_TYPES),
    }
}

impl ToolboxSearchSortCategory {
    fn check(&self, accepted: &[Self]) -> Check {
        match self {
            Self::Unknown(_) => Ok(()),
            known => check::one_of("sort_by", known, accepted),
        }
    }

    /// Saved assets have other names for the same.
    fn for_saves(&self) -> &str {
        match self {
            Self::Top => "Ratings",
            Self::AssetType => "TargetType",
            Self::SaveTime => "DateSaved",
            Self::UpdateTime => "LastModified",
            other => other.as_str(),
        }
    }
}

open_enum! {
    /// Instances that a model can hold.
    InstanceType {
        /// Scripts.
        Script = "Script",
        /// Mesh parts.
        MeshPart = "MeshPart",
        /// Decals.
        Decal = "Decal",
        /// Animations.
        Animation = "Animation",
        /// Audio.
        Audio = "Audio",
        /// Tools.
        Tool = "Tool",
    }
}

open_enum! {
    /// Which music chart to search.
    MusicChartType {
        /// None.
        None = "None",
        /// The chart of today.
        Current = "Current",
        /// The chart of the week.
        Week = "Week",
        /// The chart of the month.
        Month = "Month",
        /// The chart of the year.
        Year = "Year",
    }
}

open_enum! {
    /// How much of each result a search gives.
    ToolboxSearchView {
        /// The ids alone.
        Ids = "IDs",
        /// The most used fields.
        Core = "Core",
        /// Everything, which is what this crate asks for by itself.
        Full = "Full",
    }
}

/// What a search says beside its results. One is shared by all results of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ToolboxSearchContext {
    /// How many results there are in all, as the service counts them. It is an estimate: do not take it
    /// for the end of the pages.
    pub total_results: i64,
    /// The query as it was searched for, where a filter changed it.
    pub filtered_keyword: Option<String>,
    /// The facets that the results were narrowed by.
    pub applied_facets: Vec<String>,
    /// Facets that would narrow the results further, for [`SearchToolbox::facets`].
    pub available_facets: Vec<String>,
    /// What the service thinks was meant, where the query looks misspelt.
    pub query_correction: Option<String>,
}

impl ApiKey {
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
        SearchToolbox::new(&self.client, &asset_type.into())
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
        fetch_toolbox_asset(&self.client, asset_id)
    }
}

impl Asset {
    /// Fetches the asset as the toolbox shows it; as
    /// [`ApiKey::fetch_toolbox_asset`](crate::ApiKey::fetch_toolbox_asset).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when the toolbox has no such asset.
    #[inline]
    pub fn fetch_toolbox_asset(&self) -> Result<ToolboxAsset> {
        fetch_toolbox_asset(&self.client, self.id)
    }
}

/// A search of the toolbox, made by [`ApiKey::search_toolbox`](crate::ApiKey::search_toolbox).
///
/// Iterating over it yields each [`ToolboxAsset`] with the [`ToolboxSearchContext`] of its page. Nothing
/// is requested before the first result is asked for, and no page before it is needed.
///
/// A filter that the asset type does not use is sent as it is given: the service decides. An empty list
/// is left out. Arguments that the service is documented not to take, such as the asset type `Hat` or a price in
/// another currency than USD, are the error of the first result, without a request. All but prices can be sent
/// all the same: see [`unchecked`](Self::unchecked).
#[derive(Clone, Debug)]
#[must_use = "a search does nothing until it is iterated over"]
pub struct SearchToolbox {
    request: Request,
    creator: Option<UserOrGroup>,
    limit: Option<u64>,
    start: Cursor,
}

common_setters!(SearchToolbox);

/// The most results a page can have.
const LARGEST_PAGE: u64 = 100;

impl SearchToolbox {
    pub(crate) fn new(client: &Client, asset_type: &AssetType) -> Self {
        let mut request = client
            .get("toolbox-service/v2/assets:search".to_owned())
            .scopes(&["creator-store-product:read"]);
        request.set("searchCategoryType", asset_type.as_str());
        request.check("asset_type", check_type("asset_type", asset_type));
        request.set("searchView", ToolboxSearchView::Full.as_str());
        Self {
            request,
            creator: None,
            limit: None,
            start: Cursor::Start,
        }
    }

    /// What to search for.
    pub fn query(mut self, query: impl AsRef<str>) -> Self {
        self.request.set("query", query.as_ref());
        self
    }

    /// Only models of these kinds.
    pub fn model_subtype(
        mut self,
        subtypes: impl IntoIterator<Item = ToolboxAssetSubtype>,
    ) -> Self {
        self.request.set_all(
            "modelSubTypes",
            texts(subtypes, ToolboxAssetSubtype::as_str),
        );
        self
    }

    /// No models of these kinds.
    pub fn excluded_model_subtype(
        mut self,
        subtypes: impl IntoIterator<Item = ToolboxAssetSubtype>,
    ) -> Self {
        self.request.set_all(
            "excludedModelSubTypes",
            texts(subtypes, ToolboxAssetSubtype::as_str),
        );
        self
    }

    /// Only assets of this user or group. When they are not verified, nothing is found without
    /// [`verified_creators_only(false)`](Self::verified_creators_only).
    pub fn creator(mut self, creator: &(impl Owner + ?Sized)) -> Self {
        let creator = creator.to_user_or_group();
        self.request
            .check("creator", check::id("the id of creator", creator.id()));
        let user = creator.as_user().map(|user| user.id);
        let group = creator.as_group().map(|group| group.id);
        self.request.set_all("userId", user);
        self.request.set_all("groupId", group);
        self.creator = Some(creator);
        self
    }

    /// Whether to leave out creators that are not verified. The service does so by default: give `false`
    /// to find everything.
    pub fn verified_creators_only(mut self, verified: bool) -> Self {
        self.request.set("includeOnlyVerifiedCreators", verified);
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

    /// What to sort by (default relevance): `Relevance`, `Trending`, `Top`, `AudioDuration`, `CreateTime`,
    /// `UpdateTime` or `Ratings`.
    pub fn sort_by(mut self, sort_by: ToolboxSearchSortCategory) -> Self {
        self.request
            .check("sort_by", sort_by.check(SEARCH_CATEGORIES));
        self.request.set("sortCategory", sort_by.as_str());
        self
    }

    /// Only audio that plays for at least so many seconds.
    pub fn min_duration_seconds(mut self, seconds: u32) -> Self {
        let check = check::range("min_duration_seconds", seconds.into(), 0..=check::INT32);
        self.request.check("min_duration_seconds", check);
        self.request.set("audioMinDurationSeconds", seconds);
        self
    }

    /// Only audio that plays for at most so many seconds; from 1.
    pub fn max_duration_seconds(mut self, seconds: u32) -> Self {
        let check = check::range("max_duration_seconds", seconds.into(), 1..=check::INT32);
        self.request.check("max_duration_seconds", check);
        self.request.set("audioMaxDurationSeconds", seconds);
        self
    }

    /// Only audio by this artist.
    pub fn artist(mut self, artist: impl AsRef<str>) -> Self {
        self.request.set("audioArtist", artist.as_ref());
        self
    }

    /// Only audio of this album.
    pub fn album(mut self, album: impl AsRef<str>) -> Self {
        self.request.set("audioAlbum", album.as_ref());
        self
    }

    /// Whether to include top charts.
    pub fn include_top_charts(mut self, include: bool) -> Self {
        self.request.set("includeTopCharts", include);
        self
    }

    /// Only audio of these kinds.
    pub fn audio_types(mut self, types: impl IntoIterator<Item = AudioType>) -> Self {
        self.request
            .set_all("audioTypes", texts(types, AudioType::as_str));
        self
    }

    /// Only models that hold instances of these kinds.
    pub fn included_instance_types(
        mut self,
        types: impl IntoIterator<Item = InstanceType>,
    ) -> Self {
        self.request
            .set_all("includedInstanceTypes", texts(types, InstanceType::as_str));
        self
    }

    /// Only assets of at least this price: whole US cents, from 0 to USD 21474836.47.
    pub fn min_price(mut self, price: Money) -> Self {
        let cents = self
            .request
            .must("min_price", price.to_usd_cents("min_price"));
        self.request.set_all("minPriceCents", cents);
        self
    }

    /// Only assets of at most this price: whole US cents, from 0 to USD 21474836.47.
    pub fn max_price(mut self, price: Money) -> Self {
        let cents = self
            .request
            .must("max_price", price.to_usd_cents("max_price"));
        self.request.set_all("maxPriceCents", cents);
        self
    }

    /// Only assets of this category, such as `3d__props-and-decor`.
    pub fn category_path(mut self, path: impl AsRef<str>) -> Self {
        self.request.set("categoryPath", path.as_ref());
        self
    }

    /// Which music chart to search.
    pub fn music_chart_type(mut self, chart: MusicChartType) -> Self {
        self.request.set("musicChartType", chart.as_str());
        self
    }

    /// Only results with these facets, none of which is empty text; [`ToolboxSearchContext::available_facets`] names those there are.
    pub fn facets<F: Into<String>>(mut self, facets: impl IntoIterator<Item = F>) -> Self {
        let facets: Vec<String> = facets.into_iter().map(Into::into).collect();
        self.request
            .check("facets", check::none_empty("facets", &facets));
        self.request.set_all("facets", facets);
        self
    }

    /// Only results with these tags, none of which is empty text.
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        let tags: Vec<String> = tags.into_iter().map(Into::into).collect();
        self.request.check("tags", check::none_empty("tags", &tags));
        self.request.set_all("tags", tags);
        self
    }

    /// The swimlane to search.
    pub fn swimlane(mut self, swimlane: impl AsRef<str>) -> Self {
        self.request.set("swimlane", swimlane.as_ref());
        self
    }

    /// How much of each result to give (default everything).
    pub fn search_view(mut self, view: ToolboxSearchView) -> Self {
        self.request.set("searchView", view.as_str());
        self
    }

    /// The page to begin at, as [`Pages::cursor`] gave it. The other arguments must be the same as then.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        let token = token.into();
        self.request.check("page_token", check::page_token(&token));
        self.start = Cursor::Token(token);
        self
    }
}

/// The texts of enums, as they are sent.
fn texts<T>(values: impl IntoIterator<Item = T>, as_str: fn(&T) -> &str) -> Vec<String> {
    let values = values.into_iter();
    values.map(|value| as_str(&value).to_owned()).collect()
}

fn direction(descending: bool) -> &'static str {
    if descending {
        "Descending"
    } else {
        "Ascending"
    }
}

impl IntoIterator for SearchToolbox {
    type Item = Result<(ToolboxAsset, Arc<ToolboxSearchContext>), Error>;
    type IntoIter = Pages<(ToolboxAsset, Arc<ToolboxSearchContext>), ToolboxSearchContext>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        let mut request = self.request;
        request.set("maxPageSize", page_size(self.limit, LARGEST_PAGE));
        let (client, creator) = (request.client().clone(), self.creator.map(Arc::new));
        Pages::new(
            request,
            "pageToken",
            self.start,
            self.limit,
            move |page: WireSearch| {
                let facets = page.query_facets.0.unwrap_or_default();
                let context = Arc::new(ToolboxSearchContext {
                    total_results: page.total_results.0.unwrap_or_default(),
                    filtered_keyword: page.filtered_keyword.0,
                    applied_facets: facets.applied_facets.0,
                    available_facets: facets.available_facets.0,
                    query_correction: page
                        .query_correction
                        .0
                        .and_then(|correction| correction.suggested_query.0),
                });
                let next = page.next_page_token.into();
                let (client, creator) = (client.clone(), creator.clone());
                let items = results(page.creator_store_assets, context.clone(), move |wire| {
                    ToolboxAsset::from_wire(wire, &client, creator.as_deref(), None)
                });
                Page {
                    items,
                    context,
                    next,
                }
            },
        )
    }
}

/// The results of a page: each entry that holds an asset, with the page's context.
fn results<W: Entry + Send + Sync + 'static>(
    entries: Entries<W>,
    context: Arc<ToolboxSearchContext>,
    read: impl Fn(W) -> Option<ToolboxAsset> + Send + Sync + 'static,
) -> Items<(ToolboxAsset, Arc<ToolboxSearchContext>)> {
    let count = entries.len();
    let results = entries
        .into_iter()
        .filter_map(move |entry| Some((read(entry)?, context.clone())));
    Items::new(count, results)
}

objects!(WireSearch, WireFacets, WireCorrection);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireSearch {
    next_page_token: PageToken,
    query_facets: Maybe<WireFacets>,
    creator_store_assets: Entries<WireToolboxAsset>,
    total_results: Maybe<i64>,
    filtered_keyword: Maybe<String>,
    query_correction: Maybe<WireCorrection>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireFacets {
    applied_facets: List<String>,
    available_facets: List<String>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireCorrection {
    suggested_query: Maybe<String>,
}

/// Fetches one asset, for [`ApiKey::fetch_toolbox_asset`](crate::ApiKey::fetch_toolbox_asset).
#[inline]
pub(crate) fn fetch_toolbox_asset(client: &Client, asset_id: u64) -> Result<ToolboxAsset, Error> {
    check::id("asset_id", asset_id)?;
    let request = client
        .get(format!("toolbox-service/v2/assets/{asset_id}"))
        .scopes(&["creator-store-product:read"]);
    let response = request.execute()?;
    let wire = request.decode(&response)?;
    ToolboxAsset::from_wire(wire, client, None, Some(asset_id))
        .ok_or_else(|| request.unexpected(&response, "there is no asset in it"))
}
