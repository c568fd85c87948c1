//! Notices of a live run that go to somebody: real servers of SMTP and HTTP on the other end of the wire.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::live::{Net, Running, Sensor, wait_for};
use crate::run::temp;

const SOON: Duration = Duration::from_secs(60);

/// Takes mails, and writes each to a file: Python's aiosmtpd.
const MAILS: &str = "
import sys, os, time
from aiosmtpd.controller import Controller
class Keep:
    async def handle_DATA(self, server, session, envelope):
        name = os.path.join(sys.argv[1], 'mail-%d' % len(os.listdir(sys.argv[1])))
        with open(name + '.part', 'wb') as file:
            file.write(('\\n'.join([envelope.mail_from] + envelope.rcpt_tos) + '\\n').encode() + envelope.content)
        os.rename(name + '.part', name)
        return '250 kept'
Controller(Keep(), hostname='127.0.0.1', port=2525).start()
time.sleep(1000)
";

/// Takes requests, and writes each body to a file: Python's own server.
const REQUESTS: &str = "
import sys, os, http.server
class Keep(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        assert self.headers['Content-Type'] == 'application/json' and self.headers['X-Token'] == 'secret'
        name = os.path.join(sys.argv[1], 'request-%d' % len(os.listdir(sys.argv[1])))
        with open(name + '.part', 'wb') as file:
            file.write(body)
        os.rename(name + '.part', name)
        self.send_response(204)
        self.end_headers()
http.server.ThreadingHTTPServer(('127.0.0.1', 8025), Keep).serve_forever()
";

/// The Python that has aiosmtpd; none, with a message, where there is none. `GANNET_MAIL=required` makes that a failure.
fn python() -> Option<String> {
    let python = std::env::var("GANNET_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    assert_ne!(std::env::var("GANNET_MAIL").ok().as_deref(), Some("required"), "no server of SMTP");
    println!("SKIPPED: mails need a Python with aiosmtpd (GANNET_PYTHON)");
    None
}

/// A server in the namespace of the sensor, once it listens.
fn serve(net: &Net, python: &str, script: &str, dir: &Path, port: u16) -> Running {
    fs::create_dir_all(dir).expect("a directory");
    let mut command = net.at_server(python);
    let server = Running(command.args(["-c", script]).arg(dir).spawn().expect("python"));
    let probe = format!("import socket,sys; sys.exit(socket.socket().connect_ex(('127.0.0.1', {port})))");
    wait_for("a server", SOON, || {
        net.at_server("python3").args(["-c", &probe]).status().is_ok_and(|status| status.success())
    });
    server
}

/// What was kept, by its names.
fn kept(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok).map(|file| file.path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_none()).collect();
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).expect("text")).collect()
}

/// The hash of a text, by another program.
fn sha256(text: &str, dir: &Path) -> String {
    let file = dir.join("text");
    fs::write(&file, text).expect("a file");
    let output = Command::new("sha256sum").arg(file).output().expect("sha256sum");
    String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap_or_default().to_owned()
}

/// Tries the ports of the server's end from the first on, at which nobody listens.
fn scan(net: &Net, from: u16) {
    let script = format!(
        "import socket\nfor port in range({from}, {}):\n  socket.socket().connect_ex(('10.99.0.2', port))\n",
        from + 30
    );
    assert!(net.at_client("python3").args(["-c", &script]).status().expect("python3").success());
}

#[test]
fn somebody_gets_the_notices_that_are_for_them() {
    let Some(net) = Net::new() else { return };
    let Some(python) = python() else { return };
    let dir = temp("live-notices");
    let (mails, requests) = (dir.join("mails"), dir.join("requests"));
    let file = dir.join("gannet.toml");
    let part = |actions: &str| {
        format!(
            "[engine]\nlocal-nets = [\"192.0.2.0/24\"]\n[policies]\nrun = [\"scan\"]\n[logs]\nlog = [\"conn\", \"reporter\", \"notice_alarm\", \"loaded_scripts\"]\n\
             [[notice]]\ntype = \"Scan::Port_Scan\"\nwhere = \"src == 10.99.0.1\"\nactions = [{actions}]\n\
             [mail]\nrelay = \"127.0.0.1:2525\"\nto = [\"soc@example.org\", \"root\"]\nfrom = \"gannet@sensor\"\n\
             [webhook]\nurl = \"http://127.0.0.1:8025/notices\"\nheaders = {{ X-Token = \"secret\" }}\n"
        )
    };
    fs::write(&file, part("\"mail\", \"webhook\", \"alarm\"")).expect("a file");
    let _requests = serve(&net, "python3", REQUESTS, &requests, 8025);
    let metrics = ["--metrics", "127.0.0.1:9991"];
    let options = ["--config", file.to_str().expect("text")].into_iter().chain(metrics);
    let sensor = Sensor::start(&net, &dir, &options.collect::<Vec<_>>());
    scan(&net, 1000);
    // Nobody takes mails yet, which costs nothing.
    sensor.wait_said("notices cannot be sent by mail: 127.0.0.1:2525: ");
    let _mails = serve(&net, &python, MAILS, &mails, 2525);
    wait_for("a mail", SOON, || !kept(&mails).is_empty());
    wait_for("a request", SOON, || !kept(&requests).is_empty());
    sensor.wait_said("notices are sent by mail again: 0 notices were lost");
    let mail = &kept(&mails)[0];
    let lines: Vec<&str> = mail.lines().collect();
    assert_eq!(
        lines[..6],
        ["gannet@sensor", "soc@example.org", "root", "From: gannet@sensor", "To: soc@example.org,", " root"]
    );
    assert!(
        lines.contains(&"Subject: [Gannet] 1 notices")
            || lines.contains(&"Subject: [Gannet] Scan::Port_Scan"),
        "{mail}"
    );
    assert!(mail.contains("Message: 10.99.0.1 scanned at least 25 unique ports of host 10.99.0.2"), "{mail}");
    let request: Value = serde_json::from_str(&kept(&requests)[0]).expect("JSON");
    assert_eq!(request["notices"][0]["note"], "Scan::Port_Scan");
    assert_eq!(request["notices"][0]["email_dest"], serde_json::json!(["soc@example.org", "root"]));
    let page = net.at_server("curl").args(["-sS", "http://127.0.0.1:9991/metrics"]).output().expect("curl");
    let page = String::from_utf8_lossy(&page.stdout).into_owned();
    for line in
        ["gannet_notices_sent_total{by=\"webhook\"} 1\n", "gannet_notices_lost_total{by=\"mail\"} 0\n"]
    {
        assert!(page.contains(line), "{page}");
    }
    // Other rules hold after a reload.
    fs::write(&file, part("\"none\"")).expect("a file");
    sensor.signal("-HUP");
    sensor.wait_said("reloaded: notices changed");
    let out = sensor.out.clone();
    assert_eq!(sensor.end().status, Some(0));
    let log = |name: &str| fs::read_to_string(out.join(name)).unwrap_or_default();
    let alarms = log("notice_alarm.log");
    // What is in force was told at the beginning and after the reload, with another file.
    let force = log("loaded_scripts.log");
    let rows: Vec<&str> = force.lines().filter(|line| !line.starts_with('#')).collect();
    let first = |row: &&str| row.split('\t').next().unwrap_or_default().to_owned();
    let names: Vec<String> = rows.iter().map(first).collect();
    let config = file.to_str().expect("text");
    assert_eq!(
        names,
        [config, "policy/notice", "policy/scan", config, "policy/notice", "policy/scan"],
        "{force}"
    );
    assert!(rows[0].ends_with(&sha256(&part("\"mail\", \"webhook\", \"alarm\""), &dir)), "{force}");
    assert!(rows[3].ends_with(&sha256(&part("\"none\""), &dir)), "{force}");
    let actions = "Notice::ACTION_ALARM,Notice::ACTION_EMAIL,Notice::ACTION_WEBHOOK";
    assert_eq!(alarms.lines().filter(|row| row.contains(actions)).count(), 1, "{alarms}");
    assert_eq!(log("notice.log"), "");
}
