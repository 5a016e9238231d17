//! Units: seconds with microseconds, amounts of a resource.

use crate::fields::on_one_line;
use serde::de::{self, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;
use std::time::Duration;

const MICROS: i64 = 1_000_000;
const MILLIS: u64 = 1_000;

/// A time or a duration in seconds, exact to the microsecond, so that sums of
/// durations do not drift. In JSON a number; `"30m"` is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(i64);

impl Seconds {
    /// No time at all.
    pub const ZERO: Seconds = Seconds(0);

    /// From microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Seconds(micros)
    }

    /// From whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Seconds(secs.saturating_mul(MICROS))
    }

    /// In microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// In seconds, rounded to what an `f64` holds.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }

    /// From seconds, rounded to the microsecond; not-a-number is zero.
    pub fn from_f64(secs: f64) -> Self {
        Seconds((secs * MICROS as f64).round() as i64)
    }

    /// As a duration; a negative time is none.
    pub fn to_duration(self) -> Duration {
        Duration::from_micros(self.0.max(0) as u64)
    }

    /// Sum that stops at the ends of the range.
    pub const fn saturating_add(self, other: Seconds) -> Seconds {
        Seconds(self.0.saturating_add(other.0))
    }
}

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        Seconds(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
    }
}

impl std::ops::Add for Seconds {
    type Output = Seconds;
    fn add(self, other: Seconds) -> Seconds {
        self.saturating_add(other)
    }
}

impl std::ops::Sub for Seconds {
    type Output = Seconds;
    fn sub(self, other: Seconds) -> Seconds {
        Seconds(self.0.saturating_sub(other.0))
    }
}

impl std::ops::AddAssign for Seconds {
    fn add_assign(&mut self, other: Seconds) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Seconds {
    fn sum<I: Iterator<Item = Seconds>>(all: I) -> Seconds {
        all.fold(Seconds::ZERO, |sum, next| sum + next)
    }
}

impl fmt::Display for Seconds {
    /// The shortest exact decimal: `180`, `1.5`, `0.052203`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / 1_000_000, self.0.unsigned_abs() % 1_000_000);
        let text = if part == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{part:06}").trim_end_matches('0').to_string()
        };
        f.pad(&text)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if self.0 % MICROS == 0 {
            out.serialize_i64(self.0 / MICROS)
        } else if self.0.unsigned_abs() < 10 {
            // an f64 this small would be written 1e-6
            RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(out)
        } else {
            out.serialize_f64(self.as_f64())
        }
    }
}

/// Reads a duration in words: `90` and `1.5` are seconds, else `30m`, `1h 30m`,
/// `500ms`, `1.5h`.
///
/// # Errors
/// One line saying what is accepted.
pub fn parse_seconds(text: &str) -> Result<Seconds, String> {
    let text = text.trim();
    let wrong =
        || on_one_line(format!("\"{text}\" is no duration; write 90, 1.5, 500ms, 30m or 1h30m"));
    if let Ok(secs) = text.parse::<f64>() {
        return seconds_in_range(secs).ok_or_else(wrong);
    }
    if let Ok(duration) = humantime::parse_duration(text) {
        let in_range = seconds_in_range(duration.as_secs_f64());
        return in_range.map(|_| Seconds::from(duration)).ok_or_else(wrong);
    }
    // humantime takes no fractions: "1.5h"
    let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let number: f64 = text[..split].trim().parse().map_err(|_| wrong())?;
    let unit = humantime::parse_duration(&format!("1{}", &text[split..])).map_err(|_| wrong())?;
    seconds_in_range(number * unit.as_secs_f64()).ok_or_else(wrong)
}

fn seconds_in_range(secs: f64) -> Option<Seconds> {
    (secs.is_finite() && (0.0..9.0e12).contains(&secs)).then(|| Seconds::from_f64(secs))
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds, or a string such as \"30m\"")
    }

    fn visit_u64<E: de::Error>(self, secs: u64) -> Result<Seconds, E> {
        self.visit_f64(secs as f64)
    }

    fn visit_i64<E: de::Error>(self, secs: i64) -> Result<Seconds, E> {
        self.visit_f64(secs as f64)
    }

    fn visit_f64<E: de::Error>(self, secs: f64) -> Result<Seconds, E> {
        if secs.abs() < 9.0e12 {
            Ok(Seconds::from_f64(secs))
        } else {
            Err(E::custom(format!("{secs} is out of range for seconds")))
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Seconds, E> {
        parse_seconds(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(SecondsVisitor)
    }
}

/// An amount of a resource, exact to a thousandth, so that what is taken and
/// given back always cancels out. In JSON a number; `"4GiB"` is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// None of it.
    pub const ZERO: Amount = Amount(0);

    /// A whole number of units.
    pub const fn from_units(units: u64) -> Self {
        Amount(units.saturating_mul(MILLIS))
    }

    /// In thousandths of a unit.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// From thousandths of a unit.
    pub const fn from_millis(millis: u64) -> Self {
        Amount(millis)
    }

    /// In units.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / MILLIS as f64
    }

    /// What is left after taking `other`, or `None` if there is not enough.
    pub const fn checked_sub(self, other: Amount) -> Option<Amount> {
        match self.0.checked_sub(other.0) {
            Some(left) => Some(Amount(left)),
            None => None,
        }
    }

    /// Sum that stops at the end of the range.
    pub const fn saturating_add(self, other: Amount) -> Amount {
        Amount(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(MILLIS) {
            f.pad(&format!("{}", self.0 / MILLIS))
        } else {
            let text = format!("{}.{:03}", self.0 / MILLIS, self.0 % MILLIS);
            f.pad(text.trim_end_matches('0'))
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(MILLIS) {
            out.serialize_u64(self.0 / MILLIS)
        } else {
            out.serialize_f64(self.as_f64())
        }
    }
}

/// Reads an amount: `16`, `0.5`, `512MiB`, `4GiB`, `2G`. `K M G T P` and `KiB`...
/// are powers of 1024, `k m g t p` and `kB` `MB`... powers of 1000, as GNU parallel has it.
///
/// # Errors
/// One line saying what is accepted.
pub fn parse_amount(text: &str) -> Result<Amount, String> {
    let text = text.trim();
    let wrong = || on_one_line(format!("\"{text}\" is no amount; write 16, 0.5, 512MiB or 4GiB"));
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: f64 = text[..split].trim().parse().map_err(|_| wrong())?;
    let base: f64 = match &text[split..] {
        "" | "B" => 1.0,
        "K" | "Ki" | "KiB" => 1024.0,
        "M" | "Mi" | "MiB" => 1024f64.powi(2),
        "G" | "Gi" | "GiB" => 1024f64.powi(3),
        "T" | "Ti" | "TiB" => 1024f64.powi(4),
        "P" | "Pi" | "PiB" => 1024f64.powi(5),
        "k" | "kB" | "KB" => 1e3,
        "m" | "MB" => 1e6,
        "g" | "GB" => 1e9,
        "t" | "TB" => 1e12,
        "p" | "PB" => 1e15,
        _ => return Err(wrong()),
    };
    amount_in_range(number * base).ok_or_else(wrong)
}

/// Rounds up, so that a limit is never passed by rounding.
fn amount_in_range(units: f64) -> Option<Amount> {
    let millis = (units * MILLIS as f64 - 1e-6).ceil();
    (units >= 0.0 && millis < 1.8e19).then_some(Amount(millis.max(0.0) as u64))
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount of at least 0, or a string such as \"4GiB\"")
    }

    fn visit_u64<E: de::Error>(self, units: u64) -> Result<Amount, E> {
        units
            .checked_mul(MILLIS)
            .map(Amount)
            .ok_or_else(|| E::custom(format!("{units} is out of range for an amount")))
    }

    fn visit_i64<E: de::Error>(self, units: i64) -> Result<Amount, E> {
        let units = u64::try_from(units).map_err(|_| E::custom("an amount is never negative"))?;
        self.visit_u64(units)
    }

    fn visit_f64<E: de::Error>(self, units: f64) -> Result<Amount, E> {
        amount_in_range(units)
            .ok_or_else(|| E::custom(format!("{units} is out of range for an amount")))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        parse_amount(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(AmountVisitor)
    }
}

/// A value that is written as `null` where it is not known, instead of being left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nullable<T>(pub Option<T>);

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Option::deserialize(input).map(Nullable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_words() {
        for (text, micros) in [
            ("90", 90_000_000),
            ("1.5", 1_500_000),
            ("30m", 1_800_000_000),
            ("1h30m", 5_400_000_000),
            ("1h 30m", 5_400_000_000),
            ("500ms", 500_000),
            ("1.5h", 5_400_000_000),
            ("0.3s", 300_000),
            ("0", 0),
        ] {
            assert_eq!(parse_seconds(text).map(Seconds::as_micros), Ok(micros), "{text}");
        }
        for text in ["", "fast", "-1", "1x", "nan", "inf", "1e300", "400000 years"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_print_as_they_were() {
        for text in ["180", "1.5", "0.052203", "0.000001", "-0.000009", "1700000000.123456", "-2.5"]
        {
            let value: Seconds = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn amounts_in_words() {
        for (text, millis) in [
            ("16", 16_000),
            ("0.5", 500),
            ("512MiB", 512 * 1024 * 1024 * 1000),
            ("2G", 2 * 1024 * 1024 * 1024 * 1000),
            ("1k", 1_000_000),
            ("1 GB", 1_000_000_000_000),
            ("0.0001", 1),
        ] {
            assert_eq!(parse_amount(text).map(Amount::as_millis), Ok(millis), "{text}");
        }
        for text in ["", "-1", "1X", "many", "nan", "1e300"] {
            assert!(parse_amount(text).is_err(), "{text}");
        }
    }
}
