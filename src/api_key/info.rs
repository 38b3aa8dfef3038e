//! [`ApiKeyInfo`]: what a key may do.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::experience::Experience;
use crate::group::Group;
use crate::http::Client;
use crate::user::User;
use crate::wire::{FromScalar, Id, List, Listed, Maybe, Scalar, objects, write_time};

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

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
pub(super) struct WireInfo {
    name: Maybe<String>,
    authorized_user_id: Maybe<Id>,
    scopes: List<WireScope>,
    enabled: Maybe<bool>,
    expired: Maybe<bool>,
    expiration_time_utc: Maybe<OffsetDateTime>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireScope {
    name: Maybe<String>,
    operations: List<String>,
    universe_datastores: Maybe<Listed<WireDataStore>>,
    group_ids: Maybe<Listed<WireTarget>>,
    user_ids: Maybe<Listed<WireTarget>>,
    universe_ids: Maybe<Listed<WireTarget>>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireDataStore {
    universe_id: Maybe<WireTarget>,
    datastore_name: Maybe<String>,
}

/// An id, or `*` for all.
enum WireTarget {
    All,
    Id(u64),
}

impl FromScalar for WireTarget {
    /// It becomes a handle, which is larger; a real id is written in as many bytes.
    const LEAST_WRITTEN: usize = 12;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        match scalar {
            Scalar::Text("*") => Some(Self::All),
            id => Id::from_scalar(id).map(|Id(id)| Self::Id(id)),
        }
    }
}

impl WireInfo {
    pub(super) fn into_info(self, client: &Client) -> Result<ApiKeyInfo, &'static str> {
        let user_id = self
            .authorized_user_id
            .id()
            .ok_or("it does not name the key's user")?;
        Ok(ApiKeyInfo {
            name: self.name.0.unwrap_or_default(),
            enabled: self.enabled.0.unwrap_or_default(),
            expired: self.expired.0.unwrap_or_default(),
            expires_at: self.expiration_time_utc.0,
            authorized_user: User::new(user_id, client.clone()),
            scopes: self
                .scopes
                .0
                .into_iter()
                .filter_map(|scope| scope.into_scope(client))
                .collect(),
        })
    }
}

impl WireScope {
    /// `None` for a scope without a name: it allows nothing that is known.
    fn into_scope(self, client: &Client) -> Option<ApiKeyScope> {
        let name = self.name.0?;
        let experience = |id| Experience::new(id, client.clone());
        let mut experiences = self.universe_ids.0.map(|ids| targets(ids, experience));
        let mut listed = experience_ids(experiences.as_ref());
        let datastores = self.universe_datastores.0.map(|Listed(List(entries))| {
            let is_named = |entry: &&WireDataStore| {
                let name = entry.datastore_name.0.as_deref();
                name.is_some_and(|name| name != "*")
            };
            let mut named = Vec::with_capacity(entries.iter().filter(is_named).count());
            listed.reserve(entries.len() - named.capacity());
            for entry in entries {
                match (entry.universe_id.0, entry.datastore_name.0) {
                    (None, _) => {}
                    (Some(WireTarget::All), _) => experiences = Some(ScopeTargets::All),
                    (Some(WireTarget::Id(id)), Some(name)) if name != "*" => {
                        named.push(ScopeDataStore {
                            experience: experience(id),
                            name,
                        });
                    }
                    (Some(WireTarget::Id(id)), _) => {
                        let none = || ScopeTargets::Listed(Vec::new());
                        if let ScopeTargets::Listed(list) = experiences.get_or_insert_with(none) {
                            if listed.insert(id) {
                                list.push(experience(id));
                            }
                        }
                    }
                }
            }
            named
        });
        let (users, groups) = (self.user_ids.0, self.group_ids.0);
        Some(ApiKeyScope {
            name,
            operations: self.operations.0,
            experiences,
            users: users.map(|ids| targets(ids, |id| User::new(id, client.clone()))),
            groups: groups.map(|ids| targets(ids, |id| Group::new(id, client.clone()))),
            datastores,
        })
    }
}

fn experience_ids(targets: Option<&ScopeTargets<Experience>>) -> HashSet<u64> {
    let listed = targets.map(ScopeTargets::listed).unwrap_or_default();
    listed.iter().map(|experience| experience.id).collect()
}

fn targets<T>(Listed(List(ids)): Listed<WireTarget>, handle: impl Fn(u64) -> T) -> ScopeTargets<T> {
    let mut listed = Vec::with_capacity(ids.len());
    for target in ids {
        match target {
            WireTarget::All => return ScopeTargets::All,
            WireTarget::Id(id) => listed.push(handle(id)),
        }
    }
    ScopeTargets::Listed(listed)
}
