//! The page of a program: from its flags, its examples and its sections.

use super::roff::Page;
use clap::{Arg, Command};
use clap_mangen::Man;
use record::EXIT;
use tool::entry::Tool;

/// Variables of the environment that hold for every program which has the flag.
const VARIABLES: &[(&str, &str, &str)] = &[(
    "color",
    "NO_COLOR",
    "If it is set and not empty, nothing is coloured unless `--color always` is given.",
)];

/// The page of a program.
pub fn tool(tool: &Tool) -> String {
    let mut command = (tool.command)();
    command.build();
    let mut page = Page::new(tool.name, 1);
    page.name(tool.name, &about(&command));
    page.section("SYNOPSIS");
    synopsis(&mut page, &mut command);
    page.section("DESCRIPTION");
    let long = command.get_long_about().or_else(|| command.get_about());
    page.prose(&long.map(ToString::to_string).unwrap_or_default());
    page.clap(&options(&command));
    verbs(&mut page, &mut command);
    for (title, text) in tool.sections.iter().filter(|(title, _)| *title != "ENVIRONMENT") {
        page.section(title);
        page.prose(text);
    }
    page.section("EXIT STATUS");
    exit_rows(&mut page, tool.name);
    environment(&mut page, tool, &command);
    examples(&mut page, tool);
    page.section("SEE ALSO");
    let others = tool::tools().into_iter().filter(|other| other.name != tool.name);
    let names: Vec<String> = others.map(|other| format!("`{}`(1)", other.name)).collect();
    page.prose(&format!("{}, `pg-record`(5), `pgtools`(7)", names.join(", ")));
    page.finish()
}

fn exit_rows(page: &mut Page, name: &str) {
    for row in EXIT.iter().filter(|row| row.tools.contains(&name)) {
        page.item(row.status, row.meaning);
    }
}

/// What a program does, in one line.
pub fn about(command: &Command) -> String {
    let text = command.get_about().or_else(|| command.get_long_about());
    text.map(ToString::to_string).unwrap_or_default().lines().next().unwrap_or_default().to_string()
}

fn synopsis(page: &mut Page, command: &mut Command) {
    let usage = command.render_usage().to_string();
    let forms = usage.trim_start_matches("Usage:").lines().map(str::trim);
    page.forms(&forms.filter(|form| !form.is_empty()).collect::<Vec<_>>());
}

fn options(command: &Command) -> String {
    let mut bytes = Vec::new();
    Man::new(command.clone()).render_options_section(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    // a program without flags of its own has an empty section
    if text.contains(".TP") { text } else { String::new() }
}

fn verbs(page: &mut Page, command: &mut Command) {
    let shown = |sub: &&mut Command| !sub.is_hide_set() && sub.get_name() != "help";
    let common: Vec<String> =
        command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
    let mut first = true;
    for verb in command.get_subcommands_mut().filter(shown) {
        if first {
            page.section("VERBS");
            first = false;
        }
        let usage = verb.render_usage().to_string();
        page.subsection(usage.trim_start_matches("Usage:").trim());
        let long = verb.get_long_about().or_else(|| verb.get_about());
        page.prose(&long.map(ToString::to_string).unwrap_or_default());
        // flags that stand before the verb too are described once, above
        let described = |arg: &Arg| common.iter().any(|id| arg.get_id() == id);
        let own = verb.clone().mut_args(|arg| if described(&arg) { arg.hide(true) } else { arg });
        let text = options(&own).replacen(".SH OPTIONS\n", "", 1);
        page.clap(&text.replace("\n.SH ", "\n.SS "));
    }
}

fn environment(page: &mut Page, tool: &Tool, command: &Command) {
    let has = |flag: &str| command.get_arguments().any(|arg| arg.get_long() == Some(flag));
    let common: Vec<_> = VARIABLES.iter().filter(|(flag, _, _)| has(flag)).collect();
    let own = tool.sections.iter().find(|(title, _)| *title == "ENVIRONMENT");
    if common.is_empty() && own.is_none() {
        return;
    }
    page.section("ENVIRONMENT");
    page.prose(own.map_or("", |(_, text)| text));
    for (_, name, meaning) in common {
        page.item(name, meaning);
    }
}

fn examples(page: &mut Page, tool: &Tool) {
    if tool.examples.is_empty() {
        return;
    }
    page.section("EXAMPLES");
    for example in tool.examples {
        page.prose(example.about);
        let mut lines: Vec<String> = Vec::new();
        for (number, line) in example.shell.lines().enumerate() {
            lines.push(format!("{} {line}", if number == 0 { "$" } else { " " }));
        }
        lines.extend(example.output.unwrap_or("").lines().map(str::to_string));
        page.verbatim(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// A program with everything a page can show.
#[cfg(test)]
mod tests {
    use super::*;
    use clap::{ArgAction, value_parser};
    use tool::entry::Example;

    fn command() -> Command {
        let many = Arg::new("level").long("level").short('l').value_name("LEVEL");
        let path = Command::new("path").about("The critical path").arg(
            Arg::new("slack").long("slack").action(ArgAction::SetTrue).help("The others' slack"),
        );
        Command::new("sample")
            .about("Does much.")
            .long_about("Does much.\n\nMore of it, in a second paragraph with a `quoted` word.")
            .arg(many.value_parser(["one", "two"]).default_value("one").help("How much"))
            .arg(
                Arg::new("color")
                    .long("color")
                    .value_name("WHEN")
                    .value_parser(value_parser!(tool::flags::ColorWhen))
                    .help("Short")
                    .long_help(
                        "A long text about a flag, which has to be broken into several \
                                lines of the page since it is long.\n\nAnd 'another' C:\\path.",
                    )
                    .help_heading("Talk"),
            )
            .arg(Arg::new("file").value_name("FILE").num_args(0..).help("Files"))
            .subcommand(path)
    }

    const SAMPLE: Tool = Tool {
        name: "sample",
        command,
        usage_status: 2,
        examples: &[Example {
            about: "Two lines:",
            shell: "printf '%s\\n' a b |\nsample -",
            output: Some("a\n\n.b\n"),
        }],
        sections: &[
            ("ENVIRONMENT", "SAMPLE_DIR  Where samples are."),
            ("NOTES", "A paragraph.\n\n    shown as it stands\n\n.begins with a dot"),
        ],
    };

    #[test]
    fn a_page_shows_everything_and_is_clean() {
        let text = tool(&SAMPLE);
        for part in [
            ".SH \"SYNOPSIS\"",
            "\\fB\\-\\-level\\fR",
            "two",
            ".SS \"sample path",
            "\\fB\\-\\-slack\\fR",
            "NO_COLOR",
            "SAMPLE_DIR",
            "$ printf",
            "\\&.b",
            "C:\\epath",
            "\\fBpgplan\\fR(1)",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        if crate::installed("a_page_shows_everything_and_is_clean", "mandoc") {
            let said = crate::drift::complaints_of(&["mandoc", "-Tlint"], "sample.1", &text);
            let said: Vec<_> = said.into_iter().filter(|l| !l.contains("missing date")).collect();
            crate::none_of(&text, &said);
        }
    }
}
