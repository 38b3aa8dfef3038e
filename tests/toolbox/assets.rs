//! Assets of the toolbox: what is kept of all that the service tells.

use open_cloud_emulator::{CATEGORIES, Emulator};
use rblxopencloud::toolbox::ToolboxSearchView;
use rblxopencloud::{
    ApiKey, AssetType, AudioType, InstanceType, Money, MusicChartType, SocialLinkType,
    ToolboxAsset, ToolboxAssetSubtype, ToolboxSearchSortCategory, UserOrGroup,
};
use serde_json::{Value, json};
use support::raw_server::{RawServer, json};
use support::shapes;

fn key(emulator: &Emulator) -> ApiKey {
    ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap()
}

fn decode(asset: &Value) -> ToolboxAsset {
    let server = RawServer::responding(vec![json(200, &asset.to_string())]);
    ApiKey::builder("k")
        .base_url(server.url())
        .build()
        .unwrap()
        .fetch_toolbox_asset(1)
        .unwrap()
}

#[test]
fn every_asset_of_the_catalogue_decodes_the_same_from_both_endpoints() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for kind in CATEGORIES {
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
fn every_field_of_the_schema_is_kept() {
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
    assert_eq!(asset.try_place_id(), Some(606_849_621));
    assert_eq!(
        (
            &asset.preview_image_asset_ids[..],
            &asset.preview_video_asset_ids[..]
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
        asset.subtypes,
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
fn null_in_every_nullable_field_is_nothing() {
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
fn every_asset_of_the_catalogue_keeps_all_that_is_told_of_it_and_no_more() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let mut names = std::collections::BTreeSet::new();
    for kind in CATEGORIES {
        let all = key
            .search_toolbox(kind)
            .verified_creators_only(false)
            .include_top_charts(true);
        for result in all {
            let (asset, _) = result.unwrap();
            let told = emulator.toolbox_asset(asset.asset_id).unwrap();
            let kept = shapes::of_asset(&asset);
            assert_eq!(kept, shapes::expected_of_asset(&told), "{told}");
            names.extend(kept.into_keys());
        }
    }
    let fields = shapes::TOOLBOX_ASSET.iter().map(|(name, _)| *name);
    // The catalogue has everything but previews that are videos.
    let fields = fields.filter(|name| !name.ends_with("/videoPreviewAssets"));
    assert_eq!(names, fields.collect());
}

#[test]
fn a_creator_is_named_by_an_id_or_as_older_services_do() {
    let creator = |creator: Value| decode(&json!({"creator": creator, "asset": {"id": 1}})).creator;
    for (told, kind, id) in [
        (
            json!({"userId": 5, "name": "N", "verified": true}),
            "user",
            5,
        ),
        (
            json!({"groupId": "5", "name": "N", "verified": true}),
            "group",
            5,
        ),
        (
            json!({"userId": 5, "groupId": 0, "creator": "user/6", "name": "N", "verified": true}),
            "user",
            5,
        ),
        (
            json!({"userId": 0, "groupId": 5, "creator": "group/6", "name": "N", "verified": true}),
            "group",
            5,
        ),
        (
            json!({"creator": "user/5", "name": "N", "verified": true}),
            "user",
            5,
        ),
        (
            json!({"creator": "group/5", "userId": null, "groupId": null, "name": "N", "verified": true}),
            "group",
            5,
        ),
    ] {
        let creator = creator(told.clone()).unwrap();
        assert_eq!(
            (creator.as_user().is_some(), creator.id()),
            (kind == "user", id),
            "{told}"
        );
        assert_eq!(
            (creator.name(), creator.verified()),
            (Some("N"), Some(true))
        );
    }
    for nobody in [
        json!(null),
        json!({}),
        json!({"name": "N", "verified": true}),
        json!({"userId": 0, "groupId": 0}),
        json!({"creator": "someone/5"}),
        json!({"creator": "user/x"}),
        json!({"creator": "user"}),
    ] {
        assert_eq!(creator(nobody.clone()), None, "{nobody}");
    }
    let nameless = creator(json!({"groupId": 5})).unwrap();
    assert_eq!((nameless.name(), nameless.verified()), (None, None));
}

#[test]
fn only_a_group_has_had_a_latest_updater() {
    let updater = |creator: Value| {
        decode(&json!({"creator": creator, "asset": {"id": 1}})).latest_group_updater
    };
    let named = updater(
        json!({"groupId": 5, "latestGroupUpdaterUserId": 6, "latestGroupUpdaterUserName": "U"}),
    );
    assert_eq!(named.unwrap().to_string(), "@U (user 6)");
    let nameless = updater(json!({"groupId": 5, "latestGroupUpdaterUserId": "6"}));
    assert_eq!(nameless.unwrap().to_string(), "user 6");
    assert_eq!(
        updater(json!({"userId": 5, "latestGroupUpdaterUserId": 0})),
        None
    );
    assert_eq!(
        updater(json!({"groupId": 5, "latestGroupUpdaterUserName": "U"})),
        None
    );
}

#[test]
fn every_kind_of_link_is_known_by_its_number_and_its_name() {
    let links =
        |links: Value| decode(&json!({"asset": {"id": 1, "socialLinks": links}})).social_links;
    let numbers = links(
        (0..=10)
            .map(|kind| json!({"linkType": kind, "url": "u"}))
            .collect(),
    );
    let kinds: Vec<_> = numbers.iter().map(|link| link.link_type.clone()).collect();
    assert_eq!(kinds, SocialLinkType::ALL);
    let named = links(
        SocialLinkType::ALL
            .iter()
            .map(|kind| json!({"linkType": kind}))
            .collect(),
    );
    let kinds: Vec<_> = named.iter().map(|link| link.link_type.clone()).collect();
    assert_eq!(kinds, SocialLinkType::ALL);

    // A link may be null, as may all that is in one.
    let odd = links(
        json!([null, {}, {"linkType": null, "url": null, "title": null}, {"linkType": 6, "url": "x", "title": "t"}]),
    );
    assert_eq!(odd.len(), 3);
    assert_eq!(odd[0], odd[1]);
    assert_eq!(
        (&odd[0].link_type, &odd[0].url, &odd[0].title),
        (&SocialLinkType::Invalid, &None, &None)
    );
    assert_eq!(
        serde_json::to_value(&odd[2]).unwrap(),
        json!({"link_type": "Github", "url": "x", "title": "t"})
    );
}

#[test]
fn the_place_to_try_an_asset_in_is_read_from_any_form_of_its_link() {
    let place =
        |links: Value| decode(&json!({"asset": {"id": 1, "socialLinks": links}})).try_place_id();
    for url in [
        "606849621",
        "https://www.roblox.com/games/606849621",
        "https://www.roblox.com/games/606849621/Jailbreak?x=7",
        "https://www.roblox.com/de/games/606849621#!/about",
        "https://www.roblox.com/games/start?placeId=606849621",
        "roblox://experiences/start?placeId=606849621&x=1",
    ] {
        assert_eq!(
            place(json!([{"linkType": 10, "url": url}])),
            Some(606_849_621),
            "{url}"
        );
        assert_eq!(place(json!([{"linkType": 8, "url": url}])), None, "{url}");
    }
    for nowhere in [
        json!(null),
        json!([]),
        json!([{"linkType": 10}]),
        json!([{"linkType": 10, "url": ""}]),
        json!([{"linkType": 10, "url": "https://www.roblox.com/games/"}]),
        json!([{"linkType": 10, "url": "https://www.roblox.com/catalog/1"}]),
        json!([{"linkType": 10, "url": "99999999999999999999"}]),
    ] {
        assert_eq!(place(nowhere.clone()), None, "{nowhere}");
    }
    let second = json!([{"linkType": 1, "url": "1"}, {"linkType": 10, "url": null}, {"linkType": "TryInExperience", "url": "2"}]);
    assert_eq!(place(second), Some(2));
}

#[test]
fn a_price_without_a_quantity_is_not_known() {
    let price = |price: Value| {
        let told = json!({"creatorStoreProduct": {"purchasePrice": price}, "asset": {"id": 1}});
        decode(&told).purchase_price
    };
    for unknown in [
        json!(null),
        json!({}),
        json!({"currencyCode": "USD"}),
        json!({"currencyCode": null, "quantity": null}),
    ] {
        assert_eq!(price(unknown.clone()), None, "{unknown}");
    }
    let free = price(json!({"currencyCode": "USD", "quantity": {"significand": 0}}));
    assert_eq!(free, Some(Money::usd_cents(0)));
    let five = price(json!({"currencyCode": "USD", "quantity": {"significand": "5"}}));
    assert_eq!(five.unwrap().to_string(), "USD 5.00");
    let strange =
        price(json!({"currencyCode": null, "quantity": {"significand": 5, "exponent": -1}}));
    assert_eq!(strange.unwrap().to_string(), "0.50");
}

/// Every value of an enum is the same after it was written and read, and so is one that is not known.
fn round_trips<T>(all: &[T])
where
    T: Clone + std::fmt::Debug + std::fmt::Display + PartialEq,
    T: serde::Serialize + serde::de::DeserializeOwned + From<String> + std::str::FromStr,
{
    let unknown = T::from("A Later Value".to_owned());
    assert!(!all.is_empty() && !all.contains(&unknown));
    for value in all.iter().chain([&unknown]) {
        let text = value.to_string();
        let json = serde_json::to_string(value).unwrap();
        assert_eq!(json, format!("{text:?}"));
        assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
        assert_eq!(&T::from(text.clone()), value);
        assert!(text.parse::<T>().is_ok_and(|parsed| &parsed == value));
    }
    for (index, value) in all.iter().enumerate() {
        assert!(!all[..index].contains(value), "{value:?} is there twice");
    }
}

#[test]
fn enums_keep_every_value_that_they_are_given() {
    round_trips(ToolboxSearchSortCategory::ALL);
    round_trips(ToolboxSearchView::ALL);
    round_trips(ToolboxAssetSubtype::ALL);
    round_trips(InstanceType::ALL);
    round_trips(MusicChartType::ALL);
    round_trips(AudioType::ALL);
    round_trips(SocialLinkType::ALL);
    round_trips(rblxopencloud::ProductRestriction::ALL);
    round_trips(rblxopencloud::SocialNetworkVisibility::ALL);
    round_trips(rblxopencloud::ExperienceVisibility::ALL);
    round_trips(rblxopencloud::ExperienceAgeRating::ALL);
    round_trips(&AssetType::known().collect::<Vec<_>>());
    assert_eq!(
        ToolboxSearchSortCategory::from("UpdateTime"),
        ToolboxSearchSortCategory::UpdateTime
    );
    assert_eq!(SocialLinkType::from("10"), SocialLinkType::TryInExperience);
}

#[test]
fn a_number_that_an_enum_does_not_know_is_kept_to_the_last_digit() {
    for number in [json!(-1), json!(i64::MIN), json!(99_999), json!(u64::MAX)] {
        let text = number.to_string();
        let asset = decode(&json!({"asset": {
            "id": 1,
            "assetTypeId": number,
            "audioType": number,
            "subTypes": [number],
            "socialLinks": [{"linkType": number}],
        }}));
        assert_eq!(asset.asset_type, Some(AssetType::from(text.as_str())));
        assert_eq!(asset.audio_type, Some(AudioType::Unknown(text.clone())));
        assert_eq!(
            asset.subtypes,
            [ToolboxAssetSubtype::Unknown(text.clone())],
            "{number}"
        );
        let kind = &asset.social_links[0].link_type;
        assert_eq!(kind, &SocialLinkType::Unknown(text));
    }
}

#[test]
fn an_asset_is_shown_by_what_tells_it_apart_and_written_in_full() {
    let emulator = Emulator::start().unwrap();
    let asset = key(&emulator).fetch_toolbox_asset(1818).unwrap();
    assert_eq!(asset.to_string(), "Classic Crate (Model 1818)");
    let debug = format!("{asset:?}");
    assert!(
        debug.contains("1818") && debug.contains("Classic Crate"),
        "{debug}"
    );
    assert!(!debug.contains(emulator.api_key()));
    let written = serde_json::to_value(&asset).unwrap();
    assert_eq!(written["asset_type"], "Model");
    assert_eq!(
        written["creator"],
        json!({"type": "user", "id": 1, "name": "Roblox", "verified": true})
    );
    assert_eq!(written["is_owned"], Value::Null);
    assert_eq!(written["saved_at"], Value::Null);
    let told = emulator.toolbox_asset(1818).unwrap();
    let created = shapes::expected_of_asset(&told)["/asset/createTime"].clone();
    assert_eq!(written["created_at"], created);
    assert_eq!(written["up_votes"], told["voting"]["upVotes"]);
    assert!(written.get("client").is_none());
}

#[test]
fn the_handles_of_a_result_work_with_the_key_that_found_it() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let asset = key.fetch_toolbox_asset(2_150_000_000).unwrap();
    let group = asset.creator.unwrap();
    let info = group.as_group().unwrap().fetch_info().unwrap();
    assert_eq!(info.name.as_deref(), group.name());
    let updater = asset.latest_group_updater.unwrap().fetch_info().unwrap();
    assert_eq!(updater.username.as_deref(), Some("builderman"));
    for request in emulator.requests() {
        assert_eq!(request.header("x-api-key"), Some(emulator.api_key()));
    }
}

#[test]
fn what_was_found_is_an_asset_with_what_is_known_of_it() {
    let emulator = Emulator::start().unwrap();
    let found = key(&emulator).fetch_toolbox_asset(1818).unwrap();
    let asset = found.asset();
    assert_eq!(
        (asset.id, &asset.asset_type, &asset.name, &asset.description),
        (1818, &found.asset_type, &found.name, &found.description)
    );
    assert_eq!(asset.creator, found.creator);
    assert_eq!(asset.creator.as_ref().unwrap().name(), Some("Roblox"));
    assert_eq!(asset.try_place_id, found.try_place_id());
    assert_eq!(emulator.requests().len(), 1);
    let fetched = asset.fetch().unwrap();
    assert_eq!((fetched.id, &fetched.asset_type), (1818, &found.asset_type));
    assert!(fetched.revision_id.is_some());
    let request = emulator.requests().pop().unwrap();
    assert_eq!(request.header("x-api-key"), Some(emulator.api_key()));

    let link = json!([{"linkType": 10, "url": "https://www.roblox.com/games/7"}]);
    let found = decode(&json!({"asset": {"id": 1, "socialLinks": link}}));
    assert_eq!(found.asset().try_place_id, Some(7));
}

#[test]
fn the_first_link_of_a_kind_is_the_link_of_that_kind() {
    let links = json!([{"linkType": 6, "url": "a"}, {"linkType": 5, "url": "b"}, {"linkType": 6, "url": "c"}, {"linkType": 99}]);
    let asset = decode(&json!({"asset": {"id": 1, "socialLinks": links}}));
    let url = |kind: &SocialLinkType| asset.social_link(kind).map(|link| link.url.as_deref());
    assert_eq!(url(&SocialLinkType::Github), Some(Some("a")));
    assert_eq!(url(&SocialLinkType::Discord), Some(Some("b")));
    assert_eq!(url(&SocialLinkType::from("99")), Some(None));
    assert_eq!(url(&SocialLinkType::Twitch), None);
}
