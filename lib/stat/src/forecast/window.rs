//! The median of the last values.

use alloc::vec::Vec;

/// The last values in order of size.
#[derive(Clone, Debug)]
pub struct Window {
    length: usize,
    sorted: Vec<f64>,
}

impl Window {
    /// Of so many values, at least one.
    pub fn new(length: usize) -> Self {
        Window { length, sorted: Vec::new() }
    }

    /// The median after the last of `values`, which is the only one that is new.
    pub fn push(&mut self, values: &[f64]) -> f64 {
        let Some(new) = values.last() else { return 0.0 };
        let below = |sorted: &[f64], value: f64| sorted.partition_point(|other| *other < value);
        if let Some(old) = values.len().checked_sub(self.length + 1) {
            let place = below(&self.sorted, values[old]);
            self.sorted.remove(place);
        }
        self.sorted.insert(below(&self.sorted, *new), *new);
        let count = self.sorted.len();
        0.5 * (self.sorted[count / 2] + self.sorted[(count - 1) / 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_the_last_three() {
        let values = [5.0, 1.0, 4.0, 4.0, 9.0, 0.0];
        let mut window = Window::new(3);
        let medians: Vec<f64> = (1..=6).map(|count| window.push(&values[..count])).collect();
        assert_eq!(medians, [5.0, 3.0, 4.0, 4.0, 4.0, 4.0]);
    }
}
