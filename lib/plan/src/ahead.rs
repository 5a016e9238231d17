//! What is free of each amount from now on, as far as that is known: running operations
//! give back at their expected ends, and others have reserved.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use record::Seconds;

/// Number of an amount: slots, a resource, a lock.
pub type Line = u32;

/// Free amounts over time, for as many amounts as are asked about.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    lines: BTreeMap<Line, Steps>,
}

/// A step function: from each time on so much is free; the first entry holds from the
/// beginning, times rise.
#[derive(Clone, Debug)]
struct Steps(Vec<(Seconds, u64)>);

impl Ahead {
    /// Nothing is known.
    pub fn new() -> Ahead {
        Ahead::default()
    }

    /// True where the amount is known.
    pub fn knows(&self, line: Line) -> bool {
        self.lines.contains_key(&line)
    }

    /// An amount of which so much is free from `now` on, and more when what is held comes
    /// back: pairs of time and amount, in any order.
    pub fn add(&mut self, line: Line, (now, free): (Seconds, u64), mut held: Vec<(Seconds, u64)>) {
        held.sort_unstable();
        let mut steps = vec![(now, free)];
        for (at, amount) in held {
            match steps.last_mut() {
                Some((last, free)) if *last >= at => *free = free.saturating_add(amount),
                Some((_, free)) => {
                    let free = free.saturating_add(amount);
                    steps.push((at, free));
                }
                None => {}
            }
        }
        self.lines.insert(line, Steps(steps));
    }

    /// The first time from `from` on at which all of `demand` is free for so long; `None`
    /// where it never is. An amount that is not known is never short.
    pub fn earliest(
        &self,
        from: Seconds,
        duration: Seconds,
        demand: &[(Line, u64)],
    ) -> Option<Seconds> {
        let mut start = from;
        loop {
            let mut next = start;
            for (line, amount) in demand {
                if let Some(steps) = self.lines.get(line) {
                    next = steps.earliest(next, duration, *amount)?;
                }
            }
            if next == start {
                return Some(start);
            }
            start = next;
        }
    }

    /// Reserves all of `demand` from `start` on for so long.
    pub fn take(&mut self, start: Seconds, duration: Seconds, demand: &[(Line, u64)]) {
        for (line, amount) in demand {
            if let Some(steps) = self.lines.get_mut(line) {
                steps.take((start, start + duration), *amount);
            }
        }
    }
}

impl Steps {
    /// The step that holds at a time.
    fn at(&self, time: Seconds) -> usize {
        self.0.partition_point(|(from, _)| *from <= time).saturating_sub(1)
    }

    fn earliest(&self, from: Seconds, duration: Seconds, amount: u64) -> Option<Seconds> {
        let mut start = from;
        let mut at = self.at(from);
        loop {
            // what is short of it between now and its end
            let end = start + duration;
            let within = |step: &&(usize, &(Seconds, u64))| step.0 == at || step.1.0 < end;
            let mut run = self.0.iter().enumerate().skip(at);
            let short = run.by_ref().take_while(|step| within(&step)).find(|s| s.1.1 < amount);
            let Some((short, _)) = short else { return Some(start) };
            at = short + 1;
            start = self.0.get(at)?.0;
        }
    }

    fn take(&mut self, (start, end): (Seconds, Seconds), amount: u64) {
        if end <= start {
            return;
        }
        let first = self.split(start);
        let last = self.split(end);
        for (_, free) in &mut self.0[first..last] {
            *free = free.saturating_sub(amount);
        }
    }

    /// The step that begins at a time, made where there is none.
    fn split(&mut self, time: Seconds) -> usize {
        let at = self.at(time);
        match self.0.get(at) {
            Some((from, _)) if *from >= time => at,
            Some((_, free)) => {
                let free = *free;
                self.0.insert(at + 1, (time, free));
                at + 1
            }
            None => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: i64) -> Seconds {
        Seconds::from_secs(seconds)
    }

    #[test]
    fn the_first_gap_that_is_long_enough() {
        let mut ahead = Ahead::new();
        // one of four is free now, two more come back at 5, the last at 9
        ahead.add(0, (secs(0), 1), vec![(secs(9), 1), (secs(5), 2)]);
        let fits = |ahead: &Ahead, amount, duration| {
            ahead.earliest(secs(0), secs(duration), &[(0, amount)])
        };
        assert_eq!(fits(&ahead, 1, 100), Some(secs(0)));
        assert_eq!(fits(&ahead, 2, 1), Some(secs(5)));
        assert_eq!(fits(&ahead, 4, 1), Some(secs(9)));
        assert_eq!(fits(&ahead, 5, 1), None);
        // with all taken from 9 to 12, only what ends before can start before
        ahead.take(secs(9), secs(3), &[(0, 4)]);
        assert_eq!(fits(&ahead, 1, 9), Some(secs(0)));
        assert_eq!(fits(&ahead, 1, 10), Some(secs(12)));
        assert_eq!(fits(&ahead, 3, 4), Some(secs(5)));
    }

    #[test]
    fn all_amounts_must_be_free_together() {
        let mut ahead = Ahead::new();
        ahead.add(0, (secs(0), 0), vec![(secs(2), 1)]);
        ahead.add(7, (secs(0), 9), Vec::new());
        ahead.take(secs(2), secs(2), &[(7, 9)]);
        let demand = [(0, 1), (7, 1), (99, 1000)];
        assert!(!ahead.knows(99));
        assert_eq!(ahead.earliest(secs(0), secs(1), &demand), Some(secs(4)));
        assert_eq!(ahead.earliest(secs(0), secs(0), &[(7, 9)]), Some(secs(0)));
    }
}
