//! Trying numbers of slots on the work itself: each job is run once, under one of them.
//!
//! The levels take turns, so that what changes in the machine or in the input meets all of
//! them. After a change as many ends as there are slots are left out: they were begun under
//! the level before, or together with all others. The ends after them are cut into
//! generations of as many ends as there are slots, and the time of a generation is one
//! observation; of these are the mean rate and its 95 % interval (Student, 1908).

use alloc::vec::Vec;
use record::Seconds;

/// Rates this close to the best are as good: the fewest slots among them are taken.
const AS_GOOD: f64 = 0.97;

/// Turns of each level, at most, where the intervals do not part before.
const ROUNDS_MAX: u32 = 4;

/// Generations of a turn that are measured, at least.
const GENERATIONS_MIN: u32 = 2;

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TuneRules {
    /// Numbers of slots, each at least one, in rising order.
    pub levels: Vec<u32>,
    /// Jobs of a turn, unless the level needs more.
    pub items: u32,
    /// When it is decided.
    pub until: Until,
}

/// When trying ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The intervals part, or every level has had four turns.
    Parted,
    /// The input ends: all levels are measured as well as it allows.
    Exhausted,
}

/// What to do after an end.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing.
    Stay,
    /// Another level's turn: so many slots.
    Try(u32),
    /// It is decided: so many slots from now on.
    Decided(u32),
}

/// What was measured of a level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Slots.
    pub slots: u32,
    /// Jobs that were measured.
    pub items: u64,
    /// Ends a second.
    pub rate: f64,
    /// Bounds of its 95 % interval; the same number twice where there is one observation.
    pub between: (f64, f64),
}

/// Tries levels in turns.
#[derive(Clone, Debug)]
pub struct Tuner {
    rules: TuneRules,
    /// Seconds for one end, an observation each, by level.
    spent: Vec<Vec<f64>>,
    /// Which level's turn it is, and the round.
    at: usize,
    round: u32,
    /// Ends of this turn that are still left out, and those still to be measured.
    skip: u32,
    left: u32,
    /// When the generation began, and the ends that it still lacks.
    since: Seconds,
    lacking: u32,
    decided: Option<u32>,
}

impl Tuner {
    /// Begins with the first level; `None` where there is none.
    pub fn new(mut rules: TuneRules) -> Option<Self> {
        rules.levels.retain(|level| *level > 0);
        rules.levels.sort_unstable();
        rules.levels.dedup();
        let first = *rules.levels.first()?;
        let spent = rules.levels.iter().map(|_| Vec::new()).collect();
        let mut tuner = Tuner {
            rules,
            spent,
            at: 0,
            round: 0,
            skip: 0,
            left: 0,
            since: Seconds::ZERO,
            lacking: 0,
            decided: None,
        };
        tuner.begin_turn(first);
        Some(tuner)
    }

    /// Slots to begin with.
    pub fn first(&self) -> u32 {
        self.rules.levels[0]
    }

    /// Most slots that are tried.
    pub fn most(&self) -> u32 {
        self.rules.levels[self.rules.levels.len() - 1]
    }

    /// What is tried.
    pub fn rules(&self) -> &TuneRules {
        &self.rules
    }

    /// An attempt has ended.
    pub fn ended(&mut self, now: Seconds) -> Step {
        if self.decided.is_some() {
            return Step::Stay;
        }
        let level = self.rules.levels[self.at];
        if self.skip > 0 {
            self.skip -= 1;
            if self.skip == 0 {
                (self.since, self.lacking) = (now, level);
            }
            return Step::Stay;
        }
        self.left = self.left.saturating_sub(1);
        self.lacking -= 1;
        if self.lacking == 0 {
            let time = (now - self.since).as_f64().max(1e-6);
            self.spent[self.at].push(time / f64::from(level));
            (self.since, self.lacking) = (now, level);
        }
        if self.left > 0 {
            return Step::Stay;
        }
        self.next_turn()
    }

    fn next_turn(&mut self) -> Step {
        self.at += 1;
        if self.at == self.rules.levels.len() {
            self.at = 0;
            self.round += 1;
            let over = self.round >= ROUNDS_MAX || self.has_parted();
            if over && self.rules.until == Until::Parted {
                let level = self.pick().map_or(self.first(), |level| level.slots);
                self.decided = Some(level);
                return Step::Decided(level);
            }
        }
        let before =
            self.rules.levels[(self.at + self.rules.levels.len() - 1) % self.rules.levels.len()];
        self.begin_turn(before);
        Step::Try(self.rules.levels[self.at])
    }

    /// What runs now was begun under the level before: as many ends are left out as may run.
    fn begin_turn(&mut self, before: u32) {
        let level = self.rules.levels[self.at];
        self.skip = level.max(before);
        let generations = (self.rules.items.saturating_sub(self.skip) / level).max(GENERATIONS_MIN);
        self.left = generations.saturating_mul(level);
    }

    /// What has been measured, by rising slots; levels that had no turn yet are left out.
    pub fn levels(&self) -> Vec<Level> {
        let each = self.rules.levels.iter().zip(&self.spent);
        each.filter(|(_, spent)| !spent.is_empty())
            .map(|(slots, spent)| level(*slots, spent))
            .collect()
    }

    /// The fewest slots whose rate is not beyond doubt below the best: the interval of neither
    /// leaves out the rate of the other. A few observations that spread have an interval in
    /// which everything lies; they do not speak against those of the best.
    pub fn pick(&self) -> Option<Level> {
        let levels = self.levels();
        let best = levels.iter().copied().max_by(|a, b| a.rate.total_cmp(&b.rate))?;
        let as_good = |level: &Level| {
            level.between.1 >= best.rate * AS_GOOD && level.rate >= best.between.0 * AS_GOOD
        };
        levels.into_iter().find(as_good)
    }

    /// Of every level it is beyond doubt whether it is as good as the best.
    fn has_parted(&self) -> bool {
        let levels = self.levels();
        let best = levels.iter().map(|level| level.rate).fold(0.0, f64::max) * AS_GOOD;
        levels.iter().all(|level| {
            let (low, high) = level.between;
            level.items > u64::from(level.slots) && (high < best || low >= best)
        })
    }
}

fn level(slots: u32, spent: &[f64]) -> Level {
    let n = spent.len() as f64;
    let mean = spent.iter().sum::<f64>() / n;
    let variance = spent.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>();
    let error = match spent.len() {
        1 => 0.0,
        n => libm::sqrt(variance / (n as f64 - 1.0) / n as f64) * student(n - 1),
    };
    // a rate is the inverse of a time, and its interval that of the time's
    let between = (1.0 / (mean + error), 1.0 / (mean - error).max(1e-9));
    Level { slots, items: spent.len() as u64 * u64::from(slots), rate: 1.0 / mean, between }
}

/// The 0.975 quantile of Student's distribution, by degrees of freedom: exact to 1 % from
/// five on (the first terms of Fisher's series, 1925), and as tables have it before.
fn student(freedom: usize) -> f64 {
    const Z: f64 = 1.959_964;
    match freedom {
        0 | 1 => 12.706,
        2 => 4.303,
        3 => 3.182,
        4 => 2.776,
        n => {
            let n = n as f64;
            Z + (Z * Z * Z + Z) / (4.0 * n)
                + (5.0 * Z * Z * Z * Z * Z + 16.0 * Z * Z * Z + 3.0 * Z) / (96.0 * n * n)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BinaryHeap;
    use core::cmp::Reverse;

    /// Throughput rises to six slots and falls after them.
    fn peak_at_six(running: u32) -> f64 {
        let n = f64::from(running);
        if running <= 6 { n } else { 6.0 - (n - 6.0) * 0.3 }
    }

    /// Runs jobs on a server whose rate hangs on how many run; their sizes spread.
    fn tune(seed: u64, levels: &[u32], rate: fn(u32) -> f64) -> (u32, u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        let rules = TuneRules { levels: levels.to_vec(), items: 50, until: Until::Parted };
        let mut tuner = Tuner::new(rules).unwrap();
        let (mut slots, mut now, mut ended) = (tuner.first(), 0.0f64, 0u64);
        // what each running job still needs, in the work of one slot alone
        let mut running: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
        let mut done = 0.0f64;
        loop {
            while running.len() < slots as usize {
                let size = 0.5 + random.f64();
                running.push(Reverse(((done + size) * 1e9) as u64));
            }
            let Reverse(next) = running.pop().unwrap();
            let n = running.len() as u32 + 1;
            let speed = rate(n) / f64::from(n);
            now += (next as f64 / 1e9 - done).max(0.0) / speed;
            done = done.max(next as f64 / 1e9);
            ended += 1;
            match tuner.ended(Seconds::from_f64(now)) {
                Step::Stay => {}
                Step::Try(other) => slots = other,
                Step::Decided(picked) => return (picked, ended),
            }
        }
    }

    #[test]
    fn the_peak_of_a_curve_is_found_in_nearly_all_runs() {
        let levels = [1, 2, 4, 6, 8, 16];
        let right = (0..200).filter(|seed| tune(*seed, &levels, peak_at_six).0 == 6).count();
        assert!(right >= 190, "{right} of 200");
        let most = (0..200).map(|seed| tune(seed, &levels, peak_at_six).1).max().unwrap();
        assert!(most <= 50 * 6 * 4 + 200, "the budget: {most}");
    }

    #[test]
    fn of_those_that_are_as_good_the_fewest_are_taken() {
        let flat = |n: u32| f64::from(n.min(4));
        let right = (0..200).filter(|seed| tune(*seed, &[1, 2, 4, 8, 16], flat).0 == 4).count();
        assert!(right >= 190, "{right} of 200");
    }

    #[test]
    fn nobody_divides_by_nothing() {
        assert!(
            Tuner::new(TuneRules { levels: Vec::new(), items: 5, until: Until::Parted }).is_none()
        );
        let rules =
            TuneRules { levels: alloc::vec![0, 3, 1, 3], items: 0, until: Until::Exhausted };
        let mut tuner = Tuner::new(rules).unwrap();
        assert_eq!((tuner.first(), tuner.most(), tuner.levels().len()), (1, 3, 0));
        assert_eq!(tuner.pick(), None);
        // all at one moment, and a clock that runs backwards
        for n in 0..100 {
            assert!(!matches!(tuner.ended(Seconds::from_secs(-n)), Step::Decided(_)));
        }
        let levels = tuner.levels();
        assert!(levels.iter().all(|l| l.rate.is_finite() && l.between.1.is_finite()), "{levels:?}");
    }

    #[test]
    fn what_spreads_without_bounds_is_not_as_good_as_all() {
        let rules = TuneRules { levels: alloc::vec![1, 2], items: 6, until: Until::Exhausted };
        let mut tuner = Tuner::new(rules).unwrap();
        let mut now = Seconds::ZERO;
        for end in 0..200u32 {
            // one slot: a slow one now and then; two: a tenth of a second each
            let alone = tuner.at == 0;
            let micros = if alone && end % 4 == 0 { 2_000_000 } else { 100_000 };
            now += Seconds::from_micros(micros);
            assert!(!matches!(tuner.ended(now), Step::Decided(_)));
            if tuner.levels().len() == 2 {
                break;
            }
        }
        let mut levels = tuner.levels();
        assert!(levels[0].between.1 > levels[1].rate, "{levels:?}");
        while levels[1].items < 12 {
            now += Seconds::from_micros(100_000);
            tuner.ended(now);
            levels = tuner.levels();
        }
        assert_eq!(tuner.pick().map(|level| level.slots), Some(2), "{levels:?}");
    }

    #[test]
    fn as_many_slots_as_can_be_written_overflow_nothing() {
        let levels = alloc::vec![3_000_000_000, u32::MAX];
        let rules = TuneRules { levels, items: u32::MAX, until: Until::Parted };
        let mut tuner = Tuner::new(rules).unwrap();
        assert_eq!(tuner.ended(Seconds::ZERO), Step::Stay);
    }

    #[test]
    fn student_is_near_the_tables() {
        for (freedom, quantile) in [(3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042)] {
            assert!((student(freedom) / quantile - 1.0).abs() < 0.01, "{freedom}");
        }
    }
}
