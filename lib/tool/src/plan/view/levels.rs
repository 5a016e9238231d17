//! `levels`: the level of each operation.

use super::Stop;
use crate::plan::args::Form;
use crate::plan::sink::Sink;
use plan::Plan;
use record::PlanNode;
use std::io::Write as _;

/// When what is collected is written out, in bytes.
const CHUNK: usize = 1 << 18;

/// One line a node, `LEVEL<TAB>ID`, by level and then in the order of the input.
///
/// # Errors
/// A cycle, a failed write.
pub fn levels(plan: &Plan, form: Form, sink: &mut Sink) -> Result<(), Stop> {
    let levels = plan.levels()?;
    let mut text: Vec<u8> = Vec::with_capacity(CHUNK + 4096);
    let mut prefix: Vec<u8> = Vec::new();
    let mut shown = 0;
    for node in by_level(plan, &levels) {
        let level = levels[node as usize];
        if form == Form::Json {
            let id = super::id(plan, node);
            sink.record(&PlanNode { id, level, ..PlanNode::default() })?;
            continue;
        }
        if level != shown {
            shown = level;
            prefix.clear();
            // writing to memory
            let _ = write!(prefix, "{level}\t");
        }
        text.extend_from_slice(&prefix);
        text.extend_from_slice(plan.id(node));
        text.push(b'\n');
        if text.len() > CHUNK {
            sink.bytes(&text)?;
            text.clear();
        }
    }
    sink.bytes(&text)?;
    Ok(())
}

/// The operations, a counting sort by level.
fn by_level(plan: &Plan, levels: &[u32]) -> Vec<u32> {
    let real = &levels[..plan.real as usize];
    let top = real.iter().copied().max().unwrap_or(0) as usize;
    let mut next: Vec<u32> = vec![0; top + 2];
    real.iter().for_each(|level| next[*level as usize + 1] += 1);
    for level in 1..next.len() {
        next[level] += next[level - 1];
    }
    let mut sorted: Vec<u32> = vec![0; real.len()];
    for (node, level) in real.iter().enumerate() {
        let at = &mut next[*level as usize];
        sorted[*at as usize] = node as u32;
        *at += 1;
    }
    sorted
}
