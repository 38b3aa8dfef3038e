//! Looks at an API key and searches the toolbox, as the README says.
//!
//! With a key in `ROBLOX_API_KEY` it talks to Roblox. Without one it starts a local Open Cloud.

#[path = "support/start.rs"]
mod start;

use std::error::Error;

use rblxopencloud::api_key::ScopeTargets;
use rblxopencloud::{ApiKey, AssetType};

fn main() -> Result<(), Box<dyn Error>> {
    let (api_key, _emulator) = start::api_key()?;
    show_key(&api_key)?;
    search(&api_key)
}

fn show_key(api_key: &ApiKey) -> Result<(), Box<dyn Error>> {
    let info = api_key.fetch_info()?;
    let state = match (info.enabled, info.expired) {
        (_, true) => "expired",
        (false, _) => "disabled",
        _ => "enabled",
    };
    println!("Key \"{}\" of {}: {state}", info.name, info.authorized_user);
    match info.expires_at {
        Some(time) => println!("  expires {}", time.date()),
        None => println!("  does not expire"),
    }
    for scope in &info.scopes {
        let users = scope.users.as_ref().map(|users| targets("users", users));
        let groups = scope
            .groups
            .as_ref()
            .map(|groups| targets("groups", groups));
        let experiences = scope
            .experiences
            .as_ref()
            .map(|experiences| targets("experiences", experiences));
        let wheres: Vec<_> = [users, groups, experiences].into_iter().flatten().collect();
        let scope = format!(
            "  {:<28} {:<24} {}",
            scope.name,
            scope.operations.join(" "),
            wheres.join(", ")
        );
        println!("{}", scope.trim_end());
    }
    println!();
    Ok(())
}

fn targets<T>(what: &str, targets: &ScopeTargets<T>) -> String {
    match targets {
        ScopeTargets::All => format!("all {what}"),
        ScopeTargets::Listed(list) => format!("{} {what}", list.len()),
    }
}

fn search(api_key: &ApiKey) -> Result<(), Box<dyn Error>> {
    const SHOWN: usize = 8;
    println!("Audio that \"Menu Theme\" finds:");
    println!(
        "  {:>20}  {:<32} {:>5}  {:<20} price",
        "id", "name", "time", "creator"
    );
    let mut results = api_key
        .search_toolbox(AssetType::Audio)
        .query("Menu Theme")
        .into_iter();
    let mut shown = 0;
    for result in results.by_ref().take(SHOWN) {
        let (asset, _) = result?;
        let seconds = asset.duration_seconds.unwrap_or_default();
        let creator = match &asset.creator {
            Some(creator) => creator
                .name()
                .map_or_else(|| creator.id().to_string(), str::to_owned),
            None => "?".to_owned(),
        };
        let price = match &asset.purchase_price {
            Some(price) if price.is_zero() => "free".to_owned(),
            Some(price) => price.to_string(),
            None => "?".to_owned(),
        };
        println!(
            "  {:>20}  {:<32} {:>2}:{:02}  {:<20} {price}",
            asset.asset_id,
            cut(asset.name.as_deref().unwrap_or("(no name)"), 32),
            seconds / 60,
            seconds % 60,
            cut(&creator, 20),
        );
        shown += 1;
    }
    let total = results.context().map_or(0, |context| context.total_results);
    match total - shown {
        more if more > 0 => println!("  and {more} more"),
        _ if shown == 0 => println!("  nothing"),
        _ => {}
    }
    Ok(())
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
