//! The house: rooms stand above each other, and imports point down only. A room is a file of `src/` with its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, from the ground up. Rooms of one floor do not import each other.
const FLOORS: &[&[&str]] = &[
    &["json", "text", "retry"],
    &["error", "wire"],
    &["check", "file", "social_link"],
    &["file_body"],
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

/// A function of the crate, as its text stands.
struct Function {
    name: String,
    place: String,
    is_inline: bool,
    is_generic: bool,
    body: String,
}

/// The functions of a file before its unit tests, by their indents, which rustfmt sees to.
fn functions(file: &str, text: &str) -> Vec<Function> {
    let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    let mut is_generic_block = false;
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("impl") {
            let parameters = line.strip_prefix("impl<").unwrap_or_default();
            let parameters = parameters.split('>').next().unwrap();
            is_generic_block = parameters
                .split(", ")
                .any(|one| one.starts_with(char::is_uppercase));
        }
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let code = code.strip_prefix("pub ").unwrap_or(code);
        let code = code.strip_prefix("pub(crate) ").unwrap_or(code);
        let Some(head) = code.strip_prefix("fn ") else {
            continue;
        };
        let name: String = head
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let attributes = lines[..at].iter().rev();
        let is_inline = attributes
            .take_while(|line| line.trim_start().starts_with(['#', '/']))
            .any(|line| line.trim() == "#[inline]");
        let end = format!("{indent}}}");
        let body: Vec<&str> = lines[at..]
            .iter()
            .copied()
            .take_while(|line| *line != end)
            .collect();
        let parameters = head[name.len()..].strip_prefix('<').unwrap_or_default();
        functions.push(Function {
            place: format!("src/{file}:{}", at + 1),
            is_inline,
            is_generic: parameters.starts_with(char::is_uppercase)
                || is_generic_block && !indent.is_empty(),
            body: body.join("\n"),
            name,
        });
    }
    functions
}

/// The functions that decode a response, or call one of their file that does, and are compiled with the crate all
/// the same.
fn decoding_in_the_crate(file: &str, text: &str) -> Vec<String> {
    const DECODE: [&str; 5] = [
        ".fetch()",
        ".decode(",
        ".decode_with(",
        ".decode_told(",
        "Pages::new(",
    ];
    let functions = functions(file, text);
    let mut decoding: Vec<&Function> = Vec::new();
    loop {
        let more: Vec<&Function> = functions
            .iter()
            .filter(|function| !decoding.iter().any(|known| known.place == function.place))
            .filter(|function| {
                let calls_one = decoding.iter().any(|known| {
                    let is_free = function.body.contains(&format!(" {}(", known.name));
                    is_free && !known.body.starts_with(' ')
                });
                calls_one || DECODE.iter().any(|call| function.body.contains(call))
            })
            .collect();
        if more.is_empty() {
            break;
        }
        decoding.extend(more);
    }
    let compiled_here = decoding
        .iter()
        .filter(|function| !function.is_inline && !function.is_generic);
    compiled_here
        .map(|function| format!("{}: {}", function.place, function.name))
        .collect()
}

#[test]
fn what_decodes_a_response_is_compiled_by_the_programs_that_call_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut inline = 0;
    for path in source_files(&root) {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let file = file.replace('\\', "/");
        if ["http", "wire", "json"].contains(&room_of(&file)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        inline += functions(&file, &text)
            .iter()
            .filter(|function| function.is_inline)
            .count();
        wrong.extend(decoding_in_the_crate(&file, &text));
    }
    assert!(inline > 30, "{inline}");
    assert!(wrong.is_empty(), "without #[inline]:\n{}", wrong.join("\n"));
}

#[test]
fn a_function_that_decodes_without_inline_is_named() {
    let text = "impl User {\n    pub fn fetch_info(&self) -> Result<Info> {\n        fetch_info(&self.client)\n    }\n}\n\n\
                fn fetch_info(client: &Client) -> Result<Info> {\n    client.get(x).fetch()\n}\n";
    let wrong = decoding_in_the_crate("user.rs", text);
    assert_eq!(
        wrong,
        ["src/user.rs:7: fetch_info", "src/user.rs:2: fetch_info"]
    );
    let text = text
        .replace("    pub fn", "    #[inline]\n    pub fn")
        .replace("\nfn ", "\n#[inline]\nfn ");
    assert_eq!(
        decoding_in_the_crate("user.rs", &text),
        Vec::<String>::new()
    );
}
