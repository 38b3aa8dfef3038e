//! `GET /asset-delivery-api/v1/assetId/{assetId}`, and the network that delivers the content

use std::ops::RangeInclusive;

use serde_json::json;

use hyper::HeaderMap;

use crate::dice::fingerprint;
use crate::query::integer;
use crate::response::{Content, Outcome, Response, gateway};
use crate::route::Call;
use crate::state::State;
use crate::store::{self, Asset, Version};

const INT32: RangeInclusive<i64> = i32::MIN as i64..=i32::MAX as i64;

pub(crate) fn location(call: &Call<'_>) -> Outcome {
    check_query(call)?;
    let id = call.id("assetId")?;
    let number = match call.parameter("versionNumber") {
        "" => None,
        text => Some(
            integer(text)
                .filter(|number| INT32.contains(number))
                .ok_or_else(|| call.style.invalid("versionNumber", "It is not valid."))?,
        ),
    };
    let asset = u64::try_from(id)
        .ok()
        .and_then(|id| store::find(call.state, id))
        .filter(|asset| is_expected(call, asset));
    let Some(asset) = asset else {
        return Ok(nothing(404, "Asset was not found."));
    };
    if !asset.public && !call.manages(asset.owner, "legacy-asset:manage") {
        return Ok(nothing(409, "You have no access to the asset."));
    }
    // There are no negative versions, nor one that is zero.
    let number = number.map_or(asset.latest(), |number| u64::try_from(number).unwrap_or(0));
    let Some(version) = asset.version(number) else {
        return Ok(nothing(404, "Version was not found."));
    };
    let path = content_path(asset.id, number);
    Ok(Response::json(
        200,
        &json!({
            "location": format!("{}{path}", call.state.delivery_url),
            "isArchived": asset.archived,
            "isRecordable": asset.kind != "Audio",
            "assetMetadatas": [
                { "metadataType": 1, "value": version.blob.length().to_string() },
            ],
        }),
    ))
}

fn check_query(call: &Call<'_>) -> Result<(), Response> {
    const BOOLEANS: [&str; 2] = [
        "skipSigningScripts",
        "doNotFallbackToBaselineRepresentation",
    ];
    const INTEGERS: [&str; 3] = ["clientInsert", "scriptinsert", "usageContext"];
    const IDS: [&str; 2] = ["modulePlaceId", "serverplaceid"];
    const TEXTS: [&str; 3] = [
        "expectedAssetType",
        "contentRepresentationPriorityList",
        "accessContext",
    ];
    let known = [&BOOLEANS[..], &INTEGERS[..], &IDS[..], &TEXTS[..]].concat();
    call.query.check(&known, &[])?;
    for name in BOOLEANS {
        call.query.boolean(name)?;
    }
    for name in INTEGERS {
        call.query.integer(name, INT32)?;
    }
    for name in IDS {
        call.query.integer(name, i64::MIN..=i64::MAX)?;
    }
    Ok(())
}

/// Whether the asset is of the type that the request expects, if it does.
fn is_expected(call: &Call<'_>, asset: &Asset) -> bool {
    let of_type = |kind: &str| kind.is_empty() || kind == asset.kind;
    call.header("assettype").is_none_or(of_type)
        && call.query.text("expectedAssetType").is_none_or(of_type)
}

/// What is missing is told with a good status.
fn nothing(code: i64, message: &str) -> Response {
    gateway(200, code, message)
}

/// Nobody can make it up.
fn content_path(id: u64, version: u64) -> String {
    let secret = fingerprint(&format!("content of {id} in version {version}"));
    format!("/{secret:016x}/{id}/{version}")
}

/// What the second listener responds to a request.
pub(crate) fn deliver(state: &State, method: &str, path: &str, headers: &HeaderMap) -> Response {
    if method != "GET" {
        return Response::empty(405);
    }
    for name in ["x-api-key", "authorization", "cookie"] {
        if headers.contains_key(name) {
            let mut response = Response::empty(400).header("content-type", "text/plain");
            let message = format!("{name} must not be sent to another host.");
            response.content = Content::Bytes(message.into());
            return response;
        }
    }
    let Some(version) = content(state, path) else {
        return Response::empty(403);
    };
    let gzip = headers
        .get_all("accept-encoding")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(accepts_gzip);
    let mut response = Response::empty(200).header("content-type", "application/octet-stream");
    if gzip {
        response = response.header("content-encoding", "gzip");
    }
    response.content = Content::Blob {
        blob: version.blob,
        gzip,
    };
    response
}

fn content(state: &State, path: &str) -> Option<Version> {
    let mut segments = path.split('/').skip(2);
    let id: u64 = segments.next()?.parse().ok()?;
    let number: u64 = segments.next()?.parse().ok()?;
    if path != content_path(id, number) {
        return None;
    }
    store::find(state, id)?.version(number).cloned()
}

fn accepts_gzip(value: &str) -> bool {
    value.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let rejected = parts.any(|weight| {
            weight.replace(' ', "").starts_with("q=0")
                && !weight.contains(|c: char| ('1'..='9').contains(&c))
        });
        name.eq_ignore_ascii_case("gzip") && !rejected
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_accepted_by_name() {
        for value in [
            "gzip",
            "deflate, gzip",
            "GZIP;q=0.5",
            "br;q=1, gzip; q=0.001",
        ] {
            assert!(accepts_gzip(value), "{value}");
        }
        for value in ["", "deflate", "gzip;q=0", "gzip; q=0.0", "x-gzip"] {
            assert!(!accepts_gzip(value), "{value}");
        }
    }
}
