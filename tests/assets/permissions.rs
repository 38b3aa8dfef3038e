//! Granting permissions, with a result for every asset.

use open_cloud_emulator::{Emulator, Fault};
use rblxopencloud::assets::AssetPermissionResultError as Code;
use rblxopencloud::assets::{AssetPermissionRequest, AssetPermissionResult};
use rblxopencloud::{
    ApiKey, AssetPermissionAction as Action, AssetPermissionSubject as Subject, Creator,
};
use serde_json::json;
use support::client::{key, ready_key, ready_token};
use support::raw_server::{RawServer, json};

fn grant(
    key: &ApiKey,
    subject: Subject,
    action: Action,
    assets: &[u64],
) -> Vec<(u64, Option<Code>)> {
    let results = key
        .get_user(1001)
        .grant_assets_permission(action, subject, assets.iter().copied())
        .unwrap();
    results.into_iter().map(plain).collect()
}

/// The id, and why it was not granted; it panics where the two fields disagree.
fn plain(result: AssetPermissionResult) -> (u64, Option<Code>) {
    assert_eq!(result.granted, result.error.is_none(), "{result:?}");
    (result.asset_id, result.error)
}

#[test]
fn every_asset_has_its_result_in_the_order_it_was_asked_for() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let public = emulator.toolbox_asset_ids("Model")[0];
    let results = grant(
        &key,
        Subject::Experience(3001),
        Action::Use,
        &[500_005, 404, 500_001, 500_013, public, 500_002, 500_003],
    );
    assert_eq!(
        results,
        [
            (500_005, None),
            (404, Some(Code::AssetNotFound)),
            (500_001, None),
            (500_013, Some(Code::CannotManageAsset)),
            (public, Some(Code::PublicAssetCannotBeGrantedTo)),
            (500_002, Some(Code::AssetTypeNotEnabled)),
            (500_003, None),
        ]
    );
}

#[test]
fn every_subject_and_action_is_written_as_documented() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for (subject, action, asset, kind, id, rejected) in [
        (
            Subject::User(156),
            Action::Edit,
            500_001,
            "User",
            "156",
            None,
        ),
        (Subject::Group(7), Action::Use, 500_001, "Group", "7", None),
        (Subject::All, Action::Use, 500_004, "All", "", None),
        (Subject::All, Action::Download, 500_008, "All", "", None),
        (
            Subject::Experience(3001),
            Action::CopyFromRcc,
            500_008,
            "Universe",
            "3001",
            None,
        ),
        (
            Subject::Experience(3001),
            Action::UpdateFromRcc,
            500_008,
            "Universe",
            "3001",
            None,
        ),
        (
            Subject::GroupRole(9),
            Action::Use,
            500_001,
            "GroupRoleset",
            "9",
            Some(Code::InvalidRequest),
        ),
        (
            Subject::User(3),
            Action::Use,
            500_001,
            "User",
            "3",
            Some(Code::SubjectNotFound),
        ),
    ] {
        emulator.clear_requests();
        assert_eq!(
            grant(&key, subject, action.clone(), &[asset]),
            [(asset, rejected)]
        );
        let request = &emulator.requests()[0];
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("PATCH", "/asset-permissions-api/v1/assets/permissions")
        );
        assert_eq!(
            request.json().unwrap(),
            json!({
                "subjectType": kind,
                "subjectId": id,
                "action": action.as_str(),
                "requests": [{ "assetId": asset }],
            })
        );
    }
}

#[test]
fn dependencies_and_versions_can_be_asked_for() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    let requests = [
        AssetPermissionRequest::new(500_001)
            .grant_dependencies(true)
            .version_number(1),
        AssetPermissionRequest::new(500_003).grant_dependencies(false),
        500_005.into(),
    ];
    let results = key
        .get_group(2001)
        .grant_assets_permission(Action::Use, Subject::User(156), requests)
        .unwrap();
    assert_eq!(results.len(), 3);
    assert_eq!(
        emulator.requests()[0].json().unwrap()["requests"],
        json!([
            { "assetId": 500_001, "grantToDependencies": true, "parentVersionNumber": 1 },
            { "assetId": 500_003, "grantToDependencies": false },
            { "assetId": 500_005 },
        ])
    );
}

#[test]
fn results_may_be_of_any_number_and_order() {
    let responses = [
        (
            r#"{"successAssetIds":["2",9,1],"errors":[{"assetId":"3","code":"Brand_New"},{"assetId":8}]}"#,
            json!([[1, null], [2, null], [3, "Brand_New"], [8, ""], [9, null]]),
        ),
        (
            r#"{"successAssetIds":null,"errors":null,"new":1}"#,
            json!([[1, ""], [2, ""], [3, ""]]),
        ),
        ("{}", json!([[1, ""], [2, ""], [3, ""]])),
        (
            r#"{"successAssetIds":[1,2,3],"errors":[{"assetId":2,"code":"RateLimited"}]}"#,
            json!([[1, null], [2, "RateLimited"], [3, null]]),
        ),
    ];
    for (body, expected) in responses {
        let server = RawServer::responding(vec![json(200, body)]);
        let (key, _) = key(server.url());
        let results = key
            .get_user(1)
            .grant_assets_permission(Action::Use, Subject::All, [1, 2, 3])
            .unwrap();
        let told: Vec<_> = results
            .iter()
            .map(|result| {
                // Not granted for a reason that is not told is an empty text here.
                let error = result.error.as_ref().map_or("", Code::as_str);
                json!([result.asset_id, (!result.granted).then_some(error)])
            })
            .collect();
        assert_eq!(json!(told), expected, "{body}");
    }
}

#[test]
fn a_result_is_written_as_json() {
    let emulator = Emulator::start().unwrap();
    let user = ready_key(&emulator).get_user(1001);
    let results = user.grant_assets_permission(Action::Use, Subject::All, [404]);
    assert_eq!(
        serde_json::to_value(results.unwrap()).unwrap(),
        json!([{ "asset_id": 404, "granted": false, "error": "AssetNotFound" }])
    );
}

#[test]
fn rejections_of_the_whole_request_are_errors() {
    let emulator = Emulator::start().unwrap();
    let grant = |key: &ApiKey, assets: &[u64]| {
        let user = key.get_user(1001);
        user.grant_assets_permission(Action::Use, Subject::All, assets.to_vec())
            .unwrap_err()
    };
    let error = grant(&ready_key(&emulator), &[]);
    assert_eq!(
        (error.status(), error.code()),
        (Some(400), Some("InvalidRequest"))
    );
    let error = grant(&ready_token(&emulator), &[500_001]);
    assert!(error.is_unauthorized(), "{error:?}");
    let weak = emulator.add_key(open_cloud_emulator::KeySpec::new("weak"));
    let weak = ApiKey::builder(weak)
        .base_url(emulator.url())
        .build()
        .unwrap();
    assert!(grant(&weak, &[500_001]).is_forbidden());
}

#[test]
fn a_grant_may_be_sent_twice() {
    let emulator = Emulator::start().unwrap();
    let key = ready_key(&emulator);
    for fault in [Fault::status(500), Fault::CutAfterActing] {
        emulator.clear_requests();
        emulator.fault_next(2, fault);
        assert_eq!(
            grant(&key, Subject::All, Action::Use, &[500_004]),
            [(500_004, None)]
        );
        assert_eq!(emulator.requests().len(), 3);
    }
}

#[test]
fn every_documented_code_has_a_variant() {
    for code in [
        "UnknownError",
        "InvalidRequest",
        "AssetNotFound",
        "CannotManageAsset",
        "PublicAssetCannotBeGrantedTo",
        "CannotManageSubject",
        "SubjectNotFound",
        "AssetTypeNotEnabled",
        "PermissionLimitReached",
        "DependenciesLimitReached",
        "NotRequestable",
        "RequesterNotAConnection",
        "AlreadyPending",
        "AlreadyHasAccess",
        "RequestNotFound",
        "InvalidRequestStatus",
        "RateLimited",
        "CallerNotOwner",
        "BatchSizeLimitExceeded",
    ] {
        assert!(!matches!(Code::from(code), Code::Unknown(_)), "{code}");
        assert_eq!(Code::from(code).as_str(), code);
    }
    assert_eq!(Code::from("New").as_str(), "New");
}
