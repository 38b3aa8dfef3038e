#![doc = "[guides]: crate::guides\n[porting-from-python]: crate::guides::porting_from_python\n"]
#![doc = include_str!("../README.md")]
// Bad input gets an error, never a panic, and a library does not print.
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod api_key;
mod assets;
mod check;
mod creator;
mod creator_store;
mod error;
mod experience;
mod http;
mod multipart;
mod operation;
mod pages;
mod retry;
mod text;
mod toolbox;
mod wire;

pub use api_key::{ApiKey, ApiKeyBuilder, ApiKeyInfo, ApiKeyScope, ScopeDataStore, ScopeTargets};
pub use assets::{
    Asset, AssetDeliveryLocation, AssetFile, AssetPermissionAction, AssetPermissionRequest,
    AssetPermissionResult, AssetPermissionResultError, AssetPermissionSubject, AssetPreview,
    AssetPrivacy, AssetQuota, AssetQuotaPeriod, AssetQuotaType, AssetState, AssetType,
    AssetVersion, Download, FetchAssetDeliveryLocation, ListAssetQuotas, ListAssetVersions,
    ModerationStatus, UpdateAsset, UploadAsset,
};
pub use creator::{
    Creator, Group, GroupInfo, SocialNetworkProfiles, SocialNetworkVisibility, User, UserInfo,
    UserOrGroup,
};
pub use creator_store::{CreatorStoreProduct, Money, ProductRestriction, SaveCreatorStoreProduct};
pub use error::{
    ApiError, DecodeError, Error, ErrorKind, FileError, OperationFailure, OperationTimeout,
    PartialError, RejectedPart, Result, TransportError, WaitStopped,
};
pub use experience::{Experience, ExperienceAgeRating, ExperienceInfo, ExperienceVisibility};
pub use http::{Body, Headers, Request, Response, path_segment, send_request};
pub use operation::{Operation, OperationResponse, Poll, WaitOptions};
pub use pages::Pages;
pub use retry::{RateLimit, RateLimitWindow, RetryPolicy};
pub use text::printable;
pub use toolbox::{
    AudioType, InstanceType, MusicChartType, SearchSavedAssets, SearchToolbox, SocialLinkType,
    ToolboxAsset, ToolboxAssetSubtype, ToolboxSearchContext, ToolboxSearchSortCategory,
    ToolboxSearchView, ToolboxSocialLink,
};
pub use wire::SocialLink;

/// JSON as this crate's signatures have it, so that a program needs no `serde_json` of the same version of its own.
#[doc(no_inline)]
pub use serde_json;
/// Times as this crate's signatures have them, so that a program needs no `time` of the same version of its own.
#[doc(no_inline)]
pub use time;

const _: () = {
    const fn shared_between_threads<T: Send + Sync>() {}
    shared_between_threads::<ApiKey>();
    shared_between_threads::<Error>();
    shared_between_threads::<AssetFile>();
    shared_between_threads::<Download>();
    shared_between_threads::<Operation<Asset>>();
    shared_between_threads::<WaitOptions>();
    shared_between_threads::<Pages<ToolboxAsset, ToolboxSearchContext>>();
    shared_between_threads::<Request>();
    shared_between_threads::<Response>();
    shared_between_threads::<SearchToolbox>();
    shared_between_threads::<UserOrGroup>();
};

/// The guides. They are here for reading, and so that what they show is compiled; a program has none of them.
#[cfg(any(doc, doctest))]
pub mod guides {
    // A link that is defined twice leads where the first definition says: to a module here, and to a file in
    // the repository.
    #[doc = include_str!("../docs/assets.md")]
    pub mod assets {}
    #[doc = "[sharing-a-rate-limit]: crate::guides::threads_and_bulk_work#sharing-a-rate-limit\n"]
    #[doc = include_str!("../docs/errors-and-retries.md")]
    pub mod errors_and_retries {}
    #[doc = include_str!("../docs/operations.md")]
    pub mod operations {}
    #[doc = "[errors-and-retries]: crate::guides::errors_and_retries\n"]
    #[doc = include_str!("../docs/porting-from-python.md")]
    pub mod porting_from_python {}
    #[doc = "[errors-and-retries]: crate::guides::errors_and_retries\n"]
    #[doc = include_str!("../docs/requests.md")]
    pub mod requests {}
    #[doc = include_str!("../docs/security.md")]
    pub mod security {}
    #[doc = include_str!("../docs/testing-your-script.md")]
    pub mod testing_your_script {}
    #[doc = "[an-upload-happens-once]: crate::guides::assets#an-upload-happens-once"]
    #[doc = "[operations]: crate::guides::operations"]
    #[doc = "[rate-limits]: crate::guides::errors_and_retries#rate-limits\n"]
    #[doc = include_str!("../docs/threads-and-bulk-work.md")]
    pub mod threads_and_bulk_work {}
    #[doc = include_str!("../docs/toolbox.md")]
    pub mod toolbox {}

    #[cfg(doctest)]
    #[doc = include_str!("../docs/contributing.md")]
    mod contributing {}
}
