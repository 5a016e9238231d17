//! Amounts of several resources in one word, compared and subtracted at once (SIMD
//! within a register; Fisher and Dietz, 1998).
//!
//! Each resource has a lane of as many bits as its capacity needs, and a guard bit
//! above it. What is free has its guards set: after subtracting a demand a guard is still set
//! if and only if its lane had enough.

use super::Project;
use super::measure::gcd;
use alloc::vec;
use alloc::vec::Vec;

/// A word of lanes.
pub trait Lanes: Copy + PartialEq + Send + core::fmt::Debug {
    /// Nothing.
    const NONE: Self;
    /// A number in the lane that begins at a bit.
    fn at(value: u64, bit: u32) -> Self;
    /// Both together.
    fn with(self, other: Self) -> Self;
    /// What is left.
    fn without(self, other: Self) -> Self;
    /// True where `demand` is there of every resource.
    fn holds(self, demand: Self, guard: Self) -> bool;
}

macro_rules! word {
    ($word:ty) => {
        impl Lanes for $word {
            const NONE: Self = 0;
            fn at(value: u64, bit: u32) -> Self {
                <$word>::from(value) << bit
            }
            #[inline(always)]
            fn with(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn without(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn holds(self, demand: Self, guard: Self) -> bool {
                self.wrapping_sub(demand) & guard == guard
            }
        }
    };
}

word!(u64);
word!(u128);

/// Several words; no lane lies across two.
impl<const N: usize> Lanes for [u64; N] {
    const NONE: Self = [0; N];
    fn at(value: u64, bit: u32) -> Self {
        let mut words = [0; N];
        words[(bit / 64) as usize] = value << (bit % 64);
        words
    }
    #[inline]
    fn with(mut self, other: Self) -> Self {
        self.iter_mut().zip(other).for_each(|(a, b)| *a = a.wrapping_add(b));
        self
    }
    #[inline]
    fn without(mut self, other: Self) -> Self {
        self.iter_mut().zip(other).for_each(|(a, b)| *a = a.wrapping_sub(b));
        self
    }
    #[inline]
    fn holds(self, demand: Self, guard: Self) -> bool {
        let mut words = self.iter().zip(demand).zip(guard);
        words.all(|((free, asked), guard)| free.wrapping_sub(asked) & guard == guard)
    }
}

/// Bits of a capacity that is told apart in a lane.
const WIDEST_LANE: u32 = 60;

/// Where the lanes of a project lie.
#[derive(Clone, Debug)]
pub struct Packing {
    /// Of each resource: first bit, and how much is one unit of its lane. None
    /// where there is always enough.
    lane: Vec<Option<(u32, u64)>>,
    /// Units of each lane.
    units: Vec<u64>,
    /// Bits in all.
    pub bits: u32,
}

impl Packing {
    /// Lanes for the resources that may run short.
    pub fn new(project: &Project) -> Packing {
        let count = project.capacity.len();
        let (mut unit, mut sum) = (vec![0_u64; count], vec![0_u64; count]);
        for activity in 0..project.len() as u32 {
            for (way, at) in project.ways(activity).iter().zip(0..) {
                for &(r, amount) in &way.takes {
                    unit[r as usize] = gcd(unit[r as usize], amount);
                    // the greedy of several ways are counted together: the sum is a bound
                    let more = if at == 0 || project.has_modes() { amount } else { 0 };
                    sum[r as usize] = sum[r as usize].saturating_add(more);
                }
            }
        }
        let mut packing = Packing { lane: vec![None; count], units: vec![0; count], bits: 0 };
        for r in 0..count {
            if sum[r] <= project.capacity[r] {
                continue;
            }
            // a lane and its guard must lie in 64 bits: beyond that demands are rounded up
            let coarse = unit[r].max(1).max(project.capacity[r] >> WIDEST_LANE);
            unit[r] = coarse;
            let units = project.capacity[r] / coarse;
            let width = 65 - units.leading_zeros();
            // no lane across two words of 64 bits
            let room = 64 - packing.bits % 64;
            packing.bits += if width > room { room } else { 0 };
            packing.lane[r] = Some((packing.bits, coarse));
            packing.units[r] = units;
            packing.bits += width;
        }
        packing
    }

    /// Words that hold all lanes.
    pub fn words(&self) -> u64 {
        u64::from(self.bits.div_ceil(64).max(1))
    }

    /// What is free in the beginning, guards set.
    pub fn full<L: Lanes>(&self) -> L {
        let lanes = self.lane.iter().zip(&self.units);
        lanes.fold(self.guard(), |sum, (lane, &units)| match lane {
            Some((bit, _)) => sum.with(L::at(units, *bit)),
            None => sum,
        })
    }

    /// The guards.
    pub fn guard<L: Lanes>(&self) -> L {
        let lanes = self.lane.iter().zip(&self.units);
        lanes.fold(L::NONE, |sum, (lane, &units)| match lane {
            Some((bit, _)) => sum.with(L::at(1, *bit + 64 - units.leading_zeros())),
            None => sum,
        })
    }

    /// What a way takes.
    pub fn demand<L: Lanes>(&self, takes: &[(u32, u64)]) -> L {
        takes.iter().fold(L::NONE, |sum, &(r, amount)| match self.lane[r as usize] {
            Some((bit, unit)) => sum.with(L::at(amount.div_ceil(unit), bit)),
            None => sum,
        })
    }
}
