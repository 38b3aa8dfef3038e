//! Owners: [`UserOrGroup`], the type of every `creator`.
//!
//! ```no_run
//! # fn main() -> rblxopencloud::Result<()> {
//! # let api_key = rblxopencloud::ApiKey::new("key")?;
//! use rblxopencloud::UserOrGroup;
//!
//! match api_key.fetch_asset(2205400862)?.creator {
//!     Some(UserOrGroup::User(user)) => println!("of user {}", user.id),
//!     Some(UserOrGroup::Group(group)) => println!("of group {}", group.id),
//!     None => println!("of nobody known"),
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt;

use serde::{Serialize, Serializer};

use crate::group::Group;
use crate::http::Client;
use crate::user::User;

/// A user or a group: the type of every `creator`.
#[derive(Clone, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the name says that there are two")]
pub enum UserOrGroup {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
}

impl UserOrGroup {
    /// The user where a response names one, or else the group.
    pub(crate) fn from_ids(user: Option<u64>, group: Option<u64>, client: &Client) -> Option<Self> {
        match (user, group) {
            (Some(id), _) => Some(Self::User(User::new(id, client.clone()))),
            (None, Some(id)) => Some(Self::Group(Group::new(id, client.clone()))),
            (None, None) => None,
        }
    }

    /// The id of the user or group.
    #[must_use]
    pub fn id(&self) -> u64 {
        match self {
            Self::User(user) => user.id,
            Self::Group(group) => group.id,
        }
    }

    /// The user, when it is one.
    #[must_use]
    pub fn as_user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Group(_) => None,
        }
    }

    /// The group, when it is one.
    #[must_use]
    pub fn as_group(&self) -> Option<&Group> {
        match self {
            Self::User(_) => None,
            Self::Group(group) => Some(group),
        }
    }

    /// The name of the user or group, if the response that this handle comes from gave it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User(user) => user.username.as_deref(),
            Self::Group(group) => group.name.as_deref(),
        }
    }

    /// Whether the user or group is verified, if the response that this handle comes from said so.
    #[must_use]
    pub fn verified(&self) -> Option<bool> {
        match self {
            Self::User(user) => user.verified,
            Self::Group(group) => group.verified,
        }
    }
}

impl From<User> for UserOrGroup {
    fn from(user: User) -> Self {
        Self::User(user)
    }
}

impl From<Group> for UserOrGroup {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

impl From<&User> for UserOrGroup {
    fn from(user: &User) -> Self {
        Self::User(user.clone())
    }
}

impl From<&Group> for UserOrGroup {
    fn from(group: &Group) -> Self {
        Self::Group(group.clone())
    }
}

impl From<&Self> for UserOrGroup {
    fn from(creator: &Self) -> Self {
        creator.clone()
    }
}

impl fmt::Debug for UserOrGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

impl fmt::Display for UserOrGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

impl Serialize for UserOrGroup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(user) => user.serialize(serializer),
            Self::Group(group) => group.serialize(serializer),
        }
    }
}

/// Who can own something: a [`User`], a [`Group`], or the [`UserOrGroup`] that is one of them. It cannot be
/// implemented elsewhere.
pub trait Owner: sealed::Sealed + fmt::Debug {
    /// The id of the user or group.
    fn id(&self) -> u64;

    /// The owner as the type that can be either.
    fn to_user_or_group(&self) -> UserOrGroup;
}

mod sealed {
    use crate::http::Client;

    #[allow(
        unnameable_types,
        reason = "a trait that cannot be named cannot be implemented elsewhere"
    )]
    pub trait Sealed {
        #[doc(hidden)]
        fn client(&self) -> &Client;
    }
}

impl sealed::Sealed for User {
    fn client(&self) -> &Client {
        &self.client
    }
}

impl sealed::Sealed for Group {
    fn client(&self) -> &Client {
        &self.client
    }
}

impl sealed::Sealed for UserOrGroup {
    fn client(&self) -> &Client {
        match self {
            Self::User(user) => &user.client,
            Self::Group(group) => &group.client,
        }
    }
}

impl Owner for User {
    fn id(&self) -> u64 {
        self.id
    }

    fn to_user_or_group(&self) -> UserOrGroup {
        UserOrGroup::User(self.clone())
    }
}

impl Owner for Group {
    fn id(&self) -> u64 {
        self.id
    }

    fn to_user_or_group(&self) -> UserOrGroup {
        UserOrGroup::Group(self.clone())
    }
}

impl Owner for UserOrGroup {
    fn id(&self) -> u64 {
        Self::id(self)
    }

    fn to_user_or_group(&self) -> UserOrGroup {
        self.clone()
    }
}
