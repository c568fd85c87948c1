//! Who can do something about an error.

use std::io;

use super::*;

fn system(code: i32) -> io::Error {
    io::Error::from_raw_os_error(code)
}

#[test]
fn a_path_is_the_users_and_a_full_table_the_systems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let blame = |path: &Path| Files::open(&[path]).err().map(|error| error.blame());
    assert_eq!(blame(&folder.join("nothing.pcap")), Some(Blame::User));
    assert_eq!(blame(&folder.join("Cargo.toml")), Some(Blame::User), "no capture");
    assert_eq!(blame(&folder.join("src")), Some(Blame::User), "no captures");
    let open = |code| SourceError::Open { path: folder.to_owned(), source: system(code) }.blame();
    for (code, blame) in [
        (libc::EACCES, Blame::User),
        (libc::ENOTDIR, Blame::User),
        (libc::EMFILE, Blame::System),
        (libc::EIO, Blame::System),
    ] {
        assert_eq!(open(code), blame, "{}", system(code));
    }
    let read = SourceError::Read { path: folder.to_owned(), offset: 7, source: system(libc::EIO) };
    assert_eq!(read.blame(), Blame::System);
}

#[test]
fn a_kernel_refuses_for_want_of_a_right_or_because_it_cannot() {
    let refused = |code| Refusal::by_kernel("no ring", system(code));
    for code in [libc::EPERM, libc::EACCES] {
        let why = refused(code);
        assert!(matches!(why, Refusal::Permission { .. }) && why.blame() == Blame::User, "{why}");
        assert!(why.to_string().starts_with("no ring: "), "{why}");
        assert!(why.to_string().ends_with("run as root, or give the program CAP_NET_RAW"), "{why}");
    }
    let why = refused(libc::ENOMEM);
    assert_eq!((why.blame(), why.to_string()), (Blame::System, format!("no ring: {}", system(libc::ENOMEM))));
    let error = SourceError::Interface { name: "eth0".to_owned(), why };
    assert_eq!(error.blame(), Blame::System);
    assert_eq!(error.to_string(), format!("interface eth0: no ring: {}", system(libc::ENOMEM)));
}

/// The kernel checks a program before it takes it: one that is all our own and makes no sense is our fault.
#[cfg(all(feature = "afpacket", target_os = "linux"))]
#[test]
fn a_program_that_makes_no_sense_is_a_defect() {
    let refused = |code| Refusal::of_program("the kernel takes no filter", system(code)).blame();
    assert_eq!(refused(libc::EINVAL), Blame::Defect);
    assert_eq!(refused(libc::EPERM), Blame::User);
    assert_eq!(refused(libc::ENOMEM), Blame::System);
}
