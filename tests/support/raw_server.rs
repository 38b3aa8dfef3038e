//! A server that responds as a test says, byte by byte, for what a well-behaved server cannot show.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub struct RawServer {
    url: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<RawRequest>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRequest {
    /// Request line and headers, as they came.
    pub head: String,
    pub body: Vec<u8>,
    /// Counted from 0.
    pub connection: usize,
}

impl RawRequest {
    /// Method and target.
    pub fn line(&self) -> &str {
        self.head
            .lines()
            .next()
            .unwrap()
            .trim_end_matches(" HTTP/1.1")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl RawServer {
    /// Every connection is handled by `handle`, which gets its number, in a thread of its own.
    pub fn start(handle: impl Fn(usize, &mut Connection) + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), handle)
    }

    /// The same, where a test listens already.
    pub fn on(
        listener: TcpListener,
        handle: impl Fn(usize, &mut Connection) + Send + Sync + 'static,
    ) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let for_thread = seen.clone();
        let handle = Arc::new(handle);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // What has not left when a connection is reset is lost.
                let _ = stream.set_nodelay(true);
                let number = for_thread.connections.fetch_add(1, Ordering::SeqCst);
                let (handle, seen) = (handle.clone(), for_thread.clone());
                thread::spawn(move || {
                    handle(
                        number,
                        &mut Connection {
                            stream,
                            seen,
                            number,
                        },
                    )
                });
            }
        });
        Self { url, seen }
    }

    /// The nth request, over all connections, gets the nth response, which is sent as it is; the
    /// connection stays open. Further requests get the last response.
    pub fn responding(responses: Vec<Vec<u8>>) -> Self {
        let next = AtomicUsize::new(0);
        Self::start(move |_, connection| {
            while connection.read_request().is_some() {
                let at = next.fetch_add(1, Ordering::SeqCst).min(responses.len() - 1);
                connection.send(&responses[at]);
            }
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn requests(&self) -> Vec<RawRequest> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The requests since it was last asked so.
    pub fn take_requests(&self) -> Vec<RawRequest> {
        std::mem::take(&mut *self.seen.requests.lock().unwrap())
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

pub struct Connection {
    stream: TcpStream,
    seen: Arc<Seen>,
    number: usize,
}

impl Connection {
    /// The next request; `None` when the client has closed the connection. Of a client that stops sending
    /// it is what came before.
    pub fn read_request(&mut self) -> Option<RawRequest> {
        self.read_part(usize::MAX)
    }

    /// The next request, but no more of its body than this, and what came along with the head.
    pub fn read_part(&mut self, most: usize) -> Option<RawRequest> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        let head_end = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            match self.stream.read(&mut buffer) {
                Ok(count) if count > 0 => bytes.extend_from_slice(&buffer[..count]),
                _ => return None,
            }
        };
        let mut request = RawRequest {
            head: String::from_utf8(bytes[..head_end].to_vec()).unwrap(),
            body: bytes.split_off(head_end),
            connection: self.number,
        };
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap())
            .min(most);
        while request.body.len() < length {
            match self.stream.read(&mut buffer) {
                Ok(count) if count > 0 => request.body.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        self.seen.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// Reads and forgets this many bytes, or fewer when the client stops sending; tells how many.
    pub fn skip(&mut self, bytes: u64) -> u64 {
        std::io::copy(&mut (&self.stream).take(bytes), &mut std::io::sink()).unwrap_or_default()
    }

    /// Whether the client is still there to take it.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Says nothing until the client goes.
    pub fn wait_until_closed(&mut self) {
        while matches!(self.stream.read(&mut [0; 64]), Ok(count) if count > 0) {}
    }

    pub fn send(&mut self, bytes: &[u8]) {
        // The client may have gone, which is for the test to see.
        let _ = self.stream.write_all(bytes);
    }

    /// Closes the connection in the middle of a request, so that the client sees it reset.
    pub fn reset(&mut self) {
        // Closing with bytes unread is what makes it a reset.
        let _ = self.stream.peek(&mut [0]);
    }

    /// Closes the connection in good order.
    pub fn close(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// A response in good form, with a body of JSON.
pub fn json(status: u16, body: &str) -> Vec<u8> {
    response(
        status,
        &[("content-type", "application/json")],
        body.as_bytes(),
    )
}

/// A response in good form.
pub fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        response.push_str(&format!("{name}: {value}\r\n"));
    }
    response.push_str("\r\n");
    let mut response = response.into_bytes();
    response.extend_from_slice(body);
    response
}
