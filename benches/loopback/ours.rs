//! The work, done by the crate.

use std::error::Error;
use std::hint::black_box;

use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator, SearchToolbox};

use crate::{LARGE, SMALL, file_of};

type Done = Result<(), Box<dyn Error>>;

fn key(url: &str) -> Result<ApiKey, Box<dyn Error>> {
    Ok(ApiKey::builder("the-key").base_url(url).build()?)
}

pub(crate) fn fetch_assets(url: &str) -> Done {
    let key = key(url)?;
    for _ in 0..5_000 {
        black_box(key.fetch_toolbox_asset(14903722621)?);
    }
    Ok(())
}

fn search(url: &str, pages: u64) -> Result<SearchToolbox, Box<dyn Error>> {
    Ok(key(url)?
        .search_toolbox(AssetType::Model)
        .query(pages.to_string()))
}

fn search_through(url: &str, pages: u64) -> Done {
    let mut count = 0;
    for result in search(url, pages)? {
        black_box(result?);
        count += 1;
    }
    assert_eq!(count, pages * 100);
    Ok(())
}

pub(crate) fn search_10_000(url: &str) -> Done {
    search_through(url, 100)
}

pub(crate) fn search_100_000(url: &str) -> Done {
    search_through(url, 1_000)
}

pub(crate) fn search_and_keep_10_000(url: &str) -> Done {
    let all = search(url, 100)?
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    assert_eq!(black_box(&all).len(), 10_000);
    Ok(())
}

fn upload(url: &str, size: u64) -> Done {
    let path = file_of(size);
    let result = key(url)?
        .get_user(1)
        .upload_asset(AssetFile::open(&path)?, AssetType::Video, "Video", "")
        .send();
    assert_eq!(result?.wait()?.id, 7);
    Ok(())
}

pub(crate) fn upload_20_mb(url: &str) -> Done {
    upload(url, SMALL)
}

pub(crate) fn upload_1_gib(url: &str) -> Done {
    upload(url, LARGE)
}

pub(crate) fn cold_start(url: &str) -> Done {
    black_box(key(url)?.fetch_toolbox_asset(1)?);
    Ok(())
}
