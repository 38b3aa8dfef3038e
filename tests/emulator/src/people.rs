//! `GET /cloud/v2/users/{id}`, `/groups/{id}` and `/universes/{id}`

use serde_json::{Value, json};

use crate::response::{Outcome, Response};
use crate::route::Call;

pub(crate) fn user(call: &Call<'_>) -> Outcome {
    let (id, mut user) = look_up(call, "User", user_of)?;
    let Some(fields) = user.as_object_mut() else {
        return Ok(Response::json(200, &user));
    };
    fields.insert("path".to_owned(), json!(format!("users/{id}")));
    fields.insert("id".to_owned(), json!(id.to_string()));
    for (scope, name) in [
        ("user.advanced:read", "idVerified"),
        ("user.social:read", "socialNetworkProfiles"),
    ] {
        if !call.may(scope) {
            fields.remove(name);
        }
    }
    Ok(Response::json(200, &user))
}

pub(crate) fn group(call: &Call<'_>) -> Outcome {
    let (_, group) = look_up(call, "Group", group_of)?;
    Ok(Response::json(200, &group))
}

pub(crate) fn universe(call: &Call<'_>) -> Outcome {
    let (_, universe) = look_up(call, "Universe", universe_of)?;
    Ok(Response::json(200, &universe))
}

/// The groups whose things a user may manage.
pub(crate) fn manages_group(user: u64, group: u64) -> bool {
    group_of(group).is_some_and(|group| {
        group.get("owner").and_then(Value::as_str) == Some(format!("users/{user}").as_str())
    })
}

pub(crate) fn user_exists(id: u64) -> bool {
    user_of(id).is_some()
}

pub(crate) fn group_exists(id: u64) -> bool {
    group_of(id).is_some()
}

pub(crate) fn universe_exists(id: u64) -> bool {
    universe_of(id).is_some()
}

fn look_up(
    call: &Call<'_>,
    kind: &str,
    find: fn(u64) -> Option<Value>,
) -> Result<(u64, Value), Response> {
    call.query.check(&[], &[])?;
    let text = call.parameter("id");
    let id: u64 = Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            let message = format!("'{text}' is not the ID of a {kind}.");
            call.style.reject(400, &message)
        })?;
    let found = find(id).ok_or_else(|| {
        let message = format!("{kind} {id} was not found.");
        call.style.reject(404, &message)
    })?;
    Ok((id, found))
}

fn user_of(id: u64) -> Option<Value> {
    let user = match id {
        1 => json!({
            "createTime": "2006-02-27T21:06:40.3Z", "name": "Roblox", "displayName": "Roblox",
            "about": "Welcome to the emulator!", "locale": "en-US", "premium": true,
            "idVerified": true,
            "socialNetworkProfiles": {
                "facebook": "https://www.facebook.com/roblox", "twitter": "@roblox",
                "youtube": "https://www.youtube.com/roblox", "twitch": "https://www.twitch.tv/roblox",
                "guilded": "", "visibility": "EVERYONE",
            },
        }),
        156 => json!({
            "createTime": "2006-03-08T07:41:00.067Z", "name": "builderman",
            "displayName": "builderman", "about": "", "locale": "en-US", "premium": true,
            "idVerified": false, "socialNetworkProfiles": { "visibility": "NO_ONE" },
        }),
        1001 => json!({
            "createTime": "2016-07-01T00:00:00Z", "name": "EmulatorDev",
            "displayName": "Émulateur 🛠", "about": "I own the ready key.\nSecond line.",
            "locale": "fr-FR", "premium": false, "idVerified": true,
            "socialNetworkProfiles": {
                "twitter": "@emulator", "visibility": "FRIENDS_FOLLOWING_AND_FOLLOWERS",
            },
        }),
        // Nothing is required.
        21_557 => json!({}),
        88_001 => json!({
            "createTime": "2019-11-30T23:59:59.999999999Z", "name": "SoundVault",
            "displayName": "SoundVault", "premium": true, "locale": "de-DE",
            "socialNetworkProfiles": { "youtube": "https://www.youtube.com/@s", "visibility": "FRIENDS" },
        }),
        88_003 => json!({
            "createTime": "2020-02-29T12:00:00.5Z", "name": "quiet_corner",
            "displayName": "quiet corner", "about": "shh",
            "socialNetworkProfiles": { "visibility": "FRIENDS_AND_FOLLOWING" },
        }),
        5_012_345_678 => json!({
            "createTime": "2023-08-09T10:11:12.131415Z", "name": "ZoeAngstrom",
            "displayName": "Zoë Ångström", "about": "多才", "locale": "sv-SE", "premium": false,
            "socialNetworkProfiles": { "visibility": "A_LATER_VALUE" },
        }),
        7_135_127_272 => json!({
            "createTime": "2024-05-20T17:32:18.117Z", "name": "DistrokidOfficial",
            "displayName": "DistroKid", "about": "Music for everyone.", "locale": "en-US",
            "premium": false, "idVerified": true,
            "socialNetworkProfiles": { "visibility": "SOCIAL_NETWORK_VISIBILITY_UNSPECIFIED" },
        }),
        _ => return None,
    };
    Some(user)
}

fn group_of(id: u64) -> Option<Value> {
    let group = match id {
        7 => json!({
            "path": "groups/7", "id": "7", "createTime": "2009-07-28T20:05:36.137Z",
            "updateTime": "2026-05-01T08:00:00Z", "displayName": "Roblox",
            "description": "We like it here.", "owner": "users/21557",
            "memberCount": 12_345_678, "publicEntryAllowed": true, "locked": false,
            "verified": true,
        }),
        2001 => json!({
            "path": "groups/2001", "id": "2001", "createTime": "2021-01-02T03:04:05.678901Z",
            "updateTime": "2026-01-02T03:04:05.678901234Z", "displayName": "Emulator Makers",
            "description": "", "owner": "users/1001", "memberCount": 3,
            "publicEntryAllowed": false, "locked": false, "verified": false,
        }),
        // Abandoned: nobody owns it.
        2002 => json!({
            "path": "groups/2002", "id": "2002", "createTime": "2012-12-12T12:12:12Z",
            "updateTime": "2013-01-01T00:00:00Z", "displayName": "Forgotten Works",
            "description": "We were many.", "memberCount": 0, "publicEntryAllowed": true,
            "locked": false, "verified": false,
        }),
        2003 => json!({
            "path": "groups/2003", "id": "2003", "createTime": "2015-05-05T05:05:05Z",
            "updateTime": "2015-05-05T05:05:05Z", "displayName": "[ Content Deleted ]",
            "description": "[ Content Deleted ]", "owner": "users/88003", "memberCount": 1,
            "publicEntryAllowed": false, "locked": true, "verified": false,
        }),
        2004 => json!({
            "path": "groups/2004", "id": "2004", "displayName": "彩色工房",
            "owner": "users/5012345678", "memberCount": i32::MAX, "verified": true,
        }),
        9_000_000_001 => json!({
            "path": "groups/9000000001", "id": "9000000001",
            "createTime": "2025-10-26T01:30:00Z", "updateTime": "2025-10-26T01:30:00Z",
            "displayName": "Łódź Builders", "description": "Budujemy.", "owner": "users/156",
            "memberCount": 12, "publicEntryAllowed": true, "locked": false, "verified": true,
        }),
        _ => return None,
    };
    Some(group)
}

fn universe_of(id: u64) -> Option<Value> {
    let universe = match id {
        3001 => json!({
            "path": "universes/3001", "createTime": "2022-03-04T05:06:07.08Z",
            "updateTime": "2026-08-01T09:10:11.121314151Z", "displayName": "Emulated Obby",
            "description": "Jump.\nThen jump again.", "user": "users/1001", "visibility": "PUBLIC",
            "facebookSocialLink": { "title": "Facebook", "uri": "https://www.facebook.com/emulator" },
            "twitterSocialLink": { "title": "Twitter", "uri": "https://twitter.com/emulator" },
            "youtubeSocialLink": { "title": "YouTube", "uri": "https://www.youtube.com/@emulator" },
            "twitchSocialLink": { "title": "Twitch", "uri": "https://www.twitch.tv/emulator" },
            "discordSocialLink": { "title": "Discord", "uri": "https://discord.gg/emulator" },
            "robloxGroupSocialLink": { "title": "Group", "uri": "https://www.roblox.com/groups/2001" },
            "guildedSocialLink": { "title": "Guilded", "uri": "https://www.guilded.gg/emulator" },
            "voiceChatEnabled": true, "ageRating": "AGE_RATING_9_PLUS",
            "privateServerPriceRobux": 25, "desktopEnabled": true, "mobileEnabled": true,
            "tabletEnabled": true, "consoleEnabled": false, "vrEnabled": false,
            "rootPlace": "universes/3001/places/3101",
        }),
        // A group's, without private servers.
        3002 => json!({
            "path": "universes/3002", "createTime": "2024-01-01T00:00:00Z",
            "updateTime": "2024-01-01T00:00:00Z", "displayName": "Group Workshop",
            "description": "", "group": "groups/2001", "visibility": "PRIVATE",
            "voiceChatEnabled": false, "ageRating": "AGE_RATING_UNSPECIFIED",
            "desktopEnabled": true, "mobileEnabled": false, "tabletEnabled": false,
            "consoleEnabled": false, "vrEnabled": true,
            "rootPlace": "universes/3002/places/3102",
        }),
        // With private servers that cost nothing.
        3003 => json!({
            "path": "universes/3003", "displayName": "Free Servers", "user": "users/156",
            "visibility": "PUBLIC", "ageRating": "AGE_RATING_17_PLUS",
            "privateServerPriceRobux": 0, "rootPlace": "universes/3003/places/3103",
        }),
        // Nothing is required.
        3004 => json!({
            "path": "universes/3004", "visibility": "VISIBILITY_UNSPECIFIED",
            "ageRating": "AGE_RATING_A_LATER_VALUE",
        }),
        _ => return None,
    };
    Some(universe)
}
