//! [`ToolboxAsset`]: one result, flat, as in Python.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::assets::{Asset, AssetType};
use crate::creator_store::{CreatorStoreProduct, Money, WireMoney};
use crate::http::Client;
use crate::owner::UserOrGroup;
use crate::text::write_named;
use crate::user::User;
use crate::wire::{Entry, FromScalar, Id, List, Maybe, Scalar, objects, open_enum, write_time};

open_enum! {
    /// What kind of model a model is.
    ToolboxAssetSubtype {
        /// An advertisement.
        Ad = "Ad",
        /// A pack of materials.
        MaterialPack = "MaterialPack",
        /// A package.
        Package = "Package",
    }
}

open_enum! {
    /// The kind of an audio asset.
    AudioType {
        /// Music.
        Music = "Music" | "0",
        /// A sound effect.
        SoundEffect = "SoundEffect" | "1",
    }
}

open_enum! {
    /// Where a social link leads.
    SocialLinkType {
        /// Nowhere.
        Invalid = "Invalid" | "0",
        /// Facebook.
        Facebook = "Facebook" | "1",
        /// Twitter.
        Twitter = "Twitter" | "2",
        /// YouTube.
        Youtube = "Youtube" | "3",
        /// Twitch.
        Twitch = "Twitch" | "4",
        /// Discord.
        Discord = "Discord" | "5",
        /// GitHub.
        Github = "Github" | "6",
        /// Guilded.
        Guilded = "Guilded" | "7",
        /// A page of Roblox.
        Roblox = "Roblox" | "8",
        /// The developer forum.
        DevForum = "Devforum" | "DevForum" | "9",
        /// A place where the asset can be tried; see
        /// [`ToolboxAsset::try_place_id`].
        TryInExperience = "TryInExperience" | "10",
    }
}

/// A link to somewhere else, that an asset shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ToolboxSocialLink {
    /// Where it leads.
    pub link_type: SocialLinkType,
    /// The address; for [`SocialLinkType::TryInExperience`] it names a place.
    pub url: Option<String>,
    /// What it is shown as.
    pub title: Option<String>,
}

/// An asset in the toolbox, as anyone can find it.
///
/// All fields but the id may be absent: some belong to one kind of asset, and the service leaves out
/// others as it likes.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ToolboxAsset {
    /// The asset's id.
    pub asset_id: u64,
    /// What kind of asset it is.
    pub asset_type: Option<AssetType>,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its category, such as `3d__props-and-decor`.
    pub category_path: Option<String>,
    /// When it was made.
    #[serde(serialize_with = "write_time")]
    pub created_at: Option<OffsetDateTime>,
    /// When it was last changed.
    #[serde(serialize_with = "write_time")]
    pub updated_at: Option<OffsetDateTime>,
    /// The experience that it was made in.
    pub creating_universe_id: Option<u64>,
    /// The links it shows.
    pub social_links: Vec<ToolboxSocialLink>,
    /// The images that show it, in their order.
    pub preview_image_asset_ids: Vec<u64>,
    /// The videos that show it, in their order.
    pub preview_video_asset_ids: Vec<u64>,

    /// Who made it, with the name and verified state that the response gave.
    pub creator: Option<UserOrGroup>,
    /// For a group's asset, the user who last changed it.
    pub latest_group_updater: Option<User>,

    /// What it costs.
    pub purchase_price: Option<Money>,
    /// Whether it can be bought in the creator store.
    pub purchasable: Option<bool>,

    /// Saved assets: whether the key's owner has it.
    pub is_owned: Option<bool>,
    /// Saved assets: when it was saved.
    #[serde(serialize_with = "write_time")]
    pub saved_at: Option<OffsetDateTime>,

    /// Whether votes are shown.
    pub votes_shown: Option<bool>,
    /// Votes for it.
    pub up_votes: Option<i64>,
    /// Votes against it.
    pub down_votes: Option<i64>,
    /// All votes.
    pub total_vote_count: Option<i64>,
    /// The part of votes that are for it, in percent.
    pub up_vote_percentage: Option<i32>,
    /// Whether the key's owner may vote.
    pub can_vote: Option<bool>,
    /// Whether the key's owner has voted.
    pub has_voted: Option<bool>,
    /// How the key's owner has voted.
    pub user_vote: Option<bool>,

    /// Models and plugins: whether there are scripts in it.
    pub has_scripts: Option<bool>,
    /// Models and plugins: how many scripts.
    pub script_count: Option<i32>,
    /// Models: which kinds of model it is.
    pub subtypes: Vec<ToolboxAssetSubtype>,
    /// Models: triangles of its meshes.
    pub triangle_count: Option<i32>,
    /// Models: vertices of its meshes.
    pub vertex_count: Option<i32>,
    /// Models: script instances.
    pub script_instance_count: Option<i32>,
    /// Models: mesh parts.
    pub mesh_part_count: Option<i32>,
    /// Models: animations.
    pub animation_count: Option<i32>,
    /// Models: decals.
    pub decal_count: Option<i32>,
    /// Models: audio.
    pub audio_count: Option<i32>,
    /// Models: tools.
    pub tool_count: Option<i32>,
    /// Models: whether it is put into a sandbox when it is inserted and has scripts.
    pub should_sandbox: Option<bool>,

    /// Audio: how long it plays, in seconds.
    pub duration_seconds: Option<i32>,
    /// Audio: music or a sound effect.
    pub audio_type: Option<AudioType>,
    /// Audio: who plays it.
    pub artist: Option<String>,
    /// Audio: its title.
    pub title: Option<String>,
    /// Music: the album.
    pub album: Option<String>,
    /// Music: the genre.
    pub genre: Option<String>,
    /// Sound effects: the category.
    pub category: Option<String>,
    /// Sound effects: the category within the category.
    pub subcategory: Option<String>,

    /// Mesh parts: the mesh.
    pub mesh_asset_id: Option<u64>,
    /// Mesh parts and decals: the texture.
    pub texture_asset_id: Option<u64>,

    #[serde(skip)]
    client: Client,
}

impl ToolboxAsset {
    /// The asset, to do something with: its versions, its archive, its content. What the toolbox tells of it
    /// is there; its [`fetch`](Asset::fetch) gets the rest, if it is one's own.
    #[must_use]
    pub fn asset(&self) -> Asset {
        let mut asset = Asset::new(self.client.clone(), self.asset_id);
        asset.asset_type = self.asset_type.clone();
        asset.name = self.name.clone();
        asset.description = self.description.clone();
        asset.creator = self.creator.clone();
        asset.try_place_id = self.try_place_id();
        asset
    }

    /// The link of a kind, if the asset shows one.
    #[must_use]
    pub fn social_link(&self, kind: &SocialLinkType) -> Option<&ToolboxSocialLink> {
        self.social_links
            .iter()
            .find(|link| link.link_type == *kind)
    }

    /// The asset as the creator store sells it, with what is known of that from here. Its
    /// [`fetch`](CreatorStoreProduct::fetch) gets the rest.
    #[must_use]
    pub fn creator_store_product(&self) -> CreatorStoreProduct {
        let (asset_type, asset_id) = (self.asset_type.clone(), Some(self.asset_id));
        CreatorStoreProduct {
            purchase_price: self.purchase_price.clone(),
            purchasable: self.purchasable,
            creator: self.creator.clone(),
            ..CreatorStoreProduct::new(self.client.clone(), asset_type, asset_id)
        }
    }

    /// The place where the asset can be tried, if it names one.
    #[must_use]
    pub fn try_place_id(&self) -> Option<u64> {
        self.social_links
            .iter()
            .filter(|link| link.link_type == SocialLinkType::TryInExperience)
            .find_map(|link| place_id(link.url.as_deref()?))
    }

    /// `None` when the response holds no asset. A creator that was searched for is the creator of results
    /// that name none.
    pub(super) fn from_wire(
        wire: WireToolboxAsset,
        client: &Client,
        searched: Option<&UserOrGroup>,
        known_id: Option<u64>,
    ) -> Option<Self> {
        let asset = wire.asset.0.unwrap_or_default();
        let asset_id = asset.id.id().or(known_id)?;
        let WireCreator {
            creator,
            user_id,
            group_id,
            name,
            verified,
            latest_group_updater_user_id,
            latest_group_updater_user_name,
        } = wire.creator.0.unwrap_or_default();
        let product = wire.creator_store_product.0.unwrap_or_default();
        let voting = wire.voting.0.unwrap_or_default();
        let previews = asset.preview_assets.0.unwrap_or_default();
        let mesh = asset.object_mesh_summary.0.unwrap_or_default();
        let counts = asset.instance_counts.0.unwrap_or_default();
        let (user_id, group_id) = match (user_id.id(), group_id.id()) {
            (None, None) => creator.0.map_or((None, None), |ids| (ids.user, ids.group)),
            ids => ids,
        };
        let creator = match UserOrGroup::from_ids(user_id, group_id, client) {
            Some(UserOrGroup::User(mut user)) => {
                user.username = name.0;
                user.verified = verified.0;
                Some(UserOrGroup::User(user))
            }
            Some(UserOrGroup::Group(mut group)) => {
                group.name = name.0;
                group.verified = verified.0;
                Some(UserOrGroup::Group(group))
            }
            None => searched.cloned(),
        };
        let latest_group_updater = latest_group_updater_user_id.id().map(|id| {
            let mut user = User::new(id, client.clone());
            user.username = latest_group_updater_user_name.0;
            user
        });
        Some(Self {
            asset_id,
            asset_type: asset.asset_type_id.0,
            name: asset.name.0,
            description: asset.description.0,
            category_path: asset.category_path.0,
            created_at: asset.create_time.0,
            updated_at: asset.update_time.0,
            creating_universe_id: asset.creating_universe_id.id(),
            social_links: asset
                .social_links
                .0
                .into_iter()
                .map(ToolboxSocialLink::from)
                .collect(),
            preview_image_asset_ids: previews.image_preview_assets.into_ids(),
            preview_video_asset_ids: previews.video_preview_assets.into_ids(),
            creator,
            latest_group_updater,
            purchase_price: product.purchase_price.0.and_then(WireMoney::price),
            purchasable: product.purchasable.0,
            is_owned: None,
            saved_at: None,
            votes_shown: voting.show_votes.0,
            up_votes: voting.up_votes.0,
            down_votes: voting.down_votes.0,
            total_vote_count: voting.vote_count.0,
            up_vote_percentage: voting.up_vote_percent.0,
            can_vote: voting.can_vote.0,
            has_voted: voting.has_voted.0,
            user_vote: voting.user_vote.0,
            has_scripts: asset.has_scripts.0,
            script_count: asset.script_count.0,
            subtypes: asset.sub_types.0,
            triangle_count: mesh.triangles.0,
            vertex_count: mesh.vertices.0,
            script_instance_count: counts.script.0,
            mesh_part_count: counts.mesh_part.0,
            animation_count: counts.animation.0,
            decal_count: counts.decal.0,
            audio_count: counts.audio.0,
            tool_count: counts.tool.0,
            should_sandbox: asset.capabilities.0.and_then(|can| can.should_sandbox.0),
            duration_seconds: asset.duration_seconds.0,
            audio_type: asset.audio_type.0,
            artist: asset.artist.0,
            title: asset.title.0,
            album: asset.album.0,
            genre: asset.genre.0,
            category: asset.category.0,
            subcategory: asset.subcategory.0,
            mesh_asset_id: asset.mesh_id.id(),
            texture_asset_id: asset.texture_id.id(),
            client: client.clone(),
        })
    }
}

/// The place that a link names: `606849621` alone, `.../games/606849621/...` or `...?placeId=606849621`.
fn place_id(url: &str) -> Option<u64> {
    let id = ["placeId=", "/games/"]
        .iter()
        .find_map(|before| Some(url.split_once(before)?.1))
        .unwrap_or(url);
    id.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl fmt::Debug for ToolboxAsset {
    /// Shows what tells assets apart; JSON, by way of serde, shows everything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolboxAsset")
            .field("asset_id", &self.asset_id)
            .field("asset_type", &self.asset_type)
            .field("name", &self.name)
            .field("creator", &self.creator)
            .field("purchase_price", &self.purchase_price)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ToolboxAsset {
    /// The name, with type and id: `Menu Theme (Audio 114376757380093)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.asset_type.as_ref().map_or("asset", AssetType::as_str);
        write_named(f, self.name.as_deref(), kind, self.asset_id)
    }
}

objects!(
    WireToolboxAsset,
    WireVoting,
    WireCreator,
    WireProduct,
    WireAsset,
    WireSocialLink,
    WirePreviews,
    WireMeshSummary,
    WireInstanceCounts,
    WireCapabilities
);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
pub(super) struct WireToolboxAsset {
    voting: Maybe<WireVoting>,
    creator: Maybe<WireCreator>,
    creator_store_product: Maybe<WireProduct>,
    asset: Maybe<WireAsset>,
}

impl Entry for WireToolboxAsset {
    fn is_of_use(&self) -> bool {
        self.asset
            .0
            .as_ref()
            .is_some_and(|asset| asset.id.id().is_some())
    }
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireVoting {
    show_votes: Maybe<bool>,
    up_votes: Maybe<i64>,
    down_votes: Maybe<i64>,
    can_vote: Maybe<bool>,
    user_vote: Maybe<bool>,
    has_voted: Maybe<bool>,
    vote_count: Maybe<i64>,
    up_vote_percent: Maybe<i32>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireCreator {
    creator: Maybe<CreatorIds>,
    user_id: Maybe<Id>,
    group_id: Maybe<Id>,
    name: Maybe<String>,
    verified: Maybe<bool>,
    latest_group_updater_user_id: Maybe<Id>,
    latest_group_updater_user_name: Maybe<String>,
}

/// The id in `user/123` or `group/456`, as older services name a creator.
struct CreatorIds {
    user: Option<u64>,
    group: Option<u64>,
}

impl CreatorIds {
    fn parse(creator: &str) -> Self {
        let (kind, id) = creator.split_once('/').unwrap_or_default();
        let id = id.parse().ok().filter(|id| *id != 0);
        let id_if = |wanted| id.filter(|_| kind == wanted);
        Self {
            user: id_if("user"),
            group: id_if("group"),
        }
    }
}

impl FromScalar for CreatorIds {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        scalar.with_text(Self::parse)
    }
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireProduct {
    purchase_price: Maybe<WireMoney>,
    purchasable: Maybe<bool>,
}

/// The fields of every kind of asset: which kind it is shows only in those that are there.
#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireAsset {
    id: Maybe<Id>,
    name: Maybe<String>,
    description: Maybe<String>,
    asset_type_id: Maybe<AssetType>,
    social_links: List<WireSocialLink>,
    preview_assets: Maybe<WirePreviews>,
    create_time: Maybe<OffsetDateTime>,
    update_time: Maybe<OffsetDateTime>,
    category_path: Maybe<String>,
    creating_universe_id: Maybe<Id>,
    duration_seconds: Maybe<i32>,
    audio_type: Maybe<AudioType>,
    artist: Maybe<String>,
    title: Maybe<String>,
    album: Maybe<String>,
    genre: Maybe<String>,
    category: Maybe<String>,
    subcategory: Maybe<String>,
    mesh_id: Maybe<Id>,
    texture_id: Maybe<Id>,
    has_scripts: Maybe<bool>,
    script_count: Maybe<i32>,
    sub_types: List<ToolboxAssetSubtype>,
    object_mesh_summary: Maybe<WireMeshSummary>,
    instance_counts: Maybe<WireInstanceCounts>,
    capabilities: Maybe<WireCapabilities>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireSocialLink {
    link_type: Maybe<SocialLinkType>,
    url: Maybe<String>,
    title: Maybe<String>,
}

impl From<WireSocialLink> for ToolboxSocialLink {
    fn from(wire: WireSocialLink) -> Self {
        Self {
            link_type: wire.link_type.0.unwrap_or(SocialLinkType::Invalid),
            url: wire.url.0,
            title: wire.title.0,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WirePreviews {
    image_preview_assets: List<Id>,
    video_preview_assets: List<Id>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
struct WireMeshSummary {
    triangles: Maybe<i32>,
    vertices: Maybe<i32>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireInstanceCounts {
    script: Maybe<i32>,
    mesh_part: Maybe<i32>,
    animation: Maybe<i32>,
    decal: Maybe<i32>,
    audio: Maybe<i32>,
    tool: Maybe<i32>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireCapabilities {
    should_sandbox: Maybe<bool>,
}
