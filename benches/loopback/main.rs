//! What the crate costs over the HTTP client that it stands on: `cargo bench --bench loopback`.
//!
//! Each piece of work is done twice, by the crate and by the floor: a program on `ureq` and `serde_json`
//! alone, with the same fields. Each run is a process of its own, so that its CPU time and peak memory are its
//! own; the server is in this process, answers from memory, and is not measured. What is printed is the
//! median of several runs, the crate's and the floor's taken in turn, and their ratio.

mod chart;
mod floor;
mod ours;
mod server;

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use server::Server;

type Run = fn(&str) -> Result<(), Box<dyn Error>>;

struct Work {
    name: &'static str,
    ours: Run,
    floor: Run,
    /// What its CPU time is divided by, and what that is a part of.
    parts: u64,
    unit: &'static str,
    /// The most that the ratio of CPU time may be.
    aim: f64,
}

const RUNS: usize = 7;

const WORK: &[Work] = &[
    Work {
        name: "5,000 assets, one after another",
        ours: ours::fetch_assets,
        floor: floor::fetch_assets,
        parts: 5_000,
        unit: "call",
        aim: 1.05,
    },
    Work {
        name: "10,000 results of a search, 100 pages",
        ours: ours::search_10_000,
        floor: floor::search_10_000,
        parts: 10_000,
        unit: "item",
        aim: 1.15,
    },
    Work {
        name: "the same, all results kept",
        ours: ours::search_and_keep_10_000,
        floor: floor::search_and_keep_10_000,
        parts: 10_000,
        unit: "item",
        aim: 1.15,
    },
    Work {
        name: "100,000 results, 1,000 pages",
        ours: ours::search_100_000,
        floor: floor::search_100_000,
        parts: 100_000,
        unit: "item",
        aim: 1.15,
    },
    Work {
        name: "an upload of 20 MB",
        ours: ours::upload_20_mb,
        floor: floor::upload_20_mb,
        parts: 1,
        unit: "upload",
        aim: 1.10,
    },
    Work {
        name: "an upload of 1 GiB",
        ours: ours::upload_1_gib,
        floor: floor::upload_1_gib,
        parts: 1,
        unit: "upload",
        aim: 1.10,
    },
    Work {
        name: "cold start: one request, and the end",
        ours: ours::cold_start,
        floor: floor::cold_start,
        parts: 1,
        unit: "start",
        aim: 1.10,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    match &arguments[..] {
        [_, client, who, number, url] if client == "client" => {
            let work = WORK.get(number.parse::<usize>()?).ok_or("no such work")?;
            let start = Instant::now();
            (if who == "ours" { work.ours } else { work.floor })(url)?;
            println!(
                "{} {} {}",
                cpu_nanoseconds()?,
                start.elapsed().as_nanos(),
                peak_kib()?
            );
            Ok(())
        }
        // For a profiler: run `client ours NUMBER URL` under it, beside this.
        [_, serve] if serve == "serve" => {
            println!("{}", Server::start()?.url);
            loop {
                std::thread::park();
            }
        }
        // As in `cargo bench --bench loopback -- chart=docs/loopback.svg`.
        [_, chart, ..] if chart.starts_with("chart=") => {
            let bars = measure(None)?;
            Ok(fs::write(&chart["chart=".len()..], chart::draw(&bars))?)
        }
        _ => {
            let only = arguments.get(1).filter(|word| !word.starts_with("--"));
            measure(only.map(String::as_str)).map(drop)
        }
    }
}

/// A file to upload: sparse, and read once before it is measured, so that all find it in memory alike.
pub(crate) fn file_of(size: u64) -> PathBuf {
    env::temp_dir().join(format!("rblxopencloud-loopback-{size}.mp4"))
}

fn make_file(size: u64) -> Result<(), Box<dyn Error>> {
    File::create(file_of(size))?.set_len(size)?;
    std::io::copy(&mut File::open(file_of(size))?, &mut std::io::sink())?;
    Ok(())
}

pub(crate) const SMALL: u64 = 20_000_000;
pub(crate) const LARGE: u64 = 1 << 30;

/// One run of one piece of work.
#[derive(Clone, Copy)]
struct Figures {
    cpu: u64,
    wall: u64,
    peak: u64,
}

fn measure(only: Option<&str>) -> Result<Vec<chart::Bar>, Box<dyn Error>> {
    let mut bars = Vec::new();
    let server = Server::start()?;
    make_file(SMALL)?;
    make_file(LARGE)?;
    println!(
        "{:<38} {:>14} {:>14} {:>6} {:>6}   {:>8} {:>8} {:>6}",
        "work", "CPU, ours", "floor", "ratio", "aim", "peak", "floor", "wall"
    );
    for (number, work) in WORK.iter().enumerate() {
        if only.is_some_and(|only| !work.name.contains(only)) {
            continue;
        }
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(run("ours", number, &server.url)?);
            floor.push(run("floor", number, &server.url)?);
        }
        let (ours, floor) = (median(ours), median(floor));
        let part = |cpu: u64| {
            format!(
                "{:.1} us/{}",
                cpu as f64 / work.parts as f64 / 1e3,
                work.unit
            )
        };
        println!(
            "{:<38} {:>14} {:>14} {:>5.2}x {:>5.2}x   {:>4.1} MiB {:>4.1} MiB {:>5.2}x",
            work.name,
            part(ours.cpu),
            part(floor.cpu),
            ours.cpu as f64 / floor.cpu as f64,
            work.aim,
            ours.peak as f64 / 1024.0,
            floor.peak as f64 / 1024.0,
            ours.wall as f64 / floor.wall as f64,
        );
        bars.push(chart::Bar {
            name: work.name,
            ratio: ours.cpu as f64 / floor.cpu as f64,
            aim: work.aim,
        });
    }
    fs::remove_file(file_of(SMALL))?;
    fs::remove_file(file_of(LARGE))?;
    Ok(bars)
}

fn run(who: &str, number: usize, url: &str) -> Result<Figures, Box<dyn Error>> {
    let output = Command::new(env::current_exe()?)
        .args(["client", who, &number.to_string(), url])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let figures = String::from_utf8(output.stdout)?;
    let figures: Vec<u64> = figures
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    match figures[..] {
        [cpu, wall, peak] => Ok(Figures { cpu, wall, peak }),
        _ => Err("a run printed no figures".into()),
    }
}

fn median(figures: Vec<Figures>) -> Figures {
    let middle = |of: fn(&Figures) -> u64| {
        let mut all: Vec<u64> = figures.iter().map(of).collect();
        all.sort_unstable();
        all[all.len() / 2]
    };
    Figures {
        cpu: middle(|f| f.cpu),
        wall: middle(|f| f.wall),
        peak: middle(|f| f.peak),
    }
}

/// The CPU time of the only thread, which Linux tells to the nanosecond.
fn cpu_nanoseconds() -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/schedstat")?;
    Ok(text
        .split_whitespace()
        .next()
        .ok_or("an empty schedstat")?
        .parse()?)
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
