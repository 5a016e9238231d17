//! The command line as it was meant.

use super::args::{Args, EventOutput, OnFailureArg};
use crate::fail::Fail;
use crate::flags::{Color, Events, FailIf, SkipBad, Verbose};
use engine::{Halt, HaltLimit, HaltOn, HaltWhen};
use record::{Amount, Seconds, status};
use regex::bytes::Regex;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

/// How output of lines is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// An operation's output is printed when it has ended.
    Whole,
    /// The same, in the order of the input.
    Ordered,
    /// The commands write themselves.
    None,
}

/// What is read from where.
#[derive(Debug)]
pub enum Feed {
    /// Words after `:::`; several lists are combined.
    Words(Vec<Vec<OsString>>),
    /// Lines of a file; `None` is standard input.
    Lines(Option<PathBuf>),
    /// Operations of a file; `None` is standard input.
    Ops(Option<PathBuf>),
    /// Standard input, whose first bytes tell.
    Guess,
}

/// Everything that was asked for.
#[derive(Debug)]
pub struct Settings {
    pub jobs: Option<u32>,
    pub feed: Feed,
    pub template: Vec<OsString>,
    pub grouping: Grouping,
    pub tag: bool,
    pub dry_run: bool,
    pub separator: u8,
    pub stream: bool,
    pub skip_bad: bool,
    pub allow_empty: bool,
    pub resources: BTreeMap<String, Amount>,
    pub retries: u32,
    pub retry_delay: Option<Seconds>,
    pub timeout: Option<Seconds>,
    pub total_timeout: Option<Seconds>,
    pub grace: Seconds,
    pub halt: Option<Halt>,
    pub rollback: bool,
    pub fail_if: Option<Regex>,
    pub ok_if: Option<Regex>,
    pub allow_strays: bool,
    pub events: Option<PathBuf>,
    pub event_output: EventOutput,
    pub joblog: Option<PathBuf>,
    pub run_dir: Option<PathBuf>,
    pub chdir: Option<PathBuf>,
    pub env: Vec<Vec<u8>>,
    pub shell: Option<PathBuf>,
    pub lock_dir: Option<PathBuf>,
    pub keep_fds: Vec<i32>,
    pub max_line: usize,
    pub progress: bool,
    pub verbose: bool,
    pub quiet: bool,
    pub color: Color,
}

impl Settings {
    /// Reads meaning into the words.
    ///
    /// # Errors
    /// A value that means nothing, with what would.
    // tidy: a table
    pub fn from_args(args: Args) -> Result<Self, Fail> {
        // destructured without `..`: a flag that is not wired does not compile
        let Args {
            jobs,
            keep_order,
            tag,
            ungroup,
            dry_run,
            arg_file,
            null,
            ops,
            lines,
            stream,
            skip_bad: SkipBad { skip_bad },
            allow_empty,
            resource,
            retries,
            retry_delay,
            timeout,
            total_timeout,
            grace,
            on_failure,
            halt,
            fail_if: FailIf { fail_if },
            ok_if,
            allow_strays,
            events: Events { events },
            event_output,
            joblog,
            run_dir,
            chdir,
            env,
            shell,
            lock_dir,
            keep_fd,
            max_line,
            progress,
            verbose: Verbose { verbose },
            quiet,
            color,
            command,
        } = args;
        let (template, words) = split_command(command)?;
        let halt = match (halt, on_failure) {
            (Some(text), _) => parse_halt(&text)?,
            (None, Some(what)) => halt_of(what),
            (None, None) => None,
        };
        Ok(Settings {
            jobs: jobs.as_deref().map(parse_jobs).transpose()?,
            feed: choose_feed(words, arg_file, ops, (lines || null, !template.is_empty()))?,
            template,
            grouping: match (ungroup, keep_order) {
                (true, _) => Grouping::None,
                (false, true) => Grouping::Ordered,
                (false, false) => Grouping::Whole,
            },
            tag,
            dry_run,
            separator: if null { 0 } else { b'\n' },
            stream,
            skip_bad,
            allow_empty,
            resources: resource.iter().map(|r| parse_resource(r)).collect::<Result<_, _>>()?,
            // the command line counts tries, an operation repetitions
            retries: retries.unwrap_or(1).saturating_sub(1),
            retry_delay,
            timeout,
            total_timeout,
            grace,
            halt,
            rollback: on_failure == Some(OnFailureArg::Rollback),
            fail_if: fail_if.as_deref().map(|r| parse_regex("--fail-if", r)).transpose()?,
            ok_if: ok_if.as_deref().map(|r| parse_regex("--ok-if", r)).transpose()?,
            allow_strays,
            events,
            event_output,
            joblog,
            run_dir,
            chdir,
            env: env.into_iter().map(parse_env).collect::<Result<_, _>>()?,
            shell,
            lock_dir,
            keep_fds: keep_fd,
            max_line: parse_size("--max-line", &max_line)?,
            progress,
            verbose,
            quiet,
            color,
        })
    }
}

fn wrong(message: impl Into<String>) -> Fail {
    Fail::new(status::LOST, message)
}

/// The command, and the lists of words after `:::`.
#[expect(clippy::type_complexity, reason = "two parts of one command line, named at once")]
fn split_command(
    command: Vec<OsString>,
) -> Result<(Vec<OsString>, Option<Vec<Vec<OsString>>>), Fail> {
    let mut lists: Vec<Vec<OsString>> = Vec::new();
    let mut template = Vec::new();
    for word in command {
        match word.as_bytes() {
            b":::" => lists.push(Vec::new()),
            b"::::" | b":::+" | b"::::+" => {
                let word = word.display();
                return Err(wrong(format!(
                    "{word} is not taken yet; use :::, -a FILE or standard input"
                )));
            }
            _ => match lists.last_mut() {
                Some(list) => list.push(word),
                None => template.push(word),
            },
        }
    }
    Ok((template, (!lists.is_empty()).then_some(lists)))
}

fn choose_feed(
    words: Option<Vec<Vec<OsString>>>,
    arg_file: Option<PathBuf>,
    ops: Option<PathBuf>,
    (lines, has_command): (bool, bool),
) -> Result<Feed, Fail> {
    let file = |path: PathBuf| (path.as_os_str() != "-").then_some(path);
    match (words, arg_file, ops) {
        (Some(_), Some(_), _) => Err(wrong("give arguments either with ::: or with -a, not both")),
        (Some(_), _, Some(_)) => Err(wrong("--ops reads operations; it takes no ::: arguments")),
        (Some(lists), None, None) => Ok(Feed::Words(lists)),
        (None, Some(path), _) => Ok(Feed::Lines(file(path))),
        (None, None, Some(path)) if !has_command => Ok(Feed::Ops(file(path))),
        (None, None, Some(_)) => Err(wrong("--ops reads operations; it takes no command")),
        (None, None, None) if lines || has_command => Ok(Feed::Lines(None)),
        (None, None, None) => Ok(Feed::Guess),
    }
}

/// `-j`: N, N%, +N, -N, 0.
fn parse_jobs(text: &str) -> Result<u32, Fail> {
    let cpus = cpus();
    let bad = || wrong(format!("-j {text}: write N, N%, +N, -N, or 0 for no limit"));
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

/// CPUs allowed by affinity and by the cgroup's quota.
pub fn cpus() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX))
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

fn parse_regex(flag: &str, text: &str) -> Result<Regex, Fail> {
    Regex::new(text).map_err(|e| {
        let why = e.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_string();
        wrong(format!("{flag} {text}: {why}"))
    })
}

fn parse_env(entry: OsString) -> Result<Vec<u8>, Fail> {
    let bytes = entry.into_vec();
    match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) if at > 0 => Ok(bytes),
        _ => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Err(wrong(format!("--env {text}: write NAME=VALUE")))
        }
    }
}

fn parse_size(flag: &str, text: &str) -> Result<usize, Fail> {
    let amount = record::parse_amount(text).map_err(|e| wrong(format!("{flag}: {e}")))?;
    usize::try_from(amount.as_millis() / 1000).map_err(|_| wrong(format!("{flag}: too large")))
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
