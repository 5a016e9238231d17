//! What templates become: tables of GNU parallel 20221122's own results, and what a
//! shell makes of them.

mod direct;
mod gnu;
mod places;
mod shells;

use super::*;

fn bytes(args: &[&str]) -> Vec<Vec<u8>> {
    args.iter().map(|arg| arg.as_bytes().to_vec()).collect()
}

fn template(command: &str, style: &Style) -> Result<Template, Fail> {
    Template::new(&[OsString::from(command)], style, &mut Programs::new())
}

/// As the job with number 7 of 12 in slot 2.
fn values(args: &[Vec<u8>]) -> Values<'_> {
    Values { args, seq: 7, slot: 2, total: Some(12), outputs: &[] }
}

fn text_of(command: &str, style: &Style, args: &[&str]) -> String {
    let template = template(command, style).unwrap();
    String::from_utf8(template.text(values(&bytes(args)))).unwrap()
}

fn render(command: &str, args: &[&str]) -> Rendered {
    let template = template(command, &Style::default()).unwrap();
    template.render(values(&bytes(args)), &mut Programs::new())
}

fn argv(words: &[&str]) -> Rendered {
    Rendered::Argv(bytes(words))
}

fn shell(text: &str) -> Rendered {
    Rendered::Shell(text.as_bytes().to_vec())
}

fn plus() -> Strings {
    Strings { plus: true, ..Strings::default() }
}

fn style(strings: Strings) -> Style {
    Style { strings, ..Style::default() }
}

fn repeated() -> Style {
    Style { several: Several::Repeat, ..Style::default() }
}
