//! What the service looks at before it takes an upload.

use std::io::Read;

use serde_json::Value;

use super::STYLE;
use crate::fields::Fields;
use crate::form::{LONGEST_FILE, Part};
use crate::operations::Change;
use crate::query::integer;
use crate::response::Response;
use crate::route::Call;
use crate::store::{Asset, Blob, SOCIAL_LINKS};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// 20 MB, which holds for all types but videos.
const LONGEST: u64 = 20 << 20;

/// In the emulator's world, this is a word that one does not say.
const MODERATED: &str = "badword";

/// Asset types, content types and the extensions of file names that go with them.
const FORMATS: [(&str, &str, &[&str]); 20] = [
    ("Animation", "model/x-rbxm", &["rbxm", "rbxmx"]),
    ("Audio", "audio/mpeg", &["mp3"]),
    ("Audio", "audio/ogg", &["ogg"]),
    ("Audio", "audio/wav", &["wav"]),
    ("Audio", "audio/flac", &["flac"]),
    ("Decal", "image/png", &["png"]),
    ("Decal", "image/jpeg", &["jpeg", "jpg"]),
    ("Decal", "image/bmp", &["bmp"]),
    ("Decal", "image/tga", &["tga"]),
    ("Image", "image/png", &["png"]),
    ("Image", "image/jpeg", &["jpeg", "jpg"]),
    ("Image", "image/bmp", &["bmp"]),
    ("Image", "image/tga", &["tga"]),
    ("Mesh", "model/x-file-mesh-data", &[]),
    ("Model", "model/fbx", &["fbx"]),
    ("Model", "model/gltf+json", &["gltf"]),
    ("Model", "model/gltf-binary", &["glb"]),
    ("Model", "model/x-rbxm", &["rbxm", "rbxmx"]),
    ("Video", "video/mp4", &["mp4"]),
    ("Video", "video/mov", &["mov"]),
];

/// A type of which assets can be uploaded.
pub(super) fn kind(name: &str) -> Result<&'static str, Response> {
    FORMATS
        .iter()
        .find(|(kind, ..)| *kind == name)
        .map(|(kind, ..)| *kind)
        .ok_or_else(|| {
            let message = format!("Assets of type '{name}' cannot be uploaded.");
            STYLE.invalid("assetType", &message)
        })
}

pub(super) fn name(name: &str) -> Result<(), Response> {
    if name.trim().is_empty() {
        return Err(STYLE.invalid("displayName", "The name must not be empty."));
    }
    match is_moderated(name) {
        true => Err(STYLE.reject(400, "AssetName is moderated.")),
        false => Ok(()),
    }
}

pub(super) fn description(description: &str) -> Result<(), Response> {
    if description.chars().count() > 1000 {
        return Err(STYLE.invalid("description", "No more than 1000 characters are allowed."));
    }
    match is_moderated(description) {
        true => Err(STYLE.reject(400, "AssetDescription is moderated.")),
        false => Ok(()),
    }
}

fn is_moderated(text: &str) -> bool {
    text.to_lowercase().contains(MODERATED)
}

/// A file of a format that goes with the type of the asset.
pub(super) fn file(kind: &str, part: &Part, is_update: bool) -> Result<Blob, Response> {
    let invalid = |message: &str| STYLE.invalid("fileContent", message);
    let (Some(file_name), Some(blob)) = (&part.file_name, &part.file) else {
        return Err(invalid("A file name is required."));
    };
    let extension = file_name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_lowercase())
        .unwrap_or_default();
    // The samples for updates send no content type, or curl's guess.
    let untyped = is_update
        && matches!(
            part.content_type.as_deref(),
            None | Some("application/octet-stream")
        );
    let fits = |content_type: &str, extensions: &[&str]| {
        (extensions.is_empty() || extensions.contains(&extension.as_str()))
            && (untyped || part.content_type.as_deref() == Some(content_type))
    };
    if !FORMATS
        .iter()
        .any(|(own, content_type, extensions)| *own == kind && fits(content_type, extensions))
    {
        return Err(invalid(&format!(
            "The content type and the extension do not go with a {kind}."
        )));
    }
    let longest = match kind {
        "Video" => LONGEST_FILE,
        _ => LONGEST,
    };
    match blob.length() {
        0 => return Err(invalid("The file is empty.")),
        length if length > longest => return Err(invalid("The file is too large.")),
        _ => {}
    }
    if part.content_type.as_deref() == Some("image/png") && !part.text.starts_with(PNG) {
        // The service responds with a quoted text here.
        return Err(STYLE.reject(400, "\"InvalidImage\""));
    }
    Ok(blob.clone())
}

/// An icon, previews, or a social link.
pub(super) fn extra(call: &Call<'_>, field: &str, value: &Value) -> Result<(), Response> {
    match field {
        "icon" => {
            let image = value.as_str().and_then(|path| image(call, path));
            match image {
                Some(image) if is_square(&image) => Ok(()),
                Some(_) => Err(STYLE.invalid(field, "An icon must be square.")),
                None => Err(STYLE.invalid(field, "An image asset is required.")),
            }
        }
        "previews" => {
            let previews = value
                .as_array()
                .ok_or_else(|| STYLE.invalid(field, "An array is required."))?;
            previews.iter().try_for_each(|value| preview(call, value))
        }
        _ => link(field, value),
    }
}

fn preview(call: &Call<'_>, value: &Value) -> Result<(), Response> {
    let preview = Fields::of(value.clone(), STYLE)?;
    preview.check(&["asset", "altText"])?;
    preview.text("altText")?;
    match image(call, preview.required_text("asset")?) {
        Some(_) => Ok(()),
        None => Err(STYLE.invalid("previews", "An image asset is required.")),
    }
}

/// The image asset at a path such as `assets/123`.
fn image(call: &Call<'_>, path: &str) -> Option<Asset> {
    let id = integer(path.strip_prefix("assets/")?)?;
    let asset = call.state.assets.get(u64::try_from(id).ok()?)?;
    Some(asset).filter(|asset| asset.kind == "Image")
}

/// Only of a PNG are the measures known.
fn is_square(asset: &Asset) -> bool {
    let mut head = [0; 24];
    let read = match asset.versions.last() {
        Some(version) => version.blob.reader().read_exact(&mut head),
        None => return true,
    };
    let width = head.iter().skip(16).take(4);
    let height = head.iter().skip(20);
    read.is_err() || !head.starts_with(PNG) || width.eq(height)
}

fn link(field: &str, value: &Value) -> Result<(), Response> {
    let link = Fields::of(value.clone(), STYLE)?;
    link.check(&["title", "uri"])?;
    link.text("title")?;
    let uri = link.required_text("uri")?;
    let hosts: &[&str] = match field {
        "facebookSocialLink" => &["facebook.com"],
        "twitterSocialLink" => &["twitter.com", "x.com"],
        "youtubeSocialLink" => &["youtube.com"],
        "twitchSocialLink" => &["twitch.tv"],
        "discordSocialLink" => &["discord.gg", "discord.com"],
        "githubSocialLink" => &["github.com"],
        "robloxSocialLink" => &["roblox.com"],
        "guildedSocialLink" => &["guilded.gg"],
        "devForumSocialLink" => &["devforum.roblox.com"],
        // The id of a place, as clients send it.
        _ => {
            return match integer(uri) {
                Some(_) => Ok(()),
                None => Err(STYLE.invalid(field, "The id of a place is required.")),
            };
        }
    };
    let host = uri
        .strip_prefix("https://")
        .and_then(|rest| rest.split('/').next())
        .map(|host| host.strip_prefix("www.").unwrap_or(host));
    match host.is_some_and(|host| hosts.contains(&host)) {
        true => Ok(()),
        false => Err(STYLE.invalid(field, &format!("'{uri}' is no link of this kind."))),
    }
}

/// Rejects a change after which there would be more than three links.
pub(super) fn count_links(asset: &Asset, change: &Change) -> Result<(), Response> {
    let mut changed = asset.extras.clone();
    for (field, value) in &change.extras {
        match value {
            Some(value) => changed.insert(field, value.clone()),
            None => changed.remove(field),
        };
    }
    let links = changed
        .keys()
        .filter(|field| SOCIAL_LINKS.contains(field))
        .count();
    match links > 3 {
        true => Err(STYLE.reject(400, "An asset has no more than three social links.")),
        false => Ok(()),
    }
}
