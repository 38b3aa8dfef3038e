//! How often memory is allocated, by the crate and by hand: `cargo bench --bench allocations`.
//!
//! The counts are of the client's thread alone, on a connection that is open already.

#[path = "support/server.rs"]
#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod server;

use std::error::Error;

use allocation_counter::{AllocationInfo, measure};

use server::{DELETED, Manner, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start(Manner::Plain)?;
    let crate_client = bench_sdk::Client::new(&server.url, None)?;
    let baseline_client = bench_baseline::Client::new(&server.url, None)?;
    let ids: Vec<u64> = (1..=DELETED).collect();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("video.mp4");
    std::fs::write(&path, vec![7; 1 << 20])?;
    println!("| | allocations | baseline | bytes in all | baseline | bytes at once | baseline |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    macro_rules! compare {
        ($name:literal, $client:ident => $work:expr) => {
            let count = |work: &dyn Fn() -> Result<(), Box<dyn Error>>| {
                work()?;
                let mut result = Ok(());
                let counts = measure(|| result = work());
                result.map(|()| counts)
            };
            let $client = &crate_client;
            let ours = count(&|| $work)?;
            let $client = &baseline_client;
            row($name, &ours, &count(&|| $work)?);
        };
    }
    compare!("one asset", client => client.fetch_assets(1));
    compare!("a page of 100 results", client => client.search(1));
    compare!("10 pages of 100 results", client => client.search(10));
    compare!("5,000 assets to unsave", client => client.unsave_assets(&ids));
    compare!("an upload of 1 MiB", client => client.upload_file(&path));
    Ok(())
}

fn row(name: &str, ours: &AllocationInfo, baseline: &AllocationInfo) {
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} |",
        ours.count_total,
        baseline.count_total,
        ours.bytes_total,
        baseline.bytes_total,
        ours.bytes_max,
        baseline.bytes_max,
    );
}
