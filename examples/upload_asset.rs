//! Uploads a file as a new asset, with a progress bar, and waits until Roblox is done with it.
//!
//! ```text
//! cargo run --example upload_asset -- crate.fbx --type Model --name Crate --user 287113233
//! ```
//!
//! Without a key in `ROBLOX_API_KEY` it uploads to a local Open Cloud, and without a file it uploads a small
//! picture.

#[path = "support/png.rs"]
mod png;
#[path = "support/start.rs"]
mod start;

use std::error::Error;
use std::io::{IsTerminal, Write, stderr};
use std::ops::ControlFlow;
use std::path::PathBuf;

use rblxopencloud::{AssetFile, AssetType, Creator, UserOrGroup, WaitOptions};

const USAGE: &str =
    "upload_asset [FILE] [--type TYPE] [--name NAME] [--description TEXT] [--user ID | --group ID]";

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let (api_key, _emulator) = start::api_key()?;

    let file = match &options.file {
        Some(path) => AssetFile::open(path)?,
        None => AssetFile::from_bytes("orange square.png", png::square(64, [255, 140, 0])),
    };
    let creator: UserOrGroup = match (options.user, options.group) {
        (Some(id), _) => api_key.get_user(id).into(),
        (None, Some(id)) => api_key.get_group(id).into(),
        // Who made the key owns the asset.
        (None, None) => api_key.fetch_info()?.authorized_user.into(),
    };
    let asset_type = match options.asset_type {
        Some(asset_type) => asset_type,
        None => usual_type(&file).ok_or("which type of asset shall it be? --type says so")?,
    };
    let name = options.name.unwrap_or_else(|| file.name().to_owned());
    eprintln!(
        "Uploading {} as {name:?}, a {asset_type} of {creator}",
        file.name()
    );

    let operation = creator
        .upload_asset(file, asset_type, name, options.description)
        .progress(show_progress)
        .send()?;
    if stderr().is_terminal() {
        eprintln!();
    }
    if !operation.is_done() {
        eprintln!("Uploaded. Roblox works on it: operation {}", operation.id());
    }
    let asset = operation.wait_with(&WaitOptions::new().on_poll(|poll| {
        const SPINNER: [char; 4] = ['|', '/', '-', '\\'];
        if stderr().is_terminal() {
            eprint!(
                "\r{} {:.0?} ",
                SPINNER[poll.number as usize % SPINNER.len()],
                poll.waited
            );
        }
        ControlFlow::Continue(())
    }))?;
    if stderr().is_terminal() {
        eprint!("\r");
    }
    println!("{asset}");
    if let Some(status) = &asset.moderation_status {
        println!("  moderation: {status}");
    }
    println!("  https://create.roblox.com/store/asset/{}", asset.id);
    Ok(())
}

fn show_progress(sent: u64, total: u64) {
    const WIDTH: u64 = 30;
    if !stderr().is_terminal() {
        return;
    }
    let filled = (WIDTH * sent / total) as usize;
    let (done, left) = ("#".repeat(filled), " ".repeat(WIDTH as usize - filled));
    eprint!(
        "\r[{done}{left}] {:>3} % of {:.1} MB ",
        100 * sent / total,
        total as f64 / 1e6
    );
    let _ = stderr().flush();
}

fn usual_type(file: &AssetFile) -> Option<AssetType> {
    Some(match file.content_type()?.split('/').next()? {
        "audio" => AssetType::Audio,
        "image" => AssetType::Decal,
        "model" => AssetType::Model,
        "video" => AssetType::Video,
        _ => return None,
    })
}

#[derive(Default)]
struct Options {
    file: Option<PathBuf>,
    asset_type: Option<AssetType>,
    name: Option<String>,
    description: String,
    user: Option<u64>,
    group: Option<u64>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or(format!("{argument} needs a value\n{USAGE}"))
            };
            match argument.as_str() {
                "--type" => options.asset_type = Some(value()?.into()),
                "--name" => options.name = Some(value()?),
                "--description" => options.description = value()?,
                "--user" => options.user = Some(value()?.parse()?),
                "--group" => options.group = Some(value()?.parse()?),
                option if option.starts_with("--") => {
                    return Err(format!("what is {option}?\n{USAGE}").into());
                }
                file => options.file = Some(file.into()),
            }
        }
        Ok(options)
    }
}
