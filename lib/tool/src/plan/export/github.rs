//! A workflow for GitHub Actions: a job an operation.

use super::lacks::Lacks;
use super::script::Lines;
use super::{Export, Job, on_one_line, script};
use crate::run::shell::{Place, quote};

/// The workflow, as YAML.
pub fn text(export: &Export<'_>, lacks: &mut Lacks) -> Vec<u8> {
    if export.limits.slots.is_some() {
        lacks.add_to_plan("the number of slots is the account's affair");
    }
    let mut out = "# Made by pgplan, for .github/workflows.\n\
                   name: plan\n\
                   on:\n  workflow_dispatch:\n\
                   jobs:\n"
        .to_string();
    for job in export.jobs.iter().filter(|job| job.cmd().is_some()) {
        one(&mut out, export, job);
        if !job.op.locks.is_empty() {
            lacks.add("no locks: each job has a machine of its own", &job.op);
        }
        if !job.op.resources.is_empty() {
            lacks.add("no resources: each job has a machine of its own", &job.op);
        }
    }
    out.into_bytes()
}

fn one(out: &mut String, export: &Export<'_>, job: &Job<'_>) {
    out.push_str(&format!("  {}:\n", job.name));
    if job.name != job.op.id {
        out.push_str(&format!("    name: {}\n", scalar(&on_one_line(&job.op.id))));
    }
    out.push_str("    runs-on: ubuntu-latest\n");
    let needs = export.dissolved(job);
    if !needs.is_empty() {
        let names: Vec<&str> = needs.iter().map(|n| export.job(n.job).name.as_str()).collect();
        out.push_str(&format!("    needs: [{}]\n", names.join(", ")));
    }
    if needs.iter().any(|need| need.weak) {
        // a weak need must have ended, however; the others well
        let mut parts = vec!["!cancelled()".to_string()];
        for need in needs.iter().filter(|need| !need.weak) {
            let name = &export.job(need.job).name;
            parts.push(format!("needs['{name}'].result == 'success'"));
        }
        out.push_str(&format!("    if: ${{{{ {} }}}}\n", parts.join(" && ")));
    }
    if super::goes_on(&job.op) {
        out.push_str("    continue-on-error: true\n");
    }
    if let Some(timeout) = job.op.timeout {
        // whole minutes, with time to begin; the command's own timeout is exact
        let minutes = (timeout.as_micros().max(0) as u64).div_ceil(60_000_000) + 1;
        out.push_str(&format!("    timeout-minutes: {minutes}\n"));
    }
    let script = readable(script(job, Lines::Many, &[]));
    let body = script.replace("${{", "${{ '${{' }}");
    let run = block(&body).unwrap_or_else(|| format!("{}\n", scalar(&body)));
    out.push_str(&format!(
        "    steps:\n      - uses: actions/checkout@v4\n      - shell: sh {{0}}\n        run: {run}"
    ));
}

/// YAML is text: bytes that are none are written by printf.
fn readable(script: Vec<u8>) -> String {
    match String::from_utf8(script) {
        Ok(text) => text,
        Err(error) => {
            let octal = |byte: &u8| format!("\\{byte:03o}");
            let bytes: String = error.as_bytes().iter().map(octal).collect();
            let format = quote(bytes.as_bytes(), Place::Glued);
            format!("eval \"$(printf {})\"", String::from_utf8_lossy(&format))
        }
    }
}

/// A quoted scalar: what JSON calls a string is one in YAML, once what YAML does not print is
/// escaped as well.
fn scalar(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for letter in serde_json::Value::from(text).to_string().chars() {
        match is_odd(letter) {
            true => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => out.push(letter),
        }
    }
    out
}

/// A character that YAML does not print, or takes for the end of a line.
fn is_odd(letter: char) -> bool {
    let control = letter.is_control() && letter != '\n' && letter != '\t';
    control || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A text as it stands, indented; none where YAML would read it otherwise.
fn block(text: &str) -> Option<String> {
    let ends = text.is_empty() || text.ends_with('\n') || text.starts_with([' ', '\t', '\n']);
    if ends || text.contains(is_odd) {
        return None;
    }
    let mut out = "|-\n".to_string();
    for line in text.split('\n') {
        match line {
            "" => out.push('\n'),
            line => out.push_str(&format!("          {line}\n")),
        }
    }
    Some(out)
}
