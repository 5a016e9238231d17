//! Operations alike: the first word of their command and their id with its
//! digits masked, so that `page-1.pdf` and `page-2.pdf` are one family.

use alloc::string::String;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{OpFamily, Seconds};

/// More families than this are one, "others": their ids have no digits to mask.
const MOST: usize = 10_000;

/// Exact sums of one family.
#[derive(Clone, Debug)]
struct Family {
    name: String,
    count: u64,
    sum: u64,
    squares: u128,
}

impl Family {
    fn add(&mut self, wall: Seconds) {
        let micros = wall.as_micros().max(0) as u64;
        self.count += 1;
        self.sum = self.sum.saturating_add(micros);
        self.squares = self.squares.saturating_add(u128::from(micros) * u128::from(micros));
    }

    /// Standard deviation (of the population) over mean, from the exact sums.
    fn variation(&self) -> f64 {
        let (count, sum) = (u128::from(self.count), u128::from(self.sum));
        if sum == 0 {
            return 0.0;
        }
        let spread = count.saturating_mul(self.squares).saturating_sub(sum.saturating_mul(sum));
        libm::sqrt(spread as f64) / sum as f64
    }

    fn told(&self) -> OpFamily {
        OpFamily {
            name: self.name.clone(),
            count: self.count,
            work_s: Seconds::from_micros(self.sum as i64),
            mean_s: Seconds::from_micros((self.sum / self.count.max(1)) as i64),
            variation: crate::rounded(self.variation()),
        }
    }
}

/// Sums by family.
#[derive(Clone, Debug, Default)]
pub struct Families {
    places: HashMap<String, usize, FixedState>,
    rows: Vec<Family>,
    name: String,
}

impl Families {
    /// Counts an attempt; `head` is the command's first word, or empty.
    pub fn add(&mut self, head: &str, id: &str, wall: Seconds) {
        plan::family_of(head, id, &mut self.name);
        let place = match self.places.get(self.name.as_str()) {
            Some(place) => *place,
            None => self.new_place(),
        };
        self.rows[place].add(wall);
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
        self.rows.push(Family { name: self.name.clone(), count: 0, sum: 0, squares: 0 });
        self.places.insert(self.name.clone(), place);
        place
    }

    /// The `most` that vary most, of at least three attempts each.
    pub fn most_variable(&self, most: usize) -> Vec<OpFamily> {
        let mut rows: Vec<OpFamily> =
            self.rows.iter().filter(|row| row.count >= 3).map(Family::told).collect();
        rows.retain(|row| row.variation > 0.0);
        rows.sort_by(|a, b| b.variation.total_cmp(&a.variation).then_with(|| a.name.cmp(&b.name)));
        rows.truncate(most);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn ids_that_differ_by_digits_are_one_family() {
        let mut families = Families::default();
        for (id, secs) in [("page-1.x2", 1), ("page-20.x7", 3), ("page-3.x9", 2), ("other", 9)] {
            families.add("convert", id, Seconds::from_secs(secs));
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
        (0..3 * MOST as u32).for_each(|n| families.add("", &letters(n), Seconds::ZERO));
        assert_eq!(families.rows.len(), MOST + 1);
        assert_eq!(families.rows.iter().map(|row| row.count).sum::<u64>(), 3 * MOST as u64);
    }
}
