//! `key info`.

use rblxopencloud::api_key::ScopeTargets;
use rblxopencloud::{ApiKey, ApiKeyInfo, ApiKeyScope};

use crate::args::KeyCommand;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress;

pub(crate) fn run(command: &KeyCommand, api_key: &ApiKey, output: Output) -> Result<(), Failure> {
    let KeyCommand::Info = command;
    let info = progress::during("Asking about the key", || api_key.fetch_info())?;
    Ok(output.show(&info, describe(&info))?)
}

fn describe(info: &ApiKeyInfo) -> Vec<String> {
    let state = match (info.enabled, info.expired) {
        (_, true) => "expired",
        (false, _) => "disabled",
        _ => "enabled",
    };
    let expires = match info.expires_at {
        Some(time) => format!("expires {}", time.date()),
        None => "does not expire".to_owned(),
    };
    let mut lines = vec![
        format!("{} of {}", info.name, info.authorized_user),
        format!("  {state}, {expires}"),
    ];
    lines.extend(info.scopes.iter().map(describe_scope));
    lines
}

fn describe_scope(scope: &ApiKeyScope) -> String {
    let places: Vec<String> = [
        scope.users.as_ref().map(|users| targets("users", users)),
        scope
            .groups
            .as_ref()
            .map(|groups| targets("groups", groups)),
        scope
            .experiences
            .as_ref()
            .map(|experiences| targets("experiences", experiences)),
        scope
            .datastores
            .as_ref()
            .map(|stores| format!("{} data stores", stores.len())),
    ]
    .into_iter()
    .flatten()
    .collect();
    let line = format!(
        "  {:<24} {:<24} {}",
        scope.name,
        scope.operations.join(" "),
        places.join(", ")
    );
    line.trim_end().to_owned()
}

fn targets<T>(what: &str, targets: &ScopeTargets<T>) -> String {
    match targets {
        ScopeTargets::All => format!("all {what}"),
        ScopeTargets::Listed(list) => format!("{} {what}", list.len()),
    }
}
