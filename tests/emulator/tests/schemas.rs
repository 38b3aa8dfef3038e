//! Every response is valid by the schema of its endpoint.

#[path = "support/client.rs"]
mod client;
#[path = "support/requests.rs"]
mod requests;
#[path = "support/schema.rs"]
mod schema;

use std::collections::BTreeSet;

use client::{FBX, agent, form, new_asset};
use open_cloud_emulator::{CATEGORIES, Emulator, KeySpec, Scope};
use requests::Endpoint;
use schema::{Received, Schemas, Sent, parse};
use serde_json::{Value, json};
use ureq::Agent;

/// An emulator whose every response is held against the schemas.
struct Checked {
    emulator: Emulator,
    agent: Agent,
    schemas: &'static Schemas,
}

impl Checked {
    fn start() -> Self {
        Self {
            emulator: Emulator::start().unwrap(),
            agent: agent(),
            schemas: Schemas::get(),
        }
    }

    fn check(&self, endpoint: &str, sent: &Sent, status: u16, received: &Received) -> Value {
        assert_eq!(received.status, status, "{sent:?}: {received:?}");
        if let Err(complaint) = self.schemas.check(endpoint, received) {
            panic!("{} {}: {complaint}", sent.method, sent.path);
        }
        received.json()
    }

    fn send(&self, endpoint: &str, sent: &Sent, status: u16) -> Value {
        let received = sent.to(&self.agent, &self.emulator);
        self.check(endpoint, sent, status, &received)
    }

    fn get(&self, endpoint: &str, path: &str) -> Value {
        self.send(endpoint, &Sent::new("GET", path), 200)
    }

    fn post(&self, endpoint: &str, path: &str) -> Value {
        self.send(endpoint, &Sent::new("POST", path), 200)
    }

    fn form(&self, method: &str, path: &str, request: &Value, has_file: bool) -> Value {
        let file = has_file.then_some((FBX, &b"content"[..]));
        let mut sent = Sent::new(method, path).header("content-type", client::FORM);
        sent.body = form(request, file);
        let endpoint = match method {
            "POST" => "assets.create",
            _ => "assets.update",
        };
        self.send(endpoint, &sent, 200)
    }

    /// Asks after an operation until it is done.
    fn wait(&self, operation: &Value) {
        let path = match operation["path"].as_str() {
            Some(path) => path.to_owned(),
            None => format!("operations/{}", operation["operationId"].as_str().unwrap()),
        };
        let sent = Sent::new("GET", &format!("/assets/v1/{path}"));
        loop {
            let received = sent.to(&self.agent, &self.emulator);
            let body = self.check("operations.get", &sent, received.status, &received);
            if body["done"] == true {
                break;
            }
        }
    }
}

#[test]
fn all_of_the_store_is_valid() {
    let checked = Checked::start();
    checked.emulator.set_rate_limit("products.get", 1000);
    for category in CATEGORIES {
        for view in ["IDs", "Core", "Full"] {
            checked.emulator.set_empty_pages(view == "IDs");
            let path = format!(
                "/toolbox-service/v2/assets:search?searchCategoryType={category}&searchView={view}\
                 &maxPageSize=40&includeTopCharts=true&includeOnlyVerifiedCreators=false"
            );
            let mut token = String::new();
            loop {
                let path = format!("{path}&pageToken={token}");
                let page = checked.get("toolbox.search", &path);
                token = page["nextPageToken"].as_str().unwrap_or("").to_owned();
                if token.is_empty() {
                    break;
                }
            }
        }
        for id in checked.emulator.toolbox_asset_ids(category) {
            let path = format!("/toolbox-service/v2/assets/{id}");
            checked.get("toolbox.details", &path);
            let id = format!("CreatorMarketplaceAsset-{category}-{id}");
            let path = format!("/cloud/v2/creator-store-products/{id}");
            checked.get("products.get", &path);
        }
    }
}

#[test]
fn all_about_assets_is_valid_in_all_styles() {
    let checked = Checked::start();
    let emulator = &checked.emulator;
    let model = "/assets/v1/assets/500001";
    let everything = "icon,previews,githubSocialLink,tryAssetSocialLink,description";
    let create = || checked.form("POST", "/assets/v1/assets", &new_asset("Model"), true);
    let update = |request: &Value, has_file| {
        let mask: Vec<&str> = request
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mask: Vec<&str> = mask
            .into_iter()
            .filter(|field| *field != "assetId")
            .collect();
        let path = format!("{model}?updateMask={}", mask.join(","));
        checked.form("PATCH", &path, request, has_file)
    };
    for style in [None, Some(true), Some(false)] {
        if let Some(style) = style {
            emulator.set_guide_style(style);
        }
        for polls in [0, 1, 2] {
            for id_only in [false, true] {
                emulator.set_operation_polls(polls);
                emulator.set_operation_id_only(id_only);
                emulator.set_operation_missing_polls(polls);
                checked.wait(&create());
                emulator.fail_next_operation(400, "No.");
                checked.wait(&create());
                let request = json!({ "assetId": 500_001, "description": "new" });
                checked.wait(&update(&request, true));
                emulator.reject_next_update_field("description", "No.");
                checked.wait(&update(&request, true));
                emulator.reject_next_update_field("description", "No.");
                assert_eq!(update(&request, false)["done"], true);
            }
        }
        let request = json!({
            "assetId": 500_001,
            "displayName": "new",
            "description": "",
            "icon": "assets/500005",
            "previews": [{ "asset": "assets/500005", "altText": "" }],
            "githubSocialLink": { "uri": "https://github.com/x", "title": "x" },
            "tryAssetSocialLink": { "uri": "3101" },
        });
        let fields = update(&request, false);
        assert_eq!(fields.as_object().unwrap().len(), 6);
        for id in 500_001..=500_012 {
            let path = format!("/assets/v1/assets/{id}");
            checked.get("assets.get", &format!("{path}?readMask={everything}"));
            checked.post("assets.archive", &format!("{path}:archive"));
            checked.post("assets.restore", &format!("{path}:restore"));
            checked.get("versions.get", &format!("{path}/versions/1"));
            let body = json!({ "assetVersion": format!("assets/{id}/versions/1") });
            let path = format!("{path}/versions:rollback");
            checked.send("versions.rollback", &Sent::json("POST", &path, &body), 200);
        }
        for arrays in [false, true] {
            emulator.set_version_arrays(arrays);
            for query in ["", "?maxPageSize=1"] {
                let path = format!("{model}/versions{query}");
                checked.get("versions.list", &path);
            }
        }
    }
    // A service that errs with a good status is not one that is valid.
    let broken = Checked::start();
    let fault = open_cloud_emulator::Fault::OkWithError {
        code: 1,
        message: "x".to_owned(),
    };
    broken.emulator.fault_next(1, fault);
    let received = Sent::new("GET", model).to(&broken.agent, &broken.emulator);
    assert!(broken.schemas.check("assets.get", &received).is_err());
}

#[test]
fn all_about_people_quotas_keys_and_delivery_is_valid() {
    let checked = Checked::start();
    let emulator = &checked.emulator;
    let spec = KeySpec::new("all")
        .enabled(false)
        .expired(true)
        .expires_at("2031-02-03T04:05:06.789Z")
        .with_scope(
            Scope::new("universe-datastores.objects", ["create"])
                .datastore(5150, "inventory")
                .datastores_of_universe("*"),
        )
        .with_scope(
            Scope::new("asset", ["read"])
                .user_ids(["*"])
                .group_ids([7])
                .universe_ids([1]),
        );
    for key in [emulator.add_key(spec), emulator.api_key().to_owned()] {
        let sent = Sent::json("POST", "/api-keys/v1/introspect", &json!({ "apiKey": key }));
        checked.send("api-keys.introspect", &sent, 200);
    }
    let weak = emulator.add_key(KeySpec::new("weak"));
    for (endpoint, kind, ids) in [
        (
            "users.get",
            "users",
            &[
                1_u64,
                156,
                1001,
                21_557,
                88_001,
                88_003,
                5_012_345_678,
                7_135_127_272,
            ][..],
        ),
        (
            "groups.get",
            "groups",
            &[7, 2001, 2002, 2003, 2004, 9_000_000_001],
        ),
        ("universes.get", "universes", &[3001, 3002, 3003, 3004]),
    ] {
        for id in ids {
            let sent = Sent::new("GET", &format!("/cloud/v2/{kind}/{id}"));
            checked.send(endpoint, &sent, 200);
            let sent = sent.header("x-api-key", &weak);
            let received = sent.as_it_is(&checked.agent, emulator);
            checked.check(endpoint, &sent, 200, &received);
        }
    }
    let path = "/cloud/v2/users/1001/asset-quotas";
    let page = checked.get("quotas.list", path);
    let token = page["nextPageToken"].as_str().unwrap();
    checked.get("quotas.list", &format!("{path}?pageToken={token}"));
    for (endpoint, path) in [
        ("delivery.location", "500001"),
        ("delivery.location", "500013"),
        ("delivery.location", "5"),
        ("delivery.version-location", "500001/version/1"),
        ("delivery.version-location", "500001/version/2"),
    ] {
        checked.get(endpoint, &format!("/asset-delivery-api/v1/assetId/{path}"));
    }
}

#[test]
fn errors_have_the_format_of_their_service() {
    let checked = Checked::start();
    for endpoint in Endpoint::all() {
        let world = endpoint.world(&checked.agent);
        let emulator = &world.emulator;
        let least = endpoint.request(&world, &endpoint.least());
        let is_open = endpoint.name == "api-keys.introspect";
        let needs_scope =
            !["users.get", "groups.get", "universes.get"].contains(&endpoint.name.as_str());
        let key = |name: &str, value: &str, status: u16, sent: &Sent| {
            let sent = match name {
                "" => sent.clone(),
                name => sent.clone().header(name, value),
            };
            let received = sent.as_it_is(&checked.agent, emulator);
            checked.check(&endpoint.name, &sent, status, &received);
        };
        let allowed = !["toolbox.search", "toolbox.details"].contains(&endpoint.name.as_str());
        if !is_open {
            if allowed {
                key("", "", 401, &least);
            }
            key("x-api-key", "nonsense", 401, &least);
            key("authorization", "Bearer nonsense", 401, &least);
            key("authorization", "Basic nonsense", 401, &least);
            let off = emulator.add_key(KeySpec::new("off").every_scope().enabled(false));
            key("x-api-key", &off, 403, &least);
            let old = emulator.add_key(KeySpec::new("old").every_scope().expired(true));
            key("x-api-key", &old, 401, &least);
        }
        if !is_open && needs_scope {
            let weak = emulator.add_key(KeySpec::new("weak"));
            key("x-api-key", &weak, 403, &least);
            let weak = emulator.add_token(KeySpec::new("weak"));
            let status = if endpoint.name == "permissions.grant" {
                401
            } else {
                403
            };
            key("authorization", &format!("Bearer {weak}"), status, &least);
        }
        let ready = emulator.api_key();
        let separator = if least.path.contains('?') { '&' } else { '?' };
        // An operation's endpoint looks at its query before it looks for the operation, too.
        for name in ["nonsense", "allowMissing"] {
            if name == "allowMissing" && endpoint.name == "products.update" {
                continue;
            }
            let mut sent = least.clone();
            sent.path = format!("{}{separator}{name}=true", sent.path);
            let received = sent.clone().header("x-api-key", ready);
            let received = received.as_it_is(&checked.agent, emulator);
            let body = checked.check(&endpoint.name, &sent, 400, &received);
            if !body.is_null() {
                let verdict = match name {
                    "nonsense" => "is unknown.",
                    _ => "is known, and not allowed here.",
                };
                let expected = format!("The parameter '{name}' {verdict}");
                assert_eq!(received.reason(&endpoint.name), expected);
            }
        }
        if !is_open {
            emulator.set_rate_limit(&endpoint.name, 0);
            emulator.enforce_rate_limits(true);
            key("x-api-key", ready, 429, &least);
            emulator.enforce_rate_limits(false);
        }
        let sent = Sent::new("TRACE", &least.path);
        let received = sent.to(&checked.agent, emulator);
        checked.check("nowhere", &sent, 405, &received);
    }
    let sent = Sent::new("GET", "/cloud/v3/users/1");
    checked.send("nowhere", &sent, 404);
    let nothing = json!({ "assetId": 5 });
    let mut sent = Sent::new("PATCH", "/assets/v1/assets/5").header("content-type", client::FORM);
    sent.body = form(&nothing, None);
    checked.send("assets.update", &sent, 404);
    checked.emulator.set_upload_quota("Model", 0);
    let mut sent = Sent::new("POST", "/assets/v1/assets").header("content-type", client::FORM);
    sent.body = form(&new_asset("Model"), Some((FBX, b"x")));
    checked.send("assets.create", &sent, 429);
}

/// Names of fields and values in `undocumented.json` that the emulator made up or found elsewhere.
fn undocumented() -> BTreeSet<String> {
    let documented_elsewhere = ["location", "nextPageToken"];
    let mut names = BTreeSet::new();
    let file = parse(include_str!("schemas/undocumented.json"));
    for schema in file["$defs"].as_object().unwrap().values() {
        let fields = schema["properties"].as_object().into_iter().flatten();
        names.extend(fields.map(|(name, _)| name.clone()));
        names.extend(schema.get("const").map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }));
    }
    names.retain(|name| !documented_elsewhere.contains(&name.as_str()));
    names
}

#[test]
fn the_readme_has_all_that_no_document_has() {
    let readme = include_str!("../README.md");
    let names = undocumented();
    assert!(names.len() > 10);
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

/// The pointers of all objects in a value.
fn objects(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(pointer.to_owned());
            for (name, value) in fields {
                objects(
                    value,
                    &format!("{pointer}/{}", name.replace('/', "~1")),
                    found,
                );
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_field_that_is_not_in_the_schemas_is_noticed_anywhere() {
    let checked = Checked::start();
    let mut checked_objects = 0;
    for endpoint in Endpoint::all() {
        let world = endpoint.world(&checked.agent);
        let sent = endpoint.request(&world, &endpoint.least());
        let received = sent.to(&checked.agent, &world.emulator);
        let body = checked.check(&endpoint.name, &sent, received.status, &received);
        let mut pointers = Vec::new();
        objects(&body, "", &mut pointers);
        // What is made up may hold anything.
        pointers.retain(|pointer| !pointer.contains("/ranking"));
        for pointer in pointers {
            let mut body = body.clone();
            body.pointer_mut(&pointer).unwrap()["surprise"] = json!(1);
            let verdict = checked.schemas.check(&endpoint.name, &received.with(&body));
            assert!(verdict.is_err(), "{}: {pointer}", endpoint.name);
            checked_objects += 1;
        }
    }
    assert!(checked_objects > 100, "{checked_objects}");
}

#[test]
fn null_is_noticed_where_the_schemas_do_not_have_it() {
    let checked = Checked::start();
    let path = "/toolbox-service/v2/assets/1818";
    let received = Sent::new("GET", path).to(&checked.agent, &checked.emulator);
    for (pointer, is_nullable) in [
        ("/asset/instanceCounts", true),
        ("/asset/instanceCounts/script", false),
        ("/asset/instanceCounts/tool", false),
        ("/asset/capabilities", true),
        ("/asset/capabilities/shouldSandbox", false),
        ("/asset/id", false),
        ("/asset/name", true),
        ("/asset/hasScripts", false),
        ("/voting", true),
        ("/voting/upVotes", false),
        ("/voting/userVote", true),
        ("/creatorStoreProduct/purchasable", false),
        ("/creator/name", true),
    ] {
        let mut body = received.json();
        *body.pointer_mut(pointer).unwrap() = Value::Null;
        let verdict = checked
            .schemas
            .check("toolbox.details", &received.with(&body));
        assert_eq!(verdict.is_ok(), is_nullable, "{pointer}: {verdict:?}");
    }
}
