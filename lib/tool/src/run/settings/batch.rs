//! Several items in one command.

use super::{InputRules, Jobs, LogSettings, Packing, Resume, parse_size, wrong};
use crate::fail::Fail;
use crate::run::args::BatchArgs;
pub use crate::run::args::ResultsArg as BatchResults;
use engine::Admission;
use record::Seconds;

/// So many batches may wait for a slot, so that the clock of those behind them runs.
const BATCHES_WAITING: u32 = 64;

/// How items become batches, and their output items' again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batches {
    /// A batch leaves when its oldest item has waited so long.
    pub wait: Option<Seconds>,
    /// Memory that a command may take, where their sizes are learnt.
    pub memory: Option<u64>,
    /// Whose each line of their output is.
    pub results: Option<BatchResults>,
}

/// Reads meaning into the flags.
///
/// # Errors
/// A value that means nothing, with what would.
pub fn batch(
    args: BatchArgs,
    rules: &mut InputRules,
    (jobs, admission): (&mut Option<Jobs>, &mut Admission),
) -> Result<Batches, Fail> {
    let BatchArgs { batch, batch_wait, batch_jobs, batch_results, chunk, chunk_memory } = args;
    let full = matches!(rules.packing, Packing::Full(_));
    if full && (batch.is_some() || chunk.is_some()) {
        return Err(wrong("-X and -m give as many items as a command line holds; leave them away"));
    }
    match (batch, chunk.as_deref()) {
        (Some(0), _) | (_, Some("0")) => {
            return Err(wrong("a batch of 0 items: write how many each job gets at most"));
        }
        (Some(most), _) => rules.packing = Packing::Count(most),
        (None, Some("auto")) => rules.packing = Packing::Learnt,
        (None, Some(text)) => {
            let most = text.parse().map_err(|_| {
                wrong(format!("--chunk {text}: write auto, or how many items each job gets"))
            })?;
            rules.packing = Packing::Count(most);
        }
        (None, None) if batch_results.is_some() && rules.packing == Packing::One => {
            return Err(wrong("--batch-results divides the output of batches: add --batch N"));
        }
        (None, None) => {}
    }
    if let Some(most) = batch_jobs {
        if most == 0 {
            return Err(wrong("--batch-jobs 0: write how many batches run at a time"));
        }
        *jobs = match jobs.take() {
            Some(Jobs::Count(count)) => Some(Jobs::Count(count.min(most))),
            Some(other) => {
                *jobs = Some(other);
                return Err(wrong("--batch-jobs is a number of jobs, and so is -j: give one"));
            }
            None => Some(Jobs::Count(most)),
        };
    }
    if batch_wait.is_some() {
        admission.queue.get_or_insert(BATCHES_WAITING);
    }
    Ok(Batches {
        wait: batch_wait,
        memory: chunk_memory
            .map(|t| parse_size("--chunk-memory", &t))
            .transpose()?
            .map(|m| m as u64),
        results: batch_results,
    })
}

/// A job log knows jobs by their numbers: what is in each must be the same at the next run.
///
/// # Errors
/// What is in them hangs on how fast everything is, and a job log is to say what has been done.
pub fn known_by_number(
    (rules, batches): (&InputRules, Batches),
    log: &LogSettings,
) -> Result<(), Fail> {
    let resumes = log.resume.is_some_and(|resume| resume != Resume::Retry);
    let flag = match rules.packing {
        Packing::Learnt => "--chunk auto",
        _ if batches.wait.is_some() => "--batch-wait",
        _ => return Ok(()),
    };
    if !resumes || log.joblog.is_none() {
        return Ok(());
    }
    Err(wrong(format!(
        "a job log knows jobs by their numbers, and with {flag} the items of a number are others at \
         the next run: some would never be run. --resume with --log FILE instead of --joblog knows \
         them by their items"
    )))
}
