//! The work that the benchmarks measure, done with `rblxopencloud`.

#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "whatever goes wrong ends the benchmark"
)]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;

use rblxopencloud::toolbox::SearchToolbox;
use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, ToolboxAsset, ToolboxSearchContext};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// Does the work.
#[derive(Debug)]
pub struct Client(ApiKey);

/// A result that is kept, with what its page said.
pub type Kept = (ToolboxAsset, std::sync::Arc<ToolboxSearchContext>);

impl Client {
    /// Trusts the certificates in `roots`, if there are any, in place of the usual ones.
    pub fn new(url: &str, roots: Option<&[u8]>) -> Result<Self> {
        let builder = ApiKey::builder("the-key").base_url(url);
        let builder = match roots {
            Some(roots) => builder.root_certificates(roots),
            None => builder,
        };
        Ok(Self(builder.build()?))
    }

    /// Fetches an asset so many times, one after another.
    pub fn fetch_assets(&self, count: u64) -> Result {
        for _ in 0..count {
            black_box(self.0.fetch_toolbox_asset(14903722621)?);
        }
        Ok(())
    }

    fn results(&self, pages: u64) -> SearchToolbox {
        // The server takes the query for the number of pages.
        self.0
            .search_toolbox(AssetType::Model)
            .query(pages.to_string())
    }

    /// Goes through a search of so many pages of 100 results.
    pub fn search(&self, pages: u64) -> Result {
        let mut count = 0;
        for result in self.results(pages) {
            black_box(result?);
            count += 1;
        }
        assert_eq!(count, pages * 100);
        Ok(())
    }

    /// The same, with all results kept.
    pub fn search_and_keep(&self, pages: u64) -> Result<Vec<Kept>> {
        let all = self
            .results(pages)
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        assert_eq!(all.len() as u64, pages * 100);
        Ok(all)
    }

    /// Uploads a file.
    pub fn upload_file(&self, path: &Path) -> Result {
        let user = self.0.get_user(1);
        let operation = user
            .upload_asset(AssetFile::open(path)?, AssetType::Video, "Video", "")
            .send()?;
        assert_eq!(operation.wait()?.id, 7);
        Ok(())
    }

    /// Removes these assets from the saved ones.
    pub fn unsave_assets(&self, assets: &[u64]) -> Result {
        let removed = self
            .0
            .unsave_assets(assets.iter().map(|id| (*id, AssetType::Model)))?;
        assert_eq!(removed, assets.len() as u64);
        Ok(())
    }
}
