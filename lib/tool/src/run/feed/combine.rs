//! Several lists: each with each, or side by side.

use super::shuffle::Deck;
use super::source::{Item, List, Record};
use crate::fail::Fail;
use crate::run::settings::{InputRules, Linked};

/// All lists. A single one is read as it is needed, several are kept.
#[derive(Debug)]
pub struct Lists {
    lists: Vec<(List, Linked)>,
    /// Those of several that have been read to their ends.
    read: Vec<Vec<Record>>,
    /// What has been read of the next one.
    begun: Vec<Record>,
    product: Option<Product>,
    /// A single list is kept, too, so that its length is known.
    kept: bool,
    /// Records of a single list that have been given out.
    given: u64,
    /// `--shuf`: what has been read.
    deck: Deck,
    /// Arguments of a record.
    pub columns: usize,
}

/// Lists that go side by side, as far as `len`.
#[derive(Debug)]
struct Group {
    lists: Vec<Vec<Record>>,
    len: usize,
}

/// Each of every group with each, the last group fastest.
#[derive(Debug)]
struct Product {
    groups: Vec<Group>,
    at: Vec<usize>,
    ended: bool,
}

impl Lists {
    /// The lists in their order.
    pub fn new(lists: Vec<(List, Linked)>) -> Self {
        let (read, begun, deck) = (Vec::new(), Vec::new(), Deck::default());
        Lists { lists, read, begun, product: None, kept: false, given: 0, deck, columns: 0 }
    }

    /// One of them is made for as long as somebody asks.
    pub fn is_endless(&self) -> bool {
        self.lists.iter().any(|(list, _)| list.is_endless())
    }

    /// Has a single list read to its end before its first record is given out, as GNU
    /// parallel does where it is to say how much is left.
    pub fn keep(&mut self, rules: &InputRules) {
        self.kept = rules.total_jobs.or_else(|| self.total(rules)).is_none();
    }

    /// No list at all: one record of nothing.
    pub fn none() -> Self {
        let product = Product { groups: Vec::new(), at: Vec::new(), ended: false };
        Lists { product: Some(product), ..Lists::new(Vec::new()) }
    }

    /// The input that is read now.
    pub fn reading(&mut self) -> Option<&mut List> {
        let at = if self.product.is_some() { self.lists.len() } else { self.read.len() };
        self.lists.get_mut(at).map(|(list, _)| list)
    }

    /// Number of the line that was read last, where there is one list alone.
    pub fn line(&self) -> Option<u64> {
        match self.lists.as_slice() {
            // in random order it was another
            [(list, _)] if self.deck.total().is_none() => Some(list.line),
            _ => None,
        }
    }

    /// How that list is called in messages.
    pub fn name(&self) -> Option<&str> {
        match self.lists.as_slice() {
            [(list, _)] => list.name(),
            _ => None,
        }
    }

    /// Reads the first line of each list before the run begins: it may be waited for.
    ///
    /// # Errors
    /// An input cannot be read.
    pub fn read_names(&mut self, rules: &InputRules) -> Result<(), Fail> {
        self.lists.iter_mut().try_for_each(|(list, _)| list.read_names(rules))
    }

    /// Names of the columns of all lists.
    pub fn names(&self) -> Vec<Vec<u8>> {
        self.lists.iter().flat_map(|(list, _)| list.names.clone()).collect()
    }

    /// More has been read than was taken.
    pub fn has_more_at_hand(&self) -> bool {
        match (&self.product, self.lists.as_slice()) {
            _ if !self.deck.records.is_empty() => true,
            (Some(product), _) => !product.ended,
            (None, [(list, _)]) => list.has_more_at_hand(),
            _ => false,
        }
    }

    /// How many records are still to come, where that is known.
    pub fn left(&self, rules: &InputRules) -> Option<u64> {
        self.total(rules).map(|total| total.saturating_sub(self.given))
    }

    /// How many records will come in all, where that is known.
    pub fn total(&self, rules: &InputRules) -> Option<u64> {
        match (&self.product, self.lists.as_slice()) {
            _ if self.deck.total().is_some() => self.deck.total(),
            (Some(product), _) => {
                Some(product.groups.iter().map(|group| group.len as u64).product())
            }
            (None, [(list, _)]) => list.left(rules).map(|left| left + self.given),
            _ => None,
        }
    }

    /// The next record: one of each list.
    ///
    /// # Errors
    /// An input cannot be read on.
    pub fn next(&mut self, rules: &InputRules) -> Result<Item, Fail> {
        let item = if rules.shuffle { self.next_shuffled(rules)? } else { self.draw(rules)? };
        if let Item::Record(record) = &item {
            self.columns = record.len();
        }
        Ok(item)
    }

    fn next_shuffled(&mut self, rules: &InputRules) -> Result<Item, Fail> {
        while self.deck.total().is_none() {
            match self.draw(rules)? {
                Item::Record(record) => self.deck.records.push(record),
                Item::Later => return Ok(Item::Later),
                Item::End => self.deck.mix(),
            }
        }
        Ok(self.deck.records.pop().map_or(Item::End, Item::Record))
    }

    /// The next in the order of the input.
    fn draw(&mut self, rules: &InputRules) -> Result<Item, Fail> {
        if let ([(list, _)], false) = (self.lists.as_mut_slice(), self.kept) {
            let item = list.next(rules)?;
            self.given += u64::from(matches!(item, Item::Record(_)));
            return Ok(item);
        }
        if !self.read_all(rules)? {
            return Ok(Item::Later);
        }
        Ok(match self.product.as_mut().and_then(Product::next) {
            Some(record) => Item::Record(record),
            None => Item::End,
        })
    }

    /// Reads all of several lists: false where the loop must wait.
    ///
    /// # Errors
    /// An input cannot be read on.
    pub fn read_all(&mut self, rules: &InputRules) -> Result<bool, Fail> {
        let mut records = std::mem::take(&mut self.begun);
        while self.read.len() < self.lists.len() {
            match self.lists[self.read.len()].0.next(rules)? {
                Item::Record(record) => records.push(record),
                Item::Later => {
                    self.begun = records;
                    return Ok(false);
                }
                Item::End => self.read.push(std::mem::take(&mut records)),
            }
        }
        if self.product.is_none() {
            let links = self.lists.iter().map(|(_, linked)| *linked);
            let read = std::mem::take(&mut self.read);
            self.product = Some(Product::new(links.zip(read).collect()));
        }
        Ok(true)
    }
}

impl Product {
    fn new(lists: Vec<(Linked, Vec<Record>)>) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (linked, list) in lists {
            let len = list.len();
            match groups.last_mut().filter(|_| linked != Linked::No) {
                Some(group) => {
                    group.len = match linked {
                        Linked::Shortest => group.len.min(len),
                        Linked::Again | Linked::No => group.len.max(len),
                    };
                    group.lists.push(list);
                }
                None => groups.push(Group { lists: vec![list], len }),
            }
        }
        // an empty list has nothing to begin again with
        let ended = groups.iter().any(|g| g.len == 0 || g.lists.iter().any(Vec::is_empty));
        Product { at: vec![0; groups.len()], groups, ended }
    }

    fn next(&mut self) -> Option<Record> {
        if self.ended {
            return None;
        }
        let mut record = Vec::new();
        for (group, at) in self.groups.iter().zip(&self.at) {
            for list in &group.lists {
                record.extend(list[at % list.len()].iter().cloned());
            }
        }
        self.ended = true;
        for (group, at) in self.groups.iter().zip(&mut self.at).rev() {
            *at += 1;
            if *at < group.len {
                self.ended = false;
                break;
            }
            *at = 0;
        }
        Some(Record::Several(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lists: &[(Linked, &[&str])]) -> Vec<String> {
        let record = |word: &&str| Record::One(word.as_bytes().to_vec());
        let lists = lists.iter().map(|(l, words)| (*l, words.iter().map(record).collect()));
        let mut product = Product::new(lists.collect());
        std::iter::from_fn(|| product.next())
            .map(|record| String::from_utf8(record.join(&b' ')).unwrap())
            .collect()
    }

    #[test]
    fn each_with_each_the_last_fastest() {
        let lists: &[(Linked, &[&str])] = &[(Linked::No, &["a", "b"]), (Linked::No, &["1", "2"])];
        assert_eq!(all(lists), ["a 1", "a 2", "b 1", "b 2"]);
        assert!(all(&[(Linked::No, &["a"]), (Linked::No, &[])]).is_empty());
    }

    #[test]
    fn side_by_side() {
        let two = |linked| all(&[(Linked::No, &["a", "b", "c"]), (linked, &["1", "2"])]);
        assert_eq!(two(Linked::Shortest), ["a 1", "b 2"]);
        assert_eq!(two(Linked::Again), ["a 1", "b 2", "c 1"]);
        let three: &[(Linked, &[&str])] = &[
            (Linked::No, &["x", "y"]),
            (Linked::No, &["a", "b"]),
            (Linked::Shortest, &["1", "2"]),
        ];
        assert_eq!(all(three), ["x a 1", "x b 2", "y a 1", "y b 2"]);
    }
}
