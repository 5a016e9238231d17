//! Times as files of figures write them.

/// Seconds since the epoch of a time that is written as a number of seconds or as
/// `2014-04-10 07:15:00`, with a T, a fraction, Z or an offset where one likes; a date alone is
/// its midnight. Without an offset it is UTC.
pub fn timestamp(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    let date = text.get(..10)?;
    let rest = text.get(10..)?;
    let mut parts = date.splitn(3, ['-', '/']);
    let mut number = || parts.next().and_then(digits);
    let (year, month, day) = (number()?, number()?, number()?);
    if !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) {
        return None;
    }
    let midnight = days(year, month, day) as f64 * 86_400.0;
    let rest = rest.trim_start_matches(['T', 't', ' ']);
    if rest.is_empty() {
        return Some(midnight);
    }
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
        None => (rest, 0.0),
        Some(at) => (&rest[..at], offset(&rest[at..])?),
    };
    Some(midnight + of_day(clock.trim_end())? - offset)
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Seconds of `07:15:00.25` or `07:15`.
fn of_day(clock: &str) -> Option<f64> {
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (parts.next().and_then(digits)?, parts.next().and_then(digits)?);
    let second = match parts.next() {
        None => 0.0,
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
    };
    let fits = hour < 24 && minute < 60 && (0.0..61.0).contains(&second);
    fits.then_some(hour as f64 * 3600.0 + minute as f64 * 60.0 + second)
}

/// Seconds of `Z`, `+02:00` or `-0530`.
fn offset(text: &str) -> Option<f64> {
    let (sign, rest) = match text.split_at(1) {
        ("Z" | "z", "") => return Some(0.0),
        ("+", rest) => (1.0, rest),
        ("-", rest) => (-1.0, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60) as f64)
}

/// Days from the epoch to a day of the Gregorian calendar (Hinnant 2014, days_from_civil).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}
