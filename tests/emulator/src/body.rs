//! Bodies on their way in and out.

use std::io::{Read, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::Stream;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::lock;
use crate::record::Entry;
use crate::response::Content;
use crate::store::{Blob, BlobReader};

const CHUNK: usize = 64 * 1024;

/// What is not a form is kept in memory.
const LONGEST: usize = 64 << 20;

/// The body of a request, recorded as it is read. Clones read the same body.
#[derive(Clone, Debug)]
pub(crate) struct RequestBody {
    incoming: Arc<Mutex<Incoming>>,
    entry: Entry,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, entry: Entry) -> Self {
        Self {
            incoming: Arc::new(Mutex::new(incoming)),
            entry,
        }
    }

    /// All of it, or `None` if the client stopped sending or sent too much.
    pub(crate) async fn collect(&self) -> Option<Bytes> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next().await {
            all.extend_from_slice(&chunk.ok()?);
            if all.len() > LONGEST {
                return None;
            }
        }
        Some(all.into())
    }

    /// Reads and forgets what is left, so that the client is done writing when the response begins.
    pub(crate) async fn drain(&self) {
        while let Some(Ok(_)) = self.next().await {}
    }

    async fn next(&self) -> Option<hyper::Result<Bytes>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Bytes>>> {
        loop {
            let frame = Pin::new(&mut *lock(&self.incoming)).poll_frame(context);
            match frame {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.entry.received(&data);
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }
}

impl Stream for RequestBody {
    type Item = hyper::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

/// The body of a response, which may break off half-way.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    source: Source,
    /// The length to announce; `None` if it is not known beforehand.
    length: Option<u64>,
    cut: Cut,
}

#[derive(Debug)]
enum Source {
    Bytes(Bytes),
    Plain(BlobReader),
    Packed(BlobReader, GzEncoder<Vec<u8>>),
    Done,
}

#[derive(Debug)]
enum Cut {
    Never,
    After(u64),
    /// Pending once before the error, so that what was sent before it gets flushed.
    Now {
        waited: bool,
    },
}

/// The connection is to be closed here.
#[derive(Debug)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut off on purpose")
    }
}

impl std::error::Error for Broken {}

impl ResponseBody {
    /// A body that is sent whole, or only its first half.
    pub(crate) fn new(content: Content, halved: bool) -> Self {
        let (blob, gzip) = match content {
            Content::Bytes(bytes) => (Blob::Bytes(bytes), false),
            Content::Blob { blob, gzip } => (blob, gzip),
        };
        let size = blob.length();
        let source = match (blob, gzip) {
            (Blob::Bytes(bytes), false) => Source::Bytes(bytes),
            (blob, false) => Source::Plain(blob.reader()),
            (blob, true) => {
                let encoder = GzEncoder::new(Vec::new(), Compression::fast());
                Source::Packed(blob.reader(), encoder)
            }
        };
        Self {
            source,
            length: Some(size).filter(|_| !gzip),
            cut: match halved {
                // Half of the packed size is not known; its fixed head is.
                true if gzip => Cut::After(10),
                true => Cut::After(size / 2),
                false => Cut::Never,
            },
        }
    }

    fn next(&mut self) -> std::io::Result<Option<Bytes>> {
        match &mut self.source {
            Source::Bytes(bytes) => {
                let all = std::mem::take(bytes);
                self.source = Source::Done;
                Ok(Some(all).filter(|all| !all.is_empty()))
            }
            Source::Plain(reader) => {
                let chunk = read_chunk(reader)?;
                Ok(Some(chunk.into()).filter(|chunk: &Bytes| !chunk.is_empty()))
            }
            Source::Packed(reader, encoder) => loop {
                let chunk = read_chunk(reader)?;
                if chunk.is_empty() {
                    encoder.try_finish()?;
                    let rest = std::mem::take(encoder.get_mut());
                    self.source = Source::Done;
                    return Ok(Some(rest.into()));
                }
                encoder.write_all(&chunk)?;
                let packed = std::mem::take(encoder.get_mut());
                if !packed.is_empty() {
                    return Ok(Some(packed.into()));
                }
            },
            Source::Done => Ok(None),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.cut {
            Cut::Now { waited: true } => return Poll::Ready(Some(Err(Broken))),
            Cut::Now { waited: false } | Cut::After(0) => {
                self.cut = Cut::Now { waited: true };
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Cut::Never | Cut::After(_) => {}
        }
        let mut chunk = match self.next() {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Poll::Ready(None),
            Err(_) => return Poll::Ready(Some(Err(Broken))),
        };
        if let Cut::After(left) = &mut self.cut {
            let kept = usize::try_from(*left).unwrap_or(usize::MAX);
            chunk.truncate(kept);
            *left -= chunk.len() as u64;
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        matches!((&self.source, &self.cut), (Source::Done, Cut::Never))
            || matches!(&self.source, Source::Bytes(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}

fn read_chunk(reader: &mut BlobReader) -> std::io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    reader.take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}
