//! The search: until its time is over, its schedules are made, nothing can be better, or
//! somebody presses the key that interrupts.
//!
//! Threads search in rounds, each for itself; after a round all know the best. What each does
//! in a round depends on its seed and on the number of schedules alone, so the result does too
//! where no time ends it.

use super::ScheduleArgs;
use crate::fail::Fail;
use plan::project::Project;
use plan::search::{Found, Search, search};
use record::{Seconds, status};
use sys::clock::Clock;
use sys::signal::{SIGINT, Signals};

/// How long one thread searches between two looks at signals.
const LOOK_UP: Seconds = Seconds::from_micros(50_000);
/// Activities that are placed between two looks of several threads at each other, and at signals:
/// some hundredths of a second where amounts lie in one word.
const PLACED_A_ROUND: u64 = 1_000_000;

/// What was found, and with how much work.
pub struct Sought {
    /// The best schedule.
    pub found: Found,
    /// How many were made.
    pub schedules: u64,
    /// How long the search took.
    pub took: Seconds,
    /// SIGINT ended it.
    pub interrupted: bool,
}

impl Sought {
    /// Without a search.
    pub fn at_once(found: Found, schedules: u64) -> Sought {
        Sought { found, schedules, took: Seconds::ZERO, interrupted: false }
    }
}

/// Searches from a first schedule, made with so many, down to a makespan that none is below.
///
/// # Errors
/// SIGINT cannot be caught.
pub fn seek(
    project: &Project,
    (first, lists): (Found, u64),
    (floor, args): (i64, &ScheduleArgs),
    watch: Watch,
) -> Result<Sought, Fail> {
    let Watch { clock, mut signals } = watch;
    let threads = u64::from(args.threads);
    let begin = |thread| search(project, args.seed.wrapping_add(thread << 32), first.clone());
    let Some(mut searches) = (0..threads).map(begin).collect::<Option<Vec<Box<dyn Search>>>>()
    else {
        return Ok(Sought::at_once(first, lists));
    };
    let budget = args.schedules.map(|all| all.saturating_sub(lists));
    let share = |thread: u64| {
        budget.map_or(u64::MAX, |all| all / threads + u64::from(thread < all % threads))
    };
    let a_round = (PLACED_A_ROUND / project.len().max(1) as u64).max(1);
    let mut found = first;
    let mut goal = 0;
    let interrupted = loop {
        goal += a_round;
        let until = |thread: usize| Until {
            made: goal.min(share(thread as u64)),
            floor,
            deadline: args.optimize,
            look_up: (threads == 1).then(|| clock.now() + LOOK_UP),
            clock,
        };
        round(&mut searches, until)?;
        if let Some(best) =
            searches.iter().map(|search| search.best()).min_by_key(|f| (f.makespan, f.ties))
            && (best.makespan, best.ties) < (found.makespan, found.ties)
        {
            found = best.clone();
        }
        let over = args.optimize.is_some_and(|time| clock.now() >= time);
        let done = (0..).zip(&searches).all(|(thread, search)| search.made() >= share(thread));
        let interrupted = !signals.drain().is_empty();
        if interrupted || over || done || found.makespan <= floor {
            break interrupted;
        }
        searches.iter_mut().for_each(|search| search.learn(&found));
    };
    let made: u64 = searches.iter().map(|search| search.made()).sum();
    Ok(Sought { found, schedules: lists + made, took: clock.now(), interrupted })
}

/// What ends a search early.
///
/// # Errors
/// SIGINT cannot be caught.
pub fn interrupts() -> Result<Signals, Fail> {
    let failed = |e: std::io::Error| Fail::io(status::CANNOT_WRITE, "SIGINT cannot be caught", &e);
    let mut signals = Signals::new().map_err(failed)?;
    signals.catch(SIGINT).map_err(failed)?;
    Ok(signals)
}

/// The time since the beginning, and whether somebody has been impatient since.
pub struct Watch {
    clock: Clock,
    signals: Signals,
}

impl Watch {
    /// Begins.
    ///
    /// # Errors
    /// SIGINT cannot be caught.
    pub fn begin() -> Result<Watch, Fail> {
        Ok(Watch { clock: Clock::start(), signals: interrupts()? })
    }
}

/// When a search looks up.
struct Until {
    made: u64,
    floor: i64,
    deadline: Option<Seconds>,
    /// When to look at signals, where nobody else waits for the end of the round.
    look_up: Option<Seconds>,
    clock: Clock,
}

impl Until {
    fn work(&self, search: &mut dyn Search) {
        let first = match (self.deadline, self.look_up) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let late = || first.is_some_and(|time| self.clock.now() >= time);
        while search.made() < self.made && search.best().makespan > self.floor && !late() {
            search.step();
        }
    }
}

/// Lets every search work, each in a thread where there are several.
fn round(searches: &mut [Box<dyn Search>], until: impl Fn(usize) -> Until) -> Result<(), Fail> {
    if let [only] = searches {
        until(0).work(only.as_mut());
        return Ok(());
    }
    std::thread::scope(|scope| {
        for (thread, search) in searches.iter_mut().enumerate() {
            let until = until(thread);
            let work = move || until.work(search.as_mut());
            std::thread::Builder::new().spawn_scoped(scope, work).map_err(|e| {
                let what = format!("--threads: thread {} cannot be started", thread + 1);
                Fail::io(status::CANNOT_WRITE, what, &e)
            })?;
        }
        Ok(())
    })
}
