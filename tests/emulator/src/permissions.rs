//! `PATCH /asset-permissions-api/v1/assets/permissions`

use serde_json::{Value, json};

use crate::fields::Fields;
use crate::people;
use crate::query::integer;
use crate::response::{Outcome, Response};
use crate::route::Call;
use crate::saves::any_json;
use crate::store;

/// Types of assets, whom something may be granted, and what.
const GRANTABLE: [(&[&str], &[&str], &[&str]); 6] = [
    (
        &["Animation", "Audio", "MeshPart", "Video"],
        &["Group", "User", "Universe"],
        &["Use"],
    ),
    (
        &["Decal", "Image", "Mesh"],
        &["All", "Group", "User", "Universe"],
        &["Use"],
    ),
    (&["Model"], &["User"], &["Edit"]),
    (&["Model"], &["Group", "User", "Universe"], &["Use"]),
    (&["Place"], &["All"], &["Download"]),
    (&["Place"], &["Universe"], &["CopyFromRcc", "UpdateFromRcc"]),
];

pub(crate) fn grant(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let grant = Grant::read(call)?;
    let mut granted = Vec::new();
    let mut errors = Vec::new();
    for id in &grant.asset_ids {
        match grant.obstacle(call, *id) {
            None => granted.push(*id),
            Some(code) => errors.push(json!({ "assetId": id, "code": code })),
        }
    }
    // Of what there is nothing, there is null.
    let list = |items: Vec<Value>| Some(items).filter(|items| !items.is_empty());
    Ok(Response::json(
        200,
        &json!({
            "successAssetIds": granted,
            "errors": list(errors),
        }),
    ))
}

#[derive(Debug)]
struct Grant {
    subject: String,
    /// 0 for everybody.
    subject_id: u64,
    action: String,
    asset_ids: Vec<i64>,
}

impl Grant {
    fn read(call: &Call<'_>) -> Result<Self, Response> {
        let style = call.style;
        let fields = Fields::of_body(call, any_json)?;
        fields.check(&[
            "subjectType",
            "subjectId",
            "action",
            "requests",
            "assetIds",
            "enableDeepAccessCheck",
        ])?;
        fields.boolean("enableDeepAccessCheck")?;
        let subject = fields.required_text("subjectType")?;
        let subjects = ["User", "Group", "GroupRoleset", "All", "Universe"];
        check_value(call, "subjectType", subject, &subjects)?;
        let action = fields.required_text("action")?;
        let actions = ["Edit", "Use", "Download", "CopyFromRcc", "UpdateFromRcc"];
        check_value(call, "action", action, &actions)?;
        let subject_id = fields.text("subjectId")?.unwrap_or_default();
        let subject_id = match (subject, subject_id) {
            ("All", "") => 0,
            ("All", _) => return Err(style.invalid("subjectId", "It must be empty for All.")),
            (_, text) => integer(text)
                .and_then(|id| u64::try_from(id).ok())
                .ok_or_else(|| style.invalid("subjectId", "It is not an id."))?,
        };
        let requests = fields.array("requests")?.filter(|list| !list.is_empty());
        let asset_ids: Vec<i64> = match (requests, fields.array("assetIds")?) {
            (Some(requests), _) => requests
                .iter()
                .map(|request| read_request(call, request))
                .collect::<Result<_, _>>()?,
            (None, Some(ids)) => ids
                .iter()
                .map(|id| {
                    id.as_i64()
                        .ok_or_else(|| style.invalid("assetIds", "Integers are required."))
                })
                .collect::<Result<_, _>>()?,
            (None, None) => Vec::new(),
        };
        if asset_ids.is_empty() {
            return Err(style.invalid("requests", "At least one asset is required."));
        }
        Ok(Self {
            subject: subject.to_owned(),
            subject_id,
            action: action.to_owned(),
            asset_ids,
        })
    }

    /// The code of what is in the way of granting it for an asset.
    fn obstacle(&self, call: &Call<'_>, id: i64) -> Option<&'static str> {
        let asset = u64::try_from(id)
            .ok()
            .and_then(|id| store::find(call.state, id));
        let Some(asset) = asset else {
            return Some("AssetNotFound");
        };
        if asset.public {
            return Some("PublicAssetCannotBeGrantedTo");
        }
        if !call.manages(asset.owner, "asset-permissions:write") {
            return Some("CannotManageAsset");
        }
        let fits = |list: &[&str], item: &str| list.contains(&item);
        if !GRANTABLE.iter().any(|(kinds, ..)| fits(kinds, asset.kind)) {
            return Some("AssetTypeNotEnabled");
        }
        if !GRANTABLE.iter().any(|(kinds, subjects, actions)| {
            fits(kinds, asset.kind) && fits(subjects, &self.subject) && fits(actions, &self.action)
        }) {
            return Some("InvalidRequest");
        }
        let exists = match self.subject.as_str() {
            "User" => people::user_exists(self.subject_id),
            "Group" => people::group_exists(self.subject_id),
            "Universe" => people::universe_exists(self.subject_id),
            _ => true,
        };
        (!exists).then_some("SubjectNotFound")
    }
}

/// Rejects values that are not in the list; the schema also has one that means nothing.
fn check_value(call: &Call<'_>, name: &str, value: &str, known: &[&str]) -> Result<(), Response> {
    let message = match value {
        value if known.contains(&value) => return Ok(()),
        "Invalid" => "The value 'Invalid' is known, and not allowed here.".to_owned(),
        other => format!("The value '{other}' is unknown."),
    };
    Err(call.style.invalid(name, &message))
}

fn read_request(call: &Call<'_>, request: &Value) -> Result<i64, Response> {
    let fields = Fields::of(request.clone(), call.style)?;
    fields.check(&["assetId", "grantToDependencies", "parentVersionNumber"])?;
    fields.boolean("grantToDependencies")?;
    fields.integer("parentVersionNumber")?;
    fields
        .integer("assetId")?
        .ok_or_else(|| fields.missing("assetId"))
}
