//! Paths of files and directories, as commands and replies name them.

/// Whether a path begins at a root: `/`, `C:\` or `C:/`.
fn is_absolute(path: &[u8]) -> bool {
    match path {
        [b'/', ..] => true,
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// The path that a name means in a directory, without `.`, `..` and empty names in it where that is possible.
pub(super) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if is_absolute(name) || directory.is_empty() {
        return normal(name);
    }
    let between: &[u8] = if directory.ends_with(b"/") { b"" } else { b"/" };
    normal(&[directory, between, name].concat())
}

fn normal(path: &[u8]) -> Vec<u8> {
    let has = |part: &[u8]| memchr::memmem::find(path, part).is_some();
    if !has(b"/.") && !has(b"//") {
        let cut = if path.len() > 1 { path.strip_suffix(b"/") } else { None };
        return cut.unwrap_or(path).to_vec();
    }
    let mut names: Vec<&[u8]> = Vec::new();
    for (at, name) in path.split(|byte| *byte == b'/').enumerate() {
        match name {
            b"" => {}
            b"." if at > 0 => {}
            b".." => go_up(&mut names),
            _ => names.push(name),
        }
    }
    let root: &[u8] = if path.starts_with(b"/") { b"/" } else { b"" };
    [root, &names.join(&b'/')].concat()
}

/// Leaves the last directory; what is above the first one is not known.
fn go_up(names: &mut Vec<&[u8]>) {
    match names.last_mut() {
        None => names.push(b".."),
        Some(last) if *last == b"~" || *last == b".." => names.push(b".."),
        Some(last) if *last == b"." => *last = b"..",
        Some(_) => {
            names.pop();
        }
    }
}

/// The first path in a text, up to a quote or a blank that no backslash is before; empty if there is none.
pub(super) fn first_in(text: &[u8]) -> &[u8] {
    let mut begins = (0..text.len()).filter_map(|at| text.get(at..)).filter(|rest| is_absolute(rest));
    let Some(path) = begins.next() else { return b"" };
    let end = (1..path.len()).find(|at| match (path.get(at - 1), path.get(*at)) {
        (_, Some(b'"')) => true,
        (before, Some(b' ')) => before != Some(&b'\\') || *at == 1,
        _ => false,
    });
    path.get(..end.unwrap_or(path.len())).unwrap_or_default()
}
