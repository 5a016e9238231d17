//! How many at once, when, how long, and what a failure does.

use super::{parse_time, wrong};
use crate::fail::Fail;
use crate::flags::{FailIf, Resources};
use crate::run::args::{ControlArgs, DispatchArg, JobserverStyle, OnFailureArg, OnHup};
use crate::run::name::Called;
use engine::{Fallback, Halt, HaltLimit, HaltOn, HaltWhen, TermSeq, Timeout};
use record::{Amount, Seconds};
use regex::bytes::Regex;
use std::collections::BTreeMap;

/// From TERM to KILL, but for GNU parallel's names.
const GRACE: Seconds = Seconds::from_secs(5);

/// make's jobserver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jobserver {
    /// Take tokens from the make above, where there is one.
    #[default]
    Default,
    /// Be one for what runs below.
    Serve(Option<JobserverStyle>),
    /// Neither.
    Ignore,
}

/// What was asked for.
#[derive(Debug, Default)]
pub struct Control {
    pub resources: BTreeMap<String, Amount>,
    /// Repetitions after the first try.
    pub retries: u32,
    pub retry_delay: Option<Seconds>,
    pub timeout: Option<Timeout>,
    /// An attempt that writes nothing for so long is ended.
    pub stall: Option<Seconds>,
    /// It is told so often.
    pub heartbeat: Option<Seconds>,
    pub total_timeout: Option<Seconds>,
    /// How attempts are ended.
    pub termseq: TermSeq,
    pub halt: Option<Halt>,
    pub rollback: bool,
    /// Who starts next.
    pub dispatch: DispatchArg,
    /// What follows on a failure where there are several modes.
    pub fallback: Fallback,
    pub nice: Option<i32>,
    pub fail_if: Option<Regex>,
    pub ok_if: Option<Regex>,
    pub allow_strays: bool,
    pub on_hup: OnHup,
    pub jobserver: Jobserver,
    pub interactive: bool,
}

/// A silence that is measured must last.
fn positive(flag: &str, time: Option<Seconds>) -> Result<Option<Seconds>, Fail> {
    match time {
        Some(time) if time <= Seconds::ZERO => {
            Err(wrong(format!("{flag} 0: write a time such as 60s")))
        }
        time => Ok(time),
    }
}

/// Reads meaning into the flags.
///
/// # Errors
/// A value that means nothing, with what would.
// tidy: a table
pub fn control(args: ControlArgs, called: Called) -> Result<Control, Fail> {
    let ControlArgs {
        resources: Resources { resource },
        retries,
        retry_delay,
        timeout,
        stall,
        heartbeat,
        total_timeout,
        grace,
        term_seq,
        kill_signal,
        on_failure,
        fallback,
        dispatch,
        halt,
        nice,
        fail_if: FailIf { fail_if },
        ok_if,
        allow_strays,
        on_hup,
        jobserver,
        jobserver_style,
        no_jobserver,
        interactive,
    } = args;
    let halt = match (halt, on_failure) {
        (Some(text), _) => parse_halt(&text)?,
        (None, Some(what)) => halt_of(what),
        (None, None) if called == Called::Xargs => Some(Halt::xargs()),
        (None, None) => None,
    };
    Ok(Control {
        resources: resource.into_iter().collect(),
        retries: repetitions(retries, called),
        retry_delay,
        timeout: timeout.as_deref().map(parse_timeout).transpose()?,
        stall: positive("--stall", stall)?,
        heartbeat: positive("--heartbeat", heartbeat)?,
        total_timeout,
        termseq: match (term_seq, kill_signal, grace) {
            (Some(text), ..) => parse_term_seq(&text)?,
            (None, None, None) if called.is_gnu() => TermSeq::parallel(),
            (None, signal, grace) => {
                let signal = signal.as_deref().unwrap_or("TERM");
                TermSeq::graceful(parse_signal("--kill-signal", signal)?, grace.unwrap_or(GRACE))
            }
        },
        halt,
        rollback: on_failure == Some(OnFailureArg::Rollback),
        dispatch,
        fallback: if fallback { Fallback::Next } else { Fallback::None },
        nice,
        fail_if: fail_if.as_deref().map(|r| super::parse_regex("--fail-if", r)).transpose()?,
        ok_if: ok_if.as_deref().map(|r| super::parse_regex("--ok-if", r)).transpose()?,
        allow_strays,
        on_hup,
        jobserver: match (jobserver, no_jobserver) {
            (true, _) => Jobserver::Serve(jobserver_style),
            (false, true) => Jobserver::Ignore,
            (false, false) => Jobserver::Default,
        },
        interactive,
    })
}

/// The command line counts tries, an operation repetitions. Under GNU parallel's
/// names 0 is no end of them.
fn repetitions(tries: Option<u32>, called: Called) -> u32 {
    match tries {
        Some(0) if called.is_gnu() => u32::MAX,
        tries => tries.unwrap_or(1).saturating_sub(1),
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

fn parse_signal(flag: &str, name: &str) -> Result<i32, Fail> {
    sys::signal::number(name).filter(|number| *number > 0).ok_or_else(|| {
        wrong(format!("{flag} {name}: no such signal; write a name such as INT, or a number"))
    })
}

/// `--termseq`: signals, each with the milliseconds it is given.
fn parse_term_seq(text: &str) -> Result<TermSeq, Fail> {
    let words: Vec<&str> = text.split(',').collect();
    let step = |pair: &[&str]| {
        let signal = parse_signal("--term-seq", pair[0])?;
        let millis = pair.get(1).map_or(Ok(0), |word| word.parse::<u32>()).map_err(|_| {
            wrong(format!(
                "--term-seq {text}: write signals and milliseconds in turn, such as \
                 TERM,200,TERM,100,TERM,50,KILL,25"
            ))
        })?;
        Ok((signal, Seconds::from_micros(i64::from(millis) * 1000)))
    };
    Ok(TermSeq::new(words.chunks(2).map(step).collect::<Result<_, Fail>>()?))
}

fn halt_of(what: OnFailureArg) -> Option<Halt> {
    match what {
        OnFailureArg::Continue => None,
        OnFailureArg::Stop => Some(Halt::first_failure(HaltWhen::Now)),
        OnFailureArg::Finish | OnFailureArg::Rollback => Some(Halt::first_failure(HaltWhen::Soon)),
    }
}

/// `--halt`: never, or soon|now,fail|success|done=N|N%; also GNU parallel's older
/// 0, 1, 2, -1, -2 and N%.
fn parse_halt(text: &str) -> Result<Option<Halt>, Fail> {
    let bad =
        || wrong(format!("--halt {text}: write never, or such as now,fail=1 or soon,fail=30%"));
    let long = match text {
        "0" => "never",
        "1" => "soon,fail=1",
        "2" => "now,fail=1",
        "-1" => "soon,success=1",
        "-2" => "now,success=1",
        text => text,
    };
    let share = long.strip_suffix('%').filter(|digits| digits.parse::<f64>().is_ok());
    let long = share.map_or(long.to_string(), |digits| format!("soon,fail={digits}%"));
    let mut words = long.split([',', '=']);
    let when = match words.next() {
        Some("never") => return Ok(None),
        Some("soon") => HaltWhen::Soon,
        Some("now") => HaltWhen::Now,
        _ => return Err(bad()),
    };
    let on = match words.next() {
        Some("fail") => HaltOn::Fail,
        Some("success") => HaltOn::Success,
        Some("done") => HaltOn::Done,
        _ => return Err(bad()),
    };
    let limit = words.next().filter(|_| words.next().is_none()).ok_or_else(bad)?;
    let limit = match limit.strip_suffix('%') {
        Some(percent) => percent.parse().ok().filter(|p| *p > 0.0).map(HaltLimit::Percent),
        None => limit.parse().ok().filter(|count| *count > 0).map(HaltLimit::Count),
    };
    Ok(Some(Halt { when, on, limit: limit.ok_or_else(bad)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halt_in_all_forms() {
        assert_eq!(parse_halt("never").unwrap(), None);
        let rule = parse_halt("soon,success=20%").unwrap().unwrap();
        assert_eq!((rule.when, rule.on), (HaltWhen::Soon, HaltOn::Success));
        assert_eq!(rule.limit, HaltLimit::Percent(20.0));
        for text in [
            "",
            "now",
            "soon",
            "now,fail",
            "later,fail=1",
            "now,fail=x",
            "now,luck=1",
            "3",
            "-3",
            "x",
            "now,fail=1.5",
            "soon:fail=1",
            "now,fail=1,2",
            "now,fail=0",
            "soon,fail=0%",
            "%",
        ] {
            assert!(parse_halt(text).is_err(), "{text}");
        }
        // all of these GNU parallel takes for one rule
        for text in ["2", "now,fail=1", "now=fail=1", "now,fail,1"] {
            let first = Some(Halt::first_failure(HaltWhen::Now));
            assert_eq!(parse_halt(text).unwrap(), first, "{text}");
        }
        let rule = |text| parse_halt(text).unwrap().unwrap();
        assert_eq!(rule("10%"), rule("soon,fail=10%"));
        assert_eq!(rule("-1"), rule("soon,success=1"));
        assert_eq!(rule("-2"), rule("now,success=1"));
        assert_eq!(parse_halt("0").unwrap(), None);
    }

    #[test]
    fn times_in_the_forms_of_gnu_parallel() {
        let after = |text| parse_timeout(text).unwrap();
        assert_eq!(after("1.5m"), Timeout::After(Seconds::from_secs(90)));
        assert_eq!(after("1h30m"), Timeout::After(Seconds::from_secs(5400)));
        assert_eq!(after("1d"), Timeout::After(Seconds::from_secs(86400)));
        assert_eq!(after("0.25"), Timeout::After(Seconds::from_micros(250_000)));
        assert_eq!(after("200%"), Timeout::OfMedian(200.0));
        for text in ["", "-1", "5x", "2auto", "-3%", "x%"] {
            assert!(parse_timeout(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signals_one_after_the_other() {
        let millis = |millis: i64| Seconds::from_micros(millis * 1000);
        assert_eq!(
            parse_term_seq("TERM,200,TERM,100,TERM,50,KILL,25").unwrap(),
            TermSeq::parallel()
        );
        let own = TermSeq::new(vec![(2, millis(10)), (9, millis(0))]);
        assert_eq!(parse_term_seq("INT,10,SIGKILL").unwrap(), own);
        assert_eq!(parse_term_seq("int,10,9").unwrap(), own);
        for text in ["", "NOPE,1", "TERM,x", "TERM,-1", "200,TERM", "0,1", "TERM,,KILL"] {
            assert!(parse_term_seq(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tries_are_counted_as_gnu_parallel_does_under_its_name() {
        let of = |tries| [Called::Pgrun, Called::Parallel].map(|called| repetitions(tries, called));
        assert_eq!(of(None), [0, 0]);
        assert_eq!(of(Some(3)), [2, 2]);
        assert_eq!(of(Some(0)), [0, u32::MAX]);
    }
}
