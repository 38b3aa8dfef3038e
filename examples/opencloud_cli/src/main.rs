//! A command-line tool for Roblox Open Cloud: toolbox, saved assets, uploads and what comes after them.
//!
//! ```text
//! cargo run -p opencloud-cli -- --help
//! cargo run -p opencloud-cli -- --emulator toolbox search Audio "Menu Theme" --limit 3
//! ROBLOX_API_KEY=... cargo run -p opencloud-cli -- assets upload crate.fbx --type Model --name Crate
//! ```
//!
//! Results go to stdout, as text or with `--json` as JSON; everything else goes to stderr.

mod args;
mod assets;
mod client;
mod failure;
mod key;
mod output;
mod progress;
mod toolbox;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::client::Connection;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let output = Output::new(args.json);
    let scopes = args.command.scopes();
    let connection = Connection::open(&args.server, args.command.needs_key())?;
    let api_key = &connection.api_key;
    let result = match args.command {
        Command::Key(command) => key::run(&command, api_key, output),
        Command::Toolbox(command) => toolbox::run(command, api_key, output),
        Command::Saves(command) => toolbox::run_saves(command, api_key, output),
        Command::Assets(command) => assets::run(command, api_key, output),
        Command::Operations(command) => assets::run_operations(&command, api_key, output),
    };
    result.map_err(|failure| failure.with_scopes_of(api_key, scopes))
}
