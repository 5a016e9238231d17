//! How the command is read: its replacement strings, its words, several arguments.

use super::{Feed, InputRules, PipeSettings, Source, pipe::Give, wrong};
use crate::fail::Fail;
use crate::run::args::StringArgs;
use crate::run::name::Called;
use crate::run::template::{Append, Several, Strings, Style, Words};
use std::ffi::OsString;

/// What decides how a command is read, besides its own flags.
pub struct Around<'a> {
    pub called: Called,
    pub feed: &'a Feed,
    pub input: &'a InputRules,
    pub pipe: Option<&'a PipeSettings>,
}

/// Reads meaning into the flags. Names and the number of slots are not known yet.
///
/// # Errors
/// A text that cannot be two brackets.
pub fn style(args: StringArgs, outputs: &[OsString], around: &Around<'_>) -> Result<Style, Fail> {
    let StringArgs {
        replacement,
        replace,
        extensionreplace,
        basenamereplace,
        dirnamereplace,
        basenameextensionreplace,
        seqreplace,
        slotreplace,
        parens,
        plus,
        quote,
    } = args;
    let chosen = replacement.or(replace);
    let xargs = around.called == Called::Xargs;
    let names_its_own = chosen.is_some();
    let usual = if xargs { Strings::none() } else { Strings::default() };
    let or = |text: Option<String>, usual: Vec<u8>| text.map_or(usual, String::into_bytes);
    let strings = Strings {
        whole: or(chosen, usual.whole),
        no_extension: or(extensionreplace, usual.no_extension),
        base: or(basenamereplace, usual.base),
        folder: or(dirnamereplace, usual.folder),
        base_no_extension: or(basenameextensionreplace, usual.base_no_extension),
        seq: or(seqreplace, usual.seq),
        slot: or(slotreplace, usual.slot),
        plus,
        parens: match parens {
            Some(text) => halves(&text)?,
            None => usual.parens,
        },
        outputs: outputs.len(),
        ..usual
    };
    let gets_input = around.pipe.is_some_and(|pipe| pipe.give == Give::Stdin);
    Ok(Style {
        strings,
        several: if around.input.context { Several::Repeat } else { Several::Join },
        words: match (xargs, quote) {
            (true, _) => Words::Exact,
            (false, true) => Words::Quoted,
            (false, false) => Words::Shell,
        },
        append: match around.feed {
            Feed::Once => Append::Never,
            // the number of a job that is made
            Feed::Lines(sources) if sources.iter().any(Source::has_numbers) => Append::Never,
            // as xargs -I: an argument that has no place is not given
            _ if gets_input || (xargs && names_its_own) => Append::Never,
            _ => Append::Always,
        },
        outputs: outputs.to_vec(),
    })
}

fn halves(text: &str) -> Result<(Vec<u8>, Vec<u8>), Fail> {
    let (left, right) = text.as_bytes().split_at(text.len() / 2);
    if left.is_empty() || left.len() != right.len() {
        return Err(wrong(format!(
            "--parens {text}: write two brackets of the same length: {{==}}"
        )));
    }
    Ok((left.to_vec(), right.to_vec()))
}
