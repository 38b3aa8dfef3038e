//! Updates: exactly what was set is sent, and what was not stays as it is.

use std::io::Read;

use open_cloud_emulator::{Emulator, Fault};
use rblxopencloud::assets::UpdateAsset;
use rblxopencloud::{
    ApiKey, Asset, AssetFile, AssetPreview, AssetType, Creator, Error, SocialLink,
};
use serde_json::{Value, json};
use support::client::{key, ready_key, ready_token, requests_to};
use support::form::{Part, parts};
use support::raw_server::{RawRequest, RawServer, json};

/// A model of the ready user, with an icon, a preview and a link to GitHub.
const MODEL: u64 = 500_001;
const IMAGE: u64 = 500_005;

fn fbx() -> AssetFile {
    AssetFile::from_bytes("crate.fbx", "new content")
}

fn link(uri: &str) -> SocialLink {
    SocialLink::new(uri).with_title("Here")
}

/// Sends an update of asset 7 to a server that takes anything: the mask, and the parts.
fn sent(set: impl Fn(UpdateAsset) -> UpdateAsset) -> (Option<String>, Vec<Part>) {
    let server = RawServer::responding(vec![json(200, r#"{"path":"operations/op-1"}"#)]);
    let (key, _) = key(server.url());
    let _ = set(key.get_user(1).update_asset(7)).send().unwrap();
    let request = server.requests().remove(0);
    let (path, query) = match request.line().split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.line(), None),
    };
    assert_eq!(path, "PATCH /assets/v1/assets/7");
    let mask = query.map(|query| {
        query
            .strip_prefix("updateMask=")
            .unwrap()
            .replace("%2C", ",")
    });
    (mask, parts_of(&request))
}

fn parts_of(request: &RawRequest) -> Vec<Part> {
    assert_eq!(
        request.header("content-length").unwrap(),
        request.body.len().to_string()
    );
    parts(request.header("content-type").unwrap(), &request.body)
}

fn content(asset: &Asset) -> Vec<u8> {
    let location = asset.fetch_delivery_location().send().unwrap();
    let mut bytes = Vec::new();
    location
        .download()
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn nothing_set(key: &ApiKey) -> Error {
    key.get_user(1).update_asset(7).send().unwrap_err()
}

#[test]
fn each_setter_names_its_field_in_the_mask_and_sets_it() {
    type Set = fn(UpdateAsset) -> UpdateAsset;
    const PLACE: &str = "https://e.example/";
    let shown = json!({ "title": "Here", "uri": PLACE });
    let table: [(&str, Set, Value); 14] = [
        ("displayName", |u| u.name("Box"), json!("Box")),
        ("description", |u| u.description("é"), json!("é")),
        ("icon", |u| u.icon(5), json!("assets/5")),
        (
            "previews",
            |u| u.previews([AssetPreview::new(5, "A box".to_owned()), 6.into()]),
            json!([{ "asset": "assets/5", "altText": "A box" }, { "asset": "assets/6" }]),
        ),
        (
            "facebookSocialLink",
            |u| u.facebook_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "twitterSocialLink",
            |u| u.twitter_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "youtubeSocialLink",
            |u| u.youtube_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "twitchSocialLink",
            |u| u.twitch_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "discordSocialLink",
            |u| u.discord_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "githubSocialLink",
            |u| u.github_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "robloxSocialLink",
            |u| u.roblox_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "guildedSocialLink",
            |u| u.guilded_social_link(link(PLACE)),
            shown.clone(),
        ),
        (
            "devForumSocialLink",
            |u| u.devforum_social_link(link(PLACE)),
            shown,
        ),
        (
            "tryAssetSocialLink",
            |u| u.try_place_id(9),
            json!({ "uri": "9" }),
        ),
    ];
    for (field, set, value) in &table {
        let (mask, parts) = sent(set);
        assert_eq!(mask.as_deref(), Some(*field));
        assert_eq!(parts.len(), 1);
        assert_eq!(
            parts[0].head,
            [
                "Content-Disposition: form-data; name=\"request\"",
                "Content-Type: application/json"
            ]
        );
        assert_eq!(parts[0].json(), json!({ "assetId": 7, *field: value }));
    }
    // All of them together, which are more links than an asset can have.
    let (mask, parts) = sent(|update| {
        let update = table.iter().fold(update, |update, (_, set, _)| set(update));
        update.unchecked()
    });
    let mask = mask.unwrap();
    let mut fields: Vec<_> = mask.split(',').collect();
    fields.sort_unstable();
    let mut known = table.each_ref().map(|(field, ..)| *field);
    known.sort_unstable();
    assert_eq!(fields, known);
    assert_eq!(parts[0].json().as_object().unwrap().len(), 15);
}

#[test]
fn what_is_cleared_is_in_the_mask_and_not_in_the_body() {
    type Clear = fn(UpdateAsset) -> UpdateAsset;
    let table: [(&str, Clear); 12] = [
        ("icon", |u| u.icon(None)),
        ("previews", |u| u.previews(Vec::<AssetPreview>::new())),
        ("facebookSocialLink", |u| u.facebook_social_link(None)),
        ("twitterSocialLink", |u| u.twitter_social_link(None)),
        ("youtubeSocialLink", |u| u.youtube_social_link(None)),
        ("twitchSocialLink", |u| u.twitch_social_link(None)),
        ("discordSocialLink", |u| u.discord_social_link(None)),
        ("githubSocialLink", |u| u.github_social_link(None)),
        ("robloxSocialLink", |u| u.roblox_social_link(None)),
        ("guildedSocialLink", |u| u.guilded_social_link(None)),
        ("devForumSocialLink", |u| u.devforum_social_link(None)),
        ("tryAssetSocialLink", |u| u.try_place_id(None)),
    ];
    for (field, clear) in table {
        let (mask, parts) = sent(clear);
        assert_eq!(mask.as_deref(), Some(field));
        assert_eq!(parts[0].json(), json!({ "assetId": 7 }));
    }
    // A description is cleared with an empty text.
    let (mask, parts) = sent(|update| update.description(""));
    assert_eq!(mask.as_deref(), Some("description"));
    assert_eq!(parts[0].json(), json!({ "assetId": 7, "description": "" }));
    // The last word counts.
    let (mask, parts) = sent(|update| update.icon(5).icon(None).name("a").name("b"));
    assert_eq!(mask.as_deref(), Some("displayName,icon"));
    assert_eq!(parts[0].json(), json!({ "assetId": 7, "displayName": "b" }));
}

#[test]
fn content_alone_has_no_mask_and_content_with_metadata_has() {
    let (mask, parts) = sent(|update| update.file(fbx()));
    assert_eq!(mask, None);
    assert_eq!(parts[0].json(), json!({ "assetId": 7 }));
    assert_eq!(
        parts[1].head,
        [
            "Content-Disposition: form-data; name=\"fileContent\"; filename=\"crate.fbx\"",
            "Content-Type: model/fbx"
        ]
    );
    assert_eq!(parts[1].content, b"new content");
    let (mask, parts) = sent(|update| update.file(fbx()).name("Box"));
    assert_eq!(mask.as_deref(), Some("displayName"));
    assert_eq!(parts.len(), 2);
}

#[test]
fn the_expected_price_goes_with_the_creator() {
    let (mask, parts) = sent(|update| update.name("Box").expected_robux_price(5));
    assert_eq!(mask.as_deref(), Some("displayName"));
    assert_eq!(
        parts[0].json()["creationContext"],
        json!({ "creator": { "userId": "1" }, "expectedPrice": 5 })
    );

    let emulator = Emulator::start().unwrap();
    emulator.set_upload_price(6);
    let key = ready_key(&emulator);
    let update = |price| {
        let update = key.get_user(1001).update_asset(MODEL).file(fbx());
        update.expected_robux_price(price).send()
    };
    assert_eq!(update(5).unwrap_err().status(), Some(400));
    update(6).unwrap().wait().unwrap();
}

#[test]
fn with_nothing_set_there_is_an_error_and_no_request() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let error = nothing_set(&key);
    assert!(error.is_invalid_argument(), "{error:?}");
    assert!(error.to_string().contains("nothing to update"), "{error}");
    for update in [
        key.get_user(1).update_asset(7).unchecked(),
        key.get_user(1).update_asset(7).expected_robux_price(5),
    ] {
        assert!(update.send().unwrap_err().is_invalid_argument());
    }
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn what_the_service_would_not_take_is_an_error_before_any_request() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let update = || key.get_user(1001).update_asset(MODEL);
    let too_long = AssetFile::from_reader("a.fbx", std::io::empty(), (20 << 20) + 1);
    for (update, says) in [
        (update().name(" "), "the name of the asset is empty"),
        (update().description("x".repeat(1_001)), "1001 characters"),
        (
            update().file(AssetFile::from_bytes("a.fbx", "")),
            "is empty",
        ),
        (update().file(too_long), "20971520"),
        (
            update().file(AssetFile::from_bytes("a.png", "x")),
            "fbx, gltf, glb, rbxm, rbxmx",
        ),
    ] {
        let error = update.send().unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(emulator.connections(), 0);
    let unchecked = update().name(" ").unchecked().send().unwrap_err();
    assert_eq!(unchecked.status(), Some(400));
}

#[test]
fn metadata_changes_at_once_and_the_rest_stays() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let before = user.fetch_asset(MODEL).unwrap();
    let operation = before
        .update()
        .name("Box")
        .twitch_social_link(link("https://www.twitch.tv/emulator"))
        .try_place_id(1818)
        .send()
        .unwrap();
    // There is no operation to ask after: it is done, and holds what was changed.
    assert!(operation.is_done());
    assert_eq!((operation.id(), operation.path().as_str()), ("", ""));
    let changed = operation.wait().unwrap();
    assert_eq!(changed.id, MODEL);
    assert_eq!(changed.name.as_deref(), Some("Box"));
    assert_eq!(changed.try_place_id, Some(1818));
    assert_eq!(changed.description, None);
    assert!(requests_to(&emulator, "/operations/").is_empty());

    let after = user.fetch_asset(MODEL).unwrap();
    assert_eq!(after.name.as_deref(), Some("Box"));
    assert_eq!(
        after.twitch_social_link,
        Some(link("https://www.twitch.tv/emulator"))
    );
    assert_eq!(after.try_place_id, Some(1818));
    assert_eq!(after.description, before.description);
    assert_eq!(after.icon_asset_id, Some(IMAGE));
    assert_eq!(after.previews, before.previews);
    assert_eq!(after.github_social_link, before.github_social_link);
    assert!(after.github_social_link.is_some());
}

#[test]
fn everything_can_be_set_and_cleared_again() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let update = || user.update_asset(MODEL);
    let fetch = || user.fetch_asset(MODEL).unwrap();

    let cleared = update()
        .description("")
        .icon(None)
        .previews(Vec::<u64>::new())
        .github_social_link(None);
    cleared.send().unwrap().wait().unwrap();
    let asset = fetch();
    assert_eq!(asset.description.as_deref(), Some(""));
    assert_eq!((asset.icon_asset_id, asset.previews.len()), (None, 0));
    assert_eq!(asset.github_social_link, None);

    update()
        .icon(IMAGE)
        .previews([AssetPreview::new(IMAGE, "A pixel".to_owned())])
        .send()
        .unwrap()
        .wait()
        .unwrap();
    let asset = fetch();
    assert_eq!(asset.icon_asset_id, Some(IMAGE));
    assert_eq!(
        asset.previews,
        [AssetPreview::new(IMAGE, "A pixel".to_owned())]
    );

    type Set = fn(UpdateAsset, Option<SocialLink>) -> UpdateAsset;
    type Get = fn(&Asset) -> Option<&SocialLink>;
    let platforms: [(&str, Set, Get); 9] = [
        (
            "https://facebook.com/x",
            |u, l| u.facebook_social_link(l),
            |a| a.facebook_social_link.as_ref(),
        ),
        (
            "https://x.com/x",
            |u, l| u.twitter_social_link(l),
            |a| a.twitter_social_link.as_ref(),
        ),
        (
            "https://youtube.com/x",
            |u, l| u.youtube_social_link(l),
            |a| a.youtube_social_link.as_ref(),
        ),
        (
            "https://twitch.tv/x",
            |u, l| u.twitch_social_link(l),
            |a| a.twitch_social_link.as_ref(),
        ),
        (
            "https://discord.gg/x",
            |u, l| u.discord_social_link(l),
            |a| a.discord_social_link.as_ref(),
        ),
        (
            "https://github.com/x",
            |u, l| u.github_social_link(l),
            |a| a.github_social_link.as_ref(),
        ),
        (
            "https://www.roblox.com/x",
            |u, l| u.roblox_social_link(l),
            |a| a.roblox_social_link.as_ref(),
        ),
        (
            "https://guilded.gg/x",
            |u, l| u.guilded_social_link(l),
            |a| a.guilded_social_link.as_ref(),
        ),
        (
            "https://devforum.roblox.com/x",
            |u, l| u.devforum_social_link(l),
            |a| a.devforum_social_link.as_ref(),
        ),
    ];
    for (uri, set, get) in platforms {
        set(update(), Some(link(uri)))
            .send()
            .unwrap()
            .wait()
            .unwrap();
        let asset = fetch();
        assert_eq!(get(&asset), Some(&link(uri)));
        let others = platforms.iter().filter(|(.., get)| get(&asset).is_some());
        assert_eq!(others.count(), 1, "{uri}");
        set(update(), None).send().unwrap().wait().unwrap();
        assert_eq!(get(&fetch()), None, "{uri}");
    }
}

#[test]
fn content_changes_by_an_operation_alone_or_with_metadata() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let operation = user.update_asset(MODEL).file(fbx()).send().unwrap();
    assert!(!operation.is_done() && !operation.id().is_empty());
    let asset = operation.wait().unwrap();
    assert_eq!((asset.id, asset.revision_id), (MODEL, Some(2)));
    assert_eq!(asset.asset_type, Some(AssetType::Model));
    assert_eq!(content(&asset), b"new content");

    let update = asset.update().file(fbx()).name("Box").icon(None);
    let asset = update.send().unwrap().wait().unwrap();
    assert_eq!(
        (asset.name.as_deref(), asset.revision_id),
        (Some("Box"), Some(3))
    );
    assert_eq!(user.fetch_asset(MODEL).unwrap().icon_asset_id, None);
}

#[test]
fn both_styles_of_responses_are_understood() {
    for guide in [true, false] {
        for polls in [0, 1] {
            let emulator = Emulator::start().unwrap();
            emulator.set_guide_style(guide);
            emulator.set_operation_polls(polls);
            let update = ready_key(&emulator).get_user(1001).update_asset(MODEL);
            let operation = update.file(fbx()).send().unwrap();
            assert_eq!(operation.is_done(), polls == 0);
            assert_eq!(operation.wait().unwrap().revision_id, Some(2));
        }
    }
    let done = r#"{"path":"operations/o","done":true,"error":{"code":3,"message":"No."}}"#;
    let server = RawServer::responding(vec![json(200, done)]);
    let (key, _) = key(server.url());
    let operation = key.get_user(1).update_asset(7).name("Box").send().unwrap();
    assert!(operation.wait().unwrap_err().is_operation_failed());
}

#[test]
fn content_of_anything_but_a_model_is_rejected_by_the_service() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let error = user.update_asset(500_003).file(fbx()).send().unwrap_err();
    assert_eq!(error.status(), Some(400));
    let error = user.update_asset(500_013).name("Mine").send().unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    let error = user.update_asset(1 << 60).name("Mine").send().unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}

#[test]
fn metadata_is_sent_again_and_content_only_if_it_was_not_acted_on() {
    for fault in [Fault::status(500), Fault::CutAfterActing] {
        let emulator = Emulator::start().unwrap();
        let key = ready_key(&emulator);
        let user = key.get_user(1001);
        emulator.fault_next(1, fault.clone());
        let renamed = user.update_asset(MODEL).name("Box").send().unwrap();
        assert_eq!(renamed.wait().unwrap().name.as_deref(), Some("Box"));
        assert_eq!(emulator.requests().len(), 2);

        emulator.clear_requests();
        emulator.fault_next(1, fault);
        let error = user.update_asset(MODEL).file(fbx()).send().unwrap_err();
        assert!(error.is_outcome_unknown(), "{error:?}");
        assert_eq!(emulator.requests().len(), 1);

        emulator.clear_requests();
        emulator.fault_next(1, Fault::status(503));
        let updated = user.update_asset(MODEL).file(fbx()).send().unwrap();
        assert_eq!(content(&updated.wait().unwrap()), b"new content");
        let requests = requests_to(&emulator, "/assets/v1/assets");
        assert_eq!(requests.len(), 2);
        assert!(requests[0].body == requests[1].body);
    }
}

#[test]
fn a_response_that_is_none_cannot_be_decoded() {
    for body in ["", "7", "null", "[]", r#"{"done":true}"#, "\"text\""] {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = key(server.url());
        let error = key
            .get_user(1)
            .update_asset(7)
            .name("Box")
            .send()
            .unwrap_err();
        assert!(error.is_decode(), "{body}: {error:?}");
        assert!(error.is_outcome_unknown());
    }
}

#[test]
fn new_content_is_not_in_use_without_an_operation_that_says_so() {
    for body in ["{}", r#"{"operationId":""}"#, r#"{"operationId":null}"#] {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = key(server.url());
        let update = key.get_user(1).update_asset(7).file(fbx());
        let error = update.send().unwrap_err();
        assert!(error.is_decode(), "{body}: {error:?}");
        assert!(error.is_outcome_unknown());
    }
}

#[test]
fn progress_of_new_content_is_told() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let (told, progress) = std::sync::mpsc::channel();
    let update = key.get_user(1001).update_asset(MODEL).file(fbx());
    let _ = update
        .progress(move |sent, total| told.send((sent, total)).unwrap())
        .send()
        .unwrap();
    assert_eq!(progress.iter().collect::<Vec<_>>(), [(11, 11)]);
}

#[test]
fn a_group_and_an_access_token_can_update() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let update = key.get_group(2001).update_asset(500_012).file(fbx());
    let asset = update
        .expected_robux_price(0)
        .send()
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(asset.creator.unwrap().as_group().unwrap().id, 2001);

    let token = ready_token(&emulator);
    let update = token.get_user(1001).update_asset(MODEL);
    let asset = update.file(fbx()).name("Box").send().unwrap().wait();
    assert_eq!(asset.unwrap().name.as_deref(), Some("Box"));
}
