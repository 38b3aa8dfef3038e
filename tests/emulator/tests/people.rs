//! Users, groups and universes.

#[path = "support/client.rs"]
mod client;

use client::send_as;
use open_cloud_emulator::{Emulator, KeySpec};
use serde_json::{Value, json};

fn ask(emulator: &Emulator, key: &str, path: &str) -> (u16, Value) {
    send_as(emulator, key, "GET", &format!("/cloud/v2/{path}"), "", ())
}

#[test]
fn users_depend_on_scopes() {
    let emulator = Emulator::start().unwrap();
    for (spec, verified, social) in [
        (KeySpec::new("neither"), false, false),
        (
            KeySpec::new("advanced").scope("user.advanced", ["read"]),
            true,
            false,
        ),
        (
            KeySpec::new("social").scope("user.social", ["read"]),
            false,
            true,
        ),
        (KeySpec::new("all").every_scope(), true, true),
    ] {
        let key = emulator.add_key(spec.clone());
        let (status, user) = ask(&emulator, &key, "users/1001");
        assert_eq!(status, 200);
        assert_eq!(
            (&user["path"], &user["id"]),
            (&json!("users/1001"), &json!("1001"))
        );
        assert_eq!(user.get("idVerified").is_some(), verified, "{spec:?}");
        assert_eq!(
            user.get("socialNetworkProfiles").is_some(),
            social,
            "{spec:?}"
        );
    }
    let (_, user) = ask(&emulator, emulator.api_key(), "users/21557");
    assert_eq!(user, json!({ "path": "users/21557", "id": "21557" }));
}

#[test]
fn every_creator_of_the_store_is_known() {
    let emulator = Emulator::start().unwrap();
    for category in ["Audio", "Model"] {
        for id in emulator.toolbox_asset_ids(category) {
            let asset = emulator.toolbox_asset(id).unwrap();
            for (kind, pointer) in [("users", "/creator/userId"), ("groups", "/creator/groupId")] {
                if let Some(creator) = asset.pointer(pointer).and_then(Value::as_u64) {
                    let path = format!("{kind}/{creator}");
                    assert_eq!(ask(&emulator, emulator.api_key(), &path).0, 200, "{path}");
                }
            }
        }
    }
}

#[test]
fn groups_may_have_no_owner() {
    let emulator = Emulator::start().unwrap();
    let (_, owned) = ask(&emulator, emulator.api_key(), "groups/2001");
    assert_eq!(owned["owner"], "users/1001");
    let (status, abandoned) = ask(&emulator, emulator.api_key(), "groups/2002");
    assert_eq!((status, abandoned.get("owner")), (200, None));
    assert_eq!(abandoned["memberCount"], 0);
}

#[test]
fn universes_belong_to_users_or_groups() {
    let emulator = Emulator::start().unwrap();
    let (_, own) = ask(&emulator, emulator.api_key(), "universes/3001");
    assert_eq!(own["user"], "users/1001");
    assert_eq!(own["privateServerPriceRobux"], 25);
    let (_, groups) = ask(&emulator, emulator.api_key(), "universes/3002");
    assert_eq!(groups["group"], "groups/2001");
    assert!(groups.get("user").is_none() && groups.get("privateServerPriceRobux").is_none());
}

#[test]
fn what_is_not_there_is_rejected() {
    let emulator = Emulator::start().unwrap();
    for (path, status, code) in [
        ("users/999", 404, "NOT_FOUND"),
        ("users/abc", 400, "INVALID_ARGUMENT"),
        ("users/-1", 400, "INVALID_ARGUMENT"),
        ("users/1?fields=id", 400, "INVALID_ARGUMENT"),
        ("groups/999", 404, "NOT_FOUND"),
        ("groups/1.0", 400, "INVALID_ARGUMENT"),
        ("universes/999", 404, "NOT_FOUND"),
        ("universes/99999999999999999999", 400, "INVALID_ARGUMENT"),
    ] {
        let (got, error) = ask(&emulator, emulator.api_key(), path);
        assert_eq!(got, status, "{path}");
        assert_eq!(error["code"], code);
        assert!(error["message"].is_string());
    }
}
