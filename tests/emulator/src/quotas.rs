//! `GET /cloud/v2/users/{id}/asset-quotas`

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::catalogue::{Moment, timestamp};
use crate::dice::fingerprint;
use crate::keys::READY_USER;
use crate::lock;
use crate::query::integer;
use crate::response::{Outcome, Response, Style, named, set};
use crate::route::Call;
use crate::store::capitals;

const UPLOAD: &str = "RateLimitUpload";
const DISTRIBUTE: &str = "RateLimitCreatorStoreDistribute";
const DAY: i64 = 86_400;

/// What a quota is for, of what, how much in how many days.
const QUOTAS: [(&str, &str, u64, i64); 14] = [
    (UPLOAD, "Audio", 100, 30),
    (UPLOAD, "Video", 20, 1),
    (UPLOAD, "Animation", 10_000, 30),
    (UPLOAD, "Decal", 10_000, 30),
    (UPLOAD, "Image", 10_000, 30),
    (UPLOAD, "Mesh", 10_000, 30),
    (UPLOAD, "Model", 10_000, 30),
    (DISTRIBUTE, "Audio", 10, 30),
    (DISTRIBUTE, "Decal", 200, 30),
    (DISTRIBUTE, "FontFamily", 10, 30),
    (DISTRIBUTE, "MeshPart", 200, 30),
    (DISTRIBUTE, "Model", 200, 30),
    (DISTRIBUTE, "Plugin", 10, 30),
    (DISTRIBUTE, "Video", 10, 1),
];

#[derive(Debug, Default)]
pub(crate) struct Quotas {
    /// By user, by what they are for, and of what.
    used: Mutex<HashMap<(u64, &'static str, &'static str), u64>>,
    set: Mutex<HashMap<String, u64>>,
}

impl Quotas {
    pub(crate) fn set_uploads(&self, kind: &str, capacity: u64) {
        lock(&self.set).insert(kind.to_owned(), capacity);
    }

    fn capacity(&self, user: u64, purpose: &str, kind: &str, documented: u64) -> u64 {
        let set = lock(&self.set).get(kind).copied();
        match (set, purpose, kind) {
            (Some(set), UPLOAD, _) => set,
            // Whoever is not verified uploads less audio.
            (_, UPLOAD, "Audio") if user != READY_USER => 10,
            _ => documented,
        }
    }
}

/// Counts an upload, or rejects it.
pub(crate) fn count_upload(call: &Call<'_>, kind: &str) -> Result<(), Response> {
    count(call, UPLOAD, kind)
}

/// Counts a new product of the creator store, or rejects it.
pub(crate) fn count_distribution(call: &Call<'_>, kind: &str) -> Result<(), Response> {
    count(call, DISTRIBUTE, kind)
}

fn count(call: &Call<'_>, purpose: &str, kind: &str) -> Result<(), Response> {
    let quotas = &call.state.quotas;
    let Some((purpose, kind, capacity, _)) = QUOTAS
        .iter()
        .find(|(own, of, ..)| *own == purpose && *of == kind)
    else {
        return Ok(());
    };
    let capacity = quotas.capacity(call.user(), purpose, kind, *capacity);
    let mut used = lock(&quotas.used);
    let used = used.entry((call.user(), purpose, kind)).or_default();
    if *used >= capacity {
        return Err(named(
            429,
            &format!("The quota of {kind} assets is used up."),
        ));
    }
    *used += 1;
    Ok(())
}

pub(crate) fn list(call: &Call<'_>) -> Outcome {
    call.query
        .check(&["maxPageSize", "pageToken", "filter"], &[])?;
    let user = integer(call.parameter("id")).and_then(|id| u64::try_from(id).ok());
    let Some(user) = user else {
        return Err(call.style.reject(400, "This is not the ID of a user."));
    };
    if user != call.user() {
        return Err(call.style.reject(403, "The quotas are not yours."));
    }
    let size = call.query.integer("maxPageSize", 0..=i64::from(i32::MAX))?;
    let size = match size.unwrap_or(0) {
        0 => 10,
        size => usize::try_from(size).unwrap_or(100).min(100),
    };
    let filter = read_filter(call.query.text("filter"))?;
    let text = format!("{size} {:?}", call.query.text("filter"));
    let bound_to = fingerprint(&text);
    let start = match call
        .query
        .text("pageToken")
        .filter(|token| !token.is_empty())
    {
        None => 0,
        Some(token) => u64::from_str_radix(token, 16)
            .ok()
            .and_then(|token| usize::try_from(token ^ bound_to).ok())
            .filter(|start| (1..QUOTAS.len()).contains(start))
            .ok_or_else(|| call.style.invalid("pageToken", "The token is not valid."))?,
    };
    let found: Vec<Value> = QUOTAS
        .iter()
        .filter(|(purpose, kind, ..)| {
            filter.iter().all(|(field, value)| match *field {
                "quotaType" => value == purpose,
                _ => value == kind,
            })
        })
        .map(|(purpose, kind, capacity, days)| render(call, user, purpose, kind, *capacity, *days))
        .collect();
    let shown: Vec<&Value> = found.iter().skip(start).take(size).collect();
    let mut body = json!({ "assetQuotas": shown });
    if start + size < found.len() {
        let token = (start + size) as u64 ^ bound_to;
        set(&mut body, "nextPageToken", format!("{token:x}"));
    }
    Ok(Response::json(200, &body))
}

/// `quotaType == RateLimitUpload && assetType == Audio`
fn read_filter(filter: Option<&str>) -> Result<Vec<(&str, &str)>, Response> {
    let invalid = || Style::V2.reject(400, "The filter is not valid.");
    let clauses = filter.into_iter().flat_map(|filter| filter.split("&&"));
    clauses
        .map(|clause| {
            let (field, value) = clause.split_once("==").ok_or_else(invalid)?;
            let (field, value) = (field.trim(), value.trim());
            let known = |(purpose, kind, ..): &(&str, &str, u64, i64)| match field {
                "quotaType" => *purpose == value,
                "assetType" => *kind == value,
                _ => false,
            };
            match QUOTAS.iter().any(known) {
                true => Ok((field, value)),
                false => Err(invalid()),
            }
        })
        .collect()
}

fn render(
    call: &Call<'_>,
    user: u64,
    purpose: &'static str,
    kind: &'static str,
    capacity: u64,
    days: i64,
) -> Value {
    let quotas = &call.state.quotas;
    let used = lock(&quotas.used)
        .get(&(user, purpose, kind))
        .copied()
        .unwrap_or(0);
    let now = Moment::now().seconds;
    let reset = Moment {
        seconds: (now / DAY + days) * DAY,
        nanos: 0,
        digits: 0,
    };
    json!({
        "path": format!("users/{user}/asset-quotas/{purpose}-{kind}"),
        "quotaType": capitals(purpose),
        "assetType": capitals(kind),
        "usage": used,
        "capacity": quotas.capacity(user, purpose, kind, capacity),
        "period": if days == 1 { "DAY" } else { "MONTH" },
        "usageResetTime": timestamp(reset),
    })
}
