//! Edge lists as `tsort` reads them: pairs of words, the first before the second.

use crate::graph::Graph;
use crate::names::Names;
use alloc::vec::Vec;

/// An edge list: names and `(needed, dependent)`.
#[derive(Clone, Debug, Default)]
pub struct EdgeList {
    /// The words, each once, in the order they first stand in.
    pub names: Names,
    /// Edges in the order they stand in.
    pub edges: Vec<(u32, u32)>,
}

/// A word without its partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddWord {
    /// Line of the word, from 1.
    pub line: u64,
    /// The word.
    pub word: Vec<u8>,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

impl EdgeList {
    /// Reads pairs of words between blanks and line ends; `a a` is a node alone.
    ///
    /// # Errors
    /// An odd number of words: the last one.
    pub fn read(text: &[u8]) -> Result<EdgeList, OddWord> {
        let mut list = EdgeList { edges: Vec::with_capacity(text.len() / 12), ..Self::default() };
        let mut first: Option<(u32, usize)> = None;
        let mut at = 0;
        while at < text.len() {
            if is_blank(text[at]) {
                at += 1;
                continue;
            }
            let from = at;
            while at < text.len() && !is_blank(text[at]) {
                at += 1;
            }
            let node = list.names.intern_part(text, from, at);
            match first.take() {
                None => first = Some((node, from)),
                Some((needed, _)) if needed == node => {}
                Some((needed, _)) => list.edges.push((needed, node)),
            }
        }
        match first {
            None => Ok(list),
            Some((node, from)) => {
                let line = 1 + text[..from].iter().filter(|&&b| b == b'\n').count() as u64;
                Err(OddWord { line, word: list.names.get(node).to_vec() })
            }
        }
    }

    /// The graph of it.
    pub fn graph(&self) -> Graph {
        Graph::new(self.names.len(), &self.edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn words_pair_up_across_lines() {
        let list = EdgeList::read(b"a b\n b\tc a\r\n c\n\nd d\xff\n").unwrap();
        let names: Vec<&[u8]> = (0..list.names.len()).map(|n| list.names.get(n)).collect();
        assert_eq!(names, [b"a" as &[u8], b"b", b"c", b"d", b"d\xff"]);
        assert_eq!(list.edges, [(0, 1), (1, 2), (0, 2), (3, 4)]);
        let alone = EdgeList::read(b"x x y y").unwrap();
        assert_eq!((alone.names.len(), alone.edges.len()), (2, 0));
        assert_eq!(alone.graph().levels(), Ok(vec![1, 1]));
        assert_eq!(EdgeList::read(b" \n").unwrap().names.len(), 0);
    }

    #[test]
    fn an_odd_word_is_named() {
        let odd = EdgeList::read(b"a b\nc\n").unwrap_err();
        assert_eq!(odd, OddWord { line: 2, word: b"c".to_vec() });
    }
}
