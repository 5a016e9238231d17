//! Metrics over HTTP and in a file.

use super::{child, ran, signal};
use record::{Fields, Sample, parse_record};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout};

/// `pgmon` that listens; it is ended with the test.
pub struct Listening {
    process: Child,
    pub address: SocketAddr,
    /// What it says besides.
    pub err: BufReader<ChildStderr>,
    pub out: BufReader<ChildStdout>,
}

impl Listening {
    pub fn start(args: &[&str]) -> Self {
        Listening::at("127.0.0.1:0", args)
    }

    fn at(address: &str, args: &[&str]) -> Self {
        let mut process = child(&[&["--listen", address][..], args].concat()).spawn().unwrap();
        let mut err = BufReader::new(process.stderr.take().unwrap());
        let out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        err.read_line(&mut line).unwrap();
        let address = line.strip_prefix("pgmon: metrics are at http://").unwrap();
        let address = address.strip_suffix("/metrics\n").unwrap().parse().unwrap();
        Listening { process, address, err, out }
    }

    pub fn connect(&self) -> Client {
        Client(BufReader::new(TcpStream::connect(self.address).unwrap()))
    }

    /// The next sample on standard output.
    fn sample(&mut self) -> Sample {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        let fields = Fields::parse(line.as_bytes()).unwrap();
        parse_record(line.as_bytes(), &fields).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        signal("-TERM", self.process.id());
        self.process.wait().unwrap();
    }
}

/// One connection to it.
pub struct Client(BufReader<TcpStream>);

impl Client {
    fn say(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// Status, headers and body of the next reply; `bodiless` is that to a HEAD.
    fn reply(&mut self, bodiless: &str) -> (u16, String, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).unwrap() > 0, "ended after {head:?}");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.split("Content-Length: ").nth(1).unwrap().lines().next().unwrap();
        let wanted = if bodiless == "HEAD" { 0 } else { length.parse().unwrap() };
        let mut body = vec![0; wanted];
        self.0.read_exact(&mut body).unwrap();
        (status, head, String::from_utf8(body).unwrap())
    }

    pub fn ask(&mut self, method: &str, rest: &str) -> (u16, String, String) {
        self.say(&format!("{method} {rest}\r\n\r\n"));
        self.reply(method)
    }

    pub fn metrics(&mut self) -> String {
        let (status, _, body) = self.ask("GET", "/metrics HTTP/1.1\r\nHost: here");
        assert_eq!(status, 200);
        body
    }

    /// What comes until the other side closes.
    fn rest(mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).unwrap();
        rest
    }
}

/// The value of a metric without labels.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap().parse().unwrap()
}

#[test]
fn one_connection_serves_many_requests() {
    let pgmon = Listening::start(&["-i", "1h"]);
    let mut client = pgmon.connect();
    let (status, head, plain) = client.ask("GET", "/metrics HTTP/1.1\r\nHost: here");
    assert_eq!(status, 200);
    assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assert!(plain.contains("\n# TYPE pgmon_cpu_seconds_total counter\n"), "{plain}");
    let accept = "/metrics HTTP/1.1\r\nHost: here\r\nAccept: application/openmetrics-text";
    let (status, head, open) = client.ask("GET", accept);
    assert_eq!(status, 200);
    let kind = "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    assert!(head.contains(kind), "{head}");
    assert!(open.contains("\n# UNIT pgmon_cpu_seconds seconds\n") && open.ends_with("\n# EOF\n"));
    let (status, head, _) = client.ask("HEAD", accept);
    assert!(status == 200 && head.contains(&format!("\r\nContent-Length: {}\r\n", open.len())));
    assert_eq!(client.ask("GET", "/ HTTP/1.1\r\nHost: here").0, 404);
    let (status, head, _) = client.ask("DELETE", "/metrics HTTP/1.1\r\nHost: here");
    assert!(status == 405 && head.contains("\r\nAllow: GET, HEAD\r\n"), "{head}");
    // the same sample the whole time: no other was due
    assert_eq!(value(&client.metrics(), "pgmon_samples_total"), 1.0);
    let (status, _, body) = client.ask("NON", "SENSE");
    assert_eq!((status, body.lines().count()), (400, 1));
    assert_eq!(client.rest(), "");
}

#[test]
fn a_client_of_http_1_0_is_left_after_its_reply() {
    let pgmon = Listening::start(&["-i", "1h"]);
    let mut client = pgmon.connect();
    client.say("GET /metrics HTTP/1.0\r\n\r\n");
    let text = client.rest();
    assert!(text.starts_with("HTTP/1.1 200 ") && text.contains("\npgmon_cpus "), "{text}");
}

#[test]
fn a_request_without_end_is_refused() {
    let pgmon = Listening::start(&["-i", "1h"]);
    let mut client = pgmon.connect();
    client.say(&format!("GET /metrics HTTP/1.1\r\nHost: {}", "a".repeat(8 << 10)));
    let (status, _, _) = client.reply("GET");
    assert_eq!((status, client.rest().as_str()), (431, ""));
}

#[test]
fn clients_that_are_slow_or_many_hold_up_nobody() {
    let mut pgmon = Listening::start(&["-i", "10ms", "--format", "ndjson"]);
    let mut clients: Vec<Client> = (0..200).map(|_| pgmon.connect()).collect();
    for client in &mut clients {
        // those who have been shown the door meanwhile cannot be told anything
        let _ = client.0.get_mut().write_all(b"GET /met");
    }
    // one that asks and asks and never reads
    let mut deaf = pgmon.connect();
    let asks = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    let asking =
        std::thread::spawn(move || while deaf.0.get_mut().write(asks.as_bytes()).is_ok() {});
    let before = pgmon.sample().seq;
    for _ in 0..50 {
        pgmon.sample();
    }
    let text = pgmon.connect().metrics();
    assert!(value(&text, "pgmon_samples_total") > before as f64 + 50.0);
    // its own, and one for each client that has a place
    let fds = value(&text, "pgmon_own_open_fds");
    assert!(fds > 64.0 && fds < 64.0 + 60.0, "{fds}");
    drop(pgmon);
    asking.join().unwrap();
}

#[test]
fn a_port_in_use_is_one_line() {
    let pgmon = Listening::start(&["-i", "1h"]);
    let address = pgmon.address.to_string();
    let second = ran(&["--listen", &address]);
    let said = format!(
        "pgmon: --listen {address}: Address already in use; name another port, or 0 for any that is free\n"
    );
    assert_eq!((second.code, second.err, second.out.as_str()), (Some(125), said, ""));
}

#[test]
fn addresses_of_version_6_and_names() {
    if TcpStream::connect("[::1]:1")
        .is_err_and(|e| e.kind() != std::io::ErrorKind::ConnectionRefused)
    {
        println!("skipped: addresses_of_version_6_and_names: there is no ::1");
        return;
    }
    let pgmon = Listening::at("[::1]:0", &["-i", "1h"]);
    assert!(pgmon.address.is_ipv6() && pgmon.connect().metrics().contains("\npgmon_cpus "));
    let named = Listening::at("localhost:0", &["-i", "1h"]);
    assert!(named.connect().metrics().contains("\npgmon_cpus "));
    for wrong in ["9464", ":9464", "here:9464", "127.0.0.1", "127.0.0.1:99999"] {
        let ran = ran(&["--listen", wrong]);
        assert!(ran.code == Some(125) && ran.err.contains("such as 127.0.0.1:9464"), "{}", ran.err);
    }
}

#[test]
fn what_was_served_is_told_and_a_command_has_its_output() {
    let script = "read line; echo $line";
    let args = ["--verbose", "-i", "1h", "--", "sh", "-c", script];
    let mut pgmon = Listening::start(&args);
    let mut client = pgmon.connect();
    client.metrics();
    let mut line = String::new();
    pgmon.err.read_line(&mut line).unwrap();
    let peer = client.0.get_ref().local_addr().unwrap();
    assert_eq!(line, format!("pgmon: served {peer}: 200\n"));
    pgmon.process.stdin.take().unwrap().write_all(b"heard\n").unwrap();
    let mut out = String::new();
    pgmon.out.read_to_string(&mut out).unwrap();
    assert_eq!(out, "heard\n");
    // no stream of samples has the summary
    let mut summary = String::new();
    pgmon.err.read_line(&mut summary).unwrap();
    assert!(summary.starts_with("pgmon: exit 0, wall "), "{summary}");
}

#[test]
fn trees_are_served_by_name() {
    let pgmon = Listening::start(&["-q", "-i", "1h", "--pid", &std::process::id().to_string()]);
    let text = pgmon.connect().metrics();
    let tree = std::process::id();
    assert!(text.contains(&format!("\npgmon_tree_processes{{tree=\"{tree}\"}} ")), "{text}");
    assert!(
        text.contains(&format!("\npgmon_tree_cpu_seconds_total{{tree=\"{tree}\",mode=\"user\"}} "))
    );
}

#[test]
fn a_text_file_is_there_as_a_whole_and_for_all() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pgmon.prom");
    let name = file.to_str().unwrap();
    assert_eq!(super::ran(&["-n", "1", "--pid", "1", "--textfile", name]).code, Some(0));
    // whoever reads while it is replaced reads the one or the other
    let script = format!("for i in 1 2 3 4 5 6 7 8 9; do cat {name} | tail -n 1; done");
    let wanted = "pgmon_tree_ended_processes_total";
    let ran = ran(&["-q", "-i", "1ms", "--textfile", name, "--", "sh", "-c", &script]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(ran.out.lines().filter(|line| line.starts_with(wanted)).count(), 9, "{}", ran.out);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!((mode & 0o777, std::fs::read_dir(folder.path()).unwrap().count()), (0o644, 1));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
}

#[test]
fn a_text_file_without_a_place_is_one_line() {
    for (name, words) in [("/no/such/folder/x.prom", "No such file"), ("/tmp", "name a file")] {
        let ran = ran(&["-n", "1", "--textfile", name]);
        assert!(ran.code == Some(125) && ran.err.contains(words), "{}", ran.err);
        assert_eq!((ran.err.lines().count(), ran.out.as_str()), (1, ""));
    }
}
