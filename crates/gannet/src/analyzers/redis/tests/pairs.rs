//! Which reply belongs to which command.

use super::*;

/// Rows of commands that come at once, and of replies that come at once.
fn pair(commands: &[&str], replies: &str) -> Vec<String> {
    let commands: Vec<u8> = commands.iter().flat_map(|words| command(words)).collect();
    play(&[(Client, commands), tell(replies)]).rows
}

#[test]
fn commands_are_answered_in_order() {
    assert_eq!(
        pair(&["get a", "get b", "get c"], "+1\r\n-2\r\n+3\r\n"),
        ["get a - T 1", "get b - F 2", "get c - T 3"]
    );
    // What has no reply is told at the end, if there was any.
    assert_eq!(pair(&["get a", "get b"], "+1\r\n"), ["get a - T 1", "get b - - -"]);
    assert!(play(&[ask("get a")]).rows.is_empty());
    assert_eq!(play(&[ask("get a")]).services, ["-"]);
    // What nobody asked for is told too.
    assert_eq!(pair(&["get a"], "+1\r\n+2\r\n"), ["get a - T 1", "- - - T 2"]);
    let late = [ask("get a"), tell("+1\r\n+2\r\n"), ask("get b"), tell("+3\r\n")];
    assert_eq!(play(&late).rows, ["get a - T 1", "- - - T 2", "get b - - -", "- - - T 3"]);
}

#[test]
fn messages_are_no_replies() {
    assert_eq!(pair(&["get a"], ">1\r\n+message\r\n+1\r\n"), ["get a - T 1"]);
    let steps = [
        ask("SUBSCRIBE news"),
        tell("*3\r\n+subscribe\r\n+news\r\n:1\r\n*3\r\n+message\r\n+news\r\n+x\r\n"),
        ask("PING"),
        tell("*2\r\n+pong\r\n+\r\n"),
        ask("RESET"),
        tell("+RESET\r\n"),
        ask("GET a"),
        tell("+1\r\n"),
    ];
    // PING is not known, and ends nothing.
    assert_eq!(play(&steps).rows, ["SUBSCRIBE - - - -", "PING - - T RESET", "RESET - - T 1", "GET a - - -"]);
    let steps = [ask("psubscribe n*"), tell("*1\r\n+x\r\n"), ask("quit"), tell("+OK\r\n")];
    assert_eq!(play(&steps).rows, ["psubscribe - - - -", "quit - - T OK"]);
}

#[test]
fn the_third_version_has_no_mode_of_messages() {
    let steps =
        [ask("HELLO 3"), tell("%1\r\n+proto\r\n:3\r\n"), ask("SUBSCRIBE a"), ask("GET k"), tell("+v\r\n")];
    assert_eq!(play(&steps).rows, ["HELLO - - T {proto: 3}", "SUBSCRIBE - - - -", "GET k - T v"]);
    let steps = [ask("SUBSCRIBE a"), tell("*1\r\n+x\r\n_\r\n+y\r\n")];
    assert_eq!(play(&steps).rows, ["SUBSCRIBE - - - -", "- - - T null", "- - - T y"]);
}

#[test]
fn a_client_may_want_no_replies() {
    assert_eq!(
        pair(&["CLIENT REPLY OFF", "PING", "CLIENT REPLY ON", "GET a"], "+OK\r\n+1\r\n"),
        ["CLIENT - - - -", "PING - - - -", "CLIENT - - T OK", "GET a - T 1"]
    );
    assert_eq!(
        pair(&["PING", "CLIENT REPLY skip", "PING", "GET a"], "+PONG\r\n+1\r\n"),
        ["PING - - T PONG", "CLIENT - - - -", "PING - - - -", "GET a - T 1"]
    );
    // A word that is no way to answer changes nothing, and neither does another number of words.
    assert_eq!(
        pair(&["CLIENT REPLY no", "CLIENT off"], "+1\r\n+2\r\n"),
        ["CLIENT - - T 1", "CLIENT - - T 2"]
    );
}

#[test]
fn too_many_commands_without_reply_are_forgotten() {
    let mut steps = vec![(Client, command("get a").repeat(10_002))];
    steps.push(ask("get b"));
    steps.push(tell("+1\r\n"));
    let seen = play(&steps);
    assert_eq!(seen.rows, ["get b - T 1"]);
    assert_eq!(seen.weirds, ["Redis_excessive_pipelining"]);
    let big = command(&format!("set {} {}", "k".repeat(8192), "v".repeat(8192)));
    let seen = play(&[(Client, big.repeat(300)), tell("+1\r\n")]);
    assert_eq!(seen.weirds, ["Redis_excessive_pipelining"]);
}
