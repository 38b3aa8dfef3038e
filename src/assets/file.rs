//! [`AssetFile`]: what is uploaded, from a path, from memory, or from a reader.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::AssetType;
use crate::error::{Error, Result};

/// A file to upload. It is streamed: its size does not matter to memory, unless it is in memory already.
///
/// The content type comes from the extension, whatever its case:
///
/// | asset type | extensions |
/// | --- | --- |
/// | Animation | `rbxm` `rbxmx` |
/// | Audio | `mp3` `ogg` `wav` `flac` |
/// | Decal, Image | `png` `jpeg` `jpg` `bmp` `tga` |
/// | Model | `fbx` `gltf` `glb` `rbxm` `rbxmx` |
/// | Video | `mp4` `mov` |
///
/// ```
/// use rblxopencloud::AssetFile;
///
/// let file = AssetFile::from_bytes("sprite.PNG", vec![0x89, b'P', b'N', b'G']);
/// assert_eq!(file.content_type(), Some("image/png"));
/// ```
pub struct AssetFile {
    name: String,
    len: u64,
    content_type: Option<String>,
    source: Source,
}

enum Source {
    Path(PathBuf),
    Bytes(Vec<u8>),
    /// Taken when it is first read from: there is no second time.
    Reader(Mutex<Option<Reader>>),
}

type Reader = Box<dyn Read + Send>;

impl AssetFile {
    /// A file on disk. It is read while it is sent, and again from its start when it is sent again.
    ///
    /// # Errors
    ///
    /// [`is_file`](Error::is_file) when there is no such file, or it may not be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let (_, len) = open_to_read(path)?;
        Ok(Self::new(name, len, Source::Path(path.to_owned())))
    }

    /// A file in memory, with the name that it shall have.
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::new(name.into(), bytes.len() as u64, Source::Bytes(bytes))
    }

    /// Anything that can be read, with the name that it shall have, and exactly how many bytes it gives.
    /// It is read once: a failed upload can be tried again only if nothing of it was read yet.
    #[must_use]
    pub fn from_reader(
        name: impl Into<String>,
        reader: impl Read + Send + 'static,
        len: u64,
    ) -> Self {
        let reader: Reader = Box::new(reader);
        Self::new(name.into(), len, Source::Reader(Mutex::new(Some(reader))))
    }

    fn new(name: String, len: u64, source: Source) -> Self {
        let content_type = format_of(&name).map(|format| format.content_type.to_owned());
        Self {
            name,
            len,
            content_type,
            source,
        }
    }

    /// Sets the content type by hand, such as `model/x-file-mesh-data`. One that the crate does not know
    /// is not checked.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The name that is sent along.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The content type; `None` when the extension is not known and none was set. An asset type that the
    /// crate does not know is then sent with `application/octet-stream`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    pub(crate) fn is_replayable(&self) -> bool {
        match &self.source {
            Source::Path(_) | Source::Bytes(_) => true,
            Source::Reader(reader) => reader
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some(),
        }
    }

    /// The bytes, from their start.
    pub(crate) fn reader(&self) -> Result<Box<dyn Read + Send + '_>> {
        match &self.source {
            Source::Path(path) => {
                let (file, len) = open_to_read(path)?;
                if len != self.len {
                    let why = format!("it has {len} bytes, and had {} before", self.len);
                    return Err(Error::file(&path.to_string_lossy(), io::Error::other(why)));
                }
                Ok(Box::new(file))
            }
            Source::Bytes(bytes) => Ok(Box::new(bytes.as_slice())),
            Source::Reader(source) if self.is_replayable() => Ok(Box::new(TakenOnce {
                source,
                reader: None,
            })),
            Source::Reader(_) => Err(Error::file(&self.name, taken())),
        }
    }

    /// Refuses what the service would refuse, as far as the crate knows.
    pub(super) fn check(&self, accepted: &Accepted) -> Result<()> {
        let refuse = |why: String| Err(Error::InvalidArgument(why));
        let name = &self.name;
        if self.is_empty() {
            return refuse(format!("the file {name:?} is empty"));
        }
        if self.len > accepted.most_bytes {
            return refuse(format!(
                "the file {name:?} has {} bytes; {} takes at most {}",
                self.len, accepted.what, accepted.most_bytes
            ));
        }
        let extensions = || {
            let fitting = FORMATS
                .iter()
                .filter(|format| accepted.content_types.contains(&format.content_type));
            fitting
                .map(|format| format.extension)
                .collect::<Vec<_>>()
                .join(", ")
        };
        match self.content_type() {
            None if accepted.content_types.is_empty() => Ok(()),
            None => refuse(format!(
                "{} takes {}; {name:?} is none of them (with_content_type sets a content type by hand)",
                accepted.what,
                extensions()
            )),
            Some(kind) => {
                let known =
                    kind == MESH_DATA || FORMATS.iter().any(|format| format.content_type == kind);
                if known
                    && !accepted.content_types.is_empty()
                    && !accepted.content_types.contains(&kind)
                {
                    let accepts = match extensions() {
                        none if none.is_empty() => accepted.content_types.join(", "),
                        extensions => extensions,
                    };
                    return refuse(format!(
                        "{} takes {accepts}; {name:?} is {kind}",
                        accepted.what
                    ));
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for AssetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssetFile")
            .field("name", &self.name)
            .field("len", &self.len)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// Opens a file and tells its length. What is not a file is not opened at all: a pipe would wait for
/// its other end.
fn open_to_read(path: &Path) -> Result<(File, u64)> {
    let opened = std::fs::metadata(path).and_then(|metadata| {
        if !metadata.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is not a file",
            ));
        }
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok((file, len))
    });
    opened.map_err(|error| Error::file(&path.to_string_lossy(), error))
}

/// A reader that stays where it is until it is read from, for a try that never gets so far.
struct TakenOnce<'a> {
    source: &'a Mutex<Option<Reader>>,
    reader: Option<Reader>,
}

impl Read for TakenOnce<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reader.is_none() {
            let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
            self.reader = source.take();
        }
        self.reader.as_mut().ok_or_else(taken)?.read(buffer)
    }
}

fn taken() -> io::Error {
    io::Error::other("it is a reader, and was read from already")
}

/// What an upload takes; no content types means any.
pub(super) struct Accepted {
    pub(super) what: String,
    pub(super) content_types: &'static [&'static str],
    pub(super) most_bytes: u64,
}

impl Accepted {
    /// What a new asset of a type may be.
    pub(super) fn to_create(kind: &AssetType) -> Self {
        let content_types: &[&str] = match kind {
            AssetType::Animation => &["model/x-rbxm"],
            AssetType::Audio => &["audio/mpeg", "audio/ogg", "audio/wav", "audio/flac"],
            AssetType::Decal | AssetType::Image => {
                &["image/png", "image/jpeg", "image/bmp", "image/tga"]
            }
            AssetType::Mesh => &[MESH_DATA],
            AssetType::Model => MODELS,
            AssetType::Video => &["video/mp4", "video/mov"],
            _ => &[],
        };
        let most_bytes = match kind {
            AssetType::Video => 3840 << 20, // 3.75 GiB
            _ if content_types.is_empty() => u64::MAX,
            _ => MOST_BYTES,
        };
        Self {
            what: format!("the asset type {kind}"),
            content_types,
            most_bytes,
        }
    }

    /// What the new content of an asset may be: only models can have one.
    pub(super) fn to_update() -> Self {
        Self {
            what: "an update of content".to_owned(),
            content_types: MODELS,
            most_bytes: MOST_BYTES,
        }
    }
}

/// "20 MB", read the way that refuses less.
const MOST_BYTES: u64 = 20 << 20;

const MODELS: &[&str] = &[
    "model/fbx",
    "model/gltf+json",
    "model/gltf-binary",
    "model/x-rbxm",
];

/// What asset delivery gives for a mesh, which has no extension.
const MESH_DATA: &str = "model/x-file-mesh-data";

struct Format {
    extension: &'static str,
    content_type: &'static str,
}

const FORMATS: &[Format] = &[
    Format {
        extension: "mp3",
        content_type: "audio/mpeg",
    },
    Format {
        extension: "ogg",
        content_type: "audio/ogg",
    },
    Format {
        extension: "wav",
        content_type: "audio/wav",
    },
    Format {
        extension: "flac",
        content_type: "audio/flac",
    },
    Format {
        extension: "png",
        content_type: "image/png",
    },
    Format {
        extension: "jpeg",
        content_type: "image/jpeg",
    },
    Format {
        extension: "jpg",
        content_type: "image/jpeg",
    },
    Format {
        extension: "bmp",
        content_type: "image/bmp",
    },
    Format {
        extension: "tga",
        content_type: "image/tga",
    },
    Format {
        extension: "fbx",
        content_type: "model/fbx",
    },
    Format {
        extension: "gltf",
        content_type: "model/gltf+json",
    },
    Format {
        extension: "glb",
        content_type: "model/gltf-binary",
    },
    Format {
        extension: "rbxm",
        content_type: "model/x-rbxm",
    },
    Format {
        extension: "rbxmx",
        content_type: "model/x-rbxm",
    },
    Format {
        extension: "mp4",
        content_type: "video/mp4",
    },
    Format {
        extension: "mov",
        content_type: "video/mov",
    },
];

fn format_of(name: &str) -> Option<&'static Format> {
    let (_, extension) = name.rsplit_once('.')?;
    FORMATS
        .iter()
        .find(|format| format.extension.eq_ignore_ascii_case(extension))
}
