//! The work, done by hand on `ureq` and `serde_json`, with the same fields and nothing else.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Read};

use serde::Deserialize;
use ureq::Agent;

use crate::{LARGE, SMALL, file_of};

type Done = Result<(), Box<dyn Error>>;

fn agent() -> Agent {
    Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .build()
        .new_agent()
}

fn get(agent: &Agent, url: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut response = agent.get(url).header("x-api-key", "the-key").call()?;
    Ok(response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_vec()?)
}

pub(crate) fn fetch_assets(url: &str) -> Done {
    let agent = agent();
    for _ in 0..5_000 {
        let body = get(
            &agent,
            &format!("{url}/toolbox-service/v2/assets/{}", 14903722621_u64),
        )?;
        black_box(serde_json::from_slice::<Entry>(&body)?);
    }
    Ok(())
}

fn pages(url: &str, pages: u64, mut take: impl FnMut(Vec<Entry>)) -> Done {
    let agent = agent();
    let url = format!(
        "{url}/toolbox-service/v2/assets:search?searchCategoryType=Model&query={pages}&searchView=Full&maxPageSize=100"
    );
    let mut token = None;
    loop {
        let url = match &token {
            Some(token) => format!("{url}&pageToken={token}"),
            None => url.clone(),
        };
        let page: Page = serde_json::from_slice(&get(&agent, &url)?)?;
        black_box((
            &page.query_facets,
            page.total_results,
            &page.filtered_keyword,
        ));
        take(page.creator_store_assets);
        match page.next_page_token {
            Some(next) => token = Some(next),
            None => return Ok(()),
        }
    }
}

fn search_through(url: &str, count: u64) -> Done {
    let mut seen = 0;
    pages(url, count, |entries| {
        for entry in entries {
            black_box(entry);
            seen += 1;
        }
    })?;
    assert_eq!(seen, count * 100);
    Ok(())
}

pub(crate) fn search_10_000(url: &str) -> Done {
    search_through(url, 100)
}

pub(crate) fn search_100_000(url: &str) -> Done {
    search_through(url, 1_000)
}

pub(crate) fn search_and_keep_10_000(url: &str) -> Done {
    let mut all = Vec::new();
    pages(url, 100, |entries| all.extend(entries))?;
    assert_eq!(black_box(&all).len(), 10_000);
    Ok(())
}

fn upload(url: &str, size: u64) -> Done {
    let path = file_of(size);
    let before = "--b\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n{}\r\n--b\r\nContent-Disposition: form-data; \
         name=\"fileContent\"; filename=\"v.mp4\"\r\nContent-Type: video/mp4\r\n\r\n";
    let after = "\r\n--b--\r\n";
    let length = before.len() as u64 + size + after.len() as u64;
    let mut body = Cursor::new(before)
        .chain(File::open(&path)?)
        .chain(Cursor::new(after));
    let mut response = agent()
        .post(format!("{url}/assets/v1/assets"))
        .header("x-api-key", "the-key")
        .header("content-type", "multipart/form-data; boundary=b")
        .header("content-length", length.to_string())
        .send(ureq::SendBody::from_reader(&mut body))?;
    black_box(serde_json::from_slice::<serde_json::Value>(
        &response.body_mut().read_to_vec()?,
    )?);
    Ok(())
}

pub(crate) fn upload_20_mb(url: &str) -> Done {
    upload(url, SMALL)
}

pub(crate) fn upload_1_gib(url: &str) -> Done {
    upload(url, LARGE)
}

pub(crate) fn cold_start(url: &str) -> Done {
    let body = get(&agent(), &format!("{url}/toolbox-service/v2/assets/1"))?;
    black_box(serde_json::from_slice::<Entry>(&body)?);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    next_page_token: Option<String>,
    query_facets: Option<Facets>,
    creator_store_assets: Vec<Entry>,
    total_results: i64,
    filtered_keyword: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Facets {
    applied_facets: Option<Vec<String>>,
    available_facets: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Entry {
    voting: Option<Voting>,
    creator: Option<Creator>,
    creator_store_product: Option<Product>,
    asset: Option<Asset>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Creator {
    user_id: Option<u64>,
    group_id: Option<u64>,
    name: Option<String>,
    verified: Option<bool>,
    latest_group_updater_user_id: Option<u64>,
    latest_group_updater_user_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Product {
    purchase_price: Option<Money>,
    purchasable: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Money {
    currency_code: Option<String>,
    quantity: Option<Decimal>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Decimal {
    significand: i64,
    exponent: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
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
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    let parse = |text: &str| {
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
    };
    text.map(|text| parse(&text))
        .transpose()
        .map_err(serde::de::Error::custom)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct SocialLink {
    link_type: i32,
    url: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Previews {
    image_preview_assets: Option<Vec<u64>>,
    video_preview_assets: Option<Vec<u64>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct MeshSummary {
    triangles: Option<i32>,
    vertices: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct InstanceCounts {
    script: Option<i32>,
    mesh_part: Option<i32>,
    animation: Option<i32>,
    decal: Option<i32>,
    audio: Option<i32>,
    tool: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, as the crate does")]
struct Capabilities {
    should_sandbox: Option<bool>,
}
