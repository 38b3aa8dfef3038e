//! `toolbox` and `saves`.

use rblxopencloud::{ApiKey, AssetType, ToolboxAsset};
use serde_json::json;

use crate::args::{SavesCommand, Search, ToolboxCommand};
use crate::failure::Failure;
use crate::output::{Output, cut, field, note};
use crate::progress;

pub(crate) fn run(
    command: ToolboxCommand,
    api_key: &ApiKey,
    output: Output,
) -> Result<(), Failure> {
    match command {
        ToolboxCommand::Search(options) => search(options, api_key, output),
        ToolboxCommand::Show { id } => {
            let asset = progress::during("Asking the toolbox", || api_key.fetch_toolbox_asset(id))?;
            Ok(output.show(&asset, describe(&asset))?)
        }
    }
}

pub(crate) fn run_saves(
    command: SavesCommand,
    api_key: &ApiKey,
    output: Output,
) -> Result<(), Failure> {
    match command {
        SavesCommand::List { asset_type, limit } => list(asset_type, limit, api_key, output),
        SavesCommand::Add { asset_type, id } => add(&asset_type, id, api_key, output),
        SavesCommand::Remove { asset_type, ids } => {
            let count = api_key.unsave_assets(ids.into_iter().map(|id| (id, &asset_type)))?;
            Ok(output.show(&json!({ "removed": count }), [format!("removed {count}")])?)
        }
    }
}

fn search(options: Search, api_key: &ApiKey, output: Output) -> Result<(), Failure> {
    let mut search = api_key
        .search_toolbox(options.asset_type)
        .limit(options.limit)
        .verified_creators_only(!options.unverified);
    if let Some(query) = options.query {
        search = search.query(query);
    }
    if let Some(id) = options.user {
        search = search.creator(&api_key.get_user(id));
    }
    if let Some(id) = options.group {
        search = search.creator(&api_key.get_group(id));
    }
    if let Some(price) = options.max_price {
        search = search.max_price(price);
    }
    if let Some(sort) = options.sort {
        search = search.sort_by(sort);
    }
    if options.ascending {
        search = search.descending(false);
    }

    let mut results = search.into_iter();
    let mut shown = 0;
    let spinner = progress::spinner("Searching the toolbox");
    for result in results.by_ref() {
        let (asset, _) = result?;
        spinner.suspend(|| output.show(&asset, [row(&asset)]))?;
        shown += 1;
    }
    drop(spinner);
    if let Some(context) = results.context() {
        match shown {
            0 => note("nothing found"),
            _ => note(&format!(
                "{shown} of about {} results",
                context.total_results
            )),
        }
        if let Some(correction) = &context.query_correction {
            note(&format!("did you mean {correction:?}?"));
        }
    }
    Ok(())
}

fn list(
    asset_type: Option<AssetType>,
    limit: Option<u64>,
    api_key: &ApiKey,
    output: Output,
) -> Result<(), Failure> {
    let mut search = api_key.search_saved_assets();
    if let Some(asset_type) = asset_type {
        search = search.asset_type(asset_type);
    }
    if let Some(limit) = limit {
        search = search.limit(limit);
    }
    let spinner = progress::spinner("Listing saved assets");
    for result in search {
        let (asset, _) = result?;
        spinner.suspend(|| output.show(&asset, [row(&asset)]))?;
    }
    Ok(())
}

fn add(asset_type: &AssetType, id: u64, api_key: &ApiKey, output: Output) -> Result<(), Failure> {
    let (was_saved, text) = match api_key.save_asset(id, asset_type) {
        Ok(()) => (false, format!("saved {asset_type} {id}")),
        Err(error) if error.is_conflict() => (true, format!("{asset_type} {id} was saved already")),
        Err(error) => return Err(error.into()),
    };
    let value = json!({ "asset_id": id, "asset_type": asset_type, "was_saved": was_saved });
    Ok(output.show(&value, [text])?)
}

fn row(asset: &ToolboxAsset) -> String {
    let asset_type = asset.asset_type.as_ref().map_or("?", AssetType::as_str);
    let name = cut(asset.name.as_deref().unwrap_or("(no name)"), 32);
    let creator = cut(&creator(asset).unwrap_or_default(), 24);
    format!(
        "{:>20}  {asset_type:<10}  {name:<32}  {creator:<24}  {}",
        asset.asset_id,
        price(asset)
    )
}

fn describe(asset: &ToolboxAsset) -> Vec<String> {
    let votes = match (asset.up_votes, asset.down_votes) {
        (Some(up), Some(down)) => Some(format!("{up} for, {down} against")),
        _ => None,
    };
    let fields = [
        Some(asset.to_string()),
        field("creator", creator(asset)),
        field("price", Some(price(asset))),
        field("description", asset.description.as_deref()),
        field("category", asset.category_path.as_deref()),
        field("artist", asset.artist.as_deref()),
        field("album", asset.album.as_deref()),
        field("seconds", asset.duration_seconds),
        field("triangles", asset.triangle_count),
        field("scripts", asset.script_count),
        field("votes", votes),
        field("created", asset.created_at.map(|time| time.date())),
        field("updated", asset.updated_at.map(|time| time.date())),
    ];
    fields.into_iter().flatten().collect()
}

fn creator(asset: &ToolboxAsset) -> Option<String> {
    let creator = asset.creator.as_ref()?;
    Some(
        creator
            .name()
            .map_or_else(|| creator.to_string(), str::to_owned),
    )
}

fn price(asset: &ToolboxAsset) -> String {
    match &asset.purchase_price {
        Some(price) if price.is_zero() => "free".to_owned(),
        Some(price) => price.to_string(),
        None => "?".to_owned(),
    }
}
