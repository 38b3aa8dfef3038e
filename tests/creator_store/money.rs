//! Money: whatever the amount, nothing of it is lost or made up.

use std::cmp::Ordering;

use proptest::prelude::*;
use rblxopencloud::{ApiKey, Creator, Money};
use serde_json::{Value, json};
use support::cases::config;
use support::raw_server::{RawServer, json};

fn significand() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -1_000_i64..1_000,
        // Few digits and many zeros.
        (-99_i64..100, 0_u32..18)
            .prop_map(|(digits, zeros)| digits.saturating_mul(10_i64.pow(zeros))),
        Just(0),
        Just(i64::MIN),
        Just(i64::MAX),
    ]
}

fn exponent() -> impl Strategy<Value = i32> {
    prop_oneof![
        -12..12,
        -45..45,
        any::<i32>(),
        Just(i32::MIN),
        Just(i32::MAX)
    ]
}

fn currency() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z]{3}", "X-[A-Za-z0-9]{1,8}", Just("USD".to_owned())]
}

fn money() -> impl Strategy<Value = Money> {
    (currency(), significand(), exponent())
        .prop_map(|(currency, significand, exponent)| Money::new(currency, significand, exponent))
}

fn usd(significand: i64, exponent: i32) -> Money {
    Money::new("USD", significand, exponent)
}

/// Compares two decimals digit by digit, all of which are written out.
fn compare((a, a_exponent): (i64, i32), (b, b_exponent): (i64, i32)) -> Ordering {
    let signs = a.signum().cmp(&b.signum());
    if signs.is_ne() || a == 0 {
        return signs;
    }
    let least = i64::from(a_exponent.min(b_exponent));
    let written = |digits: i64, exponent: i32| {
        // More zeros than two numbers of 64 bits can differ by say no more.
        let zeros = usize::try_from(i64::from(exponent) - least)
            .unwrap()
            .min(100);
        let digits = format!("{}{}", digits.unsigned_abs(), "0".repeat(zeros));
        format!("{digits:0>130}")
    };
    let by_size = written(a, a_exponent).cmp(&written(b, b_exponent));
    if a < 0 { by_size.reverse() } else { by_size }
}

proptest! {
    #![proptest_config(config(800))]

    #[test]
    fn what_is_shown_is_read_as_the_same_amount(money in money()) {
        let shown = money.to_string();
        let read: Money = shown.parse().unwrap();
        prop_assert_eq!(&read, &money, "{}", shown);
        prop_assert_eq!(read.to_string(), shown);
    }

    #[test]
    fn what_is_written_as_json_is_read_digit_by_digit(money in money()) {
        let written = serde_json::to_string(&money).unwrap();
        let read: Money = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(
            (&read.currency, read.significand, read.exponent),
            (&money.currency, money.significand, money.exponent)
        );
        let as_text = json!({
            "currencyCode": money.currency,
            "quantity": {"significand": money.significand.to_string(), "exponent": money.exponent.to_string()},
        });
        let read: Money = serde_json::from_value(as_text).unwrap();
        prop_assert_eq!((read.significand, read.exponent), (money.significand, money.exponent));
    }

    #[test]
    fn amounts_of_one_currency_compare_as_the_numbers_they_are(
        a in (significand(), exponent()),
        b in (significand(), exponent()),
    ) {
        let expected = compare(a, b);
        let (left, right) = (usd(a.0, a.1), usd(b.0, b.1));
        prop_assert_eq!(left.partial_cmp(&right), Some(expected));
        prop_assert_eq!(right.partial_cmp(&left), Some(expected.reverse()));
        prop_assert_eq!(left == right, expected.is_eq());
    }

    #[test]
    fn amounts_that_are_close_compare_as_the_numbers_they_are(
        digits in -10_000_000_000_i64..10_000_000_000,
        more in -1_i64..=1,
        zeros in 0_u32..9,
        exponent in -30..30,
    ) {
        let a = (digits, exponent);
        let b = (digits * 10_i64.pow(zeros) + more, exponent - i32::try_from(zeros).unwrap());
        let expected = compare(a, b);
        prop_assert_eq!(expected.is_eq(), more == 0);
        prop_assert_eq!(usd(a.0, a.1).partial_cmp(&usd(b.0, b.1)), Some(expected));
    }

    #[test]
    fn amounts_of_two_currencies_do_not_compare(
        a in money(),
        significand in significand(),
        exponent in exponent(),
    ) {
        let other = Money::new(format!("{}2", a.currency), significand, exponent);
        prop_assert_eq!(a.partial_cmp(&other), None);
        prop_assert!(a != other);
    }

    #[test]
    fn a_decimal_is_read_as_it_is_written(
        minus in any::<bool>(),
        whole in "[0-9]{0,9}",
        fraction in "[0-9]{0,9}",
    ) {
        prop_assume!(!whole.is_empty() || !fraction.is_empty());
        let sign = if minus { "-" } else { "" };
        let digits: i64 = format!("{sign}{whole}{fraction}").parse().unwrap();
        let places = i32::try_from(fraction.len()).unwrap();
        for text in [format!("{sign}{whole}.{fraction}"), format!("{sign}{whole}.{fraction}e0")] {
            let money = Money::from_decimal("USD", &text).unwrap();
            prop_assert_eq!((money.significand, money.exponent), (digits, -places));
            let parsed: Money = format!("USD {text}").parse().unwrap();
            prop_assert_eq!(parsed, money);
        }
    }

    #[test]
    fn cents_are_shown_as_dollars_and_cents(cents in any::<i64>()) {
        let (dollars, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
        let sign = if cents < 0 { "-" } else { "" };
        let money = Money::usd_cents(cents);
        prop_assert_eq!(money.to_string(), format!("USD {sign}{dollars}.{rest:02}"));
        prop_assert_eq!(money.is_zero(), cents == 0);
        prop_assert_eq!(money.partial_cmp(&Money::usd_cents(499)), Some(cents.cmp(&499)));
    }

    #[test]
    fn no_text_makes_reading_panic(text in any::<String>()) {
        let _ = text.parse::<Money>();
        let decimal = Money::from_decimal("USD", &text);
        prop_assert_eq!(format!("USD {text}").parse::<Money>().is_ok(), decimal.is_ok());
    }

    #[test]
    fn no_text_like_a_decimal_makes_reading_panic(text in "-{0,2}[0-9]{0,30}[.e,+ ]{0,2}-?[0-9]{0,30}e?-?[0-9]{0,20}") {
        if let Ok(money) = Money::from_decimal("USD", &text) {
            let read: Money = money.to_string().parse().unwrap();
            prop_assert_eq!(read, money);
        }
    }
}

/// `significand` times ten to the `power`, where that is a whole number below 10^30.
fn scaled(significand: i64, power: i64) -> Option<i128> {
    let significand = i128::from(significand);
    if significand == 0 {
        return Some(0);
    }
    let ten = 10_i128.checked_pow(u32::try_from(power.unsigned_abs()).ok()?)?;
    if power >= 0 {
        significand.checked_mul(ten)
    } else {
        (significand % ten == 0).then_some(significand / ten)
    }
}

#[test]
fn a_searched_price_is_sent_to_the_cent_or_an_error() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
    proptest!(config(150), |(significand in significand(), exponent in -6..6)| {
        let price = usd(significand, exponent);
        let cents = scaled(significand, i64::from(exponent) + 2)
            .filter(|cents| (0..=i128::from(i32::MAX)).contains(cents));
        let before = server.requests().len();
        let search = key.search_toolbox("Model").min_price(price.clone()).max_price(price);
        match (search.into_iter().next(), cents) {
            (None, Some(cents)) => {
                let sent = server.requests().pop().unwrap();
                let expected = format!("&minPriceCents={cents}&maxPriceCents={cents}&");
                prop_assert!(sent.line().contains(&expected), "{}", sent.line());
            }
            (Some(Err(error)), None) => {
                prop_assert!(error.is_invalid_argument());
                prop_assert_eq!(server.requests().len(), before);
            }
            (got, expected) => prop_assert!(false, "{got:?} in place of {expected:?}"),
        }
    });
}

#[test]
fn a_product_s_price_is_sent_to_the_billionth_or_an_error() {
    let server = RawServer::responding(vec![json(200, "{}")]);
    let key = ApiKey::builder("k").base_url(server.url()).build().unwrap();
    let user = key.get_user(1);
    proptest!(config(150), |(significand in significand(), exponent in -14..12)| {
        let billionths = scaled(significand, i64::from(exponent) + 9)
            .filter(|price| (0..=i128::from(i64::MAX)).contains(price));
        let before = server.requests().len();
        let update = user.update_creator_store_product("Plugin", 1).base_price(usd(significand, exponent));
        match (update.send(), billionths) {
            (Ok(_), Some(billionths)) => {
                let sent: Value = serde_json::from_slice(&server.requests().pop().unwrap().body).unwrap();
                let exponent = if billionths == 0 { 0 } else { -9 };
                let quantity = json!({"significand": i64::try_from(billionths).unwrap(), "exponent": exponent});
                prop_assert_eq!(&sent["basePrice"]["quantity"], &quantity);
            }
            (Err(error), None) => {
                prop_assert!(error.is_invalid_argument());
                prop_assert_eq!(server.requests().len(), before);
            }
            (got, expected) => prop_assert!(false, "{got:?} in place of {expected:?}"),
        }
    });
}

#[test]
fn money_is_padded_and_never_cut() {
    let price = Money::usd_cents(499);
    assert_eq!(
        format!("{price:>10}|{price:<10}|{price:^10}|"),
        "  USD 4.99|USD 4.99  | USD 4.99 |"
    );
    assert_eq!(format!("{price:*>9}"), "*USD 4.99");
    assert_eq!(format!("{price:.2}"), "USD 4.99");
    assert_eq!(format!("{:.1}", Money::new("USD", 1, -40)), "USD 1e-40");
    assert_eq!(format!("{:>9}", Money::new("USD", 1, 40)), " USD 1e40");
}

#[test]
fn money_of_no_currency_is_a_bare_number() {
    assert_eq!(Money::new("", 499, -2).to_string(), "4.99");
    assert_eq!(Money::new("", 1, 40).to_string(), "1e40");
    assert!("4.99".parse::<Money>().is_err());
    assert!(" 4.99".parse::<Money>().is_err());
}

#[test]
fn what_cannot_be_read_says_what_can() {
    for (text, why) in [
        ("4,99", "USD 4.99"),
        ("USD 4,99", "such as 4.99"),
        ("USD 1.2.3", "such as 4.99"),
        ("USD 99999999999999999999.1", "at most 18 digits"),
    ] {
        let error = text.parse::<Money>().unwrap_err();
        assert!(error.is_invalid_argument(), "{error:?}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn the_case_of_a_currency_does_not_matter() {
    let (upper, lower) = (Money::new("USD", 5, 0), Money::new("usd", 50, -1));
    assert_eq!(upper, lower);
    assert_eq!(upper.partial_cmp(&lower), Some(Ordering::Equal));
    assert_eq!(upper.partial_cmp(&Money::new("USDC", 5, 0)), None);
}
