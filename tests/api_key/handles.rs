//! Handles that are made without a request, and what can be done with them.

use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

use open_cloud_emulator::{Emulator, KeySpec};
use rblxopencloud::{
    ApiKey, AssetPermissionAction, AssetPermissionSubject, AssetType, Creator, UserOrGroup,
};

fn key(emulator: &Emulator) -> ApiKey {
    ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap()
}

#[test]
fn an_asset_is_reached_by_its_id_alone() {
    let emulator = Emulator::start().unwrap();
    let asset = key(&emulator).get_asset(500_001);
    assert_eq!(emulator.requests().len(), 0);
    assert_eq!(
        (asset.id, &asset.name, &asset.creator),
        (500_001, &None, &None)
    );
    assert_eq!(asset.to_string(), "asset 500001");

    assert_eq!(asset.fetch_version(1).unwrap().version_number, 1);
    assert!(asset.archive().unwrap().is_archived());
    assert!(!asset.restore().unwrap().is_archived());
    assert_eq!(asset.fetch().unwrap().asset_type, Some(AssetType::Model));
    let paths: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| request.path.clone())
        .collect();
    assert_eq!(
        paths,
        [
            "/assets/v1/assets/500001/versions/1",
            "/assets/v1/assets/500001:archive",
            "/assets/v1/assets/500001:restore",
            "/assets/v1/assets/500001",
        ]
    );
}

#[test]
fn an_asset_of_the_toolbox_leads_to_its_asset_and_product_and_back() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let id = emulator.toolbox_asset_ids("Plugin")[0];
    let found = key.fetch_toolbox_asset(id).unwrap();

    let asset = found.asset();
    assert_eq!(
        (asset.id, &asset.asset_type),
        (id, &Some(AssetType::Plugin))
    );
    assert_eq!((&asset.name, &asset.creator), (&found.name, &found.creator));
    assert_eq!(
        asset.creator.as_ref().unwrap().name(),
        found.creator.as_ref().unwrap().name()
    );
    assert_eq!(asset.fetch_toolbox_asset().unwrap(), found);
    assert!(asset.fetch().unwrap().revision_id.is_some());

    let product = asset.fetch_creator_store_product().unwrap();
    assert_eq!(
        (product.asset_id, product.purchase_price.is_some()),
        (Some(id), true)
    );
    assert_eq!(product.fetch_asset().unwrap().id, id);
    let known = found.creator_store_product();
    assert_eq!(
        (known.asset_id, &known.purchase_price),
        (Some(id), &found.purchase_price)
    );
    assert_eq!(known.fetch().unwrap(), product);
}

#[test]
fn a_product_of_an_asset_whose_type_is_not_known_cannot_be_asked_for() {
    let emulator = Emulator::start().unwrap();
    let error = key(&emulator)
        .get_asset(1)
        .fetch_creator_store_product()
        .unwrap_err();
    assert!(error.is_invalid_argument(), "{error:?}");
    assert_eq!(emulator.requests().len(), 0);
}

#[test]
fn handles_can_be_given_permissions() {
    let key = ApiKey::new("k").unwrap();
    let subjects: [AssetPermissionSubject; 3] = [
        (&key.get_user(1)).into(),
        (&key.get_group(2)).into(),
        (&key.get_experience(3)).into(),
    ];
    assert_eq!(
        subjects,
        [
            AssetPermissionSubject::User(1),
            AssetPermissionSubject::Group(2),
            AssetPermissionSubject::Experience(3)
        ]
    );

    let emulator = Emulator::start().unwrap();
    let key = self::key(&emulator);
    let results = key
        .get_user(1001)
        .grant_assets_permission(
            AssetPermissionAction::Use,
            &key.get_group(7),
            [&key.get_asset(500_001)],
        )
        .unwrap();
    assert!(results[0].granted, "{results:?}");
}

#[test]
fn a_key_tells_what_it_allows() {
    let emulator = Emulator::start().unwrap();
    let secret = emulator.add_key(KeySpec::new("k").scope("asset", ["read"]));
    let key = ApiKey::builder(secret)
        .base_url(emulator.url())
        .build()
        .unwrap();
    let info = key.fetch_info().unwrap();
    assert!(info.allows("asset", "read"));
    assert!(!info.allows("asset", "write") && !info.allows("assets", "read"));
}

#[test]
fn a_download_tells_how_far_it_is() {
    let emulator = Emulator::start().unwrap();
    let location = key(&emulator)
        .get_asset(500_001)
        .fetch_delivery_location()
        .send()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    let size = location
        .download_to_with(folder.path().join("a"), |got, of| told.push((got, of)))
        .unwrap();
    assert_eq!(told.last(), Some(&(size, location.size_bytes)));
    assert!(told.is_sorted());
}

#[test]
fn handles_are_told_apart_by_their_ids_and_hashed_by_them() {
    fn check<T: Eq + Hash + Debug>(handle: impl Fn(&ApiKey, u64) -> T, keys: &[ApiKey; 2]) {
        let hash = |handle: &T| BuildHasherDefault::<DefaultHasher>::default().hash_one(handle);
        let (one, two) = (handle(&keys[0], 1), handle(&keys[0], 2));
        assert_ne!(one, two);
        assert_ne!(hash(&one), hash(&two), "{one:?}");
        let one_by_another_key = handle(&keys[1], 1);
        assert_eq!(one, one_by_another_key);
        assert_eq!(hash(&one), hash(&one_by_another_key));
    }

    let keys = [ApiKey::new("a").unwrap(), ApiKey::new("b").unwrap()];
    check(ApiKey::get_user, &keys);
    check(ApiKey::get_group, &keys);
    check(ApiKey::get_experience, &keys);
}

#[test]
fn a_user_or_group_is_made_of_a_reference_to_either() {
    let key = ApiKey::new("k").unwrap();
    let (user, group) = (key.get_user(1), key.get_group(7));
    let made: UserOrGroup = (&user).into();
    assert_eq!(made, UserOrGroup::User(user));
    assert_eq!(UserOrGroup::from(&made), made);
    assert_eq!(
        UserOrGroup::from(&group).as_group().map(|group| group.id),
        Some(7)
    );
}

#[test]
fn the_crates_that_signatures_speak_of_are_there_without_a_dependency_of_ones_own() {
    use rblxopencloud::{serde_json, time};

    let value: serde_json::Value = serde_json::json!({ "id": 1 });
    let request = ApiKey::new("k").unwrap().send_request("POST", "a");
    let _: rblxopencloud::http::Request = request.json(&value);
    let info: fn(&rblxopencloud::Asset) -> Option<time::OffsetDateTime> =
        |asset| asset.revision_time;
    assert_eq!(info(&ApiKey::new("k").unwrap().get_asset(1)), None);
}
