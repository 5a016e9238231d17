//! How long it is since there was anything as extreme.

use alloc::vec::Vec;

/// Rows whose greatest value counts once: neighbours are not independent.
const BLOCK: u32 = 4;
/// Greatest values that are kept.
const KEPT: usize = 64;
/// Blocks before anything is rare.
const FEW: u64 = 4;

/// The greatest maxima of blocks (Gumbel 1958). How often as much was reached so far, this time
/// counted too, is the conformal estimate of how often it will be (Vovk, Gammerman, Shafer 2005).
#[derive(Clone, Debug, Default)]
pub struct Rarity {
    /// Greatest first.
    greatest: Vec<f64>,
    blocks: u64,
    block: f64,
    in_block: u32,
}

impl Rarity {
    /// Decades of rows in which as much as this is expected once; the value is then learned.
    pub fn decades(&mut self, value: f64) -> f64 {
        let value = value.max(0.0);
        let decades = if self.blocks < FEW || value <= 0.0 {
            0.0
        } else {
            let as_much = self.greatest.partition_point(|known| *known >= value);
            let share = (as_much + 1) as f64 / (self.blocks + 1) as f64;
            libm::log10(f64::from(BLOCK) / share)
        };
        self.learn(value);
        decades
    }

    fn learn(&mut self, value: f64) {
        self.block = self.block.max(value);
        self.in_block += 1;
        if self.in_block < BLOCK {
            return;
        }
        self.blocks += 1;
        let place = self.greatest.partition_point(|known| *known >= self.block);
        if place < KEPT {
            self.greatest.truncate(KEPT - 1);
            self.greatest.insert(place, self.block);
        }
        (self.block, self.in_block) = (0.0, 0);
    }
}
