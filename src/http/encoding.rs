//! How a body is encoded. `ureq` decodes `gzip` where it is spelt so, and nothing else; what is left is decoded here,
//! or an error: encoded bytes are never passed off as the content.

use std::fmt;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use ureq::config::Config;
use ureq::http::header::CONTENT_ENCODING;
use ureq::http::{HeaderMap, Uri};
use ureq::unversioned::resolver::{ArrayVec, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

pub(super) type Reader = Box<dyn Read + Send + Sync>;

/// The decoded body, or the encodings that cannot be decoded.
pub(super) fn decoded(reader: Reader, headers: &HeaderMap) -> Result<Reader, String> {
    let mut gzips = 0;
    for value in headers.get_all(CONTENT_ENCODING) {
        let value = String::from_utf8_lossy(value.as_bytes());
        for encoding in value.split(',').map(str::trim) {
            match encoding.to_ascii_lowercase().as_str() {
                "" | "identity" => {}
                "gzip" | "x-gzip" => gzips += 1,
                _ => return Err(value.into_owned()),
            }
        }
    }
    let mut reader = reader;
    for _ in 0..gzips {
        reader = gunzipped(reader).map_err(|error| format!("gzip ({error})"))?;
    }
    Ok(reader)
}

/// Has `ureq` decode a body, by way of a response that never saw a socket: the crate has no decoder of its own.
fn gunzipped(reader: Reader) -> Result<Reader, ureq::Error> {
    let agent = ureq::Agent::with_parts(
        Config::builder().build(),
        InMemory(Mutex::new(Some(reader))),
        Nowhere,
    );
    let response = agent.get("http://in-memory/").call()?;
    Ok(Box::new(response.into_body().into_reader()))
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n";

#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(ArrayVec::from_fn(|_| ([127, 0, 0, 1], 0).into()))
    }
}

/// Gives its body to the one connection that is made.
struct InMemory(Mutex<Option<Reader>>);

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemory")
    }
}

impl Connector<()> for InMemory {
    type Out = Encoded;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Encoded>, ureq::Error> {
        let reader = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(reader.map(|reader| Encoded {
            reader: Box::new(HEAD.chain(reader)),
            buffers: LazyBuffers::new(
                details.config.input_buffer_size(),
                details.config.output_buffer_size(),
            ),
        }))
    }
}

/// A response whose body comes from a reader.
struct Encoded {
    reader: Reader,
    buffers: LazyBuffers,
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoded")
    }
}

impl Transport for Encoded {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let count = loop {
            match self.reader.read(self.buffers.input_append_buf()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        false
    }
}
