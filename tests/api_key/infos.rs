//! Users, groups and experiences: their handles, and information about them.

use std::collections::HashSet;

use open_cloud_emulator::{Emulator, KeySpec};
use rblxopencloud::{
    ApiKey, Creator, ExperienceAgeRating, ExperienceVisibility, Group, SocialNetworkVisibility,
    User, UserOrGroup,
};
use serde_json::{Value, json};
use support::raw_server::{RawServer, json};
use support::shapes;

const USERS: [u64; 8] = [
    1,
    156,
    1001,
    21_557,
    88_001,
    88_003,
    5_012_345_678,
    7_135_127_272,
];
const GROUPS: [u64; 6] = [7, 2001, 2002, 2003, 2004, 9_000_000_001];
const EXPERIENCES: [u64; 4] = [3001, 3002, 3003, 3004];

fn key(emulator: &Emulator) -> ApiKey {
    ApiKey::builder(emulator.api_key())
        .base_url(emulator.url())
        .build()
        .unwrap()
}

/// A key that gets the same response to everything.
fn responding(body: &Value) -> (ApiKey, RawServer) {
    let server = RawServer::responding(vec![json(200, &body.to_string())]);
    let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
    (key, server)
}

/// What the service tells, as it came.
fn told(key: &ApiKey, path: &str) -> Value {
    let request = key.send_request("GET", path).expected_status([200]);
    request.send().unwrap().body.as_json().unwrap().clone()
}

#[test]
fn an_info_has_all_that_is_told_and_no_more() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    for id in USERS {
        let info = key.get_user(id).fetch_info().unwrap();
        let told = told(&key, &format!("/users/{id}"));
        assert_eq!(
            shapes::of_user(&info),
            shapes::expected(&told, shapes::USER)
        );
        assert_eq!(info.id, id);
        serde_json::to_string(&info).unwrap();
    }
    for id in GROUPS {
        let info = key.get_group(id).fetch_info().unwrap();
        let told = told(&key, &format!("/groups/{id}"));
        assert_eq!(
            shapes::of_group(&info),
            shapes::expected(&told, shapes::GROUP)
        );
        assert_eq!(info.id, id);
        serde_json::to_string(&info).unwrap();
    }
    for id in EXPERIENCES {
        let info = key.get_experience(id).fetch_info().unwrap();
        let told = told(&key, &format!("/universes/{id}"));
        assert_eq!(
            shapes::of_experience(&info),
            shapes::expected(&told, shapes::UNIVERSE)
        );
        assert_eq!(info.id, id);
        serde_json::to_string(&info).unwrap();
    }
    for pair in emulator.requests().chunks(2) {
        assert_eq!(
            (&pair[0].method, &pair[0].path),
            (&pair[1].method, &pair[1].path)
        );
    }
}

#[test]
fn a_user_is_told_of_in_full() {
    let emulator = Emulator::start().unwrap();
    let info = key(&emulator).get_user(1).fetch_info().unwrap();
    assert_eq!(info.path.as_deref(), Some("users/1"));
    assert_eq!(
        info.created_at.unwrap().unix_timestamp_nanos(),
        1_141_074_400_300_000_000
    );
    assert_eq!(
        (info.username.as_deref(), info.display_name.as_deref()),
        (Some("Roblox"), Some("Roblox"))
    );
    assert_eq!(info.about.as_deref(), Some("Welcome to the emulator!"));
    assert_eq!(info.locale.as_deref(), Some("en-US"));
    assert_eq!((info.premium, info.id_verified), (Some(true), Some(true)));
    let profiles = info.social_network_profiles.unwrap();
    assert_eq!(profiles.twitter.as_deref(), Some("@roblox"));
    assert_eq!(profiles.guilded.as_deref(), Some(""));
    assert_eq!(profiles.visibility, Some(SocialNetworkVisibility::Everyone));
}

#[test]
fn a_user_of_whom_nothing_is_told_is_an_info_all_the_same() {
    for nothing in [
        json!({}),
        json!({"path": null, "createTime": null, "id": null, "name": null, "displayName": null, "about": null,
            "locale": null, "premium": null, "idVerified": null, "socialNetworkProfiles": null}),
    ] {
        let (key, _server) = responding(&nothing);
        let info = key.get_user(9).fetch_info().unwrap();
        assert_eq!(info.id, 9);
        assert!(shapes::of_user(&info).is_empty());
        assert!(info.social_network_profiles.is_none());
    }
    let (key, _server) =
        responding(&json!({"socialNetworkProfiles": {"twitter": null, "visibility": null}}));
    let profiles = key
        .get_user(9)
        .fetch_info()
        .unwrap()
        .social_network_profiles;
    assert_eq!(profiles.unwrap(), Default::default());
}

#[test]
fn some_fields_of_a_user_need_a_scope() {
    let emulator = Emulator::start().unwrap();
    let with = |spec: KeySpec| {
        let key = ApiKey::builder(emulator.add_key(spec))
            .base_url(emulator.url())
            .build()
            .unwrap();
        let info = key.get_user(1).fetch_info().unwrap();
        assert_eq!(info.username.as_deref(), Some("Roblox"));
        (
            info.id_verified.is_some(),
            info.social_network_profiles.is_some(),
        )
    };
    let spec = || KeySpec::new("k");
    assert_eq!(with(spec()), (false, false));
    assert_eq!(with(spec().scope("user.advanced", ["read"])), (true, false));
    assert_eq!(with(spec().scope("user.social", ["read"])), (false, true));
}

#[test]
fn who_may_see_profiles_is_told_even_in_words_to_come() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let visibility = |id| {
        let info = key.get_user(id).fetch_info().unwrap();
        info.social_network_profiles.unwrap().visibility.unwrap()
    };
    for (id, expected) in [
        (1, SocialNetworkVisibility::Everyone),
        (156, SocialNetworkVisibility::NoOne),
        (1001, SocialNetworkVisibility::FriendsFollowingAndFollowers),
        (88_001, SocialNetworkVisibility::Friends),
        (88_003, SocialNetworkVisibility::FriendsAndFollowing),
        (
            5_012_345_678,
            SocialNetworkVisibility::Unknown("A_LATER_VALUE".to_owned()),
        ),
        (
            7_135_127_272,
            SocialNetworkVisibility::Unknown("SOCIAL_NETWORK_VISIBILITY_UNSPECIFIED".to_owned()),
        ),
    ] {
        assert_eq!(visibility(id), expected);
    }
}

#[test]
fn a_group_is_told_of_in_full_and_its_owner_can_be_asked_for_more() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let info = key.get_group(2001).fetch_info().unwrap();
    assert_eq!(info.path.as_deref(), Some("groups/2001"));
    assert_eq!(info.name.as_deref(), Some("Emulator Makers"));
    assert_eq!(info.description.as_deref(), Some(""));
    assert_eq!(info.created_at.unwrap().nanosecond(), 678_901_000);
    assert_eq!(info.updated_at.unwrap().nanosecond(), 678_901_234);
    assert_eq!(info.member_count, Some(3));
    assert_eq!(
        (info.public_entry_allowed, info.locked, info.verified),
        (Some(false), Some(false), Some(false))
    );
    let owner = info.owner.unwrap().fetch_info().unwrap();
    assert_eq!(owner.username.as_deref(), Some("EmulatorDev"));

    let abandoned = key.get_group(2002).fetch_info().unwrap();
    assert_eq!(abandoned.owner, None);
    assert_eq!(
        key.get_group(2004).fetch_info().unwrap().member_count,
        Some(i32::MAX)
    );
}

#[test]
fn an_experience_is_a_users_or_a_groups_and_begins_in_a_place() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let info = |id| key.get_experience(id).fetch_info().unwrap();
    let users = info(3001);
    assert_eq!(users.path.as_deref(), Some("universes/3001"));
    assert_eq!(users.owner, Some(key.get_user(1001).into()));
    assert_eq!(users.root_place_id, Some(3101));
    assert_eq!(users.private_server_price, Some(25));
    assert_eq!(users.visibility, Some(ExperienceVisibility::Public));
    assert_eq!(users.age_rating, Some(ExperienceAgeRating::NinePlus));
    let links = [
        (&users.facebook_social_link, "Facebook"),
        (&users.twitter_social_link, "Twitter"),
        (&users.youtube_social_link, "YouTube"),
        (&users.twitch_social_link, "Twitch"),
        (&users.discord_social_link, "Discord"),
        (&users.group_social_link, "Group"),
        (&users.guilded_social_link, "Guilded"),
    ];
    for (link, title) in links {
        let link = link.as_ref().unwrap();
        assert_eq!(link.title.as_deref(), Some(title));
        assert!(link.uri.as_ref().unwrap().starts_with("https://"));
    }
    assert_eq!(
        users.group_social_link.unwrap().uri.unwrap(),
        "https://www.roblox.com/groups/2001"
    );
    let devices = [
        users.desktop_enabled,
        users.mobile_enabled,
        users.tablet_enabled,
        users.console_enabled,
        users.vr_enabled,
    ];
    assert_eq!(
        devices.map(Option::unwrap),
        [true, true, true, false, false]
    );

    let groups = info(3002);
    let owner = groups.owner.unwrap();
    assert_eq!(owner.as_group(), Some(&key.get_group(2001)));
    let group = owner.as_group().unwrap().fetch_info().unwrap();
    assert_eq!(group.name.as_deref(), Some("Emulator Makers"));
    assert_eq!(groups.visibility, Some(ExperienceVisibility::Private));
    // Without private servers, and with ones that cost nothing.
    assert_eq!(groups.private_server_price, None);
    assert_eq!(info(3003).private_server_price, Some(0));
    assert_eq!(
        info(3003).age_rating,
        Some(ExperienceAgeRating::SeventeenPlus)
    );

    let hardly = info(3004);
    assert_eq!(
        (hardly.owner, hardly.root_place_id, hardly.name),
        (None, None, None)
    );
    assert_eq!(
        hardly.visibility,
        Some(ExperienceVisibility::Unknown(
            "VISIBILITY_UNSPECIFIED".to_owned()
        ))
    );
    assert_eq!(
        hardly.age_rating,
        Some(ExperienceAgeRating::Unknown(
            "AGE_RATING_A_LATER_VALUE".to_owned()
        ))
    );
}

#[test]
fn paths_that_are_none_are_nobody_and_nowhere() {
    let (key, _server) = responding(&json!({
        "user": "groups/7", "group": "users/7", "rootPlace": "universes/1", "owner": "users/me",
        "facebookSocialLink": {}, "twitterSocialLink": {"title": null, "uri": null},
    }));
    let info = key.get_experience(1).fetch_info().unwrap();
    assert_eq!((info.owner, info.root_place_id), (None, None));
    assert_eq!(info.facebook_social_link, info.twitter_social_link);
    assert_eq!(info.facebook_social_link, Some(Default::default()));
    assert_eq!(key.get_group(1).fetch_info().unwrap().owner, None);

    let (key, _server) = responding(&json!({
        "group": "groups/18446744073709551615", "rootPlace": "universes/1/places/18446744073709551615",
        "owner": "users/18446744073709551615",
    }));
    let info = key.get_experience(1).fetch_info().unwrap();
    assert_eq!(info.owner.unwrap().id(), u64::MAX);
    assert_eq!(info.root_place_id, Some(u64::MAX));
    assert_eq!(
        key.get_group(1).fetch_info().unwrap().owner.unwrap().id,
        u64::MAX
    );
}

#[test]
fn who_and_what_there_is_not_is_not_found() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let errors = [
        key.get_user(2).fetch_info().unwrap_err(),
        key.get_group(2).fetch_info().unwrap_err(),
        key.get_experience(2).fetch_info().unwrap_err(),
    ];
    for (error, path) in errors.iter().zip(["/users/2", "/groups/2", "/universes/2"]) {
        assert!(error.is_not_found(), "{error:?}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("GET /cloud/v2{path}: 404")),
            "{error}"
        );
    }
    assert!(
        key.get_user(i64::MAX as u64)
            .fetch_info()
            .unwrap_err()
            .is_not_found()
    );
}

#[test]
fn one_odd_field_of_an_info_costs_no_other() {
    for odd in [json!("soon"), json!(5), json!({}), json!([1]), json!("")] {
        let told = json!({"createTime": odd, "path": odd, "displayName": "D", "locked": odd,
            "user": odd, "owner": odd, "premium": odd, "voiceChatEnabled": odd});
        let (key, _server) = responding(&told);
        let user = key.get_user(1).fetch_info().unwrap();
        assert_eq!(user.display_name.as_deref(), Some("D"), "{odd}");
        assert_eq!((user.created_at, user.premium), (None, None), "{odd}");
        let group = key.get_group(1).fetch_info().unwrap();
        assert_eq!(group.name.as_deref(), Some("D"), "{odd}");
        assert_eq!((group.owner, group.locked), (None, None), "{odd}");
        let experience = key.get_experience(1).fetch_info().unwrap();
        assert_eq!(experience.name.as_deref(), Some("D"), "{odd}");
        assert_eq!(experience.owner, None, "{odd}");
    }
}

#[test]
fn infos_of_another_shape_are_errors() {
    for wrong in [json!(null), json!("text"), json!([{}]), json!(7)] {
        let (key, _server) = responding(&wrong);
        assert!(
            key.get_user(1).fetch_info().unwrap_err().is_decode(),
            "{wrong}"
        );
        assert!(
            key.get_group(1).fetch_info().unwrap_err().is_decode(),
            "{wrong}"
        );
        assert!(
            key.get_experience(1).fetch_info().unwrap_err().is_decode(),
            "{wrong}"
        );
    }
}

#[test]
fn an_info_is_written_with_the_names_of_its_fields() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let user = serde_json::to_value(key.get_user(1).fetch_info().unwrap()).unwrap();
    assert_eq!(
        (&user["id"], &user["username"], &user["created_at"]),
        (
            &json!(1),
            &json!("Roblox"),
            &json!("2006-02-27T21:06:40.3Z")
        )
    );
    assert_eq!(user["social_network_profiles"]["visibility"], "EVERYONE");
    let group = serde_json::to_value(key.get_group(7).fetch_info().unwrap()).unwrap();
    assert_eq!(
        group["owner"],
        json!({"type": "user", "id": 21_557, "name": null, "verified": null})
    );
    let experience = serde_json::to_value(key.get_experience(3002).fetch_info().unwrap()).unwrap();
    assert_eq!(experience["owner"]["type"], "group");
    assert_eq!(experience["root_place_id"], 3102);
    assert_eq!(experience["private_server_price"], Value::Null);
}

/// What a script that takes any creator does.
fn describe(creator: &(impl Creator + ?Sized)) -> (u64, UserOrGroup) {
    (creator.id(), creator.to_user_or_group())
}

#[test]
fn a_user_a_group_and_either_of_them_are_creators() {
    let key = ApiKey::new("k").unwrap();
    let (user, group) = (key.get_user(5), key.get_group(5));
    let either: [UserOrGroup; 2] = [user.clone().into(), group.clone().into()];
    assert_eq!(describe(&user), (5, either[0].clone()));
    assert_eq!(describe(&group), (5, either[1].clone()));
    assert_eq!(describe(&either[0]), describe(&user));
    assert_eq!(describe(&either[1]), describe(&group));
    // A user and a group are not the same for having the same id.
    assert_ne!(either[0], either[1]);
    assert_eq!(
        (either[0].as_user(), either[0].as_group()),
        (Some(&user), None)
    );
    assert_eq!(
        (either[1].as_user(), either[1].as_group()),
        (None, Some(&group))
    );
    assert_eq!((either[0].name(), either[1].verified()), (None, None));
}

#[test]
fn handles_are_the_same_when_their_ids_are() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let found = key.fetch_toolbox_asset(1818).unwrap().creator.unwrap();
    let (user, named): (User, _) = (key.get_user(1), found.as_user().unwrap().clone());
    assert_eq!(user, named);
    assert_eq!(HashSet::from([user.clone(), named.clone()]).len(), 1);
    assert_eq!(HashSet::from([user.clone().into(), found.clone()]).len(), 1);
    assert_eq!(
        (user.to_string(), named.to_string()),
        ("user 1".into(), "@Roblox (user 1)".into())
    );
    assert_eq!(found.to_string(), "@Roblox (user 1)");
    assert_eq!(
        format!("{found:>18}|{user:<8}|"),
        "  @Roblox (user 1)|user 1  |"
    );

    let found = key
        .fetch_toolbox_asset(2_150_000_000)
        .unwrap()
        .creator
        .unwrap();
    let (group, named): (Group, _) = (key.get_group(7), found.as_group().unwrap().clone());
    assert_eq!(group, named);
    assert_eq!(HashSet::from([group.clone(), named.clone()]).len(), 1);
    assert_eq!(
        (group.to_string(), named.to_string()),
        ("group 7".into(), "Roblox (group 7)".into())
    );
    assert_eq!(found.to_string(), "Roblox (group 7)");
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        json!({"type": "group", "id": 7, "name": "Roblox", "verified": true})
    );

    let experience = key.get_experience(3001);
    assert_eq!(experience.to_string(), "experience 3001");
    assert_eq!(
        HashSet::from([experience.clone(), key.get_experience(3001)]).len(),
        1
    );
    assert_ne!(experience, key.get_experience(3002));
    assert_eq!(
        serde_json::to_value(&experience).unwrap(),
        json!({"id": 3001})
    );
}

#[test]
fn a_handle_shows_whose_it_is_and_not_the_key() {
    let key = ApiKey::new("top-secret").unwrap();
    let either: UserOrGroup = key.get_user(5).into();
    for (shown, id) in [
        (format!("{:?}", key.get_user(5)), "5"),
        (format!("{:?}", key.get_group(6)), "6"),
        (format!("{:?}", key.get_experience(7)), "7"),
        (format!("{either:?}"), "5"),
    ] {
        assert!(shown.contains(id) && !shown.contains("secret"), "{shown}");
    }
}

#[test]
fn a_creator_asks_for_what_is_the_same_whoever_asks() {
    let emulator = Emulator::start().unwrap();
    let key = key(&emulator);
    let creators: [UserOrGroup; 2] = [key.get_user(1).into(), key.get_group(7).into()];
    let expected = key.fetch_toolbox_asset(1818).unwrap();
    for creator in &creators {
        assert_eq!(creator.fetch_toolbox_asset(1818).unwrap(), expected);
        let product = creator.fetch_creator_store_product("Model", 1818).unwrap();
        assert_eq!(product.asset_id, Some(1818));
    }
    assert_eq!(key.get_user(2).fetch_toolbox_asset(1818).unwrap(), expected);
}

#[test]
fn infos_are_shown_by_name_and_id() {
    let (key, _server) = responding(&json!({ "name": "Roblox", "displayName": "Crossroads" }));
    let shown = key.get_user(1).fetch_info().unwrap().to_string();
    assert_eq!(shown, "@Roblox (user 1)");
    let (key, _server) = responding(&json!({ "displayName": "Crossroads" }));
    let shown = key.get_group(7).fetch_info().unwrap().to_string();
    assert_eq!(shown, "Crossroads (group 7)");
    let (key, _server) = responding(&json!({ "displayName": "Crossroads" }));
    let shown = key.get_experience(3001).fetch_info().unwrap().to_string();
    assert_eq!(shown, "Crossroads (experience 3001)");
    let (key, _server) = responding(&json!({}));
    let shown = key.get_user(1).fetch_info().unwrap().to_string();
    assert_eq!(shown, "user 1");
}
