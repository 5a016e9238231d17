//! `pgstat history`: the runs that are kept.

use super::TOOL;
use super::table::cell;
use crate::entry::complain;
use crate::fail::{Fail, reason};
use crate::flags::{Form, history_folder, seconds};
use crate::history_words::words;
use crate::print::{Out, aligned, bytes};
use clap::Subcommand;
use history::{Bounds, Condition, Folder, Looked, Query, Told, Trouble};
use record::{Amount, KeptRun, Record as _, Seconds, status};
use std::io::Read as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    override_usage = "pgstat history [show RUN|gc|rebuild] [OPTIONS]"
)]
pub struct HistoryArgs {
    /// What is done with the history; without it: list
    #[command(subcommand)]
    pub verb: Option<HistoryVerb>,
    /// Arguments of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What is done with a history.
#[derive(Clone, Debug, Subcommand)]
pub enum HistoryVerb {
    /// Feed out the log of a run: pgstat history show latest | pgstat
    Show(ShowArgs),
    /// Remove what is beyond the bounds, the oldest runs first
    Gc(GcArgs),
    /// Make the index anew from the logs
    Rebuild(FolderArgs),
}

/// Which history.
#[derive(Clone, Debug, clap::Args)]
pub struct FolderArgs {
    /// Folder of the runs that pgrun --history has kept (else $PG_HISTORY)
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
}

/// `pgstat history`.
#[derive(Clone, Debug, clap::Args)]
pub struct ListArgs {
    /// Which history.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Runs that began since then: 2h, 7d, 2026-03-01 or 2026-03-01T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Moment>,
    /// Runs that began before then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Moment>,
    /// Runs that ended so: success, failure, cancellation, cut-off, running or damaged
    #[arg(long, value_name = "STATUS", value_parser = STATUSES)]
    pub status: Option<String>,
    /// Runs of which this holds: makespan>10m, command~nightly, host=ci-7 (repeatable)
    #[arg(long = "where", value_name = "CONDITION")]
    pub conditions: Vec<Condition>,
    /// The newest N runs
    #[arg(long = "last", value_name = "N", default_value_t = 20)]
    pub most: u64,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

const STATUSES: [&str; 6] = ["success", "failure", "cancellation", "cut-off", "running", "damaged"];

/// `pgstat history show`.
#[derive(Clone, Debug, clap::Args)]
pub struct ShowArgs {
    /// Run by its name, or by how it begins; latest; latest~2, the second before it
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Which history.
    #[command(flatten)]
    pub folder: FolderArgs,
}

/// `pgstat history gc`.
#[derive(Clone, Debug, clap::Args)]
pub struct GcArgs {
    /// Which history.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Keep the newest N runs
    #[arg(long = "max-runs", value_name = "N")]
    pub runs: Option<u64>,
    /// Keep runs that began no longer ago
    #[arg(long = "max-age", value_name = "TIME", value_parser = seconds)]
    pub age: Option<Seconds>,
    /// Keep logs of so many bytes in all, the newest
    #[arg(long = "max-bytes", value_name = "SIZE", value_parser = record::parse_amount)]
    pub bytes: Option<Amount>,
    /// These are the bounds from now on: pgrun keeps them at the end of each run
    #[arg(long)]
    pub always: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long = "dry-run", conflicts_with = "always")]
    pub dry_run: bool,
}

/// A moment: since the epoch, or before now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// Since the epoch.
    At(Seconds),
    /// Before now.
    Ago(Seconds),
}

impl Moment {
    fn time(self) -> Seconds {
        match self {
            Moment::At(time) => time,
            Moment::Ago(time) => now() - time,
        }
    }
}

/// Reads a moment.
///
/// # Errors
/// What is accepted instead.
pub fn moment(text: &str) -> Result<Moment, String> {
    let full = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_string(),
    };
    if let Ok(time) = humantime::parse_rfc3339_weak(&full) {
        let since = time.duration_since(UNIX_EPOCH).map_err(|_| "before 1970".to_string())?;
        return Ok(Moment::At(Seconds::from(since)));
    }
    seconds(text).map(Moment::Ago).map_err(|_| {
        format!("\"{text}\" is no time; write 2h, 7d, 2026-03-01 or 2026-03-01T12:00:00Z")
    })
}

fn now() -> Seconds {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(Seconds::ZERO, Seconds::from)
}

/// The verb.
///
/// # Errors
/// No history is named, it cannot be read, or the output cannot be written.
pub fn run(args: &HistoryArgs) -> Result<u8, Fail> {
    match &args.verb {
        None => list(&args.list),
        Some(HistoryVerb::Show(args)) => show(args),
        Some(HistoryVerb::Gc(args)) => gc(args),
        Some(HistoryVerb::Rebuild(args)) => rebuild(args),
    }
}

fn folder(args: &FolderArgs) -> Result<Folder, Fail> {
    let named = history_folder(args.history.clone());
    let path = named.ok_or_else(|| {
        let what = "which history? name its folder with --history DIR or in PG_HISTORY";
        Fail::new(status::USAGE, what)
    })?;
    Folder::open(&path).map_err(|trouble| unreadable(&trouble))
}

fn unreadable(trouble: &Trouble) -> Fail {
    let advice = if trouble.is_busy() { "; wait for its end" } else { "" };
    Fail::new(status::BAD_INPUT, format!("history: {}{advice}", words(trouble)))
}

/// The index, with what was done to it said.
fn looked(args: &FolderArgs) -> Result<Looked, Fail> {
    let looked = folder(args)?.index().map_err(|trouble| unreadable(&trouble))?;
    for told in &looked.told {
        let line = match told {
            Told::MadeAnew(trouble) => {
                format!("history: {}; the index was made anew from the logs", words(trouble))
            }
            Told::InMemory(trouble) => {
                format!("history: {}; the logs were read instead", words(trouble))
            }
            Told::PassedOver(trouble) => format!("{trouble}; this log is passed over"),
            Told::TakenIn(count) => format!("history: {count} logs were taken into the index"),
            Told::LeftOut(count) => {
                format!("history: {count} logs are gone; the index forgot them")
            }
        };
        complain(TOOL.name, &line);
    }
    Ok(looked)
}

fn list(args: &ListArgs) -> Result<u8, Fail> {
    let looked = looked(&args.folder)?;
    let mut conditions = args.conditions.clone();
    if let Some(status) = &args.status {
        conditions.push(Condition {
            field: history::Field::Status,
            compare: history::Compare::Equal,
            value: history::Value::Text(status.clone()),
        });
    }
    let (since, until) = (args.since.map(Moment::time), args.until.map(Moment::time));
    let query = Query { since, until, conditions, most: args.most };
    let runs = looked.find(&query).map_err(|trouble| unreadable(&trouble))?;
    let mut out = Out::new(status::CANNOT_WRITE);
    if args.form.json {
        runs.iter().try_for_each(|run| out.bytes(&run.to_line()))?;
    } else if args.form.csv {
        out.bytes(&super::sheet::kept(&runs)?)?;
    } else {
        out.bytes(table(&runs).as_bytes())?;
        let (all, size) = looked.size().map_err(|trouble| unreadable(&trouble))?;
        out.line(format!("{} of {all} runs; {}", runs.len(), bytes(size)))?;
    }
    out.finish()?;
    Ok(status::OK)
}

fn table(runs: &[KeptRun]) -> String {
    let mut lines =
        vec!["began (UTC)\tstatus\t  makespan\t    ops\t failed\trun\thost\tcommand".to_string()];
    lines.extend(runs.iter().map(|run| {
        let makespan =
            run.makespan_s.map_or("-".to_string(), |time| format!("{:.3} s", time.as_f64()));
        let ended = match (run.exit, run.signal) {
            (Some(exit), _) if exit != 0 => format!("{} {exit}", run.status),
            (_, Some(signal)) => format!("{} SIG{}", run.status, sys::signal::name(signal)),
            _ => run.status.clone(),
        };
        format!(
            "{}\t{ended}\t{makespan:>10}\t{:>7}\t{:>7}\t{}\t{}\t{}",
            told_time(run.time),
            run.ops,
            run.failed,
            cell(&run.run),
            cell(&run.host),
            cell(&run.command)
        )
    }));
    aligned(&lines)
}

fn told_time(time: Seconds) -> String {
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + time.to_duration()).to_string();
    time.trim_end_matches('Z').replace('T', " ")
}

fn show(args: &ShowArgs) -> Result<u8, Fail> {
    let looked = looked(&args.folder)?;
    let found = looked.named(&args.run).map_err(|trouble| unreadable(&trouble))?;
    let run = match &found[..] {
        [run] => run,
        [] => {
            let what = format!("history: no run \"{}\"; pgstat history lists them", args.run);
            return Err(Fail::new(status::BAD_INPUT, what));
        }
        several => {
            let names: Vec<&str> = several.iter().take(3).map(|run| run.run.as_str()).collect();
            let what = format!(
                "history: {} runs begin with \"{}\", such as {}; give more of the name",
                several.len(),
                args.run,
                names.join(", ")
            );
            return Err(Fail::new(status::BAD_INPUT, what));
        }
    };
    let mut log = looked.folder().open_log(&run.file).map_err(|trouble| unreadable(&trouble))?;
    let mut out = Out::new(status::CANNOT_WRITE);
    let mut block = vec![0; 128 << 10];
    loop {
        match log.read(&mut block) {
            Ok(0) => break,
            Ok(count) => out.bytes(&block[..count])?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                let what = format!("history: {}: {}", run.file, reason(&error));
                return Err(Fail::new(status::BAD_INPUT, what));
            }
        }
    }
    out.finish()?;
    Ok(status::OK)
}

fn gc(args: &GcArgs) -> Result<u8, Fail> {
    let mut looked = looked(&args.folder)?;
    let given = Bounds {
        runs: args.runs,
        age: args.age,
        bytes: args.bytes.map(|amount| amount.as_f64() as u64),
    };
    let failed = |trouble: Trouble| unreadable(&trouble);
    if args.always {
        given.set(looked.folder()).map_err(failed)?;
    }
    let bounds = match Bounds::of(looked.folder()).map_err(failed)? {
        Some(own) if given == Bounds::default() => own,
        _ => given,
    };
    if bounds == Bounds::default() && !args.always {
        let what = "what is to be kept? --max-runs N, --max-age TIME or --max-bytes SIZE";
        return Err(Fail::new(status::USAGE, what));
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    if args.dry_run {
        for run in looked.would_go(&bounds, now()).map_err(failed)? {
            out.line(&run.file)?;
        }
    } else {
        let gone = looked.collect(&bounds, now()).map_err(failed)?;
        let (left, size) = looked.size().map_err(failed)?;
        let (freed, size) = (bytes(gone.bytes), bytes(size));
        out.line(format!("removed {} runs, {freed}; {left} are left, {size}", gone.runs))?;
    }
    out.finish()?;
    Ok(status::OK)
}

fn rebuild(args: &FolderArgs) -> Result<u8, Fail> {
    let folder = folder(args)?;
    let runs = folder.rebuild().map_err(|trouble| {
        Fail::new(status::CANNOT_WRITE, format!("history: {}", words(&trouble)))
    })?;
    let mut out = Out::new(status::CANNOT_WRITE);
    out.line(format!("{runs} runs are in the index"))?;
    out.finish()?;
    Ok(status::OK)
}
