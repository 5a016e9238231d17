//! `--import-config`: the YAML configuration of another system as a file of options of ours.

mod keys;
mod value;

use super::texts::may_be_local;
use super::{Layered, Source};
use crate::entry;
use crate::fail::{Fail, place};
use crate::print::{Out, shown};
use crate::run::args::Args;
use crate::run::name::Called;
use crate::run::settings::Settings;
use crate::yaml::{Node, Value, plain_key};
use clap::{CommandFactory as _, Parser as _};
use keys::{Take, take_of};
use record::status;
use std::ffi::OsString;
use std::path::Path;

/// Groups that only hold others: what stands in them means the same without them.
const HOLDERS: &[&str] = &[
    "pgrun",
    "config",
    "configuration",
    "settings",
    "defaults",
    "general",
    "performance",
    "optimization",
    "parallel",
    "parallelism",
    "parallelexecution",
    "execution",
    "executor",
    "runner",
    "orchestration",
    "concurrency",
    "limits",
    "resources",
    "resourcelimits",
    "timeouts",
];

/// Where several configurations stand side by side.
const ENVIRONMENTS: &[&str] = &["environments", "profiles"];

/// A key that was understood.
#[derive(Debug)]
struct Line {
    line: u64,
    /// The key with the groups above it, as they are written.
    key: String,
    said: Said,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// `--name` or `--name=value`.
    Option(String),
    /// Nothing has to be said, and why.
    Remark(String),
}

/// What a file says.
#[derive(Debug, Default)]
struct Found {
    lines: Vec<Line>,
    /// What could not be turned into an option: its line, the key, what to do.
    left: Vec<(u64, String, String)>,
    /// Environments, with the line and what they hold.
    environments: Vec<(String, Node)>,
    /// The environment that the file names.
    chosen: Option<String>,
}

/// Prints a configuration as options, the keys that it has no option for on standard error.
///
/// # Errors
/// The file cannot be read, or is no YAML, or has not the environment that was asked for.
pub fn print(path: &Path, environment: Option<&str>) -> Result<u8, Fail> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Fail::io(status::LOST, &file, &e))?;
    let documents = Node::read(&text)
        .map_err(|(line, bad)| Fail::new(status::LOST, place(&file, line, &bad)))?;
    let mut found = Found::default();
    for root in &documents {
        found.document(root);
    }
    found.choose(&file, environment)?;
    found.try_out(path)?;
    let mut out = Out::new(status::LOST);
    out.bytes(found.text(&file).as_bytes())?;
    out.finish()?;
    found.left.sort();
    for (line, key, what) in &found.left {
        entry::complain("pgrun", &format!("{file}:{line}: {key}: {what}"));
    }
    Ok(if found.left.is_empty() { status::OK } else { status::FINDING })
}

impl Found {
    fn document(&mut self, root: &Node) {
        match &root.value {
            Value::Null => {}
            Value::Map(_) => self.group(root, (&[], &[])),
            _ => self.leave(root.line, "the document", "it is no map of keys; write `key: value`"),
        }
    }

    fn leave(&mut self, line: u64, key: &str, what: impl Into<String>) {
        self.left.push((line, shown(key), what.into()));
    }

    /// The keys of a group; `above` are those it stands below, as they are written and as they
    /// are compared, the latter without what only holds others.
    fn group(&mut self, group: &Node, (written, above): (&[String], &[String])) {
        if group.get("enabled").and_then(Node::truth) == Some(false) && !written.is_empty() {
            let remark = "it is switched off there".to_string();
            let key = written.join(".");
            return self.lines.push(Line { line: group.line, key, said: Said::Remark(remark) });
        }
        for (name, node) in group.pairs() {
            let plain = plain_key(name);
            let written = [written, std::slice::from_ref(name)].concat();
            let known: &[&str] = if node.is_map() { HOLDERS } else { &[] };
            let holds = above.is_empty() && known.contains(&plain.as_str());
            let below =
                if holds { above.to_vec() } else { [above, std::slice::from_ref(&plain)].concat() };
            if node.is_map() && above.is_empty() && ENVIRONMENTS.contains(&plain.as_str()) {
                self.environments.extend(node.pairs().iter().cloned());
            } else if above.is_empty() && plain == "environment" && !node.is_map() {
                self.chosen = node.text();
            } else if node.is_map()
                && !take_of(&below).is_some_and(|take| matches!(take, Take::By(_)))
            {
                self.group(node, (&written, &below));
            } else {
                self.key(&written.join("."), &below, node);
            }
        }
    }

    /// A key and its value.
    fn key(&mut self, key: &str, plain: &[String], node: &Node) {
        let line = node.line;
        let Some(take) = take_of(plain) else {
            let what = "pgrun has no option that is known to mean this; pgrun --help has those \
                        there are, add the line by hand";
            return self.leave(line, key, what);
        };
        match value::said(take, node) {
            Ok(said) => self.add(Line { line, key: shown(key), said }),
            Err(what) => self.leave(line, key, what),
        }
    }

    /// Of two keys that mean one option the first holds, and the other is told.
    fn add(&mut self, new: Line) {
        let name = |said: &Said| match said {
            Said::Option(word) => Some(option_of(word).to_string()),
            Said::Remark(_) => None,
        };
        let own = name(&new.said).filter(|name| name != "resource");
        let before = self.lines.iter().find(|old| own.is_some() && name(&old.said) == own);
        match before {
            Some(old) if old.said == new.said => {}
            Some(old) => {
                let what = format!(
                    "--{} comes from {} in line {} already; take one of them out",
                    own.unwrap_or_default(),
                    old.key,
                    old.line
                );
                self.leave(new.line, &new.key, what);
            }
            None => self.lines.push(new),
        }
    }

    /// Puts the environment that was asked for over what holds for all.
    fn choose(&mut self, file: &str, asked: Option<&str>) -> Result<(), Fail> {
        let wanted = asked.map(String::from).or_else(|| self.chosen.clone());
        let is = |name: &str| wanted.as_deref().is_some_and(|of| plain_key(of) == plain_key(name));
        let all = std::mem::take(&mut self.environments);
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(", ");
        let mut own = Found::default();
        match all.iter().find(|(name, _)| is(name)) {
            Some((name, node)) => own.group(node, (&["environments".into(), name.clone()], &[])),
            None if asked.is_some() => {
                let wanted = asked.unwrap_or_default();
                let there =
                    if names.is_empty() { "none".to_string() } else { format!("these: {names}") };
                let what = format!("--import-env {wanted}: {file} has {there}");
                return Err(Fail::new(status::LOST, what));
            }
            None => {
                for (name, node) in &all {
                    let what = "is left out; --import-env with this name takes it";
                    self.leave(node.line, &format!("environments.{name}"), what);
                }
            }
        }
        let is_option = |line: &Line, of: &str| matches!(&line.said, Said::Option(word) if option_of(word) == of);
        for line in own.lines {
            if let Said::Option(word) = &line.said {
                let of = option_of(word).to_string();
                let same = |old: &Line| match &old.said {
                    // of resources each name is one
                    Said::Option(old) if of == "resource" => {
                        old.rsplit_once('=').map(|it| it.0) == word.rsplit_once('=').map(|it| it.0)
                    }
                    _ => is_option(old, &of),
                };
                self.lines.retain(|old| !same(old));
            }
            self.lines.push(line);
        }
        self.left.extend(own.left);
        Ok(())
    }

    /// Has the options read by what will read them: one that is refused is told.
    fn try_out(&mut self, path: &Path) -> Result<(), Fail> {
        let command = Args::command();
        loop {
            let mut all = Layered::default();
            for line in &self.lines {
                if let Said::Option(word) = &line.said {
                    let source = Source::File(path.into(), Some(line.line as usize));
                    all.options.push((source, OsString::from(word)));
                }
            }
            let words = std::iter::once("pgrun".into()).chain(all.words());
            let wrong = match Args::try_parse_from(words) {
                Err(error) => entry::usage_line(&error),
                Ok(args) => match Settings::from_args(args, Called::Pgrun) {
                    Err(fail) => fail.message,
                    Ok(_) => return Ok(()),
                },
            };
            let blamed = all.blamed(&wrong, &command).map(|at| all.options[at].1.clone());
            let is_it = |line: &Line| matches!((&line.said, &blamed), (Said::Option(word), Some(of)) if of == word.as_str());
            let Some(at) = self.lines.iter().position(is_it) else {
                return Err(Fail::new(status::LOST, format!("{}: {wrong}", path.display())));
            };
            let line = self.lines.remove(at);
            self.leave(line.line, &line.key, wrong);
        }
    }

    /// The file of options; what a working folder's file may not say is a comment in it, and told.
    fn text(&mut self, file: &str) -> String {
        let mut text = format!("# from {}\n", shown(file));
        for line in std::mem::take(&mut self.lines) {
            let (key, at) = (&line.key, line.line);
            match &line.said {
                Said::Remark(why) => text.push_str(&format!("# line {at}: {key}: {why}\n")),
                Said::Option(word) if may_be_local(option_of(word)) => {
                    text.push_str(&format!("# line {at}: {key}\n{}\n", quoted(word)));
                }
                Said::Option(word) => {
                    let word = quoted(word);
                    text.push_str(&format!(
                        "# line {at}: {key}, for ~/.config/pgtools/pgrun.conf alone:\n# {word}\n"
                    ));
                    let what = format!(
                        "{word} is not taken from the pg.conf of a working folder, so it is a comment \
                         there; write it into ~/.config/pgtools/pgrun.conf"
                    );
                    self.leave(at, key, what);
                }
            }
        }
        text
    }
}

/// The name in `--name=value`.
fn option_of(word: &str) -> &str {
    word.trim_start_matches('-').split('=').next().unwrap_or_default()
}

/// A word as it is written in a file of options: in quotes where it needs them.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_=.,:%+/@".contains(char);
    if word.chars().all(plain) {
        return word.to_string();
    }
    shlex::try_quote(word).map_or_else(|_| String::new(), std::borrow::Cow::into_owned)
}
