//! Granting others the permission to use assets.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use ureq::http::Method;

use super::Asset;
use crate::check::{self, Check};
use crate::error::Result;
use crate::experience::Experience;
use crate::group::Group;
use crate::http::Client;
use crate::retry::RetrySafety;
use crate::user::User;
use crate::wire::{Id, List, Maybe, objects, open_enum};

open_enum! {
    /// What a permission allows.
    AssetPermissionAction {
        /// To edit the asset.
        Edit = "Edit",
        /// To use the asset.
        Use = "Use",
        /// To download the asset.
        Download = "Download",
        /// To copy a place's content out of a running experience.
        CopyFromRcc = "CopyFromRcc",
        /// To update a place from a running experience.
        UpdateFromRcc = "UpdateFromRcc",
    }
}

open_enum! {
    /// Why a permission was not granted.
    AssetPermissionResultError {
        /// Nobody knows.
        UnknownError = "UnknownError",
        /// The request was not valid.
        InvalidRequest = "InvalidRequest",
        /// There is no such asset.
        AssetNotFound = "AssetNotFound",
        /// The key may not manage the asset.
        CannotManageAsset = "CannotManageAsset",
        /// The asset is public, so there is nothing to grant.
        PublicAssetCannotBeGrantedTo = "PublicAssetCannotBeGrantedTo",
        /// The key may not manage whom it is to be granted to.
        CannotManageSubject = "CannotManageSubject",
        /// Whom it is to be granted to does not exist.
        SubjectNotFound = "SubjectNotFound",
        /// Assets of this type have no such permission.
        AssetTypeNotEnabled = "AssetTypeNotEnabled",
        /// The asset has as many permissions as it can have.
        PermissionLimitReached = "PermissionLimitReached",
        /// The asset depends on too many others.
        DependenciesLimitReached = "DependenciesLimitReached",
        /// The permission cannot be asked for.
        NotRequestable = "NotRequestable",
        /// The user who asks is not among the owner's connections.
        RequesterNotAConnection = "RequesterNotAConnection",
        /// It was asked for already.
        AlreadyPending = "AlreadyPending",
        /// It was granted already.
        AlreadyHasAccess = "AlreadyHasAccess",
        /// There is no such request.
        RequestNotFound = "RequestNotFound",
        /// The request is in another state.
        InvalidRequestStatus = "InvalidRequestStatus",
        /// There were too many requests.
        RateLimited = "RateLimited",
        /// The asset is someone else's.
        CallerNotOwner = "CallerNotOwner",
        /// There were too many assets in one request.
        BatchSizeLimitExceeded = "BatchSizeLimitExceeded",
    }
}

/// Whom a permission is granted to. A reference to a [`User`], [`Group`] or [`Experience`] becomes one by
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AssetPermissionSubject {
    /// A user, by id.
    User(u64),
    /// A group, by id.
    Group(u64),
    /// A role of a group, by the role's id.
    GroupRole(u64),
    /// An experience, by its universe id.
    Experience(u64),
    /// Everyone.
    All,
}

impl AssetPermissionSubject {
    fn check(self) -> Check {
        match self {
            Self::User(id) | Self::Group(id) | Self::GroupRole(id) | Self::Experience(id) => {
                check::id("the id of subject", id)
            }
            Self::All => Ok(()),
        }
    }

    fn on_the_wire(self) -> (&'static str, String) {
        match self {
            Self::User(id) => ("User", id.to_string()),
            Self::Group(id) => ("Group", id.to_string()),
            Self::GroupRole(id) => ("GroupRoleset", id.to_string()),
            Self::Experience(id) => ("Universe", id.to_string()),
            Self::All => ("All", String::new()),
        }
    }
}

impl From<&User> for AssetPermissionSubject {
    fn from(user: &User) -> Self {
        Self::User(user.id)
    }
}

impl From<&Group> for AssetPermissionSubject {
    fn from(group: &Group) -> Self {
        Self::Group(group.id)
    }
}

impl From<&Experience> for AssetPermissionSubject {
    fn from(experience: &Experience) -> Self {
        Self::Experience(experience.id)
    }
}

/// An asset that a permission is granted for. A plain id, and a reference to an [`Asset`], become one by
/// themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct AssetPermissionRequest {
    asset_id: u64,
    #[serde(
        rename = "grantToDependencies",
        skip_serializing_if = "Option::is_none"
    )]
    grant_dependencies: Option<bool>,
    #[serde(
        rename = "parentVersionNumber",
        skip_serializing_if = "Option::is_none"
    )]
    version_number: Option<u32>,
}

impl AssetPermissionRequest {
    /// An asset, by id.
    pub const fn new(asset_id: u64) -> Self {
        Self {
            asset_id,
            grant_dependencies: None,
            version_number: None,
        }
    }

    /// Whether to grant it for the assets too that this one depends on.
    pub const fn grant_dependencies(mut self, grant: bool) -> Self {
        self.grant_dependencies = Some(grant);
        self
    }

    /// The version whose dependencies are meant, from 1.
    pub const fn version_number(mut self, version_number: u32) -> Self {
        self.version_number = Some(version_number);
        self
    }

    fn check(&self) -> Check {
        check::id("the id of an asset", self.asset_id)?;
        self.version_number.map_or(Ok(()), check::version_number)
    }
}

impl From<u64> for AssetPermissionRequest {
    fn from(asset_id: u64) -> Self {
        Self::new(asset_id)
    }
}

impl From<&Asset> for AssetPermissionRequest {
    fn from(asset: &Asset) -> Self {
        Self::new(asset.id)
    }
}

/// Whether a permission was granted for one asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AssetPermissionResult {
    /// The asset.
    pub asset_id: u64,
    /// Whether it was granted.
    pub granted: bool,
    /// Why it was not, if the service says.
    pub error: Option<AssetPermissionResultError>,
}

/// Grants a permission, and tells of each asset in the order it was asked for; assets that these depend on,
/// if the service tells of them, come after.
#[inline]
pub(crate) fn grant_assets_permission(
    client: &Client,
    subject: AssetPermissionSubject,
    action: &AssetPermissionAction,
    requests: &[AssetPermissionRequest],
) -> Result<Vec<AssetPermissionResult>> {
    subject.check()?;
    requests
        .iter()
        .try_for_each(AssetPermissionRequest::check)?;
    let (subject_type, subject_id) = subject.on_the_wire();
    let request = client
        .call(
            Method::PATCH,
            "asset-permissions-api/v1/assets/permissions".to_owned(),
        )
        .scopes(&["asset-permissions:write"])
        .retry_safety(RetrySafety::Idempotent)
        .json(&Grant {
            subject_type,
            subject_id,
            action,
            requests,
        });
    let response = request.execute()?;
    let granted: WireGrant = request.decode_with(&response, &["errors"])?;
    if !granted.speaks_of_an_asset() {
        request.decode::<IgnoredAny>(&response)?;
    }
    let outcomes = Outcomes::new(granted);
    let mut results: Vec<_> = requests
        .iter()
        .map(|request| outcomes.result(request.asset_id))
        .collect();
    let mut requested: Vec<_> = requests.iter().map(|request| request.asset_id).collect();
    requested.sort_unstable();
    let others = outcomes
        .ids()
        .filter(|id| requested.binary_search(id).is_err());
    results.extend(
        others
            .take(MOST_DEPENDENCIES)
            .map(|asset_id| outcomes.result(asset_id)),
    );
    Ok(results)
}

/// What became of the assets in the response, by their ids.
struct Outcomes {
    granted: Vec<u64>,
    rejected: Vec<(u64, Option<AssetPermissionResultError>)>,
}

impl Outcomes {
    fn new(wire: WireGrant) -> Self {
        let mut granted = wire.success_asset_ids.into_ids();
        granted.sort_unstable();
        granted.dedup();
        // An entry that names no asset says nothing of any.
        let named = |error: WireGrantError| Some((error.asset_id.id()?, error.code.0));
        let mut rejected: Vec<_> = wire.errors.0.into_iter().filter_map(named).collect();
        // Of several for one asset the last counts.
        rejected.reverse();
        rejected.sort_by_key(|(id, _)| *id);
        rejected.dedup_by_key(|(id, _)| *id);
        Self { granted, rejected }
    }

    /// Every asset, in the order of the ids.
    fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        let mut granted = self.granted.iter().copied().peekable();
        let mut rejected = self.rejected.iter().map(|(id, _)| *id).peekable();
        std::iter::from_fn(move || {
            let id = match (granted.peek(), rejected.peek()) {
                (Some(granted), Some(rejected)) => *granted.min(rejected),
                (Some(id), None) | (None, Some(id)) => *id,
                (None, None) => return None,
            };
            granted.next_if_eq(&id);
            rejected.next_if_eq(&id);
            Some(id)
        })
    }

    fn result(&self, asset_id: u64) -> AssetPermissionResult {
        let rejected = self
            .rejected
            .binary_search_by_key(&asset_id, |(id, _)| *id)
            .ok();
        let rejected = rejected.and_then(|at| self.rejected.get(at));
        AssetPermissionResult {
            asset_id,
            granted: rejected.is_none() && self.granted.binary_search(&asset_id).is_ok(),
            error: rejected.and_then(|(_, error)| error.clone()),
        }
    }
}

/// Assets beside those asked for that a result is given for: more than any asset depends on.
const MOST_DEPENDENCIES: usize = 10_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Grant<'a> {
    subject_type: &'a str,
    subject_id: String,
    action: &'a AssetPermissionAction,
    requests: &'a [AssetPermissionRequest],
}

objects!(WireGrant, WireGrantError);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireGrant {
    success_asset_ids: List<Id>,
    errors: List<WireGrantError>,
}

impl WireGrant {
    /// Whether it speaks of any asset: where it does not, its errors are those of the whole request.
    fn speaks_of_an_asset(&self) -> bool {
        let names_one = |error: &WireGrantError| error.asset_id.id().is_some();
        !self.success_asset_ids.0.is_empty() || self.errors.0.iter().any(names_one)
    }
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireGrantError {
    asset_id: Maybe<Id>,
    code: Maybe<AssetPermissionResultError>,
}
