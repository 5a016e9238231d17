//! A browser without a window, told what to do through two FIFOs (the DevTools protocol,
//! a message of JSON ended by NUL each way); it answers when it has done it, so nothing
//! here waits for time.

use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What Debian calls it: the small one first.
const NAMES: [&str; 4] =
    ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: File,
    from: File,
    kept: Vec<u8>,
    last: u64,
    session: Option<String>,
    /// What has happened in the page.
    pub events: Vec<Value>,
    _folder: tempfile::TempDir,
}

impl Browser {
    /// Starts it; `None`, said by the test's name, where there is none.
    pub fn start(test: &str) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = NAMES
            .iter()
            .find(|name| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
        let Some(name) = found else {
            println!("skipped: {test}: chromium-headless-shell is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for fifo in ["to", "from"] {
            nix::unistd::mkfifo(&at(fifo), nix::sys::stat::Mode::S_IRWXU).unwrap();
        }
        let child = Command::new("sh")
            .args(["-c", r#"exec "$0" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$1" --remote-debugging-pipe 3<"$2" 4>"$3" >/dev/null 2>&1"#])
            .args([name]).arg(at("profile")).arg(at("to")).arg(at("from"))
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let to = OpenOptions::new().write(true).open(at("to")).unwrap();
        let from = File::open(at("from")).unwrap();
        let mut browser = Browser {
            child,
            to,
            from,
            kept: Vec::new(),
            last: 0,
            session: None,
            events: Vec::new(),
            _folder: folder,
        };
        let page = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.ask("Target.attachToTarget", target);
        browser.session = session["sessionId"].as_str().map(String::from);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Has something done and returns what came of it.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).unwrap();
        loop {
            let mut answer = self.receive();
            if answer["id"] == self.last {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn receive(&mut self) -> Value {
        loop {
            if let Some(end) = self.kept.iter().position(|byte| *byte == 0) {
                let message: Vec<u8> = self.kept.drain(..=end).collect();
                return serde_json::from_slice(&message[..end]).unwrap();
            }
            let mut block = [0; 1 << 16];
            let read = self.from.read(&mut block).unwrap();
            assert!(read > 0, "the browser has ended");
            self.kept.extend_from_slice(&block[..read]);
        }
    }

    /// Shows a file on a screen of this width, until it is loaded and drawn.
    pub fn open(&mut self, file: &Path, (width, scheme): (u32, &str)) {
        self.events.clear();
        let screen =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.ask("Emulation.setDeviceMetricsOverride", screen);
        let scheme = json!({"name": "prefers-color-scheme", "value": scheme});
        self.ask("Emulation.setEmulatedMedia", json!({"features": [scheme]}));
        self.ask("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
        self.drawn();
    }

    /// Waits until what was asked for is on the screen.
    pub fn drawn(&mut self) {
        self.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))");
    }

    /// The value of an expression in the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.ask("Runtime.evaluate", params);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Errors of the page, what it wrote on its console, and what it asked the network for.
    pub fn complaints(&self) -> Vec<String> {
        let told = |event: &Value| match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" | "Log.entryAdded" | "Runtime.consoleAPICalled" => {
                Some(event.to_string())
            }
            "Network.requestWillBeSent" => {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                (!url.starts_with("file:") && !url.starts_with("data:")).then(|| url.to_string())
            }
            _ => None,
        };
        self.events.iter().filter_map(told).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
