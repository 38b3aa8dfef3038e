//! The headers that say how long to wait, in all the forms that services and proxies give them.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// What a response's `x-ratelimit-*` headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed in a window.
    pub limit: Option<u64>,
    /// Every limit named, with its window where the header gives one: `1000, 1000;w=60`.
    pub windows: Vec<RateLimitWindow>,
    /// Requests left in the present window.
    pub remaining: Option<u64>,
    /// Time until the window starts anew.
    pub reset: Option<Duration>,
}

/// One limit of an `x-ratelimit-limit` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RateLimitWindow {
    /// Requests allowed.
    pub limit: u64,
    /// Per how long.
    pub window: Option<Duration>,
}

impl RateLimit {
    /// Reads the headers; `None` when there are none that can be read.
    pub(crate) fn parse<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let windows: Vec<_> = header("x-ratelimit-limit")
            .into_iter()
            .flat_map(|list| list.split(','))
            .filter_map(parse_window)
            .collect();
        let rate_limit = Self {
            limit: windows.iter().map(|window| window.limit).min(),
            remaining: Self::parse_remaining(&header),
            reset: Self::parse_reset(&header),
            windows,
        };
        (rate_limit != Self::default()).then_some(rate_limit)
    }

    pub(crate) fn parse_limit<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<u64> {
        let windows = header("x-ratelimit-limit")?.split(',');
        let limits = windows.filter_map(parse_window).map(|window| window.limit);
        limits.min()
    }

    pub(crate) fn parse_remaining<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<u64> {
        least(header("x-ratelimit-remaining")?)
    }

    /// Until the window starts anew. Of several windows the least counts, as it does for what is left.
    pub(crate) fn parse_reset<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Duration> {
        ["x-ratelimit-reset", "ratelimit-reset"]
            .into_iter()
            .find_map(|name| header(name)?.split(',').filter_map(seconds).min())
    }
}

/// A list, where it is one, holds the same window several times: the least counts.
fn least(list: &str) -> Option<u64> {
    let numbers = list
        .split(',')
        .filter_map(|number| number.trim().parse().ok());
    numbers.min()
}

fn parse_window(item: &str) -> Option<RateLimitWindow> {
    let mut parts = item.split(';').map(str::trim);
    Some(RateLimitWindow {
        limit: parts.next()?.parse().ok()?,
        window: parts
            .find_map(|part| part.strip_prefix("w="))
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs),
    })
}

/// Reads one value of a `retry-after` header: seconds, or an HTTP date, counted from the response's own `date` so that
/// a wrong local clock does not matter, or else from `now`.
fn parse_retry_after(value: &str, date: Option<&str>, now: OffsetDateTime) -> Option<Duration> {
    if let Some(asked) = seconds(value) {
        return Some(asked);
    }
    let parse = |text: &str| OffsetDateTime::parse(text.trim(), &Rfc2822).ok();
    let then = parse(value)?;
    let now = date.and_then(parse).unwrap_or(now);
    // A moment that has passed asks for no wait.
    Some(Duration::try_from(then - now).unwrap_or_default())
}

/// What `retry-after` headers ask for: the longest of their values that makes sense.
pub(crate) fn retry_after<'a>(
    values: impl Iterator<Item = &'a str>,
    date: Option<&str>,
) -> Option<Duration> {
    /// Longer than any wait of a service that means it.
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let now = OffsetDateTime::now_utc();
    let parse = |value: &str| parse_retry_after(value, date, now);
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

/// Seconds, which may have a fraction.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
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

    const SECOND: Duration = Duration::from_secs(1);

    fn millis(number: u64) -> Option<Duration> {
        Some(Duration::from_millis(number))
    }

    #[test]
    fn retry_after_is_the_longest_value_that_makes_sense() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (values, expected) in [
            (&["17"][..], millis(17_000)),
            (&["+17"], millis(17_000)),
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
                &[
                    "", "-1", "++1", "+", "soon", "1e3", ".5", "1.5.5", "inf", "NaN",
                ],
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
            (Some("+60"), None, millis(60_000)),
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
            let reset = RateLimit::parse(header).and_then(|limit| limit.reset);
            assert_eq!(reset, expected, "{own:?} {standard:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = OffsetDateTime::from_unix_timestamp(784_111_777).unwrap(); // 06 Nov 1994 08:49:37
        let parse = |value| parse_retry_after(value, None, now);
        assert_eq!(parse(" 17 "), Some(17 * SECOND));
        assert_eq!(parse("1.5"), millis(1_500));
        assert_eq!(parse("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30 * SECOND));
        assert_eq!(parse("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        for wrong in ["", "-1", "soon", "99999999999999999999"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        let by_its_own_clock = parse_retry_after(
            "Tue, 01 Nov 2033 10:00:05 GMT",
            Some("Tue, 01 Nov 2033 10:00:00 GMT"),
            now,
        );
        assert_eq!(by_its_own_clock, Some(5 * SECOND));
    }

    #[test]
    fn rate_limit_headers_are_read_whatever_their_form() {
        let parse = |limit: &'static str, remaining: &'static str, reset: &'static str| {
            RateLimit::parse(|name| match name {
                "x-ratelimit-limit" => Some(limit),
                "x-ratelimit-remaining" => Some(remaining),
                _ => Some(reset),
            })
        };
        let listed = parse("1000, 1000;w=60, 5;w=1", "998", "20").unwrap();
        assert_eq!(
            (listed.limit, listed.remaining, listed.reset),
            (Some(5), Some(998), Some(20 * SECOND))
        );
        assert_eq!(listed.windows.len(), 3);
        assert_eq!(listed.windows[1].window, Some(60 * SECOND));
        assert_eq!(parse("-5", "many", "1e9"), None);
        assert_eq!(parse("", "", ""), None);
    }
}
