//! [`Stream`]: a response's body, read as it comes.

use std::io::{self, Read};

use super::Request;
use super::broken::{Broken, Stage};
use crate::error::Error;

/// The body of a good response, not yet read.
pub(crate) struct Stream {
    pub(super) reader: Box<dyn Read + Send + Sync>,
    pub(super) content_length: Option<u64>,
    pub(super) request: Request,
    pub(super) uri: ureq::http::Uri,
    pub(super) attempts: u32,
}

impl Stream {
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// The error for a body that ended too early.
    pub(crate) fn broken(&self, error: io::Error) -> Error {
        self.request.transport_error(
            &self.uri,
            self.attempts,
            Broken::new(ureq::Error::from(error), Stage::Body),
        )
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}
