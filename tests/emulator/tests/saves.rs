//! Saved assets of the creator store.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "support/client.rs"]
mod client;

use client::send_as;
use open_cloud_emulator::{Emulator, KeySpec};
use serde_json::{Value, json};

const SAVES: &str = "/toolbox-service/v1/saves";

fn send(emulator: &Emulator, key: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    match body {
        "" => send_as(emulator, key, method, path, "", ()),
        _ => send_as(emulator, key, method, path, "application/json", body),
    }
}

fn list(emulator: &Emulator, query: &str) -> Value {
    let path = format!("{SAVES}?{query}");
    let (status, response) = send(emulator, emulator.api_key(), "GET", &path, "");
    assert_eq!(status, 200, "{query}: {response}");
    response
}

fn names(response: &Value) -> Vec<&str> {
    let saves = response["saves"].as_array().unwrap();
    saves
        .iter()
        .map(|save| {
            save["creatorStoreAsset"]["asset"]["name"]
                .as_str()
                .unwrap_or("-")
        })
        .collect()
}

#[test]
fn the_ready_key_has_some_saves() {
    let emulator = Emulator::start().unwrap();
    let response = list(&emulator, "");
    assert_eq!(response["totalCount"], 9);
    let saves = response["saves"].as_array().unwrap();
    let gone = saves
        .iter()
        .filter(|save| save["creatorStoreAsset"].is_null());
    assert_eq!((saves.len(), gone.count()), (9, 2));
    assert_eq!(saves[8]["dateSaved"], "2023-11-14T22:13:20.1234567Z");
    assert_eq!(saves[8]["owned"], true);
}

#[test]
fn saves_are_filtered_sorted_and_paged() {
    let emulator = Emulator::start().unwrap();
    for (query, count) in [
        ("targetType=Audio", 2),
        ("targetType=Model&targetId=1818", 1),
        ("targetType=Audio&targetId=1818", 0),
        ("keyword=menu", 2),
        ("hideOwnedAssets=true", 5),
        ("hideOwnedAssets=false", 9),
        ("page=3&limit=4", 9),
    ] {
        assert_eq!(list(&emulator, query)["totalCount"], count, "{query}");
    }
    let response = list(&emulator, "sortBy=Name&sortDirection=Ascending&keyword=e");
    let sorted = names(&response);
    assert!(
        sorted.len() > 4 && sorted.is_sorted_by_key(|name| name.to_lowercase()),
        "{sorted:?}"
    );
    let mut paged = Vec::new();
    for page in 1..=4 {
        let response = list(&emulator, &format!("limit=4&page={page}"));
        paged.extend(response["saves"].as_array().unwrap().clone());
    }
    assert_eq!(json!(paged), list(&emulator, "")["saves"]);
    for sort in [
        "Creator",
        "Ratings",
        "TargetType",
        "LastModified",
        "Price",
        "DateSaved",
    ] {
        let up = list(&emulator, &format!("sortBy={sort}&sortDirection=Ascending"));
        let down = list(
            &emulator,
            &format!("sortBy={sort}&sortDirection=Descending"),
        );
        let mut up = up["saves"].as_array().unwrap().clone();
        up.reverse();
        assert_eq!(json!(up), down["saves"], "{sort}");
    }
}

#[test]
fn assets_are_saved_once() {
    let emulator = Emulator::start().unwrap();
    let id = emulator.toolbox_asset_ids("Decal")[0];
    let body = json!({ "targetType": "Decal", "targetId": id }).to_string();
    let post = |body: &str| send(&emulator, emulator.api_key(), "POST", SAVES, body);
    assert_eq!(post(&body), (201, Value::Null));
    let (status, problem) = post(&body);
    assert_eq!((status, &problem["status"]), (409, &json!(409)));
    let newest = list(&emulator, "limit=1");
    assert_eq!(newest["saves"][0]["creatorStoreAsset"]["asset"]["id"], id);
    assert_eq!(newest["totalCount"], 10);
    for (body, status) in [
        (json!({ "targetType": "Decal", "targetId": 5 }), 404),
        (json!({ "targetType": "Audio", "targetId": id }), 404),
        (json!({ "targetType": "decal", "targetId": id }), 400),
        (
            json!({ "targetType": "Decal", "targetId": id.to_string() }),
            400,
        ),
        (json!({ "targetType": "Decal" }), 400),
        (json!({ "targetId": id }), 400),
        (
            json!({ "targetType": "Decal", "targetId": id, "collectionName": "x" }),
            400,
        ),
        (
            json!({ "targetType": "Decal", "targetId": id, "assetId": id }),
            400,
        ),
        (json!([]), 400),
    ] {
        assert_eq!(post(&body.to_string()).0, status, "{body}");
    }
    assert_eq!(post("{").0, 400);
}

#[test]
fn assets_are_unsaved_once() {
    let emulator = Emulator::start().unwrap();
    let delete = |query: &str| {
        let path = format!("{SAVES}?{query}");
        send(&emulator, emulator.api_key(), "DELETE", &path, "").0
    };
    assert_eq!(delete("targetType=Model&targetId=1818"), 204);
    assert_eq!(delete("targetType=Model&targetId=1818"), 404);
    // Also what is gone from the store.
    assert_eq!(delete("targetType=Model&targetId=999111222"), 204);
    for query in [
        "targetType=Model",
        "targetId=1",
        "targetType=Model&targetId=x",
        "targetType=X&targetId=1",
    ] {
        assert_eq!(delete(query), 400, "{query}");
    }
    assert_eq!(list(&emulator, "")["totalCount"], 7);
}

#[test]
fn many_are_unsaved_at_once() {
    let emulator = Emulator::start().unwrap();
    let path = format!("{SAVES}:bulkDelete");
    let post = |body: Value| {
        send(
            &emulator,
            emulator.api_key(),
            "POST",
            &path,
            &body.to_string(),
        )
    };
    let targets = json!([
        { "targetType": "Model", "targetId": 1818 },
        { "targetType": "Model", "targetId": 1818 },
        { "targetType": "Video", "targetId": 999_333_444 },
        { "targetType": "Video", "targetId": 1 },
    ]);
    assert_eq!(
        post(json!({ "targets": targets })),
        (200, json!({ "deletedCount": 2 }))
    );
    assert_eq!(post(json!({ "targets": targets })).0, 404);
    assert_eq!(
        post(json!({ "targets": [] })),
        (200, json!({ "deletedCount": 0 }))
    );
    let many = |count: usize| json!({ "targets": vec![json!({ "targetType": "Audio", "targetId": 1_842_610_131 }); count] });
    assert_eq!(post(many(5001)).0, 400);
    assert_eq!(post(many(5000)), (200, json!({ "deletedCount": 1 })));
    for body in [
        json!({}),
        json!({ "targets": null }),
        json!({ "targets": [1] }),
        json!({ "targets": [{ "targetType": "Audio" }] }),
        json!({ "targets": [], "all": true }),
    ] {
        assert_eq!(post(body.clone()).0, 400, "{body}");
    }
}

#[test]
fn everybody_has_saves_of_their_own() {
    let emulator = Emulator::start().unwrap();
    let other = emulator.add_key(KeySpec::new("other").every_scope().authorized_user(156));
    let (_, response) = send(&emulator, &other, "GET", SAVES, "");
    assert_eq!(response, json!({ "totalCount": 0, "saves": [] }));
    let reader = emulator.add_key(KeySpec::new("reader").scope("creator-store-save", ["read"]));
    assert_eq!(
        send(&emulator, &reader, "GET", SAVES, "").1["totalCount"],
        9
    );
    let path = format!("{SAVES}?targetType=Model&targetId=1818");
    assert_eq!(send(&emulator, &reader, "DELETE", &path, "").0, 403);
}

#[test]
fn bad_parameters_are_rejected() {
    let emulator = Emulator::start().unwrap();
    for query in [
        "limit=0",
        "limit=501",
        "page=0",
        "targetId=1",
        "sortBy=Top",
        "sortBy=SaveTime",
        "sortDirection=Up",
        "hideOwnedAssets=yes",
        "collectionName=x",
        "query=x",
    ] {
        let path = format!("{SAVES}?{query}");
        let (status, problem) = send(&emulator, emulator.api_key(), "GET", &path, "");
        assert_eq!(status, 400, "{query}");
        assert!(problem["errors"].is_object());
    }
}
