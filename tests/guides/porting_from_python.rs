//! Every Rust name in the guide for porters is one of the crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every public name of the crate: `Type`, and `Type::member` for functions, variants and fields.
fn public_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                collect(&fs::read_to_string(path).unwrap(), &mut names);
            }
        }
    }
    names
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap()
}

fn collect(text: &str, names: &mut BTreeSet<String>) {
    let mut owner = String::new();
    for line in text.lines() {
        let code = line.trim_start();
        if line.starts_with("#[cfg(test)]") {
            return;
        }
        if let Some(rest) = line.strip_prefix("pub fn ") {
            names.insert(word(rest).to_owned());
        }
        for start in ["pub struct ", "pub enum ", "pub trait "] {
            if let Some(rest) = line.strip_prefix(start) {
                owner = word(rest).to_owned();
                names.insert(owner.clone());
            }
        }
        if let Some(rest) = line.strip_prefix("impl") {
            // Of `impl<T> Trait for Type<T>` the type.
            let rest = if rest.starts_with('<') {
                rest.split_once("> ").map_or("", |(_, rest)| rest)
            } else {
                rest.trim_start()
            };
            let rest = rest.split_once(" for ").map_or(rest, |(_, rest)| rest);
            owner = word(rest).to_owned();
        }
        // `Name {` alone on its line within `open_enum!`.
        if line.starts_with("    ")
            && !line.starts_with("     ")
            && code.ends_with(" {")
            && code.starts_with(char::is_uppercase)
        {
            owner = word(code).to_owned();
            names.insert(owner.clone());
        }
        // What the macro gives to every builder.
        if let Some(rest) = code.strip_prefix("common_setters!(") {
            for setter in ["timeout", "unchecked", "maybe"] {
                names.insert(format!("{}::{setter}", word(rest)));
            }
        }
        for start in ["pub fn ", "pub const fn ", "fn ", "pub "] {
            if let Some(rest) = code.strip_prefix(start) {
                names.insert(format!("{owner}::{}", word(rest)));
            }
        }
        if code.starts_with(char::is_uppercase) {
            names.insert(format!("{owner}::{}", word(code)));
        }
    }
}

#[test]
fn every_rust_name_in_the_tables_exists() {
    let names = public_names();
    let guide = include_str!("../../docs/porting-from-python.md");
    let (_, tables) = guide.split_once("## Names").unwrap();
    let (tables, _) = tables.split_once("## What is different").unwrap();
    let mut checked = 0;
    for row in tables
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---"))
    {
        let rust = row.split(" | ").nth(1).unwrap();
        for name in rust.split('`').skip(1).step_by(2) {
            let is_name = name.starts_with(char::is_uppercase) || name == "send_request";
            if !is_name || name == "None" || name.contains(['.', ' ']) {
                continue;
            }
            assert!(
                names.contains(name),
                "{name} is in the guide, and not in the crate"
            );
            checked += 1;
        }
    }
    assert!(checked > 150, "{checked}");
}

#[test]
fn every_public_type_that_python_has_is_in_the_guide() {
    let guide = include_str!("../../docs/porting-from-python.md");
    for name in [
        "ApiKey",
        "ApiKeyScope",
        "Asset",
        "AssetDeliveryLocation",
        "AssetPermissionAction",
        "AssetPermissionRequest",
        "AssetPermissionResult",
        "AssetPermissionResultError",
        "AssetPermissionSubject",
        "AssetPermissionSubjectType",
        "AssetPrivacy",
        "AssetSocialLink",
        "AssetType",
        "AssetVersion",
        "Creator",
        "CreatorStoreProduct",
        "Experience",
        "Forbidden",
        "Group",
        "HttpException",
        "InstanceType",
        "InvalidFile",
        "ModeratedText",
        "ModerationStatus",
        "Money",
        "MusicChartType",
        "NotFound",
        "Operation",
        "ProductRestriction",
        "RateLimited",
        "ToolboxAsset",
        "ToolboxAssetSubtype",
        "ToolboxSearchContext",
        "ToolboxSearchSortCategory",
        "User",
    ] {
        let in_a_row = guide
            .lines()
            .any(|line| line.starts_with('|') && line.contains(&format!("`{name}")));
        assert!(in_a_row, "{name}");
    }
}
