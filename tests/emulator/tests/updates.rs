//! Updates, versions, and the archive.

#[path = "support/client.rs"]
mod client;

use client::{FBX, content, create, form, new_asset, send, send_form, send_json, upload, wait};
use open_cloud_emulator::Emulator;
use serde_json::{Value, json};

/// The beginning of a PNG that is two pixels wide and one high.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01";

#[test]
fn metadata_is_updated_at_once() {
    let emulator = Emulator::start().unwrap();
    let path = "/assets/v1/assets/500001";
    let patch = |query: &str, request: Value| {
        send_form(
            &emulator,
            "PATCH",
            &format!("{path}?updateMask={query}"),
            &form(&request, None),
        )
    };
    let request = json!({
        "assetId": 500_001,
        "displayName": "New",
        "twitchSocialLink": { "uri": "https://twitch.tv/emulator" },
    });
    let (status, fields) = patch("displayName%2CtwitchSocialLink", request.clone());
    assert_eq!(status, 200, "{fields}");
    let mut expected = request;
    expected.as_object_mut().unwrap().remove("assetId");
    assert_eq!(fields, expected);
    let read = |mask: &str| send(&emulator, "GET", &format!("{path}?readMask={mask}")).1;
    let asset = read("icon,previews,twitchSocialLink,githubSocialLink");
    assert_eq!(asset["displayName"], "New");
    assert_eq!(asset["icon"], "assets/500005");
    assert_eq!(asset["previews"][0]["altText"], "A pixel");
    assert_eq!(
        asset["twitchSocialLink"]["uri"],
        "https://twitch.tv/emulator"
    );
    assert!(read("").get("icon").is_none() && read("description").get("icon").is_none());
    // What the mask names and the body lacks is taken away.
    let (status, fields) = patch("icon,githubSocialLink", json!({ "assetId": "500001" }));
    assert_eq!((status, fields), (200, json!({})));
    let asset = read("icon,githubSocialLink,twitchSocialLink");
    assert!(asset.get("icon").is_none() && asset.get("githubSocialLink").is_none());
    assert_eq!(asset["revisionId"], "1");
}

#[test]
fn bad_updates_are_rejected() {
    let emulator = Emulator::start().unwrap();
    let (_, operation) = create(
        &emulator,
        &new_asset("Image"),
        ("wide.png", "image/png"),
        PNG,
    );
    let wide = wait(&emulator, &operation)["response"]["path"].clone();
    let link = |uri: &str| json!({ "uri": uri });
    for (mask, field, value) in [
        ("", "displayName", json!("x")),
        ("description", "displayName", json!("x")),
        ("name", "name", json!("x")),
        ("assetType", "assetType", json!("Model")),
        ("displayName", "displayName", json!("")),
        ("displayName", "displayName", Value::Null),
        ("icon", "icon", json!("500005")),
        ("icon", "icon", json!("assets/500001")),
        ("icon", "icon", json!("assets/1")),
        ("icon", "icon", wide),
        ("previews", "previews", json!("assets/500005")),
        ("previews", "previews", json!(["assets/500005"])),
        (
            "previews",
            "previews",
            json!([{ "asset": "assets/500001" }]),
        ),
        (
            "twitchSocialLink",
            "twitchSocialLink",
            link("https://youtube.com/x"),
        ),
        (
            "twitchSocialLink",
            "twitchSocialLink",
            link("http://twitch.tv/x"),
        ),
        (
            "twitchSocialLink",
            "twitchSocialLink",
            json!({ "url": "https://twitch.tv/x" }),
        ),
        (
            "tryAssetSocialLink",
            "tryAssetSocialLink",
            link("https://roblox.com"),
        ),
    ] {
        let path = format!("/assets/v1/assets/500001?updateMask={mask}");
        let mut request = json!({ "assetId": 500_001 });
        request[field] = value;
        let (status, error) = send_form(&emulator, "PATCH", &path, &form(&request, None));
        assert_eq!(status, 400, "{mask} {request}");
        assert_eq!(error["code"], 400);
    }
    for (path, request, status) in [
        ("500001", json!({}), 400),
        ("500001", json!({ "assetId": 500_002 }), 400),
        ("500013", json!({ "assetId": 500_013 }), 403),
        ("1818", json!({ "assetId": 1818 }), 403),
        ("5", json!({ "assetId": 5 }), 404),
        ("500001", json!({ "assetId": 500_001 }), 400),
        ("x", json!({ "assetId": 500_001 }), 400),
    ] {
        let path = format!("/assets/v1/assets/{path}");
        assert_eq!(
            send_form(&emulator, "PATCH", &path, &form(&request, None)).0,
            status,
            "{path}"
        );
    }
    let links: Vec<&str> = vec![
        "facebookSocialLink",
        "youtubeSocialLink",
        "discordSocialLink",
    ];
    let path = format!("/assets/v1/assets/500001?updateMask={}", links.join(","));
    let request = json!({
        "assetId": 500_001,
        "facebookSocialLink": link("https://www.facebook.com/x"),
        "youtubeSocialLink": link("https://www.youtube.com/x"),
        "discordSocialLink": link("https://discord.gg/x"),
    });
    // There is one already.
    assert_eq!(
        send_form(&emulator, "PATCH", &path, &form(&request, None)).0,
        400
    );
    let path = path.replace("500001", "500002");
    let request = request.to_string().replace("500001", "500002");
    let request = serde_json::from_str(&request).unwrap();
    assert_eq!(
        send_form(&emulator, "PATCH", &path, &form(&request, None)).0,
        200
    );
}

#[test]
fn fields_that_cannot_be_updated_are_told_from_unknown_ones() {
    let emulator = Emulator::start().unwrap();
    let known = "The field '{}' is known, and not allowed here: the update mask does not name it.";
    let fixed = "The update mask has the field '{}', which is known, and cannot be updated.";
    for (mask, field, message) in [
        ("", "displayName", known),
        ("description", "githubSocialLink", known),
        ("description", "size", "The field '{}' is unknown."),
        (
            "description",
            "state",
            "The field '{}' is known, and not allowed here: assets are archived and restored by calls of their own.",
        ),
        ("assetType", "assetType", fixed),
        ("path", "path", fixed),
        (
            "size",
            "size",
            "The update mask has the unknown field '{}'.",
        ),
    ] {
        let path = format!("/assets/v1/assets/500001?updateMask={mask}");
        let mut request = json!({ "assetId": 500_001 });
        request[field] = json!("Model");
        let (status, error) = send_form(&emulator, "PATCH", &path, &form(&request, None));
        let text = error["message"].as_str().unwrap();
        assert_eq!(status, 400);
        assert!(text.ends_with(&message.replace("{}", field)), "{text}");
    }
}

#[test]
fn content_updates_make_versions() {
    let emulator = Emulator::start().unwrap();
    let id = upload(&emulator, b"one");
    let path = format!("/assets/v1/assets/{id}");
    let patch = |query: &str, request: Value, file, content: &[u8]| {
        let body = form(&request, Some((file, content)));
        send_form(&emulator, "PATCH", &format!("{path}{query}"), &body)
    };
    let (status, operation) = patch("", json!({ "assetId": id }), ("b.fbx", ""), b"two");
    assert_eq!(status, 200);
    assert_eq!(content(&emulator, &id.to_string()), b"one");
    assert_eq!(wait(&emulator, &operation)["response"]["revisionId"], "2");
    let request = json!({
        "assetId": id.to_string(),
        "assetType": "Model",
        "description": "new",
        "creationContext": { "creator": { "userId": 1001 }, "expectedPrice": 0 },
    });
    let (_, operation) = patch("?updateMask=description", request, FBX, b"three");
    let done = wait(&emulator, &operation);
    assert_eq!(done["response"]["description"], "new");
    assert_eq!(content(&emulator, &id.to_string()), b"three");
    assert_eq!(content(&emulator, &format!("{id}/version/2")), b"two");
    let not_a_model = form(
        &json!({ "assetId": 500_004 }),
        Some((("a.png", "image/png"), PNG)),
    );
    assert_eq!(
        send_form(&emulator, "PATCH", "/assets/v1/assets/500004", &not_a_model).0,
        400
    );

    let (status, version) = send(&emulator, "GET", &format!("{path}/versions/2"));
    assert_eq!(
        (status, &version["path"]),
        (200, &json!(format!("assets/{id}/versions/2")))
    );
    assert!(version.get("published").is_none());
    let (_, place) = send(&emulator, "GET", "/assets/v1/assets/500008/versions/1");
    assert_eq!(place["published"], true);
    for (number, status) in [("0", 404), ("4", 404), ("x", 404)] {
        assert_eq!(
            send(&emulator, "GET", &format!("{path}/versions/{number}")).0,
            status
        );
    }
}

#[test]
fn versions_are_listed_and_rolled_back() {
    let emulator = Emulator::start().unwrap();
    let id = upload(&emulator, b"one");
    let path = format!("/assets/v1/assets/{id}/versions");
    let version = format!("assets/{id}/versions/1");
    let body = json!({ "assetVersion": version });
    for expected in 2..=10 {
        let (status, rolled) = send_json(&emulator, "POST", &format!("{path}:rollback"), &body);
        assert_eq!(
            (status, &rolled["path"]),
            (200, &json!(format!("assets/{id}/versions/{expected}")))
        );
    }
    let in_a_form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"assetVersion\"\r\n\r\n{version}\r\n--b--\r\n"
    );
    let (status, rolled) = send_form(
        &emulator,
        "POST",
        &format!("{path}:rollback"),
        in_a_form.as_bytes(),
    );
    assert_eq!(
        (status, &rolled["path"]),
        (200, &json!(format!("assets/{id}/versions/11")))
    );
    assert_eq!(content(&emulator, &id.to_string()), b"one");
    for (body, status) in [
        (
            json!({ "assetVersion": format!("assets/{id}/versions/99") }),
            404,
        ),
        (json!({ "assetVersion": "assets/500001/versions/1" }), 400),
        (json!({ "assetVersion": version, "more": 1 }), 400),
        (json!({}), 400),
    ] {
        assert_eq!(
            send_json(&emulator, "POST", &format!("{path}:rollback"), &body),
            (status, Value::Null)
        );
    }

    let numbers = |versions: &Value| -> Vec<u64> {
        let last = |version: &Value| {
            version["path"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .parse()
                .unwrap()
        };
        versions.as_array().unwrap().iter().map(last).collect()
    };
    let (_, first) = send(&emulator, "GET", &format!("{path}?pageToken=&maxPageSize="));
    assert_eq!(numbers(&first["assetVersions"]), [11, 10, 9, 8, 7, 6, 5, 4]);
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, second) = send(&emulator, "GET", &format!("{path}?pageToken={token}"));
    assert_eq!(numbers(&second["assetVersions"]), [3, 2, 1]);
    assert!(second.get("nextPageToken").is_none());
    for query in ["maxPageSize=0", "maxPageSize=51", "pageToken=zz", "page=1"] {
        assert_eq!(
            send(&emulator, "GET", &format!("{path}?{query}")),
            (400, Value::Null),
            "{query}"
        );
    }
    assert_eq!(
        send(
            &emulator,
            "GET",
            &format!("{path}?maxPageSize=9&pageToken={token}")
        )
        .0,
        400
    );
    emulator.set_version_arrays(true);
    assert_eq!(
        numbers(&send(&emulator, "GET", &format!("{path}?maxPageSize=2")).1),
        [11, 10]
    );
}

#[test]
fn assets_are_archived_and_restored() {
    let emulator = Emulator::start().unwrap();
    let post = |id: u64, action: &str| {
        send(
            &emulator,
            "POST",
            &format!("/assets/v1/assets/{id}:{action}"),
        )
    };
    assert_eq!(post(500_001, "restore"), (400, Value::Null));
    assert_eq!(post(500_001, "archive").1["state"], "Archived");
    assert_eq!(post(500_001, "archive"), (400, Value::Null));
    let location = send(&emulator, "GET", "/asset-delivery-api/v1/assetId/500001").1;
    assert_eq!(location["isArchived"], true);
    let (status, asset) = post(500_001, "restore");
    assert_eq!(
        (status, &asset["state"], &asset["path"]),
        (200, &json!("Active"), &json!("assets/500001"))
    );
    assert_eq!(post(5, "archive"), (404, Value::Null));
    assert_eq!(post(500_013, "archive"), (403, Value::Null));
}

#[test]
fn assets_of_others_are_seen_in_the_store_only() {
    let emulator = Emulator::start().unwrap();
    let get = |path: &str| send(&emulator, "GET", &format!("/assets/v1/assets/{path}"));
    let (status, asset) = get("1818");
    assert_eq!(
        (status, &asset["displayName"]),
        (200, &json!("Classic Crate"))
    );
    for (path, status) in [
        ("500013", 403),
        ("5", 404),
        ("x", 400),
        ("1818?readMask=name", 400),
    ] {
        assert_eq!(get(path), (status, Value::Null), "{path}");
    }
}
