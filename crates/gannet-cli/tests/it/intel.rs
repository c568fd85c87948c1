//! Lists of indicators, from their files to the rows.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{analyse, capture, fields, log, rows, run, temp};

const HEAD: &str = "#fields\tindicator\tindicator_type\tmeta.source\n";

/// A list of these lines in a directory.
fn list(dir: &Path, lines: &str) -> PathBuf {
    let path = dir.join("indicators");
    fs::write(&path, format!("{HEAD}{lines}")).expect("a file");
    path
}

/// What a list finds in a capture, for any number of workers: indicator, where, and what of it matched; each once.
fn found(name: &str, lines: &str, more: &[&str]) -> Vec<String> {
    let dir = temp(&format!("intel-{name}"));
    let path = list(&dir, lines);
    let of = |workers: &str| {
        let out = dir.join(workers);
        let intel = ["-q", "--intel", path.to_str().expect("text"), "--workers", workers, "--uid-seed", "x"];
        let ran = analyse(&capture(name), &out, &[&intel[..], more].concat());
        assert_eq!(ran.err, "");
        if out.join("intel.log").exists() { log(&out, "intel") } else { String::new() }
    };
    let alone = of("1");
    for workers in ["2", "3"] {
        assert_eq!(rows(&of(workers)), rows(&alone), "{workers} workers");
    }
    let mut short: Vec<String> = Vec::new();
    for row in rows(&alone) {
        let columns: Vec<&str> = row.split('\t').collect();
        let text = format!("{} {} {}", columns[6], columns[8], columns[10]);
        if !short.contains(&text) {
            short.push(text);
        }
    }
    short
}

#[test]
fn files_of_smb_mails_and_logins() {
    let smb = found("smb-samba", "Paper.pdf\tIntel::FILE_NAME\tus\n\\paper.pdf\tIntel::FILE_NAME\tus\n", &[]);
    assert_eq!(smb, ["paper.pdf SMB::IN_FILE_NAME Intel::FILE_NAME"]);
    let mail = found("smtp-postfix", "ALICE@example.com\tIntel::EMAIL\tus\n", &[]);
    assert_eq!(
        mail,
        ["alice@example.com SMTP::IN_MAIL_FROM Intel::EMAIL", "alice@example.com SMTP::IN_FROM Intel::EMAIL"]
    );
    let logins = found("ssh-openssh", "10.40.0.0/24\tIntel::SUBNET\tus\n", &[]);
    assert!(logins.contains(&"10.40.0.2 SSH::SUCCESSFUL_LOGIN Intel::SUBNET".to_owned()), "{logins:?}");
    assert!(logins.contains(&"10.40.0.1 Conn::IN_RESP Intel::SUBNET".to_owned()), "{logins:?}");
}

#[test]
fn names_in_handshakes_and_certificates() {
    let name = "www.example.test\tIntel::DOMAIN\tus\n*.apps.example.test\tIntel::DOMAIN\tus\n";
    let own = found("tls-openssl", name, &[]);
    let expected = [
        "www.example.test SSL::IN_SERVER_NAME",
        "www.example.test X509::IN_CERT",
        "*.apps.example.test X509::IN_CERT",
    ];
    for text in expected {
        assert!(own.contains(&format!("{text} Intel::DOMAIN")), "{text}: {own:?}");
    }
    assert_eq!(own.len(), 3, "{own:?}");
    assert!(found("tls-openssl", "example.test\tIntel::DOMAIN\tus\n", &[]).is_empty());
    let below = found("tls-openssl", "example.test\tIntel::DOMAIN\tus\n", &["--intel-subdomains"]);
    assert!(expected.iter().all(|text| below.contains(&format!("{text} Intel::DOMAIN"))), "{below:?}");
}

#[test]
fn requests_and_a_row_as_it_is_written() {
    let dir = temp("intel-row");
    let path = list(
        &dir,
        "10.13.1.2/private/note.txt\tIntel::URL\tus\n10.13.1.2/PRIVATE/note.txt\tIntel::URL\tthem\n",
    );
    let text = path.to_str().expect("text");
    analyse(&capture("http-apache"), &dir, &["-q", "--intel", text, "--no-extras"]);
    let log = log(&dir, "intel");
    let columns = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p seen.indicator seen.indicator_type seen.where seen.node matched \
                   sources fuid file_mime_type file_desc";
    assert_eq!(fields(&log), columns.split(' ').collect::<Vec<_>>());
    let types =
        "time string addr port addr port string enum enum string set[enum] set[string] string string string";
    assert!(log.contains(&format!("#types\t{}\n", types.replace(' ', "\t"))), "{log}");
    let row = rows(&log)[0].split('\t').skip(2).collect::<Vec<_>>().join(" ");
    let expected =
        "10.13.1.2 80 10.13.1.2/private/note.txt Intel::URL HTTP::IN_URL zeek Intel::URL us,them - - -";
    assert_eq!(row.split_once(' ').and_then(|(_, row)| row.split_once(' ')).expect("columns").1, expected);
}

#[test]
fn the_configuration_file_names_lists_and_faults_are_told() {
    let dir = temp("intel-file");
    let path = list(&dir, "10.13.1.2\tIntel::ADDR\tus\n1.2.3\tIntel::ADDR\tus\n");
    let config = dir.join("gannet.toml");
    let text = format!("[policies]\nintel = [{path:?}]\nintel-subdomains = true\nintel-expire = \"1d\"\n");
    fs::write(&config, text).expect("a file");
    let ran = analyse(&capture("http-apache"), &dir, &["-q", "--config", config.to_str().expect("text")]);
    assert_eq!(ran.err, format!("gannet: warning: {}:3: \"1.2.3\" is not an address\n", path.display()));
    assert!(rows(&log(&dir, "intel")).iter().any(|row| row.contains("Conn::IN_RESP")));
}

#[test]
fn lists_that_cannot_be_read_end_the_run_before_it_begins() {
    let dir = temp("intel-none");
    let capture = capture("http-apache");
    let of = |more: &[&str]| {
        let args = ["-r", capture.to_str().expect("text"), "-o", dir.to_str().expect("text")];
        let ran = run(args.iter().chain(more));
        assert!(ran.status.is_some_and(|status| status != 0));
        ran.err
    };
    assert!(of(&["--intel", "nowhere"]).starts_with("gannet: error: nowhere cannot be read: "));
    assert!(of(&["--intel", "/dev/zero"]).contains("/dev/zero cannot be read: expected a plain file"));
    assert!(of(&["--policy", "intel"]).contains("expected a list, --intel FILE"));
}
