//! What a file is by its bytes: the content type it is sent with, and what is refused before any request.

#[path = "support/client.rs"]
mod client;
#[path = "support/folder.rs"]
mod folder;
#[path = "support/form.rs"]
mod form;
#[path = "support/raw_server.rs"]
mod raw_server;

use std::io::{self, Read};

use client::{key, whole};
use folder::Folder;
use form::parts;
use raw_server::{RawServer, json};
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Result, UploadAsset};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x02\0\x02\x03";
const GIF: &[u8] = b"GIF89a\x02\0\x02\0";
const OGG: &[u8] = b"OggS\0\x02";
const FBX: &[u8] = b"Kaydara FBX Binary  \0\x1a\0";
const GLB: &[u8] = b"glTF\x02\0\0\0";
const RBXM: &[u8] = b"<roblox!\x89\xff\r\n\x1a\n";
const MOV: &[u8] = b"\0\0\0\x14ftypqt  \0\0\0\0qt  ";

fn server() -> RawServer {
    RawServer::answering(vec![json(200, r#"{"path":"operations/o"}"#)])
}

fn upload(key: &ApiKey, file: AssetFile, asset_type: impl Into<AssetType>) -> UploadAsset {
    key.get_user(1).upload_asset(file, asset_type, "Name", "")
}

/// Sends an upload to a server that takes anything: the content type of the file, and the file.
fn sent(
    file: AssetFile,
    asset_type: impl Into<AssetType>,
    set: impl Fn(UploadAsset) -> UploadAsset,
) -> Result<(String, Vec<u8>)> {
    let server = server();
    let (key, _) = key(server.url());
    let result = set(upload(&key, file, asset_type)).send();
    if result
        .as_ref()
        .is_err_and(|error| error.is_invalid_argument())
    {
        assert_eq!(server.connections(), 0);
    }
    let _ = result?;
    let request = server.requests().pop().unwrap();
    let mut parts = parts(request.header("content-type").unwrap(), &request.body);
    let file = parts.pop().unwrap();
    let content_type = file.head[1].strip_prefix("Content-Type: ").unwrap();
    Ok((content_type.to_owned(), file.content))
}

fn checked(
    name: &str,
    bytes: &[u8],
    asset_type: impl Into<AssetType>,
) -> Result<(String, Vec<u8>)> {
    sent(AssetFile::from_bytes(name, bytes), asset_type, |upload| {
        upload
    })
}

/// What a file is refused with, before any request.
fn refusal(name: &str, bytes: &[u8], asset_type: impl Into<AssetType>) -> String {
    let error = checked(name, bytes, asset_type).unwrap_err();
    assert!(error.is_invalid_argument(), "{error:?}");
    error.to_string()
}

/// Gives one byte at a time.
struct Slow(io::Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn a_file_is_sent_as_what_its_bytes_say_wherever_they_come_from() {
    let folder = Folder::new();
    // Longer than what is looked at.
    let content = [JPEG, &vec![7; 50_000]].concat();
    let reader = || Slow(io::Cursor::new(content.clone()));
    for file in [
        AssetFile::open(folder.with("icon.png", &content)).unwrap(),
        AssetFile::from_bytes("icon.png", content.clone()),
        AssetFile::from_reader("icon.png", reader(), content.len() as u64),
    ] {
        // Nothing is read before it is sent.
        assert_eq!(file.content_type(), Some("image/png"));
        let (content_type, sent) = sent(file, AssetType::Decal, |upload| upload).unwrap();
        assert_eq!(content_type, "image/jpeg");
        assert_eq!(sent, content);
    }
}

#[test]
fn bytes_that_are_known_need_no_extension_that_is() {
    for (name, bytes, asset_type, content_type) in [
        ("icon", PNG, AssetType::Image, "image/png"),
        ("icon.jpe", JPEG, AssetType::Decal, "image/jpeg"),
        ("song.oga", OGG, AssetType::Audio, "audio/ogg"),
        ("crate.bin", FBX, AssetType::Model, "model/fbx"),
        ("crate.gltf", GLB, AssetType::Model, "model/gltf-binary"),
        ("crate.rbxmx", RBXM, AssetType::Animation, "model/x-rbxm"),
        ("clip.mp4", MOV, AssetType::Video, "video/mov"),
        // A type that is not known takes anything, and what it is all the same.
        ("icon.png", GIF, AssetType::from("Hologram"), "image/gif"),
    ] {
        assert_eq!(
            checked(name, bytes, asset_type).unwrap().0,
            content_type,
            "{name}"
        );
    }
}

#[test]
fn bytes_that_leave_a_doubt_leave_it_to_the_extension() {
    for bytes in [&b"x"[..], b"\x89PNG", b"\xff\xfb\x90\0", b"BM", b"\0\0\0\0"] {
        assert_eq!(
            checked("a.png", bytes, AssetType::Image).unwrap().0,
            "image/png"
        );
        assert_eq!(
            checked("a.TGA", bytes, AssetType::Image).unwrap().0,
            "image/tga"
        );
    }
}

#[test]
fn a_content_type_set_by_hand_is_obeyed() {
    for (bytes, asset_type, by_hand) in [
        (JPEG, "Decal", "image/png"),
        (GIF, "Decal", "image/bmp"),
        (GIF, "Decal", "image/gif"),
        (b"version 4.01\n", "Mesh", "model/x-file-mesh-data"),
    ] {
        let file = AssetFile::from_bytes("a.png", bytes).with_content_type(by_hand);
        let (content_type, _) = sent(file, asset_type, |upload| upload).unwrap();
        assert_eq!(content_type, by_hand);
    }
}

#[test]
fn an_upload_without_checks_is_not_looked_at() {
    let file = AssetFile::from_bytes("icon.png", JPEG);
    let (content_type, content) = sent(file, "Audio", UploadAsset::unchecked).unwrap();
    assert_eq!((content_type.as_str(), &content[..]), ("image/png", JPEG));
}

#[test]
fn what_a_type_does_not_take_is_refused_with_what_it_is() {
    for (name, bytes, asset_type, says) in [
        (
            "icon.png",
            JPEG,
            "Audio",
            r#"the file "icon.png" is a JPEG image; the asset type Audio takes mp3, ogg, wav, flac"#,
        ),
        (
            "icon.png",
            GIF,
            "Decal",
            r#"the file "icon.png" is a GIF image; the asset type Decal takes png, jpeg, jpg, bmp, tga"#,
        ),
        (
            "crate.fbx",
            RBXM,
            "Video",
            r#"the file "crate.fbx" is a binary Roblox file; the asset type Video takes mp4, mov"#,
        ),
        (
            "song.mp3",
            b"x",
            "Animation",
            r#"the file "song.mp3" is an MP3 file by its extension; the asset type Animation takes rbxm, rbxmx"#,
        ),
        (
            "a\n\x1b[31m.txt",
            b"x",
            "Video",
            "the file \"a\\n\\u{1b}[31m.txt\" is of no kind that its first bytes or its extension tell; the asset \
             type Video takes mp4, mov",
        ),
        (
            "mesh",
            b"version 4.01\n",
            "Mesh",
            "the file \"mesh\" is of no kind that its first bytes or its extension tell; the asset type Mesh takes \
             the content type model/x-file-mesh-data, set with with_content_type",
        ),
    ] {
        assert_eq!(refusal(name, bytes, asset_type), says);
    }
    let update = |file| {
        let (key, _) = key("http://127.0.0.1:1");
        let update = key.get_user(1).update_asset(1).file(file);
        update.send().unwrap_err().to_string()
    };
    assert_eq!(
        update(AssetFile::from_bytes("crate.fbx", PNG)),
        "the file \"crate.fbx\" is a PNG image; an update of content takes fbx, gltf, glb, rbxm, rbxmx"
    );
}

/// Fails after so many bytes.
struct Failing(usize);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("the tape tore"));
        }
        let count = self.0.min(buffer.len());
        buffer[..count].fill(7);
        self.0 -= count;
        Ok(count)
    }
}

#[test]
fn an_error_of_a_reader_stays_one_when_it_is_sent() {
    for readable in [0, 1, 4_096, 10_000] {
        let file = AssetFile::from_reader("a.fbx", Failing(readable), 20_000);
        let error = sent(file, "Model", |upload| upload).unwrap_err();
        assert!(error.is_file(), "{error:?}");
        assert!(whole(&error).contains("the tape tore"), "{error:?}");
    }
}

#[test]
fn a_reader_is_looked_at_no_further_than_it_is_long() {
    struct Exact(io::Cursor<Vec<u8>>);
    impl Read for Exact {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let left = self.0.get_ref().len() as u64 - self.0.position();
            assert!(buffer.len() as u64 <= left.max(1), "it would wait for more");
            self.0.read(buffer)
        }
    }
    let file = AssetFile::from_reader("a", Exact(io::Cursor::new(PNG.into())), PNG.len() as u64);
    let (content_type, content) = sent(file, "Image", |upload| upload).unwrap();
    assert_eq!((content_type.as_str(), &content[..]), ("image/png", PNG));
}

fn png(width: u32, height: u32) -> Vec<u8> {
    [&PNG[..16], &width.to_be_bytes(), &height.to_be_bytes()].concat()
}

#[test]
fn a_size_and_its_limit_are_told_in_the_same_unit() {
    for (asset_type, name, size, limit) in [
        ("Model", "a.fbx", 20_971_521, "20971520 bytes (20 MiB)"),
        (
            "Video",
            "a.mp4",
            5_000_000_000,
            "4026531840 bytes (3.75 GiB)",
        ),
    ] {
        let file = AssetFile::from_reader(name, io::empty(), size);
        let error = sent(file, asset_type, |upload| upload).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the file {name:?} has {size} bytes; the asset type {asset_type} takes at most {limit}"
            )
        );
    }
}

#[test]
fn a_type_that_cannot_be_uploaded_is_told_which_can() {
    let types = [
        "Animation",
        "Audio",
        "Decal",
        "Image",
        "Mesh",
        "Model",
        "Video",
    ];
    let mut refused = 0;
    for asset_type in AssetType::known().filter(|kind| !types.contains(&kind.as_str())) {
        assert_eq!(
            refusal("a.png", PNG, &asset_type),
            format!(
                "the asset type {asset_type} cannot be uploaded; Animation, Audio, Decal, Image, Mesh, Model and \
                 Video can (unchecked sends it all the same)"
            )
        );
        refused += 1;
        let file = AssetFile::from_bytes("a.png", PNG);
        let unchecked = sent(file, &asset_type, UploadAsset::unchecked).unwrap();
        assert_eq!(unchecked.0, "image/png");
    }
    assert_eq!(refused, AssetType::known().count() - types.len());
}

#[test]
fn no_message_has_a_hole() {
    let types = AssetType::known().chain(["Hologram".into(), "".into(), "a\x1b[31m".into()]);
    let files: &[(&str, &[u8], Option<&str>)] = &[
        ("a.png", PNG, None),
        ("a.png", JPEG, None),
        ("a.png", GIF, None),
        ("a.png", b"x", None),
        ("a.mp3", b"x", None),
        ("a.fbx", FBX, None),
        ("a.rbxm", RBXM, None),
        ("a.mp4", MOV, None),
        ("a.txt", b"x", None),
        ("", b"x", None),
        ("\x1b[31m\n", b"x", None),
        ("a.png", b"", None),
        ("a.png", &png(9_000, 9_000), None),
        ("a.png", PNG, Some("audio/ogg")),
        ("a.png", PNG, Some("model/x-file-mesh-data")),
        ("a.png", PNG, Some("")),
        ("a.png", PNG, Some("a\x1bb")),
    ];
    let mut read = 0;
    for asset_type in types {
        let (key, _) = key("http://127.0.0.1:1");
        let sources = files.iter().map(|(name, bytes, by_hand)| {
            let file = AssetFile::from_bytes(*name, *bytes);
            by_hand.map_or(AssetFile::from_bytes(*name, *bytes), |by_hand| {
                file.with_content_type(by_hand)
            })
        });
        let long = AssetFile::from_reader("a.png", io::empty(), u64::MAX);
        for file in sources.chain([long]) {
            let updated = format!("{file:?}");
            let error = upload(&key, file, &asset_type).send().unwrap_err();
            if !error.is_invalid_argument() {
                continue;
            }
            read += 1;
            let text = error.to_string();
            let context = format!("{asset_type:?}, {updated}: {text:?}");
            assert!(!text.chars().any(char::is_control), "{context}");
            for hole in [
                "  ", " ;", " ,", ",,", "takes;", "takes ;", "()", "( ", " )", ": ;",
            ] {
                assert!(!text.contains(hole), "{hole:?} in {context}");
            }
            for end in [
                "takes", "takes ", "is", "are", " ", ":", ";", ",", "and", "or",
            ] {
                assert!(!text.ends_with(end), "{end:?} ends {context}");
            }
        }
    }
    assert!(read > 1_000, "{read}");
}
