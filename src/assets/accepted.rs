//! What an upload takes: kinds of files, sizes, pixels and lengths, by the type of the asset.

mod media;

use super::AssetType;
use crate::check::{Invalid, list};
use crate::error::{Error, Result};
use crate::file::AssetFile;
use crate::file::format::{Bytes, Kind, text_or_document};

/// What an upload takes.
pub(super) struct Accepted {
    what: String,
    /// None at all means any.
    content_types: &'static [&'static str],
    most_bytes: u64,
    /// Images must be smaller on both sides.
    too_many_pixels: Option<u32>,
    most_seconds: Option<u64>,
}

/// The types that can be uploaded.
const UPLOADED_TYPES: &[AssetType] = &[
    AssetType::Animation,
    AssetType::Audio,
    AssetType::Decal,
    AssetType::Image,
    AssetType::Mesh,
    AssetType::Model,
    AssetType::Video,
];

impl Accepted {
    /// What a new asset of a type may be. A type that the crate does not know may be one of a newer service.
    pub(super) fn to_create(kind: &AssetType) -> Result<Self, Invalid> {
        let content_types: &[&str] = match kind {
            AssetType::Animation => &["model/x-rbxm"],
            AssetType::Audio => &["audio/mpeg", "audio/ogg", "audio/wav", "audio/flac"],
            AssetType::Decal | AssetType::Image => {
                &["image/png", "image/jpeg", "image/bmp", "image/tga"]
            }
            AssetType::Mesh => &[MESH_DATA],
            AssetType::Model => MODELS,
            AssetType::Video => &["video/mp4", "video/mov"],
            AssetType::Unknown(_) => &[],
            _ => {
                return Err(Invalid(format!(
                    "the asset type {kind} cannot be uploaded; {} can (unchecked sends it all the same)",
                    list(UPLOADED_TYPES)
                )));
            }
        };
        Ok(Self {
            what: match kind {
                AssetType::Unknown(text) => format!("the asset type {text:?}"),
                known => format!("the asset type {known}"),
            },
            content_types,
            most_bytes: match kind {
                AssetType::Unknown(_) => u64::MAX,
                AssetType::Video => 3840 << 20, // 3.75 GiB
                _ => MOST_BYTES,
            },
            too_many_pixels: matches!(kind, AssetType::Decal | AssetType::Image).then_some(8_000),
            most_seconds: match kind {
                AssetType::Audio => Some(7 * 60),
                AssetType::Video => Some(5 * 60),
                _ => None,
            },
        })
    }

    /// What the new content of an asset may be: only models can have one.
    pub(super) fn to_update() -> Self {
        Self {
            what: "an update of content".to_owned(),
            content_types: MODELS,
            most_bytes: MOST_BYTES,
            too_many_pixels: None,
            most_seconds: None,
        }
    }

    /// Checks a file, which takes its content type from the bytes where they are certain.
    pub(super) fn check(&self, file: &mut AssetFile) -> Result<()> {
        let Self { what, .. } = self;
        let invalid = |why: String| Err(Error::InvalidArgument(why));
        if file.is_empty() {
            return invalid(format!("the file {:?} is empty", file.name()));
        }
        if file.len() > self.most_bytes {
            return invalid(format!(
                "the file {:?} has {} bytes; {what} takes at most {} bytes ({})",
                file.name(),
                file.len(),
                self.most_bytes,
                mebibytes(self.most_bytes)
            ));
        }
        let mut look = file.look()?;
        let certain = Kind::by_bytes(&mut look)?;
        let by_extension = Kind::by_extension(file.name());
        if !self.takes_anything() {
            match file.content_type() {
                Some(own) if file.is_set_by_hand() => self.check_by_hand(file.name(), own)?,
                _ => {
                    if certain.is_none() && self.is_for_media() {
                        self.check_for_text(file.name(), &mut look)?;
                    }
                    self.check_kind(file.name(), certain, by_extension)?;
                }
            }
        }
        // A TGA image need not have a signature.
        let kind = certain.or(by_extension.filter(|kind| *kind == Kind::Tga));
        if let Some(kind) = kind {
            self.check_media(file.name(), kind, &mut look)?;
        }
        if let Some(kind) = certain.filter(|_| !file.is_set_by_hand()) {
            file.set_kind(kind);
        }
        Ok(())
    }

    fn takes_anything(&self) -> bool {
        self.content_types.is_empty()
    }

    /// What the files are called, or which content type they need.
    fn in_words(&self) -> String {
        match Kind::extensions(self.content_types) {
            none if none.is_empty() => format!(
                "the content type {}, set with with_content_type",
                list(self.content_types)
            ),
            extensions => extensions.join(", "),
        }
    }

    /// Checks a content type that was set by hand. One that is not known may be of a newer service.
    fn check_by_hand(&self, name: &str, own: &str) -> Result<(), Invalid> {
        let is_known = own == MESH_DATA || Kind::has_content_type(own);
        if !is_known || self.content_types.contains(&own) {
            return Ok(());
        }
        Err(Invalid(format!(
            "the file {name:?} was given the content type {own}; {} takes {}",
            self.what,
            self.in_words()
        )))
    }

    /// Images, recordings and videos alone, which are never text.
    fn is_for_media(&self) -> bool {
        let media = ["image/", "audio/", "video/"];
        let is_media = |kind: &&str| media.iter().any(|start| kind.starts_with(start));
        self.content_types.iter().all(is_media)
    }

    /// Finds text and documents under the name of an image, a recording or a video.
    fn check_for_text(&self, name: &str, bytes: &mut impl Bytes) -> Result<()> {
        match text_or_document(bytes)? {
            Some(is) => Err(Error::from(Invalid(format!(
                "the file {name:?} is {is}; {} takes {}",
                self.what,
                self.in_words()
            )))),
            None => Ok(()),
        }
    }

    /// Checks the kind of a file. What is certain counts, whatever the extension says.
    fn check_kind(
        &self,
        name: &str,
        certain: Option<Kind>,
        by_extension: Option<Kind>,
    ) -> Result<(), Invalid> {
        let kind = certain.or(by_extension);
        if kind.is_some_and(|kind| self.content_types.contains(&kind.content_type())) {
            return Ok(());
        }
        let is = match (kind, certain) {
            (Some(kind), Some(_)) => kind.in_words().to_owned(),
            (Some(kind), None) => format!("{} by its extension", kind.in_words()),
            (None, _) => "of no kind that its first bytes or its extension tell".to_owned(),
        };
        Err(Invalid(format!(
            "the file {name:?} is {is}; {} takes {}",
            self.what,
            self.in_words()
        )))
    }

    /// Checks the size of an image, and the length of a recording.
    fn check_media(&self, name: &str, kind: Kind, bytes: &mut impl Bytes) -> Result<()> {
        let Self { what, .. } = self;
        if let Some(limit) = self.too_many_pixels {
            match media::pixels(kind, bytes)? {
                Some((width, height)) if width.max(height) >= limit => {
                    return Err(Error::InvalidArgument(format!(
                        "the image {name:?} has {width} x {height} pixels; {what} takes fewer than \
                         {limit} x {limit} pixels"
                    )));
                }
                _ => {}
            }
        }
        if let Some(most) = self.most_seconds {
            match media::seconds(kind, bytes)? {
                Some(seconds) if seconds > most => {
                    return Err(Error::InvalidArgument(format!(
                        "the file {name:?} plays for {seconds} seconds; {what} takes at most {most} seconds \
                         ({} minutes)",
                        most / 60
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// `20 MiB`, `3.75 GiB`
fn mebibytes(bytes: u64) -> String {
    match bytes >> 20 {
        mebibytes if mebibytes >= 1024 => format!("{} GiB", mebibytes as f64 / 1024.0),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

/// "20 MB", read the way that rejects less.
const MOST_BYTES: u64 = 20 << 20;

const MODELS: &[&str] = &[
    "model/fbx",
    "model/gltf+json",
    "model/gltf-binary",
    "model/x-rbxm",
];

/// What asset delivery gives for a mesh, which has no extension.
const MESH_DATA: &str = "model/x-file-mesh-data";
