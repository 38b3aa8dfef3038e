//! What is measured.

use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::program::{Program, Run};
use crate::server::{Manner, Server, tls};
use crate::table::{Row, Table};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Measures what `only` names, or all, and prints it.
pub(crate) fn all(only: &str) -> Result<Vec<Table>> {
    let is_asked = |title: &str| title.to_lowercase().contains(&only.to_lowercase());
    let bench = Bench::new()?;
    let take = |title, measure: fn(&Bench) -> Result<Table>| {
        let table = is_asked(title).then(|| measure(&bench)).transpose()?;
        if let Some(table) = &table {
            println!("{table}");
        }
        Ok::<_, Box<dyn Error>>(table)
    };
    // These take all cores; from then on it is all on one.
    let weight = take(WEIGHT, weight)?;
    let threads = take(THREADS, threads)?;
    on_one_core()?;
    let cpu = take(CPU, cpu)?;
    let memory = take(MEMORY, memory)?;
    let tables = [cpu, memory, threads, weight];
    let tables: Vec<Table> = tables.into_iter().flatten().collect();
    if tables.is_empty() {
        return Err(
            format!("there is {CPU}, {MEMORY}, {THREADS}, {WEIGHT}, but no {only:?}").into(),
        );
    }
    Ok(tables)
}

struct Bench {
    sdk: Program,
    baseline: Program,
    folder: TempDir,
}

/// A run of each program.
#[derive(Clone, Copy)]
struct Pair {
    sdk: Run,
    baseline: Run,
}

impl Bench {
    fn new() -> Result<Self> {
        Ok(Self {
            sdk: Program::build("sdk")?,
            baseline: Program::build("baseline")?,
            folder: tempfile::tempdir()?,
        })
    }

    /// The median of so many runs of each program, taken in turn.
    fn runs(&self, count: usize, arguments: &[&str]) -> Result<Pair> {
        self.pick(Run::median, count, arguments)
    }

    fn pick(&self, pick: fn(&[Run]) -> Run, count: usize, arguments: &[&str]) -> Result<Pair> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let (mut sdk, mut baseline) = (Vec::new(), Vec::new());
        for _ in 0..count {
            sdk.push(Run::of(&self.sdk.path, &arguments)?);
            baseline.push(Run::of(&self.baseline.path, &arguments)?);
        }
        Ok(Pair {
            sdk: pick(&sdk),
            baseline: pick(&baseline),
        })
    }

    /// A file to upload: sparse, and read once, so that all find it in memory alike.
    fn file(&self, size: u64) -> Result<PathBuf> {
        let path = self.folder.path().join(format!("{size}.mp4"));
        if !path.exists() {
            File::create(&path)?.set_len(size)?;
            std::io::copy(&mut File::open(&path)?, &mut std::io::sink())?;
        }
        Ok(path)
    }

    fn upload(&self, count: usize, server: &Server, size: u64) -> Result<Pair> {
        let path = self.file(size)?;
        self.runs(count, &["upload", &server.url, as_text(&path)?])
    }
}

const SMALL: u64 = 20_000_000;
const LARGE: u64 = 1 << 30;

const CPU: &str = "CPU time";

fn cpu(bench: &Bench) -> Result<Table> {
    let server = Server::start(Manner::Plain)?;
    let mut rows = Vec::new();

    let before = server.connections.load(Ordering::Relaxed);
    let calls = bench.runs(9, &["assets", &server.url, "5000"])?;
    if server.connections.load(Ordering::Relaxed) - before != 2 * 9 {
        return Err("a run has opened more than one connection".into());
    }
    rows.push(cpu_row(
        "5,000 assets, one after another",
        calls,
        5_000,
        "a call",
        1.05,
    ));
    for (name, work, pages, count) in [
        ("10,000 results of a search, 100 pages", "search", 100, 21),
        ("the same, all results kept", "search-and-keep", 100, 21),
        ("100,000 results, 1,000 pages", "search", 1_000, 7),
    ] {
        let pair = bench.runs(count, &[work, &server.url, &pages.to_string()])?;
        rows.push(cpu_row(name, pair, pages * 100, "an item", 1.15));
    }
    for (name, size, count) in [("20 MB", SMALL, 31), ("1 GiB", LARGE, 9)] {
        let pair = bench.upload(count, &server, size)?;
        rows.push(cpu_row(&format!("an upload of {name}"), pair, 1, "", 1.10));
        let path = bench.file(size)?;
        match curl(count, &server, &path)? {
            Some(curl) => rows.push(Row {
                name: "the same, beside `curl -F`".to_owned(),
                crate_figure: microseconds(pair.sdk.cpu, 1, ""),
                other_figure: microseconds(curl.cpu, 1, ""),
                ratio: pair.sdk.cpu.as_secs_f64() / curl.cpu.as_secs_f64(),
                aim: 1.0,
            }),
            None => println!("There is no curl here to measure beside.\n"),
        }
    }
    let pair = bench.runs(101, &["assets", &server.url, "1"])?;
    rows.push(cpu_row(
        "cold start: one request, and the end",
        pair,
        1,
        "",
        1.10,
    ));
    let (manner, certificate) = tls()?;
    let roots = bench.folder.path().join("roots.pem");
    fs::write(&roots, certificate)?;
    let server = Server::start(manner)?;
    let pair = bench.runs(101, &["assets", &server.url, "1", as_text(&roots)?])?;
    rows.push(cpu_row("cold start over https", pair, 1, "", 1.10));
    Ok(Table {
        title: CPU,
        beside: "baseline",
        rows,
    })
}

fn cpu_row(name: &str, pair: Pair, parts: u64, unit: &str, aim: f64) -> Row {
    Row {
        name: name.to_owned(),
        crate_figure: microseconds(pair.sdk.cpu, parts, unit),
        other_figure: microseconds(pair.baseline.cpu, parts, unit),
        ratio: pair.sdk.cpu.as_secs_f64() / pair.baseline.cpu.as_secs_f64(),
        aim,
    }
}

/// The same upload by curl, if there is a curl.
fn curl(count: usize, server: &Server, file: &Path) -> Result<Option<Run>> {
    if Command::new("curl").arg("--version").output().is_err() {
        return Ok(None);
    }
    let arguments = [
        "--silent".to_owned(),
        "--fail".to_owned(),
        "--header".to_owned(),
        "x-api-key: the-key".to_owned(),
        "--form".to_owned(),
        "request={}".to_owned(),
        "--form".to_owned(),
        format!("fileContent=@{};type=video/mp4", as_text(file)?),
        format!("{}/assets/v1/assets", server.url),
    ];
    let arguments = arguments.map(OsString::from);
    let runs = (0..count)
        .map(|_| Run::of(Path::new("curl"), &arguments))
        .collect::<Result<Vec<_>>>()?;
    Ok(Some(Run::median(&runs)))
}

const MEMORY: &str = "Peak memory";

fn memory(bench: &Bench) -> Result<Table> {
    let server = Server::start(Manner::Plain)?;
    let kept = bench.runs(5, &["search-and-keep", &server.url, "100"])?;
    let few = bench.runs(5, &["search", &server.url, "10"])?;
    let many = bench.runs(5, &["search", &server.url, "1000"])?;
    let small = bench.upload(5, &server, SMALL)?;
    let large = bench.upload(5, &server, LARGE)?;
    let calls = bench.runs(5, &["assets", &server.url, "5000"])?;
    let mib = |kib: u64| format!("{:.2} MiB", kib as f64 / 1024.0);
    let row = |name: &str, peak: u64, other: u64, what: &str, aim: f64| Row {
        name: name.to_owned(),
        crate_figure: mib(peak),
        other_figure: format!("{}{what}", mib(other)),
        ratio: peak as f64 / other as f64,
        aim,
    };
    let half_a_mib_more = |kib: u64| (kib + 512) as f64 / kib as f64;
    let (sdk, baseline) = (
        |pair: Pair| pair.sdk.peak_kib,
        |pair: Pair| pair.baseline.peak_kib,
    );
    Ok(Table {
        title: MEMORY,
        beside: "baseline",
        rows: vec![
            row(
                "5,000 assets, one after another",
                sdk(calls),
                baseline(calls),
                "",
                1.20,
            ),
            row(
                "10,000 results, all kept",
                sdk(kept),
                baseline(kept),
                "",
                1.30,
            ),
            row(
                "1,000 pages of results",
                sdk(many),
                baseline(many),
                "",
                1.20,
            ),
            row(
                "the same, beside 10 pages",
                sdk(many),
                sdk(few),
                ", this crate",
                1.05,
            ),
            row(
                "an upload of 1 GiB",
                sdk(large),
                6 << 10,
                ", the most it may take",
                1.0,
            ),
            row(
                "the same, beside 20 MB",
                sdk(large),
                sdk(small),
                ", this crate",
                half_a_mib_more(sdk(small)),
            ),
        ],
    })
}

const WEIGHT: &str = "Weight";

fn weight(bench: &Bench) -> Result<Table> {
    let (sdk, baseline) = (&bench.sdk, &bench.baseline);
    let (mut sdk_time, mut baseline_time) = (Duration::MAX, Duration::MAX);
    // The shorter of two: what else the machine does only makes them longer.
    for _ in 0..2 {
        sdk_time = sdk_time.min(sdk.build_anew("sdk")?.build_time);
        baseline_time = baseline_time.min(baseline.build_anew("baseline")?.build_time);
    }
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    let megabytes = |bytes: u64| format!("{:.2} MB", bytes as f64 / 1e6);
    Ok(Table {
        title: WEIGHT,
        beside: "baseline",
        rows: vec![
            Row {
                name: "crates".to_owned(),
                crate_figure: sdk.crates.to_string(),
                other_figure: baseline.crates.to_string(),
                ratio: sdk.crates as f64 / baseline.crates as f64,
                aim: 1.10,
            },
            Row {
                name: "clean release build".to_owned(),
                crate_figure: seconds(sdk_time),
                other_figure: seconds(baseline_time),
                ratio: sdk_time.as_secs_f64() / baseline_time.as_secs_f64(),
                aim: 1.20,
            },
            Row {
                name: "stripped program".to_owned(),
                crate_figure: megabytes(sdk.bytes),
                other_figure: megabytes(baseline.bytes),
                ratio: sdk.bytes as f64 / baseline.bytes as f64,
                aim: 1.15,
            },
        ],
    })
}

const THREADS: &str = "Threads on one key";

/// How long the slow server takes for a response.
const SLOW: Duration = Duration::from_millis(5);

fn threads(bench: &Bench) -> Result<Table> {
    let server = Server::start(Manner::Plain)?;
    let mut rows = Vec::new();
    for threads in [1, 2, 4, 16] {
        let (calls, of) = (16_000, threads.to_string());
        let arguments = ["assets-by-threads", &server.url, "16000", &of];
        // How the system spreads them over the cores is a matter of chance.
        let pair = bench.pick(Run::fastest, 11, &arguments)?;
        rows.push(Row {
            name: match threads {
                1 => "1 thread".to_owned(),
                _ => format!("{threads} threads"),
            },
            crate_figure: rate(calls, pair.sdk.wall),
            other_figure: rate(calls, pair.baseline.wall),
            ratio: pair.sdk.wall.as_secs_f64() / pair.baseline.wall.as_secs_f64(),
            aim: 1.10,
        });
    }
    let server = Server::start(Manner::Slow(SLOW))?;
    let sixteen = ["assets-by-threads", &server.url, "1600", "16"];
    let sixteen = bench.pick(Run::fastest, 11, &sixteen)?;
    let one = bench.pick(
        Run::fastest,
        11,
        &["assets-by-threads", &server.url, "100", "1"],
    )?;
    rows.push(Row {
        name: "16 threads, responses after 5 ms, beside 1 thread".to_owned(),
        crate_figure: rate(1_600, sixteen.sdk.wall),
        other_figure: format!("16 times {}, this crate", rate(100, one.sdk.wall)),
        ratio: sixteen.sdk.wall.as_secs_f64() / one.sdk.wall.as_secs_f64(),
        aim: 1.10,
    });
    Ok(Table {
        title: THREADS,
        beside: "baseline",
        rows,
    })
}

fn rate(calls: u64, wall: Duration) -> String {
    format!("{:.0} calls a second", calls as f64 / wall.as_secs_f64())
}

fn microseconds(time: Duration, parts: u64, unit: &str) -> String {
    let each = time.as_secs_f64() * 1e6 / parts as f64;
    if each < 1e3 {
        format!("{each:.1} us {unit}").trim_end().to_owned()
    } else {
        format!("{:.2} ms {unit}", each / 1e3).trim_end().to_owned()
    }
}

fn as_text(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("a path that is not UTF-8")?)
}

/// Puts this thread, and with it all that it starts from now on, on the first core that it may use: which
/// core a client and its server happen to be on changes what both take.
fn on_one_core() -> Result<()> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    for core in 0..CpuSet::count() {
        if allowed.is_set(core)? {
            let mut one = CpuSet::new();
            one.set(core)?;
            return Ok(sched_setaffinity(Pid::from_raw(0), &one)?);
        }
    }
    Ok(())
}
