//! Reading and managing assets and their versions.

use open_cloud_emulator::{Emulator, Fault, KeySpec};
use rblxopencloud::{
    ApiKey, Asset, AssetFile, AssetPreview, AssetState, AssetType, AssetVersion, Creator, Error,
    ModerationStatus, SocialLink,
};
use serde_json::{Value, json};
use support::client::{key, ready_key, ready_token};
use support::raw_server::{RawServer, json};

/// A model of the ready user, with an icon, a preview and a link to GitHub.
const MODEL: u64 = 500_001;

/// Gives the model this many versions in all, each with other content.
fn make_versions(key: &ApiKey, count: usize) {
    for number in 2..=count {
        let file = AssetFile::from_bytes("a.fbx", format!("version {number}"));
        let update = key.get_user(1001).update_asset(MODEL).file(file);
        update.send().unwrap().wait().unwrap();
    }
}

fn numbers(versions: impl IntoIterator<Item = rblxopencloud::Result<AssetVersion>>) -> Vec<u32> {
    versions
        .into_iter()
        .map(|version| version.unwrap().version_number)
        .collect()
}

/// What a fetch of asset 7 makes of a response.
fn read(body: &Value) -> Asset {
    let server = RawServer::responding(vec![json(200, &body.to_string())]);
    let (key, _) = key(server.url());
    key.fetch_asset(7).unwrap()
}

#[test]
fn an_asset_is_fetched_with_everything_that_can_be_read() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for asset in [
        key.fetch_asset(MODEL).unwrap(),
        key.get_user(1001).fetch_asset(MODEL).unwrap(),
    ] {
        assert_eq!(
            (asset.id, asset.asset_type.as_ref()),
            (MODEL, Some(&AssetType::Model))
        );
        assert_eq!(asset.name.as_deref(), Some("Sample Model"));
        assert_eq!(
            asset.description.as_deref(),
            Some("A sample, number 500001.")
        );
        assert_eq!(
            asset.creator.as_ref().map(rblxopencloud::UserOrGroup::id),
            Some(1001)
        );
        assert_eq!(asset.revision_id, Some(1));
        assert_eq!(asset.revision_time.unwrap().unix_timestamp(), 1_750_000_000);
        assert_eq!(asset.moderation_status, Some(ModerationStatus::Approved));
        assert_eq!(asset.state, Some(AssetState::Active));
        assert!(!asset.is_archived());
        assert_eq!(asset.icon_asset_id, Some(500_005));
        assert_eq!(
            asset.previews,
            [AssetPreview::new(500_005, "A pixel".to_owned())]
        );
        assert_eq!(
            asset.github_social_link,
            Some(SocialLink::new("https://github.com/emulator").with_title("Code"))
        );
        assert_eq!(asset.twitch_social_link, None);
    }
    let mask = emulator.requests()[0].query_pairs().remove(0);
    assert_eq!(
        mask.1.split(',').count(),
        22,
        "12 fields, 9 links and the place: {mask:?}"
    );
}

#[test]
fn both_styles_of_assets_are_the_same_asset() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    emulator.set_guide_style(false);
    let as_in_the_reference = key.fetch_asset(MODEL).unwrap();
    emulator.set_guide_style(true);
    let mut as_in_the_guide = key.fetch_asset(MODEL).unwrap();
    // Only the digits of the second differ.
    assert_ne!(as_in_the_guide, as_in_the_reference);
    assert_eq!(
        as_in_the_guide.revision_time.unwrap().nanosecond(),
        98_765_400
    );
    as_in_the_guide.revision_time = as_in_the_reference.revision_time;
    assert_eq!(as_in_the_guide, as_in_the_reference);
}

#[test]
fn an_asset_may_say_anything_or_nothing() {
    let bare = read(&json!({}));
    assert_eq!(
        (bare.id, bare.name.as_deref(), bare.previews.len()),
        (7, None, 0)
    );
    assert_eq!(bare.to_string(), "asset 7");
    let nulls = read(&json!({
        "path": null, "assetId": null, "assetType": null, "displayName": null, "description": null,
        "revisionId": null, "revisionCreateTime": null, "creationContext": null, "moderationResult": null,
        "icon": null, "previews": null, "state": null, "twitchSocialLink": null, "tryAssetSocialLink": null,
    }));
    assert_eq!(nulls, bare);
    let odd = read(&json!({
        "path": "assets/8", "assetType": "ASSET_TYPE_HOLOGRAM", "revisionId": 9, "state": "FROZEN",
        "creationContext": { "creator": {} }, "moderationResult": { "moderationState": "Pondering" },
        "icon": "", "previews": [{}, { "asset": "assets/6" }, { "asset": "?" }],
        "tryAssetSocialLink": { "uri": "https://www.roblox.com/games/1" }, "newMember": [1, 2],
    }));
    assert_eq!((odd.id, odd.revision_id), (8, Some(9)));
    assert_eq!(
        odd.asset_type,
        Some(AssetType::Unknown("ASSET_TYPE_HOLOGRAM".into()))
    );
    assert_eq!(odd.state, Some(AssetState::Unknown("FROZEN".into())));
    assert_eq!(
        odd.moderation_status,
        Some(ModerationStatus::Unknown("Pondering".into()))
    );
    assert_eq!((odd.creator, odd.icon_asset_id), (None, None));
    assert_eq!(odd.previews, [6.into()]);
    assert_eq!(odd.try_place_id, None);
    let largest = read(
        &json!({ "assetId": u64::MAX.to_string(), "creationContext": { "creator": { "groupId": "5" } } }),
    );
    assert_eq!(largest.id, u64::MAX);
    assert_eq!(largest.creator.unwrap().as_group().unwrap().id, 5);
}

#[test]
fn an_asset_is_written_as_json_without_the_client() {
    let emulator = Emulator::start().unwrap();
    let asset = ready_key(&emulator).fetch_asset(MODEL).unwrap();
    let written = serde_json::to_value(&asset).unwrap();
    assert_eq!(written["id"], MODEL);
    assert_eq!(written["type"], "Model");
    assert_eq!(written["creator"]["id"], 1001);
    assert_eq!(written["previews"][0]["alt_text"], "A pixel");
    assert_eq!(written["github_social_link"]["title"], "Code");
    assert!(
        written["revision_time"]
            .as_str()
            .unwrap()
            .starts_with("2025-06-15T")
    );
    assert_eq!(written.get("client"), None);
}

#[test]
fn what_is_not_there_or_not_ones_own_has_its_error() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let weak = emulator.add_key(KeySpec::new("weak"));
    let weak = ApiKey::builder(weak)
        .base_url(emulator.url())
        .build()
        .unwrap();
    assert!(key.fetch_asset(404).unwrap_err().is_not_found());
    assert!(key.fetch_asset(500_013).unwrap_err().is_forbidden());
    assert!(weak.fetch_asset(MODEL).unwrap_err().is_forbidden());
    for (error, is) in [
        (
            user.fetch_asset_version(MODEL, 2).unwrap_err(),
            Error::is_not_found as fn(&Error) -> bool,
        ),
        (
            user.fetch_asset_version(404, 1).unwrap_err(),
            Error::is_not_found,
        ),
        (
            user.fetch_asset_version(500_013, 1).unwrap_err(),
            Error::is_forbidden,
        ),
        (
            user.rollback_asset(MODEL, 9).unwrap_err(),
            Error::is_not_found,
        ),
        (
            user.rollback_asset(500_013, 1).unwrap_err(),
            Error::is_forbidden,
        ),
        (user.archive_asset(404).unwrap_err(), Error::is_not_found),
        (
            user.restore_asset(500_013).unwrap_err(),
            Error::is_forbidden,
        ),
    ] {
        assert!(is(&error), "{error:?}");
        assert!(!error.is_outcome_unknown());
    }
    let mut versions = user.list_asset_versions(404).into_iter();
    assert!(versions.next().unwrap().unwrap_err().is_not_found());
    assert!(versions.next().is_none());
}

#[test]
fn versions_are_listed_the_latest_first_over_all_pages_and_lazily() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    make_versions(&key, 120);
    emulator.clear_requests();
    let user = key.get_user(1001);
    let all: Vec<u32> = (1..=120).rev().collect();
    let mut versions = user.list_asset_versions(MODEL).into_iter();
    assert_eq!(emulator.requests().len(), 0);
    assert_eq!(versions.next().unwrap().unwrap().version_number, 120);
    assert_eq!(emulator.requests().len(), 1);
    assert_eq!(numbers(versions), all[1..]);
    assert_eq!(emulator.requests().len(), 3);
    assert!(emulator.requests().iter().all(|request| {
        request
            .query_pairs()
            .contains(&("maxPageSize".to_owned(), "50".to_owned()))
    }));

    for (limit, requests, size) in [
        (0, 0, ""),
        (1, 1, "1"),
        (50, 1, "50"),
        (51, 2, "50"),
        (500, 3, "50"),
    ] {
        emulator.clear_requests();
        let found = numbers(user.list_asset_versions(MODEL).limit(limit));
        assert_eq!(found, all[..all.len().min(limit as usize)]);
        assert_eq!(emulator.requests().len(), requests, "limit {limit}");
        for request in emulator.requests() {
            assert_eq!(request.query_pairs()[0].1, size);
        }
    }

    // From where another process left off.
    let mut first = user.list_asset_versions(MODEL).limit(100).into_iter();
    assert_eq!(first.by_ref().take(100).count(), 100);
    let rest = user
        .list_asset_versions(MODEL)
        .page_token(first.cursor().unwrap());
    assert_eq!(numbers(rest), all[100..]);
}

#[test]
fn versions_may_also_come_as_a_bare_array() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    make_versions(&key, 3);
    emulator.set_version_arrays(true);
    let asset = key.fetch_asset(MODEL).unwrap();
    assert_eq!(numbers(asset.list_versions()), [3, 2, 1]);
    for body in [
        "[]",
        "{}",
        "[7]",
        r#"{"assetVersions":null,"nextPageToken":null}"#,
    ] {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = self::key(server.url());
        let versions = numbers(key.get_user(1).list_asset_versions(7));
        assert!(versions.is_empty(), "{body}");
    }
    for body in ["7", "\"\"", "null", "", r#"{"assetVersions":7}"#] {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = self::key(server.url());
        let mut versions = key.get_user(1).list_asset_versions(7).into_iter();
        assert!(versions.next().unwrap().unwrap_err().is_decode(), "{body}");
    }
}

#[test]
fn a_version_is_fetched_by_its_number() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    make_versions(&key, 2);
    let asset = key.fetch_asset(MODEL).unwrap();
    for version in [
        asset.fetch_version(1).unwrap(),
        key.get_user(1001).fetch_asset_version(MODEL, 1).unwrap(),
    ] {
        assert_eq!((version.asset_id, version.version_number), (MODEL, 1));
        assert_eq!(
            version.creator.as_ref().map(rblxopencloud::UserOrGroup::id),
            Some(1001)
        );
        assert_eq!(version.moderation_status, Some(ModerationStatus::Approved));
        assert_eq!(version.published, None);
    }
    let place = key.get_user(1001).fetch_asset_version(500_008, 1).unwrap();
    assert_eq!(place.published, Some(true));
    let written = serde_json::to_value(&place).unwrap();
    assert_eq!(
        (&written["asset_id"], &written["published"]),
        (&json!(500_008), &json!(true))
    );
}

#[test]
fn a_version_without_its_number_is_the_one_that_was_asked_for_and_of_a_rollback_none() {
    for body in [
        "{}",
        r#"{"path":"assets/7"}"#,
        r#"{"path":"assets/7/versions/x"}"#,
    ] {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = key(server.url());
        let version = key.get_user(1).fetch_asset_version(7, 1).unwrap();
        assert_eq!((version.asset_id, version.version_number), (7, 1), "{body}");
        // Of a rollback it means that one may have been made.
        let error = key.get_user(1).rollback_asset(7, 1).unwrap_err();
        assert!(
            error.is_decode() && error.is_outcome_unknown(),
            "{body}: {error:?}"
        );
    }
}

#[test]
fn a_rollback_makes_a_new_version_of_the_old_content() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    make_versions(&key, 2);
    let asset = key.fetch_asset(MODEL).unwrap();
    let user = key.get_user(1001);
    let content = || {
        let location = user.fetch_asset_delivery_location(MODEL).send().unwrap();
        std::io::read_to_string(location.download().unwrap()).unwrap()
    };
    assert_eq!(content(), "version 2");
    assert_eq!(asset.rollback(1).unwrap().version_number, 3);
    assert_eq!(content(), "content of asset 500001");
    assert_eq!(user.rollback_asset(MODEL, 2).unwrap().version_number, 4);
    assert_eq!(content(), "version 2");
    let version = asset.fetch_version(1).unwrap();
    assert_eq!(version.rollback().unwrap().version_number, 5);
    assert_eq!(content(), "content of asset 500001");

    let request = emulator
        .requests()
        .into_iter()
        .find(|request| request.path.ends_with("/versions:rollback"))
        .unwrap();
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.json().unwrap(),
        json!({ "assetVersion": format!("assets/{MODEL}/versions/1") })
    );
}

#[test]
fn a_rollback_is_not_made_twice() {
    for fault in [
        Fault::status(500),
        Fault::status(503),
        Fault::CutAfterActing,
    ] {
        let emulator = Emulator::start().unwrap();
        let key = ready_key(&emulator);
        emulator.fault_next(1, fault);
        let error = key.get_user(1001).rollback_asset(MODEL, 1).unwrap_err();
        assert!(error.is_outcome_unknown(), "{error:?}");
        assert_eq!(emulator.requests().len(), 1);
    }
}

#[test]
fn an_asset_is_archived_and_restored() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let archived = user.archive_asset(MODEL).unwrap();
    assert!(archived.is_archived());
    assert_eq!(archived.id, MODEL);
    assert!(key.fetch_asset(MODEL).unwrap().is_archived());
    let restored = archived.restore().unwrap();
    assert_eq!(restored.state, Some(AssetState::Active));
    assert!(restored.archive().unwrap().is_archived());
    assert!(!user.restore_asset(MODEL).unwrap().is_archived());
    for request in emulator.requests() {
        if request.method == "POST" {
            assert_eq!(request.header("content-length"), Some("0"));
        }
    }
}

#[test]
fn archiving_is_sent_again_after_a_failure() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for fault in [Fault::status(500), Fault::CutBeforeResponse] {
        emulator.clear_requests();
        emulator.fault_next(1, fault);
        let archived = key.get_user(1001).archive_asset(MODEL).unwrap();
        emulator.fault_next(1, Fault::status(502));
        archived.restore().unwrap();
        assert_eq!(emulator.requests().len(), 4);
    }
}

#[test]
fn an_access_token_can_do_all_of_it() {
    let emulator = Emulator::start().unwrap();
    let token = ready_token(&emulator);
    let user = token.get_user(1001);
    let asset = user.fetch_asset(MODEL).unwrap();
    assert_eq!(numbers(asset.list_versions()), [1]);
    assert_eq!(asset.fetch_version(1).unwrap().version_number, 1);
    assert_eq!(asset.rollback(1).unwrap().version_number, 2);
    assert!(asset.archive().unwrap().is_archived());
    assert!(!asset.restore().unwrap().is_archived());
    asset.fetch_delivery_location().send().unwrap();
    assert!(
        user.list_asset_quotas()
            .into_iter()
            .all(|quota| quota.is_ok())
    );
    assert!(
        emulator
            .requests()
            .iter()
            .all(|request| request.status == Some(200))
    );
}
