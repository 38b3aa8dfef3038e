//! What an upload sends, and that it arrives.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};

use open_cloud_emulator::{Emulator, KeySpec, RecordedRequest};
use rblxopencloud::assets::UploadAsset;
use rblxopencloud::{ApiKey, Asset, AssetFile, AssetPrivacy, AssetType, Creator, ModerationStatus};
use serde_json::json;
use support::client::{key, ready_key, ready_token, requests_to};
use support::folder::Folder;
use support::form::{Part, parts};
use support::raw_server::{RawServer, json};

/// Bytes that no encoding would leave alone, and what looks like the end of a part.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    });
    b"\r\n--rblxopencloud-0--\r\n\r\n"
        .iter()
        .copied()
        .chain(noise)
        .take(length)
        .collect()
}

/// Gives a little at a time, and is interrupted now and then.
struct InPieces(Cursor<Vec<u8>>, usize);

impl Read for InPieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1 % 3 == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = buffer.len().min(self.1 % 700 + 1);
        self.0.read(&mut buffer[..most])
    }
}

fn upload(key: &ApiKey, file: AssetFile) -> UploadAsset {
    key.get_user(1001)
        .upload_asset(file, AssetType::Model, "Crate", "A wooden crate.")
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

fn parts_of(request: &RecordedRequest) -> Vec<Part> {
    parts(request.header("content-type").unwrap(), &request.body)
}

#[test]
fn an_upload_becomes_an_asset_of_a_user_or_a_group() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let file = || AssetFile::from_bytes("crate.fbx", noise(5_000));
    let by_user = upload(&key, file());
    let by_group = key
        .get_group(2001)
        .upload_asset(file(), "Model", "Crate", "A wooden crate.");
    for (upload, id, field) in [(by_user, 1001, "userId"), (by_group, 2001, "groupId")] {
        emulator.clear_requests();
        let asset = upload.send().unwrap().wait().unwrap();
        let owner = asset.creator.as_ref().unwrap();
        assert_eq!(
            (owner.id(), owner.as_group().is_some()),
            (id, field == "groupId")
        );
        assert_eq!(
            (asset.name.as_deref(), asset.description.as_deref()),
            (Some("Crate"), Some("A wooden crate."))
        );
        assert_eq!(
            (asset.asset_type.as_ref(), asset.moderation_status.as_ref()),
            (Some(&AssetType::Model), Some(&ModerationStatus::Approved))
        );
        assert!(asset.revision_time.is_some());
        assert_eq!(asset.to_string(), format!("Crate (Model {})", asset.id));

        let request = &emulator.requests()[0];
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/assets/v1/assets")
        );
        assert_eq!(request.query, None);
        let parts = parts_of(request);
        assert_eq!(
            parts[0].head,
            [
                "Content-Disposition: form-data; name=\"request\"",
                "Content-Type: application/json"
            ]
        );
        let id = id.to_string();
        assert_eq!(
            parts[0].json(),
            json!({
                "assetType": "Model",
                "displayName": "Crate",
                "description": "A wooden crate.",
                "creationContext": { "creator": { field: id }, "expectedPrice": 0 },
            })
        );
        assert_eq!(
            parts[1].head,
            [
                "Content-Disposition: form-data; name=\"fileContent\"; filename=\"crate.fbx\"",
                "Content-Type: model/fbx"
            ]
        );
        assert!(parts[1].content == noise(5_000));
        assert_eq!(parts.len(), 2);
    }
}

#[test]
fn the_length_is_exact_and_nothing_is_chunked() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for length in [1, 2, 8_191, 8_192, 100_000, 3 << 20] {
        emulator.clear_requests();
        let file = AssetFile::from_reader("a.rbxm", io::repeat(b'\n').take(length), length);
        let _ = upload(&key, file).send().unwrap();
        let request = &emulator.requests()[0];
        assert_eq!(request.header("transfer-encoding"), None);
        assert_eq!(
            request.header("content-length").unwrap(),
            request.body_length.to_string()
        );
        assert!((length + 400..length + 1_000).contains(&request.body_length));
    }
}

#[test]
fn the_bytes_downloaded_are_the_bytes_uploaded_whatever_their_source() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let folder = Folder::new();
    for length in [1, 30, 10_000, (2 << 20) + 12_345] {
        let bytes = noise(length);
        let path = folder.with("crate.RBXM", &bytes);
        let reader = Cursor::new(bytes.clone());
        let pieces = InPieces(reader.clone(), 0);
        for file in [
            AssetFile::open(path).unwrap(),
            AssetFile::from_bytes("a.rbxm", bytes.clone()),
            AssetFile::from_reader("a.rbxm", reader, length as u64),
            AssetFile::from_reader("a.rbxm", pieces, length as u64),
        ] {
            assert_eq!((file.len(), file.is_empty()), (length as u64, false));
            let asset = upload(&key, file).send().unwrap().wait().unwrap();
            assert!(content(&asset) == bytes, "{length} bytes");
        }
    }
}

#[test]
fn every_documented_extension_has_its_content_type_in_any_case() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for (asset_type, extension, content_type) in [
        ("Animation", "rbxm", "model/x-rbxm"),
        ("Animation", "rbxmx", "model/x-rbxm"),
        ("Audio", "mp3", "audio/mpeg"),
        ("Audio", "ogg", "audio/ogg"),
        ("Audio", "wav", "audio/wav"),
        ("Audio", "flac", "audio/flac"),
        ("Decal", "png", "image/png"),
        ("Decal", "jpeg", "image/jpeg"),
        ("Decal", "jpg", "image/jpeg"),
        ("Decal", "bmp", "image/bmp"),
        ("Decal", "tga", "image/tga"),
        ("Image", "png", "image/png"),
        ("Image", "tga", "image/tga"),
        ("Model", "fbx", "model/fbx"),
        ("Model", "gltf", "model/gltf+json"),
        ("Model", "glb", "model/gltf-binary"),
        ("Model", "rbxm", "model/x-rbxm"),
        ("Model", "rbxmx", "model/x-rbxm"),
        ("Video", "mp4", "video/mp4"),
        ("Video", "mov", "video/mov"),
    ] {
        let content = if extension == "png" {
            &b"\x89PNG\r\n\x1a\n"[..]
        } else {
            b"x"
        };
        let mixed = extension.replace('m', "M").replace('g', "G");
        for extension in [extension.to_owned(), extension.to_uppercase(), mixed] {
            let file = AssetFile::from_bytes(format!("a.b.{extension}"), content);
            assert_eq!(file.content_type(), Some(content_type), "{extension}");
            let upload = key
                .get_user(1001)
                .upload_asset(file, asset_type, "Name", "");
            let asset = upload.send().unwrap().wait().unwrap();
            assert_eq!(asset.asset_type, Some(AssetType::from(asset_type)));
        }
    }
}

#[test]
fn a_mesh_from_asset_delivery_can_be_uploaded_again() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    let location = user.fetch_asset_delivery_location(500_011).send().unwrap();
    let size = location.size_bytes.unwrap();
    let file = AssetFile::from_reader("mesh", location.download().unwrap(), size)
        .with_content_type("model/x-file-mesh-data");
    let mesh = user.upload_asset(file, AssetType::Mesh, "Mesh", "Copied.");
    let asset = mesh.send().unwrap().wait().unwrap();
    assert_eq!(content(&asset), b"content of asset 500011");
}

#[test]
fn price_and_privacy_are_sent_and_a_higher_price_is_rejected() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    emulator.set_upload_price(10);
    let file = || AssetFile::from_bytes("crate.fbx", "x");
    for upload in [
        upload(&key, file()),
        upload(&key, file()).expected_robux_price(9),
    ] {
        let error = upload.send().unwrap_err();
        assert_eq!(error.status(), Some(400));
        assert!(!error.is_outcome_unknown(), "{error}");
    }
    emulator.clear_requests();
    for privacy in [
        AssetPrivacy::Default,
        AssetPrivacy::Restricted,
        AssetPrivacy::OpenUse,
    ] {
        let _ = upload(&key, file())
            .expected_robux_price(10)
            .asset_privacy(privacy)
            .send()
            .unwrap();
    }
    let contexts: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| parts_of(request)[0].json()["creationContext"].clone())
        .collect();
    let context = |privacy| json!({ "creator": { "userId": "1001" }, "expectedPrice": 10, "assetPrivacy": privacy });
    assert_eq!(
        contexts,
        [
            context("default"),
            context("restricted"),
            context("openUse")
        ]
    );
}

#[test]
fn no_file_name_breaks_out_of_its_header() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for (name, sent) in [
        (
            "a\"; name=\"request\"; x=\".fbx",
            "a%22; name=%22request%22; x=%22.fbx",
        ),
        (
            "a\r\nContent-Type: text/html\r\n\r\nevil\n.fbx",
            // What stands before the slash is taken for a folder.
            "html%0D%0A%0D%0Aevil%0A.fbx",
        ),
        (
            "a\r\nX-Evil: 1\r\n\r\n.fbx",
            "a%0D%0AX-Evil: 1%0D%0A%0D%0A.fbx",
        ),
        ("箱 é 🎁.fbx", "箱 é 🎁.fbx"),
        ("/etc/../crate.fbx", "crate.fbx"),
        ("C:\\models\\crate.fbx", "crate.fbx"),
        ("a;b=c,d%22.fbx", "a;b=c,d%22.fbx"),
        ("nul\0 tab\t.fbx", "nul%00 tab%09.fbx"),
    ] {
        emulator.clear_requests();
        let file = AssetFile::from_bytes(name, "x");
        upload(&key, file).send().unwrap().wait().unwrap();
        let parts = parts_of(&emulator.requests()[0]);
        assert_eq!(parts.len(), 2, "{name:?}");
        assert_eq!(
            parts[1].head,
            [
                &format!(
                    "Content-Disposition: form-data; name=\"fileContent\"; filename=\"{sent}\""
                ),
                "Content-Type: model/fbx"
            ]
        );
        assert_eq!(parts[1].content, b"x");
    }
}

#[test]
fn no_name_or_description_breaks_out_of_the_json() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let odd = "\"},\r\n--x--\\ \u{0} \u{2028} 箱 🎁";
    let file = AssetFile::from_bytes("crate.fbx", "x");
    let user = key.get_user(1001);
    let upload = user.upload_asset(file, AssetType::Model, odd, odd);
    let asset = upload.send().unwrap().wait().unwrap();
    assert_eq!(
        (asset.name.as_deref(), asset.description.as_deref()),
        (Some(odd), Some(odd))
    );
}

#[test]
fn types_that_the_crate_does_not_know_are_sent_as_they_are() {
    let begun = json(200, r#"{"path":"operations/o"}"#);
    let server = RawServer::responding(vec![begun]);
    let (key, _) = key(server.url());
    let user = key.get_user(1);
    let bytes = |name: &str| AssetFile::from_bytes(name, "x");
    for (file, asset_type, name, content_type) in [
        (bytes("a.png"), "Hologram", "Hologram", "image/png"),
        (
            bytes("a.holo"),
            "Hologram",
            "Hologram",
            "application/octet-stream",
        ),
        (
            bytes("a"),
            "Sandwich",
            "Sandwich",
            "application/octet-stream",
        ),
        (
            bytes("a.holo").with_content_type("model/hologram"),
            "Hologram",
            "Hologram",
            "model/hologram",
        ),
        (
            bytes("a.webp").with_content_type("image/webp"),
            "ASSET_TYPE_DECAL",
            "Decal",
            "image/webp",
        ),
        (
            bytes("a.txt").with_content_type("image/png"),
            "13",
            "Decal",
            "image/png",
        ),
    ] {
        let _ = user
            .upload_asset(file, asset_type, "Name", "")
            .send()
            .unwrap();
        let request = server.requests().pop().unwrap();
        let parts = parts(request.header("content-type").unwrap(), &request.body);
        assert_eq!(parts[0].json()["assetType"], name);
        assert_eq!(parts[1].head[1], format!("Content-Type: {content_type}"));
    }
}

#[test]
fn progress_is_told_from_the_first_bytes_to_the_last() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for length in [1, 300_000, (1 << 20) + 5] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let file = AssetFile::from_bytes("crate.fbx", noise(length));
        let _ = upload(&key, file)
            .progress(move |sent, total| log.lock().unwrap().push((sent, total)))
            .send()
            .unwrap();
        let seen = seen.lock().unwrap();
        let length = length as u64;
        assert_eq!(seen.last(), Some(&(length, length)));
        assert!(
            seen.iter()
                .all(|(sent, total)| *sent > 0 && *total == length)
        );
        assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(length < 100_000 || seen.len() >= 3, "{}", seen.len());
    }
}

#[test]
fn large_uploads_ask_first_and_small_ones_do_not() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for (length, asks) in [(1_000_000, None), ((1 << 20) + 1, Some("100-continue"))] {
        emulator.clear_requests();
        let file = AssetFile::from_bytes("crate.fbx", vec![7; length]);
        let asset = upload(&key, file).send().unwrap().wait().unwrap();
        assert_eq!(emulator.requests()[0].header("expect"), asks);
        assert_eq!(content(&asset), vec![7; length]);
    }
}

#[test]
fn a_large_upload_that_is_rejected_is_not_sent() {
    let emulator = Emulator::start().unwrap();
    let weak = emulator.add_key(KeySpec::new("weak").scope("asset", ["read"]));
    for (secret, status) in [("wrong", 401), (weak.as_str(), 403)] {
        let key = ApiKey::builder(secret)
            .base_url(emulator.url())
            .build()
            .unwrap();
        emulator.clear_requests();
        let file = AssetFile::from_reader("a.fbx", OnlyLookedAt(0), 5 << 20);
        let error = upload(&key, file)
            .progress(|_, _| panic!("it is sent"))
            .send()
            .unwrap_err();
        assert_eq!(error.status(), Some(status), "{error:?}");
        assert!(!error.is_outcome_unknown());
        let request = &emulator.requests()[0];
        assert_eq!(
            (request.body_length, request.header("expect")),
            (0, Some("100-continue"))
        );
        // The connection is not used with half a request on it.
        assert_eq!(
            key.fetch_toolbox_asset(3).unwrap_err().status(),
            Some(status)
        );
    }
}

/// A reader whose first bytes tell what it is, and that nobody may read any further.
struct OnlyLookedAt(usize);

impl Read for OnlyLookedAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0 += buffer.len();
        assert!(self.0 <= 16 << 10, "it is read");
        buffer.fill(0);
        Ok(buffer.len())
    }
}

#[test]
fn threads_can_upload_with_one_key() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let key = key.clone();
            scope.spawn(move || {
                let bytes = noise(100_000 + number);
                let file = AssetFile::from_bytes("crate.fbx", bytes.clone());
                let asset = upload(&key, file).send().unwrap().wait().unwrap();
                assert!(content(&asset) == bytes);
            });
        }
    });
    assert_eq!(requests_to(&emulator, "/assets/v1/assets").len(), 8);
}

#[test]
fn an_access_token_uploads_and_downloads() {
    let emulator = Emulator::start().unwrap();
    let key = ready_token(&emulator);
    let file = AssetFile::from_bytes("crate.fbx", noise(5_000));
    let asset = upload(&key, file).send().unwrap().wait().unwrap();
    assert!(content(&asset) == noise(5_000));
    for request in emulator.requests() {
        assert_eq!(request.header("x-api-key"), None);
        assert_eq!(
            request.header("authorization").is_none(),
            request.to_delivery
        );
    }
}
