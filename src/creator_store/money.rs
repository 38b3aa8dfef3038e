//! [`Money`]: exact, and never floating point.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::text::Printable;
use crate::wire::{Maybe, Readable, objects};

/// An amount of money, exact: a currency, and a decimal as it stands on the wire.
///
/// Amounts of one currency compare by their value, whatever their exponent; amounts of different
/// currencies are neither equal nor ordered.
///
/// ```
/// use rblxopencloud::Money;
///
/// # fn main() -> rblxopencloud::Result<()> {
/// let price: Money = "USD 4.99".parse()?;
/// assert_eq!(price, Money::usd_cents(499));
/// assert_eq!(price.to_string(), "USD 4.99");
/// assert!(price > Money::usd_cents(0));
/// assert_eq!(price.partial_cmp(&Money::new("EUR", 1, 0)), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WireMoney")]
#[non_exhaustive]
pub struct Money {
    /// ISO 4217, such as `USD`; or `X-` and a name. Empty where the service did not say.
    pub currency: String,
    /// The digits.
    pub significand: i64,
    /// The power of ten that the digits are multiplied by.
    pub exponent: i32,
}

impl Money {
    /// `significand` times ten to the power of `exponent`, in a currency.
    #[must_use]
    pub fn new(currency: impl Into<String>, significand: i64, exponent: i32) -> Self {
        Self {
            currency: currency.into(),
            significand,
            exponent,
        }
    }

    /// Cents of a US dollar.
    #[must_use]
    pub fn usd_cents(cents: i64) -> Self {
        Self::new("USD", cents, -2)
    }

    /// Reads a decimal such as `4.99`, `-3`, `.5` or `1e-40` as an amount of a currency, without rounding.
    ///
    /// # Errors
    ///
    /// [`is_invalid_argument`](Error::is_invalid_argument) when the text is not a decimal, or has more
    /// digits than fit into 64 bits.
    pub fn from_decimal(currency: impl Into<String>, decimal: &str) -> Result<Self> {
        let (significand, exponent) = parse_decimal(decimal).ok_or_else(|| {
            Error::InvalidArgument(format!(
                "{decimal:?} is not an amount of money: a decimal such as 4.99, of at most 18 digits, is one"
            ))
        })?;
        Ok(Self::new(currency, significand, exponent))
    }

    /// Whether the amount is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.significand == 0
    }

    /// The same amount with another exponent; `None` when that would lose a digit or not fit.
    pub(crate) fn significand_at(&self, exponent: i32) -> Option<i64> {
        if self.significand == 0 {
            return Some(0);
        }
        let shift = i64::from(self.exponent) - i64::from(exponent);
        let power = 10_i64.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?);
        if shift >= 0 {
            self.significand.checked_mul(power?)
        } else {
            let power = power?;
            (self.significand % power == 0).then_some(self.significand / power)
        }
    }

    /// Whole US cents, as prices are given to a search. The name of the argument is for the error.
    pub(crate) fn to_usd_cents(&self, argument: &str) -> Result<i64> {
        if !self.currency.eq_ignore_ascii_case("USD") {
            return Err(Error::InvalidArgument(format!(
                "{argument} must be in USD, not {:?}",
                self.currency
            )));
        }
        let cents = self
            .significand_at(-2)
            .filter(|cents| (0..=i64::from(i32::MAX)).contains(cents));
        cents.ok_or_else(|| {
            Error::InvalidArgument(format!(
                "{argument} must be a whole number of cents, from USD 0.00 to USD 21474836.47, not {self}"
            ))
        })
    }

    /// Digits without zeros at their end, and the exponent that goes with them: one form a value.
    fn reduced(&self) -> (i64, i64) {
        let (mut significand, mut exponent) = (self.significand, i64::from(self.exponent));
        if significand == 0 {
            return (0, 0);
        }
        while significand % 10 == 0 {
            significand /= 10;
            exponent += 1;
        }
        (significand, exponent)
    }
}

fn parse_decimal(text: &str) -> Option<(i64, i32)> {
    let (decimal, power) = match text.split_once('e') {
        Some((decimal, power)) => (decimal, power.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match decimal.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", decimal),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let parse = |digits: &str| format!("{sign}{digits}").parse::<i64>().ok();
    let exponent = power.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    if let (Some(significand), Ok(exponent)) = (parse(&all), i32::try_from(exponent)) {
        return Some((significand, exponent));
    }
    // It fits as it is written only without the zeros at its end, or with more of them.
    let digits = all.trim_end_matches('0');
    if digits.is_empty() {
        return Some((0, 0));
    }
    let exponent = exponent.checked_add(i64::try_from(all.len() - digits.len()).ok()?)?;
    let highest = exponent.min(i64::from(i32::MAX));
    let zeros = u32::try_from(exponent - highest).ok()?;
    let significand = parse(digits)?.checked_mul(10_i64.checked_pow(zeros)?)?;
    Some((significand, i32::try_from(highest).ok()?))
}

impl FromStr for Money {
    type Err = Error;

    /// Reads `USD 4.99`: a currency, a space, a decimal.
    fn from_str(text: &str) -> Result<Self> {
        let is_decimal = |text: &str| parse_decimal(text).is_some();
        let invalid = |why: String| {
            Err(Error::InvalidArgument(format!(
                "{text:?} is not an amount of money: {why}"
            )))
        };
        match text.split_once(' ') {
            Some((decimal, currency)) if is_decimal(decimal) && !is_decimal(currency) => {
                let meant = format!("{} {decimal}", currency.trim());
                invalid(format!("the currency comes first, as in {meant:?}"))
            }
            Some((currency, decimal)) if !currency.is_empty() => {
                Self::from_decimal(currency, decimal)
            }
            _ => {
                let dollars = text.strip_prefix('$').unwrap_or(text);
                let example = if is_decimal(dollars) { dollars } else { "4.99" };
                invalid(format!(
                    "a currency and a decimal are one, as in \"USD {example}\""
                ))
            }
        }
    }
}

impl fmt::Display for Money {
    /// `USD 4.99`: at least two digits after the point, and all that are there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A precision would cut the text, and with it the digits.
        let pad = |f: &mut fmt::Formatter<'_>, text: &str| match f.precision() {
            Some(_) => f.write_str(text),
            None => f.pad(text),
        };
        let (significand, exponent) = self.reduced();
        let space = if self.currency.is_empty() { "" } else { " " };
        let (currency, sign) = (
            Printable(&self.currency),
            if significand < 0 { "-" } else { "" },
        );
        let digits = significand.unsigned_abs();
        // A power of ten that no price has is shown as such, and not in a mile of zeros.
        if !(-30..=30).contains(&exponent) {
            return pad(f, &format!("{currency}{space}{sign}{digits}e{exponent}"));
        }
        let places = usize::try_from(-exponent).unwrap_or(0);
        let zeros = usize::try_from(exponent).unwrap_or(0);
        let digits = format!("{digits}{}", "0".repeat(zeros));
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        pad(f, &format!("{currency}{space}{sign}{whole}.{fraction:0<2}"))
    }
}

impl PartialEq for Money {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl Eq for Money {}

impl PartialOrd for Money {
    /// `None` for amounts of different currencies.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if !self.currency.eq_ignore_ascii_case(&other.currency) {
            return None;
        }
        let ((left, left_exponent), (right, right_exponent)) = (self.reduced(), other.reduced());
        let by_sign = left.signum().cmp(&right.signum());
        if by_sign.is_ne() || left == 0 {
            return Some(by_sign);
        }
        // 19 digits at most: amounts whose first digits stand further apart differ by them alone.
        let first =
            |digits: i64, exponent: i64| i64::from(digits.unsigned_abs().ilog10()) + exponent;
        let by_size = first(left, left_exponent)
            .cmp(&first(right, right_exponent))
            .then_with(|| {
                let least = left_exponent.min(right_exponent);
                let at_least = |digits: i64, exponent: i64| {
                    let shift = u32::try_from(exponent - least).unwrap_or(0);
                    u128::from(digits.unsigned_abs()) * 10_u128.pow(shift)
                };
                at_least(left, left_exponent).cmp(&at_least(right, right_exponent))
            });
        Some(if left < 0 { by_size.reverse() } else { by_size })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut money = serializer.serialize_struct("Money", 2)?;
        money.serialize_field("currencyCode", &self.currency)?;
        let quantity = Decimal {
            significand: self.significand,
            exponent: self.exponent,
        };
        money.serialize_field("quantity", &quantity)?;
        money.end()
    }
}

#[derive(Serialize)]
struct Decimal {
    significand: i64,
    exponent: i32,
}

objects!(WireMoney, WireDecimal);

/// `{currencyCode, quantity: {significand, exponent}}`
#[derive(Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
pub(crate) struct WireMoney {
    currency_code: Maybe<String>,
    quantity: Maybe<WireDecimal>,
}

impl WireMoney {
    /// A price; nothing where there is no quantity, or none that can be read: what it costs is not known then,
    /// which is not to say that it is free.
    pub(crate) fn price(self) -> Option<Money> {
        let quantity = self.quantity.0?;
        let currency = self.currency_code.0.unwrap_or_default();
        let significand = quantity.significand.unwrap_or(Maybe(Some(0))).0?;
        let exponent = quantity.exponent.unwrap_or(Maybe(Some(0))).0?;
        Some(Money::new(currency, significand, exponent))
    }
}

/// A part that is absent is 0; one that is null or malformed is not known.
#[derive(Default, Deserialize)]
#[serde(remote = "Self", default)]
struct WireDecimal {
    #[serde(deserialize_with = "there")]
    significand: Option<Maybe<i64>>,
    #[serde(deserialize_with = "there")]
    exponent: Option<Maybe<i32>>,
}

fn there<'de, D: Deserializer<'de>, T: Readable>(
    deserializer: D,
) -> Result<Option<Maybe<T>>, D::Error> {
    Maybe::deserialize(deserializer).map(Some)
}

impl TryFrom<WireMoney> for Money {
    type Error = &'static str;

    fn try_from(wire: WireMoney) -> Result<Self, Self::Error> {
        let is_told = wire.quantity.0.is_some();
        let currency = wire.currency_code.0.clone().unwrap_or_default();
        match wire.price() {
            None if is_told => Err("expected whole numbers for significand and exponent"),
            price => Ok(price.unwrap_or_else(|| Self::new(currency, 0, 0))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_compare_by_value_within_one_currency() {
        let usd = |significand, exponent| Money::new("USD", significand, exponent);
        assert_eq!(usd(499, -2), usd(4_990_000_000, -9));
        assert_eq!(usd(0, 5), usd(0, -9));
        assert_eq!(usd(100, 0), Money::new("usd", 1, 2));
        let ordered = [
            usd(i64::MIN, i32::MAX),
            usd(-5, 0),
            usd(-1, -9),
            usd(0, 0),
            usd(1, i32::MIN),
            usd(999, -3),
            usd(1, 0),
            usd(11, -1),
            usd(i64::MAX, 0),
            usd(i64::MAX, 1),
            usd(1, i32::MAX),
        ];
        for pair in ordered.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
            assert!(pair[1] > pair[0], "{pair:?}");
        }
        assert_eq!(usd(1, 0).partial_cmp(&Money::new("EUR", 1, 0)), None);
        assert_ne!(usd(1, 0), Money::new("EUR", 1, 0));
    }

    #[test]
    fn text_and_amounts_agree() {
        for (text, significand, exponent, shown) in [
            ("USD 4.99", 499, -2, "USD 4.99"),
            ("USD 4.9", 49, -1, "USD 4.90"),
            ("USD 0", 0, 0, "USD 0.00"),
            ("USD -0.005", -5, -3, "USD -0.005"),
            ("EUR .5", 5, -1, "EUR 0.50"),
            ("X-Robux 1200", 1_200, 0, "X-Robux 1200.00"),
            (
                "USD 9223372036854775807",
                i64::MAX,
                0,
                "USD 9223372036854775807.00",
            ),
            (
                "USD 9223372036854775807.00",
                i64::MAX,
                0,
                "USD 9223372036854775807.00",
            ),
            ("USD 1.5e3", 15, 2, "USD 1500.00"),
            ("USD -1e-100", -1, -100, "USD -1e-100"),
            ("USD 1e2147483648", 10, i32::MAX, "USD 1e2147483648"),
            ("USD 0.0e-2147483648", 0, 0, "USD 0.00"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!(
                (money.significand, money.exponent),
                (significand, exponent),
                "{text}"
            );
            assert_eq!(money.to_string(), shown);
        }
        assert_eq!(Money::new("USD", 1, -100).to_string(), "USD 1e-100");
        assert_eq!(
            Money::new("USD", 3, i32::MAX).to_string(),
            "USD 3e2147483647"
        );
        for wrong in [
            "",
            "4.99",
            "USD",
            "USD ",
            "USD x",
            "USD 1.2.3",
            "USD +1",
            "USD 1e",
            "USD e3",
            "USD 1e2.5",
            "USD 1e99999999999",
            "USD 1e9223372036854775808",
            "USD 1.5e-2147483648",
            "USD 9223372036854775808",
            "USD .",
            " 1",
        ] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn text_that_is_no_amount_is_told_how_it_is_written() {
        for (text, says) in [
            ("4.99 USD", r#"the currency comes first, as in "USD 4.99""#),
            ("0 EUR", r#"the currency comes first, as in "EUR 0""#),
            (
                "4.99",
                r#"a currency and a decimal are one, as in "USD 4.99""#,
            ),
            (
                "$0.50",
                r#"a currency and a decimal are one, as in "USD 0.50""#,
            ),
            (
                "free",
                r#"a currency and a decimal are one, as in "USD 4.99""#,
            ),
        ] {
            let error = text.parse::<Money>().unwrap_err().to_string();
            assert_eq!(error, format!("{text:?} is not an amount of money: {says}"));
        }
        for raw in ["1 E\n\u{1b}[31m", "E \u{1b}[31m", "\u{1b}[31m", " "] {
            let error = raw.parse::<Money>().unwrap_err().to_string();
            assert!(!error.chars().any(char::is_control), "{error:?}");
            assert!(!error.contains("\"\""), "{error:?}");
        }
    }

    #[test]
    fn cents_are_whole_and_in_dollars() {
        let cents = |significand, exponent| {
            Money::new("usd", significand, exponent).to_usd_cents("max_price")
        };
        assert_eq!(cents(499, -2).unwrap(), 499);
        assert_eq!(cents(4_990_000_000, -9).unwrap(), 499);
        assert_eq!(cents(5, 0).unwrap(), 500);
        assert_eq!(cents(0, i32::MIN).unwrap(), 0);
        for (significand, exponent) in [
            (4_999, -3),
            (1, -3),
            (-1, 0),
            (2_147_483_648, -2),
            (1, i32::MAX),
            (i64::MAX, 0),
        ] {
            let error = cents(significand, exponent).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("max_price must be a whole number of cents"),
                "{error}"
            );
        }
        let error = Money::new("EUR", 1, 0)
            .to_usd_cents("min_price")
            .unwrap_err();
        assert_eq!(error.to_string(), "min_price must be in USD, not \"EUR\"");
    }

    #[test]
    fn the_wire_may_leave_parts_out() {
        let read = |json: &str| serde_json::from_str::<Money>(json).unwrap();
        assert_eq!(
            read(r#"{"currencyCode":"USD","quantity":{"significand":17}}"#),
            Money::new("USD", 17, 0)
        );
        assert_eq!(
            read(r#"{"currencyCode":null,"quantity":null}"#),
            Money::new("", 0, 0)
        );
        for unknown in [
            r#"{"quantity":{"significand":null}}"#,
            r#"{"quantity":{"significand":"x"}}"#,
            r#"{"quantity":{"significand":5,"exponent":1e99}}"#,
        ] {
            let price = serde_json::from_str::<WireMoney>(unknown).unwrap().price();
            assert_eq!(price, None, "{unknown}");
            assert!(serde_json::from_str::<Money>(unknown).is_err(), "{unknown}");
        }
        let money = Money::usd_cents(499);
        assert_eq!(
            serde_json::to_string(&money).unwrap(),
            r#"{"currencyCode":"USD","quantity":{"significand":499,"exponent":-2}}"#
        );
    }
}
