//! The example that uploads a folder, as a process: killed, and started again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use open_cloud_emulator::{Emulator, Fault};

#[path = "../support/png.rs"]
mod png;

const FILES: u8 = 12;

fn pictures() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..FILES {
        fs::write(
            folder.path().join(format!("{number}.png")),
            png::square(8, [number, 0, 0]),
        )
        .unwrap();
    }
    folder
}

/// Cargo builds the examples beside the tests.
fn example() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let path = here
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/bulk_upload");
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    if !path.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "bulk_upload"])
            .status();
        assert!(built.unwrap().success());
    }
    path
}

fn command(emulator: &Emulator, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(example());
    command
        .arg(folder)
        .args(arguments)
        .env("ROBLOX_API_KEY", emulator.api_key())
        .env("ROBLOX_BASE_URL", emulator.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(emulator: &Emulator, folder: &Path, arguments: &[&str]) -> Output {
    command(emulator, folder, arguments).output().unwrap()
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
}

/// How often each file reached the service as a new asset.
fn uploads(emulator: &Emulator) -> BTreeMap<String, usize> {
    let mut uploads = BTreeMap::new();
    for request in emulator.requests() {
        if request.method == "POST" && request.path == "/assets/v1/assets" {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            // A request is recorded before its body has come.
            let Some((_, rest)) = body.split_once("filename=\"") else {
                continue;
            };
            let name = rest.split('"').next().unwrap().to_owned();
            *uploads.entry(name).or_default() += 1;
        }
    }
    uploads
}

fn kill_once(mut child: Child, is_time: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if is_time() || child.try_wait().unwrap().is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_second_run_uploads_nothing() {
    let (emulator, folder) = (Emulator::start().unwrap(), pictures());
    emulator.set_operation_polls(0);
    let first = run(&emulator, folder.path(), &[]);
    assert_eq!(
        last_line(&first),
        "12 uploaded, 0 known, 0 uncertain, 0 failed"
    );
    assert!(first.status.success());
    let second = run(&emulator, folder.path(), &[]);
    assert_eq!(
        last_line(&second),
        "0 uploaded, 12 known, 0 uncertain, 0 failed"
    );
    assert!(uploads(&emulator).values().all(|times| *times == 1));
}

#[test]
fn a_file_that_cannot_be_uploaded_is_not_taken_for_one_that_was_begun() {
    let (emulator, folder) = (Emulator::start().unwrap(), pictures());
    emulator.set_operation_polls(0);
    fs::write(folder.path().join("notes.txt"), "not a picture").unwrap();
    for expected in [
        "12 uploaded, 0 known, 0 uncertain, 1 failed",
        "0 uploaded, 12 known, 0 uncertain, 1 failed",
    ] {
        assert_eq!(last_line(&run(&emulator, folder.path(), &[])), expected);
    }
}

#[test]
fn a_run_that_was_killed_goes_on_without_uploading_anything_twice() {
    for kill_after in [1, 5, 9] {
        let (emulator, folder) = (Emulator::start().unwrap(), pictures());
        emulator.set_operation_polls(0);
        emulator.fault_next(1_000, Fault::Delay(Duration::from_millis(5)));
        let child = command(&emulator, folder.path(), &["--workers", "3"])
            .spawn()
            .unwrap();
        kill_once(child, || uploads(&emulator).len() >= kill_after);

        let again = run(&emulator, folder.path(), &["--workers", "3"]);
        let uploads = uploads(&emulator);
        assert!(uploads.values().all(|times| *times == 1), "{uploads:?}");
        // Whatever was not uploaded by either run is reported, and at most one for each thread.
        let line = last_line(&again);
        let uncertain: usize = line
            .split(", ")
            .nth(2)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(uncertain <= 3, "{line}");
        assert_eq!(
            again.status.code(),
            Some(if uncertain == 0 { 0 } else { 2 }),
            "{line}"
        );
        assert!(uploads.len() + uncertain >= usize::from(FILES), "{line}");
    }
}

#[test]
fn an_upload_that_may_have_become_an_asset_is_reported_and_not_sent_again() {
    let (emulator, folder) = (Emulator::start().unwrap(), pictures());
    emulator.set_operation_polls(0);
    emulator.fault_next_to("/assets/v1/assets", 1, Fault::CutAfterActing);
    let first = run(&emulator, folder.path(), &[]);
    assert_eq!(
        last_line(&first),
        "11 uploaded, 0 known, 0 uncertain, 1 failed"
    );
    let second = run(&emulator, folder.path(), &[]);
    assert_eq!(
        last_line(&second),
        "0 uploaded, 11 known, 1 uncertain, 0 failed"
    );
    assert_eq!(second.status.code(), Some(2));
    assert!(uploads(&emulator).values().all(|times| *times == 1));

    let asked = run(&emulator, folder.path(), &["--again"]);
    assert_eq!(
        last_line(&asked),
        "1 uploaded, 11 known, 0 uncertain, 0 failed"
    );
    assert_eq!(
        uploads(&emulator)
            .values()
            .filter(|times| **times == 2)
            .count(),
        1
    );
}

#[test]
fn an_operation_that_was_waited_for_is_taken_up_again() {
    let (emulator, folder) = (Emulator::start().unwrap(), pictures());
    // So many polls that the first run is killed while it waits.
    emulator.set_operation_polls(1_000);
    let child = command(&emulator, folder.path(), &["--workers", "1"])
        .spawn()
        .unwrap();
    let polled = || {
        emulator
            .requests()
            .iter()
            .any(|request| request.path.contains("/operations/"))
    };
    kill_once(child, polled);
    let manifest = fs::read_to_string(folder.path().join("upload.manifest")).unwrap();
    let id = manifest
        .split("\"operation_id\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();

    emulator.clear_requests();
    emulator.set_operation_polls(0);
    emulator.fault_next_to(
        &id,
        1,
        Fault::json(
            200,
            &serde_json::json!({
                "path": format!("operations/{id}"), "done": true, "response": { "assetId": "4711" },
            }),
        ),
    );
    let again = run(&emulator, folder.path(), &["--workers", "1"]);
    assert_eq!(
        last_line(&again),
        "12 uploaded, 0 known, 0 uncertain, 0 failed"
    );
    assert_eq!(uploads(&emulator).len(), 11);
    assert!(String::from_utf8_lossy(&again.stdout).contains("asset 4711"));
}
