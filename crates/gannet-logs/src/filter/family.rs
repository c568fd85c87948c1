//! Logs whose names are made of values: there may be so many of each kind, counted where all rows are in order. So which logs
//! there are does not depend on the number of workers.

use gannet::events::LogStream;

/// A row that is spread has in front the number of bytes of its log's name, and the name.
pub(super) fn begin(name: &[u8], out: &mut Vec<u8>) {
    // Names are shorter than that.
    out.push(u8::try_from(name.len()).unwrap_or(0));
    out.extend_from_slice(name.get(..name.len().min(255)).unwrap_or_default());
}

/// The logs that rows of each kind are spread over.
#[derive(Debug, Default)]
pub(crate) struct Families(Vec<(&'static LogStream, Vec<&'static LogStream>)>);

impl Families {
    /// The log that a row goes to, and the row itself.
    pub(crate) fn place<'a>(
        &mut self,
        stream: &'static LogStream,
        row: &'a [u8],
    ) -> (&'static LogStream, &'a [u8]) {
        let Some(most) = stream.spread() else { return (stream, row) };
        let Some((length, rest)) = row.split_first() else { return (stream, row) };
        let Some((name, row)) = rest.split_at_checked(usize::from(*length)) else { return (stream, row) };
        (self.member(stream, most, name), row)
    }

    fn member(&mut self, of: &'static LogStream, most: usize, name: &[u8]) -> &'static LogStream {
        let place = self.0.iter().position(|(known, _)| std::ptr::eq(*known, of)).unwrap_or_else(|| {
            self.0.push((of, Vec::new()));
            self.0.len() - 1
        });
        let Some((_, members)) = self.0.get_mut(place) else { return of };
        if let Some(member) = members.iter().find(|member| member.name.as_bytes() == name) {
            return member;
        }
        if members.len() >= most {
            return of;
        }
        // It lives as long as the program; the limit is on these.
        let name = String::leak(String::from_utf8_lossy(name).into_owned());
        let columns = of.chosen_columns().unwrap_or_default();
        let member: &'static LogStream =
            Box::leak(Box::new(LogStream::chosen(name, of.doc, columns).made_from(of.origin())));
        members.push(member);
        member
    }
}
