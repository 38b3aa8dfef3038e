//! `GET /assets/v1/operations/{operationId}`

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::dice::fingerprint;
use crate::lock;
use crate::response::{Outcome, Response, set};
use crate::route::Call;
use crate::store::{Asset, Blob, Habit};

/// What an operation does when it is done.
#[derive(Debug)]
pub(crate) enum Effect {
    Create(Asset),
    Update(u64, Change),
}

/// A field that an update is not to change, and why.
pub(crate) type Rejection = (&'static str, String);

/// What is to become of an asset.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) blob: Option<Blob>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// The icon, the previews and the social links; nothing is taken away.
    pub(crate) extras: Vec<(&'static str, Option<Value>)>,
    /// What was asked for and is not done.
    pub(crate) rejected: Vec<Rejection>,
}

#[derive(Debug)]
struct Operation {
    user: u64,
    /// How many polls do not find it.
    missing_polls_left: usize,
    polls_left: usize,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Running(Effect),
    Failing(i32, String),
    Done(Value),
}

#[derive(Debug)]
pub(crate) struct Operations {
    known: Mutex<HashMap<String, Operation>>,
    failures: Mutex<VecDeque<(i32, String)>>,
    polls: AtomicUsize,
    missing_polls: AtomicUsize,
    id_only: AtomicBool,
}

impl Operations {
    pub(crate) fn new() -> Self {
        Self {
            known: Mutex::default(),
            failures: Mutex::default(),
            polls: AtomicUsize::new(2),
            missing_polls: AtomicUsize::new(0),
            id_only: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_polls(&self, polls: usize) {
        self.polls.store(polls, Ordering::SeqCst);
    }

    pub(crate) fn set_missing_polls(&self, polls: usize) {
        self.missing_polls.store(polls, Ordering::SeqCst);
    }

    pub(crate) fn set_id_only(&self, on: bool) {
        self.id_only.store(on, Ordering::SeqCst);
    }

    pub(crate) fn fail_next(&self, code: i32, message: String) {
        lock(&self.failures).push_back((code, message));
    }
}

/// Starts an operation and tells where it can be asked after.
pub(crate) fn start(call: &Call<'_>, effect: Effect) -> Response {
    let polls = call.state.operations.polls.load(Ordering::SeqCst);
    start_with(call, effect, polls)
}

/// Starts an operation that is done at once.
pub(crate) fn start_done(call: &Call<'_>, effect: Effect) -> Response {
    start_with(call, effect, 0)
}

fn start_with(call: &Call<'_>, effect: Effect, polls: usize) -> Response {
    let operations = &call.state.operations;
    let mut known = lock(&operations.known);
    let id = format!(
        "{:016x}",
        fingerprint(&format!("operation {}", known.len()))
    );
    let mut operation = Operation {
        user: call.user(),
        missing_polls_left: operations.missing_polls.load(Ordering::SeqCst),
        polls_left: polls,
        phase: match lock(&operations.failures).pop_front() {
            Some((code, message)) => Phase::Failing(code, message),
            None => Phase::Running(effect),
        },
    };
    if operation.polls_left == 0 {
        operation.finish(call);
    }
    let mut body = operation.render(&id);
    set(&mut body, "operationId", id.as_str());
    if call.state.is_guide() && !operation.is_done() {
        // In the guide, the response holds nothing else.
        body = json!({ "path": format!("operations/{id}") });
    }
    if operations.id_only.load(Ordering::SeqCst) {
        match (operation.is_done(), body.as_object_mut()) {
            (true, Some(fields)) => drop(fields.remove("path")),
            _ => body = json!({ "operationId": id }),
        }
    }
    known.insert(id, operation);
    Response::json(200, &body)
}

pub(crate) fn get(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let id = call.parameter("operationId");
    let mut known = lock(&call.state.operations.known);
    let operation = known
        .get_mut(id)
        .ok_or_else(|| call.style.reject(404, ""))?;
    if operation.user != call.user() {
        return Err(call.style.reject(403, ""));
    }
    if operation.missing_polls_left > 0 {
        operation.missing_polls_left -= 1;
        return Err(call.style.reject(404, ""));
    }
    operation.polls_left = operation.polls_left.saturating_sub(1);
    if operation.polls_left == 0 {
        operation.finish(call);
    }
    Ok(Response::json(200, &operation.render(id)))
}

impl Operation {
    /// Makes the effect happen, once.
    fn finish(&mut self, call: &Call<'_>) {
        let outcome = std::mem::replace(&mut self.phase, Phase::Done(Value::Null));
        let (habit, _) = call.state.habits();
        let assets = &call.state.assets;
        self.phase = Phase::Done(match outcome {
            Phase::Done(result) => result,
            Phase::Failing(code, message) => {
                let field = match call.state.is_guide() {
                    true => "status",
                    false => "error",
                };
                json!({ (field): { "code": code, "message": message } })
            }
            Phase::Running(Effect::Create(asset)) => {
                let response = render(&asset, habit);
                assets.insert(asset);
                response
            }
            Phase::Running(Effect::Update(id, change)) => {
                let errors: Vec<Value> = change.rejected.iter().map(rejection).collect();
                let mut result = assets
                    .change(id, |asset| change.apply(asset))
                    .map_or(Value::Null, |asset| render(&asset, habit));
                if !errors.is_empty() {
                    set(&mut result, "metadata", json!({ "errors": errors }));
                }
                result
            }
        });
    }

    fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done(_))
    }

    fn render(&self, id: &str) -> Value {
        let mut body = json!({ "path": format!("operations/{id}") });
        match &self.phase {
            Phase::Done(result) => {
                set(&mut body, "done", true);
                for (name, value) in result.as_object().into_iter().flatten() {
                    set(&mut body, name, value.clone());
                }
            }
            Phase::Running(_) | Phase::Failing(..) => set(&mut body, "done", false),
        }
        body
    }
}

fn rejection((field, message): &Rejection) -> Value {
    json!({ "error": { "message": message }, "fieldMask": field })
}

fn render(asset: &Asset, habit: Habit) -> Value {
    json!({ "response": asset.render(habit, &[]) })
}
