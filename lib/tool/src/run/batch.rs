//! The output of a batch, item by item: whose each line is, and whether each item has one; and
//! what its end says of those to come.

use super::drive::Runner;
use super::settings::{BatchResults, Packing};
use engine::Key;
use record::{OpEnd, Outcome, Seconds};

/// What is known of the lines of one batch.
#[derive(Clone, Debug)]
pub struct PerItem {
    how: BatchResults,
    /// Items; of lines that begin with theirs, those that have none yet.
    items: Vec<Vec<u8>>,
    lines: usize,
    /// A line that is not whole yet.
    rest: Vec<u8>,
    stranger: Option<String>,
}

/// Of a line so much is kept to look for its item.
const FIELD_BYTES: usize = 64 << 10;

impl PerItem {
    /// For the items of a batch.
    pub fn new(how: BatchResults, items: Vec<Vec<u8>>) -> Self {
        PerItem { how, items, lines: 0, rest: Vec::new(), stranger: None }
    }

    /// Takes standard output as it comes.
    pub fn add(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = FIELD_BYTES.saturating_sub(self.rest.len());
            self.rest.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.line();
            }
        }
    }

    fn line(&mut self) {
        let mut line = std::mem::take(&mut self.rest);
        self.lines += 1;
        if self.how == BatchResults::Order {
            return;
        }
        line.truncate(line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len));
        let of = |item: &Vec<u8>| {
            let rest = line.strip_prefix(item.as_slice());
            rest.is_some_and(|rest| rest.first().is_none_or(|next| matches!(next, b'\t' | b' ')))
        };
        match self.items.iter().position(of) {
            Some(at) => drop(self.items.swap_remove(at)),
            None => {
                let shown = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
                self.stranger.get_or_insert(shown);
            }
        }
    }

    /// Why the batch has failed although its command has not, if it has.
    pub fn verdict(&mut self) -> Option<String> {
        if !self.rest.is_empty() {
            self.line();
        }
        let items = self.items.len();
        match self.how {
            BatchResults::Order if self.lines != items => {
                Some(format!("its output has {} lines for {items} items", self.lines))
            }
            BatchResults::Order => None,
            BatchResults::Key => {
                let stranger = self.stranger.as_ref().map(|line| {
                    format!("a line of its output begins with none of its items: {line}")
                });
                stranger.or_else(|| {
                    let first = String::from_utf8_lossy(self.items.first()?).into_owned();
                    Some(format!(
                        "no line of its output begins with {first}, of {items} without one"
                    ))
                })
            }
        }
    }
}

impl Runner {
    /// What its duration says of those to come.
    pub fn learn(&mut self, event: &OpEnd, key: Key) {
        if self.settings.input.packing == Packing::Learnt && event.result == Outcome::Success {
            let items = self.job(key).map_or(0, |job| job.args.len());
            self.feed.learn(items, event.wall_s, event.max_rss_bytes.0);
        }
        if self.progress.is_on() && event.r#final {
            let op = self.job(key).and_then(|job| job.op.as_deref());
            let expected = op.map_or(Seconds::ZERO, record::Operation::expected);
            self.progress.estimate.ended(event.wall_s, expected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(how: BatchResults, items: &[&str], output: &[&str]) -> Option<String> {
        let items = items.iter().map(|item| item.as_bytes().to_vec()).collect();
        let mut per_item = PerItem::new(how, items);
        output.iter().for_each(|piece| per_item.add(piece.as_bytes()));
        per_item.verdict()
    }

    #[test]
    fn each_item_has_its_line() {
        use BatchResults::{Key, Order};
        assert_eq!(verdict(Order, &["a", "b"], &["1\n", "2"]), None);
        assert_eq!(verdict(Order, &["a"], &[]).unwrap(), "its output has 0 lines for 1 items");
        assert_eq!(verdict(Key, &["a", "b", "a"], &["b 1\na\t", "2\na\n"]), None);
        assert!(verdict(Key, &["a", "b"], &["a 1\n"]).unwrap().contains("begins with b"));
        assert!(verdict(Key, &["a"], &["ab 1\na\n"]).unwrap().ends_with("none of its items: ab 1"));
    }
}
