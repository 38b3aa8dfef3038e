//! Toolbox search and fetch.

#[path = "support/raw_server.rs"]
mod raw_server;

use open_cloud_emulator::{Emulator, KeySpec};
use raw_server::{RawServer, json};
use rblxopencloud::{
    ApiKey, ApiKeyBuilder, AssetType, AudioType, Creator, InstanceType, Money, MusicChartType,
    SearchToolbox, SocialLinkType, ToolboxAsset, ToolboxAssetSubtype, ToolboxSearchSortCategory,
    ToolboxSearchView, UserOrGroup,
};
use serde_json::{Value, json};

fn key(emulator: &Emulator) -> ApiKey {
    ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap()
}

fn decode(asset: &Value) -> ToolboxAsset {
    let server = RawServer::answering(vec![json(200, &asset.to_string())]);
    ApiKey::builder("k")
        .base_url(server.url())
        .build()
        .unwrap()
        .fetch_toolbox_asset(1)
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
    let server = RawServer::answering(vec![json(200, "{}")]);
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
    let server = RawServer::answering(vec![json(200, "{}")]);
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
        "GET /toolbox-service/v2/assets:search?searchCategoryType=Plugin&groupId=9&sortDirection=Ascending\
         &searchView=Full&maxPageSize=100"
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
    for category in ToolboxSearchSortCategory::ALL {
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
fn bad_values_are_the_services_to_refuse() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for search in [
        key.search_toolbox("Hologram"),
        key.search_toolbox("Audio").sort_by("Loudness".into()),
        key.search_toolbox("Audio").max_duration_seconds(0),
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
fn every_asset_of_the_catalogue_decodes_the_same_from_both_endpoints() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for kind in [
        "Audio",
        "Model",
        "Decal",
        "Plugin",
        "MeshPart",
        "Video",
        "FontFamily",
    ] {
        for result in key.search_toolbox(kind).verified_creators_only(false) {
            let (found, _) = result.unwrap();
            match key.fetch_toolbox_asset(found.asset_id) {
                Ok(fetched) => assert_eq!(found, fetched),
                Err(error) => assert!(error.is_forbidden(), "{error}"),
            }
            serde_json::to_string(&found).unwrap();
        }
    }
    assert!(key.fetch_toolbox_asset(u64::MAX).is_err());
}

#[test]
fn every_member_of_the_schema_is_kept() {
    let asset = decode(&json!({
        "voting": {"showVotes": true, "upVotes": 9, "downVotes": "1", "canVote": true, "userVote": false, "hasVoted": true,
            "voteCount": 10, "upVotePercent": 90},
        "creator": {"creator": "group/2", "groupId": 2, "name": "Makers", "verified": true,
            "latestGroupUpdaterUserId": 3, "latestGroupUpdaterUserName": "Updater"},
        "creatorStoreProduct": {"purchasePrice": {"currencyCode": "USD", "quantity": {"significand": 4990000000_i64, "exponent": -9}},
            "purchasable": true},
        "asset": {"id": "18446744073709551615", "name": "n", "description": "d", "assetTypeId": 10,
            "socialLinks": [{"linkType": 6, "url": "https://github.com/x", "title": "code"}, {"linkType": 10, "url": "606849621"},
                {"linkType": 99, "url": null, "title": null}],
            "previewAssets": {"imagePreviewAssets": [1, "2"], "videoPreviewAssets": [3]},
            "createTime": "2023-09-28T08:23:05.447Z", "updateTime": "2025-12-11T11:41:07.2773289+01:00",
            "categoryPath": "3d__characters", "creatingUniverseId": 77,
            "durationSeconds": 61, "audioType": "SoundEffect", "artist": "ar", "title": "ti", "album": "al", "genre": "ge",
            "category": "ca", "subcategory": "su", "textureId": 5, "meshId": 6, "hasScripts": true, "scriptCount": 4,
            "subTypes": ["Package", "Novelty"], "objectMeshSummary": {"triangles": 552, "vertices": 912},
            "instanceCounts": {"script": 1, "meshPart": 2, "animation": 3, "decal": 4, "audio": 5, "tool": 6},
            "capabilities": {"shouldSandbox": true}, "somethingNew": {"a": [1]}},
    }));
    assert_eq!(
        (asset.votes_shown, asset.up_votes, asset.down_votes),
        (Some(true), Some(9), Some(1))
    );
    assert_eq!(
        (asset.can_vote, asset.user_vote, asset.has_voted),
        (Some(true), Some(false), Some(true))
    );
    assert_eq!(
        (asset.total_vote_count, asset.up_vote_percentage),
        (Some(10), Some(90))
    );
    let creator = asset.creator.as_ref().unwrap();
    assert!(matches!(creator, UserOrGroup::Group(_)));
    assert_eq!(
        (creator.id(), creator.name(), creator.verified()),
        (2, Some("Makers"), Some(true))
    );
    let updater = asset.latest_group_updater.as_ref().unwrap();
    assert_eq!(
        (updater.id, updater.username.as_deref()),
        (3, Some("Updater"))
    );
    assert_eq!(
        (&asset.purchase_price, asset.purchasable),
        (&Some(Money::usd_cents(499)), Some(true))
    );
    assert_eq!(
        (asset.asset_id, asset.asset_type.clone()),
        (u64::MAX, Some(AssetType::Model))
    );
    assert_eq!(
        (asset.name.as_deref(), asset.description.as_deref()),
        (Some("n"), Some("d"))
    );
    let kinds: Vec<_> = asset
        .social_links
        .iter()
        .map(|link| &link.link_type)
        .collect();
    assert_eq!(
        kinds,
        [
            &SocialLinkType::Github,
            &SocialLinkType::TryInExperience,
            &SocialLinkType::Unknown("99".to_owned())
        ]
    );
    assert_eq!(asset.social_links[0].title.as_deref(), Some("code"));
    assert_eq!(asset.try_in_roblox_place_id(), Some(606_849_621));
    assert_eq!(
        (
            &asset.image_preview_asset_ids[..],
            &asset.video_preview_asset_ids[..]
        ),
        (&[1, 2][..], &[3][..])
    );
    assert_eq!(
        asset.created_at.unwrap().unix_timestamp_nanos(),
        1_695_889_385_447_000_000
    );
    assert_eq!(asset.updated_at.unwrap().nanosecond(), 277_328_900);
    assert_eq!(
        (asset.category_path.as_deref(), asset.creating_universe_id),
        (Some("3d__characters"), Some(77))
    );
    assert_eq!(
        (asset.duration_seconds, asset.audio_type.clone()),
        (Some(61), Some(AudioType::SoundEffect))
    );
    let texts = [
        &asset.artist,
        &asset.title,
        &asset.album,
        &asset.genre,
        &asset.category,
        &asset.subcategory,
    ];
    assert_eq!(
        texts.map(|text| text.as_deref().unwrap()),
        ["ar", "ti", "al", "ge", "ca", "su"]
    );
    assert_eq!(
        (asset.texture_asset_id, asset.mesh_asset_id),
        (Some(5), Some(6))
    );
    assert_eq!(
        (asset.has_scripts, asset.script_count, asset.should_sandbox),
        (Some(true), Some(4), Some(true))
    );
    assert_eq!(
        asset.model_subtypes,
        [
            ToolboxAssetSubtype::Package,
            ToolboxAssetSubtype::Unknown("Novelty".to_owned())
        ]
    );
    assert_eq!(
        (asset.triangle_count, asset.vertex_count),
        (Some(552), Some(912))
    );
    let counts = [
        asset.script_instance_count,
        asset.mesh_part_count,
        asset.animation_count,
        asset.decal_count,
        asset.audio_count,
        asset.tool_count,
    ];
    assert_eq!(counts.map(Option::unwrap), [1, 2, 3, 4, 5, 6]);
    assert_eq!(asset.to_string(), "n (Model 18446744073709551615)");
}

#[test]
fn null_in_every_nullable_member_is_nothing() {
    let nothing = decode(&json!({"asset": {"id": 1}}));
    let nulls = |names: &[&str]| {
        names
            .iter()
            .map(|name| ((*name).to_owned(), Value::Null))
            .collect::<serde_json::Map<_, _>>()
    };
    let mut asset = nulls(&[
        "name",
        "description",
        "assetTypeId",
        "socialLinks",
        "previewAssets",
        "createTime",
        "updateTime",
        "categoryPath",
        "creatingUniverseId",
        "durationSeconds",
        "audioType",
        "artist",
        "title",
        "album",
        "genre",
        "category",
        "subcategory",
        "textureId",
        "meshId",
        "hasScripts",
        "scriptCount",
        "subTypes",
        "objectMeshSummary",
        "instanceCounts",
        "capabilities",
    ]);
    asset.insert("id".to_owned(), json!(1));
    let outer_nulls =
        json!({"voting": null, "creator": null, "creatorStoreProduct": null, "asset": asset});
    let mut inner = asset.clone();
    inner.insert(
        "previewAssets".into(),
        json!({"imagePreviewAssets": null, "videoPreviewAssets": null}),
    );
    inner.insert(
        "objectMeshSummary".into(),
        json!({"triangles": null, "vertices": null}),
    );
    inner.insert(
        "instanceCounts".into(),
        nulls(&["script", "meshPart", "animation", "decal", "audio", "tool"]).into(),
    );
    inner.insert("capabilities".into(), json!({"shouldSandbox": null}));
    let inner_nulls = json!({
        "voting": nulls(&["showVotes", "upVotes", "downVotes", "canVote", "userVote", "hasVoted", "voteCount", "upVotePercent"]),
        "creator": nulls(&["creator", "userId", "groupId", "name", "verified", "latestGroupUpdaterUserId", "latestGroupUpdaterUserName"]),
        "creatorStoreProduct": {"purchasePrice": null, "purchasable": null},
        "asset": inner,
    });
    assert_eq!(decode(&outer_nulls), nothing);
    assert_eq!(decode(&inner_nulls), nothing);
    assert_eq!(nothing.to_string(), "asset 1");
}

#[test]
fn entries_of_a_search_that_name_no_asset_are_passed_over() {
    let body = json!({"creatorStoreAssets": [null, {"asset": null}, {}, {"asset": {"id": 4}}], "totalResults": 4});
    let server = RawServer::answering(vec![json(200, &body.to_string())]);
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
fn prices_that_no_search_can_have_are_refused() {
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
