//! What shells make of rendered commands: the command sees exactly the arguments.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::ffi::OsStr;
use std::process::Command;

/// `cat` and `see` show their arguments, each with a NUL byte at its end.
const PRELUDE: &str = "see() { for a; do printf '%s\\0' \"$a\"; done; printf '\\001\\0'; }
cat() { see \"$@\"; }
h=H
";

/// Where arguments stand, and what the command sees of them.
const PLACES: &[(&str, &[&str])] = &[
    ("see {}", &["{}"]),
    ("see '{}'", &["{}"]),
    ("see \"{}\"", &["{}"]),
    ("see x{}y x'{}'y x\"{}\"y", &["x{}y", "x{}y", "x{}y"]),
    ("see {} {}{} \"{}{}\"'{}{}'", &["{}", "{}{}", "{}{}{}{}"]),
    ("see \"$(printf '%s.' {})\"", &["{}."]),
    ("see \"$(printf '%s.' '{}')\"", &["{}."]),
    ("see \"$(printf '%s.' \"{}\")\"", &["{}."]),
    ("see \"x$(printf '%s.' \"$(printf '%s.' {})\")\"", &["x{}.."]),
    ("see $h{} \"$h{}\" \"${h}{}\" ${h}{}", &["H{}", "H{}", "H{}", "H{}"]),
    ("see a $h\\\n{} '$h{}' \\$h{}", &["a", "H{}", "$h{}", "$h{}"]),
    ("see {}>&1", &["{}"]),
    ("see 1{}>&1", &["1{}"]),
    ("see a # {} '{}' \"{}\"", &["a"]),
    ("see a;see {}&&see b", &["a", "\u{1}", "{}", "\u{1}", "b"]),
    ("(see {});{ see {}; }", &["{}", "\u{1}", "{}"]),
    ("see a\\'{}\\\"{}", &["a'{}\"{}"]),
    ("x={} y='{}' z=\"{}\"; see \"$x$y$z\"", &["{}{}{}"]),
];

fn shells() -> Vec<&'static str> {
    let known = ["bash", "dash", "zsh", "sh"];
    let runs = |shell: &&str| Command::new(shell).args(["-c", ":"]).output().is_ok();
    known.into_iter().filter(runs).collect()
}

/// A command line, and what it must see.
type Case = (Vec<u8>, Vec<Vec<u8>>);

/// Runs the commands in one shell, one after the other; the first that sees anything else.
fn first_wrong(shell: &str, cases: &[Case]) -> Option<String> {
    let mut script = PRELUDE.as_bytes().to_vec();
    for (command, _) in cases {
        script.extend_from_slice(command);
        script.extend_from_slice(b"\nprintf 'the next command\\0'\n");
    }
    let output = Command::new(shell)
        .args([OsStr::new("-c"), OsStr::from_bytes(&script)])
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let seen: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    let mut rest = seen.as_slice();
    for (command, expected) in cases {
        let end = rest.iter().position(|word| *word == b"the next command").unwrap_or(rest.len());
        let (words, after) = rest.split_at(end);
        if words.iter().ne(expected) {
            let lines = [command.as_slice(), &words.join(&b'|'), &expected.join(&b'|')];
            let show = lines.map(|line| line.escape_ascii().to_string()).join("\n");
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Some(format!(
                "{shell}: command, what it saw, what it must see:\n{show}\n{stderr}"
            ));
        }
        rest = after.get(1..).unwrap_or_default();
    }
    None
}

/// A byte that may be in an argument; those with a meaning are likelier.
fn byte() -> impl Strategy<Value = u8> {
    let meaning = b"'\"\\$`!#&;|()<>{}[]*?~=%^@, \t\n\r-+:/.0129aHx_\x7f\x01\x80\xc3\xa9\xff";
    prop_oneof![3 => prop::sample::select(meaning.to_vec()), 1 => 1u8..=255]
}

fn words(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(byte(), 0..9), count)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_command_sees_exactly_the_argument(args in words(30..40)) {
        let mut cases: Vec<Case> = Vec::new();
        for (command, seen) in PLACES {
            let template = template(command, &Style::default()).unwrap();
            let plain = |word: &&str| Plain::new(word.as_bytes(), &Strings::default()).unwrap();
            let seen: Vec<Plain> = seen.iter().chain(&["\u{1}"]).map(plain).collect();
            for arg in &args {
                let values = values(std::slice::from_ref(arg));
                let expected = seen.iter().map(|word| word.text(values)).collect();
                cases.push((template.text(values), expected));
            }
        }
        for shell in shells() {
            let wrong = first_wrong(shell, &cases);
            prop_assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
        }
    }

    #[test]
    fn direct_execution_gives_the_words_that_a_shell_gives(
        commands in vec(vec(prop::sample::select(FRAGMENTS), 1..9), 150..200),
        args in words(1..4),
    ) {
        let mut programs = Programs::new();
        let mut cases: Vec<Case> = Vec::new();
        for fragments in commands {
            let command = format!("cat {}", fragments.concat());
            for style in [Style::default(), repeated()] {
                let Ok(template) = template(&command, &style) else { continue };
                if let Rendered::Argv(mut words) = template.render(values(&args), &mut programs) {
                    words.remove(0);
                    words.push(vec![1]);
                    cases.push((template.text(values(&args)), words));
                }
            }
        }
        prop_assert!(cases.len() > 20);
        for shell in shells() {
            let wrong = first_wrong(shell, &cases);
            prop_assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
        }
    }
}

/// What random commands are made of.
const FRAGMENTS: &[&str] = &[
    "a", "-o", "{}", "{1}", "{2}", "{.}", "{#}", "{3/}", "'", "'", "\"", "\"", " ", " ", " ", "\t",
    "b=", "=", "'c  d'", "\"e  f\"", "é", "%", ",", "{", "}", "~", "*", "$h", "\\", "#", "!",
    "x/y",
];
