//! Names that a target takes for what pgplan calls by any text.

use std::collections::HashSet;

/// The longest name that is made of an id.
const LONGEST: usize = 100;

/// Names that are given once each.
pub struct Names {
    given: HashSet<String>,
    allowed: fn(char) -> bool,
}

impl Names {
    /// `allowed` may stand in a name beside letters and digits; `taken` mean something already.
    pub fn new(allowed: fn(char) -> bool, taken: &[&str]) -> Names {
        Names { given: taken.iter().map(|name| (*name).to_string()).collect(), allowed }
    }

    /// A name like this id: the id itself where the target takes it.
    pub fn give(&mut self, id: &[u8]) -> String {
        let text = String::from_utf8_lossy(id);
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (self.allowed)(c);
        let mut name: String =
            text.chars().take(LONGEST).map(|c| if fits(c) { c } else { '_' }).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            name.insert(0, '_');
        }
        let mut number = 1;
        let first = name.clone();
        while !self.given.insert(name.clone()) {
            number += 1;
            name = format!("{first}_{number}");
        }
        name
    }
}
