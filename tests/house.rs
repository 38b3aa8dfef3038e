//! The house: rooms stand above each other, and imports point down only. A room is a file of `src/` with its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, from the ground up. Rooms of one floor do not import each other.
const FLOORS: &[&[&str]] = &[
    &["json", "text", "retry"],
    &["error", "wire"],
    &["check", "file", "social_link"],
    &["multipart"],
    &["http"],
    &["operation", "pages", "user"],
    &["group"],
    &["owner"],
    &["experience"],
    &["api_key"],
    &["assets"],
    &["creator_store"],
    &["toolbox"],
    &["creator"],
];

/// One that imports another, and where it says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    room: String,
    imported: String,
    place: String,
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn room_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

/// What the code of a file names of other rooms: `use crate::x` and `crate::x::y`, but not its comments, nor its
/// unit tests.
fn imports(file: &str, text: &str) -> Vec<Import> {
    let room = room_of(file);
    let mut imports = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line == "#[cfg(test)]" {
            break;
        }
        let code = line.split("//").next().unwrap();
        for (at, found) in code.match_indices("crate::") {
            let is_path = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let name: String = code[at + found.len()..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if is_path && name != room {
                imports.push(Import {
                    room: room.to_owned(),
                    imported: name,
                    place: format!("src/{file}:{}", number + 1),
                });
            }
        }
    }
    imports
}

/// Why an import is not allowed.
fn complaint(import: &Import) -> Option<String> {
    let floor = |room: &str| FLOORS.iter().position(|rooms| rooms.contains(&room));
    let Import {
        room,
        imported,
        place,
    } = import;
    match (floor(room), floor(imported)) {
        (Some(own), Some(other)) if other < own => None,
        (Some(own), Some(other)) if other == own => Some(format!(
            "{place}: {room} imports {imported}, which stands on the same floor"
        )),
        (Some(_), Some(_)) => Some(format!(
            "{place}: {room} imports {imported}, which stands above it"
        )),
        (None, _) => Some(format!("{place}: {room} stands on no floor of FLOORS")),
        // Items of the root stand above all: rooms name each other.
        (_, None) => Some(format!(
            "{place}: {room} imports crate::{imported}, which is no room"
        )),
    }
}

fn all_imports() -> Vec<Import> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    for path in source_files(&root) {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let file = file.replace('\\', "/");
        if file != "lib.rs" {
            all.extend(imports(&file, &fs::read_to_string(&path).unwrap()));
        }
    }
    all
}

#[test]
fn imports_point_down() {
    let all = all_imports();
    assert!(all.len() > 100, "{}", all.len());
    let complaints: Vec<_> = all.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_room_stands_on_one_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut rooms: BTreeMap<String, usize> = BTreeMap::new();
    for path in source_files(&root) {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let room = room_of(&file.replace('\\', "/")).to_owned();
        if room != "lib" {
            rooms.insert(room, 0);
        }
    }
    for room in FLOORS.iter().copied().flatten() {
        let count = rooms
            .get_mut(*room)
            .unwrap_or_else(|| panic!("there is no room {room}"));
        *count += 1;
    }
    let wrong: Vec<_> = rooms.iter().filter(|(_, floors)| **floors != 1).collect();
    assert!(wrong.is_empty(), "not on one floor: {wrong:?}");
}

#[test]
fn an_import_that_points_up_is_named() {
    let told = |text: &str| {
        let found = imports("assets/upload.rs", text);
        found.iter().filter_map(complaint).collect::<Vec<_>>()
    };
    assert_eq!(
        told("use crate::error::Result;\nuse crate::toolbox::{self, ToolboxAsset};\n"),
        ["src/assets/upload.rs:2: assets imports toolbox, which stands above it"]
    );
    assert_eq!(
        told("    let x = crate::creator::y();"),
        ["src/assets/upload.rs:1: assets imports creator, which stands above it"]
    );
    assert_eq!(
        told("use crate::Asset;"),
        ["src/assets/upload.rs:1: assets imports crate::Asset, which is no room"]
    );
    for fine in [
        "/// [`ApiKey`](crate::toolbox::X)",
        "use crate::assets::Asset;",
        "#[cfg(test)]\nuse crate::toolbox::X;",
        "use other_crate::toolbox;",
    ] {
        assert_eq!(told(fine), Vec::<String>::new(), "{fine}");
    }
}
