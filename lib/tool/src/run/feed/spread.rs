//! Some of many, as far from each other as can be.

/// Places of `count` among `total`, rising, each once: the middles of equal parts.
pub fn over(total: usize, count: usize) -> Vec<usize> {
    let count = count.min(total);
    let middle = |at: usize| (total as u128 * (2 * at as u128 + 1) / (2 * count as u128)) as usize;
    (0..count).map(middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_first_nor_the_last_alone() {
        assert_eq!(over(10, 2), [2, 7]);
        assert_eq!(over(100, 4), [12, 37, 62, 87]);
        assert_eq!(over(3, 10), [0, 1, 2]);
        assert_eq!(over(0, 3), [0usize; 0]);
        let many = over(1_000_003, 1000);
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]) && many[999] < 1_000_003);
    }
}
