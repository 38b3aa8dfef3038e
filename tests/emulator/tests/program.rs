//! The emulator as a program.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

use open_cloud_emulator::Emulator;
use ureq::Agent;

/// A program that does not outlive its test.
struct Running {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    log: Lines<BufReader<ChildStderr>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            out: BufReader::new(child.stdout.take().unwrap()).lines(),
            log: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
        }
    }

    /// What is between these in the next line that begins with the first.
    fn value(&mut self, before: &str, after: &str) -> String {
        let line = self
            .out
            .find(|line| line.as_ref().unwrap().starts_with(before))
            .unwrap()
            .unwrap();
        let value = line.strip_prefix(before).unwrap();
        value.strip_suffix(after).unwrap().to_owned()
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_open-cloud-emulator"))
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

fn get(url: &str, header: (&str, &str)) -> u16 {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let request = agent.get(url).header(header.0, header.1);
    request.call().unwrap().status().as_u16()
}

#[test]
fn it_says_where_it_is_and_takes_the_key_and_the_token_that_it_says() {
    let mut running = Running::start(&["--rate-limits", "--port", "0"]);
    let url = running.value("Listening on ", "");
    assert_eq!(running.value("export ROBLOX_BASE_URL='", "'"), url);
    let key = running.value("export ROBLOX_API_KEY='", "'");
    let token = running.value("export ROBLOX_BEARER_TOKEN='", "'");
    let asset = format!("{url}/assets/v1/assets/500001");
    assert_eq!(get(&asset, ("x-api-key", &key)), 200);
    let bearer = format!("Bearer {token}");
    assert_eq!(get(&asset, ("authorization", &bearer)), 200);
    assert_eq!(get(&asset, ("accept", "*/*")), 401);
}

#[test]
fn its_key_can_be_chosen() {
    let mut running = Running::start(&["--key", "it's-mine"]);
    let url = running.value("Listening on ", "");
    // As a shell has to read it.
    let key = running.value("export ROBLOX_API_KEY=", "");
    assert_eq!(key, r"'it'\''s-mine'");
    let asset = format!("{url}/assets/v1/assets/500001");
    assert_eq!(get(&asset, ("x-api-key", "it's-mine")), 200);
    for bad in ["", "two words", "clé"] {
        let output = run(&["--key", bad]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(error.contains("visible ASCII"), "{error}");
        assert!(!error.contains("two words"), "{error}");
    }
}

#[test]
fn it_logs_requests_without_keys() {
    let mut running = Running::start(&["--log", "--key", "secret/key+1"]);
    let url = running.value("Listening on ", "");
    let token = running.value("export ROBLOX_BEARER_TOKEN='", "'");
    let asset = "/assets/v1/assets/500001";
    let search = "/toolbox-service/v2/assets:search?searchCategoryType=Audio&query=a%20b";
    let bearer = format!("Bearer {token}");
    let mut line = |path: &str, header: (&str, &str)| {
        get(&format!("{url}{path}"), header);
        let line = running.log.next().unwrap().unwrap();
        assert!(!line.contains("secret") && !line.contains(&token), "{line}");
        let (head, time) = line.strip_suffix(" ms").unwrap().rsplit_once(' ').unwrap();
        assert!(time.parse::<u64>().is_ok(), "{line}");
        head.to_owned()
    };
    let key = ("x-api-key", "secret/key+1");
    assert_eq!(line(asset, key), format!("GET {asset} 200 key:1001"));
    assert_eq!(
        line(asset, ("authorization", &bearer)),
        format!("GET {asset} 200 token:1001")
    );
    assert_eq!(
        line(asset, ("x-api-key", "wrong")),
        format!("GET {asset} 401 unknown")
    );
    assert_eq!(
        line(search, ("accept", "*/*")),
        format!("GET {search} 200 none")
    );
    for query in [
        "secret/key+1",
        "a=1&key=secret%2Fkey%2B1",
        "key=secret/key%2b1",
    ] {
        assert_eq!(
            line(&format!("{asset}?{query}"), key),
            format!("GET {asset}?(has a key in it) 400 key:1001")
        );
    }
    assert_eq!(
        line("/assets/v1/assets/secret%2Fkey+1", key),
        "GET /(has a key in it) 400 key:1001"
    );
}

#[test]
fn it_does_not_log_unless_it_is_told() {
    let mut running = Running::start(&[]);
    let url = running.value("Listening on ", "");
    get(&format!("{url}/"), ("accept", "*/*"));
    running.child.kill().unwrap();
    assert!(running.log.next().is_none());
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = Emulator::start().unwrap();
    let port = taken.url().rsplit(':').next().unwrap();
    let output = run(&["--port", port]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains(&format!("port {port} of 127.0.0.1 is taken")),
        "{error}"
    );
    assert!(error.contains("--port"), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn it_helps() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for option in ["--port", "--key", "--rate-limits", "--log", "--help"] {
        assert!(text.contains(option), "{option}");
    }
}

#[test]
fn it_rejects_what_it_does_not_know() {
    let output = run(&["--verbose"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("--verbose")
    );
}
