//! Files to upload: [`AssetFile`], from a path, from memory, or from a reader.
//!
//! ```
//! use rblxopencloud::AssetFile;
//!
//! let file = AssetFile::from_bytes("sprite.png", b"\x89PNG".as_slice());
//! assert_eq!((file.name(), file.len()), ("sprite.png", 4));
//! ```

pub(crate) mod format;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use format::{Bytes, Kind};

/// A file to upload. It is streamed: its size does not matter to memory, unless it is in memory already.
///
/// The content type is what the file is by its first bytes: a JPEG that is called `icon.png` is sent as
/// `image/jpeg`. They are looked at when the upload is sent. Where they leave a doubt, the extension decides,
/// whatever its case:
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
    /// Whether the content type was set by hand.
    set_by_hand: bool,
    source: Source,
}

enum Source {
    Path(PathBuf),
    Bytes(Vec<u8>),
    /// Taken when it is first read from: there is no second time.
    Reader(Mutex<Option<Peeked>>),
}

/// How far into a reader one can look: what was looked at is kept until it is sent.
const FARTHEST: u64 = 1 << 20;

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

    /// A file in memory, with its name.
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::new(name.into(), bytes.len() as u64, Source::Bytes(bytes))
    }

    /// Anything that can be read, with its name, and exactly how many bytes it gives.
    /// It is read once: a failed upload can be sent again only if nothing of it was sent yet. When it is sent, its
    /// first bytes are looked at, which loses none of them.
    #[must_use]
    pub fn from_reader(
        name: impl Into<String>,
        reader: impl Read + Send + 'static,
        len: u64,
    ) -> Self {
        let reader = Peeked::new(Box::new(reader));
        Self::new(name.into(), len, Source::Reader(Mutex::new(Some(reader))))
    }

    fn new(name: String, len: u64, source: Source) -> Self {
        let content_type = Kind::by_extension(&name).map(|kind| kind.content_type().to_owned());
        Self {
            name,
            len,
            content_type,
            set_by_hand: false,
            source,
        }
    }

    /// Sets the content type by hand, such as `model/x-file-mesh-data`. It is obeyed, whatever the file is by its
    /// bytes. One that the crate does not know is not checked.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self.set_by_hand = true;
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

    /// The content type that was set by hand, or else that the extension says; `None` when it says nothing.
    ///
    /// Nothing is read for it. When the upload is sent, and unless one was set by hand, the first bytes are looked
    /// at: what they say for certain is sent in its place. Without any of these it is `application/octet-stream`,
    /// which only asset types take that the crate does not know.
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

    /// Whether the content type was set by hand.
    pub(crate) fn is_set_by_hand(&self) -> bool {
        self.set_by_hand
    }

    /// Takes the content type that the bytes say for certain.
    pub(crate) fn set_kind(&mut self, kind: Kind) {
        self.content_type = Some(kind.content_type().to_owned());
    }

    /// The bytes, to be looked at without taking any away.
    pub(crate) fn look(&self) -> Result<Look<'_>> {
        Ok(match &self.source {
            Source::Path(path) => Look::File(open_to_read(path)?.0, path, self.len),
            Source::Bytes(bytes) => Look::Bytes(bytes),
            Source::Reader(reader) => Look::Reader(reader, self.len),
        })
    }
}

/// A look at the bytes of a file.
pub(crate) enum Look<'a> {
    File(File, &'a Path, u64),
    Bytes(&'a [u8]),
    Reader(&'a Mutex<Option<Peeked>>, u64),
}

impl Bytes for Look<'_> {
    fn at(&mut self, offset: u64, len: usize) -> Result<Vec<u8>> {
        let part = |bytes: &[u8]| {
            let bytes = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
            let bytes = bytes.unwrap_or_default();
            bytes.get(..len).unwrap_or(bytes).to_vec()
        };
        match self {
            Self::File(file, path, _) => {
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(offset))
                    .and_then(|_| file.take(len as u64).read_to_end(&mut bytes))
                    .map_err(|error| Error::file(&path.to_string_lossy(), error))?;
                Ok(bytes)
            }
            Self::Bytes(bytes) => Ok(part(bytes)),
            Self::Reader(reader, whole) => {
                let end = offset.saturating_add(len as u64).min(*whole);
                if end > FARTHEST {
                    return Ok(Vec::new());
                }
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(reader.as_mut().map_or_else(Vec::new, |reader| {
                    part(reader.peek(usize::try_from(end).unwrap_or_default()))
                }))
            }
        }
    }

    fn size(&self) -> u64 {
        match self {
            Self::File(_, _, len) | Self::Reader(_, len) => *len,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// A reader whose first bytes can be looked at before they are read.
pub(crate) struct Peeked {
    /// What was looked at, and how much of it was read since.
    head: Vec<u8>,
    read: usize,
    /// What ended the look, to come up again where it did.
    failure: Option<io::Error>,
    at_end: bool,
    rest: Box<dyn Read + Send>,
}

impl Peeked {
    fn new(rest: Box<dyn Read + Send>) -> Self {
        Self {
            head: Vec::new(),
            read: 0,
            failure: None,
            at_end: false,
            rest,
        }
    }

    /// So many of the first bytes, or as many as there are.
    fn peek(&mut self, len: usize) -> &[u8] {
        let mut part = [0; 4 << 10];
        while self.head.len() < len && self.failure.is_none() && !self.at_end {
            let most = part.len().min(len - self.head.len());
            let Some(space) = part.get_mut(..most) else {
                break;
            };
            match self.rest.read(space) {
                Ok(0) => self.at_end = true,
                // A reader may claim more than there was room for.
                Ok(count) => self.head.extend(space.iter().take(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error),
            }
        }
        &self.head
    }
}

impl Read for Peeked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut head = self.head.get(self.read..).unwrap_or_default();
        if !head.is_empty() {
            let count = head.read(buffer)?;
            self.read += count;
            return Ok(count);
        }
        // What was looked at is sent, and needs no memory any more.
        self.head = Vec::new();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.at_end {
            return Ok(0);
        }
        self.rest.read(buffer)
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

/// A reader that stays where it is until it is read from, for an attempt that never gets so far.
struct TakenOnce<'a> {
    source: &'a Mutex<Option<Peeked>>,
    reader: Option<Peeked>,
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
