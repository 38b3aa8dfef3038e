//! Every call against every fault: the right error, the right number of requests, nothing made twice, and no
//! key in any error or log.
//!
//! It is a program of its own because a process has one logger, and this one keeps all that is logged.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Duration;

use rblxopencloud::{
    ApiKey, Asset, AssetFile, AssetPermissionAction, AssetPermissionSubject, AssetType, Creator,
    Error, Result,
};
use support::raw_server::{Connection, RawServer, json, response};

/// When a call may be retried.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Retries {
    /// It may arrive twice.
    Idempotent,
    /// It is sent again after any 5xx, but not when it may have arrived.
    AfterServerErrors,
    /// It makes something: only when it certainly was not acted on.
    NotAfterDoubt,
    /// An upload: the same, and after 503.
    Upload,
    /// Exactly one request.
    Single,
}
use Retries::{AfterServerErrors, Idempotent, NotAfterDoubt, Single, Upload};

/// A call that is ready to be sent.
type Ready = Box<dyn FnOnce() -> Result<()>>;

struct Call {
    /// The function or iterator, as [`inventory`] names it.
    name: &'static str,
    retries: Retries,
    /// How many requests it takes to get ready.
    setups: usize,
    ready: fn(&ApiKey) -> Ready,
}

/// A call that needs nothing but the key.
macro_rules! call {
    ($name:literal, $retries:ident, |$key:ident| $call:expr) => {
        Call {
            name: $name,
            retries: $retries,
            setups: 0,
            ready: |key| {
                let $key = key.clone();
                Box::new(move || $call.map(drop))
            },
        }
    };
    // A call on what another call gives.
    ($name:literal, $retries:ident, |$key:ident| $setup:expr, |$it:ident| $call:expr) => {
        Call {
            name: $name,
            retries: $retries,
            setups: 1,
            ready: |$key| {
                let $it = $setup.unwrap();
                Box::new(move || $call.map(drop))
            },
        }
    };
}

fn matrix() -> Vec<Call> {
    vec![
        call!("http/exchange::send", AfterServerErrors, |key| key
            .send_request("POST", "a")
            .expected_status([200])
            .send()),
        call!("http/exchange::send_as", Idempotent, |key| key
            .send_request("GET", "a")
            .send_as::<serde_json::Value>()),
        call!("api_key::fetch_info", Idempotent, |key| key.fetch_info()),
        call!("assets::fetch_asset", Idempotent, |key| key.fetch_asset(1)),
        call!("toolbox::fetch_toolbox_asset", Idempotent, |key| key
            .fetch_toolbox_asset(1)),
        call!(
            "creator_store::fetch_creator_store_product",
            Idempotent,
            |key| { key.fetch_creator_store_product("Model", 1) }
        ),
        call!("toolbox/saved::save_asset", AfterServerErrors, |key| key
            .save_asset(1, "Model")),
        call!("toolbox/saved::unsave_assets", Idempotent, |key| key
            .unsave_assets([(1, "Model")])),
        call!("toolbox/saved::unsave_assets", Idempotent, |key| key
            .unsave_assets([(1, "Model"), (2, "Model")])),
        call!("iterate SearchToolbox", Idempotent, |key| first(
            key.search_toolbox("Model")
        )),
        call!("iterate SearchSavedAssets", Idempotent, |key| first(
            key.search_saved_assets()
        )),
        call!("iterate ListAssetVersions", Idempotent, |key| first(
            key.get_user(1).list_asset_versions(1)
        )),
        call!("iterate ListAssetQuotas", Idempotent, |key| first(
            key.get_user(1).list_asset_quotas()
        )),
        call!("user::fetch_info", Idempotent, |key| key
            .get_user(1)
            .fetch_info()),
        call!("group::fetch_info", Idempotent, |key| key
            .get_group(1)
            .fetch_info()),
        call!("experience::fetch_info", Idempotent, |key| key
            .get_experience(1)
            .fetch_info()),
        call!("creator::fetch_asset", Idempotent, |key| key
            .get_user(1)
            .fetch_asset(1)),
        call!("creator::fetch_toolbox_asset", Idempotent, |key| key
            .get_user(1)
            .fetch_toolbox_asset(1)),
        call!("creator::fetch_creator_store_product", Idempotent, |key| {
            key.get_user(1).fetch_creator_store_product("Model", 1)
        }),
        call!("creator::fetch_asset_version", Idempotent, |key| key
            .get_group(1)
            .fetch_asset_version(1, 2)),
        call!("creator::rollback_asset", NotAfterDoubt, |key| key
            .get_group(1)
            .rollback_asset(1, 2)),
        call!("creator::archive_asset", Idempotent, |key| key
            .get_group(1)
            .archive_asset(1)),
        call!("creator::restore_asset", Idempotent, |key| key
            .get_group(1)
            .restore_asset(1)),
        call!("creator::grant_assets_permission", Idempotent, |key| {
            key.get_user(1).grant_assets_permission(
                AssetPermissionAction::Use,
                AssetPermissionSubject::All,
                [1],
            )
        }),
        call!("assets/upload::send", Upload, |key| {
            key.get_user(1)
                .upload_asset(model(), AssetType::Model, "n", "d")
                .send()
        }),
        call!("assets/upload::send", Upload, |key| key
            .get_user(1)
            .update_asset(1)
            .file(model())
            .send()),
        call!("assets/upload::send", Idempotent, |key| key
            .get_user(1)
            .update_asset(1)
            .name("n")
            .send()),
        call!("assets::fetch", Idempotent, |key| key.get_asset(1).fetch()),
        call!("toolbox::fetch_toolbox_asset", Idempotent, |key| key
            .get_asset(1)
            .fetch_toolbox_asset()),
        call!(
            "creator_store::fetch_creator_store_product",
            Idempotent,
            |key| key.fetch_toolbox_asset(1),
            |found| found.asset().fetch_creator_store_product()
        ),
        call!(
            "creator_store::fetch_asset",
            Idempotent,
            |key| key.fetch_creator_store_product("Model", 1),
            |product| product.fetch_asset()
        ),
        call!(
            "assets::fetch_version",
            Idempotent,
            |key| key.fetch_asset(1),
            |asset| asset.fetch_version(2)
        ),
        call!(
            "assets::rollback",
            NotAfterDoubt,
            |key| key.fetch_asset(1),
            |asset| asset.rollback(2)
        ),
        call!(
            "assets::rollback",
            NotAfterDoubt,
            |key| key.get_user(1).fetch_asset_version(1, 2),
            |version| version.rollback()
        ),
        call!(
            "assets::archive",
            Idempotent,
            |key| key.fetch_asset(1),
            |asset| asset.archive()
        ),
        call!(
            "assets::restore",
            Idempotent,
            |key| key.fetch_asset(1),
            |asset| asset.restore()
        ),
        call!("assets/delivery::send", Idempotent, |key| key
            .get_user(1)
            .fetch_asset_delivery_location(1)
            .send()),
        call!(
            "assets/delivery::download",
            Idempotent,
            |key| key.get_user(1).fetch_asset_delivery_location(1).send(),
            |location| location.download()
        ),
        call!(
            "assets/delivery::download_to",
            Idempotent,
            |key| key.get_user(1).fetch_asset_delivery_location(1).send(),
            |location| {
                let folder = tempfile::tempdir().unwrap();
                let result = location.download_to(folder.path().join("content"));
                assert!(
                    result.is_ok() || fs::read_dir(folder.path()).unwrap().next().is_none(),
                    "half a file is left"
                );
                result
            }
        ),
        call!("operation::fetch_status", Single, |key| key
            .get_operation::<Asset>("1")
            .fetch_status()),
        call!("creator_store::send", NotAfterDoubt, |key| key
            .get_user(1)
            .create_creator_store_product("Model", 1)
            .send()),
        call!("creator_store::send", Idempotent, |key| {
            key.get_user(1)
                .update_creator_store_product("Model", 1)
                .published(true)
                .send()
        }),
        call!(
            "creator_store::fetch",
            Idempotent,
            |key| key.fetch_creator_store_product("Model", 1),
            |product| product.fetch()
        ),
    ]
}

/// What sends no request by itself, or waits as `tests/operations/main.rs` shows.
const NOT_IN_THE_MATRIX: &[&str] = &[
    "assets/delivery::download_to_with",
    "api_key::build",
    "operation::wait",
    "operation::wait_with",
];

fn first<T>(items: impl IntoIterator<Item = Result<T>>) -> Result<()> {
    items
        .into_iter()
        .next()
        .map_or(Ok(()), |item| item.map(drop))
}

fn model() -> AssetFile {
    AssetFile::from_bytes("crate.fbx", b"a crate".as_slice())
}

/// A response that every call can make something of.
fn good_response(url: &str) -> String {
    serde_json::json!({
        "name": "n", "authorizedUserId": 1, "enabled": true, "asset": {"id": 1, "assetTypeId": 10}, "assetId": 1,
        "path": "assets/1/versions/2", "modelAssetId": "1", "location": format!("{url}/content"), "done": false,
    })
    .to_string()
}

/// A response after which the connection is closed, as it says: the next attempt must not meet its end.
fn closing(connection: &mut Connection, status: u16, body: &str) {
    let headers = [
        ("content-type", "application/json"),
        ("connection", "close"),
    ];
    connection.send(&response(status, &headers, body.as_bytes()));
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    ResetBeforeTheResponse,
    CutInTheResponse,
    Stalled,
    Status(u16),
    InvalidJson,
}

impl Fault {
    fn strike(self, connection: &mut Connection) {
        match self {
            Self::ResetBeforeTheResponse => {}
            Self::CutInTheResponse => {
                connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a")
            }
            Self::Stalled => connection.wait_until_closed(),
            Self::Status(status) => {
                closing(connection, status, r#"{"code":"CODE","message":"told"}"#)
            }
            Self::InvalidJson => closing(connection, 200, "{\"a"),
        }
        connection.close();
    }

    fn requests(self, retries: Retries) -> usize {
        let again = match self {
            Self::ResetBeforeTheResponse | Self::CutInTheResponse => retries == Idempotent,
            Self::Status(503) => !matches!(retries, Single | NotAfterDoubt),
            Self::Status(500) => matches!(retries, Idempotent | AfterServerErrors),
            _ => false,
        };
        if again { 3 } else { 1 }
    }

    fn matches(self, error: &Error) -> bool {
        match self {
            Self::ResetBeforeTheResponse | Self::CutInTheResponse => {
                matches!(error, Error::Transport(_)) && !error.is_connect() && !error.is_timeout()
            }
            Self::Stalled => error.is_timeout() && !error.is_connect(),
            Self::InvalidJson => error.is_decode(),
            Self::Status(status) => {
                let told =
                    error.code() == Some("CODE") && error.api_error().unwrap().message == "told";
                told && error.status() == Some(status)
                    && error.is_unauthorized() == (status == 401)
                    && error.is_forbidden() == (status == 403)
                    && error.is_not_found() == (status == 404)
                    && error.is_conflict() == (status == 409)
                    && error.is_rate_limited() == (status == 429)
                    && error.is_server_error() == (status >= 500)
            }
        }
    }
}

const SECRET: &str = "s3cr3t/K3y+with=signs";

/// The secret as it is, percent-encoded, in base64 (of `x:` and itself too, as in basic credentials), and parts.
const FORMS: [&str; 6] = [
    SECRET,
    "s3cr3t",
    "K3y%2Bwith",
    "s3cr3t%2F",
    "czNjcjN0L0szeSt3aXRoPXNpZ25z",
    "with=signs",
];

fn assert_no_secret(text: &str) {
    for form in FORMS {
        assert!(!text.contains(form), "{text}");
    }
}

/// An error with all its causes, in every way it can be shown.
fn chain(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        shown.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    shown
}

/// Keeps what is logged, at every level.
struct Log;

static LOGGER: Once = Once::new();
static LOGGED: Mutex<String> = Mutex::new(String::new());

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        LOGGED.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}

/// Longer than any busy machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn key(url: &str, timeout: Duration) -> ApiKey {
    LOGGER.call_once(|| {
        log::set_logger(&Log).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    ApiKey::builder(SECRET)
        .base_url(url)
        .timeout(timeout)
        .sleep_with(|_| ControlFlow::Continue(()))
        .build()
        .unwrap()
}

#[test]
fn every_call_meets_every_fault_with_the_right_error_and_number_of_requests() {
    let mut faults = vec![
        Fault::ResetBeforeTheResponse,
        Fault::CutInTheResponse,
        Fault::InvalidJson,
    ];
    faults.extend([400, 401, 403, 404, 409, 429, 500, 503].map(Fault::Status));
    for fault in faults {
        for call in matrix() {
            meet(&call, fault, PATIENCE);
        }
    }
    // So long that a busy machine is no fault; but all wait at once.
    thread::scope(|scope| {
        for call in matrix() {
            scope.spawn(move || meet(&call, Fault::Stalled, Duration::from_secs(3)));
        }
    });
    let logged = LOGGED.lock().unwrap();
    assert!(
        logged.contains("x-api-key") || logged.contains("[redacted]") || logged.len() > 1000,
        "nothing was logged"
    );
    assert_no_secret(&logged);
}

fn meet(call: &Call, fault: Fault, timeout: Duration) {
    let what = format!("{} against {fault:?}", call.name);
    let served = AtomicUsize::new(0);
    let setups = call.setups;
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            if served.fetch_add(1, Ordering::SeqCst) < setups {
                let url = format!("http://{}", request.header("host").unwrap());
                connection.send(&json(200, &good_response(&url)));
            } else {
                return fault.strike(connection);
            }
        }
    });
    let ready = (call.ready)(&key(server.url(), timeout));
    assert_eq!(server.requests().len(), setups, "{what}");

    let result = ready();
    let requests = server.requests().split_off(setups);
    // What is handed on as it is cannot be broken JSON.
    let takes_anything = call.name == "assets/delivery::download";
    assert!(!requests.is_empty(), "{what}: {result:?}");
    let begins =
        call.name == "assets/delivery::download" && matches!(fault, Fault::CutInTheResponse);
    let is_file = call.name == "assets/delivery::download_to";
    match result {
        Ok(()) if matches!(fault, Fault::InvalidJson) && (takes_anything || is_file) => {
            return;
        }
        Ok(()) if begins => return,
        Ok(()) => panic!("{what}: no error"),
        Err(error) => {
            assert!(fault.matches(&error), "{what}: {error:?}");
            // A file is not begun again in the middle.
            let expected = if is_file && matches!(fault, Fault::CutInTheResponse) {
                1
            } else {
                fault.requests(call.retries)
            };
            assert_eq!(requests.len(), expected, "{what}: {error:?}");
            assert_eq!(error.attempts() as usize, expected, "{what}");
            let certain = match fault {
                // The operation goes on, whatever a poll says.
                _ if call.retries == Single => false,
                Fault::Status(503) => call.retries == Upload,
                Fault::Status(status) => status < 500,
                _ => false,
            };
            assert_eq!(error.is_outcome_unknown(), !certain, "{what}: {error:?}");
            assert_no_secret(&chain(&error));
        }
    }
    for request in &requests {
        assert_eq!(
            (request.line(), &request.body),
            (requests[0].line(), &requests[0].body),
            "{what}"
        );
    }
}

#[test]
fn every_call_meets_a_refused_connection_after_three_attempts() {
    for call in matrix() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (setups, good) = (call.setups, good_response(&url));
        let gone = thread::spawn(move || {
            for _ in 0..setups {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    good.len()
                );
                std::io::Write::write_all(&mut stream, format!("{head}{good}").as_bytes()).unwrap();
            }
        });
        let ready = (call.ready)(&key(&url, PATIENCE));
        gone.join().unwrap();
        let error = ready().unwrap_err();
        assert!(
            error.is_connect() && error.is_outcome_unknown() == (call.retries == Single),
            "{}: {error:?}",
            call.name
        );
        assert_eq!(
            error.attempts(),
            if call.retries == Single { 1 } else { 3 },
            "{}",
            call.name
        );
    }
}

/// Everything in the crate that can fail on its way to the service: public functions on a value that return
/// a `Result`, and iterators.
fn inventory() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module = path.strip_prefix(&root).unwrap().with_extension("");
            let module = module.to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).unwrap();
            let start_of_trait = text.find("pub trait Creator").unwrap_or(usize::MAX);
            let end_of_trait = text
                .get(start_of_trait..)
                .and_then(|rest| rest.find("\n}\n"));
            let of_trait =
                start_of_trait..start_of_trait.saturating_add(end_of_trait.unwrap_or_default());
            for (at, _) in text.match_indices("fn ") {
                let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
                if !text[line_start..at].ends_with("pub ") && !of_trait.contains(&at) {
                    continue;
                }
                let end = at + text[at..].find(['{', ';']).unwrap();
                let signature = &text[at..end];
                let name = signature[3..].split(['(', '<']).next().unwrap();
                if signature.contains("self") && signature.contains("-> Result<") {
                    found.insert(format!("{module}::{name}"));
                }
            }
            for (at, start) in text.match_indices("\nimpl IntoIterator for ") {
                let name = text[at + start.len()..].split([' ', '<']).next().unwrap();
                found.insert(format!("iterate {name}"));
            }
        }
    }
    found
}

#[test]
fn no_public_call_is_missing_in_the_matrix() {
    let known: BTreeSet<String> = matrix()
        .iter()
        .map(|call| call.name)
        .chain(NOT_IN_THE_MATRIX.iter().copied())
        .map(str::to_owned)
        .collect();
    let found = inventory();
    assert!(
        found.contains("api_key::fetch_info") && found.contains("iterate SearchToolbox"),
        "{found:?}"
    );
    assert_eq!(
        found.difference(&known).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "not in the matrix"
    );
    assert_eq!(
        known.difference(&found).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "not in the crate"
    );
}
