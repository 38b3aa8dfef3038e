//! Whatever a service or a user wrote, what is shown is one line that plays no tricks.

use proptest::prelude::*;
use rblxopencloud::{
    ApiKey, Asset, AssetFile, AssetType, Creator, Error, Money, WaitOptions, printable,
};
use support::cases::config;
use support::client::key;
use support::raw_server::{RawServer, json, response};

/// Everything that a terminal would obey, hide, or show elsewhere than it stands.
const TRICKS: &str = "a\u{1b}[31mb\r\n\u{85}\u{9b}c\u{2028}d\u{2029}e\u{202e}f\u{200b}g\u{2066}h\u{feff}i\u{200d}j\u{ad}k";

fn assert_plain(shown: &str) {
    let odd = |c: char| {
        c.is_control()
            || "\u{2028}\u{2029}\u{ad}\u{feff}\u{61c}".contains(c)
            || ('\u{200b}'..='\u{200f}').contains(&c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2060}'..='\u{206f}').contains(&c)
    };
    assert!(!shown.contains(odd), "{shown:?}");
    assert!(!shown.is_empty());
}

fn assert_error_is_plain(error: &Error) {
    assert_plain(&error.to_string());
    assert_plain(&format!("{error:?}"));
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        assert_plain(&error.to_string());
        cause = error.source();
    }
}

#[test]
fn operations_are_shown_plainly() {
    let id = serde_json::to_string(&format!("operations/{TRICKS}")).unwrap();
    let trick = serde_json::to_string(TRICKS).unwrap();
    let begun = json(200, &format!(r#"{{"path":{id}}}"#));
    for last in [
        json(200, &format!(r#"{{"path":{id},"done":false}}"#)),
        json(
            200,
            &format!(r#"{{"path":{id},"done":true,"error":{{"code":{trick},"message":{trick}}}}}"#),
        ),
        json(
            200,
            &format!(
                r#"{{"done":true,"response":{{"assetId":1}},"metadata":{{"errors":[
            {{"error":{{"message":{trick}}},"fieldMask":{trick}}}]}}}}"#
            ),
        ),
        json(500, &format!(r#"{{"code":{trick},"message":{trick}}}"#)),
        json(404, &format!(r#"{{"code":{trick},"message":{trick}}}"#)),
    ] {
        let server = RawServer::responding(vec![begun.clone(), last]);
        let (key, _) = key(server.url());
        let file = AssetFile::from_bytes("a.fbx", "x");
        let upload = key
            .get_user(1)
            .upload_asset(file, AssetType::Model, "n", "d");
        let operation = upload.unchecked().send().unwrap();
        assert_eq!(operation.id(), TRICKS);
        assert_error_is_plain(&operation.wait().unwrap_err());
        assert_error_is_plain(
            &operation
                .wait_with(&WaitOptions::new().timeout(None.or(Some(std::time::Duration::ZERO))))
                .unwrap_err(),
        );
    }
}

#[test]
fn what_things_are_called_is_shown_plainly() {
    let body = serde_json::json!({
        "asset": {"id": 1, "name": TRICKS}, "creator": {"userId": 7, "name": TRICKS},
        "assetId": 1, "displayName": TRICKS, "assetType": TRICKS, "name": TRICKS,
        "basePrice": {"currencyCode": TRICKS, "quantity": {"significand": 5}},
    });
    let server = RawServer::responding(vec![json(200, &body.to_string())]);
    let (key, _) = key(server.url());
    let found = key.fetch_toolbox_asset(1).unwrap();
    assert_eq!(found.name.as_deref(), Some(TRICKS));
    assert_plain(&found.to_string());
    assert_plain(&found.creator.unwrap().to_string());
    let asset = key.fetch_asset(1).unwrap();
    assert_plain(&asset.to_string());
    assert_plain(&format!("{:>60}", asset.asset_type.unwrap()));
    assert_plain(&key.get_user(1).fetch_info().unwrap().to_string());
    assert_plain(&key.get_group(1).fetch_info().unwrap().to_string());
    assert_plain(&key.get_experience(1).fetch_info().unwrap().to_string());
    let product = key.fetch_creator_store_product("Model", 1).unwrap();
    assert_plain(&product.base_price.unwrap().to_string());
    assert_plain(&printable(TRICKS).to_string());
}

#[test]
fn arguments_are_quoted_plainly() {
    let key = ApiKey::new("k").unwrap();
    let file = || AssetFile::from_bytes(TRICKS, "x");
    let user = key.get_user(1);
    let first = |search: rblxopencloud::toolbox::SearchToolbox| {
        search.into_iter().next().unwrap().map(drop)
    };
    for error in [
        first(
            key.search_toolbox("Model")
                .max_price(Money::new(TRICKS, 1, 0)),
        )
        .unwrap_err(),
        first(
            key.search_toolbox("Model")
                .max_price(Money::new(TRICKS, -1, 0)),
        )
        .unwrap_err(),
        TRICKS.parse::<Money>().unwrap_err(),
        Money::from_decimal("USD", TRICKS).unwrap_err(),
        user.upload_asset(file(), AssetType::Decal, "n", "d")
            .send()
            .map(drop)
            .unwrap_err(),
        user.upload_asset(
            AssetFile::from_bytes(TRICKS, ""),
            AssetType::Decal,
            "n",
            "d",
        )
        .send()
        .map(drop)
        .unwrap_err(),
        user.upload_asset(
            AssetFile::from_bytes("a.fbx", "x").with_content_type(TRICKS),
            AssetType::Model,
            "n",
            "d",
        )
        .send()
        .map(drop)
        .unwrap_err(),
        AssetFile::open(format!("no/{TRICKS}")).unwrap_err(),
        key.send_request(TRICKS, "a").send().map(drop).unwrap_err(),
        key.send_request("GET", &format!("../{TRICKS}"))
            .send()
            .map(drop)
            .unwrap_err(),
        key.send_request("GET", "a")
            .header(TRICKS, "v")
            .send()
            .map(drop)
            .unwrap_err(),
        key.send_request("GET", "a")
            .header("n", TRICKS)
            .send()
            .map(drop)
            .unwrap_err(),
        key.send_request("POST", "a")
            .data("x", TRICKS)
            .send()
            .map(drop)
            .unwrap_err(),
        ApiKey::builder("k")
            .base_url(TRICKS)
            .build()
            .map(drop)
            .unwrap_err(),
        ApiKey::builder("k")
            .user_agent_suffix(TRICKS)
            .build()
            .map(drop)
            .unwrap_err(),
        ApiKey::new(TRICKS).map(drop).unwrap_err(),
    ] {
        assert_error_is_plain(&error);
    }
}

#[test]
fn the_key_is_in_no_error_wherever_a_service_puts_it() {
    const SECRET: &str = "s3cr3t/Key+with=signs";
    let trick = format!("{SECRET} and {SECRET}");
    let redirect = format!("https://{SECRET}.example/");
    let content =
        |status, headers: &[(&str, &str)], body: &str| response(status, headers, body.as_bytes());
    for response in [
        content(200, &[("content-type", SECRET)], "no JSON"),
        content(
            200,
            &[
                ("content-type", "application/json"),
                ("content-encoding", SECRET),
            ],
            "x",
        ),
        content(302, &[("location", &redirect)], ""),
        content(
            200,
            &[],
            &format!(r#"{{"errors":[{{"code":"{SECRET}","message":"{trick}"}}]}}"#),
        ),
        content(
            200,
            &[],
            &format!(r#"{{"done":true,"error":{{"code":"{SECRET}","message":"{trick}"}}}}"#),
        ),
        content(
            200,
            &[],
            &format!(r#"{{"done":true,"response":{{"code":"{SECRET}","message":"{trick}"}}}}"#),
        ),
        content(
            200,
            &[],
            &format!(
                r#"{{"done":true,"response":{{"assetId":1}},"metadata":{{"errors":[
            {{"error":{{"code":"{SECRET}","message":"{trick}"}},"fieldMask":"{SECRET}"}}]}}}}"#
            ),
        ),
        content(400, &[], &format!("<h1>{trick}</h1><p>about {trick}</p>")),
        content(
            400,
            &[],
            &format!(r#"{{"errors":{{"{SECRET}":["{trick}"]}}}}"#),
        ),
        content(400, &[], &format!("{}{SECRET}", "x".repeat(295))),
        content(503, &[], &trick),
    ] {
        let server = RawServer::responding(vec![response.clone()]);
        let key = ApiKey::builder(SECRET)
            .base_url(server.url())
            .sleep_with(|_| std::ops::ControlFlow::Continue(()))
            .build()
            .unwrap();
        let calls: [Call; 4] = [
            |key| key.fetch_asset(1).map(drop),
            |key| key.get_operation::<Asset>("1").wait().map(drop),
            |key| {
                key.send_request("GET", "a")
                    .expected_status([200])
                    .send_as::<Vec<u8>>()
                    .map(drop)
            },
            |key| key.save_asset(1, "Model"),
        ];
        for call in calls {
            let Err(error) = call(&key) else { continue };
            for part in ["s3cr3t", "Key+with", "with=signs"] {
                for shown in [error.to_string(), format!("{error:#?}")] {
                    assert!(!shown.contains(part), "{shown}");
                }
            }
            assert_error_is_plain(&error);
        }
    }
}

type Call = fn(&ApiKey) -> Result<(), Error>;

#[test]
fn any_text_of_a_service_is_shown_plainly_and_cut() {
    let text = prop::collection::vec(
        prop_oneof![
            any::<char>(),
            prop::sample::select(TRICKS.chars().collect::<Vec<_>>()),
        ],
        0..40,
    );
    proptest!(config(300), |(text in text, times in 1_usize..200)| {
        let text: String = text.into_iter().collect::<String>().repeat(times);
        let body = serde_json::json!({"code": text, "message": text}).to_string();
        for response in [
            json(400, &body),
            json(200, &body),
            response(400, &[], format!("<p>{text}").as_bytes()),
            response(400, &[], text.as_bytes()),
        ] {
            let server = RawServer::responding(vec![response]);
            let (key, _) = key(server.url());
            if let Err(error) = key.fetch_asset(1) {
                assert_error_is_plain(&error);
                prop_assert!(error.to_string().chars().count() < 50_000);
            }
        }
    });
}
