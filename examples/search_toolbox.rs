//! Searches the toolbox from the command line.
//!
//! ```text
//! cargo run --example search_toolbox -- Audio "menu theme" --max-price 0 --min-seconds 45 --limit 5
//! cargo run --example search_toolbox -- Model lamp --any-creator --sort Ratings --json
//! ```
//!
//! Without a key in `ROBLOX_API_KEY` it searches a local Open Cloud.

#[path = "support/start.rs"]
mod start;

use std::error::Error;

use rblxopencloud::toolbox::SearchToolbox;
use rblxopencloud::{AssetType, Money};

const USAGE: &str = "search_toolbox [TYPE] [QUERY] [--creator user/ID|group/ID] [--any-creator] [--sort CATEGORY] [--ascending]
    [--min-price USD] [--max-price USD] [--min-seconds N] [--max-seconds N] [--artist NAME] [--category PATH]
    [--facet NAME]... [--limit N] [--json]
TYPE is Audio, Model, Decal, Plugin, MeshPart, Video or FontFamily.";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    let is_word = |argument: &String| !argument.starts_with("--");
    let asset_type = arguments
        .next_if(is_word)
        .map_or(AssetType::Audio, AssetType::from);
    let query = arguments.next_if(is_word);

    let (api_key, _emulator) = start::api_key()?;
    let mut search = api_key.search_toolbox(asset_type);
    if let Some(query) = query {
        search = search.query(query);
    }
    let (mut facets, mut limit, mut as_json, mut descending) = (Vec::new(), 10, false, true);
    while let Some(option) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or(format!("{option} needs a value\n{USAGE}"))
        };
        search = match option.as_str() {
            "--creator" => {
                let creator = value()?;
                match creator.split_once('/') {
                    Some(("user", id)) => search.creator(&api_key.get_user(id.parse()?)),
                    Some(("group", id)) => search.creator(&api_key.get_group(id.parse()?)),
                    _ => return Err(format!("{creator:?} is neither user/ID nor group/ID").into()),
                }
            }
            "--any-creator" => search.verified_creators_only(false),
            "--sort" => search.sort_by(value()?.into()),
            "--min-price" => search.min_price(Money::from_decimal("USD", &value()?)?),
            "--max-price" => search.max_price(Money::from_decimal("USD", &value()?)?),
            "--min-seconds" => search.min_duration_seconds(value()?.parse()?),
            "--max-seconds" => search.max_duration_seconds(value()?.parse()?),
            "--artist" => search.artist(value()?),
            "--category" => search.category_path(value()?),
            "--facet" => {
                facets.push(value()?);
                search
            }
            "--limit" => {
                limit = value()?.parse()?;
                search
            }
            "--ascending" => {
                descending = false;
                search
            }
            "--json" => {
                as_json = true;
                search
            }
            _ => return Err(format!("what is {option}?\n{USAGE}").into()),
        };
    }
    let search = search.facets(facets).limit(limit).descending(descending);
    if as_json {
        print_json(search)
    } else {
        print_table(search)
    }
}

fn print_json(search: SearchToolbox) -> Result<(), Box<dyn Error>> {
    for result in search {
        let (asset, _) = result?;
        println!("{}", serde_json::to_string(&asset)?);
    }
    Ok(())
}

fn print_table(search: SearchToolbox) -> Result<(), Box<dyn Error>> {
    let mut results = search.into_iter();
    let mut shown = 0;
    for result in results.by_ref() {
        let (asset, _) = result?;
        let votes = asset
            .up_vote_percentage
            .map_or_else(String::new, |percent| format!("{percent} %"));
        let price = asset
            .purchase_price
            .map_or_else(String::new, |price| price.to_string());
        let name: String = asset.name.unwrap_or_default().chars().take(40).collect();
        println!("{:>20}  {name:<40}  {votes:>5}  {price}", asset.asset_id);
        shown += 1;
    }
    let Some(context) = results.context() else {
        return Ok(());
    };
    println!("{shown} of {}", context.total_results);
    if let Some(correction) = &context.query_correction {
        println!("did you mean {correction:?}?");
    }
    if !context.available_facets.is_empty() {
        println!("facets: {}", context.available_facets.join(", "));
    }
    Ok(())
}
