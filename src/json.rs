//! JSON as services write it: how a body is read where it is not quite JSON, and what it takes of memory.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::de::SliceRead;

/// A body without the byte order mark that some services begin it with.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The most memory that a value which says why something failed, or one that has to be put right, may take.
pub(crate) const LARGEST_VALUE: u64 = 1 << 20;

/// Reads JSON with `read`, which must give an error rather than nothing for what it cannot read.
///
/// What is wrong in one place costs no other: bytes that are not UTF-8 and halves of surrogate pairs are read as the
/// replacement character, numbers that no type holds as null, and of a field that is there twice the last counts.
pub(crate) fn read<T>(
    json: &[u8],
    read: impl Fn(&mut serde_json::Deserializer<SliceRead<'_>>) -> serde_json::Result<T>,
) -> serde_json::Result<T> {
    let mut json = Cow::Borrowed(without_mark(json));
    let mut fixes = [fixed, without_duplicates].into_iter();
    // The one place that calls `read`: its code is large, and would be compiled once for each.
    loop {
        let mut deserializer = serde_json::Deserializer::from_slice(&json);
        let value = read(&mut deserializer);
        let whole = value.and_then(|value| deserializer.end().map(|()| value));
        let error = match whole {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        match fixes.find_map(|fix| fix(&json, &error)) {
            Some(fixed) => json = Cow::Owned(fixed),
            None => return Err(error),
        }
    }
}

/// Reads a value, in as little memory as [`LARGEST_VALUE`]; `None` where it cannot be.
pub(crate) fn read_value(json: &[u8]) -> Option<Value> {
    if value_memory(json) > LARGEST_VALUE {
        return None;
    }
    read(json, |deserializer| {
        serde::Deserialize::deserialize(deserializer)
    })
    .ok()
}

/// What is wrong with a JSON body, without a word of the body itself, and where.
pub(crate) fn reason(error: &serde_json::Error) -> (String, Option<(usize, usize)>) {
    // serde_json counts columns from 0 where a value is rejected before it is read.
    let position = (error.line() > 0).then(|| (error.line(), error.column().max(1)));
    let text = error.to_string();
    let text = match position {
        Some((line, _)) => text
            .strip_suffix(&format!(" at line {line} column {}", error.column()))
            .unwrap_or(&text),
        None => &text,
    };
    // serde quotes the unexpected value, and says behind it what it expected.
    let quotes_the_body = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown ",
    ];
    let text = if quotes_the_body.iter().any(|start| text.starts_with(start)) {
        match text.rfind(", expected ") {
            Some(at) => text.get(at + 2..).unwrap_or_default().to_owned(),
            None => "a value of another kind than expected".to_owned(),
        }
    } else {
        text.to_owned()
    };
    // The types of the wire are this crate's own affair.
    let text = match text.strip_prefix("expected struct ") {
        Some(_) => "expected an object".to_owned(),
        None => text,
    };
    (text, position)
}

/// About how many bytes of memory JSON takes as a [`Value`], at most.
pub(crate) fn value_memory(json: &[u8]) -> u64 {
    /// A value in a list or an object, with the spare room that these grow by.
    const VALUE: usize = 3 * 32;
    /// An object's first node, which has room for 11 fields.
    const OBJECT: usize = 11 * (24 + 32) + 32;
    /// A list's first room.
    const LIST: usize = 4 * 32;
    let count = |wanted: u8| json.iter().filter(|byte| **byte == wanted).count();
    let values = count(b',').saturating_add(1);
    let nested = count(b'{').saturating_mul(OBJECT) + count(b'[').saturating_mul(LIST);
    (values.saturating_mul(VALUE) + nested + json.len()) as u64
}

fn without_duplicates(json: &[u8], error: &serde_json::Error) -> Option<Vec<u8>> {
    let is_duplicate = error.to_string().contains("duplicate field");
    if !is_duplicate || value_memory(json) > LARGEST_VALUE {
        return None;
    }
    let value: Value = serde_json::from_slice(json).ok()?;
    serde_json::to_vec(&value).ok()
}

/// A copy with the fixes that [`read`] names; `None` where there is nothing to fix.
fn fixed(json: &[u8], _: &serde_json::Error) -> Option<Vec<u8>> {
    let (mut fixed, mut changed) = utf8(json)?;
    let mut at = 0;
    let mut is_in_text = false;
    while let Some(byte) = fixed.get(at) {
        at += match byte {
            b'"' => {
                is_in_text = !is_in_text;
                1
            }
            b'\\' if is_in_text => {
                let (length, is_half) = escape(&fixed, at);
                if let Some(escape) = fixed.get_mut(at..at + length).filter(|_| is_half) {
                    escape.copy_from_slice(b"\\ufffd");
                    changed = true;
                }
                length
            }
            b'-' | b'0'..=b'9' if !is_in_text => {
                let rest = fixed.get_mut(at..).unwrap_or_default();
                let is_of_number =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let length = rest.iter().take_while(|byte| is_of_number(byte)).count();
                if let Some(number) = rest.get_mut(..length).filter(|number| is_infinite(number)) {
                    number.fill(b' ');
                    if let Some(null) = number.get_mut(..4) {
                        null.copy_from_slice(b"null");
                    }
                    changed = true;
                }
                length
            }
            _ => 1,
        };
    }
    changed.then_some(fixed)
}

/// A copy with replacement characters, and whether there are any. `None` where there are so many that the copy is
/// much larger.
fn utf8(json: &[u8]) -> Option<(Vec<u8>, bool)> {
    const MOST: usize = 1 << 20;
    let mut copy = Vec::with_capacity(json.len());
    let mut replaced = 0;
    for chunk in json.utf8_chunks() {
        copy.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            replaced += 1;
            copy.extend_from_slice("\u{fffd}".as_bytes());
        }
        if replaced > MOST {
            return None;
        }
    }
    Some((copy, replaced > 0))
}

/// The length of an escape, or of two that are one character, and whether it is half of such.
fn escape(json: &[u8], at: usize) -> (usize, bool) {
    const LENGTH: usize = 6;
    let surrogate = |at: usize| {
        let digits = json.get(at..at + LENGTH)?.strip_prefix(b"\\u")?;
        let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        (0xd800..0xe000).contains(&number).then_some(number)
    };
    match (surrogate(at), surrogate(at + LENGTH)) {
        (None, _) => (2, false),
        (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (2 * LENGTH, false),
        (Some(_), _) => (LENGTH, true),
    }
}

fn is_infinite(number: &[u8]) -> bool {
    // Shorter ones are all finite.
    number.len() >= "1e309".len()
        && std::str::from_utf8(number)
            .ok()
            .and_then(|number| number.parse::<f64>().ok())
            .is_some_and(f64::is_infinite)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn what_is_wrong_in_one_place_is_fixed_and_nothing_else() {
        let error = serde_json::from_str::<u8>("").unwrap_err();
        for (json, expected) in [
            (&br#"{"a":"\ud83d\ude00 \\ud83d \n \"1e999"}"#[..], None),
            (br#""\ud83d""#, Some(&br#""\ufffd""#[..])),
            (br#""\ude00\ud83dx""#, Some(br#""\ufffd\ufffdx""#)),
            (br#""\ud83d\ud83d\ude00""#, Some(br#""\ufffd\ud83d\ude00""#)),
            (b"\"\xff\"", Some("\"\u{fffd}\"".as_bytes())),
            (b"\"\\", None),
            (b"\"\\ud8", None),
            (b"[1e308,-1e999,2]", Some(b"[1e308,null  ,2]")),
            (b"-", None),
        ] {
            assert_eq!(
                fixed(json, &error).as_deref(),
                expected,
                "{}",
                String::from_utf8_lossy(json)
            );
        }
        let digits = "9".repeat(400);
        assert_eq!(
            fixed(digits.as_bytes(), &error).unwrap().trim_ascii(),
            b"null"
        );
    }

    #[test]
    fn of_a_field_that_is_there_twice_the_last_counts() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Named {
            name: String,
        }
        let named = |json: &str| {
            read(json.as_bytes(), |deserializer| {
                Named::deserialize(deserializer)
            })
        };
        let json = r#"{"name":"a","name":"\ud83d"}"#;
        assert_eq!(named(json).unwrap().name, "\u{fffd}");
        assert!(
            named(r#"{"name":"a"} x"#)
                .unwrap_err()
                .to_string()
                .contains("trailing")
        );
    }

    #[test]
    fn json_reasons_hold_no_value_of_the_body() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {
            #[serde(rename = "count")]
            _count: u64,
        }
        let reason = |body: &str| super::reason(&serde_json::from_str::<Body>(body).unwrap_err());
        assert_eq!(
            reason(r#"{"count":"se, expected cret"}"#),
            ("expected u64".to_owned(), Some((1, 28)))
        );
        assert_eq!(reason("{}").0, "missing field `count`");
        assert_eq!(reason(r#"{"count":"#).0, "EOF while parsing a value");
    }
}
