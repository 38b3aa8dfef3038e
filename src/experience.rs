//! Experiences: [`Experience`], a handle, and information about one.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let info = api_key.get_experience(13058).fetch_info()?;
//! println!("{info} begins in place {:?}", info.root_place_id);
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::check;
use crate::error::Result;
use crate::http::Client;
use crate::owner::UserOrGroup;
use crate::social_link::{SocialLink, WireSocialLink};
use crate::text::write_named;
use crate::wire::{Maybe, objects, open_enum, write_time};

open_enum! {
    /// Who may see an experience.
    ExperienceVisibility {
        /// Everyone.
        Public = "PUBLIC",
        /// Those who may edit it.
        Private = "PRIVATE",
    }
}

open_enum! {
    /// The age that an experience is for.
    ExperienceAgeRating {
        /// All ages.
        All = "AGE_RATING_ALL",
        /// 9 and older.
        NinePlus = "AGE_RATING_9_PLUS",
        /// 13 and older.
        ThirteenPlus = "AGE_RATING_13_PLUS",
        /// 17 and older.
        SeventeenPlus = "AGE_RATING_17_PLUS",
    }
}

/// An experience, which the services call a universe. It is a handle: making one sends nothing, and two
/// are equal when their ids are.
#[derive(Clone)]
#[non_exhaustive]
pub struct Experience {
    /// The experience's id, which the services call the universe id.
    pub id: u64,
    pub(crate) client: Client,
}

impl Experience {
    pub(crate) fn new(id: u64, client: Client) -> Self {
        Self { id, client }
    }

    /// Fetches information about the experience.
    ///
    /// Scope: none. Rate limit: 100 requests a minute. Source:
    /// [`GET cloud/v2/universes/{universe_id}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/Universe
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let info = api_key.get_experience(13058).fetch_info()?;
    /// println!("{} begins in place {:?}", info.name.unwrap_or_default(), info.root_place_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such experience, or the key may not
    /// know of it.
    #[inline]
    pub fn fetch_info(&self) -> Result<ExperienceInfo> {
        check::id("the experience's id", self.id)?;
        let wire: WireUniverse = self.client.get(format!("/universes/{}", self.id)).fetch()?;
        let owner = UserOrGroup::from_ids(
            wire.user.path_id("users"),
            wire.group.path_id("groups"),
            &self.client,
        );
        Ok(ExperienceInfo {
            id: self.id,
            path: wire.path.0,
            created_at: wire.create_time.0,
            updated_at: wire.update_time.0,
            name: wire.display_name.0,
            description: wire.description.0,
            owner,
            visibility: wire.visibility.0,
            facebook_social_link: wire.facebook_social_link.link(),
            twitter_social_link: wire.twitter_social_link.link(),
            youtube_social_link: wire.youtube_social_link.link(),
            twitch_social_link: wire.twitch_social_link.link(),
            discord_social_link: wire.discord_social_link.link(),
            group_social_link: wire.roblox_group_social_link.link(),
            guilded_social_link: wire.guilded_social_link.link(),
            voice_chat_enabled: wire.voice_chat_enabled.0,
            age_rating: wire.age_rating.0,
            private_server_price: wire.private_server_price_robux.0,
            desktop_enabled: wire.desktop_enabled.0,
            mobile_enabled: wire.mobile_enabled.0,
            tablet_enabled: wire.tablet_enabled.0,
            console_enabled: wire.console_enabled.0,
            vr_enabled: wire.vr_enabled.0,
            root_place_id: wire.root_place.path_id("places"),
        })
    }
}

/// Information about an experience. Every field but the id may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExperienceInfo {
    /// The experience's id.
    pub id: u64,
    /// The resource path, such as `universes/1`.
    pub path: Option<String>,
    /// When it was made.
    #[serde(serialize_with = "write_time")]
    pub created_at: Option<OffsetDateTime>,
    /// When it was last changed.
    #[serde(serialize_with = "write_time")]
    pub updated_at: Option<OffsetDateTime>,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Who owns it.
    pub owner: Option<UserOrGroup>,
    /// Who may see it.
    pub visibility: Option<ExperienceVisibility>,
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
    /// Its group on Roblox.
    pub group_social_link: Option<SocialLink>,
    /// Its page on Guilded.
    pub guilded_social_link: Option<SocialLink>,
    /// Whether players may speak.
    pub voice_chat_enabled: Option<bool>,
    /// The age it is for.
    pub age_rating: Option<ExperienceAgeRating>,
    /// What a private server costs, in Robux; absent when there are none.
    pub private_server_price: Option<i32>,
    /// Whether it runs on computers.
    pub desktop_enabled: Option<bool>,
    /// Whether it runs on phones.
    pub mobile_enabled: Option<bool>,
    /// Whether it runs on tablets.
    pub tablet_enabled: Option<bool>,
    /// Whether it runs on consoles.
    pub console_enabled: Option<bool>,
    /// Whether it runs in virtual reality.
    pub vr_enabled: Option<bool>,
    /// The place where it begins.
    pub root_place_id: Option<u64>,
}

impl fmt::Display for ExperienceInfo {
    /// The name, with the id: `Crossroads (experience 3001)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_named(f, self.name.as_deref(), "experience", self.id)
    }
}

objects!(WireUniverse);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireUniverse {
    path: Maybe<String>,
    create_time: Maybe<OffsetDateTime>,
    update_time: Maybe<OffsetDateTime>,
    display_name: Maybe<String>,
    description: Maybe<String>,
    user: Maybe<String>,
    group: Maybe<String>,
    visibility: Maybe<ExperienceVisibility>,
    facebook_social_link: Maybe<WireSocialLink>,
    twitter_social_link: Maybe<WireSocialLink>,
    youtube_social_link: Maybe<WireSocialLink>,
    twitch_social_link: Maybe<WireSocialLink>,
    discord_social_link: Maybe<WireSocialLink>,
    roblox_group_social_link: Maybe<WireSocialLink>,
    guilded_social_link: Maybe<WireSocialLink>,
    voice_chat_enabled: Maybe<bool>,
    age_rating: Maybe<ExperienceAgeRating>,
    private_server_price_robux: Maybe<i32>,
    desktop_enabled: Maybe<bool>,
    mobile_enabled: Maybe<bool>,
    tablet_enabled: Maybe<bool>,
    console_enabled: Maybe<bool>,
    vr_enabled: Maybe<bool>,
    root_place: Maybe<String>,
}

impl PartialEq for Experience {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Experience {}

impl Hash for Experience {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for Experience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Experience")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Experience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_named(f, None, "experience", self.id)
    }
}

impl Serialize for Experience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut experience = serializer.serialize_struct("Experience", 1)?;
        experience.serialize_field("id", &self.id)?;
        experience.end()
    }
}
