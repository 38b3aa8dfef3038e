//! The emulator as a program.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use ureq::Agent;

/// A program that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_says_where_it_is_and_answers() {
    let child = Command::new(env!("CARGO_BIN_EXE_open-cloud-emulator"))
        .args(["--rate-limits", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut value = |before: &str, after: &str| {
        let line = lines
            .find(|line| line.as_ref().unwrap().starts_with(before))
            .unwrap()
            .unwrap();
        let value = line.strip_prefix(before).unwrap();
        value.strip_suffix(after).unwrap().to_owned()
    };
    let url = value("Listening on ", "");
    assert_eq!(value("export ROBLOX_BASE_URL='", "'"), url);
    let key = value("export ROBLOX_API_KEY='", "'");
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let response = agent
        .get(format!(
            "{url}/toolbox-service/v2/assets:search?searchCategoryType=Audio"
        ))
        .header("x-api-key", &key)
        .call()
        .unwrap();
    assert_eq!(response.status(), 200);
}

#[test]
fn it_helps() {
    let output = Command::new(env!("CARGO_BIN_EXE_open-cloud-emulator"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("--port") && text.contains("--rate-limits"));
}

#[test]
fn it_refuses_what_it_does_not_know() {
    let output = Command::new(env!("CARGO_BIN_EXE_open-cloud-emulator"))
        .arg("--verbose")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("--verbose")
    );
}
