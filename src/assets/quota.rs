//! How many assets a user may still upload.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::AssetType;
use crate::check::{self, Check, Invalid};
use crate::error::Result;
use crate::http::Client;
use crate::pages::{Cursor, Items, Page, Pages};
use crate::user::User;
use crate::wire::{Entries, Entry, Maybe, PageToken, objects, open_enum, write_time};

open_enum! {
    /// What a quota limits.
    AssetQuotaType {
        /// Uploads.
        RateLimitUpload = "RATE_LIMIT_UPLOAD" | "RateLimitUpload",
        /// Distributing assets in the creator store.
        RateLimitCreatorStoreDistribute = "RATE_LIMIT_CREATOR_STORE_DISTRIBUTE" | "RateLimitCreatorStoreDistribute",
    }
}

open_enum! {
    /// The time that a quota is for.
    AssetQuotaPeriod {
        /// A month.
        Month = "MONTH" | "Month",
        /// A day.
        Day = "DAY" | "Day",
    }
}

/// A quota of a user: how much of it there is, and how much is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WireQuota")]
#[non_exhaustive]
pub struct AssetQuota {
    /// The resource path.
    pub path: Option<String>,
    /// What it limits.
    pub quota_type: Option<AssetQuotaType>,
    /// Which assets it is for.
    pub asset_type: Option<AssetType>,
    /// How much of it is used.
    pub usage: i64,
    /// How much of it there is.
    pub capacity: i64,
    /// The time that it is for.
    pub period: Option<AssetQuotaPeriod>,
    /// When it starts anew.
    #[serde(serialize_with = "write_time")]
    pub resets_at: Option<OffsetDateTime>,
}

impl AssetQuota {
    /// How much of it is left.
    #[must_use]
    pub fn remaining(&self) -> i64 {
        self.capacity.saturating_sub(self.usage).max(0)
    }
}

/// The types that no quota is for.
const WITHOUT_QUOTA: &[AssetType] = &[
    AssetType::Badge,
    AssetType::Package,
    AssetType::GamePass,
    AssetType::FaceMakeup,
    AssetType::LipMakeup,
    AssetType::EyeMakeup,
    AssetType::StorePreviewVideo,
];

impl User {
    /// How many assets the user may still upload, by kind of asset, as pages that are fetched when they are
    /// needed.
    ///
    /// Scope: `asset:read`. Rate limit: 60 requests a minute. Source:
    /// [`GET cloud/v2/users/{user_id}/asset-quotas`][source].
    ///
    /// [source]: https://create.roblox.com/docs/cloud/reference/AssetQuota
    ///
    /// ```no_run
    /// # fn main() -> rblxopencloud::Result<()> {
    /// # let api_key = rblxopencloud::ApiKey::new("your-api-key")?;
    /// for quota in api_key.get_user(287113233).list_asset_quotas() {
    ///     let quota = quota?;
    ///     println!("{:?}: {} left", quota.asset_type, quota.remaining());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_asset_quotas(&self) -> ListAssetQuotas {
        ListAssetQuotas::new(self.client.clone(), self.id)
    }
}

/// A list of quotas, made by [`User::list_asset_quotas`](crate::User::list_asset_quotas).
///
/// Arguments that the service is documented not to take are the error of the first result, without a request; see
/// [`unchecked`](Self::unchecked).
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is iterated over"]
pub struct ListAssetQuotas {
    client: Client,
    user_id: u64,
    quota_type: Option<AssetQuotaType>,
    asset_type: Option<AssetType>,
    limit: Option<u64>,
    page_token: Option<String>,
    timeout: Option<Duration>,
    unchecked: bool,
}

impl ListAssetQuotas {
    pub(crate) fn new(client: Client, user_id: u64) -> Self {
        Self {
            client,
            user_id,
            quota_type: None,
            asset_type: None,
            limit: None,
            page_token: None,
            timeout: None,
            unchecked: false,
        }
    }

    /// Only quotas that limit this.
    pub fn quota_type(mut self, quota_type: AssetQuotaType) -> Self {
        self.quota_type = Some(quota_type);
        self
    }

    /// Only quotas for these assets.
    pub fn asset_type(mut self, asset_type: impl Into<AssetType>) -> Self {
        self.asset_type = Some(asset_type.into());
        self
    }

    /// How many quotas to give at most, over all pages.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The page to begin at, as [`Pages::cursor`] gave it.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.page_token = Some(token.into());
        self
    }

    /// How long nothing may move before a request fails; as [`Request::timeout`](crate::http::Request::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends the request without checking its arguments first: the service's limits may have moved.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    fn check(&self) -> Check {
        check::id("the user's id", self.user_id)?;
        if let Some(asset_type) = &self.asset_type {
            if WITHOUT_QUOTA.contains(asset_type) {
                return Err(Invalid(format!(
                    "asset_type must be a type that quotas are for, which are all but {}, not {asset_type}",
                    check::list(WITHOUT_QUOTA)
                )));
            }
        }
        check::page_token(self.page_token.as_deref())
    }

    /// As the filter writes them: `quotaType == RateLimitUpload && assetType == Audio`.
    fn filter(&self) -> Option<String> {
        let quota_type = self.quota_type.as_ref().map(|kind| match kind {
            AssetQuotaType::RateLimitUpload => "quotaType == RateLimitUpload".to_owned(),
            AssetQuotaType::RateLimitCreatorStoreDistribute => {
                "quotaType == RateLimitCreatorStoreDistribute".to_owned()
            }
            AssetQuotaType::Unknown(kind) => format!("quotaType == {kind}"),
        });
        let asset_type = self
            .asset_type
            .as_ref()
            .map(|kind| format!("assetType == {}", kind.as_str()));
        let parts: Vec<_> = [quota_type, asset_type].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" && "))
    }
}

impl IntoIterator for ListAssetQuotas {
    type Item = Result<AssetQuota>;
    type IntoIter = Pages<AssetQuota>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        const LARGEST_PAGE: u64 = 100;
        let mut request = self
            .client
            .get(format!("/users/{}/asset-quotas", self.user_id))
            .scopes(&["asset:read"])
            .maybe_timeout(self.timeout)
            .params(self.filter().map(|filter| ("filter", filter)))
            .param(
                "maxPageSize",
                self.limit.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE),
            );
        if !self.unchecked {
            if let Err(Invalid(why)) = self.check() {
                request.refuse(why);
            }
        }
        let start = self.page_token.map_or(Cursor::Start, Cursor::Token);
        Pages::new(
            request,
            "pageToken",
            start,
            self.limit,
            |page: WireQuotas| Page {
                items: Items::new(
                    page.asset_quotas.len(),
                    page.asset_quotas.into_iter().map(AssetQuota::from),
                ),
                context: ().into(),
                next: page.next_page_token.into(),
            },
        )
    }
}

objects!(WireQuotas, WireQuota);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireQuotas {
    asset_quotas: Entries<WireQuota>,
    next_page_token: PageToken,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireQuota {
    path: Maybe<String>,
    quota_type: Maybe<AssetQuotaType>,
    asset_type: Maybe<AssetType>,
    usage: Maybe<i64>,
    capacity: Maybe<i64>,
    period: Maybe<AssetQuotaPeriod>,
    usage_reset_time: Maybe<OffsetDateTime>,
}

impl Entry for WireQuota {
    fn is_of_use(&self) -> bool {
        self.path.0.is_some()
            || self.quota_type.0.is_some()
            || self.asset_type.0.is_some()
            || self.usage.0.is_some()
            || self.capacity.0.is_some()
    }
}

impl From<WireQuota> for AssetQuota {
    fn from(wire: WireQuota) -> Self {
        Self {
            path: wire.path.0,
            quota_type: wire.quota_type.0,
            asset_type: wire.asset_type.0,
            usage: wire.usage.0.unwrap_or_default(),
            capacity: wire.capacity.0.unwrap_or_default(),
            period: wire.period.0,
            resets_at: wire.usage_reset_time.0,
        }
    }
}
