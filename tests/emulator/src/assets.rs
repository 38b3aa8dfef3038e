//! `/assets/v1/assets/{assetId}` and what is below it, but for uploads

use serde_json::{Value, json};

use crate::catalogue::Moment;
use crate::dice::fingerprint;
use crate::fields::{Fields, plain_json};
use crate::query::integer;
use crate::response::{Outcome, Response, set};
use crate::route::Call;
use crate::store::{self, Asset, SOCIAL_LINKS, TRY_IT, Version};

const WRITE: &str = "asset:write";
const READABLE: [&str; 12] = [
    "path",
    "assetId",
    "assetType",
    "creationContext",
    "description",
    "displayName",
    "revisionId",
    "revisionCreateTime",
    "moderationResult",
    "icon",
    "previews",
    "state",
];

pub(crate) fn get(call: &Call<'_>) -> Outcome {
    call.query.check(&["readMask"], &[])?;
    let asset = visible(call)?;
    let mask: Vec<&str> = call
        .query
        .text("readMask")
        .into_iter()
        .flat_map(|mask| mask.split(','))
        .map(|path| path.trim().split('.').next().unwrap_or_default())
        .collect();
    let is_known =
        |field: &&str| READABLE.contains(field) || SOCIAL_LINKS.contains(field) || *field == TRY_IT;
    if !mask.iter().all(is_known) {
        return Err(call.style.invalid("readMask", "The mask is not valid."));
    }
    let (_, habit) = call.state.habits();
    Ok(Response::json(200, &asset.render(habit, &mask)))
}

pub(crate) fn archive(call: &Call<'_>) -> Outcome {
    set_archived(call, true)
}

pub(crate) fn restore(call: &Call<'_>) -> Outcome {
    set_archived(call, false)
}

fn set_archived(call: &Call<'_>, archived: bool) -> Outcome {
    call.query.check(&[], &[])?;
    let asset = own(call)?;
    if asset.archived == archived {
        return Err(call
            .style
            .reject(400, "The asset is in this state already."));
    }
    let changed = call
        .state
        .assets
        .change(asset.id, |asset| asset.archived = archived)
        .ok_or_else(|| call.style.reject(404, ""))?;
    let (_, habit) = call.state.habits();
    Ok(Response::json(200, &changed.render(habit, &[])))
}

pub(crate) fn list_versions(call: &Call<'_>) -> Outcome {
    call.query.check(&["maxPageSize", "pageToken"], &[])?;
    let asset = own(call)?;
    // A sample of the reference leaves both empty.
    let size = match call.query.text("maxPageSize") {
        Some("") => None,
        _ => call.query.integer("maxPageSize", 1..=50)?,
    };
    let size = u64::try_from(size.unwrap_or(8)).unwrap_or_default();
    let bound_to = fingerprint(&format!("versions of {} by {size}", asset.id));
    // Tokens hold the number of the version to go on with.
    let newest = match call
        .query
        .text("pageToken")
        .filter(|token| !token.is_empty())
    {
        None => asset.latest(),
        Some(token) => u64::from_str_radix(token, 16)
            .map(|token| token ^ bound_to)
            .ok()
            .filter(|number| (1..=asset.latest()).contains(number))
            .ok_or_else(|| call.style.invalid("pageToken", "The token is not valid."))?,
    };
    let oldest = newest.saturating_sub(size);
    let (_, habit) = call.state.habits();
    let versions: Vec<Value> = (oldest + 1..=newest)
        .rev()
        .map(|number| asset.render_version(number, habit))
        .collect();
    if call.state.has_version_arrays() {
        return Ok(Response::json(200, &json!(versions)));
    }
    let mut body = json!({ "assetVersions": versions });
    if oldest > 0 {
        set(
            &mut body,
            "nextPageToken",
            format!("{:x}", oldest ^ bound_to),
        );
    }
    Ok(Response::json(200, &body))
}

pub(crate) fn get_version(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let asset = own(call)?;
    let number = version_number(call, &asset, call.parameter("versionNumber"))?;
    let (_, habit) = call.state.habits();
    Ok(Response::json(200, &asset.render_version(number, habit)))
}

pub(crate) fn roll_back(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let asset = own(call)?;
    let path = version_path(call)?;
    let number = path
        .strip_prefix(&format!("assets/{}/versions/", asset.id))
        .ok_or_else(|| call.style.reject(400, "This is no version of the asset."))?;
    let number = version_number(call, &asset, number)?;
    let changed = call.state.assets.change(asset.id, |asset| {
        if let Some(version) = asset.version(number) {
            let blob = version.blob.clone();
            asset.versions.push(Version {
                blob,
                created: Moment::now(),
            });
        }
    });
    let changed = changed.ok_or_else(|| call.style.reject(404, ""))?;
    let (_, habit) = call.state.habits();
    Ok(Response::json(
        200,
        &changed.render_version(changed.latest(), habit),
    ))
}

/// The path of a version, in a form or as JSON: the documents disagree.
fn version_path(call: &Call<'_>) -> Result<String, Response> {
    let required = || call.style.reject(400, "assetVersion is required.");
    let Some(form) = &call.form else {
        let fields = Fields::of_body(call, plain_json)?;
        fields.check(&["assetVersion"])?;
        return Ok(fields.required_text("assetVersion")?.to_owned());
    };
    match form.parts.as_slice() {
        [part] if part.name == "assetVersion" => {
            String::from_utf8(part.text.clone()).map_err(|_| required())
        }
        _ => Err(required()),
    }
}

fn version_number(call: &Call<'_>, asset: &Asset, text: &str) -> Result<u64, Response> {
    integer(text)
        .and_then(|number| u64::try_from(number).ok())
        .filter(|number| asset.version(*number).is_some())
        .ok_or_else(|| call.style.reject(404, ""))
}

/// The asset of the path, if it may be looked at.
fn visible(call: &Call<'_>) -> Result<Asset, Response> {
    let asset = known(call)?;
    match asset.public || call.manages(asset.owner, "asset:read") {
        true => Ok(asset),
        false => Err(call.style.reject(403, "")),
    }
}

/// The asset of the path, if it may be changed.
pub(crate) fn own(call: &Call<'_>) -> Result<Asset, Response> {
    let scope = match call.may(WRITE) {
        true => WRITE,
        false => "asset:read",
    };
    let asset = known(call)?;
    match call.manages(asset.owner, scope) {
        true => Ok(asset),
        false => Err(call.style.reject(403, "")),
    }
}

fn known(call: &Call<'_>) -> Result<Asset, Response> {
    let id = call.id("assetId")?;
    u64::try_from(id)
        .ok()
        .and_then(|id| store::find(call.state, id))
        .ok_or_else(|| call.style.reject(404, ""))
}
