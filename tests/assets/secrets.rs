//! What is made of a key shows nothing of it, and a location not where it is.

use std::fmt::Debug;

use rblxopencloud::{
    ApiKey, ApiKeyBuilder, Asset, AssetFile, AssetType, Creator, Error, WaitOptions,
};
use support::client;
use support::raw_server::{RawServer, json};

const SECRET: &str = "s3cr3t/Key+with=signs";

fn keys(url: &str) -> [ApiKey; 2] {
    [ApiKey::builder(SECRET), ApiKeyBuilder::bearer(SECRET)]
        .map(|builder| builder.base_url(url).build().unwrap())
}

fn assert_hides(shown: &impl Debug, what: &str) {
    let (line, fields) = (format!("{shown:?}"), format!("{shown:#?}"));
    assert!(fields.contains(what), "{fields}");
    for shown in [line, fields] {
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}

#[test]
fn debug_of_everything_that_assets_have_hides_the_key() {
    let body = r#"{"path":"assets/7/versions/1","assetId":7,"done":false,"assetVersions":[]}"#;
    let server = RawServer::responding(vec![json(200, body)]);
    for key in keys(server.url()) {
        let user = key.get_user(1);
        let file = || AssetFile::from_bytes("a.fbx", SECRET);
        assert_hides(&file(), "AssetFile");
        let upload = || user.upload_asset(file(), AssetType::Model, "Name", SECRET);
        assert_hides(&upload(), "UploadAsset");
        let update = || user.update_asset(7).file(file()).name("Name");
        assert_hides(&update(), "UpdateAsset");
        let operation = upload().send().unwrap();
        assert_hides(&operation, "Operation");
        assert_hides(&update().send().unwrap(), "Operation");
        assert_hides(&key.get_operation::<Asset>("op-1"), "Operation");
        let asset = user.fetch_asset(7).unwrap();
        assert_hides(&asset, "Asset");
        assert_hides(&asset.update(), "UpdateAsset");
        assert_hides(&asset.fetch_version(1).unwrap(), "AssetVersion");
        assert_hides(&asset.list_versions(), "ListAssetVersions");
        assert_hides(&asset.list_versions().into_iter(), "Pages");
        assert_hides(&user.list_asset_quotas(), "ListAssetQuotas");
        assert_hides(&user.list_asset_quotas().into_iter(), "Pages");
        let location = asset.fetch_delivery_location().version_number(1);
        assert_hides(&location, "FetchAssetDeliveryLocation");
        let options = WaitOptions::new().on_poll(|_| std::ops::ControlFlow::Break(()));
        assert_hides(&options, "WaitOptions");
        let error = operation.wait_with(&options).unwrap_err();
        assert!(error.is_operation_timeout());
        assert_hides(&error, "OperationTimeout");
        for written in [
            serde_json::to_string(&asset).unwrap(),
            serde_json::to_string(&asset.fetch_version(1).unwrap()).unwrap(),
        ] {
            assert!(!written.contains("s3cr3t"), "{written}");
        }
    }
}

#[test]
fn debug_of_a_location_and_its_download_shows_the_host_alone() {
    let content = RawServer::responding(vec![json(200, SECRET)]);
    let location = format!("{}/s3cr3t?Signature=s3cr3t", content.url());
    let body = format!(r#"{{"location":"{location}","assetMetadatas":[]}}"#);
    let server = RawServer::responding(vec![json(200, &body)]);
    for key in keys(server.url()) {
        let user = key.get_user(1);
        let found = user.fetch_asset_delivery_location(7).send().unwrap();
        let host = content.url().trim_start_matches("http://").to_owned();
        assert_hides(&found, &host);
        assert_eq!(found.uri, location);
        assert_hides(&found.download().unwrap(), "Download");
        // Whoever writes it down asked for it.
        let written = serde_json::to_string(&found).unwrap();
        assert!(written.contains(&location) && !written.contains(SECRET));
    }
}

#[test]
fn what_a_service_sends_back_is_taken_out_of_errors() {
    let body = format!(r#"{{"code":400,"message":"no such key: {SECRET}"}}"#);
    let server = RawServer::responding(vec![json(400, &body)]);
    let rejection = format!(r#"{{"errors":[{{"code":404,"message":"not for {SECRET}"}}]}}"#);
    let rejecting = RawServer::responding(vec![json(200, &rejection)]);
    let failed = format!(r#"{{"done":true,"error":{{"code":3,"message":"not for {SECRET}"}}}}"#);
    let failing = RawServer::responding(vec![json(200, &failed)]);
    for ((key, rejected), failed) in keys(server.url())
        .into_iter()
        .zip(keys(rejecting.url()))
        .zip(keys(failing.url()))
    {
        let user = key.get_user(1);
        let file = AssetFile::from_bytes("a.fbx", "x");
        let errors: [Error; 4] = [
            user.upload_asset(file, AssetType::Model, "Name", "")
                .send()
                .unwrap_err(),
            user.update_asset(7).name("Name").send().unwrap_err(),
            rejected
                .get_user(1)
                .fetch_asset_delivery_location(7)
                .send()
                .unwrap_err(),
            failed.get_operation::<Asset>("o").wait().unwrap_err(),
        ];
        for error in errors {
            let shown = format!("{error:?} {}", client::whole(&error));
            assert!(!shown.contains("s3cr3t"), "{shown}");
        }
    }
}

#[test]
fn an_operation_whose_id_is_the_key_is_an_error_that_does_not_show_it() {
    let escaped = SECRET.replace('/', "%2F");
    let base64 = SECRET.replace('/', "_");
    for (key, path) in [
        (SECRET, format!("operations/{escaped}")),
        (&base64, format!("operations/{base64}")),
        (&base64, format!("operations/op-{base64}-1")),
    ] {
        for body in [
            serde_json::json!({ "path": path, "done": false }),
            serde_json::json!({ "operationId": path.replace("operations/", "") }),
        ] {
            let server = RawServer::responding(vec![json(200, &body.to_string())]);
            let key = ApiKey::builder(key).base_url(server.url()).build().unwrap();
            let user = key.get_user(1);
            let file = || AssetFile::from_bytes("a.fbx", "x");
            for error in [
                user.upload_asset(file(), AssetType::Model, "n", "")
                    .send()
                    .unwrap_err(),
                user.update_asset(7).file(file()).send().unwrap_err(),
            ] {
                assert!(error.is_decode() && error.is_outcome_unknown(), "{error:?}");
                assert_hides(&error, "the id of the operation");
                assert!(!error.to_string().contains("s3cr3t"), "{error}");
            }
            assert_eq!(server.requests().len(), 2);
        }
    }
}
