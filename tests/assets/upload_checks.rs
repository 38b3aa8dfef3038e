//! What is an error before any request, and how to send it all the same.

use std::io;

use open_cloud_emulator::Emulator;
use rblxopencloud::assets::UploadAsset;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Error};
use support::client::{ready_key, whole};
use support::folder::Folder;

const MIB: u64 = 1 << 20;

fn upload(key: &ApiKey, file: AssetFile, asset_type: impl Into<AssetType>) -> UploadAsset {
    key.get_user(1001)
        .upload_asset(file, asset_type, "Name", "")
}

fn small(name: &str) -> AssetFile {
    AssetFile::from_bytes(name, "x")
}

/// A file of any length, for what never reads it.
fn long(name: &str, len: u64) -> AssetFile {
    AssetFile::from_reader(name, io::empty(), len)
}

fn assert_invalid(error: &Error, says: &[&str]) {
    assert!(error.is_invalid_argument(), "{error:?}");
    assert!(!error.is_outcome_unknown() && error.attempts() == 0);
    let text = error.to_string();
    for part in says {
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
}

#[test]
fn an_extension_that_the_asset_type_does_not_take_is_an_error_with_those_it_takes() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for (name, asset_type, says) in [
        ("song.mp3", "Decal", "png, jpeg, jpg, bmp, tga"),
        ("a.png", "Audio", "mp3, ogg, wav, flac"),
        ("a.fbx", "Animation", "rbxm, rbxmx"),
        ("a.mp4", "Model", "fbx, gltf, glb, rbxm, rbxmx"),
        ("a.ogg", "Video", "mp4, mov"),
        ("a.tga", "Mesh", "model/x-file-mesh-data"),
        ("a.txt", "Image", "png, jpeg, jpg, bmp, tga"),
        ("png", "Image", "png, jpeg, jpg, bmp, tga"),
        ("a.png.", "Image", "png, jpeg, jpg, bmp, tga"),
        ("", "Audio", "mp3, ogg, wav, flac"),
    ] {
        let error = upload(&key, small(name), asset_type).send().unwrap_err();
        assert_invalid(&error, &[asset_type, says, &format!("{name:?}")]);
    }
    let by_hand = small("a.fbx").with_content_type("audio/ogg");
    let error = upload(&key, by_hand, "Model").send().unwrap_err();
    assert_invalid(&error, &["fbx, gltf", "audio/ogg"]);
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn a_file_over_the_limit_of_its_type_is_an_error() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for (name, asset_type, most) in [
        ("a.fbx", "Model", 20 * MIB),
        ("a.png", "Decal", 20 * MIB),
        ("a.png", "Image", 20 * MIB),
        ("a.mp3", "Audio", 20 * MIB),
        ("a.rbxm", "Animation", 20 * MIB),
        ("a.mp4", "Video", 3_840 * MIB),
    ] {
        let error = upload(&key, long(name, most + 1), asset_type)
            .send()
            .unwrap_err();
        let says = [asset_type, &(most + 1).to_string(), &most.to_string()];
        assert_invalid(&error, &says);
        // With the limit itself it is only the reader that gives too little.
        let error = upload(&key, long(name, most), asset_type)
            .send()
            .unwrap_err();
        assert!(error.is_file(), "{error:?}");
    }
}

#[test]
fn a_file_that_is_empty_or_missing_is_an_error() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let folder = Folder::new();
    let empty = AssetFile::open(folder.with("empty.fbx", "")).unwrap();
    assert!(empty.is_empty());
    for file in [
        empty,
        long("empty.fbx", 0),
        AssetFile::from_bytes("empty.fbx", ""),
    ] {
        let error = upload(&key, file, "Model").send().unwrap_err();
        assert_invalid(&error, &["\"empty.fbx\" is empty"]);
    }

    let missing = folder.path().join("missing.fbx");
    let error = AssetFile::open(&missing).unwrap_err();
    assert!(error.is_file(), "{error:?}");
    assert!(error.to_string().contains("missing.fbx"), "{error}");
    let cause = std::error::Error::source(&error).unwrap();
    let cause: &io::Error = cause.downcast_ref().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::NotFound);
    let error = AssetFile::open(folder.path()).unwrap_err();
    assert!(whole(&error).contains("it is not a file"), "{error:?}");

    // It may also vanish between the two.
    let path = folder.with("vanishing.fbx", "x");
    let file = AssetFile::open(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    let error = upload(&key, file, "Model").send().unwrap_err();
    assert!(error.is_file(), "{error:?}");
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn an_empty_name_and_a_long_description_are_errors() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let upload = |name: &str, description: String| {
        let user = key.get_user(1001);
        user.upload_asset(small("a.fbx"), AssetType::Model, name, description)
            .send()
    };
    for name in ["", " ", "\t\n"] {
        let error = upload(name, String::new()).unwrap_err();
        assert_invalid(&error, &["name", "empty"]);
    }
    let error = upload("Name", "é".repeat(1_001)).unwrap_err();
    assert_invalid(&error, &["description", "1001", "1000"]);
    assert_eq!(emulator.connections(), 0);
    // Characters are counted, not bytes.
    upload("Name", "é".repeat(1_000)).unwrap().wait().unwrap();
}

#[test]
fn one_setter_turns_the_checks_off() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let user = key.get_user(1001);
    for (file, asset_type, name, description) in [
        (small("a.png"), "Audio", "Name", String::new()),
        (small("a.txt"), "Audio", "Name", String::new()),
        (
            AssetFile::from_bytes("a.fbx", ""),
            "Model",
            "Name",
            String::new(),
        ),
        (
            AssetFile::from_bytes("a.fbx", vec![0; 20 << 20 | 1]),
            "Model",
            "Name",
            String::new(),
        ),
        (small("a.fbx"), "Model", " ", String::new()),
        (small("a.fbx"), "Model", "Name", "x".repeat(1_001)),
    ] {
        emulator.clear_requests();
        let error = user
            .upload_asset(file, asset_type, name, description)
            .unchecked()
            .send()
            .unwrap_err();
        // It was the service that rejected it.
        assert_eq!(error.status(), Some(400), "{error:?}");
        assert_eq!(emulator.requests().len(), 1);
    }
    let over = AssetFile::from_bytes("a.fbx", vec![0; 20 << 20 | 1]);
    let update = user.update_asset(500_001).file(over).unchecked();
    assert_eq!(update.send().unwrap_err().status(), Some(400));
}

#[test]
fn a_content_type_that_would_break_the_form_is_an_error_with_and_without_checks() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for wrong in [
        "",
        "image/png\r\nX-Evil: 1",
        "image/png\n",
        "image/\0",
        "bild/größe",
    ] {
        let file = || small("a.png").with_content_type(wrong);
        let error = upload(&key, file(), "Image").send().unwrap_err();
        assert_invalid(&error, &["is not a content type"]);
        let error = upload(&key, file(), "Image")
            .unchecked()
            .send()
            .unwrap_err();
        assert_invalid(&error, &["is not a content type"]);
    }
    assert_eq!(emulator.connections(), 0);
}
