//! Things that go wrong on purpose.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use crate::lock;

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The request is not acted on, and the response is exactly this.
    Status {
        /// The status.
        status: u16,
        /// More headers, such as `retry-after`.
        headers: Vec<(String, String)>,
        /// The content type, if there shall be one.
        content_type: Option<String>,
        /// The body.
        body: Vec<u8>,
    },
    /// The request is not acted on; the response has the status 200 and, in the gateway's format,
    /// an error in its body.
    OkWithError {
        /// The code of the error.
        code: i32,
        /// What the error says.
        message: String,
    },
    /// The response is as usual, but this much later.
    Delay(Duration),
    /// The request is read and not acted on; the connection is closed without a response.
    CutBeforeResponse,
    /// The request is acted on; the connection is closed without a response.
    CutAfterActing,
    /// The request is acted on; the connection is closed after the head and half of the body of
    /// the response.
    CutDuringResponse,
}

impl Fault {
    /// A response without a body, not acted on.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            headers: Vec::new(),
            content_type: None,
            body: Vec::new(),
        }
    }

    /// A JSON response, not acted on.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Status {
            status,
            headers: Vec::new(),
            content_type: Some("application/json".to_owned()),
            body: body.to_string().into_bytes(),
        }
    }

    /// Adds a header, if this is a status.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }
}

/// The faults to come, in order.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    queue: Mutex<VecDeque<Planned>>,
}

#[derive(Debug)]
struct Planned {
    /// Only requests whose path holds this text are hit.
    path_part: String,
    left: usize,
    fault: Fault,
}

impl Faults {
    pub(crate) fn plan(&self, path_part: &str, times: usize, fault: Fault) {
        lock(&self.queue).push_back(Planned {
            path_part: path_part.to_owned(),
            left: times,
            fault,
        });
    }

    pub(crate) fn clear(&self) {
        lock(&self.queue).clear();
    }

    /// The fault for a request, which is used up.
    pub(crate) fn take(&self, path: &str) -> Option<Fault> {
        let mut queue = lock(&self.queue);
        queue.retain(|planned| planned.left > 0);
        let planned = queue
            .iter_mut()
            .find(|planned| path.contains(&planned.path_part))?;
        planned.left -= 1;
        Some(planned.fault.clone())
    }
}
