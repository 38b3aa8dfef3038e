//! The command line: what there is to say, and which scopes each command needs.

use std::path::PathBuf;

use clap::{ArgGroup, Parser, Subcommand};
use rblxopencloud::{AssetType, Money, ToolboxSearchSortCategory};

const AFTER_HELP: &str = "\
Results go to stdout, notes, bars and errors to stderr.

The key is never an argument: it comes from the environment variable ROBLOX_API_KEY or from --api-key-file.
The toolbox commands need none. Make a key at https://create.roblox.com/dashboard/credentials

JSON: one value on one line; toolbox search, saves list and assets versions give one for each result.
What Roblox still works on is {\"operation_id\": ...} in place of the asset.

Exit status:
  0    done
  1    failed
  2    the command line is wrong, or an argument was not valid, and nothing was sent
  3    not found
  4    no key, a wrong key, or one that may not do this
  5    too many requests
  6    Roblox is not done yet: `operations wait` goes on
  7    it is not known whether something was made: look before you try again
  130  stopped by Ctrl-C";

/// A command-line tool for Roblox Open Cloud
#[derive(Parser)]
#[command(name = "opencloud", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Print results as JSON
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(clap::Args)]
pub(crate) struct Server {
    /// Read the API key from a file, not from ROBLOX_API_KEY
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_name = "FILE"
    )]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Talk to another server than Roblox's; also ROBLOX_BASE_URL
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_name = "URL"
    )]
    pub(crate) base_url: Option<String>,
    /// Talk to a local Open Cloud with a key of its own, which forgets everything when the command ends
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) emulator: bool,
    /// How often to try again when there is no connection or Roblox fails
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_name = "N",
        default_value_t = 2
    )]
    pub(crate) retries: u32,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Look at the API key
    #[command(subcommand)]
    Key(KeyCommand),
    /// Look at what anyone can find in the creator store
    #[command(subcommand)]
    Toolbox(ToolboxCommand),
    /// List, add and remove what you saved in the toolbox
    #[command(subcommand)]
    Saves(SavesCommand),
    /// Upload and manage assets
    #[command(subcommand)]
    Assets(AssetsCommand),
    /// Wait for what Roblox does in its own time
    #[command(subcommand)]
    Operations(OperationsCommand),
}

impl Command {
    pub(crate) fn needs_key(&self) -> bool {
        !matches!(self, Self::Toolbox(_))
    }

    pub(crate) fn scopes(&self) -> &'static [&'static str] {
        match self {
            Self::Key(_) => &[],
            Self::Toolbox(_) => &["creator-store-product:read"],
            Self::Saves(SavesCommand::List { .. }) => &["creator-store-save:read"],
            Self::Saves(_) => &["creator-store-save:write"],
            Self::Assets(AssetsCommand::Info { .. } | AssetsCommand::Versions { .. })
            | Self::Operations(_) => &["asset:read"],
            Self::Assets(AssetsCommand::Download { .. }) => &["legacy-asset:manage"],
            Self::Assets(_) => &["asset:read", "asset:write"],
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Show whose the key is, whether it works, and its scopes
    Info,
}

#[derive(Subcommand)]
pub(crate) enum ToolboxCommand {
    /// Search the creator store
    Search(Search),
    /// Show one asset of the creator store
    Show { id: u64 },
}

#[derive(clap::Args)]
pub(crate) struct Search {
    /// Audio, Model, Decal, Plugin, MeshPart, Video or FontFamily
    #[arg(value_name = "TYPE", value_parser = asset_type)]
    pub(crate) asset_type: AssetType,
    pub(crate) query: Option<String>,
    /// The most results to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u64,
    /// Only assets of this user
    #[arg(long, value_name = "ID", conflicts_with = "group")]
    pub(crate) user: Option<u64>,
    /// Only assets of this group
    #[arg(long, value_name = "ID")]
    pub(crate) group: Option<u64>,
    /// Only assets of at most this price, in US dollars
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub(crate) max_price: Option<Money>,
    /// Also assets of creators that are not verified
    #[arg(long)]
    pub(crate) unverified: bool,
    /// Relevance, Trending, Top, AudioDuration, CreateTime, UpdateTime or Ratings
    #[arg(long, value_name = "BY", value_parser = sort)]
    pub(crate) sort: Option<ToolboxSearchSortCategory>,
    /// Sort from the least to the most
    #[arg(long)]
    pub(crate) ascending: bool,
}

#[derive(Subcommand)]
pub(crate) enum SavesCommand {
    /// List what is saved, the latest first
    List {
        /// Only assets of this type
        #[arg(long = "type", value_name = "TYPE", value_parser = asset_type)]
        asset_type: Option<AssetType>,
        /// The most assets to show
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
    },
    /// Save an asset; it is no failure when it is saved already
    Add {
        #[arg(value_name = "TYPE", value_parser = asset_type)]
        asset_type: AssetType,
        id: u64,
    },
    /// Remove saved assets
    Remove {
        #[arg(value_name = "TYPE", value_parser = asset_type)]
        asset_type: AssetType,
        #[arg(required = true, value_name = "ID")]
        ids: Vec<u64>,
    },
}

#[derive(Subcommand)]
pub(crate) enum AssetsCommand {
    /// Upload a file as a new asset
    Upload(Upload),
    /// Change the name, the description or the content of an asset
    Update(Update),
    /// Show an asset
    Info { id: u64 },
    /// List the versions of an asset, the latest first
    Versions {
        id: u64,
        /// The most versions to show
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
    },
    /// Make an earlier version the one in use
    Rollback { id: u64, version: u32 },
    /// Put an asset into the archive
    Archive { id: u64 },
    /// Take an asset out of the archive
    Restore { id: u64 },
    /// Download the content of an asset
    Download {
        id: u64,
        file: PathBuf,
        /// Another version than the one in use
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
}

#[derive(clap::Args)]
pub(crate) struct Upload {
    /// What to upload
    pub(crate) file: PathBuf,
    /// Animation, Audio, Decal, Image, Model, Mesh or Video
    #[arg(long = "type", value_name = "TYPE", value_parser = asset_type)]
    pub(crate) asset_type: AssetType,
    /// The name of the asset
    #[arg(long)]
    pub(crate) name: String,
    /// What the asset is, in at most 1000 characters
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) description: String,
    /// The user that shall own it (default: the one that the key acts for)
    #[arg(long, value_name = "ID", conflicts_with = "group")]
    pub(crate) user: Option<u64>,
    /// The group that shall own it
    #[arg(long, value_name = "ID")]
    pub(crate) group: Option<u64>,
    /// The most Robux that the upload may cost
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) expect_robux: u64,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

#[derive(clap::Args)]
#[command(group = ArgGroup::new("change").args(["file", "name", "description"]).required(true).multiple(true))]
pub(crate) struct Update {
    pub(crate) id: u64,
    /// The new content; only models can have one
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    /// The new name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The new description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

#[derive(clap::Args)]
pub(crate) struct Patience {
    /// Do not wait until Roblox is done: print the operation's id
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// How long to wait
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) timeout: u64,
}

#[derive(Subcommand)]
pub(crate) enum OperationsCommand {
    /// Wait for an upload or update, and show the asset
    Wait {
        id: String,
        /// How long to wait
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        timeout: u64,
    },
}

fn asset_type(text: &str) -> Result<AssetType, String> {
    match AssetType::from(text) {
        AssetType::Unknown(_) => Err("there is no such type of asset".to_owned()),
        known => Ok(known),
    }
}

fn sort(text: &str) -> Result<ToolboxSearchSortCategory, String> {
    match ToolboxSearchSortCategory::from(text) {
        ToolboxSearchSortCategory::Unknown(_) => Err("there is no such order".to_owned()),
        known => Ok(known),
    }
}

fn dollars(text: &str) -> rblxopencloud::Result<Money> {
    Money::from_decimal("USD", text)
}
