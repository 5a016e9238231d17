//! From the text in a file to what runs: a command and the scripts it needs.
//!
//! Scripts travel in the record and lie side by side when they run, so one
//! finds another beside itself.

use super::vars::{Unknown, Vars};
use crate::yaml::Node;
use record::{Bytes, Command};
use regex::{Captures, Regex};
use std::collections::BTreeMap;

/// Where a script finds the folder it lies in.
const BESIDE: &str = "${BASH_SOURCE[0]%/*}";

/// What runs.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The command; none where there is nothing to run.
    pub cmd: Option<Command>,
    /// Scripts by name.
    pub files: BTreeMap<String, Bytes>,
    /// Everything that is run, to find locks in.
    pub text: String,
    /// What the text refers to and nobody gives.
    pub unknown: Unknown,
}

/// Fills placeholders and collects scripts.
pub struct Maker<'a> {
    vars: &'a Vars<'a>,
    parameters: &'a BTreeMap<String, String>,
    script_path: &'a Regex,
    body: Body,
}

/// `@ANY/PATH/NAME.ps1` and `@${PS_FILE}`, in quotes or bare.
pub fn script_path() -> Result<Regex, regex::Error> {
    Regex::new(r#"(["']?)@(?:[^\s"'$@]*\.ps1\b|\$\{?PS_FILE\}?)(["']?)"#)
}

/// A command line of words.
pub fn argv(words: &[&str]) -> Command {
    Command::Argv(words.iter().map(|word| Bytes::from(*word)).collect())
}

impl<'a> Maker<'a> {
    /// Nothing yet.
    pub fn new(
        vars: &'a Vars<'a>,
        parameters: &'a BTreeMap<String, String>,
        script_path: &'a Regex,
    ) -> Self {
        Maker { vars, parameters, script_path, body: Body::default() }
    }

    /// True once there is something to run.
    pub fn has_command(&self) -> bool {
        self.body.cmd.is_some()
    }

    /// What was made.
    pub fn finish(self) -> Body {
        self.body
    }

    fn fill(&mut self, text: &str) -> String {
        self.vars.fill(text, self.parameters, &mut self.body.unknown)
    }

    fn keep(&mut self, name: &str, text: String) {
        self.body.text.push_str(&text);
        self.body.text.push('\n');
        self.body.files.insert(name.to_string(), Bytes::from(text));
    }

    /// A bash text, to be run as a file.
    pub fn bash(&mut self, text: &str) {
        let text = self.fill(text);
        self.keep("body.sh", text);
        self.body.cmd = Some(argv(&["bash", "{file:body.sh}"]));
    }

    /// A PowerShell text, to be run as a file.
    pub fn powershell(&mut self, name: &str, text: &str) {
        let text = self.fill(text);
        self.keep(name, text);
        let file = format!("{{file:{name}}}");
        self.body.cmd = Some(argv(&["pwsh", "-NoProfile", "-NonInteractive", "-File", &file]));
    }

    /// A template: a command that may refer to a PowerShell text beside it.
    pub fn template(&mut self, template: &Node, powershell: Option<&Node>) {
        let command = template.get("command").and_then(Node::text).filter(|t| !t.trim().is_empty());
        let script = powershell.and_then(|node| {
            let content = node.get("content").and_then(Node::text)?;
            Some((script_name(&node.word("file")), content))
        });
        let direct = template.word("type") == "powershell-direct";
        match (command, script) {
            (Some(command), None) => self.bash(&command),
            (Some(command), Some((name, content))) if !direct => {
                let content = self.fill(&content);
                let command = command.replace("{{POWERSHELL_CONTENT}}", &content);
                let command = self.point_to(&command, &name);
                self.bash(&command);
                self.keep(&name, content);
            }
            (_, Some((name, content))) => self.powershell(&name, &content),
            (None, None) => {}
        }
    }

    /// Paths of the script in `command` become the place beside the command's own file.
    fn point_to(&self, command: &str, name: &str) -> String {
        let place = |found: &Captures<'_>| {
            let path = format!("@{BESIDE}/{name}");
            match (&found[1], &found[2]) {
                ("\"", "") => format!("\"{path}"),
                ("", end @ ("\"" | "'")) => format!("{path}{end}"),
                _ => format!("\"{path}\""),
            }
        };
        self.script_path.replace_all(command, place).into_owned()
    }

    /// Steps one after the other, each in a file of its own; `name` tells them from others.
    pub fn steps(&mut self, name: &str, steps: &[Node]) -> Option<Command> {
        let mut script = "set -euo pipefail\n".to_string();
        let mut count = 0;
        for step in steps {
            let Some(command) = step.text().or_else(|| step.get("command").and_then(Node::text))
            else {
                continue;
            };
            count += 1;
            let command = self.fill(&command);
            let file = format!("{name}-{count}.sh");
            self.keep(&file, command);
            let goes_on = step.get("continue_on_error").and_then(Node::truth).unwrap_or(false);
            let after = if goes_on {
                format!(" || echo '[WARNING] {name} step {count} failed' >&2")
            } else {
                String::new()
            };
            script.push_str(&format!("bash \"{BESIDE}/{file}\"{after}\n"));
        }
        if count == 0 {
            return None;
        }
        let file = format!("{name}.sh");
        self.body.files.insert(file.clone(), Bytes::from(script));
        Some(argv(&["bash", &format!("{{file:{file}}}")]))
    }

    /// The steps are the body.
    pub fn body_of_steps(&mut self, steps: &[Node]) {
        self.body.cmd = self.steps("body", steps);
    }

    /// A check of its own, in a file.
    pub fn check(&mut self, text: &str) -> Command {
        let text = self.fill(text);
        self.body.files.insert("check.sh".to_string(), Bytes::from(text));
        argv(&["bash", "{file:check.sh}"])
    }

    /// Checks that run after the body; their status counts.
    pub fn validate(&mut self, checks: &[Node]) {
        let Some(Command::Argv(words)) = self.body.cmd.clone() else { return };
        if self.steps("validate", checks).is_none() {
            return;
        }
        let then = "\"${@:2}\" && bash \"$1\"";
        let mut all = ["bash", "-c", then, "bash", "{file:validate.sh}"].map(Bytes::from).to_vec();
        all.extend(words);
        self.body.cmd = Some(Command::Argv(all));
    }
}

/// The last part of a path, as the name of a file.
fn script_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let reserved = name.is_empty() || name.starts_with('.') || name.contains(['{', '}']);
    if reserved { "script.ps1".to_string() } else { name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(yaml: &str) -> Body {
        let reads = crate::plan::reads::Reads::default();
        let vars = Vars::read(&reads, &[], &["RG=rg".to_string()]).unwrap();
        let (parameters, pattern) = (BTreeMap::new(), script_path().unwrap());
        let mut maker = Maker::new(&vars, &parameters, &pattern);
        let node = Node::read(yaml).unwrap().remove(0);
        maker.template(node.get("template").unwrap_or(&node), node.get("powershell"));
        maker.finish()
    }

    fn file<'a>(body: &'a Body, name: &str) -> &'a str {
        std::str::from_utf8(&body.files[name]).unwrap()
    }

    #[test]
    fn a_command_is_a_file() {
        let body = made("template: {type: bash, command: \"echo {{RG}} {{MISSING_X}}\"}");
        assert_eq!(file(&body, "body.sh"), "echo rg {{MISSING_X}}");
        assert_eq!(body.cmd.unwrap().display(), "bash {file:body.sh}");
        assert!(body.unknown.contains("MISSING_X"));
    }

    #[test]
    fn a_script_lies_beside_the_command() {
        for (written, becomes) in [
            ("--scripts \"@a/b/x.ps1\" --o", "--scripts \"@${BASH_SOURCE[0]%/*}/in.ps1\" --o"),
            ("--scripts @a/b/x.ps1 --o", "--scripts \"@${BASH_SOURCE[0]%/*}/in.ps1\" --o"),
            ("--scripts '@x.ps1'", "--scripts \"@${BASH_SOURCE[0]%/*}/in.ps1\""),
            ("--scripts \"@${PS_FILE}\"", "--scripts \"@${BASH_SOURCE[0]%/*}/in.ps1\""),
            ("mail me@x.org", "mail me@x.org"),
        ] {
            let body = made(&format!(
                "template:\n  command: |-\n    {written}\npowershell: {{file: dir/in.ps1, content: \"go {{{{RG}}}}\"}}"
            ));
            assert_eq!(file(&body, "body.sh"), becomes);
            assert_eq!(file(&body, "in.ps1"), "go rg");
        }
    }

    #[test]
    fn powershell_alone_runs_directly() {
        let body = made("template: {type: powershell-direct}\npowershell: {content: hi}");
        assert!(body.cmd.unwrap().display().ends_with("-File {file:script.ps1}"));
        assert!(made("template: {type: odd}").cmd.is_none());
    }
}
