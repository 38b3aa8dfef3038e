//! What services do at times, and the emulator when it is told.

#[path = "support/client.rs"]
mod client;

use client::{FBX, content, create, form, get, new_asset, send_form, upload, wait};
use open_cloud_emulator::{Emulator, Fault};
use serde_json::{Value, json};

const MODEL: &str = "/assets/v1/assets/500001";

fn update(emulator: &Emulator, mask: &str, request: &Value) -> (u16, Value) {
    let path = format!("{MODEL}?updateMask={mask}");
    send_form(emulator, "PATCH", &path, &form(request, None))
}

#[test]
fn a_good_status_can_have_an_error_in_its_body() {
    let emulator = Emulator::start().unwrap();
    let fault = Fault::OkWithError {
        code: 7,
        message: "It did not happen.".to_owned(),
    };
    emulator.fault_next_to(":archive", 1, fault);
    assert_eq!(get(&emulator, MODEL).0, 200);
    let archive = || client::send(&emulator, "POST", &format!("{MODEL}:archive"));
    let error = json!({ "errors": [{ "code": 7, "message": "It did not happen." }] });
    assert_eq!(archive(), (200, error));
    assert_eq!(get(&emulator, MODEL).1["state"], "Active");
    assert_eq!(archive().1["state"], "Archived");
}

#[test]
fn operations_can_start_with_an_id_alone() {
    let emulator = Emulator::start().unwrap();
    emulator.set_operation_id_only(true);
    let start = || create(&emulator, &new_asset("Model"), FBX, b"x").1;
    let operation = start();
    let id = operation["operationId"].as_str().unwrap();
    assert_eq!(operation, json!({ "operationId": id }));
    let path = format!("operations/{id}");
    let done = wait(&emulator, &json!({ "path": path }));
    assert_eq!(done["path"], path);
    assert!(done["response"]["assetId"].is_string());
    // When they are done at once, they say so.
    emulator.set_operation_polls(0);
    let operation = start();
    assert!(operation["operationId"].is_string() && operation.get("path").is_none());
    assert_eq!(operation["done"], true);
    assert!(operation["response"]["assetId"].is_string());
    emulator.set_operation_id_only(false);
    assert!(start()["path"].is_string());
}

#[test]
fn operations_can_be_missing_at_first() {
    let emulator = Emulator::start().unwrap();
    emulator.set_operation_missing_polls(2);
    let (_, operation) = create(&emulator, &new_asset("Model"), FBX, b"x");
    let path = format!("/assets/v1/{}", operation["path"].as_str().unwrap());
    let statuses: Vec<(u16, Value)> = (0..4)
        .map(|_| {
            let (status, body) = get(&emulator, &path);
            (status, body["done"].clone())
        })
        .collect();
    assert_eq!(
        statuses,
        [
            (404, Value::Null),
            (404, Value::Null),
            (200, json!(false)),
            (200, json!(true))
        ]
    );
}

#[test]
fn a_part_of_an_update_can_be_rejected() {
    let emulator = Emulator::start().unwrap();
    emulator.reject_next_update_field("icon", "The icon is moderated.");
    // An update that does not name the field is not the one.
    let request = json!({ "assetId": 500_001, "displayName": "First" });
    assert_eq!(
        update(&emulator, "displayName", &request),
        (200, json!({ "displayName": "First" }))
    );
    let request = json!({ "assetId": 500_001, "displayName": "Second" });
    let (status, operation) = update(&emulator, "displayName,icon", &request);
    assert_eq!((status, &operation["done"]), (200, &json!(true)));
    assert_eq!(operation["response"]["displayName"], "Second");
    let error = json!({
        "error": { "message": "The icon is moderated." },
        "fieldMask": "icon",
    });
    assert_eq!(operation["metadata"], json!({ "errors": [error] }));
    let path = format!("/assets/v1/{}", operation["path"].as_str().unwrap());
    let (_, polled) = get(&emulator, &path);
    assert_eq!(polled["metadata"], operation["metadata"]);
    let icon = || get(&emulator, &format!("{MODEL}?readMask=icon")).1["icon"].take();
    assert_eq!(icon(), "assets/500005");
    // The next is an update like any other.
    assert_eq!(
        update(&emulator, "displayName,icon", &request),
        (200, json!({ "displayName": "Second" }))
    );
    assert_eq!(icon(), Value::Null);
}

#[test]
fn parts_of_an_update_of_content_can_be_rejected() {
    let emulator = Emulator::start().unwrap();
    let id = upload(&emulator, b"one");
    emulator.reject_next_update_field("displayName", "No.");
    emulator.reject_next_update_field("description", "Nor this.");
    let path = format!("/assets/v1/assets/{id}?updateMask=displayName,description");
    let request = json!({ "assetId": id, "displayName": "New", "description": "New" });
    let body = form(&request, Some((FBX, b"two")));
    let (status, operation) = send_form(&emulator, "PATCH", &path, &body);
    assert_eq!((status, &operation["done"]), (200, &json!(false)));
    let done = wait(&emulator, &operation);
    assert_eq!(done["metadata"]["errors"][0]["fieldMask"], "displayName");
    assert_eq!(
        done["metadata"]["errors"][1],
        json!({ "error": { "message": "Nor this." }, "fieldMask": "description" })
    );
    assert_eq!(done["response"]["displayName"], "Crate");
    assert_eq!(done["response"]["description"], "A wooden crate.");
    assert_eq!(content(&emulator, &id.to_string()), b"two");
}

#[test]
#[should_panic(expected = "no update changes assetType")]
fn what_no_update_changes_cannot_be_rejected() {
    let emulator = Emulator::start().unwrap();
    emulator.reject_next_update_field("assetType", "no");
}

#[test]
fn a_key_can_be_chosen() {
    let emulator = Emulator::builder().api_key("my-key!").start().unwrap();
    assert_eq!(emulator.api_key(), "my-key!");
    assert_eq!(get(&emulator, MODEL).0, 200);
    let body = json!({ "apiKey": "my-key!" });
    let (_, info) = client::send_json(&emulator, "POST", "/api-keys/v1/introspect", &body);
    assert_eq!(
        (&info["name"], &info["authorizedUserId"]),
        (&json!("ready key"), &json!(1001))
    );
    for bad in ["", " ", "a b", "a\n", "é"] {
        let error = Emulator::builder().api_key(bad).start().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{bad:?}");
    }
    let builder = Emulator::builder().api_key("my-key!");
    assert!(!format!("{builder:?}{emulator:?}").contains("my-key!"));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = Emulator::start().unwrap();
    let port: u16 = taken.url().rsplit(':').next().unwrap().parse().unwrap();
    let error = Emulator::builder().port(port).start().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&format!("port {port}")));
}
