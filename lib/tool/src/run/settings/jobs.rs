//! How many at once.

use super::{cpus, wrong};
use crate::fail::Fail;
use crate::run::args::JobsArgs;
use crate::run::name::Called;
use std::path::{Path, PathBuf};

/// The number of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jobs {
    Count(u32),
    /// A file that says so, read again when a job has ended; what it said first.
    File(PathBuf, u32),
}

impl Jobs {
    /// At the beginning.
    pub fn count(&self) -> u32 {
        match self {
            Jobs::Count(count) | Jobs::File(_, count) => *count,
        }
    }
}

/// `-j`, where it is said.
///
/// # Errors
/// It means nothing, with what would.
pub fn jobs(args: JobsArgs, called: Called) -> Result<Option<Jobs>, Fail> {
    let JobsArgs { jobs } = args;
    match jobs.as_deref() {
        Some(text) => Ok(Some(jobs_of(text)?)),
        // xargs runs one after the other where nothing is said
        None => Ok((called == Called::Xargs).then_some(Jobs::Count(1))),
    }
}

/// `-j`: a number in one of its forms, or else a file.
fn jobs_of(text: &str) -> Result<Jobs, Fail> {
    match parse_jobs(text) {
        Ok(count) => Ok(Jobs::Count(count)),
        Err(_) if Path::new(text).is_file() => {
            let path = PathBuf::from(text);
            let count = jobs_of_file(&path)?;
            Ok(Jobs::File(path, count))
        }
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
    parse_jobs(text.trim()).map_err(|bad| wrong(format!("{}: {}", path.display(), bad.message)))
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
}
