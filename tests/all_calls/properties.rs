//! Responses of every shape: none makes the client panic, and what one holds is kept.

use std::sync::{Arc, Mutex};

use open_cloud_emulator::Emulator;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use rblxopencloud::{
    ApiKey, Asset, AssetPermissionAction, AssetPermissionSubject, AssetType, Creator, Error,
    RetryPolicy,
};
use serde_json::{Map, Value, json};
use support::cases::config;
use support::raw_server::{self, RawServer, json};
use support::shapes::{self, Kind};
use time::OffsetDateTime;

/// A server that responds as it is told, once, and after that with nothing much.
struct Service {
    next: Arc<Mutex<Option<Vec<u8>>>>,
    key: ApiKey,
    _server: RawServer,
}

impl Service {
    fn start() -> Self {
        let next = Arc::new(Mutex::new(None::<Vec<u8>>));
        let for_server = next.clone();
        let server = RawServer::start(move |_, connection| {
            while connection.read_request().is_some() {
                let response = for_server.lock().unwrap().take();
                connection.send(&response.unwrap_or_else(|| json(200, "{}")));
            }
        });
        let key = ApiKey::builder("top-secret")
            .base_url(server.url())
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        Self {
            next,
            key,
            _server: server,
        }
    }

    /// Makes a call whose response has this body.
    fn respond<T>(&self, body: impl AsRef<[u8]>, call: impl FnOnce(&ApiKey) -> T) -> T {
        let response =
            raw_server::response(200, &[("content-type", "application/json")], body.as_ref());
        *self.next.lock().unwrap() = Some(response);
        call(&self.key)
    }
}

type Call = fn(&ApiKey) -> Result<Value, Error>;

/// A call for every type of response, and where to get one that is as it should be.
const CALLS: [(&str, &str, Call); 16] = [
    ("GET", "toolbox-service/v2/assets/1842610131", |key| {
        Ok(json!(key.fetch_toolbox_asset(1)?))
    }),
    (
        "GET",
        "toolbox-service/v2/assets:search?searchCategoryType=Model&query=e&maxPageSize=8&searchView=Full",
        |key| {
            let results = key.search_toolbox("Model").into_iter();
            let written = results.map(|result| {
                let (asset, context) = result?;
                Ok(json!([asset, *context, asset.try_place_id()]))
            });
            written.collect()
        },
    ),
    ("GET", "toolbox-service/v1/saves", |key| {
        let results = key.search_saved_assets().into_iter();
        results.map(|result| Ok(json!(result?.0))).collect()
    }),
    ("POST", "toolbox-service/v1/saves:bulkDelete", |key| {
        Ok(json!(key.unsave_assets([(1, "Audio"), (2, "Audio")])?))
    }),
    (
        "GET",
        "/creator-store-products/CreatorMarketplaceAsset-Plugin-4725618216",
        |key| Ok(json!(key.fetch_creator_store_product("Plugin", 1)?)),
    ),
    ("GET", "/users/1", |key| {
        Ok(json!(key.get_user(1).fetch_info()?))
    }),
    ("GET", "/groups/7", |key| {
        Ok(json!(key.get_group(1).fetch_info()?))
    }),
    ("GET", "/universes/3001", |key| {
        Ok(json!(key.get_experience(1).fetch_info()?))
    }),
    ("POST", "api-keys/v1/introspect", |key| {
        Ok(json!(key.fetch_info()?))
    }),
    ("GET", "assets/v1/assets/500001", |key| {
        Ok(json!(key.fetch_asset(1)?))
    }),
    ("GET", "assets/v1/assets/500001/versions/1", |key| {
        Ok(json!(key.get_user(1).fetch_asset_version(1, 1)?))
    }),
    ("GET", "assets/v1/assets/500001/versions", |key| {
        let versions = key.get_user(1).list_asset_versions(1).into_iter();
        versions.map(|version| Ok(json!(version?))).collect()
    }),
    ("GET", "asset-delivery-api/v1/assetId/500001", |key| {
        let location = key.get_user(1).fetch_asset_delivery_location(1).send()?;
        Ok(json!(format!("{location:?}")))
    }),
    ("GET", "/users/1001/asset-quotas", |key| {
        let quotas = key.get_user(1).list_asset_quotas().into_iter();
        quotas.map(|quota| Ok(json!(quota?))).collect()
    }),
    (
        "PATCH",
        "asset-permissions-api/v1/assets/permissions",
        |key| {
            let subject = AssetPermissionSubject::Experience(1);
            let user = key.get_user(1);
            let results =
                user.grant_assets_permission(AssetPermissionAction::Use, subject, [1, 2])?;
            Ok(json!(format!("{results:?}")))
        },
    ),
    ("GET", "assets/v1/operations/1", |key| {
        Ok(json!(key.get_operation::<Asset>("1").fetch_status()?))
    }),
];

/// What the services respond with when all is well, in the order of [`CALLS`].
fn real_responses() -> Vec<Value> {
    let emulator = Emulator::start().unwrap();
    let key = ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap();
    let responses = CALLS.iter().map(|(method, path, _)| match *path {
        "toolbox-service/v1/saves:bulkDelete" => json!({"deletedCount": 2}),
        "asset-permissions-api/v1/assets/permissions" => {
            json!({"successAssetIds": [1], "errors": [{"assetId": 2, "code": "AssetNotFound"}]})
        }
        "assets/v1/operations/1" => json!({
            "path": "operations/1", "done": true, "metadata": {},
            "response": emulator_response(&key, "GET", "assets/v1/assets/500001"),
        }),
        path => emulator_response(&key, method, path),
    });
    responses.collect()
}

fn emulator_response(key: &ApiKey, method: &str, path: &str) -> Value {
    let mut request = key.send_request(method, path).expected_status([200]);
    if path.ends_with("introspect") {
        let scopes = json!([
            {"name": "asset", "operations": ["read"], "userIds": ["1", "*"], "groupIds": ["7"]},
            {"name": "x", "operations": [], "universeIds": ["5"],
                "universeDatastores": [{"universeId": "5", "datastoreName": "n"}, {"universeId": "*"}]},
        ]);
        return json!({"name": "n", "authorizedUserId": 5, "scopes": scopes, "enabled": true, "expired": false,
            "expirationTimeUtc": "2031-05-06T07:08:09Z"});
    }
    request = request.header("accept", "application/json");
    request.send().unwrap().body.as_json().unwrap().clone()
}

/// Whatever came of it, it can be shown on one line, and tells no secret.
fn check(outcome: &Result<Value, Error>) -> Result<(), TestCaseError> {
    let shown = match outcome {
        Ok(value) => value.to_string(),
        Err(error) => {
            let shown = error.to_string();
            prop_assert!(
                !shown.is_empty() && !shown.contains(['\n', '\r', '\u{1b}']),
                "{shown:?}"
            );
            format!("{shown} {error:?}")
        }
    };
    prop_assert!(!shown.contains("top-secret"));
    Ok(())
}

#[test]
fn real_responses_are_understood() {
    let service = Service::start();
    for ((_, path, call), response) in CALLS.iter().zip(real_responses()) {
        let understood = service.respond(response.to_string(), call);
        assert!(understood.is_ok(), "{path}: {understood:?}");
        let nothing = json!([]);
        assert_ne!(understood.unwrap(), nothing, "{path}");
    }
}

#[test]
fn no_json_makes_a_call_panic() {
    let service = Service::start();
    proptest!(config(2_000), |(response in any_json(), call in any::<Index>())| {
        let (_, _, call) = call.get(&CALLS);
        check(&service.respond(response.to_string(), call))?;
    });
}

#[test]
fn no_change_to_a_real_response_makes_a_call_panic() {
    let service = Service::start();
    let responses = real_responses();
    let changes = vec((any::<Index>(), change()), 1..5);
    proptest!(config(3_000), |(changes in changes, call in any::<Index>())| {
        let call = call.index(CALLS.len());
        let mut response = responses[call].clone();
        for (at, change) in &changes {
            let at = at.index(count(&response));
            *node(&mut response, &mut { at }).unwrap() = match change {
                Change::To(value) => value.clone(),
                Change::Text => json!(responses[call].pointer("/path").unwrap_or(&response).to_string()),
                Change::Listed => json!([response.clone(), null]),
                Change::Nested => json!({"asset": response.clone()}),
            };
        }
        check(&service.respond(response.to_string(), CALLS[call].2))?;
    });
}

/// Fields without which a call has nothing to give, and what says where a list goes on.
const REQUIRED: &[&str] = &[
    "/authorizedUserId",
    "/location",
    "/nextPageToken",
    "/creatorStoreAssets",
    "/assetVersions",
    "/assetQuotas",
    "/saves",
    // Of an operation.
    "/response",
];

#[test]
fn one_malformed_field_is_as_if_it_were_null_and_costs_no_other() {
    let service = Service::start();
    let responses = real_responses();
    let scalars = [json!([[{"a": [1]}]]), json!({"a": {"b": []}})];
    let others = [json!(true), json!("x"), json!(3.5), json!(-1), json!("")];
    let mut changed = 0;
    for ((_, path, call), response) in CALLS.iter().zip(&responses) {
        for at in 1..count(response) {
            let (pointer, told) = pointer_to(response, at);
            if REQUIRED.contains(&pointer.as_str()) {
                continue;
            }
            let with = |odd: &Value| {
                let mut response = response.clone();
                *response.pointer_mut(&pointer).unwrap() = odd.clone();
                service.respond(response.to_string(), call)
            };
            let absent =
                with(&Value::Null).unwrap_or_else(|error| panic!("{path} {pointer}: {error}"));
            let odds = match told {
                Value::Object(_) | Value::Array(_) => &others[..],
                _ => &scalars[..],
            };
            for odd in odds {
                let outcome =
                    with(odd).unwrap_or_else(|error| panic!("{path} {pointer} {odd}: {error}"));
                assert_eq!(outcome, absent, "{path} {pointer}: {odd}");
                changed += 1;
            }
        }
    }
    assert!(changed > 1000, "{changed}");
}

/// Where the value with a number stands, and the value.
fn pointer_to(response: &Value, at: usize) -> (String, Value) {
    fn walk(value: &Value, at: &mut usize, pointer: String) -> Option<(String, Value)> {
        if *at == 0 {
            return Some((pointer, value.clone()));
        }
        *at -= 1;
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(number, item)| walk(item, at, format!("{pointer}/{number}"))),
            Value::Object(fields) => fields
                .iter()
                .find_map(|(name, field)| walk(field, at, format!("{pointer}/{name}"))),
            _ => None,
        }
    }
    walk(response, &mut { at }, String::new()).unwrap()
}

#[test]
fn no_change_to_the_bytes_of_a_real_response_makes_a_call_panic() {
    let service = Service::start();
    let responses = real_responses();
    let edits = vec((any::<Index>(), 0_usize..12, vec(any::<u8>(), 0..4)), 1..4);
    proptest!(config(2_000), |(edits in edits, call in any::<Index>())| {
        let call = call.index(CALLS.len());
        let mut bytes = responses[call].to_string().into_bytes();
        for (at, removed, added) in edits {
            let at = at.index(bytes.len() + 1);
            let end = bytes.len().min(at + removed);
            bytes.splice(at..end, added);
        }
        check(&service.respond(bytes, CALLS[call].2))?;
    });
}

#[test]
fn a_toolbox_asset_keeps_what_it_is_told() {
    let service = Service::start();
    proptest!(config(250), |(response in toolbox_asset())| {
        let asset = service.respond(response.to_string(), |key| key.fetch_toolbox_asset(1)).unwrap();
        prop_assert_eq!(shapes::of_asset(&asset), shapes::expected_of_asset(&response));
        let written = serde_json::to_string(&asset).unwrap();
        prop_assert!(written.contains(&asset.asset_id.to_string()));
    });
}

#[test]
fn a_search_keeps_its_results_in_their_order_and_what_it_says_beside_them() {
    let service = Service::start();
    let assets = vec(option::weighted(0.8, toolbox_asset()), 0..5);
    let context = (
        any::<i64>(),
        option::of(any::<String>()),
        option::of(vec(any::<String>(), 0..3)),
        option::of(vec(any::<String>(), 0..3)),
        option::of(any::<String>()),
    );
    proptest!(config(150), |(assets in assets, context in context)| {
        let (total, keyword, applied, available, suggested) = context;
        let response = json!({
            "creatorStoreAssets": assets, "totalResults": total, "filteredKeyword": keyword, "nextPageToken": null,
            "queryFacets": {"appliedFacets": applied, "availableFacets": available},
            "queryCorrection": suggested.as_ref().map(|query| json!({"suggestedQuery": query})),
        });
        let (found, context) = service.respond(response.to_string(), |key| {
            let mut pages = key.search_toolbox("Model").into_iter();
            let found: Vec<_> = pages.by_ref().map(|result| result.unwrap().0).collect();
            (found, pages.context().unwrap().clone())
        });
        let found: Vec<_> = found.iter().map(shapes::of_asset).collect();
        let expected: Vec<_> = assets.iter().flatten().map(shapes::expected_of_asset).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(context.total_results, total);
        prop_assert_eq!(&context.filtered_keyword, &keyword);
        prop_assert_eq!(&context.applied_facets, &applied.unwrap_or_default());
        prop_assert_eq!(&context.available_facets, &available.unwrap_or_default());
        prop_assert_eq!(&context.query_correction, &suggested);
    });
}

#[test]
fn saved_assets_keep_what_they_are_told() {
    let service = Service::start();
    let save = (
        option::of(any::<bool>()),
        option::of(time()),
        option::weighted(0.8, toolbox_asset()),
    );
    proptest!(config(150), |(saves in vec(option::weighted(0.9, save), 0..5))| {
        let listed: Vec<_> = saves.iter().map(|save| save.as_ref().map(|(owned, saved, asset)| {
            json!({"owned": owned, "dateSaved": saved, "creatorStoreAsset": asset})
        })).collect();
        let response = json!({"totalCount": saves.len(), "saves": listed});
        let found: Vec<_> = service.respond(response.to_string(), |key| {
            key.search_saved_assets().into_iter().map(|result| result.unwrap().0).collect()
        });
        let mut expected = saves.iter().flatten().filter(|(.., asset)| asset.is_some());
        for asset in &found {
            let (owned, saved, told) = expected.next().unwrap();
            prop_assert_eq!(shapes::of_asset(asset), shapes::expected_of_asset(told.as_ref().unwrap()));
            prop_assert_eq!(asset.is_owned, *owned);
            prop_assert_eq!(asset.saved_at, saved.as_deref().map(parsed));
        }
        prop_assert!(expected.next().is_none());
    });
}

#[test]
fn a_product_keeps_what_it_is_told() {
    let service = Service::start();
    let product = (response(shapes::PRODUCT), any::<Index>(), 1..u64::MAX);
    proptest!(config(250), |((mut response, kind, id) in product)| {
        // One of each group is there.
        let fields = response.as_object_mut().unwrap();
        if fields.get("userSeller").is_some_and(Value::is_string) {
            fields.remove("groupSeller");
        }
        fields.retain(|name, _| !name.ends_with("AssetId"));
        let ids = shapes::PRODUCT.iter().filter(|(pointer, _)| pointer.ends_with("AssetId"));
        let ids: Vec<_> = ids.map(|(pointer, _)| pointer.trim_start_matches('/')).collect();
        fields.insert((*kind.get(&ids)).to_owned(), json!(id.to_string()));
        let product = service.respond(response.to_string(), |key| key.fetch_creator_store_product("Model", 1));
        let kept = shapes::of_product(&product.unwrap());
        prop_assert_eq!(kept, shapes::expected(&response, shapes::PRODUCT));
    });
}

#[test]
fn an_asset_of_ones_own_keeps_what_it_is_told() {
    let service = Service::start();
    proptest!(config(250), |(mut response in response(shapes::ASSET), id in any::<u64>())| {
        set(&mut response, "/assetId", json!(id));
        let user = response.pointer("/creationContext/creator/userId");
        if user.is_some_and(|user| !user.is_null()) {
            set(&mut response, "/creationContext/creator/groupId", Value::Null);
        }
        let asset = service.respond(response.to_string(), |key| key.fetch_asset(1)).unwrap();
        prop_assert_eq!(shapes::of_own_asset(&asset), shapes::expected(&response, shapes::ASSET));
        serde_json::to_string(&asset).unwrap();
    });
}

#[test]
fn infos_keep_what_they_are_told() {
    let service = Service::start();
    proptest!(config(250), |(told in response(shapes::USER))| {
        let info = service.respond(told.to_string(), |key| key.get_user(1).fetch_info()).unwrap();
        prop_assert_eq!(shapes::of_user(&info), shapes::expected(&told, shapes::USER));
        serde_json::to_string(&info).unwrap();
    });
    proptest!(config(250), |(told in response(shapes::GROUP))| {
        let info = service.respond(told.to_string(), |key| key.get_group(1).fetch_info()).unwrap();
        prop_assert_eq!(shapes::of_group(&info), shapes::expected(&told, shapes::GROUP));
        serde_json::to_string(&info).unwrap();
    });
    proptest!(config(250), |(mut told in response(shapes::UNIVERSE))| {
        if told.get("user").is_some_and(Value::is_string) {
            told.as_object_mut().unwrap().remove("group");
        }
        let info = service.respond(told.to_string(), |key| key.get_experience(1).fetch_info()).unwrap();
        prop_assert_eq!(shapes::of_experience(&info), shapes::expected(&told, shapes::UNIVERSE));
        serde_json::to_string(&info).unwrap();
    });
}

// Responses as the documents describe them.

fn toolbox_asset() -> impl Strategy<Value = Value> {
    (response(shapes::TOOLBOX_ASSET), 0..=u64::MAX, any::<bool>()).prop_map(
        |(mut response, id, as_text)| {
            let id = if as_text {
                json!(id.to_string())
            } else {
                json!(id)
            };
            set(&mut response, "/asset/id", id);
            response
        },
    )
}

/// A response with any of these fields, some of them null.
fn response(fields: &'static [(&'static str, Kind)]) -> impl Strategy<Value = Value> {
    let fields: Vec<_> = fields
        .iter()
        .map(|(pointer, kind)| {
            let value = prop_oneof![
                4 => value(*kind).prop_map(Some),
                1 => Just(Some(Value::Null)),
                2 => Just(None),
            ];
            value.prop_map(move |value| Some((*pointer, value?)))
        })
        .collect();
    (fields, any::<bool>()).prop_map(|(fields, unknown)| {
        let mut response = json!({});
        for (pointer, value) in fields.into_iter().flatten() {
            set(&mut response, pointer, value);
        }
        if unknown {
            set(&mut response, "/ofTomorrow", json!({"a": [1, null, "x"]}));
        }
        response
    })
}

/// Puts a value where a pointer says, and objects around it where they are missing.
fn set(response: &mut Value, pointer: &str, value: Value) {
    let mut place = response;
    for name in pointer.split('/').skip(1) {
        let fields = place.as_object_mut().unwrap();
        place = fields.entry(name).or_insert_with(|| json!({}));
    }
    *place = value;
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    fn number(number: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
        let either = (number, any::<bool>());
        either
            .prop_map(|(number, as_text)| {
                if as_text {
                    json!(number.to_string())
                } else {
                    number
                }
            })
            .boxed()
    }
    match kind {
        Kind::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Text => any::<String>().prop_map(Value::from).boxed(),
        Kind::Enum => UNKNOWN_VALUE.prop_map(Value::from).boxed(),
        Kind::I32 => number(any::<i32>().prop_map(Value::from)),
        Kind::I64 => number(any::<i64>().prop_map(Value::from)),
        Kind::Id => number(any::<u64>().prop_map(Value::from)),
        Kind::IdText => (1..u64::MAX).prop_map(|id| json!(id.to_string())).boxed(),
        Kind::Ids => vec(value(Kind::Id), 0..4).prop_map(Value::from).boxed(),
        Kind::Texts => vec(UNKNOWN_VALUE, 0..4).prop_map(Value::from).boxed(),
        Kind::Time => time().prop_map(Value::from).boxed(),
        Kind::Money => {
            let currency = option::of(option::of("[A-Z]{3}"));
            let quantity = (option::of(value(Kind::I64)), option::of(value(Kind::I32)));
            (currency, option::of(option::of(quantity)))
                .prop_map(|(currency, quantity)| {
                    let quantity = quantity.map(|quantity| {
                        quantity.map(|(significand, exponent)| {
                            object([("significand", significand), ("exponent", exponent)])
                        })
                    });
                    object([
                        ("currencyCode", currency.map(|currency| json!(currency))),
                        ("quantity", quantity.map(|quantity| json!(quantity))),
                    ])
                })
                .boxed()
        }
        Kind::AssetType => (0..200).prop_map(Value::from).boxed(),
        Kind::TypeName => prop::sample::select(AssetType::known().collect::<Vec<_>>())
            .prop_map(|kind| json!(kind))
            .boxed(),
        Kind::Previews => {
            let preview = (any::<u64>(), option::of(option::of(any::<String>())));
            let preview = preview.prop_map(|(id, text)| {
                object([
                    ("asset", Some(json!(format!("assets/{id}")))),
                    ("altText", text.map(|text| json!(text))),
                ])
            });
            vec(preview, 0..4).prop_map(Value::from).boxed()
        }
        Kind::Links => {
            let field = || option::of(option::of(any::<String>()));
            let link = (option::of(option::of(0..20)), field(), field());
            let link = link.prop_map(|(kind, url, title)| {
                object([
                    ("linkType", kind.map(|kind| json!(kind))),
                    ("url", url.map(|url| json!(url))),
                    ("title", title.map(|title| json!(title))),
                ])
            });
            vec(option::weighted(0.9, link), 0..4)
                .prop_map(|links| json!(links))
                .boxed()
        }
        Kind::Link => {
            let field = || option::of(option::of(any::<String>()));
            (field(), field())
                .prop_map(|(title, uri)| {
                    object([
                        ("title", title.map(|title| json!(title))),
                        ("uri", uri.map(|uri| json!(uri))),
                    ])
                })
                .boxed()
        }
        Kind::Path(collection) => any::<u64>()
            .prop_map(move |id| match collection {
                "places" => json!(format!("universes/7/places/{id}")),
                _ => json!(format!("{collection}/{id}")),
            })
            .boxed(),
    }
}

fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields.into_iter();
    let there = fields.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

/// A time as services write it: with up to 9 digits of a second, in UTC or elsewhere.
fn time() -> impl Strategy<Value = String> {
    // From the year 1 to the year 9999, and not so close to either that an offset leads beyond.
    let seconds = -62_135_500_000_i64..253_402_200_000;
    let offset = prop_oneof![
        3 => Just("Z".to_owned()),
        1 => (any::<bool>(), 0..24, 0..60).prop_map(|(east, hours, minutes)| {
            format!("{}{hours:02}:{minutes:02}", if east { '+' } else { '-' })
        }),
    ];
    (seconds, 0..1_000_000_000, 0_usize..=9, offset).prop_map(|(seconds, nanos, digits, offset)| {
        let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let (date, (hour, minute, second)) = (at.date(), at.to_hms());
        let fraction = match digits {
            0 => String::new(),
            digits => format!(".{}", &format!("{nanos:09}")[..digits]),
        };
        format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}")
    })
}

fn parsed(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap()
}

// Responses as no document describes them.

#[derive(Clone, Debug)]
enum Change {
    To(Value),
    /// Text in place of whatever it was.
    Text,
    /// A list with the whole in it.
    Listed,
    /// An object with the whole in it.
    Nested,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => any_json().prop_map(Change::To),
        1 => Just(Change::Text),
        1 => Just(Change::Listed),
        1 => Just(Change::Nested),
    ]
}

/// How many values there are in a value, itself included.
fn count(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    };
    inner + 1
}

/// The value with a number, counted from the outermost.
fn node<'a>(value: &'a mut Value, at: &mut usize) -> Option<&'a mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| node(item, at)),
        Value::Object(fields) => fields.values_mut().find_map(|field| node(field, at)),
        _ => None,
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-3..3).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let known = prop::sample::select(NAMES).prop_map(str::to_owned);
        let name = prop_oneof![8 => known, 1 => any::<String>()];
        prop_oneof![
            1 => vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => vec((name, inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Too long to be a value that is known by chance: `AD_` is one, and comes back as `Ad`.
const UNKNOWN_VALUE: &str = "[A-Z][A-Za-z]{4}[A-Za-z_]{0,8}";

/// Texts that mean something somewhere.
const TEXTS: &[&str] = &[
    "",
    "0",
    "-1",
    "*",
    "18446744073709551615",
    "18446744073709551616",
    "users/1",
    "user/1",
    "groups/",
    "universes/1/places/2",
    "assets/1/versions/2",
    "operations/1",
    "2024-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999-23:59",
    "2024-01-01T00:00:00",
    "https://www.roblox.com/games/",
    "http://[",
    "/games/\u{661}",
];

/// Names that mean something somewhere.
const NAMES: &[&str] = &[
    "asset",
    "assetId",
    "assetMetadatas",
    "assetQuotas",
    "assetTypeId",
    "assetVersions",
    "authorizedUserId",
    "basePrice",
    "code",
    "createTime",
    "creationContext",
    "creator",
    "creatorStoreAsset",
    "creatorStoreAssets",
    "creatorStoreProduct",
    "currencyCode",
    "dateSaved",
    "deletedCount",
    "done",
    "enabled",
    "error",
    "errors",
    "exponent",
    "groupId",
    "groupIds",
    "id",
    "instanceCounts",
    "linkType",
    "location",
    "memberCount",
    "message",
    "name",
    "nextPageToken",
    "operations",
    "owner",
    "path",
    "previewAssets",
    "previews",
    "purchasePrice",
    "quantity",
    "queryFacets",
    "response",
    "restrictions",
    "rootPlace",
    "saves",
    "scopes",
    "significand",
    "socialLinks",
    "socialNetworkProfiles",
    "subTypes",
    "successAssetIds",
    "totalCount",
    "totalResults",
    "universeDatastores",
    "universeId",
    "url",
    "user",
    "userId",
    "userSeller",
    "voting",
];
