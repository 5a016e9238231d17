//! `pgmon baseline`: how the figures of this machine usually are, kept by name.

use crate::fail::Fail;
use crate::logs::each_line;
use crate::print::Out;
use record::{Baseline, Fields, Finding, Record, Sample, Severity, parse_record, status};
use stat::{BaselineIntake, Shift};
use std::fs;
use std::path::{Path, PathBuf};

/// Keep what is usual here, and tell what is otherwise
///
/// A baseline is made of samples of a time when all was well: median, median absolute
/// deviation and 95th percentile of each figure, hour by hour (UTC) where they span more than
/// two days. Samples come from files, rings or standard input.
#[derive(Clone, Debug, clap::Args)]
pub struct BaselineArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: BaselineVerb,
}

/// What can be done with baselines.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum BaselineVerb {
    /// Make a baseline of samples
    Save(Named),
    /// Tell which figures of samples are otherwise than a baseline; status 1 if some are
    Check(Named),
    /// Write a baseline, one record a figure
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Names of all baselines
    List,
}

/// A baseline and samples.
#[derive(Clone, Debug, clap::Args)]
pub struct Named {
    /// Name of the baseline
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Files of samples, packed or not, or rings; - is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub files: Vec<String>,
}

/// Does it.
///
/// # Errors
/// There is no such baseline, the samples cannot be read, the baseline cannot be kept.
pub fn run(args: &BaselineArgs) -> Result<u8, Fail> {
    let folder = folder()?;
    let mut out = Out::new(status::OWN);
    let ended = match &args.verb {
        BaselineVerb::Save(named) => save(&folder, named)?,
        BaselineVerb::Check(named) => check(&load(&folder, &named.name)?, named, &mut out)?,
        BaselineVerb::Show { name } => {
            for row in load(&folder, name)? {
                out.bytes(&row.to_line())?;
            }
            status::OK
        }
        BaselineVerb::List => {
            for name in names(&folder) {
                out.line(&name)?;
            }
            status::OK
        }
    };
    out.finish()?;
    Ok(ended)
}

/// Where baselines are kept.
fn folder() -> Result<PathBuf, Fail> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .ok_or_else(|| {
            let what = "baseline: neither XDG_STATE_HOME nor HOME names a folder to keep it in";
            Fail::new(status::OWN, what)
        })?;
    Ok(state.join("pgtools/baselines"))
}

const SUFFIX: &str = ".ndjson";

fn path(folder: &Path, name: &str) -> Result<PathBuf, Fail> {
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
        let what = format!("baseline {name:?}: a name has no slash and begins with no dot");
        return Err(Fail::new(status::OWN, what));
    }
    Ok(folder.join(format!("{name}{SUFFIX}")))
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        Some(name.strip_suffix(SUFFIX)?.to_string()).filter(|name| !name.starts_with('.'))
    };
    let mut names: Vec<String> = entries.flatten().filter_map(name).collect();
    names.sort();
    names
}

/// The samples of all files; other records are passed over.
fn samples(files: &[String]) -> Result<(BaselineIntake, u64), Fail> {
    let (mut intake, mut count) = (BaselineIntake::default(), 0);
    for file in files {
        each_line(("pgmon", file), |line| {
            if line.trim_ascii().is_empty() {
                return Ok(());
            }
            let fields = Fields::parse(line)?;
            let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"'));
            if kind == Sample::KIND {
                intake.add(&parse_record(line, &fields)?);
                count += 1;
            }
            Ok(())
        })?;
    }
    if count == 0 {
        let what = format!("{}: no samples; make some with pgmon -n 600", files.join(", "));
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    Ok((intake, count))
}

fn save(folder: &Path, named: &Named) -> Result<u8, Fail> {
    let path = path(folder, &named.name)?;
    let (intake, _) = samples(&named.files)?;
    let text: Vec<u8> = intake.finish().iter().flat_map(Record::to_line).collect();
    let broken = |e: std::io::Error| Fail::io(status::OWN, path.display(), &e);
    fs::create_dir_all(folder).map_err(broken)?;
    // one that is there stays whole until the new one is
    let new = folder.join(format!(".{}.{}", named.name, std::process::id()));
    fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).map_err(broken)?;
    Ok(status::OK)
}

fn load(folder: &Path, name: &str) -> Result<Vec<Baseline>, Fail> {
    let path = path(folder, name)?;
    let text = fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let known = names(folder);
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            let what = format!("there is no baseline {name:?}; there are: {known}");
            Fail::new(status::OWN, what)
        }
        _ => Fail::io(status::OWN, path.display(), &error),
    })?;
    let lines = text.split(|byte| *byte == b'\n').zip(1u64..).filter(|(line, _)| !line.is_empty());
    let parse = |(line, number): (&[u8], u64)| {
        let row = Fields::parse(line).and_then(|fields| parse_record(line, &fields));
        row.map_err(|bad| {
            let place = crate::fail::place(&path.display().to_string(), number, &bad);
            Fail::new(status::BAD_INPUT, place)
        })
    };
    lines.map(parse).collect()
}

fn check(baseline: &[Baseline], named: &Named, out: &mut Out) -> Result<u8, Fail> {
    let (intake, _) = samples(&named.files)?;
    let shifts = intake.against(baseline);
    for shift in &shifts {
        out.bytes(&finding(shift, &named.name).to_line())?;
    }
    Ok(u8::from(!shifts.is_empty()))
}

fn finding(shift: &Shift, name: &str) -> Finding {
    let Shift { metric, n, now, usual, margin } = shift;
    Finding {
        severity: Severity::Warning,
        code: "baseline-shift".into(),
        message: format!(
            "{metric} is {now} (median of {n}), {name} has {usual}; chance explains {margin}"
        ),
        id: metric.clone(),
        value: Some(*now),
        threshold: Some(*usual),
        ..Finding::default()
    }
}
