//! The assets that users of the emulator own: those that are there from the start, and uploads.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::catalogue::{Listing, Moment, Owner, timestamp};
use crate::lock;
use crate::response::set;
use crate::state::State;

/// The fields of an asset that link to other sites.
pub(crate) const SOCIAL_LINKS: [&str; 9] = [
    "facebookSocialLink",
    "twitterSocialLink",
    "youtubeSocialLink",
    "twitchSocialLink",
    "discordSocialLink",
    "githubSocialLink",
    "robloxSocialLink",
    "guildedSocialLink",
    "devForumSocialLink",
];

/// The place where an asset can be tried, of which the documents know nothing, but clients do.
pub(crate) const TRY_IT: &str = "tryAssetSocialLink";

/// Content in memory or, if it was uploaded, on disk: in a file without a name, which is gone when
/// the process is, however that ends.
#[derive(Clone, Debug)]
pub(crate) enum Blob {
    Bytes(Bytes),
    File(Arc<Mutex<File>>, u64),
}

impl Blob {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    /// Reads it from its beginning; readers do not disturb each other.
    pub(crate) fn reader(&self) -> BlobReader {
        BlobReader {
            blob: self.clone(),
            position: 0,
        }
    }
}

#[derive(Debug)]
pub(crate) struct BlobReader {
    blob: Blob,
    position: u64,
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = SeekFrom::Start(self.position);
        let read = match &self.blob {
            Blob::Bytes(bytes) => {
                let mut cursor = Cursor::new(bytes);
                cursor.seek(start)?;
                cursor.read(buffer)?
            }
            Blob::File(file, _) => {
                let mut file = lock(file);
                file.seek(start)?;
                file.read(buffer)?
            }
        };
        self.position += read as u64;
        Ok(read)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) blob: Blob,
    pub(crate) created: Moment,
}

/// An asset and its versions, the oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    /// As the engine calls it, such as `Model`.
    pub(crate) kind: &'static str,
    pub(crate) owner: Owner,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) versions: Vec<Version>,
    pub(crate) archived: bool,
    /// The icon, the previews and the social links.
    pub(crate) extras: BTreeMap<&'static str, Value>,
    /// Whether everybody may look at it.
    pub(crate) public: bool,
}

/// Whose habits responses follow where the documents differ: the guide's, with names of enums in
/// capitals and ids as strings, or the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    Guide,
    Reference,
}

impl Asset {
    pub(crate) fn version(&self, number: u64) -> Option<&Version> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.versions.get(index)
    }

    pub(crate) fn latest(&self) -> u64 {
        self.versions.len() as u64
    }

    /// The asset as JSON, with those of its extras that are asked for.
    pub(crate) fn render(&self, habit: Habit, extras: &[&str]) -> Value {
        let (id, latest) = (self.id, self.latest());
        let created = self.versions.last().map(|version| version.created);
        let mut asset = json!({
            "path": format!("assets/{id}"),
            "revisionId": latest.to_string(),
            "displayName": self.name,
            "description": self.description,
            "creationContext": self.creation_context(habit),
            "moderationResult": moderation_result(habit),
            "state": if self.archived { "Archived" } else { "Active" },
        });
        let created = created.map(|created| match habit {
            Habit::Guide => timestamp(Moment {
                digits: 9,
                ..created
            }),
            Habit::Reference => timestamp(Moment {
                digits: 3,
                ..created
            }),
        });
        set(&mut asset, "revisionCreateTime", created);
        match habit {
            Habit::Guide => {
                let kind = "type.googleapis.com/roblox.open_cloud.assets.v1.Asset";
                set(&mut asset, "@type", kind);
                set(&mut asset, "assetId", id.to_string());
                set(&mut asset, "assetType", guide_name("ASSET_TYPE", self.kind));
            }
            Habit::Reference => {
                set(&mut asset, "assetId", id);
                set(&mut asset, "assetType", self.kind);
            }
        }
        for name in extras {
            if let Some(value) = self.extras.get(name) {
                set(&mut asset, name, value.clone());
            }
        }
        asset
    }

    pub(crate) fn render_version(&self, number: u64, habit: Habit) -> Value {
        let mut version = json!({
            "path": format!("assets/{}/versions/{number}", self.id),
            "creationContext": self.creation_context(habit),
            "moderationResult": moderation_result(habit),
        });
        if self.kind == "Place" {
            set(&mut version, "published", number == self.latest());
        }
        version
    }

    fn creation_context(&self, habit: Habit) -> Value {
        let (field, id) = match self.owner {
            Owner::User(id) => ("userId", id),
            Owner::Group(id) => ("groupId", id),
            Owner::Nobody => return json!({}),
        };
        let id = match habit {
            Habit::Guide => json!(id.to_string()),
            Habit::Reference => json!(id),
        };
        json!({ "creator": { (field): id } })
    }
}

fn moderation_result(habit: Habit) -> Value {
    json!({
        "moderationState": match habit {
            Habit::Guide => "MODERATION_STATE_APPROVED",
            Habit::Reference => "Approved",
        },
    })
}

/// `MeshPart` becomes `ASSET_TYPE_MESH_PART`.
fn guide_name(prefix: &str, name: &str) -> String {
    format!("{prefix}_{}", capitals(name))
}

/// `MeshPart` becomes `MESH_PART`.
pub(crate) fn capitals(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_uppercase());
    }
    text
}

#[derive(Debug)]
pub(crate) struct Assets {
    known: Mutex<HashMap<u64, Asset>>,
    uploads: AtomicU64,
}

impl Assets {
    /// With an asset of each type, of the ready key's user, and some of others.
    pub(crate) fn seeded() -> Self {
        const ME: Owner = Owner::User(1001);
        const SEEDS: [(u64, &str, Owner); 14] = [
            (500_001, "Model", ME),
            (500_002, "Plugin", ME),
            (500_003, "Audio", ME),
            (500_004, "Decal", ME),
            (500_005, "Image", ME),
            (500_006, "Video", ME),
            (500_007, "MeshPart", ME),
            (500_008, "Place", ME),
            (500_009, "Animation", ME),
            (500_010, "FontFamily", ME),
            (500_011, "Mesh", ME),
            (500_012, "Model", Owner::Group(2001)),
            (500_013, "Model", Owner::User(156)),
            (500_014, "Image", Owner::User(156)),
        ];
        let known = SEEDS.map(|(id, kind, owner)| (id, seed(id, kind, owner)));
        Self {
            known: Mutex::new(HashMap::from(known)),
            uploads: AtomicU64::new(0),
        }
    }

    /// An id that no asset has.
    pub(crate) fn new_id(&self) -> u64 {
        const FIRST: u64 = 130_000_000_000_001;
        FIRST + 7 * self.uploads.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn insert(&self, asset: Asset) {
        lock(&self.known).insert(asset.id, asset);
    }

    pub(crate) fn get(&self, id: u64) -> Option<Asset> {
        lock(&self.known).get(&id).cloned()
    }

    /// Changes an asset and returns what became of it.
    pub(crate) fn change(&self, id: u64, change: impl FnOnce(&mut Asset)) -> Option<Asset> {
        let mut known = lock(&self.known);
        let asset = known.get_mut(&id)?;
        change(asset);
        Some(asset.clone())
    }

    /// The owner of an asset of a kind.
    pub(crate) fn owner(&self, id: i64, kind: &str) -> Option<Owner> {
        let asset = self.get(u64::try_from(id).ok()?)?;
        (asset.kind == kind).then_some(asset.owner)
    }
}

/// An asset of a user or, failing that, one of the creator store.
pub(crate) fn find(state: &State, id: u64) -> Option<Asset> {
    state.assets.get(id).or_else(|| {
        let listing = state.catalogue.find(i64::try_from(id).ok()?)?;
        Some(of_listing(listing, id))
    })
}

fn of_listing(listing: &Listing, id: u64) -> Asset {
    Asset {
        id,
        kind: listing.category,
        owner: listing.maker.owner,
        name: listing.name.clone(),
        description: listing.description.clone(),
        versions: vec![Version {
            blob: Blob::Bytes(format!("content of asset {id}").into()),
            created: listing.updated,
        }],
        archived: false,
        extras: BTreeMap::new(),
        public: true,
    }
}

fn seed(id: u64, kind: &'static str, owner: Owner) -> Asset {
    let content = match kind {
        "Image" | "Decal" => Bytes::from_static(PIXEL),
        _ => format!("content of asset {id}").into(),
    };
    let mut extras = BTreeMap::new();
    if id == 500_001 {
        let link = json!({ "title": "Code", "uri": "https://github.com/emulator" });
        let preview = json!({ "asset": "assets/500005", "altText": "A pixel" });
        extras.insert("icon", json!("assets/500005"));
        extras.insert("previews", json!([preview]));
        extras.insert("githubSocialLink", link);
    }
    Asset {
        id,
        kind,
        owner,
        name: format!("Sample {kind}"),
        description: format!("A sample, number {id}."),
        versions: vec![Version {
            blob: Blob::Bytes(content),
            created: Moment {
                seconds: 1_750_000_000,
                nanos: 98_765_400,
                digits: 9,
            },
        }],
        archived: false,
        extras,
        public: false,
    }
}

/// A PNG of one pixel.
const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4,
    0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x62, 0xf8, 0xcf, 0xc0, 0xf0,
    0x1f, 0x00, 0x05, 0x00, 0x01, 0xff, 0x89, 0x99, 0x3d, 0x1d, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
    0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// The fields of an asset that the response to a metadata-only update has.
pub(crate) fn updated_fields(asset: &Asset, mask: &[&'static str]) -> Value {
    let fields: Map<String, Value> = mask
        .iter()
        .filter_map(|name| {
            let value = match *name {
                "displayName" => json!(asset.name),
                "description" => json!(asset.description),
                extra => asset.extras.get(extra)?.clone(),
            };
            Some(((*name).to_owned(), value))
        })
        .collect();
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_enums_become_capitals() {
        assert_eq!(guide_name("ASSET_TYPE", "Decal"), "ASSET_TYPE_DECAL");
        assert_eq!(capitals("MeshPart"), "MESH_PART");
        assert_eq!(capitals("FontFamily"), "FONT_FAMILY");
    }
}
