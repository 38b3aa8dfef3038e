//! `/toolbox-service/v1/saves` and `/toolbox-service/v1/saves:bulkDelete`

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::catalogue::{CATEGORIES, Listing, Moment, timestamp};
use crate::fields::Fields;
use crate::keys::READY_USER;
use crate::lock;
use crate::query::Query;
use crate::response::{Outcome, Response, Style};
use crate::route::Call;
use crate::state::State;

const MOST_TARGETS: usize = 5000;

/// An asset of the store that a user has saved.
#[derive(Clone, Debug)]
struct Save {
    target: Target,
    owned: bool,
    saved: Moment,
    /// Tells apart what was saved in the same moment.
    number: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    category: String,
    id: i64,
}

/// The saves of every user.
#[derive(Debug)]
pub(crate) struct Saves {
    by_user: Mutex<HashMap<u64, Vec<Save>>>,
}

impl Saves {
    /// With some saves of the ready key's user, of which two assets are gone.
    pub(crate) fn seeded() -> Self {
        const SEEDS: [(&str, i64, bool); 9] = [
            ("Audio", 1_842_610_131, true),
            ("Audio", 1_842_613_555, false),
            ("Model", 1818, true),
            ("Model", 999_111_222, false),
            ("Model", 2_150_000_000, false),
            ("Plugin", 4_725_618_216, false),
            ("MeshPart", 9_007_199_254_740_993, true),
            ("Decal", i64::MAX - 1, false),
            ("Video", 999_333_444, true),
        ];
        let saves = (0_u32..)
            .zip(SEEDS)
            .map(|(number, (category, id, owned))| Save {
                target: Target {
                    category: category.to_owned(),
                    id,
                },
                owned,
                saved: Moment {
                    seconds: 1_700_000_000 + i64::from(number) * 86_400,
                    nanos: 123_456_700,
                    digits: 7,
                },
                number: u64::from(number),
            })
            .collect();
        Self {
            by_user: Mutex::new(HashMap::from([(READY_USER, saves)])),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Vec<Save>>> {
        lock(&self.by_user)
    }
}

pub(crate) fn list(call: &Call<'_>) -> Outcome {
    let wanted = Wanted::read(&call.query)?;
    let mut saves = call
        .state
        .saves
        .lock()
        .get(&call.user())
        .cloned()
        .unwrap_or_default();
    saves.retain(|save| wanted.admits(save, call.state));
    wanted.sort(&mut saves, call.state);
    let shown: Vec<Value> = saves
        .iter()
        .skip(wanted.start)
        .take(wanted.limit)
        .map(|save| {
            json!({
                "owned": save.owned,
                "dateSaved": timestamp(save.saved),
                "creatorStoreAsset": asset(save, call.state).map(|listing| &listing.full),
            })
        })
        .collect();
    Ok(Response::json(
        200,
        &json!({ "totalCount": saves.len(), "saves": shown }),
    ))
}

pub(crate) fn create(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let target = read_target(&Fields::of_body(call, any_json)?, call.style)?;
    let listing = call
        .state
        .catalogue
        .find(target.id)
        .filter(|listing| listing.category == target.category);
    if listing.is_none() {
        return Err(call.style.reject(404, "The asset was not found."));
    }
    let mut by_user = call.state.saves.lock();
    let saves = by_user.entry(call.user()).or_default();
    if saves.iter().any(|save| save.target == target) {
        return Err(call.style.reject(409, "The asset is saved already."));
    }
    let number = saves.last().map_or(0, |save| save.number + 1);
    saves.push(Save {
        target,
        owned: false,
        saved: Moment {
            digits: 7,
            ..Moment::now()
        },
        number,
    });
    Ok(Response::empty(201))
}

pub(crate) fn delete(call: &Call<'_>) -> Outcome {
    call.query.check(&["targetType", "targetId"], &[])?;
    let required = |name: &str| {
        let message = format!("The {name} field is required.");
        call.style.invalid(name, &message)
    };
    let category = call
        .query
        .one_of("targetType", &CATEGORIES)?
        .ok_or_else(|| required("targetType"))?;
    let id = call
        .query
        .integer("targetId", i64::MIN..=i64::MAX)?
        .ok_or_else(|| required("targetId"))?;
    let target = Target {
        category: category.to_owned(),
        id,
    };
    match remove(call, &[target]) {
        0 => Err(call.style.reject(404, "The asset is not saved.")),
        _ => Ok(Response::empty(204)),
    }
}

pub(crate) fn bulk_delete(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let fields = Fields::of_body(call, any_json)?;
    fields.check(&["targets"])?;
    let targets = fields
        .array("targets")?
        .ok_or_else(|| fields.missing("targets"))?;
    if targets.len() > MOST_TARGETS {
        return Err(call
            .style
            .invalid("targets", "No more than 5000 saves can be deleted at once."));
    }
    let targets: Vec<Target> = targets
        .iter()
        .map(|target| read_target(&Fields::of(target.clone(), call.style)?, call.style))
        .collect::<Result<_, _>>()?;
    let deleted = remove(call, &targets);
    if deleted == 0 && !targets.is_empty() {
        return Err(call.style.reject(404, "None of the assets is saved."));
    }
    Ok(Response::json(200, &json!({ "deletedCount": deleted })))
}

fn remove(call: &Call<'_>, targets: &[Target]) -> usize {
    let mut by_user = call.state.saves.lock();
    let saves = by_user.entry(call.user()).or_default();
    let before = saves.len();
    saves.retain(|save| !targets.contains(&save.target));
    before - saves.len()
}

fn read_target(fields: &Fields, style: Style) -> Result<Target, Response> {
    fields.check(&["targetType", "targetId", "collectionName"])?;
    if fields.get("collectionName").is_some() {
        let message =
            "The field 'collectionName' is known, and not allowed here: there are no collections.";
        return Err(style.invalid("collectionName", message));
    }
    let category = fields.required_text("targetType")?;
    if !CATEGORIES.contains(&category) {
        return Err(style.invalid("targetType", &format!("'{category}' is not valid.")));
    }
    let id = fields
        .integer("targetId")?
        .ok_or_else(|| fields.missing("targetId"))?;
    Ok(Target {
        category: category.to_owned(),
        id,
    })
}

/// What the toolbox service takes for JSON.
pub(crate) fn any_json(content_type: &str) -> bool {
    matches!(content_type, "application/json" | "text/json")
        || (content_type.starts_with("application/") && content_type.ends_with("+json"))
}

fn asset<'a>(save: &Save, state: &'a State) -> Option<&'a Listing> {
    state.catalogue.find(save.target.id)
}

#[derive(Debug)]
struct Wanted<'a> {
    category: Option<&'a str>,
    id: Option<i64>,
    sort: &'a str,
    ascending: bool,
    limit: usize,
    start: usize,
    keyword: Option<String>,
    hide_owned: bool,
}

impl<'a> Wanted<'a> {
    fn read(query: &'a Query) -> Result<Self, Response> {
        query.check(
            &[
                "targetType",
                "targetId",
                "sortBy",
                "sortDirection",
                "limit",
                "page",
                "keyword",
                "hideOwnedAssets",
            ],
            &[],
        )?;
        let category = query.one_of("targetType", &CATEGORIES)?;
        let id = query.integer("targetId", i64::MIN..=i64::MAX)?;
        if id.is_some() && category.is_none() {
            return Err(Style::Problem.invalid("targetType", "targetId needs a targetType."));
        }
        let sorts = [
            "Name",
            "Creator",
            "Ratings",
            "TargetType",
            "DateSaved",
            "LastModified",
            "Price",
        ];
        let direction = query.one_of("sortDirection", &["None", "Ascending", "Descending"])?;
        let size = |number: i64| usize::try_from(number).unwrap_or_default();
        let limit = size(query.integer("limit", 1..=500)?.unwrap_or(100));
        let page = size(query.integer("page", 1..=i64::from(i32::MAX))?.unwrap_or(1));
        Ok(Self {
            category,
            id,
            sort: query.one_of("sortBy", &sorts)?.unwrap_or("DateSaved"),
            ascending: direction == Some("Ascending"),
            limit,
            start: (page - 1).saturating_mul(limit),
            keyword: query.text("keyword").map(str::to_lowercase),
            hide_owned: query.boolean("hideOwnedAssets")?.unwrap_or(false),
        })
    }

    fn admits(&self, save: &Save, state: &State) -> bool {
        let has_keyword = |keyword: &String| {
            asset(save, state).is_some_and(|listing| listing.name.to_lowercase().contains(keyword))
        };
        self.category
            .is_none_or(|category| save.target.category == category)
            && self.id.is_none_or(|id| save.target.id == id)
            && !(self.hide_owned && save.owned)
            && self.keyword.as_ref().is_none_or(has_keyword)
    }

    /// Descending unless told otherwise. What is gone has no name, and comes before all names.
    fn sort(&self, saves: &mut [Save], state: &State) {
        let by_listing = |save: &Save| -> (String, i128) {
            let Some(listing) = asset(save, state) else {
                return (String::new(), i128::MIN);
            };
            match self.sort {
                "Name" => (listing.name.to_lowercase(), 0),
                "Creator" => (listing.maker.name.to_lowercase(), 0),
                "Ratings" => (String::new(), i128::from(listing.up_vote_percent())),
                "LastModified" => (String::new(), listing.updated.since_epoch()),
                _ => {
                    let price = listing.price.and_then(|price| price.nano_dollars());
                    (String::new(), price.unwrap_or(0))
                }
            }
        };
        saves.sort_by(|a, b| {
            let order = match self.sort {
                "DateSaved" => a.saved.cmp(&b.saved),
                "TargetType" => a.target.category.cmp(&b.target.category),
                _ => by_listing(a).cmp(&by_listing(b)),
            };
            let order = order.then(a.number.cmp(&b.number));
            match self.ascending {
                true => order,
                false => order.reverse(),
            }
        });
    }
}
