//! What the crate costs over the HTTP client that it stands on: `cargo bench --bench loopback`.
//!
//! The same work is done by two programs: `benches/sdk`, with the crate, and `benches/baseline`, by hand on `ureq`
//! and `serde_json`. They are built here as their users would build them. Each run is a process of its own;
//! what it takes is told by the system. The server is in this process, and responds from memory.

mod chart;
#[cfg(target_os = "linux")]
mod measure;
#[cfg(target_os = "linux")]
mod program;
#[path = "../support/server.rs"]
mod server;
mod table;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo adds `--bench`.
    if arguments.last().is_some_and(|last| last == "--bench") {
        arguments.pop();
    }
    run(&arguments)
}

#[cfg(target_os = "linux")]
fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    match arguments {
        [run, program, arguments @ ..] if run == "run" => program::Run::report(program, arguments),
        // For a profiler: the server alone, until it is killed.
        [serve] if serve == "serve" => {
            println!("{}", server::Server::start(server::Manner::Plain)?.url);
            loop {
                std::thread::park();
            }
        }
        [write] if write == "write" => {
            let tables = measure::all("")?;
            chart::write(&tables)?;
            table::write(&tables)
        }
        [] => measure::all("").map(drop),
        [part] => measure::all(part).map(drop),
        _ => Err("see docs/performance.md for what can be asked".into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn run(_: &[String]) -> Result<(), Box<dyn Error>> {
    println!("This measures by what Linux tells of a process, and nowhere else.");
    Ok(())
}
