//! [`AssetType`], in every spelling the services use.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::Printable;
use crate::wire::{FromScalar, Scalar, letters, text_or_number};

/// What kind of asset something is.
///
/// The services write the same type in several ways: `MeshPart`, `MESH_PART`, `ASSET_TYPE_MESH_PART`, and
/// the number 40 of the engine's `Enum.AssetType`. All of them become one value, in any case, and text that is
/// not known is kept.
///
/// ```
/// use rblxopencloud::AssetType;
///
/// for spelling in ["MeshPart", "MESH_PART", "mesh-part", "ASSET_TYPE_MESH_PART", "40"] {
///     assert_eq!(AssetType::from(spelling), AssetType::MeshPart);
/// }
/// assert_eq!(AssetType::MeshPart.as_str(), "MeshPart");
/// assert_eq!(AssetType::MeshPart.legacy_id(), Some(40));
/// assert_eq!(AssetType::from("Hologram").as_str(), "Hologram");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "the variants are the names of Enum.AssetType, and say what they are"
)]
pub enum AssetType {
    Image,
    TShirt,
    Audio,
    Mesh,
    Lua,
    Hat,
    Place,
    Model,
    Shirt,
    Pants,
    Decal,
    Head,
    Face,
    Gear,
    Badge,
    Animation,
    Torso,
    RightArm,
    LeftArm,
    LeftLeg,
    RightLeg,
    Package,
    GamePass,
    Plugin,
    MeshPart,
    HairAccessory,
    FaceAccessory,
    NeckAccessory,
    ShoulderAccessory,
    FrontAccessory,
    BackAccessory,
    WaistAccessory,
    ClimbAnimation,
    DeathAnimation,
    FallAnimation,
    IdleAnimation,
    JumpAnimation,
    RunAnimation,
    SwimAnimation,
    WalkAnimation,
    PoseAnimation,
    EarAccessory,
    EyeAccessory,
    EmoteAnimation,
    Video,
    TShirtAccessory,
    ShirtAccessory,
    PantsAccessory,
    JacketAccessory,
    SweaterAccessory,
    ShortsAccessory,
    LeftShoeAccessory,
    RightShoeAccessory,
    DressSkirtAccessory,
    FontFamily,
    EyebrowAccessory,
    EyelashAccessory,
    MoodAnimation,
    DynamicHead,
    FaceMakeup,
    LipMakeup,
    EyeMakeup,
    YoutubeVideo,
    App,
    Code,
    SolidModel,
    LocalizationTableManifest,
    LocalizationTableTranslation,
    TexturePack,
    FontFace,
    MeshHiddenSurfaceRemoval,
    CodeSnippet,
    AdsVideo,
    StorePreviewVideo,
    /// A type that this version of the crate does not know, as it came. It may become a variant of its
    /// own in a minor release.
    Unknown(String),
}

/// Every known type, its name on the wire, and its number where the engine gives it one.
const KNOWN: &[(AssetType, &str, u16)] = &[
    (AssetType::Image, "Image", 1),
    (AssetType::TShirt, "TShirt", 2),
    (AssetType::Audio, "Audio", 3),
    (AssetType::Mesh, "Mesh", 4),
    (AssetType::Lua, "Lua", 5),
    (AssetType::Hat, "Hat", 8),
    (AssetType::Place, "Place", 9),
    (AssetType::Model, "Model", 10),
    (AssetType::Shirt, "Shirt", 11),
    (AssetType::Pants, "Pants", 12),
    (AssetType::Decal, "Decal", 13),
    (AssetType::Head, "Head", 17),
    (AssetType::Face, "Face", 18),
    (AssetType::Gear, "Gear", 19),
    (AssetType::Badge, "Badge", 21),
    (AssetType::Animation, "Animation", 24),
    (AssetType::Torso, "Torso", 27),
    (AssetType::RightArm, "RightArm", 28),
    (AssetType::LeftArm, "LeftArm", 29),
    (AssetType::LeftLeg, "LeftLeg", 30),
    (AssetType::RightLeg, "RightLeg", 31),
    (AssetType::Package, "Package", 32),
    (AssetType::GamePass, "GamePass", 34),
    (AssetType::Plugin, "Plugin", 38),
    (AssetType::MeshPart, "MeshPart", 40),
    (AssetType::HairAccessory, "HairAccessory", 41),
    (AssetType::FaceAccessory, "FaceAccessory", 42),
    (AssetType::NeckAccessory, "NeckAccessory", 43),
    (AssetType::ShoulderAccessory, "ShoulderAccessory", 44),
    (AssetType::FrontAccessory, "FrontAccessory", 45),
    (AssetType::BackAccessory, "BackAccessory", 46),
    (AssetType::WaistAccessory, "WaistAccessory", 47),
    (AssetType::ClimbAnimation, "ClimbAnimation", 48),
    (AssetType::DeathAnimation, "DeathAnimation", 49),
    (AssetType::FallAnimation, "FallAnimation", 50),
    (AssetType::IdleAnimation, "IdleAnimation", 51),
    (AssetType::JumpAnimation, "JumpAnimation", 52),
    (AssetType::RunAnimation, "RunAnimation", 53),
    (AssetType::SwimAnimation, "SwimAnimation", 54),
    (AssetType::WalkAnimation, "WalkAnimation", 55),
    (AssetType::PoseAnimation, "PoseAnimation", 56),
    (AssetType::EarAccessory, "EarAccessory", 57),
    (AssetType::EyeAccessory, "EyeAccessory", 58),
    (AssetType::EmoteAnimation, "EmoteAnimation", 61),
    (AssetType::Video, "Video", 62),
    (AssetType::TShirtAccessory, "TShirtAccessory", 64),
    (AssetType::ShirtAccessory, "ShirtAccessory", 65),
    (AssetType::PantsAccessory, "PantsAccessory", 66),
    (AssetType::JacketAccessory, "JacketAccessory", 67),
    (AssetType::SweaterAccessory, "SweaterAccessory", 68),
    (AssetType::ShortsAccessory, "ShortsAccessory", 69),
    (AssetType::LeftShoeAccessory, "LeftShoeAccessory", 70),
    (AssetType::RightShoeAccessory, "RightShoeAccessory", 71),
    (AssetType::DressSkirtAccessory, "DressSkirtAccessory", 72),
    (AssetType::FontFamily, "FontFamily", 73),
    (AssetType::EyebrowAccessory, "EyebrowAccessory", 76),
    (AssetType::EyelashAccessory, "EyelashAccessory", 77),
    (AssetType::MoodAnimation, "MoodAnimation", 78),
    (AssetType::DynamicHead, "DynamicHead", 79),
    (AssetType::FaceMakeup, "FaceMakeup", 88),
    (AssetType::LipMakeup, "LipMakeup", 89),
    (AssetType::EyeMakeup, "EyeMakeup", 90),
    (AssetType::YoutubeVideo, "YoutubeVideo", 0),
    (AssetType::App, "App", 0),
    (AssetType::Code, "Code", 0),
    (AssetType::SolidModel, "SolidModel", 0),
    (
        AssetType::LocalizationTableManifest,
        "LocalizationTableManifest",
        0,
    ),
    (
        AssetType::LocalizationTableTranslation,
        "LocalizationTableTranslation",
        0,
    ),
    (AssetType::TexturePack, "TexturePack", 0),
    (AssetType::FontFace, "FontFace", 0),
    (
        AssetType::MeshHiddenSurfaceRemoval,
        "MeshHiddenSurfaceRemoval",
        0,
    ),
    (AssetType::CodeSnippet, "CodeSnippet", 0),
    (AssetType::AdsVideo, "AdsVideo", 0),
    (AssetType::StorePreviewVideo, "StorePreviewVideo", 0),
];

/// Names that mean a type under another name.
const OTHER_NAMES: &[(&str, AssetType)] = &[
    ("ClassicTShirt", AssetType::TShirt),
    ("ClassicShirt", AssetType::Shirt),
    ("ClassicPants", AssetType::Pants),
    ("ClassicHead", AssetType::Head),
    ("HatAccessory", AssetType::Hat),
];

impl AssetType {
    /// The name, as the services that take one expect it: `MeshPart`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown(text) => text,
            known => KNOWN
                .iter()
                .find(|(kind, ..)| kind == known)
                .map_or("Unknown", |(_, name, _)| name),
        }
    }

    /// The number of the type in the engine's `Enum.AssetType`, where it has one.
    #[must_use]
    pub fn legacy_id(&self) -> Option<u16> {
        KNOWN
            .iter()
            .find(|(kind, ..)| kind == self)
            .map(|(.., id)| *id)
            .filter(|id| *id > 0)
    }

    /// Every type that this version knows.
    pub fn known() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|(kind, ..)| kind.clone())
    }

    fn find(text: &str) -> Option<Self> {
        let named = |name: &str| {
            KNOWN
                .iter()
                .find(|(_, known, _)| *known == name)
                .map(|(kind, ..)| kind.clone())
        };
        if let Ok(id) = text.parse::<u16>() {
            return KNOWN
                .iter()
                .find(|(.., known)| *known == id && id > 0)
                .map(|(kind, ..)| kind.clone());
        }
        if let Some(kind) = named(text) {
            return Some(kind);
        }
        const PREFIX: &str = "assettype";
        let has_prefix = letters(text).take(PREFIX.len()).eq(PREFIX.bytes());
        let prefix = if has_prefix { PREFIX.len() } else { 0 };
        let same = |name: &str| letters(text).skip(prefix).eq(letters(name));
        let known = KNOWN.iter().map(|(kind, name, _)| (*name, kind));
        let others = OTHER_NAMES.iter().map(|(name, kind)| (*name, kind));
        known
            .chain(others)
            .find(|(name, _)| same(name))
            .map(|(_, kind)| kind.clone())
    }
}

impl From<&str> for AssetType {
    /// Takes every spelling of the service and of the Python library, in any case. Never fails: text that
    /// is not known is kept as `Unknown`.
    fn from(text: &str) -> Self {
        Self::find(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }
}

impl From<String> for AssetType {
    fn from(text: String) -> Self {
        Self::find(&text).unwrap_or(Self::Unknown(text))
    }
}

impl From<&Self> for AssetType {
    fn from(kind: &Self) -> Self {
        kind.clone()
    }
}

impl std::str::FromStr for AssetType {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text))
    }
}

impl fmt::Display for AssetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) => f.pad(&Printable(text).to_string()),
            known => f.pad(known.as_str()),
        }
    }
}

impl Serialize for AssetType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromScalar for AssetType {
    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        scalar.with_text(|text| Self::from(text))
    }
}

impl<'de> Deserialize<'de> for AssetType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_number(deserializer, |text| Self::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screaming(name: &str) -> String {
        let mut text = String::new();
        for (at, letter) in name.char_indices() {
            if at > 0 && letter.is_uppercase() {
                text.push('_');
            }
            text.extend(letter.to_uppercase());
        }
        text
    }

    #[test]
    fn every_type_round_trips_in_every_spelling() {
        for kind in AssetType::known() {
            let name = kind.as_str().to_owned();
            assert_eq!(format!("{kind:?}"), name);
            let mut spellings = vec![name.clone(), screaming(&name), name.to_uppercase()];
            spellings.push(format!("ASSET_TYPE_{}", screaming(&name)));
            spellings.push(screaming(&name).to_lowercase().replace('_', "-"));
            spellings.push(format!("AssetType{name}"));
            spellings.extend(kind.legacy_id().map(|id| id.to_string()));
            for spelling in spellings {
                assert_eq!(AssetType::from(spelling.as_str()), kind, "{spelling}");
                assert_eq!(AssetType::from(spelling.clone()), kind, "{spelling}");
            }
        }
        assert_eq!(
            AssetType::from("TSHIRT_ACCESSORY"),
            AssetType::TShirtAccessory
        );
        assert_eq!(AssetType::from("CLASSIC_TSHIRT"), AssetType::TShirt);
    }

    #[test]
    fn what_is_not_known_is_kept() {
        for text in [
            "",
            "0",
            "999",
            "-1",
            "ASSET_TYPE_UNSPECIFIED",
            "Decals",
            "Deca",
            "Unknown",
            "AssetType",
        ] {
            assert_eq!(AssetType::from(text), AssetType::Unknown(text.to_owned()));
            assert_eq!(AssetType::from(text).as_str(), text);
        }
    }

    #[test]
    fn numbers_and_text_are_read_from_json() {
        let read = |json: &str| serde_json::from_str::<AssetType>(json).unwrap();
        assert_eq!(read("3"), AssetType::Audio);
        assert_eq!(read("\"Audio\""), AssetType::Audio);
        assert_eq!(read("12345"), AssetType::Unknown("12345".to_owned()));
        assert_eq!(
            serde_json::to_string(&AssetType::Audio).unwrap(),
            "\"Audio\""
        );
    }
}
