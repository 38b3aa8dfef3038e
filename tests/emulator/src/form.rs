//! `multipart/form-data` bodies; files go to disk as they come in.

use std::io::Write;
use std::sync::{Arc, Mutex};

use multer::{Field, Multipart};

use crate::body::RequestBody;
use crate::store::Blob;

/// No file of any type may be longer: 3.75 GB.
pub(crate) const LONGEST_FILE: u64 = 15 * (1 << 28);
const LONGEST_TEXT: usize = 1 << 20;
const HEAD: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) parts: Vec<Part>,
}

#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    /// All of a text, and the first bytes of a file.
    pub(crate) text: Vec<u8>,
    /// The content of a file. Of one that is too long, a little too much.
    pub(crate) file: Option<Blob>,
}

impl Form {
    /// Reads a body whose content type is `multipart/form-data`.
    pub(crate) async fn read(body: &RequestBody, content_type: &str) -> Result<Self, String> {
        let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
        let mut multipart = Multipart::new(body.clone(), boundary);
        let mut form = Self::default();
        while let Some(field) = multipart
            .next_field()
            .await
            .map_err(|error| error.to_string())?
        {
            form.parts.push(Part::read(field).await?);
        }
        Ok(form)
    }
}

impl Part {
    async fn read(field: Field<'_>) -> Result<Self, String> {
        let name = field.name().ok_or("A part has no name.")?.to_owned();
        let part = Self {
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(|own| own.essence_str().to_owned()),
            text: Vec::new(),
            file: None,
            name,
        };
        match part.name == "fileContent" || part.file_name.is_some() {
            true => part.spool(field).await,
            false => part.collect(field).await,
        }
    }

    async fn collect(mut self, mut field: Field<'_>) -> Result<Self, String> {
        while let Some(chunk) = field.chunk().await.map_err(|error| error.to_string())? {
            self.text.extend_from_slice(&chunk);
            if self.text.len() > LONGEST_TEXT {
                return Err(format!("The part '{}' is too long.", self.name));
            }
        }
        Ok(self)
    }

    async fn spool(mut self, mut field: Field<'_>) -> Result<Self, String> {
        let on_disk = |error: std::io::Error| format!("The file could not be stored: {error}");
        let mut file = tempfile::tempfile().map_err(on_disk)?;
        let mut length = 0;
        while let Some(chunk) = field.chunk().await.map_err(|error| error.to_string())? {
            let room = HEAD.saturating_sub(self.text.len());
            self.text.extend(chunk.iter().take(room));
            if length <= LONGEST_FILE {
                length += chunk.len() as u64;
                file.write_all(&chunk).map_err(on_disk)?;
            }
        }
        self.file = Some(Blob::File(Arc::new(Mutex::new(file)), length));
        Ok(self)
    }
}
