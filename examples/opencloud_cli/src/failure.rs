//! What is said when something does not work out, and the exit status.

use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;

use rblxopencloud::error::OperationTimeout;
use rblxopencloud::{ApiKey, ApiKeyInfo, Error};

use crate::output::note;

/// The exit status.
#[derive(Clone, Copy)]
pub(crate) enum Code {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    NotAllowed = 4,
    RateLimited = 5,
    NotDoneYet = 6,
    Uncertain = 7,
}

pub(crate) struct Failure {
    code: Code,
    message: String,
    cause: Option<String>,
    /// The response in short, when it is 403.
    forbidden: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: None,
            forbidden: None,
        }
    }

    /// Adds the error that is the reason, which says in its line what caused it.
    pub(crate) fn because(mut self, error: &dyn StdError) -> Self {
        self.cause = Some(error.to_string());
        self
    }

    /// Says which scopes the key lacks, if that is why Roblox rejected the request.
    pub(crate) fn with_scopes_of(mut self, api_key: &ApiKey, scopes: &[&str]) -> Self {
        if let Some(response) = &self.forbidden {
            self.message = forbidden(response, api_key, scopes);
        }
        self
    }

    pub(crate) fn report(self) -> ExitCode {
        if !matches!(self.code, Code::Done) {
            note(&format!("error: {}", self.message));
            for cause in self.cause.iter().filter(|cause| **cause != self.message) {
                note(&format!("  cause: {cause}"));
            }
        }
        ExitCode::from(self.code as u8)
    }
}

/// Writing results failed.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // Such as `toolbox search ... | head`: whoever reads has seen enough.
            io::ErrorKind::BrokenPipe => Self::new(Code::Done, ""),
            _ => Self::new(Code::Failed, "the results cannot be written").because(&error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, message) = explain(&error);
        Self {
            forbidden: error.is_forbidden().then(|| response(&error)),
            ..Self::new(code, message).because(&error)
        }
    }
}

fn explain(error: &Error) -> (Code, String) {
    let (code, what, advice) = match error {
        Error::OperationTimeout(timeout) if is_not_there(timeout) => (
            Code::NotFound,
            "Roblox knows of no such operation",
            "check the id",
        ),
        Error::OperationTimeout(timeout) => {
            let command = format!("opencloud operations wait {}", timeout.id);
            let message = format!("Roblox is not done yet: go on with `{command}`");
            return (Code::NotDoneYet, message);
        }
        error if error.is_invalid_argument() => return (Code::Usage, error.to_string()),
        error if error.is_file() => return (Code::Failed, error.to_string()),
        error if error.is_partial() => (
            Code::Failed,
            "Roblox did a part of it, and rejected the rest",
            "change what was rejected and do that part again",
        ),
        error if error.is_outcome_unknown() && !only_reads(error) => (
            Code::Uncertain,
            "it is not known whether this was done",
            "look at https://create.roblox.com/dashboard/creations before you do it again",
        ),
        error if error.is_operation_failed() => (
            Code::Failed,
            "Roblox could not make an asset of it",
            "fix the file and upload it again",
        ),
        error if error.is_invalid_file() => (
            Code::Failed,
            "Roblox cannot read the file",
            "see that it is what its name says",
        ),
        error if error.is_moderated_text() => (
            Code::Failed,
            "Roblox does not allow the name or the description",
            "choose another",
        ),
        error if error.is_unauthorized() => (
            Code::NotAllowed,
            "Roblox does not take the key",
            "see that it is complete, enabled and not expired at \
             https://create.roblox.com/dashboard/credentials",
        ),
        error if error.is_forbidden() => (
            Code::NotAllowed,
            "the key may not do this",
            "see which scopes it has with `opencloud key info`",
        ),
        error if error.is_not_found() => (Code::NotFound, "there is no such thing", "check the id"),
        error if error.is_rate_limited() => {
            let seconds = seconds_to_wait(error);
            let message = format!("too many requests{}: retry in {seconds} s", response(error));
            return (Code::RateLimited, message);
        }
        error if error.is_server_error() => (Code::Failed, "Roblox failed", "retry later"),
        error if error.is_tls() => (
            Code::Failed,
            "there is no safe connection",
            "check the clock, the network and the URL",
        ),
        error if error.is_connect() => (
            Code::Failed,
            "the server cannot be reached",
            "check the network and the URL",
        ),
        error if error.is_timeout() => (
            Code::Failed,
            "the server does not respond",
            "check the network, or retry later",
        ),
        error if error.is_decode() => (
            Code::Failed,
            "the response makes no sense",
            "check the URL, or look for a newer version of this tool",
        ),
        _ => (Code::Failed, "this did not work", "see the cause"),
    };
    (code, format!("{what}{}: {advice}", response(error)))
}

/// Whether the last poll did not find the operation either.
fn is_not_there(timeout: &OperationTimeout) -> bool {
    let last = timeout
        .source()
        .and_then(|error| error.downcast_ref::<Error>());
    last.is_some_and(Error::is_not_found)
}

/// Whether doing it again changes nothing in any case.
fn only_reads(error: &Error) -> bool {
    let (method, path) = match error {
        Error::Transport(error) => (&error.method, &error.path),
        Error::Decode(error) => (&error.method, &error.path),
        error => match error.api_error() {
            Some(error) => (&error.method, &error.path),
            None => return false,
        },
    };
    method == "GET" || path.ends_with("/introspect")
}

fn seconds_to_wait(error: &Error) -> u64 {
    let limit = error
        .api_error()
        .and_then(|response| response.rate_limit.as_ref());
    let pause = error.retry_after().or(limit.and_then(|limit| limit.reset));
    pause.map_or(60, |pause| pause.as_secs().max(1))
}

/// The status, and the service's code where that is a word: ` (403 PERMISSION_DENIED)`.
fn response(error: &Error) -> String {
    match (error.status(), error.code()) {
        (Some(status), Some(code)) if code.parse::<u64>().is_err() => format!(" ({status} {code})"),
        (Some(status), _) => format!(" ({status})"),
        _ => String::new(),
    }
}

fn forbidden(response: &str, api_key: &ApiKey, scopes: &[&str]) -> String {
    const DASHBOARD: &str = "in the Creator Dashboard";
    let missing: Vec<&str> = match api_key.fetch_info() {
        Ok(info) if !info.enabled => {
            return format!("the key is disabled{response}: enable it {DASHBOARD}");
        }
        Ok(info) => scopes
            .iter()
            .copied()
            .filter(|scope| !has(&info, scope))
            .collect(),
        Err(error) if error.is_invalid_argument() => {
            return format!(
                "this needs a key{response}: give one with the scope {}",
                scopes.join(" and ")
            );
        }
        Err(_) => scopes.to_vec(),
    };
    let advice = match missing[..] {
        [] => format!(
            "it has {}, but not for this user or group, or the asset is someone else's",
            scopes.join(" and ")
        ),
        [scope] => format!("give it the scope {scope} {DASHBOARD}"),
        _ => format!("give it the scopes {} {DASHBOARD}", missing.join(" and ")),
    };
    format!("the key may not do this{response}: {advice}")
}

fn has(info: &ApiKeyInfo, scope: &str) -> bool {
    let (name, operation) = scope.split_once(':').unwrap_or((scope, ""));
    info.scopes.iter().any(|scope| {
        scope.name == name && scope.operations.iter().any(|allowed| allowed == operation)
    })
}
