//! The headers that say how long to wait, in all the forms that services and proxies give them.

use std::time::Duration;

use time::OffsetDateTime;

use crate::retry::{RateLimit, parse_retry_after};

/// What `retry-after` headers ask for: the longest of their values that makes sense.
pub(in crate::http) fn retry_after<'a>(
    values: impl Iterator<Item = &'a str>,
    date: Option<&str>,
) -> Option<Duration> {
    /// Longer than any wait of a service that means it.
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let now = OffsetDateTime::now_utc();
    let parse = |value: &str| seconds(value).or_else(|| parse_retry_after(value, date, now));
    let asked: Vec<_> = values
        .flat_map(|list| match parse(list) {
            Some(asked) => vec![asked],
            None => parts(list).filter_map(parse).collect(),
        })
        .collect();
    let sensible = asked.iter().filter(|asked| **asked <= LONGEST).max();
    sensible.or(asked.iter().min()).copied()
}

/// The values of a list. A date has a comma after its day of the week.
fn parts(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let text = rest?;
        let is_day = |text: &str| text.trim().bytes().all(|byte| byte.is_ascii_alphabetic());
        let mut commas = text.match_indices(',').map(|(at, _)| at);
        let end = commas.find(|at| !text.get(..*at).is_some_and(is_day));
        let (part, after) = match end {
            Some(at) => (text.get(..at)?, text.get(at + 1..)),
            None => (text, None),
        };
        rest = after;
        Some(part)
    })
}

/// What the headers of a rate limit say.
pub(in crate::http) fn rate_limit<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
) -> Option<RateLimit> {
    let rate_limit = RateLimit {
        reset: reset(&header),
        ..RateLimit::parse(&header).unwrap_or_default()
    };
    (rate_limit != RateLimit::default()).then_some(rate_limit)
}

/// Until the window of a rate limit starts anew. Of several windows the least counts, as it does for what is left.
pub(super) fn reset<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Duration> {
    ["x-ratelimit-reset", "ratelimit-reset"]
        .into_iter()
        .find_map(|name| header(name)?.split(',').filter_map(seconds).min())
}

/// Seconds, which may have a fraction.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction = format!("0.{fraction}0").parse().ok()?;
    let fraction = Duration::try_from_secs_f64(fraction).ok()?;
    Duration::from_secs(whole.parse().ok()?).checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(number: u64) -> Option<Duration> {
        Some(Duration::from_millis(number))
    }

    #[test]
    fn retry_after_is_the_longest_value_that_makes_sense() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (values, expected) in [
            (&["17"][..], millis(17_000)),
            (&["1.5"], millis(1_500)),
            (&[" 2. "], millis(2_000)),
            (&["1, 30,5"], millis(30_000)),
            (&["1", "30", "soon"], millis(30_000)),
            (&["5, 31536000"], millis(5_000)),
            (&["31536000"], millis(31_536_000_000)),
            (&["31536000, 99999999"], millis(31_536_000_000)),
            (&["Sun, 06 Nov 1994 08:50:07 GMT"], millis(30_000)),
            (&["5, Sun, 06 Nov 1994 08:50:07 GMT, 7"], millis(30_000)),
            (&["Sun, 06 Nov 1994 08:00:00 GMT"], millis(0)),
            (
                &["", "-1", "soon", "1e3", ".5", "1.5.5", "inf", "NaN"],
                None,
            ),
            (&["99999999999999999999"], None),
            (&[",,,", "Sun,", ", Sun"], None),
            (&[], None),
        ] {
            let asked = retry_after(values.iter().copied(), Some(date));
            assert_eq!(asked, expected, "{values:?}");
        }
    }

    #[test]
    fn a_reset_may_have_a_fraction_and_either_name() {
        for (own, standard, expected) in [
            (Some("1.5"), None, millis(1_500)),
            (Some("60, 0.25"), None, millis(250)),
            (None, Some("2.75"), millis(2_750)),
            (Some("soon"), Some("3"), millis(3_000)),
            (Some("1"), Some("3"), millis(1_000)),
            (
                Some("18446744073709551615.9"),
                None,
                Some(Duration::from_secs_f64(0.9) + Duration::from_secs(u64::MAX)),
            ),
            (Some("1e9"), Some("-1.5"), None),
        ] {
            let header = |name: &str| match name {
                "x-ratelimit-reset" => own,
                "ratelimit-reset" => standard,
                _ => None,
            };
            assert_eq!(reset(header), expected, "{own:?} {standard:?}");
            assert_eq!(rate_limit(header).and_then(|limit| limit.reset), expected);
        }
    }
}
