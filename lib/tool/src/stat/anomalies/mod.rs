//! `pgstat anomalies`: what is out of line.

mod causal;
mod offline;
mod runs;

use super::args::{Length, Logs};
use super::{TOOL, read};
use crate::entry::complain;
use crate::fail::Fail;
use crate::flags::{Color, Form};
use causal::Scorer;
use read::Part;
use record::Bad;
use stat::{Durations, SeriesIntake};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct AnomaliesArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Score each task of run logs against the same task in other runs
    #[arg(long, conflicts_with_all = ["csv", "fdr"])]
    pub runs: bool,
    /// Share of the findings that may be there by chance
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    pub fdr: f64,
    /// Length of the list.
    #[command(flatten)]
    pub length: Length,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
    /// Colour.
    #[command(flatten)]
    pub color: Color,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "write a share between 0 and 1, such as 0.05".to_string())
}

/// The verb.
///
/// # Errors
/// What is read cannot be read at all or has no series, or the output cannot be written.
pub fn run(args: &AnomaliesArgs) -> Result<u8, Fail> {
    if args.runs {
        return runs::run(&args.logs.files);
    }
    let mut reading = Reading::new(args);
    let status = read::each(&args.logs.files, |part| reading.take(part));
    match reading {
        Reading::Causal(scorer) => {
            scorer.finish(args.logs.files.first().map_or("-", String::as_str), status)
        }
        Reading::Whole { series, durations, .. } => {
            match series.strays {
                0 => {}
                1 => complain(TOOL.name, "passed over 1 line that is no record"),
                n => complain(TOOL.name, &format!("passed over {n} lines that are no records")),
            }
            offline::tell(args, stat::outliers(&series.finish(), &durations, args.fdr), status)
        }
    }
}

/// What is made of the input.
enum Reading {
    /// A score a row, as the rows come.
    Causal(Box<Scorer>),
    /// All series, looked at together; the other thing, until the first line was seen.
    Whole { csv: Option<Box<Scorer>>, series: Box<SeriesIntake>, durations: Box<Durations> },
}

impl Reading {
    fn new(args: &AnomaliesArgs) -> Self {
        let (series, durations) = (Box::default(), Box::default());
        let csv = args.form.csv.then(|| Box::new(Scorer::new(args.logs.files.len())));
        Reading::Whole { csv, series, durations }
    }

    fn take(&mut self, part: Part<'_>) -> Result<(), Bad> {
        if let Reading::Whole { csv, .. } = self {
            let records = match part {
                Part::End => false,
                Part::Line(line) if line.trim_ascii().is_empty() => return Ok(()),
                Part::Line(line) => line.trim_ascii_start().starts_with(b"{"),
            };
            // the first line decides
            if let Some(scorer) = csv.take().filter(|_| !records) {
                *self = Reading::Causal(scorer);
            }
        }
        match self {
            Reading::Causal(scorer) => match part {
                Part::Line(line) => scorer.line(line),
                Part::End => Ok(()),
            },
            Reading::Whole { series, durations, .. } => match part {
                // operations are judged by their families
                Part::Line(line) if durations.line(line)? => Ok(()),
                Part::Line(line) => series.line(line),
                Part::End => {
                    series.end_file();
                    Ok(())
                }
            },
        }
    }
}
