//! From text to a formula, by recursive descent.

use super::{Formula, Function, NAMES, Node, Pair, names};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// Brackets in brackets: more are nobody's.
const DEEPEST: u32 = 64;

/// Where a formula ceases to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaError {
    /// The character, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl core::fmt::Display for FormulaError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "character {}: {}", self.column, self.what)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl Formula {
    /// Reads one.
    ///
    /// # Errors
    /// The place at which it ceases to be one.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let root = parser.sum()?;
        parser.blanks();
        if parser.at < text.len() {
            return Err(parser.wrong("an operator should follow: + - * /"));
        }
        Ok(Formula { text: text.trim().to_string(), root })
    }
}

impl Parser<'_> {
    fn wrong(&self, what: impl Into<String>) -> FormulaError {
        let column = self.text.get(..self.at).map_or(0, |before| before.chars().count()) + 1;
        FormulaError { column, what: what.into() }
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.blanks();
        let found = self.text[self.at..].starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn sum(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.product()?;
        loop {
            let pair = match () {
                () if self.next_is('+') => Pair::Add,
                () if self.next_is('-') => Pair::Subtract,
                () => return Ok(left),
            };
            left = Node::Pair(pair, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.factor()?;
        loop {
            let pair = match () {
                () if self.next_is('*') => Pair::Multiply,
                () if self.next_is('/') => Pair::Divide,
                () => return Ok(left),
            };
            left = Node::Pair(pair, Box::new(left), Box::new(self.factor()?));
        }
    }

    fn factor(&mut self) -> Result<Node, FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong("too many brackets in one another"));
        }
        let node = self.factor_inside();
        self.depth -= 1;
        node
    }

    fn factor_inside(&mut self) -> Result<Node, FormulaError> {
        if self.next_is('-') {
            return Ok(Node::Negative(Box::new(self.factor()?)));
        }
        if self.next_is('(') {
            let inside = self.sum()?;
            return if self.next_is(')') { Ok(inside) } else { Err(self.wrong("a ) is missing")) };
        }
        let rest = &self.text[self.at..];
        let word = |allowed: fn(char) -> bool| {
            let end = rest.find(|c: char| !allowed(c)).unwrap_or(rest.len());
            &rest[..end]
        };
        match rest.chars().next() {
            Some(first) if first.is_ascii_digit() || first == '.' => {
                self.number(word(|c| c.is_ascii_alphanumeric() || c == '.'))
            }
            Some(first) if first.is_ascii_alphabetic() => {
                self.named(word(|c| c.is_ascii_alphanumeric() || c == '_'))
            }
            _ => Err(self.wrong(format!("a number, a name ({}) or ( should stand here", names()))),
        }
    }

    fn number(&mut self, word: &str) -> Result<Node, FormulaError> {
        let amount = record::parse_amount(word).map_err(|what| self.wrong(what))?;
        self.at += word.len();
        Ok(Node::Number(amount.as_millis() as f64 / 1000.0))
    }

    fn named(&mut self, word: &str) -> Result<Node, FormulaError> {
        let function = match word {
            "min" => Some(Function::Least),
            "max" => Some(Function::Greatest),
            "ceil" => Some(Function::Ceiling),
            "floor" => Some(Function::Floor),
            _ => None,
        };
        if let Some(function) = function {
            self.at += word.len();
            return self.call(word, function);
        }
        let Some(at) = NAMES.iter().position(|(name, _)| *name == word) else {
            return Err(self.wrong(format!(
                "{word} is no name; there are {}, and min, max, ceil, floor",
                names()
            )));
        };
        self.at += word.len();
        Ok(Node::Name(at))
    }

    fn call(&mut self, word: &str, function: Function) -> Result<Node, FormulaError> {
        if !self.next_is('(') {
            return Err(self.wrong(format!("{word} wants its numbers in brackets")));
        }
        let mut terms = Vec::new();
        loop {
            self.blanks();
            let from = self.at;
            let node = self.sum()?;
            terms.push((node, self.text[from..self.at].trim().to_string()));
            if self.next_is(',') {
                continue;
            }
            if !self.next_is(')') {
                return Err(self.wrong("a , or ) is missing"));
            }
            break;
        }
        let single = matches!(function, Function::Ceiling | Function::Floor);
        if single && terms.len() > 1 {
            return Err(self.wrong(format!("{word} wants one number, not {}", terms.len())));
        }
        Ok(Node::Call(function, terms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_formula_is_told_with_its_place() {
        for (text, column, what) in [
            ("", 1, "a number, a name"),
            ("2*cpus", 3, "cpus is no name; there are cpu, mem"),
            ("min(2*cpu, mem/512M", 20, "a , or ) is missing"),
            ("min 3", 5, "min wants its numbers in brackets"),
            ("2 cpu", 3, "an operator should follow"),
            ("cpu/512Q", 5, "\"512Q\" is no amount"),
            ("(cpu", 5, "a ) is missing"),
            ("floor(1,2)", 11, "floor wants one number, not 2"),
            ("µ", 1, "a number, a name"),
            ("cpu +", 6, "a number, a name"),
            ("min()", 5, "a number, a name"),
        ] {
            let error = Formula::parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.what.starts_with(what), "{text}: {error}");
        }
    }

    #[test]
    fn brackets_have_a_bound() {
        let deep = |n: usize| [&"(".repeat(n), "1", &")".repeat(n)].concat();
        assert!(Formula::parse(&deep(60)).is_ok());
        assert!(Formula::parse(&deep(100_000)).is_err());
    }

    #[test]
    fn spaces_make_no_difference() {
        let formula = Formula::parse("  min( 2 * cpu ,mem / 512M )  ").unwrap();
        assert_eq!(formula.text(), "min( 2 * cpu ,mem / 512M )");
        let worth = formula.worth(|_| Some(4.0)).unwrap();
        let texts: Vec<&str> = worth.terms.iter().map(|term| term.text.as_str()).collect();
        assert_eq!(texts, ["2 * cpu", "mem / 512M"]);
    }
}
