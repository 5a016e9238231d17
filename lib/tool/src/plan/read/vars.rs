//! Values for `{{NAME}}`.

use crate::fail::Fail;
use crate::plan::reads::Reads;
use record::status;
use regex::{Captures, Regex};
use std::collections::{BTreeMap, BTreeSet};

/// Names and values: from the command line, from files, from the environment.
#[derive(Debug)]
pub struct Vars<'a> {
    reads: &'a Reads,
    given: BTreeMap<String, String>,
    pattern: Regex,
}

/// What a text refers to and nobody gives.
pub type Unknown = BTreeSet<String>;

impl<'a> Vars<'a> {
    /// Reads the files in their order, then the pairs `NAME=VALUE`; the last wins.
    ///
    /// # Errors
    /// A file that cannot be read, a line or a pair without `=`.
    pub fn read(reads: &'a Reads, files: &[String], pairs: &[String]) -> Result<Self, Fail> {
        let mut given = BTreeMap::new();
        for file in files {
            let bytes = reads.bytes_of(file)?;
            let text = String::from_utf8_lossy(&bytes);
            for (number, line) in text.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let pair = line.strip_prefix("export ").unwrap_or(line);
                let (name, value) = split(pair).ok_or_else(|| {
                    let place = format!("{}:{}", crate::input::shown(file), number + 1);
                    let what = "no variable; write NAME=value";
                    Fail::new(status::BAD_INPUT, format!("{place}: {what}"))
                })?;
                given.insert(name, unquoted(&value));
            }
        }
        for pair in pairs {
            let wrong =
                || Fail::new(status::USAGE, format!("--var {pair}: no variable; write NAME=value"));
            let (name, value) = split(pair).ok_or_else(wrong)?;
            given.insert(name, value);
        }
        let pattern = Regex::new(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
            .map_err(|e| Fail::new(status::BAD_INPUT, e.to_string()))?;
        Ok(Vars { reads, given, pattern })
    }

    /// What the values come from.
    pub fn reads(&self) -> &'a Reads {
        self.reads
    }

    fn value(&self, name: &str) -> Option<String> {
        self.given.get(name).cloned().or_else(|| self.reads.variable(name))
    }

    /// The text with its placeholders filled, first from `parameters`; those
    /// without a value stay as they are and are noted.
    pub fn fill(
        &self,
        text: &str,
        parameters: &BTreeMap<String, String>,
        unknown: &mut Unknown,
    ) -> String {
        let fill = |found: &Captures<'_>| {
            let name = &found[1];
            let value = parameters.get(name).cloned().or_else(|| self.value(name));
            value.unwrap_or_else(|| {
                unknown.insert(name.to_string());
                found[0].to_string()
            })
        };
        self.pattern.replace_all(text, fill).into_owned()
    }
}

fn split(pair: &str) -> Option<(String, String)> {
    let (name, value) = pair.split_once('=')?;
    let name = name.trim();
    let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    good.then(|| (name.to_string(), value.to_string()))
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
    inner.unwrap_or(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_or_listed() {
        let reads = Reads::default();
        let vars = Vars::read(&reads, &[], &["A=1".to_string(), "B=x y".to_string()]).unwrap();
        let mut unknown = Unknown::new();
        let parameters = [("P".to_string(), "p".to_string())].into();
        let text = vars.fill(
            "{{A}} {{ B }} {{P}} {{NOT_SET_1}} ${{ x.y }} {A}",
            &parameters,
            &mut unknown,
        );
        assert_eq!(text, "1 x y p {{NOT_SET_1}} ${{ x.y }} {A}");
        assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["NOT_SET_1"]);
        assert!(
            Vars::read(&reads, &[], &["novalue".to_string()])
                .unwrap_err()
                .message
                .contains("NAME=value")
        );
    }

    #[test]
    fn quotes_around_a_value_are_not_part_of_it() {
        assert_eq!(unquoted("\"a b\""), "a b");
        assert_eq!(unquoted("'a'"), "a");
        assert_eq!(unquoted("it's"), "it's");
        assert_eq!(unquoted("\""), "\"");
    }
}
