//! Users: [`User`], a handle, and information about one.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let user = api_key.get_user(156);
//! println!("{}", user.fetch_info()?.display_name.unwrap_or_default());
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize, Serializer};
use time::OffsetDateTime;

use crate::check;
use crate::error::Result;
use crate::http::Client;
use crate::text::write_named;
use crate::wire::{Maybe, objects, open_enum, write_creator, write_time};

open_enum! {
    /// Who may see a user's profiles on other networks.
    SocialNetworkVisibility {
        /// Nobody.
        NoOne = "NO_ONE",
        /// Friends.
        Friends = "FRIENDS",
        /// Friends, and those whom the user follows.
        FriendsAndFollowing = "FRIENDS_AND_FOLLOWING",
        /// Friends, those whom the user follows, and those who follow the user.
        FriendsFollowingAndFollowers = "FRIENDS_FOLLOWING_AND_FOLLOWERS",
        /// Everyone.
        Everyone = "EVERYONE",
    }
}

/// A user. It is a handle: making one sends nothing, and two are equal when their ids are.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The user's id.
    pub id: u64,
    /// The user's name, if the response that this handle comes from gave it.
    pub username: Option<String>,
    /// Whether the user is verified, if the response that this handle comes from said so.
    pub verified: Option<bool>,
    pub(crate) client: Client,
}

impl User {
    pub(crate) fn new(id: u64, client: Client) -> Self {
        Self {
            id,
            username: None,
            verified: None,
            client,
        }
    }

    /// Fetches information about the user.
    ///
    /// Scope: none; `user.advanced:read` for [`id_verified`](UserInfo::id_verified) and
    /// `user.social:read` for [`social_network_profiles`](UserInfo::social_network_profiles). Rate limit:
    /// 1000 requests a minute, 10 with OAuth2. Source: [`GET cloud/v2/users/{user_id}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/User
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let info = api_key.get_user(1).fetch_info()?;
    /// println!("{}", info.display_name.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such user.
    #[inline]
    pub fn fetch_info(&self) -> Result<UserInfo> {
        check::id("the user's id", self.id)?;
        let wire: WireUser = self.client.get(format!("/users/{}", self.id)).fetch()?;
        Ok(UserInfo {
            id: self.id,
            path: wire.path.0,
            created_at: wire.create_time.0,
            username: wire.name.0,
            display_name: wire.display_name.0,
            about: wire.about.0,
            locale: wire.locale.0,
            premium: wire.premium.0,
            id_verified: wire.id_verified.0,
            social_network_profiles: wire
                .social_network_profiles
                .0
                .map(SocialNetworkProfiles::from),
        })
    }
}

/// Information about a user. Every field but the id may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UserInfo {
    /// The user's id.
    pub id: u64,
    /// The resource path, such as `users/1`.
    pub path: Option<String>,
    /// When the user joined.
    #[serde(serialize_with = "write_time")]
    pub created_at: Option<OffsetDateTime>,
    /// The user's name.
    pub username: Option<String>,
    /// The name that is shown.
    pub display_name: Option<String>,
    /// What the user says of themselves.
    pub about: Option<String>,
    /// The user's language, such as `en-US`.
    pub locale: Option<String>,
    /// Whether the user has Premium.
    pub premium: Option<bool>,
    /// Whether the user's age is verified; needs the scope `user.advanced:read`.
    pub id_verified: Option<bool>,
    /// Profiles on other networks; needs the scope `user.social:read`.
    pub social_network_profiles: Option<SocialNetworkProfiles>,
}

/// A user's profiles on other networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WireProfiles")]
#[non_exhaustive]
pub struct SocialNetworkProfiles {
    /// Facebook.
    pub facebook: Option<String>,
    /// Twitter.
    pub twitter: Option<String>,
    /// YouTube.
    pub youtube: Option<String>,
    /// Twitch.
    pub twitch: Option<String>,
    /// Guilded.
    pub guilded: Option<String>,
    /// Who may see them.
    pub visibility: Option<SocialNetworkVisibility>,
}

impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for User {}

impl Hash for User {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for User {
    /// The name, with the id: `@Roblox (user 1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_user(f, self.username.as_deref(), self.id)
    }
}

fn write_user(f: &mut fmt::Formatter<'_>, username: Option<&str>, id: u64) -> fmt::Result {
    let username = username.map(|username| format!("@{username}"));
    write_named(f, username.as_deref(), "user", id)
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_creator(
            serializer,
            "user",
            self.id,
            self.username.as_deref(),
            self.verified,
        )
    }
}

impl fmt::Display for UserInfo {
    /// As a [`User`]: `@Roblox (user 1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_user(f, self.username.as_deref(), self.id)
    }
}

objects!(WireUser, WireProfiles);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireUser {
    path: Maybe<String>,
    create_time: Maybe<OffsetDateTime>,
    name: Maybe<String>,
    display_name: Maybe<String>,
    about: Maybe<String>,
    locale: Maybe<String>,
    premium: Maybe<bool>,
    id_verified: Maybe<bool>,
    social_network_profiles: Maybe<WireProfiles>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
struct WireProfiles {
    facebook: Maybe<String>,
    twitter: Maybe<String>,
    youtube: Maybe<String>,
    twitch: Maybe<String>,
    guilded: Maybe<String>,
    visibility: Maybe<SocialNetworkVisibility>,
}

impl From<WireProfiles> for SocialNetworkProfiles {
    fn from(wire: WireProfiles) -> Self {
        Self {
            facebook: wire.facebook.0,
            twitter: wire.twitter.0,
            youtube: wire.youtube.0,
            twitch: wire.twitch.0,
            guilded: wire.guilded.0,
            visibility: wire.visibility.0,
        }
    }
}
