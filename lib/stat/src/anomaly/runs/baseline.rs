//! How far a task is from the same task in other runs.

use super::Tasks;
use crate::math::{MAD_TO_SIGMA, median};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use plan::family_of;

/// With fewer of its kind a task is held against its family, and with fewer of that against
/// nothing.
const FEW: usize = 5;
/// What is further away is as far as this.
const FAR: f64 = 6.0;
/// Of the mean deviation so much counts as scale where the median deviation is less, as it is
/// where a clock ticks coarsely and most values are equal.
const COARSE: f64 = 0.3;
/// Difference of logarithms that is never more than a scale: a tenth of a percent.
const ALIKE: f64 = 1e-3;

/// The robust deviation of each task in one feature, in scales: from the median of its kind,
/// over the median absolute deviation (Iglewicz and Hoaglin 1993). Not a number where the task
/// does not have the feature or is of no kind.
pub fn deviations(tasks: &Tasks, kinds: &[Vec<usize>], feature: usize) -> Vec<f64> {
    let mut all = vec![f64::NAN; tasks.all.len()];
    let value = |place: &usize| f64::from(tasks.all[*place].features[feature]);
    for places in kinds {
        let known: Vec<f64> = places.iter().map(value).filter(|value| !value.is_nan()).collect();
        let Some(middle) = median(known.iter().copied()) else { continue };
        let apart: Vec<f64> = known.iter().map(|value| (value - middle).abs()).collect();
        let mean = apart.iter().sum::<f64>() / apart.len() as f64;
        let scale = MAD_TO_SIGMA * median(apart).unwrap_or(0.0);
        let scale = scale.max(COARSE * mean) + ALIKE;
        for place in places {
            all[*place] = ((value(place) - middle) / scale).clamp(-FAR, FAR);
        }
    }
    all
}

/// Tasks that are held against each other: those of one id where they are enough, else those
/// whose ids differ in digits.
pub fn kinds(tasks: &Tasks) -> Vec<Vec<usize>> {
    let mut by_id = vec![Vec::new(); tasks.ids.len()];
    for (place, task) in tasks.all.iter().enumerate() {
        by_id[task.id].push(place);
    }
    let mut kinds = Vec::new();
    let mut families: HashMap<String, Vec<usize>, FixedState> = HashMap::default();
    let mut name = String::new();
    for (places, id) in by_id.into_iter().zip(&tasks.ids) {
        if places.len() >= FEW {
            kinds.push(places);
        } else {
            family_of("", id, &mut name);
            families.entry_ref(name.as_str()).or_default().extend(places);
        }
    }
    kinds.extend(families.into_values().filter(|places| places.len() >= FEW));
    kinds
}
