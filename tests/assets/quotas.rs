//! How many assets a user may still upload.

use open_cloud_emulator::Emulator;
use rblxopencloud::assets::ListAssetQuotas;
use rblxopencloud::{
    ApiKey, AssetFile, AssetQuota, AssetQuotaPeriod, AssetQuotaType, AssetType, Creator,
};
use serde_json::json;
use support::client::{key, ready_key, ready_token};
use support::raw_server::{RawServer, json};

fn list(key: &ApiKey) -> ListAssetQuotas {
    key.get_user(1001).list_asset_quotas()
}

fn all(list: ListAssetQuotas) -> Vec<AssetQuota> {
    list.into_iter().map(Result::unwrap).collect()
}

#[test]
fn an_upload_is_counted() {
    let emulator = Emulator::start().unwrap();
    emulator.set_upload_quota("Model", 3);
    let key = ready_key(&emulator);
    let quota = || {
        let models = list(&key)
            .quota_type(AssetQuotaType::RateLimitUpload)
            .asset_type(AssetType::Model);
        let mut quotas = all(models);
        assert_eq!(quotas.len(), 1);
        quotas.remove(0)
    };
    let before = quota();
    assert_eq!(before.asset_type, Some(AssetType::Model));
    assert_eq!(before.quota_type, Some(AssetQuotaType::RateLimitUpload));
    assert_eq!(before.period, Some(AssetQuotaPeriod::Month));
    assert_eq!(
        (before.usage, before.capacity, before.remaining()),
        (0, 3, 3)
    );
    assert_eq!(
        before.path.as_deref(),
        Some("users/1001/asset-quotas/RateLimitUpload-Model")
    );
    assert!(before.resets_at.unwrap() > time::OffsetDateTime::now_utc());

    let file = AssetFile::from_bytes("a.fbx", "x");
    let user = key.get_user(1001);
    let upload = user.upload_asset(file, AssetType::Model, "Name", "");
    upload.send().unwrap().wait().unwrap();
    let after = quota();
    assert_eq!((after.usage, after.remaining()), (1, 2));
}

#[test]
fn quotas_are_filtered_by_what_they_limit_and_by_type() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let upload = AssetQuotaType::RateLimitUpload;
    let distribute = AssetQuotaType::RateLimitCreatorStoreDistribute;
    for (list, filter, count) in [
        (list(&key), None, 14),
        (
            list(&key).quota_type(upload.clone()),
            Some("quotaType == RateLimitUpload"),
            7,
        ),
        (
            list(&key).quota_type(distribute),
            Some("quotaType == RateLimitCreatorStoreDistribute"),
            7,
        ),
        (
            list(&key).asset_type("MESH_PART"),
            Some("assetType == MeshPart"),
            1,
        ),
        (
            list(&key).quota_type(upload).asset_type(AssetType::Video),
            Some("quotaType == RateLimitUpload && assetType == Video"),
            1,
        ),
    ] {
        emulator.clear_requests();
        let quotas = all(list);
        assert_eq!(quotas.len(), count, "{filter:?}");
        assert!(quotas.iter().all(|quota| {
            !matches!(quota.asset_type, None | Some(AssetType::Unknown(_)))
                && !matches!(quota.quota_type, None | Some(AssetQuotaType::Unknown(_)))
        }));
        let request = &emulator.requests()[0];
        assert_eq!(request.path, "/cloud/v2/users/1001/asset-quotas");
        let sent = request
            .query_pairs()
            .into_iter()
            .find(|(name, _)| name == "filter");
        assert_eq!(sent.map(|(_, filter)| filter).as_deref(), filter);
    }
    assert!(
        all(list(&key).asset_type(AssetType::Video))
            .iter()
            .all(|quota| quota.period == Some(AssetQuotaPeriod::Day))
    );
}

#[test]
fn the_limit_holds_over_all_pages() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let whole = all(list(&key));
    for limit in [0, 1, 5, 14, 100] {
        emulator.clear_requests();
        let quotas = all(list(&key).limit(limit));
        assert_eq!(quotas, whole[..whole.len().min(limit as usize)]);
        let sizes: Vec<_> = emulator
            .requests()
            .iter()
            .map(|request| request.query_pairs()[0].clone())
            .collect();
        let size = ("maxPageSize".to_owned(), limit.to_string());
        assert_eq!(sizes, vec![size; usize::from(limit > 0)]);
    }

    let page = |asset: &str, next: &str| {
        let quota = json!({ "assetType": asset, "usage": "1", "capacity": 2 });
        json(
            200,
            &json!({ "assetQuotas": [quota], "nextPageToken": next }).to_string(),
        )
    };
    let server = RawServer::responding(vec![page("AUDIO", "t"), page("Video", "u"), page("3", "")]);
    let (key, _) = self::key(server.url());
    let quotas = all(list(&key).limit(2));
    assert_eq!(quotas[0].asset_type, Some(AssetType::Audio));
    assert_eq!(quotas[1].asset_type, Some(AssetType::Video));
    assert_eq!((quotas.len(), server.requests().len()), (2, 2));
    let quotas = all(list(&key).page_token("u"));
    assert_eq!(quotas[0].asset_type, Some(AssetType::Audio));
    assert!(
        server.requests()[2]
            .line()
            .ends_with("maxPageSize=100&pageToken=u")
    );
}

#[test]
fn a_quota_may_say_little_and_odd_things() {
    let server = RawServer::responding(vec![json(
        200,
        r#"{"assetQuotas":[{},{"usage":5,"capacity":3,"period":"YEAR","quotaType":"QUOTA_TYPE_UNSPECIFIED","usageResetTime":null}]}"#,
    )]);
    let (key, _) = key(server.url());
    let quotas = all(list(&key));
    // Nothing can be done with one that says nothing.
    assert_eq!(quotas.len(), 1);
    // More was used than there is: nothing is left.
    assert_eq!(quotas[0].remaining(), 0);
    assert_eq!(quotas[0].period, Some(AssetQuotaPeriod::from("YEAR")));
    assert_eq!(quotas[0].resets_at, None);
}

#[test]
fn another_users_quotas_are_forbidden() {
    let emulator = Emulator::start().unwrap();
    let mut quotas = ready_key(&emulator)
        .get_user(156)
        .list_asset_quotas()
        .into_iter();
    assert!(quotas.next().unwrap().unwrap_err().is_forbidden());
    assert!(quotas.next().is_none());
}

#[test]
fn an_access_token_can_list_them() {
    let emulator = Emulator::start().unwrap();
    assert_eq!(all(list(&ready_token(&emulator))).len(), 14);
}
