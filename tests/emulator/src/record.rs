//! What was asked, kept for tests to look at.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::lock;
use crate::query;

/// How much of a body is kept.
const KEPT: usize = 1 << 20;

/// A request that an emulator received.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, in capitals.
    pub method: String,
    /// The path as it was sent, not decoded.
    pub path: String,
    /// The query as it was sent, not decoded, without the question mark.
    pub query: Option<String>,
    /// The headers in order, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, or its first 1 MiB.
    pub body: Vec<u8>,
    /// How many bytes of body were received.
    pub body_length: u64,
    /// The status of its response: `None` while it is being worked on, and for ever if the
    /// connection was closed without a response.
    pub status: Option<u16>,
    /// The number of the TCP connection it came in on, from 1.
    pub connection: u64,
    /// Whether it was sent to the second listener, the emulator's content delivery network.
    pub to_delivery: bool,
}

impl RecordedRequest {
    /// The query, decoded.
    #[must_use]
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        query::decode(self.query.as_deref())
    }

    /// The first header of this name, whose case does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// If the body is not JSON, or longer than the 1 MiB that are kept.
    pub fn json(&self) -> serde_json::Result<Value> {
        serde_json::from_slice(&self.body)
    }
}

impl fmt::Debug for RecordedRequest {
    /// Leaves out what may hold a credential: the body and the values of the headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &names)
            .field("body_length", &self.body_length)
            .field("status", &self.status)
            .field("connection", &self.connection)
            .field("to_delivery", &self.to_delivery)
            .finish_non_exhaustive()
    }
}

/// Every request so far.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    entries: Mutex<Vec<Entry>>,
}

/// A request that is being recorded.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    request: Arc<Mutex<RecordedRequest>>,
}

impl Recorder {
    pub(crate) fn begin(&self, request: RecordedRequest) -> Entry {
        let entry = Entry {
            request: Arc::new(Mutex::new(request)),
        };
        lock(&self.entries).push(entry.clone());
        entry
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        lock(&self.entries)
            .iter()
            .map(|entry| lock(&entry.request).clone())
            .collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
    }
}

impl Entry {
    pub(crate) fn received(&self, chunk: &[u8]) {
        let mut request = lock(&self.request);
        request.body_length += chunk.len() as u64;
        let room = KEPT.saturating_sub(request.body.len());
        request.body.extend(chunk.iter().take(room));
    }

    pub(crate) fn responded(&self, status: u16) {
        lock(&self.request).status = Some(status);
    }
}
