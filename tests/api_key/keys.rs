//! Keys: what they say of themselves, and their handles.

use std::time::Duration;

use open_cloud_emulator::{Emulator, KeySpec, Scope};
use rblxopencloud::api_key::ScopeTargets;
use rblxopencloud::{ApiKey, ApiKeyBuilder};
use time::format_description::well_known::Rfc3339;

fn key(emulator: &Emulator, key: &str) -> ApiKey {
    ApiKey::builder(key)
        .base_url(emulator.url())
        .build()
        .unwrap()
}

#[test]
fn fetch_info_tells_everything_about_a_key() {
    let emulator = Emulator::start().unwrap();
    let secret = emulator.add_key(
        KeySpec::new("build server")
            .authorized_user(7)
            .expires_at("2031-05-06T07:08:09.123456789Z")
            .with_scope(
                Scope::new("asset", ["read", "write"])
                    .user_ids([7])
                    .group_ids(["*"]),
            )
            .with_scope(
                Scope::new("universe-datastores.objects", ["create"]).datastore(123, "playerData"),
            )
            .with_scope(
                Scope::new("universe-datastores.versions", ["list"])
                    .datastores_of_universe(5)
                    .datastore(6, "x"),
            )
            .with_scope(Scope::new("universe", ["write"]).universe_ids([1, u64::MAX]))
            .with_scope(Scope::new("creator-store-product", ["read"])),
    );
    let info = key(&emulator, &secret).fetch_info().unwrap();
    assert_eq!(
        (info.name.as_str(), info.enabled, info.expired),
        ("build server", true, false)
    );
    assert_eq!(info.authorized_user.id, 7);
    assert_eq!(
        info.expires_at.unwrap().format(&Rfc3339).unwrap(),
        "2031-05-06T07:08:09.123456789Z"
    );
    let [asset, objects, versions, universe, product] = &info.scopes[..] else {
        panic!("{info:?}")
    };

    assert_eq!(
        (asset.name.as_str(), &asset.operations[..]),
        ("asset", &["read".to_owned(), "write".to_owned()][..])
    );
    assert_eq!(asset.users.as_ref().unwrap().listed()[0].id, 7);
    assert_eq!(asset.groups, Some(ScopeTargets::All));
    assert!(
        asset.groups.as_ref().unwrap().is_all()
            && asset.groups.as_ref().unwrap().listed().is_empty()
    );
    assert_eq!((&asset.experiences, &asset.datastores), (&None, &None));

    let store = &objects.datastores.as_ref().unwrap()[0];
    assert_eq!(
        (store.experience.id, store.name.as_str()),
        (123, "playerData")
    );
    assert_eq!(objects.experiences, None);

    assert_eq!(versions.experiences.as_ref().unwrap().listed()[0].id, 5);
    assert_eq!(versions.datastores.as_ref().unwrap().len(), 1);

    let ids: Vec<_> = universe
        .experiences
        .as_ref()
        .unwrap()
        .listed()
        .iter()
        .map(|e| e.id)
        .collect();
    assert_eq!(ids, [1, u64::MAX]);

    assert_eq!((&product.users, &product.experiences), (&None, &None));
    serde_json::to_string(&info).unwrap();
}

#[test]
fn a_data_store_named_by_an_asterisk_means_the_whole_experience() {
    let emulator = Emulator::start().unwrap();
    let scope = Scope::new("universe-datastores.objects", ["read"]).datastore(5, "*");
    let secret = emulator.add_key(KeySpec::new("k").with_scope(scope));
    let info = key(&emulator, &secret).fetch_info().unwrap();
    let experiences = info.scopes[0].experiences.as_ref().unwrap();
    assert_eq!(experiences.listed()[0].id, 5);
    assert_eq!(info.scopes[0].datastores.as_deref(), Some(&[][..]));
}

#[test]
fn all_data_stores_mean_all_experiences() {
    let emulator = Emulator::start().unwrap();
    let scope = Scope::new("universe-datastores.objects", ["read"]).datastores_of_universe("*");
    let secret = emulator.add_key(KeySpec::new("k").with_scope(scope));
    let info = key(&emulator, &secret).fetch_info().unwrap();
    assert_eq!(info.scopes[0].experiences, Some(ScopeTargets::All));
    assert_eq!(info.scopes[0].datastores.as_deref(), Some(&[][..]));
    assert_eq!(info.expires_at, None);
}

#[test]
fn a_key_that_is_disabled_or_expired_says_so() {
    let emulator = Emulator::start().unwrap();
    let disabled = emulator.add_key(KeySpec::new("off").enabled(false));
    let expired = emulator.add_key(KeySpec::new("old").expired(true));
    assert!(!key(&emulator, &disabled).fetch_info().unwrap().enabled);
    assert!(key(&emulator, &expired).fetch_info().unwrap().expired);
}

#[test]
fn introspection_is_retried_and_needs_a_key() {
    let emulator = Emulator::start().unwrap();
    emulator.fail_next(1, 500);
    let patient = ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .retry_policy(rblxopencloud::RetryPolicy::new().interval(Duration::ZERO))
        .build()
        .unwrap();
    assert!(patient.fetch_info().unwrap().enabled);
    assert!(
        key(&emulator, "nobody-knows-me")
            .fetch_info()
            .unwrap_err()
            .is_unauthorized()
    );
    let sent = emulator.requests().len();
    for keyless in [
        ApiKeyBuilder::anonymous(),
        ApiKeyBuilder::bearer(emulator.bearer_token()),
    ] {
        let error = keyless
            .base_url(emulator.url())
            .build()
            .unwrap()
            .fetch_info()
            .unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
    }
    assert_eq!(emulator.requests().len(), sent);
}

#[test]
fn handles_are_made_without_a_request_and_compare_by_id() {
    let key = ApiKey::new("k").unwrap();
    assert_eq!(key.get_user(1), key.get_user(1));
    assert_ne!(key.get_group(1), key.get_group(2));
    assert_eq!(key.get_experience(3).id, 3);
    assert_eq!(
        [
            key.get_user(1).to_string(),
            key.get_group(2).to_string(),
            key.get_experience(3).to_string()
        ],
        ["user 1", "group 2", "experience 3"]
    );
}

#[test]
fn options_that_cannot_be_used_are_errors_when_building() {
    for (builder, why) in [
        (ApiKey::builder("k").base_url("not a url"), "base URL"),
        (
            ApiKey::builder("k").base_url("https://user:pass@host"),
            "base URL",
        ),
        (
            ApiKey::builder("k").user_agent_suffix("a\nb"),
            "cannot be part of a header",
        ),
        (ApiKey::builder("a b").base_url("nonsense"), "the API key"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(
            error.is_invalid_argument() && error.to_string().contains(why),
            "{error}"
        );
    }
}

#[test]
fn a_timeout_may_be_for_ever_but_not_zero() {
    let emulator = Emulator::start().unwrap();
    let builder = || ApiKey::builder(emulator.api_key()).base_url(emulator.url());
    let patient = builder().timeout(Duration::MAX).build().unwrap();
    assert!(patient.fetch_info().unwrap().enabled);
    let path = "toolbox-service/v2/assets/1818";
    for timeout in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
        let request = patient.send_request("GET", path).timeout(timeout);
        assert_eq!(request.send().unwrap().status, 200);
    }
    let error = builder().timeout(Duration::ZERO).build().unwrap_err();
    assert!(error.is_invalid_argument(), "{error}");
    let sent = emulator.requests().len();
    let request = patient.send_request("GET", path).timeout(Duration::ZERO);
    assert!(request.send().unwrap_err().is_invalid_argument());
    assert_eq!(emulator.requests().len(), sent);
}

#[test]
fn marks_around_a_key_are_an_error_that_names_them_and_not_the_key() {
    for (open, close, why) in [
        ("\"", "\"", "stands in quotation marks"),
        ("'", "'", "stands in quotation marks"),
        ("`", "`", "stands in backticks"),
        ("```", "```", "stands in backticks"),
        ("<", ">", "stands in angle brackets"),
        ("\"", "", "begins with a quotation mark"),
        ("'", "", "begins with a quotation mark"),
        ("", "\"", "ends with a quotation mark"),
        ("", "'", "ends with a quotation mark"),
        ("\"", "'", "begins and ends with a quotation mark"),
        ("`", "", "begins with a backtick"),
        ("", "`", "ends with a backtick"),
    ] {
        let wrong = format!("{open}s3cr3t+Key=={close}");
        for (error, what) in [
            (ApiKey::new(&wrong).unwrap_err(), "the API key"),
            (ApiKey::bearer(&wrong).unwrap_err(), "the access token"),
        ] {
            assert!(error.is_invalid_argument(), "{error:?}");
            let shown = format!("{error} {error:#?}");
            assert!(shown.contains(&format!("{what} {why}")), "{shown}");
            assert!(!shown.contains("s3cr3t"), "{shown}");
        }
    }
    // Within a key, and one bracket alone, are nothing to judge.
    for key in ["a'b", "a`b", "a<b>c", "<a"] {
        assert!(ApiKey::new(key).is_ok(), "{key}");
    }
}

#[test]
fn a_base_url_has_no_fragment_wherever_it_stands() {
    for url in [
        "https://apis.roblox.com#f",
        "https://apis.roblox.com/#f",
        "https://apis.roblox.com/a#f",
        "https://apis.roblox.com#",
        "https://apis.roblox.com#/a?b",
    ] {
        let error = ApiKey::builder("k").base_url(url).build().unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
        assert!(
            error.to_string().contains("has a query or a fragment"),
            "{error}"
        );
    }
    for url in ["https://apis.roblox.com#f", "https://apis.roblox.com#/a"] {
        let error = ApiKey::new("k")
            .unwrap()
            .send_request("GET", url)
            .send()
            .unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
    }
}
