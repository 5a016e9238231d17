//! `lint`: findings, and how findings are told in the other views.

use super::Stop;
use crate::plan::args::Form;
use crate::plan::gather::Gathered;
use crate::plan::sink::Sink;
use record::Finding;

/// A finding on one line: place, severity, what, what to do.
pub fn line(finding: &Finding) -> String {
    let place = match (finding.file.as_str(), finding.line, finding.column) {
        ("", _, _) => String::new(),
        (file, Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
        (file, Some(line), None) => format!("{file}:{line}: "),
        (file, None, _) => format!("{file}: "),
    };
    let remedy = match finding.remedy.as_str() {
        "" => String::new(),
        remedy => format!(" ({remedy})"),
    };
    let told = format!("{place}{}: {}{remedy}", finding.severity.word(), finding.message);
    // ids may hold anything; a terminal obeys some of it
    let shown = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    if told.contains(char::is_control) { told.chars().map(shown).collect() } else { told }
}

/// Everything that was found.
///
/// # Errors
/// A failed write.
pub fn lint(gathered: &Gathered, form: Form, sink: &mut Sink) -> Result<(), Stop> {
    for finding in gathered.faults.iter().chain(gathered.findings()) {
        match form {
            Form::Json => sink.record(finding)?,
            Form::Text => sink.line(line(finding))?,
        }
    }
    Ok(())
}
