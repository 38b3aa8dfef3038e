//! The schemas under `schemas/`, and requests and responses that are held against them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    reason = "helpers of tests"
)]

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use open_cloud_emulator::Emulator;
use serde_json::{Map, Value, json};
use ureq::Agent;
use ureq::http::Request;

const DEFINITIONS: [&str; 7] = [
    include_str!("../schemas/common.json"),
    include_str!("../schemas/toolbox.json"),
    include_str!("../schemas/cloud.json"),
    include_str!("../schemas/assets.json"),
    include_str!("../schemas/others.json"),
    include_str!("../schemas/undocumented.json"),
    include_str!("../schemas/errors.json"),
];

/// What is sent, and by whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    content_type: Option<String>,
    body: String,
}

impl Sent {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn json(method: &str, path: &str, body: &Value) -> Self {
        let mut sent = Self::new(method, path).header("content-type", "application/json");
        sent.body = body.to_string().into_bytes();
        sent
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it with the ready key.
    pub(crate) fn to(&self, agent: &Agent, emulator: &Emulator) -> Received {
        self.clone()
            .header("x-api-key", emulator.api_key())
            .as_it_is(agent, emulator)
    }

    pub(crate) fn as_it_is(&self, agent: &Agent, emulator: &Emulator) -> Received {
        let mut request = Request::builder().method(self.method.as_str()).uri(format!(
            "{}{}",
            emulator.url(),
            self.path
        ));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = agent
            .configure_request(request.body(self.body.as_slice()).unwrap())
            .allow_non_standard_methods(true)
            .build();
        let mut response = agent.run(request).unwrap();
        let content_type = response.headers().get("content-type");
        let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
        Received {
            status: response.status().as_u16(),
            content_type,
            body: response.body_mut().read_to_string().unwrap(),
        }
    }
}

impl Received {
    /// The same with another body.
    pub(crate) fn with(&self, body: &Value) -> Self {
        Self {
            status: self.status,
            content_type: self.content_type.clone(),
            body: body.to_string(),
        }
    }

    /// The JSON of the body, null if it is empty.
    pub(crate) fn json(&self) -> Value {
        match self.body.as_str() {
            "" => Value::Null,
            body => serde_json::from_str(body).unwrap(),
        }
    }

    /// Why it was rejected: what the error says, without the name of the field; or, if the body
    /// is empty, endpoint and status.
    pub(crate) fn reason(&self, endpoint: &str) -> String {
        let body = self.json();
        let validation = body["errors"].as_object().map(|errors| {
            let messages = errors.values().next().unwrap();
            messages[0].as_str().unwrap().to_owned()
        });
        let message = [
            &body["message"],
            &body["detail"],
            &body["error"]["message"],
            &body["errors"][0]["message"],
        ]
        .into_iter()
        .find_map(Value::as_str);
        match (validation, message) {
            (Some(message), _) => message,
            (None, Some(message)) => match message.split_once(": ") {
                Some((name, rest)) if !name.contains(' ') => rest.to_owned(),
                _ => message.to_owned(),
            },
            (None, None) => format!("{endpoint} {}", self.status),
        }
    }
}

/// All the schemas, ready to be used.
pub(crate) struct Schemas {
    responses: Value,
    validators: HashMap<String, Validator>,
}

impl Schemas {
    /// The same for all tests of a program, since it takes a while.
    pub(crate) fn get() -> &'static Self {
        static SCHEMAS: LazyLock<Schemas> = LazyLock::new(Schemas::load);
        &SCHEMAS
    }

    fn load() -> Self {
        let definitions = definitions();
        let responses: Value = parse(include_str!("../schemas/responses.json"));
        let validator = |name: &String| {
            let schema = json!({ "$ref": format!("#/$defs/{name}"), "$defs": definitions });
            jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true)
                .build(&schema)
                .unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let validators = definitions
            .keys()
            .map(|name| (name.clone(), validator(name)))
            .collect();
        Self {
            responses,
            validators,
        }
    }

    /// Holds a response against the schemas of its endpoint; `nowhere` is one that no endpoint has.
    pub(crate) fn check(&self, endpoint: &str, received: &Received) -> Result<(), String> {
        let status = received.status.to_string();
        let lists = match endpoint {
            "nowhere" => &self.responses["nowhere"],
            endpoint => &self.responses["endpoints"][endpoint],
        };
        let names = match lists.get(&status) {
            Some(names) => names,
            None => &self.responses["everywhere"][&status],
        };
        let Some(names) = names.as_array() else {
            return Err(format!("{endpoint} has no status {status}: {received:?}"));
        };
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        if received.body.is_empty() {
            return match (names.contains(&"none"), &received.content_type) {
                (true, None) => Ok(()),
                _ => Err(format!("{endpoint} {status}: there should be content")),
            };
        }
        match received.content_type.as_deref() {
            Some("application/json; charset=utf-8") => {}
            other => return Err(format!("{endpoint} {status}: content type {other:?}")),
        }
        let body = received.json();
        for error in [&body, &body["errors"]] {
            let own = if error["title"].is_null() {
                &error["code"]
            } else {
                &error["status"]
            };
            // In two formats the body repeats the status.
            if received.status >= 400 && own.is_number() && *own != received.status {
                return Err(format!("{endpoint} {status}: not its status: {body}"));
            }
        }
        let mut complaints = Vec::new();
        for name in names.into_iter().filter(|name| *name != "none") {
            match self.validators[name].validate(&body) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    complaints.push(format!("{name}: {error} at {}", error.instance_path()))
                }
            }
        }
        Err(format!("{endpoint} {status}: {complaints:?}: {body}"))
    }
}

pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The definitions of all files in one object, so that they can refer to each other.
pub(crate) fn definitions() -> Map<String, Value> {
    let mut all = Map::new();
    for text in DEFINITIONS {
        for (name, schema) in parse(text)["$defs"].as_object().unwrap() {
            let before = all.insert(name.clone(), schema.clone());
            assert_eq!(before, None, "{name} is defined twice");
        }
    }
    all
}
