//! `assets` and `operations`.

use std::path::Path;
use std::time::Duration;

use rblxopencloud::{
    ApiKey, Asset, AssetFile, AssetVersion, Creator, Operation, UserOrGroup, WaitOptions,
};
use serde_json::json;

use crate::args::{AssetsCommand, OperationsCommand, Patience, Update, Upload};
use crate::failure::Failure;
use crate::output::{Output, field, note};
use crate::progress;

pub(crate) fn run(command: AssetsCommand, api_key: &ApiKey, output: Output) -> Result<(), Failure> {
    match command {
        AssetsCommand::Upload(options) => upload(options, api_key, output),
        AssetsCommand::Update(options) => update(options, api_key, output),
        AssetsCommand::Info { id } => show(&api_key.fetch_asset(id)?, output),
        AssetsCommand::Versions { id, limit } => versions(id, limit, api_key, output),
        AssetsCommand::Rollback { id, version } => {
            let version = api_key.fetch_asset(id)?.rollback(version)?;
            Ok(output.show(&version, [describe_version(&version)])?)
        }
        AssetsCommand::Archive { id } => show(&api_key.fetch_asset(id)?.archive()?, output),
        AssetsCommand::Restore { id } => show(&api_key.fetch_asset(id)?.restore()?, output),
        AssetsCommand::Download { id, file, version } => {
            download(id, version, &file, api_key, output)
        }
    }
}

pub(crate) fn run_operations(
    command: &OperationsCommand,
    api_key: &ApiKey,
    output: Output,
) -> Result<(), Failure> {
    let OperationsCommand::Wait { id, timeout } = command;
    wait(&api_key.get_operation(id), *timeout, output)
}

fn upload(options: Upload, api_key: &ApiKey, output: Output) -> Result<(), Failure> {
    let file = AssetFile::open(&options.file)?;
    let creator: UserOrGroup = match (options.user, options.group) {
        (Some(id), _) => api_key.get_user(id).into(),
        (None, Some(id)) => api_key.get_group(id).into(),
        (None, None) => api_key.fetch_info()?.authorized_user.into(),
    };

    let bar = progress::bar(&format!("Uploading {}", file.name()), file.len());
    let shown = bar.clone();
    let operation = creator
        .upload_asset(file, options.asset_type, options.name, options.description)
        .expected_robux_price(options.expect_robux)
        .progress(move |sent, _| shown.set_position(sent))
        .send()?;
    bar.finish_and_clear();
    finish(&operation, &options.patience, output)
}

fn update(options: Update, api_key: &ApiKey, output: Output) -> Result<(), Failure> {
    let file = options.file.map(AssetFile::open).transpose()?;
    let what = format!("Updating {}", options.id);
    let bar = match &file {
        Some(file) => progress::bar(&what, file.len()),
        None => progress::spinner(&what),
    };
    let shown = bar.clone();

    let mut update = api_key
        .fetch_asset(options.id)?
        .update()
        .progress(move |sent, _| shown.set_position(sent));
    if let Some(file) = file {
        update = update.file(file);
    }
    if let Some(name) = options.name {
        update = update.name(name);
    }
    if let Some(description) = options.description {
        update = update.description(description);
    }
    let operation = update.send()?;
    bar.finish_and_clear();
    finish(&operation, &options.patience, output)
}

fn finish(
    operation: &Operation<Asset>,
    patience: &Patience,
    output: Output,
) -> Result<(), Failure> {
    if patience.no_wait && !operation.is_done() {
        note("Roblox works on it: `opencloud operations wait` shows what comes of it");
        return show_operation(operation, output);
    }
    wait(operation, patience.timeout, output)
}

fn wait(operation: &Operation<Asset>, seconds: u64, output: Output) -> Result<(), Failure> {
    let options = WaitOptions::new().timeout(Duration::from_secs(seconds));
    let what = format!("Roblox works on operation {}", operation.id());
    match progress::during(&what, || operation.wait_with(&options)) {
        Ok(asset) => show(&asset, output),
        Err(error) => {
            if error.is_operation_timeout() {
                show_operation(operation, output)?;
            }
            Err(error.into())
        }
    }
}

fn versions(id: u64, limit: Option<u64>, api_key: &ApiKey, output: Output) -> Result<(), Failure> {
    let mut versions = api_key.fetch_asset(id)?.list_versions();
    if let Some(limit) = limit {
        versions = versions.limit(limit);
    }
    let spinner = progress::spinner("Listing versions");
    for version in versions {
        let version = version?;
        spinner.suspend(|| output.show(&version, [describe_version(&version)]))?;
    }
    Ok(())
}

fn download(
    id: u64,
    version: Option<u32>,
    file: &Path,
    api_key: &ApiKey,
    output: Output,
) -> Result<(), Failure> {
    let me = api_key.fetch_info()?.authorized_user;
    let mut request = me.fetch_asset_delivery_location(id);
    if let Some(version) = version {
        request = request.version_number(version);
    }
    let location = request.send()?;
    let bytes = progress::during("Downloading", || location.download_to(file))?;
    let file = file.display().to_string();
    let value = json!({ "asset_id": id, "file": file, "bytes": bytes });
    Ok(output.show(&value, [format!("{bytes} bytes in {file}")])?)
}

fn show(asset: &Asset, output: Output) -> Result<(), Failure> {
    let version = match (asset.revision_id, asset.revision_time) {
        (Some(id), Some(time)) => Some(format!("{id} of {}", time.date())),
        (id, _) => id.map(|id| id.to_string()),
    };
    let fields = [
        Some(asset.to_string()),
        field("creator", asset.creator.as_ref()),
        field("description", asset.description.as_deref()),
        field("version", version),
        field("moderation", asset.moderation_status.as_ref()),
        field("state", asset.state.as_ref()),
    ];
    Ok(output.show(asset, fields.into_iter().flatten())?)
}

fn show_operation(operation: &Operation<Asset>, output: Output) -> Result<(), Failure> {
    let id = operation.id();
    Ok(output.show(&json!({ "operation_id": id }), [format!("operation {id}")])?)
}

fn describe_version(version: &AssetVersion) -> String {
    let status = version
        .moderation_status
        .as_ref()
        .map_or("", |status| status.as_str());
    format!("version {:<4} {status}", version.version_number)
        .trim_end()
        .to_owned()
}
