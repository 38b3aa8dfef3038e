//! The work that the benchmarks measure, done by hand on `ureq` and `serde_json`: the same requests, the same
//! fields, and nothing else.

#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "whatever goes wrong ends the benchmark"
)]
#![expect(dead_code, reason = "what is decoded is not looked at")]

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// Does the work.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    url: String,
}

/// A result that is kept.
pub type Kept = Entry;

impl Client {
    /// Trusts the certificates in `roots`, if there are any, in place of the usual ones.
    pub fn new(url: &str, roots: Option<&[u8]>) -> Result<Self> {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_idle_connections(64)
            .max_idle_connections_per_host(64);
        let config = match roots {
            Some(roots) => {
                let certificates: Vec<Certificate<'static>> = parse_pem(roots)
                    .filter_map(|item| match item {
                        Ok(PemItem::Certificate(certificate)) => Some(certificate),
                        _ => None,
                    })
                    .collect();
                let roots = RootCerts::new_with_certs(&certificates);
                config.tls_config(TlsConfig::builder().root_certs(roots).build())
            }
            None => config,
        };
        Ok(Self {
            agent: config.build().new_agent(),
            url: url.to_owned(),
        })
    }

    fn get(&self, url: &str) -> Result<Vec<u8>> {
        let mut response = self.agent.get(url).header("x-api-key", "the-key").call()?;
        Ok(response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec()?)
    }

    /// Fetches an asset so many times, one after another.
    pub fn fetch_assets(&self, count: u64) -> Result {
        for _ in 0..count {
            let url = format!("{}/toolbox-service/v2/assets/{}", self.url, 14903722621_u64);
            black_box(serde_json::from_slice::<Entry>(&self.get(&url)?)?);
        }
        Ok(())
    }

    fn pages(&self, pages: u64, mut take: impl FnMut(Vec<Entry>)) -> Result {
        // The server takes the query for the number of pages.
        let url = format!(
            "{}/toolbox-service/v2/assets:search?searchCategoryType=Model&query={pages}&searchView=Full&maxPageSize=100",
            self.url
        );
        let mut token = None;
        loop {
            let url = match &token {
                Some(token) => format!("{url}&pageToken={token}"),
                None => url.clone(),
            };
            let page: Page = serde_json::from_slice(&self.get(&url)?)?;
            black_box((
                &page.query_facets,
                page.total_results,
                &page.filtered_keyword,
                &page.query_correction,
            ));
            take(page.creator_store_assets);
            match page.next_page_token {
                Some(next) => token = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Goes through a search of so many pages of 100 results.
    pub fn search(&self, pages: u64) -> Result {
        let mut count = 0;
        self.pages(pages, |entries| {
            for entry in entries {
                black_box(entry);
                count += 1;
            }
        })?;
        assert_eq!(count, pages * 100);
        Ok(())
    }

    /// The same, with all results kept.
    pub fn search_and_keep(&self, pages: u64) -> Result<Vec<Kept>> {
        let mut all = Vec::new();
        self.pages(pages, |entries| all.extend(entries))?;
        assert_eq!(all.len() as u64, pages * 100);
        Ok(all)
    }

    /// Uploads a file.
    pub fn upload_file(&self, path: &Path) -> Result {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let before = "--b\r\nContent-Disposition: form-data; name=\"request\"\r\n\
             Content-Type: application/json\r\n\r\n\
             {\"assetType\":\"Video\",\"displayName\":\"Video\",\"description\":\"\",\
             \"creationContext\":{\"creator\":{\"userId\":\"1\"},\"expectedPrice\":0}}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"fileContent\"; filename=\"video.mp4\"\r\n\
             Content-Type: video/mp4\r\n\r\n";
        let after = "\r\n--b--\r\n";
        let length = before.len() as u64 + length + after.len() as u64;
        let mut body = Cursor::new(before).chain(file).chain(Cursor::new(after));
        let request = self
            .agent
            .post(format!("{}/assets/v1/assets", self.url))
            .header("x-api-key", "the-key")
            .header("content-type", "multipart/form-data; boundary=b")
            .header("content-length", length.to_string())
            .header("expect", "100-continue");
        let mut response = request.send(ureq::SendBody::from_reader(&mut body))?;
        let operation: Operation = serde_json::from_slice(&response.body_mut().read_to_vec()?)?;
        assert_eq!(operation.response.asset_id, "7");
        Ok(())
    }

    /// Removes these assets from the saved ones.
    pub fn unsave_assets(&self, assets: &[u64]) -> Result {
        let targets = assets
            .iter()
            .map(|id| Target {
                target_type: "Model",
                target_id: *id,
            })
            .collect();
        let body = serde_json::to_vec(&Targets { targets })?;
        let mut response = self
            .agent
            .post(format!("{}/toolbox-service/v1/saves:bulkDelete", self.url))
            .header("x-api-key", "the-key")
            .header("content-type", "application/json")
            .send(&body)?;
        let deleted: Deleted = serde_json::from_slice(&response.body_mut().read_to_vec()?)?;
        assert_eq!(deleted.deleted_count, assets.len());
        Ok(())
    }
}

#[derive(Serialize)]
struct Targets<'a> {
    targets: Vec<Target<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    target_type: &'a str,
    target_id: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    deleted_count: usize,
}

#[derive(Debug, Deserialize)]
struct Operation {
    response: Uploaded,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    asset_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    next_page_token: Option<String>,
    query_facets: Option<Facets>,
    creator_store_assets: Vec<Entry>,
    total_results: i64,
    filtered_keyword: Option<String>,
    query_correction: Option<Correction>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Correction {
    suggested_query: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facets {
    applied_facets: Option<Vec<String>>,
    available_facets: Option<Vec<String>>,
}

/// A result of a search.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    voting: Option<Voting>,
    creator: Option<Creator>,
    creator_store_product: Option<Product>,
    asset: Option<Asset>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Voting {
    show_votes: Option<bool>,
    up_votes: Option<i64>,
    down_votes: Option<i64>,
    can_vote: Option<bool>,
    user_vote: Option<bool>,
    has_voted: Option<bool>,
    vote_count: Option<i64>,
    up_vote_percent: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Creator {
    creator: Option<String>,
    user_id: Option<u64>,
    group_id: Option<u64>,
    name: Option<String>,
    verified: Option<bool>,
    latest_group_updater_user_id: Option<u64>,
    latest_group_updater_user_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    purchase_price: Option<Money>,
    purchasable: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    currency_code: Option<String>,
    quantity: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
struct Decimal {
    significand: i64,
    exponent: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asset {
    id: u64,
    name: Option<String>,
    description: Option<String>,
    asset_type_id: Option<u16>,
    social_links: Option<Vec<SocialLink>>,
    preview_assets: Option<Previews>,
    #[serde(default, deserialize_with = "time")]
    create_time: Option<time::OffsetDateTime>,
    #[serde(default, deserialize_with = "time")]
    update_time: Option<time::OffsetDateTime>,
    category_path: Option<String>,
    creating_universe_id: Option<u64>,
    duration_seconds: Option<i32>,
    audio_type: Option<String>,
    artist: Option<String>,
    title: Option<String>,
    album: Option<String>,
    genre: Option<String>,
    category: Option<String>,
    subcategory: Option<String>,
    mesh_id: Option<u64>,
    texture_id: Option<u64>,
    has_scripts: Option<bool>,
    script_count: Option<i32>,
    sub_types: Option<Vec<String>>,
    object_mesh_summary: Option<MeshSummary>,
    instance_counts: Option<InstanceCounts>,
    capabilities: Option<Capabilities>,
}

fn time<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<time::OffsetDateTime>, D::Error> {
    let text = Option::<&'de str>::deserialize(deserializer)?;
    let parse = |text: &str| {
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
    };
    text.map(parse)
        .transpose()
        .map_err(serde::de::Error::custom)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SocialLink {
    link_type: i32,
    url: Option<String>,
    title: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Previews {
    image_preview_assets: Option<Vec<u64>>,
    video_preview_assets: Option<Vec<u64>>,
}

#[derive(Debug, Deserialize)]
struct MeshSummary {
    triangles: Option<i32>,
    vertices: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceCounts {
    script: Option<i32>,
    mesh_part: Option<i32>,
    animation: Option<i32>,
    decal: Option<i32>,
    audio: Option<i32>,
    tool: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Capabilities {
    should_sandbox: Option<bool>,
}
