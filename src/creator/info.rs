//! What Roblox tells of users and groups.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Group, User, write_named, write_user};
use crate::check;
use crate::error::Result;
use crate::wire::{Maybe, objects, open_enum, write_time};

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
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireGroup {
    path: Maybe<String>,
    create_time: Maybe<OffsetDateTime>,
    update_time: Maybe<OffsetDateTime>,
    display_name: Maybe<String>,
    description: Maybe<String>,
    owner: Maybe<String>,
    member_count: Maybe<i32>,
    public_entry_allowed: Maybe<bool>,
    locked: Maybe<bool>,
    verified: Maybe<bool>,
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
        check::id("the group's id", self.id)?;
        let wire: WireGroup = self.client.get(format!("/groups/{}", self.id)).fetch()?;
        let owner = wire.owner.path_id("users");
        Ok(GroupInfo {
            id: self.id,
            path: wire.path.0,
            created_at: wire.create_time.0,
            updated_at: wire.update_time.0,
            name: wire.display_name.0,
            description: wire.description.0,
            owner: owner.map(|id| User::new(id, self.client.clone())),
            member_count: wire.member_count.0,
            public_entry_allowed: wire.public_entry_allowed.0,
            locked: wire.locked.0,
            verified: wire.verified.0,
        })
    }
}
