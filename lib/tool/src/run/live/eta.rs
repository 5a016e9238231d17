//! When a run will have ended.

use engine::Left;
use record::Seconds;

/// What has been learnt from those that have ended.
#[derive(Debug, Default)]
pub struct Estimate {
    ended: u64,
    walls: Seconds,
    /// Those whose duration was expected: what was expected, and what it was.
    expected: Seconds,
    took: Seconds,
}

impl Estimate {
    /// An operation has ended after `wall`; `expected` is zero where nobody knew.
    pub fn ended(&mut self, wall: Seconds, expected: Seconds) {
        self.ended += 1;
        self.walls += wall;
        if expected > Seconds::ZERO {
            self.expected += expected;
            self.took += wall;
        }
    }

    /// Mean duration, once one has ended.
    pub fn mean(&self) -> Option<f64> {
        (self.ended > 0).then(|| self.walls.as_f64() / self.ended as f64)
    }

    /// How much longer operations take than expected.
    pub fn stretch(&self) -> f64 {
        if self.expected > Seconds::ZERO && self.took > Seconds::ZERO {
            self.took.as_f64() / self.expected.as_f64()
        } else {
            1.0
        }
    }

    /// Time until so many operations have ended, of which the running ones have run for
    /// `running` in all, each counted up to the mean at most.
    pub fn of_lines(&self, left: u64, running: Seconds, slots: u32) -> Option<Seconds> {
        let work = self.mean()? * left as f64 - running.as_f64();
        Some(Seconds::from_f64((work / lanes(left, slots)).max(0.0)))
    }

    /// Time until a plan has ended: neither sooner than its longest path nor than the slots
    /// can do the work.
    pub fn of_plan(&self, left: &Left, slots: u32) -> Option<Seconds> {
        if left.ops == 0 {
            return Some(Seconds::ZERO);
        }
        let of_unknown = match (left.unknown, self.mean()) {
            (0, _) => 0.0,
            (unknown, Some(mean)) => unknown as f64 * mean,
            (_, None) => return None,
        };
        let (stretch, lanes) = (self.stretch(), lanes(left.ops, slots));
        let work = (left.work.as_f64() * stretch + of_unknown) / lanes;
        Some(Seconds::from_f64(work.max(left.path.as_f64() * stretch)))
    }
}

/// How many run at once, on average.
fn lanes(left: u64, slots: u32) -> f64 {
    (left.min(u64::from(slots))).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: f64) -> Seconds {
        Seconds::from_f64(secs)
    }

    /// A steady run, looked at whenever one ends: what was said is what came.
    #[test]
    fn lines_of_one_length_end_when_it_was_said() {
        let (wall, slots, total) = (secs(2.0), 4, 40);
        let mut estimate = Estimate::default();
        assert_eq!(estimate.of_lines(40, Seconds::ZERO, slots), None);
        for round in 1..=total / u64::from(slots) {
            (0..slots).for_each(|_| estimate.ended(wall, Seconds::ZERO));
            let left = total - round * u64::from(slots);
            let truth = secs(left as f64 / f64::from(slots) * 2.0);
            assert_eq!(estimate.of_lines(left, Seconds::ZERO, slots), Some(truth));
        }
        // half of what runs is over, and the last ones do not fill the slots
        assert_eq!(estimate.of_lines(4, secs(4.0), slots), Some(secs(1.0)));
        assert_eq!(estimate.of_lines(1, secs(0.5), slots), Some(secs(1.5)));
        assert_eq!(estimate.of_lines(1, secs(9.0), slots), Some(Seconds::ZERO));
    }

    #[test]
    fn a_plan_ends_with_its_path_or_with_its_work() {
        let mut estimate = Estimate::default();
        let left =
            |unknown, work, path| Left { ops: 8, unknown, work: secs(work), path: secs(path) };
        assert_eq!(estimate.of_plan(&left(0, 100.0, 60.0), 2), Some(secs(60.0)));
        assert_eq!(estimate.of_plan(&left(0, 140.0, 60.0), 2), Some(secs(70.0)));
        assert_eq!(estimate.of_plan(&left(1, 140.0, 60.0), 2), None);
        // what was expected to take a minute takes a second, without exception
        estimate.ended(secs(0.5), secs(30.0));
        estimate.ended(secs(1.5), secs(90.0));
        assert_eq!(estimate.of_plan(&left(0, 140.0, 60.0), 2), Some(secs(70.0 / 60.0)));
        // those of unknown length are like the mean
        assert_eq!(estimate.of_plan(&left(4, 60.0, 60.0), 2), Some(secs(2.5)));
        assert_eq!(estimate.of_plan(&Left::default(), 2), Some(Seconds::ZERO));
    }
}
