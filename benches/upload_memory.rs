//! How much memory an upload takes: `cargo bench --bench upload_memory`.
//!
//! Each upload runs in a process of its own, so that its peak is its own; the local Open Cloud that it goes
//! to runs in this one. The files are sparse, and take no room on disk.

use std::error::Error;
use std::fs::{self, File};
use std::process::Command;
use std::time::Instant;

use open_cloud_emulator::Emulator;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator};

const SIZES: [(&str, u64); 3] = [("no upload", 0), ("20 MB", 20_000_000), ("1 GiB", 1 << 30)];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    match &arguments[..] {
        [_, client, url, key, path] if client == "client" => upload(url, key, path),
        _ => measure(),
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start()?;
    emulator.set_operation_polls(0);
    let folder = tempfile::tempdir()?;
    println!("{:<10} {:>10} {:>10}", "upload", "peak", "time");
    for (name, size) in SIZES {
        let path = folder.path().join("video.mp4");
        File::create(&path)?.set_len(size)?;
        let start = Instant::now();
        let output = Command::new(std::env::current_exe()?)
            .arg("client")
            .args([emulator.url(), emulator.api_key()])
            .arg(&path)
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let peak: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
        println!(
            "{name:<10} {:>6.1} MiB {:>8.0?}",
            peak / 1024.0,
            start.elapsed()
        );
    }
    Ok(())
}

/// Uploads the file, unless it is empty, and prints the peak of this process's resident memory in KiB.
fn upload(url: &str, key: &str, path: &str) -> Result<(), Box<dyn Error>> {
    let api_key = ApiKey::builder(key).base_url(url).build()?;
    let info = api_key.fetch_info()?;
    let file = AssetFile::open(path)?;
    if !file.is_empty() {
        let operation = info
            .authorized_user
            .upload_asset(file, AssetType::Video, "Sparse", "")
            .send()?;
        operation.wait()?;
    }
    println!("{}", peak_kib()?);
    Ok(())
}

fn peak_kib() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .ok_or("no VmHWM: this needs Linux")?;
    Ok(line
        .split_whitespace()
        .nth(1)
        .ok_or("an empty VmHWM")?
        .parse()?)
}
