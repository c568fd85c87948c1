//! Which answers are told of.

use super::POLICY;
use crate::testing::Play;

const A: &str = "8.8.8.8:1000";
const B: &str = "10.0.0.1:21";

fn notices(command: &[u8], answer: &[u8]) -> Vec<String> {
    let mut play = Play::default();
    play.shake(0.0, A, B).tcp(0.1, B, A, "A", b"220 hello\r\n");
    play.tcp(0.2, A, B, "A", b"USER a\r\n").tcp(0.3, B, A, "A", b"230 yes\r\n");
    play.tcp(1.0, A, B, "A", command).tcp(1.1, B, A, "A", answer);
    // The same again is not told.
    play.tcp(2.0, A, B, "A", command).tcp(2.1, B, A, "A", answer);
    play.notices(&POLICY)
}

#[test]
fn a_program_that_was_run() {
    let ends = "id.orig_h=8.8.8.8 id.orig_p=1000 id.resp_h=10.0.0.1 id.resp_p=21 proto=tcp";
    let rest = "src=8.8.8.8 dst=10.0.0.1 p=21";
    assert_eq!(
        notices(b"SITE EXEC /bin/sh\r\n", b"200 done\r\n"),
        [format!("ts=1.10 {ends} note=FTP::Site_Exec_Success msg=\"FTP command: SITE EXEC /bin/sh\" {rest}")]
    );
    assert_eq!(notices(b"site  eXeC x\r\n", b"250 done\r\n").len(), 1);
    for (command, answer) in [
        ("SITE EXEC /bin/sh\r\n", "500 no\r\n"),
        ("SITE CHMOD 600 x\r\n", "200 done\r\n"),
        ("STAT exec\r\n", "211 done\r\n"),
    ] {
        assert!(notices(command.as_bytes(), answer.as_bytes()).is_empty(), "{command}{answer}");
    }
}
