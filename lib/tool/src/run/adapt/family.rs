//! Operations that are alike: the same command with other numbers.

use crate::run::job::Job;
use record::Command;
use std::collections::HashMap;

/// So many families are told apart; the rest are known by their program alone.
const FAMILIES: usize = 64;

/// So much of a command is looked at, bytes.
const LENGTH: usize = 96;

/// The label that names the family of an operation.
const LABEL: &str = "family";

#[derive(Debug, Default)]
pub struct Families {
    known: HashMap<Vec<u8>, u32>,
    programs: HashMap<Vec<u8>, u32>,
}

/// A family, for people.
fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text.trim_ascii()).into_owned()
}

impl Families {
    /// What those of a family have in common: the command with its numbers left out, its
    /// program, or the label.
    pub fn name(&self, family: u32) -> Option<String> {
        let all = self.known.iter().chain(&self.programs);
        let mut named = all.filter(|(_, number)| **number == family);
        named.next().map(|(text, _)| shown(text))
    }

    /// The number of a job's family.
    pub fn of(&mut self, job: &Job) -> u32 {
        let label = job.op.as_ref().and_then(|op| op.labels.get(LABEL));
        let text = match label {
            Some(label) => label.plain().into_bytes(),
            None => masked(job),
        };
        if let Some(family) = self.known.get(&text) {
            return *family;
        }
        let next = (self.known.len() + self.programs.len()) as u32;
        if self.known.len() < FAMILIES {
            self.known.insert(text, next);
            return next;
        }
        let program = text.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
        if self.programs.len() >= FAMILIES {
            return self.programs.get(program).copied().unwrap_or(0);
        }
        *self.programs.entry(program.to_vec()).or_insert(next)
    }
}

/// The beginning of the command, each number in it as one sign.
fn masked(job: &Job) -> Vec<u8> {
    let mut text = Vec::with_capacity(LENGTH);
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().take(LENGTH) {
            match byte {
                b'0'..=b'9' | b'.' if text.last() == Some(&b'#') => {}
                b'0'..=b'9' => text.push(b'#'),
                other => text.push(*other),
            }
        }
        text.push(b' ');
        text.len() < LENGTH
    };
    match &*job.cmd {
        Command::Shell(line) => {
            add(&line.0);
        }
        Command::Argv(words) => {
            let _ = words.iter().all(|word| add(&word.0));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::template::Rendered;

    fn job(words: &[&str]) -> Job {
        let argv = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        Job::of_line(1, Vec::new(), Rendered::Argv(argv))
    }

    #[test]
    fn the_same_command_with_other_numbers_is_of_the_same_family() {
        let mut families = Families::default();
        let first = families.of(&job(&["nap", "0.1"]));
        assert_eq!(families.of(&job(&["nap", "12"])), first);
        let other = families.of(&job(&["spin", "0.1"]));
        assert_ne!(other, first);
        assert_eq!(families.of(&job(&["spin", "7.25"])), other);
        let shell = Rendered::Shell(b"wait 3; x".to_vec());
        assert_ne!(families.of(&Job::of_line(1, Vec::new(), shell)), first);
        assert_eq!(families.name(first).unwrap(), "nap #");
        assert_eq!(families.name(99), None);
    }

    #[test]
    fn names_without_end_are_one_family_of_their_program() {
        let mut families = Families::default();
        let letters = |n: u32| char::from_u32(u32::from('a') + n % 26).unwrap_or('x');
        let name = |n: u32| format!("{}{}{}", letters(n), letters(n / 26), letters(n / 676));
        let numbers: Vec<u32> = (0..500).map(|n| families.of(&job(&["cc", &name(n)]))).collect();
        assert_eq!(numbers[100], numbers[499]);
        assert_ne!(families.of(&job(&["ld", "x"])), numbers[499]);
        assert!(families.known.len() <= FAMILIES);
    }
}
