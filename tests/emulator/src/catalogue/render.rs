//! Assets of the store as JSON.

use std::ops::Range;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::words;
use super::{Listing, Moment, Owner};

/// Everything about an asset.
pub(super) fn full(listing: &Listing) -> Value {
    json!({
        "voting": voting(listing),
        "creator": creator(listing),
        "creatorStoreProduct": {
            "purchasePrice": price(listing),
            "purchasable": listing.id % 17 != 0,
        },
        "asset": asset(listing),
    })
}

/// The same with fewer fields.
pub(crate) fn core_view(listing: &Listing) -> Value {
    let mut view = listing.full.clone();
    if let Some(fields) = view.as_object_mut() {
        fields.remove("voting");
    }
    if let Some(asset) = view.get_mut("asset").and_then(Value::as_object_mut) {
        for name in [
            "socialLinks",
            "previewAssets",
            "categoryPath",
            "creatingUniverseId",
            "objectMeshSummary",
            "instanceCounts",
            "capabilities",
        ] {
            asset.remove(name);
        }
    }
    view
}

/// The id and nothing else.
pub(crate) fn ids_view(listing: &Listing) -> Value {
    json!({ "asset": { "id": listing.id } })
}

fn voting(listing: &Listing) -> Value {
    let vote = match listing.id % 3 {
        0 => Value::Null,
        1 => json!(true),
        _ => json!(false),
    };
    json!({
        "showVotes": true,
        "upVotes": listing.up_votes,
        "downVotes": listing.down_votes,
        "canVote": listing.id % 2 == 0,
        "hasVoted": !vote.is_null(),
        "userVote": vote,
        "voteCount": listing.up_votes + listing.down_votes,
        "upVotePercent": listing.up_vote_percent(),
    })
}

fn creator(listing: &Listing) -> Value {
    let maker = listing.maker;
    match maker.owner {
        Owner::User(id) => json!({
            "creator": format!("user/{id}"),
            "userId": id,
            "groupId": null,
            "name": maker.name,
            "verified": maker.verified,
        }),
        Owner::Group(id) => json!({
            "creator": format!("group/{id}"),
            "groupId": id,
            "name": maker.name,
            "verified": maker.verified,
            "latestGroupUpdaterUserId": 156,
            "latestGroupUpdaterUserName": "builderman",
        }),
        Owner::Nobody => Value::Null,
    }
}

fn price(listing: &Listing) -> Value {
    let Some(price) = listing.price else {
        return Value::Null;
    };
    let quantity = match price.exponent {
        Some(exponent) => json!({ "significand": price.significand, "exponent": exponent }),
        None => json!({ "significand": price.significand }),
    };
    json!({ "currencyCode": price.currency, "quantity": quantity })
}

fn asset(listing: &Listing) -> Value {
    let mut asset = json!({
        "id": listing.id,
        "name": listing.name,
        "description": listing.description,
        "assetTypeId": words::theme(listing.category).type_id,
        "socialLinks": social_links(listing.id),
        "previewAssets": {
            "imagePreviewAssets": [listing.id / 2 + 1, listing.id / 2 + 2],
            "videoPreviewAssets": [],
        },
        "createTime": timestamp(listing.created),
        "updateTime": timestamp(listing.updated),
        "categoryPath": listing.category_path,
        "creatingUniverseId": 3001,
    });
    if let (Some(fields), Value::Object(special)) = (asset.as_object_mut(), special(listing)) {
        fields.extend(special);
    }
    asset
}

/// Up to three links, so that every kind comes up.
fn social_links(id: i64) -> Value {
    const LINKS: [(i64, &str); 10] = [
        (1, "https://www.facebook.com/emulator"),
        (2, "https://twitter.com/emulator"),
        (3, "https://www.youtube.com/@emulator"),
        (4, "https://www.twitch.tv/emulator"),
        (5, "https://discord.gg/emulator"),
        (6, "https://github.com/emulator"),
        (7, "https://www.guilded.gg/emulator"),
        (8, "https://www.roblox.com/groups/2001"),
        (9, "https://devforum.roblox.com/u/emulator"),
        (10, "https://www.roblox.com/games/3101"),
    ];
    let start = usize::try_from(id % 10).unwrap_or_default();
    let count = usize::try_from(id % 4).unwrap_or_default();
    LINKS
        .iter()
        .cycle()
        .skip(start)
        .take(count)
        .map(|(kind, url)| json!({ "linkType": kind, "url": url, "title": "Emulator" }))
        .collect()
}

/// What only assets of this kind have.
fn special(listing: &Listing) -> Value {
    let id = listing.id;
    match listing.category {
        "Audio" => audio(listing),
        "Model" => model(listing),
        "Decal" => json!({ "textureId": id - 1 }),
        "MeshPart" => json!({ "meshId": id - 2, "textureId": id - 1 }),
        "Plugin" => json!({ "hasScripts": true, "scriptCount": id % 40 + 1 }),
        _ => json!({}),
    }
}

fn audio(listing: &Listing) -> Value {
    let Some(audio) = &listing.audio else {
        return json!({});
    };
    let mut fields = json!({
        "durationSeconds": audio.seconds,
        "audioType": audio.kind,
        "artist": audio.artist,
        "title": listing.name,
    });
    let (first, second) = match audio.kind {
        "Music" => (("album", audio.album), ("genre", audio.genre)),
        "SoundEffect" => (("category", "Foley"), ("subcategory", "Objects")),
        _ => return fields,
    };
    if let Some(fields) = fields.as_object_mut() {
        for (name, value) in [first, second] {
            fields.insert(name.to_owned(), json!(value));
        }
    }
    fields
}

fn model(listing: &Listing) -> Value {
    let Some(model) = &listing.model else {
        return json!({});
    };
    let [scripts, mesh_parts, animations, decals, audios, tools] = model.instances;
    json!({
        "subTypes": model.sub_types,
        "hasScripts": scripts > 0,
        "scriptCount": scripts,
        "objectMeshSummary": { "triangles": mesh_parts * 512, "vertices": mesh_parts * 300 },
        "instanceCounts": {
            "script": scripts,
            "meshPart": mesh_parts,
            "animation": animations,
            "decal": decals,
            "audio": audios,
            "tool": tools,
        },
        "capabilities": { "shouldSandbox": scripts > 10 },
    })
}

/// RFC 3339 in UTC.
pub(crate) fn timestamp(moment: Moment) -> String {
    let time =
        OffsetDateTime::from_unix_timestamp(moment.seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, (hour, minute, second)) = (time.date(), time.to_hms());
    let mut text = format!("{date}T{hour:02}:{minute:02}:{second:02}");
    if moment.digits > 0 {
        let nanos = format!("{:09}", moment.nanos);
        text.push('.');
        text.extend(nanos.chars().take(moment.digits));
    }
    text.push('Z');
    text
}

/// Where a response may hold null, or nothing; what few assets have comes first.
const PATHS: [&str; 50] = [
    "asset/artist",
    "asset/title",
    "asset/album",
    "asset/genre",
    "asset/category",
    "asset/subcategory",
    "asset/subTypes",
    "asset/objectMeshSummary",
    "asset/instanceCounts",
    "asset/capabilities",
    "voting",
    "voting/userVote",
    "creator",
    "creator/creator",
    "creator/userId",
    "creator/groupId",
    "creator/name",
    "creator/verified",
    "creator/latestGroupUpdaterUserId",
    "creator/latestGroupUpdaterUserName",
    "creatorStoreProduct",
    "creatorStoreProduct/purchasePrice",
    "creatorStoreProduct/purchasePrice/currencyCode",
    "creatorStoreProduct/purchasePrice/quantity",
    "asset/name",
    "asset/description",
    "asset/assetTypeId",
    "asset/socialLinks",
    "asset/socialLinks/0/url",
    "asset/socialLinks/0/title",
    "asset/previewAssets",
    "asset/previewAssets/imagePreviewAssets",
    "asset/previewAssets/videoPreviewAssets",
    "asset/createTime",
    "asset/updateTime",
    "asset/categoryPath",
    "asset/creatingUniverseId",
    // Not nullable, but not required either.
    "asset/durationSeconds",
    "asset/audioType",
    "asset/textureId",
    "asset/hasScripts",
    "asset/scriptCount",
    "voting/hasVoted",
    "asset/instanceCounts/script",
    "asset/instanceCounts/meshPart",
    "asset/instanceCounts/animation",
    "asset/instanceCounts/decal",
    "asset/instanceCounts/audio",
    "asset/instanceCounts/tool",
    "asset/capabilities/shouldSandbox",
];

/// How many of the paths may hold null.
const NULLABLE: usize = 37;

/// Spreads nulls, gaps and unknown fields over some of the assets.
#[derive(Debug)]
pub(super) struct Quirks {
    /// For each path, whether it was made null, and whether it was taken away.
    done: [(bool, bool); PATHS.len()],
}

impl Quirks {
    pub(super) fn new() -> Self {
        Self {
            done: [(false, false); PATHS.len()],
        }
    }

    pub(super) fn apply(&mut self, number: i64, listing: &mut Listing) {
        if number % 7 == 6 {
            unknown_fields(&mut listing.full);
        }
        match number % 3 {
            1 => self.next(&mut listing.full, NULLABLE..PATHS.len()),
            2 => self.next(&mut listing.full, 0..NULLABLE),
            _ => {}
        }
    }

    /// Applies the first quirk of some paths that has not come up and for which there is a place.
    fn next(&mut self, full: &mut Value, indices: Range<usize>) {
        for (index, (path, (nulled, removed))) in PATHS.iter().zip(&mut self.done).enumerate() {
            if !indices.contains(&index) {
                continue;
            }
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let pointer = match parent {
                "" => String::new(),
                _ => format!("/{parent}"),
            };
            let Some(fields) = full.pointer_mut(&pointer).and_then(Value::as_object_mut) else {
                continue;
            };
            if fields.get(name).is_none_or(Value::is_null) {
                continue;
            }
            if index < NULLABLE && !*nulled {
                *nulled = true;
                fields.insert(name.to_owned(), Value::Null);
                return;
            }
            if !*removed {
                *removed = true;
                fields.remove(name);
                return;
            }
        }
    }
}

/// As a later version of the service might add.
fn unknown_fields(full: &mut Value) {
    let mut add = |pointer: &str, name: &str, value: Value| {
        let fields: Option<&mut Map<String, Value>> =
            full.pointer_mut(pointer).and_then(Value::as_object_mut);
        if let Some(fields) = fields {
            fields.insert(name.to_owned(), value);
        }
    };
    add("", "ranking", json!({ "score": 0.25, "source": null }));
    add("/asset", "badges", json!(["staff-pick"]));
    add("/creator", "hasPremium", json!(true));
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::*;

    #[test]
    fn every_quirk_finds_a_place() {
        let catalogue = Catalogue::seeded();
        for (index, path) in PATHS.iter().enumerate() {
            let pointer = format!("/{path}");
            let is_null = catalogue
                .all()
                .iter()
                .any(|listing| listing.full.pointer(&pointer) == Some(&Value::Null));
            assert_eq!(is_null, index < NULLABLE, "{path}");
        }
    }

    #[test]
    fn every_path_is_absent_somewhere() {
        let catalogue = Catalogue::seeded();
        for path in PATHS {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let pointer = match parent {
                "" => String::new(),
                _ => format!("/{parent}"),
            };
            let lacks = |listing: &&Listing| {
                let parent = listing.full.pointer(&pointer).and_then(Value::as_object);
                parent.is_some_and(|parent| !parent.contains_key(name))
            };
            let mut without = catalogue.all().iter().filter(lacks);
            let others_have_it = |one: &Listing| {
                let mut others = catalogue.all().iter().filter(|listing| !lacks(listing));
                others.any(|other| {
                    other.category == one.category
                        && other.full.pointer(&format!("{pointer}/{name}")).is_some()
                })
            };
            assert!(without.any(others_have_it), "{path} is always there");
        }
    }

    #[test]
    fn fractions_have_zero_to_nine_digits() {
        let moment = |digits, nanos| Moment {
            seconds: 1_700_000_000,
            nanos,
            digits,
        };
        assert_eq!(timestamp(moment(0, 0)), "2023-11-14T22:13:20Z");
        assert_eq!(timestamp(moment(3, 50_000_000)), "2023-11-14T22:13:20.050Z");
        assert_eq!(timestamp(moment(9, 1)), "2023-11-14T22:13:20.000000001Z");
    }

    #[test]
    fn ids_are_unique() {
        let catalogue = Catalogue::seeded();
        let mut ids: Vec<i64> = catalogue.all().iter().map(|listing| listing.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), catalogue.all().len());
        assert!(ids.len() > 400, "{}", ids.len());
    }
}
