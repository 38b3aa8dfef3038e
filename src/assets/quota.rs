//! How many assets a user may still upload.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::AssetType;
use crate::check::{self, Check, Invalid};
use crate::error::Result;
use crate::http::{Client, Request, common_setters};
use crate::pages::{Cursor, Items, Page, Pages, page_size};
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
        ListAssetQuotas::new(&self.client, self.id)
    }
}

/// A list of quotas, made by [`User::list_asset_quotas`](crate::User::list_asset_quotas).
///
/// Arguments that the service is documented not to take are the error of the first result, without a request; see
/// [`unchecked`](Self::unchecked).
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is iterated over"]
pub struct ListAssetQuotas {
    request: Request,
    quota_type: Option<AssetQuotaType>,
    asset_type: Option<AssetType>,
    limit: Option<u64>,
    start: Cursor,
}

common_setters!(ListAssetQuotas);

impl ListAssetQuotas {
    pub(crate) fn new(client: &Client, user_id: u64) -> Self {
        let mut request = client
            .get(format!("/users/{user_id}/asset-quotas"))
            .scopes(&["asset:read"]);
        request.check("user", check::id("the user's id", user_id));
        Self {
            request,
            quota_type: None,
            asset_type: None,
            limit: None,
            start: Cursor::Start,
        }
    }

    /// Only quotas that limit this.
    pub fn quota_type(mut self, quota_type: AssetQuotaType) -> Self {
        self.quota_type = Some(quota_type);
        self
    }

    /// Only quotas for these assets.
    pub fn asset_type(mut self, asset_type: impl Into<AssetType>) -> Self {
        let asset_type = asset_type.into();
        self.request.check("asset_type", check_type(&asset_type));
        self.asset_type = Some(asset_type);
        self
    }

    /// How many quotas to give at most, over all pages.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The page to begin at, as [`Pages::cursor`] gave it.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        let token = token.into();
        self.request.check("page_token", check::page_token(&token));
        self.start = Cursor::Token(token);
        self
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

fn check_type(asset_type: &AssetType) -> Check {
    if !WITHOUT_QUOTA.contains(asset_type) {
        return Ok(());
    }
    Err(Invalid(format!(
        "asset_type must be a type that quotas are for, which are all but {}, not {asset_type}",
        check::list(WITHOUT_QUOTA)
    )))
}

impl IntoIterator for ListAssetQuotas {
    type Item = Result<AssetQuota>;
    type IntoIter = Pages<AssetQuota>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        const LARGEST_PAGE: u64 = 100;
        let filter = self.filter();
        let mut request = self.request;
        request.set_all("filter", filter);
        request.set("maxPageSize", page_size(self.limit, LARGEST_PAGE));
        Pages::new(
            request,
            "pageToken",
            self.start,
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
