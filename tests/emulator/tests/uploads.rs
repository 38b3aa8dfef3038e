//! Uploads and their operations.

#[path = "support/client.rs"]
mod client;

use client::{
    FBX, agent, content, create, form, json_of, new_asset, send, send_as, send_form, wait,
};
use open_cloud_emulator::{Emulator, KeySpec, Scope};
use serde_json::{Value, json};

/// The beginning of a PNG that is two pixels wide and one high.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01";

#[test]
fn an_upload_becomes_an_asset() {
    let emulator = Emulator::start().unwrap();
    let (status, operation) = create(&emulator, &new_asset("Model"), FBX, b"Kaydara FBX");
    assert_eq!((status, &operation["done"]), (200, &json!(false)));
    let path = operation["path"].as_str().unwrap();
    assert!(path.starts_with("operations/"));
    let (_, running) = send(&emulator, "GET", &format!("/assets/v1/{path}"));
    assert_eq!(running, json!({ "path": path, "done": false }));
    let (_, done) = send(&emulator, "GET", &format!("/assets/v1/{path}"));
    assert_eq!(done["done"], true);
    let asset = &done["response"];
    assert_eq!(asset["assetType"], "ASSET_TYPE_MODEL");
    assert_eq!(
        asset["moderationResult"]["moderationState"],
        "MODERATION_STATE_APPROVED"
    );
    assert_eq!(asset["creationContext"]["creator"]["userId"], "1001");
    assert_eq!(asset["revisionCreateTime"].as_str().unwrap().len(), 30);
    let id: u64 = asset["assetId"].as_str().unwrap().parse().unwrap();
    let (status, asset) = send(&emulator, "GET", &format!("/assets/v1/assets/{id}"));
    assert_eq!(status, 200);
    assert_eq!(
        (&asset["assetId"], &asset["assetType"]),
        (&json!(id), &json!("Model"))
    );
    assert_eq!(
        (&asset["displayName"], &asset["revisionId"]),
        (&json!("Crate"), &json!("1"))
    );
    assert_eq!(content(&emulator, &id.to_string()), b"Kaydara FBX");
    // Asking again changes nothing.
    let (_, again) = send(&emulator, "GET", &format!("/assets/v1/{path}"));
    assert_eq!(again, done);
}

#[test]
fn the_style_of_responses_can_be_chosen() {
    let emulator = Emulator::start().unwrap();
    emulator.set_guide_style(true);
    let (_, started) = create(&emulator, &new_asset("Model"), FBX, b"x");
    assert!(started["path"].is_string() && started.get("done").is_none());
    emulator.set_operation_polls(0);
    for guide in [true, false] {
        emulator.set_guide_style(guide);
        let (_, done) = create(&emulator, &new_asset("Model"), FBX, b"x");
        assert_eq!(done["done"], true);
        let path = done["response"]["path"].as_str().unwrap();
        let (_, asset) = send(&emulator, "GET", &format!("/assets/v1/{path}"));
        assert_eq!(asset, done["response"]);
        assert_eq!(asset["assetId"].is_string(), guide);
        assert_eq!(asset["assetType"] == "ASSET_TYPE_MODEL", guide);
        emulator.fail_next_operation(400, "no");
        let (_, failed) = create(&emulator, &new_asset("Model"), FBX, b"x");
        let field = if guide { "status" } else { "error" };
        assert_eq!(failed[field], json!({ "code": 400, "message": "no" }));
    }
}

#[test]
fn operations_end_when_they_are_told_and_as_they_are_told() {
    let emulator = Emulator::start().unwrap();
    emulator.set_operation_polls(4);
    emulator.fail_next_operation(3, "The mesh is too complex.");
    let (_, operation) = create(&emulator, &new_asset("Model"), FBX, b"x");
    let path = format!("/assets/v1/{}", operation["path"].as_str().unwrap());
    for _ in 0..3 {
        assert_eq!(send(&emulator, "GET", &path).1["done"], false);
    }
    let (status, failed) = send(&emulator, "GET", &path);
    assert_eq!((status, &failed["done"]), (200, &json!(true)));
    assert_eq!(failed["error"]["message"], "The mesh is too complex.");
    assert!(failed.get("response").is_none());
    assert_eq!(send(&emulator, "GET", "/assets/v1/operations/none").0, 404);
    let other = emulator.add_key(KeySpec::new("other").every_scope().authorized_user(156));
    assert_eq!(send_as(&emulator, &other, "GET", &path, "", ()).0, 403);
}

#[test]
fn bad_uploads_are_rejected() {
    let emulator = Emulator::start().unwrap();
    let with = |name: &str, value: Value| {
        let mut request = new_asset("Model");
        request[name] = value;
        request
    };
    let creator = |creator: Value| with("creationContext", json!({ "creator": creator }));
    let without = |name: &str| {
        let mut request = new_asset("Model");
        request.as_object_mut().unwrap().remove(name);
        request
    };
    for (request, status) in [
        (with("assetType", json!("Hat")), 400),
        (with("assetType", json!("ASSET_TYPE_MODEL")), 400),
        (with("displayName", json!("")), 400),
        (with("displayName", json!(" ")), 400),
        (with("displayName", json!(5)), 400),
        (with("description", json!("é".repeat(1001))), 400),
        (with("icon", json!("assets/500001")), 400),
        (with("icon", json!(500_005)), 400),
        (with("previews", json!("assets/500005")), 400),
        (with("previews", json!([{ "asset": "assets/1" }])), 400),
        (with("twitchSocialLink", json!({})), 400),
        (without("assetType"), 400),
        (without("displayName"), 400),
        (without("description"), 400),
        (without("creationContext"), 400),
        (creator(json!({})), 400),
        (creator(json!({ "userId": "me" })), 400),
        (creator(json!({ "userId": 1001, "groupId": 2001 })), 400),
        (creator(json!({ "userId": 156 })), 403),
        (creator(json!({ "groupId": 7 })), 403),
        (creator(json!({ "groupId": 2002 })), 403),
    ] {
        let (got, error) = create(&emulator, &request, FBX, b"x");
        assert_eq!(got, status, "{request}");
        assert!(error["message"].is_string(), "{error}");
    }
    for request in [
        creator(json!({ "userId": 1001 })),
        creator(json!({ "groupId": "2001" })),
        with("description", json!("é".repeat(1000))),
        with("description", json!("")),
    ] {
        assert_eq!(create(&emulator, &request, FBX, b"x").0, 200, "{request}");
    }
}

#[test]
fn an_icon_and_previews_are_kept_from_the_start() {
    let emulator = Emulator::start().unwrap();
    let mut request = new_asset("Model");
    let previews = json!([{ "asset": "assets/500005", "altText": "A pixel" }]);
    request["icon"] = json!("assets/500005");
    request["previews"] = previews.clone();
    let (status, operation) = create(&emulator, &request, FBX, b"x");
    assert_eq!(status, 200, "{operation}");
    let done = wait(&emulator, &operation);
    let path = done["response"]["path"].as_str().unwrap();
    let path = format!("/assets/v1/{path}?readMask=icon,previews");
    let (_, asset) = send(&emulator, "GET", &path);
    assert_eq!(
        (&asset["icon"], &asset["previews"]),
        (&json!("assets/500005"), &previews)
    );
    // One that is not square is no icon.
    let image = ("wide.png", "image/png");
    let (_, operation) = create(&emulator, &new_asset("Image"), image, PNG);
    request["icon"] = wait(&emulator, &operation)["response"]["path"].take();
    let (status, error) = create(&emulator, &request, FBX, b"x");
    assert_eq!(
        (status, &error["message"]),
        (400, &json!("icon: An icon must be square."))
    );
}

#[test]
fn fields_that_are_known_are_told_from_unknown_ones() {
    let emulator = Emulator::start().unwrap();
    for (field, verdict) in [
        ("twitchSocialLink", "known, and not allowed here"),
        ("tryAssetSocialLink", "known, and not allowed here"),
        ("socialLink", "known, and not allowed here"),
        ("assetId", "known, and not allowed here"),
        ("path", "known, and not allowed here"),
        ("moderationResult", "known, and not allowed here"),
        ("state", "known, and not allowed here"),
        ("displayname", "unknown"),
    ] {
        let mut request = new_asset("Model");
        request[field] = json!({});
        let (status, error) = create(&emulator, &request, FBX, b"x");
        let message = format!("{field}: The field '{field}' is {verdict}");
        assert_eq!(status, 400);
        assert!(
            error["message"].as_str().unwrap().starts_with(&message),
            "{error}"
        );
    }
}

#[test]
fn moderated_words_and_bad_images_have_their_own_messages() {
    let emulator = Emulator::start().unwrap();
    let image = ("a.png", "image/png");
    for (name, value, message) in [
        ("displayName", "a BadWord", "AssetName is moderated."),
        ("description", "badwords", "AssetDescription is moderated."),
    ] {
        let mut request = new_asset("Model");
        request[name] = json!(value);
        let response = create(&emulator, &request, FBX, b"x");
        assert_eq!(response, (400, json!({ "code": 400, "message": message })));
    }
    let response = create(&emulator, &new_asset("Decal"), image, b"GIF89a");
    assert_eq!(
        response,
        (400, json!({ "code": 400, "message": "\"InvalidImage\"" }))
    );
    assert_eq!(create(&emulator, &new_asset("Decal"), image, PNG).0, 200);
}

#[test]
fn formats_go_with_types() {
    let emulator = Emulator::start().unwrap();
    for (kind, name, content_type, status) in [
        ("Audio", "a.mp3", "audio/mpeg", 200),
        ("Audio", "a.ogg", "audio/ogg", 200),
        ("Audio", "A.FLAC", "audio/flac", 200),
        ("Audio", "a.wav", "audio/x-wav", 400),
        ("Audio", "a.mp3", "audio/ogg", 400),
        ("Audio", "a", "audio/mpeg", 400),
        ("Decal", "a.jpeg", "image/jpeg", 200),
        ("Image", "a.tga", "image/tga", 200),
        ("Image", "a.gif", "image/gif", 400),
        ("Model", "a.glb", "model/gltf-binary", 200),
        ("Model", "a.gltf", "model/gltf+json", 200),
        ("Model", "a.rbxmx", "model/x-rbxm", 200),
        ("Model", "a.png", "image/png", 400),
        ("Model", "a.fbx", "application/octet-stream", 400),
        ("Model", "a.fbx", "", 400),
        ("Animation", "a.rbxm", "model/x-rbxm", 200),
        ("Video", "a.mp4", "video/mp4", 200),
        ("Video", "a.mov", "video/mov", 200),
        ("Mesh", "a.mesh", "model/x-file-mesh-data", 200),
    ] {
        let (got, body) = create(&emulator, &new_asset(kind), (name, content_type), b"x");
        assert_eq!(got, status, "{kind} {name} {content_type}: {body}");
    }
}

#[test]
fn forms_are_checked() {
    let emulator = Emulator::start().unwrap();
    let request = new_asset("Model");
    let whole = form(&request, Some((FBX, b"x")));
    let text = String::from_utf8(whole.clone()).unwrap();
    let post = |body: &[u8]| send_form(&emulator, "POST", "/assets/v1/assets", body).0;
    assert_eq!(post(&whole), 200);
    let end = text.len() - "--b--\r\n".len();
    for bad in [
        form(&request, None),
        form(&json!([]), Some((FBX, b"x"))),
        form(&request, Some((FBX, b""))),
        whole[..end].to_vec(),
        text.replace("name=\"request\"", "name=\"data\"")
            .into_bytes(),
        text.replace("; filename=\"crate.fbx\"", "").into_bytes(),
        format!("{}{text}", &text[..end]).into_bytes(),
        text.replace("{\"", "{,\"").into_bytes(),
        Vec::new(),
    ] {
        assert_eq!(post(&bad), 400, "{}", String::from_utf8_lossy(&bad));
    }
    let (key, path) = (emulator.api_key(), "/assets/v1/assets");
    for content_type in ["application/json", "multipart/form-data", ""] {
        assert_eq!(
            send_as(&emulator, key, "POST", path, content_type, &whole[..]).0,
            400
        );
    }
    let mut reader = &whole[..];
    let chunked = ureq::SendBody::from_reader(&mut reader);
    let content_type = "multipart/form-data; boundary=b";
    assert_eq!(
        send_as(&emulator, key, "POST", path, content_type, chunked).0,
        411
    );
    assert!(
        emulator
            .requests()
            .iter()
            .all(|request| request.status.is_some())
    );
}

#[test]
fn files_have_a_longest_size() {
    let emulator = Emulator::start().unwrap();
    let video = ("long.mp4", "video/mp4");
    let content: Vec<u8> = (0..(20 << 20) + 1_u32).map(|n| n as u8).collect();
    let post = |kind, file, content: &[u8]| create(&emulator, &new_asset(kind), file, content);
    assert_eq!(post("Model", FBX, &content).0, 400);
    assert_eq!(post("Model", FBX, &content[1..]).0, 200);
    let (status, operation) = post("Video", video, &content);
    assert_eq!(status, 200);
    let done = wait(&emulator, &operation);
    let id = done["response"]["assetId"].as_str().unwrap();
    assert!(self::content(&emulator, id) == content);
    let last = &emulator.requests()[2];
    assert!(last.body.len() == 1 << 20 && last.body_length > 20 << 20);
}

#[test]
fn scopes_name_the_creators_they_reach() {
    let emulator = Emulator::start().unwrap();
    let group = new_asset("Model")
        .to_string()
        .replace("userId\":\"1001", "groupId\":\"2001");
    let group: Value = serde_json::from_str(&group).unwrap();
    let post = |key: &str, request: &Value| {
        let body = form(request, Some((FBX, b"x")));
        let content_type = "multipart/form-data; boundary=b";
        send_as(
            &emulator,
            key,
            "POST",
            "/assets/v1/assets",
            content_type,
            &body[..],
        )
    };
    let scope = || Scope::new("asset", ["read", "write"]);
    let only_group = emulator.add_key(KeySpec::new("g").with_scope(scope().group_ids([2001])));
    assert_eq!(post(&only_group, &group).0, 200);
    assert_eq!(post(&only_group, &new_asset("Model")).0, 403);
    let only_user = emulator.add_key(KeySpec::new("u").with_scope(scope().user_ids(["*"])));
    assert_eq!(post(&only_user, &group).0, 403);
    assert_eq!(post(&only_user, &new_asset("Model")).0, 200);
    let reader = emulator.add_key(KeySpec::new("r").scope("asset", ["read"]));
    let (status, error) = post(&reader, &new_asset("Model"));
    assert_eq!((status, &error["code"]), (403, &json!("PERMISSION_DENIED")));
    let token = emulator.add_token(KeySpec::new("t").scope("asset", ["read"]));
    let mut response = agent()
        .post(format!("{}/assets/v1/assets", emulator.url()))
        .header("authorization", format!("Bearer {token}"))
        .send_empty()
        .unwrap();
    assert_eq!(json_of(&mut response)["code"], "INSUFFICIENT_SCOPE");
}
