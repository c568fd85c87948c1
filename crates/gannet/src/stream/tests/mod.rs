//! TCP: states, histories, delivery and gaps, as conversations; then properties of the reassembly.

mod delivery;
mod history;
mod limits;
mod reassembly;
mod states;
mod tape;

/// A handshake that other segments follow.
const OPEN: &str = "1 > S; 1.1 < SA; 1.2 > A; ";

/// Plays rows of (rule, conversation, summary, weirds); `H` at the beginning of a conversation stands for a handshake.
fn check(rows: &[(&str, &str, &str, &str)]) {
    for (rule, text, summary, weirds) in rows {
        let text = match text.strip_prefix("H; ") {
            Some(rest) => format!("{OPEN}{rest}"),
            None => (*text).to_owned(),
        };
        let rows = crate::testing::play(&text);
        assert_eq!((rows.summary().as_str(), rows.names().as_str()), (*summary, *weirds), "{rule}: {text}");
    }
}

#[test]
fn patient_ports() {
    for port in 0..=u16::MAX {
        assert_eq!(super::state::patient(port), matches!(port, 21 | 22 | 23 | 513), "{port}");
    }
}
