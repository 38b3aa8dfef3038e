//! No response takes memory out of proportion: at most 8 times its body, call by call.
//!
//! It is a program of its own because its allocator, which counts, is that of the whole process.

use allocation_counter::measure;
use rblxopencloud::{
    ApiKey, Asset, AssetFile, AssetPermissionAction, AssetPermissionSubject, AssetType, Creator,
    Error, RetryPolicy,
};
use support::client;
use support::raw_server::{RawServer, json};

type Call = fn(&ApiKey) -> Result<(), Error>;

/// What every call takes, whatever comes.
const BASE: u64 = 512 << 10;

fn all<T>(items: impl IntoIterator<Item = Result<T, Error>>) -> Result<(), Error> {
    items.into_iter().try_for_each(|item| item.map(drop))
}

const SEARCH: Call = |key| all(key.search_toolbox("Model"));
const SAVED: Call = |key| all(key.search_saved_assets());
const VERSIONS: Call = |key| all(key.get_user(1).list_asset_versions(1));
const QUOTAS: Call = |key| all(key.get_user(1).list_asset_quotas());
const TOOLBOX_ASSET: Call = |key| key.fetch_toolbox_asset(1).map(drop);
const ASSET: Call = |key| key.fetch_asset(1).map(drop);
const INFO: Call = |key| key.fetch_info().map(drop);
const PRODUCT: Call = |key| key.fetch_creator_store_product("Model", 1).map(drop);
const OPERATION: Call = |key| key.get_operation::<Asset>("1").fetch_status().map(drop);
const LOCATION: Call = |key| {
    let request = key.get_user(1).fetch_asset_delivery_location(1);
    request.send().map(drop)
};
const USER: Call = |key| key.get_user(1).fetch_info().map(drop);
const UNSAVE: Call = |key| key.unsave_assets([(1, "Model"), (2, "Model")]).map(drop);
const GRANT: Call = |key| {
    let subject = AssetPermissionSubject::All;
    let user = key.get_user(1);
    user.grant_assets_permission(AssetPermissionAction::Use, subject, [1])
        .map(drop)
};
const UPLOAD: Call = |key| {
    let file = AssetFile::from_bytes("a.fbx", "x");
    let upload = key
        .get_user(1)
        .upload_asset(file, AssetType::Model, "n", "d");
    upload.unchecked().send().map(drop)
};
const VALUE: Call = |key| key.send_request("GET", "a").send().map(drop);

/// A list of this entry, over and over, in the place of `*`; of this many bytes in all.
fn body(around: &str, entry: impl Fn(usize) -> String, size: usize) -> String {
    let (before, after) = around.split_once('*').unwrap();
    let mut body = format!("{before}[");
    for number in 1.. {
        body.push_str(&entry(number));
        if body.len() >= size {
            break;
        }
        body.push(',');
    }
    body + "]" + after
}

/// The same body with numbers that no type holds, which is read from a copy where they are null.
fn with_an_odd_number(body: &str) -> String {
    let fields = [
        "assetId",
        "deletedCount",
        "displayName",
        "done",
        "id",
        "location",
        "name",
        "nextPageToken",
        "path",
        "totalCount",
        "totalResults",
    ];
    let Some(start) = body.strip_suffix('}') else {
        return body.to_owned();
    };
    let new = fields
        .iter()
        .filter(|name| !body.contains(&format!("\"{name}\":")));
    let odd: Vec<_> = new.map(|name| format!(",\"{name}\":1e999")).collect();
    format!("{start}{}}}", odd.concat())
}

/// The most memory that the call has at a time.
fn peak(call: Call, status: u16, body: &str) -> u64 {
    let server = RawServer::responding(vec![json(status, body)]);
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let taken = measure(|| _ = call(&key));
    taken.bytes_max
}

fn entry(text: &'static str) -> impl Fn(usize) -> String {
    move |_| text.to_owned()
}

#[test]
fn a_response_takes_at_most_8_times_the_bytes_of_its_body() {
    type Entry = Box<dyn Fn(usize) -> String>;
    let same = |text: &'static str| -> Entry { Box::new(entry(text)) };
    let numbered = |format: &'static str| -> Entry {
        Box::new(move |number| format.replace('#', &number.to_string()))
    };
    let cases: Vec<(&str, Call, &str, Entry)> = vec![
        (
            "search of nothing",
            SEARCH,
            r#"{"creatorStoreAssets":*}"#,
            same("{}"),
        ),
        (
            "search of nulls",
            SEARCH,
            r#"{"creatorStoreAssets":*}"#,
            same("null"),
        ),
        (
            "search",
            SEARCH,
            r#"{"creatorStoreAssets":*}"#,
            same(r#"{"asset":{"id":1}}"#),
        ),
        (
            "facets",
            SEARCH,
            r#"{"queryFacets":{"availableFacets":*}}"#,
            same(r#""""#),
        ),
        (
            "longer facets",
            SEARCH,
            r#"{"queryFacets":{"appliedFacets":*}}"#,
            same(r#""facets""#),
        ),
        ("saved nothing", SAVED, r#"{"saves":*}"#, same("{}")),
        (
            "saved",
            SAVED,
            r#"{"saves":*,"totalCount":1}"#,
            same(r#"{"creatorStoreAsset":{"asset":{"id":1}}}"#),
        ),
        (
            "versions of nothing",
            VERSIONS,
            r#"{"assetVersions":*}"#,
            same("{}"),
        ),
        (
            "versions",
            VERSIONS,
            "*",
            numbered(r#"{"path":"versions/#"}"#),
        ),
        (
            "quotas of nothing",
            QUOTAS,
            r#"{"assetQuotas":*}"#,
            same("{}"),
        ),
        (
            "quotas",
            QUOTAS,
            r#"{"assetQuotas":*}"#,
            same(r#"{"usage":1}"#),
        ),
        (
            "links of nothing",
            TOOLBOX_ASSET,
            r#"{"asset":{"id":1,"socialLinks":*}}"#,
            same("{}"),
        ),
        (
            "links",
            TOOLBOX_ASSET,
            r#"{"asset":{"id":1,"socialLinks":*}}"#,
            same(r#"{"linkType":1,"url":"https://a.example","title":"t"}"#),
        ),
        (
            "images",
            TOOLBOX_ASSET,
            r#"{"asset":{"previewAssets":{"imagePreviewAssets":*}}}"#,
            same("1"),
        ),
        (
            "subtypes",
            TOOLBOX_ASSET,
            r#"{"asset":{"subTypes":*}}"#,
            same(r#""Ad""#),
        ),
        (
            "unknown subtypes",
            TOOLBOX_ASSET,
            r#"{"asset":{"subTypes":*}}"#,
            same(r#""Tomorrow""#),
        ),
        (
            "unknown fields",
            TOOLBOX_ASSET,
            r#"{"asset":{"tomorrow":*}}"#,
            same(r#"{"":0}"#),
        ),
        (
            "previews of nothing",
            ASSET,
            r#"{"previews":*}"#,
            same("{}"),
        ),
        (
            "previews",
            ASSET,
            r#"{"previews":*}"#,
            same(r#"{"asset":"assets/123456789"}"#),
        ),
        (
            "scopes of nothing",
            INFO,
            r#"{"authorizedUserId":1,"scopes":*}"#,
            same("{}"),
        ),
        (
            "operations",
            INFO,
            r#"{"authorizedUserId":1,"scopes":[{"name":"n","operations":*}]}"#,
            same(r#""""#),
        ),
        (
            "users",
            INFO,
            r#"{"authorizedUserId":1,"scopes":[{"name":"n","userIds":*}]}"#,
            numbered("\"#\""),
        ),
        (
            "long ids",
            INFO,
            r#"{"authorizedUserId":1,"scopes":[{"name":"n","userIds":*}]}"#,
            same(r#""1234567890""#),
        ),
        (
            "groups",
            INFO,
            r#"{"authorizedUserId":1,"scopes":[{"name":"n","groupIds":*}]}"#,
            same("1"),
        ),
        (
            "experiences",
            INFO,
            r#"{"authorizedUserId":1,"scopes":[{"name":"n","universeIds":*}]}"#,
            same(r#""123456789""#),
        ),
        (
            "stores",
            INFO,
            r#"{"authorizedUserId":1,"scopes":[{"name":"n","universeDatastores":*}]}"#,
            numbered(r#"{"universeId":#,"datastoreName":"n"}"#),
        ),
        (
            "whole stores",
            INFO,
            r#"{"authorizedUserId":1,"scopes":[{"name":"n","universeDatastores":*}]}"#,
            numbered(r#"{"universeId":#}"#),
        ),
        (
            "restrictions",
            PRODUCT,
            r#"{"restrictions":*}"#,
            same(r#""A""#),
        ),
        (
            "rejected parts of nothing",
            OPERATION,
            r#"{"done":true,"metadata":{"errors":*}}"#,
            same("{}"),
        ),
        (
            "rejected parts",
            OPERATION,
            r#"{"done":true,"response":{"assetId":1},"metadata":{"errors":*}}"#,
            same(
                r#"{"error":{"message":"the icon is not square, and too small"},"fieldMask":"icon"}"#,
            ),
        ),
        (
            "an operation's response",
            OPERATION,
            r#"{"done":true,"response":{"assetId":1,"x":*}}"#,
            same("{}"),
        ),
        (
            "an upload's response",
            UPLOAD,
            r#"{"path":"operations/1","response":{"x":*}}"#,
            same(r#"{"":0}"#),
        ),
        (
            "metadata of assets",
            LOCATION,
            r#"{"location":"https://a.example","assetMetadatas":*}"#,
            same("{}"),
        ),
        ("granted", GRANT, r#"{"successAssetIds":*}"#, same("1")),
        (
            "many granted",
            GRANT,
            r#"{"successAssetIds":*}"#,
            numbered("#"),
        ),
        (
            "not granted to nothing",
            GRANT,
            r#"{"errors":*}"#,
            same("{}"),
        ),
        (
            "not granted",
            GRANT,
            r#"{"errors":*}"#,
            numbered(r#"{"assetId":#,"code":"AssetNotFound"}"#),
        ),
        ("text", USER, r#"{"name":"n","about":*}"#, same("1")),
        ("errors", USER, r#"{"errors":*}"#, same("{}")),
        (
            "told errors",
            USER,
            r#"{"errors":*}"#,
            same(r#"{"code":0,"message":"x"}"#),
        ),
        (
            "details",
            USER,
            r#"{"code":1,"message":"x","details":*}"#,
            same(r#"{"":0}"#),
        ),
        (
            "removed",
            UNSAVE,
            r#"{"deletedCount":1,"x":*}"#,
            same(r#"{"":0}"#),
        ),
        ("a list", USER, "*", same("{}")),
    ];
    let mut worst = 0.0_f64;
    for (name, call, around, entry) in cases {
        let body = body(around, &entry, 5 << 18);
        for body in [with_an_odd_number(&body), body] {
            let peak = peak(call, 200, &body);
            let times = peak.saturating_sub(BASE) as f64 / body.len() as f64;
            println!("{name:28} {:>9} bytes: {times:.2}", body.len());
            worst = worst.max(times);
            assert!(
                times <= 8.0,
                "{name}: {peak} bytes for {} of body",
                body.len()
            );
        }
    }
    println!("the worst: {worst:.2}");
}

#[test]
fn long_text_takes_no_more_than_its_bytes_a_few_times_over() {
    for text in ["plain text ", "\\u0041\\n", "日本語", "\\ud83d"] {
        let text = text.repeat((4 << 20) / text.len());
        let body = format!(r#"{{"name":"n","about":"{text}"}}"#);
        let peak = peak(USER, 200, &body);
        assert!(peak <= 8 * body.len() as u64, "{peak} for {}", body.len());
    }
}

#[test]
fn an_error_takes_little_memory_however_long_its_body() {
    for around in [
        "*",
        r#"{"errors":*}"#,
        r#"{"code":"C","message":"x","details":*}"#,
    ] {
        for text in ["{}", r#"{"":0}"#, r#"{"code":0,"message":"x"}"#, "[[]]"] {
            let body = body(around, entry(text), 4 << 20);
            for status in [400, 500] {
                let peak = peak(ASSET, status, &body);
                assert!(peak <= 4 << 20, "{peak} for {around} of {text}");
            }
        }
    }
}

#[test]
fn a_value_takes_at_most_8_times_the_limit_of_bodies() {
    for text in [
        "{}",
        r#"{"":0}"#,
        "0",
        "[]",
        r#""""#,
        "[[]]",
        r#"{"a":{"b":{}}}"#,
    ] {
        for size in [64 << 10, 1 << 20] {
            let body = body("*", entry(text), size);
            let server = RawServer::responding(vec![json(200, &body)]);
            let key = ApiKey::builder("k")
                .base_url(server.url())
                .body_limit(4 << 20)
                .build()
                .unwrap();
            let taken = measure(|| _ = VALUE(&key));
            assert!(
                taken.bytes_max <= 8 * (4 << 20) + (2 * body.len()) as u64 + BASE,
                "{} for {size} of {text}",
                taken.bytes_max
            );
        }
    }
    // What takes too much is an error that says what to do, and usual values are none.
    let (key, _) = {
        let body = body("*", entry(r#"{"":0}"#), 4 << 20);
        let server = RawServer::responding(vec![json(200, &body)]);
        (client::key(server.url()).0, server)
    };
    let error = key.send_request("GET", "a").send().unwrap_err();
    assert!(
        error.is_decode() && error.to_string().contains("send_as"),
        "{error}"
    );
    let usual = body(
        "*",
        entry(r#"{"id":123456789,"name":"a usual name of a thing"}"#),
        1 << 20,
    );
    let server = RawServer::responding(vec![json(200, &usual)]);
    let (key, _) = client::key(server.url());
    key.send_request("GET", "a").send().unwrap();
}
