//! `GET /toolbox-service/v2/assets:search` and `GET /toolbox-service/v2/assets/{id}`

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::sync::atomic;

use serde_json::{Value, json};

use crate::catalogue::{
    CATEGORIES, FORBIDDEN_ID, INSTANCE_TYPES, Listing, Owner, core_view, ids_view,
};
use crate::dice;
use crate::query::{Query, integer};
use crate::response::{Outcome, Response, Style, set};
use crate::route::Call;

const SINGLE: [&str; 22] = [
    "searchCategoryType",
    "query",
    "creator",
    "userId",
    "groupId",
    "pageToken",
    "pageNumber",
    "maxPageSize",
    "sortDirection",
    "sortCategory",
    "audioMinDurationSeconds",
    "audioMaxDurationSeconds",
    "audioArtist",
    "audioAlbum",
    "includeTopCharts",
    "includeOnlyVerifiedCreators",
    "minPriceCents",
    "maxPriceCents",
    "categoryPath",
    "searchView",
    "musicChartType",
    "swimlane",
];
const ARRAYS: [&str; 6] = [
    "modelSubTypes",
    "excludedModelSubTypes",
    "audioTypes",
    "includedInstanceTypes",
    "facets",
    "tags",
];
const SUB_TYPES: [&str; 3] = ["Ad", "MaterialPack", "Package"];
const INT32: i64 = i32::MAX as i64;

pub(crate) fn details(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let id = call.id("id")?;
    if id == FORBIDDEN_ID {
        return Err(call.style.reject(403, "The asset is not available to you."));
    }
    let listing = call
        .state
        .catalogue
        .find(id)
        .ok_or_else(|| call.style.reject(404, "The asset was not found."))?;
    Ok(Response::json(200, &listing.full))
}

pub(crate) fn search(call: &Call<'_>) -> Outcome {
    let filter = Filter::read(&call.query)?;
    let page = Page::read(&call.query)?;
    let mut found: Vec<&Listing> = call
        .state
        .catalogue
        .all()
        .iter()
        .filter(|listing| filter.admits(listing))
        .collect();
    filter.sort(&mut found);
    let empty_pages = call.state.empty_pages.load(atomic::Ordering::SeqCst);
    let shown: Vec<Value> = found
        .iter()
        .skip(page.start)
        .take(if page.empty { 0 } else { page.size })
        .map(|listing| match filter.view {
            "IDs" => ids_view(listing),
            "Full" => listing.full.clone(),
            _ => core_view(listing),
        })
        .collect();
    let mut response = json!({
        "creatorStoreAssets": shown,
        "totalResults": found.len(),
        "queryFacets": {
            "appliedFacets": filter.facets,
            "availableFacets": available_facets(&found, &filter),
        },
    });
    if found.is_empty() {
        set(&mut response, "creatorStoreAssets", Value::Null);
    }
    let end = page.start + page.size;
    if page.empty {
        set(
            &mut response,
            "nextPageToken",
            page.token(page.start, false),
        );
    } else if end < found.len() {
        set(&mut response, "nextPageToken", page.token(end, empty_pages));
    } else if found.len() % 3 == 0 {
        // The end of the pages is said in three ways; the third is to say nothing.
        set(&mut response, "nextPageToken", Value::Null);
    } else if found.len() % 3 == 1 {
        set(&mut response, "nextPageToken", "");
    }
    if let Some(query) = filter.query {
        set(
            &mut response,
            "filteredKeyword",
            allowed_words(query).join(" "),
        );
        let correction = correction(query).map(|query| json!({ "suggestedQuery": query }));
        set(&mut response, "queryCorrection", json!(correction));
    }
    Ok(Response::json(200, &response))
}

#[derive(Debug)]
struct Filter<'a> {
    category: &'a str,
    query: Option<&'a str>,
    owner: Option<Owner>,
    sub_types: Vec<&'a str>,
    excluded_sub_types: Vec<&'a str>,
    min_seconds: i64,
    max_seconds: i64,
    artist: Option<&'a str>,
    album: Option<&'a str>,
    top_charts: bool,
    audio_types: Vec<&'a str>,
    instance_types: Vec<&'a str>,
    verified_only: bool,
    min_cents: i64,
    max_cents: Option<i64>,
    facets: Vec<&'a str>,
    tags: Vec<&'a str>,
    category_path: Option<&'a str>,
    chart: Option<&'a str>,
    swimlane: Option<&'a str>,
    sort: &'a str,
    ascending: bool,
    view: &'a str,
}

impl<'a> Filter<'a> {
    fn read(query: &'a Query) -> Result<Self, Response> {
        query.check(&SINGLE, &ARRAYS)?;
        let category_path = query.text("categoryPath");
        let category = match (
            query.one_of("searchCategoryType", &CATEGORIES)?,
            category_path,
        ) {
            (Some(category), _) => category,
            (None, Some(path)) => category_of(path).ok_or_else(|| {
                Style::Problem.invalid("categoryPath", "It does not lead to an asset type.")
            })?,
            (None, None) => {
                return Err(Style::Problem.invalid(
                    "searchCategoryType",
                    "The searchCategoryType field is required.",
                ));
            }
        };
        let direction = query.one_of("sortDirection", &["None", "Ascending", "Descending"])?;
        let charts = ["None", "Current", "Week", "Month", "Year"];
        Ok(Self {
            category,
            query: query.text("query").filter(|text| !text.trim().is_empty()),
            owner: owner(query)?,
            sub_types: query.several_of("modelSubTypes", &SUB_TYPES)?,
            excluded_sub_types: query.several_of("excludedModelSubTypes", &SUB_TYPES)?,
            min_seconds: query
                .integer("audioMinDurationSeconds", 0..=INT32)?
                .unwrap_or(0),
            max_seconds: query
                .integer("audioMaxDurationSeconds", 1..=INT32)?
                .unwrap_or(INT32),
            artist: query.text("audioArtist"),
            album: query.text("audioAlbum"),
            top_charts: query.boolean("includeTopCharts")?.unwrap_or(false),
            audio_types: query.several_of("audioTypes", &["Music", "SoundEffect", "Unknown"])?,
            instance_types: query.several_of("includedInstanceTypes", &INSTANCE_TYPES)?,
            verified_only: query
                .boolean("includeOnlyVerifiedCreators")?
                .unwrap_or(true),
            min_cents: query.integer("minPriceCents", 0..=INT32)?.unwrap_or(0),
            max_cents: query.integer("maxPriceCents", 0..=INT32)?,
            facets: query.texts("facets"),
            tags: query.texts("tags"),
            category_path,
            chart: query
                .one_of("musicChartType", &charts)?
                .filter(|chart| *chart != "None"),
            swimlane: query.text("swimlane"),
            sort: query
                .one_of(
                    "sortCategory",
                    &[
                        "Relevance",
                        "Trending",
                        "Top",
                        "AudioDuration",
                        "CreateTime",
                        "UpdatedTime",
                        "Ratings",
                    ],
                )?
                .unwrap_or("Relevance"),
            ascending: direction == Some("Ascending"),
            view: query
                .one_of("searchView", &["IDs", "Core", "Full"])?
                .unwrap_or("Core"),
        })
    }

    fn admits(&self, listing: &Listing) -> bool {
        listing.category == self.category
            && self.query.is_none_or(|query| relevance(listing, query) > 0)
            && self.owner.is_none_or(|owner| listing.maker.owner == owner)
            && (listing.maker.verified || !self.verified_only)
            && self.admits_price(listing)
            && self.admits_audio(listing)
            && self.admits_model(listing)
            && self.admits_words(listing)
            && self.swimlane.is_none_or(|lane| swims(listing, lane))
            && self
                .category_path
                .is_none_or(|path| is_below(listing.category_path, path))
    }

    fn admits_price(&self, listing: &Listing) -> bool {
        const CENT: i128 = 10_000_000;
        if self.min_cents == 0 && self.max_cents.is_none() {
            return true;
        }
        let Some(price) = listing.price.and_then(|price| price.nano_dollars()) else {
            return false;
        };
        price >= i128::from(self.min_cents) * CENT
            && self
                .max_cents
                .is_none_or(|max| price <= i128::from(max) * CENT)
    }

    fn admits_audio(&self, listing: &Listing) -> bool {
        let Some(audio) = &listing.audio else {
            return true;
        };
        let charted = self
            .chart
            .map_or(self.top_charts || !audio.charts_only, |chart| {
                audio.charts.contains(&chart)
            });
        charted
            && (self.min_seconds..=self.max_seconds).contains(&audio.seconds)
            && self.artist.is_none_or(|artist| same(audio.artist, artist))
            && self.album.is_none_or(|album| same(audio.album, album))
            && (self.audio_types.is_empty() || self.audio_types.contains(&audio.kind))
    }

    fn admits_model(&self, listing: &Listing) -> bool {
        let Some(model) = &listing.model else {
            return true;
        };
        let has = |wanted: &&str| model.sub_types.contains(wanted);
        let holds = |wanted: &&str| {
            INSTANCE_TYPES
                .iter()
                .zip(model.instances)
                .any(|(name, count)| name == wanted && count > 0)
        };
        (self.sub_types.is_empty() || self.sub_types.iter().any(has))
            && !self.excluded_sub_types.iter().any(has)
            && self.instance_types.iter().all(holds)
    }

    fn admits_words(&self, listing: &Listing) -> bool {
        self.facets
            .iter()
            .chain(&self.tags)
            .all(|word| listing.tags.iter().any(|tag| same(tag, word)))
    }

    /// Best, newest, longest first, unless the direction is ascending.
    fn sort(&self, found: &mut [&Listing]) {
        let query = self.query.unwrap_or_default();
        let order = |a: &Listing, b: &Listing| -> Ordering {
            match self.sort {
                "Trending" => a.trending.cmp(&b.trending),
                "Top" => a.popularity.cmp(&b.popularity),
                "AudioDuration" => seconds(a).cmp(&seconds(b)),
                "CreateTime" => a.created.cmp(&b.created),
                "UpdatedTime" => a.updated.cmp(&b.updated),
                "Ratings" => rating(a).cmp(&rating(b)),
                _ => (relevance(a, query), a.popularity).cmp(&(relevance(b, query), b.popularity)),
            }
        };
        found.sort_by(|a, b| {
            let order = order(a, b).then(a.id.cmp(&b.id));
            match self.ascending {
                true => order,
                false => order.reverse(),
            }
        });
    }
}

fn owner(query: &Query) -> Result<Option<Owner>, Response> {
    let user = query.integer("userId", 1..=i64::MAX)?;
    let group = query.integer("groupId", 1..=i64::MAX)?;
    let creator = match query.text("creator") {
        None => None,
        Some(text) => Some(creator(text).ok_or_else(|| {
            Style::Problem.invalid("creator", "The field must match '^(user|group)/\\d+$'.")
        })?),
    };
    match (user, group) {
        (Some(_), Some(_)) => {
            Err(Style::Problem.invalid("userId", "'userId' and 'groupId' exclude each other."))
        }
        (Some(user), None) => Ok(Some(Owner::User(user))),
        (None, Some(group)) => Ok(Some(Owner::Group(group))),
        (None, None) => Ok(creator),
    }
}

fn creator(text: &str) -> Option<Owner> {
    let (kind, id) = text.split_once('/')?;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Whose id is too long for an int64, nothing is.
    let id = integer(id).unwrap_or(-1);
    match kind {
        "user" => Some(Owner::User(id)),
        "group" => Some(Owner::Group(id)),
        _ => None,
    }
}

/// The category to which a path of the store's taxonomy leads.
fn category_of(path: &str) -> Option<&'static str> {
    match path.split("__").next()? {
        "audio" => Some("Audio"),
        "3d" => Some("Model"),
        "2d" => Some("Decal"),
        "plugins" => Some("Plugin"),
        "meshes" => Some("MeshPart"),
        "video" => Some("Video"),
        "fonts" => Some("FontFamily"),
        _ => None,
    }
}

fn is_below(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
}

fn swims(listing: &Listing, lane: &str) -> bool {
    match lane {
        "trending" => listing.trending >= 500_000,
        "essential" => listing.popularity >= 500_000,
        "priced" => listing
            .price
            .and_then(|price| price.nano_dollars())
            .is_some_and(|price| price > 0),
        _ => false,
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn seconds(listing: &Listing) -> i64 {
    listing.audio.as_ref().map_or(0, |audio| audio.seconds)
}

fn rating(listing: &Listing) -> (i64, i64) {
    (listing.up_vote_percent(), listing.up_votes)
}

/// How well an asset fits a query: 0 if a word of it is nowhere to be found.
fn relevance(listing: &Listing, query: &str) -> u32 {
    let name = listing.name.to_lowercase();
    let mut elsewhere = listing.description.to_lowercase();
    if let Some(audio) = &listing.audio {
        elsewhere.push_str(&audio.artist.to_lowercase());
        elsewhere.push_str(&audio.album.to_lowercase());
    }
    let words = allowed_words(query);
    let mut score = 1;
    for word in &words {
        score += match (name.contains(word), elsewhere.contains(word)) {
            (true, _) => 10,
            (false, true) => 1,
            (false, false) => return 0,
        };
    }
    if name == words.join(" ") {
        score += 100;
    }
    score
}

/// The words of a query in lower case, without those that the filter takes out.
fn allowed_words(query: &str) -> Vec<String> {
    query
        .split_whitespace()
        .map(str::to_lowercase)
        .filter(|word| word != "badword")
        .collect()
}

/// What a misspelt query should have been.
fn correction(query: &str) -> Option<String> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    words.iter().any(|word| word == "menue").then(|| {
        let right = |word: &String| match word.as_str() {
            "menue" => "menu".to_owned(),
            _ => word.clone(),
        };
        words.iter().map(right).collect::<Vec<_>>().join(" ")
    })
}

/// The ten most frequent tags of what was found that are not applied yet.
fn available_facets(found: &[&Listing], filter: &Filter<'_>) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for tag in found.iter().flat_map(|listing| &listing.tags) {
        if !filter.facets.iter().any(|facet| same(facet, tag)) {
            *counts.entry(tag).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(tag, count)| (Reverse(*count), *tag));
    counts
        .into_iter()
        .take(10)
        .map(|(tag, _)| tag.to_owned())
        .collect()
}

/// Which of the results are asked for.
#[derive(Debug)]
struct Page {
    start: usize,
    size: usize,
    /// Whether this is the empty page before the one that starts here.
    empty: bool,
    /// Stands for everything in the query but the token.
    bound_to: u64,
}

impl Page {
    fn read(query: &Query) -> Result<Self, Response> {
        let size = query.integer("maxPageSize", 1..=100)?.unwrap_or(25);
        let number = query.integer("pageNumber", 0..=INT32)?;
        let token = query.text("pageToken").filter(|token| !token.is_empty());
        let bound_to = bound_to(query);
        let mut page = Self {
            start: 0,
            size: usize::try_from(size).unwrap_or_default(),
            empty: false,
            bound_to,
        };
        match (number, token) {
            (Some(_), Some(_)) => Err(Style::Problem.invalid(
                "pageToken",
                "'pageNumber' and 'pageToken' exclude each other.",
            )),
            (Some(number), None) => {
                page.start = usize::try_from(number)
                    .unwrap_or_default()
                    .saturating_mul(page.size);
                Ok(page)
            }
            (None, Some(token)) => {
                (page.start, page.empty) = start_of(token, bound_to).ok_or_else(|| {
                    Style::Problem.invalid(
                        "pageToken",
                        "The token is not valid, or not for this query.",
                    )
                })?;
                Ok(page)
            }
            (None, None) => Ok(page),
        }
    }

    fn token(&self, start: usize, empty: bool) -> String {
        let place = start as u64 * 2 + u64::from(empty);
        format!("{:016x}{:016x}", place ^ self.bound_to, self.bound_to)
    }
}

fn start_of(token: &str, bound_to: u64) -> Option<(usize, bool)> {
    let place = u64::from_str_radix(token.get(..16)?, 16).ok()? ^ bound_to;
    if token.get(16..)? != format!("{bound_to:016x}") {
        return None;
    }
    Some((usize::try_from(place / 2).ok()?, place % 2 == 1))
}

fn bound_to(query: &Query) -> u64 {
    let mut pairs: Vec<String> = query
        .pairs()
        .iter()
        .filter(|(name, _)| name != "pageToken")
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    pairs.sort_unstable();
    dice::fingerprint(&pairs.concat())
}
