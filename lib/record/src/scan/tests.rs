use super::cursor::digits;
use super::*;
use crate::unit::Seconds;
use crate::{
    Bytes, Command, Event, Fields, LockAsk, Need, Nullable, OpEnd, OpStart, Operation, Outcome,
    Raw, Record as _,
};
use proptest::prelude::*;

/// A view with everything in it written out, to compare.
fn told(end: &EndView<'_>) -> String {
    let mut blocked = Vec::new();
    end.blocked.for_each(|name, time| blocked.push((name.to_string(), time)));
    let end = EndView { blocked: Pairs::EMPTY, ..end.clone() };
    format!("{end:?} {blocked:?}")
}

fn told_start(start: &StartView<'_>) -> String {
    let (mut needs, mut locks, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    start.needs.for_each(|name| needs.push(name.to_string()));
    start.locks.for_each(|name| locks.push(name.to_string()));
    start.resources.for_each(|name, amount| amounts.push((name.to_string(), amount)));
    let plain = StartView {
        needs: Names::Text(b""),
        locks: Names::Text(b""),
        resources: Pairs::EMPTY,
        ..start.clone()
    };
    format!("{plain:?} {needs:?} {locks:?} {amounts:?}")
}

fn parsed(line: &[u8]) -> Option<Event> {
    let fields = Fields::parse(line).ok()?;
    let kind: String = serde_json::from_str(fields.get("type")?.get()).ok()?;
    Event::parse(&kind, line, &fields).ok()?
}

/// Where the scanner answers, the full parser says the same.
fn agree(line: &[u8]) {
    if let Some(end) = scan_op_end(line) {
        match parsed(line) {
            Some(Event::OpEnd(full)) => assert_eq!(told(&end), told(&EndView::from(&full))),
            other => panic!("{}: {other:?}", String::from_utf8_lossy(line)),
        }
    }
    if let Some(start) = scan_op_start(line) {
        match parsed(line) {
            Some(Event::OpStart(full)) => {
                assert_eq!(told_start(&start), told_start(&StartView::from(&full)));
            }
            other => panic!("{}: {other:?}", String::from_utf8_lossy(line)),
        }
    }
}

/// Where the scanner answers, the full parser reads the same operation.
fn operations_agree(line: &[u8]) {
    let Some(view) = scan_operation(line) else { return };
    let read = Fields::parse(line).and_then(|fields| Operation::parse(line, &fields));
    let shown = String::from_utf8_lossy(line);
    assert_eq!(read, Ok(Operation::from(&view)), "{shown}");
}

fn trimmed(mut line: Vec<u8>) -> Vec<u8> {
    line.pop();
    line
}

prop_compose! {
    fn seconds()(micros in prop_oneof![0i64..3_000_000, 0i64..3_900_000_000_000_000]) -> Seconds {
        Seconds::from_micros(micros)
    }
}

prop_compose! {
    fn operation()(
        id in "[a-z0-9 :/.-]{0,12}",
        words in prop::collection::vec("[a-z \"\\\\\n]{0,8}", 1..4),
        needs in prop::collection::vec("[a-z]{0,4}", 0..4),
        locks in prop::collection::vec("[a-z]{1,4}", 0..3),
        amounts in prop::collection::btree_map("[a-c]", 0u64..1_000_000, 0..3),
        times in prop::collection::vec(prop::option::of(seconds()), 5),
        numbers in (any::<u32>(), 0i64..9, any::<[bool; 4]>()),
    ) -> Operation {
        let (number, priority, flags) = numbers;
        let shell = || Command::Shell(Bytes::from(words.join(" ")));
        let argv = || Command::Argv(words.iter().map(|word| Bytes::from(word.as_str())).collect());
        Operation {
            id,
            cmd: Some(if flags[0] || words[0].is_empty() { shell() } else { argv() }),
            needs: needs.iter().map(|id| Need::from(id.as_str())).collect(),
            locks: locks.iter().map(LockAsk::exclusive).collect(),
            resources: amounts.into_iter().map(|(k, v)| (k, Amount::from_units(v))).collect(),
            duration: times[0],
            timeout: times[1],
            start: times[2],
            end: times[3],
            slack_s: times[4],
            priority: flags[1].then_some(priority),
            group: flags[2].then(|| Raw::from_value(&priority)),
            critical: flags[3],
            level: flags[1].then_some(number),
            slot: flags[2].then_some(number),
            mode: if flags[3] { "fast".into() } else { String::new() },
            source: if flags[0] { "a.yaml:3".into() } else { String::new() },
            ..Operation::default()
        }
    }
}

prop_compose! {
    fn op_end()(
        id in "[a-z0-9 :/.-]{0,12}",
        numbers in (any::<u64>(), any::<u32>(), any::<u32>(), any::<u64>()),
        times in prop::collection::vec(seconds(), 8),
        blocked in prop::collection::btree_map("(slot|lock:[a-c]|retry)", seconds(), 0..3),
        labels in prop::collection::btree_map("[a-c]", 0u32..9, 0..3),
        flags in any::<[bool; 6]>(),
        outcome in 0usize..5,
        reason in "(|exit 7|ran out of time)",
    ) -> OpEnd {
        OpEnd {
            id: if id.is_empty() { "x".into() } else { id },
            seq: numbers.0 >> 1,
            attempt: numbers.1,
            r#final: flags[0],
            slot: numbers.2,
            start: times[0],
            end: times[1],
            wall_s: times[2],
            user_s: times[3],
            system_s: times[4],
            max_rss_bytes: Nullable(flags[1].then_some(numbers.3 >> 1)),
            exit: flags[2].then_some(7),
            signal: flags[3].then_some(9),
            result: Outcome::ALL[outcome],
            reason,
            mode: if flags[0] { String::new() } else { "fast".into() },
            queued_s: times[5],
            blocked_s: blocked,
            spawn_s: flags[4].then_some(times[6]),
            out_bytes: numbers.3 >> 1,
            leaked: flags[5].then_some(2),
            oom: flags[3],
            voluntary_switches: flags[5].then_some(3),
            involuntary_switches: flags[5].then_some(5),
            blocks: flags[5].then_some(4),
            labels: labels.into_iter().map(|(k, v)| (k, Raw::from_value(&v))).collect(),
            ..OpEnd::default()
        }
    }
}

prop_compose! {
    fn op_start()(
        id in "[a-z0-9]{1,12}",
        numbers in (any::<u32>(), any::<u32>()),
        start in seconds(),
        words in prop::collection::vec("[a-z \"\\\\\n]{0,8}", 0..4),
        needs in prop::collection::vec("[a-z]{1,4}", 0..4),
        locks in prop::collection::vec("[a-z]{1,4}", 0..3),
        amounts in prop::collection::btree_map("[a-c]", 0u64..1_000_000, 0..3),
        shell in any::<bool>(),
        mode in "(|fast)",
        planned in prop::option::of(seconds()),
        log in prop::option::of(("[0-9a-f]{4}", 0u64..9)),
    ) -> OpStart {
        let argv = || words.iter().map(|word| Bytes::from(word.as_str())).collect();
        let cmd = if words.first().is_none_or(String::is_empty) {
            None
        } else if shell {
            Some(Command::Shell(Bytes::from(words.join(" "))))
        } else {
            Some(Command::Argv(argv()))
        };
        OpStart {
            id,
            attempt: numbers.0,
            start,
            pid: numbers.1,
            cmd,
            needs: needs.iter().map(|id| Need::from(id.as_str())).collect(),
            locks: locks.into_iter().map(LockAsk::exclusive).collect(),
            mode,
            priority: planned.map(|time| time.as_micros() % 100),
            expected_s: planned,
            planned_s: planned,
            timeout_s: planned,
            resources: amounts.into_iter().map(|(k, v)| (k, Amount::from_units(v))).collect(),
            key: log.as_ref().map(|log| log.0.clone()).unwrap_or_default(),
            born: log.map(|log| log.1),
            ..OpStart::default()
        }
    }
}

#[test]
fn who_is_left_behind_is_read_the_long_way() {
    let strays = vec![crate::Stray { pid: 7, comm: "a\"b".into() }];
    let end = OpEnd { id: "x".into(), leaked: Some(1), strays, ..OpEnd::default() };
    let line = trimmed(end.to_line());
    assert!(scan_op_end(&line).is_none());
    agree(&line);
}

proptest! {
    #[test]
    fn what_the_writer_writes_is_scanned(end in op_end()) {
        let line = trimmed(end.to_line());
        let view = scan_op_end(&line).expect("an ordinary line");
        prop_assert_eq!(told(&view), told(&EndView::from(&end)));
        agree(&line);
    }

    #[test]
    fn starts_agree(start in op_start()) {
        agree(&trimmed(start.to_line()));
    }

    #[test]
    fn operations_are_scanned(op in operation(), blanks in prop_oneof!["", " ", "\t"]) {
        let line = trimmed(op.to_line());
        operations_agree(&line);
        // as other programs write them
        let marks = |text: &str| text.replace("\":", &format!("\"{blanks}:{blanks}")).replace("\",\"", "\", \"");
        let line = format!("{blanks}{}{blanks}\r", marks(std::str::from_utf8(&line).unwrap()));
        operations_agree(line.as_bytes());
    }

    #[test]
    fn damaged_operations_agree(
        op in operation(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..3),
    ) {
        const BYTES: &[u8] = b"\"\\{}[],:.0123456789 -+eE\xff\x00nulltrueab";
        let mut line = trimmed(op.to_line());
        for (place, byte) in &hits {
            let place = place.index(line.len());
            line[place] = BYTES[byte.index(BYTES.len())];
        }
        operations_agree(&line);
        let (place, _) = hits[0];
        line.remove(place.index(line.len()));
        operations_agree(&line);
    }

    #[test]
    fn damaged_lines_agree(
        end in op_end(),
        start in op_start(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..3),
    ) {
        const BYTES: &[u8] = b"\"\\{}[],:.0123456789 -+eE\xff\x00nulltrueab";
        for mut line in [trimmed(end.to_line()), trimmed(start.to_line())] {
            for (place, byte) in &hits {
                let place = place.index(line.len());
                line[place] = BYTES[byte.index(BYTES.len())];
            }
            agree(&line);
            let (place, _) = hits[0];
            line.remove(place.index(line.len()));
            agree(&line);
        }
    }
}

#[test]
fn the_examples_are_ordinary() {
    assert!(scan_op_end(OpEnd::EXAMPLE.as_bytes()).is_some());
    assert!(scan_op_start(OpStart::EXAMPLE.as_bytes()).is_some());
}

#[test]
fn commands_of_both_kinds_are_ordinary() {
    for cmd in [r#""sh -c 'a \"b\" c'""#, r#"["sh","-c","","a \"b\""]"#, r#""x""#] {
        let line = format!(
            r#"{{"type":"op.start","id":"a","seq":1,"attempt":1,"slot":1,"start":1,"pid":2,"cmd":{cmd}}}"#
        );
        let start = scan_op_start(line.as_bytes()).unwrap();
        assert!(matches!(start.head, "sh" | "x"), "{}", start.head);
        agree(line.as_bytes());
    }
}

proptest! {
    #[test]
    fn digits_are_read_eight_at_once(text in "[0-9]{0,10}([^0-9][ -~]{0,8})?") {
        let text = text.as_bytes();
        let count = text.iter().take(8).take_while(|b| b.is_ascii_digit()).count();
        let value = text[..count].iter().fold(0u64, |v, b| v * 10 + u64::from(b - b'0'));
        prop_assert_eq!(digits(text), (value, count));
    }
}

#[test]
fn operations_in_any_form_are_ordinary() {
    for line in [
        r#"{"id":"n123","cmd":["true"],"needs":["n1","n7","n9"],"duration":1.5}"#,
        r#"{"duration": 1e-3, "cmd": "sh -c 'a \"b\"'", "needs": [], "id": "a", "resources": {}}"#,
        r#" {"cmd": ["sh", "-c", "", "a b"], "resources": {"cpu": 1, "memory": 9}, "locks": ["m"]} "#,
        r#"{"type":"operation","cmd":"x","duration":0.1234567890123}"#,
    ] {
        let view = scan_operation(line.as_bytes());
        assert!(view.is_some(), "{line}");
        operations_agree(line.as_bytes());
    }
    for line in [
        r#"{"id":"a"}"#,
        r#"{"cmd":"x","duration":-1}"#,
        r#"{"cmd":"x","duration":NaN}"#,
        r#"{"cmd":"x","duration":1.5.5}"#,
        r#"{"cmd":"x","duration":01}"#,
        r#"{"cmd":"x","cmd":"x"}"#,
        r#"{"cmd":[]}"#,
        r#"{"cmd":[""]}"#,
        r#"{"cmd":"x","locks":[""]}"#,
        r#"{"cmd":"x","resources":{"a":1,"a":2}}"#,
        r#"{"cmd":"x","needs":["a",]}"#,
        r#"{"cmd":"x"}}"#,
        r#"{"cmd":"x","barrier":true}"#,
        r#"{"cmd":"x","new":1}"#,
    ] {
        assert!(scan_operation(line.as_bytes()).is_none(), "{line}");
    }
}
