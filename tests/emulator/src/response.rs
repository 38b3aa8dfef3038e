//! What an endpoint responds with, and the formats in which services report errors.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::store::Blob;

/// The result of an endpoint: rejections are responses too.
pub(crate) type Outcome = Result<Response, Response>;

/// A response before it becomes HTTP.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Bytes(Bytes),
    /// Something stored, packed on the way if asked.
    Blob {
        blob: Blob,
        gzip: bool,
    },
}

impl Response {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Bytes(Bytes::new()),
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Bytes(Bytes::from(body.to_string())),
        }
        .header("content-type", "application/json; charset=utf-8")
    }

    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// How a service words its rejections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `{errors: [{code, message}]}`
    Gateway,
    /// `{code, message}` with a name for a code: everything under `/cloud/v2`.
    V2,
    /// Problem details: the toolbox service.
    Problem,
    /// `{code, message}` with a number for a code on 400, else mostly no content: uploads.
    Status,
    /// No content at all: the rest of the assets API.
    Bare,
    /// `{error: {code, message}}`: asset permissions.
    Permissions,
}

impl Style {
    /// A rejection of the request as a whole.
    pub(crate) fn reject(self, status: u16, message: &str) -> Response {
        match self {
            Self::Gateway => gateway(status, 0, message),
            Self::V2 => named(status, message),
            Self::Problem => problem(status, message),
            Self::Status if status == 400 => {
                Response::json(status, &json!({ "code": status, "message": message }))
            }
            Self::Status | Self::Bare if status == 429 => named(status, message),
            Self::Status | Self::Bare => Response::empty(status),
            Self::Permissions => permissions(status, message),
        }
    }

    /// A rejection because of one parameter or field.
    pub(crate) fn invalid(self, field: &str, message: &str) -> Response {
        match self {
            Self::Problem => validation(field, message),
            _ => self.reject(400, &format!("{field}: {message}")),
        }
    }

    /// A rejection because what is asked for is somebody else's.
    pub(crate) fn lacks_right(self, message: &str) -> Response {
        match self {
            Self::Status | Self::Bare => named(403, message),
            _ => self.reject(403, message),
        }
    }

    /// A rejection because the credential has no right to ask.
    pub(crate) fn lacks_scope(self, scope: &str, oauth: bool) -> Response {
        let message = format!("The credential lacks the scope {scope}.");
        match self {
            Self::Gateway | Self::V2 | Self::Problem => self.reject(403, &message),
            // The first version of the API tells tokens from keys.
            Self::Status | Self::Bare | Self::Permissions if oauth => Response::json(
                403,
                &json!({ "code": "INSUFFICIENT_SCOPE", "message": message }),
            ),
            Self::Status | Self::Bare | Self::Permissions => named(403, &message),
        }
    }
}

/// The gateway's error format, which does not depend on the service.
pub(crate) fn gateway(status: u16, code: i64, message: &str) -> Response {
    Response::json(
        status,
        &json!({ "errors": [{ "code": code, "message": message }] }),
    )
}

/// The error format of `/cloud/v2`.
pub(crate) fn named(status: u16, message: &str) -> Response {
    Response::json(
        status,
        &json!({ "code": code_name(status), "message": message }),
    )
}

pub(crate) fn code_name(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        500 => "INTERNAL",
        501 => "NOT_IMPLEMENTED",
        503 => "UNAVAILABLE",
        _ => "UNKNOWN",
    }
}

fn problem(status: u16, detail: &str) -> Response {
    let (kind, title) = match status {
        400 => ("15.5.1", "Bad Request"),
        403 => ("15.5.4", "Forbidden"),
        404 => ("15.5.5", "Not Found"),
        409 => ("15.5.10", "Conflict"),
        429 => ("15.5", "Too Many Requests"),
        _ => ("15.6.1", "An error occurred while processing your request."),
    };
    Response::json(
        status,
        &json!({
            "type": format!("https://tools.ietf.org/html/rfc9110#section-{kind}"),
            "title": title,
            "status": status,
            "detail": detail,
            "instance": null,
        }),
    )
}

fn validation(field: &str, message: &str) -> Response {
    Response::json(
        400,
        &json!({
            "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
            "title": "One or more validation errors occurred.",
            "status": 400,
            "errors": { (field): [message] },
        }),
    )
}

fn permissions(status: u16, message: &str) -> Response {
    let code = match status {
        400 => "InvalidRequest",
        403 => "CannotManageAsset",
        404 => "AssetNotFound",
        429 => "RateLimited",
        _ => "UnknownError",
    };
    Response::json(
        status,
        &json!({ "error": { "code": code, "message": message } }),
    )
}

/// Sets a field of a JSON object.
pub(crate) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value.into());
    }
}
