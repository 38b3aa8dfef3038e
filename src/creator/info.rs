//! What Roblox tells of users and groups.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Group, User, write_named, write_user};
use crate::error::Result;
use crate::wire::{Lenient, objects, open_enum, path_id, write_time};

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

/// What Roblox tells of a user. Every member but the id may be absent.
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

/// What Roblox tells of a group. Every member but the id may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupInfo {
    /// The group's id.
    pub id: u64,
    /// The resource path, such as `groups/1`.
    pub path: Option<String>,
    /// When the group was made.
    #[serde(serialize_with = "write_time")]
    pub created_at: Option<OffsetDateTime>,
    /// When the group was last changed.
    #[serde(serialize_with = "write_time")]
    pub updated_at: Option<OffsetDateTime>,
    /// The group's name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Who owns it; nobody when it was abandoned.
    pub owner: Option<User>,
    /// How many members it has.
    pub member_count: Option<i32>,
    /// Whether anyone may join.
    pub public_entry_allowed: Option<bool>,
    /// Whether it is locked.
    pub locked: Option<bool>,
    /// Whether it is verified.
    pub verified: Option<bool>,
}

impl fmt::Display for UserInfo {
    /// As a [`User`]: `@Roblox (user 1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_user(f, self.username.as_deref(), self.id)
    }
}

impl fmt::Display for GroupInfo {
    /// As a [`Group`]: `Roblox (group 7)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_named(f, self.name.as_deref(), "group", self.id)
    }
}

objects!(WireUser, WireProfiles, WireGroup);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireUser {
    path: Option<String>,
    create_time: Lenient<Option<OffsetDateTime>>,
    name: Option<String>,
    display_name: Option<String>,
    about: Option<String>,
    locale: Option<String>,
    premium: Option<bool>,
    id_verified: Option<bool>,
    social_network_profiles: Option<SocialNetworkProfiles>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireGroup {
    path: Option<String>,
    create_time: Lenient<Option<OffsetDateTime>>,
    update_time: Lenient<Option<OffsetDateTime>>,
    display_name: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    member_count: Lenient<Option<i32>>,
    public_entry_allowed: Option<bool>,
    locked: Option<bool>,
    verified: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
struct WireProfiles {
    facebook: Option<String>,
    twitter: Option<String>,
    youtube: Option<String>,
    twitch: Option<String>,
    guilded: Option<String>,
    visibility: Option<SocialNetworkVisibility>,
}

impl From<WireProfiles> for SocialNetworkProfiles {
    fn from(wire: WireProfiles) -> Self {
        Self {
            facebook: wire.facebook,
            twitter: wire.twitter,
            youtube: wire.youtube,
            twitch: wire.twitch,
            guilded: wire.guilded,
            visibility: wire.visibility,
        }
    }
}

impl User {
    /// Fetches what Roblox tells of the user.
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
        let wire: WireUser = self.client.get(format!("/users/{}", self.id)).fetch()?;
        Ok(UserInfo {
            id: self.id,
            path: wire.path,
            created_at: wire.create_time.0,
            username: wire.name,
            display_name: wire.display_name,
            about: wire.about,
            locale: wire.locale,
            premium: wire.premium,
            id_verified: wire.id_verified,
            social_network_profiles: wire.social_network_profiles,
        })
    }
}

impl Group {
    /// Fetches what Roblox tells of the group.
    ///
    /// Scope: none. Rate limit: 150 requests a minute, 30 with OAuth2. Source:
    /// [`GET cloud/v2/groups/{group_id}`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/Group
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("key")?;
    /// let info = api_key.get_group(7).fetch_info()?;
    /// println!("{} has {} members", info.name.unwrap_or_default(), info.member_count.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) when there is no such group.
    #[inline]
    pub fn fetch_info(&self) -> Result<GroupInfo> {
        let wire: WireGroup = self.client.get(format!("/groups/{}", self.id)).fetch()?;
        let owner = wire
            .owner
            .as_deref()
            .and_then(|path| path_id(path, "users"));
        Ok(GroupInfo {
            id: self.id,
            path: wire.path,
            created_at: wire.create_time.0,
            updated_at: wire.update_time.0,
            name: wire.display_name,
            description: wire.description,
            owner: owner.map(|id| User::new(id, self.client.clone())),
            member_count: wire.member_count.0,
            public_entry_allowed: wire.public_entry_allowed,
            locked: wire.locked,
            verified: wire.verified,
        })
    }
}
