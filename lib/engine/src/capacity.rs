//! Amounts of resources: vector admission.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use record::Amount;

/// Index of a resource.
pub(crate) type ResourceId = u32;

/// What an operation holds of each resource, by index; sorted, none twice.
pub(crate) type Demand = Vec<(ResourceId, Amount)>;

/// What there is of each resource and what is free. What has no capacity is unlimited.
#[derive(Debug, Default)]
pub(crate) struct Capacity {
    names: Vec<String>,
    index: BTreeMap<String, ResourceId>,
    total: Vec<Option<Amount>>,
    free: Vec<Amount>,
}

impl Capacity {
    pub(crate) fn new(limits: &BTreeMap<String, Amount>) -> Self {
        let mut capacity = Capacity::default();
        for (name, amount) in limits {
            let id = capacity.id(name);
            capacity.total[id as usize] = Some(*amount);
            capacity.free[id as usize] = *amount;
        }
        capacity
    }

    fn id(&mut self, name: &str) -> ResourceId {
        if let Some(id) = self.index.get(name) {
            return *id;
        }
        let id = self.names.len() as ResourceId;
        self.names.push(name.into());
        self.index.insert(name.into(), id);
        self.total.push(None);
        self.free.push(Amount::ZERO);
        id
    }

    pub(crate) fn name(&self, id: ResourceId) -> &str {
        &self.names[id as usize]
    }

    /// How much there is of a resource; `None` where it is unlimited, or none is known.
    pub(crate) fn total(&self, id: ResourceId) -> Option<Amount> {
        self.total.get(id as usize).copied().flatten()
    }

    /// Resources that are asked for and have no capacity.
    pub(crate) fn unlimited(&self) -> impl Iterator<Item = &str> {
        let limited = self.total.iter().map(Option::is_some);
        self.names
            .iter()
            .zip(limited)
            .filter(|(_, limited)| !limited)
            .map(|(name, _)| name.as_str())
    }

    /// The limited part of what an operation asks for.
    pub(crate) fn demand(&mut self, resources: &[(String, Amount)]) -> Demand {
        let mut demand = Demand::new();
        for (name, amount) in resources {
            let id = self.id(name);
            if *amount > Amount::ZERO && self.total[id as usize].is_some() {
                demand.push((id, *amount));
            }
        }
        demand.sort_unstable();
        demand
    }

    /// The first resource of which there never is enough: name, demand, capacity.
    pub(crate) fn too_large(&self, demand: &Demand) -> Option<(ResourceId, Amount, Amount)> {
        demand.iter().find_map(|(id, amount)| {
            let total = self.total[*id as usize]?;
            (*amount > total).then_some((*id, *amount, total))
        })
    }

    /// The first resource of which too little is free now.
    pub(crate) fn short_of(&self, demand: &Demand) -> Option<ResourceId> {
        demand.iter().find(|(id, amount)| *amount > self.free[*id as usize]).map(|(id, _)| *id)
    }

    pub(crate) fn take(&mut self, demand: &Demand) {
        for (id, amount) in demand {
            let free = &mut self.free[*id as usize];
            *free = free.checked_sub(*amount).unwrap_or(Amount::ZERO);
        }
    }

    pub(crate) fn give(&mut self, demand: &Demand) {
        for (id, amount) in demand {
            let free = &mut self.free[*id as usize];
            *free = free.saturating_add(*amount);
        }
    }
}
