//! Findings for people and for programs.

use serde_json::{Value, json};

use super::finding::{Finding, State};

/// The state in a word.
const fn word(state: State) -> &'static str {
    match state {
        State::Good => "good",
        State::Look => "look",
        State::Mend => "mend",
        State::Unknown => "unknown",
    }
}

/// Lines for people: what has it above, what was found, and below what is not good why it matters and what to do.
pub(super) fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.len()).max().unwrap_or(0);
    let (mut out, mut of) = (String::new(), "");
    for finding in findings {
        if finding.of != of {
            of = &finding.of;
            if !out.is_empty() {
                out.push('\n');
            }
            out += &format!("{of}\n");
        }
        out += &format!("  {:7}  {:width$}  {}\n", word(finding.state), finding.what, finding.found);
        for line in [Some(finding.why), finding.mend.as_deref()].into_iter().flatten() {
            if !line.is_empty() {
                out += &format!("  {:7}  {:width$}    {line}\n", "", "");
            }
        }
    }
    out.push('\n');
    out + &sum(findings)
}

/// How many there are of each.
fn sum(findings: &[Finding]) -> String {
    let many = |state| findings.iter().filter(|finding| finding.state == state).count();
    let all = [State::Good, State::Look, State::Mend, State::Unknown];
    let parts = all.map(|state| format!("{} {}", many(state), word(state)));
    format!("{}\n", parts.join(", "))
}

/// One JSON object with all of them.
pub(super) fn json(findings: &[Finding]) -> String {
    let of = |finding: &Finding| {
        let Finding { of, what, found, why, mend, .. } = finding;
        json!({ "of": of, "what": what, "state": word(finding.state), "found": found, "why": why, "mend": mend })
    };
    let all: Vec<Value> = findings.iter().map(of).collect();
    format!("{}\n", json!({ "findings": all }))
}
