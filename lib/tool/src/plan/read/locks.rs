//! Named locks found in the text of operations, by a table of rules.

use crate::fail::Fail;
use crate::plan::reads::Reads;
use record::status;
use regex::Regex;
use std::collections::BTreeMap;

/// Rules that every plan has.
const BUILT_IN: &str = include_str!("locks.tsv");

#[derive(Debug)]
struct Rule {
    pattern: Regex,
    name: String,
}

/// What is exclusive.
#[derive(Debug)]
pub struct LockRules(Vec<Rule>);

impl LockRules {
    /// The built-in rules and those of more files.
    ///
    /// # Errors
    /// A file that cannot be read, a line that is no rule.
    pub fn read(reads: &Reads, files: &[String]) -> Result<LockRules, Fail> {
        let mut rules = Vec::new();
        add(&mut rules, "built-in rules", BUILT_IN)?;
        for file in files {
            let bytes = reads.bytes_of(file)?;
            add(&mut rules, crate::input::shown(file), &String::from_utf8_lossy(&bytes))?;
        }
        Ok(LockRules(rules))
    }

    /// Names of the locks that a text needs, each once.
    pub fn names(&self, text: &str) -> Vec<String> {
        let text = joined(text);
        let mut names: Vec<String> = Vec::new();
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for Rule { pattern, name } in &self.0 {
            for found in pattern.captures_iter(&text) {
                for group in pattern.capture_names().flatten() {
                    if let Some(value) = found.name(group) {
                        let value = value.as_str().trim_matches(['"', '\'']);
                        known.insert(group.to_string(), value.to_string());
                    }
                }
                let name = fill(name, &known);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

fn add(rules: &mut Vec<Rule>, file: &str, text: &str) -> Result<(), Fail> {
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong =
            |what: &str| Fail::new(status::BAD_INPUT, format!("{file}:{}: {what}", number + 1));
        let (pattern, name) =
            line.split_once('\t').ok_or_else(|| wrong("no rule; write REGEX<TAB>LOCK-NAME"))?;
        let pattern = Regex::new(pattern).map_err(|e| {
            let text = e.to_string();
            wrong(&format!("bad regular expression: {}", text.lines().last().unwrap_or_default()))
        })?;
        rules.push(Rule { pattern, name: name.trim().to_string() });
    }
    Ok(())
}

/// The text with its continued lines joined.
fn joined(text: &str) -> String {
    text.replace("\\\r\n", " ").replace("\\\n", " ")
}

/// `$name` is replaced; a part in brackets goes where its name is not known.
fn fill(template: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let Some(close) = rest[open..].find(']') else { break };
        out.push_str(&filled(&rest[..open], known).0);
        let (inner, whole) = filled(&rest[open + 1..open + close], known);
        if whole {
            out.push_str(&inner);
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(&filled(rest, known).0);
    out
}

fn filled(template: &str, known: &BTreeMap<String, String>) -> (String, bool) {
    let mut pieces = template.split('$');
    let mut out = pieces.next().unwrap_or_default().to_string();
    let mut whole = true;
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest) = piece.split_at(end.unwrap_or(piece.len()));
        match known.get(name) {
            Some(value) => out.push_str(value),
            None => whole = false,
        }
        out.push_str(rest);
    }
    (out, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        LockRules::read(&Reads::default(), &[]).unwrap().names(text)
    }

    #[test]
    fn the_machine_is_in_the_name() {
        let one = "az vm run-command invoke \\\n  --resource-group \"rg\" \\\n  --name \"vm 1\" --command-id X\nmsiexec.exe /i a.msi";
        assert_eq!(names(one), ["az-run-command:rg/vm 1", "msiexec:vm 1"]);
        let swapped = "az vm run-command invoke -n vm2 -g rg";
        assert_eq!(names(swapped), ["az-run-command:rg/vm2"]);
        let inside =
            "az vm run-command invoke --scripts \"a; b | c\n --name x\" 'd|e' -g rg -n vm3";
        assert_eq!(names(inside), ["az-run-command:rg/vm3"], "what is in quotes is one word");
        let held = "x=$(az vm run-command invoke -g rg -n vm)";
        assert_eq!(
            names(held),
            ["az-run-command:rg/vm"],
            "the shell's signs are no part of a name"
        );
        let apart = "az vm run-command invoke -g rg; az vm show -n vm4";
        assert_eq!(names(apart), [""; 0]);
        let literal = "az vm run-command invoke -g {{RG}} -n {{VM}}";
        assert_eq!(names(literal), ["az-run-command:{{RG}}/{{VM}}"]);
    }

    #[test]
    fn without_a_machine_it_is_this_one() {
        assert_eq!(names("Start-Process MSIEXEC -Wait; msiexec /x"), ["msiexec"]);
        assert_eq!(names("az vm create -g rg -n vm"), [""; 0]);
    }
}
