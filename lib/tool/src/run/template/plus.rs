//! The replacement strings of `--plus` that carry texts of their own:
//! `{%re}`, `{/re/text}`, `{:-text}` and their like.

use super::part::Part;
use super::substitution::{Substitution, Times, With};

const SIGNS: [&[u8]; 13] =
    [b":-", b"##", b"%%", b"^^", b",,", b"//", b"/#", b"/%", b"#", b"%", b"^", b",", b"/"];

/// What such a string stands for, from what is between its braces. `None`: it is none.
///
/// # Errors
/// What is wrong with its regular expression.
pub(super) fn part(body: &[u8]) -> Result<Option<Part>, String> {
    if let Some(part) = slice(body) {
        return Ok(Some(part));
    }
    // the longest sign that leaves a text
    let sign = SIGNS.iter().find(|sign| body.len() > sign.len() && body.starts_with(sign));
    let Some((sign, text)) = sign.map(|sign| body.split_at(sign.len())) else { return Ok(None) };
    let (once, everywhere) = (Times::Once, Times::Everywhere);
    let part = match sign {
        b":-" => return Ok(Some(Part::Or(text.to_vec()))),
        b"#" | b"##" if text[0] == b'#' => return Ok(None),
        b"#" => {
            let pattern = [b"^", ungreedy(text).as_slice(), b"(.*)"].concat();
            substituted(&pattern, once, vec![With::Group(1)])?
        }
        b"##" => substituted(&[b"^", text].concat(), once, Vec::new())?,
        b"%" => {
            let pattern = [b"(.*)", ungreedy(text).as_slice(), b"$"].concat();
            substituted(&pattern, once, vec![With::Group(1)])?
        }
        b"%%" => substituted(&[text, b"$"].concat(), once, Vec::new())?,
        b"^" => substituted(&[b"^(", text, b")"].concat(), once, vec![With::Upper])?,
        b"^^" => substituted(text, everywhere, vec![With::Upper])?,
        b"," => substituted(&[b"^(", text, b")"].concat(), once, vec![With::Lower])?,
        b",," => substituted(text, everywhere, vec![With::Lower])?,
        b"/" | b"//" | b"/#" | b"/%" => return exchanged(sign, text),
        _ => return Ok(None),
    };
    Ok(Some(part))
}

/// `{/re/text}`, everywhere `{//re/text}`, at the beginning `{/#re/text}`, at the end
/// `{/%re/text}`.
fn exchanged(sign: &[u8], text: &[u8]) -> Result<Option<Part>, String> {
    let Some(at) = text.iter().skip(1).position(|byte| *byte == b'/') else { return Ok(None) };
    let (regex, with) = (&text[..=at], text[at + 2..].to_vec());
    let pattern = match sign {
        b"/" if regex.iter().any(|byte| b"#%/".contains(byte)) => return Ok(None),
        b"/#" => [b"^", regex].concat(),
        b"/%" => [regex, b"$"].concat(),
        _ => regex.to_vec(),
    };
    let times = if sign == b"/" { Times::Once } else { Times::Everywhere };
    substituted(&pattern, times, vec![With::Text(with)]).map(Some)
}

fn substituted(pattern: &[u8], times: Times, with: Vec<With>) -> Result<Part, String> {
    Ok(Part::Substituted(vec![Substitution::new(pattern, b"", times, with)?]))
}

/// `{:n}` and `{:n:m}`
fn slice(body: &[u8]) -> Option<Part> {
    let mut numbers = body.strip_prefix(b":")?.split(|byte| *byte == b':').map(|digits| {
        let all = digits.iter().all(u8::is_ascii_digit);
        std::str::from_utf8(digits).ok().filter(|_| all)?.parse::<usize>().ok()
    });
    let from = numbers.next()??;
    let count = numbers.next().map_or(Some(usize::MAX), |count| count)?;
    numbers.next().is_none().then_some(Part::Slice(from, count))
}

/// Each repetition of an expression takes as little as it can, as the shell's `#` and `%` do.
fn ungreedy(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len() + 2);
    let (mut class, mut escaped, mut repeats) = (false, false, false);
    for byte in pattern {
        if std::mem::take(&mut repeats) && *byte != b'?' {
            out.push(b'?');
        }
        out.push(*byte);
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => class = true,
            b']' => class = false,
            b'*' | b'}' | b'+' if !class => repeats = true,
            _ => {}
        }
    }
    if repeats {
        out.push(b'?');
    }
    out
}
