//! What is shown of the processes, and what keys change in it. Pure.

use super::keys::Key;
use record::Process;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// One process with what its sample does not have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The process.
    pub process: Process,
    /// Bytes it has read from disks, a second; `None` where that is not known.
    pub read: Option<f64>,
    /// Bytes it has written to disks, a second.
    pub written: Option<f64>,
    /// How deep it stands in the tree.
    pub depth: usize,
}

/// By what the table is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// CPU time since the sample before.
    #[default]
    Cpu,
    /// Resident memory.
    Memory,
    /// What it reads and writes.
    Io,
    /// CPU time since its start.
    Time,
    /// Its number.
    Pid,
    /// Its name.
    Name,
}

/// The key, the column and the words of each order.
pub const ORDERS: [(char, Order, &str); 6] = [
    ('c', Order::Cpu, "CPU"),
    ('m', Order::Memory, "memory"),
    ('i', Order::Io, "disk"),
    ('T', Order::Time, "time"),
    ('p', Order::Pid, "pid"),
    ('n', Order::Name, "name"),
];

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing has changed.
    Nothing,
    /// It looks different now.
    Draw,
    /// The end.
    Quit,
}

/// What is shown, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The order.
    pub order: Order,
    /// The other way round.
    pub reverse: bool,
    /// Children below their parents.
    pub tree: bool,
    /// No new samples are shown.
    pub paused: bool,
    /// The keys are shown.
    pub help: bool,
    /// Only what has these letters in its name or command line.
    pub filter: String,
    /// The filter is being written.
    pub editing: bool,
    /// Rows above the first that is shown.
    pub above: usize,
    /// Rows on a page, from the last drawing.
    pub page: usize,
    /// All rows that could be shown, from the last drawing.
    pub total: usize,
}

impl View {
    /// Takes a key.
    pub fn take(&mut self, key: Key) -> Act {
        if self.editing {
            return self.edit(key);
        }
        if self.help {
            self.help = false;
            return if key == Key::Char('q') { Act::Quit } else { Act::Draw };
        }
        let last = self.total.saturating_sub(self.page);
        match key {
            Key::Char('q' | 'Q') => return Act::Quit,
            Key::Char('?' | 'h') => self.help = true,
            Key::Char(' ') => self.paused = !self.paused,
            Key::Char('/') => self.editing = true,
            Key::Char('r') => self.reverse = !self.reverse,
            Key::Char('t') => self.tree = !self.tree,
            Key::Char(letter) => {
                let Some((_, order, _)) = ORDERS.iter().find(|(key, _, _)| *key == letter) else {
                    return Act::Nothing;
                };
                (self.order, self.above) = (*order, 0);
            }
            Key::Escape if !self.filter.is_empty() => self.filter.clear(),
            Key::Up => self.above = self.above.saturating_sub(1),
            Key::Down => self.above = (self.above + 1).min(last),
            Key::PageUp => self.above = self.above.saturating_sub(self.page),
            Key::PageDown => self.above = (self.above + self.page).min(last),
            Key::Home => self.above = 0,
            Key::End => self.above = last,
            Key::Escape | Key::Enter | Key::Backspace => return Act::Nothing,
        }
        Act::Draw
    }

    fn edit(&mut self, key: Key) -> Act {
        match key {
            Key::Char(letter) => self.filter.push(letter),
            Key::Backspace => drop(self.filter.pop()),
            Key::Enter => self.editing = false,
            Key::Escape => {
                self.editing = false;
                self.filter.clear();
            }
            _ => return Act::Nothing,
        }
        self.above = 0;
        Act::Draw
    }

    /// The rows in their order, those that are filtered out left out; `words` has the
    /// command line of a process.
    pub fn rows(&self, all: &[Row], words: &dyn Fn(u32) -> String) -> Vec<Row> {
        let filter = self.filter.to_lowercase();
        let wanted = |row: &Row| {
            filter.is_empty()
                || row.process.name.to_lowercase().contains(&filter)
                || row.process.pid.to_string() == filter
                || words(row.process.pid).to_lowercase().contains(&filter)
        };
        let mut rows: Vec<Row> = all.iter().filter(|row| wanted(row)).cloned().collect();
        rows.sort_by(|a, b| self.compare(a, b));
        if self.tree { as_tree(rows) } else { rows }
    }

    fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let most = |value: fn(&Row) -> f64| value(b).total_cmp(&value(a));
        let (one, two) = (&a.process, &b.process);
        let order = match self.order {
            Order::Cpu => most(|row| row.process.cpu.unwrap_or(0.0)),
            Order::Memory => two.rss_bytes.cmp(&one.rss_bytes),
            Order::Io => most(|row| row.read.unwrap_or(0.0) + row.written.unwrap_or(0.0)),
            Order::Time => (two.user_s + two.system_s).cmp(&(one.user_s + one.system_s)),
            Order::Pid => one.pid.cmp(&two.pid),
            Order::Name => one.name.cmp(&two.name),
        };
        let order = if self.reverse { order.reverse() } else { order };
        // of those that are alike the larger comes first, then the older
        order.then(two.rss_bytes.cmp(&one.rss_bytes)).then(one.pid.cmp(&two.pid))
    }
}

/// Children below their parents, siblings in the order they have; whose parent is not
/// there stands at the root.
fn as_tree(rows: Vec<Row>) -> Vec<Row> {
    let there: HashSet<u32> = rows.iter().map(|row| row.process.pid).collect();
    let mut children: HashMap<u32, Vec<Row>> = HashMap::new();
    let mut stack = Vec::new();
    for row in rows {
        let parent = row.process.ppid;
        if there.contains(&parent) && parent != row.process.pid {
            children.entry(parent).or_default().push(row);
        } else {
            stack.push(row);
        }
    }
    stack.reverse();
    let mut ordered = Vec::new();
    while let Some(row) = stack.pop() {
        let below = children.remove(&row.process.pid).unwrap_or_default();
        let depth = row.depth + 1;
        stack.extend(below.into_iter().rev().map(|child| Row { depth, ..child }));
        ordered.push(row);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pid: u32, ppid: u32, (cpu, rss): (f64, u64)) -> Row {
        let name = format!("n{pid}");
        let process =
            Process { pid, ppid, name, cpu: Some(cpu), rss_bytes: rss, ..Process::default() };
        Row { process, written: Some(f64::from(pid)), ..Row::default() }
    }

    fn all() -> Vec<Row> {
        vec![
            row(1, 0, (0.0, 5)),
            row(2, 1, (0.5, 1)),
            row(3, 1, (0.9, 2)),
            row(4, 2, (0.1, 9)),
            row(5, 77, (0.0, 7)),
        ]
    }

    fn pids(view: &View) -> Vec<u32> {
        let words = |pid: u32| format!("/bin/program --of {pid}0");
        view.rows(&all(), &words).iter().map(|row| row.process.pid).collect()
    }

    fn after(keys: &[Key]) -> View {
        let mut view = View { page: 2, total: 5, ..View::default() };
        for key in keys {
            view.take(*key);
        }
        view
    }

    fn typed(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).collect()
    }

    #[test]
    fn orders() {
        for (keys, order) in [
            ("", [3, 2, 4, 5, 1]),
            ("m", [4, 5, 1, 3, 2]),
            ("i", [5, 4, 3, 2, 1]),
            ("p", [1, 2, 3, 4, 5]),
            ("pr", [5, 4, 3, 2, 1]),
            ("nr", [5, 4, 3, 2, 1]),
            ("t", [5, 1, 3, 2, 4]),
        ] {
            assert_eq!(pids(&after(&typed(keys))), order, "{keys}");
        }
        let tree = View { tree: true, ..View::default() };
        let depths: Vec<usize> =
            tree.rows(&all(), &|_| String::new()).iter().map(|r| r.depth).collect();
        assert_eq!(depths, [0, 0, 1, 1, 2]);
    }

    #[test]
    fn a_filter_is_of_names_numbers_and_command_lines() {
        for (filter, order) in [("N3", &[3][..]), ("4", &[4]), ("--OF 2", &[2]), ("x", &[])] {
            let mut view = after(&typed(&format!("/{filter}")));
            assert!(view.editing);
            view.take(Key::Enter);
            assert!(!view.editing);
            assert_eq!(pids(&view), order, "{filter}");
            view.take(Key::Escape);
            assert_eq!(pids(&view).len(), 5);
        }
        // q is a letter while the filter is written
        assert_eq!(after(&typed("/q")).filter, "q");
    }

    #[test]
    fn pages_end_where_the_rows_end() {
        let view = after(&[Key::PageDown, Key::PageDown, Key::Down]);
        assert_eq!(view.above, 3);
        assert_eq!(after(&[Key::End, Key::PageUp, Key::Up, Key::Up]).above, 0);
        assert_eq!(View::default().take(Key::Char('q')), Act::Quit);
        assert_eq!(View::default().take(Key::Char('x')), Act::Nothing);
        let mut help = after(&typed("?"));
        assert!(help.help);
        // any key ends it
        assert_eq!(help.take(Key::Char('x')), Act::Draw);
        assert!(!help.help);
    }
}
