//! Lists, adds and removes saved assets, and keeps them in a file.
//!
//! ```text
//! cargo run --example saved_assets -- list
//! cargo run --example saved_assets -- add Audio 114376757380093
//! cargo run --example saved_assets -- remove Audio 114376757380093
//! cargo run --example saved_assets -- export saved.json
//! cargo run --example saved_assets -- restore saved.json
//! ```
//!
//! Without a key in `ROBLOX_API_KEY` it works on the saved assets of a local Open Cloud.

#[path = "support/start.rs"]
mod start;

use std::error::Error;
use std::fs;

use rblxopencloud::{ApiKey, AssetType};
use serde::{Deserialize, Serialize};

/// A saved asset, as it is kept in the file.
#[derive(Serialize, Deserialize)]
struct Saved {
    asset_id: u64,
    asset_type: AssetType,
    name: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (api_key, _emulator) = start::api_key()?;
    match arguments[..] {
        [] | ["list"] => list(&api_key),
        ["add", asset_type, id] => add(&api_key, id.parse()?, asset_type.into()).map(|added| {
            println!(
                "{}",
                if added {
                    "saved"
                } else {
                    "it was saved already"
                }
            );
        }),
        ["remove", asset_type, id] => {
            let count = api_key.unsave_assets([(id.parse()?, asset_type)])?;
            println!("removed {count}");
            Ok(())
        }
        ["export", path] => export(&api_key, path),
        ["restore", path] => restore(&api_key, path),
        _ => Err(
            "saved_assets [list | add TYPE ID | remove TYPE ID | export FILE | restore FILE]"
                .into(),
        ),
    }
}

fn list(api_key: &ApiKey) -> Result<(), Box<dyn Error>> {
    for result in api_key.search_saved_assets() {
        let (asset, _) = result?;
        let saved_at = asset
            .saved_at
            .map_or_else(String::new, |time| time.date().to_string());
        let owned = if asset.is_owned == Some(true) {
            "owned"
        } else {
            ""
        };
        println!("{saved_at:<10}  {owned:<5}  {asset}");
    }
    Ok(())
}

fn add(api_key: &ApiKey, asset_id: u64, asset_type: AssetType) -> Result<bool, Box<dyn Error>> {
    match api_key.save_asset(asset_id, asset_type) {
        Ok(()) => Ok(true),
        Err(error) if error.is_conflict() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn export(api_key: &ApiKey, path: &str) -> Result<(), Box<dyn Error>> {
    let mut saved = Vec::new();
    for result in api_key.search_saved_assets() {
        let (asset, _) = result?;
        if let Some(asset_type) = asset.asset_type {
            saved.push(Saved {
                asset_id: asset.asset_id,
                asset_type,
                name: asset.name,
            });
        }
    }
    fs::write(path, serde_json::to_vec_pretty(&saved)?)?;
    println!("wrote {} saved assets to {path}", saved.len());
    Ok(())
}

fn restore(api_key: &ApiKey, path: &str) -> Result<(), Box<dyn Error>> {
    let saved: Vec<Saved> = serde_json::from_slice(&fs::read(path)?)?;
    let mut added = 0;
    for asset in saved {
        added += usize::from(add(api_key, asset.asset_id, asset.asset_type)?);
    }
    println!("saved {added} assets that were not saved any more");
    Ok(())
}
