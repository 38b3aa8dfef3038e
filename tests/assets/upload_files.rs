//! Files and readers that are not what they were said to be: nothing is silently cut short.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rblxopencloud::assets::UploadAsset;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, Error};
use support::client::{key, whole};
use support::folder::Folder;
use support::raw_server::{RawServer, json};

/// Large enough to be sent in several pieces, and small enough not to ask first.
const LENGTH: usize = 900_000;

fn upload(key: &ApiKey, file: AssetFile) -> UploadAsset {
    key.get_user(1)
        .upload_asset(file, AssetType::Model, "Crate", "")
}

/// A server that would take any upload, and tells how many bodies came to their end.
fn server() -> (RawServer, Arc<AtomicU64>) {
    let complete = Arc::new(AtomicU64::new(0));
    let count = complete.clone();
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_part(0) {
            let length: u64 = request.header("content-length").unwrap().parse().unwrap();
            let here = request.body.len() as u64;
            if here + connection.skip(length - here) == length {
                count.fetch_add(1, Ordering::SeqCst);
            }
            connection.send(&json(200, r#"{"path":"operations/op-1"}"#));
        }
    });
    (server, complete)
}

/// Uploads what is not as it should be: the service must never get a whole body.
fn assert_fails(file: AssetFile, says: &str) -> Error {
    let (server, complete) = server();
    let (key, waits) = key(server.url());
    let error = upload(&key, file).send().unwrap_err();
    assert_file_error(&error, says);
    assert_eq!(complete.load(Ordering::SeqCst), 0);
    assert!(waits.take().is_empty());
    assert!(server.connections() <= 1);
    // Nothing of it is left in the way of the next.
    let good = AssetFile::from_bytes("good.fbx", vec![7; LENGTH]);
    let _ = upload(&key, good).send().unwrap();
    assert_eq!(complete.load(Ordering::SeqCst), 1);
    error
}

fn assert_file_error(error: &Error, says: &str) {
    assert!(error.is_file(), "{error:?}");
    let text = whole(error);
    assert!(text.contains(says), "{text:?} does not say {says:?}");
    assert!(!error.is_outcome_unknown() && !error.is_server_error());
}

#[test]
fn a_reader_that_gives_less_than_it_said_is_an_error() {
    for given in [0, 1, LENGTH - 1] {
        let reader = Cursor::new(vec![7; given]);
        let file = AssetFile::from_reader("a.fbx", reader, LENGTH as u64);
        let says = format!("it ended after {given} of {LENGTH} bytes");
        let error = assert_fails(file, &says);
        assert!(error.to_string().contains("\"a.fbx\""), "{error}");
    }
}

#[test]
fn a_reader_that_gives_more_than_it_said_is_an_error() {
    for more in [1, LENGTH] {
        let reader = Cursor::new(vec![7; LENGTH + more]);
        let file = AssetFile::from_reader("a.fbx", reader, LENGTH as u64);
        assert_fails(file, &format!("it goes on after {LENGTH} bytes"));
    }
}

#[test]
fn a_reader_that_fails_is_an_error_with_its_reason() {
    struct Failing(u64);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                // A kind that would look like the network's, were it not the file's.
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the disk is gone"));
            }
            let count = io::repeat(7).take(self.0).read(buffer)?;
            self.0 -= count as u64;
            Ok(count)
        }
    }

    for works in [0, 500_000, LENGTH as u64] {
        let file = AssetFile::from_reader("a.fbx", Failing(works), LENGTH as u64);
        let error = assert_fails(file, "the disk is gone");
        let cause = std::error::Error::source(&error).unwrap();
        let cause: &io::Error = cause.downcast_ref().unwrap();
        assert_eq!(cause.kind(), io::ErrorKind::TimedOut);
        assert!(!error.is_timeout());
    }
}

#[test]
fn a_reader_that_claims_more_than_there_was_room_for_does_no_harm() {
    struct Boasting;

    impl Read for Boasting {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            Ok(buffer.len() + 1)
        }
    }

    let file = AssetFile::from_reader("a.fbx", Boasting, LENGTH as u64);
    assert_fails(file, "it goes on after");
}

#[test]
fn a_file_that_has_changed_before_it_is_sent_costs_no_request() {
    let folder = Folder::new();
    for now in [1, LENGTH - 1, LENGTH + 1] {
        let path = folder.with("crate.fbx", vec![7; LENGTH]);
        let file = AssetFile::open(&path).unwrap();
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(now as u64)
            .unwrap();
        let (server, _) = server();
        let (key, _) = key(server.url());
        let error = upload(&key, file).send().unwrap_err();
        assert_file_error(
            &error,
            &format!("it has {now} bytes, and had {LENGTH} before"),
        );
        assert_eq!(server.connections(), 0);
    }
}

#[test]
fn a_file_that_shrinks_or_grows_while_it_is_sent_is_an_error() {
    type Change = fn(&File);
    let shrink: Change = |file| file.set_len(LENGTH as u64 / 2).unwrap();
    let grow: Change = |mut file| file.write_all(b"x").unwrap();
    for (change, says) in [
        (shrink, "has it become shorter?"),
        (grow, "has it become longer?"),
    ] {
        let folder = Folder::new();
        let path = folder.with("crate.fbx", vec![7; LENGTH]);
        let file = AssetFile::open(&path).unwrap();
        let handle = File::options().append(true).open(&path).unwrap();
        let (server, complete) = server();
        let (key, _) = key(server.url());
        let mut changed = false;
        let error = upload(&key, file)
            .progress(move |_, _| {
                if !changed {
                    change(&handle);
                    changed = true;
                }
            })
            .send()
            .unwrap_err();
        assert_file_error(&error, says);
        assert_eq!(complete.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn a_file_that_changes_between_two_attempts_is_an_error() {
    let folder = Folder::new();
    let path = folder.with("crate.fbx", vec![7; LENGTH]);
    let server = RawServer::responding(vec![json(503, "{}"), json(200, r#"{"path":"o"}"#)]);
    let file = AssetFile::open(&path).unwrap();
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .sleep_with(move |_| {
            std::fs::write(&path, "shorter").unwrap();
            std::ops::ControlFlow::Continue(())
        })
        .build()
        .unwrap();
    let error = upload(&key, file).send().unwrap_err();
    assert_file_error(&error, "it has 7 bytes");
    assert_eq!(server.requests().len(), 1);
}
