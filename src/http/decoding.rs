//! Decoding a response, and what one that cannot be decoded becomes.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny};
use serde_json::value::RawValue;
use ureq::http::header::CONTENT_TYPE;

use super::Request;
use super::exchange::{RawResponse, is_json};
use super::response::without_secrets;
use crate::error::{DecodeError, Error, ErrorBody, Result};
use crate::json;
use crate::text::cut;
use crate::wire::{Check, Checked, has_other_fields};

impl Request {
    /// Decodes a response into a type of the wire. A body that says that the request failed is that error.
    ///
    /// Whatever calls this is `#[inline]`, up to the public function. The code for a type is large; this way it
    /// is compiled by the programs that ask for that type, and by no others.
    pub(crate) fn decode<T: DeserializeOwned>(&self, response: &RawResponse) -> Result<T> {
        self.decode_with(response, &[])
    }

    /// The same, for a type that has some of the fields that errors have, `own`, as fields of its own.
    pub(crate) fn decode_with<T: DeserializeOwned>(
        &self,
        response: &RawResponse,
        own: &'static [&'static str],
    ) -> Result<T> {
        match self.decode_with_error(response, own)? {
            (value, None) => Ok(value),
            (_, Some(error)) => Err(self.rejection(response, error)),
        }
    }

    /// Decodes a response, and beside its value what it says that failed.
    pub(crate) fn decode_with_error<T: DeserializeOwned>(
        &self,
        response: &RawResponse,
        own: &'static [&'static str],
    ) -> Result<(T, Option<ErrorBody>)> {
        match check(&response.body, own) {
            Ok(checked) => {
                let error = self.error_in(&response.body, &checked.error_fields, own);
                Ok((checked.value, error))
            }
            Err(error) => Err(self.not_decoded(response, &error, own)),
        }
    }

    /// The error of a response that says why its request failed.
    pub(crate) fn rejection(&self, response: &RawResponse, error: ErrorBody) -> Error {
        Error::Http(Box::new(self.api_error_with(response, error)))
    }

    /// What a body with a good status says, if that is that the request failed.
    fn error_in(
        &self,
        body: &[u8],
        fields: &[(String, Box<RawValue>)],
        own: &[&str],
    ) -> Option<ErrorBody> {
        if fields.is_empty() {
            return None;
        }
        let has_others = has_other_fields(body, own);
        ErrorBody::in_good_response(fields, has_others, &self.secrets())
    }

    /// The same, for a body of which nothing else is known.
    pub(super) fn error_alone(
        &self,
        body: &[u8],
        own: &'static [&'static str],
    ) -> Option<ErrorBody> {
        let checked = check::<Nothing>(body, own).ok()?;
        if json::without_mark(body)
            .trim_ascii_start()
            .starts_with(b"[")
        {
            let entries = json::read_value(body)?;
            return ErrorBody::in_list(entries.as_array()?, &self.secrets());
        }
        self.error_in(body, &checked.error_fields, own)
    }

    /// The error for a body that does not fit its type: the reason why the request failed, if it says one.
    pub(super) fn not_decoded(
        &self,
        response: &RawResponse,
        error: &serde_json::Error,
        own: &'static [&'static str],
    ) -> Error {
        match self.error_alone(&response.body, own) {
            Some(error) => self.rejection(response, error),
            None => self.not_json(response, error),
        }
    }

    /// The error for a response that decodes but breaks a rule of its endpoint.
    pub(crate) fn unexpected(&self, response: &RawResponse, reason: &str) -> Error {
        Error::Decode(Box::new(self.decode_error(response, reason.to_owned())))
    }

    /// The error for a response that decodes and says nothing.
    pub(crate) fn says_nothing(&self, response: &RawResponse, reason: &str) -> Error {
        Error::Decode(Box::new(DecodeError {
            says_nothing: true,
            ..self.decode_error(response, reason.to_owned())
        }))
    }

    /// The reason why something failed, where a value within a response says so in place of what it should be.
    pub(crate) fn error_within(&self, value: &RawValue) -> Option<ErrorWithin> {
        let value = value.get().as_bytes();
        Some(ErrorWithin {
            body: self.error_alone(value, &[])?,
            is_alone: !has_other_fields(value, &[]),
        })
    }

    /// Text of a response, such as a code or a content type, fit to stand in an error.
    pub(crate) fn shown(&self, text: &str) -> String {
        self.redacted(text, 200)
    }

    /// The same of a sentence.
    pub(crate) fn shown_message(&self, text: &str) -> String {
        self.redacted(text, 2000)
    }

    pub(super) fn redacted(&self, text: &str, longest: usize) -> String {
        let mut text = without_secrets(text, &self.secrets());
        cut(&mut text, longest);
        text
    }

    pub(super) fn not_json(&self, response: &RawResponse, error: &serde_json::Error) -> Error {
        let (mut reason, mut position) = json::reason(error);
        if response.body.is_empty() {
            (reason, position) = ("the body is empty".to_owned(), None);
        } else if !is_json(&response.headers) {
            let content_type = response
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok());
            let content_type = content_type.map_or("no content type".to_owned(), |kind| {
                format!("content type {}", self.shown(kind))
            });
            reason = format!("{content_type} in place of JSON: {reason}");
        } else if response.json().trim_ascii_start().starts_with(b"<") {
            reason = format!("a page of HTML or XML in place of JSON: {reason}");
        }
        Error::Decode(Box::new(DecodeError {
            position,
            says_nothing: true,
            ..self.decode_error(response, reason)
        }))
    }

    pub(super) fn decode_error(&self, response: &RawResponse, reason: String) -> DecodeError {
        DecodeError {
            status: response.status,
            reason,
            position: None,
            attempts: response.attempts,
            method: self.method.to_string(),
            path: self.shown_path(&response.uri),
            outcome_unknown: true,
            says_nothing: false,
        }
    }
}

/// What a value within a response says in place of what it should be.
pub(crate) struct ErrorWithin {
    pub(crate) body: ErrorBody,
    /// Whether it says nothing else.
    pub(crate) is_alone: bool,
}

/// A JSON object without a field of interest.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Nothing(#[allow(dead_code, reason = "it is read, and forgotten")] IgnoredAny);

fn check<T: DeserializeOwned>(
    body: &[u8],
    own: &'static [&'static str],
) -> serde_json::Result<Checked<T>> {
    json::read(body, |deserializer| {
        let check = Check {
            own,
            of: PhantomData,
        };
        check.deserialize(deserializer)
    })
}
