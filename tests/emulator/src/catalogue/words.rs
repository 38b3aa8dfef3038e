//! What the assets of the store are made of.

use serde_json::{Value, json};

use super::{Maker, Owner};

/// What the assets of a category have in common.
#[derive(Debug)]
pub(crate) struct Theme {
    pub(crate) category: &'static str,
    pub(crate) count: i64,
    pub(crate) first_id: i64,
    pub(crate) id_step: i64,
    /// The number of the type in the engine.
    pub(crate) type_id: i64,
    pub(crate) sold: bool,
    pub(crate) opening: &'static str,
    pub(crate) nouns: &'static [&'static str],
    pub(crate) tags: &'static [&'static str],
    pub(crate) paths: &'static [&'static str],
}

pub(crate) const THEMES: [Theme; 7] = [
    Theme {
        category: "Audio",
        count: 120,
        first_id: 1_830_000_000,
        id_step: 1_000_003,
        type_id: 3,
        sold: false,
        opening: "The sound of a",
        nouns: &[
            "Anthem",
            "Chime",
            "Click",
            "Drum Loop",
            "Explosion",
            "Footstep",
            "Fountain",
            "Lullaby",
            "March",
            "Rain",
            "Stinger",
            "Waltz",
        ],
        tags: &["loop", "orchestral", "interface", "weather", "percussion"],
        paths: &[
            "audio__music__orchestral",
            "audio__music__electronic",
            "audio__sound-effects__ui",
            "audio__sound-effects__nature",
        ],
    },
    Theme {
        category: "Model",
        count: 120,
        first_id: 40_000_000,
        id_step: 97_000_001,
        type_id: 10,
        sold: true,
        opening: "A",
        nouns: &[
            "Bench", "Bridge", "Bus", "Castle", "Crate", "Fence", "House", "Lamp", "Robot",
            "Sword", "Tower", "Tree",
        ],
        tags: &["lowpoly", "medieval", "city", "nature", "vehicle"],
        paths: &[
            "3d__props-and-decor",
            "3d__props-and-decor__furniture",
            "3d__characters",
            "3d__vehicles__cars",
            "3d__environment__nature",
        ],
    },
    Theme {
        category: "Decal",
        count: 60,
        first_id: 3_000_000_000,
        id_step: 7_000_001,
        type_id: 13,
        sold: false,
        opening: "A picture of a",
        nouns: &[
            "Arrow",
            "Brick Wall",
            "Cloud",
            "Flag",
            "Moss",
            "Poster",
            "Road Sign",
        ],
        tags: &["sign", "texture", "pattern"],
        paths: &["2d__decals__signs", "2d__decals__patterns"],
    },
    Theme {
        category: "Plugin",
        count: 48,
        first_id: 150_000_000_000,
        id_step: 3_000_017,
        type_id: 38,
        sold: true,
        opening: "A plugin for every",
        nouns: &[
            "Aligner",
            "Archimedes",
            "Brush",
            "Exporter",
            "Gap Filler",
            "Linter",
        ],
        tags: &["building", "terrain", "workflow"],
        paths: &["plugins__building", "plugins__scripting"],
    },
    Theme {
        category: "MeshPart",
        count: 48,
        first_id: 17_000_000_000_000,
        id_step: 11_000_003,
        type_id: 40,
        sold: false,
        opening: "The mesh of a",
        nouns: &["Boulder", "Cog", "Gem", "Hull", "Pipe", "Statue"],
        tags: &["lowpoly", "scanned"],
        paths: &["meshes__props", "meshes__nature"],
    },
    Theme {
        category: "Video",
        count: 20,
        first_id: 90_000_000_000_000,
        id_step: 13_000_003,
        type_id: 62,
        sold: false,
        opening: "A film about a",
        nouns: &["Billboard", "Campfire", "Waterfall"],
        tags: &["loop", "screen"],
        paths: &["video__loops"],
    },
    Theme {
        category: "FontFamily",
        count: 14,
        first_id: 12_187_000_000,
        id_step: 10_007,
        type_id: 73,
        sold: false,
        opening: "The letters of a",
        nouns: &["Grotesk", "Mono", "Script", "Serif"],
        tags: &["display", "text"],
        paths: &["fonts__display", "fonts__text"],
    },
];

pub(crate) fn theme(category: &str) -> &'static Theme {
    let [first, ..] = &THEMES;
    THEMES
        .iter()
        .find(|theme| theme.category == category)
        .unwrap_or(first)
}

pub(crate) const ADJECTIVES: [&str; 16] = [
    "Ancient", "Blue", "Broken", "Calm", "Dark", "Epic", "Frozen", "Golden", "Happy", "Heavy",
    "Little", "Neon", "Quiet", "Rusty", "Wild", "Wooden",
];

pub(crate) const FOREIGN: [&str; 6] = [
    "Grüner",
    "森の",
    "Żółty",
    "Ночной",
    "☕ Café",
    "👩\u{200d}🚀 Cosmic",
];

pub(crate) const MOODS: [&str; 5] = ["cozy", "spooky", "cheerful", "tense", "dreamy"];

pub(crate) const ARTISTS: [&str; 5] = [
    "Ada Marlow",
    "Björk Larsen",
    "The Paper Lanterns",
    "Kestrel & Co.",
    "山田 太郎",
];

pub(crate) const ALBUMS: [&str; 4] = ["First Light", "Night Shift", "Loops, Vol. 2", "Übergang"];

pub(crate) const GENRES: [&str; 5] = ["Electronic", "Classical", "Ambient", "Hip Hop", "Chiptune"];

const fn user(id: i64, name: &'static str, verified: bool) -> Maker {
    Maker {
        owner: Owner::User(id),
        name,
        verified,
    }
}

const fn group(id: i64, name: &'static str, verified: bool) -> Maker {
    Maker {
        owner: Owner::Group(id),
        name,
        verified,
    }
}

const DISTROKID: Maker = user(7_135_127_272, "DistrokidOfficial", true);

pub(crate) const VERIFIED: [Maker; 6] = [
    user(1, "Roblox", true),
    user(156, "builderman", true),
    user(88_001, "SoundVault", true),
    DISTROKID,
    group(7, "Roblox", true),
    group(2004, "彩色工房", true),
];

pub(crate) const MAKERS: [Maker; 12] = [
    user(1, "Roblox", true),
    user(156, "builderman", true),
    user(88_001, "SoundVault", true),
    DISTROKID,
    group(7, "Roblox", true),
    group(2004, "彩色工房", true),
    group(9_000_000_001, "Łódź Builders", true),
    user(1001, "EmulatorDev", false),
    user(88_003, "quiet_corner", false),
    user(5_012_345_678, "ZoeAngstrom", false),
    group(2001, "Emulator Makers", false),
    group(2002, "Forgotten Works", false),
];

/// An asset that is there for a reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) category: &'static str,
    pub(crate) id: i64,
    pub(crate) name: &'static str,
    pub(crate) maker: Maker,
    pub(crate) seconds: i64,
}

const fn track(id: i64, name: &'static str, maker: Maker, seconds: i64) -> Work {
    Work {
        category: "Audio",
        id,
        name,
        maker,
        seconds,
    }
}

const fn plain(category: &'static str, id: i64, name: &'static str, maker: Maker) -> Work {
    Work {
        category,
        id,
        name,
        maker,
        seconds: 0,
    }
}

pub(crate) const WORKS: [Work; 16] = [
    track(1_842_610_131, "Menu Theme", DISTROKID, 45),
    track(1_842_610_245, "Menu Theme (Loop)", DISTROKID, 48),
    track(1_842_610_399, "Fantasy Menu Theme", DISTROKID, 52),
    track(1_842_611_007, "Menu Theme – Café Night", DISTROKID, 57),
    track(1_842_611_458, "Main Menu Theme II", DISTROKID, 60),
    track(1_842_611_900, "Menu Theme (Short)", DISTROKID, 44),
    track(1_842_612_034, "Menu Theme (Extended)", DISTROKID, 61),
    track(1_842_612_777, "Menu Theme (Full Version)", DISTROKID, 185),
    track(
        1_842_613_001,
        "Menu Theme of the Valley",
        user(1, "Roblox", true),
        50,
    ),
    track(
        1_842_613_555,
        "my menu theme",
        user(88_003, "quiet_corner", false),
        55,
    ),
    track(
        1_842_614_000,
        "Silence",
        user(88_001, "SoundVault", true),
        0,
    ),
    // One more than a double can count to.
    plain(
        "MeshPart",
        9_007_199_254_740_993,
        "Odd Gear",
        user(1, "Roblox", true),
    ),
    plain(
        "Decal",
        i64::MAX - 1,
        "The Last Decal",
        user(156, "builderman", true),
    ),
    plain("Model", 1818, "Classic Crate", user(1, "Roblox", true)),
    plain(
        "Model",
        2_150_000_000,
        "Large Classic House",
        group(7, "Roblox", true),
    ),
    plain(
        "Plugin",
        4_725_618_216,
        "Part Counter",
        user(156, "builderman", true),
    ),
];

/// Assets of which the service tells next to nothing, or things that clients may not know. All
/// are by unverified creators, so only searches that ask for those find them.
pub(crate) fn oddities() -> Vec<(Work, Value)> {
    let maker = user(88_003, "quiet_corner", false);
    vec![
        (
            plain("Model", 700_001, "Bare Model", maker),
            json!({ "asset": { "id": 700_001 } }),
        ),
        (
            plain("Model", 700_002, "Null Model", maker),
            json!({
                "voting": null,
                "creator": null,
                "creatorStoreProduct": null,
                "asset": {
                    "id": 700_002, "name": null, "description": null, "assetTypeId": null,
                    "socialLinks": null, "previewAssets": null, "createTime": null,
                    "updateTime": null, "categoryPath": null, "creatingUniverseId": null,
                    "subTypes": null, "hasScripts": false, "scriptCount": 0,
                    "objectMeshSummary": null, "instanceCounts": null, "capabilities": null,
                },
            }),
        ),
        (
            plain("Video", 700_003, "Absent Video", maker),
            json!({ "voting": null, "creator": null, "creatorStoreProduct": null, "asset": null }),
        ),
        (
            track(700_004, "Null Song", maker, 12),
            json!({
                "creator": {
                    "creator": null, "userId": null, "groupId": null, "name": null,
                    "verified": null, "latestGroupUpdaterUserId": null,
                    "latestGroupUpdaterUserName": null,
                },
                "creatorStoreProduct": { "purchasePrice": null, "purchasable": false },
                "asset": {
                    "id": 700_004, "name": "Null Song", "assetTypeId": 3, "durationSeconds": 12,
                    "audioType": "Music", "artist": null, "title": null, "album": null,
                    "genre": null,
                },
            }),
        ),
        (
            track(700_005, "Song From Tomorrow", maker, 33),
            json!({
                "voting": {
                    "showVotes": false, "upVotes": 0, "downVotes": 0, "canVote": false,
                    "userVote": null, "hasVoted": false, "voteCount": 0, "upVotePercent": 0,
                },
                "creator": { "userId": 88_003, "name": "quiet_corner", "verified": false },
                "creatorStoreProduct": {
                    "purchasePrice": { "currencyCode": null, "quantity": null },
                    "purchasable": true,
                },
                "asset": {
                    "id": 700_005, "name": "Song From Tomorrow", "assetTypeId": 9999,
                    "durationSeconds": 33, "audioType": "Hologram", "title": "Song From Tomorrow",
                    "socialLinks": [{ "linkType": 77, "url": null, "title": null }],
                    "previewAssets": { "imagePreviewAssets": null, "videoPreviewAssets": null },
                    "createTime": "2031-01-01T00:00:00.123456789Z",
                },
                "provenance": { "generation": 3 },
            }),
        ),
        (
            plain("Model", 700_006, "Model From Tomorrow", maker),
            json!({
                "creator": { "groupId": 2002, "verified": false },
                "creatorStoreProduct": {
                    "purchasePrice": {
                        "currencyCode": "USD",
                        "quantity": { "significand": i64::MAX, "exponent": 40 },
                    },
                    "purchasable": true,
                },
                "asset": {
                    "id": 700_006, "name": "Model From Tomorrow", "assetTypeId": 10,
                    "subTypes": ["Package", "Hypercube"], "hasScripts": true, "scriptCount": 2,
                    "instanceCounts": null, "objectMeshSummary": { "triangles": 0, "vertices": 0 },
                    "capabilities": { "shouldSandbox": true, "allowed": ["Network"] },
                },
            }),
        ),
    ]
}
