//! Creator store products.

#[path = "support/client.rs"]
mod client;

use client::send_as;
use open_cloud_emulator::{Emulator, KeySpec};
use serde_json::{Value, json};

fn send(emulator: &Emulator, key: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/cloud/v2/creator-store-products{path}");
    match body {
        Value::Null => send_as(emulator, key, method, &path, "", ()),
        body => send_as(
            emulator,
            key,
            method,
            &path,
            "application/json",
            body.to_string(),
        ),
    }
}

fn dollars(significand: i64, exponent: i32) -> Value {
    let quantity = json!({ "significand": significand, "exponent": exponent });
    json!({ "currencyCode": "USD", "quantity": quantity })
}

#[test]
fn products_of_the_store_are_there() {
    let emulator = Emulator::start().unwrap();
    let key = emulator.api_key();
    let (status, product) = send(
        &emulator,
        key,
        "GET",
        "/CreatorMarketplaceAsset-Model-1818",
        Value::Null,
    );
    assert_eq!(status, 200);
    assert_eq!(
        product["path"],
        "creator-store-products/CreatorMarketplaceAsset-Model-1818"
    );
    assert_eq!(
        (&product["modelAssetId"], &product["userSeller"]),
        (&json!("1818"), &json!("1"))
    );
    assert_eq!(product["basePrice"], dollars(0, 0));
    for (path, status, code) in [
        ("/CreatorMarketplaceAsset-Audio-1818", 404, "NOT_FOUND"),
        ("/CreatorMarketplaceAsset-Model-1", 404, "NOT_FOUND"),
        ("/1818", 400, "INVALID_ARGUMENT"),
        ("/CreatorMarketplaceAsset-Hat-1818", 400, "INVALID_ARGUMENT"),
    ] {
        let (got, error) = send(&emulator, key, "GET", path, Value::Null);
        assert_eq!((got, &error["code"]), (status, &json!(code)), "{path}");
    }
}

#[test]
fn products_are_created_once_for_own_assets() {
    let emulator = Emulator::start().unwrap();
    let post = |body: Value| send(&emulator, emulator.api_key(), "POST", "", body);
    let body = json!({
        "pluginAssetId": "500002",
        "basePrice": dollars(4_990_000_000, -9),
        "published": true,
    });
    let (status, product) = post(body.clone());
    assert_eq!(status, 200, "{product}");
    assert_eq!(product["basePrice"], dollars(4_990_000_000, -9));
    assert_eq!(
        (&product["published"], &product["purchasable"]),
        (&json!(true), &json!(true))
    );
    let path = product["path"]
        .as_str()
        .unwrap()
        .strip_prefix("creator-store-products")
        .unwrap();
    assert_eq!(
        send(&emulator, emulator.api_key(), "GET", path, Value::Null),
        (200, product.clone())
    );
    let (status, error) = post(body);
    assert_eq!((status, &error["code"]), (409, &json!("ABORTED")));
    assert_eq!(post(json!({ "modelAssetId": "1818" })).0, 409);
    for (body, status) in [
        (json!({ "modelAssetId": "500013" }), 403),
        (json!({ "modelAssetId": "500002" }), 404),
        (json!({ "modelAssetId": "5" }), 404),
        (json!({ "modelAssetId": 500_001 }), 400),
        (
            json!({ "modelAssetId": "500001", "audioAssetId": "500003" }),
            400,
        ),
        (
            json!({ "modelAssetId": "500001", "purchasable": true }),
            400,
        ),
        (json!({ "published": true }), 400),
    ] {
        assert_eq!(post(body.clone()).0, status, "{body}");
    }
    assert_eq!(
        post(json!({ "modelAssetId": "500012", "published": false })).1["groupSeller"],
        "2001"
    );
}

#[test]
fn prices_have_nine_digits() {
    let emulator = Emulator::start().unwrap();
    let path = "/CreatorMarketplaceAsset-Plugin-500002?allowMissing=true";
    for (price, status) in [
        (dollars(5_990_000_000, -9), 200),
        (dollars(249_000_000_000, -9), 200),
        (dollars(0, 0), 200),
        (dollars(0, -9), 200),
        (
            json!({ "currencyCode": "USD", "quantity": { "significand": 0 } }),
            200,
        ),
        (dollars(599, -2), 400),
        (dollars(5, 0), 400),
        (dollars(5_000_000_000, -9), 400),
        (dollars(-1, -9), 400),
        (
            json!({ "currencyCode": "EUR", "quantity": { "significand": 0 } }),
            400,
        ),
        (json!({ "quantity": { "significand": 0 } }), 400),
        (json!({ "currencyCode": "USD" }), 400),
        (json!(5), 400),
    ] {
        let body = json!({ "basePrice": price });
        let (got, body) = send(&emulator, emulator.api_key(), "PATCH", path, body);
        assert_eq!(got, status, "{price}: {body}");
    }
}

#[test]
fn updates_follow_their_mask() {
    let emulator = Emulator::start().unwrap();
    let path = "/CreatorMarketplaceAsset-Model-500001";
    let patch = |query: &str, body: Value| {
        send(
            &emulator,
            emulator.api_key(),
            "PATCH",
            &format!("{path}{query}"),
            body,
        )
    };
    let both = json!({ "published": true, "basePrice": dollars(2_000_000_000, -9) });
    assert_eq!(patch("", both.clone()).0, 404);
    assert_eq!(
        patch("?allowMissing=true&updateMask=published", both.clone()).1["basePrice"],
        both["basePrice"]
    );
    let off = json!({ "published": false, "basePrice": dollars(0, 0), "modelAssetId": "500001" });
    let (_, product) = patch("?updateMask=published", off.clone());
    assert_eq!(
        (&product["published"], &product["basePrice"]),
        (&json!(false), &both["basePrice"])
    );
    let (_, product) = patch("", json!({ "published": true }));
    assert_eq!(
        (&product["published"], &product["basePrice"]),
        (&json!(true), &both["basePrice"])
    );
    let (_, product) = patch("?updateMask=basePrice%2Cpublished", off);
    assert_eq!(
        (&product["published"], &product["basePrice"]),
        (&json!(false), &dollars(0, 0))
    );
    assert_eq!(patch("?updateMask=modelAssetId", both.clone()).0, 400);
    assert_eq!(patch("?updateMask=base_price", both.clone()).0, 400);
    assert_eq!(patch("", json!({ "modelAssetId": "1818" })).0, 400);
    assert_eq!(
        patch("", json!({ "path": "creator-store-products/1" })).0,
        400
    );
    let foreign = "/CreatorMarketplaceAsset-Model-1818";
    assert_eq!(
        send(&emulator, emulator.api_key(), "PATCH", foreign, both).0,
        403
    );
}

#[test]
fn scopes_are_needed() {
    let emulator = Emulator::start().unwrap();
    let reader = emulator.add_key(KeySpec::new("r").scope("creator-store-product", ["read"]));
    let path = "/CreatorMarketplaceAsset-Model-1818";
    assert_eq!(send(&emulator, &reader, "GET", path, Value::Null).0, 200);
    let (status, error) = send(&emulator, &reader, "PATCH", path, json!({}));
    assert_eq!((status, &error["code"]), (403, &json!("PERMISSION_DENIED")));
}
