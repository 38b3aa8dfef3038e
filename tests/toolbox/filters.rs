//! Every filter, order and view of a search, held against the catalogue that is searched.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use open_cloud_emulator::Emulator;
use rblxopencloud::toolbox::{SearchToolbox, ToolboxSearchView};
use rblxopencloud::{
    ApiKey, AssetType, AudioType, InstanceType, Money, MusicChartType, ToolboxAsset,
    ToolboxAssetSubtype, ToolboxSearchSortCategory,
};
use serde_json::Value;

/// The assets that are there to be odd: they tell of themselves what they like.
const ODD: RangeInclusive<u64> = 700_001..=700_006;

struct Store {
    emulator: Emulator,
    key: ApiKey,
}

impl Store {
    fn open() -> Self {
        let emulator = Emulator::start().unwrap();
        let key = ApiKey::builder(emulator.api_key())
            .base_url(emulator.url())
            .build()
            .unwrap();
        Self { emulator, key }
    }

    /// A search that leaves nothing out by itself.
    fn all(&self, kind: &str) -> SearchToolbox {
        self.key
            .search_toolbox(kind)
            .verified_creators_only(false)
            .include_top_charts(true)
    }

    /// What the store tells of an asset.
    fn told(&self, id: u64) -> Value {
        self.emulator.toolbox_asset(id).unwrap()
    }

    /// A filtered search finds all that is known to fit and nothing that is known not to, both of which
    /// there are. `None` is for assets of which the store does not tell.
    fn filters(
        &self,
        kind: &str,
        filter: impl Fn(SearchToolbox) -> SearchToolbox,
        fits: impl Fn(&Value) -> Option<bool>,
    ) {
        let found = ids(filter(self.all(kind)));
        let (mut fitting, mut others) = (0, 0);
        for id in ids(self.all(kind))
            .into_iter()
            .filter(|id| !ODD.contains(id))
        {
            let told = self.told(id);
            match fits(&told) {
                Some(true) => {
                    fitting += 1;
                    assert!(found.contains(&id), "missing: {told}");
                }
                Some(false) => {
                    others += 1;
                    assert!(!found.contains(&id), "not to be found: {told}");
                }
                None => {}
            }
        }
        assert!(fitting > 0 && others > 0, "{fitting} fit, {others} do not");
    }
}

fn results(search: SearchToolbox) -> Vec<ToolboxAsset> {
    search.into_iter().map(|result| result.unwrap().0).collect()
}

fn ids(search: SearchToolbox) -> BTreeSet<u64> {
    results(search).iter().map(|asset| asset.asset_id).collect()
}

fn in_order(search: SearchToolbox) -> Vec<u64> {
    results(search).iter().map(|asset| asset.asset_id).collect()
}

fn number(told: &Value, pointer: &str) -> Option<i64> {
    told.pointer(pointer)?.as_i64()
}

fn text<'a>(told: &'a Value, pointer: &str) -> Option<&'a str> {
    told.pointer(pointer)?.as_str()
}

/// In billionths of a US dollar.
fn price(told: &Value) -> Option<i128> {
    let price = told.pointer("/creatorStoreProduct/purchasePrice")?;
    let quantity = price.get("quantity")?.as_object()?;
    let exponent = quantity.get("exponent").map_or(Some(0), Value::as_i64)?;
    let power = u32::try_from(exponent + 9).ok()?;
    let price_in = text(price, "/currencyCode")?;
    let billionths =
        i128::from(quantity.get("significand")?.as_i64()?).checked_mul(10_i128.pow(power))?;
    // Another currency is no price that a search knows.
    (price_in == "USD").then_some(billionths)
}

#[test]
fn a_query_finds_what_holds_all_of_its_words() {
    let store = Store::open();
    for query in ["TOWER", "use Castle"] {
        let words = query.to_lowercase();
        store.filters(
            "Model",
            |search| search.query(query),
            |told| {
                let name = text(told, "/asset/name")?.to_lowercase();
                let description = text(told, "/asset/description")?.to_lowercase();
                let all = format!("{name}\n{description}");
                Some(words.split(' ').all(|word| all.contains(word)))
            },
        );
    }
    assert!(ids(store.all("Model").query("nobody made this")).is_empty());
}

#[test]
fn a_query_may_hold_any_characters() {
    let store = Store::open();
    let strange = results(store.all("Audio")).into_iter().filter(|asset| {
        let name = asset.name.as_deref().unwrap_or_default();
        !name.is_ascii()
    });
    let strange: Vec<_> = strange.collect();
    assert!(strange.len() > 5);
    for asset in strange {
        let name = asset.name.unwrap();
        assert!(
            ids(store.all("Audio").query(&name)).contains(&asset.asset_id),
            "{name}"
        );
    }
    for query in [
        "a&b=c#d?e",
        "100% + more/less",
        "\"quoted\" \\ \u{1}\n\t",
        "%20",
        "",
    ] {
        store
            .all("Audio")
            .query(query)
            .into_iter()
            .for_each(|result| drop(result.unwrap()));
        let sent = store.emulator.requests().pop().unwrap().query_pairs();
        let (_, sent) = sent.into_iter().find(|(name, _)| name == "query").unwrap();
        assert_eq!(sent, query);
    }
}

#[test]
fn model_subtypes_are_any_of_those_given() {
    let store = Store::open();
    let has = |told: &Value, kinds: &[&str]| {
        let subtypes = told.pointer("/asset/subTypes")?.as_array()?;
        Some(
            subtypes
                .iter()
                .any(|kind| kinds.contains(&kind.as_str().unwrap())),
        )
    };
    store.filters(
        "Model",
        |search| search.model_subtype([ToolboxAssetSubtype::Package]),
        |told| has(told, &["Package"]),
    );
    store.filters(
        "Model",
        |search| search.model_subtype([ToolboxAssetSubtype::Ad, ToolboxAssetSubtype::MaterialPack]),
        |told| has(told, &["Ad", "MaterialPack"]),
    );
    store.filters(
        "Model",
        |search| {
            search.excluded_model_subtype([ToolboxAssetSubtype::Package, ToolboxAssetSubtype::Ad])
        },
        |told| Some(!has(told, &["Package", "Ad"])?),
    );
}

#[test]
fn a_creator_is_a_user_or_a_group() {
    let store = Store::open();
    store.filters(
        "Model",
        |search| search.creator(&store.key.get_user(156)),
        |told| Some(number(told, "/creator/userId")? == 156),
    );
    store.filters(
        "Model",
        |search| search.creator(&store.key.get_group(7)),
        |told| {
            // A user may have the same id as a group, which is not the same creator.
            match number(told, "/creator/userId") {
                Some(_) => Some(false),
                None => Some(number(told, "/creator/groupId")? == 7),
            }
        },
    );
    let first = results(store.all("Model").limit(1)).remove(0);
    let creator = first.creator.unwrap();
    let found = results(store.all("Model").creator(&creator));
    assert!(found.iter().any(|asset| asset.asset_id == first.asset_id));
    assert!(
        found
            .iter()
            .all(|asset| asset.creator.as_ref() == Some(&creator))
    );
}

#[test]
fn creators_are_verified_unless_all_are_asked_for() {
    let store = Store::open();
    let verified = |told: &Value| told.pointer("/creator/verified")?.as_bool();
    store.filters(
        "Plugin",
        |search| search.verified_creators_only(true),
        verified,
    );
    let by_default = ids(store.key.search_toolbox("Plugin"));
    assert_eq!(
        by_default,
        ids(store.all("Plugin").verified_creators_only(true))
    );
    assert!(by_default.len() < ids(store.all("Plugin")).len());
}

#[test]
fn durations_have_a_lower_and_an_upper_end_both_included() {
    let store = Store::open();
    let seconds = |told: &Value| number(told, "/asset/durationSeconds");
    store.filters(
        "Audio",
        |search| search.min_duration_seconds(45),
        |told| Some(seconds(told)? >= 45),
    );
    store.filters(
        "Audio",
        |search| search.max_duration_seconds(60),
        |told| Some(seconds(told)? <= 60),
    );
    store.filters(
        "Audio",
        |search| search.min_duration_seconds(45).max_duration_seconds(60),
        |told| Some((45..=60).contains(&seconds(told)?)),
    );
    store.filters(
        "Audio",
        |search| search.min_duration_seconds(45).max_duration_seconds(45),
        |told| Some(seconds(told)? == 45),
    );
}

#[test]
fn audio_is_by_an_artist_of_an_album_and_of_a_type() {
    let store = Store::open();
    for artist in ["Kestrel & Co.", "山田 太郎"] {
        store.filters(
            "Audio",
            |search| search.artist(artist),
            |told| Some(text(told, "/asset/artist")? == artist),
        );
    }
    for album in ["Loops, Vol. 2", "Übergang"] {
        store.filters(
            "Audio",
            |search| search.album(album),
            |told| Some(text(told, "/asset/album")? == album),
        );
    }
    for kind in [
        AudioType::Music,
        AudioType::SoundEffect,
        AudioType::from("Unknown"),
    ] {
        store.filters(
            "Audio",
            |search| search.audio_types([kind.clone()]),
            |told| Some(text(told, "/asset/audioType")? == kind.as_str()),
        );
    }
    store.filters(
        "Audio",
        |search| search.audio_types([AudioType::Music, AudioType::SoundEffect]),
        |told| Some(text(told, "/asset/audioType")? != "Unknown"),
    );
}

#[test]
fn top_charts_are_left_out_unless_asked_for() {
    let store = Store::open();
    let with = ids(store.all("Audio"));
    let without = ids(store.all("Audio").include_top_charts(false));
    let by_default = ids(store
        .key
        .search_toolbox("Audio")
        .verified_creators_only(false));
    assert!(without.is_subset(&with) && without.len() < with.len());
    assert_eq!(by_default, without);
}

#[test]
fn each_music_chart_is_a_part_of_the_whole_and_another_one() {
    let store = Store::open();
    let charts = [
        MusicChartType::Current,
        MusicChartType::Week,
        MusicChartType::Month,
        MusicChartType::Year,
    ];
    let all = ids(store.all("Audio"));
    let found = charts.map(|chart| ids(store.all("Audio").music_chart_type(chart)));
    for (index, chart) in found.iter().enumerate() {
        assert!(!chart.is_empty() && chart.is_subset(&all) && chart.len() < all.len());
        assert!(found[..index].iter().all(|other| other != chart));
    }
    let none = ids(store.all("Audio").music_chart_type(MusicChartType::None));
    assert_eq!(none, all);
}

#[test]
fn models_hold_instances_of_every_kind_asked_for() {
    let store = Store::open();
    let count = |told: &Value, name: &str| number(told, &format!("/asset/instanceCounts/{name}"));
    for (kind, name) in [
        (InstanceType::Script, "script"),
        (InstanceType::MeshPart, "meshPart"),
        (InstanceType::Animation, "animation"),
        (InstanceType::Decal, "decal"),
        (InstanceType::Audio, "audio"),
        (InstanceType::Tool, "tool"),
    ] {
        store.filters(
            "Model",
            |search| search.included_instance_types([kind.clone()]),
            |told| Some(count(told, name)? > 0),
        );
    }
    store.filters(
        "Model",
        |search| search.included_instance_types([InstanceType::Tool, InstanceType::Script]),
        |told| Some(count(told, "tool")? > 0 && count(told, "script")? > 0),
    );
}

#[test]
fn prices_have_a_lower_and_an_upper_end_both_included() {
    const CENT: i128 = 10_000_000;
    let store = Store::open();
    store.filters(
        "Plugin",
        |search| search.min_price("USD 4.99".parse().unwrap()),
        |told| Some(price(told)? >= 499 * CENT),
    );
    store.filters(
        "Plugin",
        |search| search.max_price("USD 19.99".parse().unwrap()),
        |told| Some(price(told)? <= 1999 * CENT),
    );
    store.filters(
        "Plugin",
        |search| search.max_price(Money::usd_cents(0)),
        |told| Some(price(told)? == 0),
    );
    let dear = results(store.all("Plugin").min_price(Money::usd_cents(1)));
    let dearest = dear.iter().filter_map(|asset| asset.purchase_price.clone());
    let dearest = dearest.reduce(|a, b| if b > a { b } else { a }).unwrap();
    store.filters(
        "Plugin",
        |search| search.min_price(dearest.clone()).max_price(dearest.clone()),
        |told| {
            let told = Money::new("USD", i64::try_from(price(told)?).unwrap(), -9);
            Some(told == dearest)
        },
    );
}

#[test]
fn a_category_holds_the_categories_below_it() {
    let store = Store::open();
    let path = |told: &Value| text(told, "/asset/categoryPath").map(str::to_owned);
    store.filters(
        "Model",
        |search| search.category_path("3d__props-and-decor"),
        |told| Some(path(told)?.starts_with("3d__props-and-decor")),
    );
    store.filters(
        "Model",
        |search| search.category_path("3d__props-and-decor__furniture"),
        |told| Some(path(told)? == "3d__props-and-decor__furniture"),
    );
}

#[test]
fn facets_narrow_the_search_that_offered_them() {
    let store = Store::open();
    let mut pages = store.all("Decal").into_iter();
    pages.next().unwrap().unwrap();
    let offered = pages.context().unwrap().available_facets.clone();
    assert!(offered.len() > 1);
    assert!(pages.context().unwrap().applied_facets.is_empty());
    let all = ids(store.all("Decal"));
    for facet in &offered {
        let mut narrowed = store.all("Decal").facets([facet]).into_iter();
        let found: BTreeSet<_> = narrowed
            .by_ref()
            .map(|result| result.unwrap().0.asset_id)
            .collect();
        assert!(found.is_subset(&all) && found.len() < all.len() && !found.is_empty());
        let context = narrowed.context().unwrap();
        assert_eq!(context.applied_facets, [facet.as_str()]);
        assert!(!context.available_facets.contains(facet));
        assert_eq!(context.total_results, i64::try_from(found.len()).unwrap());
        // In this store a tag is a facet, and both must be there.
        assert_eq!(ids(store.all("Decal").tags([facet])), found);
        let both: BTreeSet<_> = ids(store.all("Decal").facets([facet, &offered[0]]));
        assert!(both.is_subset(&found));
    }
}

#[test]
fn a_swimlane_is_a_part_of_the_whole() {
    let store = Store::open();
    let all = ids(store.all("Plugin"));
    for lane in ["trending", "essential"] {
        let found = ids(store.all("Plugin").swimlane(lane));
        assert!(!found.is_empty() && found.is_subset(&all) && found.len() < all.len());
    }
    store.filters(
        "Plugin",
        |search| search.swimlane("priced"),
        |told| Some(price(told)? > 0),
    );
}

#[test]
fn filters_work_together() {
    let store = Store::open();
    store.filters(
        "Audio",
        |search| {
            search
                .audio_types([AudioType::Music])
                .min_duration_seconds(100)
                .verified_creators_only(true)
                .max_price(Money::usd_cents(0))
        },
        |told| {
            Some(
                text(told, "/asset/audioType")? == "Music"
                    && number(told, "/asset/durationSeconds")? >= 100
                    && told.pointer("/creator/verified")?.as_bool()?
                    && price(told)? == 0,
            )
        },
    );
}

#[test]
fn what_can_be_seen_to_be_sorted_is_sorted_both_ways() {
    let store = Store::open();
    let by_time = |asset: &ToolboxAsset, updated: bool| {
        let at = if updated {
            asset.updated_at
        } else {
            asset.created_at
        };
        at.map(|at| at.unix_timestamp_nanos())
    };
    let created = |asset: &ToolboxAsset| by_time(asset, false);
    let updated = |asset: &ToolboxAsset| by_time(asset, true);
    let seconds = |asset: &ToolboxAsset| asset.duration_seconds.map(i128::from);
    let rating = |asset: &ToolboxAsset| asset.up_vote_percentage.map(i128::from);
    type Seen<'a> = &'a dyn Fn(&ToolboxAsset) -> Option<i128>;
    let cases: [(_, Seen<'_>); 4] = [
        (ToolboxSearchSortCategory::CreateTime, &created),
        (ToolboxSearchSortCategory::UpdateTime, &updated),
        (ToolboxSearchSortCategory::AudioDuration, &seconds),
        (ToolboxSearchSortCategory::Ratings, &rating),
    ];
    for (category, seen) in cases {
        for descending in [false, true] {
            let found = results(
                store
                    .all("Audio")
                    .sort_by(category.clone())
                    .descending(descending),
            )
            .into_iter()
            .filter(|asset| !ODD.contains(&asset.asset_id));
            let values: Vec<_> = found.filter_map(|asset| seen(&asset)).collect();
            assert!(values.len() > 50);
            let sorted = values.windows(2).all(|pair| {
                if descending {
                    pair[0] >= pair[1]
                } else {
                    pair[0] <= pair[1]
                }
            });
            assert!(sorted, "{category} {descending}: {values:?}");
        }
    }
}

#[test]
fn each_order_is_another_one_and_ascending_is_the_reverse_of_descending() {
    let store = Store::open();
    let orders: Vec<_> = ToolboxSearchSortCategory::ALL[..7]
        .iter()
        .map(|category| {
            let search = || store.all("Audio").query("the").sort_by(category.clone());
            let descending = in_order(search().descending(true));
            let mut ascending = in_order(search().descending(false));
            ascending.reverse();
            assert_eq!(descending, ascending, "{category}");
            descending
        })
        .collect();
    let relevance = in_order(store.all("Audio").query("the"));
    assert_eq!(orders[0], relevance, "relevance is the default");
    for (index, order) in orders.iter().enumerate() {
        assert!(
            orders[..index].iter().all(|other| other != order),
            "{}",
            ToolboxSearchSortCategory::ALL[index]
        );
    }
}

#[test]
fn relevance_puts_the_name_that_was_asked_for_first() {
    let store = Store::open();
    let found = results(
        store
            .all("Audio")
            .query("menu theme")
            .sort_by(ToolboxSearchSortCategory::Relevance)
            .descending(true),
    );
    assert!(found.len() > 5);
    assert_eq!(found[0].name.as_deref(), Some("Menu Theme"));
}

#[test]
fn a_view_tells_ids_or_the_most_used_or_everything() {
    let store = Store::open();
    let one = |view| {
        results(
            store
                .all("Model")
                .search_view(view)
                .query("castle")
                .limit(1),
        )
        .remove(0)
    };
    let [bare, core, full] = [
        ToolboxSearchView::Ids,
        ToolboxSearchView::Core,
        ToolboxSearchView::Full,
    ]
    .map(one);
    assert_eq!(
        (bare.asset_id, core.asset_id),
        (full.asset_id, full.asset_id)
    );
    assert!(bare.name.is_none() && bare.creator.is_none() && bare.up_votes.is_none());
    assert!(core.name.is_some() && core.creator.is_some());
    assert!(core.up_votes.is_none() && core.category_path.is_none());
    assert!(full.up_votes.is_some() && full.category_path.is_some());
    assert_eq!(
        results(store.all("Model").query("castle").limit(1))[0],
        full
    );
}

#[test]
fn every_category_of_the_store_finds_its_own() {
    let store = Store::open();
    for kind in [
        AssetType::Audio,
        AssetType::Model,
        AssetType::Decal,
        AssetType::Plugin,
        AssetType::MeshPart,
        AssetType::Video,
        AssetType::FontFamily,
    ] {
        let found = results(store.key.search_toolbox(kind.clone()));
        assert!(found.len() > 5, "{kind}");
        let typed = found.iter().filter(|asset| asset.asset_type.is_some());
        assert!(typed.clone().count() > 5);
        assert!(
            typed
                .clone()
                .all(|asset| asset.asset_type.as_ref() == Some(&kind))
        );
        let spelt = kind.legacy_id().unwrap().to_string();
        assert_eq!(in_order(store.key.search_toolbox(spelt)).len(), found.len());
    }
}
