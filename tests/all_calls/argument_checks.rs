//! Arguments that fit their types and not the documents: an error before any request, unless the checks are off.

use std::fmt::Debug;

use open_cloud_emulator::Emulator;
use rblxopencloud::assets::AssetPermissionRequest;
use rblxopencloud::{
    AssetFile, AssetPermissionAction, AssetPermissionSubject, AssetQuotaType, AssetType, Creator,
    Error, Money, Result, SocialLink, ToolboxSearchSortCategory,
};
use support::client::ready_key;

const OVER_INT64: u64 = i64::MAX as u64 + 1;
const OVER_INT32: u32 = i32::MAX as u32 + 1;

/// The error of a call that sends no request.
fn invalid<T: Debug>(emulator: &Emulator, result: Result<T>) -> String {
    let error: Error = result.unwrap_err();
    assert!(error.is_invalid_argument(), "{error:?}");
    assert_eq!(error.attempts(), 0, "{error:?}");
    assert_eq!(emulator.connections(), 0, "{error}");
    error.to_string()
}

fn first<T>(list: impl IntoIterator<Item = Result<T>>) -> Result<()> {
    list.into_iter()
        .next()
        .map_or(Ok(()), |item| item.map(drop))
}

#[test]
fn an_id_out_of_range_is_an_error_of_every_call_that_has_one() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let (user, group) = (key.get_user(1001), key.get_group(7));
    for id in [0, OVER_INT64, u64::MAX] {
        let asset = key.get_asset(id);
        let file = || AssetFile::from_bytes("a.fbx", "x");
        let says = format!("asset_id must be from 1 to 9223372036854775807, not {id}");
        for result in [
            key.fetch_asset(id).map(drop),
            user.fetch_asset(id).map(drop),
            asset.fetch().map(drop),
            group.fetch_asset_version(id, 1).map(drop),
            group.rollback_asset(id, 1).map(drop),
            user.archive_asset(id).map(drop),
            user.restore_asset(id).map(drop),
            asset.archive().map(drop),
            key.fetch_toolbox_asset(id).map(drop),
            key.save_asset(id, AssetType::Model),
            key.unsave_assets([(id, "Model")]).map(drop),
            key.unsave_assets([(1, "Model"), (id, "Model")]).map(drop),
            user.fetch_asset_delivery_location(id).send().map(drop),
            user.update_asset(id).name("Name").send().map(drop),
            user.update_asset(id).file(file()).send().map(drop),
            first(user.list_asset_versions(id)),
            first(key.search_saved_assets().asset_type("Model").asset_id(id)),
        ] {
            assert_eq!(invalid(&emulator, result), says);
        }
        for (name, result) in [
            (
                "place_id",
                user.fetch_asset_delivery_location(1)
                    .place_id(id)
                    .send()
                    .map(drop),
            ),
            ("icon", user.update_asset(1).icon(id).send().map(drop)),
            (
                "previews",
                user.update_asset(1).previews([1, id]).send().map(drop),
            ),
            (
                "try_place_id",
                user.update_asset(1).try_place_id(id).send().map(drop),
            ),
            (
                "the creator's id",
                key.get_user(id)
                    .upload_asset(file(), "Model", "Name", "")
                    .send()
                    .map(drop),
            ),
            (
                "the creator's id",
                key.get_group(id)
                    .update_asset(1)
                    .name("Name")
                    .expected_robux_price(1)
                    .send()
                    .map(drop),
            ),
            (
                "the id of creator",
                first(key.search_toolbox("Model").creator(&key.get_group(id))),
            ),
            ("the user's id", first(key.get_user(id).list_asset_quotas())),
            (
                "the id of an asset",
                user.grant_assets_permission(
                    AssetPermissionAction::Use,
                    AssetPermissionSubject::All,
                    [1, id],
                )
                .map(drop),
            ),
            (
                "the id of subject",
                user.grant_assets_permission(AssetPermissionAction::Use, &key.get_user(id), [1])
                    .map(drop),
            ),
        ] {
            let text = invalid(&emulator, result);
            assert!(
                text.starts_with(name) && text.ends_with(&format!("not {id}")),
                "{text}"
            );
        }
    }
    // The largest id is sent.
    assert!(key.fetch_asset(i64::MAX as u64).unwrap_err().is_not_found());
    // What was set last counts.
    let update = user
        .update_asset(500_001)
        .icon(0)
        .icon(None)
        .try_place_id(0)
        .try_place_id(1818);
    let _ = update.send().unwrap();
}

#[test]
fn versions_are_counted_from_1() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    for version in [0, OVER_INT32] {
        let request = AssetPermissionRequest::new(1).version_number(version);
        for result in [
            user.fetch_asset_version(1, version).map(drop),
            user.rollback_asset(1, version).map(drop),
            key.get_asset(1).fetch_version(version).map(drop),
            user.fetch_asset_delivery_location(1)
                .version_number(version)
                .send()
                .map(drop),
            user.grant_assets_permission(
                AssetPermissionAction::Use,
                AssetPermissionSubject::All,
                [request],
            )
            .map(drop),
        ] {
            let says = format!("version_number must be from 1 to 2147483647, not {version}");
            assert_eq!(invalid(&emulator, result), says);
        }
    }
}

#[test]
fn a_search_takes_the_types_categories_and_numbers_of_the_documents() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let audio = || key.search_toolbox(AssetType::Audio);
    let types = "Audio, Model, Decal, Plugin, MeshPart, Video and FontFamily";
    let categories = "Relevance, Trending, Top, AudioDuration, CreateTime, UpdatedTime and Ratings";
    let of_saves = "Name, Creator, Top, Ratings, AssetType, SaveTime, UpdatedTime and Price";
    for (result, says) in [
        (
            first(key.search_toolbox(AssetType::Hat)),
            format!("asset_type must be one of {types}, not Hat"),
        ),
        (
            first(audio().sort_by(ToolboxSearchSortCategory::Name)),
            format!("sort_by must be one of {categories}, not Name"),
        ),
        (
            first(audio().max_duration_seconds(0)),
            "max_duration_seconds must be from 1 to 2147483647, not 0".to_owned(),
        ),
        (
            first(audio().max_duration_seconds(OVER_INT32)),
            format!("max_duration_seconds must be from 1 to 2147483647, not {OVER_INT32}"),
        ),
        (
            first(audio().min_duration_seconds(OVER_INT32)),
            format!("min_duration_seconds must be from 0 to 2147483647, not {OVER_INT32}"),
        ),
        (
            first(audio().facets(["calm", ""])),
            "facets must not be empty text".to_owned(),
        ),
        (
            first(audio().tags([""])),
            "tags must not be empty text".to_owned(),
        ),
        (
            first(key.search_saved_assets().asset_type("Hat")),
            format!("asset_type must be one of {types}, not Hat"),
        ),
        (
            first(
                key.search_saved_assets()
                    .sort_by(ToolboxSearchSortCategory::Trending),
            ),
            format!("sort_by must be one of {of_saves}, not Trending"),
        ),
        (
            key.save_asset(1, AssetType::Hat),
            format!("asset_type must be one of {types}, not Hat"),
        ),
        (
            key.unsave_assets([(1, AssetType::Audio), (2, AssetType::Place)])
                .map(drop),
            format!("asset_type must be one of {types}, not Place"),
        ),
    ] {
        assert_eq!(invalid(&emulator, result), says);
    }
    let empty = [
        first(audio().page_token("")),
        first(key.get_user(1001).list_asset_versions(1).page_token("")),
        first(key.get_user(1001).list_asset_quotas().page_token("")),
    ];
    for result in empty {
        assert!(invalid(&emulator, result).starts_with("page_token must not be empty text"));
    }
    let page = first(key.search_saved_assets().page_token("0"));
    assert_eq!(
        invalid(&emulator, page),
        "page_token must be the number of a page of saved assets, from 1 to 2147483647, not \"0\""
    );
    let error = first(audio().min_price(Money::new("E\n\x1b[31m", 1, 0)));
    assert_eq!(
        invalid(&emulator, error),
        r#"min_price must be in USD, not "E\n\u{1b}[31m""#
    );
    // The lowest and highest that there are.
    let search = audio()
        .min_duration_seconds(0)
        .max_duration_seconds(i32::MAX as u32)
        .query("")
        .limit(1);
    first(search).unwrap();
}

#[test]
fn a_quota_is_for_a_type_that_quotas_can_be_for() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let quotas = || key.get_user(1001).list_asset_quotas();
    let text = invalid(&emulator, first(quotas().asset_type(AssetType::Badge)));
    assert_eq!(
        text,
        "asset_type must be a type that quotas are for, which are all but Badge, Package, GamePass, FaceMakeup, \
         LipMakeup, EyeMakeup and StorePreviewVideo, not Badge"
    );
    first(
        quotas()
            .asset_type(AssetType::Audio)
            .quota_type(AssetQuotaType::RateLimitUpload),
    )
    .unwrap();
}

#[test]
fn an_update_sets_three_social_links_at_most() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let link = || SocialLink::new("https://www.example.com");
    let four = || {
        key.get_user(1001)
            .update_asset(500_001)
            .discord_social_link(link())
            .github_social_link(link())
            .twitch_social_link(link())
            .youtube_social_link(link())
    };
    assert_eq!(
        invalid(&emulator, four().send()),
        "the update sets 4 social links; an asset has at most 3"
    );
    // One that is cleared is none, and neither is the place to try the asset.
    assert!(
        !four()
            .youtube_social_link(None)
            .try_place_id(1818)
            .send()
            .is_err_and(|error| error.is_invalid_argument())
    );
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn an_expected_price_fits_the_documented_integer() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let file = AssetFile::from_bytes("a.fbx", "x");
    for result in [
        user.upload_asset(file, "Model", "Name", "")
            .expected_robux_price(OVER_INT64)
            .send(),
        user.update_asset(1)
            .name("Name")
            .expected_robux_price(OVER_INT64)
            .send(),
    ] {
        assert_eq!(
            invalid(&emulator, result),
            "expected_robux_price must be from 0 to 9223372036854775807, not 9223372036854775808"
        );
    }
}

#[test]
fn one_setter_of_each_builder_turns_its_checks_off() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let audio = || key.search_toolbox("Audio").unchecked();
    let results = [
        (
            "searchCategoryType=Hat",
            first(key.search_toolbox("Hat").unchecked()),
        ),
        (
            "sortCategory=Name",
            first(audio().sort_by(ToolboxSearchSortCategory::Name)),
        ),
        (
            "audioMaxDurationSeconds=0",
            first(audio().max_duration_seconds(0)),
        ),
        ("groupId=0", first(audio().creator(&key.get_group(0)))),
        ("facets=", first(audio().facets([""]))),
        ("pageToken=", first(audio().page_token(""))),
        (
            "targetType=Hat",
            first(key.search_saved_assets().asset_type("Hat").unchecked()),
        ),
        (
            "targetId=7",
            first(key.search_saved_assets().asset_id(7).unchecked()),
        ),
        (
            "sortBy=Trending",
            first(
                key.search_saved_assets()
                    .sort_by(ToolboxSearchSortCategory::Trending)
                    .unchecked(),
            ),
        ),
        (
            "filter=assetType",
            first(user.list_asset_quotas().asset_type("Badge").unchecked()),
        ),
        (
            "/assetId/0",
            user.fetch_asset_delivery_location(0)
                .unchecked()
                .send()
                .map(drop),
        ),
        (
            "/version/0",
            user.fetch_asset_delivery_location(500_001)
                .version_number(0)
                .unchecked()
                .send()
                .map(drop),
        ),
        (
            "/assets/0/versions",
            first(user.list_asset_versions(0).unchecked()),
        ),
        (
            "updateMask=icon",
            user.update_asset(500_001)
                .icon(0)
                .unchecked()
                .send()
                .map(drop),
        ),
    ];
    let requests = emulator.requests();
    assert_eq!(requests.len(), results.len());
    for ((part, result), request) in results.into_iter().zip(requests) {
        assert!(
            !result.is_err_and(|error| error.is_invalid_argument()),
            "{part}"
        );
        let query = request.query.unwrap_or_default();
        let sent = format!("{}?{query}", request.path);
        assert!(sent.contains(part), "{sent} has no {part}");
    }
}

#[test]
fn a_value_that_this_crate_does_not_know_is_always_sent() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let results = [
        first(key.search_toolbox("Hologram")),
        first(key.search_toolbox("Audio").sort_by("Loudness".into())),
        first(key.search_saved_assets().asset_type("Hologram")),
        first(key.search_saved_assets().sort_by("Loudness".into())),
        key.save_asset(1, "Hologram"),
        // Also where its name is one that is not accepted.
        key.save_asset(1, AssetType::Unknown("Hat".to_owned())),
        key.unsave_assets([(1, "Hologram")]).map(drop),
        first(
            key.get_user(1001)
                .list_asset_quotas()
                .asset_type("Hologram"),
        ),
    ];
    assert_eq!(emulator.requests().len(), results.len());
    for result in results {
        assert!(!result.is_err_and(|error| error.is_invalid_argument()));
    }
}
