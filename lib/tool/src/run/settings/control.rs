//! How many at once, when, how long, and what a failure does.

use super::{cpus, parse_size, wrong};
use crate::fail::Fail;
use crate::flags::FailIf;
use crate::run::args::{ControlArgs, JobserverStyle, OnFailureArg};
use crate::run::name::Called;
use engine::{Halt, HaltLimit, HaltOn, HaltWhen};
use record::{Amount, Seconds};
use regex::bytes::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// From TERM to KILL under GNU parallel's names: its TERM,200,TERM,100,TERM,50,KILL.
const GNU_GRACE: Seconds = Seconds::from_micros(350_000);
/// The same under our own name.
const GRACE: Seconds = Seconds::from_secs(5);

/// The number of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jobs {
    Count(u32),
    /// A file that says so, read again when a job has ended.
    File(PathBuf),
}

/// How long an attempt may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timeout {
    After(Seconds),
    /// Percent of the median of those that ended well.
    OfMedian(f64),
}

/// make's jobserver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobserver {
    /// Take tokens from the make above, where there is one.
    Default,
    /// Be one for what runs below.
    Serve(Option<JobserverStyle>),
    /// Neither.
    Ignore,
}

/// What was asked for.
#[derive(Debug)]
pub struct Control {
    pub jobs: Option<Jobs>,
    pub resources: BTreeMap<String, Amount>,
    /// Repetitions after the first try.
    pub retries: u32,
    pub retry_delay: Option<Seconds>,
    pub timeout: Option<Timeout>,
    pub total_timeout: Option<Seconds>,
    pub grace: Seconds,
    pub term_seq: Option<String>,
    pub kill_signal: Option<String>,
    pub halt: Option<Halt>,
    pub rollback: bool,
    pub delay: Option<Seconds>,
    pub load: Option<String>,
    pub memfree: Option<u64>,
    pub noswap: bool,
    pub nice: Option<i32>,
    pub fail_if: Option<Regex>,
    pub ok_if: Option<Regex>,
    pub allow_strays: bool,
    pub jobserver: Jobserver,
    pub interactive: bool,
}

/// Reads meaning into the flags.
///
/// # Errors
/// A value that means nothing, with what would.
// tidy: a table
pub fn control(args: ControlArgs, called: Called) -> Result<Control, Fail> {
    let ControlArgs {
        jobs,
        resource,
        retries,
        retry_delay,
        timeout,
        total_timeout,
        grace,
        term_seq,
        kill_signal,
        on_failure,
        halt,
        delay,
        load,
        memfree,
        noswap,
        nice,
        fail_if: FailIf { fail_if },
        ok_if,
        allow_strays,
        jobserver,
        jobserver_style,
        no_jobserver,
        interactive,
    } = args;
    let halt = match (halt, on_failure) {
        (Some(text), _) => parse_halt(&text)?,
        (None, Some(what)) => halt_of(what),
        (None, None) => None,
    };
    Ok(Control {
        jobs: jobs.as_deref().map(jobs_of).transpose()?,
        resources: resource.iter().map(|r| parse_resource(r)).collect::<Result<_, _>>()?,
        // the command line counts tries, an operation repetitions
        retries: retries.unwrap_or(1).saturating_sub(1),
        retry_delay,
        timeout: timeout.as_deref().map(parse_timeout).transpose()?,
        total_timeout,
        grace: grace.unwrap_or(if called.is_gnu() { GNU_GRACE } else { GRACE }),
        term_seq,
        kill_signal,
        halt,
        rollback: on_failure == Some(OnFailureArg::Rollback),
        delay: delay.as_deref().map(|t| parse_time("--delay", t)).transpose()?,
        load,
        memfree: memfree.map(|t| parse_size("--memfree", &t)).transpose()?.map(|size| size as u64),
        noswap,
        nice,
        fail_if: fail_if.as_deref().map(|r| super::parse_regex("--fail-if", r)).transpose()?,
        ok_if: ok_if.as_deref().map(|r| super::parse_regex("--ok-if", r)).transpose()?,
        allow_strays,
        jobserver: match (jobserver, no_jobserver) {
            (true, _) => Jobserver::Serve(jobserver_style),
            (false, true) => Jobserver::Ignore,
            (false, false) => Jobserver::Default,
        },
        interactive,
    })
}

/// `-j`: a number in one of its forms, or else a file.
fn jobs_of(text: &str) -> Result<Jobs, Fail> {
    match parse_jobs(text) {
        Ok(count) => Ok(Jobs::Count(count)),
        Err(_) if Path::new(text).is_file() => Ok(Jobs::File(text.into())),
        Err(bad) => Err(bad),
    }
}

/// What a file says for `-j`.
///
/// # Errors
/// It cannot be read, or says something else.
pub fn jobs_of_file(path: &Path) -> Result<u32, Fail> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Fail::io(record::status::LOST, format!("-j {}", path.display()), &e))?;
    parse_jobs(text.trim())
}

/// `-j`: N, N%, +N, -N, 0.
pub fn parse_jobs(text: &str) -> Result<u32, Fail> {
    let cpus = cpus();
    let bad =
        || wrong(format!("-j {text}: write N, N%, +N, -N, 0 for no limit, or a file that says so"));
    let number = |digits: &str| digits.parse::<u32>().map_err(|_| bad());
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.parse().map_err(|_| bad())?;
        if !percent.is_finite() || percent < 0.0 {
            return Err(bad());
        }
        return Ok(((f64::from(cpus) * percent / 100.0) as u32).max(1));
    }
    if let Some(more) = text.strip_prefix('+') {
        return Ok(cpus.saturating_add(number(more)?));
    }
    if let Some(less) = text.strip_prefix('-') {
        return Ok(cpus.saturating_sub(number(less)?).max(1));
    }
    match number(text)? {
        0 => Ok(u32::MAX),
        jobs => Ok(jobs),
    }
}

fn parse_timeout(text: &str) -> Result<Timeout, Fail> {
    let Some(percent) = text.strip_suffix('%') else {
        return Ok(Timeout::After(parse_time("--timeout", text)?));
    };
    let percent = percent.parse().ok().filter(|p: &f64| p.is_finite() && *p > 0.0);
    percent.map(Timeout::OfMedian).ok_or_else(|| {
        wrong(format!("--timeout {text}: write seconds, a time such as 1m30s, or such as 200%"))
    })
}

fn parse_time(flag: &str, text: &str) -> Result<Seconds, Fail> {
    record::parse_seconds(text).map_err(|e| wrong(format!("{flag} {text}: {e}")))
}

fn parse_resource(text: &str) -> Result<(String, Amount), Fail> {
    let (name, amount) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            wrong(format!("--resource {text}: write NAME=AMOUNT, such as memory=8GiB"))
        })?;
    let amount =
        record::parse_amount(amount).map_err(|e| wrong(format!("--resource {name}: {e}")))?;
    Ok((name.to_string(), amount))
}
fn halt_of(what: OnFailureArg) -> Option<Halt> {
    match what {
        OnFailureArg::Continue => None,
        OnFailureArg::Stop => Some(Halt::first_failure(HaltWhen::Now)),
        OnFailureArg::Finish | OnFailureArg::Rollback => Some(Halt::first_failure(HaltWhen::Soon)),
    }
}

/// `--halt`: never, or soon|now,fail|success|done=N|N%; also GNU parallel's old
/// 0, 1, 2.
fn parse_halt(text: &str) -> Result<Option<Halt>, Fail> {
    let bad =
        || wrong(format!("--halt {text}: write never, or such as now,fail=1 or soon,fail=30%"));
    match text {
        "never" | "0" => return Ok(None),
        "1" => return Ok(Some(Halt::first_failure(HaltWhen::Soon))),
        "2" => return Ok(Some(Halt::first_failure(HaltWhen::Now))),
        _ => {}
    }
    let (when, rest) = text.split_once(',').ok_or_else(bad)?;
    let (on, limit) = rest.split_once('=').ok_or_else(bad)?;
    let when = match when {
        "soon" => HaltWhen::Soon,
        "now" => HaltWhen::Now,
        _ => return Err(bad()),
    };
    let on = match on {
        "fail" => HaltOn::Fail,
        "success" => HaltOn::Success,
        "done" => HaltOn::Done,
        _ => return Err(bad()),
    };
    let limit = match limit.strip_suffix('%') {
        Some(percent) => HaltLimit::Percent(percent.parse().map_err(|_| bad())?),
        None => HaltLimit::Count(limit.parse().map_err(|_| bad())?),
    };
    Ok(Some(Halt { when, on, limit }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_in_all_forms() {
        let cpus = cpus();
        assert_eq!(parse_jobs("3").unwrap(), 3);
        assert_eq!(parse_jobs("0").unwrap(), u32::MAX);
        assert_eq!(parse_jobs("+2").unwrap(), cpus + 2);
        assert_eq!(parse_jobs("-1000").unwrap(), 1);
        assert_eq!(parse_jobs("100%").unwrap(), cpus);
        assert_eq!(parse_jobs("1%").unwrap(), 1);
        for text in ["", "x", "1.5", "%", "-", "nan%", "--3"] {
            assert!(parse_jobs(text).is_err(), "{text}");
        }
    }

    #[test]
    fn halt_in_all_forms() {
        assert_eq!(parse_halt("never").unwrap(), None);
        let rule = parse_halt("soon,success=20%").unwrap().unwrap();
        assert_eq!((rule.when, rule.on), (HaltWhen::Soon, HaltOn::Success));
        assert_eq!(rule.limit, HaltLimit::Percent(20.0));
        for text in ["", "now", "now,fail", "later,fail=1", "now,fail=x", "now,luck=1"] {
            assert!(parse_halt(text).is_err(), "{text}");
        }
    }
}
