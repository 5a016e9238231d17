//! Amounts that are used up: an operation takes its own once, when it is first started so.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use record::Amount;

/// What is left of each; what has no amount here is unlimited.
#[derive(Debug, Default)]
pub(crate) struct Store {
    total: BTreeMap<String, Amount>,
    left: BTreeMap<String, Amount>,
}

impl Store {
    pub(crate) fn new(total: &BTreeMap<String, Amount>) -> Self {
        Store { total: total.clone(), left: total.clone() }
    }

    /// What there never was enough of.
    pub(crate) fn too_large(&self, asks: &[(String, Amount)]) -> Option<String> {
        let (name, amount, total) = short(&self.total, asks)?;
        Some(format!("uses {amount} of \"{name}\", of which there is {total}"))
    }

    /// Takes all, or nothing.
    ///
    /// # Errors
    /// Too little is left: of what.
    pub(crate) fn take(&mut self, asks: &[(String, Amount)]) -> Result<(), String> {
        if let Some((name, amount, left)) = short(&self.left, asks) {
            return Err(format!("uses {amount} of \"{name}\", of which {left} is left"));
        }
        for (name, amount) in asks {
            if let Some(left) = self.left.get_mut(name) {
                *left = left.checked_sub(*amount).unwrap_or(Amount::ZERO);
            }
        }
        Ok(())
    }
}

fn short<'a>(
    there: &BTreeMap<String, Amount>,
    asks: &'a [(String, Amount)],
) -> Option<(&'a str, Amount, Amount)> {
    asks.iter().find_map(|(name, amount)| {
        let left = *there.get(name)?;
        (*amount > left).then_some((name.as_str(), *amount, left))
    })
}
