//! `pgstat export FORMAT`: a log in the words of other programs.
//!
//! Most formats are written event by event as the log is read (`story`); those that show sums
//! are made of the same reports as `pgstat report`.

mod chrome;
mod ended;
mod joblog;
mod junit;
mod markdown;
mod openmetrics;
mod otlp;

use super::args::{Length, Logs};
use super::read::{self, Part};
use super::{TOOL, remark};
use crate::entry::complain;
use crate::fail::Fail;
use crate::print::Out;
use crate::replace::replace;
use clap::ValueEnum;
use record::status;
use stat::{Intake, Story, StoryPart};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct ExportArgs {
    /// In which format
    #[arg(value_name = "FORMAT", value_enum)]
    pub format: Format,
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Write to FILE, replaced when it is whole
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Length of the lists.
    #[command(flatten)]
    pub length: Length,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Trace events for Perfetto and chrome://tracing
    ChromeTrace,
    /// Figures of the runs for Prometheus
    Openmetrics,
    /// A table of tests for CI systems
    Junit,
    /// The job log of GNU parallel
    Joblog,
    /// A page for a CI summary
    Markdown,
    /// Traces of OpenTelemetry, a line of JSON for some spans
    OtlpJson,
}

/// Takes a log event by event.
trait Teller {
    /// Takes what is told.
    ///
    /// # Errors
    /// It cannot be written.
    fn tell(&mut self, part: StoryPart, out: &mut dyn Write) -> io::Result<()>;

    /// Everything has been told.
    ///
    /// # Errors
    /// It cannot be written.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// The verb.
///
/// # Errors
/// There is nothing to export, or the output cannot be written.
pub fn run(args: &ExportArgs) -> Result<u8, Fail> {
    let mut told: Result<u8, Fail> = Ok(status::OK);
    let mut write = |out: &mut dyn Write| -> io::Result<()> {
        told = match args.format {
            Format::Markdown | Format::Openmetrics => sums(args, out)?,
            _ => story(args, out)?,
        };
        match &told {
            Ok(_) => Ok(()),
            // what is there stays where nothing comes in its place
            Err(_) => Err(io::ErrorKind::InvalidInput.into()),
        }
    };
    let written = match &args.output {
        Some(path) if path != Path::new("-") => {
            let place = path.display().to_string();
            replace(path, |file| {
                let mut out = BufWriter::new(file);
                write(&mut out)?;
                out.flush()
            })
            .map_err(|error| (place, error))
        }
        _ => {
            let mut out = Standard(Out::new(status::CANNOT_WRITE), None);
            let written = write(&mut out);
            let Standard(inner, failed) = out;
            match (failed, written) {
                (Some(fail), _) => return Err(fail),
                (None, Ok(())) => inner.finish().map(|()| Ok(()))?,
                (None, Err(error)) => Err(("standard output".to_string(), error)),
            }
        }
    };
    match (told, written) {
        (Err(fail), _) => Err(fail),
        (Ok(_), Err((place, error))) => Err(Fail::io(status::CANNOT_WRITE, place, &error)),
        (Ok(status), Ok(())) => Ok(status),
    }
}

/// Standard output, with what went wrong on it.
struct Standard(Out, Option<Fail>);

impl Write for Standard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.bytes(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(fail) => {
                self.1.get_or_insert(fail);
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn nothing() -> Fail {
    let what = "no events, samples or job log in the input; \
                give the file that pgrun --events or --joblog wrote";
    Fail::new(status::BAD_INPUT, what)
}

/// Formats that are written as the log is read.
fn story(args: &ExportArgs, out: &mut dyn Write) -> io::Result<Result<u8, Fail>> {
    let mut teller: Box<dyn Teller> = match args.format {
        Format::ChromeTrace => Box::new(chrome::Trace::default()),
        Format::Junit => Box::new(junit::Tests::begin()?),
        Format::Joblog => Box::new(joblog::Jobs::default()),
        Format::OtlpJson => Box::new(otlp::Traces::default()),
        Format::Markdown | Format::Openmetrics => return sums(args, out),
    };
    let mut story = Story::default();
    let (mut written, mut any) = (Ok(()), false);
    let status = read::each(&args.logs.files, |part| {
        let mut tell = |part: StoryPart| {
            any = true;
            if written.is_ok() {
                written = teller.tell(part, out);
            }
        };
        match part {
            Part::Line(line) => story.line(line, &mut tell),
            Part::End => story.end_file(&mut tell),
        }
    });
    written?;
    let strays = story.strays();
    if strays > 0 {
        let word = if strays == 1 { "line" } else { "lines" };
        complain(TOOL.name, &format!("passed over {strays} {word} that are no records"));
    }
    if !any && status == status::OK {
        return Ok(Err(nothing()));
    }
    teller.finish(out)?;
    Ok(Ok(status))
}

/// Formats that show sums.
fn sums(args: &ExportArgs, out: &mut dyn Write) -> io::Result<Result<u8, Fail>> {
    let taken = read::all(&args.logs.files, Intake::new(args.length.rows).with_ranking());
    remark(&taken.account);
    if taken.account.told.is_empty() && taken.status == status::OK {
        return Ok(Err(nothing()));
    }
    let text = match args.format {
        Format::Markdown => markdown::text(taken.account, args.length.rows),
        _ => openmetrics::text(&taken.account),
    };
    out.write_all(text.as_bytes())?;
    Ok(Ok(taken.status))
}
