//! Permissions, prices and quotas.

#[path = "support/client.rs"]
mod client;

use client::{agent, create, new_asset, send, send_json};
use open_cloud_emulator::Emulator;
use serde_json::{Value, json};

#[test]
fn prices_and_quotas_are_kept() {
    let emulator = Emulator::start().unwrap();
    let audio = ("a.mp3", "audio/mpeg");
    emulator.set_upload_price(100);
    let mut request = new_asset("Audio");
    for (price, status) in [(99, 400), (100, 200), (101, 200)] {
        request["creationContext"]["expectedPrice"] = json!(price);
        assert_eq!(create(&emulator, &request, audio, b"x").0, status);
    }
    emulator.set_upload_quota("Audio", 3);
    let path = "/cloud/v2/users/1001/asset-quotas?filter=quotaType%20%3D%3D%20RateLimitUpload%20%26%26%20assetType%20%3D%3D%20Audio";
    let (_, response) = send(&emulator, "GET", path);
    let quota = &response["assetQuotas"][0];
    assert_eq!(response["assetQuotas"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&quota["usage"], &quota["capacity"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(
        (&quota["quotaType"], &quota["assetType"]),
        (&json!("RATE_LIMIT_UPLOAD"), &json!("AUDIO"))
    );
    assert_eq!(quota["period"], "MONTH");
    assert_eq!(create(&emulator, &new_asset("Audio"), audio, b"x").0, 200);
    let (status, error) = create(&emulator, &new_asset("Audio"), audio, b"x");
    assert_eq!(
        (status, &error["code"]),
        (429, &json!("RESOURCE_EXHAUSTED"))
    );
}

#[test]
fn quotas_come_in_pages() {
    let emulator = Emulator::start().unwrap();
    let path = "/cloud/v2/users/1001/asset-quotas";
    let (_, first) = send(&emulator, "GET", path);
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, second) = send(&emulator, "GET", &format!("{path}?pageToken={token}"));
    let count = |page: &Value| page["assetQuotas"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second)), (10, 4));
    assert!(second.get("nextPageToken").is_none());
    assert_eq!(
        count(&send(&emulator, "GET", &format!("{path}?maxPageSize=1000")).1),
        14
    );
    for (query, status) in [
        ("1001/asset-quotas?maxPageSize=-1", 400),
        ("1001/asset-quotas?pageToken=x", 400),
        ("1001/asset-quotas?filter=assetType%3D%3DHat", 400),
        ("1001/asset-quotas?filter=assetType%3DAudio", 400),
        ("me/asset-quotas", 400),
        ("156/asset-quotas", 403),
    ] {
        let (got, error) = send(&emulator, "GET", &format!("/cloud/v2/users/{query}"));
        assert_eq!(got, status, "{query}");
        assert!(error["code"].is_string());
    }
}

#[test]
fn permissions_are_granted_one_by_one() {
    let emulator = Emulator::start().unwrap();
    let path = "/asset-permissions-api/v1/assets/permissions";
    let grant = |subject: &str, id: Value, action: &str, assets: &[u64]| {
        let requests: Vec<Value> = assets.iter().map(|id| json!({ "assetId": id })).collect();
        let body = json!({ "subjectType": subject, "subjectId": id, "action": action, "requests": requests });
        send_json(&emulator, "PATCH", path, &body)
    };
    let (status, response) = grant(
        "User",
        json!("156"),
        "Use",
        &[500_003, 500_013, 5, 1818, 500_008, 500_002],
    );
    assert_eq!(status, 200);
    assert_eq!(response["successAssetIds"], json!([500_003]));
    let codes: Vec<&str> = response["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "CannotManageAsset",
            "AssetNotFound",
            "PublicAssetCannotBeGrantedTo",
            "InvalidRequest",
            "AssetTypeNotEnabled"
        ]
    );
    for (subject, id, action, asset, granted) in [
        ("User", json!("156"), "Edit", 500_001, true),
        ("Group", json!("7"), "Edit", 500_001, false),
        ("All", Value::Null, "Use", 500_004, true),
        ("All", json!(""), "Use", 500_003, false),
        ("Universe", json!("3001"), "CopyFromRcc", 500_008, true),
        ("User", json!("404"), "Use", 500_003, false),
        ("GroupRoleset", json!("9"), "Use", 500_003, false),
    ] {
        let (status, response) = grant(subject, id, action, &[asset]);
        assert_eq!(status, 200);
        assert_eq!(
            response["errors"].is_null(),
            granted,
            "{subject} {action}: {response}"
        );
    }
    for (subject, id, action, assets) in [
        ("User", json!(156), "Use", vec![500_003]),
        ("User", Value::Null, "Use", vec![500_003]),
        ("All", json!("1"), "Use", vec![500_004]),
        ("Invalid", json!("1"), "Use", vec![500_003]),
        ("user", json!("1"), "Use", vec![500_003]),
        ("User", json!("1"), "Invalid", vec![500_003]),
        ("User", json!("1"), "Use", vec![]),
    ] {
        let (status, error) = grant(subject, id, action, &assets);
        assert_eq!(
            (status, &error["error"]["code"]),
            (400, &json!("InvalidRequest"))
        );
    }
    let token = agent()
        .patch(format!("{}{path}", emulator.url()))
        .header(
            "authorization",
            format!("Bearer {}", emulator.bearer_token()),
        )
        .send_empty()
        .unwrap();
    assert_eq!(token.status(), 401);
}
