//! `--shuf`: all records, in random order.

use super::source::Record;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Records that are given out in another order than they came.
#[derive(Debug, Default)]
pub struct Deck {
    /// In the order of the input, until all are there; then in the reverse of the order
    /// they are given out in.
    pub records: Vec<Record>,
    mixed: Option<u64>,
}

impl Deck {
    /// How many there are in all, once all are there.
    pub fn total(&self) -> Option<u64> {
        self.mixed
    }

    /// All are there: each order is as likely as any other.
    pub fn mix(&mut self) {
        self.mixed = Some(self.records.len() as u64);
        // the seed of std's tables comes from the system
        let mut state = RandomState::new().build_hasher().finish();
        for last in (1..self.records.len()).rev() {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let at = ((u128::from(mixed(state)) * (last as u128 + 1)) >> 64) as usize;
            self.records.swap(last, at);
        }
    }
}

/// SplitMix64's output function.
fn mixed(state: u64) -> u64 {
    let mut bits = state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_there_in_another_order() {
        let records: Vec<Record> =
            (0..1000u32).map(|n| Record::One(n.to_be_bytes().to_vec())).collect();
        let mut deck = Deck { records: records.clone(), ..Deck::default() };
        deck.mix();
        assert_eq!(deck.total(), Some(1000));
        // once in 1000! runs they are equal
        assert_ne!(deck.records, records);
        let moved = deck.records.iter().zip(&records).filter(|(a, b)| a != b).count();
        assert!(moved > 900, "{moved}");
        deck.records.sort();
        assert_eq!(deck.records, records);
    }
}
