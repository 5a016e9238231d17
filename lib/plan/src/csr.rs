//! Lists of numbers, packed: two vectors for all of them (compressed sparse rows).

use alloc::vec;
use alloc::vec::Vec;

/// List `i` is `items[start[i]..start[i + 1]]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    start: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// For every first of an edge its seconds, in their order, each once.
    pub(crate) fn from_edges(lists: u32, edges: &[(u32, u32)]) -> Lists {
        let mut packed = Lists::packed(lists, edges.len(), || edges.iter().copied());
        packed.drop_repeated();
        packed
    }

    /// For every number the lists it stands in.
    pub(crate) fn reversed(&self) -> Lists {
        Lists::packed(self.lists(), self.items.len(), || {
            (0..self.lists()).flat_map(|from| self.list(from).iter().map(move |&to| (to, from)))
        })
    }

    /// A counting sort by the first of each pair.
    fn packed<I: Iterator<Item = (u32, u32)>>(
        lists: u32,
        count: usize,
        pairs: impl Fn() -> I,
    ) -> Lists {
        let mut start: Vec<u32> = vec![0; lists as usize + 2];
        for (from, _) in pairs() {
            start[from as usize + 2] += 1;
        }
        for i in 2..start.len() {
            start[i] += start[i - 1];
        }
        // start[i + 1] is where the next item of list i goes; in the end, where list i ends
        let mut items: Vec<u32> = vec![0; count];
        for (from, to) in pairs() {
            let at = &mut start[from as usize + 1];
            items[*at as usize] = to;
            *at += 1;
        }
        start.pop();
        Lists { start, items }
    }

    fn drop_repeated(&mut self) {
        let lists = self.lists();
        let mut last_list: Vec<u32> = vec![u32::MAX; lists as usize];
        let (mut kept, mut begin) = (0, 0);
        for list in 0..lists as usize {
            let end = self.start[list + 1] as usize;
            for at in begin..end {
                let item = self.items[at];
                let last = &mut last_list[item as usize];
                if *last != list as u32 {
                    *last = list as u32;
                    self.items[kept] = item;
                    kept += 1;
                }
            }
            begin = end;
            self.start[list + 1] = kept as u32;
        }
        self.items.truncate(kept);
    }

    /// How many lists.
    pub(crate) fn lists(&self) -> u32 {
        self.start.len().saturating_sub(1) as u32
    }

    /// How many items in all lists.
    pub(crate) fn items(&self) -> u32 {
        self.items.len() as u32
    }

    /// One list; empty where there is none of that number.
    pub(crate) fn list(&self, list: u32) -> &[u32] {
        let at = list as usize;
        match (self.start.get(at), self.start.get(at + 1)) {
            (Some(&begin), Some(&end)) => &self.items[begin as usize..end as usize],
            _ => &[],
        }
    }

    /// The items of all lists.
    pub(crate) fn all(&self) -> &[u32] {
        &self.items
    }
}
