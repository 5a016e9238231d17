//! What is started before there is work for it.

use super::{Grouping, Output, PipeSettings, parse_time, wrong};
use crate::fail::Fail;
use crate::run::args::WarmArgs;
use record::Seconds;

/// How long a shell or a worker is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wear {
    pub age: Option<Seconds>,
    pub jobs: Option<u32>,
}

impl Wear {
    /// One of this age that has had so many operations is not used any more.
    pub fn is_over(&self, age: Seconds, jobs: u32) -> bool {
        self.age.is_some_and(|most| age >= most) || self.jobs.is_some_and(|most| jobs >= most)
    }
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warm {
    /// Shells are kept ready, by each thread that starts commands so many.
    pub shells: Option<usize>,
    /// The command of the workers.
    pub worker: Option<String>,
    /// Most of them; as many as there are slots where nothing is said.
    pub workers: Option<usize>,
    pub wear: Wear,
    /// What makes a slot ready.
    pub slot_init: Option<String>,
}

/// Reads meaning into the flags, beside those for output and input.
///
/// # Errors
/// A value that means nothing, with what would; what workers cannot do.
pub fn beside(
    args: WarmArgs,
    (output, pipe): (&Output, Option<&PipeSettings>),
) -> Result<Warm, Fail> {
    let warm = warm(args)?;
    goes_with(&warm, output, pipe)?;
    Ok(warm)
}

fn warm(args: WarmArgs) -> Result<Warm, Fail> {
    let WarmArgs { warm, worker, warm_max_age, warm_max_jobs, slot_init } = args;
    if slot_init.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err(wrong("--slot-init needs a command"));
    }
    if warm.is_none() && worker.is_none() && (warm_max_age.is_some() || warm_max_jobs.is_some()) {
        return Err(wrong(
            "--warm-max-age and --warm-max-jobs say when what --warm or --worker \
                          started is ended; give one of these, too",
        ));
    }
    if warm_max_jobs == Some(0) {
        return Err(wrong("--warm-max-jobs 0: nothing could be run; write 1 or more"));
    }
    let age = warm_max_age.map(|text| parse_time("--warm-max-age", &text)).transpose()?;
    let number = warm.map(|number| number as usize);
    Ok(Warm {
        shells: number.filter(|_| worker.is_none()).map(|number| number.clamp(1, MOST_SHELLS)),
        workers: number.filter(|number| worker.is_some() && *number > 0),
        worker,
        wear: Wear { age, jobs: warm_max_jobs },
        slot_init,
    })
}

/// Workers reply in one piece, and make no files for us.
fn goes_with(warm: &Warm, output: &Output, pipe: Option<&PipeSettings>) -> Result<(), Fail> {
    let what = match warm.worker {
        None => return Ok(()),
        Some(_) if output.grouping == Grouping::None => "-u leaves output to the commands",
        Some(_) if !output.outputs.is_empty() => "--out gives commands names to write to",
        Some(_) if pipe.is_some() => "--pipe gives commands their part of the input",
        Some(_) => return Ok(()),
    };
    Err(wrong(format!("{what}, and --worker runs none; leave one of them away")))
}

/// More would only take memory: each makes copies as fast as they can be started.
const MOST_SHELLS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_need_what_they_limit() {
        let args = |warm, worker: Option<&str>, age: Option<&str>, jobs| WarmArgs {
            warm,
            worker: worker.map(String::from),
            warm_max_age: age.map(String::from),
            warm_max_jobs: jobs,
            slot_init: None,
        };
        assert!(warm(args(None, None, Some("1h"), None)).is_err());
        assert!(warm(args(Some(0), None, Some("soon"), None)).is_err());
        assert!(warm(args(Some(0), None, None, Some(0))).is_err());
        let all = warm(args(Some(0), None, Some("1h"), Some(100))).unwrap();
        assert_eq!(all.shells, Some(1));
        assert!(all.wear.is_over(Seconds::from_secs(3600), 0));
        assert!(all.wear.is_over(Seconds::ZERO, 100));
        assert!(!all.wear.is_over(Seconds::from_secs(3599), 99));
        let workers = warm(args(Some(3), Some("w"), None, None)).unwrap();
        assert_eq!((workers.shells, workers.workers), (None, Some(3)));
        assert!(!workers.wear.is_over(Seconds::from_secs(1 << 30), u32::MAX));
    }
}
