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

pub mod api_key;
pub mod assets;
mod check;
pub mod creator;
pub mod creator_store;
pub mod error;
pub mod experience;
pub mod file;
mod file_body;
pub mod group;
pub mod http;
mod json;
pub mod operation;
pub mod owner;
pub mod pages;
pub mod retry;
mod social_link;
mod text;
pub mod toolbox;
pub mod user;
mod wire;

// The root has what Python has at its top, and what nearly every program names. Builders, lists and results of
// calls are in their modules alone.
#[doc(no_inline)]
pub use api_key::{ApiKey, ApiKeyBuilder, ApiKeyInfo, ApiKeyScope};
#[doc(no_inline)]
pub use assets::{
    Asset, AssetDeliveryLocation, AssetPermissionAction, AssetPermissionSubject, AssetPreview,
    AssetPrivacy, AssetQuota, AssetQuotaPeriod, AssetQuotaType, AssetState, AssetType,
    AssetVersion, ModerationStatus,
};
#[doc(no_inline)]
pub use creator::Creator;
#[doc(no_inline)]
pub use creator_store::{CreatorStoreProduct, Money, ProductRestriction};
#[doc(no_inline)]
pub use error::{Error, ErrorKind, Result};
#[doc(no_inline)]
pub use experience::{Experience, ExperienceAgeRating, ExperienceVisibility};
#[doc(no_inline)]
pub use file::AssetFile;
#[doc(no_inline)]
pub use group::Group;
#[doc(no_inline)]
pub use http::{path_segment, send_request};
#[doc(no_inline)]
pub use operation::{Operation, WaitOptions};
#[doc(no_inline)]
pub use owner::UserOrGroup;
#[doc(no_inline)]
pub use retry::RetryPolicy;
pub use social_link::SocialLink;
pub use text::printable;
#[doc(no_inline)]
pub use toolbox::{
    AudioType, InstanceType, MusicChartType, SocialLinkType, ToolboxAsset, ToolboxAssetSubtype,
    ToolboxSearchContext, ToolboxSearchSortCategory,
};
#[doc(no_inline)]
pub use user::{SocialNetworkProfiles, SocialNetworkVisibility, User};

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
    shared_between_threads::<assets::Download>();
    shared_between_threads::<Operation<Asset>>();
    shared_between_threads::<WaitOptions>();
    shared_between_threads::<pages::Pages<ToolboxAsset, ToolboxSearchContext>>();
    shared_between_threads::<http::Request>();
    shared_between_threads::<http::Response>();
    shared_between_threads::<toolbox::SearchToolbox>();
    shared_between_threads::<UserOrGroup>();
};

/// The guides, with examples that are compiled and run. They exist in the documentation alone.
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
