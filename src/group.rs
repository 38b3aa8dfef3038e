//! Groups: [`Group`], a handle, and information about one.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! let group = api_key.get_group(7);
//! println!("{} members", group.fetch_info()?.member_count.unwrap_or_default());
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
use crate::user::User;
use crate::wire::{Maybe, objects, write_creator, write_time};

/// A group. It is a handle: making one sends nothing, and two are equal when their ids are.
#[derive(Clone)]
#[non_exhaustive]
pub struct Group {
    /// The group's id.
    pub id: u64,
    /// The group's name, if the response that this handle comes from gave it.
    pub name: Option<String>,
    /// Whether the group is verified, if the response that this handle comes from said so.
    pub verified: Option<bool>,
    pub(crate) client: Client,
}

impl Group {
    pub(crate) fn new(id: u64, client: Client) -> Self {
        Self {
            id,
            name: None,
            verified: None,
            client,
        }
    }

    /// Fetches information about the group.
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

/// Information about a group. Every field but the id may be absent.
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

impl PartialEq for Group {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Group {}

impl Hash for Group {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Group {
    /// The name, with the id: `Roblox (group 7)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_named(f, self.name.as_deref(), "group", self.id)
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_creator(
            serializer,
            "group",
            self.id,
            self.name.as_deref(),
            self.verified,
        )
    }
}

impl fmt::Display for GroupInfo {
    /// As a [`Group`]: `Roblox (group 7)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_named(f, self.name.as_deref(), "group", self.id)
    }
}

objects!(WireGroup);

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
