//! A server that responds from memory, so that it is never what is waited for.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use nix::sys::socket::{setsockopt, sockopt::RcvBuf};
use rcgen::CertifiedKey;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) connections: Arc<AtomicUsize>,
}

/// How the server speaks, beside plain HTTP.
#[derive(Clone)]
pub(crate) enum Manner {
    Plain,
    /// Each response takes so long.
    Slow(Duration),
    Tls(Arc<ServerConfig>),
}

struct Responses {
    asset: Vec<u8>,
    /// Pages of 100, whose tokens differ: no page follows itself.
    page: Vec<u8>,
    last_page: Vec<u8>,
    operation: Vec<u8>,
    deleted: Vec<u8>,
}

/// How many saved assets every request removes.
pub(crate) const DELETED: u64 = 5_000;

impl Server {
    pub(crate) fn start(manner: Manner) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        // Left to itself the system finds a size for each connection anew, and an upload takes up to twice the
        // CPU time by chance.
        #[cfg(unix)]
        setsockopt(&listener, RcvBuf, &(128 << 10))?;
        let port = listener.local_addr()?.port();
        let url = match manner {
            Manner::Tls(_) => format!("https://localhost:{port}"),
            _ => format!("http://127.0.0.1:{port}"),
        };
        let responses = Arc::new(Responses::new());
        let connections = Arc::new(AtomicUsize::new(0));
        let server = Self {
            url,
            connections: connections.clone(),
        };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::Relaxed);
                let (responses, manner) = (responses.clone(), manner.clone());
                thread::spawn(move || welcome(stream, &manner, &responses));
            }
        });
        Ok(server)
    }
}

/// What a server with TLS needs, and the PEM of the certificate that its clients must trust.
pub(crate) fn tls() -> Result<(Manner, String), Box<dyn std::error::Error>> {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![cert.der().clone()],
                PrivateKeyDer::Pkcs8(signing_key.serialize_der().into()),
            )?;
    Ok((Manner::Tls(Arc::new(config)), cert.pem()))
}

fn welcome(stream: TcpStream, manner: &Manner, responses: &Responses) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match manner {
        Manner::Plain => serve(stream, Duration::ZERO, responses),
        Manner::Slow(pause) => serve(stream, *pause, responses),
        Manner::Tls(config) => {
            let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
            serve(
                StreamOwned::new(connection, stream),
                Duration::ZERO,
                responses,
            )
        }
    }
}

fn serve(mut stream: impl Read + Write, pause: Duration, responses: &Responses) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 18];
    let mut pages_left = 0;
    loop {
        let mut filled = 0;
        let head_end = loop {
            if let Some(at) = buffer[..filled]
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break at + 4;
            }
            match stream.read(&mut buffer[filled..])? {
                0 => return Ok(()),
                count => filled += count,
            }
        };
        let head = String::from_utf8_lossy(&buffer[..head_end]).to_ascii_lowercase();
        if head.contains("expect: 100-continue") {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let number_after = |mark: &str| {
            let digits = head.split(mark).nth(1)?;
            digits
                .split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse::<u64>()
                .ok()
        };
        let mut body_left =
            number_after("content-length: ").unwrap_or(0) - (filled - head_end) as u64;
        while body_left > 0 {
            body_left -= stream.read(&mut buffer)? as u64;
        }

        if !pause.is_zero() {
            thread::sleep(pause);
        }
        let line = head.lines().next().unwrap_or_default();
        if line.contains("assets:search") {
            // The query says how many pages there are.
            if !line.contains("pagetoken") {
                pages_left = number_after("query=").unwrap_or(1);
            }
            pages_left -= 1;
            match pages_left {
                0 => stream.write_all(&responses.last_page)?,
                left => stream.write_all(&responses.page(left))?,
            }
        } else if line.contains("bulkdelete") {
            stream.write_all(&responses.deleted)?;
        } else if line.starts_with("post") {
            stream.write_all(&responses.operation)?;
        } else {
            stream.write_all(&responses.asset)?;
        }
    }
}

impl Responses {
    fn new() -> Self {
        let asset = asset(1);
        let page = |token: Value| {
            let assets: Vec<_> = (0..100).map(self::asset).collect();
            json!({
                "creatorStoreAssets": assets, "totalResults": 100_000, "nextPageToken": token,
                "queryFacets": {"appliedFacets": [], "availableFacets": ["loop", "calm", "menu"]},
            })
        };
        let operation = json!({
            "path": "operations/1", "done": true, "response": {"assetId": "7", "path": "assets/7", "displayName": "Video"},
        });
        Self {
            asset: response(&asset),
            page: response(&page(json!(TOKEN))),
            last_page: response(&page(Value::Null)),
            operation: response(&operation),
            deleted: response(&json!({ "deletedCount": DELETED })),
        }
    }

    /// A page with a token of its own: one that comes twice is an error of a search.
    fn page(&self, number: u64) -> Vec<u8> {
        let mut page = self.page.clone();
        let places = page.windows(TOKEN.len());
        let at = places.clone().rposition(|text| text == TOKEN.as_bytes());
        if let Some(at) = at {
            let token = format!("{number:0width$}", width = TOKEN.len());
            page[at..at + TOKEN.len()].copy_from_slice(token.as_bytes());
        }
        page
    }
}

/// What stands in a page where its token goes.
const TOKEN: &str = "page-token";

fn response(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nx-ratelimit-limit: 1000, 1000;w=60\r\n\
         x-ratelimit-remaining: 998\r\nx-ratelimit-reset: 20\r\n\r\n",
        body.len()
    );
    format!("{head}{body}").into_bytes()
}

/// About 1.2 KB, with every field that a model has.
fn asset(number: u64) -> Value {
    json!({
        "voting": {"showVotes": true, "upVotes": 1234, "downVotes": 56, "canVote": true, "userVote": null,
            "hasVoted": false, "voteCount": 1290, "upVotePercent": 95},
        "creator": {"creator": "user/287113233", "userId": 287113233, "groupId": null, "name": "TreeBen77", "verified": true},
        "creatorStoreProduct": {"purchasePrice": {"currencyCode": "USD", "quantity": {"significand": 0, "exponent": 0}},
            "purchasable": true},
        "asset": {"id": 14903722621_u64 + number, "name": "Fire hydrant of the old town",
            "description": "A simple fire hydrant to keep the flames away! Comes with a wrench, a hose and two caps.",
            "assetTypeId": 10, "socialLinks": [{"linkType": 5, "url": "https://discord.gg/example", "title": "Talk to us"}],
            "previewAssets": {"imagePreviewAssets": [11, 12, 13], "videoPreviewAssets": []},
            "createTime": "2023-09-28T08:23:05.447Z", "updateTime": "2025-12-11T11:41:07.2773289Z",
            "categoryPath": "3d__props-and-decor", "subTypes": ["Package"], "hasScripts": false, "scriptCount": 0,
            "objectMeshSummary": {"triangles": 552, "vertices": 912},
            "instanceCounts": {"script": 0, "meshPart": 1, "animation": 0, "decal": 0, "audio": 0, "tool": 0}},
    })
}
