//! The proxy that the environment names. What asks runs in a process of its own, which has that environment.

use std::env;
use std::process::Command;

use rblxopencloud::{ApiKey, ApiKeyBuilder, send_request};
use support::raw_server::{RawServer, json};

fn server() -> RawServer {
    RawServer::start(|_, connection| {
        while connection.read_request().is_some() {
            connection.send(&json(200, "{}"));
        }
    })
}

/// Runs one of the ignored tests below with a proxy in its environment.
fn run(test: &str, proxy: &RawServer, target: &str) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--ignored", "--exact", &format!("proxy::{test}")]);
    for name in ["NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env_remove(name.to_lowercase());
        command.env(name, proxy.url());
    }
    let output = command.env("TARGET", target).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[test]
fn what_is_for_this_machine_does_not_go_through_a_proxy_whatever_the_base_url() {
    let (proxy, target) = (server(), server());
    run("asks_this_machine", &proxy, target.url());
    assert_eq!(proxy.connections(), 0);
    let keys: Vec<_> = target
        .requests()
        .iter()
        .map(|request| request.header("x-api-key").map(str::to_owned))
        .collect();
    assert_eq!(keys, [Some("secret".into()), Some("secret".into()), None]);
}

#[test]
#[ignore = "run by the test above, in an environment with a proxy"]
fn asks_this_machine() {
    let target = env::var("TARGET").unwrap();
    let whole = format!("{target}/whole");
    send_request("GET", &whole)
        .authorization("secret")
        .send()
        .unwrap();
    let key = ApiKey::builder("secret").base_url(&target).build().unwrap();
    key.send_request("GET", "relative").send().unwrap();
    let elsewhere = ApiKey::anonymous();
    elsewhere.send_request("GET", &whole).send().unwrap();
}

#[test]
fn what_is_for_elsewhere_goes_through_the_proxy_whatever_the_base_url() {
    let (proxy, target) = (server(), server());
    run("asks_elsewhere", &proxy, target.url());
    assert_eq!((proxy.connections(), target.connections()), (2, 0));
}

#[test]
#[ignore = "run by the test above, in an environment with a proxy"]
fn asks_elsewhere() {
    let bases = [
        env::var("TARGET").unwrap(),
        "http://base.example".to_owned(),
    ];
    for base in bases {
        let key = ApiKeyBuilder::anonymous().base_url(base).build().unwrap();
        // The proxy makes no tunnel that leads anywhere; what counts is that it was asked.
        let _ = key
            .send_request("GET", "http://elsewhere.example/a")
            .timeout(std::time::Duration::from_millis(500))
            .send();
    }
}
