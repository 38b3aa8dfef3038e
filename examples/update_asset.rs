//! Gives a model new content, as a build pipeline does after each build, and takes it back again.
//!
//! ```text
//! cargo run --example update_asset -- 2205400862 crate.fbx
//! ```
//!
//! Without a key in `ROBLOX_API_KEY` it makes a model in a local Open Cloud and updates that one.

#[path = "support/start.rs"]
mod start;

use std::error::Error;

use rblxopencloud::{ApiKey, Asset, AssetFile, AssetType, Creator};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (api_key, emulator) = start::api_key()?;
    let (asset, file) = match (&arguments[..], &emulator) {
        ([id, path], _) => (api_key.fetch_asset(id.parse()?)?, AssetFile::open(path)?),
        ([], Some(_)) => (
            make_model(&api_key)?,
            AssetFile::from_bytes("crate.fbx", b"a crate with a lid".as_slice()),
        ),
        _ => return Err("update_asset ASSET_ID FILE".into()),
    };

    let before = latest_version(&asset)?;
    println!("{asset} is at version {before}");

    let updated = asset
        .update()
        .file(file)
        .description("Built by a pipeline.")
        .send()?
        .wait()?;
    println!("{updated} is now at version {}", latest_version(&asset)?);

    let restored = asset.rollback(before)?;
    println!(
        "rolled back to version {before}, which made version {}",
        restored.version_number
    );
    for version in asset.list_versions().limit(10) {
        let version = version?;
        let moderation = version
            .moderation_status
            .map_or_else(String::new, |status| status.to_string());
        println!("  version {}: {moderation}", version.version_number);
    }
    Ok(())
}

fn make_model(api_key: &ApiKey) -> Result<Asset, Box<dyn Error>> {
    let owner = api_key.fetch_info()?.authorized_user;
    let file = AssetFile::from_bytes("crate.fbx", b"a crate".as_slice());
    Ok(owner
        .upload_asset(file, AssetType::Model, "Crate", "A wooden crate.")
        .send()?
        .wait()?)
}

fn latest_version(asset: &Asset) -> Result<u32, Box<dyn Error>> {
    let latest = asset.list_versions().limit(1).into_iter().next();
    Ok(latest.ok_or("the asset has no versions")??.version_number)
}
