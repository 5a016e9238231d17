//! Blocks: nothing lost, nothing cut.

use super::records::Records;
use super::split::{Size, Splitter};
use proptest::prelude::*;

/// The blocks of an input that comes in pieces of these lengths, again and again.
fn blocks(rules: (Records, Size), input: &[u8], pieces: &[usize]) -> Vec<Vec<u8>> {
    let mut splitter = Splitter::new(rules.0, rules.1);
    let mut blocks = Vec::new();
    let (mut rest, mut pieces) = (input, pieces.iter().cycle());
    loop {
        while let Some(block) = splitter.next() {
            blocks.push(block.to_vec());
        }
        if splitter.ended {
            return blocks;
        }
        let length = pieces.next().map_or(rest.len(), |piece| (*piece).min(rest.len()));
        let space = splitter.space();
        let length = length.min(space.len());
        space[..length].copy_from_slice(&rest[..length]);
        splitter.filled(length);
        rest = &rest[length..];
        splitter.ended = rest.is_empty();
    }
}

fn texts(rules: (Records, Size), input: &str) -> Vec<String> {
    let blocks = blocks(rules, input.as_bytes(), &[1]);
    blocks.into_iter().map(|block| String::from_utf8(block).unwrap()).collect()
}

fn lines() -> Records {
    Records::of_text(b"\n", b"")
}

#[test]
fn blocks_end_with_lines() {
    let seven = |input| texts((lines(), Size::Bytes(7)), input);
    assert_eq!(seven("1\n2\n3\n4\n5\n"), ["1\n2\n3\n", "4\n5\n"]);
    assert_eq!(seven("1\n2"), ["1\n2"]);
    assert_eq!(seven("123456789\n1\n"), ["123456789\n1\n"]);
    assert_eq!(seven("1\n123456789012345\n1\n"), ["1\n", "123456789012345\n1\n"]);
    assert!(seven("").is_empty());
}

#[test]
fn so_many_records() {
    let two = |records| texts((records, Size::Records(2)), "1\n2\n3\n4\n5\n6\n7");
    assert_eq!(two(lines()), ["1\n2\n", "3\n4\n", "5\n6\n", "7"]);
    assert_eq!(two(Records::Lines(2)), ["1\n2\n3\n4\n", "5\n6\n7"]);
    assert_eq!(two(Records::Bytes), ["1\n", "2\n", "3\n", "4\n", "5\n", "6\n", "7"]);
    // lines that are no whole record come alone, as with GNU parallel
    let lines = texts((Records::Lines(2), Size::Bytes(99)), "1\n2\n3\n4\n5\n");
    assert_eq!(lines, ["1\n2\n3\n4\n", "5\n"]);
}

#[test]
fn texts_that_begin_and_end_records() {
    let one = |end: &str, start: &str| {
        let records = Records::of_text(end.as_bytes(), start.as_bytes());
        texts((records, Size::Records(1)), "aSTbEND;STcENDdENDSTq")
    };
    assert_eq!(one("END", ""), ["aSTbEND", ";STcEND", "dEND", "STq"]);
    assert_eq!(one("", "ST"), ["a", "STbEND;", "STcENDdEND", "STq"]);
    assert_eq!(one("END", "ST"), ["aSTbEND;STcENDdEND", "STq"]);
}

#[test]
fn patterns_take_all_that_they_match() {
    let one = |end: &str, start: &str| {
        let records = Records::of_pattern(end, start).unwrap();
        texts((records, Size::Records(1)), "a1b22c333d")
    };
    assert_eq!(one("[0-9]+", ""), ["a1", "b22", "c333", "d"]);
    assert_eq!(one("", "[0-9]+"), ["a", "1b", "22c", "333d"]);
    assert_eq!(one("[0-9]", "[a-z]"), ["a1", "b22", "c333", "d"]);
}

#[test]
fn what_divides_is_left_out() {
    let bare = |records: Records, block: &str| {
        String::from_utf8(records.strip(block.as_bytes()).into_owned()).unwrap()
    };
    assert_eq!(bare(Records::of_text(b"END", b""), "aENDbEND"), "ab");
    assert_eq!(bare(Records::of_text(b"", b"ST"), "STaSTb"), "ab");
    assert_eq!(bare(Records::of_text(b"END", b"ST"), "STaENDbENDSTcEND"), "aENDbc");
    assert_eq!(bare(Records::of_pattern("[0-9]+", "").unwrap(), "a1b22c"), "abc");
}

/// Rules, with the text that divides records.
fn rules() -> impl Strategy<Value = ((Records, Size), &'static str)> {
    let records = prop_oneof![
        Just((Records::of_text(b"\n", b""), "\n")),
        Just((Records::of_text(b"ab", b""), "ab")),
        Just((Records::of_pattern("a+\n", "").unwrap(), "a\n")),
        Just((Records::of_pattern("b", "a").unwrap(), "ba")),
        Just((Records::of_text(b"b", b"a"), "ba")),
        Just((Records::Lines(3), "\n")),
        Just((Records::Bytes, "")),
    ];
    let size = prop_oneof![(1usize..40).prop_map(Size::Bytes), (1usize..5).prop_map(Size::Records)];
    (records, size).prop_map(|((records, text), size)| ((records, size), text))
}

proptest! {
    #[test]
    fn nothing_is_lost_or_cut(
        (rules, text) in rules(),
        input in "[ab\n]{0,200}",
        pieces in prop::collection::vec(1usize..50, 1..4),
    ) {
        let blocks = blocks(rules, input.as_bytes(), &pieces);
        prop_assert_eq!(blocks.concat(), input.as_bytes());
        // where a block ends a record does: the text that divides them stands there
        let mut at = 0;
        for block in &blocks[..blocks.len().saturating_sub(1)] {
            prop_assert!(!block.is_empty());
            at += block.len();
            let near = at.saturating_sub(text.len())..input.len().min(at + text.len());
            prop_assert!(input[near].contains(text));
        }
    }

    #[test]
    fn how_it_comes_changes_nothing(
        (rules, _) in rules(),
        input in "[ab\n]{0,200}",
        pieces in prop::collection::vec(1usize..50, 1..4),
    ) {
        // a regular expression that may match more waits for more
        let at_once = blocks((rules.0.clone(), rules.1), input.as_bytes(), &[1000]);
        prop_assert_eq!(blocks(rules, input.as_bytes(), &pieces), at_once);
    }
}
