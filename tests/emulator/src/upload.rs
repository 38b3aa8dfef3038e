//! `POST /assets/v1/assets` and `PATCH /assets/v1/assets/{assetId}`

mod checks;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::assets;
use crate::catalogue::{Moment, Owner};
use crate::fields::Fields;
use crate::form::{Form, Part};
use crate::lock;
use crate::operations::{self, Change, Effect, Rejection};
use crate::query::integer;
use crate::quotas;
use crate::response::{Outcome, Response, Style};
use crate::route::Call;
use crate::store::{Asset, SOCIAL_LINKS, TRY_IT, Version, updated_fields};

const STYLE: Style = Style::Status;

/// Fields of an asset that no request may have.
const SET_BY_SERVICE: [(&str, &str); 6] = [
    ("path", "the service sets it"),
    ("revisionId", "the service sets it"),
    ("revisionCreateTime", "the service sets it"),
    ("moderationResult", "the service sets it"),
    (
        "state",
        "assets are archived and restored by calls of their own",
    ),
    (
        "socialLink",
        "the links have names of their own, such as githubSocialLink",
    ),
];

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let parts = Parts::read(call)?;
    let request = Fields::parse(&parts.request.text, STYLE)?;
    request.bar(&SET_BY_SERVICE)?;
    request.bar(&[("assetId", "a new asset has none yet")])?;
    for link in SOCIAL_LINKS.iter().chain(&[TRY_IT]) {
        request.bar(&[(link, "links are added by an update")])?;
    }
    request.check(&[
        "assetType",
        "displayName",
        "description",
        "creationContext",
        "icon",
        "previews",
    ])?;
    let kind = checks::kind(request.required_text("assetType")?)?;
    let name = request.required_text("displayName")?;
    let description = request.required_text("description")?;
    checks::name(name)?;
    checks::description(description)?;
    let owner = creator(call, &request)?.ok_or_else(|| request.missing("creationContext"))?;
    if !call.manages(owner, "asset:write") {
        return Err(STYLE.lacks_right("The key may not create assets of this creator."));
    }
    let mut extras = BTreeMap::new();
    for field in ["icon", "previews"] {
        if let Some(value) = request.get(field) {
            checks::extra(call, field, value)?;
            extras.insert(field, value.clone());
        }
    }
    let file = parts
        .file
        .ok_or_else(|| STYLE.invalid("fileContent", "A file is required."))?;
    let blob = checks::file(kind, file, false)?;
    quotas::count_upload(call, kind)?;
    let asset = Asset {
        id: call.state.assets.new_id(),
        kind,
        owner,
        name: name.to_owned(),
        description: description.to_owned(),
        versions: vec![Version {
            blob,
            created: Moment::now(),
        }],
        archived: false,
        extras,
        public: false,
    };
    Ok(operations::start(call, Effect::Create(asset)))
}

pub(crate) fn update(call: &Call<'_>) -> Outcome {
    call.query.check(&["updateMask"], &[])?;
    let parts = Parts::read(call)?;
    let request = Fields::parse(&parts.request.text, STYLE)?;
    let asset = assets::own(call)?;
    let id = request
        .get("assetId")
        .ok_or_else(|| request.missing("assetId"))?;
    if read_id(id) != Some(asset.id) {
        return Err(STYLE.invalid("assetId", "It is not the asset of the path."));
    }
    creator(call, &request)?;
    let mask = read_mask(call)?;
    check_fields(&request, &asset, &mask)?;
    let mut change = Change {
        blob: None,
        name: None,
        description: None,
        extras: Vec::new(),
        rejected: Vec::new(),
    };
    for field in &mask {
        read_field(call, &request, field, &mut change)?;
    }
    if let Some(file) = parts.file {
        if asset.kind != "Model" {
            return Err(STYLE.invalid("fileContent", "Only the content of models can change."));
        }
        change.blob = Some(checks::file(asset.kind, file, true)?);
    }
    checks::count_links(&asset, &change)?;
    if change.blob.is_none() && mask.is_empty() {
        return Err(STYLE.reject(400, "There is nothing to update."));
    }
    change.rejected = take_rejections(call, &mask);
    for (field, _) in &change.rejected {
        match *field {
            "displayName" => change.name = None,
            "description" => change.description = None,
            field => change.extras.retain(|(own, _)| *own != field),
        }
    }
    if change.blob.is_some() {
        return Ok(operations::start(call, Effect::Update(asset.id, change)));
    }
    if !change.rejected.is_empty() {
        return Ok(operations::start_done(
            call,
            Effect::Update(asset.id, change),
        ));
    }
    let changed = call
        .state
        .assets
        .change(asset.id, |asset| change.apply(asset))
        .ok_or_else(|| STYLE.reject(404, ""))?;
    Ok(Response::json(200, &updated_fields(&changed, &mask)))
}

/// Those of the rejections to come that this update meets, which are used up.
fn take_rejections(call: &Call<'_>, mask: &[&'static str]) -> Vec<Rejection> {
    let mut planned = lock(&call.state.rejected_fields);
    let all = std::mem::take(&mut *planned);
    let (met, left) = all.into_iter().partition(|(field, _)| mask.contains(field));
    *planned = left;
    met
}

/// The two parts of an upload.
struct Parts<'a> {
    request: &'a Part,
    file: Option<&'a Part>,
}

impl<'a> Parts<'a> {
    fn read(call: &'a Call<'_>) -> Result<Self, Response> {
        let form: &Form = call
            .form
            .as_ref()
            .ok_or_else(|| STYLE.invalid("Content-Type", "multipart/form-data is required."))?;
        let mut request = None;
        let mut file = None;
        for part in &form.parts {
            let place = match part.name.as_str() {
                "request" => &mut request,
                "fileContent" => &mut file,
                other => return Err(STYLE.invalid(other, "The part is unknown.")),
            };
            if place.replace(part).is_some() {
                return Err(STYLE.invalid(&part.name, "The part must not be repeated."));
            }
        }
        Ok(Self {
            request: request.ok_or_else(|| STYLE.invalid("request", "The part is required."))?,
            file,
        })
    }
}

/// The creator in a request's creation context.
fn creator(call: &Call<'_>, request: &Fields) -> Result<Option<Owner>, Response> {
    let Some(context) = request.object("creationContext")? else {
        return Ok(None);
    };
    context.check(&["creator", "expectedPrice", "assetPrivacy"])?;
    let price = context.integer("expectedPrice")?;
    if price.is_some_and(|price| price < call.state.upload_price()) {
        return Err(STYLE.reject(400, "The actual price is higher than the expected one."));
    }
    let privacy = context.text("assetPrivacy")?;
    if privacy.is_some_and(|own| !["default", "restricted", "openUse"].contains(&own)) {
        return Err(STYLE.invalid("assetPrivacy", "It is not a privacy."));
    }
    let creator = context
        .object("creator")?
        .ok_or_else(|| context.missing("creator"))?;
    creator.check(&["userId", "groupId"])?;
    let id = |name: &str| match creator.get(name) {
        None => Ok(None),
        Some(value) => match read_id(value).and_then(|id| i64::try_from(id).ok()) {
            Some(id) => Ok(Some(id)),
            None => Err(STYLE.invalid(name, "It is not an id.")),
        },
    };
    match (id("userId")?, id("groupId")?) {
        (Some(user), None) => Ok(Some(Owner::User(user))),
        (None, Some(group)) => Ok(Some(Owner::Group(group))),
        _ => Err(STYLE.invalid("creator", "Either userId or groupId is required.")),
    }
}

/// Ids are written as numbers here and as strings there.
fn read_id(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => u64::try_from(integer(text)?).ok(),
        value => value.as_u64(),
    }
}

const UPDATABLE: [&str; 4] = ["displayName", "description", "icon", "previews"];

/// The field that can change whose name this is.
pub(crate) fn updatable(field: &str) -> Option<&'static str> {
    UPDATABLE
        .iter()
        .chain(&SOCIAL_LINKS)
        .chain(&[TRY_IT])
        .find(|known| **known == field)
        .copied()
}

/// The fields that are to change.
fn read_mask(call: &Call<'_>) -> Result<Vec<&'static str>, Response> {
    let mut mask = Vec::new();
    let Some(text) = call
        .query
        .text("updateMask")
        .filter(|text| !text.is_empty())
    else {
        return Ok(mask);
    };
    for field in text.split(',').map(str::trim) {
        mask.push(updatable(field).ok_or_else(|| not_updatable(field))?);
    }
    Ok(mask)
}

fn not_updatable(field: &str) -> Response {
    let is_known = ["assetId", "assetType", "creationContext"].contains(&field)
        || SET_BY_SERVICE.iter().any(|(own, _)| *own == field);
    let message = match is_known {
        true => format!(
            "The update mask has the field '{field}', which is known, and cannot be updated."
        ),
        false => format!("The update mask has the unknown field '{field}'."),
    };
    STYLE.invalid("updateMask", &message)
}

/// Rejects fields that are unknown, or that the mask does not name.
fn check_fields(request: &Fields, asset: &Asset, mask: &[&'static str]) -> Result<(), Response> {
    request.bar(&SET_BY_SERVICE)?;
    for field in UPDATABLE.iter().chain(&SOCIAL_LINKS).chain(&[TRY_IT]) {
        if !mask.contains(field) {
            request.bar(&[(field, "the update mask does not name it")])?;
        }
    }
    let mut known = vec!["assetId", "assetType", "creationContext"];
    known.extend(mask);
    request.check(&known)?;
    match request.text("assetType")? {
        Some(kind) if kind != asset.kind => {
            Err(STYLE.invalid("assetType", "It is not the type of the asset."))
        }
        _ => Ok(()),
    }
}

fn read_field(
    call: &Call<'_>,
    request: &Fields,
    field: &'static str,
    change: &mut Change,
) -> Result<(), Response> {
    match field {
        "displayName" => {
            let name = request.required_text(field)?;
            checks::name(name)?;
            change.name = Some(name.to_owned());
        }
        "description" => {
            let description = request.text(field)?.unwrap_or_default();
            checks::description(description)?;
            change.description = Some(description.to_owned());
        }
        _ => {
            // What the mask names and the body lacks is taken away.
            let value = request.get(field).cloned();
            if let Some(value) = &value {
                checks::extra(call, field, value)?;
            }
            change.extras.push((field, value));
        }
    }
    Ok(())
}

impl Change {
    pub(crate) fn apply(self, asset: &mut Asset) {
        if let Some(blob) = self.blob {
            asset.versions.push(Version {
                blob,
                created: Moment::now(),
            });
        }
        if let Some(name) = self.name {
            asset.name = name;
        }
        if let Some(description) = self.description {
            asset.description = description;
        }
        for (field, value) in self.extras {
            match value {
                Some(value) => asset.extras.insert(field, value),
                None => asset.extras.remove(field),
            };
        }
    }
}
