//! Responses that are not what they should be.

use std::io::Write;

use rblxopencloud::{
    ApiKey, AssetPermissionAction, AssetPermissionSubject, AssetType, Creator, Error, RetryPolicy,
    ToolboxAssetSubtype,
};
use support::raw_server::{RawServer, json, response};

fn fetch(response: Vec<u8>) -> Error {
    let server = RawServer::responding(vec![response]);
    key(&server).fetch_toolbox_asset(1).unwrap_err()
}

fn key(server: &RawServer) -> ApiKey {
    ApiKey::builder("k")
        .base_url(server.url())
        .body_limit(1 << 20)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

#[test]
fn invalid_json_names_the_endpoint_and_the_place_not_the_body() {
    let error = fetch(json(200, "{\n  \"asset\": {\"id\": my secret}}"));
    assert!(error.is_decode());
    let shown = error.to_string();
    assert_eq!(
        shown,
        "GET /toolbox-service/v2/assets/1: unexpected response with status 200: expected value at line 2 column 19"
    );
    let Error::Decode(decode) = &error else {
        panic!()
    };
    assert_eq!(decode.position, Some((2, 19)));
    for shown in [shown, format!("{error:?}"), format!("{error:#?}")] {
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn every_kind_of_broken_json_is_an_error_of_decoding() {
    for (body, reason) in [
        ("{", "EOF while parsing"),
        ("", "the body is empty"),
        ("[{}, {}, {}, {}]", "expected an object at line 1 column 1"),
        ("\"text\"", "expected an object"),
        ("null", "expected an object"),
        ("nonsense", "expected ident"),
        ("{\"asset\": NaN}", "expected value"),
        ("{\"asset\": {}} {}", "trailing characters"),
    ] {
        let error = fetch(json(200, body));
        assert!(
            error.is_decode() && error.status() == Some(200),
            "{body}: {error:?}"
        );
        assert!(error.to_string().contains(reason), "{body}: {error}");
    }
    assert!(
        fetch(response(
            200,
            &[("content-type", "application/json")],
            &[b'"', 0xff, b'"']
        ))
        .is_decode()
    );
}

#[test]
fn a_toolbox_asset_without_its_id_is_the_one_that_was_asked_for() {
    for body in [
        r#"{"asset":null}"#,
        r#"{"asset":{}}"#,
        r#"{"asset":{"id":null}}"#,
        r#"{"asset":{"id":0}}"#,
        r#"{"asset":{"id":-1}}"#,
        r#"{"asset":{"id":1.5}}"#,
        r#"{"asset":{"id":18446744073709551616}}"#,
        r#"{"asset":[]}"#,
        r#"{"voting":{"upVotes":3}}"#,
    ] {
        let server = RawServer::responding(vec![json(200, body)]);
        let asset = key(&server).fetch_toolbox_asset(1).unwrap();
        assert_eq!(asset.asset_id, 1, "{body}");
    }
}

#[test]
fn text_that_was_cut_in_the_middle_of_a_character_costs_no_other_field() {
    for (body, name) in [
        (&br#"{"asset":{"id":5,"name":"a\ud83d"}}"#[..], "a\u{fffd}"),
        (
            br#"{"asset":{"name":"\ude00\ud83d\ude00","id":5}}"#,
            "\u{fffd}\u{1f600}",
        ),
        (
            b"{\"asset\":{\"id\":5,\"name\":\"a\xf0\x9f\"}}",
            "a\u{fffd}",
        ),
    ] {
        let headers = [("content-type", "application/json")];
        let server = RawServer::responding(vec![response(200, &headers, body)]);
        let asset = key(&server).fetch_toolbox_asset(1).unwrap();
        assert_eq!((asset.asset_id, asset.name.as_deref()), (5, Some(name)));
    }
}

#[test]
fn json_that_is_nested_without_end_is_an_error_or_passed_over() {
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let server = RawServer::responding(vec![json(200, &deep)]);
    let error = key(&server).send_request("GET", "a").send().unwrap_err();
    assert!(error.to_string().contains("recursion limit"), "{error}");
    assert_eq!(key(&server).fetch_toolbox_asset(1).unwrap().asset_id, 1);
    assert_eq!(fetch(json(500, &deep)).status(), Some(500));
}

#[test]
fn another_content_type_than_json_is_named() {
    let error = fetch(response(
        200,
        &[("content-type", "text/html")],
        b"<html>Log in to the hotel's network",
    ));
    assert!(
        error
            .to_string()
            .contains("content type text/html in place of JSON"),
        "{error}"
    );
    let error = fetch(response(200, &[], b"oops"));
    assert!(
        error
            .to_string()
            .contains("no content type in place of JSON"),
        "{error}"
    );
}

#[test]
fn a_page_that_calls_itself_json_is_said_to_be_a_page() {
    for page in [
        "<!DOCTYPE html><html><title>Sign in</title></html>",
        "\u{feff}\r\n <html>",
        "<?xml version=\"1.0\"?><a/>",
    ] {
        let error = fetch(json(200, page));
        assert!(error.is_decode(), "{error:?}");
        let shown = error.to_string();
        assert!(
            shown.contains("a page of HTML or XML in place of JSON"),
            "{shown}"
        );
    }
}

#[test]
fn json_is_understood_whatever_it_calls_itself() {
    let server = RawServer::responding(vec![response(
        200,
        &[("content-type", "text/plain")],
        br#"{"asset":{"id":5}}"#,
    )]);
    assert_eq!(key(&server).fetch_toolbox_asset(5).unwrap().asset_id, 5);
}

#[test]
fn a_body_over_the_limit_is_an_error() {
    let server = RawServer::responding(vec![json(200, &format!("\"{}\"", "x".repeat(2 << 20)))]);
    let error = key(&server).send_request("GET", "a").send().unwrap_err();
    assert!(error.is_decode());
    assert!(
        error
            .to_string()
            .contains("over the limit of 1048576 bytes"),
        "{error}"
    );
}

#[test]
fn the_limit_counts_bytes_after_decompression() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..64 {
        encoder.write_all(&spaces).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let error = fetch(response(
        200,
        &[
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
        ],
        &bomb,
    ));
    assert!(error.to_string().contains("over the limit"), "{error}");
}

#[test]
fn a_compressed_response_is_decompressed() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(br#"{"asset":{"id":9}}"#).unwrap();
    let body = encoder.finish().unwrap();
    let server = RawServer::responding(vec![response(200, &[("content-encoding", "gzip")], &body)]);
    assert_eq!(key(&server).fetch_toolbox_asset(9).unwrap().asset_id, 9);
    assert_eq!(server.requests()[0].header("accept-encoding"), Some("gzip"));
}

#[test]
fn a_huge_error_body_is_cut() {
    let error = fetch(response(
        400,
        &[("content-type", "text/plain")],
        "word ".repeat(1 << 20).as_bytes(),
    ));
    assert_eq!(error.status(), Some(400));
    assert!(error.to_string().len() < 500);
}

#[test]
fn control_characters_of_a_message_do_not_reach_a_terminal() {
    let error = fetch(json(400, r#"{"message":"\u001b[2Jgone\r\nand"}"#));
    assert!(error.to_string().ends_with("400:  [2Jgone  and"), "{error}");
    assert_eq!(error.api_error().unwrap().message, "\u{1b}[2Jgone\r\nand");
}

#[test]
fn after_a_bad_response_the_next_call_works() {
    for bad in [
        json(200, "{"),
        json(500, "x"),
        b"HTTP/9.9 nonsense\r\n\r\n".to_vec(),
        b"garbage\r\n\r\n".to_vec(),
    ] {
        let server = RawServer::responding(vec![bad, json(200, r#"{"asset":{"id":1}}"#)]);
        let key = key(&server);
        let first = key
            .send_request("GET", "toolbox-service/v2/assets/1")
            .send();
        assert!(first.is_err() || first.unwrap().status == 500);
        assert_eq!(key.fetch_toolbox_asset(1).unwrap().asset_id, 1);
    }
}

#[test]
fn a_search_response_without_anything_in_it_is_an_empty_page() {
    for body in [
        "{}",
        r#"{"creatorStoreAssets":null,"queryFacets":null,"nextPageToken":null,"totalResults":"0"}"#,
    ] {
        let server = RawServer::responding(vec![json(200, body)]);
        let mut pages = key(&server).search_toolbox(AssetType::Model).into_iter();
        assert!(pages.next().is_none());
        assert_eq!(pages.context().unwrap().total_results, 0);
    }
}

#[test]
fn a_list_is_no_object_in_any_response() {
    let server = |body: &str| RawServer::responding(vec![json(200, body)]);
    // Its entries are not taken for fields in their order.
    let told = server(r#"{"assetId":"1","discordSocialLink":["t","u"],"state":"Active"}"#);
    let asset = key(&told).fetch_asset(1).unwrap();
    assert_eq!(asset.discord_social_link, None);
    assert!(asset.state.is_some());
    let told = server(r#"{"assetQuotas":[[],{"usage":3}]}"#);
    let quotas = key(&told).get_user(1).list_asset_quotas().into_iter();
    let usages: Vec<_> = quotas.map(|quota| quota.unwrap().usage).collect();
    assert_eq!(usages, [3]);
    let told = server(r#"{"socialNetworkProfiles":["f"],"name":"n"}"#);
    let info = key(&told).get_user(1).fetch_info().unwrap();
    assert_eq!(
        (info.social_network_profiles, info.username.as_deref()),
        (None, Some("n"))
    );
}

#[test]
fn null_in_a_list_of_a_response_is_left_out() {
    let key_for = |body: &str| {
        let server = RawServer::responding(vec![json(200, body)]);
        (key(&server), server)
    };

    let (key, _server) = key_for(
        r#"{"asset": {"id": 1, "subTypes": [null, "Ad"], "socialLinks": [null, {"url": "u"}],
            "previewAssets": {"imagePreviewAssets": [7, null], "videoPreviewAssets": [null, "8"]}}}"#,
    );
    let asset = key.fetch_toolbox_asset(1).unwrap();
    assert_eq!(asset.subtypes, [ToolboxAssetSubtype::Ad]);
    assert_eq!(asset.social_links.len(), 1);
    assert_eq!(asset.preview_image_asset_ids, [7]);
    assert_eq!(asset.preview_video_asset_ids, [8]);

    let (key, _server) =
        key_for(r#"{"assetId": "1", "previews": [null, {"asset": "assets/5", "altText": null}]}"#);
    let previews = key.fetch_asset(1).unwrap().previews;
    assert_eq!(previews.len(), 1);
    assert_eq!(previews[0].asset_id, 5);

    for body in [
        r#"[null, {"path": "assets/1/versions/2"}]"#,
        r#"{"assetVersions": [{"path": "assets/1/versions/2"}, null]}"#,
    ] {
        let (key, _server) = key_for(body);
        let mut versions = key.get_user(1).list_asset_versions(1).into_iter();
        assert_eq!(versions.next().unwrap().unwrap().version_number, 2);
        assert!(versions.next().is_none(), "{body}");
    }

    let (key, _server) = key_for(r#"{"assetQuotas": [null, {"usage": "3"}]}"#);
    let quotas = key.get_user(1).list_asset_quotas().into_iter();
    let usages: Vec<_> = quotas.map(|quota| quota.unwrap().usage).collect();
    assert_eq!(usages, [3]);

    let (key, _server) = key_for(r#"{"restrictions": [null, "ITEM_RESTRICTED"]}"#);
    let product = key
        .fetch_creator_store_product(AssetType::Model, 1)
        .unwrap();
    assert_eq!(product.restrictions.len(), 1);

    let (key, _server) = key_for(r#"{"successAssetIds": [null, 1], "errors": [null]}"#);
    let granted = key
        .get_user(1)
        .grant_assets_permission(
            AssetPermissionAction::Use,
            AssetPermissionSubject::User(2),
            [1],
        )
        .unwrap();
    assert!(granted.iter().all(|result| result.granted), "{granted:?}");

    let (key, _server) = key_for(
        r#"{"name": "n", "enabled": true, "authorizedUserId": 1,
            "scopes": [null, {"name": "asset", "operations": ["read", null]}]}"#,
    );
    let scopes = key.fetch_info().unwrap().scopes;
    assert_eq!(scopes.len(), 1);
    assert_eq!(scopes[0].operations, ["read"]);
}
