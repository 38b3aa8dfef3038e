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
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use asset::{AudioType, SocialLinkType, ToolboxAsset, ToolboxAssetSubtype, ToolboxSocialLink};

pub use saved::SearchSavedAssets;

use crate::api_key::ApiKey;
use crate::assets::{Asset, AssetType};
use crate::check::{self, Check};
use crate::creator_store::Money;
use crate::error::{Error, Result};
use crate::http::{Client, Request};
use crate::owner::{Owner, UserOrGroup};
use crate::pages::{Cursor, Items, Page, Pages};
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
        /// The most used members.
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
    client: Client,
    asset_type: AssetType,
    query: Option<String>,
    model_subtype: Vec<ToolboxAssetSubtype>,
    excluded_model_subtype: Vec<ToolboxAssetSubtype>,
    creator: Option<UserOrGroup>,
    verified_creators_only: Option<bool>,
    descending: Option<bool>,
    limit: Option<u64>,
    sort_by: Option<ToolboxSearchSortCategory>,
    min_duration_seconds: Option<u32>,
    max_duration_seconds: Option<u32>,
    artist: Option<String>,
    album: Option<String>,
    include_top_charts: Option<bool>,
    audio_types: Vec<AudioType>,
    included_instance_types: Vec<InstanceType>,
    min_price: Option<Money>,
    max_price: Option<Money>,
    category_path: Option<String>,
    music_chart_type: Option<MusicChartType>,
    facets: Vec<String>,
    tags: Vec<String>,
    swimlane: Option<String>,
    search_view: ToolboxSearchView,
    page_token: Option<String>,
    timeout: Option<Duration>,
    unchecked: bool,
}

/// The most results a page can have.
const LARGEST_PAGE: u64 = 100;

impl SearchToolbox {
    pub(crate) fn new(client: Client, asset_type: AssetType) -> Self {
        Self {
            client,
            asset_type,
            query: None,
            model_subtype: Vec::new(),
            excluded_model_subtype: Vec::new(),
            creator: None,
            verified_creators_only: None,
            descending: None,
            limit: None,
            sort_by: None,
            min_duration_seconds: None,
            max_duration_seconds: None,
            artist: None,
            album: None,
            include_top_charts: None,
            audio_types: Vec::new(),
            included_instance_types: Vec::new(),
            min_price: None,
            max_price: None,
            category_path: None,
            music_chart_type: None,
            facets: Vec::new(),
            tags: Vec::new(),
            swimlane: None,
            search_view: ToolboxSearchView::Full,
            page_token: None,
            timeout: None,
            unchecked: false,
        }
    }

    /// What to search for.
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }

    /// Only models of these kinds.
    pub fn model_subtype(
        mut self,
        subtypes: impl IntoIterator<Item = ToolboxAssetSubtype>,
    ) -> Self {
        self.model_subtype = subtypes.into_iter().collect();
        self
    }

    /// No models of these kinds.
    pub fn excluded_model_subtype(
        mut self,
        subtypes: impl IntoIterator<Item = ToolboxAssetSubtype>,
    ) -> Self {
        self.excluded_model_subtype = subtypes.into_iter().collect();
        self
    }

    /// Only assets of this user or group. When they are not verified, nothing is found without
    /// [`verified_creators_only(false)`](Self::verified_creators_only).
    pub fn creator(mut self, creator: &(impl Owner + ?Sized)) -> Self {
        self.creator = Some(creator.to_user_or_group());
        self
    }

    /// Whether to leave out creators that are not verified. The service does so by default: give `false`
    /// to find everything.
    pub fn verified_creators_only(mut self, verified: bool) -> Self {
        self.verified_creators_only = Some(verified);
        self
    }

    /// Whether to sort from the most to the least, or the other way round.
    pub fn descending(mut self, descending: bool) -> Self {
        self.descending = Some(descending);
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
        self.sort_by = Some(sort_by);
        self
    }

    /// Only audio that plays for at least so many seconds.
    pub fn min_duration_seconds(mut self, seconds: u32) -> Self {
        self.min_duration_seconds = Some(seconds);
        self
    }

    /// Only audio that plays for at most so many seconds; from 1.
    pub fn max_duration_seconds(mut self, seconds: u32) -> Self {
        self.max_duration_seconds = Some(seconds);
        self
    }

    /// Only audio by this artist.
    pub fn artist(mut self, artist: impl Into<String>) -> Self {
        self.artist = Some(artist.into());
        self
    }

    /// Only audio of this album.
    pub fn album(mut self, album: impl Into<String>) -> Self {
        self.album = Some(album.into());
        self
    }

    /// Whether to include top charts.
    pub fn include_top_charts(mut self, include: bool) -> Self {
        self.include_top_charts = Some(include);
        self
    }

    /// Only audio of these kinds.
    pub fn audio_types(mut self, types: impl IntoIterator<Item = AudioType>) -> Self {
        self.audio_types = types.into_iter().collect();
        self
    }

    /// Only models that hold instances of these kinds.
    pub fn included_instance_types(
        mut self,
        types: impl IntoIterator<Item = InstanceType>,
    ) -> Self {
        self.included_instance_types = types.into_iter().collect();
        self
    }

    /// Only assets of at least this price: whole US cents, from 0 to USD 21474836.47.
    pub fn min_price(mut self, price: Money) -> Self {
        self.min_price = Some(price);
        self
    }

    /// Only assets of at most this price: whole US cents, from 0 to USD 21474836.47.
    pub fn max_price(mut self, price: Money) -> Self {
        self.max_price = Some(price);
        self
    }

    /// Only assets of this category, such as `3d__props-and-decor`.
    pub fn category_path(mut self, path: impl Into<String>) -> Self {
        self.category_path = Some(path.into());
        self
    }

    /// Which music chart to search.
    pub fn music_chart_type(mut self, chart: MusicChartType) -> Self {
        self.music_chart_type = Some(chart);
        self
    }

    /// Only results with these facets, none of which is empty text; [`ToolboxSearchContext::available_facets`] names those there are.
    pub fn facets<F: Into<String>>(mut self, facets: impl IntoIterator<Item = F>) -> Self {
        self.facets = facets.into_iter().map(Into::into).collect();
        self
    }

    /// Only results with these tags, none of which is empty text.
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// The swimlane to search.
    pub fn swimlane(mut self, swimlane: impl Into<String>) -> Self {
        self.swimlane = Some(swimlane.into());
        self
    }

    /// How much of each result to give (default everything).
    pub fn search_view(mut self, view: ToolboxSearchView) -> Self {
        self.search_view = view;
        self
    }

    /// The page to begin at, as [`Pages::cursor`] gave it. The other arguments must be the same as then.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.page_token = Some(token.into());
        self
    }

    /// How long nothing may move before a request fails; as [`Request::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends the request without checking its arguments first: the service's limits may have moved.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    fn check(&self) -> Check {
        check_type("asset_type", &self.asset_type)?;
        if let Some(creator) = &self.creator {
            check::id("the id of creator", creator.id())?;
        }
        if let Some(sort_by) = &self.sort_by {
            sort_by.check(SEARCH_CATEGORIES)?;
        }
        for (argument, seconds, least) in [
            ("min_duration_seconds", self.min_duration_seconds, 0),
            ("max_duration_seconds", self.max_duration_seconds, 1),
        ] {
            if let Some(seconds) = seconds {
                check::range(argument, seconds.into(), least..=check::INT32)?;
            }
        }
        for (argument, texts) in [("facets", &self.facets), ("tags", &self.tags)] {
            for text in texts {
                check::not_empty(argument, text)?;
            }
        }
        check::page_token(self.page_token.as_deref())
    }

    fn request(&self) -> Result<Request, Error> {
        if !self.unchecked {
            self.check()?;
        }
        let cents = |price: &Option<Money>, argument| {
            price
                .as_ref()
                .map(|price| price.to_usd_cents(argument))
                .transpose()
        };
        let (user, group) = match &self.creator {
            Some(UserOrGroup::User(user)) => (Some(user.id), None),
            Some(UserOrGroup::Group(group)) => (None, Some(group.id)),
            None => (None, None),
        };
        let direction = self.descending.map(|descending| {
            if descending {
                "Descending"
            } else {
                "Ascending"
            }
        });
        let page_size = self.limit.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
        Ok(self
            .client
            .get("toolbox-service/v2/assets:search".to_owned())
            .scopes(&["creator-store-product:read"])
            .maybe_timeout(self.timeout)
            .param("searchCategoryType", self.asset_type.as_str())
            .params(self.query.iter().map(|query| ("query", query)))
            .params(
                self.model_subtype
                    .iter()
                    .map(|subtype| ("modelSubTypes", subtype.as_str())),
            )
            .params(
                self.excluded_model_subtype
                    .iter()
                    .map(|subtype| ("excludedModelSubTypes", subtype.as_str())),
            )
            .params(user.map(|id| ("userId", id)))
            .params(group.map(|id| ("groupId", id)))
            .params(
                self.verified_creators_only
                    .map(|only| ("includeOnlyVerifiedCreators", only)),
            )
            .params(direction.map(|direction| ("sortDirection", direction)))
            .params(
                self.sort_by
                    .iter()
                    .map(|category| ("sortCategory", category.as_str())),
            )
            .params(
                self.min_duration_seconds
                    .map(|seconds| ("audioMinDurationSeconds", seconds)),
            )
            .params(
                self.max_duration_seconds
                    .map(|seconds| ("audioMaxDurationSeconds", seconds)),
            )
            .params(self.artist.iter().map(|artist| ("audioArtist", artist)))
            .params(self.album.iter().map(|album| ("audioAlbum", album)))
            .params(
                self.include_top_charts
                    .map(|include| ("includeTopCharts", include)),
            )
            .params(
                self.audio_types
                    .iter()
                    .map(|kind| ("audioTypes", kind.as_str())),
            )
            .params(
                self.included_instance_types
                    .iter()
                    .map(|kind| ("includedInstanceTypes", kind.as_str())),
            )
            .params(cents(&self.min_price, "min_price")?.map(|cents| ("minPriceCents", cents)))
            .params(cents(&self.max_price, "max_price")?.map(|cents| ("maxPriceCents", cents)))
            .params(self.category_path.iter().map(|path| ("categoryPath", path)))
            .params(
                self.music_chart_type
                    .iter()
                    .map(|chart| ("musicChartType", chart.as_str())),
            )
            .params(self.facets.iter().map(|facet| ("facets", facet)))
            .params(self.tags.iter().map(|tag| ("tags", tag)))
            .params(self.swimlane.iter().map(|swimlane| ("swimlane", swimlane)))
            .param("searchView", self.search_view.as_str())
            .param("maxPageSize", page_size))
    }
}

impl IntoIterator for SearchToolbox {
    type Item = Result<(ToolboxAsset, Arc<ToolboxSearchContext>), Error>;
    type IntoIter = Pages<(ToolboxAsset, Arc<ToolboxSearchContext>), ToolboxSearchContext>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        let request = self.request().unwrap_or_else(|error| {
            let mut refused = self.client.get(String::new());
            refused.refuse(error.to_string());
            refused
        });
        let start = self.page_token.map_or(Cursor::Start, Cursor::Token);
        let (client, creator) = (self.client, self.creator.map(Arc::new));
        Pages::new(
            request,
            "pageToken",
            start,
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
