//! The body of an upload: `multipart/form-data`, streamed, of an exact length, and replayable when its file is.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use ureq::http::HeaderValue;

use crate::error::{Error, Result};
use crate::file::AssetFile;

/// Called with the bytes of the file that were sent, and all there are.
pub(crate) type Progress = Box<dyn FnMut(u64, u64) + Send>;

/// A JSON part `request`, and after it a part `fileContent` where there is a file.
pub(crate) struct Multipart {
    content_type: HeaderValue,
    before_file: Vec<u8>,
    file: Option<AssetFile>,
    after_file: Vec<u8>,
    progress: Mutex<Option<Progress>>,
}

impl Multipart {
    pub(crate) fn new(
        request: &impl Serialize,
        file: Option<AssetFile>,
        progress: Option<Progress>,
    ) -> Result<Self> {
        let request = serde_json::to_vec(request).map_err(|error| {
            Error::InvalidArgument(format!("the upload cannot be written as JSON: {error}"))
        })?;
        Self::around(&request, file, progress)
    }

    fn around(request: &[u8], file: Option<AssetFile>, progress: Option<Progress>) -> Result<Self> {
        let boundary = boundary();
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let content_type = HeaderValue::from_str(&content_type)
            .map_err(|_| Error::InvalidArgument("the upload has no boundary".to_owned()))?;
        let mut before_file = Vec::with_capacity(request.len() + 512);
        before_file.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"request\"\r\n\
                 Content-Type: application/json\r\n\r\n"
            )
            .as_bytes(),
        );
        before_file.extend_from_slice(request);
        if let Some(file) = &file {
            let name = escape(file.name());
            let kind = file.content_type().unwrap_or("application/octet-stream");
            if kind.is_empty() || !kind.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return Err(Error::InvalidArgument(format!(
                    "{kind:?} is not a content type"
                )));
            }
            before_file.extend_from_slice(
                format!(
                    "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"fileContent\"; filename=\"{name}\"\r\n\
                     Content-Type: {kind}\r\n\r\n"
                )
                .as_bytes(),
            );
        }
        Ok(Self {
            content_type,
            before_file,
            file,
            after_file: format!("\r\n--{boundary}--\r\n").into_bytes(),
            progress: Mutex::new(progress),
        })
    }

    pub(crate) fn content_type(&self) -> &HeaderValue {
        &self.content_type
    }

    pub(crate) fn length(&self) -> u64 {
        let file = self.file.as_ref().map_or(0, AssetFile::len);
        (self.before_file.len() as u64)
            .saturating_add(file)
            .saturating_add(self.after_file.len() as u64)
    }

    /// Whether the body can be read from its start, which a reader that was begun cannot.
    pub(crate) fn is_replayable(&self) -> bool {
        self.file.as_ref().is_none_or(AssetFile::is_replayable)
    }

    /// The body, from its start.
    pub(crate) fn open(&self) -> Result<MultipartReader<'_>> {
        let file = self.file.as_ref().map(AssetFile::reader).transpose()?;
        Ok(MultipartReader {
            multipart: self,
            before_file: &self.before_file,
            file,
            left: self.file.as_ref().map_or(0, AssetFile::len),
            after_file: &self.after_file,
            failure: None,
        })
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// Reads the body. A file that is not as long as it was said to be ends it with an error, so that the
/// service never takes a part for the whole.
pub(crate) struct MultipartReader<'a> {
    multipart: &'a Multipart,
    before_file: &'a [u8],
    file: Option<Box<dyn Read + Send + 'a>>,
    /// Bytes of the file that are still to come.
    left: u64,
    after_file: &'a [u8],
    failure: Option<io::Error>,
}

impl MultipartReader<'_> {
    /// What is wrong with the file, if that is what ended the reading.
    pub(crate) fn into_failure(self) -> Option<Error> {
        let file = self.multipart.file.as_ref()?;
        self.failure
            .map(|failure| Error::file(file.name(), failure))
    }

    /// The next bytes of the file; 0 when it is at its end, which then is where it should be.
    fn read_file(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else {
            return Ok(0);
        };
        let total = self.multipart.file.as_ref().map_or(0, AssetFile::len);
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = match buffer.get_mut(..most) {
            Some(space) if most > 0 => read_some(file, space)?.min(most),
            _ => 0,
        };
        self.left -= count as u64;
        let sent = total - self.left;
        if count == 0 && self.left > 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("it ended after {sent} of {total} bytes: has it become shorter?"),
            ));
        }
        if self.left == 0 {
            // Before the last bytes are sent, so that the service never gets all of what is too long.
            if read_some(file, &mut [0])? > 0 {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("it goes on after {total} bytes: has it become longer?"),
                ));
            }
            self.file = None;
        }
        let mut progress = self
            .multipart
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = progress.as_mut() {
            progress(sent, total);
        }
        Ok(count)
    }
}

impl Read for MultipartReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if !self.before_file.is_empty() {
            return self.before_file.read(buffer);
        }
        if self.file.is_some() {
            let count = self.read_file(buffer).map_err(|failure| {
                let for_transport = io::Error::new(failure.kind(), "the file could not be read");
                self.failure = Some(failure);
                for_transport
            })?;
            if count > 0 {
                return Ok(count);
            }
        }
        self.after_file.read(buffer)
    }
}

fn read_some(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A line that no file holds but by a chance of 2 to the power of -128.
fn boundary() -> String {
    let random = || RandomState::new().hash_one(0);
    format!("rblxopencloud-{:016x}{:016x}", random(), random())
}

/// A file name for a header: the last part of a path, with what would end the value escaped as browsers do.
fn escape(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut escaped = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '"' => escaped.push_str("%22"),
            control if control.is_control() => {
                let mut bytes = [0; 4];
                for byte in control.encode_utf8(&mut bytes).bytes() {
                    escaped.push_str(&format!("%{byte:02X}"));
                }
            }
            other => escaped.push(other),
        }
    }
    if escaped.is_empty() {
        "file".to_owned()
    } else {
        escaped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_leave_their_header() {
        for (name, escaped) in [
            ("crate.fbx", "crate.fbx"),
            ("a\"; x=\"b.png", "a%22; x=%22b.png"),
            (
                "a\r\nX-Evil: 1\r\n\r\n.png",
                "a%0D%0AX-Evil: 1%0D%0A%0D%0A.png",
            ),
            ("/etc/passwd/x.png", "x.png"),
            ("C:\\dir\\x.png", "x.png"),
            ("日本語 é.png", "日本語 é.png"),
            ("nul\0\u{85}.png", "nul%00%C2%85.png"),
            ("", "file"),
            ("dir/", "file"),
        ] {
            assert_eq!(escape(name), escaped, "{name:?}");
        }
    }

    #[test]
    fn boundaries_differ() {
        assert_ne!(boundary(), boundary());
    }

    #[test]
    fn the_length_is_what_is_read_each_time() {
        let file = AssetFile::from_bytes("a.png", vec![7; 100_000]);
        for multipart in [
            Multipart::new(&(), Some(file), None).unwrap(),
            Multipart::new(&[1], None, None).unwrap(),
        ] {
            let mut whole = Vec::new();
            multipart.open().unwrap().read_to_end(&mut whole).unwrap();
            assert_eq!(whole.len() as u64, multipart.length());
            let mut again = Vec::new();
            multipart.open().unwrap().read_to_end(&mut again).unwrap();
            assert_eq!(whole, again);
        }
    }
}
