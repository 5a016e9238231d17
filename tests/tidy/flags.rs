//! One home for every flag, one name for one thing, and everything a program needs.

use super::source::{line_of, sources};
use crate::{files_below, none_of, root, shown, text_of};
use clap::{Arg, Command};
use std::collections::BTreeMap;
use tool::entry::Tool;

/// Flags that bear one name in several programs and are not the same thing, each
/// with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("run", "pgplan names a past run, pgmon one that runs"),
    ("output", "pgplan replaces a file as a whole, pgmon writes on into one"),
    ("quiet", "pgrun has it as -s, since -q is GNU parallel's --quote"),
    ("top", "pgmon counts processes, pgstat rows"),
    ("jobs", "pgplan takes a number alone: a plan must not depend on the machine it is made on"),
    (
        "history",
        "pgplan takes durations from logs, pgrun keeps its log in a folder, pgstat looks into it",
    ),
    ("dry-run", "pgrun shows what would be run, pgstat history gc what would be removed"),
    ("runs", "pgplan takes a file of runs, pgstat looks at the tasks of runs in all its files"),
    ("json", "pglock has records of its lists alone"),
    ("seed", "pgplan searches with it, pgrun draws arrivals and orders"),
    ("svg", "pgplan gantt has one chart, pgstat report several"),
    (
        "text",
        "pgplan gantt is text unless it is a picture, pgstat report has text with pictures in it",
    ),
];

/// Lines of the short help: a screen.
const SCREEN: usize = 60;
/// Columns of that screen.
const COLUMNS: usize = 100;

/// Every flag of a program and of its verbs that people see.
fn flags(tool: &Tool) -> Vec<(String, Arg)> {
    fn collect(command: &Command, place: &str, found: &mut Vec<(String, Arg)>) {
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let made_by_clap = ["help", "version"].contains(&arg.get_id().as_str());
            if !made_by_clap {
                found.push((place.to_string(), arg.clone()));
            }
        }
        for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
            collect(verb, &format!("{place} {}", verb.get_name()), found);
        }
    }
    let mut command = (tool.command)();
    command.build();
    let mut found = Vec::new();
    collect(&command, tool.name, &mut found);
    found
}

fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn every_flag_says_what_it_does() {
    let mut wrong = Vec::new();
    for tool in tool::tools() {
        for (place, arg) in flags(tool) {
            let text = help(&arg);
            if text.is_empty() || text.ends_with('.') || text.contains('\n') {
                wrong.push(format!("{place}: {arg}: \"{text}\""));
            }
        }
    }
    none_of("the help of a flag is one line without a full stop", &wrong);
}

/// A flag that several programs or verbs have is declared once, in
/// `lib/tool/src/flags.rs` (or in the args.rs of the one program).
#[test]
fn a_flag_has_one_home() {
    let shared = text_of("lib/tool/src/flags.rs");
    let mut by_name: BTreeMap<String, Vec<(&str, String, Arg)>> = BTreeMap::new();
    for tool in tool::tools() {
        for (place, arg) in flags(tool) {
            if let Some(long) = arg.get_long() {
                by_name.entry(long.to_string()).or_default().push((tool.name, place, arg.clone()));
            }
        }
    }
    let mut wrong = Vec::new();
    for (long, all) in &by_name {
        if DIFFERENT.iter().any(|(name, _)| name == long) {
            continue;
        }
        let (first_tool, first_place, first) = &all[0];
        for (_, place, arg) in &all[1..] {
            let same = help(arg) == help(first)
                && arg.get_short() == first.get_short()
                && arg.get_value_names() == first.get_value_names();
            if !same {
                wrong.push(format!("--{long}: {first_place} and {place} differ"));
            }
        }
        let several = all.iter().any(|(tool, _, _)| tool != first_tool);
        if several && !shared.contains(&format!("/// {}", help(first))) {
            wrong.push(format!("--{long}: several programs have it; its home is flags.rs"));
        }
    }
    none_of("a flag is declared once, with one meaning", &wrong);
}

#[test]
fn the_short_help_fits_a_screen() {
    let mut wrong = Vec::new();
    for tool in tool::tools() {
        let help = (tool.command)().term_width(COLUMNS).render_help().to_string();
        let lines = help.lines().count();
        if lines > SCREEN {
            wrong.push(format!("{} -h: {lines} lines", tool.name));
        }
    }
    none_of(&format!("-h has at most {SCREEN} lines; hide_short_help leaves the rare"), &wrong);
}

#[test]
fn every_program_has_what_belongs_to_it() {
    let overview = text_of("man/pgtools.7");
    let (readme, cargo) = (text_of("README.md"), text_of("Cargo.toml"));
    let mut wrong = Vec::new();
    for tool in tool::tools() {
        let name = tool.name;
        let short = name.trim_start_matches("pg");
        for path in [
            format!("bins/{name}.rs"),
            format!("man/{name}.1"),
            format!("completions/bash/{name}.bash"),
            format!("completions/zsh/_{name}"),
            format!("completions/fish/{name}.fish"),
            format!("lib/tool/src/{short}/args.rs"),
        ] {
            // a folder where one file would be too long
            let folder = path.replace("args.rs", "args/mod.rs");
            if !root().join(&path).is_file() && !root().join(folder).is_file() {
                wrong.push(format!("{name}: there is no {path}"));
            }
        }
        let tests = format!("tests/cli/{short}");
        if !root().join(format!("{tests}.rs")).is_file() && !root().join(&tests).is_dir() {
            wrong.push(format!("{name}: there is no {tests}.rs"));
        }
        for (place, text, line) in [
            ("man/pgtools.7", &overview, format!("\\fB{name}(1)\\fR")),
            ("README.md", &readme, format!("| `{name}`")),
            ("Cargo.toml", &cargo, format!("name = \"{name}\"")),
        ] {
            if !text.contains(&line) {
                wrong.push(format!("{name}: {place} has no line \"{line}\""));
            }
        }
    }
    none_of("a program that is not complete", &wrong);
}

#[test]
fn every_variable_that_is_read_is_on_a_page() {
    let pages: String =
        files_below(&root().join("man")).iter().map(|p| text_of(&shown(p))).collect();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.path.ends_with("build.rs")) {
        for call in ["env::var(", "env::var_os("] {
            for (at, _) in source.shipped.match_indices(call) {
                let name = variable(&source.text, &source.text[at + call.len()..]);
                if name.is_some_and(|name| !pages.contains(name)) {
                    let line = line_of(&source.text, at);
                    wrong.push(format!("{}:{line}: {}", source.path, name.unwrap_or_default()));
                }
            }
        }
    }
    none_of("variables on no page: put them in ENVIRONMENT of the tool's sections", &wrong);
}

/// The name of a variable that is asked for, as a literal or a constant of the same file.
fn variable<'a>(text: &'a str, asked: &'a str) -> Option<&'a str> {
    if let Some(literal) = asked.strip_prefix('"') {
        return literal.split('"').next();
    }
    let constant = asked.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    let (_, value) = text.split_once(&format!("const {constant}: &str = \""))?;
    value.split('"').next()
}

#[test]
fn a_variable_is_found_behind_its_constant() {
    let text = "const PLACE: &str = \"PG_PLACE\";";
    assert_eq!(variable(text, "PLACE) {"), Some("PG_PLACE"));
    assert_eq!(variable(text, "\"HOME\")"), Some("HOME"));
    assert_eq!(variable(text, "name)"), None);
}

/// A page's sections have names of their own: none is called as a group of its flags is.
#[test]
fn no_section_of_a_page_stands_there_twice() {
    let mut wrong = Vec::new();
    for tool in tool::tools() {
        let groups: Vec<String> = flags(tool)
            .iter()
            .filter_map(|(_, arg)| arg.get_help_heading().map(str::to_uppercase))
            .collect();
        for (at, (title, _)) in tool.sections.iter().enumerate() {
            let before = tool.sections[..at].iter().any(|(other, _)| other == title);
            if before || groups.contains(&title.to_string()) {
                wrong.push(format!("{}: {title}", tool.name));
            }
        }
    }
    none_of("the sections of a page have names of their own", &wrong);
}
