//! How much memory an upload takes.
//!
//! It is a program of its own because it looks at the peak of the whole process.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{self, Read};

use rblxopencloud::{AssetFile, AssetType, Creator};
use support::client::key;
use support::folder::Folder;
use support::raw_server::{RawServer, json};

const MIB: u64 = 1 << 20;

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

#[test]
fn memory_does_not_grow_with_the_file() {
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_part(0) {
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
            let length: u64 = request.header("content-length").unwrap().parse().unwrap();
            let complete = connection.skip(length) == length;
            connection.send(&json(if complete { 200 } else { 400 }, r#"{"path":"o"}"#));
        }
    });
    let (key, _) = key(server.url());
    let folder = Folder::new();
    let upload = |length| {
        let path = folder.path().join("long.mp4");
        File::create(&path).unwrap().set_len(length).unwrap();
        for file in [
            AssetFile::open(&path).unwrap(),
            AssetFile::from_reader("long.mp4", io::repeat(7).take(length), length),
        ] {
            let _ = key
                .get_user(1)
                .upload_asset(file, AssetType::Video, "Video", "")
                .send()
                .unwrap();
        }
    };
    upload(2 * MIB);
    let before = peak();
    upload(128 * MIB);
    let grown = peak() - before;
    assert!(grown < 8 * MIB, "{} MiB more", grown / MIB);
}
