//! Where an asset's content is, and downloading it.

use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use ureq::http::HeaderName;

use super::AssetType;
use crate::check;
use crate::error::{Error, Result};
use crate::http::{Client, Request, Stream, common_setters};
use crate::wire::{List, Maybe, Text, objects};

/// A request for where an asset's content is, made by
/// [`Creator::fetch_asset_delivery_location`](crate::Creator::fetch_asset_delivery_location) and
/// [`Asset::fetch_delivery_location`](crate::Asset::fetch_delivery_location).
#[derive(Clone, Debug)]
#[must_use = "nothing is requested until `send` is called"]
pub struct FetchAssetDeliveryLocation {
    request: Request,
    asset_id: u64,
}

common_setters!(FetchAssetDeliveryLocation);

const ASSET_TYPE: HeaderName = HeaderName::from_static("assettype");
const PLACE_ID: HeaderName = HeaderName::from_static("roblox-place-id");

impl FetchAssetDeliveryLocation {
    pub(crate) fn new(client: &Client, asset_id: u64) -> Self {
        let mut request = client
            .get(format!("asset-delivery-api/v1/assetId/{asset_id}"))
            .scopes(&["legacy-asset:manage"]);
        request.check("asset_id", check::id("asset_id", asset_id));
        Self { request, asset_id }
    }

    /// Expects the type that the asset is known to have. One that this crate does not know is not expected: it
    /// is kept as one service writes it, and another may write it otherwise.
    pub(super) fn of_type(self, asset_type: Option<&AssetType>) -> Self {
        match asset_type {
            None | Some(AssetType::Unknown(_)) => self,
            Some(known) => self.expected_asset_type(known),
        }
    }

    /// The version, from 1, in place of the one in use.
    pub fn version_number(mut self, version_number: u32) -> Self {
        let path = format!(
            "asset-delivery-api/v1/assetId/{}/version/{version_number}",
            self.asset_id
        );
        self.request
            .check("version_number", check::version_number(version_number));
        self.request.set_path(path);
        self
    }

    /// The type that the asset is expected to be of; the service rejects another.
    pub fn expected_asset_type(mut self, asset_type: impl Into<AssetType>) -> Self {
        self.request
            .set_header(ASSET_TYPE, asset_type.into().as_str());
        self
    }

    /// The place that asks for the asset: sent as the header `Roblox-Place-Id`.
    pub fn place_id(mut self, place_id: u64) -> Self {
        self.request
            .check("place_id", check::id("place_id", place_id));
        self.request.set_header(PLACE_ID, &place_id.to_string());
        self
    }

    /// Asks where the content is.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument), before any request, for an id or a version
    /// that is out of range;
    /// [`is_not_found`](Error::is_not_found) when there is no such asset or version;
    /// [`is_forbidden`](Error::is_forbidden) when the key may not have it.
    #[inline]
    pub fn send(self) -> Result<AssetDeliveryLocation> {
        let request = self.request;
        let response = request.execute()?;
        let wire: WireLocation = request.decode(&response).map_err(by_its_code)?;
        let is_address =
            |text: &String| text.starts_with("https://") || text.starts_with("http://");
        let location = wire.location.0.filter(is_address);
        let is_size = |metadata: &&WireMetadata| matches!(&metadata.metadata_type.0, Some(Text(kind)) if kind == "1");
        let size = wire.asset_metadatas.0.iter().find(is_size);
        Ok(AssetDeliveryLocation {
            uri: location
                .ok_or_else(|| request.unexpected(&response, "there is no location in it"))?,
            size_bytes: size.and_then(|metadata| metadata.value.0.as_ref()?.0.parse().ok()),
            is_archived: wire.is_archived.0,
            is_recordable: wire.is_recordable.0,
            client: request.client().clone(),
        })
    }
}

/// The service puts the error into the body of a 200: with code 404 for what is not there, 409 for what the key may
/// not have. The code decides which error it is; the status stays the one of the response.
fn by_its_code(error: Error) -> Error {
    match error {
        Error::Http(error) if error.status == 200 => {
            let code = error.code.as_deref().and_then(|code| code.parse().ok());
            match code {
                Some(409) => Error::Forbidden(error),
                code => Error::of_kind(code.unwrap_or_default(), *error),
            }
        }
        other => other,
    }
}

/// Where an asset's content is, for a while.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct AssetDeliveryLocation {
    /// The address. Whoever has it can download the content, until it expires: keep it to yourself.
    pub uri: String,
    /// How many bytes the content has, if the service says.
    pub size_bytes: Option<u64>,
    /// Whether the asset was archived.
    pub is_archived: Option<bool>,
    /// Whether the content may be recorded.
    pub is_recordable: Option<bool>,
    #[serde(skip)]
    client: Client,
}

impl AssetDeliveryLocation {
    /// Downloads the content, to be read as it comes. The key is not sent, and there is no limit of size.
    ///
    /// # Errors
    ///
    /// As [`send_request`](crate::send_request) with an expected status of 200; a connection that breaks
    /// later is an error of reading.
    pub fn download(&self) -> Result<Download> {
        let stream = self
            .client
            .get(self.uri.clone())
            .without_credential()
            .stream()
            .map_err(without_address)?;
        Ok(Download { stream })
    }

    /// Downloads the content to a file, and returns how many bytes it has. It goes into a temporary file
    /// in the same folder, which takes the place of `path` once it is whole: half a file is never there.
    ///
    /// # Errors
    ///
    /// [`is_file`](Error::is_file) when the file cannot be written, and
    /// [`is_invalid_argument`](Error::is_invalid_argument) for a path that is not one of a file; otherwise
    /// as [`download`](Self::download), including when the connection breaks on the way.
    pub fn download_to(&self, path: impl AsRef<Path>) -> Result<u64> {
        self.download_to_with(path, |_, _| {})
    }

    /// As [`download_to`](Self::download_to), telling as it goes on how many bytes came, and how many there
    /// are if the service says.
    ///
    /// # Errors
    ///
    /// As [`download_to`](Self::download_to).
    pub fn download_to_with(
        &self,
        path: impl AsRef<Path>,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<u64> {
        let path = path.as_ref();
        let part = PartFile::beside(path)?;
        let mut download = self.download()?;
        let total = download.content_length().or(self.size_bytes);
        let size = part.fill(&mut download, |received| progress(received, total))?;
        part.rename_to(path)?;
        Ok(size)
    }
}

impl fmt::Debug for AssetDeliveryLocation {
    /// Shows the host of the location only: the rest lets anyone download.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.uri.split('/').nth(2).unwrap_or_default();
        f.debug_struct("AssetDeliveryLocation")
            .field("host", &host)
            .field("size_bytes", &self.size_bytes)
            .field("is_archived", &self.is_archived)
            .field("is_recordable", &self.is_recordable)
            .finish_non_exhaustive()
    }
}

/// An error of downloading, without the address that lets anyone download.
fn without_address(mut error: Error) -> Error {
    match &mut error {
        Error::Forbidden(error)
        | Error::NotFound(error)
        | Error::Conflict(error)
        | Error::RateLimited(error)
        | Error::Http(error) => keep_host(&mut error.path),
        Error::Transport(broken) => keep_host(&mut broken.path),
        Error::Decode(unexpected) => keep_host(&mut unexpected.path),
        Error::WaitStopped(stopped) => keep_host(&mut stopped.path),
        Error::InvalidArgument(why) => {
            "the location is not an address that can be downloaded from".clone_into(why);
        }
        _ => {}
    }
    error
}

fn keep_host(path: &mut String) {
    let host = path.find("://").map_or(0, |at| at + 3);
    let end = path.get(host..).and_then(|rest| rest.find('/'));
    path.truncate(host + end.unwrap_or_default());
    path.push_str("/...");
}

/// The content of an asset, as it comes.
pub struct Download {
    stream: Stream,
}

impl Download {
    /// How many bytes come, if the server says so and they are not compressed on the way.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.stream.content_length()
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("content_length", &self.content_length())
            .finish_non_exhaustive()
    }
}

/// A file that is deleted unless it becomes another.
struct PartFile {
    path: std::path::PathBuf,
    file: File,
    kept: bool,
}

impl PartFile {
    fn beside(target: &Path) -> Result<Self> {
        if target.file_name().is_none() || target.is_dir() {
            return Err(Error::InvalidArgument(format!(
                "{target:?} is not the path of a file"
            )));
        }
        let random = RandomState::new().hash_one(0);
        let path = target.with_file_name(format!(".rblxopencloud-{random:016x}.part"));
        let file = File::options().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| Error::file(&target.to_string_lossy(), error))?;
        Ok(Self {
            path,
            file,
            kept: false,
        })
    }

    fn fill(&self, download: &mut Download, mut progress: impl FnMut(u64)) -> Result<u64> {
        use io::Write;
        let mut file = &self.file;
        let mut buffer = vec![0; 1 << 16];
        let mut size = 0;
        loop {
            let count = match download.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(without_address(download.stream.broken(error))),
            };
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
                return Ok(size);
            };
            file.write_all(bytes)
                .map_err(|error| Error::file(&self.path.to_string_lossy(), error))?;
            size += bytes.len() as u64;
            progress(size);
        }
    }

    fn rename_to(mut self, target: &Path) -> Result<()> {
        let renamed = self
            .file
            .sync_all()
            .and_then(|()| fs::rename(&self.path, target));
        renamed.map_err(|error| Error::file(&target.to_string_lossy(), error))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.kept {
            // There is nobody to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

objects!(WireLocation, WireMetadata);

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireLocation {
    location: Maybe<String>,
    is_archived: Maybe<bool>,
    is_recordable: Maybe<bool>,
    asset_metadatas: List<WireMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
struct WireMetadata {
    metadata_type: Maybe<Text>,
    value: Maybe<Text>,
}
