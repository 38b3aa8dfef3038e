//! [`Sending`]: what one attempt to send a request shares with the connection that sends it.

use std::cell::Cell;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ureq::http::Response;

use super::placeholder::Secrets;

thread_local! {
    /// `ureq` tells a connection nothing of the request, but sends it in the thread that calls it.
    static CURRENT: Cell<Option<Arc<Progress>>> = const { Cell::new(None) };
}

/// One attempt to send a request.
pub(super) struct Sending {
    progress: Arc<Progress>,
    body_length: u64,
}

/// How far an attempt got, as the connection knows it.
#[derive(Default)]
pub(super) struct Progress(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    secrets: Secrets,
    /// The end of what there was of the head, if it may be the beginning of a placeholder.
    held: Vec<u8>,
    pub(super) head: HeadEnd,
    has_body: bool,
    /// Some of the body may have left.
    pub(super) body_begun: bool,
    body_sent: u64,
    /// The service responded and takes no more: the rest of the body is not sent.
    stopped: bool,
    /// Why the rest could not be sent.
    failure: Option<ureq::Error>,
    /// The service responded with success before it had the whole body.
    succeeded_early: bool,
    /// The status line of the response speaks of the expectation.
    pub(super) expectation_named: bool,
}

impl Sending {
    pub(super) fn new(secrets: &Secrets, body_length: u64) -> Self {
        let state = State {
            secrets: secrets.clone(),
            has_body: body_length > 0,
            ..State::default()
        };
        Self {
            progress: Arc::new(Progress(Mutex::new(state))),
            body_length,
        }
    }

    /// Runs what sends the request. A success that came before the whole body was sent is an error: the service
    /// cannot know what it succeeded with.
    pub(super) fn run(
        &self,
        send: impl FnOnce() -> Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let result = match Current::set(self.progress.clone()) {
            Some(_current) => send(),
            None => Err(io::Error::other("a thread that ends sends no request").into()),
        };
        let mut state = self.progress.lock();
        state.secrets = Secrets::default();
        match result {
            Ok(response)
                if response.status().is_success() && state.body_sent < self.body_length =>
            {
                state.succeeded_early = true;
                Err(state.failure.take().unwrap_or_else(|| {
                    let why = "the service responded with success before it had the whole body";
                    io::Error::new(io::ErrorKind::ConnectionAborted, why).into()
                }))
            }
            result => result,
        }
    }

    /// Whether the service had no byte of the body, and claims nothing: it cannot have acted.
    pub(super) fn is_without_effect(&self) -> bool {
        let state = self.progress.lock();
        state.is_before_body() && !state.succeeded_early
    }

    /// Whether the service gave the expectation as its reason, in the status line.
    pub(super) fn is_expectation_named(&self) -> bool {
        self.progress.lock().expectation_named
    }

    /// The body of the request, which is not read on once the service takes no more of it.
    pub(super) fn body<R: Read>(&self, reader: R) -> SentBody<R> {
        SentBody {
            reader,
            left: self.body_length,
            progress: self.progress.clone(),
        }
    }
}

/// Whether a reason speaks of `Expect: 100-continue`, as in "Unknown expectation".
pub(super) fn names_expectation(reason: &[u8]) -> bool {
    let reason = String::from_utf8_lossy(reason).to_ascii_lowercase();
    reason.contains("expectation") || reason.contains("100-continue")
}

/// The attempt under way in this thread.
struct Current {
    before: Option<Arc<Progress>>,
}

impl Current {
    /// `None` in a thread that ends.
    fn set(progress: Arc<Progress>) -> Option<Self> {
        // A body may be read from the response to another request.
        let before = CURRENT.try_with(|current| current.replace(Some(progress)));
        before.ok().map(|before| Self { before })
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.set(self.before.take()));
    }
}

impl Progress {
    /// That of the attempt under way in this thread.
    pub(super) fn current() -> Option<Arc<Self>> {
        let progress = CURRENT.try_with(|current| {
            let progress = current.take();
            current.set(progress.clone());
            progress
        });
        progress.ok().flatten()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    pub(super) fn stop(&self, failure: Option<ureq::Error>) {
        let mut state = self.lock();
        state.stopped = true;
        state.failure = failure;
    }

    pub(super) fn body_sent(&self, amount: usize) {
        self.lock().body_sent += amount as u64;
    }
}

impl State {
    /// Whether `ureq` looks for the response once before it sends the body, and only then for good.
    pub(super) fn is_before_body(&self) -> bool {
        self.has_body && !self.body_begun
    }

    /// What is to be sent in the place of these bytes, of which the first belong to the head: that with its
    /// secrets, and what there is of the body behind it.
    pub(super) fn split(&mut self, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let length = self.head.find(bytes);
        let (head, body) = bytes.split_at_checked(length).unwrap_or_default();
        let is_last = self.head.is_reached();
        let head = self.secrets.put_into(head, is_last, &mut self.held);
        (head, body.to_vec())
    }
}

/// Finds the empty line at the end of a head that comes in pieces.
#[derive(Default)]
pub(super) struct HeadEnd {
    /// How much of it there is.
    matched: usize,
}

impl HeadEnd {
    const EMPTY_LINE: [u8; 4] = *b"\r\n\r\n";

    pub(super) fn is_reached(&self) -> bool {
        self.matched == Self::EMPTY_LINE.len()
    }

    /// How much of the bytes belongs to the head.
    pub(super) fn find(&mut self, bytes: &[u8]) -> usize {
        let mut length = 0;
        for byte in bytes {
            let Some(expected) = Self::EMPTY_LINE.get(self.matched) else {
                break;
            };
            self.matched = if byte == expected {
                self.matched + 1
            } else {
                usize::from(*byte == b'\r')
            };
            length += 1;
        }
        length
    }
}

/// The body of a request, while it is sent.
pub(super) struct SentBody<R> {
    reader: R,
    left: u64,
    progress: Arc<Progress>,
}

impl<R: Read> Read for SentBody<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if self.progress.is_stopped() {
            // `ureq` has to come to the end of the body before it looks at the response. Nothing of this is sent.
            usize::try_from(self.left)
                .unwrap_or(usize::MAX)
                .min(buffer.len())
        } else {
            self.reader.read(buffer)?
        };
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn a_head_ends_with_its_empty_line_however_it_is_cut() {
        let text = b"GET / HTTP/1.1\r\na: \r\r\nb:\n\r\n\n\r\n\r\r\n\r\nbody\r\n\r\n";
        let length = text.len() - 8;
        for size in 1..=text.len() {
            let mut end = HeadEnd::default();
            let found: usize = text.chunks(size).map(|piece| end.find(piece)).sum();
            assert_eq!((found, end.is_reached()), (length, true), "{size}");
        }
        let mut end = HeadEnd::default();
        assert_eq!(end.find(&text[..length - 1]), length - 1);
        assert!(!end.is_reached());
        assert_eq!(end.find(b"\nx"), 1);
        assert!(end.is_reached());
    }

    #[test]
    fn a_body_is_left_as_it_is_whatever_it_holds_and_begins_like() {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("secret"));
        let secrets = Secrets::take_from(&mut headers);
        let placeholder = headers["x-api-key"].to_str().unwrap();
        let head = format!("PUT / HTTP/1.1\r\nx-api-key: {placeholder}\r\n\r\n");
        let body = format!("{head}{head}");
        let text = format!("{head}{body}");
        for cut in 0..=text.len() {
            let sending = Sending::new(&secrets, body.len() as u64);
            let mut state = sending.progress.lock();
            let (before, after) = text.as_bytes().split_at(cut);
            let (mut sent, mut rest) = state.split(before);
            let (more, last) = state.split(after);
            sent.extend(more);
            rest.extend(last);
            assert_eq!(sent, head.replace(placeholder, "secret").into_bytes());
            assert_eq!(rest, body.as_bytes(), "{cut}");
        }
    }

    #[test]
    fn a_thread_knows_the_innermost_attempt_and_then_the_one_around_it() {
        let is_current = |sending: &Sending| {
            Progress::current().is_some_and(|current| Arc::ptr_eq(&current, &sending.progress))
        };
        let outer = Sending::new(&Secrets::default(), 1);
        let inner = Sending::new(&Secrets::default(), 1);
        let nothing = || Err(ureq::Error::HostNotFound);
        let _ = outer.run(|| {
            assert!(is_current(&outer));
            let _ = inner.run(|| {
                assert!(is_current(&inner));
                nothing()
            });
            assert!(is_current(&outer));
            nothing()
        });
        assert!(Progress::current().is_none());
    }

    #[test]
    fn a_body_that_is_stopped_has_its_length_all_the_same() {
        let sending = Sending::new(&Secrets::default(), 1_000);
        let mut body = sending.body([7; 10].chain(io::repeat(7)));
        body.read_exact(&mut [0; 300]).unwrap();
        sending.progress.stop(None);
        let rest = io::copy(&mut body, &mut io::sink()).unwrap();
        assert_eq!(rest, 700);
    }
}
