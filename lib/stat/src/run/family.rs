//! Operations alike: the first word of their command and their id with its
//! digits masked, so that `page-1.pdf` and `page-2.pdf` are one family.

use crate::sketch::Coarse;
use alloc::string::String;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{EndView, OpFamily, Outcome, Seconds};

/// More families than this are one, "others": their ids have no digits to mask.
const MOST: usize = 10_000;

/// Sums of one family; times in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// First word of the command, and the id with its digits masked.
    pub name: String,
    /// Attempts.
    pub count: u64,
    /// Of these, failed ones.
    pub failed: u64,
    /// Attempts that a timeout ended.
    pub late: u64,
    /// Durations.
    pub sum: u64,
    /// Squares of the durations.
    pub squares: u128,
    /// Of the durations, in programs: what threads used at once counts once.
    pub user: u64,
    /// Of the durations, in the kernel.
    pub system: u64,
    /// Processor time, all of it.
    pub cpu: u64,
    /// Waited for slots, locks, resources, anything else.
    pub waited: [u64; 4],
    /// Time of starts, and how many of them are known.
    pub spawn: (u64, u64),
    /// Blocks, voluntary switches, and attempts of which both are known.
    pub kernel: (u64, u64, u64),
    /// Attempts by class.
    pub classes: [u64; 4],
    /// Greatest resident set.
    pub rss: Option<u64>,
    /// Greatest timeout.
    pub timeout: Option<Seconds>,
    /// Durations.
    pub durations: Coarse,
}

impl Family {
    fn add(&mut self, view: &EndView<'_>, (waited, timeout): ([u64; 4], Option<Seconds>)) {
        let micros = micros_of(view.wall);
        self.count += 1;
        self.failed += u64::from(view.result.failed());
        self.late += u64::from(view.result == Outcome::Timeout);
        self.sum = self.sum.saturating_add(micros);
        self.squares = self.squares.saturating_add(u128::from(micros) * u128::from(micros));
        let (mut user, mut system) = (micros_of(view.user), micros_of(view.system));
        let cpu = user + system;
        self.cpu += cpu;
        if cpu > micros {
            user = (u128::from(user) * u128::from(micros) / u128::from(cpu)) as u64;
            system = micros - user;
        }
        self.user += user;
        self.system += system;
        (0..4).for_each(|kind| self.waited[kind] += waited[kind]);
        if let Some(spawn) = view.spawn {
            self.spawn = (self.spawn.0 + micros_of(spawn), self.spawn.1 + 1);
        }
        if let (Some(blocks), Some(switches)) = (view.blocks, view.switches) {
            let (of, waits, known) = self.kernel;
            self.kernel = (of + blocks, waits + switches, known + 1);
            self.classes[class_of(micros, cpu, blocks) as usize] += 1;
        }
        self.rss = self.rss.max(view.max_rss_bytes);
        self.timeout = self.timeout.max(timeout);
        self.durations.add(micros);
    }

    /// Standard deviation (of the population) over mean, from the exact sums.
    pub fn variation(&self) -> f64 {
        let (count, sum) = (u128::from(self.count), u128::from(self.sum));
        if sum == 0 {
            return 0.0;
        }
        let spread = count.saturating_mul(self.squares).saturating_sub(sum.saturating_mul(sum));
        libm::sqrt(spread as f64) / sum as f64
    }

    /// Median and, of six attempts and more, its interval.
    pub fn median(&self) -> (Seconds, Option<(Seconds, Seconds)>) {
        let interval = self.durations.median_interval();
        (seconds(self.durations.quantile(0.5)), interval.map(|(a, b)| (seconds(a), seconds(b))))
    }

    fn told(&self) -> OpFamily {
        let (median, interval) = self.median();
        let [slot, lock, resource, other] = self.waited;
        OpFamily {
            name: self.name.clone(),
            count: self.count,
            work_s: seconds(self.sum),
            mean_s: seconds(self.sum / self.count.max(1)),
            variation: crate::rounded(self.variation()),
            median_s: Some(median),
            median_low_s: interval.map(|(low, _)| low),
            median_high_s: interval.map(|(_, high)| high),
            user_s: Some(seconds(self.user)),
            system_s: Some(seconds(self.system)),
            wait_s: Some(seconds(self.sum.saturating_sub(self.user + self.system))),
            lock_s: Some(seconds(lock)),
            queue_s: Some(seconds(slot + resource + other)),
            max_rss_bytes: self.rss,
        }
    }
}

fn micros_of(time: Seconds) -> u64 {
    time.as_micros().max(0) as u64
}

/// A time in seconds out of microseconds.
pub fn seconds(micros: u64) -> Seconds {
    Seconds::from_micros(micros as i64)
}

/// What an attempt spends its time with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// On a CPU.
    Cpu,
    /// Reading or writing a disk.
    Io,
    /// Waiting for neither: it sleeps, or waits for the network or for others.
    Wait,
    /// Some of each.
    Mixed,
}

/// Blocks a second from which on it is the disk that an attempt waits for: 256 KiB.
const BLOCKS_PER_S: u64 = 512;

/// More than 0.8 of the time on a CPU is CPU (features, row B4). At most half of it, and more
/// blocks than a stray page: the disk. Less than 0.2 of it and no blocks: waiting. What lies
/// between is mixed.
fn class_of(wall: u64, cpu: u64, blocks: u64) -> Class {
    let moves = blocks.saturating_mul(1_000_000) >= wall.saturating_mul(BLOCKS_PER_S) && blocks > 0;
    match () {
        () if cpu * 10 > wall * 8 => Class::Cpu,
        () if moves && cpu * 2 <= wall => Class::Io,
        () if !moves && cpu * 5 < wall => Class::Wait,
        () => Class::Mixed,
    }
}

/// Sums by family.
#[derive(Clone, Debug, Default)]
pub struct Families {
    places: HashMap<String, usize, FixedState>,
    rows: Vec<Family>,
    name: String,
}

/// What is known of an attempt besides its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The command's first word, or empty.
    pub head: &'a str,
    /// Microseconds waited for slots, locks, resources, anything else.
    pub waited: [u64; 4],
    /// When it would have been ended.
    pub timeout: Option<Seconds>,
}

impl Families {
    /// Counts an attempt; returns the place of its family.
    pub fn add(&mut self, view: &EndView<'_>, known: Known<'_>) -> usize {
        plan::family_of(known.head, view.id, &mut self.name);
        let place = match self.places.get(self.name.as_str()) {
            Some(place) => *place,
            None => self.new_place(),
        };
        self.rows[place].add(view, (known.waited, known.timeout));
        place
    }

    fn new_place(&mut self) -> usize {
        if self.rows.len() >= MOST {
            self.name.clear();
            self.name.push_str("others");
            if let Some(place) = self.places.get(self.name.as_str()) {
                return *place;
            }
        }
        let place = self.rows.len();
        self.rows.push(Family { name: self.name.clone(), ..Family::default() });
        self.places.insert(self.name.clone(), place);
        place
    }

    /// The families, in the order in which they came.
    pub fn rows(&self) -> &[Family] {
        &self.rows
    }

    /// The `most` that vary most, of at least three attempts each.
    pub fn most_variable(&self, most: usize) -> Vec<OpFamily> {
        let mut rows: Vec<(f64, &Family)> = self
            .rows
            .iter()
            .filter(|row| row.count >= 3)
            .map(|row| (row.variation(), row))
            .filter(|row| crate::rounded(row.0) > 0.0)
            .collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
        rows.into_iter().take(most).map(|row| row.1.told()).collect()
    }

    /// The `most` that took most time.
    pub fn most_work(&self, most: usize) -> Vec<OpFamily> {
        self.by_work().into_iter().take(most).map(Family::told).collect()
    }

    /// All, by the time they took, ties by name.
    pub fn by_work(&self) -> Vec<&Family> {
        let mut rows: Vec<&Family> = self.rows.iter().collect();
        rows.sort_by(|a, b| b.sum.cmp(&a.sum).then_with(|| a.name.cmp(&b.name)));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString as _;
    use record::OpEnd;

    fn end(id: &str, secs: i64) -> OpEnd {
        OpEnd { id: id.to_string(), wall_s: Seconds::from_secs(secs), ..OpEnd::default() }
    }

    #[test]
    fn what_the_time_went_into_is_the_time() {
        let mut families = Families::default();
        let millis = |ms: i64| Seconds::from_micros(ms * 1000);
        // a second with 0.25 s of CPU; and two threads that use 3 s in 2 s of wall
        for (wall, user, system) in [(1000, 200, 50), (2000, 2000, 1000)] {
            let of = end("x", 0);
            let view = EndView::from(&of);
            let view =
                EndView { wall: millis(wall), user: millis(user), system: millis(system), ..view };
            families.add(&view, Known { waited: [7, 11, 13, 17], ..Known::default() });
        }
        let row = families.most_work(1).remove(0);
        let parts = [row.user_s, row.system_s, row.wait_s].map(Option::unwrap);
        assert_eq!(parts.into_iter().sum::<Seconds>(), row.work_s);
        assert_eq!(parts[2], millis(750));
        assert_eq!((row.lock_s, row.queue_s), (Some(seconds(22)), Some(seconds(74))));
    }

    #[test]
    fn an_attempt_is_of_the_class_of_its_figures() {
        for (cpu, blocks, class) in [
            (801_000, 0, Class::Cpu),
            (800_000, 0, Class::Mixed),
            (500_000, 512, Class::Io),
            (500_001, 512, Class::Mixed),
            (199_999, 511, Class::Wait),
            (200_000, 511, Class::Mixed),
            (0, 0, Class::Wait),
        ] {
            assert_eq!(class_of(1_000_000, cpu, blocks), class, "{cpu} {blocks}");
        }
    }

    #[test]
    fn ids_that_differ_by_digits_are_one_family() {
        let mut families = Families::default();
        for (id, secs) in [("page-1.x2", 1), ("page-20.x7", 3), ("page-3.x9", 2), ("other", 9)] {
            families
                .add(&EndView::from(&end(id, secs)), Known { head: "convert", ..Known::default() });
        }
        let rows = families.most_variable(5);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].name, "convert page-#.x#");
        assert_eq!((rows[0].count, rows[0].mean_s), (3, Seconds::from_secs(2)));
        // by hand: sqrt(((1-2)^2 + (3-2)^2 + 0) / 3) / 2
        assert_eq!(rows[0].variation, 0.408248);
    }

    #[test]
    fn the_number_of_families_is_bounded() {
        let mut families = Families::default();
        let letters = |n: u32| -> String {
            format!("{n}").bytes().map(|b| char::from(b - b'0' + b'a')).collect()
        };
        (0..3 * MOST as u32).for_each(|n| {
            families.add(&EndView::from(&end(&letters(n), 0)), Known::default());
        });
        assert_eq!(families.rows.len(), MOST + 1);
        assert_eq!(families.rows.iter().map(|row| row.count).sum::<u64>(), 3 * MOST as u64);
    }
}
