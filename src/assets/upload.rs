//! Uploading new assets, and updating those there are.

use std::fmt;

use serde_json::{Value, json};
use ureq::http::Method;

use super::accepted::Accepted;
use super::{Asset, AssetPreview, AssetType, WRITE};
use crate::check::{self, Check, Invalid};
use crate::error::{Error, Result};
use crate::file::AssetFile;
use crate::file_body::{FileBody, Progress};
use crate::http::{Client, Fields, RawResponse, Request, common_setters};
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
    request: Request,
    file: AssetFile,
    asset_type: AssetType,
    fields: Fields,
    progress: Option<Progress>,
}

common_setters!(UploadAsset);

impl UploadAsset {
    pub(crate) fn new(
        client: &Client,
        creator: &UserOrGroup,
        file: AssetFile,
        asset_type: AssetType,
        name: &str,
        description: &str,
    ) -> Self {
        let mut request = client
            .call(Method::POST, "assets/v1/assets".to_owned())
            .scopes(WRITE)
            .retry_safety(RetrySafety::Upload)
            .long_response();
        let mut fields = Fields::default();
        request.check("creator", check::id("the creator's id", creator.id()));
        fields.set_in(CONTEXT, "creator", creator_field(creator));
        fields.set("assetType", &asset_type);
        request.check("name", check_name(name));
        fields.set("displayName", name);
        request.check("description", check_description(description));
        fields.set("description", description);
        let upload = Self {
            request,
            file,
            asset_type,
            fields,
            progress: None,
        };
        upload.expected_robux_price(0)
    }

    /// The most Robux that the upload may cost (default 0, as in Python). When it would cost more, the
    /// service rejects it, and nothing is spent.
    pub fn expected_robux_price(mut self, robux: u64) -> Self {
        self.request
            .check("expected_robux_price", check_robux(robux));
        self.fields.set_in(CONTEXT, "expectedPrice", robux);
        self
    }

    /// Who may use the asset.
    pub fn asset_privacy(mut self, privacy: AssetPrivacy) -> Self {
        self.fields.set_in(CONTEXT, "assetPrivacy", privacy);
        self
    }

    /// Called during the upload with the bytes of the file that were sent and the total. It begins anew when the file
    /// is sent again.
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Sets when the upload is retried. Without it an upload is sent again only when the service certainly did not act
    /// on it: after a failure to connect, after 503, and after 429 if the key's policy waits for that. A policy set
    /// here is obeyed as it stands, after other 5xx too, so that an asset may be made twice.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.request = obeying(self.request, policy);
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
    /// [`is_moderated_text`](Error::is_moderated_text) when the service rejects the file or the text.
    /// [`is_outcome_unknown`](Error::is_outcome_unknown) says whether the asset may have been created.
    #[inline]
    pub fn send(mut self) -> Result<Operation<Asset>> {
        self.request.ensure_valid()?;
        if !self.request.is_unchecked() {
            Accepted::to_create(&self.asset_type)?.check(&mut self.file)?;
        }
        let client = self.request.client().clone();
        let body = FileBody::request(&self.fields, Some(self.file), self.progress)?;
        let request = self.request.file_body(body);
        let response = request.execute().map_err(Error::of_upload)?;
        let operation = WireOperation::decode(&request, &response)
            .and_then(|wire| Operation::started(client, &request, &response, wire, None));
        let operation = operation.map_err(Error::of_upload)?;
        Ok(operation.seen(response.rate_limit()))
    }
}

impl fmt::Debug for UploadAsset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadAsset")
            .field("file", &self.file)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// The field of an upload that says who owns the asset, and what it may cost.
const CONTEXT: &str = "creationContext";

/// The reference takes numbers, the samples and the Python library send text; the service takes both.
fn creator_field(creator: &UserOrGroup) -> Value {
    match creator {
        UserOrGroup::User(user) => json!({ "userId": user.id.to_string() }),
        UserOrGroup::Group(group) => json!({ "groupId": group.id.to_string() }),
    }
}

/// A request that follows a policy of the caller's, whatever would be made twice.
fn obeying(request: Request, policy: RetryPolicy) -> Request {
    let request = request.retry_policy(policy);
    if request.is_upload() {
        request.retry_safety(RetrySafety::ServerErrors)
    } else {
        request
    }
}

fn check_robux(expected_robux_price: u64) -> Check {
    check::range(
        "expected_robux_price",
        expected_robux_price,
        0..=check::INT64,
    )
}

fn check_name(name: &str) -> Check {
    if name.trim().is_empty() {
        return Err(Invalid("the name of the asset is empty".to_owned()));
    }
    Ok(())
}

fn check_description(description: &str) -> Check {
    let length = description.chars().count();
    if length > LONGEST_DESCRIPTION {
        return Err(Invalid(format!(
            "the description has {length} characters; at most {LONGEST_DESCRIPTION} are taken"
        )));
    }
    Ok(())
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
    request: Request,
    asset_id: u64,
    creator: Option<UserOrGroup>,
    file: Option<AssetFile>,
    /// What changes, by the names of the fields; null where one is cleared.
    changes: Fields,
    expected_robux_price: Option<u64>,
    progress: Option<Progress>,
    retry_policy: Option<RetryPolicy>,
}

common_setters!(UpdateAsset);

impl UpdateAsset {
    pub(crate) fn new(client: &Client, asset_id: u64, creator: Option<&UserOrGroup>) -> Self {
        let mut request = client
            .call(Method::PATCH, format!("assets/v1/assets/{asset_id}"))
            .scopes(WRITE)
            .long_response();
        request.check("asset_id", check::id("asset_id", asset_id));
        Self {
            request,
            asset_id,
            creator: creator.cloned(),
            file: None,
            changes: Fields::default(),
            expected_robux_price: None,
            progress: None,
            retry_policy: None,
        }
    }

    /// The new content, which makes a new version. Only models can have one.
    pub fn file(mut self, file: AssetFile) -> Self {
        self.file = Some(file);
        self
    }

    /// The new name.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.request.check("name", check_name(name.as_ref()));
        self.changes.set("displayName", name.as_ref());
        self
    }

    /// The new description, of at most 1000 characters.
    pub fn description(mut self, description: impl AsRef<str>) -> Self {
        let description = description.as_ref();
        self.request
            .check("description", check_description(description));
        self.changes.set("description", description);
        self
    }

    /// The new icon: the id of a square image. `None` clears it.
    pub fn icon(mut self, image_asset_id: impl Into<Option<u64>>) -> Self {
        let id = image_asset_id.into();
        self.request.check("icon", check_ids("icon", id));
        self.changes.set("icon", id.map(asset_path));
        self
    }

    /// The new previews: images, with what they show in words. None at all clears them.
    pub fn previews<P: Into<AssetPreview>>(
        mut self,
        previews: impl IntoIterator<Item = P>,
    ) -> Self {
        let previews: Vec<AssetPreview> = previews.into_iter().map(Into::into).collect();
        let ids = previews.iter().map(|preview| preview.asset_id);
        self.request.check("previews", check_ids("previews", ids));
        let previews: Vec<_> = previews.iter().map(preview_field).collect();
        self.changes
            .set("previews", (!previews.is_empty()).then_some(previews));
        self
    }

    /// The new page on Facebook; `None` clears it. An asset can have three links.
    pub fn facebook_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("facebookSocialLink", link.into());
        self
    }

    /// The new page on Twitter; `None` clears it.
    pub fn twitter_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("twitterSocialLink", link.into());
        self
    }

    /// The new page on YouTube; `None` clears it.
    pub fn youtube_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("youtubeSocialLink", link.into());
        self
    }

    /// The new page on Twitch; `None` clears it.
    pub fn twitch_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("twitchSocialLink", link.into());
        self
    }

    /// The new server on Discord; `None` clears it.
    pub fn discord_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("discordSocialLink", link.into());
        self
    }

    /// The new page on GitHub; `None` clears it.
    pub fn github_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("githubSocialLink", link.into());
        self
    }

    /// The new page on Roblox; `None` clears it.
    pub fn roblox_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("robloxSocialLink", link.into());
        self
    }

    /// The new page on Guilded; `None` clears it.
    pub fn guilded_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("guildedSocialLink", link.into());
        self
    }

    /// The new page on the developer forum; `None` clears it.
    pub fn devforum_social_link(mut self, link: impl Into<Option<SocialLink>>) -> Self {
        self.changes.set("devForumSocialLink", link.into());
        self
    }

    /// The new place where the asset can be tried; `None` clears it. The service does not document it.
    pub fn try_place_id(mut self, place_id: impl Into<Option<u64>>) -> Self {
        let place_id = place_id.into();
        self.request
            .check("try_place_id", check_ids("try_place_id", place_id));
        let link = place_id.map(|id| json!({ "uri": id.to_string() }));
        self.changes.set("tryAssetSocialLink", link);
        self
    }

    /// The most Robux that the update may cost. When it would cost more, the service rejects it. An asset of which
    /// nothing is known but its id is fetched first, since the service wants to know the creator, too.
    pub fn expected_robux_price(mut self, robux: u64) -> Self {
        self.request
            .check("expected_robux_price", check_robux(robux));
        self.expected_robux_price = Some(robux);
        self
    }

    /// Called during the upload of new content with the bytes of the file that were sent and the total.
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Sets when the update is retried; for new content as [`UploadAsset::retry_policy`] says.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = Some(policy);
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
        self.request.check("links", check_links(&self.changes));
        self.request.ensure_valid()?;
        if let Some(file) = self.file.as_mut().filter(|_| !self.request.is_unchecked()) {
            Accepted::to_update().check(file)?;
        }
        if self.changes.is_empty() && self.file.is_none() {
            return Err(Error::InvalidArgument(format!(
                "there is nothing to update of asset {}: set a file, a name or anything else first",
                self.asset_id
            )));
        }
        let (asset_id, sends_file) = (self.asset_id, self.file.is_some());
        let mut request = self.request.retry_safety(if sends_file {
            RetrySafety::Upload
        } else {
            RetrySafety::Idempotent
        });
        if let Some(policy) = self.retry_policy {
            request = obeying(request, policy);
        }
        if !self.changes.is_empty() {
            request.set("updateMask", self.changes.mask());
        }
        let client = request.client().clone();
        let mut fields = self.changes;
        fields.set("assetId", asset_id);
        if let Some(robux) = self.expected_robux_price {
            let creator = match self.creator {
                Some(creator) => creator,
                None => creator_of(&client, asset_id)?,
            };
            request.check("creator", check::id("the creator's id", creator.id()));
            fields.set_in(CONTEXT, "creator", creator_field(&creator));
            fields.set_in(CONTEXT, "expectedPrice", robux);
        }
        let body = FileBody::request(&fields, self.file, self.progress)?;
        let request = request.file_body(body);
        let response = request.execute().map_err(Error::of_upload)?;
        let operation = started(client, &request, &response, asset_id, sends_file);
        let operation = operation.map_err(Error::of_upload)?;
        Ok(operation.seen(response.rate_limit()))
    }
}

/// Who owns an asset of which nothing is known but its id.
#[inline]
fn creator_of(client: &Client, asset_id: u64) -> Result<UserOrGroup> {
    super::fetch_asset(client, asset_id)?.creator.ok_or_else(|| {
        Error::InvalidArgument(format!(
            "expected_robux_price needs the creator of asset {asset_id}, which the service does not tell: use \
             Creator::update_asset"
        ))
    })
}

fn check_ids(argument: &str, ids: impl IntoIterator<Item = u64>) -> Check {
    ids.into_iter().try_for_each(|id| check::id(argument, id))
}

fn check_links(changes: &Fields) -> Check {
    let is_link = |field: &str| field.ends_with("SocialLink") && field != "tryAssetSocialLink";
    let links = changes.iter();
    let links = links.filter(|(field, link)| is_link(field) && !link.is_null());
    match links.count() {
        0..=MOST_LINKS => Ok(()),
        links => Err(Invalid(format!(
            "the update sets {links} social links; an asset has at most {MOST_LINKS}"
        ))),
    }
}

fn preview_field(preview: &AssetPreview) -> Value {
    let mut field = Fields::default();
    field.set("asset", asset_path(preview.asset_id));
    field.set("altText", &preview.alt_text);
    json!(field)
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
fn started(
    client: Client,
    call: &Request,
    response: &RawResponse,
    asset_id: u64,
    sends_file: bool,
) -> Result<Operation<Asset>> {
    let wire = WireOperation::decode(call, response)?;
    if wire.0.is_operation() {
        return Operation::started(client, call, response, wire, Some(asset_id));
    }
    // New content takes an operation.
    let known_id = (!sends_file).then_some(asset_id);
    let asset = Asset::read(call.decode(response)?, &client, known_id)
        .ok_or_else(|| call.unexpected(response, "there is no operation in it"))?;
    Ok(Operation::done(client, asset))
}
