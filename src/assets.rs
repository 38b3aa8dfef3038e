//! Assets: uploads, updates, versions, the archive, downloads, permissions and quotas.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let asset = api_key.fetch_asset(2205400862)?;
//! for version in asset.list_versions().limit(10) {
//!     println!("{}", version?.version_number);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Uploading is a method of users and groups, by way of the trait [`Creator`](crate::Creator).

mod accepted;
mod asset_type;
mod delivery;
mod permissions;
mod quota;
mod upload;

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use ureq::http::Method;

pub use asset_type::AssetType;
pub use delivery::{AssetDeliveryLocation, Download, FetchAssetDeliveryLocation};
pub use permissions::{
    AssetPermissionAction, AssetPermissionRequest, AssetPermissionResult,
    AssetPermissionResultError, AssetPermissionSubject,
};
pub use quota::{AssetQuota, AssetQuotaPeriod, AssetQuotaType, ListAssetQuotas};
pub use upload::{AssetPrivacy, UpdateAsset, UploadAsset};

pub(crate) use permissions::grant_assets_permission;

use crate::api_key::ApiKey;
use crate::check::{self, Check};
use crate::error::Result;
use crate::http::{Client, Request, common_setters};
use crate::operation::{Finished, OperationResponse, sealed};
use crate::owner::UserOrGroup;
use crate::pages::{Cursor, Items, Page, Pages, page_size};
use crate::retry::RetrySafety;
use crate::social_link::{SocialLink, WireSocialLink};
use crate::text::write_named;
use crate::wire::{Entries, Entry, Id, List, Maybe, PageToken, objects, open_enum, write_time};

open_enum! {
    /// How far Roblox is with moderating an asset.
    ModerationStatus {
        /// It is being looked at.
        Reviewing = "Reviewing" | "MODERATION_STATE_REVIEWING",
        /// It was rejected.
        Rejected = "Rejected" | "MODERATION_STATE_REJECTED",
        /// It was approved.
        Approved = "Approved" | "MODERATION_STATE_APPROVED",
    }
}

open_enum! {
    /// Whether an asset is in use.
    AssetState {
        /// It is in use.
        Active = "Active" | "ACTIVE" | "STATE_ACTIVE",
        /// It was archived.
        Archived = "Archived" | "ARCHIVED" | "STATE_ARCHIVED",
    }
}

/// An asset, as its owner sees it. Every field but the id may be absent: the service may leave any out.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Asset {
    /// The asset's id.
    pub id: u64,
    /// What kind of asset it is.
    #[serde(rename = "type")]
    #[doc(alias = "type")]
    pub asset_type: Option<AssetType>,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Who owns it.
    pub creator: Option<UserOrGroup>,
    /// The version that is in use.
    pub revision_id: Option<u64>,
    /// When that version was made.
    #[serde(serialize_with = "write_time")]
    pub revision_time: Option<OffsetDateTime>,
    /// How far moderation is.
    pub moderation_status: Option<ModerationStatus>,
    /// Whether it is in use or archived.
    pub state: Option<AssetState>,
    /// The image that is its icon.
    pub icon_asset_id: Option<u64>,
    /// The images that show it.
    pub previews: Vec<AssetPreview>,
    /// Its page on Facebook.
    pub facebook_social_link: Option<SocialLink>,
    /// Its page on Twitter.
    pub twitter_social_link: Option<SocialLink>,
    /// Its page on YouTube.
    pub youtube_social_link: Option<SocialLink>,
    /// Its page on Twitch.
    pub twitch_social_link: Option<SocialLink>,
    /// Its server on Discord.
    pub discord_social_link: Option<SocialLink>,
    /// Its page on GitHub.
    pub github_social_link: Option<SocialLink>,
    /// Its page on Roblox.
    pub roblox_social_link: Option<SocialLink>,
    /// Its page on Guilded.
    pub guilded_social_link: Option<SocialLink>,
    /// Its page on the developer forum.
    pub devforum_social_link: Option<SocialLink>,
    /// The place where it can be tried.
    pub try_place_id: Option<u64>,
    #[serde(skip)]
    pub(crate) client: Client,
}

/// An image that shows an asset.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct AssetPreview {
    /// The image.
    pub asset_id: u64,
    /// What the image shows, in words.
    pub alt_text: Option<String>,
}

impl AssetPreview {
    /// An image, and what it shows in words.
    #[must_use]
    pub fn new(asset_id: u64, alt_text: impl Into<Option<String>>) -> Self {
        Self {
            asset_id,
            alt_text: alt_text.into(),
        }
    }
}

impl From<u64> for AssetPreview {
    fn from(asset_id: u64) -> Self {
        Self::new(asset_id, None)
    }
}

/// One version of an asset.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AssetVersion {
    /// The asset's id.
    pub asset_id: u64,
    /// The number of the version, from 1.
    pub version_number: u32,
    /// Who made it.
    pub creator: Option<UserOrGroup>,
    /// How far moderation is.
    pub moderation_status: Option<ModerationStatus>,
    /// For places, whether it is published.
    pub published: Option<bool>,
    #[serde(skip)]
    pub(crate) client: Client,
}

impl ApiKey {
    /// An asset, by id, to do something with that needs nothing else: its versions, its archive, its content.
    /// Nothing is sent, and every other field is absent.
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// api_key.get_asset(2205400862).rollback(3)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn get_asset(&self, id: u64) -> Asset {
        Asset::new(self.client.clone(), id)
    }

    /// Fetches an asset, whoever owns it, with every field that can be read.
    ///
    /// Scope: `asset:read`. Rate limit: 120 requests a minute. Source:
    /// [`GET assets/v1/assets/{assetId}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/features/assets
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let asset = api_key.fetch_asset(2205400862)?;
    /// println!("{asset} is {:?}", asset.moderation_status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such asset;
    /// [`is_forbidden`](crate::Error::is_forbidden) when the key may not read it.
    #[inline]
    pub fn fetch_asset(&self, asset_id: u64) -> Result<Asset> {
        fetch_asset(&self.client, asset_id)
    }
}

impl Asset {
    /// Whether the asset was archived.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.state == Some(AssetState::Archived)
    }

    /// Changes the asset's content, its metadata, or both; as
    /// [`Creator::update_asset`](crate::Creator::update_asset).
    pub fn update(&self) -> UpdateAsset {
        UpdateAsset::new(&self.client, self.id, self.creator.as_ref())
    }

    /// The asset's versions; as [`Creator::list_asset_versions`](crate::Creator::list_asset_versions).
    pub fn list_versions(&self) -> ListAssetVersions {
        ListAssetVersions::new(&self.client, self.id)
    }

    /// One version; as [`Creator::fetch_asset_version`](crate::Creator::fetch_asset_version).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such version.
    #[inline]
    pub fn fetch_version(&self, version_number: u32) -> Result<AssetVersion> {
        fetch_asset_version(&self.client, self.id, version_number)
    }

    /// Makes an earlier version the one in use; as
    /// [`Creator::rollback_asset`](crate::Creator::rollback_asset).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such version.
    #[inline]
    pub fn rollback(&self, version_number: u32) -> Result<AssetVersion> {
        rollback_asset(&self.client, self.id, version_number)
    }

    /// Archives the asset; as [`Creator::archive_asset`](crate::Creator::archive_asset).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) when the asset is someone else's.
    #[inline]
    pub fn archive(&self) -> Result<Self> {
        archive_asset(&self.client, self.id)
    }

    /// Takes the asset out of the archive; as [`Creator::restore_asset`](crate::Creator::restore_asset).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) when the asset is someone else's.
    #[inline]
    pub fn restore(&self) -> Result<Self> {
        restore_asset(&self.client, self.id)
    }

    /// Where the asset's content can be downloaded; as
    /// [`Creator::fetch_asset_delivery_location`](crate::Creator::fetch_asset_delivery_location), with the asset's
    /// type, where it is known, as the one that is expected.
    pub fn fetch_delivery_location(&self) -> FetchAssetDeliveryLocation {
        FetchAssetDeliveryLocation::new(&self.client, self.id).of_type(self.asset_type.as_ref())
    }

    /// Fetches the asset anew, with every field that can be read; as
    /// [`ApiKey::fetch_asset`](crate::ApiKey::fetch_asset).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such asset.
    #[inline]
    pub fn fetch(&self) -> Result<Self> {
        fetch_asset(&self.client, self.id)
    }

    /// An asset of which nothing is known but its id.
    pub(crate) fn new(client: Client, id: u64) -> Self {
        Self {
            id,
            asset_type: None,
            name: None,
            description: None,
            creator: None,
            revision_id: None,
            revision_time: None,
            moderation_status: None,
            state: None,
            icon_asset_id: None,
            previews: Vec::new(),
            facebook_social_link: None,
            twitter_social_link: None,
            youtube_social_link: None,
            twitch_social_link: None,
            discord_social_link: None,
            github_social_link: None,
            roblox_social_link: None,
            guilded_social_link: None,
            devforum_social_link: None,
            try_place_id: None,
            client,
        }
    }

    fn read(wire: WireAsset, client: &Client, known_id: Option<u64>) -> Option<Self> {
        let id = wire
            .asset_id
            .id()
            .or_else(|| wire.path.path_id("assets"))
            .or(known_id)?;
        let previews = wire.previews.0.into_iter().filter_map(|preview| {
            Some(AssetPreview {
                asset_id: preview.asset.path_id("assets")?,
                alt_text: preview.alt_text.0,
            })
        });
        Some(Self {
            id,
            asset_type: wire.asset_type.0,
            name: wire.display_name.0,
            description: wire.description.0,
            creator: wire
                .creation_context
                .0
                .and_then(|context| context.creator(client)),
            revision_id: wire.revision_id.id(),
            revision_time: wire.revision_create_time.0,
            moderation_status: wire
                .moderation_result
                .0
                .and_then(|result| result.moderation_state.0),
            state: wire.state.0,
            icon_asset_id: wire.icon.path_id("assets"),
            previews: previews.collect(),
            facebook_social_link: wire.facebook_social_link.link(),
            twitter_social_link: wire.twitter_social_link.link(),
            youtube_social_link: wire.youtube_social_link.link(),
            twitch_social_link: wire.twitch_social_link.link(),
            discord_social_link: wire.discord_social_link.link(),
            github_social_link: wire.github_social_link.link(),
            roblox_social_link: wire.roblox_social_link.link(),
            guilded_social_link: wire.guilded_social_link.link(),
            devforum_social_link: wire.devforum_social_link.link(),
            try_place_id: wire
                .try_asset_social_link
                .link()
                .and_then(|link| link.uri?.parse().ok())
                .filter(|id| *id != 0),
            client: client.clone(),
        })
    }
}

impl OperationResponse for Asset {}

impl sealed::Polled for Asset {
    #[inline]
    fn decode(finished: &Finished<'_>, client: &Client) -> Result<Self, String> {
        let Maybe(wire) = finished.read()?;
        let wire: WireAsset = wire.ok_or("the asset in it is no object")?;
        Self::read(wire, client, finished.known_id)
            .ok_or_else(|| "the asset in it has no id".to_owned())
    }
}

impl fmt::Debug for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asset")
            .field("id", &self.id)
            .field("asset_type", &self.asset_type)
            .field("name", &self.name)
            .field("creator", &self.creator)
            .field("revision_id", &self.revision_id)
            .field("moderation_status", &self.moderation_status)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Asset {
    /// The name, with type and id: `Crate (Model 2205400862)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.asset_type.as_ref().map_or("asset", AssetType::as_str);
        write_named(f, self.name.as_deref(), kind, self.id)
    }
}

impl AssetVersion {
    /// Makes this version the one in use; as [`Creator::rollback_asset`](crate::Creator::rollback_asset).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) when the asset is someone else's.
    #[inline]
    pub fn rollback(&self) -> Result<Self> {
        rollback_asset(&self.client, self.asset_id, self.version_number)
    }

    /// Where this version's content can be downloaded; as
    /// [`Creator::fetch_asset_delivery_location`](crate::Creator::fetch_asset_delivery_location).
    pub fn fetch_delivery_location(&self) -> FetchAssetDeliveryLocation {
        FetchAssetDeliveryLocation::new(&self.client, self.asset_id)
            .version_number(self.version_number)
    }

    fn read(
        wire: WireAssetVersion,
        client: &Client,
        asset_id: u64,
        known_number: Option<u32>,
    ) -> Option<Self> {
        let number = wire.path.path_id("versions");
        Some(Self {
            asset_id: wire.path.path_id("assets").unwrap_or(asset_id),
            version_number: number
                .and_then(|number| u32::try_from(number).ok())
                .or(known_number)?,
            creator: wire
                .creation_context
                .0
                .and_then(|context| context.creator(client)),
            moderation_status: wire
                .moderation_result
                .0
                .and_then(|result| result.moderation_state.0),
            published: wire.published.0,
            client: client.clone(),
        })
    }
}

impl fmt::Debug for AssetVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssetVersion")
            .field("asset_id", &self.asset_id)
            .field("version_number", &self.version_number)
            .field("creator", &self.creator)
            .field("moderation_status", &self.moderation_status)
            .field("published", &self.published)
            .finish_non_exhaustive()
    }
}

/// A list of versions, made by [`Creator::list_asset_versions`](crate::Creator::list_asset_versions).
///
/// An argument that is out of range is the error of the first result, without a request; see
/// [`unchecked`](Self::unchecked).
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is iterated over"]
pub struct ListAssetVersions {
    request: Request,
    asset_id: u64,
    limit: Option<u64>,
    start: Cursor,
}

common_setters!(ListAssetVersions);

impl ListAssetVersions {
    pub(crate) fn new(client: &Client, asset_id: u64) -> Self {
        let mut request = client
            .get(format!("assets/v1/assets/{asset_id}/versions"))
            .scopes(READ);
        request.check("asset_id", check::id("asset_id", asset_id));
        Self {
            request,
            asset_id,
            limit: None,
            start: Cursor::Start,
        }
    }

    /// How many versions to give at most, over all pages. The size of a page becomes the limit where that
    /// is smaller than 50. With 0 nothing is requested.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The page to begin at, as [`Pages::cursor`] gave it.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        let token = token.into();
        self.request.check("page_token", check::page_token(&token));
        self.start = Cursor::Token(token);
        self
    }
}

impl IntoIterator for ListAssetVersions {
    type Item = Result<AssetVersion>;
    type IntoIter = Pages<AssetVersion>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        const LARGEST_PAGE: u64 = 50;
        let Self {
            mut request,
            asset_id,
            limit,
            start,
        } = self;
        request.set("maxPageSize", page_size(limit, LARGEST_PAGE));
        let client = request.client().clone();
        Pages::new(
            request,
            "pageToken",
            start,
            limit,
            move |page: WireVersions| {
                let client = client.clone();
                let versions = page.versions.len();
                let read = move |version| AssetVersion::read(version, &client, asset_id, None);
                Page {
                    items: Items::new(versions, page.versions.into_iter().filter_map(read)),
                    context: ().into(),
                    next: page.next_page_token.into(),
                }
            },
        )
    }
}

const READ: &[&str] = &["asset:read"];
const WRITE: &[&str] = &["asset:read", "asset:write"];

/// Every field that can be read.
const READ_MASK: &str = "path,revisionId,revisionCreateTime,assetId,displayName,assetType,creationContext,\
    moderationResult,state,description,icon,previews,facebookSocialLink,twitterSocialLink,youtubeSocialLink,\
    twitchSocialLink,discordSocialLink,githubSocialLink,robloxSocialLink,guildedSocialLink,devForumSocialLink,\
    tryAssetSocialLink";

#[inline]
pub(crate) fn fetch_asset(client: &Client, asset_id: u64) -> Result<Asset> {
    check::id("asset_id", asset_id)?;
    let request = client
        .get(format!("assets/v1/assets/{asset_id}"))
        .scopes(READ)
        .param("readMask", READ_MASK);
    send_for_asset(client, &request, asset_id)
}

#[inline]
pub(crate) fn fetch_asset_version(
    client: &Client,
    asset_id: u64,
    version_number: u32,
) -> Result<AssetVersion> {
    check_version(asset_id, version_number)?;
    let request = client
        .get(format!(
            "assets/v1/assets/{asset_id}/versions/{version_number}"
        ))
        .scopes(READ);
    send_for_version(client, &request, asset_id, Some(version_number))
}

#[inline]
pub(crate) fn rollback_asset(
    client: &Client,
    asset_id: u64,
    version_number: u32,
) -> Result<AssetVersion> {
    check_version(asset_id, version_number)?;
    let request = client
        .call(
            Method::POST,
            format!("assets/v1/assets/{asset_id}/versions:rollback"),
        )
        .json(&json!({ "assetVersion": format!("assets/{asset_id}/versions/{version_number}") }))
        .scopes(WRITE)
        .retry_safety(RetrySafety::NotAfterDoubt);
    send_for_version(client, &request, asset_id, None)
}

#[inline]
pub(crate) fn archive_asset(client: &Client, asset_id: u64) -> Result<Asset> {
    check::id("asset_id", asset_id)?;
    let request = client
        .call(Method::POST, format!("assets/v1/assets/{asset_id}:archive"))
        .scopes(WRITE)
        .retry_safety(RetrySafety::Idempotent);
    send_for_asset(client, &request, asset_id)
}

#[inline]
pub(crate) fn restore_asset(client: &Client, asset_id: u64) -> Result<Asset> {
    check::id("asset_id", asset_id)?;
    let request = client
        .call(Method::POST, format!("assets/v1/assets/{asset_id}:restore"))
        .scopes(WRITE)
        .retry_safety(RetrySafety::Idempotent);
    send_for_asset(client, &request, asset_id)
}

fn check_version(asset_id: u64, version_number: u32) -> Check {
    check::id("asset_id", asset_id)?;
    check::version_number(version_number)
}

#[inline]
fn send_for_asset(client: &Client, request: &Request, asset_id: u64) -> Result<Asset> {
    let response = request.execute()?;
    let wire = request.decode(&response)?;
    Asset::read(wire, client, Some(asset_id))
        .ok_or_else(|| request.unexpected(&response, "there is no asset in it"))
}

#[inline]
fn send_for_version(
    client: &Client,
    request: &Request,
    asset_id: u64,
    known_number: Option<u32>,
) -> Result<AssetVersion> {
    let response = request.execute()?;
    let wire = request.decode(&response)?;
    AssetVersion::read(wire, client, asset_id, known_number)
        .ok_or_else(|| request.unexpected(&response, "there is no version number in it"))
}

objects!(
    WireAsset,
    WireCreationContext,
    WireAssetCreator,
    WireModerationResult,
    WirePreview,
    WireAssetVersion
);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireAsset {
    path: Maybe<String>,
    asset_id: Maybe<Id>,
    asset_type: Maybe<AssetType>,
    display_name: Maybe<String>,
    description: Maybe<String>,
    revision_id: Maybe<Id>,
    revision_create_time: Maybe<OffsetDateTime>,
    creation_context: Maybe<WireCreationContext>,
    moderation_result: Maybe<WireModerationResult>,
    icon: Maybe<String>,
    previews: List<WirePreview>,
    state: Maybe<AssetState>,
    facebook_social_link: Maybe<WireSocialLink>,
    twitter_social_link: Maybe<WireSocialLink>,
    youtube_social_link: Maybe<WireSocialLink>,
    twitch_social_link: Maybe<WireSocialLink>,
    discord_social_link: Maybe<WireSocialLink>,
    github_social_link: Maybe<WireSocialLink>,
    roblox_social_link: Maybe<WireSocialLink>,
    guilded_social_link: Maybe<WireSocialLink>,
    #[serde(rename = "devForumSocialLink")]
    devforum_social_link: Maybe<WireSocialLink>,
    try_asset_social_link: Maybe<WireSocialLink>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
struct WireCreationContext {
    creator: Maybe<WireAssetCreator>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireAssetCreator {
    user_id: Maybe<Id>,
    group_id: Maybe<Id>,
}

impl WireCreationContext {
    fn creator(&self, client: &Client) -> Option<UserOrGroup> {
        let creator = self.creator.0.as_ref()?;
        UserOrGroup::from_ids(creator.user_id.id(), creator.group_id.id(), client)
    }
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireModerationResult {
    moderation_state: Maybe<ModerationStatus>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WirePreview {
    asset: Maybe<String>,
    alt_text: Maybe<String>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireAssetVersion {
    path: Maybe<String>,
    creation_context: Maybe<WireCreationContext>,
    moderation_result: Maybe<WireModerationResult>,
    published: Maybe<bool>,
}

impl Entry for WireAssetVersion {
    fn is_of_use(&self) -> bool {
        let number = self.path.path_id("versions");
        number.is_some_and(|number| u32::try_from(number).is_ok())
    }
}

/// The reference says that the versions come as a bare array; the service sends an object with a token.
#[derive(Default)]
struct WireVersions {
    versions: Entries<WireAssetVersion>,
    next_page_token: PageToken,
}

impl<'de> Deserialize<'de> for WireVersions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct WireObject {
            asset_versions: Entries<WireAssetVersion>,
            next_page_token: PageToken,
        }

        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = WireVersions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of asset versions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<WireVersions, A::Error> {
                Ok(WireVersions {
                    versions: Entries::from_seq(list)?,
                    next_page_token: PageToken::End,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<WireVersions, A::Error> {
                let object =
                    WireObject::deserialize(de::value::MapAccessDeserializer::new(object))?;
                Ok(WireVersions {
                    versions: object.asset_versions,
                    next_page_token: object.next_page_token,
                })
            }
        }

        deserializer.deserialize_any(Either)
    }
}
