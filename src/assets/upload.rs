//! Uploading new assets, and updating those there are.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use ureq::http::Method;

use super::accepted::Accepted;
use super::{Asset, AssetPreview, AssetType, WRITE};
use crate::check::{self, Check, Invalid};
use crate::error::{Error, Result};
use crate::file::AssetFile;
use crate::http::{Client, RawResponse, Request};
use crate::multipart::{Multipart, Progress};
use crate::operation::{Operation, WireOperation};
use crate::owner::UserOrGroup;
use crate::retry::{RetryPolicy, RetrySafety};
use crate::social_link::SocialLink;
use crate::wire::open_enum;

open_enum! {
    /// Who may use a new asset.
    AssetPrivacy {
        /// What the service does by default.
        Default = "default",
        /// Only those who were granted the permission.
        Restricted = "restricted",
        /// Everyone.
        OpenUse = "openUse",
    }
}

/// How many social links an asset can have.
const MOST_LINKS: usize = 3;

/// The longest description that is taken, in characters.
const LONGEST_DESCRIPTION: usize = 1000;

/// An upload, made by [`Creator::upload_asset`](crate::Creator::upload_asset). An asset that violates Roblox's rules
/// can get the account moderated.
#[must_use = "nothing is uploaded until `send` is called"]
pub struct UploadAsset {
    client: Client,
    creator: UserOrGroup,
    file: AssetFile,
    asset_type: AssetType,
    name: String,
    description: String,
    expected_robux_price: u64,
    asset_privacy: Option<AssetPrivacy>,
    common: Common,
}

/// What uploads and updates have in common.
#[derive(Default)]
struct Common {
    progress: Option<Progress>,
    retry_policy: Option<RetryPolicy>,
    timeout: Option<Duration>,
    unchecked: bool,
}

impl UploadAsset {
    pub(crate) fn new(
        client: Client,
        creator: UserOrGroup,
        file: AssetFile,
        asset_type: AssetType,
        name: String,
        description: String,
    ) -> Self {
        Self {
            client,
            creator,
            file,
            asset_type,
            name,
            description,
            expected_robux_price: 0,
            asset_privacy: None,
            common: Common::default(),
        }
    }

    /// The most Robux that the upload may cost (default 0, as in Python). When it would cost more, the
    /// service refuses it, and nothing is spent.
    pub fn expected_robux_price(mut self, robux: u64) -> Self {
        self.expected_robux_price = robux;
        self
    }

    /// Who may use the asset.
    pub fn asset_privacy(mut self, privacy: AssetPrivacy) -> Self {
        self.asset_privacy = Some(privacy);
        self
    }

    /// What to call, as the upload goes on, with the bytes of the file that were sent and all there are.
    /// It begins anew when the file is sent again.
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.common.progress = Some(Box::new(progress));
        self
    }

    /// When to try again. Without it an upload is sent again only when the service certainly did not act
    /// on it: after a failure to connect, after 503, and after 429 if the key's policy waits for that. A
    /// policy set here is obeyed as it stands, other 5xx answers included, so that an asset may be made
    /// twice.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.common.retry_policy = Some(policy);
        self
    }

    /// How long nothing may move before the upload fails (default 15 s, and 60 s for the response, since the service
    /// has been seen to take more than 20 s); as [`Request::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.common.timeout = Some(timeout);
        self
    }

    /// Sends the upload without checking it first: the service's limits may have moved. The content type is then
    /// the one that was set by hand, or that the extension says.
    pub fn unchecked(mut self) -> Self {
        self.common.unchecked = true;
        self
    }

    /// Uploads the file. It is streamed, with its exact length.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument), before any request, for what the service would
    /// not take: an asset type that cannot be uploaded; a file that is empty, too large, or of another kind than
    /// the asset type takes; an image of 8000 pixels or more on a side; audio of over 7 minutes and video of over 5,
    /// where the header says so; a name that is empty; a description of over 1000 characters. [`is_file`](Error::is_file) when the file
    /// cannot be read, or is not as long as it was. [`is_invalid_file`](Error::is_invalid_file) and
    /// [`is_moderated_text`](Error::is_moderated_text) when the service refuses the file or the text.
    /// [`is_outcome_unknown`](Error::is_outcome_unknown) tells whether the asset may exist all the same.
    #[inline]
    pub fn send(mut self) -> Result<Operation<Asset>> {
        if !self.common.unchecked {
            Accepted::to_create(&self.asset_type)?.check(&mut self.file)?;
            check_text(&self.name, &self.description)?;
            check::id("the creator's id", self.creator.id())?;
            check_robux(self.expected_robux_price)?;
        }
        let request = CreateBody {
            asset_type: &self.asset_type,
            display_name: &self.name,
            description: &self.description,
            creation_context: CreationContext {
                creator: Some(CreatorMember::from(&self.creator)),
                expected_price: self.expected_robux_price,
                asset_privacy: self.asset_privacy.as_ref(),
            },
        };
        let call = self
            .client
            .call(Method::POST, "assets/v1/assets".to_owned())
            .scopes(WRITE)
            .retry_safety(RetrySafety::Upload);
        let call = self.common.apply(call, &request, Some(self.file))?;
        let response = call.execute().map_err(Error::of_upload)?;
        let operation = Operation::begun(self.client, &call, &response, None);
        let operation = operation.map_err(Error::of_upload)?;
        Ok(operation.seen(response.rate_limit()))
    }
}

impl fmt::Debug for UploadAsset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadAsset")
            .field("creator", &self.creator)
            .field("file", &self.file)
            .field("asset_type", &self.asset_type)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Common {
    /// The request with its body, to be sent as the caller wants it.
    fn apply(
        self,
        call: Request,
        request: &impl Serialize,
        file: Option<AssetFile>,
    ) -> Result<Request> {
        let body = Multipart::new(request, file, self.progress)?;
        let call = call
            .multipart(body)
            .long_response()
            .maybe_timeout(self.timeout);
        Ok(match self.retry_policy {
            // It is obeyed whatever would be made twice.
            Some(policy) if call.is_upload() => call
                .retry_policy(policy)
                .retry_safety(RetrySafety::ServerErrors),
            Some(policy) => call.retry_policy(policy),
            None => call,
        })
    }
}

fn check_robux(expected_robux_price: u64) -> Check {
    check::range(
        "expected_robux_price",
        expected_robux_price,
        0..=check::INT64,
    )
}

fn check_text(name: &str, description: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::InvalidArgument(
            "the name of the asset is empty".to_owned(),
        ));
    }
    check_description(description)
}

fn check_description(description: &str) -> Result<()> {
    let length = description.chars().count();
    if length > LONGEST_DESCRIPTION {
        return Err(Error::InvalidArgument(format!(
            "the description has {length} characters; at most {LONGEST_DESCRIPTION} are taken"
        )));
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateBody<'a> {
    asset_type: &'a AssetType,
    display_name: &'a str,
    description: &'a str,
    creation_context: CreationContext<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpdateBody<'a> {
    asset_id: u64,
    #[serde(flatten, serialize_with = "write_values")]
    changes: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_context: Option<CreationContext<'a>>,
}

/// Writes what is set: a member that is named in the mask and absent is cleared.
fn write_values<S: Serializer>(
    changes: &&Map<String, Value>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(changes.iter().filter(|(_, value)| !value.is_null()))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreationContext<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<CreatorMember>,
    expected_price: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_privacy: Option<&'a AssetPrivacy>,
}

/// The reference takes numbers, the samples and the Python library send text; the service takes both.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum CreatorMember {
    UserId(String),
    GroupId(String),
}

impl From<&UserOrGroup> for CreatorMember {
    fn from(creator: &UserOrGroup) -> Self {
        match creator {
            UserOrGroup::User(user) => Self::UserId(user.id.to_string()),
            UserOrGroup::Group(group) => Self::GroupId(group.id.to_string()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreviewMember {
    asset: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alt_text: Option<String>,
}

/// An update of an asset's content, of its metadata, or of both, made by
/// [`Creator::update_asset`](crate::Creator::update_asset) or [`Asset::update`].
///
/// What is not set stays as it is. An icon, a link and the place to try the asset are cleared with `None`,
/// previews with an empty list, and the description with an empty text.
///
/// ```no_run
/// use rblxopencloud::{ApiKey, AssetFile, Creator, SocialLink};
///
/// # fn main() -> rblxopencloud::Result<()> {
/// # let api_key = ApiKey::new("your-api-key")?;
/// let asset = api_key
///     .get_group(7)
///     .update_asset(2205400862)
///     .file(AssetFile::open("crate.fbx")?)
///     .description("Now with a lid.")
///     .discord_social_link(SocialLink::new("https://discord.gg/example").with_title("Talk to us"))
///     .icon(None)
///     .send()?
///     .wait()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is updated until `send` is called"]
pub struct UpdateAsset {
    client: Client,
    asset_id: u64,
    creator: Option<UserOrGroup>,
    file: Option<AssetFile>,
    description: Option<String>,
    name: Option<String>,
    /// Members of the body that change, by name; null where one is cleared.
    changes: Map<String, Value>,
    /// The ids in the changes, by the setter that they were given to.
    ids: BTreeMap<&'static str, Vec<u64>>,
    expected_robux_price: Option<u64>,
    common: Common,
}

impl UpdateAsset {
    pub(crate) fn new(client: Client, asset_id: u64, creator: Option<&UserOrGroup>) -> Self {
        Self {
            client,
            asset_id,
            creator: creator.cloned(),
            file: None,
            description: None,
            name: None,
            changes: Map::new(),
            ids: BTreeMap::new(),
            expected_robux_price: None,
            common: Common::default(),
        }
    }

    /// The new content, which makes a new version. Only models can have one.
    pub fn file(mut self, file: AssetFile) -> Self {
        self.file = Some(file);
        self
    }

    /// The new name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The new description, of at most 1000 characters.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The new icon: the id of a square image. `None` clears it.
    pub fn icon(mut self, image_asset_id: impl Into<Option<u64>>) -> Self {
        let image_asset_id = image_asset_id.into();
        self.ids.insert("icon", Vec::from_iter(image_asset_id));
        let path = image_asset_id.map(asset_path);
        self.change("icon", path)
    }

    /// The new previews: images, with what they show in words. None at all clears them.
    pub fn previews<P: Into<AssetPreview>>(
        mut self,
        previews: impl IntoIterator<Item = P>,
    ) -> Self {
        let previews: Vec<AssetPreview> = previews.into_iter().map(Into::into).collect();
        let ids = previews.iter().map(|preview| preview.asset_id).collect();
        self.ids.insert("previews", ids);
        let previews: Vec<_> = previews
            .into_iter()
            .map(|preview| PreviewMember {
                asset: asset_path(preview.asset_id),
                alt_text: preview.alt_text,
            })
            .collect();
        self.change("previews", (!previews.is_empty()).then_some(previews))
    }

    /// The new page on Facebook; `None` clears it. An asset can have three links.
    pub fn facebook_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("facebookSocialLink", link.into())
    }

    /// The new page on Twitter; `None` clears it.
    pub fn twitter_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("twitterSocialLink", link.into())
    }

    /// The new page on YouTube; `None` clears it.
    pub fn youtube_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("youtubeSocialLink", link.into())
    }

    /// The new page on Twitch; `None` clears it.
    pub fn twitch_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("twitchSocialLink", link.into())
    }

    /// The new server on Discord; `None` clears it.
    pub fn discord_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("discordSocialLink", link.into())
    }

    /// The new page on GitHub; `None` clears it.
    pub fn github_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("githubSocialLink", link.into())
    }

    /// The new page on Roblox; `None` clears it.
    pub fn roblox_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("robloxSocialLink", link.into())
    }

    /// The new page on Guilded; `None` clears it.
    pub fn guilded_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("guildedSocialLink", link.into())
    }

    /// The new page on the developer forum; `None` clears it.
    pub fn devforum_social_link(self, link: impl Into<Option<SocialLink>>) -> Self {
        self.change("devForumSocialLink", link.into())
    }

    /// The new place where the asset can be tried; `None` clears it. The service does not document it.
    pub fn try_place_id(mut self, place_id: impl Into<Option<u64>>) -> Self {
        let place_id = place_id.into();
        self.ids.insert("try_place_id", Vec::from_iter(place_id));
        let link = place_id.map(|id| json!({ "uri": id.to_string() }));
        self.change("tryAssetSocialLink", link)
    }

    /// The most Robux that the update may cost. When it would cost more, the service refuses it.
    pub fn expected_robux_price(mut self, robux: u64) -> Self {
        self.expected_robux_price = Some(robux);
        self
    }

    /// What to call, as new content is uploaded, with the bytes of the file that were sent and all there
    /// are.
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.common.progress = Some(Box::new(progress));
        self
    }

    /// When to try again; for new content as [`UploadAsset::retry_policy`] says.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.common.retry_policy = Some(policy);
        self
    }

    /// How long nothing may move before the update fails; as [`UploadAsset::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.common.timeout = Some(timeout);
        self
    }

    /// Sends the update without checking it first: the service's limits may have moved.
    pub fn unchecked(mut self) -> Self {
        self.common.unchecked = true;
        self
    }

    /// Sends the update. The operation it returns is done already when the service changed metadata
    /// alone; the asset it gives then holds what was changed.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument), before any request, when nothing is set, when more
    /// than three social links are set, and for an id that is out of range; otherwise as [`UploadAsset::send`].
    #[inline]
    pub fn send(mut self) -> Result<Operation<Asset>> {
        if !self.common.unchecked {
            if let Some(file) = &mut self.file {
                Accepted::to_update().check(file)?;
            }
            check_text(
                self.name.as_deref().unwrap_or("unchanged"),
                self.description.as_deref().unwrap_or_default(),
            )?;
            self.check()?;
        }
        for (member, text) in [
            ("displayName", self.name.take()),
            ("description", self.description.take()),
        ] {
            if let Some(text) = text {
                self.changes.insert(member.to_owned(), json!(text));
            }
        }
        if self.changes.is_empty() && self.file.is_none() {
            return Err(Error::InvalidArgument(format!(
                "there is nothing to update of asset {}: set a file, a name or anything else first",
                self.asset_id
            )));
        }
        let sends_file = self.file.is_some();
        let mask = self.changes.keys().cloned().collect::<Vec<_>>().join(",");
        let request = UpdateBody {
            asset_id: self.asset_id,
            changes: &self.changes,
            creation_context: self
                .expected_robux_price
                .map(|expected_price| CreationContext {
                    creator: self.creator.as_ref().map(CreatorMember::from),
                    expected_price,
                    asset_privacy: None,
                }),
        };
        let call = self
            .client
            .call(Method::PATCH, format!("assets/v1/assets/{}", self.asset_id));
        let call = call.scopes(WRITE).retry_safety(if sends_file {
            RetrySafety::Upload
        } else {
            RetrySafety::Idempotent
        });
        let call = if mask.is_empty() {
            call
        } else {
            call.param("updateMask", mask)
        };
        let call = self.common.apply(call, &request, self.file)?;
        let response = call.execute().map_err(Error::of_upload)?;
        let operation = begun(self.client, &call, &response, self.asset_id, sends_file);
        let operation = operation.map_err(Error::of_upload)?;
        Ok(operation.seen(response.rate_limit()))
    }

    fn check(&self) -> Check {
        check::id("asset_id", self.asset_id)?;
        if let Some(expected_robux_price) = self.expected_robux_price {
            check_robux(expected_robux_price)?;
            if let Some(creator) = &self.creator {
                check::id("the creator's id", creator.id())?;
            }
        }
        for (argument, ids) in &self.ids {
            for id in ids {
                check::id(argument, *id)?;
            }
        }
        let is_link = |field: &str| field.ends_with("SocialLink") && field != "tryAssetSocialLink";
        let links = self
            .changes
            .iter()
            .filter(|(field, link)| is_link(field) && !link.is_null())
            .count();
        if links > MOST_LINKS {
            return Err(Invalid(format!(
                "the update sets {links} social links; an asset has at most {MOST_LINKS}"
            )));
        }
        Ok(())
    }

    fn change<T: Serialize>(mut self, member: &str, value: Option<T>) -> Self {
        self.changes.insert(member.to_owned(), json!(value));
        self
    }
}

impl fmt::Debug for UpdateAsset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateAsset")
            .field("asset_id", &self.asset_id)
            .field("file", &self.file)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

fn asset_path(asset_id: u64) -> String {
    format!("assets/{asset_id}")
}

/// What an update became: an operation, or the metadata that it changed at once.
#[inline]
fn begun(
    client: Client,
    call: &Request,
    response: &RawResponse,
    asset_id: u64,
    sends_file: bool,
) -> Result<Operation<Asset>> {
    let wire: WireOperation = call.decode_with(response, WireOperation::OWN)?;
    if wire.is_operation() {
        return Operation::begun(client, call, response, Some(asset_id));
    }
    // New content takes an operation.
    let known_id = (!sends_file).then_some(asset_id);
    let asset = Asset::read(call.decode(response)?, &client, known_id)
        .ok_or_else(|| call.unexpected(response, "there is no operation in it"))?;
    Ok(Operation::done(client, asset))
}
