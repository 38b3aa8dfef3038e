//! [`FileBody`]: a body with a file in it, as a form or alone; streamed, of an exact length, and replayable when its
//! file is.

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

/// A form with text parts and at most one file after them, or a file as the whole body.
pub(crate) struct FileBody {
    content_type: HeaderValue,
    before_file: Vec<u8>,
    file: Option<AssetFile>,
    after_file: Vec<u8>,
    progress: Mutex<Option<Progress>>,
}

impl FileBody {
    /// The form of an upload: a JSON part `request`, and behind it a part `fileContent` where there is a file.
    pub(crate) fn request(
        request: &impl Serialize,
        file: Option<AssetFile>,
        progress: Option<Progress>,
    ) -> Result<Self> {
        let request = serde_json::to_vec(request).map_err(|error| {
            Error::InvalidArgument(format!("the upload cannot be written as JSON: {error}"))
        })?;
        let part = ("request", "application/json", request.as_slice());
        Self::form([part], file.map(|file| ("fileContent", file)), progress)
    }

    /// `multipart/form-data`: parts of a name, a content type and bytes each, and behind them a file under a name.
    pub(crate) fn form<'a>(
        parts: impl IntoIterator<Item = (&'a str, &'a str, &'a [u8])>,
        file: Option<(&str, AssetFile)>,
        progress: Option<Progress>,
    ) -> Result<Self> {
        let boundary = boundary();
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let content_type = HeaderValue::from_str(&content_type)
            .map_err(|_| Error::InvalidArgument("the form has no boundary".to_owned()))?;
        let mut before_file = Vec::new();
        // A form begins with its first boundary, and each part after it ends the one before.
        let mut line_end = "";
        for (name, kind, bytes) in parts {
            let name = escape(name);
            before_file.extend_from_slice(
                format!(
                    "{line_end}--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n"
                )
                .as_bytes(),
            );
            if !kind.is_empty() {
                before_file.extend_from_slice(format!("Content-Type: {kind}\r\n").as_bytes());
            }
            before_file.extend_from_slice(b"\r\n");
            before_file.extend_from_slice(bytes);
            line_end = "\r\n";
        }
        if let Some((part, file)) = &file {
            let (part, name) = (escape(part), file_name(file.name()));
            let kind = content_type_of(file)?;
            before_file.extend_from_slice(
                format!(
                    "{line_end}--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; \
                     filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
                )
                .as_bytes(),
            );
            line_end = "\r\n";
        }
        Ok(Self {
            content_type,
            before_file,
            file: file.map(|(_, file)| file),
            after_file: format!("{line_end}--{boundary}--\r\n").into_bytes(),
            progress: Mutex::new(progress),
        })
    }

    /// A file as the whole body.
    pub(crate) fn whole(file: AssetFile) -> Result<Self> {
        let content_type = HeaderValue::from_str(content_type_of(&file)?);
        let content_type = content_type.map_err(|_| {
            Error::InvalidArgument("the file has no content type that can be sent".to_owned())
        })?;
        Ok(Self {
            content_type,
            before_file: Vec::new(),
            file: Some(file),
            after_file: Vec::new(),
            progress: Mutex::new(None),
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

    /// Whether the body can be read from its start, which a reader that was read from cannot.
    pub(crate) fn is_replayable(&self) -> bool {
        self.file.as_ref().is_none_or(AssetFile::is_replayable)
    }

    /// The body, from its start.
    pub(crate) fn open(&self) -> Result<FileBodyReader<'_>> {
        let file = self.file.as_ref().map(AssetFile::reader).transpose()?;
        Ok(FileBodyReader {
            body: self,
            before_file: &self.before_file,
            file,
            left: self.file.as_ref().map_or(0, AssetFile::len),
            after_file: &self.after_file,
            failure: None,
        })
    }
}

impl fmt::Debug for FileBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileBody")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// Reads the body. A file that is not as long as it was said to be ends it with an error, so that the
/// service never takes a part for the whole.
pub(crate) struct FileBodyReader<'a> {
    body: &'a FileBody,
    before_file: &'a [u8],
    file: Option<Box<dyn Read + Send + 'a>>,
    /// Bytes of the file that are still to come.
    left: u64,
    after_file: &'a [u8],
    failure: Option<io::Error>,
}

impl FileBodyReader<'_> {
    /// What is wrong with the file, if that is what ended the reading.
    pub(crate) fn into_failure(self) -> Option<Error> {
        let file = self.body.file.as_ref()?;
        self.failure
            .map(|failure| Error::file(file.name(), failure))
    }

    /// The next bytes of the file; 0 when it is at its end, which then is where it should be.
    fn read_file(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else {
            return Ok(0);
        };
        let total = self.body.file.as_ref().map_or(0, AssetFile::len);
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
            .body
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = progress.as_mut() {
            progress(sent, total);
        }
        Ok(count)
    }
}

impl Read for FileBodyReader<'_> {
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

fn content_type_of(file: &AssetFile) -> Result<&str> {
    let kind = file.content_type().unwrap_or("application/octet-stream");
    if kind.is_empty() || !kind.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Error::InvalidArgument(format!(
            "{kind:?} is not a content type"
        )));
    }
    Ok(kind)
}

/// A file name for a header: the last part of a path.
fn file_name(path: &str) -> String {
    match path.rsplit(['/', '\\']).next() {
        None | Some("") => "file".to_owned(),
        Some(name) => escape(name),
    }
}

/// A name for a header, with what would end the value escaped as browsers do.
fn escape(name: &str) -> String {
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
    escaped
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
            assert_eq!(file_name(name), escaped, "{name:?}");
        }
    }

    #[test]
    fn boundaries_differ() {
        assert_ne!(boundary(), boundary());
    }

    #[test]
    fn the_length_is_what_is_read_each_time() {
        let file = AssetFile::from_bytes("a.png", vec![7; 100_000]);
        for body in [
            FileBody::request(&(), Some(file), None).unwrap(),
            FileBody::request(&[1], None, None).unwrap(),
            FileBody::whole(AssetFile::from_bytes("a.bin", "abc")).unwrap(),
            FileBody::form([], None, None).unwrap(),
        ] {
            let mut whole = Vec::new();
            body.open().unwrap().read_to_end(&mut whole).unwrap();
            assert_eq!(whole.len() as u64, body.length());
            let mut again = Vec::new();
            body.open().unwrap().read_to_end(&mut again).unwrap();
            assert_eq!(whole, again);
        }
    }
}
