//! Takes a `multipart/form-data` body apart, to look at it.

use serde_json::Value;

#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The lines of its head, as they stand.
    pub head: Vec<String>,
    pub content: Vec<u8>,
}

impl Part {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.content).unwrap()
    }
}

/// The parts of a whole body; panics at anything that does not belong there.
pub fn parts(content_type: &str, body: &[u8]) -> Vec<Part> {
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    assert!((1..=70).contains(&boundary.len()), "{boundary}");
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // The first delimiter stands at the start, without a line before it.
    let body = [b"\r\n", body].concat();
    let mut pieces = Vec::new();
    let mut rest = &body[..];
    while let Some(at) = find(rest, &delimiter) {
        pieces.push(&rest[..at]);
        rest = &rest[at + delimiter.len()..];
    }
    assert_eq!(rest, b"--\r\n", "the end");
    assert_eq!(pieces[0], b"", "before the first part");
    let part = |piece: &&[u8]| {
        let piece = piece.strip_prefix(b"\r\n").unwrap();
        let end = find(piece, b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&piece[..end]).unwrap();
        Part {
            head: head.split("\r\n").map(str::to_owned).collect(),
            content: piece[end + 4..].to_vec(),
        }
    };
    pieces[1..].iter().map(part).collect()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
