//! Certificates: which are trusted, and that a key goes to no other server.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use rblxopencloud::{ApiKey, Error};
use rcgen::{CertificateParams, date_time_ymd};
use rustls::{ServerConnection, StreamOwned};

use crate::certificates::{Root, root, server_config};

const SECRET: &str = "s3cr3t-key";

/// A server with a certificate of this root, for this name; what it hears is kept.
struct TlsServer {
    url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl TlsServer {
    fn start(root: &Root, name: &str, change: impl Fn(&mut CertificateParams)) -> Self {
        let config = server_config(root, name, change);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(config.clone()).unwrap();
                let mut tls = StreamOwned::new(connection, stream.unwrap());
                let mut buffer = [0; 4096];
                // A client that does not trust us goes away.
                let Ok(count) = tls.read(&mut buffer) else {
                    continue;
                };
                log.lock().unwrap().extend_from_slice(&buffer[..count]);
                let body = r#"{"asset":{"id":7}}"#;
                let response = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = tls.write_all(response.as_bytes());
            }
        });
        Self { url, heard }
    }

    fn heard_nothing(&self) -> bool {
        self.heard.lock().unwrap().is_empty()
    }
}

fn assert_untrusted(error: &Error) {
    assert!(
        error.is_tls() && error.is_connect() && !error.is_timeout(),
        "{error:?}"
    );
    assert_eq!(error.attempts(), 1);
    assert!(
        error
            .to_string()
            .contains(": could not connect safely to localhost:"),
        "{error}"
    );
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(!error.is_outcome_unknown());
    let cause = std::error::Error::source(error).unwrap().to_string();
    assert!(cause.contains("certificate"), "{cause}");
    assert!(!format!("{error:?}").contains(SECRET));
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_an_error_before_the_key_leaves() {
    let server = TlsServer::start(&root(), "localhost", |_| {});
    let key = ApiKey::builder(SECRET)
        .base_url(&server.url)
        .build()
        .unwrap();
    assert_untrusted(&key.fetch_toolbox_asset(7).unwrap_err());
    let another = root();
    let key = ApiKey::builder(SECRET)
        .base_url(&server.url)
        .root_certificates(another.pem())
        .build()
        .unwrap();
    assert_untrusted(&key.fetch_toolbox_asset(7).unwrap_err());
    assert_untrusted(&key.fetch_info().unwrap_err());
    assert!(server.heard_nothing());
}

#[test]
fn a_private_root_can_be_trusted() {
    let root = root();
    let server = TlsServer::start(&root, "localhost", |_| {});
    let key = ApiKey::builder(SECRET)
        .base_url(&server.url)
        .root_certificates(root.pem())
        .build()
        .unwrap();
    assert_eq!(key.fetch_toolbox_asset(7).unwrap().asset_id, 7);
    assert!(
        String::from_utf8_lossy(&server.heard.lock().unwrap()).contains("x-api-key: s3cr3t-key")
    );
}

#[test]
fn trusting_a_root_does_not_switch_checking_off() {
    let root = root();
    let expired = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    };
    for server in [
        TlsServer::start(&root, "localhost", expired),
        TlsServer::start(&root, "apis.roblox.com", |_| {}),
        TlsServer::start(&root, "127.0.0.1", |_| {}),
    ] {
        let key = ApiKey::builder(SECRET)
            .base_url(&server.url)
            .root_certificates(root.pem())
            .build()
            .unwrap();
        assert_untrusted(&key.fetch_toolbox_asset(7).unwrap_err());
        assert!(server.heard_nothing());
    }
}

#[test]
fn what_is_no_certificate_is_an_error() {
    for pem in [
        "",
        "no pem",
        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    ] {
        let error = ApiKey::builder(SECRET)
            .root_certificates(pem)
            .build()
            .unwrap_err();
        assert!(
            error.is_invalid_argument() && error.to_string().contains("root certificates"),
            "{error}"
        );
    }
}

#[test]
fn a_server_without_tls_is_an_error_and_hears_no_key() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .unwrap();
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        heard
    });
    let key = ApiKey::builder(SECRET)
        .base_url(url)
        .retry_policy(rblxopencloud::RetryPolicy::none())
        .build()
        .unwrap();
    let error = key.fetch_toolbox_asset(7).unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    let heard = heard.join().unwrap();
    assert!(
        !heard
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes())
    );
}
