//! The two programs: how they are built, and what a run of them takes.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A program as Cargo builds it for release, without symbols.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    target: PathBuf,
    /// Of the latest build.
    pub(crate) build_time: Duration,
    pub(crate) bytes: u64,
    /// The packages it is made of, without its own.
    pub(crate) crates: usize,
}

impl Program {
    /// Builds the program, or takes what was built before.
    pub(crate) fn build(name: &str) -> Result<Self> {
        let package = format!("bench-{name}");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&package);
        let start = Instant::now();
        let built = cargo()
            .args(["build", "--release", "--locked", "--quiet", "--package"])
            .arg(&package)
            .args(["--config", "profile.release.strip=true", "--target-dir"])
            .arg(&target)
            .status()?;
        let build_time = start.elapsed();
        if !built.success() {
            return Err(format!("{package} does not build").into());
        }
        let path = target
            .join("release")
            .join(format!("{name}{}", env::consts::EXE_SUFFIX));
        Ok(Self {
            bytes: fs::metadata(&path)?.len(),
            crates: count_crates(&package)?,
            path,
            target,
            build_time,
        })
    }

    /// Builds the program again, from nothing.
    pub(crate) fn build_anew(&self, name: &str) -> Result<Self> {
        fs::remove_dir_all(&self.target)?;
        Self::build(name)
    }
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

fn count_crates(package: &str) -> Result<usize> {
    let output = cargo()
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--no-dedupe",
        ])
        .args(["--package", package])
        .output()?;
    // As in "serde v1.0.200 (proc-macro)".
    let mut crates: Vec<Vec<&str>> = std::str::from_utf8(&output.stdout)?
        .lines()
        .map(|line| line.split_whitespace().take(2).collect())
        .filter(|name: &Vec<_>| !name.starts_with(&[package]))
        .collect();
    crates.sort_unstable();
    crates.dedup();
    Ok(crates.len())
}

/// What one run of a program took, from its start to its end.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) peak_kib: u64,
}

impl Run {
    /// Runs a program by way of a process that has no other child, so that what its children took is what
    /// the program took.
    pub(crate) fn of(program: &Path, arguments: &[OsString]) -> Result<Self> {
        let output = Command::new(env::current_exe()?)
            .arg("run")
            .arg(program)
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()?;
        let figures: Vec<u64> = String::from_utf8(output.stdout)?
            .split_whitespace()
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        match figures[..] {
            [cpu, wall, peak_kib] => Ok(Self {
                cpu: Duration::from_micros(cpu),
                wall: Duration::from_nanos(wall),
                peak_kib,
            }),
            _ => Err(format!("{} has failed", program.display()).into()),
        }
    }

    /// That process.
    pub(crate) fn report(program: &str, arguments: &[String]) -> Result<()> {
        let start = Instant::now();
        let status = Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .status()?;
        let wall = start.elapsed();
        if !status.success() {
            return Err(status.to_string().into());
        }
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let cpu = usage.user_time() + usage.system_time();
        println!(
            "{} {} {}",
            cpu.num_microseconds(),
            wall.as_nanos(),
            usage.max_rss()
        );
        Ok(())
    }

    /// The run that was over first; there is one at least.
    pub(crate) fn fastest(runs: &[Self]) -> Self {
        let first = runs[0];
        runs.iter().fold(
            first,
            |best, run| if run.wall < best.wall { *run } else { best },
        )
    }

    /// The middle of each figure.
    pub(crate) fn median(runs: &[Self]) -> Self {
        fn middle<T: Ord + Copy>(runs: &[Run], of: fn(&Run) -> T) -> T {
            let mut all: Vec<T> = runs.iter().map(of).collect();
            all.sort_unstable();
            all[all.len() / 2]
        }
        Self {
            cpu: middle(runs, |run| run.cpu),
            wall: middle(runs, |run| run.wall),
            peak_kib: middle(runs, |run| run.peak_kib),
        }
    }
}
