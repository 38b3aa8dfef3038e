//! Every request that the documents allow is accepted, or rejected for a reason that the README
//! has.

#[path = "support/client.rs"]
mod client;
#[path = "support/requests.rs"]
mod requests;
#[path = "support/schema.rs"]
mod schema;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use client::agent;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use requests::{Choice, Endpoint, Place, World};
use schema::{Received, Schemas};
use serde_json::json;

/// The messages of the README's table of rejections, where `…` stands for anything.
fn reasons() -> Vec<String> {
    let readme = include_str!("../README.md");
    let (_, section) = readme
        .split_once("### Valid requests that are rejected")
        .unwrap();
    let section = section.split("\n#").next().unwrap();
    let cells = section
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.split('|').next());
    let reasons: Vec<String> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert!(reasons.len() > 10);
    reasons
}

fn fits(pattern: &str, message: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('…') else {
        return pattern == message;
    };
    let Some(message) = message.strip_prefix(start) else {
        return false;
    };
    match rest.is_empty() {
        true => true,
        false => (0..=message.len())
            .filter_map(|at| message.get(at..))
            .any(|tail| fits(rest, tail)),
    }
}

/// Whether a response is a good one; panics if it is neither that nor a rejection of the README.
fn judge(
    endpoint: &Endpoint,
    received: &Received,
    schemas: &Schemas,
    reasons: &[String],
    used: &mut BTreeSet<String>,
) -> Result<bool, String> {
    schemas.check(&endpoint.name, received)?;
    match received.status {
        200..=299 => Ok(true),
        400..=499 => {
            let reason = received.reason(&endpoint.name);
            let mut listed = reasons.iter().filter(|own| fits(own, &reason)).peekable();
            if listed.peek().is_none() {
                return Err(format!("the README does not have: {reason}"));
            }
            used.extend(listed.cloned());
            Ok(false)
        }
        status => Err(format!("status {status}")),
    }
}

#[test]
fn each_value_of_each_field_and_parameter_is_taken_or_rejected_as_the_readme_says() {
    let (schemas, reasons, agent) = (Schemas::get(), reasons(), agent());
    let mut used = BTreeSet::new();
    let mut complaints = Vec::new();
    let endpoints = Endpoint::all();
    let known = open_cloud_emulator::Emulator::start().unwrap();
    let names: BTreeSet<&str> = endpoints.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(names, known.endpoint_names().into_iter().collect());
    for endpoint in &endpoints {
        let mut world = endpoint.world(&agent);
        let mut send = |choice: &Choice| {
            if endpoint.leaves_traces() {
                world = endpoint.world(&agent);
            }
            let sent = endpoint.request(&world, choice);
            let received = sent.to(&agent, &world.emulator);
            let verdict = judge(endpoint, &received, schemas, &reasons, &mut used);
            verdict.unwrap_or_else(|complaint| {
                complaints.push(format!("{} {}: {complaint}", sent.method, sent.path));
                false
            })
        };
        let least = endpoint.least();
        let mut wrong = Vec::new();
        if !send(&least) {
            wrong.push("the least is rejected".to_owned());
        }
        for (index, slot) in endpoint.slots.iter().enumerate() {
            let mut good = 0;
            for sample in 0..slot.samples.len() {
                let mut choice = least.clone();
                choice[index] = Some(sample);
                let is_good = send(&choice);
                good += usize::from(is_good);
                if !is_good && slot.taken.contains(&slot.samples[sample]) {
                    wrong.push(format!("{}: {}", slot.name, slot.samples[sample]));
                }
                if let Some(needed) = &slot.needs {
                    let needed = endpoint.slots.iter().position(|own| own.name == *needed);
                    choice[needed.unwrap()] = Some(0);
                    good += usize::from(send(&choice));
                }
            }
            if (good > 0) == slot.never {
                let (name, count) = (&slot.name, slot.samples.len());
                wrong.push(format!("{name}: {good} of {count} are taken"));
            }
        }
        // Everything at once that can be there at all.
        let all = endpoint.slots.iter().map(|slot| (!slot.never).then_some(0));
        send(&all.collect());
        for (sent, status) in endpoint.more(&endpoint.world(&agent)) {
            let world = endpoint.world(&agent);
            let received = sent.to(&agent, &world.emulator);
            if received.status != status {
                wrong.push(format!("{sent:?}: {received:?}"));
            }
            let verdict = judge(endpoint, &received, schemas, &reasons, &mut used);
            wrong.extend(verdict.err());
        }
        complaints.extend(
            wrong
                .into_iter()
                .map(|wrong| format!("{}: {wrong}", endpoint.name)),
        );
    }
    let unused: Vec<&String> = reasons.iter().filter(|own| !used.contains(*own)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(
        unused.is_empty(),
        "the README has what never happens: {unused:?}"
    );
}

#[test]
fn any_values_of_any_fields_and_parameters_are_taken_or_rejected_as_the_readme_says() {
    const MOST_SLOTS: usize = 40;
    let (schemas, reasons, agent) = (Schemas::get(), reasons(), agent());
    let endpoints = Endpoint::all();
    // Each endpoint has an emulator of its own, which remembers all that happened.
    let worlds: RefCell<HashMap<usize, World>> = RefCell::default();
    let strategy = (
        any::<Index>(),
        prop::collection::vec(prop::option::weighted(0.3, any::<Index>()), MOST_SLOTS),
    );
    let config = Config {
        cases: 1000,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&strategy, |(endpoint, picks)| {
        let number = endpoint.index(endpoints.len());
        let endpoint = &endpoints[number];
        let mut worlds = worlds.borrow_mut();
        let world = worlds
            .entry(number)
            .or_insert_with(|| endpoint.world(&agent));
        let choice: Choice = endpoint
            .slots
            .iter()
            .zip(&picks)
            .map(|(slot, pick)| match pick {
                Some(pick) => Some(pick.index(slot.samples.len())),
                None => slot.required.then_some(0),
            })
            .collect();
        prop_assert_eq!(choice.len(), endpoint.slots.len());
        let sent = endpoint.request(world, &choice);
        let received = sent.to(&agent, &world.emulator);
        let mut used = BTreeSet::new();
        let verdict = judge(endpoint, &received, schemas, &reasons, &mut used);
        prop_assert!(
            verdict.is_ok(),
            "{} {} {}: {verdict:?}",
            sent.method,
            sent.path,
            String::from_utf8_lossy(&sent.body)
        );
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn a_parameter_of_one_endpoint_is_known_to_the_others() {
    let emulator = open_cloud_emulator::Emulator::start().unwrap();
    let endpoints = Endpoint::all();
    let slots = endpoints.iter().flat_map(|endpoint| &endpoint.slots);
    let names: BTreeSet<&str> = slots
        .filter(|slot| slot.place == Place::Query)
        .map(|slot| slot.name.as_str())
        .collect();
    assert!(names.len() > 40, "{names:?}");
    let verdicts = names
        .into_iter()
        .map(|name| (name, "known, and not allowed here"));
    for (name, verdict) in verdicts.chain([("PageToken", "unknown"), ("", "unknown")]) {
        let (status, error) = client::get(&emulator, &format!("/cloud/v2/users/1?{name}=1"));
        let message = format!("{name}: The parameter '{name}' is {verdict}.");
        assert_eq!((status, &error["message"]), (400, &json!(message)));
    }
}

#[test]
fn patterns_stand_for_what_is_between() {
    for (pattern, message, expected) in [
        ("a b", "a b", true),
        ("a b", "a b c", false),
        ("a … c", "a b c", true),
        ("a … c", "a b c d", false),
        ("a …", "a é", true),
        ("…: …", "x: y", true),
        ("a … c …", "a b d", false),
    ] {
        assert_eq!(fits(pattern, message), expected, "{pattern} {message}");
    }
}
