//! The connections that requests are sent over. They put the secrets into a request's head, below everything that
//! logs, and they read the response of a service that stopped reading the request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{fmt, io, mem};

use ureq::Error;
use ureq::http::{HeaderMap, Method, Uri};
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, DefaultConnector, NextTimeout,
    RustlsConnector, TcpConnector, Transport,
};

use super::sending::{Progress, names_expectation};
use crate::error::{Error as CrateError, Result as CrateResult};

/// How much is sent at once. A line of a head must fit in.
pub(super) const OUTPUT_BUFFER: usize = 128 << 10;

/// How long a response is looked for when a service takes no more of a request.
const LAST_LOOK: Duration = Duration::from_millis(100);

/// Finds what `ureq` finds only after it sent a part of the request.
pub(super) fn check_head(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    has_body: bool,
) -> CrateResult<()> {
    let invalid = |why: String| Err(CrateError::InvalidArgument(why));
    if has_body && [Method::HEAD, Method::CONNECT].contains(method) {
        return invalid(format!("a {method} request cannot have a body"));
    }
    let target = uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if method.as_str().len() + target + "  HTTP/1.1\r\n".len() > OUTPUT_BUFFER {
        return invalid("the method and path are too long".to_owned());
    }
    for (name, value) in headers {
        // The last header has the empty line behind it.
        if name.as_str().len() + value.len() + ": \r\n\r\n".len() > OUTPUT_BUFFER {
            return invalid(format!(
                "the value of the header {name} is too long: name and value must have less than {} KiB",
                OUTPUT_BUFFER >> 10
            ));
        }
    }
    Ok(())
}

/// The bytes of the interim responses to a request, beyond which there may be no end to them.
const MOST_INTERIM: usize = 64 << 10;

/// How often a rejection is looked for while a body is sent. A look may take longer than it should: the system's
/// clock ticks every few milliseconds.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(500);
const SHORT_LOOK: Duration = Duration::from_millis(1);

/// Makes the connections, as `ureq` would, with a part of their own below TLS and another one above.
#[derive(Default)]
pub(super) struct Connections {
    tcp: TcpConnector,
    tls: RustlsConnector,
    to_proxies: Arc<DefaultConnector>,
}

impl Connector<()> for Connections {
    type Out = Connection;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Connection>, Error> {
        let to_proxies = self.to_proxies.clone();
        let tunnel = ConnectProxyConnector::default().connect(
            &ConnectionDetails {
                uri: details.uri,
                addrs: details.addrs.clone(),
                config: details.config,
                request_level: details.request_level,
                resolver: details.resolver,
                now: details.now,
                timeout: details.timeout,
                current_time: details.current_time.clone(),
                // What is for the proxy itself is no request of ours.
                run_connector: Arc::new(move |details| {
                    let proxy = to_proxies.connect(details, None)?;
                    proxy.ok_or(Error::ConnectionFailed)
                }),
                register_shutdown: details.register_shutdown.clone(),
            },
            None::<()>,
        )?;
        let Some(socket) = self.tcp.connect(details, tunnel)? else {
            return Ok(None);
        };
        let link = Arc::new(Link::default());
        let socket = Socket {
            transport: Box::new(socket),
            link: link.clone(),
        };
        let secured = self.tls.connect(details, Some(socket))?;
        Ok(secured.map(|transport| Connection {
            transport: Box::new(transport),
            link,
            progress: Arc::default(),
            expects_response: true,
            has_response: false,
            looked: Instant::now(),
            interim_left: MOST_INTERIM,
        }))
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

/// What the part of a connection below TLS tells the one above.
#[derive(Default)]
struct Link(Mutex<LinkState>);

#[derive(Default)]
struct LinkState {
    /// Nothing more can be sent.
    is_broken: bool,
    /// Why, until somebody was told.
    failure: Option<Error>,
    /// Something was received since.
    has_received: bool,
}

impl Link {
    fn with<T>(&self, change: impl FnOnce(&mut LinkState) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_broken(&self) -> bool {
        self.with(|state| state.is_broken)
    }

    fn take_failure(&self) -> Option<Error> {
        self.with(|state| state.failure.take())
    }
}

/// The part below TLS. When nothing more can be sent it acts as if it were, so that TLS still reads. The failure
/// is told if there is nothing to read.
struct Socket {
    transport: Box<dyn Transport>,
    link: Arc<Link>,
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.link.is_broken() {
            return Ok(());
        }
        let Err(failure) = self.transport.transmit_output(amount, timeout) else {
            return Ok(());
        };
        self.link.with(|state| {
            state.is_broken = true;
            state.failure = Some(failure);
        });
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let result = self.transport.await_input(timeout);
        self.link.with(|state| {
            if matches!(result, Ok(true)) {
                state.has_received = state.is_broken;
            } else if !state.has_received {
                if let Some(failure) = state.failure.take() {
                    return Err(failure);
                }
            }
            result
        })
    }

    fn is_open(&mut self) -> bool {
        !self.link.is_broken() && self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.transport.fmt(f)
    }
}

/// A connection that puts the secrets into the heads of requests, and finds responses that come too early.
pub(super) struct Connection {
    transport: Box<dyn Transport>,
    link: Arc<Link>,
    /// Of the request that is sent, or was the last.
    progress: Arc<Progress>,
    /// The head of its response has not come yet.
    expects_response: bool,
    /// The head of its response is in the buffer, and was not looked at.
    has_response: bool,
    /// When a response was looked for, or the request was begun.
    looked: Instant,
    /// How many bytes of interim responses may still come.
    interim_left: usize,
}

impl Connection {
    fn send_head(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = self.transport.buffers().output();
        let output = output.get(..amount).unwrap_or_default();
        let (mut head, body) = self.progress.lock().split(output);
        let sent = self.transmit_all(&head, timeout);
        head.fill(0);
        sent?;
        if body.is_empty() {
            return Ok(());
        }
        self.fill_output(&body);
        self.send_body(body.len(), timeout)
    }

    /// Sends bytes by way of the output buffer, and leaves none of them in it.
    fn transmit_all(&mut self, bytes: &[u8], timeout: NextTimeout) -> Result<(), Error> {
        let room = self.transport.buffers().output().len().max(1);
        for part in bytes.chunks(room) {
            self.fill_output(part);
            let sent = self.transmit(part.len(), timeout);
            let output = self.transport.buffers().output();
            if let Some(space) = output.get_mut(..part.len()) {
                space.fill(0);
            }
            sent?;
        }
        Ok(())
    }

    fn fill_output(&mut self, bytes: &[u8]) {
        let output = self.transport.buffers().output();
        if let Some(space) = output.get_mut(..bytes.len()) {
            space.copy_from_slice(bytes);
        }
    }

    fn send_body(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if amount == 0 || self.progress.is_stopped() {
            return Ok(());
        }
        self.progress.lock().body_begun = true;
        self.look_for_rejection(timeout)?;
        self.transmit(amount, timeout)?;
        if !self.progress.is_stopped() {
            self.progress.body_sent(amount);
        }
        Ok(())
    }

    /// Sends what is in the output buffer. When that fails, and the service has responded, the rest of the request
    /// is not sent, and the response is what counts.
    fn transmit(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.progress.is_stopped() {
            return Ok(());
        }
        self.transport.transmit_output(amount, timeout)?;
        if !self.link.is_broken() {
            return Ok(());
        }
        let look = Waiting::new(NextTimeout {
            after: LAST_LOOK,
            ..timeout
        });
        while !self.has_whole_head()? {
            let timeout = match look.left() {
                Ok(timeout) => timeout,
                Err(error) => return Err(self.failure_or(error)),
            };
            match self.transport.await_input(timeout) {
                Ok(true) => {}
                Ok(false) => return Err(self.failure_or(closed())),
                Err(error) => return Err(self.failure_or(error)),
            }
        }
        self.offer_response();
        self.progress.stop(self.link.take_failure());
        Ok(())
    }

    /// Looks, once in a while, whether the service rejected the request while it is still sent.
    fn look_for_rejection(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        if self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = Instant::now();
        let timeout = NextTimeout {
            after: SHORT_LOOK,
            ..timeout
        };
        // What is wrong with the connection the next bytes will tell.
        let has_more = matches!(self.transport.await_input(timeout), Ok(true));
        if !has_more || !self.has_whole_head()? {
            return Ok(());
        }
        self.offer_response();
        if self.has_rejection() {
            self.link.with(|state| state.is_broken = true);
            self.progress.stop(None);
        }
        Ok(())
    }

    /// Whether what is in the input buffer is a final response and no success.
    fn has_rejection(&mut self) -> bool {
        ResponseHead::is_rejection(self.transport.buffers().input())
    }

    /// Has `ureq` look at what is in the input buffer, the next time it reads, before more is read.
    fn offer_response(&mut self) {
        self.has_response = true;
        // Else it would not read, after a response that was skipped.
        self.transport.buffers().input_consume(0);
    }

    /// What first went wrong with the connection.
    fn failure_or(&self, error: Error) -> Error {
        self.link.take_failure().unwrap_or(error)
    }

    /// Removes an interim response from the input buffer.
    fn skip_interim(&mut self, length: usize) -> Result<(), Error> {
        self.transport.buffers().input_consume(length);
        let Some(left) = self.interim_left.checked_sub(length) else {
            let why = "there is no end to the interim responses";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why).into());
        };
        self.interim_left = left;
        Ok(())
    }

    /// Whether the whole head of a response is in the input buffer. The interim responses before it are removed.
    fn has_whole_head(&mut self) -> Result<bool, Error> {
        loop {
            match ResponseHead::read(self.transport.buffers().input()) {
                ResponseHead::Interim { length, .. } => self.skip_interim(length)?,
                ResponseHead::Final { is_whole } => return Ok(is_whole),
                ResponseHead::Unfinished => return Ok(false),
                ResponseHead::Unknown => return Ok(true),
            }
        }
    }

    /// Whether there is something for `ureq` in the input buffer. It knows no interim response but 100, and none
    /// with headers, while it waits for that.
    fn has_input(&mut self) -> Result<bool, Error> {
        let mut has_continue = false;
        loop {
            match ResponseHead::read(self.transport.buffers().input()) {
                ResponseHead::Interim { status, length } => {
                    has_continue |= status == 100 && self.progress.lock().is_before_body();
                    self.skip_interim(length)?;
                }
                // A rejection that is right behind it saves the body.
                head if has_continue && !(head.is_whole() && self.has_rejection()) => {
                    self.give_continue();
                    return Ok(true);
                }
                ResponseHead::Final { is_whole } => {
                    self.expects_response = !is_whole;
                    // `ureq` reads again before it looks at it, when there may be nothing more to read.
                    if is_whole && self.progress.lock().is_before_body() {
                        let line = self
                            .transport
                            .buffers()
                            .input()
                            .split(|byte| *byte == b'\n');
                        let is_named = line.take(1).any(names_expectation);
                        self.progress.lock().expectation_named = is_named;
                        self.offer_response();
                    }
                    return Ok(true);
                }
                ResponseHead::Unfinished => return Ok(false),
                ResponseHead::Unknown => {
                    self.expects_response = false;
                    return Ok(true);
                }
            }
        }
    }

    /// Puts a plain 100 response before what is in the input buffer.
    fn give_continue(&mut self) {
        let buffers = self.transport.buffers();
        let rest = buffers.input().to_vec();
        buffers.input_consume(rest.len());
        for bytes in [CONTINUE, &rest] {
            if let Some(space) = buffers.input_append_buf().get_mut(..bytes.len()) {
                space.copy_from_slice(bytes);
                buffers.input_appended(bytes.len());
            }
        }
    }
}

/// The shortest that there is. What had headers was longer.
const CONTINUE: &[u8] = b"HTTP/1.1 100\r\n\r\n";

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if let Some(current) = Progress::current() {
            if !Arc::ptr_eq(&current, &self.progress) {
                self.progress = current;
                self.expects_response = true;
                self.has_response = false;
                self.looked = Instant::now();
                self.interim_left = MOST_INTERIM;
            }
        }
        let is_body = self.progress.lock().head.is_reached();
        if is_body {
            self.send_body(amount, timeout)
        } else {
            self.send_head(amount, timeout)
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if mem::take(&mut self.has_response) {
            return Ok(true);
        }
        if !self.expects_response {
            return self.transport.await_input(timeout);
        }
        let waiting = Waiting::new(timeout);
        loop {
            match self.transport.await_input(waiting.left()?) {
                Ok(true) if self.has_input()? => return Ok(true),
                Ok(true) => {}
                // `ureq` would read again and again while it waits for 100.
                Ok(false) => return Err(self.failure_or(closed())),
                Err(error) => return Err(self.failure_or(error)),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        !self.link.is_broken() && self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.transport.fmt(f)
    }
}

fn closed() -> Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "Peer disconnected").into()
}

/// A timeout for several reads.
struct Waiting {
    started: Instant,
    timeout: NextTimeout,
}

impl Waiting {
    fn new(timeout: NextTimeout) -> Self {
        let started = Instant::now();
        Self { started, timeout }
    }

    /// What is left of it.
    fn left(&self) -> Result<NextTimeout, Error> {
        let mut timeout = self.timeout;
        if let Duration::Exact(after) = timeout.after {
            let left = after.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return Err(Error::Timeout(timeout.reason));
            }
            timeout.after = Duration::Exact(left);
        }
        Ok(timeout)
    }
}

/// What bytes from a service begin with, in place of a response's body.
#[derive(Debug, PartialEq, Eq)]
enum ResponseHead {
    /// Too little to tell.
    Unfinished,
    /// Not the last: 1xx, but for 101.
    Interim {
        status: u16,
        length: usize,
    },
    Final {
        is_whole: bool,
    },
    /// No response of HTTP/1.
    Unknown,
}

impl ResponseHead {
    fn is_whole(&self) -> bool {
        matches!(self, Self::Final { is_whole: true })
    }

    /// Whether it is a final response that is no success.
    fn is_rejection(bytes: &[u8]) -> bool {
        matches!(bytes.get("HTTP/1.1 ".len()), Some(b'3'..=b'5'))
    }

    fn read(bytes: &[u8]) -> Self {
        const PATTERN: &[u8] = b"HTTP/1.d ddd";
        let fits = |(byte, expected): (&u8, &u8)| match expected {
            b'd' => byte.is_ascii_digit(),
            _ => byte == expected,
        };
        if !bytes.iter().zip(PATTERN).all(fits) {
            return Self::Unknown;
        }
        let Some(status) = bytes.get(PATTERN.len() - 3..PATTERN.len()) else {
            return Self::Unfinished;
        };
        let status = status
            .iter()
            .fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
        let length = head_length(bytes);
        match length {
            _ if status / 100 != 1 || status == 101 => Self::Final {
                is_whole: length.is_some(),
            },
            Some(length) => Self::Interim { status, length },
            None => Self::Unfinished,
        }
    }
}

/// Up to and with the empty line, of which some services leave out the carriage return.
fn head_length(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let next = from + rest.iter().position(|byte| *byte == b'\n')? + 1;
        match bytes.get(next..)? {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => from = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::{HeaderValue, Response};
    use ureq::unversioned::transport::LazyBuffers;

    use super::super::placeholder::Secrets;
    use super::super::sending::Sending;
    use super::*;

    /// Keeps what is sent.
    #[derive(Debug)]
    struct Sink {
        buffers: LazyBuffers,
        sent: Arc<Mutex<Vec<u8>>>,
    }

    impl Transport for Sink {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
            let output = &self.buffers.output()[..amount];
            self.sent.lock().unwrap().extend_from_slice(output);
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    #[test]
    fn requests_of_one_connection_get_their_secrets_and_leave_none_behind_in_any_buffer() {
        let secret = "s3cr3t-".repeat(9);
        for size in 1..200 {
            let sent = Arc::new(Mutex::new(Vec::new()));
            let mut connection = Connection {
                transport: Box::new(Sink {
                    buffers: LazyBuffers::new(1, size),
                    sent: sent.clone(),
                }),
                link: Arc::default(),
                progress: Arc::default(),
                expects_response: true,
                has_response: false,
                looked: Instant::now(),
                interim_left: 0,
            };
            for _ in 0..2 {
                let mut headers = HeaderMap::new();
                headers.insert("cookie", HeaderValue::from_str(&secret).unwrap());
                let secrets = Secrets::take_from(&mut headers);
                let cookie = headers["cookie"].to_str().unwrap();
                let head = format!("M-SEARCH * HTTP/1.1\r\ncookie: {cookie}\r\na: b\r\n\r\n");
                let body = format!("GET / HTTP/1.1\r\ncookie: {cookie}\r\n\r\n");
                let whole = format!("{head}{body}");
                let sending = Sending::new(&secrets, body.len() as u64);
                let response = sending.run(|| {
                    for piece in whole.as_bytes().chunks(size) {
                        connection.fill_output(piece);
                        connection.transmit_output(piece.len(), NextTimeout::default())?;
                        let left = connection.buffers().output();
                        assert!(!left.windows(6).any(|window| window == b"s3cr3t"));
                    }
                    Ok(Response::new(ureq::Body::builder().data("")))
                });
                assert!(response.is_ok(), "all of the body counts as sent");
                let sent = std::mem::take(&mut *sent.lock().unwrap());
                let expected = format!("{}{body}", head.replace(cookie, &secret));
                assert_eq!(String::from_utf8(sent).unwrap(), expected, "{size}");
            }
        }
    }

    #[test]
    fn what_bytes_begin_with_is_told_apart() {
        use ResponseHead::{Final, Interim, Unfinished, Unknown};
        for (bytes, head) in [
            ("", Unfinished),
            ("HTTP/1.1 10", Unfinished),
            ("HTTP/1.1 100", Unfinished),
            ("HTTP/1.1 100 Continue\r\n", Unfinished),
            ("HTTP/1.1 100 Continue\r\n\r", Unfinished),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP",
                Interim {
                    status: 100,
                    length: 25,
                },
            ),
            (
                "HTTP/1.0 103 X\na: b\n\nHTTP",
                Interim {
                    status: 103,
                    length: 21,
                },
            ),
            (
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                Final { is_whole: true },
            ),
            ("HTTP/1.1 200", Final { is_whole: false }),
            ("HTTP/1.1 413 X\r\na: b\r\n", Final { is_whole: false }),
            ("HTTP/1.1 413 X\r\na: b\r\n\r\n{}", Final { is_whole: true }),
            ("HTTP/2", Unknown),
            ("{", Unknown),
            ("HTTP/1.1 2x0 ", Unknown),
        ] {
            assert_eq!(ResponseHead::read(bytes.as_bytes()), head, "{bytes:?}");
            let is_rejection = bytes.contains("413");
            assert_eq!(ResponseHead::is_rejection(bytes.as_bytes()), is_rejection);
        }
    }
}
