//! Saved assets: searching, saving, and removing them.

use std::ops::{ControlFlow, RangeInclusive};

use open_cloud_emulator::{Emulator, Fault, KeySpec};
use rblxopencloud::toolbox::SearchSavedAssets;
use rblxopencloud::{
    ApiKey, AssetType, Error, RetryPolicy, ToolboxAsset, ToolboxSearchSortCategory,
};
use serde_json::{Value, json};
use support::raw_server::{RawServer, json};
use time::OffsetDateTime;

/// The assets that are there to be odd: they tell of themselves what they like.
const ODD: RangeInclusive<u64> = 700_001..=700_006;

fn key(emulator: &Emulator) -> ApiKey {
    ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .sleep_with(|_| ControlFlow::Continue(()))
        .build()
        .unwrap()
}

fn raw_key(server: &RawServer) -> ApiKey {
    ApiKey::builder("k")
        .base_url(server.url())
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

fn results(search: SearchSavedAssets) -> Vec<ToolboxAsset> {
    search.into_iter().map(|result| result.unwrap().0).collect()
}

fn ids(search: SearchSavedAssets) -> Vec<u64> {
    results(search).iter().map(|asset| asset.asset_id).collect()
}

/// A key of a user who has saved nothing yet.
fn newcomer(emulator: &Emulator) -> ApiKey {
    let spec = KeySpec::new("newcomer")
        .authorized_user(88_001)
        .every_scope();
    ApiKey::builder(emulator.add_key(spec))
        .base_url(emulator.url())
        .build()
        .unwrap()
}

/// Saves the first so many assets of the store, and returns what was saved, in that order.
fn save_many(emulator: &Emulator, key: &ApiKey, count: usize) -> Vec<(u64, AssetType)> {
    let kinds = [
        AssetType::Audio,
        AssetType::Model,
        AssetType::Decal,
        AssetType::Plugin,
        AssetType::MeshPart,
    ];
    let mut saved: Vec<_> = kinds
        .iter()
        .flat_map(|kind| {
            let ids = emulator.toolbox_asset_ids(kind.as_str());
            ids.into_iter().map(|id| (id, kind.clone()))
        })
        .take(count)
        .collect();
    assert_eq!(saved.len(), count);
    // So that the order of saving is not that of the types.
    saved.reverse();
    for (id, kind) in &saved {
        key.save_asset(*id, kind.clone()).unwrap();
    }
    emulator.clear_requests();
    saved
}

fn save(id: u64) -> Value {
    json!({"owned": false, "dateSaved": "2026-02-11T11:01:33.495Z", "creatorStoreAsset": {"asset": {"id": id}}})
}

fn page(total: Value, saves: impl IntoIterator<Item = Value>) -> Vec<u8> {
    let saves: Vec<_> = saves.into_iter().collect();
    json(
        200,
        &json!({"totalCount": total, "saves": saves}).to_string(),
    )
}

/// The values of a query parameter over all requests.
fn sent(server: &RawServer, name: &str) -> Vec<String> {
    let value = |line: &str| {
        let pairs = line.split_once('?')?.1.split('&');
        let mut values = pairs.filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        values.next().map(str::to_owned)
    };
    server
        .requests()
        .iter()
        .map(|request| value(request.line()).unwrap_or_default())
        .collect()
}

#[test]
fn saved_assets_tell_when_they_were_saved_and_whether_they_are_owned() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let mut pages = key.search_saved_assets().into_iter();
    let mut seen = Vec::new();
    for result in pages.by_ref() {
        let (mut asset, context) = result.unwrap();
        assert_eq!(context.total_results, 9);
        seen.push((
            asset.asset_id,
            asset.is_owned.unwrap(),
            asset.saved_at.unwrap(),
        ));
        let found = key.fetch_toolbox_asset(asset.asset_id).unwrap();
        assert_eq!((found.is_owned, found.saved_at), (None, None));
        (asset.is_owned, asset.saved_at) = (None, None);
        assert_eq!(asset, found);
    }
    let day = |number: i64| {
        OffsetDateTime::from_unix_timestamp_nanos(
            i128::from(1_700_000_000 + number * 86_400) * 1_000_000_000 + 123_456_700,
        )
        .unwrap()
    };
    // Two of the nine are gone, and not there to be told of.
    let expected = [
        (9_223_372_036_854_775_806, false, day(7)),
        (9_007_199_254_740_993, true, day(6)),
        (4_725_618_216, false, day(5)),
        (2_150_000_000, false, day(4)),
        (1818, true, day(2)),
        (1_842_613_555, false, day(1)),
        (1_842_610_131, true, day(0)),
    ];
    assert_eq!(seen, expected);
    let asked = emulator.requests();
    let lists = asked
        .iter()
        .filter(|request| request.path.ends_with("/saves"));
    assert_eq!(lists.count(), 1);
    assert_eq!(pages.context().unwrap().total_results, 9);
}

#[test]
fn every_argument_goes_on_the_wire_under_its_official_name() {
    let server = RawServer::responding(vec![page(json!(0), [])]);
    let key = raw_key(&server);
    let all = key
        .search_saved_assets()
        .asset_type("ASSET_TYPE_MESH_PART")
        .query("a b&c")
        .asset_id(5)
        .descending(true)
        .limit(7)
        .sort_by(ToolboxSearchSortCategory::SaveTime)
        .exclude_owned_assets(true);
    assert!(all.into_iter().next().is_none());
    assert!(
        key.search_saved_assets()
            .descending(false)
            .exclude_owned_assets(false)
            .into_iter()
            .next()
            .is_none()
    );
    let [all, few] = &server.requests()[..] else {
        panic!()
    };
    let (path, query) = all.line().split_once('?').unwrap();
    assert_eq!(path, "GET /toolbox-service/v1/saves");
    let mut parameters: Vec<_> = query.split('&').collect();
    parameters.sort_unstable();
    assert_eq!(
        parameters,
        [
            "hideOwnedAssets=true",
            "keyword=a%20b%26c",
            "limit=7",
            "page=1",
            "sortBy=DateSaved",
            "sortDirection=Descending",
            "targetId=5",
            "targetType=MeshPart",
        ]
    );
    assert_eq!(
        few.line(),
        "GET /toolbox-service/v1/saves?sortDirection=Ascending&hideOwnedAssets=false&limit=100&page=1"
    );
}

#[test]
fn orders_have_the_names_that_this_service_gives_them() {
    for (category, name) in [
        (ToolboxSearchSortCategory::Name, "Name"),
        (ToolboxSearchSortCategory::Creator, "Creator"),
        (ToolboxSearchSortCategory::Top, "Ratings"),
        (ToolboxSearchSortCategory::Ratings, "Ratings"),
        (ToolboxSearchSortCategory::AssetType, "TargetType"),
        (ToolboxSearchSortCategory::SaveTime, "DateSaved"),
        (ToolboxSearchSortCategory::UpdateTime, "LastModified"),
        (ToolboxSearchSortCategory::Price, "Price"),
        (
            ToolboxSearchSortCategory::from("LastModified"),
            "LastModified",
        ),
        (ToolboxSearchSortCategory::from("DateSaved"), "DateSaved"),
        (ToolboxSearchSortCategory::from("Colour"), "Colour"),
    ] {
        let server = RawServer::responding(vec![page(json!(0), [])]);
        let search = raw_key(&server).search_saved_assets().sort_by(category);
        assert!(search.into_iter().next().is_none());
        assert_eq!(sent(&server, "sortBy"), [name]);
    }
}

#[test]
fn filters_leave_out_what_does_not_fit() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let all = results(key.search_saved_assets());
    let check = |search: SearchSavedAssets, fits: &dyn Fn(&ToolboxAsset) -> bool| {
        let expected: Vec<_> = all.iter().filter(|asset| fits(asset)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len());
        assert_eq!(results(search), expected);
    };
    check(
        key.search_saved_assets().asset_type(AssetType::Model),
        &|asset| asset.asset_type == Some(AssetType::Model),
    );
    check(key.search_saved_assets().query("MENU theme"), &|asset| {
        let name = asset.name.as_deref().unwrap_or_default();
        name.to_lowercase().contains("menu theme")
    });
    check(
        key.search_saved_assets().exclude_owned_assets(true),
        &|asset| asset.is_owned == Some(false),
    );
    check(
        key.search_saved_assets()
            .asset_id(1818)
            .asset_type(AssetType::Model),
        &|asset| asset.asset_id == 1818,
    );
    let all_again = key.search_saved_assets().exclude_owned_assets(false);
    assert_eq!(results(all_again), all);
    let other_type = key.search_saved_assets().asset_id(1818).asset_type("Audio");
    assert!(ids(other_type).is_empty());
}

#[test]
fn each_order_sorts_by_what_it_says_both_ways() {
    let emulator = Emulator::start().unwrap();
    let key = newcomer(&emulator);
    save_many(&emulator, &key, 150);
    let name = |asset: &ToolboxAsset| asset.name.as_ref().map(|name| name.to_lowercase());
    let creator = |asset: &ToolboxAsset| Some(asset.creator.as_ref()?.name()?.to_lowercase());
    let digits = |number: i128| format!("{number:040}");
    let rating = |asset: &ToolboxAsset| asset.up_vote_percentage.map(|n| digits(n.into()));
    let kind = |asset: &ToolboxAsset| asset.asset_type.as_ref().map(ToString::to_string);
    let saved = |asset: &ToolboxAsset| Some(digits(asset.saved_at?.unix_timestamp_nanos()));
    let updated = |asset: &ToolboxAsset| Some(digits(asset.updated_at?.unix_timestamp_nanos()));
    type Seen<'a> = &'a dyn Fn(&ToolboxAsset) -> Option<String>;
    let cases: [(_, Seen<'_>); 6] = [
        (ToolboxSearchSortCategory::Name, &name),
        (ToolboxSearchSortCategory::Creator, &creator),
        (ToolboxSearchSortCategory::Top, &rating),
        (ToolboxSearchSortCategory::AssetType, &kind),
        (ToolboxSearchSortCategory::SaveTime, &saved),
        (ToolboxSearchSortCategory::UpdateTime, &updated),
    ];
    let mut orders = Vec::new();
    for (category, seen) in cases {
        let found = |descending| {
            let search = key.search_saved_assets().sort_by(category.clone());
            results(search.descending(descending))
        };
        let (up, mut down) = (found(false), found(true));
        let told = up.iter().filter(|asset| !ODD.contains(&asset.asset_id));
        let values: Vec<_> = told.filter_map(seen).collect();
        assert!(
            values.len() > 100 && values.is_sorted(),
            "{category}: {values:?}"
        );
        assert!(values.first() < values.last());
        down.reverse();
        assert_eq!(up, down, "{category}");
        let order: Vec<_> = up.iter().map(|asset| asset.asset_id).collect();
        assert!(!orders.contains(&order), "{category}");
        orders.push(order);
    }

    let priced = key
        .search_saved_assets()
        .sort_by(ToolboxSearchSortCategory::Price)
        .descending(true);
    let prices: Vec<_> = results(priced)
        .into_iter()
        .filter(|asset| !ODD.contains(&asset.asset_id))
        .filter_map(|asset| asset.purchase_price)
        .filter(|price| price.currency == "USD" && !price.is_zero())
        .collect();
    assert!(prices.len() > 1);
    assert!(
        prices.windows(2).all(|pair| pair[0] >= pair[1]),
        "{prices:?}"
    );
}

#[test]
fn the_default_order_is_the_latest_saved_first() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let by_time = key
        .search_saved_assets()
        .sort_by(ToolboxSearchSortCategory::SaveTime)
        .descending(true);
    assert_eq!(ids(by_time), ids(key.search_saved_assets()));
}

#[test]
fn an_asset_id_without_its_type_is_an_error_before_any_request() {
    let server = RawServer::responding(vec![page(json!(0), [])]);
    let mut pages = raw_key(&server)
        .search_saved_assets()
        .asset_id(5)
        .into_iter();
    let error = pages.next().unwrap().unwrap_err();
    assert!(error.is_invalid_argument() && error.to_string().contains("asset_type"));
    assert!(pages.next().is_none());
    assert_eq!(server.connections(), 0);
}

#[test]
fn pages_are_fetched_one_by_one_as_they_are_needed() {
    let emulator = Emulator::start().unwrap();
    let key = newcomer(&emulator);
    let mut expected: Vec<_> = save_many(&emulator, &key, 250)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    expected.reverse();
    let count = || emulator.requests().len();

    let mut pages = key.search_saved_assets().into_iter();
    assert_eq!((count(), pages.size_hint()), (0, (0, None)));
    let mut found = Vec::new();
    for result in pages.by_ref() {
        found.push(result.unwrap().0.asset_id);
        assert_eq!(count(), (found.len() - 1) / 100 + 1);
    }
    assert_eq!(found, expected);
    assert_eq!(count(), 3);
    let pages: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| request.query.clone().unwrap())
        .collect();
    assert_eq!(
        pages,
        ["limit=100&page=1", "limit=100&page=2", "limit=100&page=3"]
    );

    for (limit, requests) in [
        (1, 1),
        (99, 1),
        (100, 1),
        (101, 2),
        (200, 2),
        (250, 3),
        (1000, 3),
    ] {
        emulator.clear_requests();
        let found = ids(key.search_saved_assets().limit(limit));
        assert_eq!(found, expected[..250.min(usize::try_from(limit).unwrap())]);
        assert_eq!(count(), requests, "limit {limit}");
    }

    emulator.clear_requests();
    assert!(ids(key.search_saved_assets().limit(0)).is_empty());
    assert_eq!(count(), 0);
    key.search_saved_assets()
        .into_iter()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(count(), 1);
}

#[test]
fn the_total_ends_the_pages_without_a_request_for_an_empty_one() {
    let server = RawServer::responding(vec![
        page(json!(4), [save(1), save(2)]),
        page(json!(4), [save(3), save(4)]),
    ]);
    let mut pages = raw_key(&server).search_saved_assets().into_iter();
    for id in 1..=4 {
        assert_eq!(pages.next().unwrap().unwrap().0.asset_id, id);
    }
    assert_eq!(pages.size_hint(), (0, Some(0)));
    assert!(pages.next().is_none() && pages.cursor().is_none());
    assert_eq!(sent(&server, "page"), ["1", "2"]);
}

#[test]
fn a_page_of_exactly_the_total_is_the_only_one() {
    let full = || page(json!(100), (1..=100).map(save));
    let server = RawServer::responding(vec![full()]);
    assert_eq!(ids(raw_key(&server).search_saved_assets()).len(), 100);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_empty_page_ends_the_pages_whatever_the_total_says() {
    let server = RawServer::responding(vec![
        page(json!(1000), [save(1), save(2)]),
        page(json!(1000), [save(3)]),
        page(json!(1000), []),
    ]);
    assert_eq!(ids(raw_key(&server).search_saved_assets()), [1, 2, 3]);
    assert_eq!(sent(&server, "page"), ["1", "2", "3"]);

    for nothing in [
        "{}",
        r#"{"totalCount":5,"saves":null}"#,
        r#"{"totalCount":0,"saves":[]}"#,
    ] {
        let server = RawServer::responding(vec![json(200, nothing)]);
        let mut pages = raw_key(&server).search_saved_assets().into_iter();
        assert!(pages.next().is_none());
        assert!(pages.context().is_some());
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn without_a_total_there_are_pages_until_an_empty_one() {
    for total in [Value::Null, json!(-1)] {
        let server = RawServer::responding(vec![
            page(total.clone(), [save(1)]),
            page(total.clone(), [save(2)]),
            page(total, []),
        ]);
        assert_eq!(ids(raw_key(&server).search_saved_assets()), [1, 2]);
        assert_eq!(server.requests().len(), 3);
    }
    let absent = json(200, &json!({"saves": [save(1)]}).to_string());
    let server = RawServer::responding(vec![absent, json(200, "{}")]);
    assert_eq!(ids(raw_key(&server).search_saved_assets()), [1]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn entries_without_an_asset_are_passed_over_but_counted() {
    let gone =
        || json!({"owned": true, "dateSaved": "2026-01-01T00:00:00Z", "creatorStoreAsset": null});
    let empty = || json!({"creatorStoreAsset": {"asset": null, "voting": null}});
    let server = RawServer::responding(vec![
        page(json!(6), [gone(), Value::Null]),
        page(json!(6), [save(3), empty()]),
        page(json!(6), [json!({}), save(6)]),
    ]);
    assert_eq!(ids(raw_key(&server).search_saved_assets()), [3, 6]);
    assert_eq!(sent(&server, "page"), ["1", "2", "3"]);

    // A limit counts what it gives.
    let server = RawServer::responding(vec![
        page(json!(3), [gone()]),
        page(json!(3), [save(2)]),
        page(json!(3), [save(3)]),
    ]);
    assert_eq!(ids(raw_key(&server).search_saved_assets().limit(1)), [2]);
    assert_eq!(sent(&server, "page"), ["1", "2"]);
}

#[test]
fn what_is_gone_is_no_item_at_hand() {
    let gone = || json!({"owned": true, "creatorStoreAsset": null});
    let server = RawServer::responding(vec![
        page(json!(4), [save(1), gone(), Value::Null]),
        page(json!(4), [save(4)]),
    ]);
    let mut pages = raw_key(&server).search_saved_assets().into_iter();
    assert_eq!(pages.next().unwrap().unwrap().0.asset_id, 1);
    assert_eq!(pages.size_hint(), (0, None));
    // Nor does the cursor stay for it.
    assert_eq!(pages.cursor().as_deref(), Some("2"));
    assert_eq!(pages.next().unwrap().unwrap().0.asset_id, 4);
    assert_eq!((pages.size_hint(), pages.cursor()), ((0, Some(0)), None));
}

#[test]
fn owned_and_the_time_may_be_absent_or_null() {
    let asset = json!({"asset": {"id": 1}});
    let server = RawServer::responding(vec![page(
        json!(2),
        [
            json!({"creatorStoreAsset": asset}),
            json!({"owned": null, "dateSaved": null, "creatorStoreAsset": asset}),
        ],
    )]);
    for asset in results(raw_key(&server).search_saved_assets()) {
        assert_eq!((asset.is_owned, asset.saved_at), (None, None));
    }
}

#[test]
fn a_search_goes_on_from_the_page_that_failed() {
    let emulator = Emulator::start().unwrap();
    let key = newcomer(&emulator);
    let saved = save_many(&emulator, &key, 250);
    let mut pages = key.search_saved_assets().into_iter();
    assert_eq!(pages.cursor(), None);
    let mut found = Vec::new();
    for _ in 0..100 {
        assert_eq!(pages.cursor(), None);
        found.push(pages.next().unwrap().unwrap().0.asset_id);
    }
    assert_eq!(pages.cursor().as_deref(), Some("2"));
    emulator.fail_next(1, 403);
    assert!(pages.next().unwrap().unwrap_err().is_forbidden());
    assert!(pages.next().is_none());
    assert_eq!(pages.cursor().as_deref(), Some("2"));

    emulator.clear_requests();
    let rest = key
        .search_saved_assets()
        .page_token(pages.cursor().unwrap());
    found.extend(ids(rest));
    found.reverse();
    assert_eq!(found, saved.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    // The total is known to be reached, for all that the first page is not asked for again.
    assert_eq!(emulator.requests().len(), 2);
}

#[test]
fn page_tokens_are_numbers_from_1() {
    let server = RawServer::responding(vec![page(json!(0), [])]);
    let key = raw_key(&server);
    for wrong in ["", "0", "-1", "x", "1.5", "2147483648", "99999999999"] {
        let mut pages = key.search_saved_assets().page_token(wrong).into_iter();
        let error = pages.next().unwrap().unwrap_err();
        assert!(error.is_invalid_argument(), "{wrong}: {error:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_last_page_that_can_be_asked_for_is_the_last() {
    let server = RawServer::responding(vec![page(json!(i64::MAX), [save(1)])]);
    let last = raw_key(&server)
        .search_saved_assets()
        .page_token("2147483647");
    assert_eq!(ids(last), [1]);
    assert_eq!(sent(&server, "page"), ["2147483647"]);
}

#[test]
fn the_service_rejects_what_it_does_not_know() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for search in [
        key.search_saved_assets().asset_type("Hologram"),
        key.search_saved_assets()
            .sort_by(ToolboxSearchSortCategory::Relevance)
            .unchecked(),
    ] {
        let error = search.into_iter().next().unwrap().unwrap_err();
        assert_eq!(error.status(), Some(400), "{error:?}");
    }
}

#[test]
fn every_call_needs_its_scope() {
    let emulator = Emulator::start().unwrap();
    let with = |operation: &str| {
        let spec = KeySpec::new("one").scope("creator-store-save", [operation]);
        ApiKey::builder(emulator.add_key(spec))
            .base_url(emulator.url())
            .build()
            .unwrap()
    };
    let (reader, writer) = (with("read"), with("write"));
    assert!(reader.save_asset(1818, "Model").unwrap_err().is_forbidden());
    assert!(
        reader
            .unsave_assets([(1818, "Model")])
            .unwrap_err()
            .is_forbidden()
    );
    let two = [(1818, "Model"), (1819, "Model")];
    assert!(reader.unsave_assets(two).unwrap_err().is_forbidden());
    let mut pages = writer.search_saved_assets().into_iter();
    assert!(pages.next().unwrap().unwrap_err().is_forbidden());
    assert_eq!(ids(reader.search_saved_assets()).len(), 7);
    assert_eq!(writer.unsave_assets([(1818, "Model")]).unwrap(), 1);
}

#[test]
fn an_asset_is_saved_once() {
    let emulator = Emulator::start().unwrap();
    let key = newcomer(&emulator);
    let id = emulator.toolbox_asset_ids("Plugin")[0];
    key.save_asset(id, AssetType::Plugin).unwrap();
    let request = emulator.requests().pop().unwrap();
    assert_eq!(
        (
            request.method.as_str(),
            request.path.as_str(),
            request.query.as_deref()
        ),
        ("POST", "/toolbox-service/v1/saves", None)
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.json().unwrap(),
        json!({"targetType": "Plugin", "targetId": id})
    );

    let again = key.save_asset(id, "PLUGIN").unwrap_err();
    assert!(again.is_conflict(), "{again:?}");
    assert!(
        key.save_asset(1, AssetType::Plugin)
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        key.save_asset(id, AssetType::Audio)
            .unwrap_err()
            .is_not_found()
    );
    assert_eq!(
        key.save_asset(id, "Hologram").unwrap_err().status(),
        Some(400)
    );
    let saved = results(key.search_saved_assets());
    assert_eq!(saved.len(), 1);
    assert_eq!((saved[0].asset_id, saved[0].is_owned), (id, Some(false)));
}

#[test]
fn ids_are_whole_to_the_last_digit() {
    let emulator = Emulator::start().unwrap();
    let key = newcomer(&emulator);
    for (id, kind) in [
        (9_223_372_036_854_775_806, "Decal"),
        (9_007_199_254_740_993, "MeshPart"),
    ] {
        key.save_asset(id, kind).unwrap();
        let only = key.search_saved_assets().asset_id(id).asset_type(kind);
        assert_eq!(ids(only), [id]);
        assert_eq!(key.unsave_assets([(id, kind)]).unwrap(), 1);
    }
}

#[test]
fn saving_is_retried_after_a_failure_of_the_service() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let id = emulator.toolbox_asset_ids("Audio")[0];
    emulator.fail_next(2, 503);
    key.save_asset(id, AssetType::Audio).unwrap();
    let requests = emulator.requests();
    assert_eq!(requests.len(), 3);
    assert!(
        requests
            .iter()
            .all(|request| request.body == requests[0].body)
    );
}

#[test]
fn one_asset_is_removed_by_name() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    assert_eq!(key.unsave_assets([(1818, AssetType::Model)]).unwrap(), 1);
    let request = emulator.requests().pop().unwrap();
    assert_eq!(
        (
            request.method.as_str(),
            request.path.as_str(),
            request.query.as_deref()
        ),
        (
            "DELETE",
            "/toolbox-service/v1/saves",
            Some("targetType=Model&targetId=1818")
        )
    );
    assert_eq!(request.body_length, 0);
    assert!(!ids(key.search_saved_assets()).contains(&1818));
    let again = key.unsave_assets([(1818, AssetType::Model)]).unwrap_err();
    assert!(again.is_not_found(), "{again:?}");
}

#[test]
fn several_assets_are_removed_with_one_request() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let removed = key
        .unsave_assets(vec![
            (1_842_610_131, "Audio"),
            (1818, "MODEL"),
            (77, "Video"),
            (1818, "Audio"),
            (9_223_372_036_854_775_806, "Decal"),
        ])
        .unwrap();
    // Two of them are not saved.
    assert_eq!(removed, 3);
    let requests = emulator.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(
        (
            request.method.as_str(),
            request.path.as_str(),
            request.query.as_deref()
        ),
        ("POST", "/toolbox-service/v1/saves:bulkDelete", None)
    );
    assert_eq!(
        request.json().unwrap(),
        json!({"targets": [
            {"targetType": "Audio", "targetId": 1_842_610_131_u64},
            {"targetType": "Model", "targetId": 1818},
            {"targetType": "Video", "targetId": 77},
            {"targetType": "Audio", "targetId": 1818},
            {"targetType": "Decal", "targetId": 9_223_372_036_854_775_806_u64},
        ]})
    );
    assert_eq!(ids(key.search_saved_assets()).len(), 4);
    let none = key.unsave_assets([(1, "Audio"), (2, "Audio")]).unwrap_err();
    assert!(none.is_not_found(), "{none:?}");
}

#[test]
fn to_remove_nothing_is_no_request() {
    let emulator = Emulator::start().unwrap();
    let none: [(u64, AssetType); 0] = [];
    assert_eq!(key(&emulator).unsave_assets(none).unwrap(), 0);
    assert_eq!(emulator.connections(), 0);
}

/// How many targets each request had.
fn targets(server: &RawServer) -> Vec<usize> {
    server
        .requests()
        .iter()
        .map(|request| {
            assert_eq!(request.line(), "POST /toolbox-service/v1/saves:bulkDelete");
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            body["targets"].as_array().unwrap().len()
        })
        .collect()
}

fn assets(count: u64) -> impl Iterator<Item = (u64, AssetType)> {
    (1..=count).map(|id| (id, AssetType::Audio))
}

fn deleted(count: u64) -> Vec<u8> {
    json(200, &json!({"deletedCount": count}).to_string())
}

#[test]
fn no_request_removes_more_than_5000() {
    for (count, requests) in [
        (2, vec![2]),
        (4999, vec![4999]),
        (5000, vec![5000]),
        (5001, vec![5000, 1]),
        (10_000, vec![5000, 5000]),
        (12_345, vec![5000, 5000, 2345]),
    ] {
        let responses = requests
            .iter()
            .map(|count| deleted(*count as u64))
            .collect();
        let server = RawServer::responding(responses);
        assert_eq!(
            raw_key(&server).unsave_assets(assets(count)).unwrap(),
            count
        );
        assert_eq!(targets(&server), requests);
    }
    let server = RawServer::responding(vec![deleted(1)]);
    raw_key(&server).unsave_assets(assets(7000)).unwrap();
    let mut sent = Vec::new();
    for request in server.requests() {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let ids = body["targets"].as_array().unwrap().iter();
        sent.extend(ids.map(|target| target["targetId"].as_u64().unwrap()));
    }
    assert_eq!(sent, (1..=7000).collect::<Vec<_>>());
}

#[test]
fn the_count_is_the_services() {
    let server = RawServer::responding(vec![deleted(4321), json(200, r#"{"deletedCount":"7"}"#)]);
    assert_eq!(raw_key(&server).unsave_assets(assets(6000)).unwrap(), 4328);
    // A count that is not told counts as none, and the rest goes on.
    let server = RawServer::responding(vec![json(200, r#"{"deletedCount":null}"#), deleted(7)]);
    assert_eq!(raw_key(&server).unsave_assets(assets(6000)).unwrap(), 7);
    // It may also be nonsense, and still is no panic.
    let server = RawServer::responding(vec![deleted(u64::MAX)]);
    assert_eq!(
        raw_key(&server).unsave_assets(assets(6000)).unwrap(),
        u64::MAX
    );
}

#[test]
fn a_failure_after_some_were_removed_says_how_many() {
    for (failure, is) in [
        (
            json(500, "{}"),
            Error::is_server_error as fn(&Error) -> bool,
        ),
        (json(403, "{}"), Error::is_forbidden),
        (json(429, "{}"), Error::is_rate_limited),
        (json(200, "nonsense"), Error::is_decode),
    ] {
        let server = RawServer::responding(vec![deleted(4990), deleted(5), failure.clone()]);
        let error = raw_key(&server).unsave_assets(assets(20_000)).unwrap_err();
        let Error::Partial(partial) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(partial.done, 4995);
        assert!(is(&error), "{error:?}");
        assert!(error.to_string().contains("4995"), "{error}");
        assert_eq!(targets(&server), [5000, 5000, 5000]);

        // Before anything was removed there is nothing to tell.
        let server = RawServer::responding(vec![failure]);
        let error = raw_key(&server).unsave_assets(assets(20_000)).unwrap_err();
        assert!(
            is(&error) && !matches!(error, Error::Partial(_)),
            "{error:?}"
        );
        assert_eq!(targets(&server), [5000]);
    }
}

#[test]
fn a_part_of_which_nothing_is_saved_does_not_end_the_rest() {
    let none = || {
        json(
            404,
            r#"{"title":"Not Found","status":404,"detail":"None is saved."}"#,
        )
    };
    let server = RawServer::responding(vec![none(), deleted(5000), none(), deleted(2)]);
    assert_eq!(
        raw_key(&server).unsave_assets(assets(15_100)).unwrap(),
        5002
    );
    assert_eq!(targets(&server), [5000, 5000, 5000, 100]);

    let server = RawServer::responding(vec![none()]);
    let error = raw_key(&server).unsave_assets(assets(5001)).unwrap_err();
    assert!(
        error.is_not_found() && !matches!(error, Error::Partial(_)),
        "{error:?}"
    );
    assert_eq!(targets(&server), [5000, 1]);

    let server = RawServer::responding(vec![none(), json(500, "{}")]);
    let error = raw_key(&server).unsave_assets(assets(15_000)).unwrap_err();
    assert!(
        error.is_server_error() && !matches!(error, Error::Partial(_)),
        "{error:?}"
    );
    assert_eq!(targets(&server), [5000, 5000]);
}

#[test]
fn removing_is_retried_after_a_failure_of_the_service_or_the_connection() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for fault in [
        Fault::status(500),
        Fault::status(503),
        Fault::CutBeforeResponse,
    ] {
        key.save_asset(700_004, "Audio").unwrap();
        emulator.clear_requests();
        emulator.fault_next(1, fault.clone());
        assert_eq!(
            key.unsave_assets([(700_004, "Audio")]).unwrap(),
            1,
            "{fault:?}"
        );
        assert_eq!(emulator.requests().len(), 2);

        key.save_asset(700_004, "Audio").unwrap();
        key.save_asset(700_005, "Audio").unwrap();
        emulator.clear_requests();
        emulator.fault_next(1, fault.clone());
        let two = [(700_004, "Audio"), (700_005, "Audio")];
        assert_eq!(key.unsave_assets(two).unwrap(), 2, "{fault:?}");
        assert_eq!(emulator.requests().len(), 2);
    }
}

#[test]
fn what_an_earlier_attempt_removed_is_removed() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let lost = || emulator.fault_next(1, Fault::CutAfterActing);
    lost();
    assert_eq!(key.unsave_assets([(1818, "Model")]).unwrap(), 1);
    assert_eq!(emulator.requests().len(), 2);
    let error = key.unsave_assets([(1818, "Model")]).unwrap_err();
    assert!(error.is_not_found() && error.attempts() == 1, "{error:?}");
    // Of several it is not known which were there.
    lost();
    let two = [(1_842_610_131, "Audio"), (1_842_613_555, "Audio")];
    let error = key.unsave_assets(two).unwrap_err();
    assert!(error.is_not_found() && error.attempts() == 2, "{error:?}");
    assert!(error.is_outcome_unknown(), "{error:?}");
    let left = ids(key.search_saved_assets());
    assert_eq!(left.len(), 4);
    assert!(!left.contains(&1818) && !left.contains(&1_842_610_131));
}
