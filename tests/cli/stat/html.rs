//! `pgstat report --html`, in a browser.

use super::runs::{run, samples, start};
use super::{err, log};
use crate::browser::Browser;
use crate::tool;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The page of a log, in a folder that is to be kept.
fn page(text: &str) -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let mut pgstat = tool("pgstat");
    let output =
        pgstat.args(["--exit-zero", "--html"]).arg(&path).write_stdin(text).output().unwrap();
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
    assert!(!output.stdout.is_empty(), "the text is told all the same");
    let page = std::fs::read_to_string(&path).unwrap();
    (folder, path, page)
}

/// A figure of the page, as people read it.
fn figure(browser: &mut Browser, name: &str) -> Value {
    browser.eval(&format!(
        "[...document.querySelectorAll('section:not([hidden]) .figures div')]\
         .find(one => one.querySelector('dt').textContent === '{name}')?.querySelector('dd').textContent"
    ))
}

/// How many pixels of a canvas are drawn on.
const INKED: &str = "(plot => { const canvas = document.querySelector(`section:not([hidden]) [data-plot=${plot}] canvas`); \
    if (!canvas || !canvas.width) return 0; \
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; \
    let inked = 0; for (let at = 3; at < data.length; at += 4) inked += data[at] > 0; return inked; })";

/// Every plot of the page that should show something does.
fn all_are_drawn(browser: &mut Browser) {
    let plots = browser.eval(
        "[...document.querySelectorAll('section:not([hidden]) [data-plot]')].map(one => one.dataset.plot)",
    );
    for plot in plots.as_array().unwrap() {
        let inked = browser.eval(&format!("{INKED}({plot})"));
        assert!(inked.as_u64().unwrap() > 300, "{plot}: {inked} pixels");
    }
}

fn shown(browser: &mut Browser, path: &Path, screen: (u32, &str)) {
    browser.open(path, screen);
    assert_eq!(browser.complaints(), [""; 0], "{screen:?}");
    assert_eq!(browser.eval("document.documentElement.dataset.ready"), "yes");
    let wide = browser.eval("document.documentElement.scrollWidth");
    assert!(wide.as_u64().unwrap() <= u64::from(screen.0), "{screen:?}: {wide} pixels wide");
    all_are_drawn(browser);
    // nothing is smaller than people read
    let least = browser.eval(
        "Math.min(...[...document.querySelectorAll('p,dd,dt,td,th,li,button,summary,h1,h2,h3')]\
         .filter(one => one.offsetParent).map(one => parseFloat(getComputedStyle(one).fontSize)))",
    );
    assert!(least.as_f64().unwrap() >= 12.0, "{least}");
    let page = browser.eval("getComputedStyle(document.body).backgroundColor");
    let ink = browser.eval("getComputedStyle(document.body).color");
    let light = |colour: &Value| -> u32 {
        let numbers = colour.as_str().unwrap().split(|c: char| !c.is_ascii_digit());
        numbers.filter_map(|number| number.parse::<u32>().ok()).take(3).sum()
    };
    let (page, ink) = (light(&page), light(&ink));
    assert_eq!(page > ink, screen.1 == "light", "{screen:?}: {page} {ink}");
    assert!(page.abs_diff(ink) > 450, "{screen:?}: {page} {ink}");
}

#[test]
fn a_page_shows_the_true_counts_on_any_screen() {
    let Some(mut browser) = Browser::start("a_page_shows_the_true_counts_on_any_screen") else {
        return;
    };
    for (count, slots) in [(10, 3), (1000, 8), (100_000, 16)] {
        let text = run(count, slots) + &samples(40);
        let (_folder, path, page) = page(&text);
        assert!(page.len() < 5_000_000, "{count}: {} bytes", page.len());
        for screen in [(1200, "light"), (390, "dark"), (1200, "dark"), (390, "light")] {
            shown(&mut browser, &path, screen);
        }
        let failed = (0..count).filter(|n| n % 37 == 36).count();
        assert_eq!(figure(&mut browser, "operations"), count.to_string());
        assert_eq!(figure(&mut browser, "attempts"), count.to_string());
        assert_eq!(figure(&mut browser, "success"), (count - failed).to_string());
        let sums = browser.eval(
            "(run => [run.bars.count, run.bars.failed, run.ended, run.failed].map(all => Math.round(all.reduce((a, b) => a + b, 0))))\
             (JSON.parse(document.getElementById('data').textContent)[0])",
        );
        assert_eq!(sums, json!([count, failed, count, failed]));
        let caption =
            browser.eval("document.querySelector('[data-plot=gantt]').getAttribute('aria-label')");
        assert!(
            caption.as_str().unwrap().contains(&format!("{count} attempts on {slots} slots")),
            "{caption}"
        );
        let charts = browser.eval(
            "[...document.querySelectorAll('[data-plot]')].map(one => one.dataset.plot).join(' ')",
        );
        let mut want =
            "gantt waiting running throughput cpu memory pressure disk disk-busy network locks"
                .to_string();
        if count < 5 {
            want = want.replace(" locks", "");
        }
        assert_eq!(charts, want.as_str());
        // each has its numbers in a table, too
        assert_eq!(browser.eval("[...document.querySelectorAll('figure')].every(one => one.querySelector('table tbody tr'))"), true);
    }
}

#[test]
fn time_is_zoomed_and_bars_tell_what_they_are() {
    let Some(mut browser) = Browser::start("time_is_zoomed_and_bars_tell_what_they_are") else {
        return;
    };
    let (_folder, path, _) = page(&run(40, 4));
    browser.open(&path, (1200, "light"));
    let range = "document.querySelector('.range').textContent";
    let all = browser.eval(range);
    for (does, changes) in [("in", true), ("all", false), ("left", false)] {
        browser.eval(&format!("document.querySelector('[data-does={does}]').click()"));
        browser.drawn();
        let now = browser.eval(range);
        assert_eq!(now != all, changes, "{does}: {now}");
    }
    let key = |key: &str| {
        format!(
            "document.querySelector('[data-plot=gantt]').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true, cancelable: true}}))"
        )
    };
    browser.eval(&key("+"));
    browser.drawn();
    assert_ne!(browser.eval(range), all);
    browser.eval(&key("0"));
    browser.drawn();
    assert_eq!(browser.eval(range), all);
    // from bar to bar, for who has no mouse
    browser.eval(&key("."));
    let status = "document.querySelector('[role=status]').textContent";
    assert!(browser.eval(status).as_str().unwrap().starts_with("compile-0; 0 s to "));
    browser.eval(&key("ArrowDown"));
    assert!(browser.eval(status).as_str().unwrap().starts_with("link-1; 0 s to "));
    // the pointer on a bar, and the same time in all charts
    let over = "(plot => { const box = plot.getBoundingClientRect(); plot.dispatchEvent(new PointerEvent('pointermove', \
        {clientX: box.left + 70, clientY: box.top + 30, bubbles: true})); return plot.querySelector('.tip').textContent; })\
        (document.querySelector('[data-plot=gantt]'))";
    assert!(browser.eval(over).as_str().unwrap().starts_with("compile-0"));
    let legend = browser.eval("document.querySelector('[data-plot=running] .u-value').textContent");
    assert!(legend.as_str().unwrap().ends_with("ms"), "{legend}");
    // a finding shows its moment
    browser.eval("document.querySelector('button[data-from]').click()");
    browser.drawn();
    assert_ne!(browser.eval(range), all);
    // what colours mean can be chosen
    let colours = "(by => { by.value = 'cause'; by.dispatchEvent(new Event('change')); \
        return document.querySelector('.legend').textContent; })(document.querySelector('select.by'))";
    assert!(browser.eval(colours).as_str().unwrap().contains("slots"));
    assert_eq!(browser.complaints(), [""; 0]);
}

/// What a log says is text, wherever it stands.
#[test]
fn text_of_a_log_is_never_run() {
    const EVIL: &str = "</script><img src=x onerror=\"window.hacked=1\"><!--<script>'`${1}{{7*7}}";
    let text = run(12, 2)
        .replace("compile-0", "EVIL")
        .replace("\"db\"", "\"EVIL\"")
        .replace("lock:db", "lock:EVIL");
    let inner = json!(EVIL).to_string();
    let text = text
        .replace("EVIL", &inner[1..inner.len() - 1])
        .replace("\"run\":\"made\"", &format!("\"run\":{inner}"));
    let (_folder, path, page) = page(&text);
    assert!(!page.contains("<img"), "an element of the log stands in the page");
    assert!(page.contains("{{7*7}}"));
    let Some(mut browser) = Browser::start("text_of_a_log_is_never_run") else { return };
    browser.open(&path, (1200, "light"));
    for key in [".", "ArrowDown"] {
        browser.eval(&format!("document.querySelector('[data-plot=gantt]').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))"));
    }
    browser.eval("(by => { by.value = 'cause'; by.dispatchEvent(new Event('change')); })(document.querySelector('select.by'))");
    browser.drawn();
    assert_eq!(browser.complaints(), [""; 0]);
    assert_eq!(
        browser.eval(
            "[window.hacked, document.images.length, document.querySelectorAll('script').length]"
        ),
        json!([null, 0, 2])
    );
    assert_eq!(browser.eval("document.querySelector('h1').textContent"), format!("Run {EVIL}"));
    assert_eq!(browser.eval("JSON.parse(document.getElementById('data').textContent)[0].bars.id.includes(window.evil = document.querySelector('h1').textContent.slice(4))"), true);
}

#[test]
fn runs_of_every_kind_have_a_page() {
    let Some(mut browser) = Browser::start("runs_of_every_kind_have_a_page") else { return };
    let whole = run(30, 3);
    let lines: Vec<&str> = whole.lines().collect();
    let killed: String = lines[..lines.len() / 2].iter().map(|line| format!("{line}\n")).collect();
    let nothing_ended = lines[..2].iter().map(|line| format!("{line}\n")).collect::<String>();
    for (name, text, sections) in [
        ("killed", killed.as_str(), 1),
        ("nothing has ended", &nothing_ended, 1),
        ("empty", &start(3), 1),
        ("samples alone", &samples(20), 1),
        ("one sample", &samples(1), 1),
        ("two runs and samples", &(run(5, 2) + &run(6, 2) + &samples(20)), 3),
        ("a job log", &std::fs::read_to_string(log("jobs.tsv")).unwrap(), 1),
        ("locks", &std::fs::read_to_string(log("lock.ndjson")).unwrap(), 1),
    ] {
        let (_folder, path, _) = page(text);
        browser.open(&path, (390, "light"));
        assert_eq!(browser.complaints(), [""; 0], "{name}");
        assert_eq!(browser.eval("document.documentElement.dataset.ready"), "yes", "{name}");
        assert_eq!(
            browser.eval("document.querySelectorAll('section.run').length"),
            sections,
            "{name}"
        );
        let wide = browser.eval("document.documentElement.scrollWidth");
        assert!(wide.as_u64().unwrap() <= 390, "{name}: {wide}");
        if name != "empty" && name != "one sample" {
            all_are_drawn(&mut browser);
        }
        if name == "killed" {
            let open = "JSON.parse(document.getElementById('data').textContent)[0].bars.ended.filter(one => one === 6).length";
            assert!(browser.eval(open).as_u64().unwrap() <= 3);
            assert!(
                browser.eval("document.body.textContent.includes('the log has no run.end')")
                    == true
            );
        }
    }
    // the runs are chosen
    browser.eval("1");
    let (_folder, path, _) = page(&(run(5, 2) + &run(7, 2)));
    browser.open(&path, (1200, "light"));
    assert_eq!(figure(&mut browser, "operations"), "7");
    browser.eval("(run => { run.selectedIndex = 0; run.dispatchEvent(new Event('change')); })(document.getElementById('run'))");
    browser.drawn();
    assert_eq!(figure(&mut browser, "operations"), "5");
    all_are_drawn(&mut browser);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// A page that is there is replaced by a whole one or stays; text or records are told beside it.
#[test]
fn a_page_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.html");
    std::fs::write(&path, "before").unwrap();
    let pgstat = |path: &Path, more: &[&str]| {
        tool("pgstat").arg("--html").arg(path).args(more).arg(log("slots.ndjson")).output().unwrap()
    };
    assert!(pgstat(&path, &[]).status.success());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let json = pgstat(&path, &["--json"]);
    assert!(json.stdout.starts_with(b"{\"type\":\"report\""));
    let nowhere = folder.path().join("no/such/r.html");
    let failed = pgstat(&nowhere, &[]);
    assert_eq!(failed.status.code(), Some(74));
    assert_eq!(err(&failed), format!("pgstat: {}: No such file or directory\n", nowhere.display()));
    // the same log makes the same page
    pgstat(&path, &[]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
