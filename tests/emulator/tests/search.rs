//! The creator store: searches and details.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "support/client.rs"]
mod client;

use std::collections::HashSet;

use client::get;
use open_cloud_emulator::{CATEGORIES, Emulator};
use serde_json::{Value, json};

fn ask(emulator: &Emulator, path: &str) -> (u16, Value) {
    get(emulator, &format!("/toolbox-service/v2/{path}"))
}

/// A search that succeeds.
fn search(emulator: &Emulator, query: &str) -> Value {
    let (status, response) = ask(emulator, &format!("assets:search?{query}"));
    assert_eq!(status, 200, "{query}: {response}");
    response
}

/// All results of a search, page by page.
fn collect(emulator: &Emulator, query: &str) -> Vec<Value> {
    let query = format!("{query}&maxPageSize=100&searchView=Full");
    let mut response = search(emulator, &query);
    let mut all = Vec::new();
    loop {
        all.extend(
            response["creatorStoreAssets"]
                .as_array()
                .cloned()
                .unwrap_or_default(),
        );
        match response["nextPageToken"].as_str() {
            None | Some("") => return all,
            Some(token) => response = search(emulator, &format!("{query}&pageToken={token}")),
        }
    }
}

fn ids(assets: &[Value]) -> Vec<u64> {
    assets
        .iter()
        .filter_map(|asset| asset["asset"]["id"].as_u64())
        .collect()
}

#[test]
fn the_menu_theme_is_found_five_times() {
    let emulator = Emulator::start().unwrap();
    let response = search(
        &emulator,
        "searchCategoryType=Audio&query=Menu%20Theme&userId=7135127272&maxPriceCents=0\
         &audioMinDurationSeconds=45&audioMaxDurationSeconds=60&maxPageSize=1&searchView=Full",
    );
    assert_eq!(response["totalResults"], 5);
    assert_eq!(response["filteredKeyword"], "menu theme");
    assert_eq!(response["queryCorrection"], Value::Null);
    let asset = &response["creatorStoreAssets"][0];
    assert_eq!(asset["creator"]["name"], "DistrokidOfficial");
    assert_eq!(asset["creator"]["verified"], true);
    assert_eq!(
        asset["creatorStoreProduct"]["purchasePrice"]["quantity"]["significand"],
        0
    );
    assert!(
        response["nextPageToken"]
            .as_str()
            .is_some_and(|token| !token.is_empty())
    );
}

#[test]
fn pages_hold_everything_once_and_in_order() {
    let emulator = Emulator::start().unwrap();
    for empty_pages in [false, true] {
        emulator.set_empty_pages(empty_pages);
        let query = "searchCategoryType=Model&includeOnlyVerifiedCreators=false&searchView=IDs";
        let whole = collect(&emulator, &query.replace("&searchView=IDs", ""));
        let total = whole.len();
        assert_eq!(total, emulator.toolbox_asset_ids("Model").len());
        let mut seen = Vec::new();
        let mut pages = 0;
        let mut token = String::new();
        loop {
            let query = format!("{query}&maxPageSize=20&pageToken={token}");
            let response = search(&emulator, &query);
            assert_eq!(response["totalResults"], total);
            seen.extend(ids(response["creatorStoreAssets"].as_array().unwrap()));
            pages += 1;
            match response["nextPageToken"].as_str() {
                None | Some("") => break,
                Some(next) => token = next.to_owned(),
            }
        }
        assert_eq!(seen, ids(&whole));
        let full = total.div_ceil(20);
        assert_eq!(pages, if empty_pages { 2 * full - 1 } else { full });
    }
    let second = search(
        &emulator,
        "searchCategoryType=Model&pageNumber=1&maxPageSize=10",
    );
    let first = search(&emulator, "searchCategoryType=Model&maxPageSize=20");
    assert_eq!(
        second["creatorStoreAssets"].as_array().unwrap()[..],
        first["creatorStoreAssets"].as_array().unwrap()[10..]
    );
}

#[test]
fn tokens_are_bound_to_their_query() {
    let emulator = Emulator::start().unwrap();
    let query = "assets:search?searchCategoryType=Model&query=e&maxPageSize=10";
    let (_, response) = ask(&emulator, query);
    let token = response["nextPageToken"].as_str().unwrap();
    let same = "assets:search?maxPageSize=10&searchCategoryType=Model&query=e";
    assert_eq!(ask(&emulator, &format!("{same}&pageToken={token}")).0, 200);
    for other in [
        format!("{query}&pageToken={token}&pageNumber=1"),
        format!("{query}&pageToken={token}&sortCategory=Top"),
        format!("{}&pageToken={token}", query.replace("=10", "=11")),
        format!("{}&pageToken={token}", query.replace("query=e", "query=a")),
        format!("{query}&pageToken=nonsense"),
        format!("{query}&pageToken=é"),
    ] {
        let (status, problem) = ask(&emulator, &other);
        assert_eq!(status, 400, "{other}");
        assert!(problem["errors"]["pageToken"][0].is_string(), "{problem}");
    }
}

#[test]
fn bad_parameters_are_rejected() {
    let emulator = Emulator::start().unwrap();
    for (query, field) in [
        ("query=x", "searchCategoryType"),
        ("searchCategoryType=audio", "searchCategoryType"),
        (
            "searchCategoryType=Audio&searchCategoryType=Audio",
            "searchCategoryType",
        ),
        ("searchCategoryType=Audio&sortBy=Top", "sortBy"),
        ("searchCategoryType=Audio&sortOrder=Ascending", "sortOrder"),
        ("searchCategoryType=Audio&creatorId=1", "creatorId"),
        ("searchCategoryType=Model&modelSubtypes=Ad", "modelSubtypes"),
        (
            "searchCategoryType=Model&modelSubTypes=Ad,Package",
            "modelSubTypes",
        ),
        (
            "searchCategoryType=Model&modelSubTypes=Ad%2CPackage",
            "modelSubTypes",
        ),
        (
            "searchCategoryType=Model&includedInstanceTypes=Part",
            "includedInstanceTypes",
        ),
        (
            "searchCategoryType=Audio&sortCategory=UpdateTime",
            "sortCategory",
        ),
        (
            "searchCategoryType=Audio&sortDirection=Desc",
            "sortDirection",
        ),
        (
            "searchCategoryType=Audio&includeOnlyVerifiedCreators=1",
            "includeOnlyVerifiedCreators",
        ),
        (
            "searchCategoryType=Audio&includeTopCharts=True",
            "includeTopCharts",
        ),
        ("searchCategoryType=Audio&maxPageSize=0", "maxPageSize"),
        ("searchCategoryType=Audio&maxPageSize=101", "maxPageSize"),
        ("searchCategoryType=Audio&maxPageSize=ten", "maxPageSize"),
        ("searchCategoryType=Audio&pageNumber=-1", "pageNumber"),
        (
            "searchCategoryType=Audio&audioMaxDurationSeconds=0",
            "audioMaxDurationSeconds",
        ),
        (
            "searchCategoryType=Audio&audioMinDurationSeconds=1.5",
            "audioMinDurationSeconds",
        ),
        (
            "searchCategoryType=Audio&maxPriceCents=2147483648",
            "maxPriceCents",
        ),
        ("searchCategoryType=Audio&minPriceCents=-1", "minPriceCents"),
        ("searchCategoryType=Audio&userId=0", "userId"),
        ("searchCategoryType=Audio&userId=1&groupId=1", "userId"),
        ("searchCategoryType=Audio&creator=user/x", "creator"),
        ("searchCategoryType=Audio&creator=User/1", "creator"),
        ("searchCategoryType=Audio&searchView=All", "searchView"),
        (
            "searchCategoryType=Audio&musicChartType=Decade",
            "musicChartType",
        ),
        ("categoryPath=nowhere", "categoryPath"),
    ] {
        let (status, problem) = ask(&emulator, &format!("assets:search?{query}"));
        assert_eq!(status, 400, "{query}");
        assert_eq!(problem["status"], 400);
        assert!(
            problem["errors"][field][0].is_string(),
            "{query}: {problem}"
        );
    }
}

#[test]
fn only_verified_creators_unless_asked() {
    let emulator = Emulator::start().unwrap();
    let some = collect(&emulator, "searchCategoryType=Audio");
    let all = collect(
        &emulator,
        "searchCategoryType=Audio&includeOnlyVerifiedCreators=false",
    );
    assert!(!some.is_empty() && some.len() < all.len());
    assert!(
        some.iter()
            .all(|asset| asset["creator"]["verified"] != false)
    );
    assert!(
        all.iter()
            .any(|asset| asset["creator"]["verified"] == false)
    );
}

#[test]
fn every_filter_filters() {
    let emulator = Emulator::start().unwrap();
    let all = "includeOnlyVerifiedCreators=false&searchCategoryType";
    let found = |query: &str| {
        let assets = collect(&emulator, &format!("{all}={query}"));
        let category = query.split('&').next().unwrap();
        let without = collect(&emulator, &format!("{all}={category}"));
        assert!(!assets.is_empty(), "{query} finds nothing");
        assert!(assets.len() < without.len(), "{query} does not filter");
        assets
    };
    let each = |query: &str, pointer: &str, is_right: &dyn Fn(&Value) -> bool| {
        for asset in found(query) {
            // Gaps and nulls are spread over the responses, whatever the filters are.
            match asset.pointer(pointer) {
                None | Some(Value::Null) => {}
                Some(value) => assert!(is_right(value), "{query}: {asset}"),
            }
        }
    };
    each("Audio&userId=1", "/creator/userId", &|id| id == 1);
    each("Audio&creator=user/1", "/creator/userId", &|id| id == 1);
    each("Model&groupId=7", "/creator/groupId", &|id| id == 7);
    each("Model&creator=group/7", "/creator/groupId", &|id| id == 7);
    each("Audio&audioTypes=Music", "/asset/audioType", &|kind| {
        kind == "Music" || kind == "Hologram"
    });
    each(
        "Audio&audioTypes=SoundEffect",
        "/asset/audioType",
        &|kind| kind == "SoundEffect",
    );
    each(
        "Audio&audioTypes=SoundEffect&audioTypes=Unknown",
        "/asset/audioType",
        &|kind| kind != "Music",
    );
    each(
        "Audio&audioArtist=bj%C3%B6rk%20larsen",
        "/asset/artist",
        &|artist| artist == "Björk Larsen",
    );
    each("Audio&audioAlbum=First+Light", "/asset/album", &|album| {
        album == "First Light"
    });
    each(
        "Audio&audioMinDurationSeconds=100&audioMaxDurationSeconds=200",
        "/asset/durationSeconds",
        &|s| (100..=200).contains(&s.as_i64().unwrap()),
    );
    each(
        "Model&modelSubTypes=Ad&modelSubTypes=Package",
        "/asset/subTypes",
        &|types| {
            let types = types.as_array().unwrap();
            types.contains(&json!("Ad")) || types.contains(&json!("Package"))
        },
    );
    each(
        "Model&excludedModelSubTypes=Package",
        "/asset/subTypes",
        &|types| types[1] == "Hypercube" || !types.as_array().unwrap().contains(&json!("Package")),
    );
    each(
        "Model&includedInstanceTypes=Script&includedInstanceTypes=Tool",
        "/asset/instanceCounts",
        &|counts| counts["script"] != 0 && counts["tool"] != 0,
    );
    each(
        "Model&categoryPath=3d__props-and-decor",
        "/asset/categoryPath",
        &|path| path.as_str().unwrap().starts_with("3d__props-and-decor"),
    );
    each(
        "Model&maxPriceCents=0",
        "/creatorStoreProduct/purchasePrice/quantity/significand",
        &|n| n == 0,
    );
    each(
        "Plugin&minPriceCents=500&maxPriceCents=3000",
        "/creatorStoreProduct/purchasePrice",
        &|price| {
            let quantity = &price["quantity"];
            let Some(significand) = quantity["significand"].as_i64() else {
                return quantity.is_null();
            };
            let exponent = quantity["exponent"].as_i64().unwrap_or(0);
            let dollars = significand as f64 * 10_f64.powi(exponent as i32);
            (5.0..=30.0).contains(&dollars)
        },
    );
    for query in [
        "Model&query=crate",
        "Model&facets=nature",
        "Model&tags=city",
        "Model&facets=nature&facets=cozy",
        "Audio&musicChartType=Week",
        "Model&swimlane=trending",
        "Plugin&swimlane=priced",
    ] {
        found(query);
    }
    let charts = collect(&emulator, &format!("{all}=Audio&includeTopCharts=true"));
    assert!(charts.len() > collect(&emulator, &format!("{all}=Audio")).len());
}

#[test]
fn every_category_has_assets_and_can_be_left_out() {
    let emulator = Emulator::start().unwrap();
    for (category, path) in [
        ("Audio", "audio"),
        ("Model", "3d"),
        ("Decal", "2d"),
        ("Plugin", "plugins"),
        ("MeshPart", "meshes"),
        ("Video", "video"),
        ("FontFamily", "fonts"),
    ] {
        let by_type = collect(&emulator, &format!("searchCategoryType={category}"));
        assert!(!by_type.is_empty(), "{category}");
        assert_eq!(by_type, collect(&emulator, &format!("categoryPath={path}")));
    }
}

#[test]
fn results_are_sorted() {
    let emulator = Emulator::start().unwrap();
    for (sort, pointer) in [
        ("AudioDuration", "/asset/durationSeconds"),
        ("CreateTime", "/asset/createTime"),
        ("UpdatedTime", "/asset/updateTime"),
        ("Ratings", "/voting/upVotePercent"),
    ] {
        for (direction, ascending) in [("Ascending", true), ("Descending", false), ("None", false)]
        {
            let assets = collect(
                &emulator,
                &format!("searchCategoryType=Audio&sortCategory={sort}&sortDirection={direction}"),
            );
            let mut keys: Vec<(i64, String)> = assets
                .iter()
                .filter_map(|asset| asset.pointer(pointer))
                .filter(|key| !key.is_null())
                .map(|key| {
                    // Seconds are enough to compare: fractions differ in length.
                    let text: String = key.as_str().unwrap_or_default().chars().take(19).collect();
                    (key.as_i64().unwrap_or_default(), text)
                })
                .collect();
            if !ascending {
                keys.reverse();
            }
            assert!(keys.len() > 50 && keys.is_sorted(), "{sort} {direction}");
        }
    }
    let order = |sort: &str| {
        ids(&collect(
            &emulator,
            &format!("searchCategoryType=Model&{sort}"),
        ))
    };
    let orders = [
        "",
        "sortCategory=Trending",
        "sortCategory=Top",
        "sortCategory=Trending&sortDirection=Ascending",
    ];
    let different: HashSet<Vec<u64>> = orders.iter().map(|sort| order(sort)).collect();
    // Without a query, the most relevant is the most popular.
    assert_eq!(different.len(), 3);
}

#[test]
fn views_hold_less_or_more() {
    let emulator = Emulator::start().unwrap();
    let query = "searchCategoryType=Audio&query=fantasy%20menu%20theme";
    let asset =
        |view: &str| search(&emulator, &format!("{query}{view}"))["creatorStoreAssets"][0].take();
    assert_eq!(
        asset("&searchView=IDs"),
        json!({ "asset": { "id": 1_842_610_399 } })
    );
    let (core, full) = (asset(""), asset("&searchView=Full"));
    assert_eq!(core, asset("&searchView=Core"));
    assert_eq!(core["asset"]["name"], "Fantasy Menu Theme");
    assert!(core.get("voting").is_none() && core["asset"].get("categoryPath").is_none());
    assert!(full["voting"]["upVotes"].is_i64() && full["asset"]["categoryPath"].is_string());
    assert_eq!(Some(full), emulator.toolbox_asset(1_842_610_399));
}

#[test]
fn misspelt_and_forbidden_words_are_reported() {
    let emulator = Emulator::start().unwrap();
    let response = search(&emulator, "searchCategoryType=Audio&query=menue%20theme");
    assert_eq!(response["totalResults"], 0);
    assert_eq!(response["creatorStoreAssets"], Value::Null);
    assert_eq!(response["queryCorrection"]["suggestedQuery"], "menu theme");
    let response = search(
        &emulator,
        "searchCategoryType=Audio&query=menu%20badword%20theme",
    );
    assert_eq!(response["filteredKeyword"], "menu theme");
    assert!(response["totalResults"].as_u64().unwrap() > 5);
}

#[test]
fn facets_are_offered_and_applied() {
    let emulator = Emulator::start().unwrap();
    let all = search(&emulator, "searchCategoryType=Model");
    let facet = all["queryFacets"]["availableFacets"][0]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(all["queryFacets"]["appliedFacets"], json!([]));
    let some = search(
        &emulator,
        &format!("searchCategoryType=Model&facets={facet}"),
    );
    assert_eq!(some["queryFacets"]["appliedFacets"], json!([facet]));
    let available = some["queryFacets"]["availableFacets"].as_array().unwrap();
    assert!(!available.is_empty() && !available.contains(&json!(facet)));
    let (all, some) = (all["totalResults"].as_u64(), some["totalResults"].as_u64());
    assert!(some > Some(0) && some < all);
}

#[test]
fn details_are_the_full_view() {
    let emulator = Emulator::start().unwrap();
    for category in CATEGORIES {
        let ids = emulator.toolbox_asset_ids(category);
        for id in [ids[0], ids[ids.len() - 1]] {
            let (status, asset) = ask(&emulator, &format!("assets/{id}"));
            assert_eq!(status, 200, "{category} {id}");
            assert_eq!(Some(asset), emulator.toolbox_asset(id));
        }
    }
    assert!(emulator.toolbox_asset_ids("Nothing").is_empty());
    assert_eq!(emulator.toolbox_asset(u64::MAX), None);
}

#[test]
fn details_are_rejected_in_their_own_format() {
    let emulator = Emulator::start().unwrap();
    for (path, status) in [
        ("assets/0", 404),
        ("assets/-1", 404),
        ("assets/abc", 400),
        ("assets/9223372036854775808", 400),
        ("assets/1818?view=Full", 400),
        ("assets/4030403", 403),
    ] {
        let (got, problem) = ask(&emulator, path);
        assert_eq!(got, status, "{path}");
        assert_eq!(problem["status"], status);
    }
    let (_, problem) = ask(&emulator, "assets/0");
    assert_eq!(problem["title"], "Not Found");
}

#[test]
fn the_catalogue_is_varied() {
    let emulator = Emulator::start().unwrap();
    let mut all = Vec::new();
    for category in CATEGORIES {
        all.extend(collect(
            &emulator,
            &format!("searchCategoryType={category}&includeOnlyVerifiedCreators=false&includeTopCharts=true"),
        ));
    }
    assert!(all.len() > 400);
    let any = |test: &dyn Fn(&Value) -> bool| all.iter().any(test);
    for exponent in [json!(0), json!(1), json!(-2), json!(-9)] {
        let pointer = "/creatorStoreProduct/purchasePrice/quantity/exponent";
        assert!(
            any(&|asset| asset.pointer(pointer) == Some(&exponent)),
            "{exponent}"
        );
    }
    for digits in 0..=9 {
        let length = if digits == 0 { 20 } else { 21 + digits };
        let has = |asset: &Value| {
            asset["asset"]["createTime"]
                .as_str()
                .is_some_and(|time| time.len() == length)
        };
        assert!(any(&has), "{digits}");
    }
    for kind in 1..=10 {
        let has = |asset: &Value| {
            let links = asset["asset"]["socialLinks"].as_array();
            links.is_some_and(|links| links.iter().any(|link| link["linkType"] == kind))
        };
        assert!(any(&has), "{kind}");
    }
    assert!(any(&|asset| asset.get("ranking").is_some()));
    assert!(any(&|asset| asset["asset"]["id"] == i64::MAX - 1));
    assert!(any(&|asset| !asset["asset"]["name"]
        .as_str()
        .unwrap_or_default()
        .is_ascii()));
}
