//! How many at once.

mod auto;
mod kinds;

use super::{cpus, wrong};
use crate::fail::Fail;
use crate::run::args::{AdaptArgs, JobsArgs};
use crate::run::limits::{self, Measured};
use crate::run::name::Called;
use engine::adapt::AdaptRules;
use engine::{Formula, Kind, KindLimits, WorkClass};
use std::path::{Path, PathBuf};

/// The number of slots.
#[derive(Clone, Debug, PartialEq)]
pub enum Jobs {
    Count(u32),
    /// A file that says so, read again when a job has ended; what it said first.
    File(PathBuf, u32),
    /// As many as are found best while it runs.
    Auto(AdaptRules),
    /// So many of those that compute, and of those that wait.
    Kinds(KindLimits),
}

impl Jobs {
    /// At the beginning.
    pub fn count(&self) -> u32 {
        match self {
            Jobs::Count(count) | Jobs::File(_, count) => *count,
            Jobs::Auto(rules) => crate::run::adapt::first_level(rules),
            Jobs::Kinds(limits) => limits.all(),
        }
    }
}

impl Jobs {
    /// At any time.
    pub fn most(&self) -> u32 {
        match self {
            Jobs::Auto(rules) => rules.most,
            other => other.count(),
        }
    }

    /// The limits of two kinds, where they have any.
    pub fn kinds(&self) -> Option<KindLimits> {
        match self {
            Jobs::Kinds(limits) => Some(*limits),
            _ => None,
        }
    }
}

/// How many at once, and how that came about.
#[derive(Debug, Default)]
pub struct Asked {
    pub jobs: Option<Jobs>,
    /// A line each; none where a number was given.
    pub explained: Vec<String>,
}

/// `-j` and what it is multiplied with.
///
/// # Errors
/// It means nothing, with what would.
pub fn jobs(
    (args, adapt): (&JobsArgs, &AdaptArgs),
    called: Called,
    measured: &Measured,
) -> Result<Asked, Fail> {
    let mut asked = Asked::default();
    let factor = match args.load_factor.as_deref() {
        None => None,
        Some(text) => Some(factor_of(text, measured, &mut asked.explained)?),
    };
    let manner = auto::manner(adapt, args.jobs.as_deref())?;
    asked.jobs = match (args.jobs.as_deref(), called) {
        (Some(text), _) if auto::is_auto(text) => Some(auto::parse(text, manner)?),
        (Some(text), _) => Some(jobs_of(text, (factor, measured), &mut asked.explained)?),
        // xargs runs one after the other where nothing is said
        (None, Called::Xargs) => Some(Jobs::Count(1)),
        (None, _) => factor.map(|factor| Jobs::Count(part_of(cpus(), factor))),
    };
    asked.explained.extend(asked.jobs.as_ref().and_then(begins));
    Ok(asked)
}

/// What a run begins with where that changes while it runs, or is more than one number.
fn begins(jobs: &Jobs) -> Option<String> {
    match jobs {
        Jobs::Auto(rules) => Some(format!(
            "-j auto: begins with {} slots ({} CPUs x 1.5), from {} to {}",
            jobs.count(),
            rules.cpus,
            rules.least,
            rules.most
        )),
        Jobs::Kinds(limits) => Some(format!(
            "-j cpu={},wait={}: so many that compute, and beside them so many that wait",
            shown(limits.cpu),
            shown(limits.wait)
        )),
        Jobs::Count(_) | Jobs::File(..) => None,
    }
}

/// Slots as `-j` takes them.
fn shown(slots: u32) -> u32 {
    if slots == u32::MAX { 0 } else { slots }
}

/// `--load-factor`: what part of the slots is ours.
fn factor_of(text: &str, measured: &Measured, explained: &mut Vec<String>) -> Result<f64, Fail> {
    if text == "auto" {
        let load = measured.load();
        let percent = |share: Option<f64>| share.map_or(f64::NAN, |share| share * 100.0);
        let factor = load.factor();
        explained.push(format!(
            "load factor {factor}: others keep {:.1} % of the CPUs busy, {:.1} % of the memory is used",
            percent(load.cpu),
            percent(load.memory)
        ));
        return Ok(factor);
    }
    let factor = text.parse().ok().filter(|part: &f64| *part > 0.0 && *part <= 1.0);
    factor.ok_or_else(|| {
        wrong(format!("--load-factor {text}: write a number above 0 and at most 1, or auto"))
    })
}

/// At least one, and no limit stays none.
fn part_of(slots: u32, factor: f64) -> u32 {
    match slots {
        u32::MAX => u32::MAX,
        slots => ((f64::from(slots) * factor).ceil() as u32).max(1),
    }
}

/// `-j`: a number in one of its forms, a kind of work, a file, or else a formula.
fn jobs_of(
    text: &str,
    (factor, measured): (Option<f64>, &Measured),
    explained: &mut Vec<String>,
) -> Result<Jobs, Fail> {
    let part = |slots| factor.map_or(slots, |factor| part_of(slots, factor));
    if let Some(class) = WorkClass::of_word(text) {
        let reckoned = limits::of_class(class, cpus(), factor.unwrap_or(1.0));
        explained.extend(reckoned.explained);
        return Ok(Jobs::Count(reckoned.slots));
    }
    if let Some(parts) = kinds::parts(text)? {
        let mut places = |kind: Kind| match parts.of(kind) {
            Some(part) => jobs_of(part, (factor, measured), explained).map(|jobs| jobs.count()),
            None => Ok(kinds::default(kind)),
        };
        let limits = KindLimits { cpu: places(Kind::Cpu)?, wait: places(Kind::Wait)? };
        return Ok(Jobs::Kinds(limits));
    }
    let bad = match parse_jobs(text) {
        Ok(count) => return Ok(Jobs::Count(part(count))),
        Err(bad) => bad,
    };
    if Path::new(text).is_file() {
        let path = PathBuf::from(text);
        let count = jobs_of_file(&path)?;
        return Ok(Jobs::File(path, count));
    }
    match Formula::parse(text) {
        Ok(formula) => {
            let reckoned = limits::of_formula(&formula, measured)?;
            explained.extend(reckoned.explained);
            Ok(Jobs::Count(part(reckoned.slots)))
        }
        // one word, or no letter at all, was not meant as one
        Err(error) if text.contains(['(', '*', '/']) => Err(wrong(format!("-j '{text}': {error}"))),
        Err(_) => Err(bad),
    }
}

/// What a profile's option comes to while a run lasts.
///
/// # Errors
/// It means nothing, with what would.
pub fn slots_of(text: &str) -> Result<u32, Fail> {
    jobs_of(text, (None, &Measured::default()), &mut Vec::new()).map(|jobs| jobs.count())
}

/// What a file says for `-j`.
///
/// # Errors
/// It cannot be read, or says something else.
pub fn jobs_of_file(path: &Path) -> Result<u32, Fail> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Fail::io(record::status::LOST, format!("-j {}", path.display()), &e))?;
    parse_jobs(text.trim()).map_err(|bad| wrong(format!("{}: {}", path.display(), bad.message)))
}

/// `-j`: N, N%, +N, -N, 0.
pub fn parse_jobs(text: &str) -> Result<u32, Fail> {
    let cpus = cpus();
    let bad = || {
        wrong(format!(
            "-j {text}: write N, N%, +N, -N, 0 for no limit, cpu, io, net, mixed or auto, a formula \
             such as 'min(2*cpu, mem/512M)', or a file that says so"
        ))
    };
    let number = |digits: &str| digits.parse::<u32>().map_err(|_| bad());
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.parse().map_err(|_| bad())?;
        if !percent.is_finite() || percent < 0.0 {
            return Err(bad());
        }
        return Ok(((f64::from(cpus) * percent / 100.0).ceil() as u32).max(1));
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
    fn kinds_of_work_formulas_and_parts_of_them() {
        let asked = |jobs: &str, factor: Option<&str>| {
            let args = JobsArgs {
                jobs: Some(jobs.to_string()),
                load_factor: factor.map(str::to_string),
                explain: false,
                show_limits: None,
            };
            super::jobs((&args, &AdaptArgs::default()), Called::Pgrun, &Measured::default())
                .map(|asked| asked.jobs)
        };
        let count = |jobs, factor| match asked(jobs, factor).unwrap() {
            Some(Jobs::Count(count)) => count,
            other => panic!("{other:?}"),
        };
        let cpus = cpus();
        assert_eq!(count("io", None), (2 * cpus).min(32));
        assert_eq!(count("net", Some("0.5")), (3 * cpus).div_ceil(2).min(32));
        assert_eq!(count("2*3", None), 6);
        assert_eq!(count("max(5, 2)", Some("0.5")), 3);
        assert_eq!(count("9", Some("0.3")), 3);
        assert_eq!(count("0", Some("0.3")), u32::MAX, "no limit stays none");
        let kinds = |jobs, factor| asked(jobs, factor).unwrap().and_then(|jobs| jobs.kinds());
        assert_eq!(kinds("cpu=3,wait=0", None), Some(KindLimits { cpu: 3, wait: u32::MAX }));
        assert_eq!(kinds("wait=2*8", None), Some(KindLimits { cpu: cpus, wait: 16 }));
        assert_eq!(kinds("cpu=8,wait=16", Some("0.5")), Some(KindLimits { cpu: 4, wait: 8 }));
        let begins = |jobs| begins(&asked(jobs, None).unwrap().unwrap()).unwrap();
        assert!(begins("cpu=3,wait=0").starts_with("-j cpu=3,wait=0: so many that compute"));
        assert!(begins("auto:2..9").ends_with("from 2 to 9"));
        let message = |jobs, factor| asked(jobs, factor).unwrap_err().message;
        assert!(message("min(2*cpu", None).contains("character 10: a , or ) is missing"));
        assert!(message("cup", None).starts_with("-j cup: write N,"));
        assert!(message("4", Some("2")).starts_with("--load-factor 2: write a number above 0"));
        assert!(message("4", Some("nan")).starts_with("--load-factor nan"));
    }
}
