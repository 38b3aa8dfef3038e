//! Through a proxy the key goes to the service alone, in every request, and not to the proxy.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::{env, thread};

use rblxopencloud::{ApiKey, AssetFile, AssetType, Creator};
use rustls::{ServerConnection, StreamOwned};

use crate::certificates::{root, server_config};

const SECRET: &str = "s3cr3t-key";
const HOST: &str = "apis.example";

/// The next head, of which nothing is read beyond its end; `None` at the end of the connection.
fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    Some(String::from_utf8(head).unwrap())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find_map(|(known, value)| (known == name).then_some(value))
}

/// What the proxy heard, and the service behind it.
#[derive(Default)]
struct Heard {
    proxy: Vec<String>,
    service: Vec<String>,
}

/// A proxy with the service behind it: its address, and the certificate that vouches for the service.
fn start(heard: Arc<Mutex<Heard>>) -> (String, String) {
    let root = root();
    let config = server_config(&root, HOST, |_| ());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            stream.set_nodelay(true).unwrap();
            let (config, heard) = (config.clone(), heard.clone());
            thread::spawn(move || {
                let Some(head) = read_head(&mut stream) else {
                    return;
                };
                heard.lock().unwrap().proxy.push(head);
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                let connection = ServerConnection::new(config).unwrap();
                serve(&mut StreamOwned::new(connection, stream), &heard);
            });
        }
    });
    (url, root.pem())
}

fn serve(stream: &mut (impl Read + Write), heard: &Mutex<Heard>) {
    while let Some(head) = read_head(stream) {
        let is_large = header(&head, "expect").is_some();
        let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        heard.lock().unwrap().service.push(head);
        if is_large {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            stream.read_exact(&mut vec![0; 300_000]).unwrap();
            stream
                .write_all(b"HTTP/1.1 413 X\r\ncontent-length: 2\r\n\r\n{}")
                .unwrap();
            return;
        }
        stream.read_exact(&mut vec![0; length]).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .unwrap();
    }
}

#[test]
fn a_proxy_makes_a_tunnel_and_does_not_hear_the_key() {
    let heard = Arc::new(Mutex::new(Heard::default()));
    let (proxy, root) = start(heard.clone());
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "proxy_tunnel::asks_through_the_proxy",
    ]);
    for name in ["NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env("HTTPS_PROXY", proxy).env("ROOT", root);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );

    let heard = heard.lock().unwrap();
    // One tunnel, until the service closed it.
    assert_eq!(heard.proxy.len(), 1, "{:?}", heard.proxy);
    let tunnel = &heard.proxy[0];
    assert!(
        tunnel.starts_with(&format!("CONNECT {HOST}:443 ")) && !tunnel.contains(SECRET),
        "{tunnel}"
    );
    assert_eq!(heard.service.len(), 4, "{:?}", heard.service);
    for head in &heard.service {
        assert_eq!(header(head, "x-api-key"), Some(SECRET), "{head}");
    }
}

#[test]
#[ignore = "run by the test above, in an environment with a proxy"]
fn asks_through_the_proxy() {
    let key = ApiKey::builder(SECRET)
        .base_url(format!("https://{HOST}"))
        .root_certificates(env::var("ROOT").unwrap())
        .build()
        .unwrap();
    for method in ["GET", "M-SEARCH", "POST"] {
        let request = key.send_request(method, "x").data("~~~", "text/plain");
        assert_eq!(request.send().unwrap().status, 200);
    }
    let file = AssetFile::from_bytes("crate.fbx", vec![7; 20 << 20]);
    let error = key
        .get_user(1)
        .upload_asset(file, AssetType::Model, "n", "d")
        .unchecked()
        .send()
        .unwrap_err();
    assert_eq!(error.status(), Some(413), "{error:?}");
}
