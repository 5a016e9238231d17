//! What comes by the million, read without allocation: the two frequent events, `op.start`
//! and `op.end`, from lines in the order in which the writer puts them, and operations
//! (`operation`). Whatever is unusual
//! (escapes, blanks, another order, a field that is not known) is left to the
//! full parser; where this one answers, both agree (a property test holds it to that).

mod cursor;
mod operation;
mod view;

use crate::unit::Amount;
use cursor::Cursor;
pub use operation::{OperationView, Planned, scan_operation};
use view::Plain;
pub use view::{EndView, Names, Pairs, StartView};

/// Reads an `op.end` line; `None` where it is another one or unusual.
pub fn scan_op_end(line: &[u8]) -> Option<EndView<'_>> {
    let mut at = Cursor(line.strip_prefix(br#"{"type":"op.end","id":"#)?);
    let id = at.text()?;
    at.must(br#","seq":"#)?;
    at.uint()?;
    at.must(br#","attempt":"#)?;
    let attempt = at.uint32()?;
    let last = at.eat(br#","final":true"#);
    at.must(br#","slot":"#)?;
    let slot = at.uint32()?;
    at.must(br#","start":"#)?;
    let start = at.seconds()?;
    at.must(br#","end":"#)?;
    let end = at.seconds()?;
    at.must(br#","wall_s":"#)?;
    let wall = at.seconds()?;
    at.must(br#","user_s":"#)?;
    let user = at.seconds()?;
    at.must(br#","system_s":"#)?;
    let system = at.seconds()?;
    at.must(br#","max_rss_bytes":"#)?;
    let max_rss_bytes = if at.eat(b"null") { None } else { Some(at.uint()?) };
    if at.eat(br#","exit":"#) {
        at.int32()?;
    }
    if at.eat(br#","signal":"#) {
        at.int32()?;
    }
    if at.eat(br#","mode":"#) {
        at.text()?;
    }
    at.must(br#","result":"#)?;
    let result = at.outcome()?;
    if at.eat(br#","reason":"#) {
        at.word()?;
    }
    at.must(br#","queued_s":"#)?;
    let queued = at.seconds()?;
    let mut blocked = Pairs::EMPTY;
    if at.eat(br#","blocked_s":"#) {
        blocked = Pairs::Text(at.object(|at| at.seconds().map(|_| ()))?);
    }
    let intended = if at.eat(br#","intended":"#) { Some(at.seconds()?) } else { None };
    let spawn = if at.eat(br#","spawn_s":"#) { Some(at.seconds()?) } else { None };
    at.must(br#","out_bytes":"#)?;
    let out_bytes = at.uint()?;
    let ending = end_of_op_end(at)?;
    Some(EndView {
        id,
        attempt,
        last,
        slot,
        start,
        end,
        wall,
        user,
        system,
        max_rss_bytes,
        result,
        queued,
        blocked,
        intended,
        spawn,
        out_bytes,
        switches: ending.switches,
        preempted: ending.preempted,
        blocks: ending.blocks,
        oom: ending.oom,
    })
}

/// The last fields of a line.
struct Ending {
    oom: bool,
    switches: Option<u64>,
    preempted: Option<u64>,
    blocks: Option<u64>,
}

/// The line must end after them.
fn end_of_op_end(mut at: Cursor<'_>) -> Option<Ending> {
    if at.eat(br#","leaked":"#) {
        at.uint32()?;
    }
    let oom = at.eat(br#","oom":true"#);
    let mut figure = |name: &[u8]| if at.eat(name) { at.uint().map(Some) } else { Some(None) };
    let switches = figure(br#","voluntary_switches":"#)?;
    let preempted = figure(br#","involuntary_switches":"#)?;
    let blocks = figure(br#","blocks":"#)?;
    if at.eat(br#","labels":"#) {
        at.object(Cursor::skip_value)?;
    }
    (at.0 == b"}").then_some(Ending { oom, switches, preempted, blocks })
}

/// Reads an `op.start` line; `None` where it is another one or unusual.
pub fn scan_op_start(line: &[u8]) -> Option<StartView<'_>> {
    let mut at = Cursor(line.strip_prefix(br#"{"type":"op.start","id":"#)?);
    let id = at.text()?;
    at.must(br#","seq":"#)?;
    let seq = at.uint()?;
    at.must(br#","attempt":"#)?;
    let attempt = at.uint32()?;
    at.must(br#","slot":"#)?;
    let slot = at.uint32()?;
    at.must(br#","start":"#)?;
    let start = at.seconds()?;
    at.must(br#","pid":"#)?;
    let pid = at.uint32()?;
    let head = if at.eat(br#","cmd":"#) { at.command()? } else { "" };
    if at.eat(br#","mode":"#) {
        at.text()?;
    }
    let mut needs = Names::Text(b"");
    if at.eat(br#","needs":"#) {
        needs = Names::Text(at.names()?);
    }
    let mut locks = Names::Text(b"");
    if at.eat(br#","locks":"#) {
        locks = Names::Text(at.names()?);
    }
    let mut resources = Pairs::EMPTY;
    if at.eat(br#","resources":"#) {
        resources = Pairs::Text(at.object(|at| Amount::plain(at).map(|_| ()))?);
    }
    if at.eat(br#","priority":"#) {
        at.uint()?;
    }
    for known in [br#","expected_s":"#.as_slice(), br#","planned_s":"#] {
        if at.eat(known) {
            at.seconds()?;
        }
    }
    let timeout = if at.eat(br#","timeout_s":"#) { Some(at.seconds()?) } else { None };
    if at.eat(br#","intended":"#) {
        at.seconds()?;
    }
    let key = if at.eat(br#","key":"#) { at.text()? } else { "" };
    let born = if at.eat(br#","born":"#) { Some(at.uint()?) } else { None };
    (at.0 == b"}").then_some(())?;
    Some(StartView {
        id,
        seq,
        attempt,
        slot,
        start,
        pid,
        head,
        needs,
        locks,
        resources,
        timeout,
        key,
        born,
    })
}

#[cfg(test)]
mod tests;
