//! The command-line tool, as a process: with a terminal and without one.

use std::fs;
use std::process;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use open_cloud_emulator::{Emulator, Fault, KeySpec, RecordedRequest, Scope};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty, starts_with};
use serde_json::{Value, json};
use support::nobody::Nobody;
use tempfile::TempDir;

#[path = "../../support/png.rs"]
mod png;

/// An Open Cloud, and a folder with a picture, a model and a text.
struct Cli {
    emulator: Emulator,
    folder: TempDir,
}

impl Cli {
    fn new() -> Self {
        let emulator = Emulator::start().unwrap();
        emulator.set_operation_polls(1);
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("square.png"),
            png::square(8, [255, 140, 0]),
        )
        .unwrap();
        fs::write(folder.path().join("crate.rbxm"), "<roblox!a crate").unwrap();
        fs::write(folder.path().join("notes.txt"), "some text").unwrap();
        Self { emulator, folder }
    }

    fn command(&self, arguments: &[&str]) -> process::Command {
        let mut command = process::Command::new(env!("CARGO_BIN_EXE_opencloud"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("ROBLOX_API_KEY", self.emulator.api_key())
            .env("ROBLOX_BASE_URL", self.emulator.url());
        command
    }

    /// Runs a line whose words have no spaces.
    fn run(&self, line: &str) -> Assert {
        self.check(self.command(&words(line)))
    }

    fn run_with_key(&self, key: &str, line: &str) -> Assert {
        let mut command = self.command(&words(line));
        command.env("ROBLOX_API_KEY", key);
        let assert = self.check(command);
        assert!(key.is_empty() || !everything(&assert).contains(key));
        assert
    }

    /// Whatever happens, no output has the key in it, and none steers a terminal that is not there.
    fn check(&self, command: process::Command) -> Assert {
        let assert = Command::from_std(command).assert();
        let text = everything(&assert);
        assert!(!text.contains(self.emulator.api_key()), "{text}");
        assert!(!text.contains(['\x1b', '\r']), "{text:?}");
        assert
    }

    fn requests_to(&self, path_part: &str) -> Vec<RecordedRequest> {
        let mut requests = self.emulator.requests();
        requests.retain(|request| request.path.contains(path_part));
        requests
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn everything(assert: &Assert) -> String {
    stdout(assert) + &String::from_utf8_lossy(&assert.get_output().stderr)
}

/// Every line of stdout, as JSON.
fn json_lines(assert: &Assert) -> Vec<Value> {
    stdout(assert)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The one line of stdout, as JSON.
fn json_line(assert: &Assert) -> Value {
    let mut lines = json_lines(assert);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

// The command line

#[test]
fn help_tells_of_the_key_of_json_and_of_every_exit_status() {
    let cli = Cli::new();
    let help = stdout(&cli.run("--help").code(0).stderr(is_empty()));
    for text in [
        "ROBLOX_API_KEY",
        "--api-key-file",
        "ROBLOX_BASE_URL",
        "--emulator",
        "--json",
    ] {
        assert!(help.contains(text), "{text}");
    }
    for status in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "7 ", "130 "] {
        assert!(
            help.lines()
                .any(|line| line.starts_with(&format!("  {status}"))),
            "{status}"
        );
    }
    for command in ["key", "toolbox", "saves", "assets", "operations"] {
        cli.run(&format!("{command} --help"))
            .code(0)
            .stdout(contains("Usage: opencloud "));
    }
}

#[test]
fn the_guide_has_the_help_as_it_is() {
    let help = stdout(&Cli::new().run("--help").code(0));
    assert!(
        include_str!("../../../docs/command-line.md").contains(&help),
        "{help}"
    );
}

#[test]
fn a_wrong_command_line_is_status_2_and_sends_nothing() {
    let cli = Cli::new();
    for (line, complaint) in [
        ("frobnicate", "unrecognized subcommand 'frobnicate'"),
        ("toolbox search Modle", "there is no such type of asset"),
        ("toolbox search Audio --sort Fame", "there is no such order"),
        (
            "toolbox search Audio --max-price cheap",
            "invalid value 'cheap' for '--max-price <USD>'",
        ),
        ("assets info crate", "invalid value 'crate' for '<ID>'"),
        (
            "assets update 500001",
            "required arguments were not provided",
        ),
        (
            "assets upload square.png --type Decal --name A --user 1 --group 2",
            "cannot be used with",
        ),
        (
            "--emulator --base-url http://127.0.0.1:1 key info",
            "leave --base-url and --api-key-file out",
        ),
        (
            "--base-url here key info",
            "it must be like https://apis.roblox.com",
        ),
        ("operations wait ..", "it must not be empty"),
    ] {
        cli.run(line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(complaint));
    }
    assert!(cli.emulator.requests().is_empty());
}

#[test]
fn there_is_no_argument_for_the_key() {
    let cli = Cli::new();
    let argument = format!("--api-key={}", cli.emulator.api_key());
    let assert = cli.check(cli.command(&["key", "info", &argument]));
    assert
        .code(2)
        .stderr(contains("unexpected argument '--api-key'"));
}

// The key and the server

#[test]
fn the_key_is_described() {
    let cli = Cli::new();
    let scope = Scope::new("asset", ["read", "write"])
        .user_ids([1001])
        .group_ids(["*"]);
    let key = cli.emulator.add_key(
        KeySpec::new("builds")
            .expires_at("2100-01-02T03:04:05Z")
            .with_scope(scope)
            .scope("legacy-asset", ["manage"]),
    );
    cli.run_with_key(&key, "key info")
        .code(0)
        .stderr(is_empty())
        .stdout(
            "builds of user 1001\n  enabled, expires 2100-01-02\n\
         \x20 asset                    read write               1 users, all groups\n\
         \x20 legacy-asset             manage\n",
        );
    let info = json_line(&cli.run_with_key(&key, "key info --json").code(0));
    assert_eq!(info["name"], "builds");
    assert_eq!(info["authorized_user"]["id"], 1001);
    assert_eq!(info["scopes"][1]["operations"], json!(["manage"]));
}

#[test]
fn a_key_file_may_end_in_a_line_break_and_goes_before_the_variable() {
    let cli = Cli::new();
    for ending in ["", "\n", "\r\n"] {
        let text = format!("{}{ending}", cli.emulator.api_key());
        fs::write(cli.folder.path().join("key"), text).unwrap();
        let mut command = cli.command(&words("--api-key-file key key info"));
        command.env("ROBLOX_API_KEY", "another");
        cli.check(command)
            .code(0)
            .stdout(starts_with("ready key of user 1001\n"));
    }
    cli.run("--api-key-file none key info").code(1).stderr(
        "error: the key file none cannot be read\n  cause: No such file or directory (os error 2)\n",
    );
}

#[test]
fn without_a_key_only_the_toolbox_can_be_asked() {
    let cli = Cli::new();
    for line in [
        "key info",
        "saves list",
        "assets info 500001",
        "operations wait 1",
    ] {
        cli.run_with_key("", line).code(4).stdout(is_empty()).stderr(starts_with(
            "error: there is no API key: set ROBLOX_API_KEY or give --api-key-file FILE; make a key at \
             https://create.roblox.com/dashboard/credentials",
        ));
    }
    assert!(cli.emulator.requests().is_empty());
    let mut command = cli.command(&words("toolbox show 1842610131"));
    command.env_remove("ROBLOX_API_KEY");
    cli.check(command).code(0);
    assert_eq!(cli.emulator.requests()[0].header("x-api-key"), None);
    cli.run_with_key("", "toolbox show 4030403")
        .code(4)
        .stderr(starts_with(
            "error: this needs a key (403): give one with the scope creator-store-product:read\n",
        ));
}

#[test]
fn a_key_that_is_not_taken_is_status_4_and_one_that_is_none_2() {
    let cli = Cli::new();
    let expired = cli
        .emulator
        .add_key(KeySpec::new("old").every_scope().expired(true));
    for key in ["wrong", &expired] {
        cli.run_with_key(key, "assets info 500001")
            .code(4)
            .stdout(is_empty())
            .stderr(
                starts_with("error: Roblox does not take the key (401").and(contains(
                    "see that it is complete, enabled and not expired at https://create.",
                )),
            );
    }
    let disabled = cli
        .emulator
        .add_key(KeySpec::new("off").every_scope().enabled(false));
    cli.run_with_key(&disabled, "assets info 500001")
        .code(4)
        .stderr(
            starts_with("error: the key is disabled (403")
                .and(contains("enable it in the Creator Dashboard")),
        );
    cli.run_with_key("two words", "key info")
        .code(2)
        .stderr(starts_with("error: the API key has a space"));
}

#[test]
fn a_base_url_goes_before_the_variable_and_gets_no_key_over_plain_http() {
    let cli = Cli::new();
    let mut command = cli.command(&["key", "info", "--base-url", cli.emulator.url()]);
    command.env("ROBLOX_BASE_URL", "http://127.0.0.1:1");
    cli.check(command).code(0);
    cli.run("--base-url http://roblox.example key info")
        .code(2)
        .stderr(contains("use https"));
    let agent = cli.emulator.requests()[0]
        .header("user-agent")
        .unwrap()
        .to_owned();
    assert!(
        agent.ends_with(concat!("opencloud/", env!("CARGO_PKG_VERSION"))),
        "{agent}"
    );
}

#[test]
fn the_emulator_serves_any_command_and_needs_nothing_from_the_environment() {
    let cli = Cli::new();
    for line in [
        "--emulator key info",
        "--emulator toolbox search Audio menu --limit 1",
        "saves list --emulator",
        "assets upload square.png --type Decal --name Square --emulator --no-wait",
        "assets download 500001 there.rbxm --emulator",
    ] {
        let mut command = cli.command(&words(line));
        command
            .env("ROBLOX_API_KEY", "")
            .env("ROBLOX_BASE_URL", "nowhere");
        let note = starts_with("Talking to a local Open Cloud at http://127.0.0.1:");
        cli.check(command)
            .code(0)
            .stdout(is_empty().not())
            .stderr(note);
    }
    assert!(cli.emulator.requests().is_empty());
}

// The toolbox and what is saved

#[test]
fn a_search_shows_rows_and_says_how_many_there_are() {
    let cli = Cli::new();
    let mut command = cli.command(&["toolbox", "search", "Audio", "Menu Theme", "--limit", "2"]);
    command.env_remove("ROBLOX_API_KEY");
    let assert = cli.check(command).code(0).stderr("2 of about 9 results\n");
    let rows = stdout(&assert);
    assert_eq!(rows.lines().count(), 2);
    assert_eq!(
        rows.lines()
            .next()
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>(),
        [
            "1842610131",
            "Audio",
            "Menu",
            "Theme",
            "DistrokidOfficial",
            "free"
        ],
    );
}

#[test]
fn a_search_as_json_is_a_line_for_each_result_over_all_pages() {
    let cli = Cli::new();
    let assert = cli
        .run("--json toolbox search Model --limit 120 --unverified")
        .code(0);
    let lines = json_lines(&assert);
    assert!(lines.len() > 100, "{}", lines.len());
    assert!(lines.iter().all(|asset| asset["asset_id"].is_u64()));
    assert_eq!(cli.requests_to("assets:search").len(), 2);
}

#[test]
fn a_search_sends_what_was_asked_for() {
    let cli = Cli::new();
    cli.run(
        "toolbox search Audio rain --limit 3 --user 7135127272 --max-price 0 --unverified --sort Ratings --ascending",
    )
    .code(0);
    let mut sent = cli.emulator.requests()[0].query_pairs();
    sent.sort();
    let sent: Vec<(&str, &str)> = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        sent,
        [
            ("includeOnlyVerifiedCreators", "false"),
            ("maxPageSize", "3"),
            ("maxPriceCents", "0"),
            ("query", "rain"),
            ("searchCategoryType", "Audio"),
            ("searchView", "Full"),
            ("sortCategory", "Ratings"),
            ("sortDirection", "Ascending"),
            ("userId", "7135127272"),
        ]
    );
    cli.run("toolbox search Model --group 7").code(0);
    let second = cli.emulator.requests()[1].query_pairs();
    assert!(
        second.contains(&("groupId".to_owned(), "7".to_owned())),
        "{second:?}"
    );
}

#[test]
fn a_search_that_finds_nothing_says_so_and_what_was_perhaps_meant() {
    let cli = Cli::new();
    let notes = "nothing found\ndid you mean \"menu\"?\n";
    cli.run("toolbox search Audio menue")
        .code(0)
        .stdout(is_empty())
        .stderr(notes);
    cli.run("--json toolbox search Audio menue")
        .code(0)
        .stdout(is_empty())
        .stderr(notes);
}

#[test]
fn an_asset_of_the_toolbox_is_shown() {
    let cli = Cli::new();
    cli.run("toolbox show 1842610131")
        .code(0)
        .stderr(is_empty())
        .stdout(
            starts_with("Menu Theme (Audio 1842610131)\n")
                .and(contains("  creator      DistrokidOfficial\n"))
                .and(contains("  price        free\n")),
        );
    let asset = json_line(&cli.run("toolbox show 1842610131 --json").code(0));
    assert_eq!(asset["name"], "Menu Theme");
    // Nothing is told of this one but its id.
    cli.run("toolbox show 700001")
        .code(0)
        .stdout(starts_with("asset 700001\n"));
    cli.run("toolbox show 99")
        .code(3)
        .stdout(is_empty())
        .stderr(
            starts_with("error: there is no such thing (404): check the id\n")
                .and(contains("  cause: GET /toolbox-service/v2/assets/99: 404")),
        );
}

#[test]
fn assets_are_saved_listed_and_removed() {
    let cli = Cli::new();
    let before = json_lines(&cli.run("saves list --json").code(0));
    cli.run("saves remove Audio 1842610131")
        .code(0)
        .stdout("removed 1\n");
    cli.run("saves add Audio 1842610131")
        .code(0)
        .stdout("saved Audio 1842610131\n");
    let again = cli.run("saves add Audio 1842610131").code(0);
    again.stdout("Audio 1842610131 was saved already\n");
    let first = stdout(&cli.run("saves list --type Audio --limit 1").code(0));
    assert!(first.contains("Menu Theme"), "{first}");
    assert_eq!(
        json_lines(&cli.run("saves list --json").code(0)).len(),
        before.len()
    );

    let saved = json_line(&cli.run("saves add Audio 1842610131 --json").code(0));
    assert_eq!(
        saved,
        json!({ "asset_id": 1_842_610_131, "asset_type": "Audio", "was_saved": true })
    );
    let removed = json_line(
        &cli.run("saves remove Audio 1842610131 1842610245 --json")
            .code(0),
    );
    assert_eq!(removed, json!({ "removed": 1 }));
}

#[test]
fn what_is_not_there_can_be_neither_saved_nor_removed() {
    let cli = Cli::new();
    cli.run("saves add Audio 5")
        .code(3)
        .stderr(contains("The asset was not found."));
    cli.run("saves remove Audio 5")
        .code(3)
        .stderr(contains("The asset is not saved."));
}

// Uploads and operations

const UPLOAD: &str = "assets upload square.png --type Decal --name Square";

#[test]
fn an_upload_belongs_to_the_user_of_the_key_unless_another_owner_is_named() {
    let cli = Cli::new();
    for (owner, creator) in [
        ("", "user 1001"),
        (" --user 1001", "user 1001"),
        (" --group 2001", "group 2001"),
    ] {
        cli.run(&format!("{UPLOAD} --description Orange{owner}"))
            .code(0)
            .stderr(is_empty())
            .stdout(
                starts_with("Square (Decal 13")
                    .and(contains(format!("  creator      {creator}\n")))
                    .and(contains("  description  Orange\n"))
                    .and(contains("  moderation   Approved\n")),
            );
    }
    // Only the first upload needed to ask whose the key is.
    assert_eq!(cli.requests_to("introspect").len(), 1);
    let asset = json_line(&cli.run(&format!("{UPLOAD} --json")).code(0));
    assert_eq!(
        (&asset["name"], &asset["creator"]["id"]),
        (&json!("Square"), &json!(1001))
    );
}

#[test]
fn an_upload_costs_robux_only_when_that_was_said() {
    let cli = Cli::new();
    cli.emulator.set_upload_price(10);
    cli.run(UPLOAD)
        .code(1)
        .stderr(contains("400").and(contains("The actual price is higher")));
    cli.run(&format!("{UPLOAD} --expect-robux 10")).code(0);
}

#[test]
fn an_upload_that_is_not_waited_for_gives_the_operation_to_wait_for() {
    let cli = Cli::new();
    let note = "Roblox works on it: `opencloud operations wait` shows what comes of it\n";
    let assert = cli.run(&format!("{UPLOAD} --no-wait")).code(0).stderr(note);
    let text = stdout(&assert);
    let id = text.trim_end().strip_prefix("operation ").unwrap();
    cli.run(&format!("operations wait {id}"))
        .code(0)
        .stdout(starts_with("Square (Decal 13"));

    let operation = json_line(&cli.run(&format!("{UPLOAD} --no-wait --json")).code(0));
    let id = operation["operation_id"].as_str().unwrap();
    let asset = json_line(&cli.run(&format!("operations wait {id} --json")).code(0));
    assert_eq!(asset["name"], "Square");
    // One that is done at once needs no waiting for.
    cli.emulator.set_operation_polls(0);
    cli.run(&format!("{UPLOAD} --no-wait"))
        .code(0)
        .stderr(is_empty())
        .stdout(starts_with("Square"));
}

#[test]
fn what_takes_too_long_is_status_6_and_says_how_to_go_on() {
    let cli = Cli::new();
    cli.emulator.set_operation_polls(3);
    let assert = cli.run(&format!("{UPLOAD} --timeout 0 --json")).code(6);
    let id = json_line(&assert)["operation_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let go_on = format!("opencloud operations wait {id}");
    assert.stderr(
        starts_with(format!(
            "error: Roblox is not done yet: go on with `{go_on}`\n"
        ))
        .and(contains("  cause: ")),
    );
    let line = format!("operations wait {id} --timeout 0");
    cli.run(&line)
        .code(6)
        .stdout(format!("operation {id}\n"))
        .stderr(contains(&go_on));
    cli.run(&line)
        .code(0)
        .stdout(starts_with("Square (Decal 13"));
}

#[test]
fn a_wait_that_ends_in_a_failure_of_the_service_names_it_as_the_cause() {
    let cli = Cli::new();
    cli.emulator
        .fault_next_to("/operations/", 1, Fault::status(502));
    cli.run("operations wait abc --timeout 0").code(6).stderr(
        contains("  cause: the wait for operation abc ended")
            .and(contains("; the last poll failed: GET "))
            .and(contains("502")),
    );
}

#[test]
fn an_operation_that_fails_says_why_and_one_that_is_not_there_is_status_3() {
    let cli = Cli::new();
    cli.emulator
        .fail_next_operation(3, "The mesh is too complex.");
    cli.run("assets upload crate.rbxm --type Model --name Crate")
        .code(1)
        .stdout(is_empty())
        .stderr(
            starts_with(
                "error: Roblox could not make an asset of it: fix the file and upload it again\n",
            )
            .and(contains("The mesh is too complex.")),
        );
    cli.run("operations wait none --timeout 0")
        .code(3)
        .stderr(starts_with(
            "error: Roblox knows of no such operation: check the id\n  cause: ",
        ));
}

#[test]
fn an_upload_that_may_have_become_an_asset_is_status_7_and_says_to_look_first() {
    let cli = Cli::new();
    cli.emulator
        .fault_next_to("/assets/v1/assets", 1, Fault::CutAfterActing);
    cli.run(UPLOAD).code(7).stdout(is_empty()).stderr(
        starts_with(
            "error: it is not known whether this was done: look at \
             https://create.roblox.com/dashboard/creations before you do it again\n",
        )
        .and(contains(
            "  cause: POST /assets/v1/assets: the connection to 127.0.0.1:",
        )),
    );
    assert_eq!(cli.requests_to("/assets/v1/assets").len(), 1);
}

#[test]
fn a_file_or_a_text_that_cannot_be_used_is_told_apart() {
    let cli = Cli::new();
    fs::write(cli.folder.path().join("broken.png"), "no picture").unwrap();
    fs::write(cli.folder.path().join("empty.png"), "").unwrap();
    for (arguments, code, complaint) in [
        (
            "none.png --type Decal --name A",
            1,
            ": No such file or directory (os error 2)\n",
        ),
        (
            "notes.txt --type Decal --name A",
            2,
            "notes.txt\" is of no kind",
        ),
        (
            "square.png --type Model --name A",
            2,
            "is a PNG image; the asset type Model takes fbx, gltf",
        ),
        ("empty.png --type Decal --name A", 2, "empty"),
        (
            "square.png --type Decal --name=",
            2,
            "error: the name of the asset is empty\n",
        ),
        (
            "broken.png --type Decal --name A",
            1,
            "error: Roblox cannot read the file (400): see that it is what",
        ),
        (
            "square.png --type Decal --name badword",
            1,
            "does not allow the name or the description (400): choose",
        ),
    ] {
        let assert = cli.run(&format!("assets upload {arguments}"));
        assert
            .code(code)
            .stdout(is_empty())
            .stderr(contains(complaint));
    }
}

// Assets

#[test]
fn an_asset_is_shown_updated_and_rolled_back() {
    let cli = Cli::new();
    cli.run("assets info 500001")
        .code(0)
        .stderr(is_empty())
        .stdout(
            starts_with("Sample Model (Model 500001)\n  creator      user 1001\n")
                .and(contains("  version      1 of 2025-06-15\n"))
                .and(contains("  state        Active\n")),
        );
    cli.run("assets update 500001 --name Crate --description Wooden")
        .code(0);
    cli.run("assets update 500001 --file crate.rbxm").code(0);
    let asset = json_line(&cli.run("assets info 500001 --json").code(0));
    assert_eq!(
        (&asset["name"], &asset["description"]),
        (&json!("Crate"), &json!("Wooden"))
    );
    assert_eq!(asset["revision_id"], 2);

    cli.run("assets versions 500001")
        .code(0)
        .stdout("version 2    Approved\nversion 1    Approved\n");
    let latest = json_line(&cli.run("assets versions 500001 --limit 1 --json").code(0));
    assert_eq!(latest["version_number"], 2);
    cli.run("assets rollback 500001 1")
        .code(0)
        .stdout("version 3    Approved\n");
    let version = json_line(&cli.run("assets rollback 500001 2 --json").code(0));
    assert_eq!(
        (&version["asset_id"], &version["version_number"]),
        (&json!(500_001), &json!(4))
    );
    cli.run("assets rollback 500001 99").code(3);
    cli.run("assets update 500001 --file square.png")
        .code(2)
        .stderr(contains("an update of content takes"));
}

#[test]
fn an_update_of_content_can_be_waited_for_later() {
    let cli = Cli::new();
    let update = "assets update 500001 --file crate.rbxm --no-wait --json";
    let operation = json_line(&cli.run(update).code(0));
    let id = operation["operation_id"].as_str().unwrap();
    let asset = json_line(&cli.run(&format!("operations wait {id} --json")).code(0));
    assert_eq!(asset["id"], 500_001);
}

#[test]
fn an_asset_goes_into_the_archive_and_comes_out_of_it() {
    let cli = Cli::new();
    cli.run("assets archive 500001")
        .code(0)
        .stdout(contains("  state        Archived\n"));
    let asset = json_line(&cli.run("assets restore 500001 --json").code(0));
    assert_eq!(asset["state"], "Active");
    cli.run("assets archive 5").code(3);
}

#[test]
fn content_is_downloaded_whole_in_the_version_that_is_asked_for() {
    let cli = Cli::new();
    cli.run("assets update 500001 --file crate.rbxm").code(0);
    let read = |name: &str| fs::read(cli.folder.path().join(name)).unwrap();
    cli.run("assets download 500001 new.rbxm")
        .code(0)
        .stdout("15 bytes in new.rbxm\n");
    assert_eq!(read("new.rbxm"), read("crate.rbxm"));
    let result = json_line(
        &cli.run("assets download 500001 old.rbxm --version 1 --json")
            .code(0),
    );
    let bytes = read("old.rbxm");
    assert_ne!(bytes, read("crate.rbxm"));
    assert_eq!(
        result,
        json!({ "asset_id": 500_001, "bytes": bytes.len(), "file": "old.rbxm" })
    );

    cli.run("assets download 500001 none.rbxm --version 99")
        .code(3);
    cli.run("assets download 500001 no/folder.rbxm")
        .code(1)
        .stderr(contains(": No such file or directory"));
    cli.emulator
        .fault_next_to("/asset-delivery-api/", 1, Fault::status(500));
    cli.run("assets download 500001 none.rbxm --retries 0")
        .code(1);
    assert!(!cli.folder.path().join("none.rbxm").exists());
}

#[test]
fn a_name_cannot_steer_the_terminal_or_break_the_lines() {
    let cli = Cli::new();
    let arguments = [
        "assets",
        "update",
        "500001",
        "--name",
        "red \x1b[31m\nred",
        "--json",
    ];
    let assert = cli.check(cli.command(&arguments)).code(0);
    assert_eq!(json_line(&assert)["name"], "red \x1b[31m\nred");
    cli.run("assets info 500001")
        .code(0)
        .stdout(starts_with("red  [31m red (Model 500001)\n"));
}

// What goes wrong

#[test]
fn a_scope_that_is_missing_is_named() {
    let cli = Cli::new();
    let no_scopes = cli.emulator.add_key(KeySpec::new("weak"));
    for (line, scopes) in [
        ("toolbox search Audio", "creator-store-product:read"),
        ("toolbox show 1842610131", "creator-store-product:read"),
        ("saves list", "creator-store-save:read"),
        ("saves add Audio 1842610245", "creator-store-save:write"),
        ("saves remove Audio 1842610131", "creator-store-save:write"),
        ("assets info 500001", "asset:read"),
        ("assets versions 500001", "asset:read"),
        ("assets download 500001 a.rbxm", "legacy-asset:manage"),
        ("operations wait abc", "asset:read"),
        (UPLOAD, "asset:read and asset:write"),
        (
            "assets update 500001 --name A",
            "asset:read and asset:write",
        ),
        ("assets rollback 500001 1", "asset:read and asset:write"),
        ("assets archive 500001", "asset:read and asset:write"),
        ("assets restore 500001", "asset:read and asset:write"),
    ] {
        let number = if scopes.contains(" and ") {
            "scopes"
        } else {
            "scope"
        };
        let advice = format!("give it the {number} {scopes} in the Creator Dashboard\n  cause: ");
        cli.run_with_key(&no_scopes, line)
            .code(4)
            .stdout(is_empty())
            .stderr(starts_with("error: the key may not do this (403").and(contains(advice)));
    }
    let reader = cli
        .emulator
        .add_key(KeySpec::new("reader").scope("asset", ["read"]));
    cli.run_with_key(&reader, "assets archive 500001")
        .code(4)
        .stderr(starts_with(
            "error: the key may not do this (403 PERMISSION_DENIED): \
         give it the scope asset:write in the Creator Dashboard\n",
        ));
}

#[test]
fn what_no_scope_would_help_with_is_not_blamed_on_the_scopes() {
    let cli = Cli::new();
    for line in ["assets archive 500013", &format!("{UPLOAD} --group 2003")] {
        cli.run(line).code(4).stderr(
            starts_with("error: the key may not do this (403")
                .and(contains("it has asset:read and asset:write, but not for this user or group, or the asset is")),
        );
    }
}

#[test]
fn too_many_requests_are_status_5_and_say_when_to_come_back() {
    let cli = Cli::new();
    cli.emulator
        .fault_next(1, Fault::status(429).with_header("retry-after", "17"));
    cli.run("assets info 500001").code(5).stderr(starts_with(
        "error: too many requests (429): retry in 17 s\n  cause: GET ",
    ));
    cli.emulator.enforce_rate_limits(true);
    cli.emulator.set_rate_limit("toolbox.details", 1);
    cli.run("toolbox show 1842610131").code(0);
    let rejected = cli
        .run("toolbox show 1842610131")
        .code(5)
        .stdout(is_empty());
    rejected.stderr(starts_with("error: too many requests (429): retry in "));
}

#[test]
fn what_else_fails_is_status_1_with_its_causes() {
    let cli = Cli::new();
    let nonsense = Fault::json(200, &json!("nonsense"));
    let redirect = Fault::status(302).with_header("location", "https://elsewhere.example/");
    for (fault, complaint) in [
        (
            Fault::status(503),
            "error: Roblox failed (503): retry later\n  cause: GET /assets/v1/assets/500001: 503",
        ),
        (
            Fault::status(418),
            "error: this did not work (418): see the cause\n  cause: GET ",
        ),
        (
            redirect,
            "error: this did not work (302): see the cause\n  cause: GET ",
        ),
        (
            nonsense,
            "error: the response makes no sense (200): check the URL",
        ),
    ] {
        cli.emulator.fault_next(1, fault);
        cli.run("assets info 500001 --retries 0")
            .code(1)
            .stdout(is_empty())
            .stderr(starts_with(complaint));
    }
    assert_eq!(cli.emulator.requests().len(), 4);
    cli.emulator.fault_next(1, Fault::CutBeforeResponse);
    let cut = cli.run("assets info 500001 --retries 0").code(1);
    assert!(
        everything(&cut).contains(
            "broke while sending the request or waiting for the response: Peer disconnected"
        ),
        "{}",
        everything(&cut)
    );
}

#[test]
fn a_server_that_is_not_there_is_named_with_the_system_s_reason() {
    let cli = Cli::new();
    let nobody = Nobody::new();
    let url = nobody.url();
    let assert = cli.check(cli.command(&["key", "info", "--retries", "0", "--base-url", &url]));
    assert.code(1).stderr(
        starts_with(
            "error: the server cannot be reached: check the network and the URL\n  cause: POST ",
        )
        .and(contains("Connection refused")),
    );
}

#[test]
fn what_was_shown_before_a_failure_stays_shown() {
    let cli = Cli::new();
    cli.emulator
        .fault_next(1, Fault::Delay(std::time::Duration::ZERO));
    cli.emulator.fault_next(1, Fault::status(500));
    let assert = cli
        .run("--json toolbox search Model --unverified --limit 150 --retries 0")
        .code(1);
    assert_eq!(json_lines(&assert).len(), 100);
}

#[cfg(unix)]
mod on_unix {
    use std::fs::File;
    use std::io::Read;
    use std::process::{Command, Stdio};

    use nix::pty::{Winsize, openpty};

    use super::*;

    /// The exit status, stdout, and what a terminal got on stderr.
    fn in_a_terminal(mut command: Command) -> (Option<i32>, String, String) {
        let size = Winsize {
            ws_row: 24,
            ws_col: 100,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let terminal = openpty(&size, None).unwrap();
        command
            .env("TERM", "xterm")
            .stdout(Stdio::piped())
            .stderr(Stdio::from(terminal.slave));
        let child = command.spawn().unwrap();
        // It has the other end of the terminal: with it gone, reading ends with the process.
        drop(command);
        let mut screen = Vec::new();
        let _ = File::from(terminal.master).read_to_end(&mut screen);
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        (
            output.status.code(),
            stdout,
            String::from_utf8(screen).unwrap(),
        )
    }

    /// What is left on the last line once all was drawn.
    fn last_drawn(screen: &str) -> &str {
        screen.rsplit("\x1b[2K").next().unwrap()
    }

    #[test]
    fn a_terminal_shows_a_bar_and_a_spinner_that_leave_nothing_behind() {
        let cli = Cli::new();
        fs::write(cli.folder.path().join("large.rbxm"), vec![b'x'; 3 << 20]).unwrap();
        cli.emulator.set_operation_polls(2);
        cli.emulator.set_rate_limit("operations.get", 1_000_000);
        let line = "assets upload large.rbxm --type Model --name Large --json";
        let (code, stdout, screen) = in_a_terminal(cli.command(&words(line)));
        assert_eq!(code, Some(0), "{screen}");
        assert!(screen.contains("Uploading large.rbxm ["), "{screen:?}");
        assert!(screen.contains(" of 3.00 MiB"), "{screen:?}");
        assert!(screen.contains("Roblox works on operation "), "{screen:?}");
        assert_eq!(last_drawn(&screen), "");
        let asset: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(asset["name"], "Large");
    }

    #[test]
    fn a_terminal_shows_a_spinner_while_results_go_elsewhere() {
        let cli = Cli::new();
        let (code, stdout, screen) =
            in_a_terminal(cli.command(&words("toolbox search Audio menu --limit 3")));
        assert_eq!(code, Some(0));
        assert!(screen.contains("Searching the toolbox"), "{screen:?}");
        assert!(last_drawn(&screen).starts_with("3 of about "), "{screen:?}");
        assert_eq!(stdout.lines().count(), 3);
        assert!(!stdout.contains('\x1b'), "{stdout:?}");
    }

    #[test]
    fn an_error_in_a_terminal_stands_on_lines_of_its_own_in_place_of_the_bar() {
        let cli = Cli::new();
        let (code, stdout, screen) =
            in_a_terminal(cli.command(&words(&format!("{UPLOAD} --group 2003"))));
        assert_eq!((code, stdout.as_str()), (Some(4), ""));
        assert!(screen.contains("Uploading square.png ["), "{screen:?}");
        assert!(
            last_drawn(&screen).starts_with("error: the key may not do this"),
            "{screen:?}"
        );
        assert!(!screen.contains(cli.emulator.api_key()));
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let cli = Cli::new();
        let (reader, writer) = nix::unistd::pipe().unwrap();
        drop(reader);
        let mut command = cli.command(&words("toolbox search Model --limit 50"));
        let output = command
            .stdout(Stdio::from(writer))
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn results_that_cannot_be_written_are_status_1() {
        let cli = Cli::new();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = cli
            .command(&words("key info"))
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            complaint.starts_with("error: the results cannot be written\n  cause: No space left"),
            "{complaint}"
        );
    }
}
