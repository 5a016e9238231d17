//! What lies inside of a value that travels as text: not too deep, and no key twice.

use std::collections::BTreeSet;

/// Levels of arrays and objects inside of each other: what readers of JSON take that work
/// by recursion, as most do.
const DEEPEST: usize = 128;

/// Looks into a JSON value, which is known to be one.
///
/// # Errors
/// One line saying what is wrong with it.
pub fn look(text: &str) -> Result<(), String> {
    let bytes = text.as_bytes();
    // without an object a level takes two bytes at least
    if !matches!(bytes.first(), Some(b'{' | b'['))
        || bytes.len() <= 2 * DEEPEST && memchr::memchr(b'{', bytes).is_none()
    {
        return Ok(());
    }
    // the keys of each object around; an array has none
    let mut around: Vec<Option<BTreeSet<&str>>> = Vec::new();
    let mut is_key = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                around.push((*byte == b'{').then(BTreeSet::new));
                is_key = *byte == b'{';
                if around.len() > DEEPEST {
                    return Err(format!("nested deeper than {DEEPEST} levels"));
                }
            }
            b'}' | b']' => drop(around.pop()),
            b',' => is_key = matches!(around.last(), Some(Some(_))),
            b'"' => {
                let end = end_of_string(bytes, at);
                if let (true, Some(Some(keys))) = (is_key, around.last_mut()) {
                    let key = &text[at + 1..end];
                    if !keys.insert(key) {
                        return Err(format!("key \"{key}\" is given twice"));
                    }
                    is_key = false;
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Where the string that begins at a quote has its last one.
fn end_of_string(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_found_where_it_is() {
        for well in [
            "1",
            "[]",
            r#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#,
            r#"{"a":"a","b":"a"}"#,
            r#"["a","a",{"a\"":1,"a":2}]"#,
        ] {
            assert_eq!(look(well), Ok(()), "{well}");
        }
        for twice in [r#"{"a":1,"b":2,"a":3}"#, r#"[1,{"b":{"a":[],"a":{}}}]"#] {
            assert_eq!(look(twice), Err("key \"a\" is given twice".into()), "{twice}");
        }
    }

    #[test]
    fn depth_has_a_bound_and_takes_no_stack() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(look(&nested(DEEPEST)), Ok(()));
        assert!(look(&nested(DEEPEST + 1)).is_err());
        assert!(look(&nested(1_000_000)).is_err());
        let objects = format!("{}1{}", "{\"a\":".repeat(129), "}".repeat(129));
        assert!(look(&objects).is_err());
    }
}
