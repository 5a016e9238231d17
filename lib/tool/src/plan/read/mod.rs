//! Reading what was declared: records, edge lists and the dialects of module
//! files, told apart by their root key.

mod body;
mod lists;
mod locks;
mod module;
mod operation;
mod outline;
mod records;
mod spelling;
mod stages;
mod vars;

pub use locks::LockRules;
pub use outline::{Wanted, outline};
pub use records::{Frame, name_the_nameless, read_records};
pub use vars::Vars;

use crate::fail::Fail;
use crate::yaml::{Node, Value};
use body::{Maker, argv};
use plan::{Dialect, Draft, Unit};
use record::{Bad, Finding, LockAsk, Severity, status};
use regex::Regex;
use std::collections::BTreeMap;
use std::path::Path;

/// What is wrong with a document that no dialect knows.
const NO_ROOT: &str = "no plan: the root has none of module, operation, workflow, operations, \
                       steps, orchestration, stages, jobs, tasks";

/// Reads documents; collects what is worth saying about them.
pub struct Import<'a> {
    vars: &'a Vars<'a>,
    rules: &'a LockRules,
    fail_if: &'a str,
    script_path: Regex,
    parameters: BTreeMap<String, String>,
    /// Placeholders without a value, with the places that use them.
    pub unknown: BTreeMap<String, Vec<String>>,
    /// What is worth knowing.
    pub notes: Vec<Finding>,
    /// What could not be read.
    pub faults: Vec<Finding>,
}

impl<'a> Import<'a> {
    /// An importer; `fail_if` is put into every operation of a module file.
    ///
    /// # Errors
    /// None in practice: a pattern of our own that does not compile.
    pub fn new(vars: &'a Vars<'a>, rules: &'a LockRules, fail_if: &'a str) -> Result<Self, Fail> {
        let script_path =
            body::script_path().map_err(|e| Fail::new(status::BAD_INPUT, e.to_string()))?;
        Ok(Import {
            vars,
            rules,
            fail_if,
            script_path,
            parameters: BTreeMap::new(),
            unknown: BTreeMap::new(),
            notes: Vec::new(),
            faults: Vec::new(),
        })
    }

    /// Reads every document of a file; a fault is noted and the others still read.
    pub fn documents(&mut self, file: &str, text: &str) -> Vec<Unit> {
        let roots = match Node::read(text) {
            Ok(roots) => roots,
            Err((line, bad)) => {
                self.faults.push(unreadable(file, line, &bad));
                return Vec::new();
            }
        };
        let mut units = Vec::new();
        for root in roots.iter().filter(|root| !matches!(root.value, Value::Null)) {
            match self.document_unit(file, root) {
                Some(unit) => units.push(unit),
                None => {
                    let bad = Bad::new(0, NO_ROOT);
                    self.faults.push(unreadable(file, root.line.max(1), &bad));
                }
            }
        }
        if units.is_empty() && roots.iter().all(|root| matches!(root.value, Value::Null)) {
            self.faults.push(unreadable(file, 0, &Bad::new(0, "empty; nothing to plan")));
        }
        units
    }

    fn document_unit(&mut self, file: &str, root: &Node) -> Option<Unit> {
        let unit = match dialect_of(root)? {
            Dialect::Module => self.module(file, root),
            Dialect::Workflow => self.workflow(file, root),
            dialect @ (Dialect::Operation | Dialect::Capability | Dialect::Steps) => {
                self.operation_file(dialect, file, root)
            }
            Dialect::Lab => self.lab(file, root),
            Dialect::Pipeline => self.pipeline(file, root),
            Dialect::Playbook => self.playbook(file, root),
            Dialect::Github => self.github(file, root),
            Dialect::Tasks | Dialect::Operations | Dialect::Edges => {
                self.tasks(file, lists::task_list(root)?)
            }
        };
        if unit.drafts.is_empty() {
            let place = format!("{file}:{}", unit.line);
            let lists = ["module", "workflow"].iter().filter_map(|key| root.get(key));
            let lists = lists.filter_map(|node| node.first(&["operations", "steps"]));
            match lists.into_iter().find(|node| !node.is_list()) {
                Some(node) => {
                    let what = "the operations are no list; write one with - before each";
                    let place = format!("{file}:{}", node.line);
                    self.note((Severity::Error, "odd-value"), &place, what.to_string());
                }
                None => {
                    self.note((Severity::Warning, "empty"), &place, "no operations".to_string())
                }
            }
        }
        Some(unit)
    }

    fn note(&mut self, (severity, code): (Severity, &str), source: &str, message: String) {
        self.notes.push(Finding { message, ..plan::finding(severity, code, source) });
    }

    /// A script of its own as the body of an operation.
    fn script_body(&mut self, draft: &mut Draft, path: &Path, text: &str) {
        let parameters = BTreeMap::new();
        let mut maker = Maker::new(self.vars, &parameters, &self.script_path);
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        match path.extension().and_then(|ext| ext.to_str()) {
            Some("ps1") => maker.powershell(&name, text),
            _ => maker.bash(text),
        }
        let body = maker.finish();
        let locks = self.rules.names(&body.text);
        draft.op.locks.extend(locks.into_iter().map(LockAsk::exclusive));
        for name in body.unknown {
            self.unknown.entry(name).or_default().push(draft.op.source.clone());
        }
        draft.op.cmd = body.cmd;
        draft.op.files = body.files;
        draft.op.fail_if = self.fail_if.to_string();
    }
}

/// Something that cannot be read; line or column 0 where it is not known.
pub fn unreadable(file: &str, line: u64, bad: &Bad) -> Finding {
    Finding {
        severity: Severity::Error,
        code: "unreadable".into(),
        message: bad.what.clone(),
        file: file.to_string(),
        line: (line > 0).then_some(line),
        column: (bad.column > 0).then_some(bad.column as u64),
        ..Finding::default()
    }
}

/// The dialect of a document, by its root key.
fn dialect_of(root: &Node) -> Option<Dialect> {
    let is_map = |key: &str| root.get(key).is_some_and(Node::is_map);
    let list = |key: &str| root.get(key).filter(|node| node.is_list());
    let plain = |key: &str| list(key).is_some_and(|items| !lists::is_grouped(items));
    if is_map("module") {
        return Some(Dialect::Module);
    }
    if is_map("workflow") {
        return Some(Dialect::Workflow);
    }
    if let Some(op) = root.get("operation").filter(|node| node.is_map()) {
        let named = ["capability", "category"]
            .iter()
            .any(|key| op.get(key).is_some() || root.get(key).is_some());
        return Some(match (list("steps").is_some(), named) {
            (true, _) => Dialect::Steps,
            (false, true) => Dialect::Capability,
            (false, false) => Dialect::Operation,
        });
    }
    if is_map("orchestration") || list("stages").is_some() {
        return Some(Dialect::Playbook);
    }
    if plain("operations") {
        return Some(Dialect::Lab);
    }
    if plain("steps") {
        return Some(Dialect::Pipeline);
    }
    if is_map("jobs") {
        return Some(Dialect::Github);
    }
    lists::task_list(root).map(|_| Dialect::Tasks)
}

/// The command that `--cmd` gives to an operation: its words, `{}` is the id.
pub fn command_for(words: &[String], id: &str) -> record::Command {
    let words: Vec<String> = words.iter().map(|word| word.replace("{}", id)).collect();
    argv(&words.iter().map(String::as_str).collect::<Vec<_>>())
}
