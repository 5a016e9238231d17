//! `pgplan gantt`.

use super::{Ran, with_input};
use serde_json::{Value, json};

const PLAN: &str = r#"{"type":"capacity","jobs":2,"resources":{"net":100}}
{"id":"get <b>","cmd":"x","duration":30,"resources":{"net":50}}
{"id":"put","cmd":"x","duration":60,"needs":["get <b>"],"locks":["msi"]}
{"id":"side","cmd":"x","duration":20,"resources":{"net":25}}
"#;

fn gantt(args: &[&str], input: &str) -> Ran {
    let ran = with_input(&[&["gantt"], args].concat(), input.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    ran
}

#[test]
fn a_chart_in_letters() {
    assert_eq!(
        gantt(&["--width", "46"], PLAN).out,
        "           0s                     1m
           ┬──────────────────────┬──────────
         1 ┣get <b>━━┫┣put━━━━━━━━━━━━━━━━━━┫
         2 ├side──┤
           ──────────────────────────────────
       msi            ███████████████████████
net 75/100 ▆▆▆▆▆▆▆▆▄▄▄▄

3 operations on 2 slots
end 1m 30s
critical path 1m 30s (━)
"
    );
}

#[test]
fn lines_are_as_wide_as_asked_and_nothing_is_coloured() {
    let mut many = "{\"type\":\"capacity\",\"jobs\":70}\n".to_string();
    for at in 0..3000 {
        let seconds = 1 + at * 37 % 50;
        many += &format!(
            "{{\"id\":\"operation number {at}\",\"cmd\":\"x\",\"duration\":{seconds},\"locks\":[\"lock {}\"],\"resources\":{{\"a resource with a name that is long\":1}}}}\n",
            at % 300
        );
    }
    for (width, plan) in [("80", many.as_str()), ("200", &many), ("40", &many), ("41", PLAN)] {
        let out = gantt(&["--width", width], plan).out;
        let widest = out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= width.parse().ok(), "{width}: {widest:?}\n{out}");
        assert!(!out.contains('\x1b') && out.lines().count() < 70, "{out}");
    }
    let out = gantt(&[], &many).out;
    assert!(out.contains(" 1-2 █"), "{out}");
    assert!(out.contains("and 288 locks that are held less"), "{out}");
    assert!(gantt(&["--color", "always"], PLAN).out.contains("\x1b[31m┣get"));
}

/// Elements of a picture by their names, each closed; texts escaped.
fn elements(svg: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap().to_string();
        if !tag.ends_with('/') {
            open.push(name.clone());
        }
        all.push(name);
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn a_picture_stands_alone() {
    let svg = gantt(&["--svg"], PLAN).out;
    let names = elements(&svg);
    assert!(svg.contains("get &lt;b&gt;: 0s to 30s (30s), slot 1, critical</title>"), "{svg}");
    assert!(svg.contains("prefers-color-scheme:dark"), "{svg}");
    assert!(svg.contains("peak 75 of 100") && svg.contains("msi is held"), "{svg}");
    // nothing is fetched and nothing runs
    let links = svg.matches("http").count();
    assert_eq!((links, names.iter().any(|name| name == "script")), (1, false));
    let critical = svg.matches("<rect class=\"critical\"").count();
    assert_eq!(critical, 3, "two operations and the legend");
}

#[test]
fn many_operations_make_a_picture_that_can_be_shown() {
    let mut many = "{\"type\":\"capacity\",\"jobs\":8}\n".to_string();
    for at in 0..20_000 {
        many += &format!("{{\"id\":\"{at}\",\"cmd\":\"x\",\"duration\":{}}}\n", 1 + at % 7);
    }
    let svg = gantt(&["--svg"], &many).out;
    let bars = elements(&svg).iter().filter(|name| *name == "rect").count();
    assert!((100..8 * 1100).contains(&bars), "{bars}");
    assert!(svg.contains(" operations, "), "bars that are too narrow are drawn together");
}

fn placed(records: &[Value], id: &str) -> [Value; 3] {
    let record = records.iter().find(|record| record["id"] == id).unwrap();
    ["start", "end", "slot"].map(|key| record[key].clone())
}

#[test]
fn a_schedule_is_shown_as_it_stands() {
    let schedule = r#"{"id":"a","cmd":"x","duration":5,"start":10,"end":15,"slot":3}
{"id":"b","cmd":"x","duration":5,"start":20,"end":25,"slot":1,"resources":{"net":4}}
"#;
    let shown = gantt(&["--json"], schedule).records();
    assert_eq!(placed(&shown, "a"), [json!(10), json!(15), json!(3)]);
    assert_eq!(placed(&shown, "b"), [json!(20), json!(25), json!(1)]);
    let held: Vec<&Value> = shown.iter().filter(|record| record["of"] == "resource").collect();
    assert_eq!((&held[0]["at"], &held[0]["held"]), (&json!(20), &json!(4)));
    assert_eq!((&held[1]["at"], &held[1]["held"]), (&json!(25), &json!(0)));
    // what is held is what the mode says
    let modes = r#"{"id":"a","start":0,"end":5,"mode":"slow","modes":[{"mode":"fast","cmd":"x","duration":1},{"mode":"slow","cmd":"x","duration":5,"resources":{"net":3}}]}
"#;
    assert_eq!(gantt(&["--json"], modes).records()[1]["held"], 3);
    // limits make a new one
    let anew = gantt(&["--json", "-j1"], schedule).records();
    assert_eq!(placed(&anew, "a"), [json!(0), json!(5), json!(1)]);
    assert_eq!(placed(&anew, "b"), [json!(5), json!(10), json!(1)]);
    // the greatest slot there is, and two operations that cannot be in one
    let far = schedule.replace("\"slot\":3", "\"slot\":4294967295");
    assert!(gantt(&[], &far).out.contains("2 operations on 4294967295 slots"));
    assert!(gantt(&["--svg"], &far).out.contains("</svg>"));
    let both = schedule.replace("\"start\":20", "\"start\":12").replace("\"slot\":3", "\"slot\":1");
    assert_eq!(placed(&gantt(&["--json"], &both).records(), "b")[2], json!(2));
    let printed = with_input(&["schedule"], PLAN.as_bytes()).out;
    let chart = |input: &str| gantt(&["--width", "60"], input).out;
    assert_eq!(chart(&printed), chart(PLAN));
}

#[test]
fn plans_without_times_and_odd_ones() {
    let out = gantt(&["--width", "70"], "a b\na c\n").out;
    assert!(out.contains("3 operations on 2 slots, end 2, critical path 2 "), "{out}");
    let none = "{\"id\":\"a\",\"cmd\":\"x\",\"duration\":0}\n";
    assert!(gantt(&[], none).out.contains("end 0s"));
    assert!(gantt(&["--svg"], none).out.contains("</svg>"));
    let wide = "{\"id\":\"測試測試測試測試測試測試測試\\u001b[2J\",\"cmd\":\"x\",\"duration\":9}\n";
    for width in ["40", "41", "42", "43"] {
        let out = gantt(&["--width", width], wide).out;
        assert!(out.contains('測') && !out.contains('\x1b'), "{out}");
    }
    let both = with_input(&["gantt", "--svg", "--text"], b"a b\n");
    assert_eq!(both.status, 2);
    let large = with_input(&["gantt", "--resource", "net=10"], PLAN.as_bytes());
    assert_eq!((large.status, large.out.as_str()), (1, ""));
}
