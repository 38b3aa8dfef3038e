//! Toolbox search and fetch.

use open_cloud_emulator::{Emulator, KeySpec};
use rblxopencloud::toolbox::{SearchToolbox, ToolboxSearchView};
use rblxopencloud::{
    ApiKey, ApiKeyBuilder, AssetType, AudioType, InstanceType, Money, MusicChartType,
    ToolboxAssetSubtype, ToolboxSearchSortCategory,
};
use serde_json::json;
use support::raw_server::{RawServer, json};

fn key(emulator: &Emulator) -> ApiKey {
    ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap()
}

#[test]
fn the_example_of_the_python_documentation_works() {
    let emulator = Emulator::start().unwrap();
    let api_key = key(&emulator);
    let user = api_key.get_user(7_135_127_272);
    let mut lines = Vec::new();
    for result in api_key
        .search_toolbox(AssetType::Audio)
        .query("Menu Theme")
        .creator(&user)
        .max_price(Money::usd_cents(0))
        .min_duration_seconds(45)
        .max_duration_seconds(60)
        .limit(1)
    {
        let (asset, context) = result.unwrap();
        assert_eq!(asset.creator.as_ref().unwrap().as_user(), Some(&user));
        lines.push(format!("{asset} and {} more...", context.total_results - 1));
    }
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].contains("Menu Theme") && lines[0].ends_with(") and 4 more..."),
        "{lines:?}"
    );
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn every_argument_goes_on_the_wire_under_its_official_name() {
    let key = ApiKey::anonymous();
    let all = |search: SearchToolbox| {
        search
            .query("q")
            .model_subtype([ToolboxAssetSubtype::Package, ToolboxAssetSubtype::Ad])
            .excluded_model_subtype([ToolboxAssetSubtype::MaterialPack])
            .creator(&key.get_user(5))
            .verified_creators_only(false)
            .descending(true)
            .limit(7)
            .sort_by(ToolboxSearchSortCategory::UpdateTime)
            .min_duration_seconds(1)
            .max_duration_seconds(2)
            .artist("ar")
            .album("al")
            .include_top_charts(true)
            .audio_types([AudioType::Music, AudioType::SoundEffect])
            .included_instance_types([InstanceType::Script, InstanceType::Tool])
            .min_price(Money::usd_cents(0))
            .max_price("USD 4.99".parse().unwrap())
            .category_path("3d__props-and-decor")
            .music_chart_type(MusicChartType::Week)
            .facets(["f1", "f2"])
            .tags(["t"])
            .swimlane("s")
            .search_view(ToolboxSearchView::Core)
            .page_token("p")
    };
    let server = RawServer::responding(vec![json(200, "{}")]);
    let here = ApiKeyBuilder::anonymous()
        .base_url(server.url())
        .build()
        .unwrap();
    assert!(
        all(here.search_toolbox("Model"))
            .into_iter()
            .next()
            .is_none()
    );
    let line = server.requests()[0].line().to_owned();
    let (path, query) = line.split_once('?').unwrap();
    assert_eq!(path, "GET /toolbox-service/v2/assets:search");
    let mut parameters: Vec<_> = query.split('&').collect();
    parameters.sort_unstable();
    let expected = "audioAlbum=al audioArtist=ar audioMaxDurationSeconds=2 audioMinDurationSeconds=1 audioTypes=Music \
        audioTypes=SoundEffect categoryPath=3d__props-and-decor excludedModelSubTypes=MaterialPack facets=f1 facets=f2 \
        includeOnlyVerifiedCreators=false includeTopCharts=true includedInstanceTypes=Script includedInstanceTypes=Tool \
        maxPageSize=7 maxPriceCents=499 minPriceCents=0 modelSubTypes=Ad modelSubTypes=Package musicChartType=Week \
        pageToken=p query=q searchCategoryType=Model searchView=Core sortCategory=UpdatedTime sortDirection=Descending \
        swimlane=s tags=t userId=5";
    assert_eq!(parameters, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn what_is_not_set_and_empty_lists_are_left_out() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let key = ApiKeyBuilder::anonymous()
        .base_url(server.url())
        .build()
        .unwrap();
    let search = key
        .search_toolbox(AssetType::Plugin)
        .facets::<String>([])
        .model_subtype([])
        .creator(&key.get_group(9))
        .descending(false);
    assert!(search.into_iter().next().is_none());
    assert_eq!(
        server.requests()[0].line(),
        "GET /toolbox-service/v2/assets:search?searchCategoryType=Plugin&searchView=Full&groupId=9\
         &sortDirection=Ascending&maxPageSize=100"
    );
}

#[test]
fn an_argument_given_twice_counts_as_given_last() {
    let emulator = Emulator::start().unwrap();
    let search = key(&emulator)
        .search_toolbox("Audio")
        .query("nothing")
        .query("menu")
        .limit(3)
        .limit(2);
    assert_eq!(search.into_iter().map(Result::unwrap).count(), 2);
}

#[test]
fn the_strict_service_takes_every_argument_that_the_crate_sends() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for category in &ToolboxSearchSortCategory::ALL[..7] {
        for descending in [true, false] {
            let search = key
                .search_toolbox("Model")
                .sort_by(category.clone())
                .descending(descending)
                .limit(1);
            assert!(search.into_iter().next().unwrap().is_ok(), "{category}");
        }
    }
    for chart in MusicChartType::ALL {
        key.search_toolbox("Audio")
            .music_chart_type(chart.clone())
            .into_iter()
            .for_each(|result| drop(result.unwrap()));
    }
    let full = key
        .search_toolbox(AssetType::Model)
        .model_subtype(ToolboxAssetSubtype::ALL.iter().cloned())
        .excluded_model_subtype([ToolboxAssetSubtype::Ad])
        .included_instance_types(InstanceType::ALL.iter().cloned())
        .audio_types(AudioType::ALL.iter().cloned())
        .verified_creators_only(true)
        .include_top_charts(true)
        .min_price(Money::usd_cents(0))
        .max_price(Money::usd_cents(i64::from(i32::MAX)))
        .tags(["a"])
        .swimlane("b")
        .search_view(ToolboxSearchView::Full);
    full.into_iter().for_each(|result| drop(result.unwrap()));
    for view in ToolboxSearchView::ALL {
        assert!(
            key.search_toolbox("Decal")
                .search_view(view.clone())
                .into_iter()
                .next()
                .unwrap()
                .is_ok()
        );
    }
}

#[test]
fn bad_values_are_the_services_to_reject() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for search in [
        key.search_toolbox("Hologram"),
        key.search_toolbox("Audio").sort_by("Loudness".into()),
        key.search_toolbox("Audio")
            .max_duration_seconds(0)
            .unchecked(),
    ] {
        let error = search.into_iter().next().unwrap().unwrap_err();
        assert_eq!(error.status(), Some(400), "{error:?}");
        assert!(error.api_error().unwrap().message.len() > 10, "{error}");
    }
}

#[test]
fn a_key_without_the_scope_is_forbidden_and_none_at_all_is_not() {
    let emulator = Emulator::start().unwrap();
    let id = emulator.toolbox_asset_ids("Decal")[0];
    let poor = emulator.add_key(KeySpec::new("poor").scope("asset", ["read"]));
    let poor = ApiKey::builder(poor)
        .base_url(emulator.url())
        .build()
        .unwrap();
    assert!(poor.fetch_toolbox_asset(id).unwrap_err().is_forbidden());
    assert!(
        poor.search_toolbox("Decal")
            .into_iter()
            .next()
            .unwrap()
            .unwrap_err()
            .is_forbidden()
    );
    let wrong = ApiKey::builder("wrong")
        .base_url(emulator.url())
        .build()
        .unwrap();
    assert!(wrong.fetch_toolbox_asset(id).unwrap_err().is_unauthorized());
    let none = ApiKeyBuilder::anonymous()
        .base_url(emulator.url())
        .build()
        .unwrap();
    assert_eq!(none.fetch_toolbox_asset(id).unwrap().asset_id, id);
    let token = ApiKeyBuilder::bearer(emulator.bearer_token())
        .base_url(emulator.url())
        .build()
        .unwrap();
    assert_eq!(token.fetch_toolbox_asset(id).unwrap().asset_id, id);
}

#[test]
fn entries_of_a_search_that_name_no_asset_are_passed_over() {
    let body = json!({"creatorStoreAssets": [null, {"asset": null}, {}, {"asset": {"id": 4}}], "totalResults": 4});
    let server = RawServer::responding(vec![json(200, &body.to_string())]);
    let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
    let found: Vec<_> = key
        .search_toolbox("Decal")
        .creator(&key.get_user(8))
        .into_iter()
        .map(|r| r.unwrap().0)
        .collect();
    assert_eq!(found.len(), 1);
    // The creator that was searched for is the creator of what names none.
    assert_eq!(found[0].creator.as_ref().unwrap().id(), 8);
}

#[test]
fn prices_that_no_search_can_have_are_errors() {
    let key = ApiKey::anonymous();
    for price in ["EUR 1", "USD 0.001", "USD -1", "USD 21474836.48"] {
        let price: Money = price.parse().unwrap();
        for search in [
            key.search_toolbox("Model").min_price(price.clone()),
            key.search_toolbox("Model").max_price(price.clone()),
        ] {
            let error = search.into_iter().next().unwrap().unwrap_err();
            assert!(error.is_invalid_argument(), "{price}: {error:?}");
        }
    }
}

#[test]
fn a_context_tells_what_became_of_the_query() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let context = |query: &str| {
        let mut pages = key.search_toolbox("Audio").query(query).into_iter();
        let first = pages.next().map(|result| result.unwrap().1);
        let context = pages.context().unwrap().clone();
        assert!(first.is_none_or(|first| first == context));
        context
    };
    let plain = context("menu");
    assert!(plain.total_results > 0);
    assert_eq!(plain.filtered_keyword.as_deref(), Some("menu"));
    assert_eq!(plain.query_correction, None);
    assert!(!plain.available_facets.is_empty() && plain.applied_facets.is_empty());

    let filtered = context("menu badword");
    assert_eq!(filtered.filtered_keyword.as_deref(), Some("menu"));
    assert_eq!(filtered.total_results, plain.total_results);

    // What is misspelt finds nothing, and yet there is something to tell.
    let corrected = context("menue");
    assert_eq!(corrected.total_results, 0);
    assert_eq!(corrected.query_correction.as_deref(), Some("menu"));
    assert!(corrected.available_facets.is_empty());

    let without_query = {
        let mut pages = key.search_toolbox("Audio").limit(1).into_iter();
        pages.next().unwrap().unwrap();
        pages.context().unwrap().clone()
    };
    assert_eq!(without_query.filtered_keyword, None);
    assert_eq!(
        serde_json::to_value(&*corrected).unwrap(),
        json!({"total_results": 0, "filtered_keyword": "menue", "applied_facets": [], "available_facets": [],
            "query_correction": "menu"})
    );
}

#[test]
fn null_in_every_field_of_a_context_is_nothing() {
    for body in [
        json!({}),
        json!({"nextPageToken": null, "queryFacets": null, "creatorStoreAssets": null, "filteredKeyword": null,
            "queryCorrection": null}),
        json!({"queryFacets": {"appliedFacets": null, "availableFacets": null}, "queryCorrection": {"suggestedQuery": null}}),
        json!({"queryFacets": {}, "queryCorrection": {}, "somethingNew": {"a": 1}}),
    ] {
        let server = RawServer::responding(vec![json(200, &body.to_string())]);
        let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
        let mut pages = key.search_toolbox("Audio").into_iter();
        assert!(pages.next().is_none());
        let context = pages.context().unwrap();
        assert_eq!(
            (context.total_results, context.filtered_keyword.as_ref()),
            (0, None)
        );
        assert!(context.applied_facets.is_empty() && context.available_facets.is_empty());
        assert_eq!(context.query_correction, None);
    }
}
