//! How the state of a run is put into one line.

use super::{State, Style};
use crate::harmless;
use record::Record as _;
use unicode_width::UnicodeWidthChar as _;

/// What stands above the first line: GNU parallel's key to its figures.
pub fn header(style: Style, state: &State) -> String {
    match style {
        Style::Line | Style::Bar | Style::Json => String::new(),
        Style::Eta | Style::Progress => format!(
            "\nComputers / CPU cores / Max jobs to run\n1:local / {} / {}\n\n\
             Computer:jobs running/jobs completed/%of started jobs/Average seconds to complete\n",
            state.cpus, state.slots
        ),
    }
}

/// The state in words, without a newline.
pub fn text(style: Style, state: &State) -> String {
    match style {
        Style::Line => line(state),
        Style::Bar => bar(state),
        Style::Eta => {
            let left =
                state.total.map_or("?".to_string(), |total| (total - state.done).to_string());
            format!(
                "ETA: {} Left: {left} AVG: {:.2}s  {}",
                eta(state),
                average(state),
                local(state)
            )
        }
        Style::Progress => local(state),
        Style::Json => json(state),
    }
}

fn line(state: &State) -> String {
    let mut text = match state.total {
        Some(total) => format!("{}/{total} done", state.done),
        None => format!("{} done", state.done),
    };
    text.push_str(&format!(", {} running", state.running));
    if state.failed > 0 {
        text.push_str(&format!(", {} failed", state.failed));
    }
    if let Some(rate) = rate(state) {
        text.push_str(&format!(", {rate}"));
    }
    text.push_str(&match state.left {
        Some(left) => format!(", ETA {}", duration(left.as_f64())),
        None => format!(", {}", duration(state.so_far.as_f64())),
    });
    text
}

/// GNU parallel's: `25% 1:3=5s ARGUMENT`.
fn bar(state: &State) -> String {
    let current = harmless::one_line(&state.current);
    match state.total {
        Some(total) => {
            let percent = (state.done * 100).checked_div(total).unwrap_or(100);
            format!("{percent}% {}:{}={} {current}", state.done, total - state.done, eta(state))
        }
        None => format!("{}:?={} {current}", state.done, eta(state)),
    }
}

fn local(state: &State) -> String {
    format!("local:{}/{}/100%/{:.1}s", state.running, state.done, average(state))
}

/// What GNU parallel calls the average: the time so far by what has ended.
fn average(state: &State) -> f64 {
    if state.done == 0 { 0.0 } else { state.so_far.as_f64() / state.done as f64 }
}

fn eta(state: &State) -> String {
    state.left.map_or("?s".to_string(), |left| format!("{:.0}s", left.as_f64().ceil()))
}

fn rate(state: &State) -> Option<String> {
    let seconds = state.so_far.as_f64();
    if state.done == 0 || seconds <= 0.0 {
        return None;
    }
    let rate = state.done as f64 / seconds;
    Some(match rate {
        rate if rate >= 9.95 => format!("{rate:.0}/s"),
        rate if rate >= 1.0 => format!("{rate:.1}/s"),
        rate => format!("{:.1}/min", rate * 60.0),
    })
}

fn json(state: &State) -> String {
    let progress = record::Progress {
        done: state.done,
        total: record::Nullable(state.total),
        running: state.running,
        failed: state.failed,
        elapsed_s: state.so_far,
        left_s: record::Nullable(state.left),
        ..record::Progress::default()
    };
    let mut line = Vec::new();
    progress.append_line(&mut line);
    String::from_utf8_lossy(&line).trim_end().to_string()
}

/// A duration for people: `7 s`, `3:20`, `1:05:00`.
fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).ceil() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

/// A line for a terminal of so many columns: over what stood there before, and no wider.
pub fn drawn(style: Style, state: &State, columns: usize) -> Vec<u8> {
    // the last column stays free: some terminals go on in the next line there
    let (text, width) = cut(&text(style, state), columns.saturating_sub(1));
    if style != Style::Bar {
        return format!("\r{text}\x1b[K").into_bytes();
    }
    let columns = columns.saturating_sub(1);
    let done = state.total.map_or(0, |total| {
        (state.done as u128 * columns as u128).checked_div(u128::from(total)).unwrap_or(0)
    });
    let padded = format!("{text}{}", " ".repeat(columns.saturating_sub(width)));
    let (dark, _) = cut(&padded, done as usize);
    let light = &padded[dark.len()..];
    format!("\r\x1b[7m{dark}\x1b[0m{light}\x1b[K").into_bytes()
}

/// As much of a text as fits, and its width.
fn cut(text: &str, columns: usize) -> (String, usize) {
    let (mut out, mut width) = (String::new(), 0);
    for c in text.chars() {
        let more = c.width().unwrap_or(0);
        if width + more > columns {
            break;
        }
        width += more;
        out.push(c);
    }
    (out, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Seconds;

    fn state() -> State {
        State {
            done: 1,
            total: Some(4),
            running: 2,
            failed: 1,
            so_far: Seconds::from_f64(0.5),
            left: Some(Seconds::from_f64(2.25)),
            current: b"b \x1b]0;x\x07\n".to_vec(),
            slots: 2,
            cpus: 8,
        }
    }

    #[test]
    fn every_style() {
        let unknown = State { total: None, left: None, failed: 0, ..state() };
        for (style, known, open) in [
            (
                Style::Line,
                "1/4 done, 2 running, 1 failed, 2.0/s, ETA 3 s",
                "1 done, 2 running, 2.0/s, 1 s",
            ),
            (Style::Bar, "25% 1:3=3s b ^[]0;x^G", "1:?=?s b ^[]0;x^G"),
            (
                Style::Eta,
                "ETA: 3s Left: 3 AVG: 0.50s  local:2/1/100%/0.5s",
                "ETA: ?s Left: ? AVG: 0.50s  local:2/1/100%/0.5s",
            ),
            (Style::Progress, "local:2/1/100%/0.5s", "local:2/1/100%/0.5s"),
            (
                Style::Json,
                r#"{"type":"progress","done":1,"total":4,"running":2,"failed":1,"elapsed_s":0.5,"left_s":2.25}"#,
                r#"{"type":"progress","done":1,"total":null,"running":2,"failed":0,"elapsed_s":0.5,"left_s":null}"#,
            ),
        ] {
            assert_eq!(text(style, &state()), known);
            assert_eq!(text(style, &unknown), open);
        }
        assert!(header(Style::Eta, &state()).contains("\n1:local / 8 / 2\n"));
    }

    #[test]
    fn durations_and_rates_are_short() {
        for (seconds, text) in [(0.0, "0 s"), (59.0, "59 s"), (200.0, "3:20"), (3900.0, "1:05:00")]
        {
            assert_eq!(duration(seconds), text);
        }
        let rate =
            |done, so_far| rate(&State { done, so_far: Seconds::from_secs(so_far), ..state() });
        assert_eq!(rate(0, 1), None);
        assert_eq!(rate(3, 60).as_deref(), Some("3.0/min"));
        assert_eq!(rate(3000, 3).as_deref(), Some("1000/s"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let wide = State { current: "日本語".repeat(50).into_bytes(), ..state() };
        for columns in 0..60 {
            for style in [Style::Line, Style::Bar, Style::Eta, Style::Progress] {
                let drawn = String::from_utf8(drawn(style, &wide, columns)).unwrap();
                let plain = drawn.replace("\x1b[7m", "").replace("\x1b[0m", "");
                let plain = plain.replace("\x1b[K", "").replace('\r', "");
                assert!(!plain.contains('\x1b') && !plain.contains('\n'));
                let width: usize = plain.chars().map(|c| c.width().unwrap_or(0)).sum();
                assert!(width < columns.max(1), "{style:?} {columns}: {width}");
            }
        }
    }

    #[test]
    fn the_dark_part_of_a_bar_is_what_is_done() {
        let bar =
            |done| String::from_utf8(drawn(Style::Bar, &State { done, ..state() }, 21)).unwrap();
        assert_eq!(bar(1), "\r\x1b[7m25% 1\x1b[0m:3=3s b ^[]0;x^\x1b[K");
        assert_eq!(bar(4), "\r\x1b[7m100% 4:0=3s b ^[]0;x\x1b[0m\x1b[K");
    }
}
