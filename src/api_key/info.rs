//! [`ApiKeyInfo`]: what a key may do.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::creator::{Group, User};
use crate::error::Result;
use crate::experience::Experience;
use crate::http::Client;
use crate::wire::{Lenient, WithoutNulls, objects, text_or_number, write_time};

/// What Roblox says about a key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ApiKeyInfo {
    /// The name that the key was given.
    pub name: String,
    /// Whether the key is enabled.
    pub enabled: bool,
    /// Whether the key has expired.
    pub expired: bool,
    /// When the key expires, if it does.
    #[serde(serialize_with = "write_time")]
    pub expires_at: Option<OffsetDateTime>,
    /// Who generated the key; for a group's key the user who last did.
    pub authorized_user: User,
    /// What the key may do.
    pub scopes: Vec<ApiKeyScope>,
}

impl ApiKeyInfo {
    /// Whether the key has a scope and an operation of it, such as `asset` and `write`, for anything at all.
    #[must_use]
    pub fn allows(&self, scope: &str, operation: &str) -> bool {
        let mut scopes = self.scopes.iter().filter(|known| known.name == scope);
        scopes.any(|scope| scope.operations.iter().any(|known| known == operation))
    }
}

/// One thing that a key may do, and where.
///
/// A resource that the scope has nothing to do with is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ApiKeyScope {
    /// The name, such as `universe-datastores.objects`.
    pub name: String,
    /// What is allowed, such as `read` and `write`.
    pub operations: Vec<String>,
    /// In which experiences.
    pub experiences: Option<ScopeTargets<Experience>>,
    /// For which users.
    pub users: Option<ScopeTargets<User>>,
    /// For which groups.
    pub groups: Option<ScopeTargets<Group>>,
    /// In which data stores, where the scope names them one by one. Experiences all of whose data
    /// stores are allowed are in [`experiences`](Self::experiences).
    pub datastores: Option<Vec<ScopeDataStore>>,
}

/// Everything of a kind, or a list of what is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum ScopeTargets<T> {
    /// Everything, which is `*` on the wire and `True` in Python.
    All,
    /// What is listed.
    Listed(Vec<T>),
}

impl<T> ScopeTargets<T> {
    /// Whether everything is meant.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// What is listed; nothing when everything is meant.
    #[must_use]
    pub fn listed(&self) -> &[T] {
        match self {
            Self::All => &[],
            Self::Listed(list) => list,
        }
    }
}

/// A data store that a scope names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScopeDataStore {
    /// The experience it is in.
    pub experience: Experience,
    /// Its name.
    pub name: String,
}

objects!(WireInfo, WireScope, WireDataStore);

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
pub(super) struct WireInfo {
    #[serde(default)]
    name: Option<String>,
    authorized_user_id: Lenient<u64>,
    #[serde(default)]
    scopes: WithoutNulls<WireScope>,
    enabled: bool,
    #[serde(default)]
    expired: Option<bool>,
    #[serde(default)]
    expiration_time_utc: Lenient<Option<OffsetDateTime>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
struct WireScope {
    name: String,
    #[serde(default)]
    operations: WithoutNulls<String>,
    #[serde(default)]
    universe_datastores: Option<Vec<WireDataStore>>,
    #[serde(default)]
    group_ids: Option<Vec<WireTarget>>,
    #[serde(default)]
    user_ids: Option<Vec<WireTarget>>,
    #[serde(default)]
    universe_ids: Option<Vec<WireTarget>>,
}

#[derive(Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
struct WireDataStore {
    universe_id: WireTarget,
    #[serde(default)]
    datastore_name: Option<String>,
}

/// An id, or `*` for all.
enum WireTarget {
    All,
    Id(u64),
}

impl<'de> Deserialize<'de> for WireTarget {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let target = text_or_number(deserializer, |text| match text {
            "*" => Some(Self::All),
            id => id.parse().ok().map(Self::Id),
        })?;
        target.ok_or_else(|| serde::de::Error::custom("expected an id or *"))
    }
}

impl WireInfo {
    pub(super) fn into_info(self, client: &Client) -> ApiKeyInfo {
        ApiKeyInfo {
            name: self.name.unwrap_or_default(),
            enabled: self.enabled,
            expired: self.expired.unwrap_or_default(),
            expires_at: self.expiration_time_utc.0,
            authorized_user: User::new(self.authorized_user_id.0, client.clone()),
            scopes: self
                .scopes
                .0
                .into_iter()
                .map(|scope| scope.into_scope(client))
                .collect(),
        }
    }
}

impl WireScope {
    fn into_scope(self, client: &Client) -> ApiKeyScope {
        let experience = |id| Experience::new(id, client.clone());
        let mut experiences = self.universe_ids.map(|ids| targets(ids, experience));
        let datastores = self.universe_datastores.map(|entries| {
            let mut named = Vec::new();
            for entry in entries {
                let whole = match (entry.universe_id, entry.datastore_name) {
                    (WireTarget::All, _) => ScopeTargets::All,
                    (WireTarget::Id(id), Some(name)) if name != "*" => {
                        named.push(ScopeDataStore {
                            experience: experience(id),
                            name,
                        });
                        continue;
                    }
                    (WireTarget::Id(id), _) => ScopeTargets::Listed(vec![experience(id)]),
                };
                add(
                    experiences.get_or_insert(ScopeTargets::Listed(Vec::new())),
                    whole,
                );
            }
            named
        });
        ApiKeyScope {
            name: self.name,
            operations: self.operations.0,
            experiences,
            users: self
                .user_ids
                .map(|ids| targets(ids, |id| User::new(id, client.clone()))),
            groups: self
                .group_ids
                .map(|ids| targets(ids, |id| Group::new(id, client.clone()))),
            datastores,
        }
    }
}

fn targets<T>(ids: Vec<WireTarget>, handle: impl Fn(u64) -> T) -> ScopeTargets<T> {
    let ids = ids.into_iter().map(|target| match target {
        WireTarget::All => None,
        WireTarget::Id(id) => Some(handle(id)),
    });
    ids.collect::<Option<Vec<_>>>()
        .map_or(ScopeTargets::All, ScopeTargets::Listed)
}

fn add(targets: &mut ScopeTargets<Experience>, more: ScopeTargets<Experience>) {
    match (&mut *targets, more) {
        (ScopeTargets::All, _) => {}
        (_, ScopeTargets::All) => *targets = ScopeTargets::All,
        (ScopeTargets::Listed(list), ScopeTargets::Listed(more)) => {
            for experience in more {
                if !list.contains(&experience) {
                    list.push(experience);
                }
            }
        }
    }
}
