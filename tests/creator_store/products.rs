//! Products of the creator store: fetching, creating and changing them, and what money is on the way.

use std::ops::ControlFlow;

use open_cloud_emulator::{Emulator, Fault, KeySpec};
use rblxopencloud::creator_store::SaveCreatorStoreProduct;
use rblxopencloud::{
    ApiKey, AssetType, Creator, CreatorStoreProduct, Error, Money, ProductRestriction, User,
};
use serde_json::{Value, json};
use support::raw_server::{RawServer, json};
use support::shapes;

/// The first asset of user 1001 of each kind that is not sold yet.
const UNSOLD: [(u64, AssetType); 7] = [
    (500_001, AssetType::Model),
    (500_002, AssetType::Plugin),
    (500_003, AssetType::Audio),
    (500_004, AssetType::Decal),
    (500_007, AssetType::MeshPart),
    (500_006, AssetType::Video),
    (500_010, AssetType::FontFamily),
];

fn key(emulator: &Emulator) -> ApiKey {
    ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .sleep_with(|_| ControlFlow::Continue(()))
        .build()
        .unwrap()
}

fn raw_key(server: &RawServer) -> ApiKey {
    ApiKey::builder("k").base_url(server.url()).build().unwrap()
}

fn usd(text: &str) -> Money {
    Money::from_decimal("USD", text).unwrap()
}

fn decode(response: &Value) -> CreatorStoreProduct {
    let server = RawServer::responding(vec![json(200, &response.to_string())]);
    raw_key(&server)
        .fetch_creator_store_product(AssetType::Model, 5)
        .unwrap()
}

#[test]
fn products_of_every_kind_are_fetched_with_all_that_the_service_tells() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let (mut users, mut groups, mut restricted, mut unpublished) = (0, 0, 0, 0);
    for (_, kind) in UNSOLD {
        for id in emulator.toolbox_asset_ids(kind.as_str()) {
            let product = key.fetch_creator_store_product(kind.clone(), id).unwrap();
            let path = format!("creator-store-products/CreatorMarketplaceAsset-{kind}-{id}");
            let told = key
                .send_request("GET", &format!("/{path}"))
                .expected_status([200])
                .send()
                .unwrap();
            let told = told.body.as_json().unwrap();
            assert_eq!(
                shapes::of_product(&product),
                shapes::expected(told, shapes::PRODUCT)
            );
            assert_eq!(product.path, Some(path));
            assert_eq!(
                (product.asset_type.as_ref(), product.asset_id),
                (Some(&kind), Some(id))
            );
            let seller = product.creator.as_ref().unwrap();
            users += usize::from(seller.as_user().is_some());
            groups += usize::from(seller.as_group().is_some());
            restricted += usize::from(!product.restrictions.is_empty());
            unpublished += usize::from(product.published == Some(false));
            let buyable = product.published == Some(true) && product.restrictions.is_empty();
            assert_eq!(product.purchasable, Some(buyable));
        }
    }
    assert!(
        [users, groups, restricted, unpublished]
            .iter()
            .all(|count| *count > 5)
    );
}

#[test]
fn the_type_is_an_enum_or_text_in_any_spelling() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let expected = key
        .fetch_creator_store_product(AssetType::MeshPart, 9_007_199_254_740_993)
        .unwrap();
    for spelling in ["MeshPart", "MESH_PART", "ASSET_TYPE_MESH_PART", "40"] {
        let product = key.fetch_creator_store_product(spelling, 9_007_199_254_740_993);
        assert_eq!(product.unwrap(), expected);
        let user = key.get_user(1);
        let product = user.fetch_creator_store_product(spelling, 9_007_199_254_740_993);
        assert_eq!(product.unwrap(), expected);
    }
    for request in emulator.requests() {
        assert_eq!(
            request.path,
            "/cloud/v2/creator-store-products/CreatorMarketplaceAsset-MeshPart-9007199254740993"
        );
    }
}

#[test]
fn a_product_that_there_is_not_is_not_found() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    assert!(
        key.fetch_creator_store_product("Model", 1)
            .unwrap_err()
            .is_not_found()
    );
    // The asset is there, but is none of that type.
    assert!(
        key.fetch_creator_store_product("Audio", 1818)
            .unwrap_err()
            .is_not_found()
    );
    assert_eq!(
        key.fetch_creator_store_product("Hologram", 1818)
            .unwrap_err()
            .status(),
        Some(400)
    );
}

#[test]
fn a_type_is_one_part_of_the_path_whatever_it_holds() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let key = raw_key(&server);
    key.fetch_creator_store_product("Mo/del?x=1#y", 1).unwrap();
    key.get_user(1)
        .update_creator_store_product("a b", 2)
        .published(true)
        .send()
        .unwrap();
    let lines: Vec<_> = server
        .requests()
        .iter()
        .map(|r| r.line().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "GET /cloud/v2/creator-store-products/CreatorMarketplaceAsset-Mo%2Fdel%3Fx%3D1%23y-1",
            "PATCH /cloud/v2/creator-store-products/CreatorMarketplaceAsset-a%20b-2?updateMask=published",
        ]
    );
    let invalid = key.fetch_creator_store_product("", 1).unwrap_err();
    assert!(invalid.is_invalid_argument(), "{invalid:?}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn every_field_of_the_schema_is_kept() {
    let product = decode(&json!({
        "path": "creator-store-products/CreatorMarketplaceAsset-Plugin-7",
        "basePrice": {"currencyCode": "USD", "quantity": {"significand": 4_990_000_000_i64, "exponent": -9}},
        "purchasePrice": {"currencyCode": "EUR", "quantity": {"significand": "529", "exponent": "-2"}},
        "published": true, "purchasable": false,
        "restrictions": ["SOLD_ITEM_RESTRICTED", "SELLER_TEMPORARILY_RESTRICTED", "SELLER_PERMANENTLY_RESTRICTED",
            "SELLER_NO_LONGER_ACTIVE", "RESTRICTION_UNSPECIFIED"],
        "groupSeller": "2001", "pluginAssetId": "18446744073709551615", "somethingNew": [1],
    }));
    assert_eq!(product.base_price, Some(usd("4.99")));
    assert_eq!(product.purchase_price, Some("EUR 5.29".parse().unwrap()));
    assert_eq!(
        (product.published, product.purchasable),
        (Some(true), Some(false))
    );
    assert_eq!(
        product.restrictions,
        [
            ProductRestriction::ItemRestricted,
            ProductRestriction::SellerTemporarilyRestricted,
            ProductRestriction::SellerPermanentlyRestricted,
            ProductRestriction::SellerNoLongerActive,
            ProductRestriction::Unknown("RESTRICTION_UNSPECIFIED".to_owned()),
        ]
    );
    assert_eq!(
        product.creator.as_ref().unwrap().as_group().unwrap().id,
        2001
    );
    assert_eq!(
        (product.asset_type.clone(), product.asset_id),
        (Some(AssetType::Plugin), Some(u64::MAX))
    );
    let shown = format!("{product:?}");
    assert!(
        shown.contains("pluginAssetId") || shown.contains("Plugin"),
        "{shown}"
    );
    let written = serde_json::to_value(&product).unwrap();
    assert_eq!(written["asset_type"], "Plugin");
    assert_eq!(written["base_price"]["currencyCode"], "USD");
    assert_eq!(written["creator"]["type"], "group");
    assert_eq!(written["restrictions"][4], "RESTRICTION_UNSPECIFIED");
}

#[test]
fn what_the_service_leaves_out_is_as_it_was_asked_for_or_nothing() {
    let nulls = json!({
        "path": null, "basePrice": null, "purchasePrice": null, "published": null, "purchasable": null,
        "restrictions": null, "userSeller": null, "groupSeller": null, "modelAssetId": null, "videoAssetId": null,
    });
    for response in [json!({}), nulls] {
        let product = decode(&response);
        assert_eq!(
            (product.asset_type.clone(), product.asset_id),
            (Some(AssetType::Model), Some(5))
        );
        assert_eq!((product.path, product.base_price), (None, None));
        assert_eq!((product.purchase_price, product.creator), (None, None));
        assert_eq!((product.published, product.purchasable), (None, None));
        assert!(product.restrictions.is_empty());
    }
    // A kind of asset that this version does not know can be worked with all the same.
    let server = RawServer::responding(vec![json(200, r#"{"hologramAssetId":"9"}"#)]);
    let product = raw_key(&server)
        .fetch_creator_store_product("Hologram", 9)
        .unwrap();
    product.update().published(false).send().unwrap();
    product.fetch().unwrap();
    for request in server.requests() {
        let (_, path) = request.line().split_once(' ').unwrap();
        assert!(
            path.contains("/CreatorMarketplaceAsset-Hologram-9"),
            "{path}"
        );
    }
}

#[test]
fn a_price_without_a_quantity_is_not_known_and_one_without_digits_is_free() {
    for unknown in [
        json!({"currencyCode": "USD"}),
        json!({"currencyCode": null, "quantity": null}),
        json!({}),
    ] {
        assert_eq!(
            decode(&json!({"purchasePrice": unknown})).purchase_price,
            None
        );
        assert_eq!(decode(&json!({"basePrice": unknown})).base_price, None);
    }
    let free = decode(&json!({"basePrice": {"currencyCode": "USD", "quantity": {}}}));
    assert_eq!(free.base_price, Some(Money::usd_cents(0)));
}

#[test]
fn a_seller_is_an_id_or_a_path_and_nobody_is_nobody() {
    let seller = |response: Value| decode(&response).creator;
    for id in ["7", "users/7"] {
        let seller = seller(json!({"userSeller": id})).unwrap();
        assert_eq!(seller.as_user().map(|user| user.id), Some(7));
    }
    for id in ["7", "groups/7"] {
        let seller = seller(json!({"groupSeller": id})).unwrap();
        assert_eq!(seller.as_group().map(|group| group.id), Some(7));
    }
    for nobody in [
        json!({"userSeller": "", "groupSeller": ""}),
        json!({"userSeller": "0"}),
        json!({"userSeller": "somebody"}),
    ] {
        assert_eq!(seller(nobody), None);
    }
    let group = seller(json!({"userSeller": "", "groupSeller": "8"})).unwrap();
    assert_eq!(group.id(), 8);
}

#[test]
fn a_seller_can_be_asked_for_more() {
    let emulator = Emulator::start().unwrap();
    let product = key(&emulator)
        .fetch_creator_store_product("Model", 2_150_000_000)
        .unwrap();
    let seller = product.creator.unwrap();
    let info = seller.as_group().unwrap().fetch_info().unwrap();
    assert_eq!(info.name.as_deref(), Some("Roblox"));
}

#[test]
fn an_asset_of_each_kind_is_put_into_the_store_once() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let me = key.get_user(1001);
    for (id, kind) in UNSOLD {
        assert!(
            key.fetch_creator_store_product(kind.clone(), id)
                .unwrap_err()
                .is_not_found()
        );
        let product = me
            .create_creator_store_product(kind.clone(), id)
            .base_price(usd("4.99"))
            .published(true)
            .send()
            .unwrap();
        let request = emulator.requests().pop().unwrap();
        assert_eq!(
            (
                request.method.as_str(),
                request.path.as_str(),
                request.query.as_deref()
            ),
            ("POST", "/cloud/v2/creator-store-products", None)
        );
        assert_eq!(request.header("content-type"), Some("application/json"));
        let field = match &kind {
            AssetType::MeshPart => "meshPartAssetId".to_owned(),
            AssetType::FontFamily => "fontFamilyAssetId".to_owned(),
            kind => format!("{}AssetId", kind.as_str().to_lowercase()),
        };
        assert_eq!(
            request.json().unwrap(),
            json!({
                "basePrice": {"currencyCode": "USD", "quantity": {"significand": 4_990_000_000_i64, "exponent": -9}},
                "published": true,
                (field): id.to_string(),
            })
        );
        assert_eq!(
            (product.asset_type.clone(), product.asset_id),
            (Some(kind.clone()), Some(id))
        );
        assert_eq!(
            (&product.base_price, product.published),
            (&Some(usd("4.99")), Some(true))
        );
        assert_eq!(product.creator, Some(me.clone().into()));
        assert_eq!(
            key.fetch_creator_store_product(kind.clone(), id).unwrap(),
            product
        );
        let again = me
            .create_creator_store_product(kind, id)
            .send()
            .unwrap_err();
        assert!(again.is_conflict(), "{again:?}");
    }
}

#[test]
fn what_is_not_set_is_left_to_the_service() {
    let emulator = Emulator::start().unwrap();
    let product = key(&emulator)
        .get_group(2001)
        .create_creator_store_product("MODEL", 500_012)
        .send()
        .unwrap();
    assert_eq!(
        emulator.requests()[0].json().unwrap(),
        json!({"modelAssetId": "500012"})
    );
    assert_eq!(
        product.creator.as_ref().unwrap().as_group().unwrap().id,
        2001
    );
    assert_eq!(
        (product.base_price, product.published),
        (Some(usd("0")), Some(false))
    );
}

#[test]
fn what_is_someone_elses_or_not_there_cannot_be_sold() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let me = key.get_user(1001);
    let create = |id| {
        me.create_creator_store_product("Model", id)
            .send()
            .unwrap_err()
    };
    assert!(create(500_013).is_forbidden());
    assert!(create(499_999).is_not_found());
    let update = me
        .update_creator_store_product("Model", 1818)
        .published(false);
    assert!(update.send().unwrap_err().is_forbidden());
    let update = me
        .update_creator_store_product("Model", 500_001)
        .published(false);
    assert!(update.send().unwrap_err().is_not_found());

    let spec = KeySpec::new("reader").scope("creator-store-product", ["read"]);
    let reader = ApiKey::builder(emulator.add_key(spec))
        .base_url(emulator.url())
        .build()
        .unwrap();
    reader.fetch_creator_store_product("Model", 1818).unwrap();
    let me = reader.get_user(1001);
    let create = me.create_creator_store_product("Model", 500_001).send();
    assert!(create.unwrap_err().is_forbidden());
}

fn sell(me: &User) -> CreatorStoreProduct {
    me.create_creator_store_product(AssetType::Plugin, 500_002)
        .base_price(usd("9.99"))
        .published(true)
        .send()
        .unwrap()
}

#[test]
fn an_update_changes_what_is_set_and_nothing_else() {
    let emulator = Emulator::start().unwrap();
    let me = key(&emulator).get_user(1001);
    let product = sell(&me);
    type Set = fn(SaveCreatorStoreProduct) -> SaveCreatorStoreProduct;
    let cases: [(Set, _, _, _, _); 4] = [
        (
            |update| update.base_price("USD 19.99".parse().unwrap()),
            "updateMask=basePrice",
            json!({"basePrice": {"currencyCode": "USD", "quantity": {"significand": 19_990_000_000_i64, "exponent": -9}}}),
            "19.99",
            true,
        ),
        (
            |update| update.published(false),
            "updateMask=published",
            json!({"published": false}),
            "19.99",
            false,
        ),
        (
            |update| {
                update
                    .published(false)
                    .published(true)
                    .base_price(Money::usd_cents(0))
            },
            "updateMask=basePrice%2Cpublished",
            json!({"published": true, "basePrice": {"currencyCode": "USD", "quantity": {"significand": 0, "exponent": 0}}}),
            "0",
            true,
        ),
        (
            |update| update.published(true).allow_missing(false),
            "allowMissing=false&updateMask=published",
            json!({"published": true}),
            "0",
            true,
        ),
    ];
    for (set, query, body, price, published) in cases {
        for update in [
            product.update(),
            me.update_creator_store_product("PLUGIN", 500_002),
        ] {
            let updated = set(update).send().unwrap();
            let request = emulator.requests().pop().unwrap();
            assert_eq!(request.method, "PATCH");
            assert_eq!(
                request.path,
                "/cloud/v2/creator-store-products/CreatorMarketplaceAsset-Plugin-500002"
            );
            assert_eq!(request.query.as_deref(), Some(query));
            assert_eq!(request.json().unwrap(), body);
            assert_eq!(updated.base_price, Some(usd(price)));
            assert_eq!(updated.published, Some(published));
            assert_eq!(product.fetch().unwrap(), updated);
        }
    }
}

#[test]
fn an_update_may_make_a_product_that_is_missing() {
    let emulator = Emulator::start().unwrap();
    let me = key(&emulator).get_user(1001);
    let update = || {
        me.update_creator_store_product(AssetType::MeshPart, 500_007)
            .published(true)
    };
    assert!(update().send().unwrap_err().is_not_found());
    assert!(
        update()
            .allow_missing(false)
            .send()
            .unwrap_err()
            .is_not_found()
    );
    let product = update().allow_missing(true).send().unwrap();
    assert_eq!(
        (product.published, product.asset_id),
        (Some(true), Some(500_007))
    );
    let request = emulator.requests().pop().unwrap();
    assert_eq!(
        request.query.as_deref(),
        Some("allowMissing=true&updateMask=published")
    );
    // Only the body can tell what is to be sold.
    assert_eq!(
        request.json().unwrap(),
        json!({"published": true, "meshPartAssetId": "500007"})
    );
    assert!(update().allow_missing(true).send().is_ok());
}

#[test]
fn an_update_of_nothing_is_an_error_before_any_request() {
    let emulator = Emulator::start().unwrap();
    let me = key(&emulator).get_user(1001);
    for update in [
        me.update_creator_store_product("Plugin", 500_002),
        me.update_creator_store_product("Plugin", 500_002)
            .allow_missing(true),
    ] {
        let error = update.send().unwrap_err();
        assert!(
            error.is_invalid_argument() && error.to_string().contains("nothing"),
            "{error}"
        );
    }
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn prices_go_on_the_wire_with_an_exponent_of_minus_9_whatever_theirs_is() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let me = raw_key(&server).get_user(1);
    for (price, significand, exponent) in [
        (Money::usd_cents(499), 4_990_000_000_i64, -9),
        (usd("4.990"), 4_990_000_000, -9),
        (Money::new("usd", 10, 0), 10_000_000_000, -9),
        (Money::new("USD", 4_990_000_000, -9), 4_990_000_000, -9),
        (Money::new("USD", 4_990_000_000_000, -12), 4_990_000_000, -9),
        (Money::new("USD", 1, -9), 1, -9),
        (Money::new("USD", 9, 9), 9_000_000_000_000_000_000, -9),
        (Money::new("USD", i64::MAX, -9), i64::MAX, -9),
        // Nothing is nothing, and has an exponent of 0.
        (usd("0.00"), 0, 0),
        (Money::new("USD", 0, -9), 0, 0),
        (Money::new("USD", 0, i32::MAX), 0, 0),
    ] {
        for save in [
            me.create_creator_store_product("Plugin", 2),
            me.update_creator_store_product("Plugin", 2),
        ] {
            save.base_price(price.clone()).send().unwrap();
            let request = server.requests().pop().unwrap();
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(
                body["basePrice"],
                json!({"currencyCode": "USD", "quantity": {"significand": significand, "exponent": exponent}})
            );
        }
    }
}

#[test]
fn prices_that_do_not_fit_are_errors_before_any_request() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let me = raw_key(&server).get_user(1);
    for (price, why) in [
        (Money::new("EUR", 499, -2), "USD"),
        (Money::new("X-ROBUX", 0, 0), "USD"),
        (Money::new("", 0, 0), "USD"),
        (usd("-0.01"), "negative"),
        (Money::new("USD", i64::MIN, -9), "negative"),
        (Money::new("USD", 1, -10), "9 digits"),
        (Money::new("USD", 49_900_000_001, -10), "9 digits"),
        (Money::new("USD", 1, i32::MIN), "9 digits"),
        (Money::new("USD", 10, 9), "9 billion"),
        (Money::new("USD", i64::MAX, -8), "9 billion"),
        (Money::new("USD", 1, i32::MAX), "9 billion"),
    ] {
        for save in [
            me.create_creator_store_product("Plugin", 2),
            me.update_creator_store_product("Plugin", 2),
        ] {
            let error = save.base_price(price.clone()).send().unwrap_err();
            assert!(error.is_invalid_argument(), "{price}: {error:?}");
            assert!(error.to_string().contains(why), "{error}");
        }
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn which_prices_a_kind_of_asset_may_have_is_the_services_to_say() {
    let emulator = Emulator::start().unwrap();
    let me = key(&emulator).get_user(1001);
    for price in ["0.01", "4.98", "1000", "0.000000001"] {
        let error = me
            .create_creator_store_product("Plugin", 500_002)
            .base_price(usd(price))
            .send()
            .unwrap_err();
        assert_eq!(error.status(), Some(400), "{error:?}");
    }
    for price in ["0", "4.99", "249"] {
        let update = me
            .update_creator_store_product("Plugin", 500_002)
            .allow_missing(true)
            .base_price(usd(price));
        assert_eq!(update.send().unwrap().base_price, Some(usd(price)));
    }
}

#[test]
fn what_the_toolbox_found_can_be_asked_for_as_a_product_and_changed() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let me = key.get_user(1001);
    let mine = key
        .search_toolbox(AssetType::Model)
        .creator(&me)
        .verified_creators_only(false)
        .into_iter()
        .map(|result| result.unwrap().0)
        .find(|asset| asset.asset_type.is_some() && asset.purchase_price.is_some())
        .unwrap();
    let product = mine.creator_store_product();
    assert_eq!(
        (&product.asset_type, product.asset_id),
        (&mine.asset_type, Some(mine.asset_id))
    );
    assert_eq!(
        (&product.purchase_price, product.purchasable),
        (&mine.purchase_price, mine.purchasable)
    );
    let seller = product.creator.as_ref().unwrap();
    assert_eq!(
        (seller.as_user(), seller.name(), seller.verified()),
        (Some(&me), Some("EmulatorDev"), Some(false))
    );
    assert_eq!((&product.path, product.published), (&None, None));

    let fetched = product.fetch().unwrap();
    assert!(fetched.path.is_some() && fetched.published.is_some());
    let hidden = product.update().published(false).send().unwrap();
    assert_eq!(hidden.published, Some(false));
    assert_eq!(fetched.fetch().unwrap(), hidden);
}

#[test]
fn a_product_of_an_unknown_asset_is_an_error_before_any_request() {
    let server = RawServer::responding(vec![json(200, r#"{"asset":{"id":5}}"#)]);
    let asset = raw_key(&server).fetch_toolbox_asset(5).unwrap();
    let product = asset.creator_store_product();
    for error in [
        product.fetch().unwrap_err(),
        product.update().published(true).send().unwrap_err(),
        product.update().send().unwrap_err(),
    ] {
        assert!(error.is_invalid_argument(), "{error:?}");
        assert!(error.to_string().contains("type"), "{error}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_product_is_not_created_twice_by_a_retry() {
    let emulator = Emulator::start().unwrap();
    let me = key(&emulator).get_user(1001);
    let create = |id| me.create_creator_store_product("Model", id).send();

    for fault in [Fault::status(500), Fault::CutAfterActing] {
        emulator.clear_requests();
        emulator.fault_next(1, fault);
        let error = create(500_001).unwrap_err();
        assert!(error.is_outcome_unknown(), "{error:?}");
        assert_eq!(emulator.requests().len(), 1);
    }
    // The cut response was a good one.
    assert!(create(500_001).unwrap_err().is_conflict());

    // Of uploads alone 503 is known to come before the service acts.
    emulator.clear_requests();
    emulator.fail_next(1, 503);
    assert!(create(500_012).unwrap_err().is_outcome_unknown());
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn an_update_is_retried_since_it_is_the_same_twice() {
    let emulator = Emulator::start().unwrap();
    let me = key(&emulator).get_user(1001);
    let product = sell(&me);
    for fault in [
        Fault::status(500),
        Fault::CutBeforeResponse,
        Fault::CutAfterActing,
        Fault::CutDuringResponse,
    ] {
        emulator.clear_requests();
        emulator.fault_next(1, fault.clone());
        let updated = product.update().published(false).send().unwrap();
        assert_eq!(updated.published, Some(false), "{fault:?}");
        let requests = emulator.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].body, requests[1].body);
        assert_eq!(requests[0].query, requests[1].query);
    }
}

#[test]
fn a_response_that_is_no_product_is_an_error_that_names_the_endpoint() {
    for wrong in ["null", "7", "", "[]", "\"text\""] {
        let server = RawServer::responding(vec![json(200, wrong)]);
        let key = raw_key(&server);
        let fetched = key.fetch_creator_store_product("Model", 5).unwrap_err();
        assert!(fetched.is_decode(), "{wrong}: {fetched:?}");
        let shown = fetched.to_string();
        assert!(
            shown.starts_with(
                "GET /cloud/v2/creator-store-products/CreatorMarketplaceAsset-Model-5:"
            ),
            "{shown}"
        );
        let created = key.get_user(1).create_creator_store_product("Model", 5);
        let error = created.send().unwrap_err();
        assert!(
            matches!(error, Error::Decode(_)) && error.is_outcome_unknown(),
            "{error:?}"
        );
    }
}

#[test]
fn one_odd_field_of_a_product_costs_no_other_and_no_odd_price_is_a_gift() {
    for odd in [
        r#""modelAssetId":"x""#,
        r#""published":"yes""#,
        r#""basePrice":{"quantity":{"significand":1.5}}"#,
        r#""basePrice":{"quantity":{"significand":9223372036854775808}}"#,
        r#""basePrice":{"quantity":{"significand":null}}"#,
        r#""basePrice":7"#,
        r#""userSeller":"users/0","restrictions":{}"#,
    ] {
        let body = format!(r#"{{{odd},"path":"p"}}"#);
        let server = RawServer::responding(vec![json(200, &body)]);
        let product = raw_key(&server).fetch_creator_store_product("Model", 5);
        let product = product.unwrap();
        assert_eq!(product.path.as_deref(), Some("p"), "{odd}");
        assert_eq!(
            (product.asset_id, product.base_price),
            (Some(5), None),
            "{odd}"
        );
        assert_eq!((product.published, product.creator), (None, None), "{odd}");
    }
}

#[test]
fn what_is_sold_can_be_fetched_as_an_asset() {
    let emulator = Emulator::start().unwrap();
    let me = key(&emulator).get_user(1001);
    let asset = sell(&me).fetch_asset().unwrap();
    assert_eq!(
        (asset.id, asset.asset_type.as_ref()),
        (500_002, Some(&AssetType::Plugin))
    );
    let request = emulator.requests().pop().unwrap();
    assert_eq!(request.path, "/assets/v1/assets/500002");

    // The type of the asset need not be known for it.
    let server = RawServer::responding(vec![
        json(200, r#"{"asset":{"id":5}}"#),
        json(200, r#"{"assetId":5,"displayName":"N"}"#),
    ]);
    let found = raw_key(&server).fetch_toolbox_asset(5).unwrap();
    let asset = found.creator_store_product().fetch_asset().unwrap();
    assert_eq!(asset.name.as_deref(), Some("N"));
}

#[test]
fn a_price_in_an_odd_currency_is_shown_escaped() {
    let key = ApiKey::new("k").unwrap();
    let error = key
        .get_user(1)
        .create_creator_store_product(AssetType::Model, 1)
        .base_price(Money::new("E\n\x1b[31m", 1, 0))
        .send()
        .unwrap_err();
    assert!(error.is_invalid_argument(), "{error:?}");
    let text = error.to_string();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.contains("E  [31m 1.00"), "{text}");
}
