//! Requests that the documents allow, made from `schemas/requests.json`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "helpers of tests"
)]

use open_cloud_emulator::Emulator;
use serde_json::{Map, Value, json};
use ureq::Agent;

use crate::schema::{Sent, parse};

/// The beginning of a PNG that is two pixels wide and one high.
const WIDE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Segment,
    Query,
    Header,
    Body,
    File,
    ContentType,
}

/// A part of a request that can have one of several values, or be left out.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) required: bool,
    /// Whether it is rejected whatever it is, at least beside what is required.
    pub(crate) never: bool,
    /// Another that must be there with it.
    pub(crate) needs: Option<String>,
    pub(crate) samples: Vec<Value>,
    /// The samples that must be taken beside what is required.
    pub(crate) taken: Vec<Value>,
}

/// What an endpoint takes.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) slots: Vec<Slot>,
    description: Value,
}

/// For each slot the index of its sample, if it is there.
pub(crate) type Choice = Vec<Option<usize>>;

/// An emulator with what the requests for an endpoint refer to.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    /// What stands for what in the samples.
    names: Vec<(&'static str, String)>,
}

impl Endpoint {
    pub(crate) fn all() -> Vec<Self> {
        let requests = parse(include_str!("../schemas/requests.json"));
        let endpoints = requests["endpoints"].as_object().unwrap();
        endpoints
            .iter()
            .map(|(name, description)| Self {
                name: name.clone(),
                slots: slots(description),
                description: description.clone(),
            })
            .collect()
    }

    /// What is required, and nothing else.
    pub(crate) fn least(&self) -> Choice {
        let of = |slot: &Slot| slot.required.then_some(0);
        self.slots.iter().map(of).collect()
    }

    /// Whether a request leaves something behind that another would meet.
    pub(crate) fn leaves_traces(&self) -> bool {
        let traces = [
            "saves.",
            "products.",
            "assets.archive",
            "assets.restore",
            "assets.update",
        ];
        self.description["method"] != "GET" && traces.iter().any(|own| self.name.starts_with(own))
    }

    /// More requests, by hand, with the statuses that they get.
    pub(crate) fn more(&self, world: &World) -> Vec<(Sent, u16)> {
        let one = |more: &Value| {
            let status = u16::try_from(more["status"].as_u64().unwrap()).unwrap();
            let mut request = Build::new(self, world);
            for slot in self
                .slots
                .iter()
                .filter(|slot| slot.place == Place::Segment)
            {
                request.put(slot, &slot.samples[0], 0);
            }
            for (name, value) in more["query"].as_object().into_iter().flatten() {
                request.query.append_pair(name, &text(value));
            }
            request.body = more["body"].as_object().cloned().unwrap_or_default();
            let mut sent = request.done();
            if let Some(raw) = more["rawBody"].as_str() {
                sent = sent.header("content-type", "application/json");
                sent.body = raw.as_bytes().to_vec();
            }
            (sent, status)
        };
        let more = self.description["more"].as_array();
        more.into_iter().flatten().map(one).collect()
    }

    pub(crate) fn request(&self, world: &World, choice: &Choice) -> Sent {
        let mut request = Build::new(self, world);
        for (slot, index) in self.slots.iter().zip(choice) {
            if let Some(index) = index {
                request.put(slot, &slot.samples[*index], *index);
            }
        }
        request.done()
    }

    /// An emulator in which what is required is enough.
    pub(crate) fn world(&self, agent: &Agent) -> World {
        let emulator = Emulator::start().unwrap();
        let mut names = vec![("{key}", emulator.api_key().to_owned())];
        emulator.set_operation_polls(0);
        let mut upload = |name, kind: &str, file: &str, content_type: &str| {
            let request = json!({
                "assetType": kind,
                "displayName": "Crate",
                "description": "",
                "creationContext": { "creator": { "userId": 1001 } },
            });
            let sent = form(
                Sent::new("POST", "/assets/v1/assets"),
                request.as_object().unwrap(),
                Some(&json!([file, content_type])),
            );
            let operation = sent.to(agent, &emulator).json();
            let path = match name {
                "{wide}" => &operation["response"]["path"],
                _ => &operation["path"],
            };
            let id = path.as_str().unwrap().split('/').nth(1).unwrap().to_owned();
            names.push((name, id));
        };
        if self.description.to_string().contains("{wide}") {
            upload("{wide}", "Image", "a.png", "image/png");
        }
        if self.description.to_string().contains("{operation}") {
            upload("{operation}", "Model", "a.fbx", "model/fbx");
        }
        for before in self.description["before"].as_array().into_iter().flatten() {
            let (method, path) = (&before["method"], &before["path"]);
            let (method, path) = (method.as_str().unwrap(), path.as_str().unwrap());
            let sent = match before.get("body") {
                Some(body) => Sent::json(method, path, body),
                None => Sent::new(method, path),
            };
            assert_eq!(sent.to(agent, &emulator).status, 200, "{sent:?}");
        }
        emulator.set_operation_polls(2);
        for kind in [
            "Animation",
            "Audio",
            "Decal",
            "Image",
            "Mesh",
            "Model",
            "Video",
        ] {
            emulator.set_upload_quota(kind, 1_000_000);
        }
        World { emulator, names }
    }
}

fn slots(description: &Value) -> Vec<Slot> {
    let required: Vec<&str> = description["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut all = Vec::new();
    for (field, place) in [
        ("segments", Place::Segment),
        ("query", Place::Query),
        ("headers", Place::Header),
        ("body", Place::Body),
    ] {
        for (name, schema) in description[field].as_object().into_iter().flatten() {
            all.push(Slot {
                place,
                name: name.clone(),
                required: place == Place::Segment || required.contains(&name.as_str()),
                never: schema["never"] == true || schema["alone"] == true,
                needs: schema["needs"].as_str().map(str::to_owned),
                samples: samples(schema),
                taken: taken(schema),
            });
        }
    }
    let mut push = |place, required: bool, samples: Vec<Value>| {
        all.push(Slot {
            place,
            name: String::new(),
            required,
            never: false,
            needs: None,
            taken: match place {
                Place::ContentType => samples.clone(),
                _ => Vec::new(),
            },
            samples,
        });
    };
    if let Some(types) = description["contentTypes"].as_array() {
        push(Place::ContentType, true, types.clone());
    }
    if let Some(files) = description["files"].as_object() {
        let most = files.values().map(|files| files.as_array().unwrap().len());
        let numbers = (0..most.max().unwrap()).map(|number| json!(number));
        push(
            Place::File,
            required.contains(&"fileContent"),
            numbers.collect(),
        );
    }
    all
}

/// Values that a schema allows: its examples and all that it names.
fn samples(schema: &Value) -> Vec<Value> {
    let mut all = schema["examples"].as_array().cloned().unwrap_or_default();
    all.extend(named(schema));
    assert!(!all.is_empty(), "there is nothing to send: {schema}");
    all
}

/// The values that a schema names, without those that it says are rejected.
fn taken(schema: &Value) -> Vec<Value> {
    let mut all = named(schema);
    let rejected = schema["rejected"].as_array().into_iter().flatten();
    for value in rejected {
        assert!(all.contains(value), "{value} is no value of {schema}");
        all.retain(|own| own != value);
    }
    if schema["never"] == true || schema["alone"] == true || schema.get("needs").is_some() {
        all.clear();
    }
    all
}

/// The values that a schema names: all of an enum, both ends of a range, lists of them.
fn named(schema: &Value) -> Vec<Value> {
    let mut all = schema["enum"].as_array().cloned().unwrap_or_default();
    for field in ["minimum", "maximum"] {
        all.extend(schema.get(field).cloned());
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    if types.contains(&json!("boolean")) {
        all.extend([json!(true), json!(false)]);
    }
    if types.contains(&json!("null")) {
        all.push(Value::Null);
    }
    if let Some(items) = schema.get("items") {
        let items = samples(items);
        all.extend(items.iter().map(|item| json!([item])));
        all.push(json!(items));
    }
    all
}

/// A request that is being put together.
struct Build<'a> {
    endpoint: &'a Endpoint,
    world: &'a World,
    path: String,
    query: form_urlencoded::Serializer<'a, String>,
    headers: Vec<(String, String)>,
    body: Map<String, Value>,
    content_type: Option<String>,
    file: Option<usize>,
    /// Whether the update mask names the fields that are there.
    masks: bool,
}

impl<'a> Build<'a> {
    fn new(endpoint: &'a Endpoint, world: &'a World) -> Self {
        Self {
            endpoint,
            world,
            path: endpoint.description["path"].as_str().unwrap().to_owned(),
            query: form_urlencoded::Serializer::new(String::new()),
            headers: Vec::new(),
            body: Map::new(),
            content_type: None,
            file: None,
            masks: false,
        }
    }

    fn put(&mut self, slot: &Slot, value: &Value, index: usize) {
        let value = self.world.named(value);
        match slot.place {
            Place::Segment => {
                self.path = self
                    .path
                    .replace(&format!("{{{}}}", slot.name), &text(&value));
            }
            Place::Query if value == "{fields}" => self.masks = true,
            Place::Query => match &value {
                Value::Array(items) => {
                    for item in items {
                        self.query.append_pair(&slot.name, &text(item));
                    }
                }
                value => drop(self.query.append_pair(&slot.name, &text(value))),
            },
            Place::Header => self.headers.push((slot.name.clone(), text(&value))),
            Place::Body => drop(self.body.insert(slot.name.clone(), value)),
            Place::ContentType => self.content_type = Some(text(&value)),
            Place::File => self.file = Some(index),
        }
    }

    fn done(mut self) -> Sent {
        let description = &self.endpoint.description;
        if self.masks {
            let maskable = description["maskable"].as_array().unwrap();
            let fields: Vec<&str> = maskable
                .iter()
                .filter_map(Value::as_str)
                .filter(|field| self.body.contains_key(*field))
                .collect();
            if !fields.is_empty() {
                self.query.append_pair("updateMask", &fields.join(","));
            }
        }
        let mut path = self.path;
        let query = self.query.finish();
        if !query.is_empty() {
            path = format!("{path}?{query}");
        }
        let mut sent = Sent::new(description["method"].as_str().unwrap(), &path);
        sent.headers = self.headers;
        if description["form"] == true {
            let files = &description["files"];
            let kind = self.body.get("assetType").and_then(Value::as_str);
            let files = files.get("").or_else(|| files.get(kind?));
            let file = self.file.and_then(|index| {
                let files = files?.as_array()?;
                files.get(index % files.len())
            });
            return form(sent, &self.body, file);
        }
        match self.content_type.as_deref() {
            Some("multipart/form-data") => parts(sent, &self.body),
            content_type if description.get("body").is_some() => {
                let content_type = content_type.unwrap_or("application/json");
                sent.body = json!(self.body).to_string().into_bytes();
                sent.header("content-type", content_type)
            }
            _ => sent,
        }
    }
}

impl World {
    /// A sample with its placeholders filled in.
    fn named(&self, value: &Value) -> Value {
        let Some(text) = value.as_str() else {
            return value.clone();
        };
        let filled = self
            .names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            });
        json!(filled)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A form with a request and perhaps a file.
fn form(sent: Sent, request: &Map<String, Value>, file: Option<&Value>) -> Sent {
    let mut request = Map::from_iter([("request".to_owned(), json!(request))]);
    if let Some(file) = file {
        request.insert("fileContent".to_owned(), file.clone());
    }
    parts(sent, &request)
}

fn parts(mut sent: Sent, parts: &Map<String, Value>) -> Sent {
    const DISPOSITION: &str = "--b\r\ncontent-disposition: form-data; name";
    for (name, value) in parts {
        let mut head = format!("{DISPOSITION}=\"{name}\"");
        let mut content = text(value).into_bytes();
        if name == "fileContent" {
            let (file, content_type) = (text(&value[0]), text(&value[1]));
            head += &format!("; filename=\"{file}\"\r\ncontent-type: {content_type}");
            content = WIDE.to_vec();
        }
        sent.body.extend(head.as_bytes());
        sent.body.extend(b"\r\n\r\n");
        sent.body.extend(content);
        sent.body.extend(b"\r\n");
    }
    sent.body.extend(b"--b--\r\n");
    sent.header("content-type", "multipart/form-data; boundary=b")
}
