//! Rows of a run that go to subscribers of ZeroMQ, each with its own selection of logs.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::live::{Running, wait_for};
use crate::run::{analyse, capture, gannet, log, run, temp};

/// Waits for rows at two endpoints, and prints them with the number of the endpoint.
const SUBSCRIBERS: &str = "
import sys, zmq
context, poller, sockets = zmq.Context(), zmq.Poller(), {}
for number, endpoint in enumerate(sys.argv[1:]):
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, b'')
    socket.bind(endpoint)
    poller.register(socket, zmq.POLLIN)
    sockets[socket] = number
    monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    sockets[monitor] = None
    poller.register(monitor, zmq.POLLIN)
while True:
    for socket, _ in poller.poll():
        if sockets[socket] is None:
            socket.recv_multipart()
            print('found', flush=True)
        else:
            topic, body = socket.recv_multipart()
            print(sockets[socket], topic.decode(), body.decode(), sep='\\t', flush=True)
";

#[test]
fn each_subscriber_gets_its_logs_as_they_are_in_json() {
    let pythons = ["python3", "/usr/bin/python3"];
    let has_zmq = |python: &&str| {
        Command::new(python).args(["-c", "import zmq"]).output().is_ok_and(|output| output.status.success())
    };
    let Some(python) = pythons.into_iter().find(has_zmq) else {
        println!("SKIPPED: Python has no zmq (python3-zmq, or pyzmq)");
        return;
    };
    let dir = temp("zeromq");
    let read = capture("http-nginx");
    let json = dir.join("json");
    analyse(&read, &json, &["--json", "--uid-seed", "x"]);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port").port();
    let endpoints = [format!("tcp://127.0.0.1:{port}"), format!("ipc://{}", dir.join("socket").display())];
    let got = dir.join("got");
    let mut subscribers = Command::new(python);
    subscribers.args(["-c", SUBSCRIBERS]).args(&endpoints).stdout(fs::File::create(&got).expect("a file"));
    let _subscribers = Running(subscribers.spawn().expect("python3"));
    let config = dir.join("gannet.toml");
    let text = format!(
        "[[zeromq]]\nendpoint = \"{}\"\nsend-logs = [\"conn\", \"http\"]\nlinger = \"20s\"\n\
         [[zeromq]]\nendpoint = \"{}\"\nexcluded-logs = [\"http\"]\nlinger = \"20s\"\n",
        endpoints[0], endpoints[1]
    );
    fs::write(&config, text).expect("a file");
    // Rows that come before a subscriber is found are lost: the capture comes through a pipe.
    let mut program = gannet();
    program.args(["-q", "--summary", "json", "--uid-seed", "x", "--config"]).arg(&config).arg("-o");
    program.arg(dir.join("logs")).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = program.spawn().expect("gannet starts");
    let bytes = fs::read(&read).expect("a capture");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(&bytes[..24]).expect("a pipe");
    let told = || fs::read_to_string(&got).expect("text");
    wait_for("two connections", Duration::from_secs(20), || told().matches("found").count() == 2);
    std::thread::sleep(Duration::from_millis(300));
    pipe.write_all(&bytes[24..]).expect("a pipe");
    drop(pipe);
    let output = child.wait_with_output().expect("an end");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("an object");
    let rows = |number: usize, topic: &str| -> Vec<String> {
        let begin = format!("{number}\t{topic}\t");
        told().lines().filter_map(|line| line.strip_prefix(&begin).map(str::to_owned)).collect()
    };
    let wanted = |name: &str| -> Vec<String> { log(&json, name).lines().map(str::to_owned).collect() };
    let all = wanted("conn").len() + wanted("http").len();
    wait_for("the rows", Duration::from_secs(20), || rows(0, "conn").len() + rows(0, "http").len() == all);
    assert_eq!(rows(0, "conn"), wanted("conn"));
    assert_eq!(rows(0, "http"), wanted("http"));
    // The second one that wants a log has it under another path; of a log that only it wants, under its own.
    wait_for("the rows", Duration::from_secs(20), || rows(1, "conn-2").len() == wanted("conn").len());
    assert_eq!(rows(1, "conn-2"), wanted("conn"));
    assert_eq!(rows(1, "files"), wanted("files"));
    assert!(!told().contains("\thttp-2\t") && !told().contains("0\tfiles"));
    assert_eq!(summary["published"][0]["sent"], all, "{summary}");
    assert_eq!(summary["published"][1]["dropped"], 0, "{summary}");
    // The logs are columns as ever.
    let plain = dir.join("plain");
    analyse(&read, &plain, &["--uid-seed", "x"]);
    for name in ["conn", "http", "files"] {
        assert_eq!(log(&dir.join("logs"), name), log(&plain, name), "{name}");
    }
}

#[test]
fn endpoints_that_are_none_are_named() {
    for (args, wanted) in [
        (&["--zeromq", "localhost:1", "x"][..], "expected an endpoint such as tcp://127.0.0.1:5556"),
        (&["--zeromq", "@tcp://192.0.2.1:1", "x"], "cannot publish at @tcp://192.0.2.1:1"),
    ] {
        let mut args = args.to_vec();
        let read = capture("dns-bind");
        *args.last_mut().expect("a capture") = read.to_str().expect("text");
        let out = temp("zeromq-wrong");
        args.extend(["-o", out.to_str().expect("text")]);
        let ran = run(&args);
        assert!(ran.status == Some(1) || ran.status == Some(2), "{args:?}");
        assert!(ran.err.contains(wanted), "{args:?}: {}", ran.err);
    }
}
