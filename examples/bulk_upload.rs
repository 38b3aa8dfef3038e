//! Uploads a folder with several threads, and never a file twice.
//!
//! ```text
//! cargo run --example bulk_upload -- pictures/ --workers 4 --manifest pictures.manifest
//! ```
//!
//! After every step a line goes into the manifest: that a file's upload begins, which operation it became,
//! which asset that made. A run that was killed goes on where it was. A file whose upload began, with no
//! word of how it ended, may have become an asset: it is not sent again but reported, and the run ends with
//! status 2. `--again` sends such files again.
//!
//! Without a key in `ROBLOX_API_KEY` it uploads a few small pictures to a local Open Cloud.

#[path = "support/png.rs"]
mod png;
#[path = "support/start.rs"]
mod start;

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rblxopencloud::{ApiKey, Asset, AssetFile, AssetType, Creator, RetryPolicy, UserOrGroup};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let (builder, _emulator) = start::builder()?;
    // The threads share one rate limit, so all of them wait when it is used up.
    let api_key = builder
        .retry_policy(RetryPolicy::new().rate_limited(true))
        .build()?;
    let pictures = if options.folder.is_none() {
        Some(some_pictures()?)
    } else {
        None
    };
    let folder = match (&options.folder, &pictures) {
        (Some(folder), _) => folder.as_path(),
        (None, Some(pictures)) => pictures.path(),
        (None, None) => return Err("there is no folder to upload".into()),
    };
    let manifest = options
        .manifest
        .clone()
        .unwrap_or_else(|| folder.join("upload.manifest"));
    let uploader = Uploader {
        api_key: api_key.clone(),
        creator: api_key.fetch_info()?.authorized_user.into(),
        manifest: Manifest::open(&manifest)?,
        again: options.again,
    };

    let files = files_in(folder)?;
    let next = AtomicUsize::new(0);
    let [uploaded, known, uncertain, failed] = [(); 4].map(|()| AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..options.workers {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (count, what) = match uploader.upload(path) {
                        Ok(Done::Uploaded(id)) => (&uploaded, format!("asset {id}")),
                        Ok(Done::KnownAs(id)) => (&known, format!("asset {id}, as before")),
                        Ok(Done::Twin) => (&known, "the same as another file".to_owned()),
                        Ok(Done::Uncertain) => (
                            &uncertain,
                            "may have been uploaded: see for yourself".to_owned(),
                        ),
                        Err(error) => (&failed, format!("failed: {error}")),
                    };
                    count.fetch_add(1, Ordering::Relaxed);
                    println!("{}: {what}", path.display());
                }
            });
        }
    });
    let [uploaded, known, uncertain, failed] =
        [uploaded, known, uncertain, failed].map(AtomicUsize::into_inner);
    println!("{uploaded} uploaded, {known} known, {uncertain} uncertain, {failed} failed");
    Ok(match (failed, uncertain) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    })
}

struct Uploader {
    api_key: ApiKey,
    creator: UserOrGroup,
    manifest: Manifest,
    again: bool,
}

enum Done {
    Uploaded(u64),
    KnownAs(u64),
    /// Another file of this run has the same content.
    Twin,
    Uncertain,
}

impl Uploader {
    fn upload(&self, path: &Path) -> Result<Done, Failure> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Before anything is written of it: what cannot be sent is not begun.
        let file = AssetFile::open(path)?;
        let asset_type = usual_type(&file).ok_or("it is of no type that can be uploaded")?;
        let hash = hash_of(path)?;
        let operation = match self.manifest.claim(&hash, &name, self.again)? {
            Step::Asset { asset_id } => return Ok(Done::KnownAs(asset_id)),
            Step::Taken => return Ok(Done::Twin),
            Step::Begun => return Ok(Done::Uncertain),
            Step::Operation { operation_id } => self.api_key.get_operation::<Asset>(operation_id),
            Step::Free => {
                match self
                    .creator
                    .upload_asset(file, asset_type, name.as_ref(), "")
                    .send()
                {
                    Ok(operation) => operation,
                    Err(error) => {
                        // What certainly became nothing can be sent again by the next run.
                        if !error.is_outcome_unknown() {
                            self.manifest.write(&hash, &name, Step::Free)?;
                        }
                        return Err(error.into());
                    }
                }
            }
        };
        if !operation.id().is_empty() {
            let operation_id = operation.id().to_owned();
            self.manifest
                .write(&hash, &name, Step::Operation { operation_id })?;
        }
        match operation.wait() {
            Ok(asset) => {
                self.manifest
                    .write(&hash, &name, Step::Asset { asset_id: asset.id })?;
                Ok(Done::Uploaded(asset.id))
            }
            Err(error) => {
                if error.is_operation_failed() {
                    self.manifest.write(&hash, &name, Step::Free)?;
                }
                Err(error.into())
            }
        }
    }
}

/// How far a file is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "lowercase")]
enum Step {
    /// Nothing was sent, or what was sent became nothing.
    Free,
    Begun,
    /// Another thread of this run has it; never written.
    Taken,
    Operation {
        operation_id: String,
    },
    Asset {
        asset_id: u64,
    },
}

#[derive(Serialize, Deserialize)]
struct Line {
    hash: String,
    file: String,
    #[serde(flatten)]
    step: Step,
}

/// A file that lines are added to: the last line of a hash counts.
struct Manifest {
    state: Mutex<State>,
}

struct State {
    file: File,
    steps: HashMap<String, Step>,
    /// What this run has looked at.
    taken: HashSet<String>,
}

impl Manifest {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        let mut steps = HashMap::new();
        let mut ends_well = true;
        let mut reader = BufReader::new(&mut file);
        let mut text = String::new();
        while reader.read_line(&mut text)? > 0 {
            ends_well = text.ends_with('\n');
            // A run that was killed while it wrote leaves a piece of a line, of a step not yet made.
            if let Ok(line) = serde_json::from_str::<Line>(&text) {
                steps.insert(line.hash, line.step);
            }
            text.clear();
        }
        if !ends_well {
            file.write_all(b"\n")?;
        }
        Ok(Self {
            state: Mutex::new(State {
                file,
                steps,
                taken: HashSet::new(),
            }),
        })
    }

    /// How far a content is; one that nobody has begun is begun by asking.
    fn claim(&self, hash: &str, file: &str, again: bool) -> io::Result<Step> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.taken.insert(hash.to_owned()) {
            return Ok(Step::Taken);
        }
        match state.steps.get(hash) {
            None | Some(Step::Free) => {}
            Some(Step::Begun) if again => {}
            Some(step) => return Ok(step.clone()),
        }
        Self::add(&mut state, hash, file, Step::Begun)?;
        Ok(Step::Free)
    }

    fn write(&self, hash: &str, file: &str, step: Step) -> io::Result<()> {
        Self::add(
            &mut self.state.lock().unwrap_or_else(PoisonError::into_inner),
            hash,
            file,
            step,
        )
    }

    fn add(state: &mut State, hash: &str, file: &str, step: Step) -> io::Result<()> {
        let line = Line {
            hash: hash.to_owned(),
            file: file.to_owned(),
            step,
        };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        state.file.write_all(text.as_bytes())?;
        state.file.sync_data()?;
        state.steps.insert(line.hash, line.step);
        Ok(())
    }
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    let hash = hash.finish();
    let digits = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
    Ok(digits.collect())
}

fn usual_type(file: &AssetFile) -> Option<AssetType> {
    Some(match file.content_type()?.split('/').next()? {
        "audio" => AssetType::Audio,
        "image" => AssetType::Decal,
        "model" => AssetType::Model,
        "video" => AssetType::Video,
        _ => return None,
    })
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file()
            && path
                .extension()
                .is_none_or(|extension| extension != "manifest")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn some_pictures() -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for number in 0..8_u8 {
        let colour = [32 * number, 128, 255 - 32 * number];
        fs::write(
            folder.path().join(format!("square {number}.png")),
            png::square(32, colour),
        )?;
    }
    Ok(folder)
}

struct Options {
    folder: Option<PathBuf>,
    manifest: Option<PathBuf>,
    workers: usize,
    again: bool,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        const USAGE: &str = "bulk_upload [FOLDER] [--workers N] [--manifest FILE] [--again]";
        let mut options = Self {
            folder: None,
            manifest: None,
            workers: 4,
            again: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or(format!("{argument} needs a value\n{USAGE}"))
            };
            match argument.as_str() {
                "--workers" => options.workers = value()?.parse::<usize>()?.max(1),
                "--manifest" => options.manifest = Some(value()?.into()),
                "--again" => options.again = true,
                option if option.starts_with("--") => {
                    return Err(format!("what is {option}?\n{USAGE}").into());
                }
                folder => options.folder = Some(folder.into()),
            }
        }
        Ok(options)
    }
}
