//! Query strings, read as strictly as their documents describe them.

use std::ops::RangeInclusive;

use crate::response::{Response, Style};

/// Every parameter that any endpoint has; `collectionName` is for the service alone.
const PARAMETERS: [&str; 50] = [
    "accessContext",
    "allowMissing",
    "audioAlbum",
    "audioArtist",
    "audioMaxDurationSeconds",
    "audioMinDurationSeconds",
    "audioTypes",
    "categoryPath",
    "clientInsert",
    "collectionName",
    "contentRepresentationPriorityList",
    "creator",
    "doNotFallbackToBaselineRepresentation",
    "excludedModelSubTypes",
    "expectedAssetType",
    "facets",
    "filter",
    "groupId",
    "hideOwnedAssets",
    "includeOnlyVerifiedCreators",
    "includeTopCharts",
    "includedInstanceTypes",
    "keyword",
    "limit",
    "maxPageSize",
    "maxPriceCents",
    "minPriceCents",
    "modelSubTypes",
    "modulePlaceId",
    "musicChartType",
    "page",
    "pageNumber",
    "pageToken",
    "query",
    "readMask",
    "scriptinsert",
    "searchCategoryType",
    "searchView",
    "serverplaceid",
    "skipSigningScripts",
    "sortBy",
    "sortCategory",
    "sortDirection",
    "swimlane",
    "tags",
    "targetId",
    "targetType",
    "updateMask",
    "usageContext",
    "userId",
];

/// The decoded query of one request, with the error format of its service.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    style: Style,
}

impl Query {
    pub(crate) fn new(raw: Option<&str>, style: Style) -> Self {
        Self {
            pairs: decode(raw),
            style,
        }
    }

    /// Rejects parameters that are not in either list, and repeated ones that are no arrays.
    pub(crate) fn check(&self, single: &[&str], arrays: &[&str]) -> Result<(), Response> {
        for (index, (name, _)) in self.pairs.iter().enumerate() {
            if arrays.contains(&name.as_str()) {
                continue;
            }
            if !single.contains(&name.as_str()) {
                let verdict = match PARAMETERS.contains(&name.as_str()) {
                    true => "known, and not allowed here",
                    false => "unknown",
                };
                return Err(self
                    .style
                    .invalid(name, &format!("The parameter '{name}' is {verdict}.")));
            }
            if self.pairs.iter().take(index).any(|(seen, _)| seen == name) {
                return Err(self
                    .style
                    .invalid(name, "The parameter must not be repeated."));
            }
        }
        Ok(())
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(crate) fn integer(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, Response> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match integer(text) {
            Some(value) if range.contains(&value) => Ok(Some(value)),
            Some(_) => Err(self.style.invalid(
                name,
                &format!(
                    "The field {name} must be between {} and {}.",
                    range.start(),
                    range.end()
                ),
            )),
            None => Err(self.not_valid(name, text)),
        }
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Response> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(self.not_valid(name, other)),
        }
    }

    pub(crate) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<&str>, Response> {
        match self.text(name) {
            Some(value) if !allowed.contains(&value) => Err(self.not_valid(name, value)),
            value => Ok(value),
        }
    }

    /// The values of a form-encoded, exploded array. Comma-joined values are one bad value.
    pub(crate) fn several_of(&self, name: &str, allowed: &[&str]) -> Result<Vec<&str>, Response> {
        let values = self.texts(name);
        match values.iter().find(|value| !allowed.contains(value)) {
            Some(value) => Err(self.not_valid(name, value)),
            None => Ok(values),
        }
    }

    fn not_valid(&self, name: &str, value: &str) -> Response {
        self.style
            .invalid(name, &format!("The value '{value}' is not valid."))
    }
}

/// The pairs of a query, percent-decoded, with `+` for a space.
pub(crate) fn decode(raw: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(raw.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

/// Digits with at most a minus sign before them.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_digits_only() {
        assert_eq!(integer("-12"), Some(-12));
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        for bad in ["", "-", "+1", "1.0", " 1", "1e3", "9223372036854775808"] {
            assert_eq!(integer(bad), None, "{bad}");
        }
    }

    #[test]
    fn commas_do_not_separate() {
        let query = Query::new(Some("a=x%2Cy&b=x&b=y"), Style::Problem);
        assert!(query.several_of("a", &["x", "y"]).is_err());
        assert_eq!(query.several_of("b", &["x", "y"]).unwrap(), ["x", "y"]);
    }
}
