//! The lazy iterator, counted request by request.

use open_cloud_emulator::{CATEGORIES, Emulator};
use rblxopencloud::toolbox::SearchToolbox;
use rblxopencloud::{ApiKey, AssetType, RetryPolicy};
use serde_json::{Value, json};
use support::raw_server::{RawServer, json};

fn search(url: &str) -> SearchToolbox {
    let key = ApiKey::builder("k")
        .base_url(url)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    key.search_toolbox(AssetType::Audio)
}

/// A page of assets with these ids; `next` is the token as it stands on the wire.
fn page(ids: &[u64], next: Value) -> Vec<u8> {
    let assets: Vec<_> = ids.iter().map(|id| json!({"asset": {"id": id}})).collect();
    json(
        200,
        &json!({"creatorStoreAssets": assets, "nextPageToken": next, "totalResults": 99})
            .to_string(),
    )
}

fn ids(search: SearchToolbox) -> Vec<u64> {
    search
        .into_iter()
        .map(|result| result.unwrap().0.asset_id)
        .collect()
}

fn tokens(server: &RawServer) -> Vec<Option<String>> {
    let token = |line: &str| Some(line.split_once("&pageToken=")?.1.to_owned());
    server
        .requests()
        .iter()
        .map(|request| token(request.line()))
        .collect()
}

#[test]
fn nothing_is_requested_before_the_first_item_and_no_page_before_it_is_needed() {
    let server = RawServer::responding(vec![page(&[1, 2], json!("t1")), page(&[3], json!(null))]);
    let mut pages = search(server.url()).into_iter();
    assert_eq!((server.connections(), pages.size_hint()), (0, (0, None)));
    assert!(pages.context().is_none());
    assert_eq!(pages.next().unwrap().unwrap().0.asset_id, 1);
    assert_eq!((server.requests().len(), pages.size_hint()), (1, (1, None)));
    pages.next().unwrap().unwrap();
    assert_eq!(server.requests().len(), 1);
    pages.next().unwrap().unwrap();
    assert_eq!(
        (server.requests().len(), pages.size_hint()),
        (2, (0, Some(0)))
    );
    assert!(pages.next().is_none());
    assert!(pages.next().is_none());
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn an_empty_page_with_a_token_is_not_the_end() {
    let server = RawServer::responding(vec![
        page(&[], json!("a")),
        page(&[1], json!("b")),
        page(&[], json!("c")),
        page(&[], json!("d/+ &=")),
        page(&[2], json!("")),
    ]);
    assert_eq!(ids(search(server.url())), [1, 2]);
    let expected = [
        None,
        Some("a"),
        Some("b"),
        Some("c"),
        Some("d%2F%2B%20%26%3D"),
    ];
    assert_eq!(
        tokens(&server),
        expected.map(|token| token.map(str::to_owned))
    );
}

#[test]
fn an_absent_or_null_or_empty_token_is_the_end_whatever_the_total_says() {
    let absent = json(
        200,
        r#"{"creatorStoreAssets":[{"asset":{"id":1}}],"totalResults":1000}"#,
    );
    for last in [absent, page(&[1], json!(null)), page(&[1], json!(""))] {
        let server = RawServer::responding(vec![last]);
        assert_eq!(ids(search(server.url())), [1]);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn the_rest_of_the_query_stays_the_same() {
    let server = RawServer::responding(vec![page(&[1], json!("t")), page(&[2], json!(null))]);
    ids(search(server.url()).query("a b").facets(["x", "y"]));
    let requests = server.requests();
    assert_eq!(
        requests[1].line(),
        format!("{}&pageToken=t", requests[0].line())
    );
}

#[test]
fn a_token_that_repeats_is_an_error_not_an_endless_loop() {
    let server = RawServer::responding(vec![page(&[1], json!("t")), page(&[2], json!("t"))]);
    let mut pages = search(server.url()).into_iter();
    assert!(pages.next().unwrap().is_ok());
    assert!(pages.next().unwrap().is_ok());
    let error = pages.next().unwrap().unwrap_err();
    assert!(error.is_decode());
    assert!(
        error.to_string().contains(
            "GET /toolbox-service/v2/assets:search: unexpected response with status 200: the next page's token is that"
        ),
        "{error}"
    );
    assert!(pages.next().is_none());
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn tokens_that_go_round_in_a_circle_end_in_an_error_after_the_items() {
    let server = RawServer::responding(vec![
        page(&[1], json!("a")),
        page(&[2], json!("b")),
        page(&[3], json!("a")),
    ]);
    let results: Vec<_> = search(server.url()).into_iter().collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    assert!(results[3].as_ref().unwrap_err().is_decode());
    assert_eq!((results.len(), server.requests().len()), (4, 3));
    // Begun in the middle, it comes back to where it began.
    let server = RawServer::responding(vec![page(&[1], json!("a")), page(&[2], json!("b"))]);
    let results: Vec<_> = search(server.url()).page_token("b").into_iter().collect();
    assert_eq!((results.len(), server.requests().len()), (3, 2));
}

#[test]
fn a_token_that_leads_nowhere_does_not_matter_where_the_limit_is_reached() {
    for token in [json!("t"), json!({}), json!([1]), json!(true)] {
        let server = RawServer::responding(vec![page(&[1, 2], token)]);
        let found = ids(search(server.url()).page_token("t").limit(2));
        assert_eq!(found, [1, 2]);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_token_that_is_no_text_is_not_taken_for_the_end() {
    for token in [json!({}), json!([1]), json!(true)] {
        let server = RawServer::responding(vec![page(&[1, 2], token.clone())]);
        let mut pages = search(server.url()).into_iter();
        assert!(pages.next().unwrap().is_ok() && pages.next().unwrap().is_ok());
        assert_eq!(pages.size_hint(), (0, None));
        let error = pages.next().unwrap().unwrap_err();
        assert!(error.to_string().contains("token is not text"), "{error}");
        assert!(pages.next().is_none());
    }
    let server = RawServer::responding(vec![page(&[1], json!(7)), page(&[2], json!(null))]);
    assert_eq!(ids(search(server.url())), [1, 2]);
    assert!(server.requests()[1].line().ends_with("&pageToken=7"));
}

#[test]
fn the_limit_counts_over_all_pages_and_makes_small_pages() {
    for (limit, page_size, found) in [
        (1, 1, 1),
        (3, 3, 3),
        (4, 4, 4),
        (100, 100, 5),
        (1000, 100, 5),
    ] {
        let server = RawServer::responding(vec![
            page(&[1, 2, 3], json!("t")),
            page(&[4, 5], json!(null)),
        ]);
        assert_eq!(ids(search(server.url()).limit(limit)).len(), found);
        let requests = server.requests();
        assert_eq!(
            requests.len(),
            if limit <= 3 { 1 } else { 2 },
            "limit {limit}"
        );
        for request in requests {
            assert!(
                request.line().contains(&format!("maxPageSize={page_size}")),
                "{}",
                request.line()
            );
        }
    }
}

#[test]
fn what_names_no_asset_is_no_item_at_hand() {
    let told = json!({
        "creatorStoreAssets": [{"asset": {"id": 1}}, {}, null, {"asset": null}],
        "nextPageToken": "t",
    });
    let server = RawServer::responding(vec![json(200, &told.to_string()), page(&[2], json!(null))]);
    let mut pages = search(server.url()).into_iter();
    assert_eq!(pages.next().unwrap().unwrap().0.asset_id, 1);
    assert_eq!(pages.size_hint(), (0, None));
    // Nor does the cursor stay for it.
    assert_eq!(pages.cursor().as_deref(), Some("t"));
    assert_eq!(pages.next().unwrap().unwrap().0.asset_id, 2);
    assert_eq!((pages.size_hint(), pages.cursor()), ((0, Some(0)), None));
}

#[test]
fn a_limit_of_0_yields_nothing_and_sends_nothing() {
    let server = RawServer::responding(vec![page(&[1], json!(null))]);
    assert!(ids(search(server.url()).limit(0)).is_empty());
    assert_eq!(server.connections(), 0);
}

#[test]
fn after_an_error_there_is_nothing_more_and_the_cursor_is_of_the_page_that_failed() {
    let server = RawServer::responding(vec![
        page(&[1], json!("t")),
        json(500, "{}"),
        page(&[2], json!(null)),
    ]);
    let mut pages = search(server.url()).into_iter();
    assert_eq!(pages.cursor(), None);
    pages.next().unwrap().unwrap();
    assert_eq!(pages.cursor().as_deref(), Some("t"));
    assert!(pages.next().unwrap().is_err());
    assert!(pages.next().is_none());
    assert_eq!(
        (server.requests().len(), pages.size_hint()),
        (2, (0, Some(0)))
    );
    let token = pages.cursor().unwrap();
    assert_eq!(ids(search(server.url()).page_token(token)), [2]);
    assert_eq!(tokens(&server)[2].as_deref(), Some("t"));
}

#[test]
fn the_cursor_stays_at_a_page_until_it_is_used_up() {
    let server = RawServer::responding(vec![
        page(&[1, 2], json!("t")),
        page(&[3, 4], json!("u")),
        page(&[5], json!(null)),
    ]);
    let mut pages = search(server.url()).into_iter();
    let mut cursors = Vec::new();
    while let Some(result) = pages.next() {
        cursors.push((result.unwrap().0.asset_id, pages.cursor()));
    }
    let expected = [
        (1, None),
        (2, Some("t")),
        (3, Some("t")),
        (4, Some("u")),
        (5, None),
    ];
    assert_eq!(
        cursors,
        expected.map(|(id, cursor)| (id, cursor.map(str::to_owned)))
    );
    assert_eq!(pages.cursor(), None);
}

#[test]
fn a_bad_argument_is_the_first_and_only_result() {
    let server = RawServer::responding(vec![page(&[1], json!(null))]);
    let mut pages = search(server.url())
        .min_price("EUR 1".parse().unwrap())
        .into_iter();
    let error = pages.next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "min_price must be in USD, not \"EUR\"");
    assert!(pages.next().is_none());
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_search_can_be_resumed_in_another_process() {
    let emulator = Emulator::start().unwrap();
    let search = || {
        let key = ApiKey::builder(emulator.api_key())
            .base_url(emulator.url())
            .build()
            .unwrap();
        key.search_toolbox(AssetType::Model)
            .verified_creators_only(false)
    };
    let all = ids(search());
    assert!(all.len() > 8, "{}", all.len());
    let small = || search().limit(5);
    let mut pages = small().into_iter();
    let first: Vec<_> = pages
        .by_ref()
        .map(|result| result.unwrap().0.asset_id)
        .collect();
    let rest = ids(small().page_token(pages.cursor().unwrap()));
    assert_eq!([first, rest].concat(), all[..10]);
}

#[test]
fn every_result_comes_once_even_over_empty_pages() {
    let emulator = Emulator::start().unwrap();
    let key = ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap();
    emulator.set_empty_pages(true);
    for kind in CATEGORIES {
        let mut found = ids(key
            .search_toolbox(kind)
            .verified_creators_only(false)
            .include_top_charts(true));
        found.sort_unstable();
        let mut expected = emulator.toolbox_asset_ids(kind);
        // What names no asset is passed over.
        expected.retain(|id| emulator.toolbox_asset(*id).unwrap()["asset"].is_object());
        expected.sort_unstable();
        assert_eq!(found, expected, "{kind}");
    }
}

#[test]
fn the_context_tells_of_a_search_that_finds_nothing() {
    let emulator = Emulator::start().unwrap();
    let key = ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap();
    let mut pages = key
        .search_toolbox(AssetType::Audio)
        .query("menue theme nobody made")
        .into_iter();
    assert!(pages.next().is_none());
    let context = pages.context().unwrap();
    assert_eq!(context.total_results, 0);
    assert_eq!(
        context.query_correction.as_deref(),
        Some("menu theme nobody made")
    );
    assert_eq!(emulator.requests().len(), 1);
}

/// A service with so many assets, that says of their number what it likes.
fn service(count: u64, total: Value) -> RawServer {
    RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            let parameter = |name: &str| {
                let query = request.line().split_once('?').unwrap().1;
                let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                let (_, value) = pairs.find(|(known, _)| *known == name)?;
                Some(value.parse::<u64>().unwrap())
            };
            let start = parameter("pageToken").unwrap_or(0);
            let end = count.min(start + parameter("maxPageSize").unwrap());
            let assets: Vec<_> = (start..end)
                .map(|id| json!({"asset": {"id": id + 1}}))
                .collect();
            let next = (end < count).then(|| end.to_string());
            let response =
                json!({"creatorStoreAssets": assets, "nextPageToken": next, "totalResults": total});
            connection.send(&json(200, &response.to_string()));
        }
    })
}

#[test]
fn there_are_as_many_requests_as_pages_and_no_more() {
    for (count, limit, requests) in [
        (250, None, 3),
        (200, None, 2),
        (100, None, 1),
        (1, None, 1),
        (0, None, 1),
        (250, Some(1), 1),
        (250, Some(100), 1),
        (250, Some(101), 2),
        (250, Some(250), 3),
        (250, Some(251), 3),
        (250, Some(u64::MAX), 3),
    ] {
        let server = service(count, json!(count));
        let mut search = search(server.url());
        if let Some(limit) = limit {
            search = search.limit(limit);
        }
        let expected = count.min(limit.unwrap_or(count));
        assert_eq!(ids(search), (1..=expected).collect::<Vec<_>>());
        assert_eq!(server.requests().len(), requests, "{count} {limit:?}");
    }
}

#[test]
fn to_stop_early_is_to_ask_for_no_more() {
    let server = service(250, json!(250));
    let first = search(server.url()).into_iter().next();
    assert_eq!(first.unwrap().unwrap().0.asset_id, 1);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(search(server.url()).into_iter().take(100).count(), 100);
    assert_eq!(server.requests().len(), 2);
    let found = search(server.url())
        .into_iter()
        .map(Result::unwrap)
        .find(|(asset, _)| asset.asset_id == 150);
    assert!(found.is_some());
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_total_never_decides_where_the_pages_end() {
    for total in [
        json!(0),
        json!(1),
        json!(-1),
        json!(1_000_000),
        json!(i64::MAX),
    ] {
        let server = service(250, total.clone());
        let mut pages = search(server.url()).into_iter();
        assert_eq!(pages.by_ref().map(Result::unwrap).count(), 250, "{total}");
        assert_eq!(json!(pages.context().unwrap().total_results), total);
        assert_eq!(server.requests().len(), 3);
    }
}

#[test]
fn a_page_that_fails_and_then_comes_is_one_page() {
    let server = RawServer::responding(vec![
        page(&[1, 2], json!("t")),
        json(503, "{}"),
        json(500, "{}"),
        page(&[3], json!(null)),
    ]);
    let key = ApiKey::builder("k")
        .base_url(server.url())
        .sleep_with(|_| std::ops::ControlFlow::Continue(()))
        .build()
        .unwrap();
    assert_eq!(ids(key.search_toolbox(AssetType::Audio)), [1, 2, 3]);
    let expected = [None, Some("t"), Some("t"), Some("t")];
    assert_eq!(
        tokens(&server),
        expected.map(|token| token.map(str::to_owned))
    );
}

#[test]
fn the_context_is_that_of_the_latest_page() {
    let told = |id: u64, next: Value, total: u64| {
        let response = json!({"creatorStoreAssets": [{"asset": {"id": id}}], "nextPageToken": next, "totalResults": total});
        json(200, &response.to_string())
    };
    let server = RawServer::responding(vec![told(1, json!("t"), 5), told(2, json!(null), 4)]);
    let mut pages = search(server.url()).into_iter();
    for total in [5, 4] {
        let (_, context) = pages.next().unwrap().unwrap();
        assert_eq!(context.total_results, total);
        assert_eq!(pages.context().unwrap().total_results, total);
    }
    assert!(pages.next().is_none());
    assert_eq!(pages.context().unwrap().total_results, 4);
}

#[test]
fn pages_show_where_they_are_and_nothing_that_is_secret() {
    let server = RawServer::responding(vec![page(&[1, 2], json!("t"))]);
    let key = ApiKey::builder("top-secret")
        .base_url(server.url())
        .build()
        .unwrap();
    let mut pages = key.search_toolbox(AssetType::Audio).into_iter();
    pages.next().unwrap().unwrap();
    let shown = format!("{pages:?}");
    assert!(
        shown.contains("at_hand: 1") && shown.contains("Token(\"t\")"),
        "{shown}"
    );
    assert!(!shown.contains("secret"));
}

#[test]
fn pages_go_to_another_thread_with_what_they_have() {
    let server = service(150, json!(150));
    let mut pages = search(server.url()).into_iter();
    pages.next().unwrap().unwrap();
    let rest = std::thread::spawn(move || pages.map(Result::unwrap).count());
    assert_eq!(rest.join().unwrap(), 149);
}
