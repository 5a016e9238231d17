//! Shares of an amount for which more is asked than there is.

use alloc::vec::Vec;
use core::cmp::Reverse;
use record::Amount;

/// What each gets of `total`: what it asks where that is there; else its part, rounded down,
/// and what is left over goes unit by unit to the largest fractions (largest remainders;
/// Hamilton, 1792), so that the shares add up to the total.
///
/// Units are whole where all amounts are and none would get nothing, else thousandths. Who asks
/// for nothing gets nothing.
pub fn shares(asked: &[Amount], total: Amount) -> Vec<Amount> {
    let whole = |amount: &Amount| amount.as_millis().is_multiple_of(1000);
    let in_millis = |unit: u64| -> Vec<Amount> {
        let asked: Vec<u64> = asked.iter().map(|amount| amount.as_millis() / unit).collect();
        let shares = divided(&asked, total.as_millis() / unit);
        shares.into_iter().map(|share| Amount::from_millis(share * unit)).collect()
    };
    let shares = in_millis(1000);
    let none = |(asked, share): (&Amount, &Amount)| *asked > Amount::ZERO && *share == Amount::ZERO;
    if asked.iter().all(whole) && whole(&total) && !asked.iter().zip(&shares).any(none) {
        return shares;
    }
    in_millis(1)
}

fn divided(asked: &[u64], total: u64) -> Vec<u64> {
    let sum: u128 = asked.iter().map(|asked| u128::from(*asked)).sum();
    if sum <= u128::from(total) {
        return asked.to_vec();
    }
    let product = |asked: u64| u128::from(asked) * u128::from(total);
    // never more than was asked, so it fits
    let mut shares: Vec<u64> = asked.iter().map(|a| (product(*a) / sum) as u64).collect();
    let given: u64 = shares.iter().sum();
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.sort_by_key(|&at| (Reverse(product(asked[at]) % sum), at));
    // fewer units are left over than there are fractions
    order.into_iter().take((total - given) as usize).for_each(|at| shares[at] += 1);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(asked: &[u64], total: u64) -> Vec<f64> {
        let asked: Vec<Amount> = asked.iter().map(|a| Amount::from_units(*a)).collect();
        shares(&asked, Amount::from_units(total)).into_iter().map(Amount::as_f64).collect()
    }

    #[test]
    fn shares_are_rounded_down_and_add_up() {
        // 142.86 and 357.14: the unit left over goes to the larger fraction
        assert_eq!(units(&[200, 500], 500), [143.0, 357.0]);
        assert_eq!(units(&[200, 300], 500), [200.0, 300.0]);
        assert_eq!(units(&[0, 400, 0, 400], 500), [0.0, 250.0, 0.0, 250.0]);
        assert_eq!(units(&[1, 1, 1], 2), [0.667, 0.667, 0.666]);
        assert_eq!(units(&[], 5), [] as [f64; 0]);
        assert_eq!(units(&[600], 500), [500.0]);
        assert_eq!(units(&[5, 5], 0), [0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn no_more_than_asked_and_than_there_is(
            asked in proptest::collection::vec(0u64..1000, 0..12),
            total in 0u64..3000,
        ) {
            let amounts: Vec<Amount> = asked.iter().map(|a| Amount::from_millis(a * 100)).collect();
            let total = Amount::from_millis(total * 100);
            let shares = shares(&amounts, total);
            let sum = |all: &[Amount]| all.iter().map(|a| a.as_millis()).sum::<u64>();
            prop_assert!(shares.iter().zip(&amounts).all(|(share, asked)| share <= asked));
            prop_assert_eq!(sum(&shares), sum(&amounts).min(total.as_millis()));
        }
    }
}
