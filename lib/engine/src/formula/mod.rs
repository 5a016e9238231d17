//! A number of slots as a formula over what was measured: `min(2*cpu, mem/512M)`.
//!
//! The caller gives what each name is worth on the machine. A name that cannot be measured
//! there takes the term of `min` or `max` that it stands in out of the choice; elsewhere
//! nothing can be said.

mod parse;

pub use parse::FormulaError;

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// What can be measured, and what is said of it.
pub const NAMES: [(&str, &str); 7] = [
    ("cpu", "CPUs that may be used: affinity and quota count"),
    ("mem", "memory that is free, bytes: of the machine, the control group, or --mem-limit"),
    ("memtotal", "memory in all, bytes"),
    ("net", "speed of the network's line; a megabit a second counts as 1M"),
    ("load", "tasks that run or wait for a disk"),
    ("files", "descriptors that a process may have open"),
    ("pids", "processes that may still be started"),
];

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Name(usize),
    Negative(Box<Node>),
    Pair(Pair, Box<Node>, Box<Node>),
    /// Its arguments, each with its text.
    Call(Function, Vec<(Node, String)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pair {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Least,
    Greatest,
    Ceiling,
    Floor,
}

/// A formula that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    root: Node,
}

/// What a formula comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// Slots: the whole part, at least one.
    pub slots: u32,
    /// Its value before that.
    pub value: f64,
    /// The arguments of `min` or `max` where that is all of it, else the formula itself.
    pub terms: Vec<Term>,
}

/// One of several that a formula chooses from.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// As it was written.
    pub text: String,
    /// What it comes to; `None` where something in it could not be measured.
    pub value: Option<f64>,
    /// It decides. Where several are equal, the first does.
    pub binds: bool,
}

impl Formula {
    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names that it has, each once, in the order of [`NAMES`].
    pub fn names(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| NAMES[at].0).collect()
    }

    /// Its value, with what each name is worth.
    ///
    /// # Errors
    /// Nothing can be said: which names could not be measured, or that it is no number.
    pub fn worth(&self, measured: impl Fn(&str) -> Option<f64>) -> Result<Worth, String> {
        let measured = |at: usize| measured(NAMES[at].0).filter(|value| value.is_finite());
        let value = value_of(&self.root, &measured);
        let Some(value) = value else {
            let unknown = self.names().into_iter().filter(|name| {
                NAMES.iter().position(|(known, _)| known == name).and_then(&measured).is_none()
            });
            let unknown: Vec<&str> = unknown.collect();
            return Err(alloc::format!("{} cannot be measured here", unknown.join(" and ")));
        };
        if !value.is_finite() {
            return Err(String::from("it divides by nothing"));
        }
        let terms = match &self.root {
            Node::Call(Function::Least | Function::Greatest, terms) => {
                let mut open = true;
                let mut of = |(node, text): &(Node, String)| {
                    let worth = value_of(node, &measured);
                    let binds = open && worth == Some(value);
                    open &= !binds;
                    Term { text: text.clone(), value: worth, binds }
                };
                terms.iter().map(&mut of).collect()
            }
            _ => alloc::vec![Term { text: self.text.clone(), value: Some(value), binds: true }],
        };
        // the nearest below, but what is a rounding error away from a whole number is that
        let whole = libm::floor(value + 1e-9).clamp(1.0, f64::from(u32::MAX));
        Ok(Worth { slots: whole as u32, value, terms })
    }
}

impl core::fmt::Display for Formula {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.text)
    }
}

fn collect(node: &Node, found: &mut Vec<usize>) {
    match node {
        Node::Number(_) => {}
        Node::Name(at) => found.push(*at),
        Node::Negative(inner) => collect(inner, found),
        Node::Pair(_, left, right) => [left, right].into_iter().for_each(|n| collect(n, found)),
        Node::Call(_, terms) => terms.iter().for_each(|(node, _)| collect(node, found)),
    }
}

fn value_of(node: &Node, measured: &impl Fn(usize) -> Option<f64>) -> Option<f64> {
    match node {
        Node::Number(number) => Some(*number),
        Node::Name(at) => measured(*at),
        Node::Negative(inner) => value_of(inner, measured).map(|value| -value),
        Node::Pair(pair, left, right) => {
            let (left, right) = (value_of(left, measured)?, value_of(right, measured)?);
            Some(match pair {
                Pair::Add => left + right,
                Pair::Subtract => left - right,
                Pair::Multiply => left * right,
                Pair::Divide => left / right,
            })
        }
        Node::Call(function, terms) => {
            let mut values = terms.iter().filter_map(|(node, _)| value_of(node, measured));
            match function {
                Function::Least => values.reduce(f64::min),
                Function::Greatest => values.reduce(f64::max),
                Function::Ceiling => values.next().map(libm::ceil),
                Function::Floor => values.next().map(libm::floor),
            }
        }
    }
}

/// The names, for messages.
fn names() -> String {
    NAMES.map(|(name, _)| name.to_string()).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: f64 = 1_073_741_824.0;

    fn worth(text: &str, cpu: f64, mem: f64, net: Option<f64>) -> Result<Worth, String> {
        Formula::parse(text).unwrap().worth(|name| match name {
            "cpu" => Some(cpu),
            "mem" => Some(mem * GB),
            "net" => net.map(|megabits| megabits * 1_048_576.0),
            _ => None,
        })
    }

    #[test]
    fn the_least_of_cpus_memory_and_network() {
        let formula = "min(2*cpu, mem/512M, net/50M)";
        for (cpu, mem, net, slots, binds) in [
            (4.0, 16.0, Some(1000.0), 8, 0),
            (16.0, 4.0, Some(1000.0), 8, 1),
            (16.0, 16.0, Some(1000.0), 20, 2),
            (16.0, 16.0, Some(99.0), 1, 2),
            (16.0, 0.2, Some(1000.0), 1, 1),
            (2.0, 1.9, None, 3, 1),
            (2.0, 2.0, None, 4, 0),
        ] {
            let worth = worth(formula, cpu, mem, net).unwrap();
            assert_eq!(worth.slots, slots, "{cpu} {mem} {net:?}");
            let binding = worth.terms.iter().position(|term| term.binds);
            assert_eq!(binding, Some(binds), "{cpu} {mem} {net:?}");
            assert_eq!(worth.terms[2].value.is_some(), net.is_some());
        }
    }

    #[test]
    fn arithmetic_has_its_usual_order() {
        let of = |text| worth(text, 3.0, 1.0, None).unwrap().value;
        assert_eq!(of("2+3*cpu-1"), 10.0);
        assert_eq!(of("(2+3)*cpu/2"), 7.5);
        assert_eq!(of("-cpu + 5 - 1 - 1"), 0.0);
        assert_eq!(of("ceil(cpu*1.5) + floor(2.9)"), 7.0);
        assert_eq!(of("max(1, min(cpu, 8), mem/1G)"), 3.0);
        assert_eq!(of("8/2/2"), 2.0);
        assert_eq!(worth("-cpu", 3.0, 1.0, None).unwrap().slots, 1, "never below one");
        assert_eq!(worth("0.1*3*10", 3.0, 1.0, None).unwrap().slots, 3);
    }

    #[test]
    fn what_cannot_be_measured_is_named() {
        let unknown = worth("net/50M + load", 2.0, 1.0, None).unwrap_err();
        assert_eq!(unknown, "net and load cannot be measured here");
        assert_eq!(worth("cpu/0", 2.0, 1.0, None).unwrap_err(), "it divides by nothing");
        assert_eq!(Formula::parse("min(mem/1G,cpu*cpu)").unwrap().names(), ["cpu", "mem"]);
    }
}
