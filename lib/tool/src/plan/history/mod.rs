//! Predictions from past runs: `--history` for every view, and the verb `predict`.

mod args;
mod ask;
mod predict;
mod read;

pub use args::HistoryArgs;
pub use predict::{next_run, predict};

use super::gather::Gathered;
use super::reads::Reads;
use crate::fail::Fail;
use plan::history::{Basis, Forecast, History};
use plan::{Draft, Unit};
use record::{Finding, Severity};

/// The code of the note that says what was taken from the history.
pub const PREDICTED: &str = "predicted";

/// Reads the history; what cannot be read of it is among the faults.
///
/// # Errors
/// A file that cannot be opened.
pub fn history(
    args: &HistoryArgs,
    reads: &Reads,
    gathered: &mut Gathered,
) -> Result<Option<History>, Fail> {
    if args.history.is_empty() {
        return Ok(None);
    }
    read::all(&args.history, reads, &mut gathered.faults).map(Some)
}

/// Gives operations that do not say how long they take the duration of past runs.
pub fn fill(args: &HistoryArgs, past: &History, units: &mut [Unit], gathered: &mut Gathered) {
    let outlook = past.outlook(None);
    let mut counts = Counts::default();
    let mut all = 0;
    for draft in drafts(units) {
        all += 1;
        if !draft.op.modes.is_empty() || draft.op.duration.is_some() && !draft.guessed {
            continue;
        }
        let forecast = outlook.forecast(&ask::ask(draft));
        counts.add(&forecast);
        if forecast.basis.is_past() || !draft.guessed {
            draft.op.duration = forecast.median;
        }
    }
    let from = args.history.join(" and ");
    if counts.known() == 0 && counts.asked() > 0 {
        gathered.faults.push(of_another_plan(&from, past, counts.asked()));
        return;
    }
    let message = match counts.asked() {
        0 => format!("nothing was taken from {from}: no operation lacks a duration"),
        _ => {
            let told = counts.told();
            format!("durations for {told} of {all} operations: {}", counts.words(&from))
        }
    };
    gathered.advice.push(Finding { message, ..plan::finding(Severity::Note, PREDICTED, "") });
}

/// Says so where the plan has nothing of the history that is to predict it.
pub fn compare(args: &HistoryArgs, past: &History, units: &mut [Unit], gathered: &mut Gathered) {
    let outlook = past.outlook(None);
    let mut counts = Counts::default();
    drafts(units).for_each(|draft| counts.add(&outlook.forecast(&ask::ask(draft))));
    if counts.known() == 0 && counts.asked() > 0 {
        let from = args.history.join(" and ");
        gathered.faults.push(of_another_plan(&from, past, counts.asked()));
    }
}

fn drafts(units: &mut [Unit]) -> impl Iterator<Item = &mut Draft> {
    units.iter_mut().flat_map(|unit| &mut unit.drafts).filter(|draft| !draft.op.barrier)
}

/// None of the operations has ever run there.
fn of_another_plan(from: &str, past: &History, asked: usize) -> Finding {
    let message = match past.ids().next() {
        None => "no operation has ended well in the history".to_string(),
        Some(seen) => format!(
            "the history knows none of the plan's {asked} operations; it has {} others in {} \
             runs, such as {seen}",
            past.ids().count(),
            past.runs().len(),
        ),
    };
    Finding {
        message,
        remedy: "is it the history of another plan?".into(),
        ..plan::finding(Severity::Error, "other-history", from)
    }
}

/// How many operations rest on what.
#[derive(Default)]
struct Counts([usize; 6]);

impl Counts {
    fn add(&mut self, forecast: &Forecast) {
        self.0[forecast.basis as usize] += 1;
    }

    fn known(&self) -> usize {
        [Basis::Id, Basis::Command, Basis::Family].map(|basis| self.0[basis as usize]).iter().sum()
    }

    fn asked(&self) -> usize {
        self.0.iter().sum()
    }

    /// Those of which anything is known, be it a timeout.
    fn told(&self) -> usize {
        self.asked() - self.0[Basis::Nothing as usize]
    }

    fn words(&self, from: &str) -> String {
        let told = |all: &[(Basis, &str)]| -> String {
            let some = all.iter().map(|(basis, how)| (self.0[*basis as usize], how));
            let words: Vec<String> =
                some.filter(|(count, _)| *count > 0).map(|(n, how)| format!("{n} {how}")).collect();
            words.join(", ")
        };
        let past =
            [(Basis::Id, "by id"), (Basis::Command, "by command"), (Basis::Family, "by family")];
        let rest = [(Basis::Timeout, "by timeout"), (Basis::Nothing, "unknown")];
        let (past, rest) = (told(&past), told(&rest));
        let stop = if rest.is_empty() { "" } else { "; " };
        format!("{past} from {from}{stop}{rest}")
    }
}
