//! When each operation may start, beyond a slot.

use super::frequency::Frequency;
use super::{Feed, parse_regex, parse_time, wrong};
use crate::fail::Fail;
use crate::flags::Budget;
use crate::run::args::AdmissionArgs;
use engine::{Again, Pace, PriorityRule, Rate, Scope};
use record::{Amount, Seconds};
use regex::bytes::Regex;
use std::collections::BTreeMap;

/// What a command that was sent away usually writes: an HTTP header, or words like it.
const RETRY_AFTER: &str = r"(?i)retry[-_ ]after[^0-9]{0,4}([0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)?)\b";

/// What was asked for.
#[derive(Debug, Default)]
pub struct Admission {
    /// Least time between two starts.
    pub delay: Option<Seconds>,
    /// The weight of a job, with replacement strings.
    pub weight: Option<String>,
    /// Its key.
    pub key: Option<String>,
    /// The limits of keys and rates.
    pub rules: engine::Admission,
    /// When to come again, in the output of an attempt that failed: the first group.
    pub retry_after: Option<Regex>,
    /// What is used up.
    pub budget: BTreeMap<String, Amount>,
    pub priorities: Option<PriorityRule>,
    pub again: Again,
    /// CPUs for each attempt.
    pub pin: Option<u32>,
    /// Say why what waits does; of the flag that explains the slots, too.
    pub explain: bool,
}

/// Reads meaning into the flags.
///
/// # Errors
/// A value that means nothing, with what would.
pub fn admission(args: AdmissionArgs) -> Result<Admission, Fail> {
    let AdmissionArgs {
        delay,
        weight,
        key,
        key_limit,
        rate,
        quota,
        retry_after,
        queue,
        budget: Budget { budget },
        priority_rule,
        retry_first,
        pin,
    } = args;
    let mut rules = engine::Admission { queue, ..engine::Admission::default() };
    for text in &key_limit {
        match parse_key_limit(text)? {
            (None, limit) => rules.key_limit = Some(limit),
            (Some(name), limit) => drop(rules.key_limits.insert(name, limit)),
        }
    }
    for text in &rate {
        rules.rates.push(parse_rate(text, Kind::Rate)?);
    }
    for text in &quota {
        rules.rates.push(parse_rate(text, Kind::Quota)?);
    }
    if pin == Some(0) {
        return Err(wrong("--pin=0: write how many CPUs each job gets, such as --pin=2"));
    }
    if key.is_some() && rules == (engine::Admission { queue, ..engine::Admission::default() }) {
        return Err(wrong(
            "--key limits nothing by itself: add --key-limit N, --rate key:N/s or --quota key:N/h",
        ));
    }
    Ok(Admission {
        delay: delay.as_deref().map(parse_delay).transpose()?,
        weight,
        key,
        rules,
        retry_after: retry_after.as_deref().map(parse_retry_after).transpose()?,
        budget: budget.into_iter().collect(),
        priorities: priority_rule.as_deref().map(parse_rule).transpose()?,
        again: if retry_first { Again::First } else { Again::InOrder },
        pin,
        explain: false,
    })
}

/// What counts the jobs of a key needs to know it: an operation has one of its own, a line has
/// what `--key` says.
///
/// # Errors
/// Nothing says it, so that nothing would be limited.
pub fn keys_are_told(admission: &Admission, feed: &Feed) -> Result<(), Fail> {
    let rules = &admission.rules;
    let counts = rules.key_limit.is_some()
        || !rules.key_limits.is_empty()
        || rules.rates.iter().any(|(scope, _)| *scope != Scope::Run);
    if counts && admission.key.is_none() && matches!(feed, Feed::Lines(_)) {
        return Err(wrong(
            "--key-limit, --rate key:N/s and --quota NAME=N/h count the jobs of a key, and lines have \
             none: add --key, such as --key '{1}'",
        ));
    }
    Ok(())
}

fn parse_delay(text: &str) -> Result<Seconds, Fail> {
    if text.ends_with("auto") {
        return Err(wrong(format!(
            "--delay {text}: the pause does not change by itself; write it without auto, and \
             --retries N for what fails when many start at once"
        )));
    }
    parse_time("--delay", text)
}

/// `--weight`, when it is filled: parts of a slot, in words or in figures. What is simple takes
/// half a slot, so that twice as many run.
///
/// # Errors
/// It is neither.
pub fn parse_weight(text: &str) -> Result<Amount, String> {
    let millis = match text.trim().to_ascii_lowercase().as_str() {
        "low" => 500,
        "medium" => 1000,
        "high" => 2000,
        figure => {
            let weight = figure.parse().ok().filter(|w: &f64| (0.001..=1e6).contains(w));
            let bad = || {
                format!(
                    "the weight \"{text}\" is none: a number of slots from 0.001 such as 0.5, or \
                     low, medium, high (0.5, 1, 2)"
                )
            };
            (weight.ok_or_else(bad)? * 1000.0).round() as u64
        }
    };
    Ok(Amount::from_millis(millis))
}

fn parse_key_limit(text: &str) -> Result<(Option<String>, u32), Fail> {
    let (name, count) = match text.rsplit_once('=') {
        Some((name, count)) => (Some(name.to_string()).filter(|name| !name.is_empty()), count),
        None => (None, text),
    };
    let limit = count.parse().ok().filter(|limit| *limit > 0);
    limit.map(|limit| (name, limit)).ok_or_else(|| {
        wrong(format!("--key-limit {text}: write how many run at once, such as 10, or NAME=10"))
    })
}

/// `--rate` or `--quota`.
#[derive(Clone, Copy)]
enum Kind {
    Rate,
    Quota,
}

/// `[key:|NAME=]N/TIME[,BURST]`.
fn parse_rate(text: &str, kind: Kind) -> Result<(Scope, Rate), Fail> {
    let flag = match kind {
        Kind::Rate => "--rate",
        Kind::Quota => "--quota",
    };
    let bad = || {
        wrong(format!(
            "{flag} {text}: write starts and a time such as 10/s, 600/m or 5/10s; for each key \
             key:10/s, for the key NAME alone NAME=10/s"
        ))
    };
    let (scope, figures) = match (text.strip_prefix("key:"), text.rsplit_once('=')) {
        (Some(rest), _) => (Scope::EachKey, rest),
        (None, Some((name, rest))) if !name.is_empty() => (Scope::Key(name.to_string()), rest),
        (None, Some(_)) => return Err(bad()),
        (None, None) => (Scope::Run, text),
    };
    let (figures, burst) = match (kind, figures.split_once(',')) {
        (Kind::Rate, Some((figures, burst))) => {
            (figures, burst.parse().ok().filter(|burst| *burst > 0).ok_or_else(bad)?)
        }
        _ => (figures, 1),
    };
    let frequency = Frequency::parse(figures).ok_or_else(bad)?;
    let rate = match (kind, frequency.whole()) {
        (Kind::Rate, Some(starts)) => {
            Rate { pace: Pace::Even { burst }, starts, period: frequency.period }
        }
        (Kind::Rate, None) => {
            let between = 1.0 / frequency.per_second();
            let between =
                Some(between).filter(|time| (1e-6..1e9).contains(time)).ok_or_else(bad)?;
            Rate { pace: Pace::Even { burst }, starts: 1, period: Seconds::from_f64(between) }
        }
        (Kind::Quota, starts) => {
            Rate { pace: Pace::Window, starts: starts.ok_or_else(bad)?, period: frequency.period }
        }
    };
    Ok((scope, rate))
}

fn parse_retry_after(text: &str) -> Result<Regex, Fail> {
    let regex = parse_regex("--retry-after", if text.is_empty() { RETRY_AFTER } else { text })?;
    if regex.captures_len() < 2 {
        return Err(wrong(format!(
            "--retry-after={text}: put the time into parentheses, such as 'wait ([0-9]+)'"
        )));
    }
    Ok(regex)
}

/// `tail=A,fails=B,fit=C`: what is not named keeps its own.
fn parse_rule(text: &str) -> Result<PriorityRule, Fail> {
    let bad = || {
        wrong(format!(
            "--priority-rule={text}: write weights such as tail=1,fails=-60,fit=0 (a second of \
             path, a failed attempt, all of what there is)"
        ))
    };
    let mut rule = PriorityRule::default();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (name, weight) = part.split_once('=').ok_or_else(bad)?;
        let weight = weight.parse().ok().filter(|w: &f64| w.is_finite()).ok_or_else(bad)?;
        match name {
            "tail" => rule.tail = weight,
            "fails" => rule.fails = weight,
            "fit" => rule.fit = weight,
            _ => return Err(bad()),
        }
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_in_the_forms_of_gnu_parallel() {
        assert_eq!(parse_delay("100ms").unwrap(), Seconds::from_micros(100_000));
        for text in ["", "-1", "5x", "2auto", "-3%", "x%"] {
            assert!(parse_delay(text).is_err(), "{text}");
        }
        assert!(parse_delay("2auto").unwrap_err().message.contains("by itself"));
    }

    #[test]
    fn rates_and_quotas_and_whose_they_are() {
        let rate = |text| parse_rate(text, Kind::Rate).unwrap();
        let even = |starts, micros, burst| Rate {
            pace: Pace::Even { burst },
            starts,
            period: Seconds::from_micros(micros),
        };
        assert_eq!(rate("10/s"), (Scope::Run, even(10, 1_000_000, 1)));
        assert_eq!(rate("5/250ms,3"), (Scope::Run, even(5, 250_000, 3)));
        assert_eq!(rate("key:1/m"), (Scope::EachKey, even(1, 60_000_000, 1)));
        let (scope, quota) = parse_rate("a=b=1000/h", Kind::Quota).unwrap();
        assert_eq!(
            (scope, quota.pace, quota.starts),
            (Scope::Key("a=b".into()), Pace::Window, 1000)
        );
        assert_eq!(rate("0.25/s"), (Scope::Run, even(1, 4_000_000, 1)));
        for text in ["10", "=1/s", "1/s,0", "1/s,x", "key:", "1e-300/s", "1e300/s", "1e10/s"] {
            assert!(parse_rate(text, Kind::Rate).is_err(), "{text}");
        }
        for text in ["1/s,2", "1.5/h", "a=1"] {
            assert!(parse_rate(text, Kind::Quota).is_err(), "{text}: no burst, whole starts");
        }
    }

    #[test]
    fn weights_in_words_and_figures() {
        let weight = |text| parse_weight(text).map(Amount::as_millis);
        assert_eq!(
            [weight("low"), weight("Medium"), weight("HIGH")],
            [Ok(500), Ok(1000), Ok(2000)]
        );
        assert_eq!([weight("0.25"), weight(" 3 ")], [Ok(250), Ok(3000)]);
        for text in ["", "0", "-1", "x", "nan", "1e9"] {
            assert!(weight(text).is_err(), "{text}");
        }
    }

    #[test]
    fn when_to_come_again_is_found() {
        let regex = parse_retry_after("").unwrap();
        let found = |line: &str| {
            let found = regex.captures(line.as_bytes())?.get(1)?;
            Some(String::from_utf8_lossy(found.as_bytes()).into_owned())
        };
        assert_eq!(found("< Retry-After: 120\r").as_deref(), Some("120"));
        assert_eq!(found("error: 429, retry after 2.5s").as_deref(), Some("2.5s"));
        assert_eq!(found("\"retry_after\": 7}").as_deref(), Some("7"));
        assert_eq!(found("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"), None, "a date is no time");
        assert!(parse_retry_after("wait").is_err() && parse_retry_after("(").is_err());
    }

    #[test]
    fn rules_of_priority() {
        let rule = parse_rule("fails=-1,fit=2.5").unwrap();
        assert_eq!((rule.tail, rule.fails, rule.fit), (1.0, -1.0, 2.5));
        for text in ["tail", "x=1", "tail=x", "tail=inf"] {
            assert!(parse_rule(text).is_err(), "{text}");
        }
    }
}
