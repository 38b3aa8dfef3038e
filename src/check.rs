//! Checks of arguments before a request is sent. Each error names the argument, what is accepted, and what was given.

use std::fmt;
use std::ops::RangeInclusive;

use crate::error::Error;

pub(crate) type Check = Result<(), Invalid>;

/// Why an argument is invalid.
#[derive(Debug, PartialEq)]
pub(crate) struct Invalid(pub(crate) String);

impl From<Invalid> for Error {
    fn from(Invalid(why): Invalid) -> Self {
        Self::InvalidArgument(why)
    }
}

/// The largest number of the documents' `int32`.
pub(crate) const INT32: u64 = i32::MAX as u64;

/// The largest number of the documents' `int64`.
pub(crate) const INT64: u64 = i64::MAX as u64;

/// An id, which is an `int64` from 1.
pub(crate) fn id(argument: &str, id: u64) -> Check {
    range(argument, id, 1..=INT64)
}

/// A number within its limits.
pub(crate) fn range(argument: &str, given: u64, accepted: RangeInclusive<u64>) -> Check {
    if accepted.contains(&given) {
        return Ok(());
    }
    let (first, last) = accepted.into_inner();
    Err(Invalid(format!(
        "{argument} must be from {first} to {last}, not {given}"
    )))
}

/// The number of a version, which are counted from 1.
pub(crate) fn version_number(given: u32) -> Check {
    range("version_number", given.into(), 1..=INT32)
}

/// One of the values that are accepted.
pub(crate) fn one_of<T: PartialEq + fmt::Display>(
    argument: &str,
    given: &T,
    accepted: &[T],
) -> Check {
    if accepted.contains(given) {
        return Ok(());
    }
    Err(Invalid(format!(
        "{argument} must be one of {}, not {given}",
        list(accepted)
    )))
}

/// Text with something in it.
pub(crate) fn not_empty(argument: &str, text: &str) -> Check {
    if text.is_empty() {
        return Err(Invalid(format!("{argument} must not be empty text")));
    }
    Ok(())
}

/// Texts with something in each.
pub(crate) fn none_empty(argument: &str, texts: &[String]) -> Check {
    texts.iter().try_for_each(|text| not_empty(argument, text))
}

/// The token of a page; the first page is the one without.
pub(crate) fn page_token(token: &str) -> Check {
    match token {
        "" => Err(Invalid(
            "page_token must not be empty text: the list begins at the first page without one"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

/// `Audio, Model and Decal`.
pub(crate) fn list<T: fmt::Display>(items: &[T]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [only] => only.to_string(),
        [others @ .., last] => {
            let others: Vec<_> = others.iter().map(ToString::to_string).collect();
            format!("{} and {last}", others.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_argument_what_is_accepted_and_what_was_given() {
        let said = |check: Check| check.unwrap_err().0;
        assert_eq!(
            said(id("asset_id", 0)),
            "asset_id must be from 1 to 9223372036854775807, not 0"
        );
        assert!(id("asset_id", INT64 + 1).is_err());
        assert_eq!((id("asset_id", 1), id("asset_id", INT64)), (Ok(()), Ok(())));
        assert_eq!(
            said(version_number(0)),
            "version_number must be from 1 to 2147483647, not 0"
        );
        assert_eq!(
            said(one_of("kind", &"d", &["a", "b", "c"])),
            "kind must be one of a, b and c, not d"
        );
        assert_eq!(one_of("kind", &"c", &["a", "b", "c"]), Ok(()));
        assert_eq!(
            said(not_empty("facets", "")),
            "facets must not be empty text"
        );
        assert!(page_token("").is_err());
        assert_eq!(page_token("x"), Ok(()));
    }

    #[test]
    fn a_list_has_no_hole() {
        assert_eq!(list::<&str>(&[]), "nothing");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
    }
}
