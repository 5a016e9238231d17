//! What Prometheus makes of it: `promtool` reads the text, rules and dashboard name what
//! there is, and Prometheus itself scrapes.

use super::listen::Listening;
use crate::tool;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// True where a program is installed; else says that the test is skipped.
fn installed(test: &str, program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("skipped: {test}: {program} is not installed");
    }
    found
}

fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(path)
}

#[test]
fn promtool_has_nothing_to_say() {
    if !installed("promtool_has_nothing_to_say", "promtool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pgmon.prom");
    let args = ["-i", "10ms", "-n", "2", "--per-cpu", "--top=3", "--pid", "1", "--textfile"];
    tool("pgmon").args(args).arg(&file).assert().success();
    let out = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(std::fs::File::open(file).unwrap())
        .output()
        .unwrap();
    let said = [out.stdout, out.stderr].concat();
    assert!(out.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn rules_are_right() {
    if !installed("rules_are_right", "promtool") {
        return;
    }
    for (verb, file) in
        [("check", "prometheus/pgmon.rules.yml"), ("test", "prometheus/pgmon.rules.test.yml")]
    {
        let out =
            Command::new("promtool").args([verb, "rules"]).arg(shipped(file)).output().unwrap();
        let said = [out.stdout, out.stderr].concat();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&said));
    }
}

/// Names of metrics in a text: words that begin with `pgmon_`.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("pgmon_")).map(str::to_string).collect()
}

/// What the page names is what is written: both come from one table, whose own test has a
/// value for every row.
#[test]
fn rules_and_dashboard_name_what_there_is() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/pgmon.1");
    let there = names(&std::fs::read_to_string(page).unwrap().replace("\\fB", " "));
    assert!(there.len() > 80, "{there:?}");
    for file in
        ["prometheus/pgmon.rules.yml", "prometheus/pgmon.rules.test.yml", "grafana/pgmon.json"]
    {
        let named = names(&std::fs::read_to_string(shipped(file)).unwrap());
        let unknown: Vec<_> = named.difference(&there).collect();
        assert!(named.len() > 10 && unknown.is_empty(), "{file}: {unknown:?}");
    }
}

#[test]
fn every_alert_is_tested() {
    let rules = std::fs::read_to_string(shipped("prometheus/pgmon.rules.yml")).unwrap();
    let tests = std::fs::read_to_string(shipped("prometheus/pgmon.rules.test.yml")).unwrap();
    let alerts: Vec<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 5);
    for alert in alerts {
        // one that fires: its time and its name stand in lines of their own
        assert!(
            tests.contains(&format!("        alertname: {alert}\n        exp_alerts:\n")),
            "{alert}"
        );
    }
}

#[test]
fn the_dashboard_asks_each_query_once_and_of_the_chosen_source() {
    let text = std::fs::read_to_string(shipped("grafana/pgmon.json")).unwrap();
    let board: Value = serde_json::from_str(&text).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut queries = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()));
        let targets = panel["targets"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(panel["type"] == "row" || !targets.is_empty(), "{panel}");
        for target in targets {
            assert_eq!(target["datasource"]["uid"], "${datasource}");
            assert!(queries.insert(target["expr"].as_str().unwrap()), "{target}");
        }
    }
    assert!(queries.len() > 40, "{}", queries.len());
}

/// Prometheus, which scrapes one target and knows our rules; it is ended with the test.
struct Prometheus {
    process: Child,
    port: u16,
    reading: Option<JoinHandle<()>>,
}

impl Prometheus {
    /// Starts it and waits until it says that it can be asked.
    fn start(folder: &Path, target: SocketAddr) -> Self {
        let config = format!(
            "global: {{ scrape_interval: 500ms, scrape_timeout: 500ms }}\n\
             rule_files: ['{}']\n\
             scrape_configs: [{{ job_name: pgmon, static_configs: [{{ targets: ['{target}'] }}] }}]\n",
            shipped("prometheus/pgmon.rules.yml").display(),
        );
        std::fs::write(folder.join("prometheus.yml"), config).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new("prometheus")
            .current_dir(folder)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let ready = lines.any(|line| line.contains("Server is ready to receive web requests"));
        // the rest of the log must be read, or its writer would stand still
        let reading = Some(std::thread::spawn(move || lines.for_each(drop)));
        let prometheus = Prometheus { process, port, reading };
        assert!(ready);
        prometheus
    }

    /// Asks its API once.
    fn ask(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200"), "{path}: {head}: {body}");
        serde_json::from_str(body).unwrap()
    }

    fn query(&self, query: &str) -> Value {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        self.ask(&format!("/api/v1/query?query={encoded}"))
    }

    /// The first value of a query; not a number where there is none.
    fn value(&self, query: &str) -> f64 {
        let answer = self.query(query);
        let value = answer["data"]["result"][0]["value"][1].as_str();
        value.map_or(f64::NAN, |value| value.parse().unwrap())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.reading.take().map(JoinHandle::join);
    }
}

#[test]
fn prometheus_reads_it() {
    if !installed("prometheus_reads_it", "prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let me = std::process::id().to_string();
    // sampled more often than it is scraped, so that two scrapes have two samples
    let mut pgmon = Listening::start(&["--verbose", "-i", "20ms", "--pid", &me]);
    let prometheus = Prometheus::start(folder.path(), pgmon.address);
    // a scrape is asked for when the one before it is stored
    for _ in 0..4 {
        let mut line = String::new();
        pgmon.err.read_line(&mut line).unwrap();
        assert!(
            line.starts_with("pgmon: served 127.0.0.1:") && line.ends_with(": 200\n"),
            "{line}"
        );
    }
    assert_eq!(prometheus.value("up"), 1.0);
    assert_eq!(prometheus.value("pgmon_build_info"), 1.0);
    assert!(prometheus.value("pgmon_cpus") >= 1.0);
    assert!(prometheus.value("increase(pgmon_samples_total[1m])") > 0.0);
    assert!(prometheus.value("sum(pgmon_cpu_seconds_total)") > 1.0);
    assert!(prometheus.value(&format!("pgmon_tree_memory_bytes{{tree=\"{me}\"}}")) > 0.0);
    let types = prometheus.ask("/api/v1/metadata");
    for (name, kind, unit) in [
        ("pgmon_cpu_seconds", "counter", "seconds"),
        ("pgmon_memory_available_bytes", "gauge", "bytes"),
        ("pgmon_build", "info", ""),
    ] {
        let entry = &types["data"][name][0];
        assert_eq!((&entry["type"], &entry["unit"]), (&kind.into(), &unit.into()), "{types}");
    }
    let rules = prometheus.ask("/api/v1/rules");
    let rules = rules["data"]["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() > 5 && rules.iter().all(|rule| rule["health"] != "err"), "{rules:?}");
    let board = std::fs::read_to_string(shipped("grafana/pgmon.json")).unwrap();
    let board: Value = serde_json::from_str(&board).unwrap();
    for panel in board["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().map_or(&[][..], Vec::as_slice) {
            let query = target["expr"].as_str().unwrap().replace("$__rate_interval", "1m");
            prometheus.query(&query.replace("$instance", ".*"));
        }
    }
}
