//! How many at once, worked out from what there is: formulas, words for kinds of work, the
//! load of others, and what is said of them.

mod measured;
pub mod page;
mod show;

pub use measured::Measured;
pub use show::print as show;

use crate::fail::Fail;
use crate::print::number;
use engine::{Formula, WorkClass, Worth};
use record::status;

/// A number of slots, and how it came about, a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reckoned {
    pub slots: u32,
    pub explained: Vec<String>,
}

/// What a formula comes to here.
///
/// # Errors
/// Nothing of it can be measured.
pub fn of_formula(formula: &Formula, measured: &Measured) -> Result<Reckoned, Fail> {
    let worth = formula
        .worth(|name| measured.of(name))
        .map_err(|what| Fail::new(status::LOST, format!("-j '{formula}': {what}")))?;
    Ok(Reckoned { slots: worth.slots, explained: explained(formula, &worth, measured) })
}

fn explained(formula: &Formula, worth: &Worth, measured: &Measured) -> Vec<String> {
    let values = formula.names().into_iter().map(|name| {
        let value = measured.of(name).map_or("not known".to_string(), |value| shown(name, value));
        format!("{name} {value}")
    });
    let values: Vec<String> = values.collect();
    let of = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
    let mut lines = vec![format!("-j '{formula}': {} slots{of}", worth.slots)];
    for term in worth.terms.iter().filter(|_| worth.terms.len() > 1) {
        let value = term.value.map_or("not known here".to_string(), number);
        let binds = if term.binds { ", which decides" } else { "" };
        lines.push(format!("  {}: {value}{binds}", term.text));
    }
    lines
}

/// Bytes as such, everything else as a number.
fn shown(name: &str, value: f64) -> String {
    match name {
        "mem" | "memtotal" => crate::print::bytes(value as u64),
        "net" => format!("{} Mbit/s", number(value / 1_048_576.0)),
        _ => number(value),
    }
}

/// What a word for a kind of work comes to on so many CPUs.
pub fn of_class(class: WorkClass, cpus: u32, factor: f64) -> Reckoned {
    let slots = class.slots(cpus, factor);
    let (word, per_cpu, factor) = (class.word(), number(class.per_cpu()), number(factor));
    let line = format!(
        "-j {word}: {slots} slots ({cpus} CPUs x {per_cpu} x load factor {factor}, at most 32)"
    );
    Reckoned { slots, explained: vec![line] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_is_told_and_the_one_that_decides() {
        let formula = Formula::parse("min(1, cpu*8)").unwrap();
        let reckoned = of_formula(&formula, &Measured::default()).unwrap();
        assert_eq!(reckoned.slots, 1);
        assert!(reckoned.explained[0].starts_with("-j 'min(1, cpu*8)': 1 slots (cpu "));
        assert_eq!(reckoned.explained[1], "  1: 1, which decides");
        assert!(reckoned.explained[2].starts_with("  cpu*8: "));
        let plain = of_formula(&Formula::parse("3+4").unwrap(), &Measured::default()).unwrap();
        assert_eq!(plain.explained, ["-j '3+4': 7 slots"]);
    }
}
