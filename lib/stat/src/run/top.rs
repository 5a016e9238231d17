//! The greatest few of any number of things.

use alloc::vec::Vec;
use record::Seconds;

/// Keeps the `room` greatest; among equals the earlier ones.
#[derive(Clone, Debug)]
pub struct Top<T> {
    room: usize,
    rows: Vec<(Seconds, T)>,
}

impl<T> Top<T> {
    /// Room for so many.
    pub fn new(room: usize) -> Self {
        Top { room, rows: Vec::new() }
    }

    /// Offers a thing, which is only made where it is kept.
    pub fn offer(&mut self, size: Seconds, make: impl FnOnce() -> T) {
        if self.rows.len() == self.room {
            match self.rows.last() {
                Some((least, _)) if size > *least => self.rows.pop(),
                _ => return,
            };
        }
        let place = self.rows.partition_point(|(other, _)| *other >= size);
        self.rows.insert(place, (size, make()));
    }

    /// What was kept, greatest first.
    pub fn into_rows(self) -> Vec<(Seconds, T)> {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_come_first_and_ties_keep_their_order() {
        let mut top = Top::new(3);
        for (size, name) in [(1, 'a'), (5, 'b'), (5, 'c'), (0, 'd'), (7, 'e'), (5, 'f')] {
            top.offer(Seconds::from_secs(size), || name);
        }
        let names: Vec<char> = top.into_rows().into_iter().map(|row| row.1).collect();
        assert_eq!(names, ['e', 'b', 'c']);
        let mut none = Top::new(0);
        none.offer(Seconds::from_secs(1), || 'a');
        assert!(none.into_rows().is_empty());
    }
}
