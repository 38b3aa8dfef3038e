//! A good status with an error in it is an error, everywhere; and other good statuses than 200 are good.

use rblxopencloud::{
    ApiKey, AssetFile, AssetPermissionAction, AssetPermissionSubject, AssetType, Creator, Error,
    ErrorKind,
};
use support::client::{self, key};
use support::raw_server::{RawServer, json, response};

type Call = fn(&ApiKey) -> Result<(), Error>;

fn upload(key: &ApiKey) -> Result<(), Error> {
    let file = AssetFile::from_bytes("a.fbx", "x");
    let upload = key
        .get_user(1)
        .upload_asset(file, AssetType::Model, "n", "d");
    upload.unchecked().send().map(drop)
}

fn first<T>(items: impl IntoIterator<Item = Result<T, Error>>) -> Result<(), Error> {
    items.into_iter().try_for_each(|item| item.map(drop))
}

/// Every typed call whose response is JSON.
const CALLS: &[(&str, Call)] = &[
    ("fetch_info", |key| key.fetch_info().map(drop)),
    ("user", |key| key.get_user(1).fetch_info().map(drop)),
    ("group", |key| key.get_group(1).fetch_info().map(drop)),
    ("experience", |key| {
        key.get_experience(1).fetch_info().map(drop)
    }),
    ("fetch_asset", |key| key.fetch_asset(1).map(drop)),
    ("fetch_asset_version", |key| {
        key.get_user(1).fetch_asset_version(1, 1).map(drop)
    }),
    ("list_asset_versions", |key| {
        first(key.get_user(1).list_asset_versions(1))
    }),
    ("list_asset_quotas", |key| {
        first(key.get_user(1).list_asset_quotas())
    }),
    ("rollback", |key| {
        key.get_user(1).rollback_asset(1, 1).map(drop)
    }),
    ("archive", |key| key.get_user(1).archive_asset(1).map(drop)),
    ("restore", |key| key.get_user(1).restore_asset(1).map(drop)),
    ("upload", upload),
    ("update", |key| {
        key.get_user(1).update_asset(1).name("n").send().map(drop)
    }),
    ("update of content", |key| {
        let file = AssetFile::from_bytes("a.fbx", "x");
        let update = key.get_user(1).update_asset(1).file(file);
        update.unchecked().send().map(drop)
    }),
    ("operation", |key| {
        key.get_operation::<rblxopencloud::Asset>("1")
            .fetch_status()
            .map(drop)
    }),
    ("delivery", |key| {
        key.get_user(1)
            .fetch_asset_delivery_location(1)
            .send()
            .map(drop)
    }),
    ("grant", |key| {
        let subject = AssetPermissionSubject::All;
        let user = key.get_user(1);
        user.grant_assets_permission(AssetPermissionAction::Use, subject, [1])
            .map(drop)
    }),
    ("product", |key| {
        key.fetch_creator_store_product("Model", 1).map(drop)
    }),
    ("create product", |key| {
        key.get_user(1)
            .create_creator_store_product("Model", 1)
            .send()
            .map(drop)
    }),
    ("update product", |key| {
        let update = key.get_user(1).update_creator_store_product("Model", 1);
        update.published(true).send().map(drop)
    }),
    ("toolbox asset", |key| key.fetch_toolbox_asset(1).map(drop)),
    ("search", |key| first(key.search_toolbox("Model"))),
    ("saved assets", |key| first(key.search_saved_assets())),
    ("save", |key| key.save_asset(1, "Model")),
    ("unsave", |key| key.unsave_assets([(1, "Model")]).map(drop)),
    ("unsave many", |key| {
        key.unsave_assets([(1, "Model"), (2, "Model")]).map(drop)
    }),
];

#[test]
fn an_error_in_a_good_response_is_an_error_of_every_call() {
    for (body, code, message) in [
        (r#"{"errors":[{"code":0,"message":"x"}]}"#, Some("0"), "x"),
        (r#"{"errors":[{"message":"x"}]}"#, None, "x"),
        (r#"{"errors":["x"]}"#, None, "x"),
        (
            r#"{"errors":{"name":["x"]},"title":"T."}"#,
            None,
            "T. name: x",
        ),
        (r#"{"code":13,"message":"x"}"#, Some("13"), "x"),
        (
            r#"{"code":"NOT_FOUND","message":"x","details":[]}"#,
            Some("NOT_FOUND"),
            "x",
        ),
        (r#"{"message":"x"}"#, None, "x"),
        (r#"{"Message":"x"}"#, None, "x"),
        (r#"{"errorCode":4,"errorMessage":"x"}"#, Some("4"), "x"),
        (r#"{"error":{"code":5,"message":"x"}}"#, Some("5"), "x"),
        (
            r#"{"type":"t","title":"Bad","status":400,"detail":"x"}"#,
            None,
            "Bad: x",
        ),
        (r#"{"Code":5,"Message":"x"}"#, Some("5"), "x"),
        (r#"{"Errors":[{"Code":5,"Message":"x"}]}"#, Some("5"), "x"),
        (r#"{"errors":"x"}"#, None, "x"),
        (r#"{"statusCode":400,"message":"x"}"#, None, "x"),
        (r#"{"success":false,"message":"x"}"#, None, "x"),
        (
            r#"{"isSuccess":false,"errorMessage":"x","page":1}"#,
            None,
            "x",
        ),
        (r#"{"message":"x","data":null}"#, None, "x"),
        (
            r#"{"fault":{"faultstring":"x","detail":{"errorcode":"steps.Invalid"}}}"#,
            Some("steps.Invalid"),
            "x",
        ),
        (r#"{"title":"x","status":"400","page":1}"#, None, "x"),
        (r#"{"errors":[{"userFacingMessage":"x"}]}"#, None, "x"),
        (r#"{"errors":[{"message":"\ud83d"}]}"#, None, "\u{fffd}"),
        (r#"{"errors":[{"message":"x","level":1e999}]}"#, None, "x"),
        // Beside what a response has when all is well.
        (
            r#"{"assetId":1,"path":"assets/1/versions/1","creatorStoreAssets":[],"saves":[],"totalCount":0,
                "totalResults":0,"deletedCount":0,"asset":null,"authorizedUserId":1,"modelAssetId":"1",
                "location":"https://e.example/","code":7,"message":"x"}"#,
            Some("7"),
            "x",
        ),
    ] {
        for (name, call) in CALLS {
            if *name == "operation" && body.contains("location") {
                continue;
            }
            for status in [200, 201, 202] {
                let server = RawServer::responding(vec![json(status, body)]);
                let (key, _) = key(server.url());
                let error = call(&key).expect_err(&format!("{name}: {body}"));
                // An operation has a field of this name.
                let is_operation = matches!(error, Error::OperationFailed(_));
                if is_operation {
                    assert!(body.contains("\"error\":"), "{name}: {body}: {error}");
                    continue;
                }
                // Some calls expect fewer statuses; the reason is told all the same.
                let api_error = error
                    .api_error()
                    .unwrap_or_else(|| panic!("{name}: {body}: {error:#?}"));
                assert_eq!(api_error.status, status, "{name}: {body}");
                assert_eq!(
                    (api_error.code.as_deref(), api_error.message.as_str()),
                    (code, message),
                    "{name}: {body}"
                );
                assert!(error.is_outcome_unknown(), "{name}: {body}");
                assert_eq!(server.requests().len(), 1, "{name}: {body}");
            }
        }
    }
}

#[test]
fn an_error_that_cannot_be_shown_is_an_error_all_the_same() {
    let deep = format!("{}{}", "[".repeat(130) + "1", "]".repeat(130));
    let long = format!("[{}]", "{},".repeat(5_000) + "{\"code\":1}");
    for (name, call) in CALLS {
        for reason in [&deep, &long] {
            let server =
                RawServer::responding(vec![json(200, &format!(r#"{{"errors":{reason}}}"#))]);
            let (key, _) = key(server.url());
            let error = call(&key).expect_err(name);
            assert_eq!(error.status(), Some(200), "{name}: {error}");
            // Each asset of a grant has an error of its own.
            let is_told = error.to_string().contains("too long or too deep");
            assert!(is_told || *name == "grant", "{name}: {error}");
        }
    }
    for body in [
        r#"{"status":500}"#,
        r#"{"success":false}"#,
        r#"{"errors":[{"message":"x"}],"errors":[]}"#,
    ] {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = key(server.url());
        let error = key.save_asset(1, "Model").unwrap_err();
        assert!(error.is_outcome_unknown(), "{body}: {error}");
    }
}

#[test]
fn a_list_of_errors_in_place_of_nothing_is_no_success() {
    let body = r#"[{"code":3,"message":"x"},{"code":4,"message":"y"}]"#;
    let server = RawServer::responding(vec![json(200, body)]);
    let (key, _) = key(server.url());
    for error in [
        key.save_asset(1, "Model").unwrap_err(),
        key.unsave_assets([(1, "Model")]).unwrap_err(),
        key.fetch_asset(1).unwrap_err(),
    ] {
        let api_error = error.api_error().unwrap();
        assert_eq!(
            (api_error.code.as_deref(), api_error.message.as_str()),
            (Some("3"), "x")
        );
    }
}

#[test]
fn what_only_looks_like_an_error_is_none() {
    for extra in [
        r#""errors":[]"#,
        r#""errors":null"#,
        r#""errors":[null,{}]"#,
        r#""error":null"#,
        r#""error":"""#,
        r#""code":5"#,
        r#""message":"hello""#,
        r#""message":null,"code":0"#,
        r#""status":200,"title":"T""#,
        r#""details":[{"a":1}]"#,
        r#""type":"t""#,
        r#""success":true"#,
        r#""statusCode":200,"message":"fine""#,
        r#""fault":null"#,
    ] {
        let body = format!(r#"{{"assetId":7,{extra},"displayName":"N"}}"#);
        let server = RawServer::responding(vec![json(200, &body)]);
        let (key, _) = key(server.url());
        let asset = key.fetch_asset(7).unwrap();
        assert_eq!((asset.id, asset.name.as_deref()), (7, Some("N")), "{extra}");
    }
}

#[test]
fn a_rejected_upload_is_recognized_whatever_its_status() {
    for (message, kind) in [
        ("AssetName is moderated.", ErrorKind::ModeratedText),
        (
            "Asset name and description is fully moderated",
            ErrorKind::ModeratedText,
        ),
        ("InvalidImage", ErrorKind::InvalidFile),
        ("The user is moderated.", ErrorKind::Rejected),
        ("InvalidArgument", ErrorKind::Rejected),
    ] {
        for (status, body) in [
            (
                200,
                format!(r#"{{"errors":[{{"code":0,"message":"{message}"}}]}}"#),
            ),
            (200, format!(r#"{{"code":3,"message":"{message}"}}"#)),
            (
                400,
                format!(r#"{{"code":"INVALID_ARGUMENT","message":"{message}"}}"#),
            ),
        ] {
            let server = RawServer::responding(vec![json(status, &body)]);
            let (key, _) = key(server.url());
            let error = upload(&key).unwrap_err();
            assert_eq!(
                (error.kind(), error.status()),
                (kind, Some(status)),
                "{body}"
            );
            assert_eq!(
                error.is_outcome_unknown(),
                status == 200 && kind == ErrorKind::Rejected,
                "{body}"
            );
        }
    }
}

#[test]
fn created_and_accepted_are_successes() {
    for status in [200, 201, 202] {
        let asset = json(
            status,
            r#"{"path":"assets/1/versions/2","assetId":1,"modelAssetId":"1"}"#,
        );
        let server = RawServer::responding(vec![asset]);
        let (key, _) = key(server.url());
        let user = key.get_user(1);
        assert_eq!(user.rollback_asset(1, 1).unwrap().version_number, 2);
        assert_eq!(user.archive_asset(1).unwrap().id, 1);
        let product = user.create_creator_store_product("Model", 1).send();
        assert_eq!(product.unwrap().asset_id, Some(1));
        key.save_asset(1, "Model").unwrap();
    }
}

#[test]
fn an_operation_is_known_by_its_path_or_its_id() {
    for status in [200, 201, 202] {
        for body in [
            r#"{"operationId":"abc"}"#,
            r#"{"path":"operations/abc"}"#,
            r#"{"path":"assets/v1/operations/abc","done":false}"#,
            r#"{"path":"","operationId":"abc","done":false}"#,
            r#"{"path":null,"operationId":"abc","displayName":"n"}"#,
            r#"{"path":"operations/","operationId":"abc"}"#,
            r#"{"path":"assets/1","operationId":"abc"}"#,
            r#"{"path":" operations/abc ","done":false}"#,
            r#"{"path":"operations/..","operationId":"abc"}"#,
        ] {
            let server = RawServer::responding(vec![json(status, body)]);
            let (key, _) = key(server.url());
            let file = || AssetFile::from_bytes("a.fbx", "x");
            let user = key.get_user(1);
            let begun = [
                user.upload_asset(file(), AssetType::Model, "n", "d")
                    .unchecked()
                    .send(),
                user.update_asset(1).file(file()).unchecked().send(),
                user.update_asset(1).name("n").send(),
            ];
            for operation in begun {
                let operation = operation.unwrap();
                assert_eq!(operation.id(), "abc", "{status} {body}");
                assert!(!operation.is_done(), "{status} {body}");
            }
        }
    }
    // A number is an id, too.
    for id in ["42", "42.0", "\"42\""] {
        let body = format!(r#"{{"operationId":{id}}}"#);
        let server = RawServer::responding(vec![json(200, &body)]);
        let (key, _) = key(server.url());
        let update = key.get_user(1).update_asset(1).name("n").send().unwrap();
        assert_eq!(update.id(), "42");
    }
}

#[test]
fn a_success_that_was_not_expected_leaves_the_outcome_unknown() {
    for status in [203, 204, 205, 206, 299] {
        let server = RawServer::responding(vec![json(status, "")]);
        let (key, _) = key(server.url());
        let error = upload(&key).unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(error.is_outcome_unknown(), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_page_in_place_of_nothing_is_no_success() {
    let page = response(
        200,
        &[("content-type", "text/html")],
        b"<html>Log in to the hotel",
    );
    let server = RawServer::responding(vec![page]);
    let (key, _) = key(server.url());
    for error in [
        key.save_asset(1, "Model").unwrap_err(),
        key.unsave_assets([(1, "Model")]).unwrap_err(),
    ] {
        assert!(error.is_decode() && error.is_outcome_unknown(), "{error}");
    }
}

#[test]
fn grants_without_an_asset_cost_no_other() {
    let body = r#"{"successAssetIds":[1,null,{},"2"],"errors":[{},{"code":"AssetNotFound"},null,7,
        {"assetId":3,"code":"CannotManageAsset"},{"assetId":-4,"code":"X"},{"assetId":5}]}"#;
    let server = RawServer::responding(vec![json(200, body)]);
    let (key, _) = key(server.url());
    let results = key
        .get_user(1)
        .grant_assets_permission(
            AssetPermissionAction::Use,
            AssetPermissionSubject::All,
            [1, 2, 3, 4, 5],
        )
        .unwrap();
    let granted: Vec<_> = results
        .iter()
        .map(|result| (result.asset_id, result.granted))
        .collect();
    assert_eq!(
        granted,
        [(1, true), (2, true), (3, false), (4, false), (5, false)]
    );
    assert!(results[2].error.is_some() && results[4].error.is_none());
}

#[test]
fn a_doubtful_attempt_leaves_doubt_whatever_comes_after() {
    // The first attempt may have saved the asset; the conflict may be with it.
    let server = RawServer::responding(vec![json(500, "{}"), json(409, "{}")]);
    let (key, _) = key(server.url());
    let error = key.save_asset(1, "Model").unwrap_err();
    assert!(error.is_conflict() && error.is_outcome_unknown(), "{error}");
    let server = RawServer::responding(vec![json(409, "{}")]);
    let (key, _) = client::key(server.url());
    let error = key.save_asset(1, "Model").unwrap_err();
    assert!(
        error.is_conflict() && !error.is_outcome_unknown(),
        "{error}"
    );
}
