//! Streams that filters make. A stream lives as long as the program, so those that are the same are made once.

use std::sync::{Arc, Mutex, PoisonError};

use gannet::events::{Column, LogStream};

/// Streams that filters may make in the life of a program, however often they are read again.
const MAX_STREAMS: usize = 8192;

/// All streams that filters have made. Nobody comes here for a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    streams: Arc<Mutex<Vec<&'static LogStream>>>,
    words: Arc<Mutex<Vec<&'static str>>>,
}

impl Pool {
    /// The stream with these columns under this name; nothing if there are too many of them.
    pub(super) fn get(
        &self,
        name: &str,
        of: &'static LogStream,
        columns: &[Column],
        spread: Option<usize>,
    ) -> Option<&'static LogStream> {
        let mut made = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let is = |stream: &LogStream| {
            stream.name == name
                && stream.origin() == of.origin()
                && stream.spread() == spread
                && stream.columns() == columns
        };
        let known = made.iter().find(|stream| is(stream));
        if let Some(known) = known {
            return Some(known);
        }
        if made.len() >= MAX_STREAMS {
            return None;
        }
        let name: &'static str = String::leak(name.to_owned());
        let mut stream = LogStream::chosen(name, of.doc, Vec::leak(columns.to_vec())).made_from(of.origin());
        if let Some(most) = spread {
            stream = stream.spread_over(most);
        }
        let stream: &'static LogStream = Box::leak(Box::new(stream));
        made.push(stream);
        Some(stream)
    }

    /// A word that lives as long as the program; nothing if there are too many of them.
    pub(super) fn word(&self, text: &str) -> Option<&'static str> {
        let mut made = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.iter().find(|known| **known == text) {
            return Some(known);
        }
        if made.len() >= MAX_STREAMS {
            return None;
        }
        let word: &'static str = String::leak(text.to_owned());
        made.push(word);
        Some(word)
    }
}
