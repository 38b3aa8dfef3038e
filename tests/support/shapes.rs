//! What models keep of the responses they come from, field by field, so that a test can compare the two
//! without a word about any single one.

use std::collections::BTreeMap;

use rblxopencloud::experience::ExperienceInfo;
use rblxopencloud::group::GroupInfo;
use rblxopencloud::user::UserInfo;
use rblxopencloud::{
    Asset, AssetType, CreatorStoreProduct, Money, SocialLink, SocialLinkType, ToolboxAsset,
    UserOrGroup,
};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Values by where they stand in a response; nothing for null, absent and empty lists.
pub type Kept = BTreeMap<&'static str, Value>;

/// How a field is written, and so when two spellings of it mean the same.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Bool,
    Text,
    /// Any text: values that no version knows are kept.
    Enum,
    I32,
    I64,
    Id,
    /// An id that is always text.
    IdText,
    Ids,
    Texts,
    Time,
    Money,
    AssetType,
    /// The name of an asset type.
    TypeName,
    /// The links of a toolbox asset.
    Links,
    /// The images that show an asset.
    Previews,
    /// `{title, uri}`
    Link,
    /// `users/7`, of which 7 is kept.
    Path(&'static str),
}

pub const TOOLBOX_ASSET: &[(&str, Kind)] = &[
    ("/voting/showVotes", Kind::Bool),
    ("/voting/upVotes", Kind::I64),
    ("/voting/downVotes", Kind::I64),
    ("/voting/canVote", Kind::Bool),
    ("/voting/userVote", Kind::Bool),
    ("/voting/hasVoted", Kind::Bool),
    ("/voting/voteCount", Kind::I64),
    ("/voting/upVotePercent", Kind::I32),
    ("/creator/userId", Kind::Id),
    ("/creator/groupId", Kind::Id),
    ("/creator/name", Kind::Text),
    ("/creator/verified", Kind::Bool),
    ("/creator/latestGroupUpdaterUserId", Kind::Id),
    ("/creator/latestGroupUpdaterUserName", Kind::Text),
    ("/creatorStoreProduct/purchasePrice", Kind::Money),
    ("/creatorStoreProduct/purchasable", Kind::Bool),
    ("/asset/id", Kind::Id),
    ("/asset/name", Kind::Text),
    ("/asset/description", Kind::Text),
    ("/asset/assetTypeId", Kind::AssetType),
    ("/asset/socialLinks", Kind::Links),
    ("/asset/previewAssets/imagePreviewAssets", Kind::Ids),
    ("/asset/previewAssets/videoPreviewAssets", Kind::Ids),
    ("/asset/createTime", Kind::Time),
    ("/asset/updateTime", Kind::Time),
    ("/asset/categoryPath", Kind::Text),
    ("/asset/creatingUniverseId", Kind::Id),
    ("/asset/durationSeconds", Kind::I32),
    ("/asset/audioType", Kind::Enum),
    ("/asset/artist", Kind::Text),
    ("/asset/title", Kind::Text),
    ("/asset/album", Kind::Text),
    ("/asset/genre", Kind::Text),
    ("/asset/category", Kind::Text),
    ("/asset/subcategory", Kind::Text),
    ("/asset/textureId", Kind::Id),
    ("/asset/meshId", Kind::Id),
    ("/asset/hasScripts", Kind::Bool),
    ("/asset/scriptCount", Kind::I32),
    ("/asset/subTypes", Kind::Texts),
    ("/asset/objectMeshSummary/triangles", Kind::I32),
    ("/asset/objectMeshSummary/vertices", Kind::I32),
    ("/asset/instanceCounts/script", Kind::I32),
    ("/asset/instanceCounts/meshPart", Kind::I32),
    ("/asset/instanceCounts/animation", Kind::I32),
    ("/asset/instanceCounts/decal", Kind::I32),
    ("/asset/instanceCounts/audio", Kind::I32),
    ("/asset/instanceCounts/tool", Kind::I32),
    ("/asset/capabilities/shouldSandbox", Kind::Bool),
];

pub const PRODUCT: &[(&str, Kind)] = &[
    ("/path", Kind::Text),
    ("/basePrice", Kind::Money),
    ("/purchasePrice", Kind::Money),
    ("/published", Kind::Bool),
    ("/purchasable", Kind::Bool),
    ("/restrictions", Kind::Texts),
    ("/userSeller", Kind::IdText),
    ("/groupSeller", Kind::IdText),
    ("/modelAssetId", Kind::Id),
    ("/pluginAssetId", Kind::Id),
    ("/audioAssetId", Kind::Id),
    ("/decalAssetId", Kind::Id),
    ("/meshPartAssetId", Kind::Id),
    ("/videoAssetId", Kind::Id),
    ("/fontFamilyAssetId", Kind::Id),
];

pub const USER: &[(&str, Kind)] = &[
    ("/path", Kind::Text),
    ("/createTime", Kind::Time),
    ("/name", Kind::Text),
    ("/displayName", Kind::Text),
    ("/about", Kind::Text),
    ("/locale", Kind::Text),
    ("/premium", Kind::Bool),
    ("/idVerified", Kind::Bool),
    ("/socialNetworkProfiles/facebook", Kind::Text),
    ("/socialNetworkProfiles/twitter", Kind::Text),
    ("/socialNetworkProfiles/youtube", Kind::Text),
    ("/socialNetworkProfiles/twitch", Kind::Text),
    ("/socialNetworkProfiles/guilded", Kind::Text),
    ("/socialNetworkProfiles/visibility", Kind::Enum),
];

pub const GROUP: &[(&str, Kind)] = &[
    ("/path", Kind::Text),
    ("/createTime", Kind::Time),
    ("/updateTime", Kind::Time),
    ("/displayName", Kind::Text),
    ("/description", Kind::Text),
    ("/owner", Kind::Path("users")),
    ("/memberCount", Kind::I32),
    ("/publicEntryAllowed", Kind::Bool),
    ("/locked", Kind::Bool),
    ("/verified", Kind::Bool),
];

pub const UNIVERSE: &[(&str, Kind)] = &[
    ("/path", Kind::Text),
    ("/createTime", Kind::Time),
    ("/updateTime", Kind::Time),
    ("/displayName", Kind::Text),
    ("/description", Kind::Text),
    ("/user", Kind::Path("users")),
    ("/group", Kind::Path("groups")),
    ("/visibility", Kind::Enum),
    ("/facebookSocialLink", Kind::Link),
    ("/twitterSocialLink", Kind::Link),
    ("/youtubeSocialLink", Kind::Link),
    ("/twitchSocialLink", Kind::Link),
    ("/discordSocialLink", Kind::Link),
    ("/robloxGroupSocialLink", Kind::Link),
    ("/guildedSocialLink", Kind::Link),
    ("/voiceChatEnabled", Kind::Bool),
    ("/ageRating", Kind::Enum),
    ("/privateServerPriceRobux", Kind::I32),
    ("/desktopEnabled", Kind::Bool),
    ("/mobileEnabled", Kind::Bool),
    ("/tabletEnabled", Kind::Bool),
    ("/consoleEnabled", Kind::Bool),
    ("/vrEnabled", Kind::Bool),
    ("/rootPlace", Kind::Path("places")),
];

pub const ASSET: &[(&str, Kind)] = &[
    ("/assetId", Kind::Id),
    ("/assetType", Kind::TypeName),
    ("/displayName", Kind::Text),
    ("/description", Kind::Text),
    ("/creationContext/creator/userId", Kind::Id),
    ("/creationContext/creator/groupId", Kind::Id),
    ("/revisionId", Kind::Id),
    ("/revisionCreateTime", Kind::Time),
    ("/moderationResult/moderationState", Kind::Enum),
    ("/state", Kind::Enum),
    ("/icon", Kind::Path("assets")),
    ("/previews", Kind::Previews),
    ("/facebookSocialLink", Kind::Link),
    ("/twitterSocialLink", Kind::Link),
    ("/youtubeSocialLink", Kind::Link),
    ("/twitchSocialLink", Kind::Link),
    ("/discordSocialLink", Kind::Link),
    ("/githubSocialLink", Kind::Link),
    ("/robloxSocialLink", Kind::Link),
    ("/guildedSocialLink", Kind::Link),
    ("/devForumSocialLink", Kind::Link),
    ("/tryAssetSocialLink/uri", Kind::IdText),
];

/// What should be kept of a response.
pub fn expected(response: &Value, fields: &'static [(&'static str, Kind)]) -> Kept {
    let mut kept = Kept::new();
    for (pointer, kind) in fields {
        let value = response.pointer(pointer).unwrap_or(&Value::Null);
        put(&mut kept, pointer, canonical(*kind, value));
    }
    kept
}

/// What should be kept of a toolbox asset, whose creator is named in more than one way.
pub fn expected_of_asset(response: &Value) -> Kept {
    let mut kept = expected(response, TOOLBOX_ASSET);
    let (user, group) = ("/creator/userId", "/creator/groupId");
    kept.retain(|pointer, value| ![user, group].contains(pointer) || *value != json!(0));
    if kept.contains_key(user) {
        kept.remove(group);
    } else if !kept.contains_key(group) {
        let named = response.pointer("/creator/creator").and_then(Value::as_str);
        match named.and_then(|creator| creator.split_once('/')) {
            Some(("user", id)) => put(&mut kept, user, id.parse::<u64>().ok()),
            Some(("group", id)) => put(&mut kept, group, id.parse::<u64>().ok()),
            _ => {
                kept.remove("/creator/name");
                kept.remove("/creator/verified");
            }
        }
    }
    let updater = "/creator/latestGroupUpdaterUserId";
    if kept.get(updater).is_none_or(|id| *id == json!(0)) {
        kept.remove(updater);
        kept.remove("/creator/latestGroupUpdaterUserName");
    }
    kept
}

/// The one spelling of a value; null for what is not kept.
fn canonical(kind: Kind, value: &Value) -> Value {
    match (kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::I32 | Kind::I64 | Kind::Id | Kind::IdText, Value::String(text)) => {
            serde_json::from_str(text).unwrap()
        }
        (Kind::Ids, Value::Array(ids)) => ids.iter().map(|id| canonical(Kind::Id, id)).collect(),
        (Kind::Time, Value::String(text)) => time(OffsetDateTime::parse(text, &Rfc3339).unwrap()),
        (Kind::Money, price) => match price.get("quantity") {
            None | Some(Value::Null) => Value::Null,
            Some(quantity) => {
                let digits = |name| canonical(Kind::I64, quantity.get(name).unwrap_or(&json!(0)));
                let currency = price.get("currencyCode").and_then(Value::as_str);
                json!([
                    currency.unwrap_or_default(),
                    digits("significand"),
                    digits("exponent")
                ])
            }
        },
        (Kind::AssetType, Value::Number(number)) => {
            json!(AssetType::from(number.to_string()))
        }
        (Kind::Links, Value::Array(links)) => links
            .iter()
            .filter(|link| !link.is_null())
            .map(|link| {
                let kind = link.get("linkType").and_then(Value::as_i64).unwrap_or(0);
                let kind = SocialLinkType::from(kind.to_string());
                json!([kind, link.get("url"), link.get("title")])
            })
            .collect(),
        (Kind::Previews, Value::Array(previews)) => previews
            .iter()
            .map(|preview| {
                let image = preview.get("asset").unwrap_or(&Value::Null);
                json!([
                    canonical(Kind::Path("assets"), image),
                    preview.get("altText")
                ])
            })
            .collect(),
        (Kind::Link, link) => json!([link.get("title"), link.get("uri")]),
        (Kind::Path(collection), Value::String(path)) => {
            let mut segments = path.split('/').skip_while(|segment| *segment != collection);
            json!(segments.nth(1).and_then(|id| id.parse::<u64>().ok()))
        }
        (_, value) => value.clone(),
    }
}

/// What a toolbox asset kept.
pub fn of_asset(asset: &ToolboxAsset) -> Kept {
    let mut kept = Kept::new();
    let mut put = |pointer, value: Value| put(&mut kept, pointer, value);
    put("/voting/showVotes", json!(asset.votes_shown));
    put("/voting/upVotes", json!(asset.up_votes));
    put("/voting/downVotes", json!(asset.down_votes));
    put("/voting/canVote", json!(asset.can_vote));
    put("/voting/userVote", json!(asset.user_vote));
    put("/voting/hasVoted", json!(asset.has_voted));
    put("/voting/voteCount", json!(asset.total_vote_count));
    put("/voting/upVotePercent", json!(asset.up_vote_percentage));
    if let Some(creator) = &asset.creator {
        let id = match creator {
            UserOrGroup::User(_) => "/creator/userId",
            UserOrGroup::Group(_) => "/creator/groupId",
        };
        put(id, json!(creator.id()));
        put("/creator/name", json!(creator.name()));
        put("/creator/verified", json!(creator.verified()));
    }
    if let Some(updater) = &asset.latest_group_updater {
        put("/creator/latestGroupUpdaterUserId", json!(updater.id));
        put(
            "/creator/latestGroupUpdaterUserName",
            json!(updater.username),
        );
    }
    put(
        "/creatorStoreProduct/purchasePrice",
        money(&asset.purchase_price),
    );
    put("/creatorStoreProduct/purchasable", json!(asset.purchasable));
    put("/asset/id", json!(asset.asset_id));
    put("/asset/name", json!(asset.name));
    put("/asset/description", json!(asset.description));
    put("/asset/assetTypeId", json!(asset.asset_type));
    let links = asset.social_links.iter();
    let links = links.map(|link| json!([link.link_type, link.url, link.title]));
    put("/asset/socialLinks", links.collect());
    put(
        "/asset/previewAssets/imagePreviewAssets",
        json!(asset.preview_image_asset_ids),
    );
    put(
        "/asset/previewAssets/videoPreviewAssets",
        json!(asset.preview_video_asset_ids),
    );
    put("/asset/createTime", maybe_time(asset.created_at));
    put("/asset/updateTime", maybe_time(asset.updated_at));
    put("/asset/categoryPath", json!(asset.category_path));
    put(
        "/asset/creatingUniverseId",
        json!(asset.creating_universe_id),
    );
    put("/asset/durationSeconds", json!(asset.duration_seconds));
    put("/asset/audioType", json!(asset.audio_type));
    put("/asset/artist", json!(asset.artist));
    put("/asset/title", json!(asset.title));
    put("/asset/album", json!(asset.album));
    put("/asset/genre", json!(asset.genre));
    put("/asset/category", json!(asset.category));
    put("/asset/subcategory", json!(asset.subcategory));
    put("/asset/textureId", json!(asset.texture_asset_id));
    put("/asset/meshId", json!(asset.mesh_asset_id));
    put("/asset/hasScripts", json!(asset.has_scripts));
    put("/asset/scriptCount", json!(asset.script_count));
    put("/asset/subTypes", json!(asset.subtypes));
    put(
        "/asset/objectMeshSummary/triangles",
        json!(asset.triangle_count),
    );
    put(
        "/asset/objectMeshSummary/vertices",
        json!(asset.vertex_count),
    );
    put(
        "/asset/instanceCounts/script",
        json!(asset.script_instance_count),
    );
    put(
        "/asset/instanceCounts/meshPart",
        json!(asset.mesh_part_count),
    );
    put(
        "/asset/instanceCounts/animation",
        json!(asset.animation_count),
    );
    put("/asset/instanceCounts/decal", json!(asset.decal_count));
    put("/asset/instanceCounts/audio", json!(asset.audio_count));
    put("/asset/instanceCounts/tool", json!(asset.tool_count));
    put(
        "/asset/capabilities/shouldSandbox",
        json!(asset.should_sandbox),
    );
    kept
}

/// What a product kept.
pub fn of_product(product: &CreatorStoreProduct) -> Kept {
    let mut kept = Kept::new();
    let mut put = |pointer, value: Value| put(&mut kept, pointer, value);
    put("/path", json!(product.path));
    put("/basePrice", money(&product.base_price));
    put("/purchasePrice", money(&product.purchase_price));
    put("/published", json!(product.published));
    put("/purchasable", json!(product.purchasable));
    put("/restrictions", json!(product.restrictions));
    match &product.creator {
        Some(UserOrGroup::User(user)) => put("/userSeller", json!(user.id)),
        Some(UserOrGroup::Group(group)) => put("/groupSeller", json!(group.id)),
        None => {}
    }
    let field = match product.asset_type {
        Some(AssetType::Model) => "/modelAssetId",
        Some(AssetType::Plugin) => "/pluginAssetId",
        Some(AssetType::Audio) => "/audioAssetId",
        Some(AssetType::Decal) => "/decalAssetId",
        Some(AssetType::MeshPart) => "/meshPartAssetId",
        Some(AssetType::Video) => "/videoAssetId",
        Some(AssetType::FontFamily) => "/fontFamilyAssetId",
        _ => "/another",
    };
    put(field, json!(product.asset_id));
    kept
}

/// What an asset, as its owner sees it, kept.
pub fn of_own_asset(asset: &Asset) -> Kept {
    let mut kept = Kept::new();
    let mut put = |pointer, value: Value| put(&mut kept, pointer, value);
    put("/assetId", json!(asset.id));
    put("/assetType", json!(asset.asset_type));
    put("/displayName", json!(asset.name));
    put("/description", json!(asset.description));
    match &asset.creator {
        Some(UserOrGroup::User(user)) => put("/creationContext/creator/userId", json!(user.id)),
        Some(UserOrGroup::Group(group)) => put("/creationContext/creator/groupId", json!(group.id)),
        None => {}
    }
    put("/revisionId", json!(asset.revision_id));
    put("/revisionCreateTime", maybe_time(asset.revision_time));
    put(
        "/moderationResult/moderationState",
        json!(asset.moderation_status),
    );
    put("/state", json!(asset.state));
    put("/icon", json!(asset.icon_asset_id));
    let previews = asset.previews.iter();
    let previews = previews.map(|preview| json!([preview.asset_id, preview.alt_text]));
    put("/previews", previews.collect());
    put("/facebookSocialLink", link(&asset.facebook_social_link));
    put("/twitterSocialLink", link(&asset.twitter_social_link));
    put("/youtubeSocialLink", link(&asset.youtube_social_link));
    put("/twitchSocialLink", link(&asset.twitch_social_link));
    put("/discordSocialLink", link(&asset.discord_social_link));
    put("/githubSocialLink", link(&asset.github_social_link));
    put("/robloxSocialLink", link(&asset.roblox_social_link));
    put("/guildedSocialLink", link(&asset.guilded_social_link));
    put("/devForumSocialLink", link(&asset.devforum_social_link));
    put("/tryAssetSocialLink/uri", json!(asset.try_place_id));
    kept
}

/// What a user's info kept.
pub fn of_user(info: &UserInfo) -> Kept {
    let mut kept = Kept::new();
    let mut put = |pointer, value: Value| put(&mut kept, pointer, value);
    put("/path", json!(info.path));
    put("/createTime", maybe_time(info.created_at));
    put("/name", json!(info.username));
    put("/displayName", json!(info.display_name));
    put("/about", json!(info.about));
    put("/locale", json!(info.locale));
    put("/premium", json!(info.premium));
    put("/idVerified", json!(info.id_verified));
    if let Some(profiles) = &info.social_network_profiles {
        put("/socialNetworkProfiles/facebook", json!(profiles.facebook));
        put("/socialNetworkProfiles/twitter", json!(profiles.twitter));
        put("/socialNetworkProfiles/youtube", json!(profiles.youtube));
        put("/socialNetworkProfiles/twitch", json!(profiles.twitch));
        put("/socialNetworkProfiles/guilded", json!(profiles.guilded));
        put(
            "/socialNetworkProfiles/visibility",
            json!(profiles.visibility),
        );
    }
    kept
}

/// What a group's info kept.
pub fn of_group(info: &GroupInfo) -> Kept {
    let mut kept = Kept::new();
    let mut put = |pointer, value: Value| put(&mut kept, pointer, value);
    put("/path", json!(info.path));
    put("/createTime", maybe_time(info.created_at));
    put("/updateTime", maybe_time(info.updated_at));
    put("/displayName", json!(info.name));
    put("/description", json!(info.description));
    put("/owner", json!(info.owner.as_ref().map(|owner| owner.id)));
    put("/memberCount", json!(info.member_count));
    put("/publicEntryAllowed", json!(info.public_entry_allowed));
    put("/locked", json!(info.locked));
    put("/verified", json!(info.verified));
    kept
}

/// What an experience's info kept.
pub fn of_experience(info: &ExperienceInfo) -> Kept {
    let mut kept = Kept::new();
    let mut put = |pointer, value: Value| put(&mut kept, pointer, value);
    put("/path", json!(info.path));
    put("/createTime", maybe_time(info.created_at));
    put("/updateTime", maybe_time(info.updated_at));
    put("/displayName", json!(info.name));
    put("/description", json!(info.description));
    match &info.owner {
        Some(UserOrGroup::User(user)) => put("/user", json!(user.id)),
        Some(UserOrGroup::Group(group)) => put("/group", json!(group.id)),
        None => {}
    }
    put("/visibility", json!(info.visibility));
    put("/facebookSocialLink", link(&info.facebook_social_link));
    put("/twitterSocialLink", link(&info.twitter_social_link));
    put("/youtubeSocialLink", link(&info.youtube_social_link));
    put("/twitchSocialLink", link(&info.twitch_social_link));
    put("/discordSocialLink", link(&info.discord_social_link));
    put("/robloxGroupSocialLink", link(&info.group_social_link));
    put("/guildedSocialLink", link(&info.guilded_social_link));
    put("/voiceChatEnabled", json!(info.voice_chat_enabled));
    put("/ageRating", json!(info.age_rating));
    put("/privateServerPriceRobux", json!(info.private_server_price));
    put("/desktopEnabled", json!(info.desktop_enabled));
    put("/mobileEnabled", json!(info.mobile_enabled));
    put("/tabletEnabled", json!(info.tablet_enabled));
    put("/consoleEnabled", json!(info.console_enabled));
    put("/vrEnabled", json!(info.vr_enabled));
    put("/rootPlace", json!(info.root_place_id));
    kept
}

fn put(kept: &mut Kept, pointer: &'static str, value: impl Serialize) {
    let value = json!(value);
    if !value.is_null() && value != json!([]) {
        kept.insert(pointer, value);
    }
}

fn money(money: &Option<Money>) -> Value {
    match money {
        Some(money) => json!([money.currency, money.significand, money.exponent]),
        None => Value::Null,
    }
}

fn link(link: &Option<SocialLink>) -> Value {
    match link {
        Some(link) => json!([link.title, link.uri]),
        None => Value::Null,
    }
}

fn time(time: OffsetDateTime) -> Value {
    json!(time.format(&Rfc3339).unwrap())
}

fn maybe_time(at: Option<OffsetDateTime>) -> Value {
    at.map_or(Value::Null, time)
}
