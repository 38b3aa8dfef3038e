//! What a file is by its bytes: the content type it is sent with, and what is an error before any request.

use std::io::{self, Read};

use rblxopencloud::assets::UploadAsset;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Result};
use support::client::{key, whole};
use support::folder::Folder;
use support::form::parts;
use support::raw_server::{RawServer, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x02\0\x02\x03";
const GIF: &[u8] = b"GIF89a\x02\0\x02\0";
const OGG: &[u8] = b"OggS\0\x02";
const FBX: &[u8] = b"Kaydara FBX Binary  \0\x1a\0";
const GLB: &[u8] = b"glTF\x02\0\0\0";
const RBXM: &[u8] = b"<roblox!\x89\xff\r\n\x1a\n";
const MOV: &[u8] = b"\0\0\0\x14ftypqt  \0\0\0\0qt  ";

fn server() -> RawServer {
    RawServer::responding(vec![json(200, r#"{"path":"operations/o"}"#)])
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

/// The error for a file, without a request.
fn invalid(name: &str, bytes: &[u8], asset_type: impl Into<AssetType>) -> String {
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
fn a_file_that_the_type_does_not_take_is_told_what_it_is() {
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
            "song.png",
            OGG,
            "Decal",
            r#"the file "song.png" is an Ogg file; the asset type Decal takes png, jpeg, jpg, bmp, tga"#,
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
        assert_eq!(invalid(name, bytes, asset_type), says);
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

#[test]
fn a_media_file_that_is_text_or_a_document_is_told_what_it_is() {
    const IMAGES: &str = "png, jpeg, jpg, bmp, tga";
    let long = format!("{}é", "x".repeat(4_095));
    for (bytes, what) in [
        (
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..],
            "an SVG image",
        ),
        (b"<?xml version=\"1.0\"?>\n<!-- a --><svg>", "an SVG image"),
        (b"\xef\xbb\xbf<?xml version=\"1.0\"?><a/>", "an XML file"),
        (b"\r\n<!DOCTYPE HTML><html>", "an HTML page"),
        (b"<html><title>404</title>", "an HTML page"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
        (b"\0\0\x01\0\x02\0\x20\x20\0\0\x01\0\x20\0", "an ICO image"),
        (GIF, "a GIF image"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "plain text",
        ),
        (b"{\"errors\":[{\"code\":0}]}", "plain text"),
        ("Ünïcödé text, and more".as_bytes(), "plain text"),
        // A character that is cut where the look ends.
        (long.as_bytes(), "plain text"),
    ] {
        for (name, asset_type, takes) in [
            ("a.png", "Decal", IMAGES),
            ("a.JPG", "Image", IMAGES),
            ("a.bmp", "Decal", IMAGES),
            ("a.tga", "Image", IMAGES),
            ("a.mp3", "Audio", "mp3, ogg, wav, flac"),
            ("a.mp4", "Video", "mp4, mov"),
        ] {
            let says =
                format!("the file {name:?} is {what}; the asset type {asset_type} takes {takes}");
            assert_eq!(invalid(name, bytes, asset_type), says);
            let reader = io::Cursor::new(bytes.to_vec());
            let reader = AssetFile::from_reader(name, reader, bytes.len() as u64);
            assert_eq!(
                sent(reader, asset_type, |upload| upload)
                    .unwrap_err()
                    .to_string(),
                says
            );
            let file = AssetFile::from_bytes(name, bytes);
            assert!(sent(file, asset_type, UploadAsset::unchecked).is_ok());
        }
        let file = AssetFile::from_bytes("a.png", bytes).with_content_type("image/png");
        assert!(sent(file, "Decal", |upload| upload).is_ok());
        assert!(checked("a.png", bytes, "Hologram").is_ok());
    }
    // What could be an image after all: too short, or with bytes that no text has.
    let no_text = [&b"This is no text for long"[..], &[0xFF], &[b'x'; 100]].concat();
    for bytes in [
        &b"a short text"[..],
        b"BM and so on\0 and more of it",
        &no_text,
        &[0; 64],
        &[9; 17],
        &tga(9, 9),
    ] {
        assert!(checked("a.tga", bytes, "Decal").is_ok(), "{bytes:?}");
    }
    // Models can be text.
    assert!(checked("a.gltf", b"{ \"scene\": 0, \"and\": \"so on\" }", "Model").is_ok());
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
fn a_reader_that_was_only_looked_at_can_be_sent_again() {
    let content = [JPEG, &vec![7; 2 << 20]].concat();
    let taken = json(200, r#"{"path":"operations/o"}"#);
    let server = RawServer::start(move |number, connection| {
        let request = connection.read_part(0).unwrap();
        if number == 0 {
            // Before anything of the body is asked for.
            connection.send(&json(503, "{}"));
            return;
        }
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
        let length: u64 = request.header("content-length").unwrap().parse().unwrap();
        assert_eq!(connection.skip(length), length);
        connection.send(&taken);
    });
    let (key, waits) = key(server.url());
    let length = content.len() as u64;
    let file = AssetFile::from_reader("icon.png", io::Cursor::new(content), length);
    let _ = upload(&key, file, "Decal").send().unwrap();
    assert_eq!(waits.take().len(), 1);
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

/// A JPEG with metadata before its size.
fn jpeg(width: u16, height: u16, metadata: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8".to_vec();
    for _ in 0..metadata {
        bytes.extend(b"\xff\xe1\xff\xff");
        bytes.resize(bytes.len() + 0xFFFD, 0xC0);
    }
    bytes.extend(b"\xff\xc2\0\x11\x08");
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes
}

fn bmp(width: i32, height: i32) -> Vec<u8> {
    let mut bytes = vec![0; 54];
    bytes[..2].copy_from_slice(b"BM");
    bytes[14] = 40;
    bytes[18..22].copy_from_slice(&width.to_le_bytes());
    bytes[22..26].copy_from_slice(&height.to_le_bytes());
    bytes
}

fn tga(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0; 18];
    (bytes[2], bytes[16]) = (10, 32);
    bytes[12..14].copy_from_slice(&width.to_le_bytes());
    bytes[14..16].copy_from_slice(&height.to_le_bytes());
    bytes
}

#[test]
fn an_image_must_be_smaller_than_8000_pixels_on_each_side() {
    for (name, bytes, size) in [
        ("a.png", png(8_000, 10), "8000 x 10"),
        ("a.png", png(10, 9_000), "10 x 9000"),
        ("a.png", png(u32::MAX, 1), "4294967295 x 1"),
        ("a.jpg", jpeg(8_000, 7_999, 0), "8000 x 7999"),
        ("a.jpg", jpeg(1, 8_001, 15), "1 x 8001"),
        ("a.bmp", bmp(8_000, -8_000), "8000 x 8000"),
        ("a.tga", tga(9_000, 9_000), "9000 x 9000"),
    ] {
        for asset_type in [AssetType::Decal, AssetType::Image] {
            let says = format!(
                "the image {name:?} has {size} pixels; the asset type {asset_type} takes fewer than 8000 x 8000 pixels"
            );
            assert_eq!(invalid(name, &bytes, &asset_type), says);
            let reader =
                AssetFile::from_reader(name, io::Cursor::new(bytes.clone()), bytes.len() as u64);
            let error = sent(reader, asset_type, |upload| upload).unwrap_err();
            assert_eq!(error.to_string(), says);
        }
        let file = AssetFile::from_bytes(name, bytes.clone());
        assert!(sent(file, "Decal", UploadAsset::unchecked).is_ok());
        // A type that is not known has no limit that is.
        assert!(checked(name, &bytes, "Hologram").is_ok());
    }
    for (name, bytes) in [
        ("a.png", png(7_999, 7_999)),
        ("a.jpg", jpeg(7_999, 7_999, 3)),
        ("a.bmp", bmp(7_999, 7_999)),
        ("a.tga", tga(7_999, 7_999)),
        // What cannot be told is the service's to look at: no size, or one too far in.
        ("a.png", png(0, 9_000)),
        ("a.jpg", jpeg(9_000, 9_000, 17)),
        ("a.tga", vec![9; 18]),
    ] {
        assert!(checked(name, &bytes, "Decal").is_ok(), "{name}");
    }
}

#[test]
fn a_recording_must_not_play_too_long() {
    let wav = |seconds: u32| {
        let size = seconds * 200;
        let mut bytes =
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0d\0\0\0\xc8\0\0\0\x02\0\x10\0".to_vec();
        bytes.extend(b"data");
        bytes.extend(size.to_le_bytes());
        bytes.resize(bytes.len() + size as usize, 0);
        bytes
    };
    let mp4 = |seconds: u32| {
        let movie = [
            &b"\0\0\0\x28moov\0\0\0\x20mvhd\0\0\0\0\0\0\0\0\0\0\0\0"[..],
            &1_u32.to_be_bytes(),
            &seconds.to_be_bytes(),
            &[0; 4],
        ];
        [&b"\0\0\0\x10ftypisom\0\0\0\0"[..], &movie.concat()].concat()
    };
    assert_eq!(
        invalid("a.wav", &wav(421), "Audio"),
        "the file \"a.wav\" plays for 421 seconds; the asset type Audio takes at most 420 seconds (7 minutes)"
    );
    assert_eq!(
        invalid("a.mp4", &mp4(301), "Video"),
        "the file \"a.mp4\" plays for 301 seconds; the asset type Video takes at most 300 seconds (5 minutes)"
    );
    assert!(checked("a.wav", &wav(420), "Audio").is_ok());
    assert!(checked("a.mp4", &mp4(300), "Video").is_ok());
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
    let mut count = 0;
    for asset_type in AssetType::known().filter(|kind| !types.contains(&kind.as_str())) {
        assert_eq!(
            invalid("a.png", PNG, &asset_type),
            format!(
                "the asset type {asset_type} cannot be uploaded; Animation, Audio, Decal, Image, Mesh, Model and \
                 Video can (unchecked sends it all the same)"
            )
        );
        count += 1;
        let file = AssetFile::from_bytes("a.png", PNG);
        let unchecked = sent(file, &asset_type, UploadAsset::unchecked).unwrap();
        assert_eq!(unchecked.0, "image/png");
    }
    assert_eq!(count, AssetType::known().count() - types.len());
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
