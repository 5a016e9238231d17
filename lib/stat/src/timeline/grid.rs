//! Amounts over time in bins of one width: exact sums, however long the time gets.

use alloc::vec;
use alloc::vec::Vec;
use record::Seconds;

/// Bins at most; where more are needed, each two become one. Half of them are left then,
/// which is as many as a wide screen has columns of pixels.
pub const MOST: usize = 2048;

/// Amounts by bin. A bin begins at a multiple of the width, a power of two of
/// microseconds; so bins of any two grids can be made equal.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// Width of a bin in microseconds, as a power of two.
    fine: u32,
    /// Number of the first bin.
    first: i64,
    /// What lies in a bin, without what covers it whole.
    sums: Vec<f64>,
    /// What begins, less what ends, to cover bins whole.
    covers: Vec<f64>,
}

impl Grid {
    /// Adds `amount`, all of it at one time.
    pub fn count(&mut self, at: Seconds, amount: f64) {
        let bin = self.reach(at.as_micros(), at.as_micros());
        self.sums[bin.0] += amount;
    }

    /// Adds `amount` for each second from one time to another.
    pub fn span(&mut self, from: Seconds, to: Seconds, amount: f64) {
        let (from, to) = (from.as_micros(), to.as_micros());
        if to <= from || amount == 0.0 {
            return;
        }
        let (first, last) = self.reach(from, to - 1);
        let seconds = |micros: i64| micros as f64 / 1e6 * amount;
        if first == last {
            self.sums[first] += seconds(to - from);
            return;
        }
        let begin = |bin: usize| (self.first + bin as i64) << self.fine;
        self.sums[first] += seconds(begin(first + 1) - from);
        self.sums[last] += seconds(to - begin(last));
        if last > first + 1 {
            let whole = seconds(1 << self.fine);
            self.covers[first + 1] += whole;
            self.covers[last] -= whole;
        }
    }

    /// Places of the bins of two times, which are made where there are none.
    fn reach(&mut self, from: i64, to: i64) -> (usize, usize) {
        if self.sums.is_empty() {
            self.first = from >> self.fine;
        }
        loop {
            let (from, to) = (from >> self.fine, to >> self.fine);
            let end = self.first + self.sums.len() as i64;
            let (first, end) = (self.first.min(from), end.max(to + 1));
            if end - first > MOST as i64 {
                self.halve();
                continue;
            }
            let before = (self.first - first) as usize;
            for bins in [&mut self.sums, &mut self.covers] {
                bins.splice(0..0, core::iter::repeat_n(0.0, before));
                bins.resize((end - first) as usize, 0.0);
            }
            self.first = first;
            return ((from - first) as usize, (to - first) as usize);
        }
    }

    /// Each two bins become one.
    fn halve(&mut self) {
        let whole = self.settled();
        let first = self.first >> 1;
        let last = (self.first + whole.len() as i64 - 1).max(self.first) >> 1;
        let mut sums = vec![0.0; (last - first + 1) as usize];
        for (place, sum) in whole.into_iter().enumerate() {
            sums[(((self.first + place as i64) >> 1) - first) as usize] += sum;
        }
        self.covers = vec![0.0; sums.len()];
        self.sums = sums;
        self.first = first;
        self.fine += 1;
    }

    /// What lies in each bin.
    fn settled(&self) -> Vec<f64> {
        let mut covered = 0.0;
        let bin = |(sum, change): (&f64, &f64)| {
            covered += change;
            sum + covered
        };
        self.sums.iter().zip(&self.covers).map(bin).collect()
    }

    /// Width of a bin in microseconds, as a power of two.
    pub fn fine(&self) -> u32 {
        self.fine
    }

    /// Makes bins that wide, where they are less.
    pub fn widen(&mut self, fine: u32) {
        while self.fine < fine {
            self.halve();
        }
    }

    /// What lies in each of so many bins from bin number `first` on.
    pub fn bins(&self, first: i64, count: usize) -> Vec<f64> {
        let all = self.settled();
        let at = |bin: i64| usize::try_from(bin - self.first).ok().and_then(|at| all.get(at));
        (0..count).map(|bin| at(first + bin as i64).copied().unwrap_or(0.0)).collect()
    }

    /// Sum of all.
    pub fn total(&self) -> f64 {
        self.settled().iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn micros(at: i64) -> Seconds {
        Seconds::from_micros(at)
    }

    #[test]
    fn amounts_lie_where_they_belong() {
        let mut grid = Grid::default();
        grid.widen(20);
        let bin = 1 << 20;
        grid.span(micros(bin / 2), micros(3 * bin + bin / 4), 2.0);
        grid.count(micros(bin), 5.0);
        let second = bin as f64 / 1e6;
        let told = grid.bins(-1, 6);
        let want = [0.0, second, 5.0 + 2.0 * second, 2.0 * second, second / 2.0, 0.0];
        told.iter().zip(want).for_each(|(told, want)| assert!((told - want).abs() < 1e-9));
    }

    proptest! {
        /// However the bins have been halved, no amount is lost and each lies in its bin.
        #[test]
        fn nothing_is_lost(spans in prop::collection::vec((0i64..5_000_000, 1i64..40_000, 1u8..4), 1..60)) {
            let mut grid = Grid::default();
            for (from, long, amount) in &spans {
                grid.span(micros(*from), micros(from + long), f64::from(*amount));
                grid.count(micros(*from), 1.0);
            }
            let width = 1i64 << grid.fine();
            let first = spans.iter().map(|span| span.0).min().unwrap_or(0) >> grid.fine();
            let told = grid.bins(first, MOST);
            for (place, told) in told.iter().enumerate() {
                let (begin, end) = ((first + place as i64) * width, (first + place as i64 + 1) * width);
                let want: f64 = spans.iter().map(|(from, long, amount)| {
                    let shared = (from + long).min(end) - (*from).max(begin);
                    let counted = if (begin..end).contains(from) { 1.0 } else { 0.0 };
                    shared.max(0) as f64 / 1e6 * f64::from(*amount) + counted
                }).sum();
                prop_assert!((told - want).abs() < 1e-6, "{} {told} {want}", place);
            }
            let all: f64 = spans.iter().map(|(_, long, amount)| *long as f64 / 1e6 * f64::from(*amount) + 1.0).sum();
            prop_assert!((grid.total() - all).abs() < 1e-6);
        }
    }
}
