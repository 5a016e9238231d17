//! Pauses between attempts: exponential, with jitter.

use record::Seconds;

/// How long to pause before a repetition: `base * 2^(n-1)`, at most `max`,
/// varied by up to `jitter` of it either way, so that many that failed together
/// do not come back together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Pause before the first repetition.
    pub base: Seconds,
    /// Greatest pause.
    pub max: Seconds,
    /// Share of the pause that is random, 0 to 1.
    pub jitter: f64,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff {
            base: Seconds::from_micros(200_000),
            max: Seconds::from_secs(30),
            jitter: 0.1,
            seed: 0,
        }
    }
}

impl Backoff {
    /// The pause before repetition `n` (from 1) of an operation. The same
    /// seed, operation and number give the same pause.
    pub fn pause(&self, base: Option<Seconds>, seq: u64, n: u32) -> Seconds {
        let base = base.unwrap_or(self.base).as_micros();
        let doubled =
            base.saturating_mul(1i64.checked_shl(n.saturating_sub(1)).unwrap_or(i64::MAX).max(1));
        let pause = doubled.min(self.max.as_micros().max(base)) as f64;
        let unit =
            splitmix(self.seed ^ seq.rotate_left(32) ^ u64::from(n)) as f64 / u64::MAX as f64;
        Seconds::from_micros((pause * (1.0 + self.jitter * (2.0 * unit - 1.0))) as i64)
    }
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_greatest() {
        let backoff = Backoff { jitter: 0.0, ..Backoff::default() };
        let pauses: alloc::vec::Vec<i64> =
            (1..=9).map(|n| backoff.pause(None, 1, n).as_micros() / 1000).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000]);
        assert_eq!(backoff.pause(None, 1, 200), Seconds::from_secs(30));
    }

    #[test]
    fn jitter_stays_within_its_share_and_repeats() {
        let backoff = Backoff::default();
        for seq in 0..1000 {
            let pause = backoff.pause(None, seq, 1);
            assert!((180_000..=220_000).contains(&pause.as_micros()), "{pause}");
            assert_eq!(pause, backoff.pause(None, seq, 1));
        }
        assert_ne!(backoff.pause(None, 1, 1), backoff.pause(None, 2, 1));
    }
}
