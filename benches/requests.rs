//! Decoding, encoding and paging, by the crate and by hand: `cargo bench --bench requests`.
//!
//! The server is in another thread of this process, and responds from memory. What `one asset` takes is nearly
//! all the exchange itself; what the others take is over that.

#[path = "support/server.rs"]
#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod server;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};

use server::{DELETED, Manner, Server};

/// Measures the work with the client of each side.
macro_rules! compare {
    ($criterion:ident, $name:literal, $throughput:expr, $url:expr, $client:ident => $work:expr) => {
        let mut group = $criterion.benchmark_group($name);
        group.throughput($throughput);
        let $client = bench_sdk::Client::new($url, None).expect("a client");
        group.bench_function("crate", |bencher| {
            bencher.iter(|| black_box($work).expect("a response"));
        });
        let $client = bench_baseline::Client::new($url, None).expect("a client");
        group.bench_function("baseline", |bencher| {
            bencher.iter(|| black_box($work).expect("a response"));
        });
        group.finish();
    };
}

fn requests(criterion: &mut Criterion) {
    let server = Server::start(Manner::Plain).expect("a server");
    let url = &server.url;
    let each = Throughput::Elements;
    compare!(criterion, "decoding/one asset", each(1), url, client => client.fetch_assets(1));
    compare!(criterion, "decoding/a page of 100 results", each(100), url, client => client.search(1));
    compare!(criterion, "paging/10 pages of 100 results", each(1_000), url, client => client.search(10));
    let ids: Vec<u64> = (1..=DELETED).collect();
    compare!(criterion, "encoding/5,000 assets to unsave", each(DELETED), url, client => client.unsave_assets(&ids));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("video.mp4");
    std::fs::write(&path, vec![7; 1 << 20]).expect("a file");
    let bytes = Throughput::Bytes(1 << 20);
    compare!(criterion, "encoding/an upload of 1 MiB", bytes, url, client => client.upload_file(&path));
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    requests(&mut criterion);
    criterion.final_summary();
}
